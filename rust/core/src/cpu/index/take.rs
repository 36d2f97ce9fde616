//! Several index arrays that broadcast together and name elements of neighbouring dimensions.

use super::{COLUMNS, PARTS, Runs, SERIAL};
use crate::array::{Array, Moved};
use crate::cpu::Shared;
use crate::cpu::layout::Walk;
use crate::cpu::threads::parallel_for;
use crate::reserve;
use crate::shape::{Shape, Strides, numel};

/// Where the elements lie that several index arrays name together: the sum of index times stride for every position
/// of their broadcast shape. Negative indices count from the end; every index is in range.
pub fn offsets(indices: &[&Array], extents: &[usize], strides: &[isize], shape: &[usize]) -> Vec<i64> {
    let n = numel(shape);
    let mut total = reserve::scratch(n, 0i64);
    let shared = Shared::of_slice(&mut total);
    for ((index, &extent), &stride) in indices.iter().zip(extents).zip(strides) {
        let (extent, stride) = (extent as i64, stride as i64);
        let runs = Runs::new(shape, [index]);
        let step = runs.step(0);
        parallel_for(n.div_ceil(SERIAL), &|task| {
            runs.each(task * SERIAL, n.min((task + 1) * SERIAL), |at, run, [which]| {
                // SAFETY: this part of the offsets is this task's.
                let total = unsafe { shared.slice(at, run) };
                for (j, slot) in total.iter_mut().enumerate() {
                    // SAFETY: an element of the index array.
                    let i = unsafe { *index.ptr().cast::<i64>().offset(which + j as isize * step) };
                    *slot += (if i < 0 { i + extent } else { i }) * stride;
                }
            });
        });
    }
    total
}

/// The dimensions of an array around the indexed ones.
struct Around {
    before: (Shape, Strides),
    after: (Shape, Strides),
}

impl Around {
    fn new(array: &Array, first: usize, count: usize) -> Around {
        let part =
            |range: std::ops::Range<usize>| (array.shape[range.clone()].into(), array.strides[range].into());
        Around {
            before: part(0..first),
            after: part(first + count..array.shape.len()),
        }
    }
}

/// `out[a, b, c] = x[a, offsets[b], c]` with a over the dimensions before the `count` indexed ones and c over those
/// after.
pub fn take<T: Moved>(x: &Array, first: usize, count: usize, offsets: &[i64], out: &mut Array) {
    let around = Around::new(x, first, count);
    let width = numel(&around.after.0);
    let rows = numel(&around.before.0) * offsets.len();
    if rows * width == 0 {
        return;
    }
    let block = x.with_layout(around.after.0.clone(), around.after.1.clone(), x.offset);
    let contiguous = block.is_contiguous();
    let runs = Runs::new(&around.after.0, [&block]);
    let step = runs.step(0);
    let out = Shared::<T>::new(out);
    let per_task = (SERIAL / width).max(1);
    parallel_for(rows.div_ceil(per_task), &|task| {
        let end = rows.min((task + 1) * per_task);
        let mut row = task * per_task;
        while row < end {
            let (before, b) = (row / offsets.len(), row % offsets.len());
            let stretch = (offsets.len() - b).min(end - row);
            let base = Walk::new(&around.before.0, before).offset(&around.before.1);
            // SAFETY: offsets of elements of `x`; tasks write different rows.
            unsafe {
                let from = x.ptr().cast::<T>().offset(base);
                let to = out.slice(row * width, stretch * width);
                let offsets = &offsets[b..b + stretch];
                if width == 1 {
                    to.iter_mut()
                        .zip(offsets)
                        .for_each(|(slot, &o)| *slot = *from.offset(o as isize));
                } else {
                    for (to, &o) in to.chunks_exact_mut(width).zip(offsets) {
                        if contiguous {
                            std::ptr::copy_nonoverlapping(from.offset(o as isize), to.as_mut_ptr(), width);
                            continue;
                        }
                        runs.each(0, width, |at, run, [inner]| {
                            let from = from.offset(o as isize + inner);
                            (0..run).for_each(|j| to[at + j] = *from.offset(j as isize * step));
                        });
                    }
                }
            }
            row += stretch;
        }
    });
}

/// `combine(out[a, offsets[b], c], values[a, b, c])`, b ascending; `out` and `values` are row-major.
pub fn put<T: Moved>(
    out: &mut Array,
    first: usize,
    count: usize,
    offsets: &[i64],
    values: &Array,
    combine: impl Fn(&mut T, T) + Sync,
) {
    let around = Around::new(out, first, count);
    let (blocks, width) = (numel(&around.before.0), numel(&around.after.0));
    if values.numel() == 0 {
        return;
    }
    let block = numel(&out.shape[first..]);
    // Different blocks and different columns never meet.
    let columns = if blocks >= PARTS {
        width
    } else {
        width.div_ceil(PARTS).next_multiple_of(COLUMNS).min(width)
    };
    let per_row = width.div_ceil(columns);
    let blocks_per_task = (SERIAL / (offsets.len() * columns)).max(1);
    let out = Shared::<T>::new(out);
    parallel_for(blocks.div_ceil(blocks_per_task) * per_row, &|task| {
        let (start, column) = (task / per_row * blocks_per_task, task % per_row * columns);
        let len = columns.min(width - column);
        for a in start..blocks.min(start + blocks_per_task) {
            for (b, &offset) in offsets.iter().enumerate() {
                let from = (a * offsets.len() + b) * width + column;
                // SAFETY: `len` neighbours of the dense values, and a part of the output that only this task writes,
                // as every index is in range.
                let (row, values) = unsafe {
                    let values = std::slice::from_raw_parts(values.ptr().cast::<T>().add(from), len);
                    (out.slice(a * block + offset as usize + column, len), values)
                };
                row.iter_mut().zip(values).for_each(|(slot, &v)| combine(slot, v));
            }
        }
    });
}
