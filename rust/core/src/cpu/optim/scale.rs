//! One factor on all tensors.

use super::{number, over_stretches, stretch};
use crate::array::Array;
use crate::cpu::simd::multiversion;
use crate::cpu::vmath::Real;
use crate::dispatch_float;
use crate::error::Result;
use crate::work::Launch;

multiversion! {
    fn multiply<T: Real>(x: &mut [T], factor: T) {
        for x in x {
            *x = *x * factor;
        }
    }
}

/// Multiplies every tensor by one number, the last input.
pub fn scale(l: &mut Launch) -> Result<()> {
    let k = l.attr(0) as usize;
    let factor = number(l, k);
    let outputs = &l.outputs;
    let sizes: Vec<usize> = outputs.iter().map(Array::numel).collect();
    over_stretches(&sizes, &|i, start, len| {
        dispatch_float!(outputs[i].dtype, T => {
            // SAFETY: each stretch is given to one task.
            multiply(unsafe { stretch::<T>(&outputs[i], start, len) }, <T as Real>::from_f64(factor));
        });
    });
    Ok(())
}
