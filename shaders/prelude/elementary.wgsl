// Elementary functions beyond those of prelude.wgsl, under the same rules. "Fits .. on .." states a polynomial that is a
// near-minimax fit of our own, and its error relative to the function.

fn copysign_f32(x: f32, y: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(y) & 0x80000000u));
}

// x, with the other sign if y has one.
fn turned(x: f32, y: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) ^ (bitcast<u32>(y) & 0x80000000u));
}

// ---- Exponentials and logarithms ----

fn exp2_f32(x: f32) -> f32 {
    let bounded = clamp(x, -151.0, 128.0);
    let n = round(bounded);
    let y = scale_f32(exp_small((bounded - n) * 0.693147181), i32(n));
    let z = select(select(y, inf_f32(), x >= 128.0), 0.0, x < -150.0);
    return select(z, x, isnan_f32(x));
}

// e^x - 1.
fn expm1_f32(x: f32) -> f32 {
    // Fits (e^x - 1 - x) / x^2 on [-1/2, 1/2]: 2^-27.7.
    var q = 0.000200864321;
    q = q * x + 0.00140110299;
    q = q * x + 0.00833285227;
    q = q * x + 0.0416649543;
    q = q * x + 0.166666687;
    q = q * x + 0.50000006;
    let y = select(exp_f32(x) - 1.0, x + x * x * q, abs(x) < 0.5);
    return select(y, x, abs(x) < 1e-20 || isnan_f32(x));
}

// log(1 + x). Where x is not small, what 1 + x loses is small beside the logarithm.
fn log1p_f32(x: f32) -> f32 {
    let y = select(log_f32(1.0 + x), x + log1p_tail(x), x > -0.29 && x < 0.41);
    return select(y, x, abs(x) < 1e-20 || isnan_f32(x));
}

fn log2_f32(x: f32) -> f32 {
    let s = split_f32(x);
    let f = s.fraction;
    return log_specials(x, s.exponent + (f * 1.44269504 + log1p_tail(f) * 1.44269504));
}

fn log10_f32(x: f32) -> f32 {
    let s = split_f32(x);
    let f = s.fraction;
    // log10(2) in 17 bits, and the rest of it.
    let small = s.exponent * 7.90341515e-7 + (f * 0.434294482 + log1p_tail(f) * 0.434294482);
    return log_specials(x, s.exponent * 0.301029205 + small);
}

// log(e^x + e^y).
fn logaddexp_f32(x: f32, y: f32) -> f32 {
    let top = select(y, x, x > y);
    let low = select(x, y, x > y);
    // Two equal infinities have no distance.
    let gap = select(low - top, 0.0, x == y);
    let z = top + log1p_f32(exp_f32(gap));
    return select(select(z, x, isnan_f32(x)), y, isnan_f32(y));
}

// ---- Hyperbolic functions and their inverses ----

// e^a / 2 for a >= 0, also where e^a is too large.
fn half_exp(a: f32) -> f32 {
    return select(exp_scaled(min(a, 90.0), 0.0, -1), inf_f32(), a > 89.5);
}

fn sinh_f32(x: f32) -> f32 {
    let a = abs(x);
    // Fits (sinh a / a - 1) / a^2 in a^2 on [0, 1]: 2^-31.6.
    let a2 = a * a;
    var q = 2.78221319e-6;
    q = q * a2 + 0.000198428956;
    q = q * a2 + 0.00833331048;
    q = q * a2 + 0.166666672;
    let h = half_exp(a);
    let y = select(h - 0.25 / h, a + a * a2 * q, a < 1.0);
    return select(copysign_f32(y, x), x, isnan_f32(x));
}

fn cosh_f32(x: f32) -> f32 {
    let h = half_exp(abs(x));
    return select(h + 0.25 / h, x, isnan_f32(x));
}

fn asinh_f32(x: f32) -> f32 {
    let a = abs(x);
    let b = min(a, 4096.0);
    let near = log1p_f32(b + b * b / (1.0 + sqrt(b * b + 1.0)));
    let y = select(near, log_f32(a) + 0.693147181, a > 4096.0);
    return select(copysign_f32(y, x), x, isnan_f32(x));
}

