//! Where a tensor is not 0: the one op here whose shape depends on values, so it looks.

use crate::cpu::index;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::compare::ne;
use crate::ops::graph::cast;
use crate::ops::reduce;
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
        signature: "(input: Tensor) -> Tensor",
        doc: "The indices of all elements that are not 0 (or not False), in row-major order: int64 of shape \
              (number of such elements, rank). Runs what was recorded and looks at the values.\n\n\
              >>> ravine.nonzero(ravine.tensor([[1, 0], [0, 2]]))\ntensor([[0, 0],\n        [1, 1]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(nonzero(a.tensor(0)?)?.into()),
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
    gpu: Gpu::Todo,
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
