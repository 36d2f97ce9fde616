//! Systems with a triangular matrix.

use crate::rows::take_off;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Triangle {
    pub upper: bool,
    /// The diagonal counts as ones.
    pub unit: bool,
}

/// Columns that are solved together, so that they stay in a near cache.
const COLUMNS: usize = 64;

/// `b` becomes the solution of `T x = b`, for n x n T (of which only that triangle is read) and `count` columns of b.
pub fn solve_triangular(
    t: &[f64],
    triangle: Triangle,
    b: &mut [f64],
    n: usize,
    count: usize,
    poll: &dyn Fn(),
) {
    for left in (0..count).step_by(COLUMNS) {
        poll();
        let right = count.min(left + COLUMNS);
        for step in 0..n {
            let i = if triangle.upper { n - 1 - step } else { step };
            let row = &t[i * n..(i + 1) * n];
            let (above, rest) = b.split_at_mut(i * count);
            let (x, below) = rest.split_at_mut(count);
            let x = &mut x[left..right];
            if triangle.upper {
                if !below.is_empty() {
                    take_off(x, &row[i + 1..], &below[left..], count);
                }
            } else if i > 0 {
                take_off(x, &row[..i], &above[left..], count);
            }
            if !triangle.unit {
                x.iter_mut().for_each(|x| *x /= row[i]);
            }
        }
    }
}
