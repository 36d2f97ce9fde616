//! Eigenvalues of real matrices that are not symmetric: Hessenberg's form, then Francis' double steps to a triangle (Golub
//! and Van Loan, 7.5), whose eigenvectors are found by substitution.

use crate::qr::{apply, orthogonal, reflect};
use crate::rows::{dot, rotate_rows, take_off};
use crate::{Fault, hypotenuse, scale, transpose};

/// Steps for each eigenvalue; two or three are usual.
const STEPS: usize = 60;

/// Real eigenvalues of an n x n matrix, and their eigenvectors of length 1 as columns.
pub fn eigen(a: &[f64], n: usize, poll: &dyn Fn()) -> Result<(Vec<f64>, Vec<f64>), Fault> {
    let unit = scale(a)?;
    let mut t: Vec<f64> = a.iter().map(|x| x / unit).collect();
    let tau = hessenberg(&mut t, n, poll);
    let mut q = transpose(&orthogonal(&t, n, n, &tau, 1, n, poll), n);
    for (i, row) in t.chunks_exact_mut(n.max(1)).enumerate() {
        row[..i.saturating_sub(1)].fill(0.0);
    }
    triangle(&mut t, &mut q, n, poll)?;
    let vectors = substitute(&t, &q, n, poll);
    let values = (0..n).map(|i| t[i * n + i] * unit).collect();
    Ok((values, transpose(&vectors, n)))
}

/// Zeros below the subdiagonal, by reflections whose vectors stand there.
fn hessenberg(a: &mut [f64], n: usize, poll: &dyn Fn()) -> Vec<f64> {
    let mut tau = vec![0.0; n.saturating_sub(1)];
    let (mut v, mut sums) = (Vec::with_capacity(n), vec![0.0; n]);
    for k in 0..n.saturating_sub(2) {
        poll();
        tau[k] = reflect(&mut a[(k + 1) * n + k..], n);
        v.clear();
        v.push(1.0);
        v.extend(a[(k + 2) * n..].iter().skip(k).step_by(n));
        apply(&mut a[(k + 1) * n..], n, k + 1, &v, tau[k], &mut sums);
        for row in a.chunks_exact_mut(n) {
            let row = &mut row[k + 1..];
            let sum = dot(row, &v);
            take_off(row, &[tau[k] * sum], &v, n);
        }
    }
    tau
}

/// Francis' steps on Hessenberg's form until it is triangular; rows of `q` turn with it.
fn triangle(t: &mut [f64], q: &mut [f64], n: usize, poll: &dyn Fn()) -> Result<(), Fault> {
    let (mut end, mut steps) = (n.saturating_sub(1), 0);
    while end > 0 {
        let first = (1..=end).rev().find(|&i| {
            let near = t[(i - 1) * n + i - 1].abs() + t[i * n + i].abs();
            let below = t[i * n + i - 1].abs();
            // Numbers are near 1 at the largest.
            below <= f64::EPSILON * near
                || (near == 0.0 && below <= f64::EPSILON * f64::EPSILON)
                || below < f64::MIN_POSITIVE
        });
        let first = first.unwrap_or(0);
        if first > 0 {
            t[first * n + first - 1] = 0.0;
        }
        if first == end {
            (end, steps) = (end - 1, 0);
        } else if first + 1 == end {
            split(t, q, n, first)?;
            (end, steps) = (end.saturating_sub(2), 0);
        } else {
            steps += 1;
            if steps > STEPS {
                return Err(Fault::NoConvergence);
            }
            poll();
            francis(t, q, n, first, end, steps.is_multiple_of(10));
        }
    }
    Ok(())
}

/// Makes a block of two rows triangular, if its eigenvalues are real, but for rounding.
fn split(t: &mut [f64], q: &mut [f64], n: usize, k: usize) -> Result<(), Fault> {
    let (a, b, c, d) = (
        t[k * n + k],
        t[k * n + k + 1],
        t[(k + 1) * n + k],
        t[(k + 1) * n + k + 1],
    );
    let half = (a - d) / 2.0;
    let square = half * half + b * c;
    let (x, y) = if square >= 0.0 {
        // (x, y) is an eigenvector.
        (half + square.sqrt().copysign(half), c)
    } else {
        // Turned until both diagonal elements are equal, one of the others is this far from 0.
        let apart = (b - c).abs() - hypotenuse(a - d, b + c);
        let largest = [a, b, c, d].iter().fold(0.0f64, |m, x| m.max(x.abs()));
        if apart > 16.0 * f64::EPSILON * largest {
            return Err(Fault::ComplexEigenvalues);
        }
        // The double eigenvalue's eigenvector.
        (half, c)
    };
    let r = hypotenuse(x, y);
    let (cos, sin) = if r == 0.0 { (1.0, 0.0) } else { (x / r, y / r) };
    turn(t, q, n, k, cos, sin);
    t[(k + 1) * n + k] = 0.0;
    Ok(())
}

