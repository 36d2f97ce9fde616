//! Many elements to one, along dimensions, and the running forms of that.

pub mod arg;
mod covariance;
mod extrema;
mod fold;
mod logcumsumexp;
mod passes;
pub mod product;
pub mod recurrence;
mod rule;
pub mod running;
pub mod scan;
pub mod statistics;
mod sum;
#[cfg(feature = "test-op")]
mod test_op;

use super::{Functions, Records};
pub use extrema::{ALL, AMAX, AMIN, ANY, amax, amin, any};
pub use rule::{in_dtype, promoted, restore};
pub use sum::{SUM, Spread, logsumexp, mean, sum, var};

pub static OPS: Records = &[
    &[&SUM, &product::PROD, &AMAX, &AMIN, &ANY, &ALL],
    &[&arg::ARGMAX, &arg::ARGMIN],
    &[
        &scan::CUMSUM,
        &recurrence::LINEAR_RECURRENCE,
        &running::RUNNING_EXTREMUM,
    ],
    #[cfg(feature = "test-op")]
    &[&test_op::EWMA],
];

pub static FUNCTIONS: Functions = &[
    sum::FUNCTIONS,
    arg::FUNCTIONS,
    recurrence::FUNCTIONS,
    running::FUNCTIONS,
    logcumsumexp::FUNCTIONS,
    statistics::FUNCTIONS,
    covariance::FUNCTIONS,
];
