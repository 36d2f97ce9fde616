// rust/core/src/ops/optim/passes.rs: a step of an optimizer on the elements of several tensors, in place.
// params: [where the elements of each tensor end, one behind the other; then the numbers of the step]
// The slot step says what an element of each list becomes, and update takes it on that of the tensor it is in.

fn number(i: u32) -> f32 {
    return bitcast<f32>(param({{TENSORS}}u + i));
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    update(group_of(group, groups) * {{WORKGROUP}}u + lane);
}
