//! Identities: the same value with another place in the graph.

use crate::error::Result;
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Batch, Class, Cpu, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::stream::record_one;
use smallvec::smallvec;

/// The same value under a new node: what a transform differentiates with respect to.
pub static ALIAS: Op = Op {
    name: "alias",
    function: None,
    class: Class::View(|x, _, _| Some(x.clone())),
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::View,
    gpu: Gpu::View,
    vjp: Vjp::Rule(|_, g, _| Ok(smallvec![g[0].clone()])),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| Ok(smallvec![alias(c.tensor(0))?])),
    donates: &[],
    plain: Plain::Primitive("a view"),
    tests: NO_TESTS,
};

/// The same value, constant to autograd.
pub static DETACH: Op = Op {
    name: "detach",
    function: None,
    class: Class::View(|x, _, _| Some(x.clone())),
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::View,
    gpu: Gpu::View,
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Rule(|c, _, _| Ok(smallvec![detach(c.tensor(0))?])),
    donates: &[],
    plain: Plain::Primitive("a view"),
    tests: NO_TESTS,
};

/// A new value with an old history: what a write under `no_grad` leaves of a tensor that has one.
pub static REBIND: Op = Op {
    name: "rebind",
    function: None,
    class: Class::View(|x, _, _| Some(x.clone())),
    // inputs: value, whose history
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::View,
    gpu: Gpu::View,
    vjp: Vjp::Rule(|_, g, _| Ok(smallvec![None, g[0].clone()])),
    jvp: Jvp::Rule(|_, t| Ok(smallvec![t[1].clone()])),
    batch: Batch::Never(
        "a write under no_grad inside vmap has no batched meaning; write to the tensor before vmap",
    ),
    donates: &[],
    plain: Plain::Primitive("a view"),
    tests: NO_TESTS,
};

/// A value that exists from the start: made from data, not by an op.
pub static LEAF: Op = Op {
    name: "leaf",
    function: None,
    class: Class::Create,
    meta: |_| Ok(smallvec![]),
    cpu: Cpu::View,
    gpu: Gpu::View,
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Never("it has no tensor input"),
    donates: &[],
    plain: Plain::Primitive("no input"),
    tests: NO_TESTS,
};

pub fn alias(x: &Tensor) -> Result<Tensor> {
    record_one(&ALIAS, smallvec![], smallvec![], smallvec![x.into()])
}
pub fn detach(x: &Tensor) -> Result<Tensor> {
    record_one(&DETACH, smallvec![], smallvec![], smallvec![x.into()])
}
pub fn rebind(value: &Tensor, history: &Tensor) -> Result<Tensor> {
    crate::mode::with_grad(true, || {
        record_one(
            &REBIND,
            smallvec![],
            smallvec![],
            smallvec![value.into(), history.into()],
        )
    })
}
