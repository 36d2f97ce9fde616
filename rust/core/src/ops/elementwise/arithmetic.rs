//! Arithmetic of one and of two operands.

use crate::function::Effect::{Pure, Twin};
use crate::graph::Arg;
use crate::op::Accuracy::{Exact, Ulp};
use crate::ops::create::zeros_like;
use crate::ops::elementwise::compare::{eq, ge, gt, logical_and, logical_not, logical_or, lt};
use crate::ops::elementwise::exponential::log;
use crate::ops::elementwise::limits::is_zero;
use crate::ops::elementwise::options;
use crate::ops::elementwise::rounding::{floor, trunc};
use crate::ops::elementwise::select::r#where;

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

    /// Sum `x + alpha y`. Booleans add up as `or`.
    ///
    /// >>> ravine.add(ravine.tensor([1.0, 2.0]), 10)
    /// tensor([11., 12.])
    add(x, y): Same, number {
        cpu: x.add(y),
        wgsl: "x + y",
        derivative: (|_c, _i, t| Ok(t.clone())),
        call: options::add,
        signature: "(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor",
        effect: Twin,
        reference: "np.add(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(2, 1), f(1, 3)", "f(3), 2.5", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// Difference `x - alpha y`.
    ///
    /// >>> ravine.sub(ravine.tensor([1.0, 2.0]), 1)
    /// tensor([0., 1.])
    sub(x, y): Number, number {
        cpu: x.sub(y),
        wgsl: "x - y",
        derivative: (|_c, i, t| if i == 0 { Ok(t.clone()) } else { neg(t) }),
        call: options::sub,
        signature: "(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor",
        effect: Twin,
        reference: "np.subtract(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(3), 2.5", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// Product `x * y`. Booleans multiply as `and`.
    ///
    /// >>> ravine.mul(ravine.tensor([1.0, 2.0]), 3)
    /// tensor([3., 6.])
    mul(x, y): Same, number {
        cpu: x.mul(y),
        wgsl: "x * y",
        derivative: (|c, i, t| mul(t, &c.inputs[1 - i])),
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.multiply(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(2, 1), f(1, 3)", "f(3), 2.5", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// True quotient `x / y`; integers become float32. With `rounding_mode` "floor" as `floor_divide`, with "trunc"
    /// rounded towards 0: then integers stay integers, and the derivative is 0.
    ///
    /// >>> ravine.div(ravine.tensor([1, 2]), 2)
    /// tensor([0.5000, 1.0000])
    div(x, y): Float, float {
        cpu: x / y,
        wgsl: "x / y",
        derivative: (|c, i, t| {
            let share = div(t, &c.inputs[1])?;
            if i == 0 { Ok(share) } else { neg(mul(share, &c.outputs[0])?) }
        }),
        call: options::div,
        signature: "(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor",
        effect: Twin,
        reference: "np.true_divide(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(3), 2.5", "i(4), i(4, low=1)"],
        accuracy: Exact,
        domain: (0.1, 10.0),
    }

    /// Power `x ** y`. Integers to powers of negative elements round towards 0; a negative number as their exponent
    /// raises.
    ///
    /// >>> ravine.pow(ravine.tensor([2.0, 3.0]), 3)
    /// tensor([ 8., 27.])
    pow(x, y): Power, number {
        cpu: x.power(y),
        wgsl: "pow_{T}(x, y)",
        derivative: (|c, i, t| {
            let (x, y) = (&c.inputs[0], &c.inputs[1]);
            if i == 0 {
                // y x^(y-1); of numbers alone, an op would make a float32.
                return match y {
                    Arg::Scalar(y) if y.as_f64() == 0.0 => zeros_like(t),
                    Arg::Scalar(lower) => mul(t, mul(pow(x, lower.as_f64() - 1.0)?, y)?),
                    y => {
                        // 0 where y is 0 also at 0 and at infinity. Elsewhere a y of 0 still has a slope by y.
                        let size = abs(x)?;
                        let between = logical_and(gt(&size, 0.0)?, lt(&size, f64::INFINITY)?)?;
                        let flat = logical_and(is_zero(y)?, logical_not(between)?)?;
                        mul(t, mul(pow(r#where(flat, 1.0, x)?, sub(y, 1.0)?)?, y)?)
                    }
                };
            }
            // x^y log x, whose limit is 0 where x^y is; at 0^0 it is taken to be 0.
            if let Arg::Scalar(x) = x {
                let slope = mul(&c.outputs[0], x.as_f64().ln())?;
                return mul(t, if x.as_f64() == 0.0 { r#where(ge(y, 0.0)?, 0.0, slope)? } else { slope });
            }
            let vanished = logical_or(is_zero(&c.outputs[0])?, logical_and(is_zero(x)?, is_zero(y)?)?)?;
            mul(t, mul(&c.outputs[0], log(r#where(vanished, 1.0, x)?)?)?)
        }),
        signature: "(input: Tensor | Number, exponent: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.power(input, exponent)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(3), 2.5", "f(3), 0.3", "f(3), 2", "2.0, f(3)", "i(4), i(4, low=0, high=4)"],
        accuracy: Ulp(1.0),
        domain: (0.2, 3.0),
    }

    /// The larger of two elements; NaN if either is. Equal elements share the gradient.
    ///
    /// >>> ravine.maximum(ravine.tensor([1.0, 5.0]), ravine.tensor([2.0, 4.0]))
    /// tensor([2., 5.])
    maximum(x, y): Pick, number {
        cpu: x.maximum(y),
        wgsl: "maximum_{T}(x, y)",
        derivative: (|c, i, t| share_extremum(c, i, t, lt(&c.inputs[i], &c.inputs[1 - i])?)),
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Pure,
        reference: "np.maximum(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// The smaller of two elements; NaN if either is. Equal elements share the gradient.
    ///
    /// >>> ravine.minimum(ravine.tensor([1.0, 5.0]), ravine.tensor([2.0, 4.0]))
    /// tensor([1., 4.])
    minimum(x, y): Pick, number {
        cpu: x.minimum(y),
        wgsl: "minimum_{T}(x, y)",
        derivative: (|c, i, t| share_extremum(c, i, t, gt(&c.inputs[i], &c.inputs[1 - i])?)),
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Pure,
        reference: "np.minimum(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }

    /// Remainder with the sign of the divisor, as Python's `%`. An integer modulo 0 is 0.
    ///
    /// >>> ravine.remainder(ravine.tensor([5.0, -5.0]), 3)
    /// tensor([2., 1.])
    remainder(x, y): Number, number {
        cpu: x.remainder(y),
        wgsl: "remainder_{T}(x, y)",
        derivative: (|c, i, t| {
            // x - y floor(x / y)
            if i == 0 { Ok(t.clone()) } else { neg(mul(t, floor(div(&c.inputs[0], &c.inputs[1])?)?)?) }
        }),
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.remainder(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), 1.5", "i(4), i(4, low=1)"],
        accuracy: Exact,
        domain: (0.3, 10.0),
    }

    /// Quotient rounded down, as Python's `//`; its derivative is 0. An integer divided by 0 is 0.
    ///
    /// >>> ravine.floor_divide(ravine.tensor([7, -7]), 2)
    /// tensor([ 3, -4])
    floor_divide(x, y): Number, number {
        cpu: x.floor_divide(y),
        wgsl: "floor_divide_{T}(x, y)",
        derivative: zero,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.floor_divide(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), 1.5", "i(4), i(4, low=1)"],
        accuracy: Exact,
        domain: (0.3, 10.0),
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
        wgsl: "fmod_{T}(x, y)",
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
        wgsl: "copysign_f32(x, y)",
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
}

/// The operand that wins takes the whole gradient, equal ones half each, and beside NaN each the whole, as in PyTorch.
fn share_extremum(
    c: &crate::op::Call,
    i: usize,
    t: &crate::graph::Tensor,
    loses: crate::graph::Tensor,
) -> crate::error::Result<crate::graph::Tensor> {
    let tied = eq(&c.inputs[i], &c.inputs[1 - i])?;
    let share = r#where(tied, mul(t, 0.5)?, t)?;
    r#where(loses, 0.0, share)
}
