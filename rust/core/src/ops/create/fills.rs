//! Tensors filled, in place, with numbers that a formula makes of uniform or normal ones.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::{Arg, Tensor};
use crate::ops::create::random::{normal, uniform};
use crate::ops::elementwise::arithmetic::{add, div, mul, neg, sub};
use crate::ops::elementwise::exponential::{exp, log1p};
use crate::ops::elementwise::rounding::floor;
use crate::ops::elementwise::trigonometric::tan;
use crate::ops::floats::need_float;
use crate::ops::graph::cast::cast;
use std::f64::consts::PI;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "cauchy_",
        signature: "(input: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor",
        doc: "Fills a floating tensor, in place, with numbers from the Cauchy distribution, \
              `median + sigma tan(pi (u - 1/2))` with u uniform in [0, 1).\n\n\
              Raises ValueError if `sigma` is not positive.\n\n\
              >>> ravine.zeros(2).cauchy_().shape\n(2,)\n",
        places: Places::BOTH,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let (median, sigma) = (a.float(1)?, positive(a, 2, "sigma")?);
            filled(a, |shape, dtype| {
                let turn = mul(sub(uniform(shape, dtype)?, 0.5)?, PI)?;
                add(mul(tan(&turn)?, sigma)?, Arg::from(median))
            })
        },
    },
    Function {
        name: "log_normal_",
        signature: "(input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor",
        doc: "Fills a floating tensor, in place, with numbers whose logarithms are normal with that mean and standard \
              deviation.\n\nRaises ValueError if `std` is not positive.\n\n\
              >>> bool((ravine.zeros(2).log_normal_() > 0).all())\nTrue\n",
        places: Places::BOTH,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let (mean, std) = (a.float(1)?, positive(a, 2, "std")?);
            filled(a, |shape, dtype| {
                exp(&add(mul(normal(shape, dtype)?, std)?, Arg::from(mean))?)
            })
        },
    },
    Function {
        name: "geometric_",
        signature: "(input: Tensor, p: float, *, generator: Generator | None = None) -> Tensor",
        doc: "Fills a tensor, in place, with the number of trials up to the first success, each with probability `p`: \
              `1 + floor(log(1 - u) / log(1 - p))` with u uniform in [0, 1).\n\n\
              Raises ValueError if `p` is not in (0, 1).\n\n\
              >>> bool((ravine.zeros(2).geometric_(0.5) >= 1).all())\nTrue\n",
        places: Places::BOTH,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let (x, p) = (a.tensor(0)?, a.float(1)?);
            if !(p > 0.0 && p < 1.0) {
                return Err(Error::value(
                    a.function,
                    format!("p is {p}; it must lie in (0, 1)"),
                ));
            }
            let dtype = if x.dtype() == DType::F64 {
                DType::F64
            } else {
                DType::F32
            };
            let waited = div(log1p(&neg(uniform(x.shape(), dtype)?)?)?, (-p).ln_1p())?;
            Ok(cast(&add(floor(&waited)?, 1.0)?, x.dtype())?.into())
        },
    },
];

/// Numbers of the tensor's shape, computed in float32 at least and rounded to its dtype once.
fn filled(a: &Args, draw: impl FnOnce(&[usize], DType) -> Result<Tensor>) -> Result<Outcome> {
    let x = need_float(a.function, a.tensor(0)?)?;
    Ok(cast(&draw(x.shape(), x.dtype().compute_dtype())?, x.dtype())?.into())
}

fn positive(a: &Args, i: usize, name: &str) -> Result<f64> {
    match a.float(i)? {
        x if x > 0.0 => Ok(x),
        x => Err(Error::value(
            a.function,
            format!("{name} is {x}; it must be positive"),
        )),
    }
}
