//! Adam and AdamW.

use super::{over_stretches, row_major, stretch};
use crate::array::Array;
use crate::cpu::simd::multiversion;
use crate::cpu::vmath::Real;
use crate::dispatch_float;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::work::Launch;

/// The numbers of a step, computed in float64 and rounded to the type of the arithmetic.
pub struct Adam<T> {
    pub maximize: bool,
    /// An L2 penalty on the gradient; 0 when the decay is decoupled.
    pub penalty: T,
    /// The factor of a decoupled decay, else 1.
    pub shrink: T,
    pub one_minus_beta1: T,
    pub beta1: T,
    pub beta2: T,
    pub one_minus_beta2: T,
    /// sqrt(1 - beta2^step)
    pub correction: T,
    pub eps: T,
    pub minus_step_size: T,
}

impl<T: Real> Adam<T> {
    pub fn new(attrs: &[i64], data: &[Scalar]) -> Adam<T> {
        let x = |i: usize| data[i].as_f64();
        let (step, lr, beta1, beta2, eps, decay) = (x(0) as i32, x(1), x(2), x(3), x(4), x(5));
        let decoupled = attrs[1] != 0;
        let t = T::from_f64;
        Adam {
            maximize: attrs[2] != 0,
            penalty: t(if decoupled { 0.0 } else { decay }),
            shrink: t(if decoupled { 1.0 - lr * decay } else { 1.0 }),
            one_minus_beta1: t(1.0 - beta1),
            beta1: t(1.0 - (1.0 - beta1)),
            beta2: t(beta2),
            one_minus_beta2: t(1.0 - beta2),
            correction: t((1.0 - beta2.powi(step)).sqrt()),
            eps: t(eps),
            minus_step_size: t(-(lr / (1.0 - beta1.powi(step)))),
        }
    }
}

multiversion! {
    fn step<T: Real>(p: &mut [T], g: &[T], m: &mut [T], v: &mut [T], c: &Adam<T>) {
        // Interpolation from the nearer end, as torch's lerp.
        let near = c.one_minus_beta1 < T::HALF;
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
            let g = if c.maximize { -g } else { g };
            let g = if c.penalty != T::ZERO { g + *p * c.penalty } else { g };
            let way = g - *m;
            let first = if near { *m + way * c.one_minus_beta1 } else { g - way * c.beta1 };
            let second = *v * c.beta2 + g * c.one_minus_beta2 * g;
            (*m, *v) = (first, second);
            let scale = second.sqrt() / c.correction + c.eps;
            *p = *p * c.shrink + first * c.minus_step_size / scale;
        }
    }
}

pub fn adam(l: &mut Launch) -> Result<()> {
    let k = l.attr(0) as usize;
    let grads = row_major(l, k, k)?;
    let outputs = &l.outputs;
    let sizes: Vec<usize> = grads.iter().map(Array::numel).collect();
    over_stretches(&sizes, &|i, start, len| {
        dispatch_float!(grads[i].dtype, T => {
            let g = &grads[i].as_slice::<T>()[start..start + len];
            // SAFETY: each stretch is given to one task.
            let part = |list: usize| unsafe { stretch::<T>(&outputs[list * k + i], start, len) };
            step(part(0), g, part(1), part(2), &Adam::<T>::new(l.attrs, l.data));
        });
    });
    Ok(())
}
