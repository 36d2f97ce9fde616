//! Ops that compute element `i` of the result from elements `i` of the operands, which broadcast: one row each, in
//! tables by kind.

#[macro_use]
mod row;
pub mod activation;
pub mod arithmetic;
pub mod bessel;
pub mod bitwise;
pub mod compare;
pub mod composed;
pub mod entropies;
pub mod exponential;
pub mod gamma;
pub mod inner;
pub mod limits;
pub mod numbers;
pub mod options;
pub mod pairs;
pub mod parts;
pub mod polynomials;
pub mod rounding;
mod rules;
pub mod select;
pub mod special;
#[cfg(feature = "test-op")]
pub mod test_op;
pub mod trigonometric;
pub mod within;

use super::{Functions, Records};
pub use rules::{
    Rule, apply, batch, broadcast_shape, common_dtype, meta_bool, meta_same, operand_dtype, sum_to,
};

pub static OPS: Records = &[
    arithmetic::OPS,
    compare::OPS,
    exponential::OPS,
    trigonometric::OPS,
    activation::OPS,
    rounding::OPS,
    bitwise::OPS,
    special::OPS,
    gamma::OPS,
    bessel::OPS,
    polynomials::OPS,
    pairs::OPS,
    parts::OPS,
    #[cfg(feature = "test-op")]
    test_op::OPS,
    &[&select::WHERE, &within::WITHIN],
    &[
        &bessel::AIRY_SLOPE,
        &gamma::LOWER,
        &gamma::UPPER,
        &gamma::IGAMMA_SLOPE,
        &gamma::ZETA_SLOPE,
        &parts::BESIDE,
        &parts::EXPONENT,
    ],
];

pub static FUNCTIONS: Functions = &[
    select::FUNCTIONS,
    composed::FUNCTIONS,
    entropies::FUNCTIONS,
    gamma::FUNCTIONS,
    polynomials::FUNCTIONS,
    parts::FUNCTIONS,
];
