//! Kernels of attention: scores exist for a block of rows at a time, never as a whole matrix.
//!
//! A block's scores stay in the second cache, so each row sees all of its keys before its softmax: no sum is scaled
//! again on the way. The backward makes the probabilities anew, as the forward did: a row's largest score may be so large
//! (a mask of -1e9) that the logarithm of its sum is lost beside it, so no one number per row brings them back. Products
//! are chains in ascending order of keys or rows (see `gemm`), so neither blocks nor threads change a bit.

mod mask;

use super::gemm::{GemmElement, MatRef, gemm, gemm_alone, matrix};
use super::number::Number;
use super::reduce::fold_row;
use super::simd::multiversion;
use super::threads::{num_threads, parallel_for};
use super::vmath::Real;
use super::{Shared, scratch};
use crate::array::{Array, Element};
use crate::cpu::softmax::row_max;
use crate::error::Result;
use crate::shape::{Shape, numel};
use crate::work::Launch;
use mask::{Masks, drop_out, scores};

/// Rows of scores that are worked on together.
const ROWS: usize = 32;

/// What both directions know of a launch: L queries and S keys of width E, values of width V.
struct Sizes {
    lead: Shape,
    heads: usize,
    queries: usize,
    keys: usize,
    width: usize,
    value_width: usize,
    causal: bool,
}

impl Sizes {
    fn new(q: &Array, v: &Array, causal: bool) -> Sizes {
        let r = q.shape.len();
        let lead = Shape::from_slice(&q.shape[..r - 2]);
        Sizes {
            heads: numel(&lead),
            lead,
            queries: q.shape[r - 2],
            keys: v.shape[r - 2],
            width: q.shape[r - 1],
            value_width: v.shape[r - 1],
            causal,
        }
    }

    /// Calls `body` with the first and last row of each block, and the keys that its rows see.
    fn blocks(&self, mut body: impl FnMut(usize, usize, usize)) {
        for start in (0..self.queries).step_by(ROWS) {
            let end = self.queries.min(start + ROWS);
            body(
                start,
                end,
                if self.causal {
                    self.keys.min(end)
                } else {
                    self.keys
                },
            );
        }
    }

    /// Heads are shared out among threads; where there are fewer, the threads share each product.
    fn each_head<T: GemmElement>(&self, body: &(dyn Fn(usize, Product<T>) + Sync)) {
        if self.heads < num_threads() {
            (0..self.heads).for_each(|head| body(head, gemm::<T>));
        } else {
            parallel_for(self.heads, &|head| body(head, gemm_alone::<T>));
        }
    }
}

type Product<T> = unsafe fn(usize, usize, usize, MatRef<T>, MatRef<T>, *mut T, usize, bool);

fn rows_of<T>(ptr: *const T, row_stride: usize) -> MatRef<T> {
    MatRef {
        ptr,
        row_stride: row_stride as isize,
        col_stride: 1,
    }
}

fn from_row<T>(m: MatRef<T>, row: usize) -> MatRef<T> {
    MatRef {
        ptr: m.ptr.wrapping_offset(row as isize * m.row_stride),
        ..m
    }
}

fn transposed<T>(m: MatRef<T>) -> MatRef<T> {
    MatRef {
        ptr: m.ptr,
        row_stride: m.col_stride,
        col_stride: m.row_stride,
    }
}

/// Keys that a row sees, of the `limit` that its block sees.
#[inline(always)]
fn seen(causal: bool, row: usize, limit: usize) -> usize {
    if causal { limit.min(row + 1) } else { limit }
}

/// A row of products becomes exponentials `exp(score - top)`. Returns their sum, infinity where no key is allowed.
///
/// # Safety
/// The masks have this row.
#[inline(always)]
unsafe fn row_exponentials<T: Real + Number>(x: &mut [T], masks: &Masks<T>, row: usize, scale: T) -> T {
    // SAFETY: the caller's promise.
    unsafe { scores(x, masks, row, scale) };
    let top = row_max(x);
    if top == -T::INFINITY && x.iter().all(|&x| x == top) {
        x.fill(<T as Real>::ZERO);
        return T::INFINITY;
    }
    for x in &mut *x {
        *x = Real::exp(*x - top);
    }
    fold_row([&*x], -<T as Real>::ZERO, |[e]| e, |a, b| a + b)
}

