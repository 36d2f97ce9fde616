// Ranks: unsigned numbers, the upper word first, in the order of the values, or downwards in that of their negatives.
// NaN ranks above everything, both zeros are equal.

fn rank_u32(x: u32, upwards: bool) -> vec2<u32> {
    return vec2<u32>(0u, select(~x, x, upwards));
}

fn rank_i32(x: i32, upwards: bool) -> vec2<u32> {
    return rank_u32(bitcast<u32>(x) ^ 0x80000000u, upwards);
}

fn rank_i64(x: vec2<u32>, upwards: bool) -> vec2<u32> {
    let rank = vec2<u32>(x.y ^ 0x80000000u, x.x);
    return select(~rank, rank, upwards);
}

fn rank_f32(x: f32, upwards: bool) -> vec2<u32> {
    let bits = select(bitcast<u32>(x), 0u, (bitcast<u32>(x) << 1u) == 0u);
    let rank = rank_u32(select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u), upwards);
    return select(rank, vec2<u32>(0u, 0xffffffffu), isnan_f32(x));
}

// The larger in lexicographic order: a rank, and in z what decides among equals.
fn uppermost(a: vec3<u32>, b: vec3<u32>) -> vec3<u32> {
    let among_equals = b.x == a.x && (b.y > a.y || (b.y == a.y && b.z > a.z));
    return select(a, b, b.x > a.x || among_equals);
}
