//! Covariances and correlations.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::elementwise::arithmetic::{div, maximum, mul, sqrt, sub};
use crate::ops::elementwise::select::clamp;
use crate::ops::floats::widened;
use crate::ops::graph::cast::cast;
use crate::ops::linalg::matmul::matmul;
use crate::ops::reduce::{mean, sum};
use crate::ops::shape::diagonal::diagonal;
use crate::ops::shape::view::{reshape, transpose_last};
use crate::shape::show;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "cov",
        signature: "(input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor",
        doc: "Covariances of the rows (variables) over the columns (observations), divided by `n - correction`. `fweights` \
              (integers) says how often each observation counts, `aweights` how much: with their product w, and s the sum of \
              w, the divisor is `s - correction * sum(w aweights) / s`.\n\n\
              >>> ravine.cov(ravine.tensor([[0.0, 2.0], [4.0, 0.0]]))\ntensor([[ 2., -4.],\n        [-4.,  8.]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| a.widened(|a| Ok(cov(a, a.float(1)?, weights(a)?)?.into())),
    },
    Function {
        name: "corrcoef",
        signature: "(input: Tensor) -> Tensor",
        doc: "Pearson's correlations of the rows (variables) over the columns (observations).\n\n\
              >>> ravine.corrcoef(ravine.tensor([[0.0, 2.0], [4.0, 0.0]]))\ntensor([[ 1., -1.],\n        [-1.,  1.]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let c = cov(a, 1.0, [None, None])?;
                if c.rank() == 0 {
                    return Ok(div(&c, &c)?.into());
                }
                let scale = sqrt(diagonal(&c, 0, 0, 1)?)?;
                let scaled = div(div(&c, reshape(&scale, &[scale.numel(), 1])?)?, &scale)?;
                // Rounding may lead out of [-1, 1].
                Ok(clamp(a.function, &scaled, Some((-1.0).into()), Some(1.0.into()))?.into())
            })
        },
    },
];

/// `fweights` and `aweights`, checked.
fn weights<'a>(a: &'a Args) -> Result<[Option<&'a Tensor>; 2]> {
    let n = a.tensor(0)?.shape().last().copied().unwrap_or(1);
    let found = [a.opt_tensor(2)?, a.opt_tensor(3)?];
    for (w, i) in found.iter().zip(2..) {
        let Some(w) = w else { continue };
        if w.rank() > 1 || w.numel() != n {
            let text = format!(
                "{} have shape {}, and there are {n} observations. Give one weight for each",
                a.names[i],
                show(w.shape())
            );
            return Err(Error::shape(a.function, text));
        }
        if w.dtype().is_float() == (i == 2) {
            let want = if i == 2 {
                "fweights of an integer dtype"
            } else {
                "aweights of a floating dtype"
            };
            return Err(Error::dtype(a.function, w.dtype(), want));
        }
    }
    Ok(found)
}

fn cov(a: &Args, correction: f64, [frequencies, importances]: [Option<&Tensor>; 2]) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if x.rank() > 2 {
        return Err(Error::rank(a.function, "input", "at most 2", x.shape()));
    }
    let x = if x.dtype().is_float() {
        x.clone()
    } else {
        cast(x, DType::F32)?
    };
    let n = x.shape().last().copied().unwrap_or(1);
    let variables = if x.rank() == 2 { x.shape()[0] } else { 1 };
    let rows = reshape(&x, &[variables, n])?;
    let each = |w: &Tensor| cast(&reshape(w, &[n])?, x.dtype());
    let together = match (frequencies, importances) {
        (None, None) => None,
        (Some(w), None) | (None, Some(w)) => Some(each(w)?),
        (Some(f), Some(w)) => Some(mul(each(f)?, each(w)?)?),
    };
    let c = match together {
        None => {
            let centred = sub(&rows, mean(&rows, &[1], true)?)?;
            div(
                matmul(&centred, &transpose_last(&centred)?)?,
                (n as f64 - correction).max(0.0),
            )?
        }
        Some(w) => {
            let total = sum(&w, &[0], false)?;
            let centred = sub(&rows, div(sum(&mul(&rows, &w)?, &[1], true)?, &total)?)?;
            let spent = match importances {
                Some(importance) => div(
                    mul(sum(&mul(&w, each(importance)?)?, &[0], false)?, correction)?,
                    &total,
                )?,
                None => widened(&crate::ops::create::full(&[], correction, x.dtype())?)?,
            };
            let left = sub(&total, spent)?;
            let left = maximum(&left, crate::ops::create::zeros_like(&left)?)?;
            div(matmul(&mul(&centred, &w)?, &transpose_last(&centred)?)?, left)?
        }
    };
    if variables == 1 { reshape(&c, &[]) } else { Ok(c) }
}
