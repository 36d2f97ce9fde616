//! The same elements in another order, shape or company.

pub mod concat;
pub mod diagonal;
pub mod grid;
pub mod pad;
pub mod repeat;
pub mod stack;
pub mod triangle;
pub mod unfold;
pub mod view;

use super::{Functions, Records};

pub static OPS: Records = &[
    &[&view::RESHAPE, &view::PERMUTE, &view::EXPAND, &view::SLICE],
    &[&concat::CAT],
    &[&unfold::SLIDE, &unfold::OVERLAP_ADD],
];

pub static FUNCTIONS: Functions = &[
    view::FUNCTIONS,
    concat::FUNCTIONS,
    stack::FUNCTIONS,
    repeat::FUNCTIONS,
    pad::FUNCTIONS,
    unfold::FUNCTIONS,
    diagonal::FUNCTIONS,
    triangle::FUNCTIONS,
    grid::FUNCTIONS,
];
