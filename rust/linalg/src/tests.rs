//! The laws of each decomposition, on matrices that a small generator draws.

use crate::*;

fn go_on() {}

struct Draw(u64);

impl Draw {
    fn number(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
    }
    fn matrix(&mut self, m: usize, n: usize) -> Vec<f64> {
        (0..m * n).map(|_| self.number()).collect()
    }
}

fn product(a: &[f64], b: &[f64], m: usize, k: usize, n: usize) -> Vec<f64> {
    let mut c = vec![0.0; m * n];
    for i in 0..m {
        for l in 0..k {
            for j in 0..n {
                c[i * n + j] += a[i * k + l] * b[l * n + j];
            }
        }
    }
    c
}

#[track_caller]
fn near(a: &[f64], b: &[f64], bound: f64) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= bound, "{x} and {y}");
    }
}

fn orthonormal_rows(q: &[f64], m: usize, n: usize) {
    let gram = product(q, &transpose(q, n), m, n, m);
    near(&gram, &identity(m, m), 1e-13);
}

fn scaled_rows(a: &[f64], s: &[f64], n: usize) -> Vec<f64> {
    a.chunks_exact(n.max(1))
        .zip(s)
        .flat_map(|(row, s)| row.iter().map(move |x| x * s))
        .collect()
}

const SIZES: [usize; 10] = [0, 1, 2, 3, 4, 5, 8, 17, 33, 70];

#[test]
fn cholesky_gives_a_root() {
    for n in SIZES {
        let b = Draw(7).matrix(n, n);
        let mut a = product(&b, &transpose(&b, n), n, n, n);
        (0..n).for_each(|i| a[i * n + i] += 1.0);
        let mut l = a.clone();
        cholesky(&mut l, n, &go_on).unwrap();
        near(&product(&l, &transpose(&l, n), n, n, n), &a, 1e-11);
    }
    let mut wrong = [1.0, 0.0, 0.0, -1.0];
    assert_eq!(cholesky(&mut wrong, 2, &go_on), Err(Fault::NotPositive(2)));
}

#[test]
fn lu_multiplies_to_the_rows_exchanged() {
    for m in SIZES {
        for n in SIZES {
            let a = Draw(3).matrix(m, n);
            let mut packed = a.clone();
            let found = lu(&mut packed, n, true, &go_on);
            assert_eq!(found.zero, 0);
            let (k, mut rows) = (m.min(n), a);
            found
                .pivots
                .iter()
                .enumerate()
                .for_each(|(i, &j)| rows::swap_rows(&mut rows, n, i, j));
            let (mut l, mut u) = (identity(m, k), vec![0.0; k * n]);
            for i in 0..m {
                for j in 0..n {
                    if j < i && j < k {
                        l[i * k + j] = packed[i * n + j];
                    } else if i < k && j >= i {
                        u[i * n + j] = packed[i * n + j];
                    }
                }
            }
            near(&product(&l, &u, m, k, n), &rows, 1e-12);
        }
    }
}

#[test]
fn systems_are_solved() {
    for n in SIZES {
        for count in [0, 1, 3, 65] {
            let (a, x) = (Draw(5).matrix(n, n), Draw(6).matrix(n, count));
            let mut factors = a.clone();
            let found = lu(&mut factors, n, true, &go_on);
            for turned in [false, true] {
                let matrix = if turned { transpose(&a, n) } else { a.clone() };
                let mut b = product(&matrix, &x, n, n, count);
                let transposed = turned.then(|| transpose(&factors, n));
                lu_solve(
                    &factors,
                    &found.pivots,
                    transposed.as_deref(),
                    &mut b,
                    count,
                    &go_on,
                );
                near(&b, &x, 1e-9);
            }
        }
    }
}

#[test]
fn qr_is_orthogonal_times_triangular() {
    for m in SIZES {
        for n in SIZES {
            let a = Draw(11).matrix(m, n);
            let mut packed = a.clone();
            let tau = householder(&mut packed, m, n, &go_on);
            let q = orthogonal(&packed, m, n, &tau, 0, m, &go_on);
            orthonormal_rows(&transpose(&q, m), m, m);
            for i in 0..m {
                (0..n.min(i)).for_each(|j| packed[i * n + j] = 0.0);
            }
            near(&product(&q, &packed, m, m, n), &a, 1e-12);
        }
    }
}

#[test]
fn symmetric_matrices_are_diagonalised() {
    for n in SIZES {
        let b = Draw(13).matrix(n, n);
        let turned = transpose(&b, n);
        let a: Vec<f64> = b.iter().zip(&turned).map(|(x, y)| x + y).collect();
        let mut v = a.clone();
        let w = symmetric_eigen(&mut v, n, &go_on).unwrap();
        assert!(w.is_sorted());
        let rows = transpose(&v, n);
        orthonormal_rows(&rows, n, n);
        near(&product(&v, &scaled_rows(&rows, &w, n), n, n, n), &a, 1e-12);
    }
    let mut wrong = [f64::NAN];
    assert_eq!(symmetric_eigen(&mut wrong, 1, &go_on), Err(Fault::NotFinite));
}

