// rust/core/src/ops/reduce/rule.rs: one result from each line of elements, a workgroup per line.
// params: [lines, length, stride along a line]
// Slots: load sees an element of the input. Lane l combines elements l, l + 64, ..; lanes are combined pairwise.

var<workgroup> partial: array<f32, 64>;

fn combine(a: f32, b: f32) -> f32 {
    return {{COMBINE}};
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = group_of(group, groups);
    let stride = param(2u);
    let first = row / stride * stride * param(1u) + row % stride;
    // A group behind the last line has nothing to do but to meet the others' barriers.
    let length = select(0u, param(1u), row < param(0u));

    var value = 0.0;
    for (var i = lane; i < length; i += 64u) {
        let at = first + i * stride;
        let element = load(at, x[at]);
        // No value is neutral to all of them: each lane starts with its first element.
        if (i == lane) {
            value = element;
        } else {
            value = combine(value, element);
        }
    }
    partial[lane] = value;
    workgroupBarrier();
    for (var width = 32u; width > 0u; width = width >> 1u) {
        if (lane < width && lane + width < length) {
            partial[lane] = combine(partial[lane], partial[lane + width]);
        }
        workgroupBarrier();
    }
    if (lane == 0u && row < param(0u)) {
        y[row] = partial[0];
    }
}
