//! Elementwise functions of one operand.

use super::binary::{add, div, eq, le, maximum, minimum, mul, sub};
use super::select::r#where;
use crate::function::Effect::{Pure, Twin};
use crate::op::Accuracy::{Exact, Ulp};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// `1 / sqrt(2 pi)`, the height of the normal density.
const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

elementwise! {
    /// Negation `-x`.
    ///
    /// >>> ravine.neg(ravine.tensor([1.0, -2.0]))
    /// tensor([-1.,  2.])
    neg(x): Number, number {
        cpu: x.negate(),
        wgsl: "neg_{T}(x)",
        derivative: (|_c, _i, t| neg(t)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "-input",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// A copy of its own, through which gradients flow.
    ///
    /// >>> x = ravine.tensor([1.0, 2.0])
    /// >>> y = x.clone()
    /// >>> y[0] = 5.0
    /// >>> x
    /// tensor([1., 2.])
    clone(x): Same, number {
        cpu: x,
        wgsl: "x",
        derivative: (|_c, _i, t| Ok(t.clone())),
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.array(input)",
        samples: &["f(2, 3)", "i(4)", "b(3)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// Absolute value `|x|`; its derivative at 0 is 0.
    ///
    /// >>> ravine.abs(ravine.tensor([1.0, -2.0]))
    /// tensor([1., 2.])
    abs(x): Same, number {
        cpu: x.magnitude(),
        wgsl: "abs(x)",
        derivative: (|c, _i, t| mul(t, sign(&c.inputs[0])?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.abs(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// The sign: -1, 0 or 1 (NaN stays NaN); its derivative is 0.
    ///
    /// >>> ravine.sign(ravine.tensor([3.0, 0.0, -2.0]))
    /// tensor([ 1.,  0., -1.])
    sign(x): Same, number {
        cpu: if x > T::ZERO { T::ONE } else if x < T::ZERO { T::ONE.negate() } else { x.magnitude() },
        wgsl: "sign_{T}(x)",
        derivative: zero,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.sign(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// Exponential `e^x`.
    ///
    /// >>> ravine.exp(ravine.tensor([0.0, 1.0]))
    /// tensor([1.0000, 2.7183])
    exp(x): Float, float {
        cpu: x.exp(),
        wgsl: "exp_f32(x)",
        derivative: (|c, _i, t| mul(t, &c.outputs[0])),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.exp(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(1.0),
        domain: (-20.0, 20.0),
    }

    /// Natural logarithm; NaN below 0, -inf at 0.
    ///
    /// >>> ravine.log(ravine.tensor([1.0, 10.0]))
    /// tensor([0.0000, 2.3026])
    log(x): Float, float {
        cpu: x.log(),
        wgsl: "log_f32(x)",
        derivative: (|c, _i, t| div(t, &c.inputs[0])),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.log(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(1.0),
        domain: (0.01, 100.0),
    }

    /// Square root; NaN below 0.
    ///
    /// >>> ravine.sqrt(ravine.tensor([4.0, 2.0]))
    /// tensor([2.0000, 1.4142])
    sqrt(x): Float, float {
        cpu: x.sqrt(),
        wgsl: "sqrt(x)",
        derivative: (|c, _i, t| div(t, mul(&c.outputs[0], 2.0)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.sqrt(input)",
        samples: &["f(2, 3)", "i(4, low=0)"],
        accuracy: Exact,
        domain: (0.01, 100.0),
    }

    /// Reciprocal square root `1 / sqrt(x)`.
    ///
    /// >>> ravine.rsqrt(ravine.tensor([4.0, 0.25]))
    /// tensor([0.5000, 2.0000])
    rsqrt(x): Float, float {
        cpu: x.rsqrt(),
        wgsl: "inverseSqrt(x)",
        derivative: (|c, _i, t| mul(t, mul(mul(&c.outputs[0], -0.5)?, div(1.0, &c.inputs[0])?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "1 / np.sqrt(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(2.0),
        domain: (0.01, 100.0),
    }

    /// Sine of an angle in radians.
    ///
    /// >>> ravine.sin(ravine.tensor([0.0, 1.5707963]))
    /// tensor([0., 1.])
    sin(x): Float, float {
        cpu: x.sin(),
        wgsl: "sin(x)",
        derivative: (|c, _i, t| mul(t, cos(&c.inputs[0])?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.sin(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(1.0),
        domain: (-20.0, 20.0),
    }

    /// Cosine of an angle in radians.
    ///
    /// >>> ravine.cos(ravine.tensor([0.0, 3.1415927]))
    /// tensor([ 1., -1.])
    cos(x): Float, float {
        cpu: x.cos(),
        wgsl: "cos(x)",
        derivative: (|c, _i, t| neg(mul(t, sin(&c.inputs[0])?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.cos(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(1.0),
        domain: (-20.0, 20.0),
    }

    /// Hyperbolic tangent.
    ///
    /// >>> ravine.tanh(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 0.7616])
    tanh(x): Float, float {
        cpu: x.tanh(),
        wgsl: "tanh_f32(x)",
        derivative: (|c, _i, t| mul(t, sub(1.0, mul(&c.outputs[0], &c.outputs[0])?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.tanh(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(2.0),
        domain: (-5.0, 5.0),
    }

    /// Logistic function `1 / (1 + e^-x)`.
    ///
    /// >>> ravine.sigmoid(ravine.tensor([0.0, 2.0]))
    /// tensor([0.5000, 0.8808])
    sigmoid(x): Float, float {
        cpu: x.sigmoid(),
        wgsl: "sigmoid_f32(x)",
        derivative: (|c, _i, t| mul(t, mul(&c.outputs[0], sub(1.0, &c.outputs[0])?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "scipy.special.expit(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(2.0), // 1.97 over every float32
        domain: (-8.0, 8.0),
    }

    /// Rectifier `max(x, 0)`; its derivative at 0 is 0. NaN stays NaN.
    ///
    /// >>> ravine.relu(ravine.tensor([-1.0, 2.0]))
    /// tensor([0., 2.])
    relu(x): Number, number {
        cpu: if x <= T::ZERO { T::ZERO } else { x },
        wgsl: "maximum_{T}(x, {T}(0))",
        derivative: (|c, _i, t| r#where(le(&c.outputs[0], 0.0)?, 0.0, t)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.maximum(input, 0)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// Gaussian error linear unit `x Phi(x)` with the exact normal distribution function
    /// (Hendrycks and Gimpel, 2016).
    ///
    /// >>> ravine.gelu(ravine.tensor([-1.0, 0.0, 1.0]))
    /// tensor([-0.1587,  0.0000,  0.8413])
    gelu(x): Float, float {
        cpu: x.gelu(),
        wgsl: "gelu_f32(x)",
        derivative: (|c, _i, t| {
            let x = bounded(&c.inputs[0], 64.0)?;
            // Phi(x) + x phi(x)
            let distribution = mul(add(erf(mul(&x, FRAC_1_SQRT_2)?)?, 1.0)?, 0.5)?;
            let density = mul(exp(mul(mul(&x, &x)?, -0.5)?)?, FRAC_1_SQRT_2PI)?;
            mul(t, add(distribution, mul(&x, density)?)?)
        }),
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.where(np.isneginf(input), -0.0, input * scipy.special.ndtr(input))",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(4.0),
        domain: (-5.0, 5.0),
    }

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
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "scipy.special.erf(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(2.0),
        domain: (-3.0, 3.0),
    }

    /// The largest integer not above x; its derivative is 0. Integers stay as they are.
    ///
    /// >>> ravine.floor(ravine.tensor([1.5, -1.5]))
    /// tensor([ 1., -2.])
    floor(x): Number, number {
        cpu: x.round_down(),
        wgsl: "floor_{T}(x)",
        derivative: zero,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.floor(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// The nearest integer, ties to even; its derivative is 0. Integers stay as they are.
    ///
    /// >>> ravine.round(ravine.tensor([0.5, 1.5, -1.2]))
    /// tensor([ 0.,  2., -1.])
    round(x): Number, number {
        cpu: x.round_to_nearest(),
        wgsl: "round_{T}(x)",
        derivative: zero,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.round(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// Logical negation; numbers count as true when they are not 0.
    ///
    /// >>> ravine.logical_not(ravine.tensor([True, False]))
    /// tensor([False,  True])
    logical_not(x): Logic, logic {
        cpu: x == 0,
        wgsl: "!x",
        derivative: constant,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.logical_not(input)",
        samples: &["b(2, 3)", "f(4)", "i(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Whether an element is NaN.
    ///
    /// >>> ravine.isnan(ravine.tensor([1.0, float("nan")]))
    /// tensor([False,  True])
    isnan(x): Compare, compare {
        cpu: x.is_nan(),
        wgsl: "isnan_{T}(x)",
        derivative: constant,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.isnan(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }
}

/// At most `most` away from 0: for derivatives that have come to their limits there, and meet `inf * 0` at infinity.
pub fn bounded(x: &crate::graph::Arg, most: f64) -> crate::error::Result<crate::graph::Tensor> {
    maximum(minimum(x, most)?, -most)
}

/// A slope of x that is 0 at infinity, where its formula meets `inf * 0`.
pub fn vanishing(
    x: &crate::graph::Arg,
    slope: impl FnOnce(crate::graph::Tensor) -> crate::error::Result<crate::graph::Tensor>,
) -> crate::error::Result<crate::graph::Tensor> {
    let infinite = eq(abs(x)?, f64::INFINITY)?;
    r#where(&infinite, 0.0, slope(r#where(&infinite, 2.0, x)?)?)
}

/// The square root where the derivative at 0, an infinite one, is taken to be 0.
pub fn root(x: &crate::graph::Tensor) -> crate::error::Result<crate::graph::Tensor> {
    let zero = is_zero(x)?;
    r#where(&zero, 0.0, sqrt(r#where(&zero, 1.0, x)?)?)
}

/// Whether an element equals 0, for derivatives that are 0 there.
pub fn is_zero(x: impl Into<crate::graph::Arg>) -> crate::error::Result<crate::graph::Tensor> {
    eq(x, 0.0)
}
