//! Elements read and written at places that tensors name, as functions over the indexing records.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places, Value};
use crate::graph::{Arg, Tensor};
use crate::ops::elementwise::arithmetic::{div, floor_divide, maximum, sub};
use crate::ops::elementwise::common_dtype;
use crate::ops::elementwise::compare::eq;
use crate::ops::elementwise::select::r#where;
use crate::ops::index::bounds::Negative;
use crate::ops::index::gather::{gather, scatter_add};
use crate::ops::index::syntax::Item;
use crate::ops::index::take::{INDEX_PUT, Place, put, take};
use crate::ops::index::{bounds, syntax};
use crate::ops::reduce::scan;
use crate::ops::shape::view::{Range, expand, reshape, slice};
use crate::ops::{create, reduce};
use crate::shape::{Shape, broadcast, normalize_dim, show};
use crate::stream::look;
use smallvec::SmallVec;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "take",
        signature: "(input: Tensor, index: Tensor) -> Tensor",
        doc: "Elements of the flattened tensor at the places in `index` (int64 or int32), in its shape. Negative indices \
              count from the end.\n\n\
              >>> ravine.take(ravine.tensor([[4, 5], [6, 7]]), ravine.tensor([0, -1]))\ntensor([4, 7])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let places = bounds::indices("take", a.tensor(1)?, 0, x.numel(), Negative::FromEnd)?;
            Ok(take(&reshape(x, &[x.numel()])?, 0, &places, Negative::FromEnd)?.into())
        },
    },
    Function {
        name: "take_along_dim",
        signature: "(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor",
        doc: "As `gather`, but `input` and `indices` broadcast in the other dimensions; without `dim` both are flattened. \
              What `argsort` and `argmax(keepdim=True)` give fits.\n\n\
              >>> x = ravine.tensor([[3, 1], [2, 4]])\n>>> ravine.take_along_dim(x, ravine.argsort(x, 1), 1)\n\
              tensor([[1, 3],\n        [2, 4]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(take_along_dim(a)?.into()),
    },
    Function {
        name: "masked_select",
        signature: "(input: Tensor, mask: Tensor) -> Tensor",
        doc: "The elements where `mask`, a bool tensor, is true, in row-major order and one dimension; both broadcast. The \
              mask is looked at.\n\n\
              >>> x = ravine.tensor([1, 2, 3])\n>>> ravine.masked_select(x, x > 1)\ntensor([2, 3])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, mask) = broadcast_pair(a, a.tensor(0)?, a.tensor(1)?)?;
            need_mask(a, &mask)?;
            let (x, mask) = (reshape(&x, &[x.numel()])?, reshape(&mask, &[mask.numel()])?);
            Ok(syntax::get(&x, &[Item::Tensor(mask)])?.into())
        },
    },
    Function {
        name: "masked_scatter",
        signature: "(input: Tensor, mask: Tensor, source: Tensor) -> Tensor",
        doc: "`input` with the elements where `mask` is true replaced by those of `source`, in row-major order; the mask \
              broadcasts. Raises if `source` has too few.\n\n\
              >>> mask = ravine.tensor([True, False, True])\n\
              >>> ravine.masked_scatter(ravine.zeros(3), mask, ravine.tensor([1.0, 2.0]))\ntensor([1., 0., 2.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            let (x, mask) = broadcast_pair(a, a.tensor(0)?, a.tensor(1)?)?;
            let source = a.tensor(2)?;
            need_mask(a, &mask)?;
            need_dtype(a, "source", source, x.dtype())?;
            if source.numel() == 0
                && !look("masked_scatter", &reduce::any(&mask, &all(&mask), false)?)?.as_slice::<bool>()[0]
            {
                return Ok(x.into());
            }
            // The number of marks up to each place says which element of the source goes there.
            let count = scan::cumsum(&reshape(&mask, &[mask.numel()])?, 0)?;
            let place = maximum(sub(&count, 1i64)?, 0i64)?;
            let place = r#where(reshape(&mask, &[mask.numel()])?, &place, 0i64)?;
            let values = take(&reshape(source, &[source.numel()])?, 0, &place, Negative::Error)?;
            Ok(r#where(&mask, reshape(&values, x.shape())?, &x)?.into())
        },
    },
    Function {
        name: "scatter",
        signature: "(input: Tensor, dim: int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None) -> Tensor",
        doc: "`input` with elements of `src` (or one number) written at the places along `dim` that `index` names: for \
              `dim=0` in two dimensions, `out[index[i][j]][j] = src[i][j]`. `index` (int64 or int32) has the rank of \
              `input` and is no larger than `src`, nor than `input` in the other dimensions. Of several for one place \
              the last in row-major order stays. `reduce=\"add\"` adds instead.\n\n\
              >>> ravine.scatter(ravine.zeros(3), 0, ravine.tensor([2, 0]), ravine.tensor([1.0, 2.0]))\n\
              tensor([2., 0., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(scatter(a)?.into()),
    },
    Function {
        name: "scatter_reduce",
        signature: "(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True) -> Tensor",
        doc: "`input` with the elements of `src` that `index` sends to one place along `dim` (as in `scatter_add`) combined \
              there: `reduce` is \"sum\" or \"mean\". The old element counts as one of them if `include_self`.\n\n\
              >>> ravine.scatter_reduce(ravine.ones(2), 0, ravine.tensor([0, 0]), ravine.tensor([3.0, 5.0]), \"mean\")\n\
              tensor([3., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(scatter_reduce(a)?.into()),
    },
];

