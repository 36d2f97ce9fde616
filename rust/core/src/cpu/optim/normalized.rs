//! Steps of one length.

use super::{number, over_stretches, row_major, stretch};
use crate::array::Array;
use crate::cpu::simd::multiversion;
use crate::cpu::vmath::Real;
use crate::dispatch_float;
use crate::error::Result;
use crate::work::Launch;

multiversion! {
    fn advance<T: Real>(p: &mut [T], d: &[T], factor: T) {
        for (p, &d) in p.iter_mut().zip(d) {
            *p = *p + d * factor;
        }
    }
}

/// `p -= lr * d / norm`, the norm being the last input; directions go to the momentum buffers where there are some.
pub fn normalized_step(l: &mut Launch) -> Result<()> {
    let k = l.attr(0) as usize;
    let norm = number(l, l.inputs.len() - 1);
    let directions = row_major(l, k, k)?;
    let lr = l.data[0].as_f64();
    let outputs = &l.outputs;
    let sizes: Vec<usize> = directions.iter().map(Array::numel).collect();
    over_stretches(&sizes, &|i, start, len| {
        dispatch_float!(directions[i].dtype, T => {
            let norm = <T as Real>::from_f64(norm);
            let zero = <T as Real>::ZERO;
            let factor = if norm == zero { zero } else { <T as Real>::from_f64(-lr) / norm };
            let d = &directions[i].as_slice::<T>()[start..start + len];
            // SAFETY: each stretch is given to one task.
            let part = |list: usize| unsafe { stretch::<T>(&outputs[list * k + i], start, len) };
            advance(part(0), d, factor);
            if outputs.len() > k {
                part(1).copy_from_slice(d);
            }
        });
    });
    Ok(())
}
