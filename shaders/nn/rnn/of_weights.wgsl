// rust/core/src/ops/nn/rnn/passes.rs: slopes of the gates times the states before, summed over steps and sequences.
// params: [rows: steps times sequences, sequences, hidden size, rows of a part, slopes in a row, how many of them are
// meant, where their rows begin among those of the weights, rows of the weights]
// Each part of the rows gives a result of its own. 64 threads compute a tile of 32 x 32, each 4 x 4 in registers.

const TILE = 32u;
const DEPTH = 16u;

var<workgroup> slope_tile: array<vec4<f32>, 128>;
var<workgroup> state_tile: array<vec4<f32>, 128>;

fn slope(row: u32, column: u32) -> f32 {
    let at = min(row, param(0u) - 1u) * param(4u) + min(column, param(5u) - 1u);
    return select(0.0, slopes[at], row < param(0u));
}

// The state before a row's step.
fn state(row: u32, unit: u32) -> f32 {
    let column = min(unit, param(2u) - 1u);
    if (row >= param(0u)) {
        return 0.0;
    }
    if (row < param(1u)) {
        return h0[row * param(2u) + column];
    }
    return y[(row - param(1u)) * param(2u) + column];
}

fn put(part: u32, row: u32, column: u32, x: f32) {
    if (row < param(5u) && column < param(2u)) {
        of_w[(part * param(7u) + param(6u) + row) * param(2u) + column] = x;
    }
}

fn put_row(part: u32, row: u32, column: u32, four: vec4<f32>) {
    put(part, row, column, four.x);
    put(part, row, column + 1u, four.y);
    put(part, row, column + 2u, four.z);
    put(part, row, column + 3u, four.w);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let across = (param(2u) + TILE - 1u) / TILE;
    let tiles = (param(5u) + TILE - 1u) / TILE * across;
    let part = place / tiles;
    let first_row = place % tiles / across * TILE;
    let first_column = place % across * TILE;
    let y_lane = lane / 8u;
    let x_lane = lane % 8u;
    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();
    for (var depth = 0u; depth < param(3u); depth += DEPTH) {
        for (var half = 0u; half < 2u; half += 1u) {
            let at = half * 64u + lane;
            let source = part * param(3u) + depth + at / 8u;
            let row = first_row + at % 8u * 4u;
            let column = first_column + at % 8u * 4u;
            slope_tile[at] = vec4<f32>(
                slope(source, row),
                slope(source, row + 1u),
                slope(source, row + 2u),
                slope(source, row + 3u),
            );
            state_tile[at] = vec4<f32>(
                state(source, column),
                state(source, column + 1u),
                state(source, column + 2u),
                state(source, column + 3u),
            );
        }
        workgroupBarrier();
        for (var step = 0u; step < DEPTH; step += 1u) {
            let slopes = slope_tile[step * 8u + y_lane];
            let states = state_tile[step * 8u + x_lane];
            sum0 += slopes.x * states;
            sum1 += slopes.y * states;
            sum2 += slopes.z * states;
            sum3 += slopes.w * states;
        }
        workgroupBarrier();
    }
    let row = first_row + y_lane * 4u;
    let column = first_column + x_lane * 4u;
    // A group behind the last part stores nothing.
    if (part * param(3u) < max(param(0u), 1u)) {
        put_row(part, row, column, sum0);
        put_row(part, row + 1u, column, sum1);
        put_row(part, row + 2u, column, sum2);
        put_row(part, row + 3u, column, sum3);
    }
}
