//! The gamma function's kin: its logarithm and the derivatives of that, the incomplete functions, and Hurwitz's zeta.

use crate::cpu::vmath::special::{gamma, incomplete, of_one, of_two, zeta as hurwitz};
use crate::error::Result;
use crate::function::Effect::{Pure, Twin};
use crate::function::{Function, Places};
use crate::graph::{Arg, Tensor};
use crate::op::Accuracy::Ulp;
use crate::op::Op;
use crate::ops::elementwise::arithmetic::{add, minimum, mul, neg, pow, sub};
use crate::ops::elementwise::compare::lt;
use crate::ops::elementwise::exponential::{exp, log};
use crate::ops::elementwise::inner::{Kept, inner, no_slope};
use crate::ops::elementwise::select::r#where;
use crate::ops::elementwise::{Rule, apply};
use smallvec::smallvec;

elementwise! {
    /// The logarithm of the magnitude of the gamma function; infinite at its poles 0, -1, -2, ...
    ///
    /// >>> ravine.lgamma(ravine.tensor([0.5, 5.0]))
    /// tensor([0.5724, 3.1781])
    lgamma(x): Float, float {
        cpu: of_one(gamma::lgamma, x),
        wgsl: "lgamma_f32(x)",
        derivative: (|c, _i, t| mul(t, digamma(&c.inputs[0])?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "lgamma(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(16.0),
        domain: (2.2, 20.0),
    }

    /// The derivative of `lgamma`, also known as psi. At 0 it is infinite with the other sign, at -1, -2, ... NaN.
    ///
    /// >>> ravine.digamma(ravine.tensor([1.0, 0.5]))
    /// tensor([-0.5772, -1.9635])
    digamma(x): Float, float {
        cpu: of_one(gamma::digamma, x),
        wgsl: "digamma_f32(x)",
        derivative: (|c, _i, t| mul(t, zeta(2.0, &c.inputs[0])?)),
        places: Places::BOTH.and(Places::SPECIAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "scipy.special.digamma(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(4.0),
        domain: (2.0, 20.0),
    }

    /// Hurwitz's zeta function, the sum of `(other + k)^-input` over k from 0. Infinite where `input` is 1 or `other` one of
    /// 0, -1, ..., NaN where `input` is less, and for other negative numbers unless `input` is an integer. It has one
    /// derivative by `input`, and any by `other`. Below 0 terms of either sign cancel, and leave fewer digits.
    ///
    /// >>> ravine.special.zeta(ravine.tensor([2.0, 4.0]), 1.0)
    /// tensor([1.6449, 1.0823])
    zeta(s, q): Float, float {
        cpu: of_two(hurwitz::zeta, s, q),
        wgsl: "zeta_f32(x, y)",
        derivative: (|c, i, t| {
            let (s, q) = (&c.inputs[0], &c.inputs[1]);
            match i {
                0 => mul(t, apply(&ZETA_SLOPE, Rule::Float, smallvec![s.clone(), q.clone()])?),
                _ => neg(mul(t, mul(zeta(after(s)?, q)?, s)?)?),
            }
        }),
        places: Places::SPECIAL,
        signature: "(input: Tensor | Number, other: Tensor | Number) -> Tensor",
        effect: Pure,
        reference: "zeta(input, other)",
        samples: &["i(2, 3, low=2, high=6), f(2, 3)", "2.5, f(3)", "i(3, low=2, high=6), f(2, 1)"],
        accuracy: Ulp(64.0),
        domain: (0.3, 6.0),
    }
}

macro_rules! kernels {
    ($($name:ident = $f:expr;)+) => { $(
        mod $name {
            use super::*;
            elementwise!(@kernel float (a, x) of_two($f, a, x));
            pub const KERNEL: Kept = kernel;
        }
    )+ };
}
kernels! {
    gamma_lower = incomplete::lower;
    gamma_upper = incomplete::upper;
    igamma_slope = incomplete::slope;
    zeta_slope = hurwitz::slope;
}

/// `P(a, x)`.
pub static LOWER: Op = inner(
    "gamma_lower",
    gamma_lower::KERNEL,
    "igamma_f32(x, y)",
    |c, i, t| mul(t, incomplete_slope(c, i)?),
);

/// `Q(a, x)`.
pub static UPPER: Op = inner(
    "gamma_upper",
    gamma_upper::KERNEL,
    "igammac_f32(x, y)",
    |c, i, t| neg(mul(t, incomplete_slope(c, i)?)?),
);

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "igamma",
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        doc: "The regularised lower incomplete gamma function `P(a, x)`: the integral of `t^(a-1) e^-t / gamma(a)` from 0 to \
              x, with a in `input` and x in `other`. NaN where either is negative. It has one derivative by a, and any by \
              x.\n\n>>> ravine.igamma(ravine.tensor([1.0, 4.0]), ravine.tensor([1.0, 2.0]))\ntensor([0.6321, 0.1429])\n",
        places: Places::BOTH,
        effect: Twin,
        call: |a| {
            Ok(apply(
                &LOWER,
                Rule::Float,
                smallvec![a.tensor(0)?.into(), a.tensor(1)?.into()],
            )?
            .into())
        },
    },
    Function {
        name: "igammac",
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        doc: "The regularised upper incomplete gamma function `1 - igamma(input, other)`, exact also where that is nearly \
              1.\n\n>>> ravine.igammac(ravine.tensor([1.0, 4.0]), ravine.tensor([1.0, 2.0]))\ntensor([0.3679, 0.8571])\n",
        places: Places::BOTH,
        effect: Twin,
        call: |a| {
            Ok(apply(
                &UPPER,
                Rule::Float,
                smallvec![a.tensor(0)?.into(), a.tensor(1)?.into()],
            )?
            .into())
        },
    },
];

/// The derivative of `P(a, x)` by input `i`.
fn incomplete_slope(c: &crate::op::Call, i: usize) -> Result<Tensor> {
    match i {
        0 => apply(
            &IGAMMA_SLOPE,
            Rule::Float,
            smallvec![c.inputs[0].clone(), c.inputs[1].clone()],
        ),
        _ => density(&c.inputs[0], &c.inputs[1]),
    }
}

/// `x^(a-1) e^-x / gamma(a)`.
fn density(a: &Arg, x: &Arg) -> Result<Tensor> {
    // Near 0 as a power, whose derivatives have their limits at 0; beyond, where powers leave the range, by logarithms. Far
    // out it vanishes before its parts are infinite.
    let near = lt(x, 1.0)?;
    let low = r#where(&near, x, 0.5)?;
    let high = r#where(&near, 2.0, minimum(x, 1e30)?)?;
    let (power, scale) = (sub(a, 1.0)?, lgamma(a)?);
    let small = mul(pow(&low, &power)?, exp(neg(add(&low, &scale)?)?)?)?;
    let large = exp(sub(sub(mul(&power, log(&high)?)?, &high)?, scale)?)?;
    r#where(near, small, large)
}

/// `s + 1`, of a number a number.
fn after(s: &Arg) -> Result<Arg> {
    Ok(match s {
        Arg::Scalar(s) => Arg::from(s.as_f64() + 1.0),
        Arg::Tensor(s) => Arg::from(add(s, 1.0)?),
    })
}

/// The derivative of `zeta` by its first argument.
pub static ZETA_SLOPE: Op = inner(
    "zeta_slope",
    zeta_slope::KERNEL,
    "zeta_slope_f32(x, y)",
    |c, i, t| {
        if i == 0 {
            return no_slope("zeta");
        }
        // -s zeta(s + 1, q) by s.
        let (s, q) = (&c.inputs[0], &c.inputs[1]);
        let next = after(s)?;
        let slope = apply(&ZETA_SLOPE, Rule::Float, smallvec![next.clone(), q.clone()])?;
        neg(mul(t, add(zeta(next, q)?, mul(slope, s)?)?)?)
    },
);

/// The derivative of `igamma` by its first argument.
pub static IGAMMA_SLOPE: Op = inner(
    "igamma_slope",
    igamma_slope::KERNEL,
    "igamma_slope_f32(x, y)",
    |c, i, t| {
        if i == 0 {
            return no_slope("igamma");
        }
        // The derivative of the density by a.
        let (a, x) = (&c.inputs[0], &c.inputs[1]);
        mul(t, mul(density(a, x)?, sub(log(x)?, digamma(a)?)?)?)
    },
);
