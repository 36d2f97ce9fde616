//! Sines and cosines, angles from them, and lengths.

use crate::cpu::vmath::functions as f;
use crate::function::Effect::Twin;
use crate::op::Accuracy::Ulp;
use crate::ops::elementwise::arithmetic::{abs, add, div, mul, neg, rsqrt, sign, square, sub};
use crate::ops::elementwise::compare::{eq, logical_or};
use crate::ops::elementwise::limits::{is_zero, vanishing};
use crate::ops::elementwise::select::r#where;

elementwise! {
    /// Sine of an angle in radians.
    ///
    /// >>> ravine.sin(ravine.tensor([0.0, 1.5707963]))
    /// tensor([0., 1.])
    sin(x): Float, float {
        cpu: x.sin(),
        wgsl: "sin_f32(x)",
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
        wgsl: "cos_f32(x)",
        derivative: (|c, _i, t| neg(mul(t, sin(&c.inputs[0])?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.cos(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(1.0),
        domain: (-20.0, 20.0),
    }

    /// Tangent of an angle in radians.
    ///
    /// >>> ravine.tan(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 1.5574])
    tan(x): Float, float {
        cpu: x.tan(),
        wgsl: "tan_f32(x)",
        derivative: (|c, _i, t| mul(t, add(square(&c.outputs[0])?, 1.0)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.tan(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(1.0),
        domain: (-1.4, 1.4),
    }

    /// The angle from -pi/2 to pi/2 whose sine is x; NaN outside [-1, 1].
    ///
    /// >>> ravine.asin(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 1.5708])
    asin(x): Float, float {
        cpu: f::asin(x),
        wgsl: "asin_f32(x)",
        derivative: (|c, _i, t| mul(t, rsqrt(sub(1.0, square(&c.inputs[0])?)?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.arcsin(input)",
        samples: &["f(2, 3)", "i(4, low=-1, high=2)"],
        accuracy: Ulp(1.0),
        domain: (-0.9, 0.9),
    }

    /// The angle from 0 to pi whose cosine is x; NaN outside [-1, 1].
    ///
    /// >>> ravine.acos(ravine.tensor([1.0, 0.0]))
    /// tensor([0.0000, 1.5708])
    acos(x): Float, float {
        cpu: f::acos(x),
        wgsl: "acos_f32(x)",
        derivative: (|c, _i, t| neg(mul(t, rsqrt(sub(1.0, square(&c.inputs[0])?)?)?)?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.arccos(input)",
        samples: &["f(2, 3)", "i(4, low=-1, high=2)"],
        accuracy: Ulp(1.0),
        domain: (-0.9, 0.9),
    }

    /// The angle from -pi/2 to pi/2 whose tangent is x.
    ///
    /// >>> ravine.atan(ravine.tensor([0.0, 1.0]))
    /// tensor([0.0000, 0.7854])
    atan(x): Float, float {
        cpu: f::atan(x),
        wgsl: "atan_f32(x)",
        derivative: (|c, _i, t| mul(t, vanishing(&c.inputs[0], |x| div(1.0, add(square(x)?, 1.0)?))?)),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.arctan(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(1.0),
        domain: (-10.0, 10.0),
    }

    /// The angle from -pi to pi of the point with the ordinate `input` and the abscissa `other`.
    ///
    /// >>> ravine.atan2(ravine.tensor([1.0, 0.0]), ravine.tensor([1.0, -1.0]))
    /// tensor([0.7854, 3.1416])
    atan2(y, x): Float, float {
        cpu: f::atan2(y, x),
        wgsl: "atan2_f32(x, y)",
        derivative: (|c, i, t| {
            // In steps that do not overflow; 0 at the origin, which has no angle, and at infinity.
            let length = hypot(&c.inputs[0], &c.inputs[1])?;
            let edge = logical_or(is_zero(&length)?, eq(&length, f64::INFINITY)?)?;
            let length = r#where(&edge, 1.0, length)?;
            let share = r#where(&edge, 0.0, div(div(&c.inputs[1 - i], &length)?, &length)?)?;
            mul(t, if i == 0 { share } else { neg(share)? })
        }),
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.arctan2(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(3), 2.5", "i(4), i(4, low=1)"],
        accuracy: Ulp(1.0),
        domain: (0.3, 10.0),
    }

    /// Length of the hypotenuse, `sqrt(x^2 + y^2)`, without overflow.
    ///
    /// >>> ravine.hypot(ravine.tensor([3.0, 5.0]), ravine.tensor([4.0, 12.0]))
    /// tensor([ 5., 13.])
    hypot(x, y): Float, float {
        cpu: f::hypot(x, y),
        wgsl: "hypot_f32(x, y)",
        derivative: (|c, i, t| {
            // 0 at the origin; at infinity 1 or -1 by an infinite operand, 0 by a finite one.
            let (x, length) = (&c.inputs[i], &c.outputs[0]);
            let edge = logical_or(is_zero(length)?, eq(length, f64::INFINITY)?)?;
            let limit = r#where(eq(abs(x)?, f64::INFINITY)?, sign(x)?, 0.0)?;
            mul(t, r#where(&edge, limit, div(x, r#where(&edge, 1.0, length)?)?)?)
        }),
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.hypot(input, other)",
        samples: &["f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(3), 2.5", "i(4), i(4, low=1)"],
        accuracy: Ulp(1.0),
        domain: (0.3, 10.0),
    }
}
