// What every module starts with, and the files of prelude/ after it: functions that WGSL lacks, or whose built-in form
// is too inaccurate or unsafe.
//
// Drivers may assume that NaN and infinity do not occur, may flush subnormals, and may reorder sums: so NaN is told
// from its bits, special values are selected at the end, and where a rounding error is taken back, the larger part
// was cut by a mask, which no compiler sees through. NaN and infinity come from variables, because constants of that
// value are refused. Coefficients are those of cpu/vmath/single.rs, unless stated.

fn nan_f32() -> f32 {
    var bits = 0x7fc00000u;
    return bitcast<f32>(bits);
}

fn inf_f32() -> f32 {
    var bits = 0x7f800000u;
    return bitcast<f32>(bits);
}

fn isnan_f32(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn isnan_i32(x: i32) -> bool {
    return false;
}

fn isnan_u32(x: u32) -> bool {
    return false;
}

// The leading 12 bits of a number: products of two such are exact.
fn leading(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

// The position of a workgroup in a grid that was folded because it is too long.
fn group_of(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.x + id.y * groups.x;
}

// Saturates; NaN is 0.
fn i32_of(x: f32) -> i32 {
    let inside = i32(clamp(x, -2147483648.0, 2147483520.0));
    let high = select(inside, 2147483647, x >= 2147483648.0);
    return select(high, 0, isnan_f32(x));
}

// ---- Arithmetic that hands NaN on, and integers as on the CPU ----

fn maximum_f32(x: f32, y: f32) -> f32 {
    return select(select(x, y, y > x), y, isnan_f32(y) && !isnan_f32(x));
}

fn maximum_i32(x: i32, y: i32) -> i32 {
    return max(x, y);
}

fn maximum_u32(x: u32, y: u32) -> u32 {
    return max(x, y);
}

fn minimum_f32(x: f32, y: f32) -> f32 {
    return select(select(x, y, y < x), y, isnan_f32(y) && !isnan_f32(x));
}

fn minimum_i32(x: i32, y: i32) -> i32 {
    return min(x, y);
}

fn minimum_u32(x: u32, y: u32) -> u32 {
    return min(x, y);
}

// NaN differs from everything; drivers do not agree on that.
fn ne_f32(x: f32, y: f32) -> bool {
    return x != y || isnan_f32(x) || isnan_f32(y);
}

fn ne_i32(x: i32, y: i32) -> bool {
    return x != y;
}

fn ne_u32(x: u32, y: u32) -> bool {
    return x != y;
}

fn neg_f32(x: f32) -> f32 {
    return -x;
}

fn neg_i32(x: i32) -> i32 {
    return -x;
}

fn neg_u32(x: u32) -> u32 {
    return 0u - x;
}

fn sign_f32(x: f32) -> f32 {
    return select(sign(x), x, isnan_f32(x));
}

fn sign_i32(x: i32) -> i32 {
    return sign(x);
}

fn sign_u32(x: u32) -> u32 {
    return min(x, 1u);
}

fn floor_f32(x: f32) -> f32 {
    return floor(x);
}

fn floor_i32(x: i32) -> i32 {
    return x;
}

fn floor_u32(x: u32) -> u32 {
    return x;
}

fn round_f32(x: f32) -> f32 {
    return round(x);
}

fn round_i32(x: i32) -> i32 {
    return x;
}

fn round_u32(x: u32) -> u32 {
    return x;
}

fn ceil_f32(x: f32) -> f32 {
    return ceil(x);
}

fn ceil_i32(x: i32) -> i32 {
    return x;
}

fn ceil_u32(x: u32) -> u32 {
    return x;
}

fn trunc_f32(x: f32) -> f32 {
    return trunc(x);
}

fn trunc_i32(x: i32) -> i32 {
    return x;
}

fn trunc_u32(x: u32) -> u32 {
    return x;
}

// The sign of the divisor, as in Python; an integer divided by 0 leaves 0.
fn remainder_f32(x: f32, y: f32) -> f32 {
    let r = fmod_f32(x, y);
    return select(r, r + y, r != 0.0 && ((r < 0.0) != (y < 0.0)));
}

fn remainder_i32(x: i32, y: i32) -> i32 {
    let divisor = select(y, 1, y == 0);
    let r = x % divisor;
    return select(r, r + divisor, r != 0 && ((r < 0) != (divisor < 0)));
}

fn remainder_u32(x: u32, y: u32) -> u32 {
    return x % select(y, 1u, y == 0u);
}

// Consistent with the remainder, hence not floor(x / y).
fn floor_divide_f32(x: f32, y: f32) -> f32 {
    let r = fmod_f32(x, y);
    let below = r != 0.0 && ((r < 0.0) != (y < 0.0));
    let q = (x - r) / y - select(0.0, 1.0, below);
    let low = floor(q);
    let nearest = select(low, low + 1.0, q - low > 0.5);
    let z = select(select(nearest, turned(copysign_f32(0.0, x), y), q == 0.0), r, isnan_f32(r));
    let infinite = y == 0.0 && x != 0.0 && !isnan_f32(x);
    return select(z, turned(copysign_f32(inf_f32(), x), y), infinite);
}

fn floor_divide_i32(x: i32, y: i32) -> i32 {
    let divisor = select(y, 1, y == 0);
    let q = x / divisor;
    let r = x % divisor;
    let lowered = select(q, q - 1, r != 0 && ((r < 0) != (divisor < 0)));
    return select(lowered, 0, y == 0);
}

fn floor_divide_u32(x: u32, y: u32) -> u32 {
    return select(x / select(y, 1u, y == 0u), 0u, y == 0u);
}

fn power_u32(x: u32, y: u32) -> u32 {
    var base = x;
    var exponent = y;
    var result = 1u;
    while (exponent > 0u) {
        if ((exponent & 1u) == 1u) {
            result = result * base;
        }
        base = base * base;
        exponent = exponent >> 1u;
    }
    return result;
}

fn pow_u32(x: u32, y: u32) -> u32 {
    return power_u32(x, y);
}

fn pow_i32(x: i32, y: i32) -> i32 {
    // 1/b^e rounds towards zero: only 1 and -1 have integer reciprocals.
    let unit = x == 1 || x == -1;
    let exponent = select(u32(y), u32(-y), y < 0);
    return select(i32(power_u32(u32(x), exponent)), 0, y < 0 && !unit);
}

// ---- Exponential and logarithm ----

fn power_of_two(k: i32) -> f32 {
    return bitcast<f32>(u32(k + 127) << 23u);
}

// x 2^k, -252 <= k <= 254, in two factors, so that the result may be infinite or vanish.
fn scale_f32(x: f32, k: i32) -> f32 {
    let half = k >> 1u;
    return x * power_of_two(half) * power_of_two(k - half);
}

// e^r, for |r| up to ln 2 / 2 and a little more.
fn exp_small(r: f32) -> f32 {
    var q = 0.00138651;
    q = q * r + 0.00836657;
    q = q * r + 0.0416675;
    q = q * r + 0.16666543;
    q = q * r + 0.49999997;
    return 1.0 + (r + r * r * q);
}

// e^(hi + lo) 2^k for |lo| far below |hi|, -150 <= hi <= 100.
fn exp_scaled(hi: f32, lo: f32, k: i32) -> f32 {
    let n = round(hi * 1.44269504);
    let r = ((hi - n * 0.693145752) - n * 1.42860677e-6) + lo;
    return scale_f32(exp_small(r), i32(n) + k);
}

fn exp_sum(hi: f32, lo: f32) -> f32 {
    return exp_scaled(hi, lo, 0);
}

fn exp_f32(x: f32) -> f32 {
    let y = exp_sum(clamp(x, -104.0, 89.0), 0.0);
    let bounded = select(select(y, inf_f32(), x > 88.7228394), 0.0, x < -103.972084);
    return select(bounded, x, isnan_f32(x));
}

// (log(1 + f) - f + f^2/2) / f^3, for 1 + f between sqrt(1/2) and sqrt(2).
fn log1p_ratio(f: f32) -> f32 {
    var q = -0.07636906;
    q = q * f + 0.12763503;
    q = q * f - 0.13160087;
    q = q * f + 0.14201398;
    q = q * f - 0.16623327;
    q = q * f + 0.20001248;
    q = q * f - 0.25000823;
    return q * f + 0.3333333;
}

// log(1 + f) - f.
fn log1p_tail(f: f32) -> f32 {
    return f * f * (f * log1p_ratio(f) - 0.5);
}

struct Split {
    fraction: f32,
    exponent: f32,
}

// x = (1 + fraction) 2^exponent, for positive finite x.
fn split_f32(x: f32) -> Split {
    let tiny = x < 1.17549435e-38;
    let bits = bitcast<u32>(select(x, x * 8388608.0, tiny)) - 0x3f3504f3u;
    let mantissa = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u);
    let exponent = f32(bitcast<i32>(bits) >> 23u);
    return Split(mantissa - 1.0, select(exponent, exponent - 23.0, tiny));
}

// A logarithm of x, whose value at positive finite x is y.
fn log_specials(x: f32, y: f32) -> f32 {
    let finite = select(select(y, x, x >= inf_f32()), -inf_f32(), x == 0.0);
    return select(select(finite, nan_f32(), x < 0.0), x, isnan_f32(x));
}

fn log_f32(x: f32) -> f32 {
    let s = split_f32(x);
    let small = s.exponent * 1.42860677e-6 + log1p_tail(s.fraction);
    return log_specials(x, s.exponent * 0.693145752 + (s.fraction + small));
}

// x^y for positive finite x: the logarithm and its product with y in twice the precision.
fn power_of_magnitude(x: f32, y: f32) -> f32 {
    let s = split_f32(x);
    let f = s.fraction;
    let f_hi = leading(f);
    let f_lo = f - f_hi;
    // log x = exponent ln 2 + f - f^2/2 + f^3 .., and the square is split as f is.
    let whole = s.exponent * 0.693115234375;
    let square_hi = 0.5 * f_hi * f_hi;
    let square_lo = f_hi * f_lo + 0.5 * f_lo * f_lo;
    let cubic = f * f * f * log1p_ratio(f);
    let log_hi = leading(whole + (f - square_hi + cubic));
    let rest = ((whole - log_hi) + f_hi) - square_hi;
    let log_lo = rest + cubic + (f_lo - square_lo + s.exponent * 3.19461849e-5);
    let y_hi = leading(y);
    let product_hi = y_hi * log_hi;
    let product_lo = y_hi * log_lo + (y - y_hi) * (log_hi + log_lo);
    // Beyond these bounds the result is 0 or infinite.
    let bounded = clamp(product_hi, -150.0, 100.0);
    let z = exp_sum(bounded, select(product_lo, 0.0, bounded != product_hi));
    return select(select(z, inf_f32(), product_hi > 89.0), 0.0, product_hi < -104.0);
}

fn pow_f32(x: f32, y: f32) -> f32 {
    let a = abs(x);
    let integer = trunc(y) == y;
    let odd = integer && trunc(0.5 * y) != 0.5 * y;
    var z = power_of_magnitude(a, y);
    let huge = a >= inf_f32() || abs(y) >= inf_f32();
    let grows = (a > 1.0) == (y > 0.0);
    z = select(z, select(0.0, inf_f32(), grows), huge || a == 0.0);
    z = select(z, -z, odd && (bitcast<u32>(x) >> 31u) == 1u);
    z = select(z, nan_f32(), x < 0.0 && a < inf_f32() && !integer);
    z = select(z, nan_f32(), isnan_f32(x) || isnan_f32(y));
    let one = x == 1.0 || y == 0.0 || (x == -1.0 && abs(y) >= inf_f32());
    return select(z, 1.0, one);
}

// ---- Functions of networks ----

fn tanh_f32(x: f32) -> f32 {
    let a = abs(x);
    let a2 = a * a;
    var q = -0.0058981;
    q = q * a2 + 0.020798692;
    q = q * a2 - 0.053784724;
    q = q * a2 + 0.13331936;
    q = q * a2 - 0.333333;
    let small = a + a * a2 * q;
    let large = 1.0 - 2.0 / (exp_f32(2.0 * min(a, 20.0)) + 1.0);
    let y = select(large, small, a < 0.6);
    return select(copysign_f32(y, x), x, isnan_f32(x));
}

fn sigmoid_f32(x: f32) -> f32 {
    let e = exp_f32(-abs(x));
    return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// log(1 + e^x).
fn softplus_f32(x: f32) -> f32 {
    let tail = log1p_f32(exp_f32(-abs(x)));
    return max(x, 0.0) + select(tail, x, isnan_f32(x));
}

// e^(-|x| / 2): products with it underflow late.
fn half_decay(x: f32) -> f32 {
    return exp_f32(-0.5 * min(abs(x), 2000.0));
}

fn silu_f32(x: f32) -> f32 {
    let h = half_decay(x);
    let below = max(x, -2000.0) * h / (1.0 + h * h) * h;
    return select(select(x / (1.0 + h * h), below, x < 0.0), x, isnan_f32(x));
}

fn mish_f32(x: f32) -> f32 {
    let h = half_decay(x);
    let e = h * h;
    let below = max(x, -2000.0) * h * (e + 2.0) / (e * (e + 2.0) + 2.0) * h;
    let above = x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e + 2.0 * e * e));
    return select(select(above, below, x < 0.0), x, isnan_f32(x));
}

