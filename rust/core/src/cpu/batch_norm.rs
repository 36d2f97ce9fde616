//! Kernels of batch normalisation: statistics of each channel of (N, C, ...), over everything else.
//!
//! A channel is N segments of neighbouring elements. Each is summed by itself, then the sums of the segments, both in
//! the order of `fold_row`. Segments of one element are columns of a matrix, which the reductions know.

use super::norm::Epsilon;
use super::number::Number;
use super::reduce::{self, Reducer, Squares, Sum, fold_row, fold_rows};
use super::rows::TOGETHER;
use super::simd::multiversion;
use super::threads::parallel_for;
use super::vmath::Real;
use super::{Shared, scratch};
use crate::array::{Array, Element};
use crate::error::Result;
use crate::shape::numel;
use crate::work::Launch;
use smallvec::SmallVec;

/// Elements of one task: below this, threads cost more than they give.
const TASK: usize = 1 << 14;

/// Of (N, C, ...): samples, channels, elements of a segment.
#[derive(Clone, Copy)]
struct Extents {
    samples: usize,
    channels: usize,
    segment: usize,
}

impl Extents {
    fn of(x: &Array) -> Extents {
        Extents {
            samples: x.shape[0],
            channels: x.shape[1],
            segment: numel(&x.shape[2..]),
        }
    }
    /// Elements of a channel.
    fn count(&self) -> usize {
        self.samples * self.segment
    }
    /// Elements from a channel's segment to the next.
    fn stride(&self) -> usize {
        self.channels * self.segment
    }
    fn is_matrix(&self) -> bool {
        self.segment == 1
    }
    /// Runs `body` for every channel, in parallel, with room for a number per sample.
    fn channels<T: Number>(&self, body: &(dyn Fn(usize, &mut [T]) + Sync)) {
        let per_task = (TASK / self.count().max(1)).max(1);
        parallel_for(self.channels.div_ceil(per_task), &|task| {
            scratch::with(self.samples, |parts| {
                for channel in task * per_task..self.channels.min((task + 1) * per_task) {
                    body(channel, parts);
                }
            });
        });
    }
    /// Runs `body` for ranges of the rows of a matrix, in parallel.
    fn matrix_rows(&self, body: &(dyn Fn(usize, usize) + Sync)) {
        let rows = (TASK / self.channels.max(1)).max(1);
        parallel_for(self.samples.div_ceil(rows), &|task| {
            let end = self.samples.min((task + 1) * rows);
            body(task * rows * self.channels, end * self.channels);
        });
    }
}

/// Every dimension but that of the channels.
fn all_but_channels(x: &Array) -> SmallVec<[usize; 4]> {
    (0..x.shape.len()).filter(|&d| d != 1).collect()
}

attributes! {
    #[derive(Clone, Copy)]
    pub struct PerChannel in Attrs {
        /// Whether there is a weight, and a bias.
        weight: bool,
        bias: bool,
    }
}
attributes! {
    #[derive(Clone, Copy)]
    pub struct PerChannelSlopes in Attrs {
        weight: bool,
        /// Whether the parameters' cotangents are asked for.
        parameters: bool,
    }
}

/// The record `BATCH_NORM`.
pub fn forward<T: Real + Number + Element>(l: &mut Launch) -> Result<()>
where
    Sum: Reducer<T, Acc = T>,
    Squares: Reducer<T, Acc = T>,
{
    let (PerChannel { weight, bias }, Epsilon { eps }) = (l.attrs.into(), l.data.into());
    let (eps, x) = (T::from_f64(eps), l.dense(0)?);
    let e = Extents::of(&x);
    let mut parameters: SmallVec<[Array; 2]> = SmallVec::new();
    for i in 1..l.inputs.len() {
        parameters.push(l.dense(i)?);
    }
    let bias = bias.then(|| parameters[weight as usize].as_slice::<T>());
    let weight = weight.then(|| parameters[0].as_slice::<T>());
    let scale =
        |channel: usize, var: T| Real::rsqrt(var + eps) * weight.map_or(<T as Real>::ONE, |w| w[channel]);
    let shift = |channel: usize| bias.map_or(<T as Real>::ZERO, |b| b[channel]);
    let count = T::from_f64(e.count() as f64);
    let [y, mean, var] = &mut l.outputs[..] else {
        unreachable!("three outputs")
    };
    if e.count() * e.channels == 0 {
        return Ok(());
    }
    if !e.is_matrix() {
        let (y, mean, var) = (Shared::<T>::new(y), Shared::<T>::new(mean), Shared::<T>::new(var));
        let x = x.as_slice::<T>();
        e.channels::<T>(&|channel, parts| {
            let from = channel * e.segment;
            let middle = sum(&x[from..], e.stride(), e.segment, parts) / count;
            let spread = sum_of_squares(&x[from..], e.stride(), e.segment, parts, middle) / count;
            // SAFETY: every channel is visited once.
            unsafe {
                mean.set(channel, middle);
                var.set(channel, spread);
            }
            let (scale, shift) = (scale(channel, spread), shift(channel));
            for sample in 0..e.samples {
                let at = sample * e.stride() + from;
                // SAFETY: this channel's segment of the sample.
                let y = unsafe { y.slice(at, e.segment) };
                affine(&x[at..at + e.segment], y, middle, scale, shift);
            }
        });
        return Ok(());
    }
    let dims = all_but_channels(&x);
    reduce::over::<T, Sum>(&x, &dims, mean);
    let mean = mean.as_mut_slice::<T>();
    mean.iter_mut().for_each(|m| *m = *m / count);
    let (x, out) = (x.as_slice::<T>(), Shared::<T>::new(y));
    e.matrix_rows(&|start, end| {
        // SAFETY: every row is visited once.
        let y = unsafe { out.slice(start, end - start) };
        centre_rows(&x[start..end], y, mean);
    });
    reduce::over::<T, Squares>(y, &dims, var);
    let var = var.as_mut_slice::<T>();
    var.iter_mut().for_each(|v| *v = *v / count);
    let scales: Vec<T> = var.iter().enumerate().map(|(c, &v)| scale(c, v)).collect();
    let shifts: Vec<T> = (0..e.channels).map(shift).collect();
    let out = Shared::<T>::new(y);
    e.matrix_rows(&|start, end| {
        // SAFETY: every row is visited once.
        affine_rows(unsafe { out.slice(start, end - start) }, &scales, &shifts);
    });
    Ok(())
}

