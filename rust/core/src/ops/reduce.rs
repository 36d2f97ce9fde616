//! Reductions over dimensions. The tree is fixed by the logical shape, so the bits do not depend on layout or threads
//! (see `cpu::reduce`).

use super::binary::{div, eq, mul, sub};
use super::elementwise::common_dtype;
use super::unary::{exp, log};
use super::{cast, view};
use crate::cpu::reduce::{self, All, Any, Max, Min, Sum};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome};
use crate::gpu::Gpu;
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Attrs, Batch, Call, Class, Cpu, Jvp, Meta, Op, Plain, Request, Tests, Vjp};
use crate::shape::{Shape, normalize_dims, numel, reduced_dims, reduced_shape};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

/// attrs: [keepdim, dims..]
fn dims_of(attrs: &[i64]) -> SmallVec<[usize; 4]> {
    attrs[1..].iter().map(|&d| d as usize).collect()
}

fn shape_of(r: &Request) -> Shape {
    reduced_shape(r.shape(0), &dims_of(r.attrs), r.attrs[0] != 0)
}

fn record(op: &'static Op, x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    let mut attrs: Attrs = smallvec![keepdim as i64];
    attrs.extend(dims.iter().map(|&d| d as i64));
    record_one(op, attrs, smallvec![], smallvec![x.into()])
}

/// Gives a reduced result its dimensions of extent 1 back.
pub fn restore(t: &Tensor, full: &[usize], dims: &[usize]) -> Result<Tensor> {
    view::reshape(t, &reduced_shape(full, dims, true))
}

fn batch(c: &Call, _: &[bool], _: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let dims: SmallVec<[usize; 4]> = dims_of(c.attrs).iter().map(|d| d + 1).collect();
    Ok(smallvec![record(c.op, c.tensor(0), &dims, c.attrs[0] != 0)?])
}

/// dim and keepdim of a user's call.
fn range(a: &Args, rank: usize) -> Result<(SmallVec<[usize; 4]>, bool)> {
    Ok((
        reduced_dims(a.function, a.opt_ints(1)?.as_deref(), rank)?,
        a.flag(2)?,
    ))
}

/// `any` and `all` over the dimensions of a user's call; an empty list names none, as in PyTorch.
fn truth(op: &'static Op, a: &Args) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let dims = normalize_dims(a.function, a.opt_ints(1)?.as_deref(), x.rank())?;
    Ok(record(op, &cast::cast(x, DType::Bool)?, &dims, a.flag(2)?)?.into())
}

