//! Normalisation.

pub mod batch;
pub mod group;
pub mod layer;
mod program;
pub mod rms;

use crate::op::Op;
pub use batch::FUNCTIONS;

pub static OPS: &[&Op] = &[
    &layer::LAYER_NORM,
    &layer::LAYER_NORM_BACKWARD,
    &rms::RMS_NORM,
    &rms::RMS_NORM_BACKWARD,
    &group::GROUP_NORM,
    &group::GROUP_NORM_BACKWARD,
    &batch::BATCH_NORM,
    &batch::BATCH_NORM_BACKWARD,
];
