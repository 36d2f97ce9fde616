//! Whole slices written at the places that an index tensor names.

use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places, Value};
use crate::graph::{Arg, Tensor};
use crate::op::Op;
use crate::ops::create;
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::graph::cast;
use crate::ops::index::bounds;
use crate::ops::index::bounds::Negative;
use crate::ops::index::scatter::{need_dtype, ranked};
use crate::ops::index::take::{INDEX_PUT, INDEX_PUT_ACCUMULATE, Place, put};
use crate::ops::shape::view::{expand, reshape};
use crate::shape::{normalize_dim, show};

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "index_add",
        signature: "(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor",
        doc: "`input` with `alpha` times the slices of `source` along `dim` added at the places in `index` (int64 or int32, \
              one dimension), in order.\n\n\
              >>> ravine.index_add(ravine.zeros(3), 0, ravine.tensor([0, 0, 2]), ravine.ones(3))\ntensor([2., 0., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            a.widened(|a| {
                let source = a.tensor(3)?;
                let alpha = a.scalar(4)?;
                let scaled = if alpha.as_f64() == 1.0 {
                    source.clone()
                } else {
                    mul(source, alpha)?
                };
                Ok(slices(a, &INDEX_PUT_ACCUMULATE, &scaled)?.into())
            })
        },
    },
    Function {
        name: "index_copy",
        signature: "(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor",
        doc: "`input` with its slices along `dim` at the places in `index` replaced by those of `source`; of several for one \
              place the last stays.\n\n\
              >>> ravine.index_copy(ravine.zeros(3), 0, ravine.tensor([2, 0]), ravine.tensor([1.0, 2.0]))\n\
              tensor([2., 0., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(slices(a, &INDEX_PUT, a.tensor(3)?)?.into()),
    },
    Function {
        name: "index_fill",
        signature: "(input: Tensor, dim: int, index: Tensor, value: Tensor | Number) -> Tensor",
        doc: "`input` with one number in all slices along `dim` that `index` names.\n\n\
              >>> ravine.index_fill(ravine.zeros(3), 0, ravine.tensor([0, 2]), 5)\ntensor([5., 0., 5.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            let x = a.tensor(0)?;
            let value = match a.value(3) {
                Value::Tensor(t) if t.rank() == 0 => cast::cast(t, x.dtype())?,
                Value::Tensor(t) => return Err(Error::rank("index_fill", "value", "0", t.shape())),
                _ => create::full(&[], a.scalar(3)?.fit(a.function, x.dtype())?, x.dtype())?,
            };
            let dim = normalize_dim("index_fill", a.int(1)?, x.rank())?;
            let mut shape = x.shape().clone();
            if let Some(n) = shape.get_mut(dim) {
                *n = a.tensor(2)?.numel();
            }
            Ok(slices(a, &INDEX_PUT, &expand(&value, &shape)?)?.into())
        },
    },
];

/// Slices along a dimension put at the places of an index tensor.
fn slices(a: &Args, op: &'static Op, source: &Tensor) -> Result<Tensor> {
    let (x, places) = (ranked(a.tensor(0)?)?, a.tensor(2)?);
    let dim = normalize_dim(a.function, a.int(1)?, a.tensor(0)?.rank())?;
    if places.rank() > 1 {
        return Err(Error::rank(a.function, "index", "at most 1", places.shape()));
    }
    need_dtype(a, "source", source, x.dtype())?;
    let places = bounds::indices(a.function, places, dim, x.shape()[dim], Negative::Error)?;
    let places = reshape(&places, &[places.numel()])?;
    let mut region = x.shape().clone();
    region[dim] = places.numel();
    let source = ranked(source)?;
    if source.shape() != &region {
        let text = format!(
            "source has shape {}, the slices at index have {}",
            show(source.shape()),
            show(&region)
        );
        return Err(Error::shape(a.function, text));
    }
    let result = put(
        op,
        &x,
        &source,
        &[Arg::from(&places)],
        &Place::one(dim, Negative::Error),
    )?;
    reshape(&result, a.tensor(0)?.shape())
}