#[test]
fn symmetric_matrices_of_low_rank_are_diagonalised() {
    for (n, rank) in [(40, 5), (128, 24), (128, 1), (150, 100)] {
        let b = Draw(7).matrix(n, rank);
        let a = product(&b, &transpose(&b, rank), n, rank, n);
        let mut v = a.clone();
        let w = symmetric_eigen(&mut v, n, &go_on).unwrap();
        let largest = w[n - 1];
        assert!(w[..n - rank].iter().all(|x| x.abs() <= 1e-13 * largest));
        let rows = transpose(&v, n);
        orthonormal_rows(&rows, n, n);
        near(
            &product(&v, &scaled_rows(&rows, &w, n), n, n, n),
            &a,
            1e-12 * largest,
        );
    }
}

#[test]
fn singular_values_multiply_back() {
    let ranks = |a: &mut [f64], n: usize| {
        // Rows that repeat, and a column of zeros.
        if a.len() > 3 * n {
            let row = a[..n].to_vec();
            a[2 * n..3 * n].copy_from_slice(&row);
            a.iter_mut().skip(n / 2).step_by(n).for_each(|x| *x = 0.0);
        }
    };
    for m in SIZES {
        for n in SIZES {
            for deficient in [false, true] {
                for full in [false, true] {
                    let mut a = Draw(17).matrix(m, n);
                    if deficient && n > 0 {
                        ranks(&mut a, n);
                    }
                    let (u, s, v) = singular_values(&a, m, n, full, &go_on).unwrap();
                    let k = m.min(n);
                    assert!(s.iter().all(|s| *s >= 0.0) && s.is_sorted_by(|a, b| a >= b));
                    orthonormal_rows(&u, if full { m } else { k }, m);
                    orthonormal_rows(&v, if full { n } else { k }, n);
                    let right = scaled_rows(&v[..k * n], &s, n);
                    near(&product(&transpose(&u[..k * m], m), &right, m, k, n), &a, 1e-12);
                }
            }
        }
    }
    // Jordan's blocks and graded diagonals.
    let block = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
    near(
        &singular_values(&block, 3, 3, false, &go_on).unwrap().1,
        &[1.0, 1.0, 0.0],
        1e-15,
    );
    let graded = [1e300, 1.0, 0.0, 1e-300];
    near(
        &singular_values(&graded, 2, 2, false, &go_on).unwrap().1,
        &[1e300, 0.0],
        1e285,
    );
}

#[test]
fn real_eigenvalues_and_vectors_fit() {
    for n in SIZES {
        // Similar to a diagonal matrix of numbers apart.
        let mut draw = Draw(19);
        let (w, mut s) = (
            (0..n).map(|i| i as f64 - 2.5).collect::<Vec<_>>(),
            draw.matrix(n, n),
        );
        (0..n).for_each(|i| s[i * n + i] += 3.0 * n as f64);
        let mut factors = transpose(&s, n);
        let found = lu(&mut factors, n, true, &go_on);
        // A^T = S^-T (W S^T).
        let mut a = scaled_rows(&transpose(&s, n), &w, n);
        lu_solve(&factors, &found.pivots, None, &mut a, n, &go_on);
        let (values, v) = eigen(&a, n, &go_on).unwrap();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        near(&sorted, &w, 1e-9);
        let rows = transpose(&v, n);
        near(
            &transpose(&product(&a, &v, n, n, n), n),
            &scaled_rows(&rows, &values, n),
            1e-9,
        );
    }
    let turn = [0.0, -1.0, 1.0, 0.0];
    assert_eq!(eigen(&turn, 2, &go_on).unwrap_err(), Fault::ComplexEigenvalues);
    let jordan = [2.0, 1.0, 0.0, 2.0];
    near(&eigen(&jordan, 2, &go_on).unwrap().0, &[2.0, 2.0], 0.0);
    // A defective matrix that is not triangular.
    let defective = [3.0, 1.0, -1.0, 1.0];
    near(&eigen(&defective, 2, &go_on).unwrap().0, &[2.0, 2.0], 1e-7);
    let cycle = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    assert_eq!(eigen(&cycle, 3, &go_on).unwrap_err(), Fault::ComplexEigenvalues);
}

#[test]
fn ldl_solves_symmetric_systems() {
    for n in SIZES {
        let b = Draw(23).matrix(n, n);
        let turned = transpose(&b, n);
        let mut a: Vec<f64> = b.iter().zip(&turned).map(|(x, y)| x + y).collect();
        // Pivots of two rows are needed.
        (0..n).for_each(|i| a[i * n + i] *= 1e-3);
        let x = Draw(29).matrix(n, 3);
        let mut right = product(&a, &x, n, n, 3);
        let (pivots, zero) = ldl(&mut a, n, &go_on);
        assert_eq!(zero == 0, n != 1 || a[0] != 0.0);
        ldl_solve(&a, &pivots, &mut right, 3, &go_on);
        near(&right, &x, 1e-8);
    }
}

#[test]
fn exponentials_add_up() {
    near(&exponential(&[0.0; 9], 3, &go_on), &identity(3, 3), 0.0);
    near(&exponential(&[20.0], 1, &go_on), &[20f64.exp()], 1e-5);
    let turn = [0.0, -1.0, 1.0, 0.0];
    let (sin, cos) = 1f64.sin_cos();
    near(&exponential(&turn, 2, &go_on), &[cos, -sin, sin, cos], 1e-15);
    for n in SIZES {
        let a = Draw(31).matrix(n, n);
        let back: Vec<f64> = a.iter().map(|x| -x).collect();
        let both = product(
            &exponential(&a, n, &go_on),
            &exponential(&back, n, &go_on),
            n,
            n,
            n,
        );
        near(&both, &identity(n, n), 1e-7);
    }
}
