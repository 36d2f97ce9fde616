//! Reading and writing at positions that integer arrays name.
//!
//! Indices are checked before anything is written (`first_outside`), so the loops below need no test. Where several
//! elements are added to one, they are added in ascending order of their place in the source: work is cut along other
//! dimensions than the indexed one, whatever the number of threads.

use super::convert;
use super::layout::{Access, Iteration, Walk};
use super::simd::multiversion;
use super::threads::parallel_for;
use super::{Shared, number::Number};
use crate::array::{Array, Element};
use crate::dtype::DType;
use crate::error::Result;
use crate::reserve;
use crate::shape::{Shape, Strides, contiguous_strides, numel};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, Ordering};

/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 15;
/// Neighbouring columns that one task takes at least: tasks must not share a cache line.
const COLUMNS: usize = 64;
/// Parts that the work along one dimension is cut into at most.
const PARTS: usize = 32;

/// `by_size!(dtype, T => expression)` with `T` a type of the dtype's size: to move elements, nothing else matters.
#[macro_export]
macro_rules! by_size {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype.size() {
            1 => {
                type $t = u8;
                $body
            }
            2 => {
                type $t = half::f16;
                $body
            }
            4 => {
                type $t = i32;
                $body
            }
            _ => {
                type $t = i64;
                $body
            }
        }
    };
}

/// The first index, in row-major order, outside `low..high`.
pub fn first_outside(index: &Array, low: i64, high: i64) -> Result<Option<i64>> {
    // Elements repeated by a stride of 0 need one look.
    let shape = index
        .shape
        .iter()
        .zip(&index.strides)
        .map(|(&n, &s)| if s == 0 { n.min(1) } else { n })
        .collect();
    let once = index.with_layout(shape, index.strides.clone(), index.offset);
    let once = if once.is_contiguous() && once.dtype == DType::I64 {
        once
    } else {
        convert(&once, DType::I64)?
    };
    let outside = |v: &i64| *v < low || *v >= high;
    let values = once.as_slice::<i64>();
    let bad = AtomicBool::new(false);
    parallel_for(values.len().div_ceil(SERIAL), &|task| {
        let part = &values[task * SERIAL..values.len().min((task + 1) * SERIAL)];
        if any_outside(part, low, high) {
            bad.store(true, Ordering::Relaxed);
        }
    });
    Ok(if bad.into_inner() {
        values.iter().copied().find(outside)
    } else {
        None
    })
}

multiversion! {
    fn any_outside(values: &[i64], low: i64, high: i64) -> bool {
        let mut bad = false;
        for &v in values {
            bad |= (v < low) | (v >= high);
        }
        bad
    }
}

/// Several arrays of one shape walked together in row-major order, one stretch of the innermost dimension at a time.
struct Runs<const N: usize> {
    shape: SmallVec<[usize; 4]>,
    strides: [SmallVec<[isize; 4]>; N],
}

impl<const N: usize> Runs<N> {
    fn new(shape: &[usize], arrays: [&Array; N]) -> Runs<N> {
        let arrays = arrays.map(Array::clone);
        let (iteration, access) = Iteration::new(shape, &arrays);
        let mut merged = iteration.shape;
        let mut strides: [SmallVec<[isize; 4]>; N] = std::array::from_fn(|i| match &access[i] {
            Access::Dense => contiguous_strides(&merged).into_iter().collect(),
            Access::Constant => smallvec::smallvec![0; merged.len()],
            Access::Strided(s) => s.clone(),
        });
        if merged.is_empty() {
            merged.push(1);
            strides.iter_mut().for_each(|s| s.push(0));
        }
        Runs {
            shape: merged,
            strides,
        }
    }

    /// Distance between neighbours of a run in array `i`.
    fn step(&self, i: usize) -> isize {
        self.strides[i][self.shape.len() - 1]
    }

    /// Calls `body(position, length, offset of each array)` for the runs that make up `start..end`.
    fn each(&self, start: usize, end: usize, mut body: impl FnMut(usize, usize, [isize; N])) {
        let inner = self.shape.len() - 1;
        let mut walk = Walk::new(&self.shape, start);
        let mut at = start;
        while at < end {
            let run = (self.shape[inner] - walk.index[inner]).min(end - at);
            body(at, run, std::array::from_fn(|i| walk.offset(&self.strides[i])));
            at += run;
            walk.advance(&self.shape, run);
        }
    }
}

/// An array seen from the index: the same place in every dimension but `dim`, whose index counts separately.
fn lines(array: &Array, dim: usize, index: &Array) -> Array {
    let mut strides = array.strides.clone();
    strides[dim] = 0;
    array.with_layout(index.shape.clone(), strides, array.offset)
}

/// `out[.., j, ..] = input[.., index[.., j, ..], ..]` along `dim`. Every index is in range.
pub fn gather<T: Element>(input: &Array, dim: usize, index: &Array, out: &mut Array) {
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
pub fn take<T: Element>(x: &Array, first: usize, count: usize, offsets: &[i64], out: &mut Array) {
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
pub fn put<T: Element>(
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
