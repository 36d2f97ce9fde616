//! From the losses at all positions to one number, and what losses ask of their arguments.

use crate::error::{Error, Result};
use crate::function::Args;
use crate::graph::Tensor;
use crate::ops::elementwise::arithmetic::div;
use crate::ops::graph::cast;
use crate::ops::{create, reduce};
use crate::shape::show;
use smallvec::SmallVec;

/// What becomes of the losses at all positions.
#[derive(Clone, Copy)]
pub enum Reduction {
    None,
    Sum,
    Mean,
}

impl Reduction {
    pub fn of(a: &Args, i: usize) -> Result<Reduction> {
        match a.text(i)? {
            "none" => Ok(Reduction::None),
            "sum" => Ok(Reduction::Sum),
            "mean" => Ok(Reduction::Mean),
            other => Err(Error::value(
                a.function,
                format!("reduction is {other:?}. Use \"none\", \"sum\" or \"mean\""),
            )),
        }
    }

    /// The mean divides by the number of losses.
    pub fn of_all(self, losses: &Tensor) -> Result<Tensor> {
        let count = losses.numel() as f64;
        self.apply(losses, || {
            create::full(&[], count, losses.dtype().compute_dtype())
        })
    }

    /// `total` is what the mean divides by. Half precision is widened: a sum over a batch may overflow in it.
    pub fn apply(self, losses: &Tensor, total: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
        let all = every(losses);
        let sum = || reduce::sum(&cast::cast(losses, losses.dtype().compute_dtype())?, &all, false);
        let result = match self {
            Reduction::None => return Ok(losses.clone()),
            Reduction::Sum => sum()?,
            Reduction::Mean => div(sum()?, total()?)?,
        };
        cast::cast(&result, losses.dtype())
    }
}

/// Every dimension.
pub fn every(x: &Tensor) -> SmallVec<[usize; 4]> {
    (0..x.rank()).collect()
}

/// A loss over shapes that broadcast is nearly always a mistake.
pub fn same_shape(op: &'static str, x: &Tensor, target: &Tensor) -> Result<()> {
    if x.shape() == target.shape() {
        return Ok(());
    }
    let text = format!(
        "input has shape {}, target has {}. They must be equal; reshape or expand one of them",
        show(x.shape()),
        show(target.shape())
    );
    Err(Error::shape(op, text))
}
