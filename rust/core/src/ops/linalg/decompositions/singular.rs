//! The singular value decomposition, and the inverse that it gives of any matrix.

use super::*;
use crate::cpu::linalg as kernels;
use crate::function::{Effect, Function, Outcome, Places};
use crate::op::{Jvp, Vjp};
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::linalg::matmul::matmul;
use crate::ops::shape::concat::cat;
use crate::ops::shape::view::{narrow, transpose_last};
use crate::work::Launch;

attributes! {
    /// Whether U and V are square.
    #[derive(Clone, Copy)]
    struct Full in Attrs { full: bool, checked: Checked }
}

decomposition! {
    /// attrs: `Full`; outputs: U, singular values in descending order, V^T
    SVD,
    "linalg_svd",
    |r| {
        let ((m, n), Full { full, .. }) = (sides(r.shape(0)), r.attrs.into());
        let k = m.min(n);
        let (left, right) = if full { (m, n) } else { (k, k) };
        metas(r, &[(&[m, left], None), (&[k], None), (&[right, n], None)])
    },
    |l: &mut Launch| {
        let (x, Full { full, checked }) = (l.dense(0)?, l.attrs.into());
        let wrong = dispatch_float!(x.dtype, T => kernels::singular::<T>(&x, full, &mut l.outputs));
        checked.raise(wrong, &x.shape)
    },
    Vjp::Rule(|c, g, _| Ok(smallvec![back(c, g)?])),
    Jvp::Rule(forward)
}

/// U, s and V of the singular values, without what `full` adds.
fn thin(c: &Call) -> Result<(Tensor, Tensor, Tensor)> {
    let (m, n) = sides(c.tensor(0).shape());
    let (k, r) = (m.min(n), c.tensor(0).rank());
    let u = narrow(&c.outputs[0], r - 1, 0, k)?;
    let v = transpose_last(&narrow(&c.outputs[2], r - 2, 0, k)?)?;
    Ok((u, c.outputs[1].clone(), v))
}

/// `X - U U^T X`.
fn outside(u: &Tensor, x: &Tensor) -> Result<Tensor> {
    sub(x, &matmul(u, &matmul(&transpose_last(u)?, x)?)?)
}

fn skew(x: &Tensor) -> Result<Tensor> {
    sub(x, &transpose_last(x)?)
}

fn back(c: &Call, g: &[Option<Tensor>]) -> Result<Option<Tensor>> {
    let (m, n) = sides(c.tensor(0).shape());
    let (k, r) = (m.min(n), c.tensor(0).rank());
    let (u, s, v) = thin(c)?;
    let of_u = g[0].as_ref().map(|g| narrow(g, r - 1, 0, k)).transpose()?;
    let of_v = g[2]
        .as_ref()
        .map(|g| transpose_last(&narrow(g, r - 2, 0, k)?))
        .transpose()?;
    // Between the vectors: (skew(U^T Gu) S + S skew(V^T Gv)) / (s[j]^2 - s[i]^2), and Gs on the diagonal.
    let apart = || gaps(&mul(&s, &s)?);
    let from_u = of_u
        .as_ref()
        .map(|g| {
            let turned = skew(&matmul(&transpose_last(&u)?, g)?)?;
            mul(&mul(&turned, &apart()?)?, &row(&s)?)
        })
        .transpose()?;
    let from_v = of_v
        .as_ref()
        .map(|g| {
            let turned = skew(&matmul(&transpose_last(&v)?, g)?)?;
            mul(&mul(&turned, &apart()?)?, &column(&s)?)
        })
        .transpose()?;
    let from_s = g[1]
        .as_ref()
        .map(|g| mul(&identity(k, k, g)?, &column(g)?))
        .transpose()?;
    let Some(inside) = sum_of([from_u, from_v, from_s])? else {
        return Ok(None);
    };
    let turned = transpose_last(&v)?;
    let between = matmul(&matmul(&u, &inside)?, &turned)?;
    // What leaves the span of the vectors.
    let left = match &of_u {
        Some(g) if m > k => Some(matmul(&outside(&u, &div(g, &row(&s)?)?)?, &turned)?),
        _ => None,
    };
    let right = match &of_v {
        Some(g) if n > k => Some(matmul(&u, &transpose_last(&outside(&v, &div(g, &row(&s)?)?)?)?)?),
        _ => None,
    };
    sum_of([Some(between), left, right])
}

