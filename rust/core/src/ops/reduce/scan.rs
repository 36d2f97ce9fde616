//! Running sums, each line added up in order from its first element.
//!
//! A sum of n elements x is carried in more digits than its results have: a result is off by half a unit of its own last
//! place, and by at most n 2^-53 sum |x| (float32 and narrower) or n^2 2^-106 sum |x| (float64) more.

use crate::attributes::Along;
use crate::cpu::scan;
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::reduce::{self, fold::Fold, passes};
use crate::ops::shape::view;
use crate::ops::shape::view::flip;
use crate::shape::normalize_dim;
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::smallvec;

pub static CUMSUM: Op = Op {
    name: "cumsum",
    function: Some(Function {
        name: "cumsum",
        signature: "(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor",
        doc: "Sums of the elements up to and including each place along `dim`, added in order. Integers and booleans add \
              up in int64. Sums of floats are carried in about twice their digits, so that long lines lose nothing.\n\n\
              >>> ravine.cumsum(ravine.tensor([1.0, 2.0, 3.0]), 0)\ntensor([1., 3., 6.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            let dim = normalize_dim("cumsum", a.int(1)?, a.tensor(0)?.rank())?;
            reduce::in_dtype(a, 2, |x| match x.rank() {
                0 => view::reshape(&cumsum(&view::reshape(x, &[1])?, 0)?, &[]),
                _ => cumsum(x, dim),
            })
        },
    }),
    class: Class::Structured,
    // attrs: `Along`
    meta: |r| {
        Ok(smallvec![(
            r.shape(0).into(),
            if r.dtype(0).is_float() {
                r.dtype(0)
            } else {
                DType::I64
            }
        )])
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (input, Along { dim }) = (l.dense(0)?, l.attrs.into());
        dispatch!(input.dtype, T => scan::sums::<T>(&input, dim, &mut l.outputs[0]));
        Ok(())
    }),
    // Added in the order of a tree, which rounds less often than one element after the other.
    gpu: Gpu::Program(|c| passes::scan(c, Along::from(c.attrs).dim, &Fold::sum(c)?)),
    vjp: Vjp::Rule(|c, g, _| {
        // Every element is part of all later sums.
        let Along { dim } = c.attrs.into();
        let back = |g: &Tensor| flip(&cumsum(&flip(g, &[dim])?, dim)?, &[dim]);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| Ok(smallvec![cumsum(c.tensor(0), Along::from(c.attrs).dim + 1)?])),
    donates: &[],
    plain: Plain::Primitive("NumPy's cumsum is the oracle"),
    tests: Tests {
        reference: "np.cumsum(input, axis=dim) if np.ndim(input) else input",
        samples: &[
            "f(7), 0",
            "f(), 0",
            "f(0), 0",
            "f(3, 5), 0",
            "f(2, 3, 5), -2",
            "f(3, 1100), 1",
            "f(30, 700), 0",
            "b(9), 0",
        ],
        accuracy: Accuracy::Sum(1.0),
        domain: (-3.0, 3.0),
    },
};

pub fn cumsum(x: &Tensor, dim: usize) -> Result<Tensor> {
    record_one(&CUMSUM, Along { dim }.encode(), smallvec![], smallvec![x.into()])
}