/// A reduction in the dtype that parameter `i` asks for: of the operand and of the result.
pub fn in_dtype(a: &Args, i: usize, reduce: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Outcome> {
    let x = a.tensor(0)?;
    Ok(match a.opt_dtype(i)? {
        None => reduce(x)?,
        Some(dtype) => cast::cast(&reduce(&cast::cast(x, dtype)?)?, dtype)?,
    }
    .into())
}

macro_rules! reduction {
    ($static:ident, $name:literal, $doc:literal, $signature:literal, $call:expr, $meta:expr, $reducer:ident, $vjp:expr, $jvp:expr,
     $reference:literal, $accuracy:expr) => {
        pub static $static: Op = Op {
            name: $name,
            function: Some(Function {
                name: $name,
                signature: $signature,
                doc: $doc,
                method: true,
                effect: Effect::Pure,
                call: $call,
            }),
            class: Class::Structured,
            meta: $meta,
            cpu: Cpu::Kernel(|l| {
                let dims = dims_of(&l.node.attrs);
                reduce::run::<$reducer>(l, &dims)
            }),
            gpu: Gpu::Never("reductions wait for the GPU engine"),
            vjp: $vjp,
            jvp: $jvp,
            batch: Batch::Rule(batch),
            donates: &[],
            plain: Plain::Primitive("NumPy's reduction is the oracle"),
            tests: Tests {
                reference: $reference,
                samples: &[
                    "f(2, 3)",
                    "f(2, 3, 4), 1",
                    "f(2, 3, 4), (0, 2), keepdim=True",
                    "f(70, 33), 0",
                    "f(3, 1100), -1",
                    "f()",
                ],
                accuracy: $accuracy,
                domain: (-3.0, 3.0),
            },
        };
    };
}

reduction!(
    SUM,
    "sum",
    "Sum over `dim` (all dimensions when left out). Integers and booleans add up in int64; float16 and bfloat16 are \
     accumulated in float32. With `dtype` the elements and the sum are of that dtype.\n\n>>> ravine.sum(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]), 0)\ntensor([4., 6.])\n",
    "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None) -> Tensor",
    |a| {
        let (dims, keepdim) = range(a, a.tensor(0)?.rank())?;
        in_dtype(a, 3, |x| sum(x, &dims, keepdim))
    },
    |r| {
        let dtype = if r.dtype(0).is_float() {
            r.dtype(0)
        } else {
            DType::I64
        };
        Ok(smallvec![(shape_of(r), dtype)])
    },
    Sum,
    Vjp::Rule(|c, g, _| {
        let x = c.tensor(0).shape();
        let back = |g: &Tensor| view::expand(&restore(g, x, &dims_of(c.attrs))?, x);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    Jvp::Linear,
    "np.sum(input, axis=dim, keepdims=keepdim)",
    Accuracy::Sum(1.0)
);

pub fn sum(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    record(&SUM, x, dims, keepdim)
}

/// Where the extremum is taken, shared evenly among equal elements.
fn extremum_share(c: &Call) -> Result<Tensor> {
    let (x, dims) = (c.tensor(0), dims_of(c.attrs));
    let hit = eq(x, restore(&c.outputs[0], x.shape(), &dims)?)?;
    // More elements may be equal than float16 can count.
    let hit = cast::cast(&hit, x.dtype().compute_dtype())?;
    cast::cast(&div(&hit, sum(&hit, &dims, true)?)?, x.dtype())
}

fn extremum_vjp(c: &Call, g: &[Option<Tensor>], _: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let Some(g) = &g[0] else {
        return Ok(smallvec![None]);
    };
    let g = restore(g, c.tensor(0).shape(), &dims_of(c.attrs))?;
    Ok(smallvec![Some(mul(extremum_share(c)?, g)?)])
}

fn extremum_jvp(c: &Call, t: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
    let Some(t) = &t[0] else {
        return Ok(smallvec![None]);
    };
    Ok(smallvec![Some(sum(
        &mul(extremum_share(c)?, t)?,
        &dims_of(c.attrs),
        c.attrs[0] != 0
    )?)])
}

fn extremum_meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let dims = dims_of(r.attrs);
    let shape = shape_of(r);
    if numel(&shape) > 0 && dims.iter().any(|&d| r.shape(0)[d] == 0) {
        return Err(Error::empty_reduction(r.op.name, r.shape(0)));
    }
    Ok(smallvec![(shape, r.dtype(0))])
}

reduction!(
    AMAX,
    "amax",
    "Largest element over `dim`; NaN if there is one. Equal elements share the gradient evenly.\n\n\
     >>> ravine.amax(ravine.tensor([[1.0, 5.0], [3.0, 4.0]]), 1)\ntensor([5., 4.])\n",
    "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor",
    |a| {
        let (dims, keepdim) = range(a, a.tensor(0)?.rank())?;
        Ok(record(&AMAX, a.tensor(0)?, &dims, keepdim)?.into())
    },
    extremum_meta,
    Max,
    Vjp::Rule(extremum_vjp),
    Jvp::Rule(extremum_jvp),
    "np.max(input, axis=dim, keepdims=keepdim)",
    Accuracy::Exact
);

reduction!(
    AMIN,
    "amin",
    "Smallest element over `dim`; NaN if there is one. Equal elements share the gradient evenly.\n\n\
     >>> ravine.amin(ravine.tensor([[1.0, 5.0], [3.0, 4.0]]), 1)\ntensor([1., 3.])\n",
    "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor",
    |a| {
        let (dims, keepdim) = range(a, a.tensor(0)?.rank())?;
        Ok(record(&AMIN, a.tensor(0)?, &dims, keepdim)?.into())
    },
    extremum_meta,
    Min,
    Vjp::Rule(extremum_vjp),
    Jvp::Rule(extremum_jvp),
    "np.min(input, axis=dim, keepdims=keepdim)",
    Accuracy::Exact
);

fn bool_meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    Ok(smallvec![(shape_of(r), DType::Bool)])
}

reduction!(
    ANY,
    "any",
    "Whether any element over `dim` is true (or not 0).\n\n>>> ravine.any(ravine.tensor([False, True]))\ntensor(True)\n",
    "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor",
    |a| truth(&ANY, a),
    bool_meta,
    Any,
    Vjp::Constant,
    Jvp::Constant,
    "np.any(input, axis=dim, keepdims=keepdim)",
    Accuracy::Exact
);

reduction!(
    ALL,
    "all",
    "Whether every element over `dim` is true (or not 0).\n\n>>> ravine.all(ravine.tensor([False, True]))\ntensor(False)\n",
    "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor",
    |a| truth(&ALL, a),
    bool_meta,
    All,
    Vjp::Constant,
    Jvp::Constant,
    "np.all(input, axis=dim, keepdims=keepdim)",
    Accuracy::Exact
);

pub fn amax(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    record(&AMAX, x, dims, keepdim)
}

pub fn any(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    record(&ANY, x, dims, keepdim)
}

pub fn amin(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    record(&AMIN, x, dims, keepdim)
}

fn count(shape: &[usize], dims: &[usize]) -> usize {
    dims.iter().map(|&d| shape[d]).product()
}

/// A floating result for a mean: integers must be cast by the user, as in PyTorch.
fn need_float(op: &'static str, x: &Tensor) -> Result<()> {
    if x.dtype().is_float() {
        Ok(())
    } else {
        Err(Error::dtype(op, x.dtype(), "a floating dtype"))
    }
}

pub fn mean(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    need_float("mean", x)?;
    widened(x, |x| div(sum(x, dims, keepdim)?, count(x.shape(), dims) as f64))
}

/// Two passes: the mean, then the squares of the distances to it.
pub fn var(x: &Tensor, dims: &[usize], correction: f64, keepdim: bool) -> Result<Tensor> {
    need_float("var", x)?;
    widened(x, |x| var_wide(x, dims, correction, keepdim))
}

/// Half precision is computed in float32 and rounded once: a sum would overflow before it is divided.
fn widened(x: &Tensor, f: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    cast::cast(&f(&cast::cast(x, x.dtype().compute_dtype())?)?, x.dtype())
}

fn var_wide(x: &Tensor, dims: &[usize], correction: f64, keepdim: bool) -> Result<Tensor> {
    let centred = sub(x, mean(x, dims, true)?)?;
    let n = count(x.shape(), dims) as f64 - correction;
    div(sum(&mul(&centred, &centred)?, dims, keepdim)?, n.max(0.0))
}

/// `log sum exp` without overflow: the maximum is taken out first and put back.
pub fn logsumexp(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    let x = if x.dtype().is_float() {
        x.clone()
    } else {
        cast::cast(x, DType::F32)?
    };
    if count(x.shape(), dims) == 0 {
        // There is no maximum, and no overflow: log 0.
        return log(sum(&exp(&x)?, dims, keepdim)?);
    }
    let top = crate::mode::with_grad(false, || amax(&x, dims, true))?;
    let top = super::detach::detach(&top)?;
    // Rows of -inf (or with +inf) would give inf - inf.
    let finite = super::binary::lt(super::unary::abs(&top)?, f64::INFINITY)?;
    let top = super::select::r#where(finite, &top, 0.0)?;
    let total = log(sum(&exp(sub(&x, &top)?)?, dims, keepdim)?)?;
    super::binary::add(&total, view::reshape(&top, total.shape())?)
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "mean",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None) -> Tensor",
        doc: "Arithmetic mean over `dim`; NaN over no element.\n\n>>> ravine.mean(ravine.tensor([1.0, 2.0, 6.0]))\ntensor(3.)\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            let (dims, keepdim) = range(a, a.tensor(0)?.rank())?;
            in_dtype(a, 3, |x| mean(x, &dims, keepdim))
        },
    },
    Function {
        name: "var",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, *, correction: Number = 1, keepdim: bool = False) -> Tensor",
        doc: "Variance over `dim`: the squared distances to the mean, summed and divided by `n - correction` (1 gives the \
              unbiased estimate).\n\n>>> ravine.var(ravine.tensor([1.0, 2.0, 3.0]))\ntensor(1.)\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let x = a.tensor(0)?;
                let dims = reduced_dims("var", a.opt_ints(1)?.as_deref(), x.rank())?;
                Ok(var(x, &dims, a.float(2)?, a.flag(3)?)?.into())
            })
        },
    },
    Function {
        name: "std",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, *, correction: Number = 1, keepdim: bool = False) -> Tensor",
        doc: "Standard deviation over `dim`: the square root of `var`.\n\n>>> ravine.std(ravine.tensor([1.0, 2.0, 3.0]))\ntensor(1.)\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let x = a.tensor(0)?;
                let dims = reduced_dims("std", a.opt_ints(1)?.as_deref(), x.rank())?;
                Ok(super::unary::root(&var(x, &dims, a.float(2)?, a.flag(3)?)?)?.into())
            })
        },
    },
    Function {
        name: "logsumexp",
        signature: "(input: Tensor, dim: int | Sequence[int], keepdim: bool = False) -> Tensor",
        doc: "`log(sum(exp(x)))` over `dim`, computed without overflow as `m + log(sum(exp(x - m)))` with m the maximum; minus \
              infinity over no element.\n\n\
              >>> ravine.logsumexp(ravine.tensor([1000.0, 1000.0]), 0)\ntensor(1000.6932)\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let x = a.tensor(0)?;
                let (dims, keepdim) = range(a, x.rank())?;
                Ok(logsumexp(x, &dims, keepdim)?.into())
            })
        },
    },
];

/// The common dtype of operands, for ops outside the elementwise class.
pub fn promoted(args: &[&Tensor]) -> DType {
    common_dtype(&args.iter().map(|t| Arg::from(*t)).collect::<Vec<_>>())
}
