// rust/core/src/ops/nn/rnn/passes.rs: steps of a recurrent network backwards; a thread has one unit of four sequences.
// params: [sequences, hidden size, first step, the step behind the last, time steps]
// Slots: turn_back computes the slopes of a unit's gates from the part of its state's that came through the weights,
// slopes_of reads them for the next step, and arrive ends at the initial state.
// Step s goes back through time step T - 1 - s, step T leads to the initial state. A workgroup goes through several
// steps where it has all units: then a thread reads back only what it wrote itself.

const BLOCK = {{WORKGROUP}}u;

// Slopes of the gates of one sequence's units, then of the next one's.
var<workgroup> slopes: array<vec4<f32>, {{SLOPES}}>;

fn sequences() -> u32 {
    return param(0u);
}

fn hidden() -> u32 {
    return param(1u);
}

fn times() -> u32 {
    return param(4u);
}

fn slopes_behind(step: u32, row: u32, unit: u32) -> vec4<f32> {
    if (step == 0u) {
        return vec4<f32>();
    }
    return slopes_of(times() - step, min(row, sequences() - 1u), min(unit, hidden() - 1u));
}

fn advance(step: u32, row: u32, unit: u32, product: f32) {
    if (row < sequences() && unit < hidden()) {
        if (step < times()) {
            turn_back(times() - 1u - step, row, unit, product);
        } else {
            arrive(row, unit, product);
        }
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
        var product = vec4<f32>();
        for (var k = 0u; k < param(1u); k += BLOCK) {
            slopes[lane] = slopes_behind(step, row, k + lane);
            slopes[BLOCK + lane] = slopes_behind(step, row + 1u, k + lane);
            slopes[2u * BLOCK + lane] = slopes_behind(step, row + 2u, k + lane);
            slopes[3u * BLOCK + lane] = slopes_behind(step, row + 3u, k + lane);
            workgroupBarrier();
            // Nothing comes from behind the last time step, not even where a weight is infinite.
            let count = select(min(BLOCK, hidden() - k), 0u, step == 0u);
            for (var j = 0u; j < count; j += 1u) {
                let weight = weights[(k + j) * hidden() + column];
                product += vec4<f32>(
                    dot(slopes[j], weight),
                    dot(slopes[BLOCK + j], weight),
                    dot(slopes[2u * BLOCK + j], weight),
                    dot(slopes[3u * BLOCK + j], weight),
                );
            }
            workgroupBarrier();
        }
        advance(step, row, unit, product.x);
        advance(step, row + 1u, unit, product.y);
        advance(step, row + 2u, unit, product.z);
        advance(step, row + 3u, unit, product.w);
    }
}
