//! What reductions over dimensions share: attributes (whether dimensions stay, then which they are), shapes, and the
//! record. The tree is fixed by the logical shape, so the bits do not depend on layout or threads.

use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Args, Outcome};
use crate::gpu::{Context, Gpu, GpuProgram, ProgramFn, Spliced};
use crate::graph::{Arg, Tensor};
use crate::op::{Attrs, Call, Op, Request};
use crate::ops::elementwise::common_dtype;
use crate::ops::graph::cast;
use crate::ops::reduce::fold::Fold;
use crate::ops::reduce::passes;
use crate::ops::shape::view;
use crate::shape::{Shape, reduced_dims, reduced_shape};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

attributes! {
    /// Of a reduction.
    pub struct Over in Attrs { keepdim: bool, dims: SmallVec<[usize; 4]> }
}

impl Over {
    /// Behind a batch dimension.
    pub fn behind(mut self) -> Over {
        self.dims.iter_mut().for_each(|d| *d += 1);
        self
    }
}

/// Those of a reduction's attributes.
pub fn dims_of(attrs: &Attrs) -> SmallVec<[usize; 4]> {
    Over::from(attrs).dims
}

pub fn shape_of(r: &Request) -> Shape {
    let over = Over::from(r.attrs);
    reduced_shape(r.shape(0), &over.dims, over.keepdim)
}

pub fn record(op: &'static Op, x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    let over = Over {
        keepdim,
        dims: dims.into(),
    };
    record_one(op, over.encode(), smallvec![], smallvec![x.into()])
}

/// Gives a reduced result its dimensions of extent 1 back.
pub fn restore(t: &Tensor, full: &[usize], dims: &[usize]) -> Result<Tensor> {
    view::reshape(t, &reduced_shape(full, dims, true))
}

pub fn batch(c: &Call, _: &[bool], _: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let over = Over::from(c.attrs).behind();
    Ok(smallvec![record_one(
        c.op,
        over.encode(),
        smallvec![],
        c.inputs.into()
    )?])
}

/// dim and keepdim of a user's call.
pub fn range(a: &Args, rank: usize) -> Result<(SmallVec<[usize; 4]>, bool)> {
    Ok((
        reduced_dims(a.function, a.opt_ints(1)?.as_deref(), rank)?,
        a.flag(2)?,
    ))
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
    ($static:ident, $name:literal, $doc:literal, $signature:literal, $call:expr, $meta:expr, $reducer:ident, $gpu:expr, $vjp:expr, $jvp:expr,
     $reference:literal, $accuracy:expr) => {
        pub static $static: Op = Op {
            name: $name,
            function: Some(Function {
                name: $name,
                signature: $signature,
                doc: $doc,
                places: Places::BOTH,
                effect: Effect::Pure,
                call: $call,
            }),
            class: Class::Structured,
            meta: $meta,
            cpu: Cpu::Spliced(
                |l| {
                    let dims = dims_of(l.attrs);
                    reduce::run::<$reducer>(l, &dims)
                },
                |slot, attrs, shape| {
                    slot == $crate::work::Slot::Load && reduce::is_inner(shape, &dims_of(attrs))
                },
            ),
            gpu: $gpu,
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

pub(super) use reduction;

/// The common dtype of operands, for ops outside the elementwise class.
pub fn promoted(args: &[&Tensor]) -> DType {
    common_dtype(&args.iter().map(|t| Arg::from(*t)).collect::<Vec<_>>())
}

/// A program whose passes see elements through the slot `load` as they are read.
pub const fn spliced(program: ProgramFn) -> Gpu {
    Gpu::Spliced(Spliced {
        program,
        any_layout: false,
        halves: false,
        load: Some("load"),
        store: None,
    })
}

/// The program of a reduction over its dimensions.
pub fn program(c: &Context, fold: Fold) -> Result<GpuProgram> {
    passes::reduce(c, &dims_of(c.attrs), fold)
}
