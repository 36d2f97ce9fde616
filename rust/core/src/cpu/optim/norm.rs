//! One norm of all tensors.

use super::SERIAL;
use crate::array::Array;
use crate::cpu::Shared;
use crate::cpu::reduce::{SPAN, fold_row};
use crate::cpu::simd::multiversion;
use crate::cpu::threads::parallel_for;
use crate::cpu::vmath::Real;
use crate::dispatch_float;
use crate::error::Result;
use crate::reserve;
use crate::work::Launch;

multiversion! {
    fn sum_of_squares<T: Real>(x: &[T]) -> T {
        fold_row([x], T::ZERO, |[x]| x * x, |a, b| a + b)
    }
}

multiversion! {
    fn largest<T: Real>(x: &[T]) -> T {
        fold_row([x], T::ZERO, |[x]| x.abs(), |a, b| if b > a || b.is_nan() { b } else { a })
    }
}

/// The largest magnitude of all elements, or their Euclidean norm. Each span of each tensor for itself; spans in order, tensors in order.
pub fn total_norm(l: &mut Launch) -> Result<()> {
    let inputs = (0..l.inputs.len())
        .map(|i| l.dense(i))
        .collect::<Result<Vec<Array>>>()?;
    let spans: Vec<(usize, usize)> = (inputs.iter().enumerate())
        .flat_map(|(i, x)| (0..x.numel()).step_by(SPAN).map(move |start| (i, start)))
        .collect();
    // A float32 is a float64: the partial results keep their bits.
    let mut partial = reserve::scratch(spans.len(), 0.0f64);
    let shared = Shared::of_slice(&mut partial);
    let is_max = l.attr(0) != 0;
    let one = |task: usize| {
        let (i, start) = spans[task];
        let value = dispatch_float!(inputs[i].dtype, T => {
            let x = inputs[i].as_slice::<T>();
            let x = &x[start..x.len().min(start + SPAN)];
            Real::to_f64(if is_max { largest(x) } else { sum_of_squares(x) })
        });
        // SAFETY: one task writes each element.
        unsafe { shared.set(task, value) };
    };
    if inputs.iter().map(Array::numel).sum::<usize>() < SERIAL {
        (0..spans.len()).for_each(one);
    } else {
        parallel_for(spans.len(), &one);
    }
    dispatch_float!(l.outputs[0].dtype, T => {
        let total = partial.iter().fold(<T as Real>::ZERO, |total, &x| {
            let x = <T as Real>::from_f64(x);
            match is_max {
                true if x > total || Real::is_nan(x) => x,
                true => total,
                false => total + x,
            }
        });
        l.outputs[0].as_mut_slice::<T>()[0] = if is_max { total } else { Real::sqrt(total) };
    });
    Ok(())
}
