//! Elements combined where an index sends several of them to one place.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::graph::{Arg, Tensor};
use crate::ops::create;
use crate::ops::elementwise::arithmetic::{add, div, floor_divide, maximum, minimum, mul, neg, sub};
use crate::ops::elementwise::bitwise::bitwise_not;
use crate::ops::elementwise::compare::{eq, logical_not};
use crate::ops::elementwise::select::r#where;
use crate::ops::graph::cast::cast;
use crate::ops::graph::identity::detach;
use crate::ops::index::bounds::{self, Negative};
use crate::ops::index::gather::{gather, scatter_add};
use crate::ops::index::scatter::{Scatter, need_dtype, ranked};
use crate::ops::index::take::{INDEX_PUT, Place, put, take};
use crate::ops::ordering::sort::sort;
use crate::ops::shape::concat::cat;
use crate::ops::shape::view::{expand, narrow, reshape};
use crate::shape::{Shape, normalize_dim, show};
use smallvec::SmallVec;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "scatter_reduce",
        signature: "(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True) -> Tensor",
        doc: "`input` with the elements of `src` that `index` sends to one place along `dim` (as in `scatter_add`) combined \
              there: `reduce` is \"sum\", \"prod\", \"mean\", \"amax\" or \"amin\". The old element counts as one of them if \
              `include_self`. Equal extremes share the gradient.\n\n\
              >>> ravine.scatter_reduce(ravine.ones(2), 0, ravine.tensor([0, 0]), ravine.tensor([3.0, 5.0]), \"mean\")\n\
              tensor([3., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            need_dtype(a, "src", a.tensor(3)?, a.tensor(0)?.dtype())?;
            a.widened(|a| {
                let result = combined(a.function, &Scatter::new(a)?, a.text(4)?, a.flag(5)?)?;
                Ok(reshape(&result, a.tensor(0)?.shape())?.into())
            })
        },
    },
    Function {
        name: "index_reduce",
        signature: "(input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True) -> Tensor",
        doc: "`input` with the slices of `source` along `dim` combined at the places in `index` (int64 or int32, one \
              dimension): `reduce` is \"prod\", \"mean\", \"amax\" or \"amin\". The old element counts as one of them if \
              `include_self`. Equal extremes share the gradient.\n\n\
              >>> ravine.index_reduce(ravine.ones(2), 0, ravine.tensor([0, 0]), ravine.tensor([3.0, 5.0]), \"prod\")\n\
              tensor([15.,  1.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            need_dtype(a, "source", a.tensor(3)?, a.tensor(0)?.dtype())?;
            a.widened(|a| {
                let mode = a.text(4)?;
                if mode == "sum" {
                    return Err(Error::value(
                        a.function,
                        "reduce='sum' must be 'prod', 'mean', 'amax' or 'amin'. For sums use index_add",
                    ));
                }
                let result = combined(a.function, &slices(a)?, mode, a.flag(5)?)?;
                Ok(reshape(&result, a.tensor(0)?.shape())?.into())
            })
        },
    },
];

/// Slices of a source as elements of a scatter.
fn slices(a: &Args) -> Result<Scatter> {
    let (x, source) = (ranked(a.tensor(0)?)?, ranked(a.tensor(3)?)?);
    let dim = normalize_dim(a.function, a.int(1)?, a.tensor(0)?.rank())?;
    let index = a.tensor(2)?;
    if index.rank() > 1 {
        return Err(Error::rank(a.function, "index", "at most 1", index.shape()));
    }
    let mut region = x.shape().clone();
    region[dim] = index.numel();
    if source.shape() != &region {
        let text = format!(
            "source has shape {}, the slices at index have {}",
            show(source.shape()),
            show(&region)
        );
        return Err(Error::shape(a.function, text));
    }
    let index = bounds::indices(a.function, index, dim, x.shape()[dim], Negative::Error)?;
    let mut aligned = Shape::from_elem(1, x.rank());
    aligned[dim] = index.numel();
    let index = expand(&reshape(&index, &aligned)?, &region)?;
    Ok(Scatter {
        x,
        dim,
        index,
        source,
    })
}

fn combined(function: &'static str, call: &Scatter, mode: &str, own: bool) -> Result<Tensor> {
    match mode {
        "sum" => call.added(&base(call, own)?),
        "mean" => mean(call, own),
        "prod" => product(call, own),
        "amax" => extremes(call, own, false),
        "amin" => extremes(call, own, true),
        _ => {
            let text = format!("reduce='{mode}' must be 'sum', 'prod', 'mean', 'amax' or 'amin'");
            Err(Error::value(function, text))
        }
    }
}

/// How many elements go to each place, from `start` on, in a dtype.
fn count(call: &Scatter, start: f64, dtype: DType) -> Result<Tensor> {
    let ones = create::full(call.index.shape(), 1.0, dtype)?;
    let start = create::full(call.x.shape(), start, dtype)?;
    scatter_add(&start, call.dim, &call.index, &ones)
}

/// Places that get something.
fn reached(call: &Scatter) -> Result<Tensor> {
    logical_not(eq(count(call, 0.0, DType::I64)?, 0i64)?)
}

/// What sums begin with: places that get nothing keep their element in any case.
fn base(call: &Scatter, own: bool) -> Result<Tensor> {
    if own {
        return Ok(call.x.clone());
    }
    r#where(reached(call)?, Scalar::Bool(false), &call.x)
}

