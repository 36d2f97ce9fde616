//! Patches of the input: laid out as the rows of a matrix (`im2col`), and added back to where they came from.

use super::{ConvElement, Sizes, Tile};
use crate::array::Array;
use crate::cpu::gemm::MatRef;
use crate::cpu::number::Number;
use crate::cpu::rows::add_to;
use crate::cpu::simd::multiversion;
use smallvec::SmallVec;
use std::ops::Range;

/// The input that patches are taken from, in any layout.
pub struct Source<'a, T> {
    s: &'a Sizes,
    ptr: *const T,
    strides: [isize; 4],
    /// Rows lie one behind the other, so that positions of the output at stride 1 do so too.
    flat: bool,
    /// The patches are the input as it stands.
    pub pointwise: bool,
}

// SAFETY: the input is only ever read.
unsafe impl<T: Sync> Sync for Source<'_, T> {}

impl<T: ConvElement> Source<'_, T> {
    pub fn new<'a>(s: &'a Sizes, x: &Array) -> Source<'a, T> {
        let strides: [isize; 4] = std::array::from_fn(|d| x.strides[d]);
        let dense = strides[3] == 1 && (strides[2] == s.input[1] as isize || s.input[0] == 1);
        let flat = dense && s.stride == [1, 1] && s.input[1] == s.output[1];
        Source {
            s,
            ptr: x.ptr().cast(),
            strides,
            flat,
            pointwise: dense && s.is_pointwise(),
        }
    }

    fn channel(&self, image: usize, group: usize, channel: usize) -> *const T {
        let c = (group * self.s.in_channels + channel) as isize;
        self.ptr
            .wrapping_offset(image as isize * self.strides[0] + c * self.strides[1])
    }

    /// The patches of a pointwise convolution at a part of one image.
    pub fn plain(&self, group: usize, tile: Tile) -> MatRef<T> {
        let ptr = self.channel(tile.image, group, 0).wrapping_add(tile.start);
        MatRef {
            ptr,
            row_stride: self.strides[1],
            col_stride: 1,
        }
    }

    /// Fills `to` with the patches of some channels: a row per (channel, kernel row, kernel column).
    pub fn im2col(&self, group: usize, tile: Tile, channels: Range<usize>, to: &mut [T]) {
        let (s, taps, columns) = (self.s, self.s.taps(), tile.columns());
        for tap in 0..taps {
            let runs = if self.flat {
                SmallVec::new()
            } else {
                runs(s, tap, tile)
            };
            let shift = Shift::new(s, tap, tile);
            for (c, channel) in channels.clone().enumerate() {
                for image in 0..tile.images {
                    let from = self.channel(tile.image + image, group, channel);
                    let row = &mut to[(c * taps + tap) * columns + image * tile.len..][..tile.len];
                    if self.flat {
                        row[..shift.inside.start].fill(T::ZERO);
                        row[shift.inside.end..].fill(T::ZERO);
                        // SAFETY: these positions lie in the channel once they are shifted.
                        let source = unsafe {
                            std::slice::from_raw_parts(from.offset(shift.first), shift.inside.len())
                        };
                        row[shift.inside.clone()].copy_from_slice(source);
                        shift.clear_borders(row);
                    } else {
                        let step = s.stride[1] as isize * self.strides[3];
                        // SAFETY: the runs lie in the channel and in the row.
                        unsafe { pick(&runs, from, [self.strides[2], self.strides[3], step], row) };
                    }
                }
            }
        }
    }
}

multiversion! {
    /// Fills one row of patches from a channel with strides `[row, column, step along a run]`.
    ///
    /// # Safety
    /// The runs lie in the channel and cover the row.
    unsafe fn pick<T: Number>(runs: &[Run], from: *const T, strides: [isize; 3], to: &mut [T]) {
        let [row, column, step] = strides;
        for run in runs {
            let to = &mut to[run.at..run.at + run.len];
            let (end, len) = (run.skip + run.inside, run.len);
            to[..run.skip].fill(T::ZERO);
            to[end..len].fill(T::ZERO);
            let from = from.wrapping_offset(run.row as isize * row + run.column as isize * column);
            // SAFETY: the caller's promise.
            unsafe {
                // Steps known to the compiler become vector loads.
                match step {
                    1 => to[run.skip..end].iter_mut().enumerate().for_each(|(j, v)| *v = *from.add(j)),
                    2 => to[run.skip..end].iter_mut().enumerate().for_each(|(j, v)| *v = *from.add(2 * j)),
                    _ => to[run.skip..end].iter_mut().enumerate().for_each(|(j, v)| *v = *from.offset(j as isize * step)),
                }
            }
        }
    }
}

