//! Elementwise records without a function of their own: what only derivatives and functions of several ops record.

use crate::cpu::tile::Kernel;
use crate::dtype::{Compute, DType};
use crate::error::{Error, Kind, Result};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Batch, Call, Class, Cpu, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::elementwise;

/// Where a record keeps the kernels of its expression.
pub type Kept = fn(Compute, DType) -> Option<Kernel>;

/// `t` times the derivative by input `i`.
pub type Slope = fn(&Call, i: usize, t: &Tensor) -> Result<Tensor>;

/// One expression over floats.
pub const fn inner(name: &'static str, kernel: Kept, wgsl: &'static str, slope: Slope) -> Op {
    Op {
        name,
        function: None,
        class: Class::Elementwise,
        meta: elementwise::meta_same,
        cpu: Cpu::Tile(kernel),
        gpu: Gpu::Expression(wgsl),
        vjp: Vjp::Elementwise(slope),
        jvp: Jvp::Elementwise,
        batch: Batch::Rule(elementwise::batch),
        donates: &[],
        plain: Plain::Primitive("one expression per element: SciPy is the oracle"),
        tests: NO_TESTS,
    }
}

/// What users read where a function has one derivative by its first argument, and they ask for another.
pub fn no_slope(op: &'static str) -> Result<Tensor> {
    let text = "has no second derivative by its first argument; detach() it, or do without create_graph=True";
    Err(Error::new(Kind::Gradient, op, text))
}
