//! Along each line of a dimension, from its first element on: running sums, recurrences and extrema.

mod extrema;
mod recurrence;
mod sum;
#[cfg(feature = "test-op")]
mod test_op;

pub use extrema::extrema;
pub use recurrence::recurrence;
pub use sum::sums;
#[cfg(feature = "test-op")]
pub use test_op::averages;

use crate::shape::numel;

/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 15;
/// Neighbouring lines that are followed together.
const COLUMNS: usize = 256;

/// How many lines stand before and behind dimension `dim`, and how long they are: (outer, length, inner).
fn lines(shape: &[usize], dim: usize) -> (usize, usize, usize) {
    (numel(&shape[..dim]), shape[dim], numel(&shape[dim + 1..]))
}