fn all(x: &Tensor) -> Vec<usize> {
    (0..x.rank()).collect()
}

fn need_mask(a: &Args, mask: &Tensor) -> Result<()> {
    if mask.dtype() == DType::Bool {
        return Ok(());
    }
    Err(Error::dtype(a.function, mask.dtype(), "a mask of dtype bool"))
}

pub fn need_dtype(a: &Args, what: &str, x: &Tensor, dtype: DType) -> Result<()> {
    if x.dtype() == dtype {
        return Ok(());
    }
    Err(Error::dtype(
        a.function,
        x.dtype(),
        &format!("{what} of the dtype of input, which is {dtype}"),
    ))
}

fn broadcast_pair(a: &Args, x: &Tensor, y: &Tensor) -> Result<(Tensor, Tensor)> {
    let shape =
        broadcast(x.shape(), y.shape()).ok_or_else(|| Error::broadcast(a.function, x.shape(), y.shape()))?;
    Ok((expand(x, &shape)?, expand(y, &shape)?))
}

/// A tensor without dimensions counts as one of one element.
pub fn ranked(x: &Tensor) -> Result<Tensor> {
    if x.rank() == 0 {
        reshape(x, &[1])
    } else {
        Ok(x.clone())
    }
}

fn take_along_dim(a: &Args) -> Result<Tensor> {
    let (x, places) = (a.tensor(0)?, a.tensor(1)?);
    let Some(dim) = a.opt_int(2)? else {
        let places = bounds::indices("take_along_dim", places, 0, x.numel(), Negative::Error)?;
        return gather(
            &reshape(x, &[x.numel()])?,
            0,
            &reshape(&places, &[places.numel()])?,
        );
    };
    if x.rank() != places.rank() {
        let text = format!(
            "indices have shape {}, input has {}. They must have equally many dimensions",
            show(places.shape()),
            show(x.shape())
        );
        return Err(Error::shape("take_along_dim", text));
    }
    let dim = normalize_dim("take_along_dim", dim, x.rank())?;
    let (x, places) = (ranked(x)?, ranked(places)?);
    let places = bounds::indices("take_along_dim", &places, dim, x.shape()[dim], Negative::Error)?;
    let without = |t: &Tensor| {
        let mut shape = t.shape().clone();
        shape[dim] = 1;
        shape
    };
    let (own, other) = (without(&x), without(&places));
    let shape = broadcast(&own, &other).ok_or_else(|| Error::broadcast("take_along_dim", &own, &other))?;
    let spread = |t: &Tensor| {
        let mut wanted = shape.clone();
        wanted[dim] = t.shape()[dim];
        expand(t, &wanted)
    };
    let picked = gather(&spread(&x)?, dim, &spread(&places)?)?;
    if a.tensor(0)?.rank() == 0 {
        reshape(&picked, &[])
    } else {
        Ok(picked)
    }
}

/// The common part of the scatters: input, dimension, index, and the part of the source that the index covers.
struct Scatter {
    x: Tensor,
    dim: usize,
    index: Tensor,
    source: Tensor,
}

