//! Tensors put side by side and taken apart under NumPy's names, and grids.

use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places, Value};
use crate::graph::{Arg, Tensor};
use crate::ops::create;
use crate::ops::elementwise::common_dtype;
use crate::ops::graph::cast;
use crate::ops::shape::concat::{cat, parts};
use crate::ops::shape::view::{Range, expand, move_dim, permute, reshape};
use crate::shape::{Shape, broadcast, normalize_dim, product};
use smallvec::SmallVec;

macro_rules! function {
    ($name:literal, $signature:literal, $method:literal, $effect:ident, $doc:literal, $call:expr) => {
        Function {
            name: $name,
            signature: $signature,
            doc: $doc,
            places: if $method { Places::BOTH } else { Places::TOP },
            effect: Effect::$effect,
            call: $call,
        }
    };
}

pub static FUNCTIONS: &[Function] = &[
    function!(
        "hstack",
        "(tensors: Sequence[Tensor]) -> Tensor",
        false,
        Pure,
        "Side by side: along dimension 1, or 0 for vectors.\n\n\
         >>> ravine.hstack([ravine.tensor([1, 2]), ravine.tensor([3])])\ntensor([1, 2, 3])\n",
        |a| {
            let parts = each(a.tensors(0)?, |t| at_least(t, 1))?;
            let dim = parts.first().is_some_and(|t| t.rank() > 1) as usize;
            joined(a, &parts, dim)
        }
    ),
    function!(
        "vstack",
        "(tensors: Sequence[Tensor]) -> Tensor",
        false,
        Pure,
        "One above the other: vectors as rows, along dimension 0.\n\n\
         >>> ravine.vstack([ravine.tensor([1, 2]), ravine.tensor([3, 4])])\ntensor([[1, 2],\n        [3, 4]])\n",
        |a| joined(a, &each(a.tensors(0)?, |t| at_least(t, 2))?, 0)
    ),
    function!(
        "dstack",
        "(tensors: Sequence[Tensor]) -> Tensor",
        false,
        Pure,
        "One behind the other: along dimension 2.\n\n\
         >>> ravine.dstack([ravine.ones(2, 3), ravine.zeros(2, 3)]).shape\n(2, 3, 2)\n",
        |a| joined(a, &each(a.tensors(0)?, |t| at_least(t, 3))?, 2)
    ),
    function!(
        "column_stack",
        "(tensors: Sequence[Tensor]) -> Tensor",
        false,
        Pure,
        "Vectors as columns, matrices as they are, side by side.\n\n\
         >>> ravine.column_stack([ravine.tensor([1, 2]), ravine.tensor([3, 4])])\ntensor([[1, 3],\n        [2, 4]])\n",
        |a| {
            let column = |t: &Tensor| {
                if t.rank() < 2 {
                    reshape(t, &[t.numel(), 1])
                } else {
                    Ok(t.clone())
                }
            };
            joined(a, &each(a.tensors(0)?, column)?, 1)
        }
    ),
    function!(
        "atleast_1d",
        "(*tensors: Tensor | Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]",
        false,
        View,
        "Scalars as vectors of one element.\n\n>>> ravine.atleast_1d(ravine.tensor(3))\ntensor([3])\n",
        |a| ranked(a, 1)
    ),
    function!(
        "atleast_2d",
        "(*tensors: Tensor | Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]",
        false,
        View,
        "Tensors of fewer than two dimensions as matrices of one row.\n\n\
         >>> ravine.atleast_2d(ravine.tensor([3, 4]))\ntensor([[3, 4]])\n",
        |a| ranked(a, 2)
    ),
    function!(
        "atleast_3d",
        "(*tensors: Tensor | Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]",
        false,
        View,
        "Tensors of fewer than three dimensions with extents of 1 added: (n,) becomes (1, n, 1), (m, n) becomes (m, n, 1).\n\n\
         >>> ravine.atleast_3d(ravine.ones(2, 3)).shape\n(2, 3, 1)\n",
        |a| ranked(a, 3)
    ),
    function!(
        "tensor_split",
        "(input: Tensor, indices_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]",
        true,
        View,
        "Views of parts along `dim`: so many of them, as equal as can be, or cut before the given indices.\n\n\
         >>> [t.tolist() for t in ravine.tensor_split(ravine.arange(5), 2)]\n[[0, 1, 2], [3, 4]]\n",
        |a| split(a, normalize_dim("tensor_split", a.int(2)?, a.tensor(0)?.rank())?)
    ),
    function!(
        "hsplit",
        "(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]",
        true,
        View,
        "As `tensor_split` along dimension 1, or 0 for vectors; a number of parts must divide the extent.\n\n\
         >>> [t.tolist() for t in ravine.hsplit(ravine.arange(4), 2)]\n[[0, 1], [2, 3]]\n",
        |a| split_evenly(a, (a.tensor(0)?.rank() > 1) as usize, 1)
    ),
    function!(
        "vsplit",
        "(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]",
        true,
        View,
        "As `tensor_split` along dimension 0 of at least two; a number of parts must divide the extent.\n\n\
         >>> [t.shape for t in ravine.vsplit(ravine.ones(4, 3), 2)]\n[(2, 3), (2, 3)]\n",
        |a| split_evenly(a, 0, 2)
    ),
    function!(
        "dsplit",
        "(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]",
        true,
        View,
        "As `tensor_split` along dimension 2; a number of parts must divide the extent.\n\n\
         >>> [t.shape for t in ravine.dsplit(ravine.ones(4, 3, 2), 2)]\n[(4, 3, 1), (4, 3, 1)]\n",
        |a| split_evenly(a, 2, 3)
    ),
    function!(
        "broadcast_to",
        "(input: Tensor, size: int | Sequence[int]) -> Tensor",
        true,
        View,
        "As `expand`.\n\n>>> ravine.broadcast_to(ravine.tensor([1, 2]), (2, 2))\ntensor([[1, 2],\n        [1, 2]])\n",
        |a| (crate::ops::shape::view::EXPAND
            .function
            .as_ref()
            .expect("expand is a function")
            .call)(a)
    ),
    function!(
        "broadcast_tensors",
        "(*tensors: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]",
        false,
        Pure,
        "The tensors expanded to their common shape.\n\n\
         >>> [t.shape for t in ravine.broadcast_tensors(ravine.ones(3), ravine.ones(2, 1))]\n[(2, 3), (2, 3)]\n",
        |a| {
            let tensors = a.several(0)?;
            let shape = common_shape(a, tensors)?;
            Ok(Outcome::Many(each(tensors, |t| expand(t, &shape))?))
        }
    ),
    function!(
        "swapaxes",
        "(input: Tensor, axis0: int, axis1: int) -> Tensor",
        true,
        View,
        "As `transpose`.\n\n>>> ravine.swapaxes(ravine.ones(2, 3), 0, 1).shape\n(3, 2)\n",
        swap
    ),
    function!(
        "swapdims",
        "(input: Tensor, dim0: int, dim1: int) -> Tensor",
        true,
        View,
        "As `transpose`.\n\n>>> ravine.swapdims(ravine.ones(2, 3), 0, 1).shape\n(3, 2)\n",
        swap
    ),
    function!(
        "moveaxis",
        "(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor",
        true,
        View,
        "As `movedim`.\n\n>>> ravine.moveaxis(ravine.ones(2, 3, 4), 0, -1).shape\n(3, 4, 2)\n",
        |a| Ok(moved(a)?.into())
    ),
    function!(
        "unflatten",
        "(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor",
        true,
        View,
        "Dimension `dim` taken apart into `sizes`, one of which may be -1.\n\n\
         >>> ravine.unflatten(ravine.ones(2, 6), 1, (3, -1)).shape\n(2, 3, 2)\n",
        |a| {
            let x = a.tensor(0)?;
            if x.rank() == 0 {
                return Err(Error::rank("unflatten", "input", "at least 1", x.shape()));
            }
            let dim = normalize_dim("unflatten", a.int(1)?, x.rank())?;
            let mut shape: Vec<i64> = x.shape().iter().map(|&n| n as i64).collect();
            let sizes = a.ints(2)?;
            let n = shape[dim];
            let known = product(sizes.iter().copied().filter(|&s| s != -1));
            let holes = sizes.iter().filter(|&&s| s == -1).count();
            if sizes.iter().any(|&s| s < -1)
                || holes > 1
                || (holes == 0 && known != n)
                || (holes == 1 && (known == 0 || n % known != 0))
            {
                let text = format!("sizes {sizes:?} do not multiply to the extent {n} of dimension {dim}");
                return Err(Error::shape("unflatten", text));
            }
            shape.splice(
                dim..=dim,
                sizes.iter().map(|&s| if s == -1 { n / known } else { s }),
            );
            Ok(reshape(x, &create::size("unflatten", &shape)?)?.into())
        }
    ),
    function!(
        "argwhere",
        "(input: Tensor) -> Tensor",
        true,
        Pure,
        "As `nonzero`.\n\n>>> ravine.argwhere(ravine.tensor([0, 5]))\ntensor([[1]])\n",
        |a| Ok(crate::ops::index::nonzero::nonzero(a.tensor(0)?)?.into())
    ),
];

