// rust/core/src/ops/nn/conv/program.rs: convolution, or one of its two cotangents, as a product of matrices C = A B that
// are never laid out: a column and a step of the inner index are each three numbers (outer, y, x), along which the
// params say how every buffer moves.
// Slots: store sees an element of the result at its place in row-major order.
//
// The work is cut into parts: groups, segments of the inner index (each with a result of its own), and phases. A stride
// leaves the places of an input's cotangent in as many phases, each of which is reached by its own taps.

// Words of the params, in the order of program.rs; pairs are (y, x) and triples (outer, y, x).
const ROWS = 0u;
const COLUMNS = 1u;
const STEPS = 2u;
const SEGMENT = 3u; // steps of a part
const SEGMENTS = 4u;
const PARTS = 5u;
const ACROSS = 6u; // tiles side by side
const TILES = 7u; // of a part
const COLUMN_EXTENTS = 8u; // pair
const STEP_EXTENTS = 10u; // pair
const PLANE = 12u; // pair: what B is taken from, with zeros around it
const A_GROUP = 14u;
const A_ROW = 15u;
const A_STEP = 16u; // triple
const A_TAP = 19u; // pair
const B_GROUP = 21u;
const B_COLUMN = 22u; // from one outer number to the next, as the next
const B_STEP = 23u;
const ORIGIN = 24u; // pair: where in the plane column 0 is at step 0
const COLUMN_MOVE = 26u; // pair: how far the next column is
const STEP_MOVE = 28u; // pair: and the next step
const C_SEGMENT = 30u;
const C_GROUP = 31u;
const C_ROW = 32u;
const C_COLUMN = 33u; // triple
const C_RESIDUE = 36u; // pair
const A_ADVANCE = 38u; // triple: from the step that a lane loads of A to its next
const B_ADVANCE = 41u; // triple
const PHASES = 44u; // for y, then for x: stride, dilation, padding, step of the taps, how many, extent

const TILE_ROWS = {{TILE_ROWS}}u;
const TILE_COLUMNS = {{TILE_COLUMNS}}u;
const DEPTH = 8u;
const A_FOURS = TILE_ROWS / 4u;
const B_FOURS = TILE_COLUMNS / 4u;
const NOWHERE = 0xffffffffu;
const OUTSIDE = -0x40000000;

var<workgroup> a_tile: array<vec4<f32>, {{A_TILE}}>;
var<workgroup> b_tile: array<vec4<f32>, {{B_TILE}}>;

fn signed(word: u32) -> i32 {
    return bitcast<i32>(param(word));
}

struct Phase {
    // Of the places, by the stride.
    residue: u32,
    // The first of the taps that reach them, and the number behind the last.
    tap: u32,
    end: u32,
    // What the first tap of the first place sees.
    origin: i32,
}

fn phase_of(axis: u32, number: u32) -> Phase {
    let at = PHASES + 6u * axis;
    let stride = param(at);
    let padding = param(at + 2u);
    let tap = number % param(at + 3u);
    // What stride and dilation divide both is a distance at which places are reached; between there is nothing.
    let between = number / param(at + 3u);
    let moved = tap * param(at + 1u) + between;
    let residue = (moved + stride - padding % stride) % stride;
    let origin = (i32(residue + padding) - i32(moved)) / i32(stride);
    return Phase(residue, tap, select(param(at + 4u), 0u, between > 0u), origin + signed(ORIGIN + axis));
}

struct Part {
    // Where it begins in each buffer.
    a: u32,
    b: u32,
    c: u32,
    // Its steps.
    first: u32,
    end: u32,
    y: Phase,
    x: Phase,
}

fn part_of(number: u32) -> Part {
    let segment = number % param(SEGMENTS);
    let phases_and_group = number / param(SEGMENTS);
    let x = phase_of(1u, phases_and_group % param(PHASES + 6u));
    let rest = phases_and_group / param(PHASES + 6u);
    let y = phase_of(0u, rest % param(PHASES));
    let group = rest / param(PHASES);
    let first = segment * param(SEGMENT);
    return Part(
        group * param(A_GROUP) + y.tap * param(A_TAP) + x.tap * param(A_TAP + 1u),
        group * param(B_GROUP),
        segment * param(C_SEGMENT) + group * param(C_GROUP)
            + y.residue * param(C_RESIDUE) + x.residue * param(C_RESIDUE + 1u),
        first,
        min(first + param(SEGMENT), param(STEPS)),
        y,
        x,
    );
}

