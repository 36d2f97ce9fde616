// rust/core/src/ops/nn/rnn/passes.rs: the sums of some rows each of a matrix, a thread per column and sum.
// params: [rows, columns, rows of a sum, sums]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(3u) * param(1u)) {
        let first = i / param(1u) * param(2u);
        let end = min(first + param(2u), param(0u));
        var total = 0.0;
        for (var row = first; row < end; row += 1u) {
            total += x[row * param(1u) + i % param(1u)];
        }
        sums[i] = total;
    }
}