// erf x for |x| < 0.9.
fn erf_small(x: f32) -> f32 {
    let x2 = x * x;
    var q = -0.00060810737;
    q = q * x2 + 0.0050099166;
    q = q * x2 - 0.02677728;
    q = q * x2 + 0.11282085;
    q = q * x2 - 0.37612516;
    q = q * x2 + 0.12837915;
    // The smaller part of a sum may be subnormal, and so 0.
    return select(x + x * q, x * 1.1283792, abs(x) < 1e-30);
}

fn erf_f32(x: f32) -> f32 {
    let a = abs(x);
    let b = min(a, 4.0);
    var l = 0.00019826627;
    l = l * b - 0.0030658741;
    l = l * b + 0.022316476;
    l = l * b - 0.10411582;
    l = l * b - 0.6369741;
    l = l * b - 1.1277982;
    l = l * b - 0.00016626087;
    let large = 1.0 - exp_f32(l);
    let y = select(large, erf_small(a), a < 0.9);
    return select(copysign_f32(y, x), x, isnan_f32(x));
}

// Phi(-a) e^(a^2/2) for a from 0.8 to 15, where Phi is the normal distribution function.
fn normal_tail(a: f32) -> f32 {
    // Times a + 4 it is smooth in (a - 4) / (a + 4).
    let u = 1.0 / (a + 4.0);
    let t = (a - 4.0) * u;
    var r = 0.00018703709;
    r = r * t + 0.0014676512;
    r = r * t - 0.0035117089;
    r = r * t - 0.0075013167;
    r = r * t + 0.060402423;
    r = r * t - 0.18652485;
    r = r * t + 0.387137;
    r = r * t - 0.6078966;
    r = r * t + 0.75528514;
    return u * r;
}

// x Phi(x), with the exact normal distribution function.
fn gelu_f32(x: f32) -> f32 {
    let a = min(abs(x), 15.0);
    let a2 = a * a;
    var slope = 9.9182158e-5;
    slope = slope * a2 - 0.0011763953;
    slope = slope * a2 + 0.0099701993;
    slope = slope * a2 - 0.066489935;
    slope = slope * a2 + 0.39894226;
    let small = x * (x * slope + 0.5);
    let a_hi = leading(a);
    let a_lo = a - a_hi;
    let power = exp_sum(-0.5 * a_hi * a_hi, -(a_hi * a_lo + 0.5 * a_lo * a_lo));
    let share = normal_tail(a);
    // The product underflows no earlier than the result.
    let large = select(x * (1.0 - power * share), power * (max(x, -15.0) * share), x < 0.0);
    let y = select(large, small, a < 0.8);
    return select(y, x, isnan_f32(x));
}
