//! Eigenvalues and eigenvectors.

use super::*;
use crate::cpu::linalg as kernels;
use crate::function::{Effect, Function, Outcome, Places};
use crate::op::{Jvp, Vjp};
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::linalg::matmul::matmul;
use crate::ops::shape::view::transpose_last;
use crate::work::Launch;
use solve::solve;

const PAIR: &[&str] = &["eigenvalues", "eigenvectors"];

decomposition! {
    /// attrs: `Checked`; outputs: eigenvalues in ascending order, eigenvectors as columns
    EIGH,
    "linalg_eigh",
    values_and_vectors,
    |l: &mut Launch| {
        let x = l.dense(0)?;
        let (w, v) = l.outputs.split_at_mut(1);
        let wrong = dispatch_float!(x.dtype, T => kernels::symmetric_eigen::<T>(&x, &mut w[0], &mut v[0]));
        Checked::from(l.attrs).raise(wrong, &x.shape)
    },
    Vjp::Rule(|c, g, _| {
        // V (diag(Gw) + skew(V^T Gv) / 2 / gaps) V^T, which is symmetric.
        let (w, v) = (&c.outputs[0], &c.outputs[1]);
        let Some(inside) = inner(w, g, |g| {
            let turned = matmul(&transpose_last(v)?, g)?;
            mul(&sub(&turned, &transpose_last(&turned)?)?, 0.5)
        })? else {
            return Ok(smallvec![None]);
        };
        Ok(smallvec![Some(matmul(&matmul(v, &inside)?, &transpose_last(v)?)?)])
    }),
    Jvp::Rule(|c, t| {
        let (w, v) = (&c.outputs[0], &c.outputs[1]);
        let Some(t) = &t[0] else {
            return Ok(smallvec![None, None]);
        };
        let inside = matmul(&matmul(&transpose_last(v)?, t)?, v)?;
        let of_v = matmul(v, &mul(&inside, &gaps(w)?)?)?;
        Ok(smallvec![Some(main_diagonal(&inside)?), Some(of_v)])
    })
}

decomposition! {
    /// attrs: `Checked`; outputs: eigenvalues, eigenvectors of length 1 as columns
    EIG,
    "linalg_eig",
    values_and_vectors,
    |l: &mut Launch| {
        let x = l.dense(0)?;
        let (w, v) = l.outputs.split_at_mut(1);
        let wrong = dispatch_float!(x.dtype, T => kernels::eigen::<T>(&x, &mut w[0], &mut v[0]));
        Checked::from(l.attrs).raise(wrong, &x.shape)
    },
    Vjp::Rule(|c, g, _| {
        // V^-T (diag(Gw) + (V^T Gv - V^T V diag(V^T Gv)) / gaps) V^T: vectors keep length 1.
        let (w, v) = (&c.outputs[0], &c.outputs[1]);
        let turned = transpose_last(v)?;
        let inside = inner(w, g, |g| {
            let inside = matmul(&turned, g)?;
            let lengths = mul(v, &row(&main_diagonal(&inside)?)?)?;
            sub(&inside, &matmul(&turned, &lengths)?)
        })?;
        let Some(inside) = inside else {
            return Ok(smallvec![None]);
        };
        Ok(smallvec![Some(solve(&turned, &matmul(&inside, &turned)?, Checked::NOT)?.0)])
    }),
    Jvp::Rule(|c, t| {
        let (w, v) = (&c.outputs[0], &c.outputs[1]);
        let Some(t) = &t[0] else {
            return Ok(smallvec![None, None]);
        };
        let inside = solve(v, &matmul(t, v)?, Checked::NOT)?.0;
        let moved = matmul(v, &mul(&inside, &gaps(w)?)?)?;
        let lengths = main_diagonal(&matmul(&transpose_last(v)?, &moved)?)?;
        let of_v = sub(&moved, &mul(v, &row(&lengths)?)?)?;
        Ok(smallvec![Some(main_diagonal(&inside)?), Some(of_v)])
    })
}

fn values_and_vectors(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let (n, _) = sides(r.shape(0));
    metas(r, &[(&[n], None), (&[n, n], None)])
}

/// `of_vectors` over the gaps between eigenvalues, and the cotangent of these on the diagonal.
fn inner(
    w: &Tensor,
    g: &[Option<Tensor>],
    of_vectors: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Option<Tensor>> {
    Ok(match (&g[0], &g[1]) {
        (None, None) => None,
        (Some(of_w), None) => {
            let n = w.shape()[w.rank() - 1];
            Some(mul(&identity(n, n, of_w)?, &column(of_w)?)?)
        }
        (of_w, Some(g)) => {
            let apart = mul(&of_vectors(g)?, &gaps(w)?)?;
            Some(match of_w {
                Some(of_w) => with_diagonal(&apart, of_w)?,
                None => apart,
            })
        }
    })
}

/// Argument 0 of a call, of which the lower triangle counts.
fn symmetric(a: &Args) -> Result<Tensor> {
    let x = square(a, 0)?;
    match a.text(1)? {
        "L" | "l" => Ok(x.clone()),
        "U" | "u" => transpose_last(x),
        other => {
            let text = format!("UPLO is 'L' or 'U', not '{other}'");
            Err(Error::value(a.function, text))
        }
    }
}

fn call(op: &'static crate::op::Op, a: &Args, x: &Tensor) -> Result<Outcome> {
    let attrs = Checked::by(a.function).encode();
    let results = record(op, attrs, smallvec![], smallvec![x.into()])?;
    Ok(Outcome::Named(a.function, PAIR, results.into_vec()))
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "eigh",
        signature: "(A: Tensor, UPLO: str = \"L\") -> tuple[Tensor, Tensor]",
        doc: "`A = V diag(w) V^T` of symmetric matrices: the eigenvalues in ascending order, and orthonormal eigenvectors as \
              columns of V. Only the lower triangle is read, the upper one with UPLO=\"U\". By Householder's tridiagonal form \
              and implicit QL steps.\n\n\
              Vectors are determined up to their signs. Where eigenvalues are equal, vectors are not unique, and their \
              derivatives are infinite or NaN; those of the eigenvalues are finite.\n\n\
              Raises LinAlgError, when the result is looked at, for a matrix that is not finite.\n\n\
              >>> w, V = ravine.linalg.eigh(ravine.tensor([[2.0, 1.0], [1.0, 2.0]]))\n>>> w\ntensor([1., 3.])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| call(&EIGH, a, &symmetric(a)?),
    },
    Function {
        name: "eig",
        signature: "(A: Tensor) -> tuple[Tensor, Tensor]",
        doc: "`A = V diag(w) V^-1` of real matrices whose eigenvalues are real: these in no order, and eigenvectors of length 1 as \
              columns of V. PyTorch's are complex tensors; here they are real. By Hessenberg's form and Francis' steps.\n\n\
              Where eigenvalues are equal, derivatives are infinite or NaN, save those of the values by a matrix that has as \
              many vectors.\n\n\
              Raises LinAlgError, when the result is looked at, for complex eigenvalues, and for a matrix that is not finite.\n\n\
              >>> w, V = ravine.linalg.eig(ravine.tensor([[2.0, 1.0], [0.0, 3.0]]))\n>>> w\ntensor([2., 3.])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| call(&EIG, a, square(a, 0)?),
    },
];
