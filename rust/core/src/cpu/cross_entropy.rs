//! Cross-entropy of rows of logits and a label for each, which is negative where it counts for nothing.

use super::number::Number;
use super::reduce::fold_row;
use super::simd::multiversion;
use super::softmax::{row_exp, row_max};
use super::vmath::Real;
use super::{Shared, rows, scratch};
use crate::array::{Array, Element};

/// The loss of each row along `dim`.
pub fn losses<T: Real + Number>(x: &Array, dim: usize, labels: &[i64], smoothing: f64, out: &mut Array) {
    let (n, smoothing) = (x.shape[dim], T::from_f64(smoothing));
    if n == 0 {
        // Without classes every label is an ignored one.
        out.as_mut_slice::<T>().fill(<T as Real>::ZERO);
        return;
    }
    let out = Shared::<T>::new(out);
    rows::visit::<T>(x, dim, &|first, x| {
        let labels = &labels[first..first + x.len() / n];
        // SAFETY: every row is visited once.
        let losses = unsafe { out.slice(first, labels.len()) };
        scratch::with(n, |e| row_losses(x, labels, losses, e, smoothing));
    });
}

multiversion! {
    /// Rows of logits, one behind the other, and a label for each. `e` has room for a row.
    fn row_losses<T: Real + Number>(x: &[T], labels: &[i64], losses: &mut [T], e: &mut [T], smoothing: T) {
        let n = e.len();
        for ((x, &label), loss) in x.chunks_exact(n).zip(labels).zip(losses) {
            if label < 0 {
                *loss = <T as Real>::ZERO;
                continue;
            }
            let top = row_max(x);
            let log_total = Real::log(row_exp(x, top, e));
            *loss = log_total - (x[label as usize] - top);
            if smoothing != <T as Real>::ZERO {
                let total = fold_row([x], -<T as Real>::ZERO, |[x]| (x - top) - log_total, |a, b| a + b);
                *loss = *loss * (<T as Real>::ONE - smoothing) - total * (smoothing / T::from_f64(n as f64));
            }
        }
    }
}

/// The cotangents of the logits, from those of the losses, which are row-major.
pub fn slopes<T: Real + Number + Element>(
    g: &Array,
    x: &Array,
    dim: usize,
    labels: &[i64],
    smoothing: f64,
    out: &mut Array,
) {
    let (n, smoothing) = (x.shape[dim], T::from_f64(smoothing));
    let g = g.as_slice::<T>();
    rows::map::<T>(x, dim, out, &|first, x, y| {
        let range = first..first + x.len() / n;
        row_slopes(x, &labels[range.clone()], &g[range], y, n, smoothing);
    });
}

multiversion! {
    /// Rows of `n` logits, one behind the other, and a label and a cotangent for each.
    fn row_slopes<T: Real + Number>(x: &[T], labels: &[i64], g: &[T], y: &mut [T], n: usize, smoothing: T) {
        let even = smoothing / T::from_f64(n as f64);
        for (((x, &label), &g), y) in x.chunks_exact(n).zip(labels).zip(g).zip(y.chunks_exact_mut(n)) {
            if label < 0 {
                y.fill(<T as Real>::ZERO);
                continue;
            }
            let share = <T as Real>::ONE / row_exp(x, row_max(x), y);
            let hit = (y[label as usize] * share - (<T as Real>::ONE - smoothing + even)) * g;
            for y in &mut *y {
                *y = (*y * share - even) * g;
            }
            y[label as usize] = hit;
        }
    }
}
