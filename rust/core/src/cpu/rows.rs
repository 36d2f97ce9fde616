//! Kernels that work on whole rows along one dimension, whatever the layout: a row arrives as a dense slice.

use super::layout::Walk;
use super::number::Number;
use super::simd::multiversion;
use super::threads::parallel_for;
use super::{Shared, scratch};
use crate::array::Array;
use crate::shape::{Shape, Strides, numel};

/// Neighbouring rows that are gathered together, so that each cache line of the input is read once.
const GATHERED: usize = 16;
/// Elements of each that are copied at a time: rows may lie at distances that share a few sets of the cache.
const STRIP: usize = 8;
/// Elements of one task: below this, threads cost more than they give.
const TASK: usize = 1 << 14;

/// Rows whose sums run side by side.
pub const TOGETHER: usize = 4;

/// `R` rows of `n` elements that lie one behind the other.
#[inline(always)]
pub fn split<T, const R: usize>(x: &[T], n: usize) -> [[&[T]; 1]; R] {
    let mut rows = [[&x[..n]]; R];
    for r in 1..R {
        rows[r] = [&x[r * n..(r + 1) * n]];
    }
    rows
}

/// Evaluates `body` for every `range` of `R` rows of `n` elements: `TOGETHER` at a time, then one at a time.
macro_rules! in_fours {
    ($length:expr, $n:expr, |$range:ident, $R:ident| $body:expr) => {
        let (length, n) = ($length, $n);
        let mut at = 0;
        while at + TOGETHER * n <= length {
            const $R: usize = TOGETHER;
            let $range = at..at + TOGETHER * n;
            $body;
            at += TOGETHER * n;
        }
        while at < length {
            const $R: usize = 1;
            let $range = at..at + n;
            $body;
            at += n;
        }
    };
}
pub(crate) use in_fours;

/// Where the rows of an array along one dimension lie.
struct Rows {
    /// Shape and strides without the dimension; rows are numbered in row-major order over it.
    shape: Shape,
    strides: Strides,
    count: usize,
    length: usize,
    stride: isize,
    /// Elements from one element of a row to the next in a row-major array.
    inner: usize,
    /// The array is row-major and its rows are dense.
    dense: bool,
}

impl Rows {
    fn new(x: &Array, dim: usize) -> Rows {
        let (mut shape, mut strides) = (x.shape.clone(), x.strides.clone());
        let (length, stride) = (shape.remove(dim), strides.remove(dim));
        let inner = numel(&x.shape[dim + 1..]);
        Rows {
            count: numel(&shape),
            length,
            stride,
            inner,
            dense: inner == 1 && x.is_contiguous(),
            shape,
            strides,
        }
    }

    /// Rows that one task takes.
    fn per_task(&self) -> usize {
        let rows = (TASK / self.length.max(1)).max(1);
        if self.dense {
            rows
        } else {
            rows.next_multiple_of(GATHERED)
        }
    }

    /// Runs `body` over ranges of rows, in parallel.
    fn share_out(&self, body: &(dyn Fn(usize, usize) + Sync)) {
        if self.count * self.length == 0 {
            return;
        }
        let rows = self.per_task();
        parallel_for(self.count.div_ceil(rows), &|task| {
            let first = task * rows;
            body(first, rows.min(self.count - first));
        });
    }

    /// Copies rows `first..first + count` one behind the other into `to`, a few elements of each at a time, so that
    /// both sides stay in the first cache.
    fn gather<T: Number>(&self, x: &Array, first: usize, count: usize, to: &mut [T]) {
        let src = x.ptr().cast::<T>();
        let mut offsets = [0; GATHERED];
        for (c, offset) in offsets[..count].iter_mut().enumerate() {
            *offset = Walk::new(&self.shape, first + c).offset(&self.strides);
        }
        for start in (0..self.length).step_by(STRIP) {
            let len = STRIP.min(self.length - start);
            for (c, offset) in offsets[..count].iter().enumerate() {
                let from = src.wrapping_offset(offset + start as isize * self.stride);
                for (j, to) in to[c * self.length + start..][..len].iter_mut().enumerate() {
                    // SAFETY: element start + j of a row of the array.
                    *to = unsafe { *from.offset(j as isize * self.stride) };
                }
            }
        }
    }

