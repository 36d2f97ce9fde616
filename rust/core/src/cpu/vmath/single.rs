//! f32: arithmetic and selects only. No branch, table or call stands in the way of the vectoriser.
//!
//! The polynomials are our own near-minimax fits (least squares on Chebyshev nodes, reweighted
//! towards equal errors, in 150-bit arithmetic; coefficients rounded to f32 from the lowest degree
//! up, the others refitted each time). The comment at each says what it fits, where, and its error.
//!
//! `sin`, `cos`, `tan` and `pow` lose too much in f32; they are in `wide.rs`.

use super::Real;
use super::wide::{cos, pow, sin, tan};

/// The polynomial with coefficients `c`, lowest degree first, by Horner's rule.
#[inline(always)]
fn poly<const N: usize>(x: f32, c: [f32; N]) -> f32 {
    let mut sum = c[N - 1];
    for i in (0..N - 1).rev() {
        sum = sum.mul_add(x, c[i]);
    }
    sum
}

// ---- e^x ----------------------------------------------------------------------------------------

/// Adding this rounds to an integer, which is then in the low bits. Good for |x| < 2^22.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in 15 bits, so that `n * LN2_HI` is exact for exponents n, and what is left.
const LN2_HI: f32 = 0.693_145_75;
const LN2_LO: f32 = 1.428_606_8e-6;

