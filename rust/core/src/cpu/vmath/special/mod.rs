//! Special functions, computed in f64 one element at a time and rounded once; an f32 result is off by hardly more than
//! half a unit, wherever the function is no steeper than its argument is exact.
//!
//! Between poles and infinity they are sums of Chebyshev polynomials ([`series`]). The coefficients are our own: cosine
//! sums over the function at 46 nodes, in 45 digits, cut below 2^-55.

pub mod airy;
pub mod bessel;
pub mod gamma;
pub mod incomplete;
pub mod modified;
pub mod normal;
pub mod polynomials;
#[cfg(test)]
mod tests;
pub mod zeta;

use super::Real;

/// The sum of `coefficients[k] T_k(t)` for t in [-1, 1], by Clenshaw's recurrence (1955).
fn series(t: f64, coefficients: &[f64]) -> f64 {
    let (mut last, mut before) = (0.0, 0.0);
    for &c in coefficients.iter().rev() {
        (last, before) = (c + 2.0 * t * last - before, last);
    }
    last - t * before
}

/// A function of f64 for either float type.
#[inline(always)]
pub fn of_one<T: Real>(f: fn(f64) -> f64, x: T) -> T {
    T::from_f64(f(x.to_f64()))
}

/// The same of two numbers.
#[inline(always)]
pub fn of_two<T: Real>(f: fn(f64, f64) -> f64, x: T, y: T) -> T {
    T::from_f64(f(x.to_f64(), y.to_f64()))
}

/// The same of three.
#[inline(always)]
pub fn of_three<T: Real>(f: fn(f64, f64, f64) -> f64, x: T, y: T, z: T) -> T {
    T::from_f64(f(x.to_f64(), y.to_f64(), z.to_f64()))
}
