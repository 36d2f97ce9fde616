// rust/core/src/gpu/fuse.rs: a fused group of elementwise ops, spliced in as `element`.
// params: [how many calls of `element`, ..]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        element(i);
    }
}
