//! Systems of linear equations, and inverses.

use super::*;
use crate::cpu::linalg as kernels;
use crate::cpu::linalg::Triangle;
use crate::function::{Effect, Function, Outcome, Places};
use crate::op::{Jvp, Vjp};
use crate::ops::elementwise::arithmetic::neg;
use crate::ops::linalg::matmul::matmul;
use crate::ops::shape::triangle::{tril, triu};
use crate::ops::shape::view::transpose_last;
use crate::shape::broadcast;
use crate::work::Launch;

decomposition! {
    /// attrs: `Checked`; inputs: A, B with one batch; outputs: X with A X = B, and the first pivot that is zero
    SOLVE,
    "linalg_solve",
    |r| {
        let shape = r.shape(1).into();
        let info = r.shape(0)[..r.shape(0).len() - 2].into();
        Ok(smallvec![(shape, r.dtype(0)), (info, DType::I32)])
    },
    |l: &mut Launch| {
        let (a, b) = (l.dense(0)?, l.dense(1)?);
        let (x, info) = l.outputs.split_at_mut(1);
        let wrong = dispatch_float!(a.dtype, T => kernels::solve::<T>(&a, &b, &mut x[0], &mut info[0]));
        Checked::from(l.attrs).raise(wrong, &a.shape)
    },
    Vjp::Rule(|c, g, needs| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None]);
        };
        let of_b = solve(&transpose_last(c.tensor(0))?, g, Checked::NOT)?.0;
        let of_a = needs[0].then(|| neg(&matmul(&of_b, &transpose_last(&c.outputs[0])?)?)).transpose()?;
        Ok(smallvec![of_a, Some(of_b)])
    }),
    Jvp::Rule(|c, t| {
        let of_a = t[0].as_ref().map(|t| neg(&matmul(t, &c.outputs[0])?)).transpose()?;
        let Some(sum) = sum_of([t[1].clone(), of_a])? else {
            return Ok(smallvec![None, None]);
        };
        Ok(smallvec![Some(solve(c.tensor(0), &sum, Checked::NOT)?.0), None])
    })
}

/// X with `A X = B`, and the first pivot that is zero.
pub fn solve(a: &Tensor, b: &Tensor, checked: Checked) -> Result<(Tensor, Tensor)> {
    let mut results = record(
        &SOLVE,
        checked.encode(),
        smallvec![],
        smallvec![a.into(), b.into()],
    )?;
    let info = results.remove(1);
    Ok((results.remove(0), info))
}

/// The inverse, and the first pivot that is zero.
pub fn inverse(a: &Tensor, checked: Checked) -> Result<(Tensor, Tensor)> {
    let (n, _) = sides(a.shape());
    solve(a, &expand(&identity(n, n, a)?, a.shape())?, checked)
}

attributes! {
    #[derive(Clone, Copy)]
    struct Shaped in Attrs { upper: bool, unit: bool }
}

decomposition! {
    /// attrs: `Shaped`; inputs: T, B with one batch; output: X with T X = B
    TRIANGULAR,
    "linalg_triangular",
    |r| Ok(smallvec![(r.shape(1).into(), r.dtype(0))]),
    |l: &mut Launch| {
        let (t, b, Shaped { upper, unit }) = (l.dense(0)?, l.dense(1)?, l.attrs.into());
        let triangle = Triangle { upper, unit };
        dispatch_float!(t.dtype, T => kernels::triangular::<T>(&t, &b, triangle, &mut l.outputs[0]));
        Ok(())
    },
    Vjp::Rule(|c, g, needs| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None]);
        };
        let Shaped { upper, unit } = c.attrs.into();
        let of_b = triangular(&transpose_last(c.tensor(0))?, g, !upper, unit)?;
        let of_t = needs[0]
            .then(|| part(&neg(&matmul(&of_b, &transpose_last(&c.outputs[0])?)?)?, upper, unit))
            .transpose()?;
        Ok(smallvec![of_t, Some(of_b)])
    }),
    Jvp::Rule(|c, t| {
        let Shaped { upper, unit } = c.attrs.into();
        let of_t = t[0]
            .as_ref()
            .map(|t| neg(&matmul(&part(t, upper, unit)?, &c.outputs[0])?))
            .transpose()?;
        let sum = sum_of([t[1].clone(), of_t])?;
        Ok(smallvec![sum.map(|sum| triangular(c.tensor(0), &sum, upper, unit)).transpose()?])
    })
}

/// What of a matrix the op reads.
fn part(x: &Tensor, upper: bool, unit: bool) -> Result<Tensor> {
    if upper {
        triu(x, unit.into())
    } else {
        tril(x, -i64::from(unit))
    }
}

/// X with `T X = B`, of one batch.
pub fn triangular(t: &Tensor, b: &Tensor, upper: bool, unit: bool) -> Result<Tensor> {
    let attrs = Shaped { upper, unit }.encode();
    Ok(record(&TRIANGULAR, attrs, smallvec![], smallvec![t.into(), b.into()])?.remove(0))
}

