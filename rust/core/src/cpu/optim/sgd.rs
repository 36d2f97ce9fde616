//! Stochastic gradient descent.

use super::{over_stretches, row_major, stretch};
use crate::array::Array;
use crate::cpu::simd::multiversion;
use crate::cpu::vmath::Real;
use crate::dispatch_float;
use crate::error::Result;
use crate::work::{Attrs, Data, Launch};

attributes! {
    pub struct SgdChoices in Attrs {
        /// Of each list.
        length: usize,
        maximize: bool,
        nesterov: bool,
        /// Whether the buffers are yet to be filled.
        first: bool,
    }
}
attributes! {
    pub struct SgdNumbers in Data {
        lr: f64,
        weight_decay: f64,
        momentum: f64,
        /// Of the gradient in the buffer.
        weight: f64,
    }
}

/// The numbers of a step, rounded to the type of the arithmetic.
struct Sgd<T> {
    maximize: bool,
    nesterov: bool,
    first: bool,
    minus_lr: T,
    weight_decay: T,
    momentum: T,
    weight: T,
}

impl<T: Real> Sgd<T> {
    fn new(attrs: &Attrs, data: &Data) -> Sgd<T> {
        let (of, by) = (SgdChoices::from(attrs), SgdNumbers::from(data));
        Sgd {
            maximize: of.maximize,
            nesterov: of.nesterov,
            first: of.first,
            minus_lr: T::from_f64(-by.lr),
            weight_decay: T::from_f64(by.weight_decay),
            momentum: T::from_f64(by.momentum),
            weight: T::from_f64(by.weight),
        }
    }

    /// The gradient that is followed, weight decay included.
    #[inline(always)]
    fn direction(&self, p: T, g: T) -> T {
        let g = if self.maximize { -g } else { g };
        if self.weight_decay != T::ZERO {
            g + p * self.weight_decay
        } else {
            g
        }
    }
}

multiversion! {
    fn descend<T: Real>(p: &mut [T], g: &[T], c: &Sgd<T>) {
        for (p, &g) in p.iter_mut().zip(g) {
            *p = *p + c.direction(*p, g) * c.minus_lr;
        }
    }
}

multiversion! {
    fn descend_with_momentum<T: Real>(p: &mut [T], g: &[T], b: &mut [T], c: &Sgd<T>) {
        for ((p, &g), b) in p.iter_mut().zip(g).zip(b) {
            let g = c.direction(*p, g);
            let moved = if c.first { g } else { *b * c.momentum + g * c.weight };
            *b = moved;
            let g = if c.nesterov { g * c.weight + moved * c.momentum } else { moved };
            *p = *p + g * c.minus_lr;
        }
    }
}

pub fn sgd(l: &mut Launch) -> Result<()> {
    let k = SgdChoices::from(l.attrs).length;
    let grads = row_major(l, k, k)?;
    let outputs = &l.outputs;
    let has_momentum = outputs.len() > k;
    let sizes: Vec<usize> = grads.iter().map(Array::numel).collect();
    over_stretches(&sizes, &|i, start, len| {
        dispatch_float!(grads[i].dtype, T => {
            let c = Sgd::<T>::new(l.attrs, l.data);
            let g = &grads[i].as_slice::<T>()[start..start + len];
            // SAFETY: each stretch is given to one task.
            let part = |list: usize| unsafe { stretch::<T>(&outputs[list * k + i], start, len) };
            if has_momentum {
                descend_with_momentum(part(0), g, part(1), &c);
            } else {
                descend(part(0), g, &c);
            }
        });
    });
    Ok(())
}
