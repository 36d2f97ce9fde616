//! Adam and AdamW.

use super::{over_stretches, row_major, stretch};
use crate::array::Array;
use crate::cpu::simd::multiversion;
use crate::cpu::vmath::Real;
use crate::dispatch_float;
use crate::error::Result;
use crate::work::{Attrs, Data, Launch};

attributes! {
    pub struct AdamChoices in Attrs {
        /// Of each list.
        length: usize,
        /// Whether the decay leaves the gradient alone.
        decoupled: bool,
        maximize: bool,
    }
}
attributes! {
    pub struct AdamNumbers in Data {
        step: f64,
        lr: f64,
        beta1: f64,
        beta2: f64,
        eps: f64,
        weight_decay: f64,
    }
}

/// The numbers of a step, computed in float64 and rounded to the type of the arithmetic.
struct Adam<T> {
    maximize: bool,
    /// An L2 penalty on the gradient; 0 when the decay is decoupled.
    penalty: T,
    /// The factor of a decoupled decay, else 1.
    shrink: T,
    one_minus_beta1: T,
    beta1: T,
    beta2: T,
    one_minus_beta2: T,
    /// sqrt(1 - beta2^step)
    correction: T,
    eps: T,
    minus_step_size: T,
}

impl<T: Real> Adam<T> {
    fn new(attrs: &Attrs, data: &Data) -> Adam<T> {
        let AdamChoices {
            decoupled, maximize, ..
        } = attrs.into();
        let AdamNumbers {
            step,
            lr,
            beta1,
            beta2,
            eps,
            weight_decay: decay,
        } = data.into();
        let (step, t) = (step as i32, T::from_f64);
        Adam {
            maximize,
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
    let k = AdamChoices::from(l.attrs).length;
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
