//! Kernels of layer normalisation, and of normalisation by the root mean square, which is the same without the mean.

use super::Shared;
use super::number::Number;
use super::reduce::fold_rows;
use super::rows::{TOGETHER, add_to, in_fours, split};
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
/// Partial sums, at most, of which the parameters' cotangents are made.
const PARTS: usize = 64;

attributes! {
    /// Of layer normalisation and its like.
    #[derive(Clone, Copy)]
    pub struct Normalised in Attrs {
        /// How many of the last dimensions are normalised together.
        dims: usize,
        /// Whether there is a weight, and a bias.
        weight: bool,
        bias: bool,
    }
}
attributes! {
    #[derive(Clone, Copy)]
    pub struct NormalisedSlopes in Attrs {
        dims: usize,
        weight: bool,
        /// Whether the parameters' cotangents are asked for.
        parameters: bool,
    }
}
attributes! {
    /// What is added to a variance.
    #[derive(Clone, Copy)]
    pub struct Epsilon in Data { eps: f64 }
}

/// Rows, and elements of a row.
fn extents(x: &Array, dims: usize) -> (usize, usize) {
    let lead = x.shape.len() - dims;
    (numel(&x.shape[..lead]), numel(&x.shape[lead..]))
}

/// The record `LAYER_NORM`; `RMS_NORM` if not `centre`.
pub fn forward<T: Real + Number>(l: &mut Launch, centre: bool) -> Result<()> {
    let (Normalised { dims, weight, bias }, Epsilon { eps }) = (l.attrs.into(), l.data.into());
    let (eps, x) = (T::from_f64(eps), l.dense(0)?);
    let (m, n) = extents(&x, dims);
    if m * n == 0 {
        return Ok(());
    }
    let mut parameters: SmallVec<[Array; 2]> = SmallVec::new();
    for i in 1..l.inputs.len() {
        parameters.push(l.dense(i)?);
    }
    let bias = bias.then(|| parameters[weight as usize].as_slice::<T>());
    let weight = weight.then(|| parameters[0].as_slice::<T>());
    let (x, y) = (x.as_slice::<T>(), Shared::<T>::new(&mut l.outputs[0]));
    let rows = (TASK / n).max(1);
    parallel_for(m.div_ceil(rows), &|task| {
        let (start, end) = (task * rows * n, m.min((task + 1) * rows) * n);
        // SAFETY: every task has its own rows.
        let y = unsafe { y.slice(start, end - start) };
        normalise(&x[start..end], y, n, weight, bias, eps, centre);
    });
    Ok(())
}

/// Puts the distances to the mean (or the elements themselves) of `R` rows into `centred`; gives one over each row's
/// standard deviation (root mean square).
#[inline(always)]
fn statistics<T: Real + Number, const R: usize>(
    x: &[T],
    centred: &mut [T],
    n: usize,
    eps: T,
    centre: bool,
) -> [T; R] {
    let count = T::from_f64(n as f64);
    let zero = -<T as Real>::ZERO;
    if centre {
        let sums = fold_rows(split::<T, R>(x, n), zero, |[x]| x, |a, b| a + b);
        for r in 0..R {
            let mean = sums[r] / count;
            let range = r * n..(r + 1) * n;
            for (c, &x) in centred[range.clone()].iter_mut().zip(&x[range]) {
                *c = x - mean;
            }
        }
    } else {
        centred.copy_from_slice(x);
    }
    let mut rstd = fold_rows(split::<T, R>(centred, n), zero, |[c]| c * c, |a, b| a + b);
    for r in &mut rstd {
        *r = Real::rsqrt(*r / count + eps);
    }
    rstd
}

