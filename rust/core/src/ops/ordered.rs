//! What sorting answers: the largest elements, medians, quantiles, distinct values.

use super::binary::{add, eq, mul, ne, sub};
use super::select::r#where;
use super::sort::sort;
use super::unary::isnan;
use super::view::{narrow, reshape, select};
use super::within::{Argument, within};
use super::{cast, concat, create, gather, nonzero, reduce, scan, take};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome};
use crate::graph::Tensor;
use crate::ops::bounds::Negative;
use crate::shape::{Shape, normalize_dim};

pub const PAIR: &[&str] = &["values", "indices"];

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "topk",
        signature: "(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> tuple[Tensor, Tensor]",
        doc: "The `k` largest (or smallest) elements along `dim`, best first, and their int64 places; the first of equal \
              elements counts, NaN is larger than everything. The result is in order whatever `sorted` says.\n\n\
              >>> values, indices = ravine.topk(ravine.tensor([1.0, 5.0, 3.0]), 2)\n>>> values\ntensor([5., 3.])\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            let (x, dim) = line(a, 2)?;
            let (k, n) = (a.int(1)?, x.shape()[dim]);
            if k < 0 || k as usize > n {
                let text = format!("k={k} is out of range for dimension {dim} of size {n}. Use 0 to {n}");
                return Err(Error::value("topk", text));
            }
            let (values, indices) = sort(&x, dim, a.flag(3)?)?;
            let first = |t: &Tensor| narrow(t, dim, 0, k as usize);
            named(a, &[first(&values)?, first(&indices)?], None)
        },
    },
    Function {
        name: "kthvalue",
        signature: "(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> tuple[Tensor, Tensor]",
        doc: "The `k`-th smallest element along `dim`, counted from 1, and its int64 place.\n\n\
              >>> ravine.kthvalue(ravine.tensor([4.0, 1.0, 3.0]), 2).values\ntensor(3.)\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            let (x, dim) = line(a, 2)?;
            let (k, n) = (a.int(1)?, x.shape()[dim]);
            if k < 1 || k as usize > n {
                let text = format!("k={k} is out of range for dimension {dim} of size {n}. Use 1 to {n}");
                return Err(Error::value("kthvalue", text));
            }
            let (values, indices) = sort(&x, dim, false)?;
            let kth = |t: &Tensor| narrow(t, dim, k - 1, 1);
            named(a, &[kth(&values)?, kth(&indices)?], Some((dim, a.flag(3)?)))
        },
    },
    Function {
        name: "msort",
        signature: "(input: Tensor) -> Tensor",
        doc: "Sorted along the first dimension.\n\n>>> ravine.msort(ravine.tensor([3, 1, 2]))\ntensor([1, 2, 3])\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            Ok(if x.rank() == 0 {
                x.clone()
            } else {
                sort(x, 0, false)?.0
            }
            .into())
        },
    },
    Function {
        name: "median",
        signature: "(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | tuple[Tensor, Tensor]",
        doc: "The element in the middle of the sorted ones, the lower of two; NaN if there is one. With `dim` along that \
              dimension, with its int64 place.\n\n\
              >>> ravine.median(ravine.tensor([4.0, 1.0, 3.0, 2.0]))\ntensor(2.)\n",
        method: true,
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
        method: true,
        effect: Effect::Pure,
        call: |a| Ok(quantile(a)?.into()),
    },
    Function {
        name: "unique",
        signature: "(input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False) \
                    -> Tensor | tuple[Tensor, ...]",
        doc: "The distinct elements in ascending order, whatever `sorted` says; with `return_inverse` also where each \
              element of `input` is among them, with `return_counts` also how often each occurs. The values are looked \
              at.\n\n\
              >>> ravine.unique(ravine.tensor([3, 1, 3]), return_counts=True)\n(tensor([1, 3]), tensor([1, 2]))\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let (values, order) = sort(&reshape(x, &[x.numel()])?, 0, false)?;
            runs(a, &values, Some(&order), a.flag(2)?, a.flag(3)?)
        },
    },
    Function {
        name: "unique_consecutive",
        signature: "(input: Tensor, return_inverse: bool = False, return_counts: bool = False) -> Tensor | tuple[Tensor, ...]",
        doc: "The first element of every run of equal ones, of the flattened tensor; further results as of `unique`.\n\n\
              >>> ravine.unique_consecutive(ravine.tensor([1, 1, 3, 1]))\ntensor([1, 3, 1])\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            runs(a, &reshape(x, &[x.numel()])?, None, a.flag(1)?, a.flag(2)?)
        },
    },
];

