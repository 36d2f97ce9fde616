//! Conversion between dtypes.

use crate::cpu::cast;
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::create;
use crate::stream::record_one;
use smallvec::smallvec;

attributes! {
    struct To in Attrs { dtype: DType }
}

pub static OP: Op = Op {
    name: "cast",
    function: Some(Function {
        name: "cast",
        signature: "(input: Tensor, dtype: dtype) -> Tensor",
        doc: "The same values in another dtype. Floats round to nearest even; floats to integers drop the fraction and \
              saturate, NaN becomes 0; anything to bool is `!= 0`. The gradient is cast back.\n\n\
              >>> ravine.cast(ravine.tensor([1.7, 0.0]), ravine.int64)\ntensor([1, 0])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(cast(a.tensor(0)?, a.opt_dtype(1)?.unwrap_or(DType::F32))?.into()),
    }),
    class: Class::Elementwise,
    // attrs: `To`
    meta: |r| Ok(smallvec![(r.shape(0).into(), To::from(r.attrs).dtype)]),
    cpu: Cpu::Tile(cast::kernel),
    gpu: Gpu::Expression("convert(x)"),
    vjp: Vjp::Elementwise(back),
    jvp: Jvp::Elementwise,
    batch: Batch::Rule(crate::ops::elementwise::batch),
    donates: &[],
    plain: Plain::Primitive("one expression per element: NumPy is the oracle"),
    tests: Tests {
        reference: "np.asarray(input).astype(dtype)",
        samples: &[
            "f(2, 3), ravine.float64",
            "f(5), ravine.int32",
            "i(4), ravine.float32",
            "i(4), ravine.bool",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

/// Reverse: back to the input's dtype. Forward: on to the output's. Integers carry no gradient.
fn back(c: &crate::op::Call, _i: usize, t: &Tensor) -> Result<Tensor> {
    let (from, to) = (c.tensor(0).dtype(), c.outputs[0].dtype());
    if !from.is_float() || !to.is_float() {
        return create::zeros_like(t);
    }
    cast(t, if t.dtype() == to { from } else { to })
}

pub fn cast(x: &Tensor, dtype: DType) -> Result<Tensor> {
    if x.dtype() == dtype {
        return Ok(x.clone());
    }
    record_one(&OP, To { dtype }.encode(), smallvec![], smallvec![x.into()])
}
