//! Triangular factors, and systems that they solve.

use super::{Entry, Results, Wrong, each, extents, read};
use crate::array::Array;
use crate::cpu::threads::parallel_for;
use crate::interrupt::poll;
use ravine_linalg as matrix;
use ravine_linalg::{Fault, Triangle};

pub fn cholesky<T: Entry>(x: &Array, l: &mut Array, info: &mut Array) -> Option<Wrong> {
    let (n, _, count) = extents(x);
    let (l, info) = (Results::<T>::new(l, n * n), Results::<i32>::new(info, 1));
    each(count, n * n * n, |i| {
        let mut a = read::<T>(x, i, n * n);
        let outcome = matrix::cholesky(&mut a, n, &poll);
        l.write(i, &a);
        info.put(i, [order(outcome)]);
        outcome
    })
}

/// Of the part that is at fault, as LAPACK counts it; 0 if none is.
fn order(outcome: Result<(), Fault>) -> i32 {
    match outcome {
        Err(Fault::NotPositive(k) | Fault::Singular(k)) => k as i32,
        _ => 0,
    }
}

fn singular(zero: usize) -> Result<(), Fault> {
    if zero == 0 {
        Ok(())
    } else {
        Err(Fault::Singular(zero))
    }
}

/// Q with as many columns as its array has, and R with as many rows.
pub fn qr<T: Entry>(x: &Array, q: &mut Array, r: &mut Array) {
    let (m, n, count) = extents(x);
    let columns = q.shape[q.shape.len() - 1];
    let (q, r) = (
        Results::<T>::new(q, m * columns),
        Results::<T>::new(r, columns * n),
    );
    each(count, m * n * n.min(m), |i| {
        let mut a = read::<T>(x, i, m * n);
        let tau = matrix::householder(&mut a, m, n, &poll);
        q.write(i, &matrix::orthogonal(&a, m, n, &tau, 0, columns, &poll));
        a.truncate(columns * n);
        for (row, part) in a.chunks_exact_mut(n.max(1)).enumerate() {
            part[..row.min(n)].fill(0.0);
        }
        r.write(i, &a);
        Ok(())
    });
}

/// The compact form of QR: R and the reflections' vectors in one matrix, and their factors.
pub fn householder<T: Entry>(x: &Array, a: &mut Array, tau: &mut Array) {
    let (m, n, count) = extents(x);
    let (out, factors) = (Results::<T>::new(a, m * n), Results::<T>::new(tau, m.min(n)));
    each(count, m * n * n.min(m), |i| {
        let mut a = read::<T>(x, i, m * n);
        factors.write(i, &matrix::householder(&mut a, m, n, &poll));
        out.write(i, &a);
        Ok(())
    });
}

pub fn lu<T: Entry>(
    x: &Array,
    exchange: bool,
    factors: &mut Array,
    pivots: &mut Array,
    info: &mut Array,
) -> Option<Wrong> {
    let (m, n, count) = extents(x);
    let (factors, pivots, info) = (
        Results::<T>::new(factors, m * n),
        Results::<i32>::new(pivots, m.min(n)),
        Results::<i32>::new(info, 1),
    );
    each(count, m * n * n.min(m), |i| {
        let mut a = read::<T>(x, i, m * n);
        let found = matrix::lu(&mut a, n, exchange, &poll);
        factors.write(i, &a);
        pivots.put(i, found.pivots.iter().map(|&p| p as i32 + 1));
        info.put(i, [found.zero as i32]);
        singular(found.zero)
    })
}

/// The order in which exchanges leave rows 0, 1, ..; an error for a pivot that names no row.
pub fn permutation(pivots: &Array, order: &mut Array) -> Result<(), i64> {
    let (size, rows) = (
        pivots.shape[pivots.shape.len() - 1],
        order.shape[order.shape.len() - 1],
    );
    let pivots = pivots.as_slice::<i32>();
    let valid = 1..=rows as i32;
    if let Some(&wrong) = pivots.iter().find(|p| !valid.contains(p)) {
        return Err(wrong.into());
    }
    let count = order.numel() / rows.max(1);
    let order = Results::<i64>::new(order, rows);
    parallel_for(count, &|i| {
        let mut rows: Vec<i64> = (0..rows as i64).collect();
        for (k, &p) in pivots[i * size..(i + 1) * size].iter().enumerate() {
            rows.swap(k, p as usize - 1);
        }
        order.put(i, rows);
    });
    Ok(())
}

/// The solution of `A x = b`.
pub fn solve<T: Entry>(a: &Array, b: &Array, x: &mut Array, info: &mut Array) -> Option<Wrong> {
    let ((n, _, count), (_, k, _)) = (extents(a), extents(b));
    let (x, info) = (Results::<T>::new(x, n * k), Results::<i32>::new(info, 1));
    each(count, n * n * (n + k), |i| {
        let (mut factors, mut b) = (read::<T>(a, i, n * n), read::<T>(b, i, n * k));
        let found = matrix::lu(&mut factors, n, true, &poll);
        matrix::lu_solve(&factors, &found.pivots, None, &mut b, k, &poll);
        x.write(i, &b);
        info.put(i, [found.zero as i32]);
        singular(found.zero)
    })
}

pub fn triangular<T: Entry>(t: &Array, b: &Array, triangle: Triangle, x: &mut Array) {
    let ((n, _, count), (_, k, _)) = (extents(t), extents(b));
    let x = Results::<T>::new(x, n * k);
    each(count, n * n * k, |i| {
        let (t, mut b) = (read::<T>(t, i, n * n), read::<T>(b, i, n * k));
        matrix::solve_triangular(&t, triangle, &mut b, n, k, &poll);
        x.write(i, &b);
        Ok(())
    });
}

pub fn ldl<T: Entry>(x: &Array, out: &mut Array, pivots: &mut Array, info: &mut Array) -> Option<Wrong> {
    let (n, _, count) = extents(x);
    let (out, pivots, info) = (
        Results::<T>::new(out, n * n),
        Results::<i32>::new(pivots, n),
        Results::<i32>::new(info, 1),
    );
    each(count, n * n * n, |i| {
        let mut a = read::<T>(x, i, n * n);
        let (found, zero) = matrix::ldl(&mut a, n, &poll);
        for (row, part) in a.chunks_exact_mut(n.max(1)).enumerate() {
            part[row + 1..].fill(0.0);
        }
        out.write(i, &a);
        pivots.put(i, found);
        info.put(i, [zero as i32]);
        singular(zero)
    })
}

/// The solution of `A x = b` from `ldl`'s results; an error for pivots that are not its.
pub fn ldl_solve<T: Entry>(ld: &Array, pivots: &Array, b: &Array, x: &mut Array) -> Result<(), i64> {
    let ((n, _, count), (_, k, _)) = (extents(ld), extents(b));
    let pivots = pivots.as_slice::<i32>();
    for pivots in pivots.chunks_exact(n.max(1)) {
        let mut i = 0;
        while i < n {
            let size = if pivots[i] > 0 { 1 } else { 2 };
            let pair = size == 2 && pivots.get(i + 1) != Some(&pivots[i]);
            if pivots[i] == 0 || pivots[i].unsigned_abs() as usize > n || pair {
                return Err(pivots[i].into());
            }
            i += size;
        }
    }
    let x = Results::<T>::new(x, n * k);
    each(count, n * n * k, |i| {
        let (ld, mut b) = (read::<T>(ld, i, n * n), read::<T>(b, i, n * k));
        matrix::ldl_solve(&ld, &pivots[i * n..(i + 1) * n], &mut b, k, &poll);
        x.write(i, &b);
        Ok(())
    });
    Ok(())
}