fn forward(c: &Call, t: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
    let Some(t) = &t[0] else {
        return Ok(smallvec![None, None, None]);
    };
    let (m, n) = sides(t.shape());
    let (k, r) = (m.min(n), t.rank());
    let (u, s, v) = thin(c)?;
    let tv = matmul(t, &v)?;
    let inside = matmul(&transpose_last(&u)?, &tv)?;
    let turned = transpose_last(&inside)?;
    let apart = gaps(&mul(&s, &s)?)?;
    let sides_of = |x: &Tensor, y: &Tensor| add(&mul(x, &row(&s)?)?, &mul(y, &column(&s)?)?);
    let mut of_u = matmul(&u, &mul(&sides_of(&inside, &turned)?, &apart)?)?;
    let mut of_v = matmul(&v, &mul(&sides_of(&turned, &inside)?, &apart)?)?;
    if m > k {
        of_u = add(&of_u, &outside(&u, &div(&tv, &row(&s)?)?)?)?;
    }
    if n > k {
        let tu = matmul(&transpose_last(t)?, &u)?;
        of_v = add(&of_v, &outside(&v, &div(&tu, &row(&s)?)?)?)?;
    }
    // What `full` adds counts as constant.
    let padded = |x: Tensor, whole: &Tensor| -> Result<Tensor> {
        let missing = whole.shape()[r - 1] - k;
        if missing == 0 {
            return Ok(x);
        }
        let rows = x.shape()[r - 2];
        let zeros = create::full(&shaped(x.shape(), &[rows, missing]), 0.0, x.dtype())?;
        cat(&[x, zeros], r - 1)
    };
    let of_u = padded(of_u, &c.outputs[0])?;
    let of_v = padded(of_v, &transpose_last(&c.outputs[2])?)?;
    Ok(smallvec![
        Some(of_u),
        Some(main_diagonal(&inside)?),
        Some(transpose_last(&of_v)?)
    ])
}

decomposition! {
    /// inputs: A, and for each matrix an absolute and a relative bound of singular values that count as 0
    PINV,
    "linalg_pinv",
    |r| {
        let (m, n) = sides(r.shape(0));
        metas(r, &[(&[n, m], None)])
    },
    |l: &mut Launch| {
        let (x, atol, rtol) = (l.dense(0)?, l.dense(1)?, l.dense(2)?);
        let wrong = dispatch_float!(x.dtype, T => kernels::pseudoinverse::<T>(&x, &atol, &rtol, &mut l.outputs[0]));
        Checked::by("pinv").raise(wrong, &x.shape)
    },
    Vjp::Rule(|c, g, _| {
        // The transpose of the differential below; the bounds are constant.
        let (a, y) = (c.tensor(0), &c.outputs[0]);
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None, None]);
        };
        let (back, turned) = (transpose_last(g)?, transpose_last(y)?);
        let first = matmul(&matmul(&turned, g)?, &turned)?;
        let left = matmul(&back, &matmul(y, &turned)?)?;
        let left = sub(&left, &matmul(a, &matmul(y, &left)?)?)?;
        let right = matmul(&matmul(&turned, y)?, &back)?;
        let right = sub(&right, &matmul(&matmul(&right, y)?, a)?)?;
        Ok(smallvec![Some(sub(&add(&left, &right)?, &first)?), None, None])
    }),
    Jvp::Rule(|c, t| {
        // -Y T Y + Y Y^T T^T (I - A Y) + (I - Y A) T^T Y^T Y (Golub and Pereyra, 1973), at constant rank.
        let (a, y) = (c.tensor(0), &c.outputs[0]);
        let Some(t) = &t[0] else {
            return Ok(smallvec![None]);
        };
        let (back, turned) = (transpose_last(t)?, transpose_last(y)?);
        let first = matmul(&matmul(y, t)?, y)?;
        let left = matmul(&matmul(y, &turned)?, &back)?;
        let left = sub(&left, &matmul(&matmul(&left, a)?, y)?)?;
        let right = matmul(&back, &matmul(&turned, y)?)?;
        let right = sub(&right, &matmul(y, &matmul(a, &right)?)?)?;
        Ok(smallvec![Some(sub(&add(&left, &right)?, &first)?)])
    })
}

