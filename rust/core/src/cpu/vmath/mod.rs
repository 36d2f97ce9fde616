//! Elementary functions, written so that a plain loop over them becomes SIMD code.
//!
//! [`Real`] is implemented for `f32` and `f64`. The f32 functions are branch-free: they compute
//! every case and select, so `for i in 0..n { out[i] = x[i].exp() }` vectorises when it is compiled
//! inside [`multiversion!`](super::simd). The f64 functions call the `libm` crate, one element at a
//! time, for answers that are the same on every platform.
//!
//! `sin`, `cos`, `tan` and `pow` of f32 cost five or six times an `exp`: they compute in f64.
//!
//! Every step is a correctly rounded operation (`+ - * / sqrt fma`, conversions, rounding to an
//! integer), so an f32 function has the same bits at every SIMD level and on every CPU. Only the
//! sign and payload of a NaN are left open. The caller provides round-to-nearest without
//! flush-to-zero (`simd::with_float_state`).
//!
//! Errors are in ULP: the distance from the exact value, in units of the last place of that value
//! (subnormals included). They were measured over every 97th f32 bit pattern; the tests assert the
//! same bounds on a sparser sweep.
//!
//! Inherent methods win over a trait's: on a variable whose type is written `f32`, `x.exp()` is the
//! one of `std`. Call these functions from code generic over `T: Real`, or as `Real::exp(x)`.

mod double;
pub mod functions;
mod single;
pub mod special;
#[cfg(test)]
mod tests;
mod wide;

use core::fmt::Debug;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// A floating-point type with the elementary functions of the engine.
///
/// The bounds below are those of `f32`. For `f64` the errors are those of `libm` and were not measured;
/// the compositions (gelu, sigmoid, softplus) are tested to a few ULP at single points.
pub trait Real:
    Copy
    + PartialOrd
    + Default
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Send
    + Sync
    + 'static
{
    const ZERO: Self;
    const HALF: Self;
    const ONE: Self;
    const NAN: Self;
    const INFINITY: Self;

    /// The nearest value of this type.
    fn from_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;

    /// `self * a + b` with one rounding, on every SIMD level (portable code calls a slow function).
    fn fma(self, a: Self, b: Self) -> Self;
    fn abs(self) -> Self;
    /// Correctly rounded.
    fn sqrt(self) -> Self;
    fn floor(self) -> Self;
    fn ceil(self) -> Self;
    fn trunc(self) -> Self;
    fn round_ties_even(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;

    #[inline(always)]
    #[allow(clippy::eq_op)]
    fn is_nan(self) -> bool {
        self != self
    }

    /// e^x. Error at most 0.9 ULP; gradual underflow is right.
    fn exp(self) -> Self;
    /// e^x - 1. Error at most 1.6 ULP.
    fn expm1(self) -> Self;
    /// Natural logarithm. Error at most 0.9 ULP, subnormal arguments included.
    fn log(self) -> Self;
    /// log(1 + x). Error at most 1.6 ULP.
    fn log1p(self) -> Self;
    /// Base-2 logarithm. Error at most 1.1 ULP; exact for powers of two.
    fn log2(self) -> Self;
    /// Error at most 0.51 ULP, for every finite argument however large; NaN at infinity.
    fn sin(self) -> Self;
    /// Error at most 0.51 ULP, for every finite argument however large.
    fn cos(self) -> Self;
    /// Error at most 0.51 ULP, for every finite argument however large.
    fn tan(self) -> Self;
    /// Error at most 1.4 ULP.
    fn tanh(self) -> Self;
    /// Error at most 1.2 ULP.
    fn erf(self) -> Self;
    /// `x * Phi(x)` with the exact normal distribution function. Error at most 4 ULP, also
    /// where the negative tail underflows; `gelu(-inf)` is the limit, -0.
    fn gelu(self) -> Self;
    /// The tanh approximation, `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`. Error at most
    /// 3 ULP of that expression, also in the negative tail; -0 at -inf.
    fn gelu_tanh(self) -> Self;
    /// x^y, with the special cases of C and IEEE 754 (`pow(x, 0)` and `pow(1, y)` are 1 even for
    /// NaN). Error at most 0.51 ULP.
    fn pow(self, y: Self) -> Self;

    /// 1 / (1 + e^-x). Error at most 2 ULP, also where it underflows.
    fn sigmoid(self) -> Self;

    /// log(1 + e^x). Error at most 1.8 ULP.
    #[inline(always)]
    fn softplus(self) -> Self {
        let tail = Self::log1p(Self::exp(-self.abs()));
        let line = if self > Self::ZERO { self } else { Self::ZERO };
        line + tail
    }

    /// 1 / sqrt(x) from two correctly rounded operations. Error at most 1.5 ULP.
    #[inline(always)]
    fn rsqrt(self) -> Self {
        Self::ONE / self.sqrt()
    }
}
