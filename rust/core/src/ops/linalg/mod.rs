//! Products of matrices and vectors.

pub mod einsum;
pub mod matmul;
pub mod products;
pub mod segments;

use super::{Functions, Records};

pub static OPS: Records = &[&[&matmul::MATMUL]];

pub static FUNCTIONS: Functions = &[einsum::FUNCTIONS, products::FUNCTIONS];
