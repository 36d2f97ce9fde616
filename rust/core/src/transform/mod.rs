//! Transforms: walks over the graph that record more graph.

pub mod jvp;
pub mod reads;
pub mod region;
mod slices;
pub mod tape;
pub mod vjp;
pub mod vmap;
