//! Windows that slide over planes, and what pooling does with them.
//!
//! A plane is the last two dimensions of a tensor. Windows of one output row are worked on side by side, `LANES` of
//! them, tap by tap in row-major order: so the order of every sum, and which of equal elements is the first, depend on
//! the geometry alone. What lies outside the plane is filled in once per line, so that no lane asks where it is.

mod avg;
mod max;

pub use avg::{avg, avg_backward};
pub use max::{gather, max, scatter};

use super::number::Number;
use crate::reserve;
use std::ops::Range;

/// Windows that are worked on side by side.
const LANES: usize = 16;
/// Elements read by one task, about.
const TASK: usize = 1 << 14;

attributes! {
    /// The windows along one dimension.
    #[derive(Clone, Copy, Debug)]
    pub struct Axis in Attrs {
        out: usize,
        /// Taps of a window, at most.
        kernel: usize,
        /// 0: window `i` of an adaptive pooling is `floor(i n / out) .. ceil((i + 1) n / out)`.
        stride: usize,
        /// Places before the input where windows may begin.
        padding: usize,
        dilation: usize,
    }
}

/// One window along one dimension.
#[derive(Clone, Debug)]
pub struct Window {
    start: isize,
    /// The taps that lie within the input.
    taps: Range<usize>,
}

impl Window {
    /// Where a tap lies; possibly outside.
    fn place(&self, tap: usize, axis: &Axis) -> isize {
        self.start + (tap * axis.dilation) as isize
    }
}

impl Axis {
    /// Windows over `n` elements that together cover them, as evenly as can be.
    pub fn adaptive(n: usize, out: usize) -> Axis {
        let kernel = if out < n {
            let window = |i: usize| ((i + 1) * n).div_ceil(out) - i * n / out;
            (0..out).map(window).max().unwrap_or(0)
        } else {
            // Windows shorter than an element lie within one, or across the border of two.
            1 + (!out.is_multiple_of(n)) as usize
        };
        Axis {
            out,
            kernel,
            // Equal windows side by side are the plain case.
            stride: if out > 0 && n.is_multiple_of(out) {
                n / out
            } else {
                0
            },
            padding: 0,
            dilation: 1,
        }
    }

    fn windows(&self, n: usize) -> Vec<Window> {
        let window = |i: usize| {
            if self.stride == 0 {
                let start = i * n / self.out;
                return Window {
                    start: start as isize,
                    taps: 0..((i + 1) * n).div_ceil(self.out) - start,
                };
            }
            let start = (i * self.stride) as isize - self.padding as isize;
            let reach = |from: isize| (from.max(0) as usize).div_ceil(self.dilation);
            let first = reach(-start);
            Window {
                start,
                taps: first..reach(n as isize - start).clamp(first, self.kernel.max(first)),
            }
        };
        let mut windows = reserve::scratch_list(self.out);
        windows.extend((0..self.out).map(window));
        windows
    }

    /// Elements by which an average over each window is divided.
    pub fn counts(&self, n: usize, include_padding: bool) -> Vec<usize> {
        let count = |w: &Window| {
            if include_padding && self.stride > 0 {
                self.kernel
                    .min((n + self.padding).saturating_add_signed(-w.start))
            } else {
                w.taps.len()
            }
        };
        self.windows(n).iter().map(count).collect()
    }
}

/// The windows over a plane.
pub struct Grid {
    axes: [Axis; 2],
    input: [usize; 2],
    rows: Vec<Window>,
    columns: Vec<Window>,
    /// Numbers of a line: a row of the input as the columns' windows see it.
    line: usize,
    /// For windows at other distances than 1 or 2: where in a line tap `c` of window `j` is, at `c * lanes + j`.
    table: Vec<u32>,
}

impl Grid {
    pub fn new(axes: [Axis; 2], input: [usize; 2]) -> Grid {
        let [rows, columns] = axes;
        let (n, lanes) = (input[1], columns.out.next_multiple_of(LANES));
        let windows = columns.windows(n);
        let (line, table) = match columns.stride {
            // One window alone is at any distance from the next.
            _ if columns.out == 1 && columns.stride > 0 => (span(&columns, 1), Vec::new()),
            stride @ (1 | 2) => (span(&columns, stride), Vec::new()),
            _ => {
                let at = |tap: usize, j: usize| match windows.get(j) {
                    Some(w) if w.taps.contains(&tap) => {
                        (w.place(tap, &columns) + columns.padding as isize) as u32
                    }
                    // Outside: behind the row there is one place for that.
                    _ => (columns.padding + n) as u32,
                };
                let mut table = reserve::scratch_list(columns.kernel * lanes);
                table.extend((0..columns.kernel * lanes).map(|i| at(i / lanes, i % lanes)));
                (columns.padding + n + 1, table)
            }
        };
        Grid {
            axes,
            input,
            rows: rows.windows(input[0]),
            columns: windows,
            line,
            table,
        }
    }

