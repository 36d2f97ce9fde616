//! The greatest element of each window, and which tap of the window it is.

use super::{Fold, Grid, LANES, Window, fold};
use crate::array::{Array, Moved};
use crate::cpu::layout::Walk;
use crate::cpu::number::Number;
use crate::cpu::simd::multiversion;
use crate::cpu::threads::parallel_for;
use crate::cpu::{Shared, scratch};
use crate::dtype::DType;

/// Taps of windows, in the integer type that they fit.
enum Taps<'a> {
    Small(&'a mut [u8]),
    Large(&'a mut [i32]),
}

/// Values and taps of `x`, which is dense; `lowest` is less than every other value.
pub fn max<T: Number>(grid: &Grid, x: &Array, lowest: T, outputs: &mut [Array]) {
    let (inner, outer) = (grid.in_plane(), grid.out_plane());
    if outputs[0].numel() == 0 {
        return;
    }
    let planes = outputs[0].numel() / outer;
    let x = x.as_slice::<T>();
    let (values, taps) = outputs.split_at_mut(1);
    let y = Shared::<T>::new(&mut values[0]);
    let small = taps[0].dtype == DType::U8;
    let bytes = small.then(|| Shared::<u8>::new(&mut taps[0]));
    let words = (!small).then(|| Shared::<i32>::new(&mut taps[0]));
    let per_task = grid.planes_per_task();
    parallel_for(planes.div_ceil(per_task), &|task| {
        let (first, count) = (task * per_task, per_task.min(planes - task * per_task));
        scratch::with::<T, _>(grid.scratch(), |lines| {
            // SAFETY: every task has its own planes.
            let (y, taps) = unsafe {
                let taps = match (&bytes, &words) {
                    (Some(bytes), _) => Taps::Small(bytes.slice(first * outer, count * outer)),
                    (None, words) => {
                        let words = words.as_ref().expect("taps are of one of the two types");
                        Taps::Large(words.slice(first * outer, count * outer))
                    }
                };
                (y.slice(first * outer, count * outer), taps)
            };
            greatest(grid, &x[first * inner..][..count * inner], lowest, lines, y, taps);
        });
    });
}

multiversion! {
    /// Some planes, one behind the other.
    fn greatest<T: Number>(grid: &Grid, x: &[T], lowest: T, lines: &mut [T], y: &mut [T], taps: Taps) {
        match taps {
            Taps::Small(taps) => planes(grid, x, lowest, lines, y, taps),
            Taps::Large(taps) => planes(grid, x, lowest, lines, y, taps),
        }
    }
}

/// An integer that numbers taps.
trait Tap: Copy {
    fn of(tap: u32) -> Self;
}
impl Tap for u8 {
    #[inline(always)]
    fn of(tap: u32) -> u8 {
        tap as u8
    }
}
impl Tap for i32 {
    #[inline(always)]
    fn of(tap: u32) -> i32 {
        tap as i32
    }
}

#[inline(always)]
fn planes<T: Number, I: Tap>(grid: &Grid, x: &[T], lowest: T, lines: &mut [T], y: &mut [T], taps: &mut [I]) {
    let (width, outer) = (grid.columns.len(), grid.out_plane());
    let mut first: Vec<u32> = grid.columns.iter().map(|w| w.taps.start as u32).collect();
    first.resize(width.next_multiple_of(LANES), 0);
    let planes = y.chunks_exact_mut(outer).zip(taps.chunks_exact_mut(outer));
    for (x, (y, taps)) in x.chunks_exact(grid.in_plane()).zip(planes) {
        let mut maximum = Maximum {
            grid,
            lowest,
            first: &first,
            y,
            taps,
        };
        fold(grid, x, lowest, lines, &mut maximum);
    }
}

struct Maximum<'a, T, I> {
    grid: &'a Grid,
    lowest: T,
    /// The first tap of each window in a row that lies within the plane.
    first: &'a [u32],
    y: &'a mut [T],
    taps: &'a mut [I],
}

impl<T: Number, I: Tap> Fold<T> for Maximum<'_, T, I> {
    type State = ([T; LANES], [u32; LANES]);

    /// Where nothing is greater than the lowest value, the first tap within the plane stays.
    #[inline(always)]
    fn begin(&self, i: usize, j: usize) -> Self::State {
        let row = (self.grid.rows[i].taps.start * self.grid.axes[1].kernel) as u32;
        let mut taps = [row; LANES];
        for l in 0..LANES {
            taps[l] += self.first[j + l];
        }
        ([self.lowest; LANES], taps)
    }

    #[inline(always)]
    fn step((best, taps): &mut Self::State, tap: u32, values: &[T; LANES]) {
        for l in 0..LANES {
            // A NaN replaces whatever was found, and only another one replaces it.
            let better = (values[l] > best[l]) | Number::is_nan(values[l]);
            best[l] = if better { values[l] } else { best[l] };
            taps[l] = if better { tap } else { taps[l] };
        }
    }

    #[inline(always)]
    fn end(&mut self, i: usize, j: usize, (best, found): Self::State) {
        let width = self.grid.columns.len();
        let (at, len) = (i * width + j, LANES.min(width - j));
        self.y[at..at + len].copy_from_slice(&best[..len]);
        let mut narrow = [I::of(0); LANES];
        for l in 0..LANES {
            narrow[l] = I::of(found[l]);
        }
        self.taps[at..at + len].copy_from_slice(&narrow[..len]);
    }
}

