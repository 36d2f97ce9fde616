// rust/core/src/ops/nn/rnn/passes.rs: the weights of all gates of two units side by side, 0 for gates that are not
// there, so that neighbouring threads read neighbouring memory.
// params: [hidden size, gates, whether the gates are the second unit's]
// Element (j, i) has what the gates of i take of the state of j, for the forward, or the other way round.

fn weight(gate: u32, unit: u32, state: u32) -> f32 {
    let at = (min(gate, param(1u) - 1u) * param(0u) + unit) * param(0u) + state;
    return select(0.0, w[at], gate < param(1u));
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u) * param(0u)) {
        let first = i / param(0u);
        let second = i % param(0u);
        let unit = select(first, second, param(2u) == 1u);
        let state = select(second, first, param(2u) == 1u);
        weights[i] = vec4<f32>(
            weight(0u, unit, state),
            weight(1u, unit, state),
            weight(2u, unit, state),
            weight(3u, unit, state),
        );
    }
}
