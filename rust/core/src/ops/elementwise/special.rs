//! Special functions: integrals of the normal density and their inverses.

use crate::cpu::vmath::functions as f;
use crate::cpu::vmath::special::{normal, of_one};
use crate::function::Effect::{Pure, Twin};
use crate::op::Accuracy::Ulp;
use crate::ops::elementwise::arithmetic::{add, div, mul, neg, square, sub};
use crate::ops::elementwise::compare::{gt, lt};
use crate::ops::elementwise::exponential::exp;
use crate::ops::elementwise::limits::bounded;
use crate::ops::elementwise::select::r#where;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// The normal density at 0, `1 / sqrt(2 pi)`.
const DENSITY: f64 = 0.398_942_280_401_432_7;
/// From where on the series of erfcx's slope has all digits.
const FAR: f64 = 100.0;

elementwise! {
    /// Error function `2/sqrt(pi)` times the integral of `e^-t^2` from 0 to x.
    ///
    /// >>> ravine.erf(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 0.8427])
    erf(x): Float, float {
        cpu: x.erf(),
        wgsl: "erf_f32(x)",
        derivative: (|c, _i, t| {
            let x = bounded(&c.inputs[0], 64.0)?;
            mul(t, mul(exp(neg(mul(&x, &x)?)?)?, FRAC_2_SQRT_PI)?)
        }),
        places: Places::BOTH.and(Places::SPECIAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "scipy.special.erf(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(2.0),
        domain: (-3.0, 3.0),
    }

    /// The complement of the error function, `1 - erf(x)`, accurate also where it is small.
    ///
    /// >>> ravine.erfc(ravine.tensor([0.0, 1.0]))
    /// tensor([1.0000, 0.1573])
    erfc(x): Float, float {
        cpu: f::erfc(x),
        wgsl: "erfc_f32(x)",
        derivative: (|c, _i, t| {
            let x = bounded(&c.inputs[0], 64.0)?;
            mul(t, mul(exp(mul(square(x)?, -1.0)?)?, -std::f64::consts::FRAC_2_SQRT_PI)?)
        }),
        places: Places::BOTH.and(Places::SPECIAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "scipy.special.erfc(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(3.0),
        domain: (-3.0, 3.0),
    }

    /// The inverse of `erf`: infinite at -1 and 1, NaN outside of them.
    ///
    /// >>> ravine.erfinv(ravine.tensor([0.0, 0.5]))
    /// tensor([0.0000, 0.4769])
    erfinv(x): Float, float {
        cpu: of_one(normal::erfinv, x),
        wgsl: "erfinv_f32(x)",
        derivative: (|c, _i, t| mul(t, mul(exp(square(&c.outputs[0])?)?, 1.0 / FRAC_2_SQRT_PI)?)),
        places: Places::BOTH.and(Places::SPECIAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "erfinv(input)",
        samples: &["f(2, 3)", "i(4, low=0, high=1)"],
        accuracy: Ulp(4.0),
        domain: (-0.95, 0.95),
    }

    /// The complement of the error function scaled by what it decays with, `e^(x^2) erfc(x)`.
    ///
    /// >>> ravine.special.erfcx(ravine.tensor([0.0, 30.0]))
    /// tensor([1.0000, 0.0188])
    erfcx(x): Float, float {
        cpu: of_one(normal::erfcx, x),
        wgsl: "erfcx_f32(x)",
        derivative: (|c, _i, t| {
            // 2 x erfcx(x) - 2/sqrt(pi), whose parts cancel far above 0: there by its series in 1/x^2, whose next term is
            // below the rounding.
            let x = &c.inputs[0];
            let far = gt(x, FAR)?;
            let near = sub(mul(mul(r#where(&far, 0.0, x)?, 2.0)?, &c.outputs[0])?, FRAC_2_SQRT_PI)?;
            let v = square(div(1.0, r#where(&far, x, FAR)?)?)?;
            let mut tail = mul(&v, -105.0 / 16.0)?;
            for coefficient in [15.0 / 8.0, -0.75, 0.5] {
                tail = mul(add(tail, coefficient)?, &v)?;
            }
            mul(t, r#where(far, mul(tail, -FRAC_2_SQRT_PI)?, near)?)
        }),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.erfcx(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(8.0),
        domain: (-3.0, 10.0),
    }

    /// The normal distribution function: the integral of `e^(-t^2/2) / sqrt(2 pi)` up to x.
    ///
    /// >>> ravine.special.ndtr(ravine.tensor([-2.0, 0.0]))
    /// tensor([0.0228, 0.5000])
    ndtr(x): Float, float {
        cpu: of_one(normal::ndtr, x),
        wgsl: "ndtr_f32(x)",
        derivative: (|c, _i, t| {
            let x = bounded(&c.inputs[0], 64.0)?;
            mul(t, mul(exp(mul(square(x)?, -0.5)?)?, DENSITY)?)
        }),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.ndtr(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(8.0),
        domain: (-4.0, 4.0),
    }

    /// The logarithm of `ndtr(x)`, exact also where that vanishes or comes near 1.
    ///
    /// >>> ravine.special.log_ndtr(ravine.tensor([-10.0, 0.0]))
    /// tensor([-53.2313,  -0.6931])
    log_ndtr(x): Float, float {
        cpu: of_one(normal::log_ndtr, x),
        wgsl: "log_ndtr_f32(x)",
        derivative: (|c, _i, t| {
            // The density over the distribution function, which comes to -x.
            let x = &c.inputs[0];
            let far = lt(x, -1e8)?;
            let scaled = erfcx(mul(r#where(&far, 0.0, x)?, -FRAC_1_SQRT_2)?)?;
            mul(t, r#where(far, neg(x)?, div(2.0 * DENSITY, scaled)?)?)
        }),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.log_ndtr(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(8.0),
        domain: (-8.0, 3.0),
    }

    /// The inverse of `ndtr`: infinite at 0 and 1, NaN outside of them.
    ///
    /// >>> ravine.special.ndtri(ravine.tensor([0.5, 0.975]))
    /// tensor([0.0000, 1.9600])
    ndtri(x): Float, float {
        cpu: of_one(normal::ndtri, x),
        wgsl: "ndtri_f32(x)",
        derivative: (|c, _i, t| mul(t, mul(exp(mul(square(&c.outputs[0])?, 0.5)?)?, 1.0 / DENSITY)?)),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.ndtri(input)",
        samples: &["f(2, 3)", "f()"],
        accuracy: Ulp(4.0),
        domain: (0.01, 0.45),
    }
}