    /// Where element 0 of a row lies in a row-major array; the others follow `inner` apart.
    fn start(&self, row: usize) -> usize {
        row / self.inner * self.length * self.inner + row % self.inner
    }
}

/// Runs `body(first row, rows)` over all rows along `dim`, in parallel; `rows` are several, one behind the other.
pub fn visit<T: Number>(x: &Array, dim: usize, body: &(dyn Fn(usize, &[T]) + Sync)) {
    let rows = Rows::new(x, dim);
    let n = rows.length;
    rows.share_out(&|first, count| {
        if rows.dense {
            // SAFETY: rows of a row-major array, one behind the other.
            body(first, unsafe {
                std::slice::from_raw_parts(x.ptr().cast::<T>().add(first * n), count * n)
            });
            return;
        }
        scratch::with::<T, _>(GATHERED.min(count) * n, |scratch| {
            for at in (first..first + count).step_by(GATHERED) {
                let gathered = GATHERED.min(first + count - at);
                let values = &mut scratch[..gathered * n];
                rows.gather(x, at, gathered, values);
                body(at, values);
            }
        });
    });
}

/// As `visit`, with the same rows of a row-major output of the same shape to be filled.
pub fn map<T: Number>(x: &Array, dim: usize, out: &mut Array, body: &(dyn Fn(usize, &[T], &mut [T]) + Sync)) {
    map_all::<T, 1>([x], dim, out, &|first, [x], y| body(first, x, y));
}

/// As `map`, of the same rows of several inputs of one shape.
pub fn map_all<T: Number, const N: usize>(
    inputs: [&Array; N],
    dim: usize,
    out: &mut Array,
    body: &(dyn Fn(usize, [&[T]; N], &mut [T]) + Sync),
) {
    let rows = inputs.map(|x| Rows::new(x, dim));
    let (n, inner) = (rows[0].length, rows[0].inner);
    let out = Shared::<T>::new(out);
    let dense = rows.iter().all(|r| r.dense);
    rows[0].share_out(&|first, count| {
        if dense {
            // SAFETY: rows of row-major arrays, one behind the other; every range of rows is visited once.
            unsafe {
                let values =
                    inputs.map(|x| std::slice::from_raw_parts(x.ptr().cast::<T>().add(first * n), count * n));
                body(first, values, out.slice(first * n, count * n));
            }
            return;
        }
        let most = GATHERED.min(count) * n;
        scratch::with::<T, _>((N + 1) * most, |scratch| {
            let (gathered, results) = scratch.split_at_mut(N * most);
            for at in (first..first + count).step_by(GATHERED) {
                let part = GATHERED.min(first + count - at);
                for (i, (rows, x)) in rows.iter().zip(inputs).enumerate() {
                    rows.gather(x, at, part, &mut gathered[i * most..][..part * n]);
                }
                let values = std::array::from_fn(|i| &gathered[i * most..][..part * n]);
                if inner == 1 {
                    // SAFETY: every range of rows is visited once.
                    body(at, values, unsafe { out.slice(at * n, part * n) });
                    continue;
                }
                let results = &mut results[..part * n];
                body(at, values, results);
                for start in (0..n).step_by(STRIP) {
                    for c in 0..part {
                        let to = rows[0].start(at + c);
                        for j in start..n.min(start + STRIP) {
                            // SAFETY: row at + c belongs to this task.
                            unsafe { out.set(to + j * inner, results[c * n + j]) };
                        }
                    }
                }
            }
        });
    });
}

multiversion! {
    /// Adds a row to another of the same length.
    pub fn add_to<T: Number>(total: &mut [T], terms: &[T]) {
        for (t, &x) in total.iter_mut().zip(terms) {
            *t = Number::add(*t, x);
        }
    }
}
