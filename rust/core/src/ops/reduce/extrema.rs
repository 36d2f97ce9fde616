//! Largest and smallest elements, and whether any or all are true.

use crate::cpu::reduce::{self, All, Any, Max, Min};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, Meta, Op, Plain, Request, Tests, Vjp};
use crate::ops::elementwise::arithmetic::{div, mul};
use crate::ops::elementwise::compare::eq;
use crate::ops::graph::cast;
use crate::ops::reduce::fold::Fold;
use crate::ops::reduce::rule::{
    Over, batch, dims_of, program, range, record, reduction, restore, shape_of, spliced,
};
use crate::ops::reduce::sum;
use crate::shape::{normalize_dims, numel};
use smallvec::{SmallVec, smallvec};

/// `any` and `all` over the dimensions of a user's call; an empty list names none, as in PyTorch.
fn truth(op: &'static Op, a: &Args) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let dims = normalize_dims(a.function, a.opt_ints(1)?.as_deref(), x.rank())?;
    Ok(record(op, &cast::cast(x, DType::Bool)?, &dims, a.flag(2)?)?.into())
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
        Over::from(c.attrs).keepdim
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
    spliced(|c| program(c, Fold::extremum(c, true)?)),
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
    spliced(|c| program(c, Fold::extremum(c, false)?)),
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
    Gpu::Program(|c| program(c, Fold::truth(c, false)?)),
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
    Gpu::Program(|c| program(c, Fold::truth(c, true)?)),
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
