//! Bunch and Kaufman's decomposition of symmetric matrices, in the compact form of LAPACK (Bunch and Kaufman, 1977).

use crate::rows::{swap_rows, take_off, two_rows};

/// The bound on growth that decides between pivots of one row and of two: (1 + sqrt(17)) / 8.
const ALPHA: f64 = 0.640_388_203_202_208;

/// `A = L D L^T` of the n x n matrix whose lower triangle is given, in its place, D having blocks of one and two rows.
/// Pivot k is p where rows k and p - 1 were exchanged, -p twice where D has a block of two rows, and the second of them was
/// exchanged with row p - 1. Besides, the first block that is zero, counted from 1; 0 if none is.
pub fn ldl(a: &mut [f64], n: usize, poll: &dyn Fn()) -> (Vec<i32>, usize) {
    let (mut pivots, mut zero) = (vec![0; n], 0);
    let mut k = 0;
    while k < n {
        poll();
        let (with, size) = pivot(a, n, k);
        if size == 0 {
            zero = if zero == 0 { k + 1 } else { zero };
            pivots[k] = k as i32 + 1;
            k += 1;
            continue;
        }
        let last = k + size - 1;
        if with != last {
            exchange(a, n, k, last, with);
        }
        if size == 1 {
            let inverse = 1.0 / a[k * n + k];
            let column: Vec<f64> = (k + 1..n).map(|i| a[i * n + k]).collect();
            for (i, &x) in (k + 1..n).zip(&column) {
                take_off(&mut a[i * n + k + 1..=i * n + i], &[x * inverse], &column, n);
                a[i * n + k] = x * inverse;
            }
            pivots[k] = with as i32 + 1;
        } else {
            eliminate_two(a, n, k);
            pivots[k] = -(with as i32 + 1);
            pivots[k + 1] = pivots[k];
        }
        k += size;
    }
    (pivots, zero)
}

/// Which row to bring to the block at k, and the block's size; 0 if there is nothing to eliminate.
fn pivot(a: &[f64], n: usize, k: usize) -> (usize, usize) {
    let at = |i: usize, j: usize| a[i.max(j) * n + i.min(j)].abs();
    let largest = |row: usize, from: usize| {
        let others = (from..n).filter(|&j| j != row);
        others.fold((row, 0.0), |best, j| {
            if at(row, j) > best.1 {
                (j, at(row, j))
            } else {
                best
            }
        })
    };
    let own = at(k, k);
    let (row, of_column) = largest(k, k + 1);
    if own.max(of_column) == 0.0 || own.is_nan() {
        return (k, 0);
    }
    if own >= ALPHA * of_column {
        return (k, 1);
    }
    let of_row = largest(row, k).1;
    if own >= ALPHA * of_column * (of_column / of_row) {
        (k, 1)
    } else if at(row, row) >= ALPHA * of_row {
        (row, 1)
    } else {
        (row, 2)
    }
}

/// Exchanges rows and columns i < j of the part from k on.
fn exchange(a: &mut [f64], n: usize, k: usize, i: usize, j: usize) {
    for row in j + 1..n {
        a.swap(row * n + i, row * n + j);
    }
    for between in i + 1..j {
        a.swap(between * n + i, j * n + between);
    }
    a.swap(i * n + i, j * n + j);
    if i > k {
        a.swap(i * n + k, j * n + k);
    }
}

fn eliminate_two(a: &mut [f64], n: usize, k: usize) {
    let beside = a[(k + 1) * n + k];
    let (second, first) = (a[(k + 1) * n + k + 1] / beside, a[k * n + k] / beside);
    let factor = 1.0 / (first * second - 1.0) / beside;
    let columns: Vec<[f64; 2]> = (k + 2..n).map(|i| [a[i * n + k], a[i * n + k + 1]]).collect();
    let solved: Vec<[f64; 2]> = (columns.iter())
        .map(|&[x, y]| [factor * (second * x - y), factor * (first * y - x)])
        .collect();
    for (i, [x, y]) in (k + 2..n).zip(&columns) {
        let row = &mut a[i * n + k + 2..=i * n + i];
        for (element, [u, v]) in row.iter_mut().zip(&solved) {
            *element -= x * u + y * v;
        }
        let place = i * n + k;
        a[place..place + 2].copy_from_slice(&solved[i - k - 2]);
    }
}

/// `b`, of `count` columns, becomes the solution of `A x = b`, for A as `ldl` gives it.
pub fn ldl_solve(a: &[f64], pivots: &[i32], b: &mut [f64], count: usize, poll: &dyn Fn()) {
    let n = pivots.len();
    if count == 0 {
        return;
    }
    let row_of = |pivot: i32| pivot.unsigned_abs() as usize - 1;
    let mut k = 0;
    while k < n {
        poll();
        let size = if pivots[k] > 0 { 1 } else { 2 };
        let last = k + size - 1;
        swap_rows(b, count, last, row_of(pivots[k]));
        let (done, below) = b.split_at_mut((last + 1) * count);
        let block = &mut done[k * count..];
        for (i, row) in (last + 1..n).zip(below.chunks_exact_mut(count)) {
            take_off(row, &a[i * n + k..=i * n + last], block, count);
        }
        if size == 1 {
            block.iter_mut().for_each(|x| *x /= a[k * n + k]);
        } else {
            let beside = a[(k + 1) * n + k];
            let (first, second) = (a[k * n + k] / beside, a[(k + 1) * n + k + 1] / beside);
            let determinant = first * second - 1.0;
            let (x, y) = two_rows(block, count, 0, 1);
            for (x, y) in x.iter_mut().zip(y) {
                let (p, q) = (*x / beside, *y / beside);
                (*x, *y) = ((second * p - q) / determinant, (first * q - p) / determinant);
            }
        }
        k += size;
    }
    while k > 0 {
        poll();
        let size = if pivots[k - 1] > 0 { 1 } else { 2 };
        for row in (k - size..k).rev() {
            let (above, below) = b.split_at_mut(k * count);
            let weights: Vec<f64> = (k..n).map(|i| a[i * n + row]).collect();
            take_off(&mut above[row * count..(row + 1) * count], &weights, below, count);
        }
        swap_rows(b, count, k - 1, row_of(pivots[k - 1]));
        k -= size;
    }
}