impl Scatter {
    fn new(a: &Args) -> Result<Scatter> {
        let x = ranked(a.tensor(0)?)?;
        let dim = normalize_dim(a.function, a.int(1)?, a.tensor(0)?.rank())?;
        let index = bounds::indices(a.function, a.tensor(2)?, dim, x.shape()[dim], Negative::Error)?;
        let index = ranked(&index)?;
        let source = match a.value(3) {
            Value::Tensor(t) => ranked(t)?,
            _ => {
                let (number, own) = (a.scalar(3)?, x.dtype());
                if common_dtype(&[Arg::from(&x), Arg::Scalar(number)]) != own {
                    return Err(Error::inplace_cast(a.function, number.default_dtype(), own));
                }
                expand(
                    &create::full(&[], number.fit(a.function, own)?, own)?,
                    index.shape(),
                )?
            }
        };
        need_dtype(a, "src", &source, x.dtype())?;
        let ranks = index.rank() == x.rank() && source.rank() == x.rank();
        let fits = |d: usize| {
            index.shape()[d] <= source.shape()[d] && (d == dim || index.shape()[d] <= x.shape()[d])
        };
        if !ranks || !(0..x.rank()).all(fits) {
            let text = format!(
                "index of shape {} must have the rank of input of shape {} and of src of shape {}, and be no larger \
                 than src, nor than input in another dimension than {dim}",
                show(index.shape()),
                show(x.shape()),
                show(source.shape())
            );
            return Err(Error::shape(a.function, text));
        }
        let ranges: SmallVec<[Range; 4]> = index.shape().iter().map(|&n| Range::all(n)).collect();
        let source = slice(&source, &ranges)?;
        Ok(Scatter {
            x,
            dim,
            index,
            source,
        })
    }

    /// Elements replaced: an index tensor for every dimension.
    fn written(&self) -> Result<Tensor> {
        let rank = self.x.rank();
        let indices = (0..rank)
            .map(|d| {
                if d == self.dim {
                    return Ok(Arg::from(&self.index));
                }
                let mut shape = Shape::from_elem(1, rank);
                shape[d] = self.index.shape()[d];
                Ok(Arg::from(reshape(&create::positions(shape[d])?, &shape)?))
            })
            .collect::<Result<SmallVec<[Arg; 3]>>>()?;
        let place = Place {
            first: 0,
            negative: Negative::Error,
            names: (0..rank).collect(),
        };
        put(&INDEX_PUT, &self.x, &self.source, &indices, &place)
    }

    fn added(&self, to: &Tensor) -> Result<Tensor> {
        scatter_add(to, self.dim, &self.index, &self.source)
    }
}

fn scatter(a: &Args) -> Result<Tensor> {
    let call = Scatter::new(a)?;
    let result = match a.value(4) {
        Value::None => call.written()?,
        _ if a.text(4)? == "add" => call.added(&call.x)?,
        _ => {
            let text = format!(
                "reduce='{}' must be None or 'add'; for others use scatter_reduce",
                a.text(4)?
            );
            return Err(Error::value("scatter", text));
        }
    };
    reshape(&result, a.tensor(0)?.shape())
}

fn scatter_reduce(a: &Args) -> Result<Tensor> {
    let mode = a.text(4)?;
    let call = Scatter::new(a)?;
    let own = a.flag(5)?;
    let x = &call.x;
    let count = |base: f64, each: f64| {
        let ones = create::full(call.index.shape(), each, x.dtype())?;
        scatter_add(
            &create::full(x.shape(), base, x.dtype())?,
            call.dim,
            &call.index,
            &ones,
        )
    };
    let base = if own {
        x.clone()
    } else {
        // Places that get nothing keep their element.
        r#where(eq(count(0.0, 1.0)?, 0i64)?, x, Scalar::Bool(false))?
    };
    let total = call.added(&base)?;
    let result = match mode {
        "sum" => total,
        "mean" => {
            let n = count(own as u8 as f64, 1.0)?;
            let n = r#where(eq(&n, 0i64)?, Scalar::Bool(true), &n)?;
            if x.dtype().is_float() {
                div(&total, &n)?
            } else {
                floor_divide(&total, &n)?
            }
        }
        _ => {
            let text = format!("reduce='{mode}' must be 'sum' or 'mean'");
            return Err(Error::value("scatter_reduce", text));
        }
    };
    reshape(&result, a.tensor(0)?.shape())
}
