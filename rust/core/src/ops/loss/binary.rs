//! Binary cross-entropy, of probabilities and of logits: elementwise records, each with its exact derivative.

use crate::cpu::vmath::Real;
use crate::dtype::Compute;
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::{Arg, Tensor};
use crate::op::{Batch, Class, Cpu, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::elementwise;
use crate::ops::elementwise::activation::{sigmoid, softplus};
use crate::ops::elementwise::arithmetic::{abs, div, mul, neg, sub};
use crate::ops::elementwise::compare::lt;
use crate::ops::elementwise::exponential::log;
use crate::ops::elementwise::select::r#where;
use crate::ops::elementwise::within::{Argument, within};
use crate::ops::elementwise::{Rule, apply};
use crate::ops::loss::{Reduction, same_shape};
use crate::tile_kernel;
use smallvec::smallvec;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "binary_cross_entropy",
        signature: "(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = \"mean\") -> Tensor",
        doc: "`-(y log p + (1 - y) log(1 - p))` of probabilities p = `input` and targets y in [0, 1] (Bishop, Pattern \
              Recognition and Machine Learning, 2006, section 4.3.2). Each logarithm is at least -100, as in PyTorch, so \
              that 0 and 1 give finite losses; prefer `binary_cross_entropy_with_logits`. `weight` broadcasts and scales \
              each loss; `reduction` is \"none\", \"sum\" or \"mean\". Raises an error when input and target differ in \
              shape, and, when the loss is looked at, if an element of them lies outside [0, 1].\n\n\
              >>> ravine.binary_cross_entropy(ravine.tensor([0.5, 0.0]), ravine.tensor([1.0, 1.0]), reduction=\"none\")\n\
              tensor([  0.6931, 100.0000])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (p, y, weight) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
                let reduction = Reduction::of(a, 3)?;
                same_shape(a.function, p, y)?;
                let (p, y) = (within(p, Argument::BceInput)?, within(y, Argument::BceTarget)?);
                let losses = apply(&BCE, Rule::Float, smallvec![p.into(), y.into()])?;
                finish(reduction, losses, weight)
            })
        },
    },
    Function {
        name: "binary_cross_entropy_with_logits",
        signature: "(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = \"mean\", \
                    pos_weight: Tensor | None = None) -> Tensor",
        doc: "`(1 - y) log(1 + e^x) + pos_weight y log(1 + e^-x)`: the binary cross-entropy of the probability sigmoid(x), \
              accurate for every logit x = `input`, however large, and targets y in [0, 1]. `weight` and `pos_weight` \
              broadcast; `reduction` is \"none\", \"sum\" or \"mean\". Raises an error when input and target differ in \
              shape.\n\n\
              >>> ravine.binary_cross_entropy_with_logits(\n\
              ...     ravine.tensor([0.0, 100.0]), ravine.tensor([1.0, 0.0]), reduction=\"none\")\n\
              tensor([  0.6931, 100.0000])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y, weight) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
                let reduction = Reduction::of(a, 3)?;
                same_shape(a.function, x, y)?;
                let positive = a.opt_tensor(4)?.map_or(Arg::from(1.0), Arg::from);
                let losses = apply(&BCE_LOGITS, Rule::Float, smallvec![x.into(), y.into(), positive])?;
                finish(reduction, losses, weight)
            })
        },
    },
];

fn finish(reduction: Reduction, losses: Tensor, weight: Option<&Tensor>) -> Result<crate::function::Outcome> {
    let losses = match weight {
        Some(weight) => mul(losses, weight)?,
        None => losses,
    };
    Ok(reduction.of_all(&losses)?.into())
}

