//! The parts of a float: sign, exponent, mantissa, and the numbers beside it.

use crate::cpu::number::Number;
use crate::cpu::vmath::functions as f;
use crate::device::Kind as Place;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::Effect::Pure;
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::{Arg, Tensor};
use crate::mode;
use crate::op::Accuracy::Exact;
use crate::op::Op;
use crate::ops::create::{self, zeros_like};
use crate::ops::elementwise::arithmetic::{mul, neg, pow, sub};
use crate::ops::elementwise::exponential::exp2;
use crate::ops::elementwise::inner::{Kept, inner};
use crate::ops::elementwise::rounding::floor;
use crate::ops::elementwise::{Rule, apply, common_dtype};
use crate::ops::floats::{need_float, widened, widened_call};
use crate::ops::graph::cast;
use smallvec::smallvec;

elementwise! {
    /// Whether the sign is a minus, also that of -0 and of NaN.
    ///
    /// >>> ravine.signbit(ravine.tensor([-0.0, 0.0, -2.0]))
    /// tensor([ True, False,  True])
    signbit(x): Compare, compare {
        cpu: Number::has_minus(x),
        wgsl: "signbit_{T}(x)",
        derivative: constant,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.signbit(input)",
        samples: &["f(2, 3)", "i(4)", "b(3)"],
        accuracy: Exact,
        domain: (-10.0, 10.0),
    }
}

mod beside {
    use super::*;
    elementwise!(@kernel float (x, y) f::next_after(x, y));
    pub const KERNEL: Kept = kernel;
}

/// A step from x to its neighbour: its derivative by x is 1.
pub static BESIDE: Op = inner(
    "beside",
    beside::KERNEL,
    "nextafter_f32(x, y)",
    |_c, i, t| match i {
        0 => Ok(t.clone()),
        _ => zeros_like(t),
    },
);

mod exponent {
    use super::*;
    elementwise!(@kernel float (x) f::binary_exponent(x));
    pub const KERNEL: Kept = kernel;
}

/// The e of `x = m 2^e` with `1/2 <= |m| < 1`, and 0 where there is none.
pub static EXPONENT: Op = inner(
    "binary_exponent",
    exponent::KERNEL,
    "binary_exponent_f32(x)",
    |_c, _i, t| zeros_like(t),
);

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "nextafter",
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        doc: "The next float after each element of `input` on the way to `other`. Both are float32 or float64.\n\n\
              >>> (ravine.nextafter(ravine.tensor([1.0]), ravine.tensor([2.0])) - 1).item() == 2**-23\nTrue\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            for i in 0..2 {
                let dtype = a.tensor(i)?.dtype();
                if !matches!(dtype, DType::F32 | DType::F64) {
                    return Err(Error::dtype(
                        a.function,
                        dtype,
                        "float32 or float64, whose neighbours are told apart",
                    ));
                }
            }
            Ok(apply(&BESIDE, Rule::Float, smallvec![a.arg(0)?, a.arg(1)?])?.into())
        },
    },
    Function {
        name: "frexp",
        signature: "(input: Tensor) -> tuple[Tensor, Tensor]",
        doc: "Mantissa and exponent: `input = mantissa * 2**exponent` with `1/2 <= |mantissa| < 1`; the exponent is int32. Zeros, \
              infinities and NaN are their own mantissa, with exponent 0.\n\n\
              >>> mantissa, exponent = ravine.frexp(ravine.tensor([8.0, -0.75]))\n>>> mantissa\n\
              tensor([ 0.5000, -0.7500])\n>>> exponent\ntensor([4, 0], dtype=ravine.int32)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = need_float(a.function, a.tensor(0)?)?;
            let wide = widened(x)?;
            let exponent = apply(&EXPONENT, Rule::Float, smallvec![Arg::from(&wide)])?;
            // In two steps, since a power of two may be no number where the result is one.
            let half = floor(mul(&exponent, 0.5)?)?;
            let nearer = mul(wide, exp2(neg(&half)?)?)?;
            let mantissa = mul(nearer, exp2(sub(half, &exponent)?)?)?;
            let parts = vec![
                cast::cast(&mantissa, x.dtype())?,
                cast::cast(&exponent, DType::I32)?,
            ];
            Ok(Outcome::Named("frexp", &["mantissa", "exponent"], parts))
        },
    },
    Function {
        name: "ldexp",
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        doc: "`input * 2**other`; integers become float32.\n\n\
              >>> ravine.ldexp(ravine.tensor([1.0, 0.5]), ravine.tensor([3, -1]))\ntensor([8.0000, 0.2500])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            let call: fn(&Args) -> Result<Tensor> = |a| {
                let (x, power) = (a.tensor(0)?, a.tensor(1)?);
                let dtype = match common_dtype(&[Arg::from(x), Arg::from(power)]) {
                    own if own.is_float() => own,
                    _ => DType::F32,
                };
                mul(cast::cast(x, dtype)?, exp2(cast::cast(power, dtype)?)?)
            };
            Ok(widened_call(a, call)?.into())
        },
    },
    Function {
        name: "float_power",
        signature: "(input: Tensor | Number, exponent: Tensor | Number) -> Tensor",
        doc: "Power `input ** exponent`, computed in float64; on a GPU, which has none, in float32.\n\n\
              >>> ravine.float_power(ravine.tensor([2, 3]), -1)\ntensor([0.5000, 0.3333], dtype=ravine.float64)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let args = [a.arg(0)?, a.arg(1)?];
            let tensor = args.iter().find_map(Arg::tensor);
            let device = tensor.map_or_else(mode::device, Tensor::device);
            let dtype = match device.kind {
                Place::Gpu => DType::F32,
                Place::Cpu | Place::Meta => DType::F64,
            };
            let wide = |x: &Arg| match x {
                Arg::Tensor(t) => cast::cast(t, dtype),
                Arg::Scalar(s) => create::full(&[], *s, dtype),
            };
            match &args {
                [Arg::Tensor(x), y @ Arg::Scalar(_)] => Ok(pow(cast::cast(x, dtype)?, y)?.into()),
                [x, y] => Ok(pow(wide(x)?, wide(y)?)?.into()),
            }
        },
    },
];
