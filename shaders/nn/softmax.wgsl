// rust/core/src/ops/nn/softmax.rs: softmax along one dimension, a workgroup per row.
// params: [rows, length, stride along the dimension]
// Slots: load sees an element of the input, store one of the result. Lane l takes elements l, l + 64, ..; lanes are
// combined pairwise.

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = group_of(group, groups);
    let stride = param(2u);
    let first = row / stride * stride * param(1u) + row % stride;
    // A group behind the last row has nothing to do but to meet the others' barriers.
    let length = select(0u, param(1u), row < param(0u));

    var top = -3.4028234e38;
    for (var i = lane; i < length; i += 64u) {
        let at = first + i * stride;
        top = maximum_f32(top, load(at, x[at]));
    }
    partial[lane] = top;
    workgroupBarrier();
    for (var width = 32u; width > 0u; width = width >> 1u) {
        if (lane < width) {
            partial[lane] = maximum_f32(partial[lane], partial[lane + width]);
        }
        workgroupBarrier();
    }
    let largest = partial[0];
    workgroupBarrier();

    var total = 0.0;
    for (var i = lane; i < length; i += 64u) {
        let at = first + i * stride;
        total += exp_f32(load(at, x[at]) - largest);
    }
    partial[lane] = total;
    workgroupBarrier();
    for (var width = 32u; width > 0u; width = width >> 1u) {
        if (lane < width) {
            partial[lane] += partial[lane + width];
        }
        workgroupBarrier();
    }
    let sum = partial[0];

    for (var i = lane; i < length; i += 64u) {
        let at = first + i * stride;
        y[at] = store(at, exp_f32(load(at, x[at]) - largest) / sum);
    }
}
