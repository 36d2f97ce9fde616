//! Where the largest or the smallest element of each line is.

use super::Shared;
use super::number::Number;
use super::simd::multiversion;
use super::threads::parallel_for;
use crate::array::Array;
use crate::shape::numel;

/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 15;
/// Neighbouring lines that are searched together.
const COLUMNS: usize = 64;
/// Elements of a row that are looked at side by side.
const LANES: usize = 32;

/// The place of the extremum of each line along `dim`, the first of equal ones. A NaN wins.
pub fn arg<T: Number, const LARGEST: bool>(input: &Array, dim: usize, out: &mut Array) {
    let extents = (
        numel(&input.shape[..dim]),
        input.shape[dim],
        numel(&input.shape[dim + 1..]),
    );
    if out.numel() == 0 {
        return;
    }
    if extents.2 == 1 {
        rows::<T, LARGEST>(input, extents.0, extents.1, out);
    } else {
        columns::<T, LARGEST>(input, extents, out);
    }
}

/// Whether a later element takes the place of the best so far: only by being better, so that the first stays.
#[inline(always)]
fn beats<T: Number, const LARGEST: bool>(x: T, best: T) -> bool {
    // No short cuts: they would keep the loops from being vectorised.
    (if LARGEST { x > best } else { x < best }) | (x.is_nan() & !best.is_nan())
}

fn rows<T: Number, const LARGEST: bool>(input: &Array, rows: usize, n: usize, out: &mut Array) {
    let out = Shared::<i64>::new(out);
    let per_task = (SERIAL / n).max(1);
    parallel_for(rows.div_ceil(per_task), &|task| {
        for i in task * per_task..rows.min((task + 1) * per_task) {
            // SAFETY: row i of the dense input.
            let row = unsafe { std::slice::from_raw_parts(input.ptr().cast::<T>().add(i * n), n) };
            let place = if LARGEST {
                first_largest(row)
            } else {
                first_smallest(row)
            };
            // SAFETY: row i is this task's.
            unsafe { out.set(i, place as i64) };
        }
    });
}

multiversion! {
    fn first_largest<T: Number>(row: &[T]) -> usize {
        first_best::<T, true>(row)
    }
}

multiversion! {
    fn first_smallest<T: Number>(row: &[T]) -> usize {
        first_best::<T, false>(row)
    }
}

/// Lane l searches the elements at positions l mod LANES; the best of the lanes is the best of all.
#[inline(always)]
fn first_best<T: Number, const LARGEST: bool>(row: &[T]) -> usize {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut best = [row[0]; LANES];
    let mut chunk_of = [0u32; LANES];
    for (c, chunk) in chunks.iter().enumerate() {
        for l in 0..LANES {
            let better = beats::<T, LARGEST>(chunk[l], best[l]);
            best[l] = if better { chunk[l] } else { best[l] };
            chunk_of[l] = if better { c as u32 } else { chunk_of[l] };
        }
    }
    let (mut top, mut place) = (row[0], 0);
    for l in 0..if chunks.is_empty() { 0 } else { LANES } {
        let at = chunk_of[l] as usize * LANES + l;
        let ties = !beats::<T, LARGEST>(top, best[l]) && !beats::<T, LARGEST>(best[l], top);
        if beats::<T, LARGEST>(best[l], top) || (ties && at < place) {
            (top, place) = (best[l], at);
        }
    }
    for (j, &x) in rest.iter().enumerate() {
        if beats::<T, LARGEST>(x, top) {
            (top, place) = (x, chunks.len() * LANES + j);
        }
    }
    place
}

fn columns<T: Number, const LARGEST: bool>(
    input: &Array,
    (outer, n, inner): (usize, usize, usize),
    out: &mut Array,
) {
    let out = Shared::<i64>::new(out);
    let parts = inner.div_ceil(COLUMNS);
    parallel_for(outer * parts, &|task| {
        let (block, first) = (task / parts, task % parts * COLUMNS);
        let len = COLUMNS.min(inner - first);
        // SAFETY: `len` neighbours in row k of the block.
        let row = |k: usize| unsafe {
            std::slice::from_raw_parts(input.ptr().cast::<T>().add((block * n + k) * inner + first), len)
        };
        let mut best = [T::ZERO; COLUMNS];
        best[..len].copy_from_slice(row(0));
        // SAFETY: these results are this task's.
        let places = unsafe { out.slice(block * inner + first, len) };
        places.fill(0);
        for k in 1..n {
            for ((&x, best), place) in row(k).iter().zip(&mut best).zip(places.iter_mut()) {
                let better = beats::<T, LARGEST>(x, *best);
                *best = if better { x } else { *best };
                *place = if better { k as i64 } else { *place };
            }
        }
    });
}