/// Taps as plain numbers.
enum Found<'a> {
    Small(&'a [u8]),
    Large(&'a [i32]),
}

fn found(taps: &Array) -> Found<'_> {
    match taps.dtype {
        DType::U8 => Found::Small(taps.as_slice()),
        DType::I32 => Found::Large(taps.as_slice()),
        DType::Bool
        | DType::I8
        | DType::I16
        | DType::I64
        | DType::F16
        | DType::BF16
        | DType::F32
        | DType::F64 => unreachable!("taps are uint8 or int32"),
    }
}

/// Row and column of each tap, from the window's first.
fn shifts(grid: &Grid) -> Vec<[usize; 2]> {
    let [rows, columns] = &grid.axes;
    (0..rows.kernel * columns.kernel)
        .map(|tap| {
            [
                tap / columns.kernel * rows.dilation,
                tap % columns.kernel * columns.dilation,
            ]
        })
        .collect()
}

impl Grid {
    /// Where in the plane a tap of a window lies, unless outside of it.
    #[inline(always)]
    fn place(&self, row: &Window, column: &Window, shift: [usize; 2]) -> Option<usize> {
        let r = row.start.wrapping_add_unsigned(shift[0]) as usize;
        let c = column.start.wrapping_add_unsigned(shift[1]) as usize;
        (r < self.input[0] && c < self.input[1]).then(|| r * self.input[1] + c)
    }
}

/// Adds every element of `g` to the place of its tap. Both inputs are dense.
pub fn scatter<T: Number>(grid: &Grid, g: &Array, taps: &Array, out: &mut Array) {
    let (inner, outer) = (grid.in_plane(), grid.out_plane());
    let planes = out.numel() / inner.max(1);
    if outer == 0 {
        out.as_mut_slice::<T>().fill(T::ZERO);
        return;
    }
    let (g, out, shifts) = (g.as_slice::<T>(), Shared::<T>::new(out), shifts(grid));
    let taps = found(taps);
    let per_task = grid.planes_per_task();
    parallel_for(planes.div_ceil(per_task), &|task| {
        for plane in task * per_task..planes.min((task + 1) * per_task) {
            // SAFETY: every task has its own planes.
            let to = unsafe { out.slice(plane * inner, inner) };
            let places = plane * outer..(plane + 1) * outer;
            let g = &g[places.clone()];
            match &taps {
                Found::Small(taps) => add(grid, &shifts, g, &taps[places], to, |&t| t as usize),
                Found::Large(taps) => add(grid, &shifts, g, &taps[places], to, |&t| t as usize),
            }
        }
    });
}

fn add<T: Number, I>(
    grid: &Grid,
    shifts: &[[usize; 2]],
    g: &[T],
    taps: &[I],
    to: &mut [T],
    wide: impl Fn(&I) -> usize,
) {
    to.fill(T::ZERO);
    let width = grid.columns.len();
    for ((row, g), taps) in grid
        .rows
        .iter()
        .zip(g.chunks_exact(width))
        .zip(taps.chunks_exact(width))
    {
        for ((column, &g), tap) in grid.columns.iter().zip(g).zip(taps) {
            if let Some(place) = grid.place(row, column, shifts[wide(tap)]) {
                to[place] = to[place].add(g);
            }
        }
    }
}

/// The elements of `x`, in any layout, at the taps, which are dense; 0 for a tap outside.
pub fn gather<T: Moved + Default>(grid: &Grid, x: &Array, taps: &Array, out: &mut Array) {
    let outer = grid.out_plane();
    if out.numel() == 0 {
        return;
    }
    let planes = out.numel() / outer;
    let lead = x.shape.len() - 2;
    let steps = [x.strides[lead], x.strides[lead + 1]];
    let (out, shifts) = (Shared::<T>::new(out), shifts(grid));
    let taps = found(taps);
    let per_task = grid.planes_per_task();
    parallel_for(planes.div_ceil(per_task), &|task| {
        for plane in task * per_task..planes.min((task + 1) * per_task) {
            let offset = Walk::new(&x.shape[..lead], plane).offset(&x.strides[..lead]);
            // SAFETY: every task has its own planes.
            let to = unsafe { out.slice(plane * outer, outer) };
            for (at, to) in to.iter_mut().enumerate() {
                let tap = match &taps {
                    Found::Small(taps) => taps[plane * outer + at] as usize,
                    Found::Large(taps) => taps[plane * outer + at] as usize,
                };
                let (i, j) = (at / grid.columns.len(), at % grid.columns.len());
                *to = match grid.place(&grid.rows[i], &grid.columns[j], shifts[tap]) {
                    Some(place) => {
                        let (r, c) = ((place / grid.input[1]) as isize, (place % grid.input[1]) as isize);
                        // SAFETY: an element of the plane.
                        unsafe { *x.ptr().cast::<T>().offset(offset + r * steps[0] + c * steps[1]) }
                    }
                    None => T::default(),
                };
            }
        }
    });
}
