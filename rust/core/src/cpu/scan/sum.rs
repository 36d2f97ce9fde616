//! Running sums, carried in more digits than their results have.

use super::{COLUMNS, SERIAL, lines};
use crate::array::{Array, Element};
use crate::cpu::Shared;
use crate::cpu::threads::parallel_for;
use crate::interrupt::{self, PER_POLL};

/// An element that a running sum takes in.
pub trait Summand: Copy + Sync {
    type Total: Copy;
    type Result: Element;
    /// The sum before the first element.
    const START: Self::Total;
    fn add(total: Self::Total, x: Self) -> Self::Total;
    fn result(total: Self::Total) -> Self::Result;
}

impl Summand for f32 {
    type Total = f64;
    type Result = f32;
    // A sum of -0 is -0.
    const START: f64 = -0.0;
    #[inline(always)]
    fn add(total: f64, x: f32) -> f64 {
        total + f64::from(x)
    }
    #[inline(always)]
    fn result(total: f64) -> f32 {
        total as f32
    }
}

/// The sum, and what its roundings have lost (Knuth's TwoSum).
impl Summand for f64 {
    type Total = (f64, f64);
    type Result = f64;
    const START: (f64, f64) = (-0.0, 0.0);
    #[inline(always)]
    fn add((total, lost): (f64, f64), x: f64) -> (f64, f64) {
        let sum = total + x;
        let part = sum - total;
        let error = (total - (sum - part)) + (x - part);
        // Infinities lose nothing.
        (sum, if error.is_nan() { lost } else { lost + error })
    }
    #[inline(always)]
    fn result((total, lost): (f64, f64)) -> f64 {
        if lost == 0.0 { total } else { total + lost }
    }
}

macro_rules! integers {
    ($($type:ty),+) => { $(
        impl Summand for $type {
            type Total = i64;
            type Result = i64;
            const START: i64 = 0;
            #[inline(always)]
            fn add(total: i64, x: $type) -> i64 {
                total.wrapping_add(i64::from(x))
            }
            #[inline(always)]
            fn result(total: i64) -> i64 {
                total
            }
        }
    )+ };
}
integers!(u8, i32, i64);

/// The sum of the elements up to and including each, along `dim`.
pub fn sums<T: Summand>(input: &Array, dim: usize, out: &mut Array) {
    let (outer, n, inner) = lines(&input.shape, dim);
    if out.numel() == 0 {
        return;
    }
    let out = Shared::<T::Result>::new(out);
    // SAFETY: `len` elements of the dense input from `start` on.
    let read = |start: usize, len: usize| unsafe {
        std::slice::from_raw_parts(input.ptr().cast::<T>().add(start), len)
    };
    if inner == 1 {
        let per_task = (SERIAL / n).max(1);
        parallel_for(outer.div_ceil(per_task), &|task| {
            for row in task * per_task..outer.min((task + 1) * per_task) {
                let source = read(row * n, n);
                // SAFETY: the row is this task's.
                let target = unsafe { out.slice(row * n, n) };
                let mut total = T::START;
                for (slots, part) in target.chunks_mut(PER_POLL).zip(source.chunks(PER_POLL)) {
                    for (slot, &x) in slots.iter_mut().zip(part) {
                        total = T::add(total, x);
                        *slot = T::result(total);
                    }
                    if slots.len() == PER_POLL {
                        interrupt::poll();
                    }
                }
            }
        });
        return;
    }
    let parts = inner.div_ceil(COLUMNS);
    parallel_for(outer * parts, &|task| {
        let (block, first) = (task / parts, task % parts * COLUMNS);
        let len = COLUMNS.min(inner - first);
        let mut total = [T::START; COLUMNS];
        for k in 0..n {
            let start = (block * n + k) * inner + first;
            // SAFETY: these columns are this task's.
            let target = unsafe { out.slice(start, len) };
            for ((slot, &x), total) in target.iter_mut().zip(read(start, len)).zip(&mut total) {
                *total = T::add(*total, x);
                *slot = T::result(*total);
            }
        }
    });
}
