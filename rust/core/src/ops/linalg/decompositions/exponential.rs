//! The exponential of matrices.

use super::*;
use crate::cpu::linalg as kernels;
use crate::function::{Effect, Function, Places};
use crate::op::{Jvp, Vjp};
use crate::ops::shape::concat::cat;
use crate::ops::shape::view::{narrow, transpose_last};
use crate::work::Launch;

decomposition! {
    MATRIX_EXP,
    "linalg_matrix_exp",
    |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    |l: &mut Launch| {
        let x = l.dense(0)?;
        dispatch_float!(x.dtype, T => kernels::exponential::<T>(&x, &mut l.outputs[0]));
        Ok(())
    },
    Vjp::Rule(|c, g, _| {
        let back = |g: &Tensor| along(&transpose_last(c.tensor(0))?, g);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    Jvp::Rule(|c, t| Ok(smallvec![t[0].as_ref().map(|t| along(c.tensor(0), t)).transpose()?]))
}

fn exponential(x: &Tensor) -> Result<Tensor> {
    Ok(record(&MATRIX_EXP, smallvec![], smallvec![], smallvec![x.into()])?.remove(0))
}

/// The derivative in a direction: the corner of the exponential of `[[A, T], [0, A]]` (Van Loan, 1978).
fn along(x: &Tensor, t: &Tensor) -> Result<Tensor> {
    let (n, r) = (sides(x.shape()).0, x.rank());
    let zeros = create::full(x.shape(), 0.0, x.dtype())?;
    let above = cat(&[x.clone(), t.clone()], r - 1)?;
    let below = cat(&[zeros, x.clone()], r - 1)?;
    let whole = exponential(&cat(&[above, below], r - 2)?)?;
    narrow(&narrow(&whole, r - 2, 0, n)?, r - 1, n as i64, n)
}

pub static FUNCTIONS: &[Function] = &[Function {
    name: "matrix_exp",
    signature: "(A: Tensor) -> Tensor",
    doc: "The exponential of square matrices: `I + A + A^2 / 2 + ...`, by scaling, Pade's approximation of order 13 and squaring \
          (Higham, 2005).\n\n\
          >>> ravine.linalg.matrix_exp(ravine.zeros(2, 2))\ntensor([[1., 0.],\n        [0., 1.]])\n",
    places: Places::LINALG,
    effect: Effect::Pure,
    call: |a| Ok(exponential(square(a, 0)?)?.into()),
}];
