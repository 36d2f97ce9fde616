//! Eigenvalues, singular values, and functions of whole matrices.

use super::{Entry, Results, Wrong, each, extents, read};
use crate::array::Array;
use crate::interrupt::poll;
use ravine_linalg as matrix;
use ravine_linalg::transpose;

pub fn symmetric_eigen<T: Entry>(x: &Array, values: &mut Array, vectors: &mut Array) -> Option<Wrong> {
    let (n, _, count) = extents(x);
    let (values, vectors) = (Results::<T>::new(values, n), Results::<T>::new(vectors, n * n));
    each(count, n * n * n, |i| {
        let mut a = read::<T>(x, i, n * n);
        values.write(i, &matrix::symmetric_eigen(&mut a, n, &poll)?);
        vectors.write(i, &a);
        Ok(())
    })
}

pub fn eigen<T: Entry>(x: &Array, values: &mut Array, vectors: &mut Array) -> Option<Wrong> {
    let (n, _, count) = extents(x);
    let (values, vectors) = (Results::<T>::new(values, n), Results::<T>::new(vectors, n * n));
    each(count, n * n * n, |i| {
        let (w, v) = matrix::eigen(&read::<T>(x, i, n * n), n, &poll)?;
        values.write(i, &w);
        vectors.write(i, &v);
        Ok(())
    })
}

pub fn singular<T: Entry>(x: &Array, full: bool, outputs: &mut [Array]) -> Option<Wrong> {
    let (m, n, count) = extents(x);
    let [u, s, v] = outputs else {
        unreachable!("there are three results")
    };
    let k = m.min(n);
    let (left, right) = if full { (m, n) } else { (k, k) };
    let (u, s, v) = (
        Results::<T>::new(u, m * left),
        Results::<T>::new(s, k),
        Results::<T>::new(v, right * n),
    );
    each(count, m * n * k, |i| {
        let found = matrix::singular_values(&read::<T>(x, i, m * n), m, n, full, &poll)?;
        u.write(i, &transpose(&found.0, m));
        s.write(i, &found.1);
        v.write(i, &found.2);
        Ok(())
    })
}

/// `V diag(1 / s) U^T` over the singular values above `max(atol, rtol s[0])`, one bound of each kind for each matrix.
pub fn pseudoinverse<T: Entry>(x: &Array, atol: &Array, rtol: &Array, out: &mut Array) -> Option<Wrong> {
    let (m, n, count) = extents(x);
    let (atol, rtol) = (atol.as_slice::<T>(), rtol.as_slice::<T>());
    let (k, out) = (m.min(n), Results::<T>::new(out, n * m));
    each(count, m * n * k, |i| {
        let (u, s, v) = matrix::singular_values(&read::<T>(x, i, m * n), m, n, false, &poll)?;
        let largest = s.first().copied().unwrap_or(0.0);
        let bound = atol[i].to_f64().max(rtol[i].to_f64() * largest);
        let mut sum = vec![0.0; n * m];
        for (l, s) in s.iter().enumerate().filter(|(_, s)| **s > bound) {
            let (u, v) = (&u[l * m..(l + 1) * m], &v[l * n..(l + 1) * n]);
            for (row, v) in sum.chunks_exact_mut(m).zip(v) {
                row.iter_mut().zip(u).for_each(|(x, u)| *x += v / s * u);
            }
        }
        out.write(i, &sum);
        Ok(())
    })
}

/// A determinant as its sign and the logarithm of its magnitude, from the pivots of an LU decomposition.
struct Pivots {
    sign: f64,
    /// Their magnitudes.
    sizes: Vec<f64>,
}

fn pivots(a: &mut [f64], n: usize) -> Pivots {
    let found = matrix::lu(a, n, true, &poll);
    let exchanges = found.pivots.iter().enumerate().filter(|(i, p)| i != *p).count();
    let mut sign = if exchanges % 2 == 0 { 1.0 } else { -1.0 };
    let sizes = (0..n)
        .map(|i| {
            let x = a[i * n + i];
            sign *= if x == 0.0 { 0.0 } else { x.signum() };
            x.abs()
        })
        .collect();
    Pivots { sign, sizes }
}

pub fn determinant<T: Entry>(x: &Array, out: &mut Array) {
    let (n, _, count) = extents(x);
    let out = Results::<T>::new(out, 1);
    each(count, n * n * n, |i| {
        let Pivots { sign, sizes } = pivots(&mut read::<T>(x, i, n * n), n);
        out.write(i, &[sizes.iter().fold(sign, |product, size| product * size)]);
        Ok(())
    });
}

