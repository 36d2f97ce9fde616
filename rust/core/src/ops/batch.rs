//! Helpers of batching rules.

use crate::attributes::Along;
use crate::error::Result;
use crate::graph::{Arg, Tensor};
use crate::op::{Attrs, Call};
use crate::ops::shape::view;
use crate::shape::Shape;
use smallvec::SmallVec;

/// Every operand with a batch dimension in front: repeated (without copying) where it has none.
pub fn expand_front(t: &Tensor, batched: bool, size: usize) -> Result<Tensor> {
    if batched {
        return Ok(t.clone());
    }
    let mut shape: Shape = smallvec::smallvec![size];
    shape.extend_from_slice(t.shape());
    view::expand(t, &shape)
}

/// All tensor inputs of a call with a batch dimension in front.
pub fn all_batched(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Arg; 3]>> {
    (c.inputs.iter().zip(batched))
        .map(|(arg, &b)| match arg {
            Arg::Tensor(t) => expand_front(t, b, size).map(Arg::Tensor),
            scalar => Ok(scalar.clone()),
        })
        .collect()
}

/// The attributes of an op along one dimension, where a batch dimension stands in front of its inputs.
pub fn behind(c: &Call) -> Attrs {
    let Along { dim } = c.attrs.into();
    Along { dim: dim + 1 }.encode()
}
