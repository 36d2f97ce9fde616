//! Class numbers as vectors.

use super::SERIAL;
use crate::array::Array;
use crate::cpu::Shared;
use crate::cpu::threads::parallel_for;

/// For every label a row of `classes` elements, 1 at the label and 0 elsewhere. Every label is in range.
pub fn one_hot(labels: &Array, classes: usize, out: &mut Array) {
    let labels = labels.as_slice::<i64>();
    let out = Shared::<i64>::new(out);
    let per_task = (SERIAL / classes).max(1);
    parallel_for(labels.len().div_ceil(per_task), &|task| {
        for (i, &label) in labels.iter().enumerate().skip(task * per_task).take(per_task) {
            // SAFETY: row i is written by this task alone.
            let row = unsafe { out.slice(i * classes, classes) };
            row.fill(0);
            row[label as usize] = 1;
        }
    });
}