struct Column {
    b: u32,
    y: i32,
    x: i32,
    c: u32,
}

fn column_at(part: Part, number: u32) -> Column {
    let x = number % param(COLUMN_EXTENTS + 1u);
    let rest = number / param(COLUMN_EXTENTS + 1u);
    let y = rest % param(COLUMN_EXTENTS);
    let outer = rest / param(COLUMN_EXTENTS);
    let inside = number < param(COLUMNS)
        && y * param(PHASES) + part.y.residue < param(PHASES + 5u)
        && x * param(PHASES + 6u) + part.x.residue < param(PHASES + 11u);
    let c = part.c + outer * param(C_COLUMN) + y * param(C_COLUMN + 1u) + x * param(C_COLUMN + 2u);
    return Column(
        part.b + outer * param(B_COLUMN),
        select(OUTSIDE, part.y.origin + i32(y * param(COLUMN_MOVE)), inside),
        part.x.origin + i32(x * param(COLUMN_MOVE + 1u)),
        select(NOWHERE, c, inside),
    );
}

struct Triple {
    outer: u32,
    y: u32,
    x: u32,
}

fn triple_of(step: u32) -> Triple {
    let rest = step / param(STEP_EXTENTS + 1u);
    return Triple(rest / param(STEP_EXTENTS), rest % param(STEP_EXTENTS), step % param(STEP_EXTENTS + 1u));
}

// The sum of two, digit by digit, because division is slow.
fn advance(at: Triple, by: u32) -> Triple {
    let x = at.x + param(by + 2u);
    let past_x = x >= param(STEP_EXTENTS + 1u);
    let y = at.y + param(by + 1u) + u32(past_x);
    let past_y = y >= param(STEP_EXTENTS);
    return Triple(
        at.outer + param(by) + u32(past_y),
        select(y, y - param(STEP_EXTENTS), past_y),
        select(x, x - param(STEP_EXTENTS + 1u), past_x),
    );
}

fn is_term(part: Part, step: u32, at: Triple) -> bool {
    return step < part.end
        && at.y * param(PHASES + 3u) + part.y.tap < part.y.end
        && at.x * param(PHASES + 9u) + part.x.tap < part.x.end;
}

// `row` is where a row of A begins.
fn element_of_a(row: u32, at: Triple, term: bool) -> f32 {
    let i = row + at.outer * param(A_STEP) + at.y * param(A_STEP + 1u) + at.x * param(A_STEP + 2u);
    return select(0.0, a[select(0u, i, term)], term);
}

fn element_of_b(column: Column, at: Triple, term: bool) -> f32 {
    // Negative coordinates are large ones.
    let y = u32(column.y + i32(at.y) * signed(STEP_MOVE));
    let x = u32(column.x + i32(at.x) * signed(STEP_MOVE + 1u));
    let inside = term && y < param(PLANE) && x < param(PLANE + 1u);
    let i = column.b + at.outer * param(B_STEP) + y * param(PLANE + 1u) + x;
    return select(0.0, b[select(0u, i, inside)], inside);
}

fn put(row: u32, column: u32, x: f32) {
    if (row < param(ROWS) && column != NOWHERE) {
        let i = row * param(C_ROW) + column;
        c[i] = {{STORE}};
    }
}

fn put_row(row: u32, left: vec4<u32>, right: vec4<u32>, x: vec4<f32>, y: vec4<f32>) {
    put(row, left.x, x.x);
    put(row, left.y, x.y);
    put(row, left.z, x.z);
    put(row, left.w, x.w);
    put(row, right.x, y.x);
    put(row, right.y, y.y);
    put(row, right.z, y.z);
    put(row, right.w, y.w);
}

// Where four columns lie in a row of the result.
fn places_of(part: Part, first: u32) -> vec4<u32> {
    return vec4<u32>(
        column_at(part, first).c,
        column_at(part, first + 1u).c,
        column_at(part, first + 2u).c,
        column_at(part, first + 3u).c,
    );
}

