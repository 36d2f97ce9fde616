//! What reductions over dimensions share: attributes (whether dimensions stay, then which they are), shapes, and the
//! record. The tree is fixed by the logical shape, so the bits do not depend on layout or threads.

use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Args, Outcome};
use crate::graph::{Arg, Tensor};
use crate::op::{Attrs, Call, Op, Request};
use crate::ops::elementwise::common_dtype;
use crate::ops::graph::cast;
use crate::ops::shape::view;
use crate::shape::{Shape, reduced_dims, reduced_shape};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

/// attrs: [keepdim, dims..]
pub fn dims_of(attrs: &[i64]) -> SmallVec<[usize; 4]> {
    attrs[1..].iter().map(|&d| d as usize).collect()
}

pub fn shape_of(r: &Request) -> Shape {
    reduced_shape(r.shape(0), &dims_of(r.attrs), r.attrs[0] != 0)
}

pub fn record(op: &'static Op, x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    let mut attrs: Attrs = smallvec![keepdim as i64];
    attrs.extend(dims.iter().map(|&d| d as i64));
    record_one(op, attrs, smallvec![], smallvec![x.into()])
}

/// Gives a reduced result its dimensions of extent 1 back.
pub fn restore(t: &Tensor, full: &[usize], dims: &[usize]) -> Result<Tensor> {
    view::reshape(t, &reduced_shape(full, dims, true))
}

pub fn batch(c: &Call, _: &[bool], _: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let dims: SmallVec<[usize; 4]> = dims_of(c.attrs).iter().map(|d| d + 1).collect();
    Ok(smallvec![record(c.op, c.tensor(0), &dims, c.attrs[0] != 0)?])
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
    ($static:ident, $name:literal, $doc:literal, $signature:literal, $call:expr, $meta:expr, $reducer:ident, $vjp:expr, $jvp:expr,
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
            cpu: Cpu::Kernel(|l| {
                let dims = dims_of(&l.attrs);
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

pub(super) use reduction;

/// The common dtype of operands, for ops outside the elementwise class.
pub fn promoted(args: &[&Tensor]) -> DType {
    common_dtype(&args.iter().map(|t| Arg::from(*t)).collect::<Vec<_>>())
}
