//! The Cholesky decomposition.

use crate::rows::take_off;
use crate::{Fault, transpose};

/// Rows that are finished before what is below them is touched.
const BLOCK: usize = 32;

/// `A = L L^T` of the n x n matrix whose lower triangle is given: L, with zeros above the diagonal. Where a leading minor
/// is not positive the result says which, and L is of the part before.
pub fn cholesky(a: &mut [f64], n: usize, poll: &dyn Fn()) -> Result<(), Fault> {
    // Rows of U = L^T are contiguous, and all loops run along them.
    let mut u = transpose(a, n);
    let mut weights = [0.0; BLOCK];
    let mut outcome = Ok(());
    'blocks: for first in (0..n).step_by(BLOCK) {
        poll();
        let last = n.min(first + BLOCK);
        for k in first..last {
            let pivot = u[k * n + k];
            if pivot.is_nan() || pivot <= 0.0 {
                outcome = Err(Fault::NotPositive(k + 1));
                break 'blocks;
            }
            let root = pivot.sqrt();
            let (done, below) = u.split_at_mut((k + 1) * n);
            let row = &mut done[k * n..];
            row[k] = root;
            row[k + 1..].iter_mut().for_each(|x| *x /= root);
            for i in k + 1..last {
                take_off(
                    &mut below[(i - k - 1) * n + i..(i - k) * n],
                    &row[i..=i],
                    &row[i..],
                    n,
                );
            }
        }
        let (done, below) = u.split_at_mut(last * n);
        for (i, row) in (last..n).zip(below.chunks_exact_mut(n)) {
            for (k, weight) in (first..last).zip(&mut weights) {
                *weight = done[k * n + i];
            }
            take_off(&mut row[i..], &weights[..last - first], &done[first * n + i..], n);
        }
    }
    a.copy_from_slice(&transpose(&u, n));
    for (i, row) in a.chunks_exact_mut(n.max(1)).enumerate() {
        row[i + 1..].fill(0.0);
    }
    outcome
}
