//! Tensors of one number.

use crate::cpu::number::CastFrom;
use crate::cpu::tile::Kernel;
use crate::dtype::{Compute, DType, Scalar};
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::{Arg, Tensor};
use crate::mode;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::shape::Shape;
use crate::stream::record_one;
use crate::tile_kernel;
use smallvec::smallvec;

attributes! {
    struct Filled in Attrs { dtype: DType, shape: Shape }
}

/// One number everywhere. Elementwise, so that it fuses with what reads it.
pub static FULL: Op = Op {
    name: "full",
    function: Some(Function {
        name: "full",
        signature: "(size: int | Sequence[int], fill_value: Number, *, dtype: dtype | None = None, \
                    device: DeviceLike | None = None, requires_grad: bool = False) -> Tensor",
        doc: "A tensor of shape `size` filled with one number. The dtype is the number's own unless given: float32, \
              int64 or bool. Raises ValueError for a number that an integer dtype does not hold.\n\n\
              >>> ravine.full((2, 2), 7.0)\ntensor([[7., 7.],\n        [7., 7.]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let value = a.scalar(1)?;
            Ok(full(
                &size("full", &a.ints(0)?)?,
                value,
                a.opt_dtype(2)?.unwrap_or(value.default_dtype()),
            )?
            .into())
        },
    }),
    class: Class::Create,
    // attrs: `Filled`; input: the number
    meta: |r| {
        let Filled { dtype, shape } = r.attrs.into();
        Ok(smallvec![(shape, dtype)])
    },
    cpu: Cpu::Tile(|compute, _| Some(copy_kernel(compute))),
    gpu: Gpu::Expression("x"),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Never("it has no tensor input"),
    donates: &[],
    plain: Plain::Primitive("no input"),
    tests: Tests {
        reference: "np.full(size, fill_value)",
        samples: &["(2, 3), 1.5", "(0, 2), 2", "(), True"],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

fn copy_kernel(compute: Compute) -> Kernel {
    dispatch!(compute, T => tile_kernel!(|x: T| -> T { T::cast_from(x) }))
}

/// Extents given by a user.
pub fn size(op: &'static str, extents: &[i64]) -> Result<Shape> {
    extents
        .iter()
        .map(|&n| {
            usize::try_from(n)
                .map_err(|_| Error::shape(op, format!("extent {n} is negative; extents are 0 or more")))
        })
        .collect()
}

/// On the device where tensors are made.
pub fn full(shape: &[usize], value: impl Into<Scalar>, dtype: DType) -> Result<Tensor> {
    let filled = Filled {
        dtype,
        shape: shape.into(),
    };
    let value = value.into().fit(FULL.name, dtype)?;
    record_one(&FULL, filled.encode(), smallvec![], smallvec![Arg::Scalar(value)])
}

pub fn zeros_like(t: &Tensor) -> Result<Tensor> {
    mode::on(t.device(), || full(t.shape(), 0.0, t.dtype()))
}
pub fn ones_like(t: &Tensor) -> Result<Tensor> {
    mode::on(t.device(), || full(t.shape(), 1.0, t.dtype()))
}
