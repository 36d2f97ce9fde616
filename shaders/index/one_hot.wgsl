// rust/core/src/ops/index/one_hot.rs: a row for every label, 1 at the label and 0 elsewhere.
// params: [elements of y, classes, the launch's number]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let label = labels[i / param(1u)];
        let place = place_of(label, param(1u), false);
        if (!place.is_inside) {
            note_index(param(2u), label);
        }
        y[i] = vec2<u32>(select(0u, 1u, place.at == i % param(1u)), 0u);
    }
}
