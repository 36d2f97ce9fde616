// rust/core/src/ops/nn/rnn/passes.rs: steps of a recurrent network; a thread has one unit of four sequences.
// params: [sequences, hidden size, first step, the step behind the last, time steps]
// Slots: turn computes a unit's step from the product of its gates' weights with the states before.
// A workgroup goes through several steps where it has all units: then a thread reads back only what it wrote itself.

const BLOCK = {{WORKGROUP}}u;

// States before the step, of four sequences.
var<workgroup> states: array<vec4<f32>, {{WORKGROUP}}>;

fn sequences() -> u32 {
    return param(0u);
}

fn hidden() -> u32 {
    return param(1u);
}

fn previous(step: u32, row: u32, unit: u32) -> f32 {
    let at = min(row, sequences() - 1u) * hidden() + min(unit, hidden() - 1u);
    if (step == 0u) {
        return h0[at];
    }
    return y[(step - 1u) * sequences() * hidden() + at];
}

fn advance(step: u32, row: u32, unit: u32, product: vec4<f32>) {
    if (row < sequences() && unit < hidden()) {
        turn(step, row, unit, product);
    }
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let blocks = (hidden() + BLOCK - 1u) / BLOCK;
    let row = place / blocks * 4u;
    let unit = place % blocks * BLOCK + lane;
    let column = min(unit, hidden() - 1u);
    for (var step = param(2u); step < param(3u); step += 1u) {
        var product0 = vec4<f32>();
        var product1 = vec4<f32>();
        var product2 = vec4<f32>();
        var product3 = vec4<f32>();
        for (var k = 0u; k < param(1u); k += BLOCK) {
            states[lane] = vec4<f32>(
                previous(step, row, k + lane),
                previous(step, row + 1u, k + lane),
                previous(step, row + 2u, k + lane),
                previous(step, row + 3u, k + lane),
            );
            workgroupBarrier();
            let count = min(BLOCK, hidden() - k);
            for (var j = 0u; j < count; j += 1u) {
                let state = states[j];
                let weight = weights[(k + j) * hidden() + column];
                product0 += state.x * weight;
                product1 += state.y * weight;
                product2 += state.z * weight;
                product3 += state.w * weight;
            }
            workgroupBarrier();
        }
        advance(step, row, unit, product0);
        advance(step, row + 1u, unit, product1);
        advance(step, row + 2u, unit, product2);
        advance(step, row + 3u, unit, product3);
    }
}
