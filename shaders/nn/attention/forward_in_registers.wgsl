// rust/core/src/ops/nn/attention/program.rs: as forward.wgsl, where workgroup memory is no faster than buffers: nothing is
// staged, and no thread waits for another. A thread has four queries, and of the result 32 columns of each; it goes
// through the keys of a segment four at a time. Blocks of 4 x 4 are multiplied as matrices.
// params: see `Sizes::params`.
// Slots: as of forward.wgsl; operands are read by fours, and nothing is dropped.

// Of four queries, in the components, and four keys.
fn products(of_query: u32, of_key: u32, query: u32, key: u32) -> mat4x4<f32> {
    var sums = mat4x4<f32>();
    for (var column = 0u; column < param(2u); column += 4u) {
        let rows = mat4x4<f32>(
            four_of_query(of_query, query, column),
            four_of_query(of_query, query + 1u, column),
            four_of_query(of_query, query + 2u, column),
            four_of_query(of_query, query + 3u, column),
        );
        let columns = mat4x4<f32>(
            four_of_key(of_key, key, column),
            four_of_key(of_key, key + 1u, column),
            four_of_key(of_key, key + 2u, column),
            four_of_key(of_key, key + 3u, column),
        );
        sums += transpose(rows) * columns;
    }
    return sums;
}

fn values(of_value: u32, key: u32, column: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        four_of_value(of_value, key, column),
        four_of_value(of_value, key + 1u, column),
        four_of_value(of_value, key + 2u, column),
        four_of_value(of_value, key + 3u, column),
    );
}

fn scores(mask: u32, query: u32, key: u32, x: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(
        score(mask, query, key, x.x),
        score(mask, query + 1u, key, x.y),
        score(mask, query + 2u, key, x.z),
        score(mask, query + 3u, key, x.w),
    );
}

fn block_of_scores(mask: u32, query: u32, key: u32, x: mat4x4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        scores(mask, query, key, x[0]),
        scores(mask, query, key + 1u, x[1]),
        scores(mask, query, key + 2u, x[2]),
        scores(mask, query, key + 3u, x[3]),
    );
}

fn highest(x: mat4x4<f32>) -> vec4<f32> {
    return max(max(x[0], x[1]), max(x[2], x[3]));
}

fn exponentials(x: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(exp_f32(x.x), exp_f32(x.y), exp_f32(x.z), exp_f32(x.w));
}

fn block_of_exponentials(x: mat4x4<f32>, base: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        exponentials(x[0] - base),
        exponentials(x[1] - base),
        exponentials(x[2] - base),
        exponentials(x[3] - base),
    );
}

fn sum(x: mat4x4<f32>) -> vec4<f32> {
    return (x[0] + x[1]) + (x[2] + x[3]);
}

// Each column by a component.
fn scaled(x: mat4x4<f32>, by: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(x[0] * by.x, x[1] * by.y, x[2] * by.z, x[3] * by.w);
}

fn put(i: u32, column: u32, x: f32) {
    if (column < value_width()) {
        result[i * value_width() + column] = x;
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
    if (row >= queries() || column >= value_width()) {
        return;
    }
    let of_query = start_of_query(work.head);
    let of_key = start_of_key(work.head);
    let of_value = start_of_value(work.head);
    let of_mask = start_of_mask(work.head);
    let end = select(work.end, min(work.end, row + 4u), is_causal());
    var top = vec4<f32>(-inf_f32());
    var total = vec4<f32>();
    var r0 = mat4x4<f32>(); var r1 = mat4x4<f32>();
    var r2 = mat4x4<f32>(); var r3 = mat4x4<f32>();
    var r4 = mat4x4<f32>(); var r5 = mat4x4<f32>();
    var r6 = mat4x4<f32>(); var r7 = mat4x4<f32>();
    for (var k = work.start; k < end; k += 4u) {
        var block = block_of_scores(of_mask, row, k, products(of_query, of_key, row, k));
        // Whether the largest of NaN and others is NaN does not matter: its exponential is.
        let now = max(top, highest(block));
        let base = base_of(now);
        let factor = exponentials(top - base);
        top = now;
        block = block_of_exponentials(block, base);
        total = total * factor + sum(block);
        block = transpose(block);
        r0 = scaled(r0, factor) + values(of_value, k, column) * block;
        r1 = scaled(r1, factor) + values(of_value, k, column + 4u) * block;
        r2 = scaled(r2, factor) + values(of_value, k, column + 8u) * block;
        r3 = scaled(r3, factor) + values(of_value, k, column + 12u) * block;
        r4 = scaled(r4, factor) + values(of_value, k, column + 16u) * block;
        r5 = scaled(r5, factor) + values(of_value, k, column + 20u) * block;
        r6 = scaled(r6, factor) + values(of_value, k, column + 24u) * block;
        r7 = scaled(r7, factor) + values(of_value, k, column + 28u) * block;
    }
    // No key was allowed where the sum is 0.
    let share = select(1.0 / total, vec4<f32>(), total == vec4<f32>());
    let count = min(4u, queries() - row);
    if (column == 0u) {
        for (var y = 0u; y < count; y += 1u) {
            keep(work.result + row + y, top[y], total[y]);
        }
    }
    // Blocks move up, because the text that stores is long.
    for (var at = column; at < min(column + 32u, value_width()); at += 4u) {
        for (var y = 0u; y < count; y += 1u) {
            put_four(work.result + row + y, at, r0[y] * share[y]);
        }
        r0 = r1; r1 = r2; r2 = r3; r3 = r4; r4 = r5; r5 = r6; r6 = r7;
    }
}
