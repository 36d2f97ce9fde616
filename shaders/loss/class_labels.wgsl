// rust/core/src/ops/loss/cross_entropy.rs: labels that were found to be classes, 0 in place of the ignored one.
// params: [count, classes, the ignored label (low word, high word), the launch's number]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let label = labels[i];
        var found = 0u;
        if (label.x != param(2u) || label.y != param(3u)) {
            let place = place_of(label, param(1u), false);
            if (!place.is_inside) {
                note_index(param(4u), label);
            }
            found = place.at;
        }
        y[i] = vec2<u32>(found, 0u);
    }
}
