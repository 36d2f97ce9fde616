//! The QR decomposition.

use super::*;
use crate::cpu::linalg as kernels;
use crate::function::{Effect, Function, Outcome, Places};
use crate::op::{Jvp, Vjp};
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::linalg::matmul::matmul;
use crate::ops::shape::concat::cat;
use crate::ops::shape::triangle::{tril, triu};
use crate::ops::shape::view::{narrow, transpose_last};
use crate::work::Launch;
use solve::triangular;

attributes! {
    /// Whether Q is square.
    #[derive(Clone, Copy)]
    struct Complete in Attrs { complete: bool }
}

decomposition! {
    /// attrs: `Complete`; outputs: Q, R
    QR,
    "linalg_qr",
    |r| {
        let ((m, n), Complete { complete }) = (sides(r.shape(0)), r.attrs.into());
        let k = if complete { m } else { m.min(n) };
        metas(r, &[(&[m, k], None), (&[k, n], None)])
    },
    |l: &mut Launch| {
        let x = l.dense(0)?;
        let (q, r) = l.outputs.split_at_mut(1);
        dispatch_float!(x.dtype, T => kernels::qr::<T>(&x, &mut q[0], &mut r[0]));
        Ok(())
    },
    Vjp::Rule(|c, g, _| {
        narrow_enough(c)?;
        let (x, q, r) = (c.tensor(0), &c.outputs[0], &c.outputs[1]);
        let (m, n) = sides(x.shape());
        if m >= n {
            return Ok(smallvec![back(q, r, g[0].as_ref(), g[1].as_ref())?]);
        }
        // A = (B C), of which B = Q R[:m], and Q^T C is the rest of R.
        let rest = x.rank() - 1;
        let (first, later) = (narrow(r, rest, 0, m)?, narrow(x, rest, m as i64, n - m)?);
        let of_q = match &g[1] {
            None => g[0].clone(),
            Some(g_r) => {
                let g_r = narrow(g_r, rest, m as i64, n - m)?;
                sum_of([g[0].clone(), Some(matmul(&later, &transpose_last(&g_r)?)?)])?
            }
        };
        let of_first = g[1].as_ref().map(|g| narrow(g, rest, 0, m)).transpose()?;
        let Some(left) = back(q, &first, of_q.as_ref(), of_first.as_ref())? else {
            return Ok(smallvec![None]);
        };
        let right = match &g[1] {
            Some(g) => matmul(q, &narrow(g, rest, m as i64, n - m)?)?,
            None => create::full(later.shape(), 0.0, x.dtype())?,
        };
        Ok(smallvec![Some(cat(&[left, right], rest)?)])
    }),
    Jvp::Rule(|c, t| {
        narrow_enough(c)?;
        let Some(t) = &t[0] else {
            return Ok(smallvec![None, None]);
        };
        let (x, q, r) = (c.tensor(0), &c.outputs[0], &c.outputs[1]);
        let (m, n) = sides(x.shape());
        let rest = x.rank() - 1;
        let k = m.min(n);
        let first = narrow(r, rest, 0, k)?;
        // T R^-1, and its part in the span of Q.
        let ratio = times_inverse(&narrow(t, rest, 0, k)?, &first)?;
        let inside = matmul(&transpose_last(q)?, &ratio)?;
        let low = tril(&inside, -1)?;
        let upper = add(&triu(&inside, 0)?, &transpose_last(&low)?)?;
        let of_q = sub(&ratio, &matmul(q, &upper)?)?;
        let of_first = matmul(&upper, &first)?;
        if m >= n {
            return Ok(smallvec![Some(of_q), Some(of_first)]);
        }
        let (of_later, later) = (narrow(t, rest, m as i64, n - m)?, narrow(x, rest, m as i64, n - m)?);
        let of_rest = add(
            &matmul(&transpose_last(&of_q)?, &later)?,
            &matmul(&transpose_last(q)?, &of_later)?,
        )?;
        Ok(smallvec![Some(of_q), Some(cat(&[of_first, of_rest], rest)?)])
    })
}

fn narrow_enough(c: &Call) -> Result<()> {
    let (m, n) = sides(c.tensor(0).shape());
    if Complete::from(c.attrs).complete && m > n {
        let text = "mode='complete' adds columns to Q that A does not determine, so it has no derivative for matrices with \
                    more rows than columns. Use mode='reduced'";
        return Err(Error::gradient("qr", text));
    }
    Ok(())
}

