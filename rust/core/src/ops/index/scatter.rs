//! Elements read and written at places that tensors name, as functions over the indexing records.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places, Value};
use crate::graph::{Arg, Tensor};
use crate::ops::elementwise::arithmetic::{add, maximum, sub};
use crate::ops::elementwise::common_dtype;
use crate::ops::elementwise::compare::lt;
use crate::ops::elementwise::select::r#where;
use crate::ops::index::bounds::Negative;
use crate::ops::index::gather::{gather, scatter_add};
use crate::ops::index::reduce::multiplied;
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
              Negative indices count from the end. What `argsort` and `argmax(keepdim=True)` give fits.\n\n\
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
              the last in row-major order stays. `reduce=\"add\"` adds and `reduce=\"multiply\"` multiplies instead.\n\n\
              >>> ravine.scatter(ravine.zeros(3), 0, ravine.tensor([2, 0]), ravine.tensor([1.0, 2.0]))\n\
              tensor([2., 0., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(scatter(a)?.into()),
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

/// Indices of `take_along_dim`, of which negative ones count from the end.
fn from_start(places: &Tensor, dim: usize, size: usize) -> Result<Tensor> {
    let places = bounds::indices("take_along_dim", places, dim, size, Negative::FromEnd)?;
    r#where(lt(&places, 0i64)?, add(&places, size as i64)?, &places)
}

fn take_along_dim(a: &Args) -> Result<Tensor> {
    let (x, places) = (a.tensor(0)?, a.tensor(1)?);
    let Some(dim) = a.opt_int(2)? else {
        let places = from_start(places, 0, x.numel())?;
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
    let places = from_start(&places, dim, x.shape()[dim])?;
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
pub struct Scatter {
    pub x: Tensor,
    pub dim: usize,
    pub index: Tensor,
    pub source: Tensor,
}

impl Scatter {
    pub fn new(a: &Args) -> Result<Scatter> {
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

    /// Where the elements go: an index tensor for every dimension, which broadcast together.
    pub fn coordinates(&self) -> Result<SmallVec<[Tensor; 4]>> {
        let rank = self.x.rank();
        (0..rank)
            .map(|d| {
                if d == self.dim {
                    return Ok(self.index.clone());
                }
                let mut shape = Shape::from_elem(1, rank);
                shape[d] = self.index.shape()[d];
                reshape(&create::positions(shape[d])?, &shape)
            })
            .collect()
    }

    /// Elements replaced.
    fn written(&self) -> Result<Tensor> {
        let indices: SmallVec<[Arg; 3]> = self.coordinates()?.iter().map(Arg::from).collect();
        let place = Place {
            first: 0,
            negative: Negative::Error,
            names: (0..self.x.rank()).collect(),
        };
        put(&INDEX_PUT, &self.x, &self.source, &indices, &place)
    }

    pub fn added(&self, to: &Tensor) -> Result<Tensor> {
        scatter_add(to, self.dim, &self.index, &self.source)
    }
}

fn scatter(a: &Args) -> Result<Tensor> {
    let call = Scatter::new(a)?;
    let result = match a.value(4) {
        Value::None => call.written()?,
        _ if a.text(4)? == "add" => call.added(&call.x)?,
        _ if a.text(4)? == "multiply" => multiplied(&call)?,
        _ => {
            let text = format!(
                "reduce='{}' must be None, 'add' or 'multiply'; for others use scatter_reduce",
                a.text(4)?
            );
            return Err(Error::value("scatter", text));
        }
    };
    reshape(&result, a.tensor(0)?.shape())
}
