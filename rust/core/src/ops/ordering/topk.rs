//! The largest and smallest elements, in order.

use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::Tensor;
use crate::ops::ordering::sort::sort;
use crate::ops::shape::view::{narrow, reshape};
use crate::shape::normalize_dim;

pub const PAIR: &[&str] = &["values", "indices"];

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "topk",
        signature: "(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> tuple[Tensor, Tensor]",
        doc: "The `k` largest (or smallest) elements along `dim`, best first, and their int64 places; the first of equal \
              elements counts, NaN is larger than everything. The result is in order whatever `sorted` says.\n\n\
              >>> values, indices = ravine.topk(ravine.tensor([1.0, 5.0, 3.0]), 2)\n>>> values\ntensor([5., 3.])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, dim) = line(a, 2)?;
            let (k, n) = (a.int(1)?, x.shape()[dim]);
            if k < 0 || k as usize > n {
                let text = format!("k={k} is out of range for dimension {dim} of size {n}. Use 0 to {n}");
                return Err(Error::value("topk", text));
            }
            let (values, indices) = sort(&x, dim, a.flag(3)?)?;
            let first = |t: &Tensor| narrow(t, dim, 0, k as usize);
            named(a, &[first(&values)?, first(&indices)?], None)
        },
    },
    Function {
        name: "kthvalue",
        signature: "(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> tuple[Tensor, Tensor]",
        doc: "The `k`-th smallest element along `dim`, counted from 1, and its int64 place.\n\n\
              >>> ravine.kthvalue(ravine.tensor([4.0, 1.0, 3.0]), 2).values\ntensor(3.)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, dim) = line(a, 2)?;
            let (k, n) = (a.int(1)?, x.shape()[dim]);
            if k < 1 || k as usize > n {
                let text = format!("k={k} is out of range for dimension {dim} of size {n}. Use 1 to {n}");
                return Err(Error::value("kthvalue", text));
            }
            let (values, indices) = sort(&x, dim, false)?;
            let kth = |t: &Tensor| narrow(t, dim, k - 1, 1);
            named(a, &[kth(&values)?, kth(&indices)?], Some((dim, a.flag(3)?)))
        },
    },
    Function {
        name: "msort",
        signature: "(input: Tensor) -> Tensor",
        doc: "Sorted along the first dimension.\n\n>>> ravine.msort(ravine.tensor([3, 1, 2]))\ntensor([1, 2, 3])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            Ok(if x.rank() == 0 {
                x.clone()
            } else {
                sort(x, 0, false)?.0
            }
            .into())
        },
    },
];

/// Input and dimension of a user's call; a tensor without dimensions counts as one of one element.
pub fn line(a: &Args, i: usize) -> Result<(Tensor, usize)> {
    let x = a.tensor(0)?;
    let dim = normalize_dim(a.function, a.int(i)?, x.rank())?;
    Ok((
        if x.rank() == 0 {
            reshape(x, &[1])?
        } else {
            x.clone()
        },
        dim,
    ))
}

/// Values and indices in the shape of the call: without `dim`, or as they are where the input has no dimension.
pub fn named(a: &Args, pair: &[Tensor; 2], reduced: Option<(usize, bool)>) -> Result<Outcome> {
    let rank = a.tensor(0)?.rank();
    let shaped = |t: &Tensor| {
        let mut shape = t.shape().clone();
        match reduced {
            _ if rank == 0 && shape[..] == [1] => shape.clear(),
            Some((dim, false)) => {
                shape.remove(dim);
            }
            _ => {}
        }
        reshape(t, &shape)
    };
    Ok(Outcome::Named(
        a.function,
        PAIR,
        vec![shaped(&pair[0])?, shaped(&pair[1])?],
    ))
}