/// Argument `i` of `pinv` for each matrix.
fn bound(a: &Args, i: usize, x: &Tensor) -> Result<Tensor> {
    let lead = Shape::from_slice(&x.shape()[..x.rank() - 2]);
    let tolerance = cast(a.tensor(i)?, x.dtype())?;
    if crate::shape::broadcast(tolerance.shape(), &lead).as_deref() != Some(&lead[..]) {
        let text = format!(
            "argument '{}' of shape {} does not fit the batch of shape {}: give a number, or one for each matrix",
            a.names[i],
            show(tolerance.shape()),
            show(&lead)
        );
        return Err(Error::shape(a.function, text));
    }
    expand(&tolerance, &lead)
}

fn driver(a: &Args, i: usize) -> Result<()> {
    if a.is_none(i) {
        return Ok(());
    }
    match a.text(i)? {
        "gesvd" | "gesvdj" | "gesvda" => Ok(()),
        other => {
            let text = format!("driver is None, 'gesvd', 'gesvdj' or 'gesvda', not '{other}'");
            Err(Error::value(a.function, text))
        }
    }
}

fn decompose(x: &Tensor, full: bool) -> Result<Vec<Tensor>> {
    let attrs = Full {
        full,
        checked: Checked::by("svd"),
    };
    Ok(record(&SVD, attrs.encode(), smallvec![], smallvec![x.into()])?.into_vec())
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "svd",
        signature: "(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> tuple[Tensor, Tensor, Tensor]",
        doc: "`A = U diag(S) Vh` of (..., m, n) matrices, k the smaller of m and n: U (..., m, m) and Vh (..., n, n) orthogonal, \
              or (..., m, k) and (..., k, n) without `full_matrices`; S (..., k) not negative, in descending order. By Golub and \
              Kahan's bidiagonal form and implicit QR steps, whatever `driver` says.\n\n\
              Vectors are determined up to the signs of pairs. Where singular values are equal, or zero in a matrix that is not \
              square, vectors are not unique, and their derivatives are infinite or NaN; those of S are finite. What \
              `full_matrices` adds counts as constant.\n\n\
              Raises LinAlgError, when the result is looked at, for a matrix that is not finite.\n\n\
              >>> U, S, Vh = ravine.linalg.svd(ravine.tensor([[0.0, 2.0], [1.0, 0.0]]))\n>>> S\ntensor([2., 1.])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let x = matrices(a, 0)?;
            driver(a, 2)?;
            Ok(Outcome::Named(
                a.function,
                &["U", "S", "Vh"],
                decompose(x, a.flag(1)?)?,
            ))
        },
    },
    Function {
        name: "svdvals",
        signature: "(A: Tensor, *, driver: str | None = None) -> Tensor",
        doc: "The singular values of matrices in descending order; see `svd`. Their derivative is always finite.\n\n\
              >>> ravine.linalg.svdvals(ravine.tensor([[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]]))\ntensor([4., 3.])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            driver(a, 1)?;
            Ok(decompose(matrices(a, 0)?, false)?.remove(1).into())
        },
    },
    Function {
        name: "pinv",
        signature: "(A: Tensor, atol: Tensor, rtol: Tensor) -> Tensor",
        doc: "The pseudoinverse (Moore and Penrose): `V diag(1 / s) U^T` over the singular values above `max(atol, rtol s[0])`.\n\n\
              >>> ravine.linalg.pinv(ravine.tensor([[2.0], [0.0]]))\ntensor([[0.5000, 0.0000]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let x = matrices(a, 0)?;
            let inputs = smallvec![x.into(), (&bound(a, 1, x)?).into(), (&bound(a, 2, x)?).into()];
            Ok(record(&PINV, smallvec![], smallvec![], inputs)?.remove(0).into())
        },
    },
];
