//! Kernels of group normalisation: the channels of (N, C, ...) are cut into groups, each normalised by itself. A group
//! of a sample is a row of neighbouring elements, a channel of it a segment of that row.

use super::Shared;
use super::norm::Epsilon;
use super::number::Number;
use super::reduce::fold_row;
use super::rows::add_to;
use super::simd::multiversion;
use super::threads::parallel_for;
use super::vmath::Real;
use crate::array::{Array, Element};
use crate::error::Result;
use crate::shape::numel;
use crate::work::Launch;
use smallvec::SmallVec;

/// Elements of one task: below this, threads cost more than they give.
const TASK: usize = 1 << 14;

#[derive(Clone, Copy)]
struct Extents {
    samples: usize,
    channels: usize,
    groups: usize,
    /// Elements of a channel.
    segment: usize,
}

impl Extents {
    fn of(x: &Array, groups: usize) -> Extents {
        Extents {
            samples: x.shape[0],
            channels: x.shape[1],
            groups,
            segment: numel(&x.shape[2..]),
        }
    }
    /// Channels of a group.
    fn width(&self) -> usize {
        self.channels / self.groups
    }
    /// Elements of a row.
    fn row(&self) -> usize {
        self.width() * self.segment
    }
    /// Runs `body(row, first channel)` for every row, in parallel.
    fn rows(&self, body: &(dyn Fn(usize, usize) + Sync)) {
        let count = self.samples * self.groups;
        let per_task = (TASK / self.row()).max(1);
        parallel_for(count.div_ceil(per_task), &|task| {
            for row in task * per_task..count.min((task + 1) * per_task) {
                body(row, row % self.groups * self.width());
            }
        });
    }
}

attributes! {
    #[derive(Clone, Copy)]
    pub struct Grouped in Attrs {
        groups: usize,
        /// Whether there is a weight, and a bias.
        weight: bool,
        bias: bool,
    }
}
attributes! {
    #[derive(Clone, Copy)]
    pub struct GroupedSlopes in Attrs {
        groups: usize,
        weight: bool,
        /// Whether the parameters' cotangents are asked for.
        parameters: bool,
    }
}

/// The record `GROUP_NORM`.
pub fn forward<T: Real + Number>(l: &mut Launch) -> Result<()> {
    let (Grouped { groups, weight, bias }, Epsilon { eps }) = (l.attrs.into(), l.data.into());
    let (eps, x) = (T::from_f64(eps), l.dense(0)?);
    let e = Extents::of(&x, groups);
    let mut parameters: SmallVec<[Array; 2]> = SmallVec::new();
    for i in 1..l.inputs.len() {
        parameters.push(l.dense(i)?);
    }
    let bias = bias.then(|| parameters[weight as usize].as_slice::<T>());
    let weight = weight.then(|| parameters[0].as_slice::<T>());
    let (x, y) = (x.as_slice::<T>(), Shared::<T>::new(&mut l.outputs[0]));
    if x.is_empty() {
        return Ok(());
    }
    let n = e.row();
    e.rows(&|row, channel| {
        let group = channel..channel + e.width();
        let weight = weight.map(|w| &w[group.clone()]);
        let bias = bias.map(|b| &b[group]);
        // SAFETY: every row is visited once.
        let y = unsafe { y.slice(row * n, n) };
        normalise(&x[row * n..(row + 1) * n], y, weight, bias, e.segment, eps);
    });
    Ok(())
}

/// Puts the distances to a row's mean into `centred`; gives one over its standard deviation.
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
    /// One row; weight and bias are those of its channels, whose segments follow each other.
    fn normalise<T: Real + Number>(x: &[T], y: &mut [T], weight: Option<&[T]>, bias: Option<&[T]>, segment: usize, eps: T) {
        let rstd = statistics(x, y, eps);
        for (channel, y) in y.chunks_exact_mut(segment).enumerate() {
            let scale = weight.map_or(rstd, |w| w[channel] * rstd);
            let shift = bias.map_or(<T as Real>::ZERO, |b| b[channel]);
            for y in y {
                *y = *y * scale + shift;
            }
        }
    }
}

