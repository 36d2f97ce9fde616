//! Elementwise functions made of other ones.

use crate::dtype::{DType, Scalar, default_float};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::graph::{Arg, Tensor};
use crate::ops::create;
use crate::ops::elementwise::arithmetic::{abs, add, div, maximum, minimum, mul, sign, square, sub};
use crate::ops::elementwise::common_dtype;
use crate::ops::elementwise::compare::{eq, gt, isnan, le, logical_and, logical_or, lt};
use crate::ops::elementwise::exponential::log;
use crate::ops::elementwise::rounding::trunc;
use crate::ops::elementwise::select::{clamp, r#where};
use crate::ops::elementwise::trigonometric::sin;
use crate::ops::floats::{need_float, widened_call};
use crate::ops::graph::cast;
use std::f64::consts::PI;

macro_rules! function {
    ($($place:ident)? $name:literal, $signature:literal, $effect:ident, $doc:literal, $call:expr) => {
        Function {
            name: $name,
            signature: $signature,
            doc: $doc,
            places: Places::BOTH$(.and(Places::$place))?,
            effect: Effect::$effect,
            call: |a| {
                let call: fn(&Args) -> Result<Tensor> = $call;
                Ok(call(a)?.into())
            },
        }
    };
}

pub static FUNCTIONS: &[Function] = &[
    function!(
        "frac",
        "(input: Tensor) -> Tensor",
        Twin,
        "The part behind the point, `x - trunc(x)`, with the sign of x.\n\n\
         >>> ravine.frac(ravine.tensor([1.5, -2.25]))\ntensor([ 0.5000, -0.2500])\n",
        |a| {
            let x = need_float(a.function, a.tensor(0)?)?;
            sub(x, trunc(x)?)
        }
    ),
    function!(
        "positive",
        "(input: Tensor) -> Tensor",
        Pure,
        "`+x`: the tensor itself.\n\n>>> ravine.positive(ravine.tensor([1.0, -2.0]))\ntensor([ 1., -2.])\n",
        |a| {
            let x = a.tensor(0)?;
            if x.dtype() == DType::Bool {
                return Err(Error::dtype("positive", DType::Bool, "a number type"));
            }
            Ok(x.clone())
        }
    ),
    function!(
        "sgn",
        "(input: Tensor) -> Tensor",
        Twin,
        "As `sign`.\n\n>>> ravine.sgn(ravine.tensor([3.0, -2.0]))\ntensor([ 1., -1.])\n",
        |a| sign(a.tensor(0)?)
    ),
    function!(
        "deg2rad",
        "(input: Tensor) -> Tensor",
        Twin,
        "Degrees as radians, `x * pi / 180`.\n\n>>> ravine.deg2rad(ravine.tensor([180.0]))\ntensor([3.1416])\n",
        |a| mul(a.tensor(0)?, PI / 180.0)
    ),
    function!(
        "rad2deg",
        "(input: Tensor) -> Tensor",
        Twin,
        "Radians as degrees, `x * 180 / pi`.\n\n>>> ravine.rad2deg(ravine.tensor([0.5]))\ntensor([28.6479])\n",
        |a| mul(a.tensor(0)?, 180.0 / PI)
    ),
    function!(
        SPECIAL "sinc",
        "(input: Tensor) -> Tensor",
        Twin,
        "`sin(pi x) / (pi x)`, and 1 at 0.\n\n>>> ravine.sinc(ravine.tensor([0.0, 0.5]))\ntensor([1.0000, 0.6366])\n",
        |a| widened_call(a, |a| sine_over(&mul(a.tensor(0)?, PI)?))
    ),
    function!(
        SPECIAL "logit",
        "(input: Tensor, eps: float | None = None) -> Tensor",
        Twin,
        "`log(x / (1 - x))`, the inverse of `sigmoid`; with `eps` of x limited to [eps, 1 - eps]. NaN outside [0, 1].\n\n\
         >>> ravine.logit(ravine.tensor([0.5, 0.9]))\ntensor([0.0000, 2.1972])\n",
        |a| widened_call(a, |a| {
            let mut x = a.tensor(0)?.clone();
            if !a.is_none(1) {
                let eps = a.float(1)?;
                x = r#where(lt(&x, eps)?, eps, x)?;
                x = r#where(gt(&x, 1.0 - eps)?, 1.0 - eps, x)?;
            }
            log(div(&x, sub(1.0, &x)?)?)
        })
    ),
    function!(
        SPECIAL "xlogy",
        "(input: Tensor | Number, other: Tensor | Number) -> Tensor",
        Twin,
        "`x log(y)`, and 0 where x is 0 and y is no NaN.\n\n\
         >>> ravine.xlogy(ravine.tensor([0.0, 2.0]), ravine.tensor([0.0, 1.0]))\ntensor([0., 0.])\n",
        |a| widened_call(a, |a| logarithms(a, 0.0, log))
    ),
    function!(
        "lerp",
        "(input: Tensor, end: Tensor, weight: Tensor | float) -> Tensor",
        Twin,
        "`input + weight * (end - input)`, computed from the nearer end.\n\n\
         >>> ravine.lerp(ravine.tensor([0.0, 10.0]), ravine.tensor([1.0, 20.0]), 0.5)\ntensor([ 0.5000, 15.0000])\n",
        |a| widened_call(a, |a| {
            let (x, end, weight) = (need_float(a.function, a.tensor(0)?)?, a.tensor(1)?, a.arg(2)?);
            let way = sub(end, x)?;
            let ahead = |w: &Arg| add(x, mul(w, &way)?);
            let back = |rest: Arg| sub(end, mul(&way, rest)?);
            match &weight {
                Arg::Scalar(w) if w.as_f64().abs() < 0.5 => ahead(&weight),
                Arg::Scalar(w) => back(Arg::from(1.0 - w.as_f64())),
                Arg::Tensor(w) => r#where(lt(abs(w)?, 0.5)?, ahead(&weight)?, back(Arg::from(sub(1.0, w)?))?),
            }
        })
    ),
    function!(
        "addcmul",
        "(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor",
        Twin,
        "`input + value * tensor1 * tensor2`.\n\n\
         >>> ravine.addcmul(ravine.ones(2), ravine.tensor([1.0, 2.0]), ravine.tensor([3.0, 4.0]), value=0.5)\n\
         tensor([2.5000, 5.0000])\n",
        |a| widened_call(a, |a| add(
            a.tensor(0)?,
            mul(mul(a.tensor(1)?, a.scalar(3)?)?, a.tensor(2)?)?
        ))
    ),
    function!(
        "addcdiv",
        "(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor",
        Twin,
        "`input + value * tensor1 / tensor2`.\n\n\
         >>> ravine.addcdiv(ravine.ones(2), ravine.tensor([1.0, 2.0]), ravine.tensor([2.0, 4.0]))\n\
         tensor([1.5000, 1.5000])\n",
        |a| widened_call(a, |a| add(
            a.tensor(0)?,
            div(mul(a.tensor(1)?, a.scalar(3)?)?, a.tensor(2)?)?
        ))
    ),
    function!(
        "heaviside",
        "(input: Tensor, values: Tensor) -> Tensor",
        Twin,
        "0 below 0, 1 above, and `values` at 0. Both have one dtype.\n\n\
         >>> ravine.heaviside(ravine.tensor([-1.0, 0.0, 2.0]), ravine.tensor(0.5))\ntensor([0.0000, 0.5000, 1.0000])\n",
        |a| {
            let (x, values) = (a.tensor(0)?, a.tensor(1)?);
            if x.dtype() != values.dtype() {
                let want = format!("values of the dtype of input, which is {}", x.dtype());
                return Err(Error::dtype("heaviside", values.dtype(), &want));
            }
            let step = cast::cast(&gt(x, Scalar::Bool(false))?, x.dtype())?;
            r#where(eq(x, Scalar::Bool(false))?, values, step)
        }
    ),
    function!(
        "nan_to_num",
        "(input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor",
        Twin,
        "NaN replaced by `nan`, infinities by `posinf` and `neginf`, or the largest and smallest finite number.\n\n\
         >>> ravine.nan_to_num(ravine.tensor([float(\"nan\"), float(\"inf\"), 1.0]), posinf=9.0)\ntensor([0., 9., 1.])\n",
        |a| {
            let x = a.tensor(0)?;
            let largest = match x.dtype() {
                DType::F64 => f64::MAX,
                DType::F32 => f64::from(f32::MAX),
                DType::F16 => 65504.0,
                DType::BF16 => 3.389_531_389_251_535_5e38,
                DType::Bool | DType::U8 | DType::I8 | DType::I16 | DType::I32 | DType::I64 => {
                    return Ok(x.clone());
                }
            };
            let or = |i: usize, limit: f64| if a.is_none(i) { Ok(limit) } else { a.float(i) };
            let (high, low) = (or(2, largest)?, or(3, -largest)?);
            let y = r#where(isnan(x)?, a.float(1)?, x)?;
            let y = r#where(eq(x, f64::INFINITY)?, high, y)?;
            r#where(eq(x, f64::NEG_INFINITY)?, low, y)
        }
    ),
    function!(
        "isinf",
        "(input: Tensor) -> Tensor",
        Pure,
        "Whether an element is infinite.\n\n>>> ravine.isinf(ravine.tensor([1.0, float(\"-inf\")]))\ntensor([False,  True])\n",
        |a| eq(abs(a.tensor(0)?)?, f64::INFINITY)
    ),
    function!(
        "isfinite",
        "(input: Tensor) -> Tensor",
        Pure,
        "Whether an element is neither infinite nor NaN.\n\n\
         >>> ravine.isfinite(ravine.tensor([1.0, float(\"nan\")]))\ntensor([ True, False])\n",
        |a| lt(abs(a.tensor(0)?)?, f64::INFINITY)
    ),
    function!(
        "isposinf",
        "(input: Tensor) -> Tensor",
        Pure,
        "Whether an element is plus infinity.\n\n>>> ravine.isposinf(ravine.tensor([1.0, float(\"inf\")]))\ntensor([False,  True])\n",
        |a| eq(a.tensor(0)?, f64::INFINITY)
    ),
    function!(
        "isneginf",
        "(input: Tensor) -> Tensor",
        Pure,
        "Whether an element is minus infinity.\n\n>>> ravine.isneginf(ravine.tensor([1.0, float(\"-inf\")]))\ntensor([False,  True])\n",
        |a| eq(a.tensor(0)?, f64::NEG_INFINITY)
    ),
    function!(
        "isclose",
        "(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor",
        Pure,
        "Whether `|x - y| <= atol + rtol * |y|`, or both are equal (NaN too with `equal_nan`).\n\n\
         >>> ravine.isclose(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0 + 1e-6, 2.1]))\ntensor([ True, False])\n",
        isclose
    ),
    function!(
        "clamp_min",
        "(input: Tensor, min: Tensor | Number) -> Tensor",
        Twin,
        "Elements of at least `min`.\n\n>>> ravine.clamp_min(ravine.tensor([-1.0, 2.0]), 0)\ntensor([0., 2.])\n",
        |a| clamp(a.function, a.tensor(0)?, a.opt_arg(1)?, None)
    ),
    function!(
        "clamp_max",
        "(input: Tensor, max: Tensor | Number) -> Tensor",
        Twin,
        "Elements of at most `max`.\n\n>>> ravine.clamp_max(ravine.tensor([-1.0, 2.0]), 0)\ntensor([-1.,  0.])\n",
        |a| clamp(a.function, a.tensor(0)?, None, a.opt_arg(1)?)
    ),
    function!(
        "clip",
        "(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor",
        Twin,
        "As `clamp`.\n\n>>> ravine.clip(ravine.tensor([-1.0, 2.0]), 0, 1)\ntensor([0., 1.])\n",
        |a| clamp(a.function, a.tensor(0)?, a.opt_arg(1)?, a.opt_arg(2)?)
    ),
];

/// `sin(x) / x`, and 1 at 0.
pub fn sine_over(x: &Tensor) -> Result<Tensor> {
    // Near 0 by its series, in which derivatives lose nothing: an error of z^10 / 11! is below the rounding.
    let near = lt(abs(x)?, 0.05)?;
    let squared = square(r#where(&near, x, 0.0)?)?;
    let mut series = add(mul(&squared, 1.0 / 362_880.0)?, -1.0 / 5040.0)?;
    for coefficient in [1.0 / 120.0, -1.0 / 6.0, 1.0] {
        series = add(mul(series, &squared)?, coefficient)?;
    }
    let safe = r#where(&near, 1.0, x)?;
    r#where(&near, series, div(sin(&safe)?, &safe)?)
}

/// The first argument times a logarithm of the second, infinite at `edge`; 0 where the first is 0 and the second no NaN.
pub fn logarithms(a: &Args, edge: f64, log: fn(Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let dtype = match common_dtype(&[a.arg(0)?, a.arg(1)?]) {
        own if own.is_float() => own,
        _ => default_float(),
    };
    let tensor = |i: usize| match a.arg(i)? {
        Arg::Tensor(t) => cast::cast(&t, dtype),
        Arg::Scalar(s) => create::full(&[], s, dtype),
    };
    let (x, y) = (tensor(0)?, tensor(1)?);
    // Where the logarithm is finite the product is right as it stands, and so is its derivative.
    let infinite = logical_or(le(&y, edge)?, eq(&y, f64::INFINITY)?)?;
    let skip = logical_and(eq(&x, 0.0)?, infinite)?;
    mul(x, log(r#where(&skip, 1.0, &y)?)?)
}

fn isclose(a: &Args) -> Result<Tensor> {
    let (x, y, rtol, atol) = (a.tensor(0)?, a.tensor(1)?, a.float(2)?, a.float(3)?);
    if x.dtype() != y.dtype() {
        let want = format!("other of the dtype of input, which is {}", x.dtype());
        return Err(Error::dtype("isclose", y.dtype(), &want));
    }
    if rtol < 0.0 || atol < 0.0 {
        return Err(Error::value(
            "isclose",
            format!("rtol={rtol} and atol={atol} must be 0 or more"),
        ));
    }
    let mut close = eq(x, y)?;
    if a.flag(4)? {
        close = logical_or(&close, logical_and(isnan(x)?, isnan(y)?)?)?;
    }
    if (rtol, atol) == (0.0, 0.0) {
        return Ok(close);
    }
    // Booleans are the numbers 0 and 1.
    let number = if x.dtype() == DType::Bool {
        DType::U8
    } else {
        x.dtype()
    };
    let (x, y) = (&cast::cast(x, number)?, &cast::cast(y, number)?);
    let bound = add(mul(abs(y)?, rtol)?, atol)?;
    // The larger less the smaller: uint8 has no negative numbers.
    let gap = sub(maximum(x, y)?, minimum(x, y)?)?;
    let finite = lt(&gap, f64::INFINITY)?;
    logical_or(&close, logical_and(finite, le(gap, bound)?)?)
}
