//! Medians and quantiles.

use crate::device::{Device, Kind};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::Tensor;
use crate::mode;
use crate::ops::elementwise::arithmetic::{add, mul, sub};
use crate::ops::elementwise::compare::{eq, isnan};
use crate::ops::elementwise::select::r#where;
use crate::ops::elementwise::within::{Argument, within};
use crate::ops::graph::{cast, transfer};
use crate::ops::index::bounds::Negative;
use crate::ops::index::{gather, take};
use crate::ops::ordering::sort::sort;
use crate::ops::ordering::topk::named;
use crate::ops::shape::view::{narrow, reshape, select};
use crate::ops::{create, reduce};
use crate::shape::{Shape, normalize_dim};

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "median",
        signature: "(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | tuple[Tensor, Tensor]",
        doc: "The element in the middle of the sorted ones, the lower of two; NaN if there is one. With `dim` along that \
              dimension, with its int64 place.\n\n\
              >>> ravine.median(ravine.tensor([4.0, 1.0, 3.0, 2.0]))\ntensor(2.)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| median(a),
    },
    Function {
        name: "quantile",
        signature: "(input: Tensor, q: Tensor | float, dim: int | None = None, keepdim: bool = False, *, \
                    interpolation: str = \"linear\") -> Tensor",
        doc: "The value below which the part `q` (from 0 to 1, or a vector of such) of the elements lies, along `dim` or over \
              all. Between two elements it is \"linear\"ly interpolated, or the \"lower\", the \"higher\", the \
              \"nearest\" or the \"midpoint\". NaN if there is one.\n\n\
              >>> ravine.quantile(ravine.tensor([1.0, 2.0, 3.0, 4.0]), 0.5)\ntensor(2.5000)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(quantile(a)?.into()),
    },
];

fn median(a: &Args) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let Some(dim) = a.opt_int(1)? else {
        if x.numel() == 0 {
            let nan = if x.dtype().is_float() { f64::NAN } else { 0.0 };
            return Ok(create::full(&[], nan, x.dtype())?.into());
        }
        let flat = reshape(x, &[x.numel()])?;
        return Ok(reshape(&middle(&flat, 0)?.0, &[])?.into());
    };
    let dim = normalize_dim("median", dim, x.rank())?;
    let ranked = if x.rank() == 0 {
        reshape(x, &[1])?
    } else {
        x.clone()
    };
    if ranked.shape()[dim] == 0 {
        return Err(Error::empty_reduction("median", x.shape()));
    }
    let (values, indices) = middle(&ranked, dim)?;
    named(a, &[values, indices], Some((dim, a.flag(2)?)))
}

/// The middle of the sorted line, or its first NaN; the dimension is kept.
fn middle(x: &Tensor, dim: usize) -> Result<(Tensor, Tensor)> {
    let n = x.shape()[dim];
    let (values, indices) = sort(x, dim, false)?;
    let at = |t: &Tensor| narrow(t, dim, (n as i64 - 1) / 2, 1);
    if !x.dtype().is_float() {
        return Ok((at(&values)?, at(&indices)?));
    }
    // NaN comes last: with m of them, the first is at n - m.
    let missing = reduce::sum(&isnan(&values)?, &[dim], true)?;
    let place = r#where(
        eq(&missing, 0i64)?,
        ((n - 1) / 2) as i64,
        sub(n as i64, &missing)?,
    )?;
    Ok((
        gather::gather(&values, dim, &place)?,
        gather::gather(&indices, dim, &place)?,
    ))
}

fn quantile(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if !matches!(x.dtype(), DType::F32 | DType::F64) {
        return Err(Error::dtype("quantile", x.dtype(), "float32 or float64"));
    }
    // GPUs have no float64: the few places are computed beside them.
    let device = x.device();
    let near = if device.kind == Kind::Gpu {
        Device::CPU
    } else {
        device
    };
    let (parts, vector) = match a.arg(1)? {
        crate::graph::Arg::Tensor(q) if q.rank() > 1 => {
            return Err(Error::rank("quantile", "q", "at most 1", q.shape()));
        }
        crate::graph::Arg::Tensor(q) => {
            let q = if near == device {
                q
            } else {
                transfer::to(&q, near)?
            };
            let wanted = cast::cast(&within(&q, Argument::QuantileQ)?, DType::F64)?;
            (reshape(&wanted, &[q.numel()])?, q.rank() == 1)
        }
        crate::graph::Arg::Scalar(q) => {
            if !(0.0..=1.0).contains(&q.as_f64()) {
                return Err(Error::value(
                    "quantile",
                    format!("q is {}; it must lie in [0, 1]", q.as_f64()),
                ));
            }
            (mode::on(near, || create::full(&[1], q, DType::F64))?, false)
        }
    };
    let (line, dim) = match a.opt_int(2)? {
        Some(dim) if x.rank() > 0 => (x.clone(), normalize_dim("quantile", dim, x.rank())?),
        _ => (reshape(x, &[x.numel()])?, 0),
    };
    let n = line.shape()[dim];
    if n == 0 {
        return Err(Error::empty_reduction("quantile", x.shape()));
    }
    let values = crate::ops::shape::view::move_dim(&sort(&line, dim, false)?.0, dim, 0)?;
    // In float64: float32 does not tell the places of more than 2^24 elements apart.
    let place = mul(&parts, (n - 1) as f64)?;
    let place = match a.text(4)? {
        "linear" => place,
        "lower" => crate::ops::elementwise::rounding::floor(&place)?,
        "higher" => crate::ops::elementwise::rounding::ceil(&place)?,
        "nearest" => crate::ops::elementwise::rounding::round(&place)?,
        "midpoint" => mul(
            add(
                crate::ops::elementwise::rounding::floor(&place)?,
                crate::ops::elementwise::rounding::ceil(&place)?,
            )?,
            0.5,
        )?,
        mode => {
            let text = format!(
                "interpolation '{mode}' is not one of 'linear', 'lower', 'higher', 'nearest', 'midpoint'"
            );
            return Err(Error::value("quantile", text));
        }
    };
    let below = crate::ops::elementwise::rounding::floor(&place)?;
    let mut aligned = Shape::from_elem(1, values.rank());
    aligned[0] = parts.numel();
    let there = |t: &Tensor| {
        if near == device {
            Ok(t.clone())
        } else {
            transfer::to(t, device)
        }
    };
    let share = there(&cast::cast(
        &reshape(&sub(&place, &below)?, &aligned)?,
        x.dtype(),
    )?)?;
    let pick = |t: &Tensor| take::take(&values, 0, &there(&cast::cast(t, DType::I64)?)?, Negative::Error);
    let (low, high) = (
        pick(&below)?,
        pick(&crate::ops::elementwise::rounding::ceil(&place)?)?,
    );
    let between = add(&low, mul(sub(&high, &low)?, &share)?)?;
    let nan = reduce::any(&isnan(&values)?, &[0], true)?;
    let mut result = r#where(nan, f64::NAN, between)?;
    if a.flag(3)? {
        // The extent of 1 goes back to its place behind the quantiles.
        let mut shape = result.shape().clone();
        let whole = a.is_none(2);
        shape.truncate(1);
        let rest = if whole {
            Shape::from_elem(1, x.rank())
        } else {
            crate::shape::reduced_shape(x.shape(), &[dim], true)
        };
        shape.extend(rest);
        result = reshape(&result, &shape)?;
    }
    if vector { Ok(result) } else { select(&result, 0, 0) }
}
