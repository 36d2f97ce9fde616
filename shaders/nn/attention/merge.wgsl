// rust/core/src/ops/nn/attention/program.rs: attention to all keys from that to each segment of them.
// params: [rows, width of a row, segments]
// `numbers` are a segment's largest score of a row and the sum of its exponentials.

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u) * param(1u)) {
        let row = i / param(1u);
        var top = numbers[row].x;
        for (var segment = 1u; segment < param(2u); segment += 1u) {
            top = max(top, numbers[segment * param(0u) + row].x);
        }
        let base = select(top, 0.0, top < -3.4028234e38);
        var sum = 0.0;
        var total = 0.0;
        for (var segment = 0u; segment < param(2u); segment += 1u) {
            let of_segment = numbers[segment * param(0u) + row];
            let weight = exp_f32(of_segment.x - base) * of_segment.y;
            sum += weight * parts[segment * param(0u) * param(1u) + i];
            total += weight;
        }
        result[i] = select(sum / total, 0.0, total == 0.0);
    }
}
