//! Arrays put one behind the other.

use super::Shared;
use super::threads::parallel_for;
use crate::array::{Array, Moved};
use crate::shape::numel;

/// Bytes that one task copies.
const PER_TASK: usize = 1 << 18;

/// Row-major arrays one behind the other along `dim`.
pub fn concat<T: Moved>(inputs: &[Array], dim: usize, out: &mut Array) {
    let (outer, row) = (numel(&out.shape[..dim]), numel(&out.shape[dim..]));
    let out = Shared::<T>::new(out);
    let mut start = 0;
    for input in inputs {
        let width = numel(&input.shape[dim..]);
        let (rows, columns) = tiles(outer, width, size_of::<T>());
        let per_row = width.div_ceil(columns);
        parallel_for(outer.div_ceil(rows) * per_row, &|task| {
            let (first, column) = (task / per_row * rows, task % per_row * columns);
            let len = columns.min(width - column);
            for i in first..outer.min(first + rows) {
                // SAFETY: `len` elements of row i of the dense input, and their place in row i of the output, which
                // this task alone writes.
                unsafe {
                    let from = input.ptr().cast::<T>().add(i * width + column);
                    let to = out.slice(i * row + start + column, len);
                    std::ptr::copy_nonoverlapping(from, to.as_mut_ptr(), len);
                }
            }
        });
        start += width;
    }
}

/// Rows and columns of one task.
fn tiles(rows: usize, width: usize, size: usize) -> (usize, usize) {
    let columns = (PER_TASK / size).min(width).max(1);
    ((PER_TASK / size / columns).clamp(1, rows.max(1)), columns)
}
