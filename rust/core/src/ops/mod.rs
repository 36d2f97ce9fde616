//! The ops. An elementwise op is one row of a table, a structured op one file.

#[macro_use]
pub mod elementwise;
pub mod batch;
pub mod binary;
pub mod cast;
pub mod create;
pub mod detach;
pub mod gpu_programs;
pub mod matmul;
pub mod put;
pub mod reduce;
pub mod select;
pub mod unary;
pub mod view;
