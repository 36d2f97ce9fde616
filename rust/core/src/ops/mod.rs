//! The ops. An elementwise op is one row of a table, a structured op one file.

#[macro_use]
pub mod elementwise;
pub mod adam;
pub mod batch;
pub mod binary;
pub mod cast;
pub mod clip;
pub mod create;
pub mod custom;
pub mod detach;
pub mod dropout;
pub mod gpu_programs;
pub mod loss;
pub mod matmul;
pub mod norm;
pub mod optim;
pub mod put;
pub mod random;
pub mod reduce;
pub mod select;
pub mod sgd;
pub mod softmax;
pub mod unary;
pub mod view;