/// `X R^-1`.
fn times_inverse(x: &Tensor, r: &Tensor) -> Result<Tensor> {
    let lower = transpose_last(r)?;
    transpose_last(&triangular(&lower, &transpose_last(x)?, false, false)?)
}

/// `(Gq + Q S) R^-T`, where S mirrors the lower triangle of `R Gr^T - Gq^T Q` (Walter and Lehmann, 2018), for R square.
fn back(q: &Tensor, r: &Tensor, of_q: Option<&Tensor>, of_r: Option<&Tensor>) -> Result<Option<Tensor>> {
    let from_r = of_r.map(|g| matmul(r, &transpose_last(g)?)).transpose()?;
    let from_q = of_q
        .map(|g| mul(&matmul(&transpose_last(g)?, q)?, -1.0))
        .transpose()?;
    let Some(inside) = sum_of([from_r, from_q])? else {
        return Ok(None);
    };
    let low = tril(&inside, -1)?;
    let mirrored = add(&tril(&inside, 0)?, &transpose_last(&low)?)?;
    let sum = sum_of([of_q.cloned(), Some(matmul(q, &mirrored)?)])?.expect("there is one part");
    // X R^-T = (R^-1 X^T)^T.
    Ok(Some(transpose_last(&triangular(
        r,
        &transpose_last(&sum)?,
        true,
        false,
    )?)?))
}

decomposition! {
    /// outputs: R above the reflections' vectors, and their factors
    GEQRF,
    "geqrf",
    |r| {
        let (m, n) = sides(r.shape(0));
        metas(r, &[(&[m, n], None), (&[m.min(n)], None)])
    },
    |l: &mut Launch| {
        let x = l.dense(0)?;
        let (a, tau) = l.outputs.split_at_mut(1);
        dispatch_float!(x.dtype, T => kernels::householder::<T>(&x, &mut a[0], &mut tau[0]));
        Ok(())
    },
    Vjp::Never("its compact form is made for householder_product and ormqr. Use ravine.linalg.qr"),
    Jvp::Never("its compact form is made for householder_product and ormqr. Use ravine.linalg.qr")
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "qr",
        signature: "(A: Tensor, mode: str = \"reduced\") -> tuple[Tensor, Tensor]",
        doc: "`A = Q R` with orthonormal columns in Q and R upper triangular, for (..., m, n) matrices and k the smaller of m \
              and n: Q (..., m, k) and R (..., k, n); (..., m, m) and (..., m, n) with mode=\"complete\"; no elements and \
              (..., k, n) with \"r\". Signs are those of Householder's reflections, as in LAPACK.\n\n\
              The derivative exists where the first k columns are linearly independent; elsewhere it is infinite or NaN. With \
              \"complete\" and m > n there is none.\n\n\
              >>> Q, R = ravine.linalg.qr(ravine.tensor([[3.0, 1.0], [4.0, 2.0]]))\n>>> R\n\
              tensor([[-5.0000, -2.2000],\n        [ 0.0000,  0.4000]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let (x, mode) = (matrices(a, 0)?, a.text(1)?);
            let complete = match mode {
                "reduced" | "r" => false,
                "complete" => true,
                other => {
                    let text = format!("mode is 'reduced', 'complete' or 'r', not '{other}'");
                    return Err(Error::value(a.function, text));
                }
            };
            let mut results = record(
                &QR,
                Complete { complete }.encode(),
                smallvec![],
                smallvec![x.into()],
            )?;
            if mode == "r" {
                results[0] = mode::on(x.device(), || create::full(&[0], 0.0, x.dtype()))?;
            }
            Ok(Outcome::Named(a.function, &["Q", "R"], results.into_vec()))
        },
    },
    Function {
        name: "geqrf",
        signature: "(input: Tensor) -> tuple[Tensor, Tensor]",
        doc: "The QR decomposition in LAPACK's compact form: R on and above the diagonal, below it the vectors of the \
              reflections without their leading ones, and the factors tau. See `ravine.linalg.householder_product`.\n\n\
              >>> a, tau = ravine.geqrf(ravine.tensor([[3.0], [4.0]]))\n>>> a, tau\n\
              (tensor([[-5.0000],\n        [ 0.5000]]), tensor([1.6000]))\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let results = record(
                &GEQRF,
                smallvec![],
                smallvec![],
                smallvec![matrices(a, 0)?.into()],
            )?;
            Ok(Outcome::Named(a.function, &["a", "tau"], results.into_vec()))
        },
    },
];
