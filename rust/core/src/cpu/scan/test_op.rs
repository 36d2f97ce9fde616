//! The kernel of the structured op of docs/adding-an-op.md.

use super::recurrence::Followed;
use super::{SERIAL, lines};
use crate::array::{Array, Element};
use crate::cpu::Shared;
use crate::cpu::number::{CastFrom, Number};
use crate::cpu::threads::parallel_for;
use crate::cpu::vmath::Real;

/// `y[0] = x[0]`, then `y[i] = decay y[i-1] + (1 - decay) x[i]` along `dim`. A line is followed in float64.
pub fn averages<T: Followed + Real + Element>(x: &Array, dim: usize, decay: f64, out: &mut Array) {
    let (outer, n, inner) = lines(&x.shape, dim);
    if out.numel() == 0 {
        return;
    }
    let (kept, new) = (T::Wide::cast_from(T::from_f64(decay)), T::from_f64(1.0 - decay));
    let values = x.as_slice::<T>();
    let out = Shared::<T>::new(out);
    let count = outer * inner;
    let per_task = (SERIAL / n).max(1);
    parallel_for(count.div_ceil(per_task), &|task| {
        for line in task * per_task..count.min((task + 1) * per_task) {
            let first = line / inner * n * inner + line % inner;
            let mut y = T::Wide::cast_from(values[first]);
            for i in 0..n {
                let at = first + i * inner;
                if i > 0 {
                    let part = T::Wide::cast_from(Number::mul(new, values[at]));
                    y = kept.mul(y).add(part);
                }
                // SAFETY: the line is this task's.
                unsafe { out.set(at, T::cast_from(y)) };
            }
        }
    });
}
