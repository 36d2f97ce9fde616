// rust/core/src/ops/ordering/sort.rs: a stable sort along one dimension, as a bitonic network over rows padded to a
// power of two, which lie one after the other. A block of them is sorted in workgroup memory: many short rows, or a
// part of one. Pairs (key, place) are all different, so the order is the stable one.
// params: [rows, length, stride along the dimension, padded length, descending, k, j]; k and j are the network's
// step where a pass does one.

const BLOCK = 512u;

var<workgroup> block_keys: array<{{KEY}}, 512>;
var<workgroup> block_places: array<u32, 512>;

fn first_of_row(row: u32) -> u32 {
    let stride = param(2u);
    return row / stride * stride * param(1u) + row % stride;
}

// The order of unsigned keys is that of the values; NaN comes last, both zeros are equal. An int64 keeps both words of
// its rank, with the upper one first.
fn key_of_f32(value: f32) -> u32 {
    return rank_f32(value, true).y;
}

fn key_of_i32(value: i32) -> u32 {
    return rank_i32(value, true).y;
}

fn key_of_u32(value: u32) -> u32 {
    return value;
}

fn key_of_i64(value: vec2<u32>) -> vec2<u32> {
    return rank_i64(value, true);
}

// Of keys of one word, then of two.
fn is_above_1(a: u32, b: u32) -> bool {
    return a > b;
}

fn is_above_2(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.x > b.x || (a.x == b.x && a.y > b.y);
}

fn after(key: {{KEY}}, place: u32, other_key: {{KEY}}, other_place: u32) -> bool {
    return is_above_{{WORDS}}(key, other_key) || (all(key == other_key) && place > other_place);
}

// The direction of step k at a position: every second run downwards, the last one upwards.
fn is_rising(position: u32, k: u32) -> bool {
    return (position & (param(3u) - 1u) & k) == 0u;
}

// One exchange in workgroup memory; `first` is the block's position.
fn exchange(first: u32, pair: u32, k: u32, j: u32) {
    let i = 2u * pair - (pair & (j - 1u));
    let swaps = after(block_keys[i], block_places[i], block_keys[i + j], block_places[i + j]);
    if (swaps == is_rising(first + i, k)) {
        let key = block_keys[i];
        block_keys[i] = block_keys[i + j];
        block_keys[i + j] = key;
        let place = block_places[i];
        block_places[i] = block_places[i + j];
        block_places[i + j] = place;
    }
}

fn store_block(first: u32, lane: u32) {
    for (var part = 0u; part < 2u; part += 1u) {
        let i = part * 256u + lane;
        if (first + i < param(0u) * param(3u)) {
            keys[first + i] = block_keys[i];
            places[first + i] = block_places[i];
        }
    }
}

// Loads a block and sorts its rows, or if a row is longer than a block, every second part of it downwards.
@compute @workgroup_size(256)
fn sort_blocks(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first = group_of(group, groups) * BLOCK;
    for (var part = 0u; part < 2u; part += 1u) {
        let i = part * 256u + lane;
        // What is behind the last row is sorted as if it were one, and not stored.
        let row = min((first + i) / param(3u), param(0u) - 1u);
        let place = (first + i) % param(3u);
        let at = first_of_row(row) + min(place, param(1u) - 1u) * param(2u);
        let key = key_of_{{ORDER}}(x[at]);
        let directed = select(key, ~key, param(4u) == 1u);
        // The padding stays behind everything.
        block_keys[i] = select({{KEY}}(0xffffffffu), directed, place < param(1u));
        block_places[i] = place;
    }
    workgroupBarrier();
    for (var k = 2u; k <= BLOCK && k <= param(3u); k = k << 1u) {
        for (var j = k >> 1u; j > 0u; j = j >> 1u) {
            exchange(first, lane, k, j);
            workgroupBarrier();
        }
    }
    store_block(first, lane);
}

// One step over distances that do not fit into a block.
@compute @workgroup_size(256)
fn merge_far(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let pair = group_of(group, groups) * 256u + lane;
    let j = param(6u);
    let at = 2u * pair - (pair & (j - 1u));
    if (at < param(0u) * param(3u)) {
        let key = keys[at];
        let other = keys[at + j];
        let place = places[at];
        let other_place = places[at + j];
        if (after(key, place, other, other_place) == is_rising(at, param(5u))) {
            keys[at] = other;
            keys[at + j] = key;
            places[at] = other_place;
            places[at + j] = place;
        }
    }
}

// The remaining steps of k, within blocks: rows are whole blocks here.
@compute @workgroup_size(256)
fn merge_near(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first = group_of(group, groups) * BLOCK;
    for (var part = 0u; part < 2u; part += 1u) {
        let i = part * 256u + lane;
        let at = min(first + i, param(0u) * param(3u) - 1u);
        block_keys[i] = keys[at];
        block_places[i] = places[at];
    }
    workgroupBarrier();
    for (var j = BLOCK >> 1u; j > 0u; j = j >> 1u) {
        exchange(first, lane, param(5u), j);
        workgroupBarrier();
    }
    store_block(first, lane);
}

@compute @workgroup_size(256)
fn finish(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * 256u + lane;
    let row = i / param(1u);
    if (row < param(0u)) {
        let place = places[row * param(3u) + i % param(1u)];
        let at = first_of_row(row) + i % param(1u) * param(2u);
        {{STORE_VALUE}}
        indices[at] = vec2<u32>(place, 0u);
    }
}
