//! Linear recurrences.

use super::{COLUMNS, SERIAL, lines};
use crate::array::Array;
use crate::cpu::Shared;
use crate::cpu::number::{CastFrom, Number};
use crate::cpu::threads::parallel_for;
use crate::interrupt::{self, PER_POLL};

/// An element, and what a line is followed in: a product of n float32 is off by half a unit of its last place and n 2^-53
/// of itself, one of float64 by n 2^-53.
pub trait Followed: Number + CastFrom<Self::Wide> {
    type Wide: Number + CastFrom<Self>;
}

macro_rules! followed {
    ($($type:ty => $wide:ty),+) => { $(impl Followed for $type { type Wide = $wide; })+ };
}
followed!(f32 => f64, f64 => f64, u8 => u8, i32 => i32, i64 => i64);

/// `y[i] = a[i] y[i-1] + b[i]` along `dim`; the first element is b's.
pub fn recurrence<T: Followed>(a: &Array, b: &Array, dim: usize, out: &mut Array) {
    let (outer, n, inner) = lines(&a.shape, dim);
    if out.numel() == 0 {
        return;
    }
    let out = Shared::<T>::new(out);
    // SAFETY: `len` elements of a dense input from `start` on.
    let read = |x: &Array, start: usize, len: usize| unsafe {
        std::slice::from_raw_parts(x.ptr().cast::<T>().add(start), len)
    };
    if inner == 1 {
        let per_task = (SERIAL / n).max(1);
        parallel_for(outer.div_ceil(per_task), &|task| {
            for row in task * per_task..outer.min((task + 1) * per_task) {
                let (a, b) = (read(a, row * n, n), read(b, row * n, n));
                // SAFETY: the row is this task's.
                let target = unsafe { out.slice(row * n, n) };
                let mut y = T::Wide::cast_from(b[0]);
                target[0] = b[0];
                for i in 1..n {
                    if i % PER_POLL == 0 {
                        interrupt::poll();
                    }
                    y = T::Wide::cast_from(a[i]).mul(y).add(T::Wide::cast_from(b[i]));
                    target[i] = T::cast_from(y);
                }
            }
        });
        return;
    }
    let parts = inner.div_ceil(COLUMNS);
    parallel_for(outer * parts, &|task| {
        let (block, first) = (task / parts, task % parts * COLUMNS);
        let len = COLUMNS.min(inner - first);
        let mut last = [T::Wide::ZERO; COLUMNS];
        for k in 0..n {
            let start = (block * n + k) * inner + first;
            let (a, b) = (read(a, start, len), read(b, start, len));
            // SAFETY: these columns are this task's.
            let target = unsafe { out.slice(start, len) };
            for i in 0..len {
                let (factor, summand) = (T::Wide::cast_from(a[i]), T::Wide::cast_from(b[i]));
                last[i] = if k == 0 {
                    summand
                } else {
                    factor.mul(last[i]).add(summand)
                };
                target[i] = T::cast_from(last[i]);
            }
        }
    });
}
