//! The LU decomposition, and systems that its factors solve.

use super::*;
use crate::cpu::linalg as kernels;
use crate::function::{Effect, Function, Outcome, Places};
use crate::op::{Jvp, Vjp};
use crate::ops::index::gather::gather;
use crate::ops::linalg::matmul::matmul;
use crate::ops::ordering::sort::sort;
use crate::ops::shape::concat::cat;
use crate::ops::shape::triangle::{tril, triu};
use crate::ops::shape::view::{narrow, transpose_last};
use crate::work::Launch;
use solve::{back_to, system, triangular};

attributes! {
    #[derive(Clone, Copy)]
    struct Exchanges in Attrs { exchange: bool, checked: Checked }
}

decomposition! {
    /// attrs: `Exchanges`; outputs: U with L below it, the rows exchanged, and the first pivot that is zero
    LU,
    "linalg_lu",
    |r| {
        let (m, n) = sides(r.shape(0));
        let int = Some(DType::I32);
        metas(r, &[(&[m, n], None), (&[m.min(n)], int), (&[], int)])
    },
    |l: &mut Launch| {
        let (x, Exchanges { exchange, checked }) = (l.dense(0)?, l.attrs.into());
        let [lu, pivots, info] = &mut l.outputs[..] else {
            unreachable!("there are three results")
        };
        let wrong = dispatch_float!(x.dtype, T => kernels::lu::<T>(&x, exchange, lu, pivots, info));
        checked.raise(wrong, &x.shape)
    },
    Vjp::Rule(|c, g, _| Ok(smallvec![g[0].as_ref().map(|g| back(c, g)).transpose()?])),
    Jvp::Rule(|c, t| Ok(smallvec![t[0].as_ref().map(|t| forward(c, t)).transpose()?, None, None]))
}

/// The factors of a decomposition: L of m x k and U of k x n.
fn factors(lu: &Tensor) -> Result<(Tensor, Tensor)> {
    let (m, n) = sides(lu.shape());
    let (k, r) = (m.min(n), lu.rank());
    let below = tril(&narrow(lu, r - 1, 0, k)?, -1)?;
    Ok((
        add(&below, &identity(m, k, lu)?)?,
        triu(&narrow(lu, r - 2, 0, k)?, 0)?,
    ))
}

/// Rows in another order.
fn take_rows(x: &Tensor, order: &Tensor) -> Result<Tensor> {
    gather(x, x.rank() - 2, &expand(&column(order)?, x.shape())?)
}

/// `P^T X`.
fn exchanged(c: &Call, x: &Tensor) -> Result<Tensor> {
    take_rows(x, &permutation(&c.outputs[1], sides(x.shape()).0)?)
}

/// `X T^-1` for a triangle T.
fn over(x: &Tensor, t: &Tensor, upper: bool, unit: bool) -> Result<Tensor> {
    transpose_last(&triangular(
        &transpose_last(t)?,
        &transpose_last(x)?,
        !upper,
        unit,
    )?)
}

