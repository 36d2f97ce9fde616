//! Functions over the view records.

use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::ops::shape::view::{flip, permute, reshape};
use crate::shape::{Shape, normalize_dim, numel};
use smallvec::SmallVec;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "flip",
        signature: "(input: Tensor, *dims: int | Sequence[int]) -> Tensor",
        doc: "The order of the elements reversed along `dims`.\n\n>>> ravine.flip(ravine.arange(3), 0)\ntensor([2, 1, 0])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let dims = crate::shape::normalize_dims("flip", Some(&a.ints(1)?), x.rank())?;
            Ok(flip(x, &dims)?.into())
        },
    },
    Function {
        name: "transpose",
        signature: "(input: Tensor, dim0: int, dim1: int) -> Tensor",
        doc: "Two dimensions exchanged.\n\n>>> ravine.transpose(ravine.zeros(2, 3), 0, 1).shape\n(3, 2)\n",
        places: Places::BOTH,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let (i, j) = (
                normalize_dim("transpose", a.int(1)?, x.rank())?,
                normalize_dim("transpose", a.int(2)?, x.rank())?,
            );
            let mut order: SmallVec<[usize; 4]> = (0..x.rank()).collect();
            if x.rank() > 0 {
                order.swap(i, j);
            }
            Ok(permute(x, &order)?.into())
        },
    },
    Function {
        name: "unsqueeze",
        signature: "(input: Tensor, dim: int) -> Tensor",
        doc: "A new dimension of extent 1 at place `dim` of the result.\n\n>>> ravine.unsqueeze(ravine.zeros(3), 0).shape\n(1, 3)\n",
        places: Places::BOTH,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let dim = normalize_dim("unsqueeze", a.int(1)?, x.rank() + 1)?;
            let mut shape = x.shape().clone();
            shape.insert(dim, 1);
            Ok(reshape(x, &shape)?.into())
        },
    },
    Function {
        name: "squeeze",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor",
        doc: "Without the dimensions of extent 1: all of them, or those in `dim` that are.\n\n\
              >>> ravine.squeeze(ravine.zeros(1, 3, 1)).shape\n(3,)\n",
        places: Places::BOTH,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let dims = crate::shape::normalize_dims("squeeze", a.opt_ints(1)?.as_deref(), x.rank())?;
            let shape: Shape = x
                .shape()
                .iter()
                .enumerate()
                .filter(|(d, n)| **n != 1 || !dims.contains(d))
                .map(|(_, &n)| n)
                .collect();
            Ok(reshape(x, &shape)?.into())
        },
    },
    Function {
        name: "flatten",
        signature: "(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor",
        doc: "Dimensions from `start_dim` to `end_dim` (included) merged into one.\n\n\
              >>> ravine.flatten(ravine.zeros(2, 3, 4), 1).shape\n(2, 12)\n",
        places: Places::BOTH,
        effect: Effect::View,
        call: |a| flatten(a),
    },
    Function {
        name: "movedim",
        signature: "(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor",
        doc: "Dimensions moved to other places, the others in order.\n\n\
              >>> ravine.movedim(ravine.zeros(2, 3, 4), 0, -1).shape\n(3, 4, 2)\n",
        places: Places::BOTH,
        effect: Effect::View,
        call: |a| Ok(crate::ops::shape::stack::moved(a)?.into()),
    },
];

fn flatten(a: &Args) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let (first, last) = (
        normalize_dim("flatten", a.int(1)?, x.rank())?,
        normalize_dim("flatten", a.int(2)?, x.rank())?,
    );
    if x.rank() == 0 {
        return Ok(reshape(x, &[1])?.into());
    }
    if first > last {
        return Err(Error::value(
            "flatten",
            format!("start_dim {first} lies behind end_dim {last}"),
        ));
    }
    let mut shape = Shape::from_slice(&x.shape()[..first]);
    shape.push(numel(&x.shape()[first..=last]));
    shape.extend_from_slice(&x.shape()[last + 1..]);
    Ok(reshape(x, &shape)?.into())
}
