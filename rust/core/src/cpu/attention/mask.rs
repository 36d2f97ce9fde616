//! Masks of attention: which keys a query may see, what is added to its scores, and what dropout keeps.

use super::Masked;
use crate::cpu::gemm::{MatRef, matrix};
use crate::cpu::vmath::Real;
use crate::work::Launch;

/// What is added to the scores of a head, and which probabilities stay, each (L, S) of any strides.
pub struct Masks<T> {
    allowed: Option<MatRef<u8>>,
    added: Option<MatRef<T>>,
    pub kept: Option<MatRef<u8>>,
}

impl<T> Masks<T> {
    /// The masks behind the first `from` inputs.
    pub fn new(l: &Launch, masked: Masked, lead: &[usize], from: usize, head: usize) -> Masks<T> {
        let mut next = from;
        let mut masks = Masks {
            allowed: None,
            added: None,
            kept: None,
        };
        if masked.mask {
            let mask = l.input(next);
            next += 1;
            if mask.dtype.is_float() {
                masks.added = Some(matrix(mask, lead, head));
            } else {
                masks.allowed = Some(matrix(mask, lead, head));
            }
        }
        if masked.dropout {
            masks.kept = Some(matrix(l.input(next), lead, head));
        }
        masks
    }
}

/// Combines a row of scores with a row of a mask.
///
/// # Safety
/// The mask holds as many elements as the row, from (row, 0) on.
#[inline(always)]
unsafe fn with_row<T: Copy, M: Copy>(x: &mut [T], mask: MatRef<M>, row: usize, f: impl Fn(T, M) -> T) {
    let from = mask.ptr.wrapping_offset(row as isize * mask.row_stride);
    if mask.col_stride == 1 {
        // SAFETY: the caller's promise.
        let mask = unsafe { std::slice::from_raw_parts(from, x.len()) };
        for (x, &m) in x.iter_mut().zip(mask) {
            *x = f(*x, m);
        }
        return;
    }
    for (j, x) in x.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        *x = f(*x, unsafe { *from.offset(j as isize * mask.col_stride) });
    }
}

/// Products of query and key become scores.
///
/// # Safety
/// As for `with_row`.
#[inline(always)]
pub unsafe fn scores<T: Real>(x: &mut [T], masks: &Masks<T>, row: usize, scale: T) {
    for x in &mut *x {
        *x = *x * scale;
    }
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(mask) = masks.allowed {
            with_row(
                x,
                mask,
                row,
                |x, allowed| if allowed != 0 { x } else { -T::INFINITY },
            );
        }
        if let Some(mask) = masks.added {
            with_row(x, mask, row, |x, m| x + m);
        }
    }
}

/// # Safety
/// As for `with_row`.
#[inline(always)]
pub unsafe fn drop_out<T: Real>(x: &mut [T], masks: &Masks<T>, row: usize) {
    if let Some(mask) = masks.kept {
        // SAFETY: the caller's promise.
        unsafe { with_row(x, mask, row, |x, kept| if kept != 0 { x } else { T::ZERO }) };
    }
}