fn back(c: &Call, g: &Tensor) -> Result<Tensor> {
    let (l, u) = factors(&c.outputs[0])?;
    let (m, n) = sides(g.shape());
    let (k, r) = (m.min(n), g.rank());
    let (l_first, u_first) = (narrow(&l, r - 2, 0, k)?, narrow(&u, r - 1, 0, k)?);
    let of_l = tril(&narrow(g, r - 2, 0, k)?, -1)?;
    let of_l = narrow(&of_l, r - 1, 0, k)?;
    let of_u = narrow(&triu(&narrow(g, r - 2, 0, k)?, 0)?, r - 1, 0, k)?;
    // L^-T, and U^-T from the right.
    let from_left = |x: &Tensor| triangular(&transpose_last(&l_first)?, x, true, true);
    let from_right = |x: &Tensor| over(x, &transpose_last(&u_first)?, false, false);
    let square = |of_l: &Tensor, of_u: &Tensor| {
        let low = tril(&matmul(&transpose_last(&l_first)?, of_l)?, -1)?;
        let high = triu(&matmul(of_u, &transpose_last(&u_first)?)?, 0)?;
        from_right(&from_left(&add(&low, &high)?)?)
    };
    let whole = if m == n {
        square(&of_l, &of_u)?
    } else if m < n {
        // U's other columns are L^-1 times those of A.
        let rest = (n - m) as i64;
        let right = from_left(&narrow(g, r - 1, m as i64, rest as usize)?)?;
        let others = narrow(&u, r - 1, m as i64, rest as usize)?;
        let of_l = sub(&of_l, &matmul(&right, &transpose_last(&others)?)?)?;
        cat(&[square(&of_l, &of_u)?, right], r - 1)?
    } else {
        // L's other rows are those of A times U^-1.
        let below = from_right(&narrow(g, r - 2, n as i64, m - n)?)?;
        let others = narrow(&l, r - 2, n as i64, m - n)?;
        let of_u = sub(&of_u, &matmul(&transpose_last(&others)?, &below)?)?;
        cat(&[square(&of_l, &of_u)?, below], r - 2)?
    };
    let order = permutation(&c.outputs[1], m)?;
    take_rows(&whole, &sort(&order, order.rank() - 1, false)?.1)
}

fn forward(c: &Call, t: &Tensor) -> Result<Tensor> {
    let (l, u) = factors(&c.outputs[0])?;
    let (m, n) = sides(t.shape());
    let (k, r) = (m.min(n), t.rank());
    let (l_first, u_first) = (narrow(&l, r - 2, 0, k)?, narrow(&u, r - 1, 0, k)?);
    let t = exchanged(c, t)?;
    let first = narrow(&narrow(&t, r - 2, 0, k)?, r - 1, 0, k)?;
    let inside = over(&triangular(&l_first, &first, false, true)?, &u_first, true, false)?;
    let of_l = matmul(&l_first, &tril(&inside, -1)?)?;
    let of_u = matmul(&triu(&inside, 0)?, &u_first)?;
    let square = add(&of_l, &of_u)?;
    if m == n {
        return Ok(square);
    }
    if m < n {
        let others = narrow(&u, r - 1, m as i64, n - m)?;
        let moved = sub(&narrow(&t, r - 1, m as i64, n - m)?, &matmul(&of_l, &others)?)?;
        return cat(&[square, triangular(&l_first, &moved, false, true)?], r - 1);
    }
    let others = narrow(&l, r - 2, n as i64, m - n)?;
    let moved = sub(&narrow(&t, r - 2, n as i64, m - n)?, &matmul(&others, &of_u)?)?;
    cat(&[square, over(&moved, &u_first, true, false)?], r - 2)
}

attributes! {
    #[derive(Clone, Copy)]
    struct Rows in Attrs { rows: usize }
}

decomposition! {
    /// attrs: `Rows`; input: the rows exchanged; output: the order in which that leaves them
    PERMUTATION,
    "lu_permutation",
    |r| {
        let shape = r.shape(0);
        let lead = &shape[..shape.len() - 1];
        let rows = Rows::from(r.attrs).rows;
        Ok(smallvec![(lead.iter().copied().chain([rows]).collect(), DType::I64)])
    },
    |l: &mut Launch| {
        let (pivots, Rows { rows }) = (l.dense(0)?, l.attrs.into());
        kernels::permutation(&pivots, &mut l.outputs[0]).map_err(|pivot| {
            let text = format!("pivot {pivot} names no row: there are {rows}, counted from 1, as lu_factor returns them");
            Error::value("lu_unpack", text)
        })
    },
    Vjp::Constant,
    Jvp::Constant
}

/// The order in which exchanges leave the rows: `(P^T X)[i] = X[order[i]]`.
fn permutation(pivots: &Tensor, rows: usize) -> Result<Tensor> {
    Ok(record(
        &PERMUTATION,
        Rows { rows }.encode(),
        smallvec![],
        smallvec![pivots.into()],
    )?
    .remove(0))
}

