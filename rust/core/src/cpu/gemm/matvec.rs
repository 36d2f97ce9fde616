//! A matrix times a vector, one row or one column of C: bound by the reading of the matrix.

use super::kernel::{Kernels, MatVec};
use super::plan::{share, tasks};
use super::{GemmElement, MatRef, Output};
use crate::cpu::threads;
use crate::interrupt;
use std::mem::MaybeUninit;

/// Numbers of y in one go: they stay in the first cache, and are collected there if y is not contiguous.
const BLOCK: usize = 1024;
/// Tasks begin at multiples of so many numbers of y.
const STEP: usize = 32;
/// Numbers of y in a task, at least, where a task reads that much of every column: shorter runs are slow to
/// read.
const RUN: usize = 512;
/// Memory bounds these products: a term costs as much as several in a tile.
const COST: usize = 8;
/// Terms between two looks at whether to go on; a multiple of every width, so that they are added in the same order.
const TERMS: usize = 1 << 16;

/// `y = matrix x`, or `y += matrix x`, where one of the matrix's strides is 1.
///
/// # Safety
///
/// The matrix (`rows` by `k`), `x` and `y` must be valid at their strides, `y` for writing and used by nobody
/// else; the processor must have the level of the kernels.
pub unsafe fn matvec<T: GemmElement>(
    kernels: &Kernels<T>,
    threads: usize,
    rows: usize,
    k: usize,
    matrix: MatRef<T>,
    x: *const T,
    x_stride: isize,
    y: *mut T,
    y_stride: usize,
    accumulate: bool,
) {
    let x = MatRef {
        ptr: x,
        row_stride: x_stride,
        col_stride: 0,
    };
    let y = Output {
        ptr: y,
        row_stride: y_stride,
    };
    let (kernel, least) = if matrix.row_stride == 1 {
        (kernels.matvec_by_columns, RUN)
    } else {
        (kernels.matvec_by_rows, STEP)
    };
    let steps = rows.div_ceil(STEP);
    let tasks = tasks(threads, rows.saturating_mul(k).saturating_mul(COST))
        .min(rows / least)
        .max(1);
    threads::parallel_for(tasks, &|task| {
        let part = share(steps, tasks, task);
        let end = (part.end * STEP).min(rows);
        for row in (part.start * STEP..end).step_by(BLOCK) {
            let rows = BLOCK.min(end - row);
            let matrix = matrix.at(row, 0);
            let contiguous = y.row_stride == 1;
            let mut collected = [const { MaybeUninit::<T>::uninit() }; BLOCK];
            let sums = if contiguous {
                y.at(row, 0)
            } else {
                collected.as_mut_ptr().cast()
            };
            // SAFETY: the caller's promise; `sums` has room for a block or is y itself, and all zero bits are
            // 0.0.
            unsafe {
                if !accumulate {
                    sums.write_bytes(0, rows);
                } else if !contiguous {
                    for i in 0..rows {
                        *sums.add(i) = *y.at(row + i, 0);
                    }
                }
                for start in (0..k).step_by(TERMS) {
                    if start > 0 {
                        interrupt::poll();
                    }
                    kernel(&MatVec {
                        rows,
                        k: TERMS.min(k - start),
                        matrix: matrix.at(0, start).ptr,
                        row_stride: matrix.row_stride,
                        col_stride: matrix.col_stride,
                        x: x.at(start, 0).ptr,
                        x_stride: x.row_stride,
                        y: sums,
                    });
                }
                if !contiguous {
                    for i in 0..rows {
                        *y.at(row + i, 0) = *sums.add(i);
                    }
                }
            }
        }
    });
}