multiversion! {
    /// Rows of products become exponentials, without those dropped; `totals` gets the sums of all.
    ///
    /// # Safety
    /// The masks have these rows.
    unsafe fn exponentials<T: Real + Number>(
        x: &mut [T], limit: usize, first: usize, causal: bool, masks: &Masks<T>, scale: T, totals: &mut [T]
    ) {
        for (i, (x, total)) in x.chunks_exact_mut(limit).zip(totals).enumerate() {
            let (x, unseen) = x.split_at_mut(seen(causal, first + i, limit));
            unseen.fill(<T as Real>::ZERO);
            // SAFETY: the caller's promise.
            unsafe {
                *total = row_exponentials(x, masks, first + i, scale);
                drop_out(x, masks, first + i);
            }
        }
    }
}

multiversion! {
    fn normalise<T: Real>(y: &mut [T], width: usize, totals: &[T], factor: T) {
        for (y, &total) in y.chunks_exact_mut(width).zip(totals) {
            let share = factor / total;
            for y in y {
                *y = *y * share;
            }
        }
    }
}

attributes! {
    #[derive(Clone, Copy)]
    pub struct Masked in Attrs {
        /// Whether a query sees no key behind its own place.
        causal: bool,
        /// Whether there is a mask, and one of dropout.
        mask: bool,
        dropout: bool,
    }
}
attributes! {
    #[derive(Clone, Copy)]
    pub struct Factors in Data {
        /// Of the scores.
        scale: f64,
        /// Of what dropout keeps.
        kept: f64,
    }
}

/// The record `ATTENTION`.
pub fn forward<T: Real + Number + GemmElement + Element>(l: &mut Launch) -> Result<()> {
    let (q, k, v) = (l.input(0).clone(), l.input(1).clone(), l.input(2).clone());
    let (masked, Factors { scale, kept }) = (Masked::from(l.attrs), l.data.into());
    let s = Sizes::new(&q, &v, masked.causal);
    let (scale, factor) = (T::from_f64(scale), T::from_f64(kept));
    if s.keys == 0 || s.value_width == 0 {
        // Nothing to attend to: the sum over no key.
        l.outputs[0].as_mut_slice::<T>().fill(<T as Real>::ZERO);
        return Ok(());
    }
    let out = Shared::<T>::new(&mut l.outputs[0]);
    let l = &*l;
    s.each_head::<T>(&|head, product| {
        let masks = Masks::<T>::new(l, masked, &s.lead, 3, head);
        let (q, k, v) = (
            matrix(&q, &s.lead, head),
            matrix(&k, &s.lead, head),
            matrix(&v, &s.lead, head),
        );
        scratch::with(ROWS * s.keys, |x: &mut [T]| {
            s.blocks(|start, end, limit| {
                let (rows, mut totals) = (end - start, [<T as Real>::ONE; ROWS]);
                let (totals, x) = (&mut totals[..rows], &mut x[..rows * limit]);
                // SAFETY: the matrices have these rows and columns; this block of the outputs is this call's own.
                unsafe {
                    let y = out.slice((head * s.queries + start) * s.value_width, rows * s.value_width);
                    product(
                        rows,
                        limit,
                        s.width,
                        from_row(q, start),
                        transposed(k),
                        x.as_mut_ptr(),
                        limit,
                        false,
                    );
                    exponentials(x, limit, start, s.causal, &masks, scale, totals);
                    let weights = rows_of(x.as_ptr(), limit);
                    product(
                        rows,
                        s.value_width,
                        limit,
                        weights,
                        v,
                        y.as_mut_ptr(),
                        s.value_width,
                        false,
                    );
                    normalise(y, s.value_width, totals, factor);
                }
            });
        });
    });
    Ok(())
}

