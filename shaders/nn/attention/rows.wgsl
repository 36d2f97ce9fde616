// rust/core/src/ops/nn/attention/slopes.rs: what the backward of attention has to know of each query.
// params: see `Sizes::params`.
// Slots: what reads the cotangent. A row of `rows_of_scores` is what is subtracted from its scores, what their exponentials
// are multiplied with, and the sum over all keys of weights times their cotangents, which is that of the cotangent times
// the result.

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    let count = param(4u) * rows();
    if (i < count) {
        let first = start_of_cotangent(i / rows());
        var top = numbers[i].x;
        for (var segment = 1u; segment < param(9u); segment += 1u) {
            top = max(top, numbers[segment * count + i].x);
        }
        let base = select(top, 0.0, top < -3.4028234e38);
        var total = 0.0;
        var along = 0.0;
        for (var segment = 0u; segment < param(9u); segment += 1u) {
            let at = segment * count + i;
            let weight = exp_f32(numbers[at].x - base) * numbers[at].y;
            var sum = 0.0;
            for (var column = 0u; column < value_width(); column += 1u) {
                sum += element_of_cotangent(first, i % rows(), column) * parts[at * value_width() + column];
            }
            total += weight;
            along += weight * sum;
        }
        let share = select(1.0 / total, 0.0, total == 0.0);
        rows_of_scores[i] = vec4<f32>(base, share, along * share, 0.0);
    }
}
