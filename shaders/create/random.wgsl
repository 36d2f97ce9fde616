// rust/core/src/ops/create/random.rs: numbers from the bits of Philox4x32-10 (see cpu/philox.rs), a thread per block of
// four words.
// params: [threads, elements of a stream, blocks of a stream, elements of a block, seed, counter, then the draw's own
// numbers], each number in two words, the low one first.

fn number(i: u32) -> vec2<u32> {
    return vec2<u32>(param(i), param(i + 1u));
}

fn philox(counter: vec4<u32>, seed: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var key = seed;
    for (var round = 0u; round < 10u; round += 1u) {
        let first = multiply_wide(c.x, 0xd2511f53u);
        let second = multiply_wide(c.z, 0xcd9e8d57u);
        c = vec4<u32>(second.y ^ c.y ^ key.x, second.x, first.y ^ c.w ^ key.y, first.x);
        key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return c;
}

// In [0, 1), of so many bits.
fn uniform_of(word: u32, mantissa: u32) -> f32 {
    return f32(word >> (32u - mantissa)) * power_of_two(-i32(mantissa));
}

// Standard normal, by the polar form of Box and Muller: element k, from its pair's words.
fn normal_of(words: vec4<u32>, k: u32) -> f32 {
    let pair = select(words.xy, words.zw, k >= 2u);
    let u = f32(pair.x) * power_of_two(-32) + power_of_two(-33);
    let radius = sqrt(-2.0 * log_f32(u));
    // The angle in quarter turns: the whole ones are taken off without an error.
    let turns = f32(pair.y) * power_of_two(-30);
    let quarters = round(turns);
    let r = (turns - quarters) * 1.5707964;
    let r2 = r * r;
    // Coefficients of Cephes.
    var s = -1.9515296e-4;
    s = s * r2 + 8.332161e-3;
    s = s * r2 - 0.16666655;
    let sine = r + r * r2 * s;
    var c = 2.4433157e-5;
    c = c * r2 - 1.3887316e-3;
    c = c * r2 + 4.1666646e-2;
    let cosine = 1.0 - 0.5 * r2 + r2 * r2 * c;
    // The second of a pair is the sine, which is the cosine a quarter turn before.
    let quarter = (u32(quarters) + 3u * (k & 1u)) & 3u;
    let part = select(cosine, sine, (quarter & 1u) == 1u);
    return radius * select(part, -part, quarter == 1u || quarter == 2u);
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
