//! Orthogonal polynomials. A derivative is a polynomial of the same kind, or of its neighbour's, of one degree less.

use crate::cpu::vmath::special::{of_three, of_two, polynomials as p};
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Args, Effect, Function, Places};
use crate::graph::{Arg, Tensor};
use crate::op::Op;
use crate::ops::create::zeros_like;
use crate::ops::elementwise::arithmetic::{add, mul, neg, sub};
use crate::ops::elementwise::inner::{Kept, inner};
use crate::ops::elementwise::rounding::trunc;
use crate::ops::elementwise::{Rule, apply};
use crate::ops::floats::widened_call;
use crate::ops::graph::cast;
use smallvec::smallvec;

macro_rules! kernels {
    ($($name:ident($($x:ident),+) $body:expr;)+) => { $(
        mod $name {
            use super::*;
            elementwise!(@kernel float ($($x),+) $body);
            pub const KERNEL: Kept = kernel;
        }
    )+ };
}
kernels! {
    of_t(x, n) of_two(p::chebyshev_t, x, n);
    of_h(x, n) of_two(p::hermite_h, x, n);
    of_he(x, n) of_two(p::hermite_he, x, n);
    of_gegenbauer(x, n, order) of_three(p::gegenbauer, x, n, order);
    of_laguerre(x, n, order) of_three(p::laguerre, x, n, order);
}

/// Chebyshev's of the first kind: n times that of the second kind.
static T: Op = inner(
    "chebyshev_t",
    of_t::KERNEL,
    "chebyshev_t_f32(x, y)",
    |c, i, t| match i {
        0 => mul(
            mul(t, gegenbauer(&c.inputs[0], degree(&c.inputs[1], 1.0)?, 1.0)?)?,
            degree(&c.inputs[1], 0.0)?,
        ),
        _ => zeros_like(t),
    },
);

/// Hermite's of physics: `2 n H(n - 1)`.
static H: Op = inner(
    "hermite_h",
    of_h::KERNEL,
    "hermite_h_f32(x, y)",
    |c, i, t| match i {
        0 => mul(
            mul(t, of(&H, &c.inputs[0], degree(&c.inputs[1], 1.0)?)?)?,
            mul(degree(&c.inputs[1], 0.0)?, 2.0)?,
        ),
        _ => zeros_like(t),
    },
);

/// Hermite's of probability: `n He(n - 1)`.
static HE: Op = inner(
    "hermite_he",
    of_he::KERNEL,
    "hermite_he_f32(x, y)",
    |c, i, t| match i {
        0 => mul(
            mul(t, of(&HE, &c.inputs[0], degree(&c.inputs[1], 1.0)?)?)?,
            degree(&c.inputs[1], 0.0)?,
        ),
        _ => zeros_like(t),
    },
);

/// Gegenbauer's: twice the order times that of the next order.
static GEGENBAUER: Op = inner(
    "gegenbauer",
    of_gegenbauer::KERNEL,
    "gegenbauer_f32(x, y, z)",
    |c, i, t| match i {
        0 => {
            let order = order(&c.inputs[2]);
            let lower = gegenbauer(&c.inputs[0], degree(&c.inputs[1], 1.0)?, order + 1.0)?;
            mul(mul(t, lower)?, 2.0 * order)
        }
        _ => zeros_like(t),
    },
);

/// Laguerre's: minus that of the next order.
static LAGUERRE: Op = inner(
    "laguerre",
    of_laguerre::KERNEL,
    "laguerre_f32(x, y, z)",
    |c, i, t| match i {
        0 => {
            let lower = laguerre(
                &c.inputs[0],
                degree(&c.inputs[1], 1.0)?,
                order(&c.inputs[2]) + 1.0,
            )?;
            neg(mul(t, lower)?)
        }
        _ => zeros_like(t),
    },
);

pub static OPS: &[&Op] = &[&T, &H, &HE, &GEGENBAUER, &LAGUERRE];

fn of(op: &'static Op, x: impl Into<Arg>, n: impl Into<Arg>) -> Result<Tensor> {
    apply(op, Rule::Float, smallvec![x.into(), n.into()])
}

fn gegenbauer(x: impl Into<Arg>, n: impl Into<Arg>, order: f64) -> Result<Tensor> {
    apply(
        &GEGENBAUER,
        Rule::Float,
        smallvec![x.into(), n.into(), order.into()],
    )
}

fn laguerre(x: impl Into<Arg>, n: impl Into<Arg>, order: f64) -> Result<Tensor> {
    apply(
        &LAGUERRE,
        Rule::Float,
        smallvec![x.into(), n.into(), order.into()],
    )
}

/// A degree without its fraction, less some. A number stays one: an op of numbers alone would make a float32.
fn degree(n: &Arg, less: f64) -> Result<Arg> {
    Ok(match n {
        Arg::Scalar(n) => Arg::from(n.as_f64().trunc() - less),
        Arg::Tensor(n) if n.dtype().is_float() => Arg::from(sub(trunc(n)?, less)?),
        Arg::Tensor(n) => Arg::from(sub(cast::cast(n, DType::I64)?, less)?),
    })
}

