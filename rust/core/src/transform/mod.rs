//! Transforms: walks over the graph that record more graph.

pub mod jvp;
pub mod reads;
pub mod region;
pub mod tape;
pub mod vjp;
pub mod vmap;