/// The record `GROUP_NORM_BACKWARD`. The parameters' cotangents are summed over each segment, then sample by sample.
pub fn backward<T: Real + Number + Element>(l: &mut Launch) -> Result<()> {
    let (GroupedSlopes { groups, weight, .. }, Epsilon { eps }) = (l.attrs.into(), l.data.into());
    let (eps, g, x) = (T::from_f64(eps), l.dense(0)?, l.dense(1)?);
    let weight = if weight { Some(l.dense(2)?) } else { None };
    let e = Extents::of(&x, groups);
    if numel(&x.shape) == 0 {
        for sums in &mut l.outputs[1..] {
            sums.as_mut_slice::<T>().fill(<T as Real>::ZERO);
        }
        return Ok(());
    }
    // Of each segment: the sum of the cotangent times the normalised input, and that of the cotangent.
    let mut along = Array::empty(&[e.samples, e.channels], T::DTYPE)?;
    let mut level = Array::empty(&[e.samples, e.channels], T::DTYPE)?;
    let (g, x) = (g.as_slice::<T>(), x.as_slice::<T>());
    let weight = weight.as_ref().map(|w| w.as_slice::<T>());
    let n = e.row();
    let (sums, levels) = (Shared::<T>::new(&mut along), Shared::<T>::new(&mut level));
    let slope = Shared::<T>::new(&mut l.outputs[0]);
    e.rows(&|row, channel| {
        let weight = weight.map(|w| &w[channel..channel + e.width()]);
        // SAFETY: every row is visited once, and with it the sums of its segments.
        let (slope, sums, levels) = unsafe {
            let sums = sums.slice(row * e.width(), e.width());
            (
                slope.slice(row * n, n),
                sums,
                levels.slice(row * e.width(), e.width()),
            )
        };
        let range = row * n..(row + 1) * n;
        slopes(&g[range.clone()], &x[range], weight, slope, sums, levels, eps);
    });
    for (output, sums) in l.outputs[1..].iter_mut().zip([&along, &level]) {
        let total = output.as_mut_slice::<T>();
        let sums = sums.as_slice::<T>();
        total.copy_from_slice(&sums[..e.channels]);
        for sample in sums[e.channels..].chunks_exact(e.channels) {
            add_to(total, sample);
        }
    }
    Ok(())
}

multiversion! {
    /// One row, and the sums of its segments.
    fn slopes<T: Real + Number>(g: &[T], x: &[T], weight: Option<&[T]>, slope: &mut [T], sums: &mut [T], levels: &mut [T], eps: T) {
        let zero = -<T as Real>::ZERO;
        let (n, segment) = (T::from_f64(x.len() as f64), x.len() / sums.len());
        let rstd = statistics(x, slope, eps);
        for (channel, (g, s)) in g.chunks_exact(segment).zip(slope.chunks_exact_mut(segment)).enumerate() {
            for s in &mut *s {
                *s = *s * rstd;
            }
            sums[channel] = fold_row([g, &*s], zero, |[g, normal]| g * normal, |a, b| a + b);
            levels[channel] = fold_row([g], zero, |[g]| g, |a, b| a + b);
        }
        let (along, level) = match weight {
            Some(w) => (
                fold_row([&*sums, w], zero, |[s, w]| s * w, |a, b| a + b) / n,
                fold_row([&*levels, w], zero, |[s, w]| s * w, |a, b| a + b) / n,
            ),
            None => (
                fold_row([&*sums], zero, |[s]| s, |a, b| a + b) / n,
                fold_row([&*levels], zero, |[s]| s, |a, b| a + b) / n,
            ),
        };
        for (channel, (g, s)) in g.chunks_exact(segment).zip(slope.chunks_exact_mut(segment)).enumerate() {
            let factor = weight.map_or(<T as Real>::ONE, |w| w[channel]);
            for (s, &g) in s.iter_mut().zip(g) {
                *s = (g * factor - level - *s * along) * rstd;
            }
        }
    }
}
