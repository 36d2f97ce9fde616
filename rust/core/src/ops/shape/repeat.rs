//! Elements repeated and moved around.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places, Value};
use crate::graph::Tensor;
use crate::ops::elementwise::compare::lt;
use crate::ops::graph::cast;
use crate::ops::index::bounds::Negative;
use crate::ops::index::search::searchsorted;
use crate::ops::index::take;
use crate::ops::reduce::scan;
use crate::ops::shape::concat;
use crate::ops::shape::view::{expand, flip, narrow, permute, reshape};
use crate::ops::{create, reduce};
use crate::shape::{Shape, normalize_dim, show};
use crate::stream::look;
use smallvec::SmallVec;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "repeat",
        signature: "(input: Tensor, *repeats: int | Sequence[int]) -> Tensor",
        doc: "The tensor laid out `repeats[d]` times along each dimension; surplus counts make new dimensions in front.\n\n\
              Raises ShapeError if there are fewer counts than dimensions.\n\n\
              >>> ravine.repeat(ravine.tensor([1, 2]), 2, 2)\ntensor([[1, 2, 1, 2],\n        [1, 2, 1, 2]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, counts) = (a.tensor(0)?, create::size("repeat", &a.ints(1)?)?);
            if counts.len() < x.rank() {
                let text = format!(
                    "{} counts for shape {}; give one for each dimension at least",
                    counts.len(),
                    show(x.shape())
                );
                return Err(Error::shape("repeat", text));
            }
            Ok(repeat(x, &counts)?.into())
        },
    },
    Function {
        name: "tile",
        signature: "(input: Tensor, *dims: int | Sequence[int]) -> Tensor",
        doc: "As `repeat`, but missing counts in front are 1 (as in NumPy).\n\n\
              >>> ravine.tile(ravine.tensor([[1, 2]]), (2,))\ntensor([[1, 2, 1, 2]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, mut counts) = (a.tensor(0)?, create::size("tile", &a.ints(1)?)?);
            while counts.len() < x.rank() {
                counts.insert(0, 1);
            }
            Ok(repeat(x, &counts)?.into())
        },
    },
    Function {
        name: "repeat_interleave",
        signature: "(input: Tensor, repeats: int | Tensor, dim: int | None = None, *, output_size: int | None = None) -> Tensor",
        doc: "Each slice along `dim` (each element of the flattened tensor without `dim`) repeated `repeats` times in a \
              row, or by its own count from an integer tensor. Counts in a tensor are looked at, unless \
              `output_size` says what they add up to.\n\n\
              >>> ravine.repeat_interleave(ravine.tensor([1, 2]), 2)\ntensor([1, 1, 2, 2])\n\
              >>> ravine.repeat_interleave(ravine.tensor([1, 2]), ravine.tensor([0, 3]))\ntensor([2, 2, 2])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(repeat_interleave(a)?.into()),
    },
    Function {
        name: "roll",
        signature: "(input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor",
        doc: "Elements moved on by `shifts` places along `dims`; those that leave at the end come in at the front. Without \
              `dims` the flattened tensor is rolled.\n\n\
              >>> ravine.roll(ravine.tensor([1, 2, 3]), 1)\ntensor([3, 1, 2])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, shifts) = (a.tensor(0)?, a.ints(1)?);
            let Some(dims) = a.opt_ints(2)?.filter(|dims| !dims.is_empty()) else {
                let [shift] = shifts[..] else {
                    return Err(Error::value("roll", "several shifts need dims, one for each"));
                };
                return Ok(reshape(&roll(&reshape(x, &[x.numel()])?, shift, 0)?, x.shape())?.into());
            };
            if dims.len() != shifts.len() {
                let text = format!(
                    "{} shifts for {} dims; give one for each",
                    shifts.len(),
                    dims.len()
                );
                return Err(Error::value("roll", text));
            }
            let mut out = x.clone();
            for (&shift, &dim) in shifts.iter().zip(&dims) {
                let dim = normalize_dim("roll", dim, x.rank())?;
                if x.rank() > 0 {
                    out = roll(&out, shift, dim)?;
                }
            }
            Ok(out.into())
        },
    },
    Function {
        name: "rot90",
        signature: "(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor",
        doc: "Turned by `k` quarter turns in the plane of two dimensions, from the first towards the second.\n\n\
              >>> ravine.rot90(ravine.tensor([[1, 2], [3, 4]]))\ntensor([[2, 4],\n        [1, 3]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(rot90(a)?.into()),
    },
    Function {
        name: "fliplr",
        signature: "(input: Tensor) -> Tensor",
        doc: "The order of the columns (dimension 1) reversed.\n\n\
              >>> ravine.fliplr(ravine.tensor([[1, 2], [3, 4]]))\ntensor([[2, 1],\n        [4, 3]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(flip(ranked(a, 2)?, &[1])?.into()),
    },
    Function {
        name: "flipud",
        signature: "(input: Tensor) -> Tensor",
        doc: "The order of the rows (dimension 0) reversed.\n\n\
              >>> ravine.flipud(ravine.tensor([[1, 2], [3, 4]]))\ntensor([[3, 4],\n        [1, 2]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(flip(ranked(a, 1)?, &[0])?.into()),
    },
];

