//! The options of arithmetic beyond its operands: `alpha`, `rounding_mode` and `decimals`.

use crate::dtype::{Category, Scalar};
use crate::error::{Error, Result};
use crate::function::{Args, Value};
use crate::graph::{Arg, Tensor};
use crate::ops::create;
use crate::ops::elementwise::arithmetic::{self, floor_divide, fmod, mul};
use crate::ops::elementwise::common_dtype;
use crate::ops::elementwise::rounding::{self, trunc};
use crate::ops::floats::widened;
use crate::ops::graph::cast::cast;

pub fn add(a: &Args) -> Result<Tensor> {
    scaled(a, a.arg(0)?, a.arg(1)?, arithmetic::add)
}

pub fn sub(a: &Args) -> Result<Tensor> {
    scaled(a, a.arg(0)?, a.arg(1)?, arithmetic::sub)
}

/// `f(x, alpha y)`, alpha being the third argument, which has no say in the dtype.
fn scaled(a: &Args, x: Arg, y: Arg, f: fn(Arg, Arg) -> Result<Tensor>) -> Result<Tensor> {
    let alpha = match a.value(2) {
        Value::Int(1) | Value::Bool(true) => return f(x, y),
        _ => a.scalar(2)?,
    };
    let dtype = common_dtype(&[x.clone(), y.clone()]);
    if alpha.category() == Category::Float && !dtype.is_float() {
        let text = format!(
            "alpha={} is no integer, but the result is {dtype}. Pass an int, or floating tensors",
            alpha.as_f64()
        );
        return Err(Error::value(a.function, text));
    }
    // Half precision is rounded once.
    let wide = |t: Tensor| Ok::<Arg, Error>(widened(&cast(&t, dtype)?)?.into());
    let y = match y {
        Arg::Tensor(t) => wide(t)?,
        number => wide(create::full(&[], number_of(&number), dtype)?)?,
    };
    let x = match x {
        Arg::Tensor(t) => wide(t)?,
        number => number,
    };
    cast(&f(x, mul(y, alpha)?.into())?, dtype)
}

/// The number that an argument is.
pub fn number_of(arg: &Arg) -> Scalar {
    match arg {
        Arg::Scalar(s) => *s,
        Arg::Tensor(_) => unreachable!("tensors are told apart before"),
    }
}

pub fn div(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.arg(0)?, a.arg(1)?);
    if a.is_none(2) {
        return arithmetic::div(x, y);
    }
    match a.text(2)? {
        "floor" => floor_divide(x, y),
        "trunc" => truncated(x, y),
        other => {
            let text = format!("rounding_mode='{other}' must be None, 'floor' or 'trunc'");
            Err(Error::value("div", text))
        }
    }
}

/// The quotient rounded towards 0.
pub fn truncated(x: Arg, y: Arg) -> Result<Tensor> {
    let dtype = common_dtype(&[x.clone(), y.clone()]);
    if !dtype.is_float() {
        // Without its remainder the dividend is a multiple.
        let whole = arithmetic::sub(x.clone(), fmod(x, y.clone())?)?;
        return floor_divide(&whole, y);
    }
    let wide = |arg: Arg| match arg {
        Arg::Tensor(t) => widened(&cast(&t, dtype)?).map(Arg::Tensor),
        number => Ok(number),
    };
    cast(&trunc(arithmetic::div(wide(x)?, wide(y)?)?)?, dtype)
}

pub fn round(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let decimals = a.int(1)?;
    if decimals == 0 {
        return rounding::round(x);
    }
    if !x.dtype().is_float() {
        let text = format!(
            "decimals={decimals} goes with floating tensors, and the input is {}. Convert it with .float()",
            x.dtype()
        );
        return Err(Error::new(crate::error::Kind::DType, "round", text));
    }
    let ten = 10f64.powi(decimals.unsigned_abs().min(i32::MAX as u64) as i32);
    if decimals > 0 {
        arithmetic::div(rounding::round(mul(x, ten)?)?, ten)
    } else {
        mul(rounding::round(arithmetic::div(x, ten)?)?, ten)
    }
}
