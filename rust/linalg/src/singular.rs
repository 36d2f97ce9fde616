//! Singular values: Golub and Kahan's bidiagonal form, then implicit QR steps (Golub and Van Loan, 8.6).

use crate::qr::{apply, orthogonal, reflect};
use crate::rows::{rotate_rows, take_off};
use crate::{Fault, hypotenuse, rotation, scale, transpose};

/// Steps for each singular value; two are usual.
const STEPS: usize = 60;

/// `A = U diag(s) V^T` of an m x n matrix: U as rows of its transpose, the singular values in descending order, and V^T.
/// There are min(m, n) vectors on either side; with `full`, m and n of them.
pub fn singular_values(
    a: &[f64],
    m: usize,
    n: usize,
    full: bool,
    poll: &dyn Fn(),
) -> Result<(Vec<f64>, Vec<f64>, Vec<f64>), Fault> {
    let unit = scale(a)?;
    if m < n {
        let (u, s, v) = tall(transpose(a, n), n, m, unit, full, poll)?;
        return Ok((v, s, u));
    }
    tall(a.to_vec(), m, n, unit, full, poll)
}

fn tall(
    mut a: Vec<f64>,
    m: usize,
    n: usize,
    unit: f64,
    full: bool,
    poll: &dyn Fn(),
) -> Result<(Vec<f64>, Vec<f64>, Vec<f64>), Fault> {
    a.iter_mut().for_each(|x| *x /= unit);
    let mut found = bidiagonal(&mut a, m, n, full, poll);
    found.diagonalise(poll)?;
    for (i, s) in found.diagonal.iter_mut().enumerate() {
        if *s < 0.0 || (*s == 0.0 && s.is_sign_negative()) {
            *s = -*s;
            found.right[i * n..(i + 1) * n].iter_mut().for_each(|x| *x = -*x);
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| found.diagonal[j].total_cmp(&found.diagonal[i]));
    let sorted = |rows: &[f64], width: usize| {
        let mut result = Vec::with_capacity(rows.len());
        for &i in &order {
            result.extend_from_slice(&rows[i * width..(i + 1) * width]);
        }
        result.extend_from_slice(&rows[n * width..]);
        result
    };
    let s = order.iter().map(|&i| found.diagonal[i] * unit).collect();
    Ok((sorted(&found.left, m), s, sorted(&found.right, n)))
}

/// `A = U B V^T` with B upper bidiagonal; vectors are rows.
struct Bidiagonal {
    diagonal: Vec<f64>,
    /// Element i stands right of `diagonal[i]`.
    beside: Vec<f64>,
    left: Vec<f64>,
    right: Vec<f64>,
    m: usize,
    n: usize,
}

fn bidiagonal(a: &mut [f64], m: usize, n: usize, full: bool, poll: &dyn Fn()) -> Bidiagonal {
    let (mut diagonal, mut beside) = (vec![0.0; n], vec![0.0; n.saturating_sub(1)]);
    let (mut of_left, mut of_right) = (vec![0.0; n], vec![0.0; n.saturating_sub(1)]);
    let (mut v, mut sums) = (Vec::with_capacity(m), vec![0.0; n]);
    for k in 0..n {
        poll();
        of_left[k] = reflect(&mut a[k * n + k..], n);
        diagonal[k] = a[k * n + k];
        v.clear();
        v.push(1.0);
        v.extend(a[(k + 1) * n..].iter().skip(k).step_by(n));
        apply(&mut a[k * n..], n, k + 1, &v, of_left[k], &mut sums);
        if k + 1 == n {
            break;
        }
        let (above, below) = a.split_at_mut((k + 1) * n);
        let row = &mut above[k * n + k + 1..];
        let tau = reflect(row, 1);
        (of_right[k], beside[k]) = (tau, row[0]);
        if tau == 0.0 {
            continue;
        }
        row[0] = 1.0;
        for other in below.chunks_exact_mut(n) {
            let other = &mut other[k + 1..];
            let sum = crate::rows::dot(other, row);
            take_off(other, &[tau * sum], row, n);
        }
    }
    // The right vectors lie in rows: as columns of the transpose they are those of a QR decomposition, one row down.
    let square = transpose(&a[..n * n], n);
    let columns = if full { m } else { n };
    let left = orthogonal(a, m, n, &of_left, 0, columns, poll);
    let right = orthogonal(&square, n, n, &of_right, 1, n, poll);
    Bidiagonal {
        diagonal,
        beside,
        left: transpose(&left, columns),
        right: transpose(&right, n),
        m,
        n,
    }
}

impl Bidiagonal {
    fn turn_left(&mut self, i: usize, j: usize, c: f64, s: f64) {
        rotate_rows(&mut self.left, self.m, i, j, c, s);
    }
    fn turn_right(&mut self, i: usize, j: usize, c: f64, s: f64) {
        rotate_rows(&mut self.right, self.n, i, j, c, s);
    }

    fn diagonalise(&mut self, poll: &dyn Fn()) -> Result<(), Fault> {
        let n = self.n;
        // What is smaller is lost in the rounding of the largest element, which is near 1.
        let negligible = f64::EPSILON
            * self
                .diagonal
                .iter()
                .chain(&self.beside)
                .fold(0.0, |a: f64, b| a.max(b.abs()));
        let mut steps = 0;
        let mut end = n.saturating_sub(1);
        while end > 0 {
            for i in 0..end {
                let near = self.diagonal[i].abs() + self.diagonal[i + 1].abs();
                if self.beside[i].abs() <= f64::EPSILON * near || self.beside[i].abs() < f64::MIN_POSITIVE {
                    self.beside[i] = 0.0;
                }
            }
            if self.beside[end - 1] == 0.0 {
                end -= 1;
                continue;
            }
            let first = (0..end)
                .rev()
                .find(|&i| self.beside[i] == 0.0)
                .map_or(0, |i| i + 1);
            steps += 1;
            if steps > STEPS * n {
                return Err(Fault::NoConvergence);
            }
            poll();
            if let Some(zero) = (first..end).rev().find(|&i| self.diagonal[i].abs() <= negligible) {
                self.clear_row(zero, end);
            } else if self.diagonal[end].abs() <= negligible {
                self.clear_column(first, end);
            } else {
                self.step(first, end);
            }
        }
        Ok(())
    }

    /// Where the diagonal is zero, what stands right of it is turned away to the end of the block.
    fn clear_row(&mut self, zero: usize, end: usize) {
        self.diagonal[zero] = 0.0;
        let mut bulge = std::mem::take(&mut self.beside[zero]);
        for j in zero + 1..=end {
            let (c, s, r) = rotation(self.diagonal[j], bulge);
            self.diagonal[j] = r;
            if j < end {
                bulge = -s * self.beside[j];
                self.beside[j] *= c;
            }
            self.turn_left(j, zero, c, s);
        }
    }

    /// Where the block's last diagonal element is zero, what stands above it is turned away to the beginning.
    fn clear_column(&mut self, first: usize, end: usize) {
        self.diagonal[end] = 0.0;
        let mut bulge = std::mem::take(&mut self.beside[end - 1]);
        for j in (first..end).rev() {
            let (c, s, r) = rotation(self.diagonal[j], bulge);
            self.diagonal[j] = r;
            if j > first {
                bulge = -s * self.beside[j - 1];
                self.beside[j - 1] *= c;
            }
            self.turn_right(j, end, c, s);
        }
    }

    /// One step on B^T B, implicitly, with Wilkinson's shift.
    fn step(&mut self, first: usize, end: usize) {
        let (x, y) = (self.diagonal[end - 1], self.diagonal[end]);
        let (above, beside) = (
            if end > first + 1 {
                self.beside[end - 2]
            } else {
                0.0
            },
            self.beside[end - 1],
        );
        let (p, q, r) = (x * x + above * above, x * beside, y * y + beside * beside);
        let half = (p - r) / 2.0;
        let root = hypotenuse(half, q).copysign(half);
        let shift = if half + root == 0.0 {
            r
        } else {
            r - q * (q / (half + root))
        };
        let mut along = self.diagonal[first] * self.diagonal[first] - shift;
        let mut across = self.diagonal[first] * self.beside[first];
        for k in first..end {
            let (c, s, r) = rotation(along, across);
            if k > first {
                self.beside[k - 1] = r;
            }
            let (d, e) = (self.diagonal[k], self.beside[k]);
            (along, self.beside[k]) = (c * d + s * e, c * e - s * d);
            across = s * self.diagonal[k + 1];
            self.diagonal[k + 1] *= c;
            self.turn_right(k, k + 1, c, s);
            let (c, s, r) = rotation(along, across);
            self.diagonal[k] = r;
            let (e, d) = (self.beside[k], self.diagonal[k + 1]);
            (along, self.diagonal[k + 1]) = (c * e + s * d, c * d - s * e);
            self.beside[k] = along;
            if k + 1 < end {
                across = s * self.beside[k + 1];
                self.beside[k + 1] *= c;
            }
            self.turn_left(k, k + 1, c, s);
        }
    }
}
