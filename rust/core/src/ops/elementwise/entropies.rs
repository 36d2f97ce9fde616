//! Special functions made of other ones: entropies, and a spherical Bessel function.

use crate::error::Result;
use crate::function::{Args, Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::elementwise::arithmetic::{abs, mul, neg};
use crate::ops::elementwise::compare::{eq, logical_or, lt};
use crate::ops::elementwise::composed::{logarithms, sine_over};
use crate::ops::elementwise::exponential::{log, log1p};
use crate::ops::elementwise::select::r#where;
use crate::ops::floats::widened_call;
use crate::ops::graph::cast;

macro_rules! special {
    ($name:literal, $signature:literal, $doc:literal, $call:expr) => {
        Function {
            name: $name,
            signature: $signature,
            doc: $doc,
            places: Places::SPECIAL,
            effect: Effect::Pure,
            call: |a| {
                let call: fn(&Args) -> Result<Tensor> = $call;
                Ok(widened_call(a, call)?.into())
            },
        }
    };
}

pub static FUNCTIONS: &[Function] = &[
    special!(
        "entr",
        "(input: Tensor) -> Tensor",
        "The entropy of a share, `-x log(x)`: 0 at 0, and -inf below.\n\n\
         >>> ravine.special.entr(ravine.tensor([0.0, 0.5, -1.0]))\ntensor([0.0000, 0.3466,   -inf])\n",
        |a| {
            let x = &float(a.tensor(0)?)?;
            // Below 0 the logarithm is NaN, and so are the derivatives of -inf.
            let below = &lt(x, 0.0)?;
            let inside = &logical_or(eq(x, 0.0)?, below)?;
            let safe = r#where(eq(x, 0.0)?, 1.0, x)?;
            let edge = r#where(below, f64::NEG_INFINITY, 0.0)?;
            r#where(inside, edge, neg(mul(&safe, log(&safe)?)?)?)
        }
    ),
    special!(
        "xlog1py",
        "(input: Tensor | Number, other: Tensor | Number) -> Tensor",
        "`x log(1 + y)`, and 0 where x is 0 and y is no NaN.\n\n\
         >>> ravine.special.xlog1py(ravine.tensor([0.0, 2.0]), ravine.tensor([-1.0, 1.0]))\ntensor([0.0000, 1.3863])\n",
        |a| logarithms(a, -1.0, log1p)
    ),
    special!(
        "spherical_bessel_j0",
        "(input: Tensor) -> Tensor",
        "Spherical Bessel function of the first kind and order 0, `sin(x) / x`, and 1 at 0.\n\n\
         >>> ravine.special.spherical_bessel_j0(ravine.tensor([0.0, 2.0]))\ntensor([1.0000, 0.4546])\n",
        |a| {
            let x = &float(a.tensor(0)?)?;
            let infinite = eq(abs(x)?, f64::INFINITY)?;
            r#where(&infinite, 0.0, sine_over(&r#where(&infinite, 1.0, x)?)?)
        }
    ),
];

/// Integers as float32.
fn float(x: &Tensor) -> Result<Tensor> {
    if x.dtype().is_float() {
        Ok(x.clone())
    } else {
        cast::cast(x, crate::dtype::DType::F32)
    }
}
