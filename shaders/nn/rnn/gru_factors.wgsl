// rust/core/src/ops/nn/rnn/gru.rs: what the slopes of the gates of a GRU, and of the candidate's product, are multiples
// of, for all steps at once; a thread per unit, step and sequence.
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
        let gate = i / hidden * 3u * hidden + i % hidden;
        let reset = gates[gate];
        let update = gates[gate + hidden];
        let candidate = gates[gate + 2u * hidden];
        var before = 0.0;
        if (i < states) {
            before = h0[i];
        } else {
            before = y[i - states];
        }
        let of_candidate = (1.0 - update) * (1.0 - candidate * candidate);
        of_x[gate] = of_candidate * inner[i] * (reset * (1.0 - reset));
        of_x[gate + hidden] = (before - candidate) * (update * (1.0 - update));
        of_x[gate + 2u * hidden] = of_candidate;
        of_inner[i] = of_candidate * reset;
    }
}
