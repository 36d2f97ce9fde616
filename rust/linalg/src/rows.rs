//! Loops along rows.

/// A loop compiled twice: for the vectors that every CPU of its kind has, and for AVX2 where that is there. Neither
/// contracts products and sums, so both give the same bits.
macro_rules! vectors {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        #[inline]
        $visibility fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn plain($($argument: $type),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($argument: $type),*) $(-> $result)? {
                    plain($($argument),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: this CPU has AVX2.
                    return unsafe { wide($($argument),*) };
                }
            }
            plain($($argument),*)
        }
    };
}

vectors! {
    /// `y -= sum over k of weights[k] rows[k]`, where row k begins at `k * stride`. The terms are taken off in order.
    pub fn take_off(y: &mut [f64], weights: &[f64], rows: &[f64], stride: usize) {
        let n = y.len();
        let mut k = 0;
        // Four at a time, so that y is read and written once for all four.
        while k + 4 <= weights.len() {
            let row = |i: usize| &rows[(k + i) * stride..(k + i) * stride + n];
            let (a, b, c, d) = (row(0), row(1), row(2), row(3));
            let w = &weights[k..k + 4];
            for j in 0..n {
                y[j] = (((y[j] - w[0] * a[j]) - w[1] * b[j]) - w[2] * c[j]) - w[3] * d[j];
            }
            k += 4;
        }
        while k < weights.len() {
            let (w, row) = (weights[k], &rows[k * stride..k * stride + n]);
            for j in 0..n {
                y[j] -= w * row[j];
            }
            k += 1;
        }
    }
}

vectors! {
    /// `(x, y)` becomes `(c x + s y, c y - s x)`.
    pub fn rotate(x: &mut [f64], y: &mut [f64], c: f64, s: f64) {
        for (x, y) in x.iter_mut().zip(y) {
            (*x, *y) = (c * *x + s * *y, c * *y - s * *x);
        }
    }
}

vectors! {
    /// Sum of products, in eight sums side by side.
    pub fn dot(x: &[f64], y: &[f64]) -> f64 {
        let mut sums = [0.0; 8];
        let n = x.len().min(y.len());
        let (x, y) = (&x[..n], &y[..n]);
        let whole = n - n % 8;
        for i in (0..whole).step_by(8) {
            for l in 0..8 {
                sums[l] += x[i + l] * y[i + l];
            }
        }
        for i in whole..n {
            sums[i - whole] += x[i] * y[i];
        }
        ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
    }
}

/// Rows i < j of a matrix of n columns.
pub fn two_rows(a: &mut [f64], n: usize, i: usize, j: usize) -> (&mut [f64], &mut [f64]) {
    let (above, below) = a.split_at_mut(j * n);
    (&mut above[i * n..(i + 1) * n], &mut below[..n])
}

/// Turns rows i and j of a matrix of n columns, whichever comes first.
pub fn rotate_rows(a: &mut [f64], n: usize, i: usize, j: usize, c: f64, s: f64) {
    if n == 0 {
        return;
    }
    if i < j {
        let (x, y) = two_rows(a, n, i, j);
        rotate(x, y, c, s);
    } else {
        let (y, x) = two_rows(a, n, j, i);
        rotate(x, y, c, s);
    }
}

/// Exchanges rows i and j of a matrix of n columns.
pub fn swap_rows(a: &mut [f64], n: usize, i: usize, j: usize) {
    if i != j {
        let (x, y) = two_rows(a, n, i.min(j), i.max(j));
        x.swap_with_slice(y);
    }
}

/// `c += a b` for c of m x n, a of m x k and b of k x n, in tiles of b that stay in a near cache.
pub fn add_product(c: &mut [f64], a: &[f64], b: &[f64], n: usize, k: usize) {
    const COLUMNS: usize = 128;
    const DEPTH: usize = 64;
    if n == 0 || k == 0 {
        return;
    }
    for left in (0..n).step_by(COLUMNS) {
        let right = n.min(left + COLUMNS);
        for first in (0..k).step_by(DEPTH) {
            let last = k.min(first + DEPTH);
            let mut weights = [0.0; DEPTH];
            let weights = &mut weights[..last - first];
            for (c, a) in c.chunks_exact_mut(n).zip(a.chunks_exact(k)) {
                weights.iter_mut().zip(&a[first..last]).for_each(|(w, a)| *w = -a);
                take_off(&mut c[left..right], weights, &b[first * n + left..], n);
            }
        }
    }
}
