// rust/core/src/ops/nn/rnn/lstm.rs: what the backward of an LSTM can know of all steps at once, a thread per unit, step
// and sequence: what the slopes of the gates are multiples of, and how much of a state's slope is its cell's.
// params: [steps, sequences, hidden size]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    let hidden = param(2u);
    let states = param(1u) * hidden;
    if (i < param(0u) * states) {
        let gate = i / hidden * 4u * hidden + i % hidden;
        let input_gate = gates[gate];
        let forget_gate = gates[gate + hidden];
        let candidate = gates[gate + 2u * hidden];
        let output_gate = gates[gate + 3u * hidden];
        var before = 0.0;
        if (i < states) {
            before = c0[i];
        } else {
            before = cells[i - states];
        }
        let bent = tanh_f32(cells[i]);
        of_x[gate] = candidate * (input_gate * (1.0 - input_gate));
        of_x[gate + hidden] = before * (forget_gate * (1.0 - forget_gate));
        of_x[gate + 2u * hidden] = input_gate * (1.0 - candidate * candidate);
        of_x[gate + 3u * hidden] = bent * (output_gate * (1.0 - output_gate));
        through[i] = output_gate * (1.0 - bent * bent);
    }
}
