// rust/core/src/ops/create/random.rs: numbers from the bits of Philox4x32-10 (see cpu/philox.rs), a thread per block of
// four words.
// params: [threads, elements of a stream, blocks of a stream, elements of a block, seed, counter, then the draw's own
// numbers], each number in two words, the low one first.

fn number(i: u32) -> vec2<u32> {
    return vec2<u32>(param(i), param(i + 1u));
}

// In [0, 1), of so many bits.
fn uniform_of(word: u32, mantissa: u32) -> f32 {
    return f32(word >> (32u - mantissa)) * power_of_two(-i32(mantissa));
}

// All 64 bits.
fn whole_of(words: vec4<u32>, k: u32) -> vec2<u32> {
    return select(words.xy, words.zw, k == 1u);
}

// An int64 in the order of the bits as an unsigned number.
fn key_of(words: vec4<u32>, k: u32) -> vec2<u32> {
    return whole_of(words, k) ^ vec2<u32>(0u, 0x80000000u);
}

// From params 8 up by less than params 10, which is the upper half of a product of 128 bits (Lemire, 2019).
fn integer_of(words: vec4<u32>, k: u32) -> vec2<u32> {
    let word = whole_of(words, k);
    let range = number(10u);
    let low = multiply_wide(word.x, range.x);
    let first = add_i64(multiply_wide(word.y, range.x), vec2<u32>(low.y, 0u));
    let second = add_i64(multiply_wide(word.x, range.y), vec2<u32>(first.x, 0u));
    let high = add_i64(multiply_wide(word.y, range.y), vec2<u32>(first.y, 0u));
    return add_i64(number(8u), add_i64(high, vec2<u32>(second.y, 0u)));
}

// Whether a word is below params 8, which is at most 2^32.
fn mask_of(word: u32) -> u32 {
    return select(0u, 1u, lt_u64(vec2<u32>(word, 0u), number(8u)));
}

fn element(words: vec4<u32>, k: u32) -> {{KIND}} {
    return {{ELEMENT}};
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let thread = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (thread < param(0u)) {
        let stream = thread / param(2u);
        let block = thread % param(2u);
        let counter = add_i64(number(6u), vec2<u32>(block, 0u));
        let words = philox(vec4<u32>(counter, stream, 0u), number(4u));
        for (var k = 0u; k < param(3u); k += 1u) {
            let i = block * param(3u) + k;
            if (i < param(1u)) {
                y[stream * param(1u) + i] = element(words, k);
            }
        }
    }
}