// 64 threads compute a tile, each 8 x 8 in registers. A tile's steps are staged in workgroup memory, A by columns.
@compute @workgroup_size(64)
fn tiles(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let number = place / param(TILES);
    let tile = place % param(TILES);
    let first_row = tile / param(ACROSS) * TILE_ROWS;
    let first_column = tile % param(ACROSS) * TILE_COLUMNS;
    // A group behind the last part computes the last again and stores nothing.
    let part = part_of(min(number, param(PARTS) - 1u));

    // A lane loads the same four rows and columns at one step after another.
    let rows = min(first_row + lane % A_FOURS * 4u + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(param(ROWS) - 1u));
    let row = part.a + rows * param(A_ROW);
    let column = first_column + lane % B_FOURS * 4u;
    let column_0 = column_at(part, column);
    let column_1 = column_at(part, column + 1u);
    let column_2 = column_at(part, column + 2u);
    let column_3 = column_at(part, column + 3u);
    var a_step = part.first + lane / A_FOURS;
    var b_step = part.first + lane / B_FOURS;
    var a_at = triple_of(a_step);
    var b_at = triple_of(b_step);

    let y = lane / (TILE_COLUMNS / 8u);
    let x = lane % (TILE_COLUMNS / 8u);
    var c00 = vec4<f32>(); var c01 = vec4<f32>();
    var c10 = vec4<f32>(); var c11 = vec4<f32>();
    var c20 = vec4<f32>(); var c21 = vec4<f32>();
    var c30 = vec4<f32>(); var c31 = vec4<f32>();
    var c40 = vec4<f32>(); var c41 = vec4<f32>();
    var c50 = vec4<f32>(); var c51 = vec4<f32>();
    var c60 = vec4<f32>(); var c61 = vec4<f32>();
    var c70 = vec4<f32>(); var c71 = vec4<f32>();
    for (var depth = 0u; depth < param(SEGMENT); depth += DEPTH) {
        for (var at = lane; at < max(A_FOURS * DEPTH, 64u); at += 64u) {
            let term = is_term(part, a_step, a_at);
            // A low tile has fewer elements than there are lanes.
            if (at < A_FOURS * DEPTH) {
                a_tile[at] = vec4<f32>(
                    element_of_a(row.x, a_at, term),
                    element_of_a(row.y, a_at, term),
                    element_of_a(row.z, a_at, term),
                    element_of_a(row.w, a_at, term),
                );
            }
            a_step += min(64u / A_FOURS, DEPTH);
            a_at = advance(a_at, A_ADVANCE);
        }
        for (var at = lane; at < B_FOURS * DEPTH; at += 64u) {
            let term = is_term(part, b_step, b_at);
            b_tile[at] = vec4<f32>(
                element_of_b(column_0, b_at, term),
                element_of_b(column_1, b_at, term),
                element_of_b(column_2, b_at, term),
                element_of_b(column_3, b_at, term),
            );
            b_step += 64u / B_FOURS;
            b_at = advance(b_at, B_ADVANCE);
        }
        workgroupBarrier();
        for (var step = 0u; step < DEPTH; step += 1u) {
            let a0 = a_tile[step * A_FOURS + y * 2u];
            let a1 = a_tile[step * A_FOURS + y * 2u + 1u];
            let b0 = b_tile[step * B_FOURS + x * 2u];
            let b1 = b_tile[step * B_FOURS + x * 2u + 1u];
            c00 += a0.x * b0; c01 += a0.x * b1;
            c10 += a0.y * b0; c11 += a0.y * b1;
            c20 += a0.z * b0; c21 += a0.z * b1;
            c30 += a0.w * b0; c31 += a0.w * b1;
            c40 += a1.x * b0; c41 += a1.x * b1;
            c50 += a1.y * b0; c51 += a1.y * b1;
            c60 += a1.z * b0; c61 += a1.z * b1;
            c70 += a1.w * b0; c71 += a1.w * b1;
        }
        workgroupBarrier();
    }
    if (number < param(PARTS)) {
        let own_row = first_row + y * 8u;
        let left = places_of(part, first_column + x * 8u);
        let right = places_of(part, first_column + x * 8u + 4u);
        put_row(own_row, left, right, c00, c01);
        put_row(own_row + 1u, left, right, c10, c11);
        put_row(own_row + 2u, left, right, c20, c21);
        put_row(own_row + 3u, left, right, c30, c31);
        put_row(own_row + 4u, left, right, c40, c41);
        put_row(own_row + 5u, left, right, c50, c51);
        put_row(own_row + 6u, left, right, c60, c61);
        put_row(own_row + 7u, left, right, c70, c71);
    }
}