/// Turns rows and columns k and k + 1, and the rows of `q`.
fn turn(t: &mut [f64], q: &mut [f64], n: usize, k: usize, c: f64, s: f64) {
    rotate_rows(t, n, k, k + 1, c, s);
    for row in t.chunks_exact_mut(n) {
        (row[k], row[k + 1]) = (c * row[k] + s * row[k + 1], c * row[k + 1] - s * row[k]);
    }
    rotate_rows(q, n, k, k + 1, c, s);
}

/// One implicit double step on rows `first` to `end`, at least three; an exceptional one where others have not helped.
fn francis(t: &mut [f64], q: &mut [f64], n: usize, first: usize, end: usize, exceptional: bool) {
    let at = |i: usize, j: usize| t[i * n + j];
    let (trace, determinant) = if exceptional {
        let size = at(end, end - 1).abs() + at(end - 1, end - 2).abs();
        (1.5 * size, size * size)
    } else {
        let (a, d) = (at(end - 1, end - 1), at(end, end));
        (a + d, a * d - at(end - 1, end) * at(end, end - 1))
    };
    let (a, below) = (at(first, first), at(first + 1, first));
    let mut x = [
        a * a + at(first, first + 1) * below - trace * a + determinant,
        below * (a + at(first + 1, first + 1) - trace),
        below * at(first + 2, first + 1),
    ];
    let mut sums = vec![0.0; n];
    for k in first..end {
        let count = 3.min(end - k + 1);
        let x_here = &mut x[..count];
        let tau = reflect(x_here, 1);
        let beta = std::mem::replace(&mut x_here[0], 1.0);
        let v = &x[..count];
        if k > first {
            // What the reflection was made for, to the last bit.
            t[k * n + k - 1] = beta;
            (k + 1..k + count).for_each(|i| t[i * n + k - 1] = 0.0);
        }
        apply(&mut t[k * n..(k + count) * n], n, k, v, tau, &mut sums);
        for row in t.chunks_exact_mut(n).take(end.min(k + 3) + 1) {
            let row = &mut row[k..k + count];
            let sum: f64 = row.iter().zip(v).map(|(t, v)| t * v).sum();
            row.iter_mut().zip(v).for_each(|(t, v)| *t -= tau * sum * v);
        }
        apply(&mut q[k * n..(k + count) * n], n, 0, v, tau, &mut sums);
        for (i, x) in x.iter_mut().enumerate() {
            let row = k + 1 + i;
            *x = if row <= end.min(k + 3) {
                t[row * n + k]
            } else {
                0.0
            };
        }
    }
}

/// Eigenvectors of `Q T Q^T`, as rows, from the rows of Q^T.
fn substitute(t: &[f64], q: &[f64], n: usize, poll: &dyn Fn()) -> Vec<f64> {
    let largest = t.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let least = (f64::EPSILON * largest).max(f64::MIN_POSITIVE);
    let (mut vectors, mut x) = (vec![0.0; n * n], vec![0.0; n]);
    for k in 0..n {
        poll();
        x[k] = 1.0;
        for i in (0..k).rev() {
            let apart = t[k * n + k] - t[i * n + i];
            // Equal eigenvalues count as a rounding apart.
            let apart = if apart.abs() < least { least } else { apart };
            x[i] = dot(&t[i * n + i + 1..=i * n + k], &x[i + 1..=k]) / apart;
            if x[i].abs() > 1e100 {
                x[i..=k].iter_mut().for_each(|x| *x *= 1e-100);
            }
        }
        let row = &mut vectors[k * n..(k + 1) * n];
        let negative: Vec<f64> = x[..=k].iter().map(|x| -x).collect();
        take_off(row, &negative, q, n);
        let large = row.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let length = row.iter().map(|x| (x / large) * (x / large)).sum::<f64>().sqrt();
        row.iter_mut().for_each(|x| *x = *x / large / length);
    }
    vectors
}
