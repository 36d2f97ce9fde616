//! Losses: numbers that say how far predictions are from targets.

pub mod binary;
pub mod cross_entropy;
mod labels;
pub mod margin;
pub mod pointwise;
mod reduction;

use super::{Functions, Records};
pub use labels::{NO_LABEL, Picked, check_weight, class_dim, cross_entropy, labels, per_class, without};
pub use reduction::{Reduction, every, same_shape};

pub static OPS: Records = &[
    &[
        &cross_entropy::CROSS_ENTROPY,
        &cross_entropy::CROSS_ENTROPY_BACKWARD,
        &cross_entropy::CLASS_LABELS,
    ],
    &[&binary::BCE, &binary::BCE_LOGITS],
];

pub static FUNCTIONS: Functions = &[
    labels::FUNCTIONS,
    binary::FUNCTIONS,
    pointwise::FUNCTIONS,
    margin::FUNCTIONS,
];
