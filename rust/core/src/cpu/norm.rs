//! Kernels of layer normalisation.

use super::number::Number;
use super::reduce::fold_row;
use super::rows::add_to;
use super::simd::multiversion;
use super::threads::parallel_for;
use super::vmath::Real;
use super::{Launch, Shared};
use crate::array::{Array, Element};
use crate::error::Result;
use crate::shape::numel;
use smallvec::SmallVec;

/// Elements of one task: below this, threads cost more than they give.
const TASK: usize = 1 << 14;
/// Partial sums, at most, of which the parameters' cotangents are made.
const PARTS: usize = 64;

/// Rows, and elements of a row.
fn extents(x: &Array, dims: usize) -> (usize, usize) {
    let lead = x.shape.len() - dims;
    (numel(&x.shape[..lead]), numel(&x.shape[lead..]))
}

/// The record `LAYER_NORM`.
pub fn forward<T: Real + Number>(l: &mut Launch) -> Result<()> {
    let eps = T::from_f64(l.node.data[0].as_f64());
    let x = l.dense(0)?;
    let (m, n) = extents(&x, l.attr(0) as usize);
    if m * n == 0 {
        return Ok(());
    }
    let mut parameters: SmallVec<[Array; 2]> = SmallVec::new();
    for i in 1..l.inputs.len() {
        parameters.push(l.dense(i)?);
    }
    let weight = (l.attr(1) != 0).then(|| parameters[0].as_slice::<T>());
    let bias = (l.attr(2) != 0).then(|| parameters[l.attr(1) as usize].as_slice::<T>());
    let (x, y) = (x.as_slice::<T>(), Shared::<T>::new(&mut l.outputs[0]));
    let rows = (TASK / n).max(1);
    parallel_for(m.div_ceil(rows), &|task| {
        let (start, end) = (task * rows * n, m.min((task + 1) * rows) * n);
        // SAFETY: every task has its own rows.
        normalise(
            &x[start..end],
            unsafe { y.slice(start, end - start) },
            n,
            weight,
            bias,
            eps,
        );
    });
    Ok(())
}

/// The mean of a row, and one over its standard deviation; the distances to the mean go to `centred`.
#[inline(always)]
fn statistics<T: Real + Number>(x: &[T], centred: &mut [T], eps: T) -> T {
    let n = T::from_f64(x.len() as f64);
    let zero = -<T as Real>::ZERO;
    let mean = fold_row([x], zero, |[x]| x, |a, b| a + b) / n;
    for (c, &x) in centred.iter_mut().zip(x) {
        *c = x - mean;
    }
    let variance = fold_row([&*centred], zero, |[c]| c * c, |a, b| a + b) / n;
    Real::rsqrt(variance + eps)
}

multiversion! {
    /// Rows of `n` elements, one behind the other.
    fn normalise<T: Real + Number>(x: &[T], y: &mut [T], n: usize, weight: Option<&[T]>, bias: Option<&[T]>, eps: T) {
        for (x, y) in x.chunks_exact(n).zip(y.chunks_exact_mut(n)) {
            let rstd = statistics(x, y, eps);
            match (weight, bias) {
                (Some(weight), Some(bias)) => {
                    for ((y, &w), &b) in y.iter_mut().zip(weight).zip(bias) {
                        *y = *y * rstd * w + b;
                    }
                }
                (Some(weight), None) => {
                    for (y, &w) in y.iter_mut().zip(weight) {
                        *y = *y * rstd * w;
                    }
                }
                (None, bias) => {
                    for y in &mut *y {
                        *y = *y * rstd;
                    }
                    for (y, &b) in y.iter_mut().zip(bias.unwrap_or(&[])) {
                        *y = *y + b;
                    }
                }
            }
        }
    }
}

