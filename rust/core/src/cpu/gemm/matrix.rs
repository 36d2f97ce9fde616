//! Operands: matrices in memory.

use crate::array::Array;
use crate::cpu::layout::Walk;

/// A matrix to read from: element (i, j) is at `ptr + i * row_stride + j * col_stride`, counted in elements.
///
/// Strides may be negative, or zero to repeat a row or a column.
#[derive(Clone, Copy)]
pub struct MatRef<T> {
    pub ptr: *const T,
    pub row_stride: isize,
    pub col_stride: isize,
}

/// Matrix `i` of those that the last two dimensions of `x` are, its other dimensions broadcast to `lead`.
pub fn matrix<T>(x: &Array, lead: &[usize], i: usize) -> MatRef<T> {
    let r = x.shape.len();
    // The batch index, broadcast over this operand's own leading dimensions.
    let index = Walk::new(lead, i).index;
    let skip = lead.len() - (r - 2);
    let offset: isize = (0..r - 2)
        .map(|d| {
            if x.shape[d] == 1 {
                0
            } else {
                index[d + skip] as isize * x.strides[d]
            }
        })
        .sum();
    MatRef {
        ptr: x.ptr().cast::<T>().wrapping_offset(offset),
        row_stride: x.strides[r - 2],
        col_stride: x.strides[r - 1],
    }
}

// SAFETY: it is an address with two numbers; whoever reads through it answers for the reading.
unsafe impl<T: Sync> Send for MatRef<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for MatRef<T> {}

impl<T> MatRef<T> {
    /// The matrix from element (row, col) on.
    pub fn at(self, row: usize, col: usize) -> MatRef<T> {
        let offset = row as isize * self.row_stride + col as isize * self.col_stride;
        MatRef {
            ptr: self.ptr.wrapping_offset(offset),
            ..self
        }
    }

    pub fn transposed(self) -> MatRef<T> {
        MatRef {
            ptr: self.ptr,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }
}