fn acosh_f32(x: f32) -> f32 {
    let t = clamp(x, 1.0, 4096.0) - 1.0;
    let near = log1p_f32(t + sqrt(t * (t + 2.0)));
    let y = select(near, log_f32(x) + 0.693147181, x > 4096.0);
    return select(select(y, nan_f32(), x < 1.0), x, isnan_f32(x));
}

fn atanh_f32(x: f32) -> f32 {
    let a = abs(x);
    // Below 1, its distance from 1 is at least 2^-24.
    let y = 0.5 * log1p_f32(2.0 * a / max(1.0 - a, 5e-8));
    let z = select(select(y, inf_f32(), a == 1.0), nan_f32(), a > 1.0);
    return select(copysign_f32(z, x), x, isnan_f32(x) || a < 1e-20);
}

// ---- Circular functions and their inverses ----

struct Angle {
    rest: f32,
    quarters: u32,
}

// Bits 32 i - 31 to 32 i after the point of 1 / (2 pi); none before it.
fn turn_word(i: u32) -> u32 {
    switch i {
        case 1u: { return 0x28be60dbu; }
        case 2u: { return 0x9391054au; }
        case 3u: { return 0x7f09d5f4u; }
        case 4u: { return 0x7d4d3770u; }
        case 5u: { return 0x36d8a566u; }
        case 6u: { return 0x4f10e410u; }
        default: { return 0u; }
    }
}

// a = rest + quarters pi/2 modulo 2 pi, |rest| <= pi/4, for finite a >= 0. a / (2 pi) is computed in integers, from the
// bits of 1 / (2 pi) that are neither whole turns nor below the result (Payne and Hanek, 1983).
fn reduce_angle(a: f32) -> Angle {
    let bits = bitcast<u32>(a);
    let mantissa = (bits << 8u) | 0x80000000u;
    // a is below 2^skip; of a smaller one nothing is asked.
    let skip = max(bits >> 23u, 126u) - 126u;
    let first = skip >> 5u;
    let shift = skip & 31u;
    let word = vec3<u32>(turn_word(first), turn_word(first + 1u), turn_word(first + 2u));
    let next = vec3<u32>(word.y, word.z, turn_word(first + 3u));
    let window = (word << vec3<u32>(shift)) | ((next >> vec3<u32>(1u)) >> vec3<u32>(31u - shift));
    let middle = multiply_wide(mantissa, window.y);
    let turns = add_i64(
        vec2<u32>(middle.x, middle.y + mantissa * window.x),
        vec2<u32>(multiply_wide(mantissa, window.z).y, 0u),
    );
    // Two bits of whole quarters; those after them are a fraction, below zero from one half on.
    let quarters = (turns.y + 0x20000000u) >> 30u;
    let fraction = shift_left_i64(turns, vec2<u32>(2u, 0u));
    // Times pi/2, whose bits these are, and rounded once.
    let size = abs_i64(fraction);
    let zeros = leading_zeros(size);
    let product = multiply_wide(shift_left_i64(size, vec2<u32>(zeros, 0u)).y, 0xc90fdaa2u).y;
    let rest = f32_of_i64(vec2<u32>(product, 0u)) * power_of_two(-31 - i32(zeros));
    let signed = select(rest, -rest, is_negative(fraction));
    let small = a < 0.785398185;
    return Angle(select(signed, a, small), select(quarters, 0u, small));
}

// The sine of an angle.
fn sine_of(rest: f32, quarters: u32) -> f32 {
    let r2 = rest * rest;
    // Fits (sin r / r - 1) / r^2 in r^2 on [0, pi/4]: 2^-32.5.
    var q = 2.83268014e-6;
    q = q * r2 - 0.000198530717;
    q = q * r2 + 0.0083333794;
    q = q * r2 - 0.166666672;
    let sine = rest + rest * r2 * q;
    // Fits (cos r - 1 + r^2/2) / r^4 there: 2^-33.
    var p = 2.44323273e-5;
    p = p * r2 - 0.00138873095;
    p = p * r2 + 0.0416666456;
    let cosine = 1.0 + (r2 * r2 * p - 0.5 * r2);
    let y = select(sine, cosine, (quarters & 1u) == 1u);
    return select(y, -y, (quarters & 2u) == 2u);
}

