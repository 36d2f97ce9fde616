//! Determinants.

use super::*;
use crate::cpu::linalg as kernels;
use crate::function::{Effect, Function, Outcome, Places};
use crate::op::{Form, Jvp, Vjp};
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::linalg::matmul::matmul;
use crate::ops::reduce::sum;
use crate::ops::shape::view::transpose_last;
use crate::work::Launch;
use solve::inverse;

decomposition! {
    DET,
    "linalg_det",
    |r| metas(r, &[(&[], None)]),
    |l: &mut Launch| {
        let x = l.dense(0)?;
        dispatch_float!(x.dtype, T => kernels::determinant::<T>(&x, &mut l.outputs[0]));
        Ok(())
    },
    Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None]);
        };
        Ok(smallvec![Some(mul(&each_matrix(g)?, &cofactors(c.tensor(0))?)?)])
    }),
    Jvp::Rule(|c, t| {
        let Some(t) = &t[0] else {
            return Ok(smallvec![None]);
        };
        Ok(smallvec![Some(total(&mul(t, &cofactors(c.tensor(0))?)?)?)])
    })
}

/// The sum over each matrix.
fn total(x: &Tensor) -> Result<Tensor> {
    sum(x, &[x.rank() - 2, x.rank() - 1], false)
}

fn det(x: &Tensor) -> Result<Tensor> {
    Ok(record(&DET, smallvec![], smallvec![], smallvec![x.into()])?.remove(0))
}

decomposition! {
    /// The derivative of the determinant, also of singular matrices.
    COFACTORS,
    "linalg_cofactors",
    |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    |l: &mut Launch| {
        let x = l.dense(0)?;
        dispatch_float!(x.dtype, T => kernels::cofactors::<T>(&x, &mut l.outputs[0]));
        Ok(())
    },
    Vjp::Rule(|c, g, _| Ok(smallvec![g[0].as_ref().map(|g| along(c.tensor(0), g)).transpose()?])),
    Jvp::Rule(|c, t| Ok(smallvec![t[0].as_ref().map(|t| along(c.tensor(0), t)).transpose()?]))
}

decomposition! {
    /// inputs: A, T; output: the derivative of the cofactors of A in the direction T, which is its own transpose
    COFACTORS_ALONG,
    "linalg_cofactors_along",
    |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    |l: &mut Launch| {
        let (x, t) = (l.dense(0)?, l.dense(1)?);
        dispatch_float!(x.dtype, T => kernels::cofactors_along::<T>(&x, &t, &mut l.outputs[0]));
        Ok(())
    },
    Vjp::Plain(BY_INVERSE),
    Jvp::Plain(BY_INVERSE)
}

/// `det(A) (tr(B T^T) B - B T^T B)` with `B = A^-T`: of matrices that have an inverse, with all derivatives.
const BY_INVERSE: Form = Form(|c| {
    let (x, t) = (c.tensor(0), transpose_last(c.tensor(1))?);
    let b = transpose_last(&inverse(x, Checked::by("det"))?.0)?;
    let product = matmul(&b, &t)?;
    let traces = each_matrix(&sum(&main_diagonal(&product)?, &[x.rank() - 2], false)?)?;
    let inside = sub(&mul(&b, &traces)?, &matmul(&product, &b)?)?;
    Ok(smallvec![mul(&each_matrix(&det(x)?)?, &inside)?])
});

fn along(x: &Tensor, t: &Tensor) -> Result<Tensor> {
    let inputs = smallvec![x.into(), t.into()];
    Ok(record(&COFACTORS_ALONG, smallvec![], smallvec![], inputs)?.remove(0))
}

fn cofactors(x: &Tensor) -> Result<Tensor> {
    Ok(record(&COFACTORS, smallvec![], smallvec![], smallvec![x.into()])?.remove(0))
}

decomposition! {
    /// outputs: sign, logarithm of the magnitude
    SLOGDET,
    "linalg_slogdet",
    |r| metas(r, &[(&[], None), (&[], None)]),
    |l: &mut Launch| {
        let x = l.dense(0)?;
        let (sign, log) = l.outputs.split_at_mut(1);
        dispatch_float!(x.dtype, T => kernels::log_determinant::<T>(&x, &mut sign[0], &mut log[0]));
        Ok(())
    },
    Vjp::Rule(|c, g, _| {
        let Some(g) = &g[1] else {
            return Ok(smallvec![None]);
        };
        let inverse = inverse(c.tensor(0), Checked::NOT)?.0;
        Ok(smallvec![Some(mul(&each_matrix(g)?, &transpose_last(&inverse)?)?)])
    }),
    Jvp::Rule(|c, t| {
        let Some(t) = &t[0] else {
            return Ok(smallvec![None, None]);
        };
        let inverse = inverse(c.tensor(0), Checked::NOT)?.0;
        Ok(smallvec![None, Some(total(&mul(t, &transpose_last(&inverse)?)?)?)])
    })
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "det",
        signature: "(A: Tensor) -> Tensor",
        doc: "The determinant of square matrices, by an LU decomposition. Its derivative is the matrix of cofactors. This \
              and the second derivative are right for singular matrices too; the third takes the inverse, and raises \
              LinAlgError for those.\n\n\
              >>> ravine.linalg.det(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]))\ntensor(-2.)\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| Ok(det(square(a, 0)?)?.into()),
    },
    Function {
        name: "slogdet",
        signature: "(A: Tensor) -> tuple[Tensor, Tensor]",
        doc: "Sign and natural logarithm of the magnitude of the determinant: 0 and minus infinity for a singular matrix, where \
              the derivative is infinite or NaN.\n\n\
              >>> sign, logabsdet = ravine.linalg.slogdet(ravine.eye(2) * -3)\n>>> sign, logabsdet\n\
              (tensor(1.), tensor(2.1972))\n",
        places: Places::LINALG,
        effect: Effect::Pure,
        call: |a| {
            let results = record(
                &SLOGDET,
                smallvec![],
                smallvec![],
                smallvec![square(a, 0)?.into()],
            )?;
            Ok(Outcome::Named(
                a.function,
                &["sign", "logabsdet"],
                results.into_vec(),
            ))
        },
    },
];
