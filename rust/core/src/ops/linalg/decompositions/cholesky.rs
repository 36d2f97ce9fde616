//! The Cholesky decomposition.

use super::*;
use crate::cpu::linalg as kernels;
use crate::function::{Effect, Function, Outcome, Places};
use crate::op::{Jvp, Vjp};
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::linalg::matmul::matmul;
use crate::ops::shape::triangle::tril;
use crate::ops::shape::view::transpose_last;
use crate::work::Launch;
use solve::triangular;

decomposition! {
    /// attrs: `Checked`; outputs: L, and the order of the first leading minor that is not positive
    CHOLESKY,
    "linalg_cholesky",
    |r| {
        let (n, _) = sides(r.shape(0));
        metas(r, &[(&[n, n], None), (&[], Some(DType::I32))])
    },
    |l: &mut Launch| {
        let x = l.dense(0)?;
        let (root, info) = l.outputs.split_at_mut(1);
        let wrong = dispatch_float!(x.dtype, T => kernels::cholesky::<T>(&x, &mut root[0], &mut info[0]));
        Checked::from(l.attrs).raise(wrong, &x.shape)
    },
    Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None]);
        };
        // L^-T S L^-1 / 2, where S is L^T G's lower triangle, mirrored.
        let l = &c.outputs[0];
        let lower = tril(&matmul(&transpose_last(l)?, g)?, 0)?;
        let s = add(&lower, &transpose_last(&tril(&lower, -1)?)?)?;
        let left = triangular(&transpose_last(l)?, &s, true, false)?;
        let both = triangular(&transpose_last(l)?, &transpose_last(&left)?, true, false)?;
        Ok(smallvec![Some(mul(&both, 0.5)?)])
    }),
    Jvp::Rule(|c, t| {
        let Some(t) = &t[0] else {
            return Ok(smallvec![None, None]);
        };
        // L times the lower triangle of L^-1 T L^-T, with half the diagonal.
        let l = &c.outputs[0];
        let left = triangular(l, t, false, false)?;
        let both = transpose_last(&triangular(l, &transpose_last(&left)?, false, false)?)?;
        let halves = mul(&add(&tril(&both, 0)?, &tril(&both, -1)?)?, 0.5)?;
        Ok(smallvec![Some(matmul(l, &halves)?), None])
    })
}

/// The factor, and what is wrong.
fn cholesky(x: &Tensor, upper: bool, checked: Checked) -> Result<(Tensor, Tensor)> {
    let x = if upper { transpose_last(x)? } else { x.clone() };
    let mut results = record(&CHOLESKY, checked.encode(), smallvec![], smallvec![(&x).into()])?;
    let (info, l) = (results.remove(1), results.remove(0));
    Ok((if upper { transpose_last(&l)? } else { l }, info))
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "cholesky",
        signature: "(A: Tensor, *, upper: bool = False) -> Tensor",
        doc: "The Cholesky factor of symmetric positive-definite matrices: L, lower triangular, with `A = L L^T`. Only the \
              lower triangle of A is read; with `upper` the upper one, and the result is `L^T`. The gradient is symmetric.\n\n\
              Raises LinAlgError, when the result is looked at, for a matrix that is not positive-definite.\n\n\
              >>> ravine.linalg.cholesky(ravine.tensor([[4.0, 2.0], [2.0, 5.0]]))\n\
              tensor([[2., 0.],\n        [1., 2.]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            Ok(cholesky(square(a, 0)?, a.flag(1)?, Checked::by(a.function))?
                .0
                .into())
        },
    },
    Function {
        name: "cholesky_ex",
        signature: "(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> tuple[Tensor, Tensor]",
        doc: "As `cholesky`, besides for each matrix the int32 order of its first leading minor that is not positive, 0 if \
              all are. Nothing is raised, unless `check_errors` says so.\n\n\
              >>> ravine.linalg.cholesky_ex(-ravine.eye(2)).info\ntensor(1, dtype=ravine.int32)\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let checked = if a.flag(2)? {
                Checked::by(a.function)
            } else {
                Checked::NOT
            };
            let (l, info) = cholesky(square(a, 0)?, a.flag(1)?, checked)?;
            Ok(Outcome::Named(a.function, &["L", "info"], vec![l, info]))
        },
    },
];