/// `(r, n)` such that x = r + n LN2_HI exactly, and n as an integer; for |x| < 2^15.
#[inline(always)]
fn split_exponent(x: f32) -> (f32, f32, i32) {
    let shifted = x.mul_add(core::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    (n.mul_add(-LN2_HI, x), n, exponent)
}

/// e^(r + r_lo) - 1 for |r| <= ln 2 / 2 and an r_lo below the last places of r. The coefficients fit
/// (e^r - 1 - r) / r^2; relative error 2^-26.1.
#[inline(always)]
fn expm1_small(r: f32, r_lo: f32) -> f32 {
    let sum = r + r_lo;
    let q = poly(
        sum,
        [
            0.499_999_97,
            0.166_665_43,
            0.041_667_5,
            0.008_366_57,
            0.001_386_51,
        ],
    );
    // From r and r_lo again, because their sum is rounded.
    r + (sum * sum).mul_add(q, r_lo)
}

/// 2^k for -126 <= k <= 127.
#[inline(always)]
fn power_of_two(k: i32) -> f32 {
    f32::from_bits((k.wrapping_add(127) as u32) << 23)
}

/// x * 2^k for -252 <= k <= 254. The two factors let the result overflow or become subnormal.
#[inline(always)]
fn scale(x: f32, k: i32) -> f32 {
    let half = k >> 1;
    x * power_of_two(half) * power_of_two(k.wrapping_sub(half))
}

/// `(p, n)` such that p * 2^n = e^(hi + lo), with |lo| far below |hi| <= 160.
///
/// Unscaled, so that a caller can multiply before the result becomes subnormal.
#[inline(always)]
fn exp_unscaled(hi: f32, lo: f32) -> (f32, i32) {
    let (r, n, exponent) = split_exponent(hi);
    (1.0 + expm1_small(r, n.mul_add(-LN2_LO, lo)), exponent)
}

#[inline(always)]
fn exp(x: f32) -> f32 {
    // Beyond these bounds the result is 0 or infinite; a NaN passes.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let (r, n, exponent) = split_exponent(x);
    scale(1.0 + expm1_small(r, n * -LN2_LO), exponent)
}

/// `exp` for x <= 0, with less work for the exponent.
#[inline(always)]
fn exp_of_negative(x: f32) -> f32 {
    let x = if x < -104.0 { -104.0 } else { x };
    let (r, n, exponent) = split_exponent(x);
    // Scaled up first, so that only the last product can be subnormal.
    let up = power_of_two(exponent.wrapping_add(64));
    (1.0 + expm1_small(r, n * -LN2_LO)) * up * power_of_two(-64)
}

#[inline(always)]
fn expm1(x: f32) -> f32 {
    let bounded = if x > 89.0 { 89.0 } else { x };
    let bounded = if bounded < -20.0 { -20.0 } else { bounded };
    let (r, n, exponent) = split_exponent(bounded);
    let p = expm1_small(r, n * -LN2_LO);
    // 2^n p + (2^n - 1), at half its size because 2^128 is no f32.
    let half = power_of_two(exponent.wrapping_sub(1));
    let result = 2.0 * half.mul_add(p, half - 0.5);
    // Keeps -0, and subnormals, which the half size would round.
    if x.abs() < 1e-20 { x } else { result }
}

// ---- log x --------------------------------------------------------------------------------------

/// `(f, e)` such that x = (1 + f) * 2^e and sqrt(1/2) <= 1 + f < sqrt(2), for positive finite x.
#[inline(always)]
fn split_float(x: f32) -> (f32, i32) {
    const SQRT_HALF: u32 = core::f32::consts::FRAC_1_SQRT_2.to_bits();
    let subnormal = x < f32::MIN_POSITIVE;
    let x = if subnormal { x * 8_388_608.0 } else { x };
    let bias = if subnormal { -23 } else { 0 };
    let bits = x.to_bits().wrapping_sub(SQRT_HALF);
    let mantissa = f32::from_bits((bits & 0x007f_ffff).wrapping_add(SQRT_HALF));
    (mantissa - 1.0, ((bits as i32) >> 23).wrapping_add(bias))
}

/// log(1 + f) - f, for 1 + f between sqrt(1/2) and sqrt(2). The coefficients fit
/// (log(1 + f) - f + f^2/2) / f^3; error relative to the logarithm 2^-27.3.
#[inline(always)]
fn log1p_tail(f: f32) -> f32 {
    let q = poly(
        f,
        [
            0.333_333_3,
            -0.250_008_23,
            0.200_012_48,
            -0.166_233_27,
            0.142_013_98,
            -0.131_600_87,
            0.127_635_03,
            -0.076_369_06,
        ],
    );
    f * f * f.mul_add(q, -0.5)
}

/// log(1 + f) + e ln 2.
#[inline(always)]
fn log_sum(f: f32, e: i32) -> f32 {
    let e = e as f32;
    // The larger parts are added with their rounding error: |e ln 2| >= |f|, or e is 0.
    let sum = e.mul_add(LN2_HI, f);
    let lost = f - e.mul_add(-LN2_HI, sum);
    sum + (lost + e.mul_add(LN2_LO, log1p_tail(f)))
}

/// Replaces the result of a logarithm where `x` is not positive and finite.
#[inline(always)]
fn log_specials(x: f32, result: f32) -> f32 {
    let result = if x < f32::INFINITY { result } else { x };
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    if x < 0.0 { f32::NAN } else { result }
}

#[inline(always)]
fn log(x: f32) -> f32 {
    let (f, e) = split_float(x);
    log_specials(x, log_sum(f, e))
}

#[inline(always)]
fn log2(x: f32) -> f32 {
    use core::f32::consts::LOG2_E;
    const LOG2_E_LO: f32 = 1.925_963e-8;
    let (f, e) = split_float(x);
    let e = e as f32;
    let hi = f * LOG2_E;
    let lo = f.mul_add(LOG2_E, -hi) + log1p_tail(f).mul_add(LOG2_E, f * LOG2_E_LO);
    let sum = e + hi;
    let lost = hi - (sum - e);
    log_specials(x, sum + (lost + lo))
}

#[inline(always)]
fn log1p(x: f32) -> f32 {
    let u = 1.0 + x;
    let (f, e) = split_float(u);
    // (1 + x) 2^-e - 1 from x itself: u has lost its last bits. For large x they do not matter
    // (and 2^-e may not exist).
    let t = power_of_two(e.wrapping_neg());
    let f = if x < 16_777_216.0 {
        x.mul_add(t, t - 1.0)
    } else {
        f
    };
    log_specials(u, log_sum(f, e).copysign(x))
}

// ---- sigmoid, tanh, erf, gelu -------------------------------------------------------------------

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    let e = exp_of_negative(-x.abs());
    let top = if x >= 0.0 { 1.0 } else { e };
    let bottom = 1.0 + e;
    let quotient = top / bottom;
    // 1 + e is `bottom + lost`. Without this step the error is 2.40 ULP, with it 1.97, over every f32.
    let lost = e - (bottom - 1.0);
    quotient - quotient * lost
}

