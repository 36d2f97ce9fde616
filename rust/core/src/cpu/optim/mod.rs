//! Updates of lists of tensors, in place: what optimizers do. All operands are row-major.

mod adam;
mod formula;
mod norm;
mod normalized;
mod scale;
mod sgd;

use super::threads::parallel_for;
use super::vmath::Real;
use crate::array::Array;
use crate::dispatch_float;
use crate::error::Result;
use crate::work::Launch;
pub use adam::{AdamChoices, AdamNumbers, adam};
pub use formula::{Formula, Number, Settings, formula};
pub use norm::{Norm, total_norm};
pub use normalized::{Rate, normalized_step};
pub use scale::scale;
pub use sgd::{SgdChoices, SgdNumbers, sgd};
use smallvec::SmallVec;

/// Elements that one task updates.
const CHUNK: usize = 1 << 14;
/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 15;

/// Runs `step(tensor, start, length)` over stretches of all tensors, in parallel.
fn over_stretches(sizes: &[usize], step: &(dyn Fn(usize, usize, usize) + Sync)) {
    let stretches: Vec<(usize, usize)> = sizes
        .iter()
        .enumerate()
        .flat_map(|(i, &n)| (0..n).step_by(CHUNK).map(move |start| (i, start)))
        .collect();
    let run = |task: usize| {
        let (i, start) = stretches[task];
        step(i, start, CHUNK.min(sizes[i] - start));
    };
    if sizes.iter().sum::<usize>() < SERIAL {
        (0..stretches.len()).for_each(run);
    } else {
        parallel_for(stretches.len(), &run);
    }
}

/// Inputs from `first` on. A launch prepares all operands of an update in row-major order, so this copies nothing.
fn row_major(l: &Launch, first: usize, count: usize) -> Result<SmallVec<[Array; 4]>> {
    (first..first + count).map(|i| l.dense(i)).collect()
}

/// A number that is an operand, in the dtype of the arithmetic. Allocates nothing: updates are prepared with others.
fn number(l: &Launch, i: usize) -> f64 {
    let array = l.input(i);
    dispatch_float!(array.dtype, T => Real::to_f64(array.as_slice::<T>()[0]))
}

/// A stretch of an output of this launch.
///
/// # Safety
/// The elements are within the array, are of type T, and no other task touches them.
#[allow(clippy::mut_from_ref)]
unsafe fn stretch<T>(output: &Array, start: usize, len: usize) -> &mut [T] {
    // SAFETY: the caller's promise; a launch is the only user of its outputs' memory.
    unsafe { std::slice::from_raw_parts_mut(output.ptr_mut().cast::<T>().add(start), len) }
}