fn decompose(x: &Tensor, exchange: bool, checked: Checked) -> Result<SmallVec<[Tensor; 1]>> {
    record(
        &LU,
        Exchanges { exchange, checked }.encode(),
        smallvec![],
        smallvec![x.into()],
    )
}

/// P from the rows exchanged.
fn permutation_matrix(pivots: &Tensor, rows: usize, dtype: DType) -> Result<Tensor> {
    let order = permutation(pivots, rows)?;
    mode::on(pivots.device(), || {
        let places = reshape(&create::positions(rows)?, &[rows, 1])?;
        cast(&eq(&places, &row(&order)?)?, dtype)
    })
}

/// Argument `i` of a call: the pivots of matrices of this shape.
fn pivots<'a>(a: &'a Args, i: usize, shape: &[usize]) -> Result<&'a Tensor> {
    let pivots = a.tensor(i)?;
    let (m, n) = sides(shape);
    if pivots.dtype() != DType::I32 {
        let text = format!(
            "argument '{}' has dtype {}, needs int32, as lu_factor returns it",
            a.names[i],
            pivots.dtype()
        );
        return Err(Error::new(Kind::DType, a.function, text));
    }
    let wanted = shaped(shape, &[m.min(n)]);
    if **pivots.shape() != *wanted {
        let text = format!(
            "argument '{}' has shape {}, needs {} for matrices of shape {}",
            a.names[i],
            show(pivots.shape()),
            show(&wanted),
            show(shape)
        );
        return Err(Error::shape(a.function, text));
    }
    Ok(pivots)
}

