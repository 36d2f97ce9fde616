//! Averages over windows, and their transpose.

use super::{Fold, Grid, LANES, fold};
use crate::array::Array;
use crate::cpu::number::Number;
use crate::cpu::simd::multiversion;
use crate::cpu::threads::parallel_for;
use crate::cpu::vmath::Real;
use crate::cpu::{Shared, scratch};

/// What sums are divided by: the product of a window's counts along the two dimensions, or one number.
struct Divisors<T> {
    rows: Vec<T>,
    columns: Vec<T>,
}

impl<T: Real + Number> Divisors<T> {
    fn new(grid: &Grid, include_padding: bool, fixed: i64) -> Divisors<T> {
        let real = |counts: Vec<usize>| counts.into_iter().map(|n| T::from_f64(n as f64)).collect();
        let mut divisors = if fixed != 0 {
            Divisors {
                rows: vec![T::from_f64(fixed as f64); grid.rows.len()],
                columns: vec![<T as Number>::ONE; grid.columns.len()],
            }
        } else {
            let counts = |d: usize| real(grid.axes[d].counts(grid.input[d], include_padding));
            Divisors {
                rows: counts(0),
                columns: counts(1),
            }
        };
        let lanes = grid.columns.len().next_multiple_of(LANES);
        divisors.columns.resize(lanes, <T as Number>::ONE);
        divisors
    }
}

/// The averages of `x`, which is dense.
pub fn avg<T: Real + Number>(grid: &Grid, include_padding: bool, fixed: i64, x: &Array, out: &mut Array) {
    let (inner, outer) = (grid.in_plane(), grid.out_plane());
    if out.numel() == 0 {
        return;
    }
    let planes = out.numel() / outer;
    let divisors = Divisors::<T>::new(grid, include_padding, fixed);
    let (x, y) = (x.as_slice::<T>(), Shared::<T>::new(out));
    let per_task = grid.planes_per_task();
    parallel_for(planes.div_ceil(per_task), &|task| {
        let (first, count) = (task * per_task, per_task.min(planes - task * per_task));
        // SAFETY: every task has its own planes.
        let y = unsafe { y.slice(first * outer, count * outer) };
        scratch::with::<T, _>(grid.scratch(), |lines| {
            averages(grid, &x[first * inner..][..count * inner], &divisors, lines, y);
        });
    });
}

multiversion! {
    /// Some planes, one behind the other.
    fn averages<T: Real + Number>(grid: &Grid, x: &[T], divisors: &Divisors<T>, lines: &mut [T], y: &mut [T]) {
        for (x, y) in x.chunks_exact(grid.in_plane()).zip(y.chunks_exact_mut(grid.out_plane())) {
            fold(grid, x, <T as Number>::ZERO, lines, &mut Mean { divisors, width: grid.columns.len(), y });
        }
    }
}

struct Mean<'a, T> {
    divisors: &'a Divisors<T>,
    width: usize,
    y: &'a mut [T],
}

impl<T: Real + Number> Fold<T> for Mean<'_, T> {
    type State = [T; LANES];

    #[inline(always)]
    fn begin(&self, _: usize, _: usize) -> [T; LANES] {
        [<T as Number>::ZERO; LANES]
    }

    #[inline(always)]
    fn step(sums: &mut [T; LANES], _: u32, values: &[T; LANES]) {
        for l in 0..LANES {
            sums[l] = sums[l] + values[l];
        }
    }

    #[inline(always)]
    fn end(&mut self, i: usize, j: usize, mut sums: [T; LANES]) {
        for l in 0..LANES {
            sums[l] = sums[l] / (self.divisors.rows[i] * self.divisors.columns[j + l]);
        }
        let len = LANES.min(self.width - j);
        self.y[i * self.width + j..][..len].copy_from_slice(&sums[..len]);
    }
}

/// Spreads each element of `g`, which is dense, over its window.
pub fn avg_backward<T: Real + Number>(
    grid: &Grid,
    include_padding: bool,
    fixed: i64,
    g: &Array,
    out: &mut Array,
) {
    let (inner, outer) = (grid.in_plane(), grid.out_plane());
    let planes = out.numel() / inner.max(1);
    if outer == 0 {
        out.as_mut_slice::<T>().fill(<T as Number>::ZERO);
        return;
    }
    let divisors = Divisors::<T>::new(grid, include_padding, fixed);
    let (g, out) = (g.as_slice::<T>(), Shared::<T>::new(out));
    let per_task = grid.planes_per_task();
    parallel_for(planes.div_ceil(per_task), &|task| {
        let (first, count) = (task * per_task, per_task.min(planes - task * per_task));
        // SAFETY: every task has its own planes.
        let out = unsafe { out.slice(first * inner, count * inner) };
        scratch::with::<T, _>(grid.columns.len(), |shares| {
            spread(grid, &g[first * outer..][..count * outer], &divisors, shares, out);
        });
    });
}

multiversion! {
    /// Some planes, one behind the other.
    fn spread<T: Real + Number>(grid: &Grid, g: &[T], divisors: &Divisors<T>, shares: &mut [T], out: &mut [T]) {
        let width = grid.columns.len();
        out.fill(<T as Number>::ZERO);
        for (g, out) in g.chunks_exact(grid.out_plane()).zip(out.chunks_exact_mut(grid.in_plane())) {
            for (i, window) in grid.rows.iter().enumerate() {
                for (j, share) in shares.iter_mut().enumerate() {
                    *share = g[i * width + j] / (divisors.rows[i] * divisors.columns[j]);
                }
                for tap in window.taps.clone() {
                    let row = window.place(tap, &grid.axes[0]) as usize * grid.input[1];
                    let row = &mut out[row..row + grid.input[1]];
                    if grid.axes[1].stride == 1 {
                        add_shifted(grid, shares, row);
                        continue;
                    }
                    for (window, &share) in grid.columns.iter().zip(&*shares) {
                        let start = window.start + window.taps.start as isize;
                        for v in &mut row[start as usize..][..window.taps.len()] {
                            *v = *v + share;
                        }
                    }
                }
            }
        }
    }
}

/// Windows one place apart: tap by tap, whose elements are neighbours as the windows are.
#[inline(always)]
fn add_shifted<T: Real + Number>(grid: &Grid, shares: &[T], row: &mut [T]) {
    let axis = &grid.axes[1];
    for tap in 0..axis.kernel {
        // Windows `first..end` have this tap within the row.
        let first = axis.padding.saturating_sub(tap);
        let end = (row.len() + axis.padding).saturating_sub(tap).min(axis.out);
        if first < end {
            let to = &mut row[first + tap - axis.padding..][..end - first];
            for (v, &share) in to.iter_mut().zip(&shares[first..end]) {
                *v = *v + share;
            }
        }
    }
}
