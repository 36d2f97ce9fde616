//! Special functions: integrals of the normal density.

use crate::cpu::vmath::functions as f;
use crate::function::Effect::Twin;
use crate::op::Accuracy::Ulp;
use crate::ops::elementwise::arithmetic::{mul, neg, square};
use crate::ops::elementwise::exponential::exp;
use crate::ops::elementwise::limits::bounded;
use std::f64::consts::FRAC_2_SQRT_PI;

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
}
