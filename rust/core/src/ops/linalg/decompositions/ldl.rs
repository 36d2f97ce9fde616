//! Bunch and Kaufman's decomposition of symmetric matrices that need not be definite.

use super::*;
use crate::cpu::linalg as kernels;
use crate::function::{Effect, Function, Outcome, Places};
use crate::op::{Jvp, Vjp};
use crate::work::Launch;
use solve::system;

const COMPACT: &str = "its compact form is made for ldl_solve. Use ravine.linalg.solve";

decomposition! {
    /// attrs: `Checked`; outputs: D with L below it, pivots, and the first block that is zero
    LDL,
    "linalg_ldl",
    |r| {
        let (n, _) = sides(r.shape(0));
        let int = Some(DType::I32);
        metas(r, &[(&[n, n], None), (&[n], int), (&[], int)])
    },
    |l: &mut Launch| {
        let x = l.dense(0)?;
        let [ld, pivots, info] = &mut l.outputs[..] else {
            unreachable!("there are three results")
        };
        let wrong = dispatch_float!(x.dtype, T => kernels::ldl::<T>(&x, ld, pivots, info));
        Checked::from(l.attrs).raise(wrong, &x.shape)
    },
    Vjp::Never(COMPACT),
    Jvp::Never(COMPACT)
}

decomposition! {
    /// inputs: D with L below it, pivots, B; output: X with A X = B
    LDL_SOLVE,
    "linalg_ldl_solve",
    |r| Ok(smallvec![(r.shape(2).into(), r.dtype(0))]),
    |l: &mut Launch| {
        let (ld, pivots, b) = (l.dense(0)?, l.dense(1)?, l.dense(2)?);
        let x = &mut l.outputs[0];
        let solved = dispatch_float!(ld.dtype, T => kernels::ldl_solve::<T>(&ld, &pivots, &b, x));
        solved.map_err(|pivot| {
            let text = format!("pivot {pivot} is not one that ldl_factor returns for {} rows", ld.shape[ld.shape.len() - 1]);
            Error::value("ldl_solve", text)
        })
    },
    Vjp::Rule(|c, g, needs| {
        if needs[0] {
            return Err(Error::never("ldl_solve", "derivative by LD", COMPACT));
        }
        let of_b = g[0].as_ref().map(|g| solve(c.tensor(0), c.tensor(1), g)).transpose()?;
        Ok(smallvec![None, None, of_b])
    }),
    Jvp::Rule(|c, t| {
        if t[0].is_some() {
            return Err(Error::never("ldl_solve", "derivative by LD", COMPACT));
        }
        Ok(smallvec![t[2].as_ref().map(|t| solve(c.tensor(0), c.tensor(1), t)).transpose()?])
    })
}

fn solve(ld: &Tensor, pivots: &Tensor, b: &Tensor) -> Result<Tensor> {
    let inputs = smallvec![ld.into(), pivots.into(), b.into()];
    Ok(record(&LDL_SOLVE, smallvec![], smallvec![], inputs)?.remove(0))
}

fn decompose(a: &Args, checked: Checked) -> Result<Vec<Tensor>> {
    // Real matrices are Hermitian where they are symmetric.
    let _hermitian = a.flag(1)?;
    let inputs = smallvec![square(a, 0)?.into()];
    Ok(record(&LDL, checked.encode(), smallvec![], inputs)?.into_vec())
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "ldl_factor",
        signature: "(A: Tensor, *, hermitian: bool = False) -> tuple[Tensor, Tensor]",
        doc: "`A = L D L^T` of symmetric matrices (Bunch and Kaufman, 1977) in LAPACK's compact form, with blocks of one and two \
              rows in D, and int32 pivots; see `ldl_solve`. Only the lower triangle of A is read. It has no derivative, as in \
              PyTorch.\n\n\
              Raises LinAlgError, when the result is looked at, for a block that is zero.\n\n\
              >>> LD, pivots = ravine.linalg.ldl_factor(ravine.tensor([[2.0, 1.0], [1.0, 1.0]]))\n>>> LD\n\
              tensor([[2.0000, 0.0000],\n        [0.5000, 0.5000]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let mut results = decompose(a, Checked::by(a.function))?;
            results.truncate(2);
            Ok(Outcome::Named(a.function, &["LD", "pivots"], results))
        },
    },
    Function {
        name: "ldl_factor_ex",
        signature: "(A: Tensor, *, hermitian: bool = False, check_errors: bool = False) -> tuple[Tensor, Tensor, Tensor]",
        doc: "As `ldl_factor`, besides for each matrix its first block that is zero, counted from 1, as int32; 0 if none is. \
              Nothing is raised, unless `check_errors` says so.\n\n\
              >>> ravine.linalg.ldl_factor_ex(ravine.zeros(2, 2)).info\ntensor(1, dtype=ravine.int32)\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let checked = if a.flag(2)? {
                Checked::by(a.function)
            } else {
                Checked::NOT
            };
            let results = decompose(a, checked)?;
            Ok(Outcome::Named(a.function, &["LD", "pivots", "info"], results))
        },
    },
    Function {
        name: "ldl_solve",
        signature: "(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor",
        doc: "X with `A X = B` from the results of `ldl_factor`; leading dimensions broadcast. It is differentiable by B.\n\n\
              >>> LD, pivots = ravine.linalg.ldl_factor(ravine.tensor([[2.0, 1.0], [1.0, 1.0]]))\n\
              >>> ravine.linalg.ldl_solve(LD, pivots, ravine.tensor([[3.0], [2.0]]))\n\
              tensor([[1.],\n        [1.]])\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let _hermitian = a.flag(3)?;
            let (n, pivots) = (sides(square(a, 0)?.shape()).0, a.tensor(1)?);
            let wanted = shaped(a.tensor(0)?.shape(), &[n]);
            if pivots.dtype() != DType::I32 || **pivots.shape() != *wanted {
                let text = format!(
                    "argument 'pivots' must be int32 of shape {}, as ldl_factor returns it, not {} of shape {}",
                    show(&wanted),
                    pivots.dtype(),
                    show(pivots.shape())
                );
                return Err(Error::shape(a.function, text));
            }
            let values = [a.value(0).clone(), a.value(2).clone()];
            let pair = Args {
                function: a.function,
                names: &[a.names[0], a.names[2]],
                values: &values,
            };
            let (ld, b, _) = system(&pair, false, true)?;
            Ok(solve(&ld, &expand(pivots, &shaped(ld.shape(), &[n]))?, &b)?.into())
        },
    },
];