#[inline(always)]
fn tanh(x: f32) -> f32 {
    let a = x.abs();
    // Fits (tanh a - a) / a^3 in a^2 up to 0.6; error relative to tanh 2^-28.4.
    let a2 = a * a;
    let q = poly(
        a2,
        [
            -0.333_333,
            0.133_319_36,
            -0.053_784_724,
            0.020_798_692,
            -0.005_898_1,
        ],
    );
    let small = (a * a2).mul_add(q, a);
    let large = 1.0 - 2.0 / (exp(2.0 * a) + 1.0);
    let result = if a < 0.6 { small } else { large };
    result.copysign(x)
}

#[inline(always)]
fn erf(x: f32) -> f32 {
    let a = x.abs();
    // Fits erf(x) / x - 1 in x^2 up to 0.9; relative error 2^-26.1.
    let q = poly(
        a * a,
        [
            0.128_379_15,
            -0.376_125_16,
            0.112_820_85,
            -0.026_777_28,
            0.005_009_916_6,
            -0.000_608_107_37,
        ],
    );
    let small = x.mul_add(q, x);
    // Fits log erfc(a) from 0.9 to 4, where erf is 1; error relative to erf 2^-29.1.
    let bounded = if a > 4.0 { 4.0 } else { a };
    let log_erfc = poly(
        bounded,
        [
            -0.000_166_260_87,
            -1.127_798_2,
            -0.636_974_1,
            -0.104_115_82,
            0.022_316_476,
            -0.003_065_874_1,
            0.000_198_266_27,
        ],
    );
    let large = (1.0 - exp(log_erfc)).copysign(x);
    if a < 0.9 { small } else { large }
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    // Below -15 the result underflows.
    let x = if x < -15.0 { -15.0 } else { x };
    let a = x.abs();
    // Fits (Phi(x) - 1/2) / x in x^2 up to 0.8; error relative to Phi(-x) 2^-28.1.
    let slope = poly(
        a * a,
        [
            0.398_942_26,
            -0.066_489_935,
            0.009_970_199_3,
            -0.001_176_395_3,
            9.918_215_8e-5,
        ],
    );
    let small = x * x.mul_add(slope, 0.5);

    // Phi(-a) = exp(-a^2/2) R(a). R(a) (a + 4) is smooth: a fit in t = (a - 4) / (a + 4) for a from
    // 0.8 to 14.6, relative error 2^-25.6.
    let a = if a > 15.0 { 15.0 } else { a };
    let u = 1.0 / (a + 4.0);
    let t = (a * u).mul_add(2.0, -1.0);
    let ratio = u * poly(
        t,
        [
            0.755_285_14,
            -0.607_896_6,
            0.387_137,
            -0.186_524_85,
            0.060_402_423,
            -0.007_501_316_7,
            -0.003_511_708_9,
            0.001_467_651_2,
            0.000_187_037_09,
        ],
    );
    // The exponent reaches -112: its rounding error would be a large relative error of e^x.
    let half = 0.5 * a;
    let square = half * a;
    let (p, exponent) = exp_unscaled(-square, -half.mul_add(a, -square));
    // x Phi(x) below 0; x - x Phi(-x) above. Scaled last, so that only the result is subnormal.
    let negative = x < 0.0;
    let factor = if negative { x } else { -1.0 };
    let tail = scale(p * ratio * factor, exponent);
    let large = if negative { tail } else { x * (1.0 + tail) };
    if a < 0.8 { small } else { large }
}

