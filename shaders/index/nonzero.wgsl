// rust/core/src/ops/index/nonzero.rs: the coordinates of each element that is not 0, in the row that the count up to it
// tells.
// params: [elements, rank, extents]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u) && x[i] != 0u) {
        let rank = param(1u);
        let first = (counts[i].x - 1u) * rank;
        var rest = i;
        for (var d = rank; d > 0u; d -= 1u) {
            let extent = param(1u + d);
            out[first + d - 1u] = vec2<u32>(rest % extent, 0u);
            rest = rest / extent;
        }
    }
}
