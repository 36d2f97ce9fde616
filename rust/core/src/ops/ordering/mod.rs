//! Elements in order, and what is read off that: the largest ones, quantiles, distinct values.

pub mod quantile;
pub mod sort;
pub mod topk;
pub mod unique;

use super::{Functions, Records};

pub static OPS: Records = &[&[&sort::SORT]];

pub static FUNCTIONS: Functions = &[
    sort::FUNCTIONS,
    topk::FUNCTIONS,
    quantile::FUNCTIONS,
    unique::FUNCTIONS,
];