fn sin_f32(x: f32) -> f32 {
    let angle = reduce_angle(abs(x));
    let y = turned(sine_of(angle.rest, angle.quarters), x);
    return select(y, nan_f32(), isnan_f32(x) || abs(x) >= inf_f32());
}

fn cos_f32(x: f32) -> f32 {
    let angle = reduce_angle(abs(x));
    let y = sine_of(angle.rest, angle.quarters + 1u);
    return select(y, nan_f32(), isnan_f32(x) || abs(x) >= inf_f32());
}

fn tan_f32(x: f32) -> f32 {
    let angle = reduce_angle(abs(x));
    // Fits (tan r / r - 1) / r^2 in r^2 on [0, pi/4]: 2^-29.5.
    let r = angle.rest;
    let r2 = r * r;
    var q = 0.00437977212;
    q = q * r2 + 8.48301424e-5;
    q = q * r2 + 0.0108371405;
    q = q * r2 + 0.0212829057;
    q = q * r2 + 0.0540594347;
    q = q * r2 + 0.133326724;
    q = q * r2 + 0.333333492;
    let t = r + r * r2 * q;
    let y = turned(select(t, -1.0 / t, (angle.quarters & 1u) == 1u), x);
    return select(y, nan_f32(), isnan_f32(x) || abs(x) >= inf_f32());
}

// asin a below 1/2; from there to 1 half of acos a.
fn arc(a: f32) -> f32 {
    let low = a < 0.5;
    let rest = max(0.5 - 0.5 * a, 0.0);
    let s = select(sqrt(rest), a, low);
    let s2 = select(rest, a * a, low);
    // Fits (asin s / s - 1) / s^2 in s^2 on [0, 1/4]: 2^-31.7.
    var q = 0.0376964621;
    q = q * s2 + 0.0143149635;
    q = q * s2 + 0.0318390839;
    q = q * s2 + 0.0445133746;
    q = q * s2 + 0.0750052184;
    q = q * s2 + 0.166666597;
    return s + s * s2 * q;
}

// pi/2 - y and pi - y, with what is lost when pi is rounded.
fn right_angle_less(y: f32) -> f32 {
    return 1.57079637 - (y + 4.37113883e-8);
}

fn straight_angle_less(y: f32) -> f32 {
    return 3.14159274 - (y + 8.74227766e-8);
}

fn asin_f32(x: f32) -> f32 {
    let a = abs(x);
    let y = arc(a);
    let z = select(right_angle_less(2.0 * y), y, a < 0.5);
    return select(select(copysign_f32(z, x), nan_f32(), a > 1.0), x, isnan_f32(x));
}

fn acos_f32(x: f32) -> f32 {
    let a = abs(x);
    let y = arc(a);
    let outer = select(2.0 * y, straight_angle_less(2.0 * y), x < 0.0);
    let z = select(outer, right_angle_less(copysign_f32(y, x)), a < 0.5);
    return select(select(z, nan_f32(), a > 1.0), x, isnan_f32(x));
}

// atan t for 0 <= t <= 1.
fn atan_unit(t: f32) -> f32 {
    // Fits (atan t / t - 1) / t^2 in t^2: 2^-31.1.
    let t2 = t * t;
    var q = 0.00113452214;
    q = q * t2 - 0.00742536318;
    q = q * t2 + 0.022777617;
    q = q * t2 - 0.0449832566;
    q = q * t2 + 0.0676364899;
    q = q * t2 - 0.0882146209;
    q = q * t2 + 0.110612333;
    q = q * t2 - 0.142803431;
    q = q * t2 + 0.199997157;
    q = q * t2 - 0.333333284;
    return t + t * t2 * q;
}

fn atan_f32(x: f32) -> f32 {
    let a = abs(x);
    let y = atan_unit(select(a, 1.0 / clamp(a, 1.0, 1e30), a > 1.0));
    let z = select(y, right_angle_less(y), a > 1.0);
    return select(copysign_f32(z, x), x, isnan_f32(x));
}

