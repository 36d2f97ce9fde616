//! Activation functions of networks, some with numbers as parameters.

use crate::error::{Error, Result};
use crate::function::Effect::{Pure, Twin};
use crate::graph::{Arg, Tensor};
use crate::op::Accuracy::{Exact, Ulp};
use crate::op::Call;
use crate::ops::elementwise::arithmetic::{abs, add, div, mul, neg, sub};
use crate::ops::elementwise::compare::{ge, gt, le, lt};
use crate::ops::elementwise::exponential::{exp, tanh};
use crate::ops::elementwise::limits::bounded;
use crate::ops::elementwise::select::r#where;
use crate::ops::elementwise::special::erf;
use std::f64::consts::FRAC_1_SQRT_2;

/// `1 / sqrt(2 pi)`, the height of the normal density.
const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

/// The constants of `selu`, for which activations keep mean 0 and variance 1.
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// Half of the way down `e^-|x|`: products with it underflow late. The bound keeps `x` times it from `inf * 0`.
#[inline(always)]
fn half_decay<T: crate::cpu::vmath::Real>(x: T) -> (T, T) {
    let low = T::from_f64(-2000.0);
    let bounded = if x < low { low } else { x };
    (bounded, T::exp(bounded.abs() * -T::HALF))
}

/// What gradients by the parameters would need: they are numbers.
fn by_number(c: &Call) -> Result<Tensor> {
    let text = "only its input has a gradient; give its other arguments as numbers";
    Err(Error::gradient(c.op.name, text))
}

