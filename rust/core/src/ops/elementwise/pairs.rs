//! Extrema that pass over NaN, and common divisors.

use crate::cpu::number::{gcd as divisor, lcm as multiple};
use crate::function::Effect::{Pure, Twin};
use crate::op::Accuracy::{Exact, Sum};
use crate::ops::elementwise::activation::sigmoid;
use crate::ops::elementwise::arithmetic::{abs, mul, sub};
use crate::ops::elementwise::compare::{eq, ge, isnan, le, logical_and, logical_or};
use crate::ops::elementwise::select::r#where;
use std::f64::consts::LN_2;

elementwise! {
    /// The larger of two elements; NaN only if both are. The first of equal elements takes the gradient.
    ///
    /// >>> ravine.fmax(ravine.tensor([1.0, float("nan")]), ravine.tensor([2.0, 4.0]))
    /// tensor([2., 4.])
    fmax(x, y): Pick, number {
        cpu: if x.is_nan() { y } else if y.is_nan() { x } else { x.maximum(y) },
        wgsl: "fmax_{T}(x, y)",
        derivative: (|c, i, t| {
            let (x, y) = (&c.inputs[0], &c.inputs[1]);
            let first = logical_or(ge(x, y)?, isnan(y)?)?;
            if i == 0 { r#where(first, t, 0.0) } else { r#where(first, 0.0, t) }
        }),
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.fmax(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// The smaller of two elements; NaN only if both are. The first of equal elements takes the gradient.
    ///
    /// >>> ravine.fmin(ravine.tensor([1.0, float("nan")]), ravine.tensor([2.0, 4.0]))
    /// tensor([1., 4.])
    fmin(x, y): Pick, number {
        cpu: if x.is_nan() { y } else if y.is_nan() { x } else { x.minimum(y) },
        wgsl: "fmin_{T}(x, y)",
        derivative: (|c, i, t| {
            let (x, y) = (&c.inputs[0], &c.inputs[1]);
            let first = logical_or(le(x, y)?, isnan(y)?)?;
            if i == 0 { r#where(first, t, 0.0) } else { r#where(first, 0.0, t) }
        }),
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.fmin(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// The greatest common divisor of integers, 0 of two zeros.
    ///
    /// >>> ravine.gcd(ravine.tensor([12, -9]), ravine.tensor([18, 0]))
    /// tensor([6, 9])
    gcd(x, y): Integer, integer {
        cpu: divisor(x, y),
        wgsl: "gcd_{T}(x, y)",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.gcd(input, other)",
        samples: &["i(2, 3), i(2, 3)", "i(2, 3, low=-50, high=50), i(3)", "i(0), i(0)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// The least common multiple of integers, 0 where either is; wraps where the dtype does not hold it.
    ///
    /// >>> ravine.lcm(ravine.tensor([4, 3]), ravine.tensor([6, 0]))
    /// tensor([12,  0])
    lcm(x, y): Integer, integer {
        cpu: multiple(x, y),
        wgsl: "lcm_{T}(x, y)",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.lcm(input, other)",
        samples: &["i(2, 3), i(2, 3)", "i(2, 3, low=-9, high=9), i(3)", "i(0), i(0)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// `log2(2^x + 2^y)`, without overflow.
    ///
    /// >>> ravine.logaddexp2(ravine.tensor([1000.0]), ravine.tensor([1000.0]))
    /// tensor([1001.])
    logaddexp2(x, y): Float, float {
        cpu: {
            let (top, low) = if x > y { (x, y) } else { (y, x) };
            // Two equal infinities have no distance.
            let gap = if x == y { T::ZERO } else { low - top };
            top + T::log1p(crate::cpu::vmath::functions::exp2(gap)) / T::from_f64(LN_2)
        },
        wgsl: "logaddexp2_f32(x, y)",
        derivative: (|c, i, t| {
            let (own, other) = (&c.inputs[i], &c.inputs[1 - i]);
            let infinite = logical_and(eq(own, other)?, eq(abs(own)?, f64::INFINITY)?)?;
            mul(t, sigmoid(mul(r#where(infinite, 0.0, sub(own, other)?)?, LN_2)?)?)
        }),
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.logaddexp2(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(), f(4)", "f(0), f(0)"],
        accuracy: Sum(1.0),
        domain: (-10.0, 10.0),
    }
}
