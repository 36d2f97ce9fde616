//! What derivatives do where their formulas have no value: at infinity, and at 0.

use crate::error::Result;
use crate::graph::{Arg, Tensor};
use crate::ops::elementwise::arithmetic::{abs, maximum, minimum, sqrt};
use crate::ops::elementwise::compare::eq;
use crate::ops::elementwise::select::r#where;

/// At most `most` away from 0: for derivatives that have come to their limits there, and meet `inf * 0` at infinity.
pub fn bounded(x: &Arg, most: f64) -> Result<Tensor> {
    maximum(minimum(x, most)?, -most)
}

/// A slope of x that is 0 at infinity, where its formula meets `inf * 0`.
pub fn vanishing(x: &Arg, slope: impl FnOnce(Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let infinite = eq(abs(x)?, f64::INFINITY)?;
    r#where(&infinite, 0.0, slope(r#where(&infinite, 2.0, x)?)?)
}

/// The square root where the derivative at 0, an infinite one, is taken to be 0.
pub fn root(x: &Tensor) -> Result<Tensor> {
    let zero = is_zero(x)?;
    r#where(&zero, 0.0, sqrt(r#where(&zero, 1.0, x)?)?)
}

/// Whether an element equals 0, for derivatives that are 0 there.
pub fn is_zero(x: impl Into<Arg>) -> Result<Tensor> {
    eq(x, 0.0)
}