/// The record `BATCH_NORM_BACKWARD`.
pub fn backward<T: Real + Number + Element>(l: &mut Launch) -> Result<()>
where
    Sum: Reducer<T, Acc = T>,
{
    let (PerChannelSlopes { weight, .. }, Epsilon { eps }) = (l.attrs.into(), l.data.into());
    let eps = T::from_f64(eps);
    let (g, x, mean, var) = (l.dense(0)?, l.dense(1)?, l.dense(2)?, l.dense(3)?);
    let weight = if weight { Some(l.dense(4)?) } else { None };
    let weight = weight.as_ref().map(|w| w.as_slice::<T>());
    let e = Extents::of(&x);
    let (mean, var) = (mean.as_slice::<T>(), var.as_slice::<T>());
    let factor = |channel: usize| weight.map_or(<T as Real>::ONE, |w| w[channel]);
    let count = T::from_f64(e.count() as f64);
    // The sums of the cotangent times the normalised input, and of the cotangent.
    let mut along = Array::empty(&[e.channels], T::DTYPE)?;
    let mut level = Array::empty(&[e.channels], T::DTYPE)?;
    if e.count() * e.channels == 0 {
        for sums in &mut l.outputs[1..] {
            sums.as_mut_slice::<T>().fill(<T as Real>::ZERO);
        }
        return Ok(());
    }
    if e.is_matrix() {
        let dims = all_but_channels(&x);
        reduce::over::<T, Sum>(&g, &dims, &mut level);
        let rstd: Vec<T> = var.iter().map(|&v| Real::rsqrt(v + eps)).collect();
        let (g, x) = (g.as_slice::<T>(), x.as_slice::<T>());
        let out = Shared::<T>::new(&mut l.outputs[0]);
        e.matrix_rows(&|start, end| {
            // SAFETY: every row is visited once.
            let slope = unsafe { out.slice(start, end - start) };
            product_rows(&g[start..end], &x[start..end], slope, mean, &rstd);
        });
        reduce::over::<T, Sum>(&l.outputs[0], &dims, &mut along);
        let out = Shared::<T>::new(&mut l.outputs[0]);
        let (sums, levels) = (along.as_slice::<T>(), level.as_slice::<T>());
        let alongs: Vec<T> = sums.iter().map(|&s| s / count).collect();
        let levels: Vec<T> = levels.iter().map(|&s| s / count).collect();
        let scales: Vec<T> = (0..e.channels).map(|c| factor(c) * rstd[c]).collect();
        e.matrix_rows(&|start, end| {
            // SAFETY: every row is visited once.
            let slope = unsafe { out.slice(start, end - start) };
            let (g, x) = (&g[start..end], &x[start..end]);
            slope_rows(g, x, slope, [mean, &rstd, &levels, &alongs, &scales]);
        });
    } else {
        let (g, x) = (g.as_slice::<T>(), x.as_slice::<T>());
        let slope = Shared::<T>::new(&mut l.outputs[0]);
        let (along, level) = (Shared::<T>::new(&mut along), Shared::<T>::new(&mut level));
        e.channels::<T>(&|channel, parts| {
            let from = channel * e.segment;
            let (mean, rstd) = (mean[channel], Real::rsqrt(var[channel] + eps));
            let total = sum(&g[from..], e.stride(), e.segment, parts);
            let product = sum_of_products(&g[from..], &x[from..], e.stride(), e.segment, parts, mean, rstd);
            // SAFETY: every channel is visited once.
            unsafe {
                level.set(channel, total);
                along.set(channel, product);
            }
            let (total, product) = (total / count, product / count);
            for sample in 0..e.samples {
                let at = sample * e.stride() + from;
                // SAFETY: this channel's segment of the sample.
                let slope = unsafe { slope.slice(at, e.segment) };
                let (g, x) = (&g[at..at + e.segment], &x[at..at + e.segment]);
                slopes(g, x, slope, mean, rstd, total, product, factor(channel) * rstd);
            }
        });
    }
    for (output, sums) in l.outputs[1..].iter_mut().zip([&along, &level]) {
        output.as_mut_slice::<T>().copy_from_slice(sums.as_slice::<T>());
    }
    Ok(())
}

