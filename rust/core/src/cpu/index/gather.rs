//! One index per element, along one dimension.

use super::{COLUMNS, PARTS, Runs, SERIAL};
use crate::array::{Array, Moved};
use crate::cpu::Shared;
use crate::cpu::number::Number;
use crate::cpu::threads::parallel_for;
use crate::shape::numel;

/// An array seen from the index: the same place in every dimension but `dim`, whose index counts separately.
fn lines(array: &Array, dim: usize, index: &Array) -> Array {
    let mut strides = array.strides.clone();
    strides[dim] = 0;
    array.with_layout(index.shape.clone(), strides, array.offset)
}

/// `out[.., j, ..] = input[.., index[.., j, ..], ..]` along `dim`. Every index is in range.
pub fn gather<T: Moved>(input: &Array, dim: usize, index: &Array, out: &mut Array) {
    let n = numel(&index.shape);
    let along = input.strides[dim];
    let lines = lines(input, dim, index);
    let runs = Runs::new(&index.shape, [&lines, index]);
    let (step, index_step) = (runs.step(0), runs.step(1));
    let out = Shared::<T>::new(out);
    parallel_for(n.div_ceil(SERIAL), &|task| {
        runs.each(
            task * SERIAL,
            n.min((task + 1) * SERIAL),
            |at, run, [from, which]| {
                // SAFETY: offsets of elements of both arrays, as every index is in range; runs are disjoint.
                unsafe {
                    let from = lines.ptr().cast::<T>().offset(from);
                    let which = index.ptr().cast::<i64>().offset(which);
                    let to = out.slice(at, run);
                    if index_step == 0 {
                        let from = from.offset(*which as isize * along);
                        if step == 1 {
                            std::ptr::copy_nonoverlapping(from, to.as_mut_ptr(), run);
                        } else {
                            (0..run).for_each(|j| to[j] = *from.offset(j as isize * step));
                        }
                    } else {
                        for (j, slot) in to.iter_mut().enumerate() {
                            let j = j as isize;
                            *slot = *from.offset(*which.offset(j * index_step) as isize * along + j * step);
                        }
                    }
                }
            },
        );
    });
}

/// `out[.., index[.., j, ..], ..] += source[.., j, ..]` along `dim`, `source` cut to the shape of `index`. Every index
/// is in range; `out` is row-major.
pub fn scatter_add<T: Number>(out: &mut Array, dim: usize, index: &Array, source: &Array) {
    let shape = &index.shape;
    let n = numel(shape);
    if n == 0 {
        return;
    }
    let source = source.with_layout(shape.clone(), source.strides.clone(), source.offset);
    let target = lines(out, dim, index);
    let along = out.strides[dim];
    // Two sources meet in one target only along `dim`: the longest other dimension is cut among tasks.
    let split = (0..shape.len()).filter(|&d| d != dim).max_by_key(|&d| shape[d]);
    let extent = split.map_or(1, |d| shape[d]);
    let grain = if split.is_some_and(|d| out.strides[d] == 1) {
        COLUMNS
    } else {
        1
    };
    let part = extent
        .div_ceil(PARTS.min(n.div_ceil(SERIAL)))
        .next_multiple_of(grain)
        .min(extent);
    let start = out.offset;
    let out = Shared::<T>::new(out);
    parallel_for(extent.div_ceil(part), &|task| {
        let cut = |array: &Array| {
            let (mut shape, mut offset) = (array.shape.clone(), array.offset);
            if let Some(d) = split {
                shape[d] = part.min(extent - task * part);
                offset += (task * part) as isize * array.strides[d];
            }
            array.with_layout(shape, array.strides.clone(), offset)
        };
        let (to, index, source) = (cut(&target), cut(index), cut(&source));
        let runs = Runs::new(&index.shape, [&to, &index, &source]);
        let (step, index_step, source_step) = (runs.step(0), runs.step(1), runs.step(2));
        runs.each(0, numel(&index.shape), |_, run, [at, which, from]| {
            // SAFETY: offsets of elements of the three arrays, as every index is in range; tasks write different
            // places of the dimension that was cut.
            unsafe {
                let which = index.ptr().cast::<i64>().offset(which);
                let from = source.ptr().cast::<T>().offset(from);
                let at = to.offset - start + at;
                if index_step == 0 && step == 1 && source_step == 1 {
                    let row = out.slice((at + *which as isize * along) as usize, run);
                    add_rows(row, std::slice::from_raw_parts(from, run));
                    return;
                }
                for j in 0..run as isize {
                    let place = at + *which.offset(j * index_step) as isize * along + j * step;
                    let slot = &mut out.slice(place as usize, 1)[0];
                    *slot = Number::add(*slot, *from.offset(j * source_step));
                }
            }
        });
    });
}

fn add_rows<T: Number>(row: &mut [T], values: &[T]) {
    row.iter_mut()
        .zip(values)
        .for_each(|(a, &b)| *a = Number::add(*a, b));
}
