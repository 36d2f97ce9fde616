// rust/core/src/ops/create/range.rs: start + i * step, in integers of 128 bits, lowest word first, which stand for
// multiples of 2^exponent. No bit is lost before the result is made.
// params: [count, start (4 words), step (4 words), exponent]

fn times(x: vec4<u32>, i: u32) -> vec4<u32> {
    let first = multiply_wide(x.x, i);
    let second = add_i64(multiply_wide(x.y, i), vec2<u32>(first.y, 0u));
    let third = add_i64(multiply_wide(x.z, i), vec2<u32>(second.y, 0u));
    return vec4<u32>(first.x, second.x, third.x, x.w * i + third.y);
}

fn sum(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let low = add_i64(a.xy, b.xy);
    let carry = select(0u, 1u, lt_u64(low, a.xy));
    return vec4<u32>(low, add_i64(add_i64(a.zw, b.zw), vec2<u32>(carry, 0u)));
}

// x 2^exponent, rounded to nearest, ties to even.
fn rounded(x: vec4<u32>, exponent: i32) -> f32 {
    let is_negative = (x.w >> 31u) == 1u;
    var digits = x;
    if (is_negative) {
        digits = sum(~x, vec4<u32>(1u, 0u, 0u, 0u));
    }
    // The leading bit comes to the top.
    var scale = exponent + 96;
    for (var word = 0u; word < 3u; word += 1u) {
        if (digits.w == 0u) {
            digits = vec4<u32>(0u, digits.xyz);
            scale -= 32;
        }
    }
    let unused = countLeadingZeros(digits.w) & 31u;
    let below = select(digits.z >> (32u - unused), 0u, unused == 0u);
    let top = (digits.w << unused) | below;
    let rest = (digits.z << unused) | digits.y | digits.x;
    // 24 bits stay.
    let kept = top >> 8u;
    let cut = top & 255u;
    let is_up = cut > 128u || (cut == 128u && (rest != 0u || (kept & 1u) == 1u));
    // Two factors, so that the result may be infinite or vanish.
    let power = clamp(scale + 8 - i32(unused), -252, 254);
    let half = power >> 1u;
    let magnitude = f32(kept + select(0u, 1u, is_up)) * power_of_two(half) * power_of_two(power - half);
    return select(magnitude, -magnitude, is_negative);
}

fn stored(x: vec4<u32>) -> {{KIND}} {
    return {{STORED}};
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let start = vec4<u32>(param(1u), param(2u), param(3u), param(4u));
        let step = vec4<u32>(param(5u), param(6u), param(7u), param(8u));
        y[i] = stored(sum(start, times(step, i)));
    }
}
