//! Logarithms of running sums of exponentials.

use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::elementwise::arithmetic::{abs, add, sub};
use crate::ops::elementwise::compare::{eq, lt};
use crate::ops::elementwise::exponential::{exp, log};
use crate::ops::elementwise::select::r#where;
use crate::ops::floats::need_float;
use crate::ops::graph::identity::detach;
use crate::ops::reduce::recurrence::recurrence;
use crate::ops::reduce::running::running_max;
use crate::ops::shape::concat::cat;
use crate::ops::shape::view::{narrow, reshape};
use crate::shape::normalize_dim;

/// Not a record of its own: a recurrence over the running maxima m. With `y[i] = m[i] + log s[i]`,
/// `s[i] = exp(m[i-1] - m[i]) s[i-1] + exp(x[i] - m[i])`, where no exponent is positive and s is 1 or more.
pub static FUNCTIONS: &[Function] = &[Function {
    name: "logcumsumexp",
    signature: "(input: Tensor, dim: int) -> Tensor",
    doc: "`log(cumsum(exp(x)))` along `dim`, computed without overflow from the running maxima. Floats only.\n\n\
          >>> ravine.logcumsumexp(ravine.tensor([1000.0, 1000.0, 0.0]), 0)\n\
          tensor([1000.0000, 1000.6932, 1000.6932])\n",
    places: Places::BOTH,
    effect: Effect::Twin,
    call: |a| {
        a.widened(|a| {
            let x = a.tensor(0)?;
            need_float("logcumsumexp", x)?;
            let dim = normalize_dim("logcumsumexp", a.int(1)?, x.rank())?;
            if x.numel() == 0 {
                return Ok(reshape(x, x.shape())?.into());
            }
            let line = if x.rank() == 0 {
                reshape(x, &[1])?
            } else {
                x.clone()
            };
            Ok(reshape(&logcumsumexp(&line, dim)?, x.shape())?.into())
        })
    },
}];

fn logcumsumexp(x: &Tensor, dim: usize) -> Result<Tensor> {
    // What is taken out is put back, so only the terms are differentiated.
    let raw = running_max(&detach(x)?, dim)?;
    // Nothing is taken out of -inf, nor from an infinity or a NaN on.
    let top = r#where(lt(abs(&raw)?, f64::INFINITY)?, &raw, 0.0)?;
    let before = |t: &Tensor| {
        let n = t.shape()[dim];
        cat(&[narrow(t, dim, 0, 1)?, narrow(t, dim, 0, n - 1)?], dim)
    };
    let none_before = eq(before(&raw)?, f64::NEG_INFINITY)?;
    let kept = r#where(none_before, 0.0, exp(sub(before(&top)?, &top)?)?)?;
    let sums = recurrence(&kept, &exp(sub(x, &top)?)?, dim)?;
    // The slope at a sum of 0, whose logarithm is -inf, is taken to be 0.
    let none = eq(&sums, 0.0)?;
    let logs = log(r#where(&none, 1.0, &sums)?)?;
    r#where(&none, f64::NEG_INFINITY, add(&logs, &top)?)
}
