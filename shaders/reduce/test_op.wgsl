// rust/core/src/ops/reduce/test_op.rs: a moving average along one dimension, a thread per line.
// params: [lines, length, stride along a line, decay, 1 - decay]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let line = group_of(group, groups) * {{WORKGROUP}}u + lane;
    let stride = param(2u);
    let kept = bitcast<f32>(param(3u));
    let new = bitcast<f32>(param(4u));
    if (line < param(0u)) {
        let first = line / stride * stride * param(1u) + line % stride;
        var average = 0.0;
        for (var i = 0u; i < param(1u); i += 1u) {
            let at = first + i * stride;
            average = select(kept * average + new * x[at], x[at], i == 0u);
            y[at] = average;
        }
    }
}
