//! Kernels of softmax and its logarithm: rows of `n` elements, one behind the other.

use super::number::Number;
use super::reduce::{fold_row, fold_rows};
use super::rows::{self, TOGETHER, in_fours, split};
use super::vmath::Real;
use crate::attributes::Along;
use crate::work::Launch;

/// Fills output 0 from input 0, row by row along a dimension.
pub fn map<T: Number>(l: &mut Launch, body: fn(&[T], &mut [T], usize)) {
    let (x, Along { dim }) = (l.input(0).clone(), l.attrs.into());
    let n = x.shape[dim];
    rows::map::<T>(&x, dim, &mut l.outputs[0], &|_, x, y| body(x, y, n));
}

/// As `map`, from inputs 0 and 1.
pub fn map_pairs<T: Number>(l: &mut Launch, body: fn(&[T], &[T], &mut [T], usize)) {
    let (g, y, Along { dim }) = (l.input(0).clone(), l.input(1).clone(), l.attrs.into());
    let n = y.shape[dim];
    rows::map_all([&g, &y], dim, &mut l.outputs[0], &|_, [g, y], slope| {
        body(g, y, slope, n)
    });
}

#[inline(always)]
fn larger<T: PartialOrd>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// The largest element of a row without NaN. With one, some element: the sum of the exponentials is NaN anyway.
#[inline(always)]
pub fn row_max<T: Real + Number>(x: &[T]) -> T {
    fold_row([x], -T::INFINITY, |[x]| x, larger)
}

/// `exp(x - top)` into `e`, and its sum.
#[inline(always)]
pub fn row_exp<T: Real + Number>(x: &[T], top: T, e: &mut [T]) -> T {
    for (e, &x) in e.iter_mut().zip(x) {
        *e = Real::exp(x - top);
    }
    fold_row([&*e], -<T as Real>::ZERO, |[e]| e, |a, b| a + b)
}

/// For each of `R` rows its largest element and the sum of `exp(x - top)`; these go to `e`.
#[inline(always)]
fn exponentials<T: Real + Number, const R: usize>(x: &[T], e: &mut [T], n: usize) -> ([T; R], [T; R]) {
    let tops = fold_rows(split::<T, R>(x, n), -T::INFINITY, |[x]| x, larger);
    for r in 0..R {
        let range = r * n..(r + 1) * n;
        for (e, &x) in e[range.clone()].iter_mut().zip(&x[range]) {
            *e = Real::exp(x - tops[r]);
        }
    }
    let totals = fold_rows(split::<T, R>(e, n), -<T as Real>::ZERO, |[e]| e, |a, b| a + b);
    (tops, totals)
}

#[inline(always)]
fn softmax_of<T: Real + Number, const R: usize>(x: &[T], y: &mut [T], n: usize) {
    let (_, totals) = exponentials::<T, R>(x, y, n);
    for r in 0..R {
        let share = <T as Real>::ONE / totals[r];
        for y in &mut y[r * n..(r + 1) * n] {
            *y = *y * share;
        }
    }
}

#[inline(always)]
fn log_softmax_of<T: Real + Number, const R: usize>(x: &[T], y: &mut [T], n: usize) {
    let (tops, totals) = exponentials::<T, R>(x, y, n);
    for r in 0..R {
        let log_total = Real::log(totals[r]);
        let range = r * n..(r + 1) * n;
        for (y, &x) in y[range.clone()].iter_mut().zip(&x[range]) {
            *y = (x - tops[r]) - log_total;
        }
    }
}

#[inline(always)]
fn softmax_slopes_of<T: Real + Number, const R: usize>(g: &[T], y: &[T], slope: &mut [T], n: usize) {
    let (g_rows, y_rows) = (split::<T, R>(g, n), split::<T, R>(y, n));
    let pairs = std::array::from_fn::<_, R, _>(|r| [g_rows[r][0], y_rows[r][0]]);
    let along = fold_rows(pairs, -<T as Real>::ZERO, |[g, y]| y * g, |a, b| a + b);
    for r in 0..R {
        let [g, y] = pairs[r];
        for ((s, &g), &y) in slope[r * n..(r + 1) * n].iter_mut().zip(g).zip(y) {
            *s = y * (g - along[r]);
        }
    }
}

#[inline(always)]
fn log_softmax_slopes_of<T: Real + Number, const R: usize>(g: &[T], y: &[T], slope: &mut [T], n: usize) {
    let totals = fold_rows(split::<T, R>(g, n), -<T as Real>::ZERO, |[g]| g, |a, b| a + b);
    for r in 0..R {
        let range = r * n..(r + 1) * n;
        let (g, y) = (&g[range.clone()], &y[range.clone()]);
        for ((s, &g), &y) in slope[range].iter_mut().zip(g).zip(y) {
            *s = g - Real::exp(y) * totals[r];
        }
    }
}

multiversion! {
    pub fn softmax_rows<T: Real + Number>(x: &[T], y: &mut [T], n: usize) {
        in_fours!(x.len(), n, |range, R| softmax_of::<T, R>(&x[range.clone()], &mut y[range], n));
    }
}
multiversion! {
    pub fn log_softmax_rows<T: Real + Number>(x: &[T], y: &mut [T], n: usize) {
        in_fours!(x.len(), n, |range, R| log_softmax_of::<T, R>(&x[range.clone()], &mut y[range], n));
    }
}
multiversion! {
    pub fn softmax_slopes<T: Real + Number>(g: &[T], y: &[T], slope: &mut [T], n: usize) {
        in_fours!(g.len(), n, |range, R| {
            softmax_slopes_of::<T, R>(&g[range.clone()], &y[range.clone()], &mut slope[range], n)
        });
    }
}
multiversion! {
    pub fn log_softmax_slopes<T: Real + Number>(g: &[T], y: &[T], slope: &mut [T], n: usize) {
        in_fours!(g.len(), n, |range, R| {
            log_softmax_slopes_of::<T, R>(&g[range.clone()], &y[range.clone()], &mut slope[range], n)
        });
    }
}
