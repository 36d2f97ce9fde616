//! A matrix that many products share, copied so that each of them reads it where it lies.

use super::Float;
use crate::cpu::gemm::{MatRef, gemm_alone};

/// Bytes of a panel: what `gemm` reads without a copy of its own.
const PANEL: usize = 512 * 1024;
/// Rows at such distances drive each other out of the first cache.
const ALIASING: usize = 2048;
/// Columns come in multiples of the widest tile, rows are padded by a vector.
const TILE: usize = 48;
const PAD: usize = 16;

/// A k by n matrix in panels of columns.
pub struct Panels<'a, T> {
    memory: &'a [T],
    k: usize,
    n: usize,
}

/// Columns of a panel, and the distance between its rows.
fn widths<T>(k: usize, n: usize) -> (usize, usize) {
    let fit = PANEL / (k * size_of::<T>()).max(1) / TILE * TILE;
    let columns = fit.max(TILE).min(n);
    let mut stride = columns.next_multiple_of(PAD);
    if (stride * size_of::<T>()).is_multiple_of(ALIASING) {
        stride += PAD;
    }
    (columns, stride)
}

impl<'a, T: Float> Panels<'a, T> {
    /// Numbers that the copy takes.
    pub fn room(k: usize, n: usize) -> usize {
        let (columns, stride) = widths::<T>(k, n);
        n.div_ceil(columns.max(1)) * k * stride
    }

    /// Copies `from`, which is k by n.
    pub fn new(from: MatRef<T>, k: usize, n: usize, memory: &'a mut [T]) -> Panels<'a, T> {
        let (columns, stride) = widths::<T>(k, n);
        for (panel, first) in (0..n).step_by(columns).enumerate() {
            let panel = &mut memory[panel * k * stride..][..k * stride];
            for (i, row) in panel.chunks_exact_mut(stride).enumerate() {
                let count = columns.min(n - first);
                for (j, to) in row[..count].iter_mut().enumerate() {
                    let offset = i as isize * from.row_stride + (first + j) as isize * from.col_stride;
                    // SAFETY: an element of the matrix.
                    *to = unsafe { *from.ptr.offset(offset) };
                }
                row[count..].fill(<T as crate::cpu::vmath::Real>::ZERO);
            }
        }
        Panels { memory, k, n }
    }

    /// `c = a` times the matrix, or adds that to `c`, whose rows are n apart. On this thread alone.
    ///
    /// # Safety
    /// `a` is m by k, `c` m by n and the caller's own.
    pub unsafe fn multiply(&self, m: usize, a: MatRef<T>, c: *mut T, accumulate: bool) {
        let (columns, stride) = widths::<T>(self.k, self.n);
        for (panel, first) in (0..self.n).step_by(columns).enumerate() {
            let b = MatRef {
                ptr: self.memory[panel * self.k * stride..].as_ptr(),
                row_stride: stride as isize,
                col_stride: 1,
            };
            let count = columns.min(self.n - first);
            // SAFETY: the caller's promise.
            unsafe { gemm_alone(m, count, self.k, a, b, c.add(first), self.n, accumulate) };
        }
    }
}
