// rust/core/src/ops/nn/attention/slopes.rs: a cotangent of attention's operands, by rows of queries or of keys: sums over
// the others, the columns, of the cotangents of scores (or of the weights) times rows of an operand. A workgroup has
// 64 rows of a head and goes through the columns of a segment, 32 at a time; scores are made anew.
// params: see `Sizes::params`.
// Slots: what reads four elements of an operand's row, named by roles: scores are products of `row` and `column`,
// cotangents of weights are those of `other_row` and `other_column`, and `addend` is what is summed; masked, is_kept;
// weight is what it is multiplied with, note sees that.
// Lane y + 16 x has rows y, y + 16, y + 32 and y + 48, in the components of vectors, and columns x and x + 16.

const BY_KEYS = {{BY_KEYS}};

struct Starts {
    head: u32,
    mask: u32,
    kept: u32,
}

// Of a column and four rows.
var<workgroup> weights: array<vec4<f32>, 512>;
// Of four elements: 16 places of rows and, behind them, of columns; then 128 of 8 addends.
var<workgroup> tile: array<vec4<f32>, 384>;

fn probability(at: Starts, query: u32, key: u32, product: f32) -> f32 {
    if (!is_seen(query, key)) {
        return 0.0;
    }
    let of_row = rows_of_scores[at.head * queries() + query];
    return exp_f32(score(at.mask, query, key, product) - of_row.x) * of_row.y;
}

fn slope_of_score(at: Starts, query: u32, key: u32, product: f32, slope: f32) -> f32 {
    let along = rows_of_scores[at.head * queries() + min(query, queries() - 1u)].z;
    let of_weight = select(0.0, slope * kept_factor(), is_kept(at.kept, query, key));
    return probability(at, query, key, product) * (of_weight - along);
}

fn kept_weight(at: Starts, query: u32, key: u32, product: f32) -> f32 {
    let p = probability(at, query, key, product) * kept_factor();
    return select(0.0, p, is_kept(at.kept, query, key));
}

fn one_weight(at: Starts, row: u32, column: u32, product: f32, slope: f32) -> f32 {
    let query = select(row, column, BY_KEYS);
    let key = select(column, row, BY_KEYS);
    let w = weight(at, query, key, product, slope);
    if (query < queries() && key < keys()) {
        note((at.head * queries() + query) * keys() + key, w);
    }
    return w;
}

fn four_weights(at: Starts, row: u32, column: u32, scored: vec4<f32>, slopes: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(
        one_weight(at, row, column, scored.x, slopes.x),
        one_weight(at, row + 16u, column, scored.y, slopes.y),
        one_weight(at, row + 32u, column, scored.z, slopes.z),
        one_weight(at, row + 48u, column, scored.w, slopes.w),
    );
}

fn put(i: u32, column: u32, x: f32) {
    if (column < result_width()) {
        result[i * result_width() + column] = x * {{FACTOR}};
    }
}

fn put_row(first: u32, row: u32, column: u32, left: vec4<f32>, right: vec4<f32>) {
    if (row < rows()) {
        let i = first + row;
        put(i, column, left.x);
        put(i, column + 1u, left.y);
        put(i, column + 2u, left.z);
        put(i, column + 3u, left.w);
        put(i, column + 64u, right.x);
        put(i, column + 65u, right.y);
        put(i, column + 66u, right.z);
        put(i, column + 67u, right.w);
    }
}

// Products of four rows in the tile with each of two columns.
fn products(step: u32, y: u32, x: u32) -> mat2x4<f32> {
    let r0 = tile[step * 64u + y];
    let r1 = tile[step * 64u + y + 16u];
    let r2 = tile[step * 64u + y + 32u];
    let r3 = tile[step * 64u + y + 48u];
    let c0 = tile[256u + step * 32u + x];
    let c1 = tile[256u + step * 32u + x + 16u];
    return mat2x4<f32>(
        vec4<f32>(dot(r0, c0), dot(r1, c0), dot(r2, c0), dot(r3, c0)),
        vec4<f32>(dot(r0, c1), dot(r1, c1), dot(r2, c1), dot(r3, c1)),
    );
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let work = work_of(group_of(group, groups));
    let at = Starts(work.head, start_of_mask(work.head), start_of_kept(work.head));
    let of_row = start_of_row(work.head);
    let of_column = start_of_column(work.head);
    let of_other_row = start_of_other_row(work.head);
    let of_other_column = start_of_other_column(work.head);
    let of_addend = start_of_addend(work.head);
    // No query sees a key behind its own place.
    let start = select(work.start, max(work.start, work.row), is_causal() && BY_KEYS);
    let end = select(work.end, min(work.end, work.row + 64u), is_causal() && !BY_KEYS);
    let y = lane % 16u;
    let x = lane / 16u;
    let row = work.row + y;
    let is_wide = result_width() > work.column + 64u;
    var left0 = vec4<f32>(); var right0 = vec4<f32>();
    var left1 = vec4<f32>(); var right1 = vec4<f32>();
    var left2 = vec4<f32>(); var right2 = vec4<f32>();
    var left3 = vec4<f32>(); var right3 = vec4<f32>();
    for (var k = start; k < end; k += 32u) {
        var scored = mat2x4<f32>();
        for (var depth = 0u; depth < param(2u); depth += 16u) {
            let place = depth + lane % 4u * 4u;
            tile[lane % 4u * 64u + lane / 4u] = four_of_row(of_row, work.row + lane / 4u, place);
            if (lane < 128u) {
                tile[256u + lane % 4u * 32u + lane / 4u] = four_of_column(of_column, k + lane / 4u, place);
            }
            workgroupBarrier();
            for (var step = 0u; step < 4u; step += 1u) {
                scored += products(step, y, x);
            }
            workgroupBarrier();
        }
        var slopes = mat2x4<f32>();
        for (var depth = 0u; depth < param(15u); depth += 16u) {
            let place = depth + lane % 4u * 4u;
            tile[lane % 4u * 64u + lane / 4u] = four_of_other_row(of_other_row, work.row + lane / 4u, place);
            if (lane < 128u) {
                let other = four_of_other_column(of_other_column, k + lane / 4u, place);
                tile[256u + lane % 4u * 32u + lane / 4u] = other;
            }
            workgroupBarrier();
            for (var step = 0u; step < 4u; step += 1u) {
                slopes += products(step, y, x);
            }
            workgroupBarrier();
        }
        weights[x * 16u + y] = four_weights(at, row, k + x, scored[0], slopes[0]);
        weights[256u + x * 16u + y] = four_weights(at, row, k + x + 16u, scored[1], slopes[1]);
        for (var j = 0u; j < 32u; j += 8u) {
            tile[lane] = four_of_addend(of_addend, k + j + lane / 32u, work.column + lane % 32u * 4u);
            workgroupBarrier();
            for (var step = 0u; step < 8u; step += 1u) {
                let w = weights[(j + step) * 16u + y];
                let v0 = tile[step * 32u + x];
                left0 += w.x * v0;
                left1 += w.y * v0;
                left2 += w.z * v0;
                left3 += w.w * v0;
                if (is_wide) {
                    let v1 = tile[step * 32u + x + 16u];
                    right0 += w.x * v1;
                    right1 += w.y * v1;
                    right2 += w.z * v1;
                    right3 += w.w * v1;
                }
            }
            workgroupBarrier();
        }
    }
    let column = work.column + x * 4u;
    put_row(work.result, row, column, left0, right0);
    put_row(work.result, row + 16u, column, left1, right1);
    put_row(work.result, row + 32u, column, left2, right2);
    put_row(work.result, row + 48u, column, left3, right3);
}