pub fn each(tensors: &[Tensor], f: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Vec<Tensor>> {
    tensors.iter().map(f).collect()
}

/// Dtypes promote, as in `cat`.
fn joined(a: &Args, parts: &[Tensor], dim: usize) -> Result<Outcome> {
    if parts.is_empty() {
        return Err(Error::shape(a.function, "needs one tensor at least"));
    }
    let dtype = common_dtype(&parts.iter().map(Arg::from).collect::<Vec<_>>());
    Ok(cat(&each(parts, |t| cast::cast(t, dtype))?, dim)?.into())
}

pub fn at_least(t: &Tensor, rank: usize) -> Result<Tensor> {
    let shape: Shape = match (rank, &t.shape()[..]) {
        (_, s) if s.len() >= rank => return Ok(t.clone()),
        (3, &[n]) => Shape::from_slice(&[1, n, 1]),
        (3, &[m, n]) => Shape::from_slice(&[m, n, 1]),
        (_, s) => std::iter::repeat_n(1, rank - s.len())
            .chain(s.iter().copied())
            .collect(),
    };
    reshape(t, &shape)
}

fn ranked(a: &Args, rank: usize) -> Result<Outcome> {
    match a.value(0) {
        Value::Tensor(t) => Ok(at_least(t, rank)?.into()),
        _ => Ok(Outcome::Many(each(a.several(0)?, |t| at_least(t, rank))?)),
    }
}

fn split(a: &Args, dim: usize) -> Result<Outcome> {
    let x = a.tensor(0)?;
    if x.rank() == 0 {
        return Err(Error::rank(a.function, "input", "at least 1", x.shape()));
    }
    let n = x.shape()[dim];
    match a.value(1) {
        Value::Int(count) if *count > 0 => {
            let (count, small) = (*count as usize, n / *count as usize);
            let extra = n % count;
            parts(x, dim, count, |i| {
                (i * small + i.min(extra), small + (i < extra) as usize)
            })
        }
        Value::Int(count) => Err(Error::value(
            a.function,
            format!("{count} parts; there must be one at least"),
        )),
        _ => {
            let indices = a.ints(1)?;
            parts(x, dim, indices.len() + 1, |i| {
                let start = i.checked_sub(1).map(|before| indices[before]);
                let range = Range::python(start, indices.get(i).copied(), 1, n);
                (range.start as usize, range.size)
            })
        }
    }
}

fn split_evenly(a: &Args, dim: usize, least: usize) -> Result<Outcome> {
    let x = a.tensor(0)?;
    if x.rank() < least {
        return Err(Error::rank(
            a.function,
            "input",
            &format!("at least {least}"),
            x.shape(),
        ));
    }
    if let Value::Int(parts) = a.value(1)
        && *parts > 0
        && x.shape()[dim] as i64 % parts != 0
    {
        let text = format!(
            "{parts} parts do not divide the extent {} of dimension {dim}",
            x.shape()[dim]
        );
        return Err(Error::value(a.function, text));
    }
    split(a, dim)
}

fn common_shape(a: &Args, tensors: &[Tensor]) -> Result<Shape> {
    tensors.iter().try_fold(Shape::new(), |shape, t| {
        broadcast(&shape, t.shape()).ok_or_else(|| Error::broadcast(a.function, &shape, t.shape()))
    })
}

fn swap(a: &Args) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let (i, j) = (
        normalize_dim(a.function, a.int(1)?, x.rank())?,
        normalize_dim(a.function, a.int(2)?, x.rank())?,
    );
    let mut order: SmallVec<[usize; 4]> = (0..x.rank()).collect();
    if x.rank() > 0 {
        order.swap(i, j);
    }
    Ok(permute(x, &order)?.into())
}