    pub fn in_plane(&self) -> usize {
        self.input[0] * self.input[1]
    }
    pub fn out_plane(&self) -> usize {
        self.axes[0].out * self.axes[1].out
    }
    /// Planes that make a task.
    fn planes_per_task(&self) -> usize {
        (TASK / (self.in_plane() + self.out_plane()).max(1)).max(1)
    }
    /// Numbers of scratch that `fold` needs.
    fn scratch(&self) -> usize {
        self.axes[0].kernel * self.line
    }
}

/// From the first tap of the first window to the last one of the last lane.
fn span(axis: &Axis, stride: usize) -> usize {
    let lanes = axis.out.next_multiple_of(LANES).max(LANES);
    (lanes - 1) * stride + axis.kernel.saturating_sub(1) * axis.dilation + 1
}

/// What is made of the taps of windows. The methods are inlined where their callers are compiled for vectors.
trait Fold<T> {
    /// Of the windows of a row that are worked on side by side.
    type State;
    fn begin(&self, i: usize, j: usize) -> Self::State;
    /// Takes the number of a tap and its value in each window.
    fn step(state: &mut Self::State, tap: u32, values: &[T; LANES]);
    /// Gets what came of the windows from `(i, j)` on.
    fn end(&mut self, i: usize, j: usize, state: Self::State);
}

/// Folds the taps of every window of a plane, in row-major order.
#[inline(always)]
fn fold<T: Number, F: Fold<T>>(grid: &Grid, plane: &[T], outside: T, lines: &mut [T], fold: &mut F) {
    let ([rows, columns], width) = (&grid.axes, grid.input[1]);
    let inside = width.min(grid.line - columns.padding.min(grid.line));
    lines.fill(outside);
    for (i, window) in grid.rows.iter().enumerate() {
        let used = window.taps.len() * grid.line;
        for (line, tap) in lines.chunks_exact_mut(grid.line).zip(window.taps.clone()) {
            let row = window.place(tap, rows) as usize * width;
            line[columns.padding..][..inside].copy_from_slice(&plane[row..row + inside]);
        }
        let (lines, first) = (&lines[..used], window.taps.start);
        for j in (0..columns.out).step_by(LANES) {
            let mut state = fold.begin(i, j);
            if !grid.table.is_empty() {
                taps::<T, F, Table>(grid, lines, first, j, &mut state);
            } else if columns.stride == 2 && columns.out > 1 {
                taps::<T, F, Every<2>>(grid, lines, first, j, &mut state);
            } else {
                taps::<T, F, Every<1>>(grid, lines, first, j, &mut state);
            }
            fold.end(i, j, state);
        }
    }
}

#[inline(always)]
fn taps<T: Number, F: Fold<T>, L: Load>(
    grid: &Grid,
    lines: &[T],
    first: usize,
    j: usize,
    state: &mut F::State,
) {
    let kernel = grid.axes[1].kernel;
    for (line, r) in lines.chunks_exact(grid.line).zip(first..) {
        for c in 0..kernel {
            F::step(state, (r * kernel + c) as u32, &L::load(grid, line, c, j));
        }
    }
}

/// Where in a line tap `c` of the windows from `j` on stands.
trait Load {
    fn load<T: Number>(grid: &Grid, line: &[T], c: usize, j: usize) -> [T; LANES];
}

/// Windows a few places apart, known to the compiler.
struct Every<const STRIDE: usize>;

impl<const STRIDE: usize> Load for Every<STRIDE> {
    #[inline(always)]
    fn load<T: Number>(grid: &Grid, line: &[T], c: usize, j: usize) -> [T; LANES] {
        let values = &line[STRIDE * j + c * grid.axes[1].dilation..][..STRIDE * (LANES - 1) + 1];
        let mut found = [T::ZERO; LANES];
        for l in 0..LANES {
            found[l] = values[STRIDE * l];
        }
        found
    }
}

struct Table;

impl Load for Table {
    #[inline(always)]
    fn load<T: Number>(grid: &Grid, line: &[T], c: usize, j: usize) -> [T; LANES] {
        let lanes = grid.axes[1].out.next_multiple_of(LANES);
        let places = &grid.table[c * lanes + j..][..LANES];
        let mut found = [T::ZERO; LANES];
        for l in 0..LANES {
            found[l] = line[places[l] as usize];
        }
        found
    }
}
