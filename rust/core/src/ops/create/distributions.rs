//! Random numbers of other distributions, made of uniform and normal ones.

use crate::device::Device;
use crate::dtype::{DType, default_float};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::graph::{Arg, Tensor};
use crate::mode;
use crate::ops::create::random::{integers, normal, uniform};
use crate::ops::elementwise::arithmetic::{add, div, mul, neg, sub};
use crate::ops::elementwise::common_dtype;
use crate::ops::elementwise::compare::{isnan, lt};
use crate::ops::elementwise::exponential::log1p;
use crate::ops::elementwise::within::{Argument, within};
use crate::ops::floats::need_float;
use crate::ops::graph::identity::detach;
use crate::ops::graph::{cast, transfer};
use crate::ops::index::search::searchsorted;
use crate::ops::ordering::sort::sort;
use crate::ops::reduce::scan::cumsum;
use crate::ops::shape::view::{expand, narrow, reshape};
use crate::ops::{create, reduce};
use crate::shape::{Shape, broadcast};
use crate::stream::look;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "bernoulli",
        signature: "(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor",
        doc: "1 with the probability that `input` holds (or with probability `p` for all elements), else 0, in its dtype. \
              The result has no gradient.\n\n\
              >>> ravine.bernoulli(ravine.tensor([0.0, 1.0]))\ntensor([0., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let drawn = if a.is_none(1) {
                need_float(a.function, x)?;
                below(x.shape(), &Arg::from(x))?
            } else {
                below(x.shape(), &Arg::from(probability(a, a.float(1)?)?))?
            };
            Ok(cast::cast(&drawn, x.dtype())?.into())
        },
    },
    Function {
        name: "bernoulli_",
        signature: "(input: Tensor, p: Tensor | float = 0.5, *, generator: Generator | None = None) -> Tensor",
        doc: "Fills a tensor, in place, with 1 (with probability `p`, a number or a tensor that broadcasts) and 0.\n\n\
              >>> ravine.zeros(2).bernoulli_(1.0)\ntensor([1., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let x = a.tensor(0)?;
            let p = match a.arg(1)? {
                Arg::Tensor(p) => Arg::Tensor(expand(&p, x.shape())?),
                Arg::Scalar(p) => Arg::from(probability(a, p.as_f64())?),
            };
            Ok(cast::cast(&below(x.shape(), &p)?, x.dtype())?.into())
        },
    },
    Function {
        name: "multinomial",
        signature: "(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None) -> Tensor",
        doc: "`num_samples` places for each row of weights (a vector or a matrix, of a floating dtype), drawn with \
              probabilities proportional to the weights; int64. Without `replacement` no place comes twice, and they are \
              in the order in which they were drawn. The weights are looked at.\n\n\
              Raises ValueError if a weight is negative, infinite or NaN, or if too few are above 0.\n\n\
              >>> ravine.multinomial(ravine.tensor([0.0, 3.0, 0.0]), 2, replacement=True)\ntensor([1, 1])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(multinomial(a)?.into()),
    },
    Function {
        name: "exponential_",
        signature: "(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor",
        doc: "Fills a floating tensor, in place, with numbers from the exponential distribution of rate `lambd`, \
              `-log(1 - u) / lambd` with u uniform in [0, 1).\n\nRaises ValueError if the rate is not positive.\n\n\
              >>> bool((ravine.zeros(2).exponential_() >= 0).all())\nTrue\n",
        places: Places::BOTH,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let (x, rate) = (a.tensor(0)?, a.float(1)?);
            need_float(a.function, x)?;
            if rate.is_nan() || rate <= 0.0 {
                return Err(Error::value(
                    "exponential_",
                    format!("lambd is {rate}; it must be positive"),
                ));
            }
            let drawn = div(exponential(x.shape(), x.dtype().compute_dtype())?, rate)?;
            Ok(cast::cast(&drawn, x.dtype())?.into())
        },
    },
    Function {
        name: "random_",
        signature: "(input: Tensor, low: int | None = None, high: int | None = None, *, generator: Generator | None = None) -> Tensor",
        doc: "Fills a tensor, in place, with integers from `low` (0) up to but not including `high`, all equally likely. \
              With one number it is `high`; with none, integers up to the largest that the dtype holds all below \
              exactly.\n\nRaises ValueError if the range is empty.\n\n\
              >>> ravine.ones(2).random_(0, 1)\ntensor([0., 0.])\n",
        places: Places::BOTH,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let x = a.tensor(0)?;
            let (low, high) = match (a.opt_int(1)?, a.opt_int(2)?) {
                (Some(low), Some(high)) => (low, high),
                (Some(high), None) | (None, Some(high)) => (0, high),
                (None, None) => (0, largest(x.dtype())),
            };
            Ok(integers("random_", low, high, x.shape(), x.dtype())?.into())
        },
    },
    Function {
        name: "randint_like",
        signature: "(input: Tensor, low: int, high: int | None = None, *, dtype: dtype | None = None, device: DeviceLike | None = None, generator: Generator | None = None) -> Tensor",
        doc: "As `randint`, in the shape of `input` and its dtype unless another is given. With one bound it is `high`.\n\n\
              >>> ravine.randint_like(ravine.ones(2), 1)\ntensor([0., 0.])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let (low, high) = match a.opt_int(2)? {
                Some(high) => (a.int(1)?, high),
                None => (0, a.int(1)?),
            };
            let dtype = a.opt_dtype(3)?.unwrap_or(x.dtype());
            Ok(integers("randint_like", low, high, x.shape(), dtype)?.into())
        },
    },
    Function {
        name: "normal",
        signature: "(mean: Tensor | float = 0.0, std: Tensor | float = 1.0, size: int | Sequence[int] | None = None, *, \
                    dtype: dtype | None = None, device: DeviceLike | None = None, generator: Generator | None = None) -> Tensor",
        doc: "Random numbers from normal distributions with the given means and standard deviations, `mean + std * z`: \
              tensors that broadcast together, or two numbers and a `size`.\n\n\
              >>> ravine.normal(ravine.tensor([1.0, 2.0]), 0.0)\ntensor([1., 2.])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let (mean, std) = (a.arg(0)?, a.arg(1)?);
            let std = match std {
                Arg::Tensor(std) => Arg::Tensor(within(&std, Argument::NormalStd)?),
                Arg::Scalar(s) if s.as_f64() < 0.0 || s.as_f64().is_nan() => {
                    let text = format!("std is {}; it must be 0 or more", s.as_f64());
                    return Err(Error::value("normal", text));
                }
                number => number,
            };
            let size = a
                .opt_ints(2)?
                .map(|size| create::size("normal", &size))
                .transpose()?;
            let shape = match (mean.tensor(), std.tensor(), size) {
                (None, None, Some(size)) => size,
                (None, None, None) => return Err(Error::missing_argument("normal", "size")),
                (_, _, Some(_)) => {
                    return Err(Error::value(
                        "normal",
                        "a size does not go with tensors, which have one",
                    ));
                }
                _ => broadcast(mean.shape(), std.shape())
                    .ok_or_else(|| Error::broadcast("normal", mean.shape(), std.shape()))?,
            };
            let own = common_dtype(&[mean.clone(), std.clone()]);
            let dtype = a
                .opt_dtype(3)?
                .unwrap_or_else(|| if own.is_float() { own } else { default_float() });
            if !dtype.is_float() {
                return Err(Error::dtype("normal", dtype, "a floating dtype"));
            }
            let z = normal(&shape, dtype.compute_dtype())?;
            Ok(cast::cast(&add(mul(z, std)?, mean)?, dtype)?.into())
        },
    },
];

