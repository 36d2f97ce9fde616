//! Householder's QR decomposition, with the signs and the compact form of LAPACK.

use crate::rows::take_off;
use crate::{hypotenuse, identity};

/// A reflection `H = I - tau v v^T` with `H x = (beta, 0, ...)`: `x` becomes v behind its leading 1, in whose place beta
/// stands. Returns tau, 0 where nothing is to be reflected. `stride` is the distance of x's elements.
pub fn reflect(x: &mut [f64], stride: usize) -> f64 {
    let Some(&alpha) = x.first() else {
        return 0.0;
    };
    let tail = || x.iter().step_by(stride).skip(1);
    let largest = tail().fold(0.0f64, |largest, y| {
        if y.abs() > largest || y.is_nan() {
            y.abs()
        } else {
            largest
        }
    });
    if largest == 0.0 {
        return 0.0;
    }
    let squares: f64 = tail().map(|y| (y / largest) * (y / largest)).sum();
    let length = hypotenuse(alpha, largest * squares.sqrt());
    let beta = if alpha >= 0.0 { -length } else { length };
    x.iter_mut()
        .step_by(stride)
        .skip(1)
        .for_each(|y| *y /= alpha - beta);
    x[0] = beta;
    (beta - alpha) / beta
}

/// Applies `I - tau v v^T` from the left to rows of n columns, of which those from `left` on change; v has one element for
/// each row. `sums` is room for n numbers.
pub fn apply(rows: &mut [f64], n: usize, left: usize, v: &[f64], tau: f64, sums: &mut [f64]) {
    if tau == 0.0 || left >= n {
        return;
    }
    let sums = &mut sums[left..n];
    sums.fill(0.0);
    take_off(sums, v, &rows[left..], n);
    for (row, v) in rows.chunks_exact_mut(n).zip(v) {
        // The sums are negative.
        take_off(&mut row[left..], &[-tau * v], sums, n);
    }
}

/// `A = Q R` of an m x n matrix, in its place: R on and above the diagonal, below it the vectors of the reflections, whose
/// leading ones are left out. Returns their factors tau.
pub fn householder(a: &mut [f64], m: usize, n: usize, poll: &dyn Fn()) -> Vec<f64> {
    let size = m.min(n);
    let (mut tau, mut v, mut sums) = (vec![0.0; size], Vec::with_capacity(m), vec![0.0; n]);
    for k in 0..size {
        poll();
        tau[k] = reflect(&mut a[k * n + k..], n);
        v.clear();
        v.push(1.0);
        v.extend(a[(k + 1) * n..].iter().skip(k).step_by(n));
        apply(&mut a[k * n..], n, k + 1, &v, tau[k], &mut sums);
    }
    tau
}

/// The first `columns` columns of Q, where the vectors lie in columns of the m x n matrix `a`: vector k begins with a 1 in
/// row `k + below` of column k.
pub fn orthogonal(
    a: &[f64],
    m: usize,
    n: usize,
    tau: &[f64],
    below: usize,
    columns: usize,
    poll: &dyn Fn(),
) -> Vec<f64> {
    let mut q = identity(m, columns);
    let (mut v, mut sums) = (Vec::with_capacity(m), vec![0.0; columns]);
    for (k, &tau) in tau.iter().enumerate().rev() {
        poll();
        let first = k + below;
        v.clear();
        v.push(1.0);
        v.extend(a[(first + 1) * n..].iter().skip(k).step_by(n));
        // Columns before the first are those of the identity still.
        apply(
            &mut q[first * columns..],
            columns,
            first.min(columns),
            &v,
            tau,
            &mut sums,
        );
    }
    q
}
