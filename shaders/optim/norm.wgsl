// rust/core/src/ops/optim/clip.rs: one number from each part of the elements of several tensors.
// params: [elements, elements of a part, parts, place of the first part's number; where the elements of each tensor end,
// one behind the other]
// The slot element reads one. A workgroup takes a part; lanes are combined pairwise, so the order is fixed.

var<workgroup> partial: array<f32, {{WORKGROUP}}>;

fn magnitude(x: f32) -> f32 {
    return {{MAGNITUDE}};
}

fn combine(a: f32, b: f32) -> f32 {
    return {{COMBINE}};
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let part = group_of(group, groups);
    let is_real = part < param(2u);
    let first = select(0u, part * param(1u), is_real);
    let length = select(0u, min(param(1u), param(0u) - first), is_real);

    var value = 0.0;
    for (var i = lane; i < length; i += {{WORKGROUP}}u) {
        value = combine(value, magnitude(element(first + i)));
    }
    partial[lane] = value;
    workgroupBarrier();
    for (var width = {{WORKGROUP}}u >> 1u; width > 0u; width = width >> 1u) {
        if (lane < width) {
            partial[lane] = combine(partial[lane], partial[lane + width]);
        }
        workgroupBarrier();
    }
    if (lane == 0u && is_real) {
        let value = partial[0];
        y[param(3u) + part] = {{RESULT}};
    }
}
