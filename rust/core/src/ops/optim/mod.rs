//! Optimizer updates and gradient clipping, over whole parameter groups.

pub mod adam;
pub mod adaptive;
pub mod clip;
mod lists;
pub mod moments;
pub mod ngd;
mod passes;
pub mod sgd;
mod update;

use super::Records;

pub static OPS: Records = &[
    &[&sgd::SGD, &sgd::SGD_MOMENTUM, &adam::ADAM],
    &[&clip::SCALE, &clip::TOTAL_NORM],
    adaptive::OPS,
    moments::OPS,
    &[&ngd::NORMALIZED_STEP, &ngd::NORMALIZED_STEP_MOMENTUM],
];
