//! Where the largest and smallest elements are, and `max` and `min` over them.

use crate::cpu::arg as kernels;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places, Value};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic::{maximum, minimum};
use crate::ops::index::gather;
use crate::ops::ordering::topk::PAIR;
use crate::ops::reduce::fold::Fold;
use crate::ops::reduce::passes;
use crate::ops::reduce::{amax, amin};
use crate::ops::shape::view;
use crate::shape::{Shape, normalize_dim, numel, reduced_shape};
use crate::stream::record_one;
use smallvec::smallvec;

attributes! {
    struct Line in Attrs { keepdim: bool, dim: usize }
}

macro_rules! argument_of_extremum {
    ($static:ident, $name:literal, $doc:literal, $largest:literal) => {
        pub static $static: Op = Op {
            name: $name,
            function: Some(Function {
                name: $name,
                signature: "(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor",
                doc: $doc,
                places: Places::BOTH,
                effect: Effect::Pure,
                call: |a| Ok(call(&$static, a)?.into()),
            }),
            class: Class::Structured,
            meta: |r| {
                let Line { keepdim, dim } = r.attrs.into();
                let shape = reduced_shape(r.shape(0), &[dim], keepdim);
                check(r.op.name, r.shape(0), dim, &shape)?;
                Ok(smallvec![(shape, DType::I64)])
            },
            cpu: Cpu::Kernel(|l| {
                let (input, Line { dim, .. }) = (l.dense(0)?, l.attrs.into());
        dispatch!(input.dtype, T => kernels::arg::<T, $largest>(&input, dim, &mut l.outputs[0]));
                Ok(())
            }),
            gpu: Gpu::Program(|c| {
                passes::reduce(
                    c,
                    &[Line::from(c.attrs).dim],
                    Fold::place_of_extremum(c, $largest, true)?,
                )
            }),
            vjp: Vjp::Constant,
            jvp: Jvp::Constant,
            batch: Batch::Rule(|c, _, _| {
                let Line { keepdim, dim } = c.attrs.into();
                Ok(smallvec![record(c.op, c.tensor(0), dim + 1, keepdim)?])
            }),
            donates: &[],
            plain: Plain::Primitive("NumPy's argmax is the oracle"),
            tests: Tests {
                reference: concat!("np.", $name, "(input, axis=dim, keepdims=keepdim)"),
                samples: &[
                    "f(7)",
                    "f()",
                    "f(3, 5)",
                    "f(3, 5), 0",
                    "f(2, 3, 5), 1, keepdim=True",
                    "f(3, 2000), -1",
                    "f(500, 70), 0",
                    "i(4, 90, low=-3, high=3), 1",
                ],
                accuracy: Accuracy::Exact,
                domain: (-10.0, 10.0),
            },
        };
    };
}

argument_of_extremum!(
    ARGMAX,
    "argmax",
    "The int64 index of the largest element along `dim`, or within all elements in row-major order. The first of equal \
     elements counts; NaN is larger than everything.\n\n\
     >>> ravine.argmax(ravine.tensor([[1.0, 5.0], [4.0, 3.0]]), 1)\ntensor([1, 0])\n",
    true
);
argument_of_extremum!(
    ARGMIN,
    "argmin",
    "The int64 index of the smallest element along `dim`, or within all elements in row-major order. The first of equal \
     elements counts; NaN is smaller than everything.\n\n\
     >>> ravine.argmin(ravine.tensor([[1.0, 5.0], [4.0, 3.0]]), 1)\ntensor([0, 1])\n",
    false
);

/// Results without an element to choose from are an error.
fn check(op: &'static str, shape: &[usize], dim: usize, result: &[usize]) -> Result<()> {
    if shape.get(dim) == Some(&0) && numel(result) > 0 {
        return Err(Error::empty_reduction(op, shape));
    }
    Ok(())
}

fn record(op: &'static Op, x: &Tensor, dim: usize, keepdim: bool) -> Result<Tensor> {
    record_one(
        op,
        Line { keepdim, dim }.encode(),
        smallvec![],
        smallvec![x.into()],
    )
}

