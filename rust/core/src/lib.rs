//! Ravine's engine. It knows neither Python nor a GPU library.
//!
//! Read in this order: `dtype`, `shape`, `error`, `array`; `work`, `attributes` and `device` (what a device is asked to
//! do, and the trait by which it is asked); `profile` (what launches cost); `graph` (nodes and who owns their values);
//! `op` (the record of an op) and one file of `ops`; `stream` (recording and looking) and `unit` (what a failure takes
//! back); `plan` (from a segment to launches); `cpu` and `gpu` (what devices run); `transform` (derivatives and
//! batching: graph to graph); `cell` (what a Python tensor is a handle to); `function` and `registry` (what users
//! call). `docs/architecture.md` follows one tensor through them.
//!
//! **Who knows whom.** `dtype`, `shape`, `error`, `array`, `work`, `device`, `cpu` and `gpu` know nothing of the graph;
//! `stream`, `plan` and `transform` know devices by their trait alone. One cycle remains: a node of `graph` holds its
//! `op`, whose rules take tensors and are written in `ops`, which record through `stream`, which asks `transform` what
//! a derivative reads, and makes nodes. `tests/docs/test_house.py` holds the engine to this.

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
pub mod profile;
pub mod random;
pub mod registry;
pub mod reserve;
pub mod shape;
pub mod stats;
pub mod stream;
pub mod transform;
pub mod unit;
pub mod work;
