// rust/core/src/ops/index/put.rs: values written into a region of `base`, in place.
// params: [count, then per dimension: extent of the region, stride in the base, start, step; then what the slot value
// reads]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        var rest = i;
        var at = 0u;
        // Negative steps wrap, and so do the sums.
        for (var d = {{RANK}}u; d > 0u; d -= 1u) {
            let word = 4u * d - 3u;
            let coordinate = rest % param(word);
            rest = rest / param(word);
            at += (param(word + 2u) + coordinate * param(word + 3u)) * param(word + 1u);
        }
        base[at] = value(i);
    }
}