fn mean(call: &Scatter, own: bool) -> Result<Tensor> {
    let total = call.added(&base(call, own)?)?;
    let n = count(call, own as u8 as f64, call.x.dtype())?;
    let n = r#where(eq(&n, 0i64)?, Scalar::Bool(true), &n)?;
    if call.x.dtype().is_float() {
        div(&total, &n)
    } else {
        floor_divide(&total, &n)
    }
}

/// The elements of the source in a given order of its flattened form, each with its place in the input.
struct Ordered {
    order: Tensor,
    coordinates: SmallVec<[Tensor; 4]>,
}

impl Ordered {
    fn new(call: &Scatter, order: Tensor) -> Result<Ordered> {
        let coordinates = (call.coordinates()?.iter())
            .map(|c| {
                let flat = reshape(&expand(c, call.index.shape())?, &[order.numel()])?;
                take(&flat, 0, &order, Negative::Error)
            })
            .collect::<Result<_>>()?;
        Ok(Ordered { order, coordinates })
    }

    fn taken(&self, source: &Tensor) -> Result<Tensor> {
        let flat = reshape(source, &[self.order.numel()])?;
        take(&flat, 0, &self.order, Negative::Error)
    }

    /// Written in order: of several for one place the last stays.
    fn put(&self, x: &Tensor, values: &Tensor) -> Result<Tensor> {
        let indices: SmallVec<[Arg; 3]> = self.coordinates.iter().map(Arg::from).collect();
        let place = Place {
            first: 0,
            negative: Negative::Error,
            names: (0..x.rank()).collect(),
        };
        put(&INDEX_PUT, x, values, &indices, &place)
    }
}

/// Products of neighbours of one place, after a sort by places, at distances that double (Hillis and Steele, 1986):
/// derivatives of any order are exact, also where factors are 0.
fn product(call: &Scatter, own: bool) -> Result<Tensor> {
    let n = call.index.numel();
    if n == 0 {
        return Ok(call.x.clone());
    }
    let mut place = create::full(&[], 0i64, DType::I64)?;
    for (c, &size) in call.coordinates()?.iter().zip(call.x.shape()) {
        place = add(mul(&place, size as i64)?, c)?;
    }
    let (places, order) = sort(&reshape(&expand(&place, call.index.shape())?, &[n])?, 0, false)?;
    let ordered = Ordered::new(call, order)?;
    let mut products = ordered.taken(&call.source)?;
    let mut distance = 1;
    while distance < n {
        let here = narrow(&products, 0, distance as i64, n - distance)?;
        let before = narrow(&products, 0, 0, n - distance)?;
        let together = eq(
            narrow(&places, 0, distance as i64, n - distance)?,
            narrow(&places, 0, 0, n - distance)?,
        )?;
        let grown = r#where(together, mul(&here, before)?, &here)?;
        products = cat(&[narrow(&products, 0, 0, distance)?, grown], 0)?;
        distance *= 2;
    }
    let ones = create::full(call.x.shape(), 1.0, call.x.dtype())?;
    let all = ordered.put(&ones, &products)?;
    if own {
        mul(&call.x, all)
    } else {
        r#where(reached(call)?, all, &call.x)
    }
}

/// The largest elements, or the smallest: written in ascending order, they are what stays.
fn extremes(call: &Scatter, own: bool, least: bool) -> Result<Tensor> {
    let (x, n) = (&call.x, call.index.numel());
    if n == 0 {
        return Ok(x.clone());
    }
    let source = detach(&call.source)?;
    // NaN comes last in any case.
    let key = match (least, x.dtype()) {
        (false, _) => source.clone(),
        (true, dtype) if dtype.is_float() => neg(&source)?,
        (true, _) => bitwise_not(&source)?,
    };
    let ordered = Ordered::new(call, sort(&reshape(&key, &[n])?, 0, false)?.1)?;
    let still = detach(x)?;
    let found = ordered.put(&still, &ordered.taken(&source)?)?;
    let found = match (own, least) {
        (false, _) => found,
        (true, false) => maximum(&still, found)?,
        (true, true) => minimum(&still, found)?,
    };
    if x.dtype().is_float() {
        shared(call, own, &found)
    } else {
        Ok(found)
    }
}

/// The value `found` as the mean of all elements that are equal to it, which share the gradient in this way.
fn shared(call: &Scatter, own: bool, found: &Tensor) -> Result<Tensor> {
    let (x, dtype) = (&call.x, call.x.dtype());
    let here = gather(found, call.dim, &call.index)?;
    let of_source = eq(&call.source, &here)?;
    let of_input = if own {
        eq(x, found)?
    } else {
        logical_not(reached(call)?)?
    };
    let add_up = |to: &Tensor, each: &Tensor| scatter_add(to, call.dim, &call.index, each);
    let n = add_up(&cast(&of_input, dtype)?, &cast(&of_source, dtype)?)?;
    let n = maximum(&n, create::full(&[], 1.0, dtype)?)?;
    let part = r#where(&of_input, div(x, &n)?, 0.0)?;
    let n = gather(&n, call.dim, &call.index)?;
    let mean = add_up(&part, &r#where(&of_source, div(&call.source, n)?, 0.0)?)?;
    // What the mean lost to rounding.
    let lost = r#where(eq(&mean, found)?, 0.0, sub(found, &mean)?)?;
    add(mean, detach(&lost)?)
}

/// `scatter(reduce="multiply")`.
pub fn multiplied(call: &Scatter) -> Result<Tensor> {
    product(call, true)
}
