//! Running maxima and minima.

use super::lines;
use crate::array::Array;
use crate::cpu::Shared;
use crate::cpu::number::Number;
use crate::cpu::threads::parallel_for;
use crate::interrupt::{self, PER_POLL};

/// Where the extremum of the elements up to each place is along `dim`, the last of equal ones. A NaN wins.
pub fn extrema<T: Number, const LARGEST: bool>(input: &Array, dim: usize, out: &mut Array) {
    let (outer, n, inner) = lines(&input.shape, dim);
    if out.numel() == 0 {
        return;
    }
    let out = Shared::<i64>::new(out);
    parallel_for(outer, &|block| {
        for column in 0..inner {
            let mut best = (T::ZERO, 0);
            for k in 0..n {
                if k % PER_POLL == PER_POLL - 1 {
                    interrupt::poll();
                }
                let at = (block * n + k) * inner + column;
                // SAFETY: element k of a line of the dense input.
                let x = unsafe { *input.ptr().cast::<T>().add(at) };
                let wins = Number::is_nan(x) || if LARGEST { x >= best.0 } else { x <= best.0 };
                if k == 0 || wins {
                    best = (x, k as i64);
                }
                // SAFETY: the lines of a block are this task's.
                unsafe { out.set(at, best.1) };
            }
        }
    });
}
