//! Exponentials, logarithms and hyperbolic functions.

use crate::cpu::vmath::functions as f;
use crate::function::Effect::{Pure, Twin};
use crate::op::Accuracy::{Sum, Ulp};
use crate::ops::elementwise::activation::sigmoid;
use crate::ops::elementwise::arithmetic::{abs, add, div, mul, rsqrt, square, sub};
use crate::ops::elementwise::compare::{eq, logical_and};
use crate::ops::elementwise::limits::vanishing;
use crate::ops::elementwise::select::r#where;
use std::f64::consts::{LN_2, LN_10};

elementwise! {
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

    /// Hyperbolic tangent.
    ///
    /// >>> ravine.tanh(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 0.7616])
    tanh(x): Float, float {
        cpu: x.tanh(),
        wgsl: "tanh_f32(x)",
        derivative: (|c, _i, t| mul(t, sub(1.0, mul(&c.outputs[0], &c.outputs[0])?)?)),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.tanh(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(2.0),
        domain: (-5.0, 5.0),
    }

    /// `e^x - 1`, accurate also near 0.
    ///
    /// >>> ravine.expm1(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 1.7183])
    expm1(x): Float, float {
        cpu: x.expm1(),
        wgsl: "expm1_f32(x)",
        derivative: (|c, _i, t| mul(t, add(&c.outputs[0], 1.0)?)),
        places: Places::BOTH.and(Places::SPECIAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.expm1(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(2.0),
        domain: (-5.0, 5.0),
    }

    /// `log(1 + x)`, accurate also near 0; NaN below -1.
    ///
    /// >>> ravine.log1p(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 0.6931])
    log1p(x): Float, float {
        cpu: x.log1p(),
        wgsl: "log1p_f32(x)",
        derivative: (|c, _i, t| div(t, add(&c.inputs[0], 1.0)?)),
        places: Places::BOTH.and(Places::SPECIAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.log1p(input)",
        samples: &["f(2, 3)", "i(4, low=0)"],
        accuracy: Ulp(2.0),
        domain: (-0.9, 10.0),
    }

    /// `2^x`.
    ///
    /// >>> ravine.exp2(ravine.tensor([3.0, 0.5]))
    /// tensor([8.0000, 1.4142])
    exp2(x): Float, float {
        cpu: f::exp2(x),
        wgsl: "exp2_f32(x)",
        derivative: (|c, _i, t| mul(t, mul(&c.outputs[0], LN_2)?)),
        places: Places::BOTH.and(Places::SPECIAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.exp2(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(1.0),
        domain: (-10.0, 10.0),
    }

    /// Logarithm to the base 2; NaN below 0, -inf at 0.
    ///
    /// >>> ravine.log2(ravine.tensor([8.0, 0.5]))
    /// tensor([ 3., -1.])
    log2(x): Float, float {
        cpu: x.log2(),
        wgsl: "log2_f32(x)",
        derivative: (|c, _i, t| div(t, mul(&c.inputs[0], LN_2)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.log2(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(2.0),
        domain: (0.01, 100.0),
    }

    /// Logarithm to the base 10; NaN below 0, -inf at 0.
    ///
    /// >>> ravine.log10(ravine.tensor([100.0, 0.1]))
    /// tensor([ 2., -1.])
    log10(x): Float, float {
        cpu: f::log10(x),
        wgsl: "log10_f32(x)",
        derivative: (|c, _i, t| div(t, mul(&c.inputs[0], LN_10)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.log10(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(2.0),
        domain: (0.01, 100.0),
    }

    /// Hyperbolic sine `(e^x - e^-x) / 2`.
    ///
    /// >>> ravine.sinh(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 1.1752])
    sinh(x): Float, float {
        cpu: f::sinh(x),
        wgsl: "sinh_f32(x)",
        derivative: (|c, _i, t| mul(t, cosh(&c.inputs[0])?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.sinh(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(2.0),
        domain: (-5.0, 5.0),
    }

    /// Hyperbolic cosine `(e^x + e^-x) / 2`.
    ///
    /// >>> ravine.cosh(ravine.tensor([0.0, 1.0]))
    /// tensor([1.0000, 1.5431])
    cosh(x): Float, float {
        cpu: f::cosh(x),
        wgsl: "cosh_f32(x)",
        derivative: (|c, _i, t| mul(t, sinh(&c.inputs[0])?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.cosh(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(2.0),
        domain: (-5.0, 5.0),
    }

    /// The number whose hyperbolic sine is x.
    ///
    /// >>> ravine.asinh(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 0.8814])
    asinh(x): Float, float {
        cpu: f::asinh(x),
        wgsl: "asinh_f32(x)",
        derivative: (|c, _i, t| mul(t, vanishing(&c.inputs[0], |x| rsqrt(add(square(x)?, 1.0)?))?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.arcsinh(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(3.0),
        domain: (-10.0, 10.0),
    }

    /// The number of at least 0 whose hyperbolic cosine is x; NaN below 1.
    ///
    /// >>> ravine.acosh(ravine.tensor([1.0, 2.0]))
    /// tensor([0.0000, 1.3170])
    acosh(x): Float, float {
        cpu: f::acosh(x),
        wgsl: "acosh_f32(x)",
        derivative: (|c, _i, t| {
            // x^2 - 1 as a product loses nothing near 1.
            mul(t, vanishing(&c.inputs[0], |x| mul(rsqrt(sub(&x, 1.0)?)?, rsqrt(add(&x, 1.0)?)?))?)
        }),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.arccosh(input)",
        samples: &["f(2, 3)", "i(4, low=2)"],
        accuracy: Ulp(3.0),
        domain: (1.5, 10.0),
    }

    /// The number whose hyperbolic tangent is x; NaN outside [-1, 1].
    ///
    /// >>> ravine.atanh(ravine.tensor([0.0, 0.5]))
    /// tensor([0.0000, 0.5493])
    atanh(x): Float, float {
        cpu: f::atanh(x),
        wgsl: "atanh_f32(x)",
        derivative: (|c, _i, t| div(t, sub(1.0, square(&c.inputs[0])?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.arctanh(input)",
        samples: &["f(2, 3)", "i(4, low=0, high=1)"],
        accuracy: Ulp(3.0),
        domain: (-0.9, 0.9),
    }

    /// `log(e^x + e^y)`, without overflow.
    ///
    /// >>> ravine.logaddexp(ravine.tensor([1000.0]), ravine.tensor([1000.0]))
    /// tensor([1000.6932])
    logaddexp(x, y): Float, float {
        cpu: {
            let (top, low) = if x > y { (x, y) } else { (y, x) };
            // Two equal infinities have no distance.
            let gap = if x == y { T::ZERO } else { low - top };
            top + T::log1p(T::exp(gap))
        },
        wgsl: "logaddexp_f32(x, y)",
        derivative: (|c, i, t| {
            let (own, other) = (&c.inputs[i], &c.inputs[1 - i]);
            let infinite = logical_and(eq(own, other)?, eq(abs(own)?, f64::INFINITY)?)?;
            mul(t, sigmoid(r#where(infinite, 0.0, sub(own, other)?)?)?)
        }),
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.logaddexp(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(), f(4)", "f(0), f(0)"],
        accuracy: Sum(1.0),
        domain: (-10.0, 10.0),
    }
}
