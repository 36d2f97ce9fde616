//! Random numbers in the shape of a tensor: beside it, or in its place.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::{Arg, Tensor};
use crate::ops::create::random::{float_dtype, normal, uniform};
use crate::ops::elementwise::arithmetic::{add, mul};
use crate::ops::floats::need_float;
use crate::ops::graph::cast;

/// `from + draw * scale`, rounded to `dtype` once.
fn affine(draw: Tensor, scale: f64, from: f64, dtype: DType) -> Result<Tensor> {
    let wide = cast::cast(&draw, dtype.compute_dtype())?;
    cast::cast(&add(mul(wide, scale)?, Arg::from(from))?, dtype)
}

/// The tensor that `uniform_` and its like fill.
fn filled<'a>(a: &'a Args) -> Result<&'a Tensor> {
    need_float(a.function, a.tensor(0)?)
}

/// Numbers in the shape of a tensor, of the dtype asked for or its own.
fn like(a: &Args, draw: fn(&[usize], DType) -> Result<Tensor>) -> Result<Outcome> {
    let dtype = if a.is_none(1) {
        filled(a)?.dtype()
    } else {
        float_dtype(a, 1)?
    };
    Ok(draw(a.tensor(0)?.shape(), dtype)?.into())
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "rand_like",
        signature: "(input: Tensor, *, dtype: dtype | None = None, device: DeviceLike | None = None, \
                    requires_grad: bool = False, generator: Generator | None = None) -> Tensor",
        doc: "Uniform random numbers in [0, 1), in the shape of `input` and its dtype unless another is given.\n\n\
              >>> ravine.rand_like(ravine.zeros(2, 3)).shape\n(2, 3)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| like(a, uniform),
    },
    Function {
        name: "randn_like",
        signature: "(input: Tensor, *, dtype: dtype | None = None, device: DeviceLike | None = None, \
                    requires_grad: bool = False, generator: Generator | None = None) -> Tensor",
        doc: "Random numbers from the standard normal distribution, in the shape of `input` and its dtype unless another \
              is given.\n\n>>> ravine.randn_like(ravine.zeros(2, 3)).shape\n(2, 3)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| like(a, normal),
    },
    Function {
        name: "uniform_",
        signature: "(input: Tensor, low: float = 0.0, high: float = 1.0, *, generator: Generator | None = None) -> Tensor",
        doc: "Fills a floating tensor, in place, with uniform random numbers from `low` to `high`, computed as \
              `low + u * (high - low)` with u in [0, 1).\n\nRaises ValueError if `low > high`.\n\n\
              >>> ravine.zeros(2).uniform_(3.0, 3.0)\ntensor([3., 3.])\n",
        places: Places::BOTH,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let (x, low, high) = (filled(a)?, a.float(1)?, a.float(2)?);
            if !(low <= high && (high - low).is_finite()) {
                let text = format!("the bounds are {low} and {high}; they must be finite and in order");
                return Err(Error::value("uniform_", text));
            }
            let u = uniform(x.shape(), x.dtype())?;
            Ok(if (low, high) == (0.0, 1.0) {
                u
            } else {
                affine(u, high - low, low, x.dtype())?
            }
            .into())
        },
    },
    Function {
        name: "normal_",
        signature: "(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor",
        doc: "Fills a floating tensor, in place, with random numbers from the normal distribution with that mean and \
              standard deviation.\n\nRaises ValueError if `std` is negative.\n\n\
              >>> ravine.zeros(2).normal_(3.0, 0.0)\ntensor([3., 3.])\n",
        places: Places::BOTH,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let (x, mean, std) = (filled(a)?, a.float(1)?, a.float(2)?);
            if std.is_nan() || std < 0.0 {
                return Err(Error::value(
                    "normal_",
                    format!("std is {std}; it must be 0 or more"),
                ));
            }
            Ok(affine(
                normal(x.shape(), x.dtype().compute_dtype())?,
                std,
                mean,
                x.dtype(),
            )?
            .into())
        },
    },
];
