//! Bessel functions of orders 0 and 1, modified ones, and Airy's. Near a zero their errors are those of numbers of the size
//! of 1.

use crate::cpu::vmath::special::{airy, bessel, modified, of_one};
use crate::error::Result;
use crate::function::Effect::{Pure, Twin};
use crate::graph::{Arg, Tensor};
use crate::op::Accuracy::Ulp;
use crate::op::Op;
use crate::ops::elementwise::arithmetic::{add, div, mul, neg, sign, sub};
use crate::ops::elementwise::inner::{Kept, inner};
use crate::ops::elementwise::limits::{bounded, is_zero};
use crate::ops::elementwise::select::r#where;
use crate::ops::elementwise::{Rule, apply};
use crate::ops::floats::widened;
use crate::ops::graph::cast::cast;
use smallvec::smallvec;

elementwise! {
    /// Modified Bessel function of the first kind and order 0.
    ///
    /// >>> ravine.i0(ravine.tensor([0.0, 2.0]))
    /// tensor([1.0000, 2.2796])
    i0(x): Float, float {
        cpu: of_one(modified::i0, x),
        wgsl: "i0_f32(x)",
        derivative: (|c, _i, t| mul(t, i1(&c.inputs[0])?)),
        places: Places::BOTH.and(Places::SPECIAL),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "i0(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(4.0),
        domain: (-8.0, 8.0),
    }

    /// Modified Bessel function of the first kind and order 0, scaled: `e^-|x| i0(x)`.
    ///
    /// >>> ravine.special.i0e(ravine.tensor([0.0, 200.0]))
    /// tensor([1.0000, 0.0282])
    i0e(x): Float, float {
        cpu: of_one(modified::i0e, x),
        wgsl: "i0e_f32(x)",
        derivative: (|c, _i, t| by_parts(&c.inputs[0], t, |x| {
            // Its sides slope as -sign(x), and both are bent: what is added at 0 has no value, but that derivative.
            let bend = r#where(is_zero(x)?, x, 0.0)?;
            add(sub(i1e(x)?, mul(sign(x)?, i0e(x)?)?)?, bend)
        })),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.i0e(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(4.0),
        domain: (-20.0, 20.0),
    }

    /// Modified Bessel function of the first kind and order 1.
    ///
    /// >>> ravine.special.i1(ravine.tensor([0.0, 2.0]))
    /// tensor([0.0000, 1.5906])
    i1(x): Float, float {
        cpu: of_one(modified::i1, x),
        wgsl: "i1_f32(x)",
        derivative: (|c, _i, t| {
            // i0(x) - i1(x) / x, and 1/2 at 0.
            mul(t, sub(i0(&c.inputs[0])?, over(&c.outputs[0], &c.inputs[0])?)?)
        }),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "i1(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(8.0),
        domain: (-8.0, 8.0),
    }

    /// Modified Bessel function of the first kind and order 1, scaled: `e^-|x| i1(x)`.
    ///
    /// >>> ravine.special.i1e(ravine.tensor([0.0, 200.0]))
    /// tensor([0.0000, 0.0282])
    i1e(x): Float, float {
        cpu: of_one(modified::i1e, x),
        wgsl: "i1e_f32(x)",
        derivative: (|c, _i, t| by_parts(&c.inputs[0], t, |x| {
            let y = i1e(x)?;
            sub(sub(i0e(x)?, over(&y, &Arg::from(x))?)?, mul(sign(x)?, y)?)
        })),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "i1e(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(8.0),
        domain: (-20.0, 20.0),
    }

    /// Bessel function of the first kind and order 0.
    ///
    /// >>> ravine.special.bessel_j0(ravine.tensor([0.0, 2.0]))
    /// tensor([1.0000, 0.2239])
    bessel_j0(x): Float, float {
        cpu: of_one(bessel::j0, x),
        wgsl: "j0_f32(x)",
        derivative: (|c, _i, t| neg(mul(t, bessel_j1(&c.inputs[0])?)?)),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "bessel('j0', input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(24.0),
        domain: (-2.0, 2.0),
    }

    /// Bessel function of the first kind and order 1.
    ///
    /// >>> ravine.special.bessel_j1(ravine.tensor([0.0, 2.0]))
    /// tensor([0.0000, 0.5767])
    bessel_j1(x): Float, float {
        cpu: of_one(bessel::j1, x),
        wgsl: "j1_f32(x)",
        derivative: (|c, _i, t| {
            mul(t, sub(bessel_j0(&c.inputs[0])?, over(&c.outputs[0], &c.inputs[0])?)?)
        }),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "bessel('j1', input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(24.0),
        domain: (-3.0, 3.0),
    }

    /// Bessel function of the second kind and order 0; NaN below 0, -inf at 0.
    ///
    /// >>> ravine.special.bessel_y0(ravine.tensor([1.0, 2.0]))
    /// tensor([0.0883, 0.5104])
    bessel_y0(x): Float, float {
        cpu: of_one(bessel::y0, x),
        wgsl: "y0_f32(x)",
        derivative: (|c, _i, t| neg(mul(t, bessel_y1(&c.inputs[0])?)?)),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "bessel('y0', input)",
        samples: &["f(2, 3)", "i(4, low=1, high=4)"],
        accuracy: Ulp(24.0),
        domain: (1.2, 3.5),
    }

    /// Bessel function of the second kind and order 1; NaN below 0, -inf at 0.
    ///
    /// >>> ravine.special.bessel_y1(ravine.tensor([1.0, 2.0]))
    /// tensor([-0.7812, -0.1070])
    bessel_y1(x): Float, float {
        cpu: of_one(bessel::y1, x),
        wgsl: "y1_f32(x)",
        derivative: (|c, _i, t| {
            mul(t, sub(bessel_y0(&c.inputs[0])?, div(&c.outputs[0], &c.inputs[0])?)?)
        }),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "bessel('y1', input)",
        samples: &["f(2, 3)", "i(4, low=1, high=4)"],
        accuracy: Ulp(24.0),
        domain: (0.3, 1.8),
    }

    /// Modified Bessel function of the second kind and order 0; NaN below 0, infinite at 0.
    ///
    /// >>> ravine.special.modified_bessel_k0(ravine.tensor([0.5, 2.0]))
    /// tensor([0.9244, 0.1139])
    modified_bessel_k0(x): Float, float {
        cpu: of_one(modified::k0, x),
        wgsl: "k0_f32(x)",
        derivative: (|c, _i, t| neg(mul(t, modified_bessel_k1(&c.inputs[0])?)?)),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.k0(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(8.0),
        domain: (0.2, 8.0),
    }

    /// Modified Bessel function of the second kind and order 1; NaN below 0, infinite at 0.
    ///
    /// >>> ravine.special.modified_bessel_k1(ravine.tensor([0.5, 2.0]))
    /// tensor([1.6564, 0.1399])
    modified_bessel_k1(x): Float, float {
        cpu: of_one(modified::k1, x),
        wgsl: "k1_f32(x)",
        derivative: (|c, _i, t| {
            neg(mul(t, add(modified_bessel_k0(&c.inputs[0])?, div(&c.outputs[0], &c.inputs[0])?)?)?)
        }),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.k1(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(8.0),
        domain: (0.2, 8.0),
    }

    /// Modified Bessel function of the second kind and order 0, scaled: `e^x modified_bessel_k0(x)`.
    ///
    /// >>> ravine.special.scaled_modified_bessel_k0(ravine.tensor([0.5, 200.0]))
    /// tensor([1.5241, 0.0886])
    scaled_modified_bessel_k0(x): Float, float {
        cpu: of_one(modified::k0e, x),
        wgsl: "k0e_f32(x)",
        derivative: (|c, _i, t| by_parts(&c.inputs[0], t, |x| {
            sub(scaled_modified_bessel_k0(x)?, scaled_modified_bessel_k1(x)?)
        })),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.k0e(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(8.0),
        domain: (0.2, 8.0),
    }

    /// Modified Bessel function of the second kind and order 1, scaled: `e^x modified_bessel_k1(x)`.
    ///
    /// >>> ravine.special.scaled_modified_bessel_k1(ravine.tensor([0.5, 200.0]))
    /// tensor([2.7310, 0.0888])
    scaled_modified_bessel_k1(x): Float, float {
        cpu: of_one(modified::k1e, x),
        wgsl: "k1e_f32(x)",
        derivative: (|c, _i, t| by_parts(&c.inputs[0], t, |x| {
            let y = scaled_modified_bessel_k1(x)?;
            sub(sub(&y, scaled_modified_bessel_k0(x)?)?, div(&y, x)?)
        })),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "scipy.special.k1e(input)",
        samples: &["f(2, 3)", "i(4, low=1)"],
        accuracy: Ulp(8.0),
        domain: (0.2, 8.0),
    }

    /// Airy's function of the first kind, the bounded solution of `y'' = x y`.
    ///
    /// >>> ravine.special.airy_ai(ravine.tensor([0.0, -1.0]))
    /// tensor([0.3550, 0.5356])
    airy_ai(x): Float, float {
        cpu: of_one(airy::ai, x),
        wgsl: "airy_f32(x)",
        derivative: (|c, _i, t| mul(t, slope(&c.inputs[0])?)),
        places: Places::SPECIAL,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "airy_ai(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Ulp(32.0),
        domain: (-2.0, 3.0),
    }
}

/// `y / x`, and 1/2 at 0: of functions that begin as `x / 2`.
fn over(y: &Tensor, x: &Arg) -> Result<Tensor> {
    let zero = is_zero(x)?;
    r#where(&zero, 0.5, div(y, r#where(&zero, 1.0, x)?)?)
}

/// `t` times a slope whose parts nearly cancel far out: of half precision they are those of float32.
fn by_parts(x: &Arg, t: &Tensor, slope: fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let Arg::Tensor(x) = x else {
        unreachable!("a function of one tensor")
    };
    let slope = slope(&widened(x)?)?;
    mul(t, cast(&slope, x.dtype())?)
}

mod airy_slope {
    use super::*;
    elementwise!(@kernel float (x) of_one(airy::slope, x));
    pub const KERNEL: Kept = kernel;
}

/// The derivative of `airy_ai`.
pub static AIRY_SLOPE: Op = inner(
    "airy_slope",
    airy_slope::KERNEL,
    "airy_slope_f32(x)",
    |c, _i, t| mul(t, mul(bounded(&c.inputs[0], 1e30)?, airy_ai(&c.inputs[0])?)?),
);

fn slope(x: &Arg) -> Result<Tensor> {
    apply(&AIRY_SLOPE, Rule::Float, smallvec![x.clone()])
}
