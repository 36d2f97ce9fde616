//! Grids of coordinates, combinations, and blocks on a diagonal.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::{Arg, Tensor};
use crate::ops::create;
use crate::ops::elementwise::common_dtype;
use crate::ops::graph::cast;
use crate::ops::shape::concat::{cat, stack};
use crate::ops::shape::stack::{at_least, each};
use crate::ops::shape::view::{expand, permute, reshape};
use crate::shape::{Shape, check};
use smallvec::SmallVec;

macro_rules! function {
    ($name:literal, $signature:literal, $doc:literal, $call:expr) => {
        Function {
            name: $name,
            signature: $signature,
            doc: $doc,
            places: Places::TOP,
            effect: Effect::Pure,
            call: $call,
        }
    };
}

pub static FUNCTIONS: &[Function] = &[
    function!(
        "meshgrid",
        "(*tensors: Tensor | Sequence[Tensor], indexing: str = \"ij\") -> tuple[Tensor, ...]",
        "Grids of coordinates: tensor k of the result holds the elements of vector k along dimension k and repeats along \
         the others. `indexing=\"xy\"` exchanges the first two dimensions.\n\n\
         >>> x, y = ravine.meshgrid(ravine.arange(2), ravine.arange(3))\n>>> x\n\
         tensor([[0, 0, 0],\n        [1, 1, 1]])\n",
        |a| Ok(Outcome::Many(grid(a)?))
    ),
    function!(
        "cartesian_prod",
        "(*tensors: Tensor | Sequence[Tensor]) -> Tensor",
        "All combinations of an element of each vector, as rows.\n\n\
         >>> ravine.cartesian_prod(ravine.tensor([1, 2]), ravine.tensor([3, 4]))\n\
         tensor([[1, 3],\n        [1, 4],\n        [2, 3],\n        [2, 4]])\n",
        |a| {
            let tensors = a.several(0)?;
            if let [one] = tensors {
                return Ok(one.clone().into());
            }
            let grids = spread(a, tensors)?;
            Ok(stack(&each(&grids, |t| reshape(t, &[t.numel()]))?, 1)?.into())
        }
    ),
    function!(
        "block_diag",
        "(*tensors: Tensor | Sequence[Tensor]) -> Tensor",
        "The matrix with the given matrices along its diagonal and 0 elsewhere; vectors count as rows.\n\n\
         >>> ravine.block_diag(ravine.tensor([[1, 2]]), ravine.tensor([3]))\ntensor([[1, 2, 0],\n        [0, 0, 3]])\n",
        |a| Ok(block_diag(a)?.into())
    ),
];

/// Each vector along a dimension of its own.
fn spread(a: &Args, tensors: &[Tensor]) -> Result<Vec<Tensor>> {
    if let Some(t) = tensors.iter().find(|t| t.rank() > 1) {
        return Err(Error::rank(a.function, "each tensor", "at most 1", t.shape()));
    }
    let shape: Shape = tensors.iter().map(Tensor::numel).collect();
    (tensors.iter().enumerate())
        .map(|(d, t)| {
            let mut own = Shape::from_elem(1, shape.len());
            own[d] = shape[d];
            expand(&reshape(t, &own)?, &shape)
        })
        .collect()
}

fn grid(a: &Args) -> Result<Vec<Tensor>> {
    let tensors = a.several(0)?;
    let exchanged = match a.text(1)? {
        "ij" => false,
        "xy" => tensors.len() > 1,
        other => {
            return Err(Error::value(
                "meshgrid",
                format!("indexing '{other}' is neither 'ij' nor 'xy'"),
            ));
        }
    };
    let grids = spread(a, tensors)?;
    if !exchanged {
        return Ok(grids);
    }
    each(&grids, |t| {
        let mut order: SmallVec<[usize; 4]> = (0..t.rank()).collect();
        order.swap(0, 1);
        permute(t, &order)
    })
}

fn block_diag(a: &Args) -> Result<Tensor> {
    let tensors = a.several(0)?;
    if let Some(t) = tensors.iter().find(|t| t.rank() > 2) {
        return Err(Error::rank("block_diag", "each tensor", "at most 2", t.shape()));
    }
    let dtype = common_dtype(&tensors.iter().map(Arg::from).collect::<Vec<_>>());
    let blocks = each(tensors, |t| cast::cast(&at_least(t, 2)?, dtype))?;
    let width = (blocks.iter()).fold(0, |width: usize, t| width.saturating_add(t.shape()[1]));
    check("block_diag", &[1, width], dtype)?;
    let mut before = 0;
    let rows = blocks
        .iter()
        .map(|t| {
            let (m, n) = (t.shape()[0], t.shape()[1]);
            let left = create::full(&[m, before], 0.0, dtype)?;
            before += n;
            cat(
                &[left, t.clone(), create::full(&[m, width - before], 0.0, dtype)?],
                1,
            )
        })
        .collect::<Result<Vec<_>>>()?;
    if rows.is_empty() {
        return create::full(&[1, 0], 0.0, DType::F32);
    }
    cat(&rows, 0)
}
