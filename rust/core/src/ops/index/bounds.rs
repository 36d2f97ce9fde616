//! Index tensors: their dtype and their bounds, at the call and in the kernel.

use crate::array::Array;
use crate::cpu::bounds::first_outside;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::Tensor;
use crate::ops::graph::cast;
use crate::stream;

/// Whether negative indices count from the end or are errors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Negative {
    FromEnd,
    Error,
}

/// An index tensor as int64, checked against the extent of the dimension if it has its value already; the kernel checks
/// the others.
pub fn indices(
    op: &'static str,
    index: &Tensor,
    dim: usize,
    size: usize,
    negative: Negative,
) -> Result<Tensor> {
    if !matches!(index.dtype(), DType::I64 | DType::I32) {
        return Err(Error::dtype(op, index.dtype(), "int64 or int32 as indices"));
    }
    if let Some(value) = stream::peek(index) {
        check(op, &value, dim, size, negative)?;
    }
    cast::cast(index, DType::I64)
}

/// The error of the first index that is out of range.
pub fn check(op: &'static str, index: &Array, dim: usize, size: usize, negative: Negative) -> Result<()> {
    let low = if negative == Negative::FromEnd {
        -(size as i64)
    } else {
        0
    };
    match first_outside(index, low, size as i64)? {
        None => Ok(()),
        Some(i) if negative == Negative::FromEnd => Err(Error::index(op, i, dim, size)),
        Some(i) => Err(Error::position(op, i, dim, size)),
    }
}
