//! The ops. An elementwise op is one row of a table, a structured op one file.

#[macro_use]
pub mod elementwise;
pub mod adam;
pub mod argmax;
pub mod batch;
pub mod binary;
pub mod bounds;
pub mod cast;
pub mod clip;
pub mod concat;
pub mod conv;
pub mod create;
pub mod cross_entropy;
pub mod custom;
pub mod detach;
pub mod dropout;
pub mod embedding;
pub mod fill;
pub mod gather;
pub mod gpu_programs;
pub mod index;
pub mod loss;
pub mod lstm;
pub mod matmul;
pub mod nonzero;
pub mod norm;
pub mod one_hot;
pub mod optim;
pub mod pad;
pub mod pool;
pub mod put;
pub mod random;
pub mod reduce;
pub mod scan;
pub mod select;
pub mod sgd;
pub mod softmax;
pub mod sort;
pub mod spatial;
pub mod take;
mod take_batch;
#[cfg(feature = "test-op")]
pub mod test_op;
pub mod triangle;
pub mod unary;
pub mod view;
