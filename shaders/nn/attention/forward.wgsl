// rust/core/src/ops/nn/attention/program.rs: attention with an online softmax. A workgroup has 64 queries of a head and
// goes through the keys of a segment, 32 at a time; a thread has 4 queries, and of the result 8 columns of each.
// params: see `Sizes::params`.
// Slots: what reads four elements of an operand's row; masked, is_kept; keep sees the softmax's numbers of a row.
// What is scaled by the exponential of the largest score so far is scaled again where a larger one is found. Lane y + 16 x
// has queries y, y + 16, y + 32 and y + 48, in the components of vectors, and keys x and x + 16.

// Of a key and four queries; before, the largest scores that each thread found.
var<workgroup> weights: array<vec4<f32>, 512>;
// Of four elements: 16 columns of queries and, behind them, of keys; then 128 columns of 8 values.
var<workgroup> tile: array<vec4<f32>, 384>;

fn scores(mask: u32, query: u32, key: u32, x: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(
        score(mask, query, key, x.x),
        score(mask, query + 16u, key, x.y),
        score(mask, query + 32u, key, x.z),
        score(mask, query + 48u, key, x.w),
    );
}

fn without_dropped(kept: u32, query: u32, key: u32, x: vec4<f32>) -> vec4<f32> {
    let stays = vec4<bool>(
        is_kept(kept, query, key),
        is_kept(kept, query + 16u, key),
        is_kept(kept, query + 32u, key),
        is_kept(kept, query + 48u, key),
    );
    return select(vec4<f32>(), x, stays);
}

fn exponentials(x: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(exp_f32(x.x), exp_f32(x.y), exp_f32(x.z), exp_f32(x.w));
}

fn put(i: u32, column: u32, x: f32) {
    if (column < value_width()) {
        result[i * value_width() + column] = x;
    }
}

fn put_row(first: u32, row: u32, column: u32, top: f32, total: f32, left: vec4<f32>, right: vec4<f32>) {
    if (row < queries()) {
        let i = first + row;
        if (column == 0u) {
            keep(i, top, total);
        }
        // No key was allowed where the sum is 0.
        let share = select(1.0 / total, 0.0, total == 0.0);
        let a = left * (kept_factor() * share);
        let b = right * (kept_factor() * share);
        put(i, column, a.x);
        put(i, column + 1u, a.y);
        put(i, column + 2u, a.z);
        put(i, column + 3u, a.w);
        put(i, column + 64u, b.x);
        put(i, column + 65u, b.y);
        put(i, column + 66u, b.z);
        put(i, column + 67u, b.w);
    }
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let work = work_of(group_of(group, groups));
    let of_query = start_of_query(work.head);
    let of_key = start_of_key(work.head);
    let of_value = start_of_value(work.head);
    let of_mask = start_of_mask(work.head);
    let of_kept = start_of_kept(work.head);
    let start = work.start;
    let end = select(work.end, min(work.end, work.row + 64u), is_causal());
    let y = lane % 16u;
    let x = lane / 16u;
    let row = work.row + y;
    let is_wide = value_width() > work.column + 64u;
    var top = vec4<f32>(-inf_f32());
    var total = vec4<f32>();
    var left0 = vec4<f32>(); var right0 = vec4<f32>();
    var left1 = vec4<f32>(); var right1 = vec4<f32>();
    var left2 = vec4<f32>(); var right2 = vec4<f32>();
    var left3 = vec4<f32>(); var right3 = vec4<f32>();
    for (var k = start; k < end; k += 32u) {
        var near = vec4<f32>();
        var far = vec4<f32>();
        for (var depth = 0u; depth < param(2u); depth += 16u) {
            let column = depth + lane % 4u * 4u;
            tile[lane % 4u * 64u + lane / 4u] = four_of_query(of_query, work.row + lane / 4u, column);
            if (lane < 128u) {
                tile[256u + lane % 4u * 32u + lane / 4u] = four_of_key(of_key, k + lane / 4u, column);
            }
            workgroupBarrier();
            for (var step = 0u; step < 4u; step += 1u) {
                let q0 = tile[step * 64u + y];
                let q1 = tile[step * 64u + y + 16u];
                let q2 = tile[step * 64u + y + 32u];
                let q3 = tile[step * 64u + y + 48u];
                let k0 = tile[256u + step * 32u + x];
                let k1 = tile[256u + step * 32u + x + 16u];
                near += vec4<f32>(dot(q0, k0), dot(q1, k0), dot(q2, k0), dot(q3, k0));
                far += vec4<f32>(dot(q0, k1), dot(q1, k1), dot(q2, k1), dot(q3, k1));
            }
            workgroupBarrier();
        }
        near = scores(of_mask, row, k + x, near);
        far = scores(of_mask, row, k + x + 16u, far);
        // Whether the largest of NaN and others is NaN does not matter: its exponential is.
        weights[x * 16u + y] = max(near, far);
        workgroupBarrier();
        var highest = top;
        for (var j = 0u; j < 256u; j += 64u) {
            let a = max(weights[j + y], weights[j + 16u + y]);
            let b = max(weights[j + 32u + y], weights[j + 48u + y]);
            highest = max(highest, max(a, b));
        }
        workgroupBarrier();
        let base = base_of(highest);
        let factor = exponentials(top - base);
        top = highest;
        near = exponentials(near - base);
        far = exponentials(far - base);
        total = total * factor + (near + far);
        weights[x * 16u + y] = without_dropped(of_kept, row, k + x, near);
        weights[256u + x * 16u + y] = without_dropped(of_kept, row, k + x + 16u, far);
        left0 *= factor.x; right0 *= factor.x;
        left1 *= factor.y; right1 *= factor.y;
        left2 *= factor.z; right2 *= factor.z;
        left3 *= factor.w; right3 *= factor.w;
        for (var j = 0u; j < 32u; j += 8u) {
            tile[lane] = four_of_value(of_value, k + j + lane / 32u, work.column + lane % 32u * 4u);
            workgroupBarrier();
            for (var step = 0u; step < 8u; step += 1u) {
                let weight = weights[(j + step) * 16u + y];
                let v0 = tile[step * 32u + x];
                left0 += weight.x * v0;
                left1 += weight.y * v0;
                left2 += weight.z * v0;
                left3 += weight.w * v0;
                if (is_wide) {
                    let v1 = tile[step * 32u + x + 16u];
                    right0 += weight.x * v1;
                    right1 += weight.y * v1;
                    right2 += weight.z * v1;
                    right3 += weight.w * v1;
                }
            }
            workgroupBarrier();
        }
    }
    weights[x * 16u + y] = total;
    workgroupBarrier();
    var sum = vec4<f32>();
    for (var j = 0u; j < 256u; j += 16u) {
        sum += weights[j + y];
    }
    let column = work.column + x * 4u;
    put_row(work.result, row, column, top.x, sum.x, left0, right0);
    put_row(work.result, row + 16u, column, top.y, sum.y, left1, right1);
    put_row(work.result, row + 32u, column, top.z, sum.z, left2, right2);
    put_row(work.result, row + 48u, column, top.w, sum.w, left3, right3);
}