/// The record `LAYER_NORM_BACKWARD`. Rows are cut into at most `PARTS` parts, by their number alone; the parameters' cotangents are summed row by row
/// within a part, then part by part.
pub fn backward<T: Real + Number + Element>(l: &mut Launch) -> Result<()> {
    let eps = T::from_f64(l.node.data[0].as_f64());
    let (g, x) = (l.dense(0)?, l.dense(1)?);
    let weight = if l.attr(1) != 0 { Some(l.dense(2)?) } else { None };
    let (m, n) = extents(&x, l.attr(0) as usize);
    let parameters = l.attr(2) != 0;
    if m * n == 0 {
        for sums in &mut l.outputs[1..] {
            sums.as_mut_slice::<T>().fill(<T as Real>::ZERO);
        }
        return Ok(());
    }
    let rows = m.div_ceil(PARTS).max((TASK / 4 / n).max(1));
    let parts = m.div_ceil(rows);
    let mut partial = Array::empty(&[if parameters { parts } else { 0 }, 2, n], T::DTYPE)?;
    let (g, x) = (g.as_slice::<T>(), x.as_slice::<T>());
    let weight = weight.as_ref().map(|w| w.as_slice::<T>());
    let sums = Shared::<T>::new(&mut partial);
    let slope = Shared::<T>::new(&mut l.outputs[0]);
    parallel_for(parts, &|part| {
        let (start, end) = (part * rows * n, m.min((part + 1) * rows) * n);
        // SAFETY: every part has its own rows and its own sums.
        let (slope, sums) = unsafe {
            (
                slope.slice(start, end - start),
                if parameters {
                    sums.slice(part * 2 * n, 2 * n)
                } else {
                    &mut []
                },
            )
        };
        sums.fill(<T as Real>::ZERO);
        slopes(&g[start..end], &x[start..end], weight, slope, sums, n, eps);
    });
    if parameters {
        let partial = partial.as_slice::<T>();
        for (which, sums) in l.outputs[1..].iter_mut().enumerate() {
            let total = sums.as_mut_slice::<T>();
            total.copy_from_slice(&partial[which * n..][..n]);
            for part in 1..parts {
                add_to(total, &partial[(2 * part + which) * n..][..n]);
            }
        }
    }
    Ok(())
}

multiversion! {
    /// Rows of `n` elements, one behind the other. `sums` is empty, or those of weight and then those of bias.
    fn slopes<T: Real + Number>(g: &[T], x: &[T], weight: Option<&[T]>, slope: &mut [T], sums: &mut [T], n: usize, eps: T) {
        let count = T::from_f64(n as f64);
        let zero = -<T as Real>::ZERO;
        let (weight_sum, bias_sum) = sums.split_at_mut(sums.len() / 2);
        for ((g, x), slope) in g.chunks_exact(n).zip(x.chunks_exact(n)).zip(slope.chunks_exact_mut(n)) {
            let rstd = statistics(x, slope, eps);
            for s in &mut *slope {
                *s = *s * rstd;
            }
            for ((sum, &g), &normal) in weight_sum.iter_mut().zip(g).zip(&*slope) {
                *sum = *sum + g * normal;
            }
            for (sum, &g) in bias_sum.iter_mut().zip(g) {
                *sum = *sum + g;
            }
            match weight {
                Some(w) => {
                    let along = fold_row([g, w, &*slope], zero, |[g, w, normal]| g * w * normal, |a, b| a + b) / count;
                    let level = fold_row([g, w], zero, |[g, w]| g * w, |a, b| a + b) / count;
                    for ((s, &g), &w) in slope.iter_mut().zip(g).zip(w) {
                        *s = (g * w - level - *s * along) * rstd;
                    }
                }
                None => {
                    let along = fold_row([g, &*slope], zero, |[g, normal]| g * normal, |a, b| a + b) / count;
                    let level = fold_row([g], zero, |[g]| g, |a, b| a + b) / count;
                    for (s, &g) in slope.iter_mut().zip(g) {
                        *s = (g - level - *s * along) * rstd;
                    }
                }
            }
        }
    }
}