/// Dimensions moved to other places, the rest in order.
pub fn moved(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let dims = |i: usize| -> Result<SmallVec<[usize; 4]>> {
        let dims = a
            .ints(i)?
            .iter()
            .map(|&d| normalize_dim(a.function, d, x.rank()))
            .collect::<Result<SmallVec<[usize; 4]>>>()?;
        match (0..dims.len()).find(|&k| dims[..k].contains(&dims[k])) {
            Some(k) => Err(Error::dim_repeated(a.function, dims[k])),
            None => Ok(dims),
        }
    };
    let (from, to) = (dims(1)?, dims(2)?);
    if from.len() != to.len() {
        let text = format!(
            "{} dimensions to {} places; give one for each",
            from.len(),
            to.len()
        );
        return Err(Error::value(a.function, text));
    }
    if let ([from], [to]) = (&from[..], &to[..]) {
        return if x.rank() == 0 {
            Ok(x.clone())
        } else {
            move_dim(x, *from, *to)
        };
    }
    let mut rest = (0..x.rank()).filter(|d| !from.contains(d));
    let order: SmallVec<[usize; 4]> = (0..x.rank())
        .map(|d| match to.iter().position(|&t| t == d) {
            Some(k) => from[k],
            None => rest.next().expect("as many dimensions as places"),
        })
        .collect();
    permute(x, &order)
}
