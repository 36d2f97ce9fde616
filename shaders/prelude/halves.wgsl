// float16 and bfloat16: their bits are the lower half of a word, and are computed with as float32. Rounded to nearest,
// ties to even, in integers: what the built-in conversions do with ties, overflow and subnormals is left to the driver.

// Element i of those that lie two to a word, from its word.
fn half_of(word: u32, i: u32) -> u32 {
    return (word >> ((i & 1u) << 4u)) & 0xffffu;
}

fn f32_of_f16(bits: u32) -> f32 {
    let magnitude = bits & 0x7fffu;
    // Subnormals are multiples of 2^-24; of a NaN the quiet bit is set.
    let small = bitcast<u32>(f32(magnitude) * 5.9604645e-8);
    let special = (magnitude << 13u) | select(0x7f800000u, 0x7fc00000u, magnitude > 0x7c00u);
    let normal = (magnitude << 13u) + 0x38000000u;
    let found = select(select(normal, special, magnitude >= 0x7c00u), small, magnitude < 0x400u);
    return bitcast<f32>(((bits & 0x8000u) << 16u) | found);
}

// Of two words.
fn four_of_f16(words: vec2<u32>) -> vec4<f32> {
    let x = vec2<f32>(f32_of_f16(words.x & 0xffffu), f32_of_f16(words.x >> 16u));
    return vec4<f32>(x, f32_of_f16(words.y & 0xffffu), f32_of_f16(words.y >> 16u));
}

fn f16_of_f32(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    let magnitude = bits & 0x7fffffffu;
    // The exponent moves by 112; what is beyond the largest number becomes infinity.
    let normal = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13u) & 1u)) >> 13u;
    // Below 2^-14 the digits move down to multiples of 2^-24; a place more than they have is enough.
    let places = min(126u - min(magnitude >> 23u, 126u), 25u);
    let digits = (magnitude & 0x7fffffu) | 0x800000u;
    let small = (digits + ((1u << places) >> 1u) - 1u + ((digits >> places) & 1u)) >> places;
    let finite = select(min(normal, 0x7c00u), small, magnitude < 0x38800000u);
    let nan = 0x7e00u | ((magnitude >> 13u) & 0x3ffu);
    return ((bits >> 16u) & 0x8000u) | select(finite, nan, magnitude > 0x7f800000u);
}

fn f32_of_bf16(bits: u32) -> f32 {
    return bitcast<f32>((bits & 0xffffu) << 16u);
}

fn four_of_bf16(words: vec2<u32>) -> vec4<f32> {
    let bits = vec4<u32>(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u);
    return bitcast<vec4<f32>>(bits);
}

fn bf16_of_f32(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    let rounded = (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
    return select(rounded, (bits >> 16u) | 0x40u, isnan_f32(x));
}