/// Adds the patches of one channel (a row per tap, `columns` apart) to it. The patches may be changed.
pub fn col2im<T: ConvElement>(s: &Sizes, tile: Tile, patches: &mut [T], columns: usize, channel: &mut [T]) {
    let flat = s.stride == [1, 1] && s.input[1] == s.output[1];
    for tap in 0..s.taps() {
        let values = &mut patches[tap * columns..][..tile.len];
        if flat {
            let shift = Shift::new(s, tap, tile);
            shift.clear_borders(values);
            if !shift.inside.is_empty() {
                add_to(
                    &mut channel[shift.first as usize..][..shift.inside.len()],
                    &values[shift.inside],
                );
            }
        } else {
            add_runs(&runs(s, tap, tile), values, s.input[1], s.stride[1], channel);
        }
    }
}

multiversion! {
    /// Adds one row of patches to the channel, whose rows are `width` long.
    fn add_runs<T: Number>(runs: &[Run], values: &[T], width: usize, step: usize, channel: &mut [T]) {
        for run in runs {
            if run.inside == 0 {
                continue;
            }
            let values = &values[run.at + run.skip..][..run.inside];
            let to = &mut channel[run.row * width + run.column..][..(run.inside - 1) * step + 1];
            if step == 1 {
                for (t, &v) in to.iter_mut().zip(values) {
                    *t = Number::add(*t, v);
                }
            } else {
                for (t, &v) in to.iter_mut().step_by(step).zip(values) {
                    *t = Number::add(*t, v);
                }
            }
        }
    }
}

/// Where the positions of a tile come to lie in the input for one tap of the kernel, where the stride is 1 and output
/// and input rows are equally long: all the same distance away, save those that leave their row.
struct Shift {
    /// Which positions come to lie within the channel, borders aside, and the place of the first.
    inside: Range<usize>,
    first: isize,
    /// Columns that come to lie to the left or right of the input.
    outside: Range<usize>,
    width: usize,
    /// Column of the tile's first position.
    column: usize,
}

impl Shift {
    fn new(s: &Sizes, tap: usize, tile: Tile) -> Shift {
        let (p, q) = (tap / s.kernel[1], tap % s.kernel[1]);
        let by = |d: usize, k: usize| (k * s.dilation[d]) as isize - s.padding[d] as isize;
        let (down, right, width) = (by(0, p), by(1, q), s.output[1]);
        let start = tile.start as isize + down * s.input[1] as isize + right;
        let low = (-start).clamp(0, tile.len as isize);
        let high = ((s.input[0] * s.input[1]) as isize - start).clamp(low, tile.len as isize);
        let gone = right.unsigned_abs().min(width);
        Shift {
            inside: low as usize..high as usize,
            first: start + low,
            outside: if right < 0 { 0..gone } else { width - gone..width },
            width,
            column: tile.start % width,
        }
    }

    /// Sets to 0 what the shift has carried over from one row to the next.
    fn clear_borders<T: Number>(&self, values: &mut [T]) {
        for column in self.outside.clone() {
            let first = (column + self.width - self.column) % self.width;
            values
                .iter_mut()
                .skip(first)
                .step_by(self.width)
                .for_each(|v| *v = T::ZERO);
        }
    }
}

/// The part of a row of patches that comes from one output row.
struct Run {
    at: usize,
    len: usize,
    /// Positions before the input, and those within it.
    skip: usize,
    inside: usize,
    /// Where in the input the first of these lies.
    row: usize,
    column: usize,
}

/// Cuts a tile's positions in an image at the ends of output rows, for one tap of the kernel.
fn runs(s: &Sizes, tap: usize, tile: Tile) -> SmallVec<[Run; 16]> {
    let (p, q) = (tap / s.kernel[1], tap % s.kernel[1]);
    let width = s.output[1];
    // Columns low..high of the output read within the input.
    let offset = (q * s.dilation[1]) as isize - s.padding[1] as isize;
    let first_at_least = |x: isize| (x.max(0) as usize).div_ceil(s.stride[1]);
    let (low, high) = (
        first_at_least(-offset),
        first_at_least(s.input[1] as isize - offset),
    );
    let (mut i, mut j) = (tile.start / width, tile.start % width);
    let mut runs = SmallVec::new();
    let mut at = 0;
    while at < tile.len {
        let len = (width - j).min(tile.len - at);
        let row = (i * s.stride[0] + p * s.dilation[0]) as isize - s.padding[0] as isize;
        let (from, to) = (low.clamp(j, j + len), high.clamp(j, j + len));
        let visible = (0..s.input[0] as isize).contains(&row) && from < to;
        runs.push(if visible {
            let column = ((from * s.stride[1]) as isize + offset) as usize;
            Run {
                at,
                len,
                skip: from - j,
                inside: to - from,
                row: row as usize,
                column,
            }
        } else {
            Run {
                at,
                len,
                skip: len,
                inside: 0,
                row: 0,
                column: 0,
            }
        });
        at += len;
        (i, j) = (i + 1, 0);
    }
    runs
}