pub fn log_determinant<T: Entry>(x: &Array, sign: &mut Array, log: &mut Array) {
    let (n, _, count) = extents(x);
    let (signs, logs) = (Results::<T>::new(sign, 1), Results::<T>::new(log, 1));
    each(count, n * n * n, |i| {
        let Pivots { sign, sizes } = pivots(&mut read::<T>(x, i, n * n), n);
        signs.write(i, &[sign]);
        logs.write(i, &[sizes.iter().map(|size| libm::log(*size)).sum()]);
        Ok(())
    });
}

/// The matrix of cofactors, the derivative of the determinant: `det(A) A^-T`, and its limit where A is singular. NaN
/// where A is not finite.
pub fn cofactors<T: Entry>(x: &Array, out: &mut Array) {
    /// Between the smallest pivot and the largest, below which the inverse is not asked.
    const APART: f64 = 1e-3;
    let (n, _, count) = extents(x);
    let out = Results::<T>::new(out, n * n);
    each(count, n * n * n, |i| {
        let a = read::<T>(x, i, n * n);
        let mut factors = a.clone();
        let found = matrix::lu(&mut factors, n, true, &poll);
        let (mut least, mut most, mut determinant) = (f64::INFINITY, 0.0f64, 1.0);
        for (k, p) in found.pivots.iter().enumerate() {
            let size = factors[k * n + k];
            (least, most) = (least.min(size.abs()), most.max(size.abs()));
            determinant *= if *p == k { size } else { -size };
        }
        if least > APART * most && determinant.is_normal() {
            let mut inverse = vec![0.0; n * n];
            inverse.iter_mut().step_by(n + 1).for_each(|x| *x = determinant);
            matrix::lu_solve(&factors, &found.pivots, None, &mut inverse, n, &poll);
            out.write(i, &transpose(&inverse, n));
            return Ok(());
        }
        let Ok((u, s, v)) = matrix::singular_values(&a, n, n, false, &poll) else {
            out.write(i, &vec![f64::NAN; n * n]);
            return Ok(());
        };
        let sign = orientation(&u, &v, n);
        let mut diagonal = vec![0.0; n * n];
        for l in 0..n {
            let others: f64 = s
                .iter()
                .enumerate()
                .filter(|(k, _)| *k != l)
                .map(|(_, s)| s)
                .product();
            diagonal[l * n + l] = sign * others;
        }
        out.write(i, &product(&transpose(&u, n), &product(&diagonal, &v, n), n));
        Ok(())
    });
}

/// The determinant of `U^T V` for orthogonal matrices, 1 or -1.
fn orientation(u: &[f64], v: &[f64], n: usize) -> f64 {
    pivots(&mut u.to_vec(), n).sign * pivots(&mut v.to_vec(), n).sign
}

fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let mut result = vec![0.0; n * n];
    matrix::add_product(&mut result, a, b, n, n);
    result
}

/// The derivative of the cofactors of A in a direction T. With `A = U diag(s) V^T` and `M = U^T T V` it is `U D V^T`,
/// where, c[i, j] being the product of all singular values but i and j, D has `-c[i, j] M[j, i]` beside its diagonal and
/// the sums of `c[i, j] M[j, j]` over j on it: nothing is divided by.
pub fn cofactors_along<T: Entry>(x: &Array, t: &Array, out: &mut Array) {
    let (n, _, count) = extents(x);
    let out = Results::<T>::new(out, n * n);
    each(count, n * n * n, |i| {
        let Ok((u, s, v)) = matrix::singular_values(&read::<T>(x, i, n * n), n, n, false, &poll) else {
            out.write(i, &vec![f64::NAN; n * n]);
            return Ok(());
        };
        let sign = orientation(&u, &v, n);
        let (left, right) = (transpose(&u, n), transpose(&v, n));
        let turned = product(&product(&u, &read::<T>(t, i, n * n), n), &right, n);
        let mut behind = vec![1.0; n + 1];
        for k in (0..n).rev() {
            behind[k] = behind[k + 1] * s[k];
        }
        let (mut inside, mut before) = (vec![0.0; n * n], sign);
        for k in 0..n {
            let mut between = before;
            for l in k + 1..n {
                let others = between * behind[l + 1];
                inside[k * n + k] += others * turned[l * n + l];
                inside[l * n + l] += others * turned[k * n + k];
                inside[k * n + l] = -others * turned[l * n + k];
                inside[l * n + k] = -others * turned[k * n + l];
                between *= s[l];
            }
            before *= s[k];
        }
        out.write(i, &product(&left, &product(&inside, &v, n), n));
        Ok(())
    });
}

pub fn exponential<T: Entry>(x: &Array, out: &mut Array) {
    let (n, _, count) = extents(x);
    let out = Results::<T>::new(out, n * n);
    each(count, 8 * n * n * n, |i| {
        out.write(i, &matrix::exponential(&read::<T>(x, i, n * n), n, &poll));
        Ok(())
    });
}