fn atan2_f32(y: f32, x: f32) -> f32 {
    let steep = abs(y) > abs(x);
    let top = select(abs(y), abs(x), steep);
    let bottom = select(abs(x), abs(y), steep);
    // Devices need not divide by the largest numbers.
    let scale = select(1.0, 0.125, bottom > 1e37);
    let quotient = top * scale / min(bottom * scale, 1e38);
    let flat = bottom == 0.0 || bottom >= inf_f32();
    let t = select(select(quotient, 0.0, flat), 1.0, top >= inf_f32());
    let near = atan_unit(t);
    let first = select(near, right_angle_less(near), steep);
    let left = (bitcast<u32>(x) >> 31u) == 1u;
    let z = copysign_f32(select(first, straight_angle_less(first), left), y);
    return select(select(z, x, isnan_f32(x)), y, isnan_f32(y));
}

// ---- Lengths and remainders ----

// The power of two, 1 or 2^96 or 2^-96, that brings a length to where it has a square. Its own scale is its inverse.
fn middle_scale(a: f32) -> f32 {
    return select(select(1.0, 1.26217745e-29, a > 1.12589991e15), 7.92281625e28, a < 8.8817842e-16);
}

// sqrt(x^2 + y^2); infinite beside NaN, as in IEEE 754.
fn hypot_f32(x: f32, y: f32) -> f32 {
    let scale = middle_scale(max(abs(x), abs(y)));
    let a = x * scale;
    let b = y * scale;
    let length = sqrt(a * a + b * b) * middle_scale(scale);
    let z = select(select(length, x, isnan_f32(x)), y, isnan_f32(y));
    return select(z, inf_f32(), abs(x) >= inf_f32() || abs(y) >= inf_f32());
}

// The exact remainder, by long division of the mantissas, eight bits at a time.
fn fmod_f32(x: f32, y: f32) -> f32 {
    let a = bitcast<u32>(x) & 0x7fffffffu;
    let b = bitcast<u32>(y) & 0x7fffffffu;
    let divisor = select(b, (b & 0x007fffffu) | 0x00800000u, b >= 0x00800000u);
    let unit = max(b >> 23u, 1u);
    let exponent = max(a >> 23u, 1u);
    let undefined = a >= 0x7f800000u || b > 0x7f800000u || b == 0u;
    if (undefined || a < b) {
        return select(x, nan_f32(), undefined);
    }
    var rest = select(a, (a & 0x007fffffu) | 0x00800000u, a >= 0x00800000u) % divisor;
    for (var left = exponent - unit; left > 0u; left -= min(left, 8u)) {
        rest = (rest << min(left, 8u)) % divisor;
    }
    // The leading bit moves up to its place, as far as exponents go.
    let up = min(max(countLeadingZeros(rest), 8u) - 8u, unit - 1u);
    let bits = (rest << up) + ((unit - up - 1u) << 23u);
    return copysign_f32(bitcast<f32>(select(bits, 0u, rest == 0u)), x);
}

fn fmod_i32(x: i32, y: i32) -> i32 {
    return select(x % select(y, 1, y == 0), 0, y == 0);
}

fn fmod_u32(x: u32, y: u32) -> u32 {
    return x % select(y, 1u, y == 0u);
}

// ---- Integrals of the normal density ----

fn erfc_f32(x: f32) -> f32 {
    let a = min(abs(x), 10.5);
    // The square in twice the precision: its error becomes a relative one.
    let hi = leading(a);
    let lo = a - hi;
    let power = exp_sum(-hi * hi, -(2.0 * hi * lo + lo * lo));
    let tail = power * (2.0 * normal_tail(1.41421356 * a));
    let large = select(tail, 2.0 - tail, x < 0.0);
    let y = select(large, 1.0 - erf_small(x), abs(x) < 0.6);
    return select(y, x, isnan_f32(x));
}

// ---- Bits ----

// A number of places that is negative or too large leaves no bit but those of the sign.
fn shift_left_i32(x: i32, y: i32) -> i32 {
    return select(x << (u32(y) & 31u), 0, u32(y) > 31u);
}

fn shift_left_u32(x: u32, y: u32) -> u32 {
    return select(x << (y & 31u), 0u, y > 31u);
}

fn shift_right_i32(x: i32, y: i32) -> i32 {
    return x >> min(u32(y), 31u);
}

fn shift_right_u32(x: u32, y: u32) -> u32 {
    return select(x >> (y & 31u), 0u, y > 31u);
}