/// `e^x` where x is not positive, 1 elsewhere: nothing overflows in the branch that is not taken.
fn exp_below(x: &Arg) -> Result<Tensor> {
    exp(r#where(gt(x, 0.0)?, 0.0, x)?)
}

elementwise! {
    /// Logistic function `1 / (1 + e^-x)`.
    ///
    /// >>> ravine.sigmoid(ravine.tensor([0.0, 2.0]))
    /// tensor([0.5000, 0.8808])
    sigmoid(x): Float, float {
        cpu: x.sigmoid(),
        wgsl: "sigmoid_f32(x)",
        derivative: (|c, _i, t| mul(t, mul(&c.outputs[0], sub(1.0, &c.outputs[0])?)?)),
        places: Places::BOTH.and(Places::FUNCTIONAL),
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
        places: Places::BOTH.and(Places::FUNCTIONAL),
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
        reference: "gated(input, scipy.special.ndtr(input))",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(4.0),
        domain: (-5.0, 5.0),
    }

    /// Sigmoid linear unit `x / (1 + e^-x)`, also called swish (Hendrycks and Gimpel, 2016); 0 at -inf.
    ///
    /// >>> ravine.silu(ravine.tensor([-1.0, 0.0, 2.0]))
    /// tensor([-0.2689,  0.0000,  1.7616])
    silu(x): Float, float {
        cpu: {
            let (x, h) = half_decay(x);
            let e = h * h;
            if x < T::ZERO { x * h / (T::ONE + e) * h } else { x / (T::ONE + e) }
        },
        wgsl: "silu_f32(x)",
        derivative: (|c, _i, t| {
            // s + x s (1 - s)
            let x = bounded(&c.inputs[0], 800.0)?;
            let s = sigmoid(&x)?;
            let rest = mul(mul(&x, &s)?, sigmoid(neg(&x)?)?)?;
            mul(t, add(s, rest)?)
        }),
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "gated(input, scipy.special.expit(input))",
        samples: &["f(2, 3)", "i(4)", "f(0, 3)", "f()"],
        accuracy: Ulp(5.0),
        domain: (-20.0, 20.0),
    }

    /// `x tanh(log(1 + e^x))` (Misra, 2019); 0 at -inf.
    ///
    /// >>> ravine.mish(ravine.tensor([-1.0, 0.0, 2.0]))
    /// tensor([-0.3034,  0.0000,  1.9440])
    mish(x): Float, float {
        cpu: {
            // tanh(log(1 + e)) is e (e + 2) / (e (e + 2) + 2).
            let (x, h) = half_decay(x);
            let (e, two) = (h * h, T::ONE + T::ONE);
            let (up, down) = (e * (e + two), T::ONE + two * e);
            if x < T::ZERO { x * h * (e + two) / (up + two) * h } else { x * (down / (down + two * e * e)) }
        },
        wgsl: "mish_f32(x)",
        derivative: (|c, _i, t| {
            let x = bounded(&c.inputs[0], 800.0)?;
            let w = tanh(softplus(&x, 1.0, f64::INFINITY)?)?;
            let rest = mul(mul(&x, sub(1.0, mul(&w, &w)?)?)?, sigmoid(&x)?)?;
            mul(t, add(w, rest)?)
        }),
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "gated(input, np.tanh(np.logaddexp(0, input)))",
        samples: &["f(2, 3)", "i(4)", "f(0, 3)", "f()"],
        accuracy: Ulp(7.0),
        domain: (-20.0, 20.0),
    }

    /// `log(1 + e^(beta x)) / beta`, a smooth rectifier; `x` itself where `beta x > threshold`.
    ///
    /// >>> ravine.softplus(ravine.tensor([-1.0, 0.0, 2.0]))
    /// tensor([0.3133, 0.6931, 2.1269])
    softplus(x, y, z): Float, float {
        cpu: if x * y > z { x } else { T::softplus(x * y) / y },
        wgsl: "select(softplus_f32(x * y) / y, x, x * y > z)",
        derivative: (|c, i, t| {
            if i > 0 {
                return by_number(c);
            }
            let steep = mul(&c.inputs[0], &c.inputs[1])?;
            mul(t, r#where(gt(&steep, &c.inputs[2])?, 1.0, sigmoid(&steep)?)?)
        }),
        signature: "(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor",
        effect: Pure,
        reference: "softplus(input, beta, threshold)",
        samples: &["f(2, 3)", "i(4)", "f(7), 2.0, 5.0", "f(7), 0.5", "f(0)", "f(3), threshold=-1.0"],
        accuracy: Ulp(3.0),
        domain: (-15.0, 15.0),
    }

    /// `log(1 / (1 + e^-x))`, without overflow for any x.
    ///
    /// >>> ravine.logsigmoid(ravine.tensor([-100.0, 0.0, 2.0]))
    /// tensor([-100.0000,   -0.6931,   -0.1269])
    logsigmoid(x): Float, float {
        cpu: -T::softplus(-x),
        wgsl: "-softplus_f32(-x)",
        derivative: (|c, _i, t| mul(t, sigmoid(neg(&c.inputs[0])?)?)),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "-np.logaddexp(0, -input)",
        samples: &["f(2, 3)", "i(4)", "f()"],
        accuracy: Ulp(2.0),
        domain: (-20.0, 20.0),
    }

    /// Exponential linear unit: `x` above 0, `alpha (e^x - 1)` elsewhere (Clevert et al., 2016).
    ///
    /// >>> ravine.elu(ravine.tensor([-1.0, 2.0]))
    /// tensor([-0.6321,  2.0000])
    elu(x, y): Float, float {
        cpu: if x > T::ZERO { x } else { y * T::expm1(x) },
        wgsl: "select(y * expm1_f32(x), x, x > 0.0)",
        derivative: (|c, i, t| {
            if i > 0 {
                return by_number(c);
            }
            let x = &c.inputs[0];
            mul(t, r#where(gt(x, 0.0)?, 1.0, mul(exp_below(x)?, &c.inputs[1])?)?)
        }),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor, alpha: float = 1.0) -> Tensor",
        effect: Twin,
        reference: "np.where(input > 0, input, alpha * np.expm1(input))",
        samples: &["f(2, 3)", "i(4)", "f(7), 0.5", "f(0)"],
        accuracy: Ulp(3.0),
        domain: (-5.0, 5.0),
    }

    /// Self-normalising unit: `s x` above 0, `s a (e^x - 1)` elsewhere, with s = 1.0507 and a = 1.6733
    /// (Klambauer et al., 2017).
    ///
    /// >>> ravine.selu(ravine.tensor([-1.0, 2.0]))
    /// tensor([-1.1113,  2.1014])
    selu(x): Float, float {
        cpu: if x > T::ZERO { x * T::from_f64(SELU_SCALE) } else { T::expm1(x) * T::from_f64(SELU_SCALE * SELU_ALPHA) },
        wgsl: "select(expm1_f32(x) * 1.7580993, x * 1.050701, x > 0.0)",
        derivative: (|c, _i, t| {
            let x = &c.inputs[0];
            mul(t, r#where(gt(x, 0.0)?, SELU_SCALE, mul(exp_below(x)?, SELU_SCALE * SELU_ALPHA)?)?)
        }),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "selu(input)",
        samples: &["f(2, 3)", "i(4)", "f()"],
        accuracy: Ulp(3.0),
        domain: (-5.0, 5.0),
    }

    /// `x` above 0, `alpha (e^(x / alpha) - 1)` elsewhere: an exponential linear unit with a continuous derivative
    /// (Barron, 2017).
    ///
    /// >>> ravine.celu(ravine.tensor([-1.0, 2.0]), alpha=2.0)
    /// tensor([-0.7869,  2.0000])
    celu(x, y): Float, float {
        cpu: if x > T::ZERO { x } else { y * T::expm1(x / y) },
        wgsl: "select(y * expm1_f32(x / y), x, x > 0.0)",
        derivative: (|c, i, t| {
            if i > 0 {
                return by_number(c);
            }
            let below = r#where(gt(&c.inputs[0], 0.0)?, 0.0, &c.inputs[0])?;
            mul(t, exp(div(below, &c.inputs[1])?)?)
        }),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor, alpha: float = 1.0) -> Tensor",
        effect: Twin,
        reference: "np.where(input > 0, input, alpha * np.expm1(input / alpha))",
        samples: &["f(2, 3)", "i(4)", "f(7), 0.5", "f(0)"],
        accuracy: Ulp(3.5),
        domain: (-5.0, 5.0),
    }

    /// `x` above 0, `negative_slope x` elsewhere (Maas et al., 2013); the derivative at 0 is the slope.
    ///
    /// >>> ravine.leaky_relu(ravine.tensor([-1.0, 2.0]), 0.25)
    /// tensor([-0.2500,  2.0000])
    leaky_relu(x, y): Float, float {
        cpu: if x > T::ZERO { x } else { x * y },
        wgsl: "select(x * y, x, x > 0.0)",
        derivative: (|c, i, t| {
            let (x, slope) = (&c.inputs[0], &c.inputs[1]);
            let positive = gt(x, 0.0)?;
            if i == 0 { r#where(positive, t, mul(t, slope)?) } else { r#where(positive, 0.0, mul(t, x)?) }
        }),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor, negative_slope: float = 0.01) -> Tensor",
        effect: Twin,
        reference: "np.where(input > 0, input, input * negative_slope)",
        samples: &["f(2, 3)", "i(4)", "f(7), 0.25", "f(0)", "f(2, 3), f(3)"],
        accuracy: Ulp(1.5),
        domain: (-5.0, 5.0),
    }

    /// Elements limited to the range from `min_val` to `max_val`; the derivative is 0 at its ends.
    ///
    /// >>> ravine.hardtanh(ravine.tensor([-3.0, 0.5, 2.0]))
    /// tensor([-1.0000,  0.5000,  1.0000])
    hardtanh(x, y, z): Float, float {
        cpu: if x <= y { y } else if x >= z { z } else { x },
        wgsl: "select(select(x, z, x >= z), y, x <= y)",
        derivative: (|c, i, t| {
            if i > 0 {
                return by_number(c);
            }
            let kept = r#where(ge(&c.inputs[0], &c.inputs[2])?, 0.0, t)?;
            r#where(le(&c.inputs[0], &c.inputs[1])?, 0.0, kept)
        }),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor",
        effect: Twin,
        reference: "np.clip(input, min_val, max_val)",
        samples: &["f(2, 3)", "i(4)", "f(7), 0.5, 2.5", "f(0)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// `x` outside of [-lambd, lambd], 0 within.
    ///
    /// >>> ravine.hardshrink(ravine.tensor([-1.0, 0.25, 0.75]))
    /// tensor([-1.0000,  0.0000,  0.7500])
    hardshrink(x, y): Float, float {
        cpu: if x >= -y && x <= y { T::ZERO } else { x },
        wgsl: "select(x, 0.0, x >= -y && x <= y)",
        derivative: (|c, i, t| {
            if i > 0 {
                return by_number(c);
            }
            let inside = le(abs(&c.inputs[0])?, &c.inputs[1])?;
            r#where(inside, 0.0, t)
        }),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor, lambd: float = 0.5) -> Tensor",
        effect: Pure,
        reference: "np.where((input >= -lambd) & (input <= lambd), 0, input)",
        samples: &["f(2, 3)", "i(4)", "f(7), 1.5", "f(0)"],
        accuracy: Exact,
        domain: (-3.0, 3.0),
    }

    /// `x` moved towards 0 by `lambd`, and 0 where it would cross it.
    ///
    /// >>> ravine.softshrink(ravine.tensor([-1.0, 0.25, 0.75]))
    /// tensor([-0.5000,  0.0000,  0.2500])
    softshrink(x, y): Float, float {
        cpu: if x > y { x - y } else if x < -y { x + y } else if T::is_nan(x) { x } else { T::ZERO },
        wgsl: "select(select(select(0.0, x, isnan_f32(x)), x + y, x < -y), x - y, x > y)",
        derivative: (|c, i, t| {
            if i > 0 {
                return by_number(c);
            }
            let inside = le(abs(&c.inputs[0])?, &c.inputs[1])?;
            r#where(inside, 0.0, t)
        }),
        signature: "(input: Tensor, lambd: float = 0.5) -> Tensor",
        effect: Pure,
        reference: "softshrink(input, lambd)",
        samples: &["f(2, 3)", "i(4)", "f(7), 1.5", "f(0)"],
        accuracy: Exact,
        domain: (-3.0, 3.0),
    }

    /// `x` above `threshold`, `value` elsewhere.
    ///
    /// >>> ravine.threshold(ravine.tensor([-1.0, 0.5, 2.0]), 0.5, -7.0)
    /// tensor([-7., -7.,  2.])
    threshold(x, y, z): Float, float {
        cpu: if x <= y { z } else { x },
        wgsl: "select(x, z, x <= y)",
        derivative: (|c, i, t| {
            if i > 0 {
                return by_number(c);
            }
            r#where(le(&c.inputs[0], &c.inputs[1])?, 0.0, t)
        }),
        places: Places::BOTH.and(Places::FUNCTIONAL),
        signature: "(input: Tensor, threshold: float, value: float) -> Tensor",
        effect: Twin,
        reference: "np.where(input <= threshold, value, input)",
        samples: &["f(2, 3), 0.5, -7.0", "i(4), 1.0, 0.0", "f(0), 0.0, 0.0"],
        accuracy: Exact,
        domain: (-3.0, 3.0),
    }

    /// `min(max(x + 3, 0), 6) / 6`, a sigmoid of straight lines (Howard et al., 2019).
    ///
    /// >>> ravine.hardsigmoid(ravine.tensor([-4.0, 0.0, 1.5]))
    /// tensor([0.0000, 0.5000, 0.7500])
    hardsigmoid(x): Float, float {
        cpu: {
            let (three, six) = (T::from_f64(3.0), T::from_f64(6.0));
            if x <= -three { T::ZERO } else if x >= three { T::ONE } else { (x + three) / six }
        },
        wgsl: "select(select((x + 3.0) / 6.0, 1.0, x >= 3.0), 0.0, x <= -3.0)",
        derivative: (|c, _i, t| {
            let inside = lt(abs(&c.inputs[0])?, 3.0)?;
            r#where(inside, div(t, 6.0)?, 0.0)
        }),
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.clip(input + 3, 0, 6) / 6",
        samples: &["f(2, 3)", "i(4)", "f()"],
        accuracy: Ulp(1.5),
        domain: (-5.0, 5.0),
    }

    /// `x hardsigmoid(x)` (Howard et al., 2019); 0 at -inf.
    ///
    /// >>> ravine.hardswish(ravine.tensor([-4.0, 1.0, 4.0]))
    /// tensor([-0.0000,  0.6667,  4.0000])
    hardswish(x): Float, float {
        cpu: {
            let (three, six) = (T::from_f64(3.0), T::from_f64(6.0));
            if x <= -three { -T::ZERO } else if x >= three { x } else { x * ((x + three) / six) }
        },
        wgsl: "select(select(x * ((x + 3.0) / 6.0), x, x >= 3.0), 0.0, x <= -3.0)",
        derivative: (|c, _i, t| {
            let x = &c.inputs[0];
            let inside = mul(t, add(div(x, 3.0)?, 0.5)?)?;
            let above = r#where(ge(x, 3.0)?, t, inside)?;
            r#where(le(x, -3.0)?, 0.0, above)
        }),
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.maximum(input, -3) * (np.clip(input + 3, 0, 6) / 6)",
        samples: &["f(2, 3)", "i(4)", "f()"],
        accuracy: Ulp(2.0),
        domain: (-5.0, 5.0),
    }
}