/// `R` rows, one behind the other.
#[inline(always)]
fn normalise_rows<T: Real + Number, const R: usize>(
    x: &[T],
    y: &mut [T],
    n: usize,
    weight: Option<&[T]>,
    bias: Option<&[T]>,
    eps: T,
    centre: bool,
) {
    let rstd = statistics::<T, R>(x, y, n, eps, centre);
    for r in 0..R {
        let (y, rstd) = (&mut y[r * n..(r + 1) * n], rstd[r]);
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

multiversion! {
    /// Rows of `n` elements, one behind the other.
    fn normalise<T: Real + Number>(x: &[T], y: &mut [T], n: usize, weight: Option<&[T]>, bias: Option<&[T]>, eps: T, centre: bool) {
        in_fours!(x.len(), n, |range, R| {
            normalise_rows::<T, R>(&x[range.clone()], &mut y[range], n, weight, bias, eps, centre)
        });
    }
}

/// The record `LAYER_NORM_BACKWARD` or `RMS_NORM_BACKWARD`. Rows are cut into at most `PARTS` parts, by their number
/// alone; the parameters' cotangents are summed row by row within a part, then part by part.
pub fn backward<T: Real + Number + Element>(l: &mut Launch, centre: bool) -> Result<()> {
    let (NormalisedSlopes { dims, weight, .. }, Epsilon { eps }) = (l.attrs.into(), l.data.into());
    let (eps, g, x) = (T::from_f64(eps), l.dense(0)?, l.dense(1)?);
    let weight = if weight { Some(l.dense(2)?) } else { None };
    let (m, n) = extents(&x, dims);
    // Those of the weight, and then those of the bias.
    let sums = l.outputs.len() - 1;
    if m * n == 0 {
        for sums in &mut l.outputs[1..] {
            sums.as_mut_slice::<T>().fill(<T as Real>::ZERO);
        }
        return Ok(());
    }
    let rows = m.div_ceil(PARTS).max((TASK / 4 / n).max(1));
    let parts = m.div_ceil(rows);
    let mut partial = Array::empty(&[parts, sums, n], T::DTYPE)?;
    let (g, x) = (g.as_slice::<T>(), x.as_slice::<T>());
    let weight = weight.as_ref().map(|w| w.as_slice::<T>());
    let partial_sums = Shared::<T>::new(&mut partial);
    let slope = Shared::<T>::new(&mut l.outputs[0]);
    parallel_for(parts, &|part| {
        let (start, end) = (part * rows * n, m.min((part + 1) * rows) * n);
        // SAFETY: every part has its own rows and its own sums.
        let (slope, partial) = unsafe {
            (
                slope.slice(start, end - start),
                partial_sums.slice(part * sums * n, sums * n),
            )
        };
        partial.fill(<T as Real>::ZERO);
        slopes(
            &g[start..end],
            &x[start..end],
            weight,
            slope,
            partial,
            n,
            eps,
            centre,
        );
    });
    let partial = partial.as_slice::<T>();
    for (which, total) in l.outputs[1..].iter_mut().enumerate() {
        let total = total.as_mut_slice::<T>();
        total.copy_from_slice(&partial[which * n..][..n]);
        for part in 1..parts {
            add_to(total, &partial[(sums * part + which) * n..][..n]);
        }
    }
    Ok(())
}

/// `R` rows, one behind the other. `sums` holds those of the weight and then those of the bias, as far as asked for.
#[inline(always)]
fn slope_rows<T: Real + Number, const R: usize>(
    g: &[T],
    x: &[T],
    weight: Option<&[T]>,
    slope: &mut [T],
    sums: &mut [T],
    n: usize,
    eps: T,
    centre: bool,
) {
    let count = T::from_f64(n as f64);
    let zero = -<T as Real>::ZERO;
    let rstd = statistics::<T, R>(x, slope, n, eps, centre);
    let (weight_sum, bias_sum) = sums.split_at_mut(sums.len().min(n));
    for r in 0..R {
        for s in &mut slope[r * n..(r + 1) * n] {
            *s = *s * rstd[r];
        }
    }
    let (g_rows, normals) = (split::<T, R>(g, n), split::<T, R>(slope, n));
    // Slices as long as the sums: no bounds are checked in the loops.
    let (mut ours, mut theirs) = ([g; R], [g; R]);
    for r in 0..R {
        (ours[r], theirs[r]) = (
            &g_rows[r][0][..weight_sum.len()],
            &normals[r][0][..weight_sum.len()],
        );
    }
    for j in 0..weight_sum.len() {
        for r in 0..R {
            weight_sum[j] = weight_sum[j] + ours[r][j] * theirs[r][j];
        }
    }
    for r in 0..R {
        ours[r] = &g_rows[r][0][..bias_sum.len()];
    }
    for j in 0..bias_sum.len() {
        for r in 0..R {
            bias_sum[j] = bias_sum[j] + ours[r][j];
        }
    }
    let level = |sums: [T; R]| {
        if centre {
            sums.map(|s| s / count)
        } else {
            [<T as Real>::ZERO; R]
        }
    };
    match weight {
        Some(w) => {
            let terms = std::array::from_fn::<_, R, _>(|r| [g_rows[r][0], w, normals[r][0]]);
            let along = fold_rows(terms, zero, |[g, w, normal]| g * w * normal, |a, b| a + b);
            let terms = terms.map(|[g, w, _]| [g, w]);
            let level = level(fold_rows(terms, zero, |[g, w]| g * w, |a, b| a + b));
            for r in 0..R {
                let (along, level, rstd) = (along[r] / count, level[r], rstd[r]);
                for ((s, &g), &w) in slope[r * n..(r + 1) * n].iter_mut().zip(g_rows[r][0]).zip(w) {
                    *s = (g * w - level - *s * along) * rstd;
                }
            }
        }
        None => {
            let terms = std::array::from_fn::<_, R, _>(|r| [g_rows[r][0], normals[r][0]]);
            let along = fold_rows(terms, zero, |[g, normal]| g * normal, |a, b| a + b);
            let level = level(fold_rows(g_rows, zero, |[g]| g, |a, b| a + b));
            for r in 0..R {
                let (along, level, rstd) = (along[r] / count, level[r], rstd[r]);
                for (s, &g) in slope[r * n..(r + 1) * n].iter_mut().zip(g_rows[r][0]) {
                    *s = (g - level - *s * along) * rstd;
                }
            }
        }
    }
}

multiversion! {
    /// Rows of `n` elements, one behind the other; `sums` as for `slope_rows`.
    fn slopes<T: Real + Number>(g: &[T], x: &[T], weight: Option<&[T]>, slope: &mut [T], sums: &mut [T], n: usize, eps: T, centre: bool) {
        in_fours!(x.len(), n, |range, R| {
            let (g, x) = (&g[range.clone()], &x[range.clone()]);
            slope_rows::<T, R>(g, x, weight, &mut slope[range], sums, n, eps, centre)
        });
    }
}