#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    // x * sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3), with 2 u = x (C1 + C3 x^2) in twice the
    // precision: it reaches 104, and its error becomes a relative error of e^-2u.
    const C1: f32 = 1.595_769_2;
    const C1_LO: f32 = -4.534_068e-8;
    const C3: f32 = 0.071_354_814;
    const C3_LO: f32 = 2.398_832_4e-9;
    // Below -12 the result underflows.
    let x = if x < -12.0 { -12.0 } else { x };
    let a = x.abs();
    let a = if a > 12.0 { 12.0 } else { a };
    let a2 = a * a;
    let a2_lo = a.mul_add(a, -a2);
    let cubic = C3 * a2;
    let cubic_lo = C3.mul_add(a2, -cubic) + C3.mul_add(a2_lo, C3_LO * a2);
    let sum = C1 + cubic;
    let part = sum - C1;
    let sum_lo = (C1 - (sum - part)) + (cubic - part) + (cubic_lo + C1_LO);
    let w = a * sum;
    let w_lo = a.mul_add(sum, -w) + a * sum_lo;
    let (p, exponent) = exp_unscaled(-w, -w_lo);

    let negative = x < 0.0;
    let top = if negative { x * p } else { x };
    let quotient = top / (1.0 + scale(p, exponent));
    // Scaled last, so that only the result is subnormal.
    scale(quotient, if negative { exponent } else { 0 })
}

impl Real for f32 {
    const ZERO: f32 = 0.0;
    const HALF: f32 = 0.5;
    const ONE: f32 = 1.0;
    const NAN: f32 = f32::NAN;
    const INFINITY: f32 = f32::INFINITY;

    #[inline(always)]
    fn from_f64(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn fma(self, a: f32, b: f32) -> f32 {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn abs(self) -> f32 {
        f32::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f32 {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn floor(self) -> f32 {
        f32::floor(self)
    }
    #[inline(always)]
    fn ceil(self) -> f32 {
        f32::ceil(self)
    }
    #[inline(always)]
    fn trunc(self) -> f32 {
        f32::trunc(self)
    }
    #[inline(always)]
    fn round_ties_even(self) -> f32 {
        f32::round_ties_even(self)
    }
    #[inline(always)]
    fn exp(self) -> f32 {
        exp(self)
    }
    #[inline(always)]
    fn expm1(self) -> f32 {
        expm1(self)
    }
    #[inline(always)]
    fn log(self) -> f32 {
        log(self)
    }
    #[inline(always)]
    fn log1p(self) -> f32 {
        log1p(self)
    }
    #[inline(always)]
    fn log2(self) -> f32 {
        log2(self)
    }
    #[inline(always)]
    fn sin(self) -> f32 {
        sin(self)
    }
    #[inline(always)]
    fn cos(self) -> f32 {
        cos(self)
    }
    #[inline(always)]
    fn tan(self) -> f32 {
        tan(self)
    }
    #[inline(always)]
    fn tanh(self) -> f32 {
        tanh(self)
    }
    #[inline(always)]
    fn erf(self) -> f32 {
        erf(self)
    }
    #[inline(always)]
    fn gelu(self) -> f32 {
        gelu(self)
    }
    #[inline(always)]
    fn gelu_tanh(self) -> f32 {
        gelu_tanh(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> f32 {
        sigmoid(self)
    }
    #[inline(always)]
    fn copysign(self, sign: f32) -> f32 {
        f32::copysign(self, sign)
    }
    #[inline(always)]
    fn pow(self, y: f32) -> f32 {
        pow(self, y)
    }
}