/// The order of a polynomial, always a number.
fn order(order: &Arg) -> f64 {
    match order {
        Arg::Scalar(order) => order.as_f64(),
        Arg::Tensor(_) => unreachable!("orders are recorded as numbers"),
    }
}

/// Those of the third kind are `U(n) - U(n-1)`, of the fourth `U(n) + U(n-1)`.
fn third(x: &Arg, n: &Arg) -> Result<Tensor> {
    sub(gegenbauer(x, n, 1.0)?, gegenbauer(x, degree(n, 1.0)?, 1.0)?)
}

fn fourth(x: &Arg, n: &Arg) -> Result<Tensor> {
    add(gegenbauer(x, n, 1.0)?, gegenbauer(x, degree(n, 1.0)?, 1.0)?)
}

/// `2 x - 1`, from [0, 1] to [-1, 1].
fn shifted(x: &Arg) -> Result<Arg> {
    Ok(match x {
        Arg::Scalar(x) => Arg::from(2.0 * x.as_f64() - 1.0),
        Arg::Tensor(x) => Arg::from(sub(mul(x, 2.0)?, 1.0)?),
    })
}

macro_rules! polynomial {
    ($name:literal, $about:literal, $at:literal, $example:literal, |$x:ident, $n:ident| $body:expr) => {
        Function {
            name: $name,
            signature: "(input: Tensor | Number, n: Tensor | Number) -> Tensor",
            doc: concat!(
                $about,
                " of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond \
                 1,000,000, save where there is a closed form.\n\n>>> ravine.special.",
                $name,
                "(ravine.tensor([",
                $at,
                ", 2.0]), 3)\ntensor(",
                $example,
                ")\n"
            ),
            places: Places::SPECIAL,
            effect: Effect::Pure,
            call: |a| {
                let call: fn(&Args) -> Result<Tensor> = |a| {
                    let ($x, $n) = (&a.arg(0)?, &a.arg(1)?);
                    $body
                };
                Ok(widened_call(a, call)?.into())
            },
        }
    };
}

pub static FUNCTIONS: &[Function] = &[
    polynomial!(
        "chebyshev_polynomial_t",
        "Chebyshev's polynomial of the first kind, `cos(n acos(x))` on [-1, 1],",
        "0.5",
        "[-1., 26.]",
        |x, n| of(&T, x, n)
    ),
    polynomial!(
        "chebyshev_polynomial_u",
        "Chebyshev's polynomial of the second kind",
        "0.5",
        "[-1., 56.]",
        |x, n| gegenbauer(x, n, 1.0)
    ),
    polynomial!(
        "chebyshev_polynomial_v",
        "Chebyshev's polynomial of the third kind",
        "0.5",
        "[-1., 41.]",
        |x, n| third(x, n)
    ),
    polynomial!(
        "chebyshev_polynomial_w",
        "Chebyshev's polynomial of the fourth kind",
        "0.5",
        "[-1., 71.]",
        |x, n| fourth(x, n)
    ),
    polynomial!(
        "shifted_chebyshev_polynomial_t",
        "Chebyshev's polynomial of the first kind at `2 x - 1`,",
        "0.25",
        "[ 1., 99.]",
        |x, n| of(&T, shifted(x)?, n)
    ),
    polynomial!(
        "shifted_chebyshev_polynomial_u",
        "Chebyshev's polynomial of the second kind at `2 x - 1`,",
        "0.25",
        "[  1., 204.]",
        |x, n| gegenbauer(shifted(x)?, n, 1.0)
    ),
    polynomial!(
        "shifted_chebyshev_polynomial_v",
        "Chebyshev's polynomial of the third kind at `2 x - 1`,",
        "0.25",
        "[  1., 169.]",
        |x, n| third(&shifted(x)?, n)
    ),
    polynomial!(
        "shifted_chebyshev_polynomial_w",
        "Chebyshev's polynomial of the fourth kind at `2 x - 1`,",
        "0.25",
        "[  1., 239.]",
        |x, n| fourth(&shifted(x)?, n)
    ),
    polynomial!(
        "hermite_polynomial_h",
        "Hermite's polynomial of physics, with weight `e^(-x^2)`,",
        "0.5",
        "[-5., 40.]",
        |x, n| of(&H, x, n)
    ),
    polynomial!(
        "hermite_polynomial_he",
        "Hermite's polynomial of probability, with weight `e^(-x^2/2)`,",
        "0.5",
        "[-1.3750,  2.0000]",
        |x, n| of(&HE, x, n)
    ),
    polynomial!(
        "laguerre_polynomial_l",
        "Laguerre's polynomial, with weight `e^-x`,",
        "0.5",
        "[-0.1458, -0.3333]",
        |x, n| laguerre(x, n, 0.0)
    ),
    polynomial!(
        "legendre_polynomial_p",
        "Legendre's polynomial, orthogonal on [-1, 1],",
        "0.5",
        "[-0.4375, 17.0000]",
        |x, n| gegenbauer(x, n, 0.5)
    ),
];