/// X with `P L U X = B`, or `(P L U)^T X = B`.
fn solve_factors(lu: &Tensor, pivots: &Tensor, b: &Tensor, adjoint: bool) -> Result<Tensor> {
    let order = permutation(pivots, sides(lu.shape()).0)?;
    if !adjoint {
        let y = triangular(lu, &take_rows(b, &order)?, false, true)?;
        return triangular(lu, &y, true, false);
    }
    let turned = transpose_last(lu)?;
    let y = triangular(&turned, b, false, false)?;
    let z = triangular(&turned, &y, true, true)?;
    take_rows(&z, &sort(&order, order.rank() - 1, false)?.1)
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "lu_factor",
        signature: "(A: Tensor, *, pivot: bool = True) -> tuple[Tensor, Tensor]",
        doc: "`A = P L U` of (..., m, n) matrices in compact form: U on and above the diagonal, L below it without its ones; and \
              the int32 pivots: row i was exchanged with row `pivots[i] - 1`, one after the other. See `lu_solve` and \
              `ravine.lu_unpack`. Without `pivot` rows stay.\n\n\
              Raises LinAlgError, when the result is looked at, for a pivot that is zero.\n\n\
              >>> LU, pivots = ravine.linalg.lu_factor(ravine.tensor([[1.0, 2.0], [2.0, 2.0]]))\n>>> LU, pivots\n\
              (tensor([[2.0000, 2.0000],\n        [0.5000, 1.0000]]), tensor([2, 2], dtype=ravine.int32))\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let mut results = decompose(matrices(a, 0)?, a.flag(1)?, Checked::by(a.function))?;
            results.truncate(2);
            Ok(Outcome::Named(a.function, &["LU", "pivots"], results.into_vec()))
        },
    },
    Function {
        name: "lu_factor_ex",
        signature: "(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> tuple[Tensor, Tensor, Tensor]",
        doc: "As `lu_factor`, besides for each matrix its first pivot that is zero, counted from 1, as int32; 0 if none is. \
              Nothing is raised, unless `check_errors` says so.\n\n\
              >>> ravine.linalg.lu_factor_ex(ravine.zeros(2, 2)).info\ntensor(1, dtype=ravine.int32)\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let checked = if a.flag(2)? {
                Checked::by(a.function)
            } else {
                Checked::NOT
            };
            let results = decompose(matrices(a, 0)?, a.flag(1)?, checked)?;
            Ok(Outcome::Named(
                a.function,
                &["LU", "pivots", "info"],
                results.into_vec(),
            ))
        },
    },
    Function {
        name: "lu_unpack",
        signature: "(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) \
                    -> tuple[Tensor, Tensor, Tensor]",
        doc: "P, L and U with `A = P L U` from the results of `ravine.linalg.lu_factor`. What is not to be unpacked has no \
              elements.\n\n\
              >>> P, L, U = ravine.lu_unpack(*ravine.linalg.lu_factor(ravine.tensor([[1.0, 2.0], [2.0, 2.0]])))\n\
              >>> P @ L @ U\ntensor([[1., 2.],\n        [2., 2.]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let lu = matrices(a, 0)?;
            let pivots = pivots(a, 1, lu.shape())?;
            let nothing = || mode::on(lu.device(), || create::full(&[0], 0.0, lu.dtype()));
            let p = if a.flag(3)? {
                permutation_matrix(pivots, sides(lu.shape()).0, lu.dtype())?
            } else {
                nothing()?
            };
            let (l, u) = if a.flag(2)? {
                factors(lu)?
            } else {
                (nothing()?, nothing()?)
            };
            Ok(Outcome::Named(a.function, &["P", "L", "U"], vec![p, l, u]))
        },
    },
    Function {
        name: "lu",
        signature: "(A: Tensor, *, pivot: bool = True) -> tuple[Tensor, Tensor, Tensor]",
        doc: "`A = P L U` of (..., m, n) matrices, k the smaller of m and n: P (..., m, m) exchanges rows, L (..., m, k) is lower \
              triangular with ones on its diagonal, U (..., k, n) upper triangular. Without `pivot` P has no elements and `A = L U`.\n\n\
              >>> P, L, U = ravine.linalg.lu(ravine.tensor([[1.0, 2.0], [2.0, 2.0]]))\n>>> L\n\
              tensor([[1.0000, 0.0000],\n        [0.5000, 1.0000]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let (x, pivot) = (matrices(a, 0)?, a.flag(1)?);
            let results = decompose(x, pivot, Checked::NOT)?;
            let p = if pivot {
                permutation_matrix(&results[1], sides(x.shape()).0, x.dtype())?
            } else {
                mode::on(x.device(), || create::full(&[0], 0.0, x.dtype()))?
            };
            let (l, u) = factors(&results[0])?;
            Ok(Outcome::Named(a.function, &["P", "L", "U"], vec![p, l, u]))
        },
    },
    Function {
        name: "lu_solve",
        signature: "(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor",
        doc: "X with `A X = B` from the results of `lu_factor`; with `X A = B` where `left` is False, and of the transpose of A \
              with `adjoint`. Leading dimensions broadcast.\n\n\
              >>> LU, pivots = ravine.linalg.lu_factor(ravine.tensor([[1.0, 2.0], [2.0, 2.0]]))\n\
              >>> ravine.linalg.lu_solve(LU, pivots, ravine.tensor([[3.0], [4.0]]))\n\
              tensor([[1.],\n        [1.]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let (left, adjoint) = (a.flag(3)?, a.flag(4)?);
            let found = pivots(a, 1, square(a, 0)?.shape())?;
            let values = [a.value(0).clone(), a.value(2).clone()];
            let pair = Args {
                function: a.function,
                names: &[a.names[0], a.names[2]],
                values: &values,
            };
            let (lu, b, vector) = system(&pair, false, left)?;
            let n = sides(lu.shape()).0;
            let found = expand(found, &shaped(lu.shape(), &[n]))?;
            if left {
                return Ok(back_to(solve_factors(&lu, &found, &b, adjoint)?, vector)?.into());
            }
            let x = solve_factors(&lu, &found, &transpose_last(&b)?, !adjoint)?;
            Ok(transpose_last(&x)?.into())
        },
    },
];
