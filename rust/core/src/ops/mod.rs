//! The ops, in rooms: an elementwise op is one row of a table, a structured op one file. Each room's list of records
//! (`OPS`) and of functions that are made of several (`FUNCTIONS`) stands in its `mod.rs`.

pub mod aliases;
pub mod batch;
pub mod create;
pub mod elementwise;
pub mod floats;
pub mod graph;
pub mod index;
pub mod linalg;
pub mod loss;
pub mod nn;
pub mod optim;
pub mod ordering;
pub mod reduce;
pub mod shape;

use crate::function::Function;
use crate::op::Op;

/// Records by file.
pub type Records = &'static [&'static [&'static Op]];
/// Functions by file.
pub type Functions = &'static [&'static [Function]];

/// Every room's records.
pub static OPS: &[Records] = &[
    elementwise::OPS,
    graph::OPS,
    create::OPS,
    shape::OPS,
    index::OPS,
    reduce::OPS,
    ordering::OPS,
    linalg::OPS,
    nn::OPS,
    loss::OPS,
    optim::OPS,
];

/// Every room's functions.
pub static FUNCTIONS: &[Functions] = &[
    elementwise::FUNCTIONS,
    create::FUNCTIONS,
    shape::FUNCTIONS,
    index::FUNCTIONS,
    reduce::FUNCTIONS,
    ordering::FUNCTIONS,
    linalg::FUNCTIONS,
    nn::FUNCTIONS,
    loss::FUNCTIONS,
];
