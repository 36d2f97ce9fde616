// rust/core/src/ops/shape/concat.rs: some columns of every row of `y`, each element from the part that it is in.
// params: [count, columns of a row, those of this pass, the first of these; then what the slot element reads]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let row = i / param(2u);
        let column = i % param(2u);
        y[row * param(1u) + param(3u) + column] = element(row, column);
    }
}
