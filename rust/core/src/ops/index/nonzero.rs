//! Where a tensor is not 0: the one op here whose shape depends on values, so it looks.

use crate::cpu::index;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, need};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::compare::ne;
use crate::ops::graph::cast;
use crate::ops::index::scatter::ranked;
use crate::ops::reduce;
use crate::ops::reduce::scan::CUMSUM;
use crate::ops::shape::view::{narrow, reshape};
use crate::shape::numel;
use crate::stream::{look, record_one};
use smallvec::smallvec;

const NO_BATCH: &str = "the number of elements that are not 0 may differ from one batch element to the next. Inside vmap \
                        keep the shape: ravine.where(mask, x, 0) in place of x[mask]";

attributes! {
    struct Found in Attrs {
        /// Elements that are not 0.
        count: usize,
    }
}

pub static NONZERO: Op = Op {
    name: "nonzero",
    function: Some(Function {
        name: "nonzero",
        signature: "(input: Tensor, *, as_tuple: bool = False) -> Tensor | tuple[Tensor, ...]",
        doc: "The indices of all elements that are not 0 (or not False), in row-major order: int64 of shape \
              (number of such elements, rank), or with `as_tuple` a vector for each dimension, by which a tensor can be \
              indexed. Runs what was recorded and looks at the values.\n\n\
              >>> ravine.nonzero(ravine.tensor([[1, 0], [0, 2]]))\ntensor([[0, 0],\n        [1, 1]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            if !a.flag(1)? {
                return Ok(nonzero(x)?.into());
            }
            let places = nonzero(&ranked(x)?)?;
            let n = places.shape()[0];
            let column = |d| reshape(&narrow(&places, 1, d as i64, 1)?, &[n]);
            Ok(Outcome::Many(
                (0..places.shape()[1]).map(column).collect::<Result<_>>()?,
            ))
        },
    }),
    class: Class::Structured,
    // attrs: `Found`
    meta: |r| {
        Ok(smallvec![(
            smallvec![Found::from(r.attrs).count, r.shape(0).len()],
            DType::I64
        )])
    },
    cpu: Cpu::Kernel(|l| {
        if l.outputs[0].numel() > 0 {
            index::nonzero(&l.dense(0)?, &mut l.outputs[0]);
        }
        Ok(())
    }),
    gpu: Gpu::Program(program),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Never(NO_BATCH),
    donates: &[],
    plain: Plain::Primitive("NumPy's nonzero is the oracle"),
    tests: Tests {
        reference: "nonzero(input)",
        samples: &["b(2, 3)", "i(4, 5)", "f(3)", "b(0, 2)", "b()", "b(2, 3, 700)"],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

/// The running count of elements that are not 0 tells in which row of the result each of them is.
fn program(c: &Context) -> Result<GpuProgram> {
    need("nonzero", c.dtype(0), DType::Bool)?;
    let (shape, count) = (c.shape(0), Found::from(c.attrs).count);
    let n = numel(shape);
    if count * shape.len() == 0 {
        return Ok(GpuProgram::default());
    }
    let counting = CUMSUM.gpu.program(&Context {
        op: c.op,
        attrs: &smallvec![0],
        data: &smallvec![],
        inputs: &[(smallvec![n], DType::Bool)],
        layouts: &[],
        limits: c.limits,
    })?;
    let mut passes = counting.passes;
    for binding in passes.iter_mut().flat_map(|pass| &mut pass.bindings) {
        binding.buffer = match binding.buffer {
            Buffer::Output(_) => Buffer::Scratch(0),
            Buffer::Scratch(i) => Buffer::Scratch(1 + i),
            other => other,
        };
    }
    let bindings = vec![
        Binding::read("x", Buffer::Input(0), "u32"),
        Binding::read("counts", Buffer::Scratch(0), "vec2<u32>"),
        Binding::write("out", Buffer::Output(0), "vec2<u32>"),
    ];
    let params = [n, shape.len()].iter().chain(shape).map(|&x| x as u32).collect();
    passes.push(c.over_elements("index/nonzero.wgsl", n, bindings, params));
    let mut scratch = vec![8 * n];
    scratch.extend(counting.scratch);
    Ok(GpuProgram {
        passes,
        scratch,
        ..GpuProgram::default()
    })
}

pub fn nonzero(x: &Tensor) -> Result<Tensor> {
    if x.is_abstract() {
        return Err(Error::never("nonzero", "batching rule", NO_BATCH));
    }
    let mask = if x.dtype() == DType::Bool {
        x.clone()
    } else {
        ne(x, 0)?
    };
    let dims: Vec<usize> = (0..mask.rank()).collect();
    let count = cast::cast(&reduce::sum(&mask, &dims, false)?, DType::I64)?;
    let count = look("nonzero", &count)?.as_slice::<i64>()[0] as usize;
    record_one(
        &NONZERO,
        Found { count }.encode(),
        smallvec![],
        smallvec![mask.into()],
    )
}
