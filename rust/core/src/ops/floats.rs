//! What ops over floats share: they refuse other dtypes, and compute half precision in float32, rounded once.

use crate::error::{Error, Result};
use crate::function::{Args, Outcome};
use crate::graph::Tensor;
use crate::ops::graph::cast::cast;

/// The tensor, unless it holds integers or booleans.
pub fn need_float<'a>(op: &'static str, x: &'a Tensor) -> Result<&'a Tensor> {
    if x.dtype().is_float() {
        Ok(x)
    } else {
        Err(Error::dtype(op, x.dtype(), "a floating dtype"))
    }
}

/// In the dtype that is computed with.
pub fn widened(x: &Tensor) -> Result<Tensor> {
    cast(x, x.dtype().compute_dtype())
}

/// `f` of the widened tensor, in its own dtype: a sum would overflow before it is divided.
pub fn rounded_once(x: &Tensor, f: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    cast(&f(&widened(x)?)?, x.dtype())
}

/// `Args::widened` of a call that makes one tensor.
pub fn widened_call(a: &Args, call: fn(&Args) -> Result<Tensor>) -> Result<Tensor> {
    match a.widened(|a| Ok(call(a)?.into()))? {
        Outcome::One(t) => Ok(t),
        _ => unreachable!("one tensor was made"),
    }
}
