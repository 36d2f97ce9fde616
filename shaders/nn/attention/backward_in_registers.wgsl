// rust/core/src/ops/nn/attention/slopes.rs: as backward.wgsl, where workgroup memory is no faster than buffers: nothing is
// staged, and no thread waits for another. A thread has four rows, and of the result 32 columns of each; it goes through
// the columns of a segment four at a time. Blocks of 4 x 4 are multiplied as matrices.
// params: see `Sizes::params`.
// Slots: as of backward.wgsl; operands are read by fours, and no mask has a cotangent.

const BY_KEYS = {{BY_KEYS}};

struct Starts {
    head: u32,
    mask: u32,
    kept: u32,
}

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
    return weight(at, select(row, column, BY_KEYS), select(column, row, BY_KEYS), product, slope);
}

fn four_weights(at: Starts, row: u32, column: u32, scored: vec4<f32>, slopes: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(
        one_weight(at, row, column, scored.x, slopes.x),
        one_weight(at, row + 1u, column, scored.y, slopes.y),
        one_weight(at, row + 2u, column, scored.z, slopes.z),
        one_weight(at, row + 3u, column, scored.w, slopes.w),
    );
}

// Of four rows, in the components, and four columns.
fn scored_products(of_row: u32, of_column: u32, row: u32, column: u32) -> mat4x4<f32> {
    var sums = mat4x4<f32>();
    for (var place = 0u; place < param(2u); place += 4u) {
        let rows = mat4x4<f32>(
            four_of_row(of_row, row, place),
            four_of_row(of_row, row + 1u, place),
            four_of_row(of_row, row + 2u, place),
            four_of_row(of_row, row + 3u, place),
        );
        let columns = mat4x4<f32>(
            four_of_column(of_column, column, place),
            four_of_column(of_column, column + 1u, place),
            four_of_column(of_column, column + 2u, place),
            four_of_column(of_column, column + 3u, place),
        );
        sums += transpose(rows) * columns;
    }
    return sums;
}

fn other_products(of_row: u32, of_column: u32, row: u32, column: u32) -> mat4x4<f32> {
    var sums = mat4x4<f32>();
    for (var place = 0u; place < param(15u); place += 4u) {
        let rows = mat4x4<f32>(
            four_of_other_row(of_row, row, place),
            four_of_other_row(of_row, row + 1u, place),
            four_of_other_row(of_row, row + 2u, place),
            four_of_other_row(of_row, row + 3u, place),
        );
        let columns = mat4x4<f32>(
            four_of_other_column(of_column, column, place),
            four_of_other_column(of_column, column + 1u, place),
            four_of_other_column(of_column, column + 2u, place),
            four_of_other_column(of_column, column + 3u, place),
        );
        sums += transpose(rows) * columns;
    }
    return sums;
}

fn addends(of_addend: u32, row: u32, column: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        four_of_addend(of_addend, row, column),
        four_of_addend(of_addend, row + 1u, column),
        four_of_addend(of_addend, row + 2u, column),
        four_of_addend(of_addend, row + 3u, column),
    );
}

fn put(i: u32, column: u32, x: f32) {
    if (column < result_width()) {
        result[i * result_width() + column] = x * {{FACTOR}};
    }
}

fn put_four(i: u32, column: u32, x: vec4<f32>) {
    put(i, column, x.x);
    put(i, column + 1u, x.y);
    put(i, column + 2u, x.z);
    put(i, column + 3u, x.w);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let work = work_of(group_of(group, groups));
    let row = work.row + lane % 16u * 4u;
    let column = work.column + lane / 16u * 32u;
    if (row >= rows() || column >= result_width()) {
        return;
    }
    let at = Starts(work.head, start_of_mask(work.head), start_of_kept(work.head));
    let of_row = start_of_row(work.head);
    let of_column = start_of_column(work.head);
    let of_other_row = start_of_other_row(work.head);
    let of_other_column = start_of_other_column(work.head);
    let of_addend = start_of_addend(work.head);
    // No query sees a key behind its own place.
    let start = select(work.start, max(work.start, row), is_causal() && BY_KEYS);
    let end = select(work.end, min(work.end, row + 4u), is_causal() && !BY_KEYS);
    var r0 = mat4x4<f32>(); var r1 = mat4x4<f32>();
    var r2 = mat4x4<f32>(); var r3 = mat4x4<f32>();
    var r4 = mat4x4<f32>(); var r5 = mat4x4<f32>();
    var r6 = mat4x4<f32>(); var r7 = mat4x4<f32>();
    for (var k = start; k < end; k += 4u) {
        let scored = scored_products(of_row, of_column, row, k);
        let slopes = other_products(of_other_row, of_other_column, row, k);
        let weights = transpose(mat4x4<f32>(
            four_weights(at, row, k, scored[0], slopes[0]),
            four_weights(at, row, k + 1u, scored[1], slopes[1]),
            four_weights(at, row, k + 2u, scored[2], slopes[2]),
            four_weights(at, row, k + 3u, scored[3], slopes[3]),
        ));
        r0 += addends(of_addend, k, column) * weights;
        r1 += addends(of_addend, k, column + 4u) * weights;
        r2 += addends(of_addend, k, column + 8u) * weights;
        r3 += addends(of_addend, k, column + 12u) * weights;
        r4 += addends(of_addend, k, column + 16u) * weights;
        r5 += addends(of_addend, k, column + 20u) * weights;
        r6 += addends(of_addend, k, column + 24u) * weights;
        r7 += addends(of_addend, k, column + 28u) * weights;
    }
    let count = min(4u, rows() - row);
    // Blocks move up, because the text that stores is long.
    for (var at_column = column; at_column < min(column + 32u, result_width()); at_column += 4u) {
        for (var y = 0u; y < count; y += 1u) {
            put_four(work.result + row + y, at_column, r0[y]);
        }
        r0 = r1; r1 = r2; r2 = r3; r3 = r4; r4 = r5; r5 = r6; r6 = r7;
    }
}
