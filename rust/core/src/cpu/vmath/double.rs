//! f64: the `libm` crate, one element at a time. Its functions are plain arithmetic, so their bits do
//! not depend on the platform, as those of a system library would.

use super::Real;

/// x/2 * erfc(z), z = -x / sqrt(2).
#[inline(always)]
fn gelu(x: f64) -> f64 {
    use core::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
    const FRAC_1_SQRT_2_LO: f64 = -4.833_646_656_726_457e-17;
    if x.is_nan() || x >= 0.0 {
        return 0.5 * x * libm::erfc(-x * FRAC_1_SQRT_2);
    }
    // Below -39 the result underflows.
    let x = if x < -39.0 { -39.0 } else { x };
    // Where erfc is tiny, the rounding error of z would cost a thousand ULP: one step of Taylor's
    // series takes it back.
    let z = -x * FRAC_1_SQRT_2;
    let z_lo = (-x).mul_add(FRAC_1_SQRT_2, -z) - x * FRAC_1_SQRT_2_LO;
    let slope = FRAC_2_SQRT_PI * libm::exp(-z * z);
    0.5 * x * (libm::erfc(z) - z_lo * slope)
}

/// As for f32: x * sigmoid(2 u), where 2 u = x (C1 + C3 x^2) in twice the precision.
#[inline(always)]
fn gelu_tanh(x: f64) -> f64 {
    const C1: f64 = 1.595_769_121_605_730_8;
    const C1_LO: f64 = -9.969_308_809_110_92e-17;
    const C3: f64 = 0.071_354_816_272_600_25;
    const C3_LO: f64 = -6.175_149_918_155_315e-19;
    // Below -22.5 the result underflows.
    let x = if x < -22.5 { -22.5 } else { x };
    let a = x.abs();
    let a = if a > 22.5 { 22.5 } else { a };
    let a2 = a * a;
    let a2_lo = a.mul_add(a, -a2);
    let cubic = C3 * a2;
    let cubic_lo = C3.mul_add(a2, -cubic) + C3.mul_add(a2_lo, C3_LO * a2);
    let sum = C1 + cubic;
    let part = sum - C1;
    let sum_lo = (C1 - (sum - part)) + (cubic - part) + (cubic_lo + C1_LO);
    let w = a * sum;
    let w_lo = a.mul_add(sum, -w) + a * sum_lo;
    let e = libm::exp(-w);
    let top = if x < 0.0 { x * (e - e * w_lo) } else { x };
    top / (1.0 + e)
}

#[inline(always)]
fn sigmoid(x: f64) -> f64 {
    // The exponential of a negative number cannot overflow.
    let e = libm::exp(-x.abs());
    let top = if x >= 0.0 { 1.0 } else { e };
    top / (1.0 + e)
}

impl Real for f64 {
    const ZERO: f64 = 0.0;
    const HALF: f64 = 0.5;
    const ONE: f64 = 1.0;
    const NAN: f64 = f64::NAN;
    const INFINITY: f64 = f64::INFINITY;

    #[inline(always)]
    fn from_f64(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn fma(self, a: f64, b: f64) -> f64 {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn abs(self) -> f64 {
        f64::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn floor(self) -> f64 {
        f64::floor(self)
    }
    #[inline(always)]
    fn ceil(self) -> f64 {
        f64::ceil(self)
    }
    #[inline(always)]
    fn trunc(self) -> f64 {
        f64::trunc(self)
    }
    #[inline(always)]
    fn round_ties_even(self) -> f64 {
        f64::round_ties_even(self)
    }
    #[inline(always)]
    fn exp(self) -> f64 {
        libm::exp(self)
    }
    #[inline(always)]
    fn expm1(self) -> f64 {
        libm::expm1(self)
    }
    #[inline(always)]
    fn log(self) -> f64 {
        libm::log(self)
    }
    #[inline(always)]
    fn log1p(self) -> f64 {
        libm::log1p(self)
    }
    #[inline(always)]
    fn log2(self) -> f64 {
        libm::log2(self)
    }
    #[inline(always)]
    fn sin(self) -> f64 {
        libm::sin(self)
    }
    #[inline(always)]
    fn cos(self) -> f64 {
        libm::cos(self)
    }
    #[inline(always)]
    fn tan(self) -> f64 {
        libm::tan(self)
    }
    #[inline(always)]
    fn tanh(self) -> f64 {
        libm::tanh(self)
    }
    #[inline(always)]
    fn erf(self) -> f64 {
        libm::erf(self)
    }
    #[inline(always)]
    fn gelu(self) -> f64 {
        gelu(self)
    }
    #[inline(always)]
    fn gelu_tanh(self) -> f64 {
        gelu_tanh(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> f64 {
        sigmoid(self)
    }
    #[inline(always)]
    fn copysign(self, sign: f64) -> f64 {
        f64::copysign(self, sign)
    }
    #[inline(always)]
    fn pow(self, y: f64) -> f64 {
        libm::pow(self, y)
    }
}