fn probability(a: &Args, p: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&p) {
        return Ok(p);
    }
    Err(Error::value(
        a.function,
        format!("p is {p}; a probability lies in [0, 1]"),
    ))
}

/// Where a uniform number lies below `p`: with that probability.
fn below(shape: &[usize], p: &Arg) -> Result<Tensor> {
    let p = match p {
        Arg::Tensor(p) => Arg::Tensor(within(p, Argument::BernoulliP)?),
        Arg::Scalar(_) => p.clone(),
    };
    let wide = p.tensor().is_some_and(|t| t.dtype() == DType::F64);
    let u = uniform(shape, if wide { DType::F64 } else { DType::F32 })?;
    match &p {
        Arg::Tensor(p) => lt(
            u,
            cast::cast(
                &crate::ops::graph::identity::detach(p)?,
                if wide { DType::F64 } else { DType::F32 },
            )?,
        ),
        Arg::Scalar(p) => lt(u, *p),
    }
}

/// Of rate 1.
fn exponential(shape: &[usize], dtype: DType) -> Result<Tensor> {
    neg(log1p(neg(uniform(shape, dtype)?)?)?)
}

/// The end of the range that `random_` fills without bounds.
fn largest(dtype: DType) -> i64 {
    match dtype {
        DType::Bool => 2,
        DType::U8 => 1 << 8,
        DType::I8 => 1 << 7,
        DType::I16 => 1 << 15,
        DType::I32 => 1 << 31,
        DType::I64 => i64::MAX,
        DType::F16 => (1 << 11) + 1,
        DType::BF16 => (1 << 8) + 1,
        DType::F32 => (1 << 24) + 1,
        DType::F64 => (1 << 53) + 1,
    }
}