/// The sum of what `lift` makes of the elements of a channel, whose segments lie `stride` apart; `parts` has room for
/// the sum of each.
#[inline(always)]
fn total<T: Real + Number, const N: usize>(
    inputs: [&[T]; N],
    stride: usize,
    segment: usize,
    parts: &mut [T],
    lift: impl Fn([T; N]) -> T,
) -> T {
    let zero = -<T as Real>::ZERO;
    let whole = parts.len() - parts.len() % TOGETHER;
    let mut i = 0;
    while i < whole {
        let mut rows = [inputs; TOGETHER];
        for r in 0..TOGETHER {
            for input in &mut rows[r] {
                *input = &input[(i + r) * stride..][..segment];
            }
        }
        let sums = fold_rows(rows, zero, &lift, |a, b| a + b);
        parts[i..i + TOGETHER].copy_from_slice(&sums);
        i += TOGETHER;
    }
    while i < parts.len() {
        let mut row = inputs;
        for input in &mut row {
            *input = &input[i * stride..][..segment];
        }
        parts[i] = fold_row(row, zero, &lift, |a, b| a + b);
        i += 1;
    }
    fold_row([&*parts], zero, |[p]| p, |a, b| a + b)
}

multiversion! {
    fn sum<T: Real + Number>(x: &[T], stride: usize, segment: usize, parts: &mut [T]) -> T {
        total([x], stride, segment, parts, |[x]| x)
    }
}
multiversion! {
    /// Of the distances to `mean`.
    fn sum_of_squares<T: Real + Number>(x: &[T], stride: usize, segment: usize, parts: &mut [T], mean: T) -> T {
        total([x], stride, segment, parts, |[x]| (x - mean) * (x - mean))
    }
}
multiversion! {
    /// Of `g` times the normalised input.
    fn sum_of_products<T: Real + Number>(g: &[T], x: &[T], stride: usize, segment: usize, parts: &mut [T], mean: T, rstd: T) -> T {
        total([g, x], stride, segment, parts, |[g, x]| g * ((x - mean) * rstd))
    }
}
multiversion! {
    fn affine<T: Real + Number>(x: &[T], y: &mut [T], mean: T, scale: T, shift: T) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = (x - mean) * scale + shift;
        }
    }
}
multiversion! {
    fn slopes<T: Real + Number>(g: &[T], x: &[T], slope: &mut [T], mean: T, rstd: T, level: T, along: T, scale: T) {
        for ((s, &g), &x) in slope.iter_mut().zip(g).zip(x) {
            *s = (g - level - (x - mean) * rstd * along) * scale;
        }
    }
}

// Rows of a matrix, whose columns are the channels.
multiversion! {
    fn centre_rows<T: Real + Number>(x: &[T], y: &mut [T], mean: &[T]) {
        for (x, y) in x.chunks_exact(mean.len()).zip(y.chunks_exact_mut(mean.len())) {
            for ((y, &x), &m) in y.iter_mut().zip(x).zip(mean) {
                *y = x - m;
            }
        }
    }
}
multiversion! {
    fn affine_rows<T: Real + Number>(y: &mut [T], scale: &[T], shift: &[T]) {
        for y in y.chunks_exact_mut(scale.len()) {
            for ((y, &a), &b) in y.iter_mut().zip(scale).zip(shift) {
                *y = *y * a + b;
            }
        }
    }
}
multiversion! {
    fn product_rows<T: Real + Number>(g: &[T], x: &[T], y: &mut [T], mean: &[T], rstd: &[T]) {
        let n = mean.len();
        for ((g, x), y) in g.chunks_exact(n).zip(x.chunks_exact(n)).zip(y.chunks_exact_mut(n)) {
            for c in 0..n {
                y[c] = g[c] * ((x[c] - mean[c]) * rstd[c]);
            }
        }
    }
}
multiversion! {
    fn slope_rows<T: Real + Number>(g: &[T], x: &[T], y: &mut [T], channels: [&[T]; 5]) {
        let [mean, rstd, level, along, scale] = channels;
        let n = mean.len();
        for ((g, x), y) in g.chunks_exact(n).zip(x.chunks_exact(n)).zip(y.chunks_exact_mut(n)) {
            for c in 0..n {
                y[c] = (g[c] - level[c] - (x[c] - mean[c]) * rstd[c] * along[c]) * scale[c];
            }
        }
    }
}