fn ranked<'a>(a: &'a Args, least: usize) -> Result<&'a Tensor> {
    let x = a.tensor(0)?;
    if x.rank() < least {
        return Err(Error::rank(
            a.function,
            "input",
            &format!("at least {least}"),
            x.shape(),
        ));
    }
    Ok(x)
}

/// `counts` has an entry for each dimension at least. Nothing is copied until the end.
pub fn repeat(x: &Tensor, counts: &[usize]) -> Result<Tensor> {
    let lead = counts.len() - x.rank();
    let (mut apart, mut spread, mut shape) = (Shape::new(), Shape::new(), Shape::new());
    for (d, &count) in counts.iter().enumerate() {
        let n = d.checked_sub(lead).map_or(1, |k| x.shape()[k]);
        apart.extend([1, n]);
        spread.extend([count, n]);
        shape.push(count.saturating_mul(n));
    }
    reshape(&expand(&reshape(x, &apart)?, &spread)?, &shape)
}

fn repeat_interleave(a: &Args) -> Result<Tensor> {
    let name = "repeat_interleave";
    let (x, dim) = match a.opt_int(2)? {
        Some(dim) if a.tensor(0)?.rank() > 0 => (
            a.tensor(0)?.clone(),
            normalize_dim(name, dim, a.tensor(0)?.rank())?,
        ),
        _ => (reshape(a.tensor(0)?, &[a.tensor(0)?.numel()])?, 0),
    };
    let n = x.shape()[dim];
    let counts = match a.value(1) {
        Value::Tensor(counts) if counts.numel() != 1 || n == 1 => counts,
        one => {
            let count = match one {
                Value::Tensor(t) => look(name, &cast::cast(t, DType::I64)?)?.as_slice::<i64>()[0],
                _ => a.int(1)?,
            };
            let count = create::size(name, &[count])?[0];
            let mut shape = x.shape().clone();
            shape.insert(dim + 1, 1);
            let apart = reshape(&x, &shape)?;
            shape[dim + 1] = count;
            let spread = expand(&apart, &shape)?;
            shape.remove(dim + 1);
            shape[dim] = n.saturating_mul(count);
            return reshape(&spread, &shape);
        }
    };
    if counts.shape()[..] != [n] && counts.numel() != 1 || !matches!(counts.dtype(), DType::I64 | DType::I32)
    {
        let text = format!(
            "repeats is {} of shape {}; it must be int64 or int32 and of shape {}",
            counts.dtype(),
            show(counts.shape()),
            show(&[n])
        );
        return Err(Error::shape(name, text));
    }
    let counts = reshape(&cast::cast(counts, DType::I64)?, &[n])?;
    let ends = scan::cumsum(&counts, 0)?;
    let total = match a.opt_int(3)? {
        Some(total) => create::size(name, &[total])?[0],
        None => {
            let negative = look(name, &reduce::any(&lt(&counts, 0i64)?, &[0], false)?)?;
            if negative.as_slice::<bool>()[0] {
                return Err(Error::value(name, "a count is negative; counts are 0 or more"));
            }
            // In float64, which is exact for every number of elements that there is memory for, and does not wrap.
            let total = reduce::sum(&cast::cast(&counts, DType::F64)?, &[0], false)?;
            look(name, &total)?.as_slice::<f64>()[0] as usize
        }
    };
    let places = searchsorted(&ends, &create::positions(total)?, true)?;
    take::take(&x, dim, &places, Negative::Error)
}

fn roll(x: &Tensor, shift: i64, dim: usize) -> Result<Tensor> {
    let n = x.shape()[dim];
    if n == 0 {
        return Ok(x.clone());
    }
    let shift = shift.rem_euclid(n as i64) as usize;
    if shift == 0 {
        return Ok(x.clone());
    }
    concat::cat(
        &[
            narrow(x, dim, (n - shift) as i64, shift)?,
            narrow(x, dim, 0, n - shift)?,
        ],
        dim,
    )
}

fn rot90(a: &Args) -> Result<Tensor> {
    let (x, k, dims) = (ranked(a, 2)?, a.int(1)?.rem_euclid(4), a.ints(2)?);
    let dims = dims
        .iter()
        .map(|&d| normalize_dim("rot90", d, x.rank()))
        .collect::<Result<SmallVec<[usize; 2]>>>()?;
    let [from, to] = dims[..] else {
        return Err(Error::value(
            "rot90",
            format!("dims has {} entries; a plane has two", dims.len()),
        ));
    };
    if from == to {
        return Err(Error::dim_repeated("rot90", from));
    }
    let turned = |x: &Tensor| {
        let mut order: SmallVec<[usize; 4]> = (0..x.rank()).collect();
        order.swap(from, to);
        permute(x, &order)
    };
    match k {
        0 => Ok(x.clone()),
        1 => turned(&flip(x, &[to])?),
        2 => flip(x, &dims),
        _ => flip(&turned(x)?, &[to]),
    }
}