fn multinomial(a: &Args) -> Result<Tensor> {
    let (x, samples, replacement) = (a.tensor(0)?, a.int(1)?, a.flag(2)?);
    need_float(a.function, x)?;
    if !matches!(x.rank(), 1 | 2) || x.shape()[x.rank() - 1] == 0 {
        return Err(Error::rank(
            "multinomial",
            "input",
            "1 or 2 (and at least one category)",
            x.shape(),
        ));
    }
    if samples <= 0 {
        return Err(Error::value(
            "multinomial",
            format!("num_samples is {samples}; it must be positive"),
        ));
    }
    let (k, n) = (samples as usize, x.shape()[x.rank() - 1]);
    let rows = x.numel() / n;
    // float64, in which sums of many small weights stay apart, and which GPUs have not: drawn on the CPU.
    let drawn = mode::on(Device::CPU, || {
        let here = transfer::to(&detach(x)?, Device::CPU)?;
        let weights = cast::cast(&reshape(&here, &[rows, n])?, DType::F64)?;
        check(&weights, if replacement { 1 } else { k })?;
        if replacement {
            let ends = cumsum(&weights, 1)?;
            let total = narrow(&ends, 1, n as i64 - 1, 1)?;
            // A weight of 0 moves no end, so the first end above a number is never its.
            return searchsorted(&ends, &mul(uniform(&[rows, k], DType::F64)?, total)?, true);
        }
        // The first of n exponential clocks is clock i with probability w[i] / sum (Efraimidis and Spirakis, 2006).
        let clocks = div(exponential(&[rows, n], DType::F64)?, &weights)?;
        narrow(&sort(&clocks, 1, false)?.1, 1, 0, k)
    })?;
    let mut shape = Shape::from_slice(&x.shape()[..x.rank() - 1]);
    shape.push(k);
    transfer::to(&reshape(&drawn, &shape)?, x.device())
}

fn check(weights: &Tensor, least: usize) -> Result<()> {
    if weights.numel() == 0 {
        return Ok(());
    }
    let bad =
        crate::ops::elementwise::compare::logical_or(lt(weights, 0.0)?, isnan(sub(weights, weights)?)?)?;
    let positive = reduce::sum(&crate::ops::elementwise::compare::gt(weights, 0.0)?, &[1], false)?;
    let bad = cast::cast(&reduce::any(&bad, &[0, 1], false)?, DType::I64)?;
    let facts = crate::ops::shape::concat::stack(&[bad, reduce::amin(&positive, &[0], false)?], 0)?;
    let facts = look("multinomial", &facts)?;
    let [bad, positive] = facts.as_slice::<i64>() else {
        unreachable!("two numbers")
    };
    if *bad != 0 {
        return Err(Error::value(
            "multinomial",
            "a weight is negative, infinite or NaN; weights are finite and 0 or more",
        ));
    }
    if (*positive as usize) < least {
        let text = format!(
            "a row has {positive} weights above 0, {least} are needed. Draw fewer, or with replacement=True"
        );
        return Err(Error::value("multinomial", text));
    }
    Ok(())
}
