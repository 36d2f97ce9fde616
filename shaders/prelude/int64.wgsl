// Arithmetic of int64: a value is a vec2<u32>, its low word first, in two's complement. Sums and products wrap. What is
// the same for vectors as for numbers (&, |, ^, ~, select) has no function here.

fn i64_of_i32(x: i32) -> vec2<u32> {
    return vec2<u32>(u32(x), u32(x >> 31u));
}

fn i64_of_u32(x: u32) -> vec2<u32> {
    return vec2<u32>(x, 0u);
}

fn is_negative(x: vec2<u32>) -> bool {
    return (x.y >> 31u) == 1u;
}

// ---- Comparisons ----

fn eq_i64(x: vec2<u32>, y: vec2<u32>) -> bool {
    return all(x == y);
}

fn ne_i64(x: vec2<u32>, y: vec2<u32>) -> bool {
    return any(x != y);
}

fn lt_i64(x: vec2<u32>, y: vec2<u32>) -> bool {
    return select(i32(x.y) < i32(y.y), x.x < y.x, x.y == y.y);
}

// Of numbers without sign.
fn lt_u64(x: vec2<u32>, y: vec2<u32>) -> bool {
    return x.y < y.y || (x.y == y.y && x.x < y.x);
}

fn le_i64(x: vec2<u32>, y: vec2<u32>) -> bool {
    return !lt_i64(y, x);
}

fn maximum_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    return select(x, y, lt_i64(x, y));
}

fn minimum_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    return select(x, y, lt_i64(y, x));
}

fn isnan_i64(x: vec2<u32>) -> bool {
    return false;
}

// ---- Sums and products ----

fn add_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    let low = x.x + y.x;
    return vec2<u32>(low, x.y + y.y + select(0u, 1u, low < x.x));
}

fn neg_i64(x: vec2<u32>) -> vec2<u32> {
    return vec2<u32>(0u - x.x, ~x.y + select(0u, 1u, x.x == 0u));
}

fn sub_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    return vec2<u32>(x.x - y.x, x.y - y.y - select(0u, 1u, x.x < y.x));
}

fn abs_i64(x: vec2<u32>) -> vec2<u32> {
    return select(x, neg_i64(x), is_negative(x));
}

fn sign_i64(x: vec2<u32>) -> vec2<u32> {
    let size = vec2<u32>(select(0u, 1u, ne_i64(x, vec2<u32>())), 0u);
    return select(size, vec2<u32>(0xffffffffu), is_negative(x));
}

// All 64 bits of a product, by halves of words.
fn multiply_wide(x: u32, y: u32) -> vec2<u32> {
    let a = vec2<u32>(x & 0xffffu, x >> 16u);
    let b = vec2<u32>(y & 0xffffu, y >> 16u);
    let low = a.x * b.x;
    let first = a.y * b.x + (low >> 16u);
    let second = a.x * b.y + (first & 0xffffu);
    return vec2<u32>(x * y, a.y * b.y + (first >> 16u) + (second >> 16u));
}

fn mul_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    let low = multiply_wide(x.x, y.x);
    return vec2<u32>(low.x, low.y + x.x * y.y + x.y * y.x);
}

fn pow_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    let one = vec2<u32>(1u, 0u);
    // 1/b^e rounds towards zero: only 1 and -1 have integer reciprocals.
    let unit = eq_i64(abs_i64(x), one);
    var exponent = abs_i64(y);
    var base = x;
    var result = one;
    for (var bit = 0u; bit < 64u && any(exponent != vec2<u32>()); bit += 1u) {
        result = select(result, mul_i64(result, base), (exponent.x & 1u) == 1u);
        base = mul_i64(base, base);
        exponent = vec2<u32>((exponent.x >> 1u) | (exponent.y << 31u), exponent.y >> 1u);
    }
    return select(result, vec2<u32>(), is_negative(y) && !unit);
}

// ---- Shifts: places that are negative or too many leave no bit but those of the sign ----

fn shift_left_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    let places = y.x & 31u;
    let carried = (x.x >> 1u) >> (31u - places);
    let within = vec2<u32>(x.x << places, (x.y << places) | carried);
    let moved = select(within, vec2<u32>(0u, within.x), (y.x & 32u) != 0u);
    return select(moved, vec2<u32>(), y.y != 0u || y.x > 63u);
}

fn shift_right_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    let places = y.x & 31u;
    let carried = (x.y << 1u) << (31u - places);
    let within = vec2<u32>((x.x >> places) | carried, u32(i32(x.y) >> places));
    let signs = u32(i32(x.y) >> 31u);
    let moved = select(within, vec2<u32>(within.y, signs), (y.x & 32u) != 0u);
    return select(moved, vec2<u32>(signs), y.y != 0u || y.x > 63u);
}