/// Input and dimension of a user's call; a tensor without dimensions counts as one of one element.
fn line(a: &Args, i: usize) -> Result<(Tensor, usize)> {
    let x = a.tensor(0)?;
    let dim = normalize_dim(a.function, a.int(i)?, x.rank())?;
    Ok((
        if x.rank() == 0 {
            reshape(x, &[1])?
        } else {
            x.clone()
        },
        dim,
    ))
}

/// Values and indices in the shape of the call: without `dim`, or as they are where the input has no dimension.
fn named(a: &Args, pair: &[Tensor; 2], reduced: Option<(usize, bool)>) -> Result<Outcome> {
    let rank = a.tensor(0)?.rank();
    let shaped = |t: &Tensor| {
        let mut shape = t.shape().clone();
        match reduced {
            _ if rank == 0 && shape[..] == [1] => shape.clear(),
            Some((dim, false)) => {
                shape.remove(dim);
            }
            _ => {}
        }
        reshape(t, &shape)
    };
    Ok(Outcome::Named(
        a.function,
        PAIR,
        vec![shaped(&pair[0])?, shaped(&pair[1])?],
    ))
}

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
    let (parts, vector) = match a.arg(1)? {
        crate::graph::Arg::Tensor(q) if q.rank() > 1 => {
            return Err(Error::rank("quantile", "q", "at most 1", q.shape()));
        }
        crate::graph::Arg::Tensor(q) => {
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
            (create::full(&[1], q, DType::F64)?, false)
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
    let values = super::view::move_dim(&sort(&line, dim, false)?.0, dim, 0)?;
    // In float64: float32 does not tell the places of more than 2^24 elements apart.
    let place = mul(&parts, (n - 1) as f64)?;
    let place = match a.text(4)? {
        "linear" => place,
        "lower" => super::unary::floor(&place)?,
        "higher" => super::rounding::ceil(&place)?,
        "nearest" => super::unary::round(&place)?,
        "midpoint" => mul(
            add(super::unary::floor(&place)?, super::rounding::ceil(&place)?)?,
            0.5,
        )?,
        mode => {
            let text = format!(
                "interpolation '{mode}' is not one of 'linear', 'lower', 'higher', 'nearest', 'midpoint'"
            );
            return Err(Error::value("quantile", text));
        }
    };
    let below = super::unary::floor(&place)?;
    let mut aligned = Shape::from_elem(1, values.rank());
    aligned[0] = parts.numel();
    let share = cast::cast(&reshape(&sub(&place, &below)?, &aligned)?, x.dtype())?;
    let pick = |t: &Tensor| take::take(&values, 0, &cast::cast(t, DType::I64)?, Negative::Error);
    let (low, high) = (pick(&below)?, pick(&super::rounding::ceil(&place)?)?);
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

/// Runs of equal neighbours: their first elements, the number of each element's run, and their lengths.
fn runs(a: &Args, values: &Tensor, order: Option<&Tensor>, inverse: bool, counts: bool) -> Result<Outcome> {
    let n = values.numel();
    if n == 0 {
        let none = create::full(&[0], 0i64, DType::I64)?;
        let numbers = reshape(&create::full(&[0], 0i64, DType::I64)?, a.tensor(0)?.shape())?;
        return Ok(outcome(
            values.clone(),
            inverse.then_some(numbers),
            counts.then_some(none),
        ));
    }
    let changes = ne(narrow(values, 0, 1, n - 1)?, narrow(values, 0, 0, n - 1)?)?;
    let first = concat::cat(&[create::full(&[1], true, DType::Bool)?, changes], 0)?;
    let starts = nonzero::nonzero(&first)?;
    let starts = reshape(&starts, &[starts.numel()])?;
    let distinct = take::take(values, 0, &starts, Negative::Error)?;
    let numbers = if inverse {
        let number = sub(scan::cumsum(&first, 0)?, 1i64)?;
        let number = match order {
            Some(order) => take::put(
                &take::INDEX_PUT,
                &create::full(&[n], 0i64, DType::I64)?,
                &number,
                &[order.into()],
                &take::Place::one(0, Negative::Error),
            )?,
            None => number,
        };
        Some(reshape(&number, a.tensor(0)?.shape())?)
    } else {
        None
    };
    let lengths = if counts {
        let ends = concat::cat(
            &[
                narrow(&starts, 0, 1, starts.numel() - 1)?,
                create::full(&[1], n as i64, DType::I64)?,
            ],
            0,
        )?;
        Some(sub(&ends, &starts)?)
    } else {
        None
    };
    Ok(outcome(distinct, numbers, lengths))
}

fn outcome(values: Tensor, inverse: Option<Tensor>, counts: Option<Tensor>) -> Outcome {
    let all: Vec<Tensor> = [Some(values), inverse, counts].into_iter().flatten().collect();
    match &all[..] {
        [one] => Outcome::One(one.clone()),
        _ => Outcome::Many(all),
    }
}
