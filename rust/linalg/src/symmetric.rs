//! Eigenvalues of symmetric matrices: Householder's tridiagonal form, then implicit QL steps (Golub and Van Loan, 8.3).

use crate::qr::{orthogonal, reflect};
use crate::rows::{dot, rotate_rows, take_off};
use crate::{Fault, hypotenuse, scale, transpose};

/// Steps for each eigenvalue; two or three are usual.
const STEPS: usize = 60;

/// `A = V diag(w) V^T` of the n x n matrix whose lower triangle is given: the eigenvalues in ascending order, and in `a`
/// the eigenvectors as columns.
pub fn symmetric_eigen(a: &mut [f64], n: usize, poll: &dyn Fn()) -> Result<Vec<f64>, Fault> {
    for i in 0..n {
        for j in i + 1..n {
            a[i * n + j] = a[j * n + i];
        }
    }
    let unit = scale(a)?;
    a.iter_mut().for_each(|x| *x /= unit);
    let (mut values, mut beside, tau) = tridiagonal(a, n, poll);
    // Eigenvectors lie in rows while they are turned.
    let mut vectors = transpose(&orthogonal(a, n, n, &tau, 1, n, poll), n);
    diagonal(&mut values, &mut beside, &mut vectors, poll)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    for (column, &from) in order.iter().enumerate() {
        for row in 0..n {
            a[row * n + column] = vectors[from * n + row];
        }
    }
    Ok(order.iter().map(|&i| values[i] * unit).collect())
}

/// The diagonal, what stands beside it, and the factors of the reflections, whose vectors stay below the diagonal.
fn tridiagonal(a: &mut [f64], n: usize, poll: &dyn Fn()) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (mut values, mut beside, mut tau) = (vec![0.0; n], vec![0.0; n], vec![0.0; n.saturating_sub(1)]);
    let (mut v, mut p) = (Vec::with_capacity(n), vec![0.0; n]);
    for k in 0..n {
        poll();
        values[k] = a[k * n + k];
        if k + 1 == n {
            break;
        }
        let rest = &mut a[(k + 1) * n..];
        tau[k] = reflect(&mut rest[k..], n);
        beside[k] = rest[k];
        if tau[k] == 0.0 {
            continue;
        }
        v.clear();
        v.push(1.0);
        v.extend(rest[n..].iter().skip(k).step_by(n));
        // A - v w^T - w v^T with p = tau A v and w = p - (tau / 2) (p v) v.
        let p = &mut p[..n - k - 1];
        for (p, row) in p.iter_mut().zip(rest.chunks_exact(n)) {
            *p = tau[k] * dot(&row[k + 1..], &v);
        }
        let half = 0.5 * tau[k] * dot(p, &v);
        take_off(p, &[half], &v, n);
        for (i, row) in rest.chunks_exact_mut(n).enumerate() {
            take_off(&mut row[k + 1..], &[v[i]], p, n);
            take_off(&mut row[k + 1..], &[p[i]], &v, n);
        }
    }
    (values, beside, tau)
}

/// Makes the tridiagonal matrix diagonal, and turns the rows of `vectors` with it.
fn diagonal(
    values: &mut [f64],
    beside: &mut [f64],
    vectors: &mut [f64],
    poll: &dyn Fn(),
) -> Result<(), Fault> {
    let n = values.len();
    // What is smaller is lost in the rounding of the largest element.
    let negligible = f64::EPSILON
        * values
            .iter()
            .chain(beside.iter())
            .fold(0.0, |a: f64, b| a.max(b.abs()));
    for first in 0..n {
        for step in 0.. {
            // The end of the block that begins at `first`. Neighbours of its own size keep small eigenvalues exact;
            // where there are none but rounding, as of a matrix of low rank, only the largest element is a measure.
            let end = (first..n - 1).find(|&i| {
                let near = values[i].abs() + values[i + 1].abs();
                beside[i].abs() <= f64::EPSILON * near
                    || beside[i].abs() < f64::MIN_POSITIVE
                    || (step > STEPS / 2 && beside[i].abs() <= negligible)
            });
            let end = end.unwrap_or(n - 1);
            if end == first {
                break;
            }
            if step == STEPS {
                return Err(Fault::NoConvergence);
            }
            poll();
            ql_step(values, beside, vectors, first, end);
        }
    }
    Ok(())
}

/// One implicit step with Wilkinson's shift on the block from `first` to `end`, from its end to its beginning.
fn ql_step(values: &mut [f64], beside: &mut [f64], vectors: &mut [f64], first: usize, end: usize) {
    let n = values.len();
    let slope = (values[first + 1] - values[first]) / (2.0 * beside[first]);
    let root = hypotenuse(slope, 1.0).copysign(slope);
    let mut x = values[end] - values[first] + beside[first] / (slope + root);
    let (mut c, mut s, mut shift) = (1.0, 1.0, 0.0);
    for i in (first..end).rev() {
        let (bulge, next) = (s * beside[i], c * beside[i]);
        let r = hypotenuse(bulge, x);
        beside[i + 1] = r;
        if r == 0.0 {
            // The block falls apart here.
            values[i + 1] -= shift;
            beside[end] = 0.0;
            return;
        }
        (s, c) = (bulge / r, x / r);
        x = values[i + 1] - shift;
        let turned = (values[i] - x) * s + 2.0 * c * next;
        shift = s * turned;
        values[i + 1] = x + shift;
        x = c * turned - next;
        rotate_rows(vectors, n, i + 1, i, c, s);
    }
    values[first] -= shift;
    beside[first] = x;
    beside[end] = 0.0;
}