fn call(op: &'static Op, a: &Args) -> Result<Tensor> {
    let (x, keepdim) = (a.tensor(0)?, a.flag(2)?);
    let Some(dim) = a.opt_int(1)? else {
        let found = record(op, &view::reshape(x, &[x.numel()])?, 0, false)?;
        let ones: Shape = x.shape().iter().map(|_| 1).collect();
        return if keepdim {
            view::reshape(&found, &ones)
        } else {
            Ok(found)
        };
    };
    along(op, x, normalize_dim(op.name, dim, x.rank())?, keepdim)
}

/// A tensor without dimensions has its one element at 0.
fn along(op: &'static Op, x: &Tensor, dim: usize, keepdim: bool) -> Result<Tensor> {
    if x.rank() == 0 {
        record(op, &view::reshape(x, &[1])?, 0, false)
    } else {
        record(op, x, dim, keepdim)
    }
}

pub fn argmax(x: &Tensor, dim: usize, keepdim: bool) -> Result<Tensor> {
    along(&ARGMAX, x, dim, keepdim)
}
pub fn argmin(x: &Tensor, dim: usize, keepdim: bool) -> Result<Tensor> {
    along(&ARGMIN, x, dim, keepdim)
}

pub static FUNCTIONS: &[Function] = &[
    choosing(
        "max",
        "Without `dim` the largest of all elements, as `amax`. With `dim` the largest elements along it and their \
         int64 indices, as `argmax`; the gradient goes to those elements alone. With a second tensor the larger of \
         two elements, as `maximum`.\n\n\
         >>> values, indices = ravine.max(ravine.tensor([[1.0, 5.0], [4.0, 3.0]]), 1)\n>>> values\n\
         tensor([5., 4.])\n>>> ravine.max(ravine.tensor([2, 7]))\ntensor(7)\n",
        |a| extremum(a, &ARGMAX, amax, |x, y| maximum(x, y)),
    ),
    choosing(
        "min",
        "Without `dim` the smallest of all elements, as `amin`. With `dim` the smallest elements along it and their \
         int64 indices, as `argmin`; the gradient goes to those elements alone. With a second tensor the smaller of \
         two elements, as `minimum`.\n\n\
         >>> values, indices = ravine.min(ravine.tensor([[1.0, 5.0], [4.0, 3.0]]), 1)\n>>> values\n\
         tensor([1., 3.])\n>>> ravine.min(ravine.tensor([2, 7]))\ntensor(2)\n",
        |a| extremum(a, &ARGMIN, amin, |x, y| minimum(x, y)),
    ),
];

const fn choosing(name: &'static str, doc: &'static str, call: fn(&Args) -> Result<Outcome>) -> Function {
    Function {
        name,
        signature: "(input: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, \
                    other: Tensor | None = None) -> Tensor | tuple[Tensor, Tensor]",
        doc,
        places: Places::BOTH,
        effect: Effect::Pure,
        call,
    }
}

type Reduce = fn(&Tensor, &[usize], bool) -> Result<Tensor>;
type Choose = fn(&Tensor, &Tensor) -> Result<Tensor>;

fn extremum(a: &Args, op: &'static Op, all: Reduce, of_two: Choose) -> Result<Outcome> {
    let x = a.tensor(0)?;
    if let Some(other) = a.opt_tensor(3)? {
        return Ok(of_two(x, other)?.into());
    }
    match a.value(1) {
        Value::None => Ok(all(x, &(0..x.rank()).collect::<Vec<_>>(), a.flag(2)?)?.into()),
        Value::Tensor(other) => Ok(of_two(x, other)?.into()),
        _ => {
            let dim = normalize_dim(a.function, a.int(1)?, x.rank())?;
            let keepdim = a.flag(2)?;
            let shape = reduced_shape(x.shape(), &[dim], keepdim);
            check(a.function, x.shape(), dim, &shape)?;
            if x.rank() == 0 {
                return Ok(Outcome::Named(
                    a.function,
                    PAIR,
                    vec![x.clone(), along(op, x, dim, false)?],
                ));
            }
            let places = record(op, x, dim, true)?;
            let values = gather::gather(x, dim, &places)?;
            let pair = vec![view::reshape(&values, &shape)?, view::reshape(&places, &shape)?];
            Ok(Outcome::Named(a.function, PAIR, pair))
        }
    }
}
