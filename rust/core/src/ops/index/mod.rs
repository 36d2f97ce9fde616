//! Elements at places: as Python writes them, or as index tensors name them.

pub mod bounds;
pub mod gather;
pub mod nonzero;
pub mod one_hot;
pub mod places;
pub mod put;
pub mod reduce;
pub mod scatter;
pub mod search;
pub mod slices;
pub mod sums;
pub mod syntax;
pub mod take;
mod take_batch;

use super::{Functions, Records};

pub static OPS: Records = &[
    &[&put::SLICE_PUT],
    &[&gather::GATHER, &gather::SCATTER_ADD],
    &[&take::INDEX, &take::INDEX_PUT, &take::INDEX_PUT_ACCUMULATE],
    &[&one_hot::ONE_HOT, &nonzero::NONZERO, &search::SEARCHSORTED],
];

pub static FUNCTIONS: Functions = &[
    take::FUNCTIONS,
    scatter::FUNCTIONS,
    reduce::FUNCTIONS,
    slices::FUNCTIONS,
    search::FUNCTIONS,
];
