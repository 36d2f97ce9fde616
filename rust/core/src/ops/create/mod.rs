//! Tensors out of nothing: of one number, of rows of numbers, of random ones.

pub mod distributions;
mod fills;
mod full;
pub mod random;
pub mod random_like;
mod range;
pub mod samplers;

use super::{Functions, Records};
pub use full::{FULL, full, ones_like, size, zeros_like};
pub use range::{ARANGE, arange, positions};

pub static OPS: Records = &[
    &[&FULL, &ARANGE],
    &[
        &random::UNIFORM,
        &random::NORMAL,
        &random::INTEGERS,
        &random::MASK,
        &random::PERMUTATION,
    ],
    &[
        &samplers::GAMMA,
        &samplers::POISSON,
        &samplers::BINOMIAL,
        &samplers::VON_MISES,
        &samplers::SLOPE,
    ],
];

pub static FUNCTIONS: Functions = &[
    random_like::FUNCTIONS,
    range::FUNCTIONS,
    distributions::FUNCTIONS,
    fills::FUNCTIONS,
    samplers::FUNCTIONS,
];
