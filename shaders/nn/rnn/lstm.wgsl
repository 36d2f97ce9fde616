// rust/core/src/ops/nn/rnn/lstm.rs: one time step of an LSTM, a thread per unit and sequence.
// params: [sequences, hidden size, time]
// Hidden states are read where the step before wrote them.

fn previous(at: u32) -> f32 {
    if (param(2u) == 0u) {
        return h0[at];
    }
    return y[(param(2u) - 1u) * param(0u) * param(1u) + at];
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    let hidden = param(1u);
    if (i < param(0u) * hidden) {
        let sequence = i / hidden;
        let unit = i % hidden;
        var sums = vec4<f32>();
        for (var j = 0u; j < hidden; j += 1u) {
            let h = previous(sequence * hidden + j);
            sums += h * vec4<f32>(
                w[unit * hidden + j],
                w[(hidden + unit) * hidden + j],
                w[(2u * hidden + unit) * hidden + j],
                w[(3u * hidden + unit) * hidden + j],
            );
        }
        let gates = (param(2u) * param(0u) + sequence) * 4u * hidden + unit;
        let input_gate = sigmoid_f32(x[gates] + sums.x);
        let forget_gate = sigmoid_f32(x[gates + hidden] + sums.y);
        let candidate = tanh_f32(x[gates + 2u * hidden] + sums.z);
        let output_gate = sigmoid_f32(x[gates + 3u * hidden] + sums.w);
        var before = c0[i];
        if (param(2u) > 0u) {
            before = c[i];
        }
        let cell = forget_gate * before + input_gate * candidate;
        let h = output_gate * tanh_f32(cell);
        c[i] = cell;
        y[param(2u) * param(0u) * hidden + i] = h;
    }
}
