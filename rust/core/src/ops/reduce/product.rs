//! Products over dimensions.

use crate::cpu::reduce::{self as kernels, Product};
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::floats::widened;
use crate::ops::graph::cast;
use crate::ops::reduce;
use crate::ops::reduce::fold::Fold;
use crate::ops::reduce::recurrence::exclusive_products;
use crate::ops::reduce::rule::{Over, batch, dims_of, program, record, shape_of};
use crate::ops::shape::view::{inverse, permute, reshape};
use crate::shape::{Shape, numel, reduced_dims};
use smallvec::{SmallVec, smallvec};

/// attrs: `Over`
pub static PROD: Op = Op {
    name: "prod",
    function: Some(Function {
        name: "prod",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, \
                    dtype: dtype | None = None) -> Tensor",
        doc: "Product over `dim` (all dimensions when left out), 1 over no element. Integers and booleans multiply in \
              int64; float16 and bfloat16 are multiplied in float32. The derivative is right where elements are 0.\n\n\
              >>> ravine.prod(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]), 0)\ntensor([3., 8.])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let dims = reduced_dims("prod", a.opt_ints(1)?.as_deref(), a.tensor(0)?.rank())?;
            let keepdim = a.flag(2)?;
            reduce::in_dtype(a, 3, |x| prod(x, &dims, keepdim))
        },
    }),
    class: Class::Structured,
    meta: |r| {
        let dtype = if r.dtype(0).is_float() {
            r.dtype(0)
        } else {
            DType::I64
        };
        Ok(smallvec![(shape_of(r), dtype)])
    },
    cpu: Cpu::Kernel(|l| {
        let dims = dims_of(l.attrs);
        kernels::run::<Product>(l, &dims)
    }),
    gpu: Gpu::Program(|c| program(c, Fold::product(c)?)),
    vjp: Vjp::Rule(|c, g, _| {
        let back = |g: &Tensor| {
            let x = c.tensor(0);
            let g = reduce::restore(&widened(g)?, x.shape(), &dims_of(c.attrs))?;
            cast::cast(&mul(others(c)?, g)?, x.dtype())
        };
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Rule(|c, t| {
        let along = |t: &Tensor| {
            let shares = mul(others(c)?, widened(t)?)?;
            cast::cast(
                &reduce::sum(&shares, &dims_of(c.attrs), Over::from(c.attrs).keepdim)?,
                t.dtype(),
            )
        };
        Ok(smallvec![t[0].as_ref().map(along).transpose()?])
    }),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Primitive("NumPy's prod is the oracle"),
    tests: Tests {
        reference: "np.prod(input, axis=dim, keepdims=keepdim)",
        samples: &[
            "f(2, 3)",
            "f(2, 3, 4), 1",
            "f(2, 3, 4), (0, 2), keepdim=True",
            "f(30, 5), 0",
            "f(5, 40), -1",
            "f()",
            "f(0)",
            "f(1)",
        ],
        // Each of at most 40 factors rounds.
        accuracy: Accuracy::Ulp(40.0),
        domain: (0.5, 1.6),
    },
};

/// For each element the product of all others that are reduced with it: those before times those after, either of
/// which may leave the range of half precision.
fn others(c: &Call) -> Result<Tensor> {
    let (x, dims) = (&widened(c.tensor(0))?, dims_of(c.attrs));
    let mut order: SmallVec<[usize; 4]> = (0..x.rank()).filter(|d| !dims.contains(d)).collect();
    let kept: Shape = order.iter().map(|&d| x.shape()[d]).collect();
    order.extend(dims.iter().copied());
    let moved = permute(x, &order)?;
    let mut flat = kept.clone();
    flat.push(numel(x.shape()) / numel(&kept).max(1));
    if x.numel() == 0 {
        return Ok(x.clone());
    }
    let line = reshape(&moved, &flat)?;
    let last = kept.len();
    let product = mul(
        exclusive_products(&line, last, false)?,
        exclusive_products(&line, last, true)?,
    )?;
    permute(&reshape(&product, moved.shape())?, &inverse(&order))
}

pub fn prod(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    record(&PROD, x, dims, keepdim)
}