/// The loss of each probability. inputs: p, y
pub static BCE: Op = Op {
    name: "bce",
    function: None,
    class: Class::Elementwise,
    meta: elementwise::meta_same,
    cpu: Cpu::Tile(|compute, _| match compute {
        Compute::F32 => Some(tile_kernel!(|p: f32, y: f32| -> f32 { of_probability(p, y) })),
        Compute::F64 => Some(tile_kernel!(|p: f64, y: f64| -> f64 { of_probability(p, y) })),
        Compute::U8 | Compute::I32 | Compute::I64 => None,
    }),
    gpu: Gpu::Expression("(y - 1.0) * max(log_f32(1.0 - x), -100.0) - y * max(log_f32(x), -100.0)"),
    vjp: Vjp::Elementwise(|c, i, t| {
        let (p, y) = (&c.inputs[0], &c.inputs[1]);
        let rest = sub(1.0, p)?;
        if i == 0 {
            // PyTorch's bound, which keeps the derivative finite at 0 and 1.
            let spread = mul(p, rest)?;
            let spread = r#where(lt(&spread, 1e-12)?, 1e-12, spread)?;
            return mul(t, div(sub(p, y)?, spread)?);
        }
        mul(t, sub(bounded_log(rest)?, bounded_log(p)?)?)
    }),
    jvp: Jvp::Elementwise,
    batch: Batch::Rule(elementwise::batch),
    donates: &[],
    plain: Plain::Primitive("one expression per element: NumPy is the oracle"),
    tests: NO_TESTS,
};

/// The loss of each logit. inputs: x, y, weight of positive targets
pub static BCE_LOGITS: Op = Op {
    name: "bce_logits",
    function: None,
    class: Class::Elementwise,
    meta: elementwise::meta_same,
    cpu: Cpu::Tile(|compute, _| match compute {
        Compute::F32 => Some(tile_kernel!(|x: f32, y: f32, w: f32| -> f32 {
            of_logit(x, y, w)
        })),
        Compute::F64 => Some(tile_kernel!(|x: f64, y: f64, w: f64| -> f64 {
            of_logit(x, y, w)
        })),
        Compute::U8 | Compute::I32 | Compute::I64 => None,
    }),
    gpu: Gpu::Expression(
        "select((1.0 - y) * softplus_f32(x), 0.0, y == 1.0) + select(z * y * softplus_f32(-x), 0.0, y == 0.0)",
    ),
    vjp: Vjp::Elementwise(|c, i, t| {
        let (x, y, w) = (&c.inputs[0], &c.inputs[1], &c.inputs[2]);
        let slope = match i {
            0 => sub(
                mul(sub(1.0, y)?, sigmoid(x)?)?,
                mul(mul(w, y)?, sigmoid(neg(x)?)?)?,
            )?,
            1 => sub(mul(w, wide_softplus(neg(x)?)?)?, wide_softplus(x)?)?,
            _ => mul(y, wide_softplus(neg(x)?)?)?,
        };
        mul(t, slope)
    }),
    jvp: Jvp::Elementwise,
    batch: Batch::Rule(elementwise::batch),
    donates: &[],
    plain: Plain::Primitive("one expression per element: NumPy is the oracle"),
    tests: NO_TESTS,
};

#[inline(always)]
fn of_probability<T: Real>(p: T, y: T) -> T {
    let bound = T::from_f64(-100.0);
    let at_least = |x: T| if x < bound { bound } else { x };
    (y - T::ONE) * at_least(T::log1p(-p)) - y * at_least(T::log(p))
}

#[inline(always)]
fn of_logit<T: Real>(x: T, y: T, w: T) -> T {
    let tail = T::log1p(T::exp(-x.abs()));
    let (above, below) = if x > T::ZERO { (x, T::ZERO) } else { (T::ZERO, -x) };
    // A target of 0 or 1 leaves one term, also where the other is infinite.
    let of_zero = if y == T::ONE {
        T::ZERO
    } else {
        (T::ONE - y) * (above + tail)
    };
    let of_one = if y == T::ZERO {
        T::ZERO
    } else {
        w * y * (below + tail)
    };
    of_zero + of_one
}

fn bounded_log(p: impl Into<Arg>) -> Result<Tensor> {
    // e^-100; what is below is kept from the logarithm, whose slope is infinite at 0.
    let p = p.into();
    let small = lt(abs(&p)?, 3.720_075_976_020_836e-44)?;
    r#where(&small, -100.0, log(r#where(&small, 1.0, p)?)?)
}

fn wide_softplus(x: impl Into<Arg>) -> Result<Tensor> {
    softplus(x, 1.0, f64::INFINITY)
}
