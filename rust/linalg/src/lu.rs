//! The LU decomposition with row exchanges.

use crate::rows::{swap_rows, take_off};
use crate::triangular::{Triangle, solve_triangular};

/// Columns that are finished before what is right of them is touched.
const BLOCK: usize = 32;

/// What an LU decomposition tells besides its factors.
pub struct Lu {
    /// Row i was exchanged with row `pivots[i]`, one after the other.
    pub pivots: Vec<usize>,
    /// The first pivot that is zero, counted from 1; 0 if none is.
    pub zero: usize,
}

/// `A = P L U` of an m x n matrix, in its place: U on and above the diagonal, L (whose diagonal is ones) below. Each pivot
/// is the largest of its column, the first of equal ones; without `exchange` rows stay where they are.
pub fn lu(a: &mut [f64], n: usize, exchange: bool, poll: &dyn Fn()) -> Lu {
    let m = a.len().checked_div(n).unwrap_or(0);
    let size = m.min(n);
    let mut found = Lu {
        pivots: (0..size).collect(),
        zero: 0,
    };
    for first in (0..size).step_by(BLOCK) {
        poll();
        let last = size.min(first + BLOCK);
        for k in first..last {
            if exchange {
                let mut best = k;
                for i in k + 1..m {
                    if a[i * n + k].abs() > a[best * n + k].abs() {
                        best = i;
                    }
                }
                swap_rows(a, n, k, best);
                found.pivots[k] = best;
            }
            let pivot = a[k * n + k];
            if pivot == 0.0 {
                if found.zero == 0 {
                    found.zero = k + 1;
                }
                continue;
            }
            let (done, below) = a.split_at_mut((k + 1) * n);
            let row = &done[k * n + k + 1..k * n + last];
            for other in below.chunks_exact_mut(n) {
                let (before, after) = other.split_at_mut(k + 1);
                before[k] /= pivot;
                take_off(&mut after[..last - k - 1], &before[k..], row, n);
            }
        }
        if last == n {
            continue;
        }
        // The block's rows of U, then what is below them.
        for i in first + 1..last {
            let (above, row) = a.split_at_mut(i * n);
            let (before, after) = row[..n].split_at_mut(last);
            take_off(after, &before[first..i], &above[first * n + last..], n);
        }
        let (done, below) = a.split_at_mut(last * n);
        const COLUMNS: usize = 256;
        for left in (last..n).step_by(COLUMNS) {
            let right = n.min(left + COLUMNS);
            for row in below.chunks_exact_mut(n) {
                let (before, after) = row.split_at_mut(last);
                let part = &mut after[left - last..right - last];
                take_off(part, &before[first..last], &done[first * n + left..], n);
            }
        }
    }
    found
}

/// `b`, of `count` columns, becomes the solution of `A x = b`, or of `A^T x = b`, for `A = P L U` as `lu` gives it;
/// `transposed` is the transpose of those factors, and only read for the latter.
pub fn lu_solve(
    factors: &[f64],
    pivots: &[usize],
    transposed: Option<&[f64]>,
    b: &mut [f64],
    count: usize,
    poll: &dyn Fn(),
) {
    let n = pivots.len();
    let lower = Triangle {
        upper: false,
        unit: true,
    };
    let upper = Triangle {
        upper: true,
        unit: false,
    };
    if count == 0 {
        return;
    }
    match transposed {
        None => {
            for (i, &j) in pivots.iter().enumerate() {
                swap_rows(b, count, i, j);
            }
            solve_triangular(factors, lower, b, n, count, poll);
            solve_triangular(factors, upper, b, n, count, poll);
        }
        Some(transposed) => {
            solve_triangular(
                transposed,
                Triangle {
                    upper: false,
                    ..upper
                },
                b,
                n,
                count,
                poll,
            );
            solve_triangular(transposed, Triangle { upper: true, ..lower }, b, n, count, poll);
            for (i, &j) in pivots.iter().enumerate().rev() {
                swap_rows(b, count, i, j);
            }
        }
    }
}
