//! Choosing between elements.

use crate::cpu::tile::Kernel;
use crate::dtype::{Category, Compute, DType};
use crate::error::{Error, Kind, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::common_dtype;
use crate::ops::elementwise::compare::{gt, isnan, logical_or, lt};
use crate::ops::graph::cast;
use crate::ops::{create, elementwise};
use crate::stream::record_one;
use crate::tile_kernel;
use smallvec::{SmallVec, smallvec};
use std::borrow::Borrow;

attributes! {
    struct Chosen in Attrs { dtype: DType }
}

pub static WHERE: Op = Op {
    name: "where",
    function: Some(Function {
        name: "where",
        signature: "(condition: Tensor, input: Tensor | Number, other: Tensor | Number) -> Tensor",
        doc: "Elements of `input` where `condition`, a bool tensor, is true, of `other` elsewhere; all three broadcast.\n\n\
              >>> ravine.where(ravine.tensor([True, False]), ravine.tensor([1.0, 2.0]), 0.0)\ntensor([1., 0.])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(r#where(a.tensor(0)?, a.arg(1)?, a.arg(2)?)?.into()),
    }),
    class: Class::Elementwise,
    // attrs: `Chosen`
    meta: |r| {
        Ok(smallvec![(
            elementwise::broadcast_shape(r)?,
            Chosen::from(r.attrs).dtype
        )])
    },
    cpu: Cpu::Tile(kernel),
    gpu: Gpu::Expression("select(z, y, x)"),
    vjp: Vjp::Elementwise(|c, i, t| match i {
        0 => create::zeros_like(t),
        1 => r#where(c.tensor(0), t, 0.0),
        _ => r#where(c.tensor(0), 0.0, t),
    }),
    jvp: Jvp::Elementwise,
    batch: Batch::Rule(elementwise::batch),
    donates: &[],
    plain: Plain::Primitive("one expression per element: NumPy is the oracle"),
    tests: Tests {
        reference: "np.where(condition, input, other)",
        samples: &[
            "b(2, 3), f(2, 3), f(2, 3)",
            "b(2, 1), f(3), 0.5",
            "b(3), i(3), i(3)",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

fn kernel(compute: Compute, _: DType) -> Option<Kernel> {
    Some(dispatch!(compute, T => tile_kernel!(|c: u8, x: T, y: T| -> T { if c != 0 { x } else { y } })))
}

pub fn r#where(condition: impl Borrow<Tensor>, x: impl Into<Arg>, y: impl Into<Arg>) -> Result<Tensor> {
    let condition = condition.borrow();
    if condition.dtype() != DType::Bool {
        let text = format!(
            "the condition has dtype {}, it must be bool. Compare to make one, as in `condition != 0`",
            condition.dtype()
        );
        return Err(Error::new(Kind::DType, WHERE.name, text));
    }
    let mut choices: SmallVec<[Arg; 3]> = smallvec![x.into(), y.into()];
    let dtype = common_dtype(&choices);
    for choice in &mut choices {
        *choice = match choice {
            Arg::Tensor(t) => Arg::Tensor(cast::cast(t, dtype)?),
            Arg::Scalar(s) => Arg::Scalar(s.fit(WHERE.name, dtype)?),
        };
    }
    choices.insert(0, condition.into());
    record_one(&WHERE, Chosen { dtype }.encode(), smallvec![], choices)
}

/// `clamp` keeps the gradient where nothing was cut, ends included, as in PyTorch.
pub static FUNCTIONS: &[Function] = &[Function {
    name: "clamp",
    signature: "(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor",
    doc: "Elements limited to the range from `min` to `max`, either of which may be left out. NaN stays NaN, and a bound of \
              NaN gives NaN.\n\n\
              >>> ravine.clamp(ravine.tensor([-1.0, 0.5, 2.0]), 0, 1)\ntensor([0.0000, 0.5000, 1.0000])\n",
    places: Places::BOTH,
    effect: Effect::Twin,
    call: |a| Ok(clamp(a.function, a.tensor(0)?, a.opt_arg(1)?, a.opt_arg(2)?)?.into()),
}];

pub fn clamp(op: &'static str, x: &Tensor, min: Option<Arg>, max: Option<Arg>) -> Result<Tensor> {
    if min.is_none() && max.is_none() {
        return Err(Error::value(op, "give at least one of min and max"));
    }
    let mut x = x.clone();
    if let Some(low) = min {
        x = limited(op, x, low, false)?;
    }
    if let Some(high) = max {
        x = limited(op, x, high, true)?;
    }
    Ok(x)
}

/// The bound where an element lies outside of it.
fn limited(op: &'static str, x: Tensor, bound: Arg, above: bool) -> Result<Tensor> {
    if let (Arg::Scalar(s), Category::Integer) = (&bound, x.dtype().category())
        && s.category() == Category::Integer
        && s.fitting(x.dtype()).is_none()
        && (s.as_f64() > 0.0) == above
    {
        // The dtype holds nothing outside.
        return Ok(x);
    }
    let outside = if above { gt(&x, &bound)? } else { lt(&x, &bound)? };
    let cut = match &bound {
        Arg::Scalar(s) if !s.as_f64().is_nan() => outside,
        _ => logical_or(outside, isnan(&bound)?)?,
    };
    let bound = match bound {
        Arg::Scalar(s) => Arg::Scalar(s.fit(op, common_dtype(&[Arg::from(&x), bound]))?),
        tensor => tensor,
    };
    r#where(cut, bound, x)
}