// ---- Quotients: a division by 0 gives 0 and leaves 0 ----

struct Division {
    quotient: vec2<u32>,
    rest: vec2<u32>,
}

// Of numbers without sign.
fn divide_u64(x: vec2<u32>, y: vec2<u32>) -> Division {
    if ((x.y | y.y) == 0u) {
        let divisor = max(y.x, 1u);
        let quotient = x.x / divisor;
        return Division(vec2<u32>(quotient, 0u), vec2<u32>(x.x - quotient * divisor, 0u));
    }
    var quotient = x;
    var rest = vec2<u32>();
    for (var bit = 0u; bit < 64u; bit += 1u) {
        // The rest is below 2^63, as the divisor is at most that.
        rest = vec2<u32>((rest.x << 1u) | (quotient.y >> 31u), (rest.y << 1u) | (rest.x >> 31u));
        quotient = vec2<u32>(quotient.x << 1u, (quotient.y << 1u) | (quotient.x >> 31u));
        let fits = rest.y > y.y || (rest.y == y.y && rest.x >= y.x);
        rest = select(rest, sub_i64(rest, y), fits);
        quotient.x |= select(0u, 1u, fits);
    }
    return Division(quotient, rest);
}

// Rounded towards 0; the rest has the sign of x.
fn divide_i64(x: vec2<u32>, y: vec2<u32>) -> Division {
    let d = divide_u64(abs_i64(x), abs_i64(y));
    let defined = ne_i64(y, vec2<u32>());
    let quotient = select(d.quotient, neg_i64(d.quotient), is_negative(x) != is_negative(y));
    let rest = select(d.rest, neg_i64(d.rest), is_negative(x));
    return Division(select(vec2<u32>(), quotient, defined), select(vec2<u32>(), rest, defined));
}

// Whether the quotient was rounded up, which it is between operands of different signs.
fn rounded_up(d: Division, x: vec2<u32>, y: vec2<u32>) -> bool {
    return ne_i64(d.rest, vec2<u32>()) && is_negative(x) != is_negative(y);
}

fn fmod_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    return divide_i64(x, y).rest;
}

fn remainder_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    let d = divide_i64(x, y);
    return select(d.rest, add_i64(d.rest, y), rounded_up(d, x, y));
}

fn floor_divide_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    let d = divide_i64(x, y);
    return select(d.quotient, sub_i64(d.quotient, vec2<u32>(1u, 0u)), rounded_up(d, x, y));
}

// ---- Rounding: integers stay ----

fn floor_i64(x: vec2<u32>) -> vec2<u32> {
    return x;
}

fn round_i64(x: vec2<u32>) -> vec2<u32> {
    return x;
}

fn ceil_i64(x: vec2<u32>) -> vec2<u32> {
    return x;
}

fn trunc_i64(x: vec2<u32>) -> vec2<u32> {
    return x;
}

// ---- Conversion ----

fn leading_zeros(x: vec2<u32>) -> u32 {
    return select(countLeadingZeros(x.y), 32u + countLeadingZeros(x.x), x.y == 0u);
}

// The nearest float, ties to even; devices convert integers as they like.
fn f32_of_i64(x: vec2<u32>) -> f32 {
    let size = abs_i64(x);
    let zeros = leading_zeros(size);
    let moved = shift_left_i64(size, vec2<u32>(zeros, 0u));
    // 24 bits, and those after them: the lowest stands for all that follow.
    let mantissa = moved.y >> 8u;
    let rest = (moved.y & 255u) | select(0u, 1u, moved.x != 0u);
    let up = rest > 128u || (rest == 128u && (mantissa & 1u) == 1u);
    let y = f32(mantissa + select(0u, 1u, up)) * power_of_two(40 - i32(zeros));
    return select(y, -y, is_negative(x));
}

// Saturates; NaN is 0.
fn i64_of_f32(x: f32) -> vec2<u32> {
    let bits = bitcast<u32>(x);
    let mantissa = vec2<u32>((bits & 0x007fffffu) | 0x00800000u, 0u);
    let exponent = i32((bits >> 23u) & 255u) - 150;
    let down = mantissa.x >> min(u32(max(-exponent, 0)), 31u);
    let up = shift_left_i64(mantissa, i64_of_i32(max(exponent, 0)));
    let size = select(up, vec2<u32>(down, 0u), exponent < 0);
    let negative = (bits >> 31u) == 1u;
    let bounded = select(select(size, neg_i64(size), negative), end_i64(negative), exponent >= 40);
    return select(bounded, vec2<u32>(), isnan_f32(x));
}

// The least or the largest int64.
fn end_i64(least: bool) -> vec2<u32> {
    return select(vec2<u32>(0xffffffffu, 0x7fffffffu), vec2<u32>(0u, 0x80000000u), least);
}
