//! Normalisation.

pub mod batch;
pub mod group;
pub mod layer;
mod program;
pub mod rms;

use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Args, Outcome, Value};
use crate::op::Op;
use crate::ops::graph::cast::cast;
pub use batch::FUNCTIONS;

pub static OPS: &[&Op] = &[
    &layer::LAYER_NORM,
    &layer::LAYER_NORM_BACKWARD,
    &rms::RMS_NORM,
    &rms::RMS_NORM_BACKWARD,
    &group::GROUP_NORM,
    &group::GROUP_NORM_BACKWARD,
    &batch::BATCH_NORM,
    &batch::BATCH_NORM_BACKWARD,
];

/// Calls a norm; a half input with float32 parameters, as mixed precision has them, in float32, with the first result
/// rounded to the input's dtype.
fn mixed(a: &Args, call: impl FnOnce(&Args) -> Result<Outcome>) -> Result<Outcome> {
    let dtype = a.tensor(0)?.dtype();
    let single = |v: &Value| matches!(v, Value::Tensor(t) if t.dtype() == DType::F32);
    if !dtype.is_half() || !a.values.iter().any(single) {
        return call(a);
    }
    let wide = |v: &Value| match v {
        Value::Tensor(t) if t.dtype().is_half() => cast(t, DType::F32).map(Value::Tensor),
        other => Ok(other.clone()),
    };
    let values = a.values.iter().map(wide).collect::<Result<Vec<_>>>()?;
    let outcome = call(&Args {
        values: &values,
        ..*a
    })?;
    Ok(match outcome {
        Outcome::One(t) => Outcome::One(cast(&t, dtype)?),
        Outcome::Many(mut all) => {
            all[0] = cast(&all[0], dtype)?;
            Outcome::Many(all)
        }
        named => named,
    })
}
