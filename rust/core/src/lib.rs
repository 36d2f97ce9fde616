//! Ravine's engine. It knows neither Python nor a GPU library.
//!
//! Read in this order: `dtype`, `shape`, `error`, `attributes`; `graph` (nodes and who owns their values); `op` (the
//! record of an op) and one file of `ops`; `stream` (recording and looking) and `unit` (what a failure takes back);
//! `plan` (from a segment to launches); `cpu` (kernels); `transform` (derivatives and batching: graph to graph); `cell`
//! (what a Python tensor is a handle to); `function` and `registry` (what users call).

pub mod anomaly;
pub mod array;
#[macro_use]
pub mod attributes;
pub mod cell;
#[macro_use]
pub mod cpu;
pub mod describe;
pub mod device;
pub mod dtype;
pub mod error;
pub mod function;
pub mod gpu;
pub mod graph;
pub mod interrupt;
pub mod mode;
pub mod op;
pub mod ops;
pub mod place;
pub mod plan;
pub mod random;
pub mod registry;
pub mod reserve;
pub mod shape;
pub mod stats;
pub mod stream;
pub mod transform;
pub mod unit;
pub mod work;