multiversion! {
    /// Rows of products become probabilities `p`, and `d`, the cotangents of what was made of them, those of the
    /// scores. `p` keeps what the values are weighted with.
    ///
    /// # Safety
    /// The masks have these rows.
    unsafe fn slopes<T: Real + Number>(
        p: &mut [T], d: &mut [T], limit: usize, first: usize, causal: bool, masks: &Masks<T>, scale: T, factor: T
    ) {
        for (i, (p, d)) in p.chunks_exact_mut(limit).zip(d.chunks_exact_mut(limit)).enumerate() {
            let visible = seen(causal, first + i, limit);
            let ((p, p_unseen), (d, d_unseen)) = (p.split_at_mut(visible), d.split_at_mut(visible));
            p_unseen.fill(<T as Real>::ZERO);
            d_unseen.fill(<T as Real>::ZERO);
            // SAFETY: the caller's promise.
            let total = unsafe { row_exponentials(p, masks, first + i, scale) };
            if total == T::INFINITY {
                // No key is allowed.
                d.fill(<T as Real>::ZERO);
                continue;
            }
            let share = <T as Real>::ONE / total;
            for x in &mut *p {
                *x = *x * share;
            }
            if masks.kept.is_some() {
                // SAFETY: the caller's promise.
                unsafe { drop_out(d, masks, first + i) };
            }
            let along = fold_row([&*p, &*d], -<T as Real>::ZERO, |[p, d]| p * d, |a, b| a + b);
            for (d, &p) in d.iter_mut().zip(&*p) {
                *d = p * (*d - along) * factor;
            }
            if masks.kept.is_some() {
                // SAFETY: the caller's promise.
                unsafe { drop_out(p, masks, first + i) };
                for p in &mut *p {
                    *p = *p * factor;
                }
            }
        }
    }
}

multiversion! {
    fn scale_all<T: Real>(x: &mut [T], scale: T) {
        for x in x {
            *x = *x * scale;
        }
    }
}

/// The record `ATTENTION_BACKWARD`.
pub fn backward<T: Real + Number + GemmElement + Element>(l: &mut Launch) -> Result<()> {
    let g = l.dense(0)?;
    let (q, k, v) = (l.input(1).clone(), l.input(2).clone(), l.input(3).clone());
    let (masked, Factors { scale, kept }) = (Masked::from(l.attrs), l.data.into());
    let s = Sizes::new(&q, &v, masked.causal);
    let (scale, factor) = (T::from_f64(scale), T::from_f64(kept));
    for slope in &mut l.outputs {
        slope.as_mut_slice::<T>().fill(<T as Real>::ZERO);
    }
    if s.keys == 0 || s.value_width == 0 {
        return Ok(());
    }
    let slopes_of: Vec<Shared<T>> = l.outputs.iter_mut().map(Shared::new).collect();
    let g = g.as_slice::<T>();
    let l = &*l;
    s.each_head::<T>(&|head, product| {
        let masks = Masks::<T>::new(l, masked, &s.lead, 4, head);
        let (q, k, v) = (
            matrix(&q, &s.lead, head),
            matrix(&k, &s.lead, head),
            matrix(&v, &s.lead, head),
        );
        let (width, value_width) = (s.width, s.value_width);
        // SAFETY: this head of each cotangent is this call's own.
        let (dq, dk, dv) = unsafe {
            (
                slopes_of[0].pointer(head * s.queries * width),
                slopes_of[1].pointer(head * s.keys * width),
                slopes_of[2].pointer(head * s.keys * value_width),
            )
        };
        scratch::with(2 * ROWS * s.keys, |x: &mut [T]| {
            let (p, d) = x.split_at_mut(ROWS * s.keys);
            s.blocks(|start, end, limit| {
                let rows = end - start;
                let (p, d) = (&mut p[..rows * limit], &mut d[..rows * limit]);
                let lines = head * s.queries + start;
                let values = lines * value_width..(lines + rows) * value_width;
                let (g, q) = (&g[values], from_row(q, start));
                let g_rows = rows_of(g.as_ptr(), value_width);
                // SAFETY: the matrices have these rows and columns; the outputs are this call's own.
                unsafe {
                    product(rows, limit, width, q, transposed(k), p.as_mut_ptr(), limit, false);
                    product(
                        rows,
                        limit,
                        value_width,
                        g_rows,
                        transposed(v),
                        d.as_mut_ptr(),
                        limit,
                        false,
                    );
                    slopes(p, d, limit, start, s.causal, &masks, scale, factor);
                    if let Some(of_mask) = slopes_of.get(3) {
                        for (i, d) in d.chunks_exact(limit).enumerate() {
                            of_mask.slice((lines + i) * s.keys, limit).copy_from_slice(d);
                        }
                    }
                    scale_all(d, scale);
                    let (p, d) = (rows_of(p.as_ptr(), limit), rows_of(d.as_ptr(), limit));
                    product(
                        limit,
                        value_width,
                        rows,
                        transposed(p),
                        g_rows,
                        dv,
                        value_width,
                        true,
                    );
                    product(rows, width, limit, d, k, dq.add(start * width), width, false);
                    product(limit, width, rows, transposed(d), q, dk, width, true);
                }
            });
        });
    });
    Ok(())
}