/// Matrices and right sides of a call with one batch, and whether the right sides are vectors. With `vectors` they are
/// where they have one dimension, or those of the matrices but the last.
pub fn system(a: &Args, vectors: bool, left: bool) -> Result<(Tensor, Tensor, bool)> {
    let x = square(a, 0)?;
    let b = a.tensor(1)?;
    same_dtype(a, 0, 1)?;
    let shape = x.shape();
    let vector = vectors
        && (b.rank() == 1 || (b.rank() + 1 == shape.len() && b.shape()[..] == shape[..shape.len() - 1]));
    let right = if vector {
        column(b)?
    } else {
        matrices(a, 1)?.clone()
    };
    let (rows, columns) = sides(right.shape());
    let (n, _) = sides(shape);
    if (if left { rows } else { columns }) != n {
        let (equation, what) = if left {
            ("A X = B", "rows")
        } else {
            ("X A = B", "columns")
        };
        let text = format!(
            "shapes {} and {} do not fit in {equation}: {} must have {n} {what}",
            show(shape),
            show(b.shape()),
            a.names[1]
        );
        return Err(Error::shape(a.function, text));
    }
    let lead = broadcast(&shape[..shape.len() - 2], &right.shape()[..right.rank() - 2]);
    let lead = lead.ok_or_else(|| Error::broadcast(a.function, shape, b.shape()))?;
    Ok((with_lead(x, &lead)?, with_lead(&right, &lead)?, vector))
}

/// A matrix of one column as a vector again.
pub fn back_to(x: Tensor, vector: bool) -> Result<Tensor> {
    if vector {
        let shape = Shape::from_slice(&x.shape()[..x.rank() - 1]);
        return reshape(&x, &shape);
    }
    Ok(x)
}

/// A call's result, and what is wrong. Of `left` is argument `i`.
fn solved(a: &Args, i: usize, checked: Checked) -> Result<(Tensor, Tensor)> {
    let left = a.flag(i)?;
    let (x, b, vector) = system(a, true, left)?;
    if left || vector {
        let (result, info) = solve(&x, &b, checked)?;
        return Ok((back_to(result, vector)?, info));
    }
    let (result, info) = solve(&transpose_last(&x)?, &transpose_last(&b)?, checked)?;
    Ok((transpose_last(&result)?, info))
}

fn checked(a: &Args, i: usize) -> Result<Checked> {
    Ok(if a.flag(i)? {
        Checked::by(a.function)
    } else {
        Checked::NOT
    })
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "solve",
        signature: "(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor",
        doc: "X with `A X = B`, or with `X A = B` where `left` is False, by an LU decomposition. B is a matrix, or a vector if \
              it has one dimension or the shape of A without its last; leading dimensions broadcast.\n\n\
              Raises ShapeError for shapes that do not fit, and LinAlgError, when the result is looked at, for a singular \
              matrix.\n\n\
              >>> ravine.linalg.solve(ravine.tensor([[2.0, 0.0], [0.0, 4.0]]), ravine.tensor([2.0, 2.0]))\n\
              tensor([1.0000, 0.5000])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| Ok(solved(a, 2, Checked::by(a.function))?.0.into()),
    },
    Function {
        name: "solve_ex",
        signature: "(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> tuple[Tensor, Tensor]",
        doc: "As `solve`, besides for each matrix its first pivot that is zero, counted from 1, as int32; 0 if none is. \
              Nothing is raised, unless `check_errors` says so.\n\n\
              >>> ravine.linalg.solve_ex(ravine.zeros(1, 1), ravine.ones(1)).info\ntensor(1, dtype=ravine.int32)\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let (x, info) = solved(a, 2, checked(a, 3)?)?;
            Ok(Outcome::Named(a.function, &["result", "info"], vec![x, info]))
        },
    },
    Function {
        name: "solve_triangular",
        signature: "(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor",
        doc: "X with `A X = B`, or with `X A = B` where `left` is False, for triangular A: only that triangle is read, and with \
              `unitriangular` its diagonal counts as ones. Leading dimensions broadcast. A zero on the diagonal gives \
              infinities or NaN.\n\n\
              >>> A = ravine.tensor([[2.0, 0.0], [1.0, 1.0]])\n\
              >>> ravine.linalg.solve_triangular(A, ravine.tensor([[2.0], [3.0]]), upper=False)\n\
              tensor([[1.],\n        [2.]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let (upper, left, unit) = (a.flag(2)?, a.flag(3)?, a.flag(4)?);
            let (t, b, _) = system(a, false, left)?;
            if left {
                return Ok(triangular(&t, &b, upper, unit)?.into());
            }
            let x = triangular(&transpose_last(&t)?, &transpose_last(&b)?, !upper, unit)?;
            Ok(transpose_last(&x)?.into())
        },
    },
    Function {
        name: "inv",
        signature: "(A: Tensor) -> Tensor",
        doc: "The inverse of square matrices, by an LU decomposition. To solve equations, `solve` is faster and more exact.\n\n\
              Raises LinAlgError, when the result is looked at, for a singular matrix.\n\n\
              >>> ravine.linalg.inv(ravine.tensor([[2.0, 0.0], [0.0, 4.0]]))\n\
              tensor([[0.5000, 0.0000],\n        [0.0000, 0.2500]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| Ok(inverse(square(a, 0)?, Checked::by(a.function))?.0.into()),
    },
    Function {
        name: "inv_ex",
        signature: "(A: Tensor, *, check_errors: bool = False) -> tuple[Tensor, Tensor]",
        doc: "As `inv`, besides for each matrix its first pivot that is zero, counted from 1, as int32; 0 if none is. Nothing \
              is raised, unless `check_errors` says so.\n\n\
              >>> ravine.linalg.inv_ex(ravine.zeros(2, 2)).info\ntensor(1, dtype=ravine.int32)\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let (x, info) = inverse(square(a, 0)?, checked(a, 1)?)?;
            Ok(Outcome::Named(a.function, &["inverse", "info"], vec![x, info]))
        },
    },
];
