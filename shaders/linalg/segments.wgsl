// rust/core/src/ops/linalg/segments.rs: the sum of the results of all segments, in their order.
// params: [elements, segments]
// Slots: store sees an element of the sum.

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        var sum = parts[i];
        for (var segment = 1u; segment < param(1u); segment += 1u) {
            sum += parts[segment * param(0u) + i];
        }
        c[i] = store(i, sum);
    }
}
