//! Decompositions of one matrix at a time, sequential and in float64. It knows slices of numbers only: a matrix is
//! row-major, with as many columns as its rows have elements.
//!
//! The algorithms are the classical ones (Golub and Van Loan, "Matrix Computations", 2013), written so that their inner
//! loops run along rows: `rows` has those loops, compiled for the vectors that the CPU has. Products are rounded before
//! they are added, whatever the CPU, so that the same matrix gives the same bits everywhere.
//!
//! Long loops call `poll`, by which the caller may stop them (by unwinding).

mod cholesky;
mod exponential;
mod ldl;
mod lu;
mod qr;
mod rows;
mod schur;
mod singular;
mod symmetric;
mod triangular;

#[cfg(test)]
mod tests;

pub use cholesky::cholesky;
pub use exponential::exponential;
pub use ldl::{ldl, ldl_solve};
pub use lu::{Lu, lu, lu_solve};
pub use qr::{householder, orthogonal};
pub use rows::add_product;
pub use schur::eigen;
pub use singular::singular_values;
pub use symmetric::symmetric_eigen;
pub use triangular::{Triangle, solve_triangular};

/// What can be wrong with a matrix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The leading minor of this order is not positive.
    NotPositive(usize),
    /// This pivot, counted from 1, is zero.
    Singular(usize),
    /// It has a NaN or an infinity.
    NotFinite,
    /// An iteration found no end.
    NoConvergence,
    /// It is real, and some of its eigenvalues are not.
    ComplexEigenvalues,
}

/// The transpose of an m x n matrix.
pub fn transpose(a: &[f64], n: usize) -> Vec<f64> {
    let m = a.len().checked_div(n).unwrap_or(0);
    let mut result = vec![0.0; a.len()];
    // In squares, whose rows and columns both stay in the first cache.
    const SIDE: usize = 16;
    for top in (0..m).step_by(SIDE) {
        for left in (0..n).step_by(SIDE) {
            for i in top..m.min(top + SIDE) {
                for j in left..n.min(left + SIDE) {
                    result[j * m + i] = a[i * n + j];
                }
            }
        }
    }
    result
}

/// The identity's first n columns, m rows.
fn identity(m: usize, n: usize) -> Vec<f64> {
    let mut result = vec![0.0; m * n];
    for i in 0..m.min(n) {
        result[i * n + i] = 1.0;
    }
    result
}

/// A power of two by which a matrix is divided so that its largest element is near 1, and squares of what counts neither
/// overflow nor vanish; an error if it is not finite.
fn scale(a: &[f64]) -> Result<f64, Fault> {
    let mut largest = 0.0f64;
    for x in a {
        if !x.is_finite() {
            return Err(Fault::NotFinite);
        }
        largest = largest.max(x.abs());
    }
    if largest == 0.0 {
        return Ok(1.0);
    }
    // The exponent alone; a subnormal's is the smallest.
    let bits = largest.to_bits() & 0x7ff << 52;
    Ok(f64::from_bits(bits.max(1 << 52)))
}

/// The root of the sum of two squares, by arithmetic that is the same everywhere.
fn hypotenuse(x: f64, y: f64) -> f64 {
    let (large, small) = (x.abs().max(y.abs()), x.abs().min(y.abs()));
    if large == 0.0 {
        return 0.0;
    }
    let ratio = small / large;
    large * (1.0 + ratio * ratio).sqrt()
}

/// A rotation (c, s) with `c x + s y = r`, `c y - s x = 0`, and r.
fn rotation(x: f64, y: f64) -> (f64, f64, f64) {
    if y == 0.0 {
        return (1.0, 0.0, x);
    }
    let r = hypotenuse(x, y);
    (x / r, y / r, r)
}
