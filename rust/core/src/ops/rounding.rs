//! Rounding, parts of numbers, and small powers.

use super::binary::{div, mul};
use super::create::zeros_like;
use super::unary::{neg, sign};
use crate::function::Effect::{Pure, Twin};
use crate::graph::Arg;
use crate::op::Accuracy::Exact;

elementwise! {
    /// The smallest integer not below x; its derivative is 0. Integers stay as they are.
    ///
    /// >>> ravine.ceil(ravine.tensor([1.5, -1.5]))
    /// tensor([ 2., -1.])
    ceil(x): Number, number {
        cpu: x.round_up(),
        wgsl: "ceil_{T}(x)",
        derivative: zero,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.ceil(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// The integer part: rounded towards 0; its derivative is 0. Integers stay as they are.
    ///
    /// >>> ravine.trunc(ravine.tensor([1.5, -1.5]))
    /// tensor([ 1., -1.])
    trunc(x): Number, number {
        cpu: x.round_to_zero(),
        wgsl: "trunc_{T}(x)",
        derivative: zero,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.trunc(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// `1 / x`.
    ///
    /// >>> ravine.reciprocal(ravine.tensor([2.0, -0.5]))
    /// tensor([ 0.5000, -2.0000])
    reciprocal(x): Float, float {
        cpu: T::ONE / x,
        wgsl: "1.0 / x",
        derivative: (|c, _i, t| neg(mul(t, mul(&c.outputs[0], &c.outputs[0])?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "1 / input",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Exact,
        domain: (0.1, 10.0),
    }

    /// `x * x`.
    ///
    /// >>> ravine.square(ravine.tensor([2.0, -3.0]))
    /// tensor([4., 9.])
    square(x): Number, number {
        cpu: x.mul(x),
        wgsl: "x * x",
        derivative: (|c, _i, t| mul(t, mul(&c.inputs[0], 2.0)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.square(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// Remainder with the sign of the dividend, as C's `fmod`. An integer by 0 leaves 0.
    ///
    /// >>> ravine.fmod(ravine.tensor([5.0, -5.0]), 3)
    /// tensor([ 2., -2.])
    fmod(x, y): Number, number {
        cpu: x.rest(y),
        wgsl: none,
        derivative: (|c, i, t| {
            // x - y trunc(x / y)
            if i == 0 { Ok(t.clone()) } else { neg(mul(t, trunc(div(&c.inputs[0], &c.inputs[1])?)?)?) }
        }),
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.fmod(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), 1.5", "i(4), i(4, low=1)"],
        accuracy: Exact,
        domain: (0.3, 10.0),
    }

    /// The magnitude of x with the sign of y; the derivative by y is 0.
    ///
    /// >>> ravine.copysign(ravine.tensor([1.0, -2.0]), -1.0)
    /// tensor([-1., -2.])
    copysign(x, y): Float, float {
        cpu: x.copysign(y),
        wgsl: none,
        derivative: (|c, i, t| {
            if i == 1 {
                return zeros_like(t);
            }
            // Of numbers alone, an op would make a float32.
            let side = match &c.inputs[1] {
                Arg::Scalar(y) => Arg::from(1f64.copysign(y.as_f64())),
                y => Arg::from(copysign(1.0, y)?),
            };
            mul(t, mul(sign(&c.inputs[0])?, side)?)
        }),
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.copysign(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(3), -1.5", "i(4), f(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// Exclusive or of truth; numbers count as true when they are not 0.
    ///
    /// >>> ravine.logical_xor(ravine.tensor([True, True]), ravine.tensor([True, False]))
    /// tensor([False,  True])
    logical_xor(x, y): Logic, logic {
        cpu: (x != 0) ^ (y != 0),
        wgsl: "x ^ y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Pure,
        reference: "np.logical_xor(input, other)",
        samples: &["b(2, 3), b(2, 3)", "f(4), b(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }
}
