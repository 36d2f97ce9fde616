//! Products of matrices and vectors, and decompositions of matrices.

pub mod decompositions;
pub mod einsum;
pub mod matmul;
pub mod products;
pub mod segments;

use super::{Functions, Records};
use decompositions::{cholesky, determinant, eigen, exponential, ldl, lu, qr, singular, solve};

pub static OPS: Records = &[
    &[&matmul::MATMUL],
    &[&cholesky::CHOLESKY],
    &[&qr::QR, &qr::GEQRF],
    &[&lu::LU, &lu::PERMUTATION],
    &[&solve::SOLVE, &solve::TRIANGULAR],
    &[
        &determinant::DET,
        &determinant::COFACTORS,
        &determinant::COFACTORS_ALONG,
        &determinant::SLOGDET,
    ],
    &[&eigen::EIGH, &eigen::EIG],
    &[&singular::SVD, &singular::PINV],
    &[&ldl::LDL, &ldl::LDL_SOLVE],
    &[&exponential::MATRIX_EXP],
];

pub static FUNCTIONS: Functions = &[
    einsum::FUNCTIONS,
    products::FUNCTIONS,
    cholesky::FUNCTIONS,
    qr::FUNCTIONS,
    lu::FUNCTIONS,
    solve::FUNCTIONS,
    determinant::FUNCTIONS,
    eigen::FUNCTIONS,
    singular::FUNCTIONS,
    ldl::FUNCTIONS,
    exponential::FUNCTIONS,
];
