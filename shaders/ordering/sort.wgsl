// rust/core/src/ops/ordering/sort.rs: a stable sort along one dimension, as a bitonic network over rows padded to a
// power of two. Pairs (key, place) are all different, so the order is the stable one.
// params: [rows, length, stride along the dimension, padded length, descending, k, j]; k and j are the network's
// step where a pass does one.

const BLOCK = 512u;

var<workgroup> block_keys: array<u32, 512>;
var<workgroup> block_places: array<u32, 512>;

fn first_of_row(row: u32) -> u32 {
    let stride = param(2u);
    return row / stride * stride * param(1u) + row % stride;
}

// The order of unsigned keys is that of the values; NaN comes last, both zeros are equal.
fn key_of_f32(value: f32) -> u32 {
    let bits = bitcast<u32>(select(value, 0.0, value == 0.0));
    let key = select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
    return select(key, 0xffffffffu, isnan_f32(value));
}

fn key_of_i32(value: i32) -> u32 {
    return bitcast<u32>(value) ^ 0x80000000u;
}

fn key_of_u32(value: u32) -> u32 {
    return value;
}

fn after(key: u32, place: u32, other_key: u32, other_place: u32) -> bool {
    return key > other_key || (key == other_key && place > other_place);
}

// One exchange in workgroup memory; `first` is the block's place in its row.
fn exchange(first: u32, pair: u32, k: u32, j: u32) {
    let i = 2u * pair - (pair & (j - 1u));
    let rising = ((first + i) & k) == 0u;
    if (after(block_keys[i], block_places[i], block_keys[i + j], block_places[i + j]) == rising) {
        let key = block_keys[i];
        block_keys[i] = block_keys[i + j];
        block_keys[i + j] = key;
        let place = block_places[i];
        block_places[i] = block_places[i + j];
        block_places[i + j] = place;
    }
}

fn store_block(row: u32, first: u32, lane: u32) {
    for (var part = 0u; part < 2u; part += 1u) {
        let i = part * 256u + lane;
        keys[row * param(3u) + first + i] = block_keys[i];
        places[row * param(3u) + first + i] = block_places[i];
    }
}

// Loads a block of one row and sorts it, every second block downwards.
@compute @workgroup_size(256)
fn sort_blocks(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let blocks = param(3u) / BLOCK;
    // A group behind the last row keeps pace with the others and stores nothing.
    let row = min(place / blocks, param(0u) - 1u);
    let is_real = place / blocks == row;
    let first = place % blocks * BLOCK;
    for (var part = 0u; part < 2u; part += 1u) {
        let i = part * 256u + lane;
        let at = first_of_row(row) + min(first + i, param(1u) - 1u) * param(2u);
        let key = key_of_{{KIND}}(x[at]);
        let directed = select(key, ~key, param(4u) == 1u);
        // The padding stays behind everything.
        let inside = first + i < param(1u);
        block_keys[i] = select(0xffffffffu, directed, inside);
        block_places[i] = first + i;
    }
    workgroupBarrier();
    for (var k = 2u; k <= BLOCK; k = k << 1u) {
        for (var j = k >> 1u; j > 0u; j = j >> 1u) {
            exchange(first, lane, k, j);
            workgroupBarrier();
        }
    }
    if (is_real) {
        store_block(row, first, lane);
    }
}

// One step over distances that do not fit into a block.
@compute @workgroup_size(256)
fn merge_far(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let pair = group_of(group, groups) * 256u + lane;
    let half = param(3u) >> 1u;
    let row = pair / half;
    let k = param(5u);
    let j = param(6u);
    if (row < param(0u)) {
        let p = pair % half;
        let i = 2u * p - (p & (j - 1u));
        let at = row * param(3u) + i;
        let rising = (i & k) == 0u;
        let key = keys[at];
        let other = keys[at + j];
        let place = places[at];
        let other_place = places[at + j];
        if (after(key, place, other, other_place) == rising) {
            keys[at] = other;
            keys[at + j] = key;
            places[at] = other_place;
            places[at + j] = place;
        }
    }
}

// The remaining steps of k, within blocks.
@compute @workgroup_size(256)
fn merge_near(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let blocks = param(3u) / BLOCK;
    // A group behind the last row keeps pace with the others and stores nothing.
    let row = min(place / blocks, param(0u) - 1u);
    let is_real = place / blocks == row;
    let first = place % blocks * BLOCK;
    for (var part = 0u; part < 2u; part += 1u) {
        let i = part * 256u + lane;
        block_keys[i] = keys[row * param(3u) + first + i];
        block_places[i] = places[row * param(3u) + first + i];
    }
    workgroupBarrier();
    for (var j = BLOCK >> 1u; j > 0u; j = j >> 1u) {
        exchange(first, lane, param(5u), j);
        workgroupBarrier();
    }
    if (is_real) {
        store_block(row, first, lane);
    }
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
        values[at] = x[first_of_row(row) + place * param(2u)];
        indices[at] = vec2<u32>(place, 0u);
    }
}
