//! Running maxima and minima, with their places.

use crate::cpu::scan;
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::index::gather;
use crate::ops::ordering::topk::PAIR;
use crate::ops::reduce::fold::Fold;
use crate::ops::reduce::passes;
use crate::ops::shape::view::reshape;
use crate::shape::normalize_dim;
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::smallvec;

attributes! {
    struct Line in Attrs { dim: usize, largest: bool }
}

/// int64: where the extremum of the elements up to each place is, the last of equal ones. attrs: `Line`
pub static RUNNING_EXTREMUM: Op = Op {
    name: "running_extremum",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(0).into(), DType::I64)]),
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (input, Line { dim, largest }) = (l.dense(0)?, l.attrs.into());
        dispatch!(input.dtype, T => if largest {
            scan::extrema::<T, true>(&input, dim, &mut l.outputs[0])
        } else {
            scan::extrema::<T, false>(&input, dim, &mut l.outputs[0])
        });
        Ok(())
    }),
    gpu: Gpu::Program(|c| {
        let Line { dim, largest } = c.attrs.into();
        passes::scan(c, dim, &Fold::place_of_extremum(c, largest, false)?)
    }),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Rule(|c, _, _| {
        let mut line = Line::from(c.attrs);
        line.dim += 1;
        Ok(smallvec![record_one(
            c.op,
            line.encode(),
            smallvec![],
            c.inputs.into()
        )?])
    }),
    donates: &[],
    plain: Plain::Primitive("NumPy's maximum.accumulate is the oracle"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

fn places(x: &Tensor, dim: usize, largest: bool) -> Result<Tensor> {
    let attrs = Line { dim, largest }.encode();
    record_one(&RUNNING_EXTREMUM, attrs, smallvec![], smallvec![x.into()])
}

/// The largest of the elements up to and including each place; NaN from one on.
pub fn running_max(x: &Tensor, dim: usize) -> Result<Tensor> {
    gather::gather(x, dim, &places(x, dim, true)?)
}

fn call(a: &Args, largest: bool) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let dim = normalize_dim(a.function, a.int(1)?, x.rank())?;
    let line = if x.rank() == 0 {
        reshape(x, &[1])?
    } else {
        x.clone()
    };
    let places = places(&line, dim, largest)?;
    let values: Tensor = gather::gather(&line, dim, &places)?;
    let pair = vec![reshape(&values, x.shape())?, reshape(&places, x.shape())?];
    Ok(Outcome::Named(a.function, PAIR, pair))
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "cummax",
        signature: "(input: Tensor, dim: int) -> tuple[Tensor, Tensor]",
        doc: "The largest of the elements up to and including each place along `dim`, and its int64 place (the last of equal \
              ones). From a NaN on all is NaN.\n\n\
              >>> ravine.cummax(ravine.tensor([1, 3, 2]), 0).values\ntensor([1, 3, 3])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| call(a, true),
    },
    Function {
        name: "cummin",
        signature: "(input: Tensor, dim: int) -> tuple[Tensor, Tensor]",
        doc: "The smallest of the elements up to and including each place along `dim`, and its int64 place (the last of equal \
              ones). From a NaN on all is NaN.\n\n\
              >>> ravine.cummin(ravine.tensor([2, 1, 3]), 0).values\ntensor([2, 1, 1])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| call(a, false),
    },
];