fn four_of_a(rows: vec4<u32>, at: Triple, term: bool) -> vec4<f32> {
    return vec4<f32>(
        element_of_a(rows.x, at, term),
        element_of_a(rows.y, at, term),
        element_of_a(rows.z, at, term),
        element_of_a(rows.w, at, term),
    );
}

// Of four rows, in the columns.
fn terms(a: vec4<f32>, b: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn moved_up(block: mat4x4<f32>, next: mat4x4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(block[1], block[2], block[3], next[0]);
}

// The same tile where workgroup memory is no faster than buffers: nothing is staged, and no thread waits for another.
// A thread computes 16 x 4.
@compute @workgroup_size(64)
fn registers(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let number = place / param(TILES);
    let tile = place % param(TILES);
    let row = tile / param(ACROSS) * TILE_ROWS + lane / B_FOURS * 16u;
    let column = tile % param(ACROSS) * TILE_COLUMNS + lane % B_FOURS * 4u;
    if (number >= param(PARTS) || row >= param(ROWS) || column >= param(COLUMNS)) {
        return;
    }
    let part = part_of(number);
    let last_row = vec4<u32>(param(ROWS) - 1u);
    let rows = row + vec4<u32>(0u, 1u, 2u, 3u);
    let rows_0 = part.a + min(rows, last_row) * param(A_ROW);
    let rows_1 = part.a + min(rows + 4u, last_row) * param(A_ROW);
    let rows_2 = part.a + min(rows + 8u, last_row) * param(A_ROW);
    let rows_3 = part.a + min(rows + 12u, last_row) * param(A_ROW);
    let column_0 = column_at(part, column);
    let column_1 = column_at(part, column + 1u);
    let column_2 = column_at(part, column + 2u);
    let column_3 = column_at(part, column + 3u);
    var c0 = mat4x4<f32>();
    var c1 = mat4x4<f32>();
    var c2 = mat4x4<f32>();
    var c3 = mat4x4<f32>();
    var at = triple_of(part.first);
    for (var step = part.first; step < part.end; step += 1u) {
        let term = is_term(part, step, at);
        let b = vec4<f32>(
            element_of_b(column_0, at, term),
            element_of_b(column_1, at, term),
            element_of_b(column_2, at, term),
            element_of_b(column_3, at, term),
        );
        c0 += terms(four_of_a(rows_0, at, term), b);
        c1 += terms(four_of_a(rows_1, at, term), b);
        c2 += terms(four_of_a(rows_2, at, term), b);
        c3 += terms(four_of_a(rows_3, at, term), b);
        at = advance(at, A_ADVANCE);
    }
    let places = vec4<u32>(column_0.c, column_1.c, column_2.c, column_3.c);
    for (var y = row; y < min(row + 16u, param(ROWS)); y += 1u) {
        put(y, places.x, c0[0].x);
        put(y, places.y, c0[0].y);
        put(y, places.z, c0[0].z);
        put(y, places.w, c0[0].w);
        c0 = moved_up(c0, c1);
        c1 = moved_up(c1, c2);
        c2 = moved_up(c2, c3);
        c3 = moved_up(c3, c3);
    }
}

// Few rows or columns, as where every channel is a group of its own: a thread computes an element.
@compute @workgroup_size(256)
fn elements(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * 256u + lane;
    let row = i / param(COLUMNS) % param(ROWS);
    let number = i / param(COLUMNS) / param(ROWS);
    if (number < param(PARTS)) {
        let part = part_of(number);
        let column = column_at(part, i % param(COLUMNS));
        let first = part.a + row * param(A_ROW);
        var sum = 0.0;
        var at = triple_of(part.first);
        for (var step = part.first; step < part.end; step += 1u) {
            let term = is_term(part, step, at);
            sum += element_of_a(first, at, term) * element_of_b(column, at, term);
            at = advance(at, A_ADVANCE);
        }
        put(row, column.c, sum);
    }
}
