// Orthogonal polynomials, and what only the parts or the divisors of numbers tell.

// What a recurrence is not to be followed to; a negative degree counts as none.
fn last_degree(degree: f32) -> f32 {
    return clamp(trunc(degree), -1.0, 1e6);
}

// A polynomial of value y where its degree is positive.
fn of_degree(degree: f32, x: f32, y: f32) -> f32 {
    let n = trunc(degree);
    let z = select(select(select(y, 1.0, n == 0.0), 0.0, n < 0.0), nan_f32(), n > 1e6);
    return select(z, nan_f32(), isnan_f32(degree) || (isnan_f32(x) && n > 0.0));
}

fn chebyshev_t_f32(x: f32, degree: f32) -> f32 {
    let n = trunc(degree);
    if (n > 6.0 && abs(x) < 1.0) {
        return cos_f32(n * acos_f32(x));
    }
    if (n > 1e6 && abs(x) == 1.0) {
        return select(x, 1.0, floor(0.5 * n) * 2.0 == n);
    }
    var before = 1.0;
    var last = x;
    for (var k = 2.0; k <= last_degree(degree) && abs(last) < inf_f32(); k += 1.0) {
        let next = 2.0 * x * last - before;
        before = last;
        last = next;
    }
    return of_degree(degree, x, last);
}

fn gegenbauer_f32(x: f32, degree: f32, order: f32) -> f32 {
    var before = 1.0;
    var last = 2.0 * order * x;
    for (var k = 2.0; k <= last_degree(degree) && abs(last) < inf_f32(); k += 1.0) {
        let next = (2.0 * x * (k + order - 1.0) * last - (k + 2.0 * order - 2.0) * before) / k;
        before = last;
        last = next;
    }
    return of_degree(degree, x, last);
}

fn hermite_h_f32(x: f32, degree: f32) -> f32 {
    var before = 1.0;
    var last = 2.0 * x;
    for (var k = 2.0; k <= last_degree(degree) && abs(last) < inf_f32(); k += 1.0) {
        let next = 2.0 * x * last - 2.0 * (k - 1.0) * before;
        before = last;
        last = next;
    }
    return of_degree(degree, x, last);
}

fn hermite_he_f32(x: f32, degree: f32) -> f32 {
    var before = 1.0;
    var last = x;
    for (var k = 2.0; k <= last_degree(degree) && abs(last) < inf_f32(); k += 1.0) {
        let next = x * last - (k - 1.0) * before;
        before = last;
        last = next;
    }
    return of_degree(degree, x, last);
}

fn laguerre_f32(x: f32, degree: f32, order: f32) -> f32 {
    var before = 1.0;
    var last = 1.0 + order - x;
    for (var k = 2.0; k <= last_degree(degree) && abs(last) < inf_f32(); k += 1.0) {
        let next = ((2.0 * k - 1.0 + order - x) * last - (k - 1.0 + order) * before) / k;
        before = last;
        last = next;
    }
    return of_degree(degree, x, last);
}

// ---- Pairs ----

// log2(2^x + 2^y).
fn logaddexp2_f32(x: f32, y: f32) -> f32 {
    let top = select(y, x, x > y);
    let low = select(x, y, x > y);
    let gap = select(low - top, 0.0, x == y);
    let z = top + log1p_f32(exp2_f32(gap)) * 1.44269504;
    return select(select(z, x, isnan_f32(x)), y, isnan_f32(y));
}

// The larger and the smaller number; NaN only where both are.
fn fmax_f32(x: f32, y: f32) -> f32 {
    return select(maximum_f32(x, y), select(x, y, isnan_f32(x)), isnan_f32(x) || isnan_f32(y));
}

fn fmax_i32(x: i32, y: i32) -> i32 {
    return max(x, y);
}

fn fmax_u32(x: u32, y: u32) -> u32 {
    return max(x, y);
}

fn fmax_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    return maximum_i64(x, y);
}

fn fmin_f32(x: f32, y: f32) -> f32 {
    return select(minimum_f32(x, y), select(x, y, isnan_f32(x)), isnan_f32(x) || isnan_f32(y));
}

fn fmin_i32(x: i32, y: i32) -> i32 {
    return min(x, y);
}

fn fmin_u32(x: u32, y: u32) -> u32 {
    return min(x, y);
}

fn fmin_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    return minimum_i64(x, y);
}

// ---- Divisors: Euclid's algorithm over magnitudes ----

fn gcd_u32(x: u32, y: u32) -> u32 {
    var a = x;
    var b = y;
    while (b != 0u) {
        let rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

fn gcd_i32(x: i32, y: i32) -> i32 {
    return i32(gcd_u32(u32(abs(x)), u32(abs(y))));
}

fn gcd_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    var a = abs_i64(x);
    var b = abs_i64(y);
    while (any(b != vec2<u32>())) {
        let rest = divide_u64(a, b).rest;
        a = b;
        b = rest;
    }
    return a;
}

fn lcm_u32(x: u32, y: u32) -> u32 {
    return x / max(gcd_u32(x, y), 1u) * y;
}

fn lcm_i32(x: i32, y: i32) -> i32 {
    return abs(x / max(gcd_i32(x, y), 1) * y);
}

fn lcm_i64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    return abs_i64(mul_i64(divide_u64(abs_i64(x), gcd_i64(x, y)).quotient, abs_i64(y)));
}

// ---- Parts of a number ----

fn signbit_f32(x: f32) -> bool {
    return (bitcast<u32>(x) >> 31u) == 1u;
}

fn signbit_i32(x: i32) -> bool {
    return x < 0;
}

fn signbit_u32(x: u32) -> bool {
    return false;
}

fn signbit_i64(x: vec2<u32>) -> bool {
    return is_negative(x);
}

fn nextafter_f32(x: f32, y: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let outwards = (y > x) == (bits >> 31u == 0u);
    let moved = select(bits - 1u, bits + 1u, outwards);
    let first = (bitcast<u32>(y) & 0x80000000u) | 1u;
    let z = bitcast<f32>(select(moved, first, (bits & 0x7fffffffu) == 0u));
    return select(select(select(z, y, x == y), x, isnan_f32(x)), y, isnan_f32(y));
}

// The e of x = m 2^e with 1/2 <= |m| < 1, and 0 where there is none.
fn binary_exponent_f32(x: f32) -> f32 {
    let bits = bitcast<u32>(x) & 0x7fffffffu;
    let exponent = select(i32(bits >> 23u) - 126, -117 - i32(countLeadingZeros(bits)) , bits < 0x00800000u);
    return select(f32(exponent), 0.0, bits == 0u || bits >= 0x7f800000u);
}
