//! Ops that compute element `i` of the result from elements `i` of the operands, which broadcast: one row each, in
//! tables by kind.

#[macro_use]
mod row;
pub mod activation;
pub mod arithmetic;
pub mod bitwise;
pub mod compare;
pub mod composed;
pub mod exponential;
pub mod limits;
pub mod numbers;
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
    #[cfg(feature = "test-op")]
    test_op::OPS,
    &[&select::WHERE, &within::WITHIN],
];

pub static FUNCTIONS: Functions = &[select::FUNCTIONS, composed::FUNCTIONS];
