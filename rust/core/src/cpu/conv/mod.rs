//! Two-dimensional convolution and its two cotangents, by matrix products over patches of the input.
//!
//! Patches are laid out tile by tile (`im2col`) in memory that stays in the second cache: a row per (channel, kernel
//! row, kernel column), a column per output position. How work is cut into tiles, blocks and segments depends on the
//! shapes alone, and so do the orders of summation:
//!
//! * an output sums over (channel, kernel row, kernel column), one after the other;
//! * an element of the input's cotangent sums over output channels for each (kernel row, kernel column), and these
//!   sums tile by tile in that order;
//! * an element of the weight's cotangent sums over the output positions of a tile, and tiles in order within each of
//!   a few segments.

mod launch;
mod patches;

use super::gemm::{GemmElement, MatRef, gemm_alone};
use super::number::Number;
use super::rows::add_to;
use super::threads::parallel_for;
use super::{Shared, scratch};
use crate::array::{Array, Element};
use crate::error::Result;
use crate::shape::numel;
pub use launch::{Geometry, run_input, run_output, run_weight};
use patches::{Source, col2im};

/// Numbers in a tile of patches, at most (512 KB of float32).
const TILE: usize = 1 << 17;
/// Columns of a tile: at least and at most, where there are as many output positions.
const COLUMNS: (usize, usize) = (192, 1024);
/// Tiles are cut at multiples of the widest vector.
const WIDTH: usize = 16;
/// Rows of patches in one product of the input's cotangent, about.
const INPUT_ROWS: usize = 64;
/// Rows of patches in one product of the weight's cotangent, about.
const WEIGHT_ROWS: usize = 144;
/// Tasks into which the weight's cotangent is cut, where its tiles suffice.
const WEIGHT_TASKS: usize = 32;

/// A number that convolution has kernels for.
pub trait ConvElement: GemmElement + Number + std::ops::Add<Output = Self> {}
impl<T: GemmElement + Number + std::ops::Add<Output = T>> ConvElement for T {}

/// The extents of a convolution. Pairs are (vertical, horizontal).
#[derive(Clone, Debug)]
struct Sizes {
    pub images: usize,
    pub groups: usize,
    /// Channels of one group.
    pub in_channels: usize,
    pub out_channels: usize,
    pub input: [usize; 2],
    pub kernel: [usize; 2],
    pub output: [usize; 2],
    pub stride: [usize; 2],
    /// Rows above and columns to the left of the input that count as 0.
    pub padding: [usize; 2],
    pub dilation: [usize; 2],
}

/// Some output positions of some images: all of several images, or a part of one.
#[derive(Clone, Copy)]
struct Tile {
    image: usize,
    images: usize,
    start: usize,
    /// Positions in each image.
    len: usize,
}

impl Tile {
    fn columns(self) -> usize {
        self.images * self.len
    }
}

/// How output positions are cut into tiles.
struct Tiling {
    /// Images of a tile, and tiles of an image: one of them is 1.
    images: usize,
    parts: usize,
    /// Positions of a tile within an image.
    len: usize,
}

impl Sizes {
    fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
    /// Output positions of an image.
    fn plane(&self) -> usize {
        self.output[0] * self.output[1]
    }
    fn in_plane(&self) -> usize {
        self.input[0] * self.input[1]
    }
    /// Rows of all patches of a group.
    fn depth(&self) -> usize {
        self.in_channels * self.taps()
    }

    fn tiling(&self) -> Tiling {
        let columns = (TILE / self.depth().max(1)).clamp(COLUMNS.0, COLUMNS.1);
        let plane = self.plane();
        if plane < columns {
            return Tiling {
                images: (columns / plane).min(self.images),
                parts: 1,
                len: plane,
            };
        }
        let len = plane.div_ceil(plane.div_ceil(columns)).next_multiple_of(WIDTH);
        Tiling {
            images: 1,
            parts: plane.div_ceil(len),
            len,
        }
    }

    /// Whether the patches are the input as it stands.
    fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0, 0] && self.input == self.output
    }
}

impl Tiling {
    fn count(&self, s: &Sizes) -> usize {
        s.images.div_ceil(self.images) * self.parts
    }
    fn tile(&self, s: &Sizes, i: usize) -> Tile {
        let (image, start) = (i / self.parts * self.images, i % self.parts * self.len);
        Tile {
            image,
            images: self.images.min(s.images - image),
            start,
            len: self.len.min(s.plane() - start),
        }
    }
}

/// Row-major data of a whole tensor, to be read.
#[derive(Clone, Copy)]
struct Data<T>(*const T);
// SAFETY: it is only ever read.
unsafe impl<T: Sync> Sync for Data<T> {}

impl<T> Data<T> {
    fn matrix(self, offset: usize, row_stride: usize, col_stride: usize) -> MatRef<T> {
        let ptr = self.0.wrapping_add(offset);
        MatRef {
            ptr,
            row_stride: row_stride as isize,
            col_stride: col_stride as isize,
        }
    }
}

fn data<T: Element>(array: &Array) -> Data<T> {
    debug_assert!(array.is_contiguous());
    Data(array.ptr().cast())
}

/// Row-major scratch as a matrix.
fn rows_of<T>(values: &[T], columns: usize) -> MatRef<T> {
    MatRef {
        ptr: values.as_ptr(),
        row_stride: columns as isize,
        col_stride: 1,
    }
}

/// The convolution of `x`, in any layout, with row-major `w`.
fn output<T: ConvElement>(s: &Sizes, x: &Array, w: &Array, y: &mut Array) {
    let (tiling, m, depth, plane) = (s.tiling(), s.out_channels, s.depth(), s.plane());
    let tiles = tiling.count(s);
    let source = Source::<T>::new(s, x);
    let weights = data::<T>(w);
    let y = Shared::<T>::new(y);
    let channels = (TILE / s.taps() / (tiling.images * tiling.len)).clamp(1, s.in_channels.max(1));
    parallel_for(s.groups * tiles, &|task| {
        let (group, tile) = (task / tiles, tiling.tile(s, task % tiles));
        let columns = tile.columns();
        let alone = tile.images == 1;
        let buffer = if alone { 0 } else { m * columns };
        let patches = if source.pointwise && alone {
            0
        } else {
            channels * s.taps() * columns
        };
        scratch::with::<T, _>(patches + buffer, |memory| {
            let (patches, buffer) = memory.split_at_mut(patches);
            let (c, c_stride) = if alone {
                let first = (tile.image * s.groups + group) * m * plane + tile.start;
                // SAFETY: this task alone writes these positions of the group's channels.
                (unsafe { y.pointer(first) }, plane)
            } else {
                (buffer.as_mut_ptr(), columns)
            };
            let a = weights.matrix(group * m * depth, depth, 1);
            let product = |k0: usize, k: usize, b: MatRef<T>| {
                // SAFETY: the operands hold these elements; the product is this task's own.
                unsafe {
                    gemm_alone(
                        m,
                        columns,
                        k,
                        MatRef {
                            ptr: a.ptr.wrapping_add(k0),
                            ..a
                        },
                        b,
                        c,
                        c_stride,
                        k0 > 0,
                    )
                }
            };
            if patches.is_empty() {
                product(0, depth, source.plain(group, tile));
            } else {
                for first in (0..s.in_channels).step_by(channels) {
                    let range = first..s.in_channels.min(first + channels);
                    let k = range.len() * s.taps();
                    source.im2col(group, tile, range, patches);
                    product(first * s.taps(), k, rows_of(patches, columns));
                }
            }
            if !alone {
                for row in 0..m {
                    for i in 0..tile.images {
                        let first = (((tile.image + i) * s.groups + group) * m + row) * plane;
                        // SAFETY: this task alone writes these images' channels of the group.
                        let to = unsafe { y.slice(first, plane) };
                        to.copy_from_slice(&buffer[row * columns + i * plane..][..plane]);
                    }
                }
            }
        });
    });
}

/// The cotangent of the input from that of the output and the weight, both row-major.
fn input<T: ConvElement>(s: &Sizes, g: &Array, w: &Array, x: &mut Array) {
    let (tiling, m, in_plane) = (s.tiling(), s.out_channels, s.in_plane());
    if in_plane == 0 {
        return;
    }
    let per_block = INPUT_ROWS.div_ceil(s.taps()).min(s.in_channels);
    let (blocks, bunches) = (
        s.in_channels.div_ceil(per_block),
        s.images.div_ceil(tiling.images),
    );
    let (cotangents, weights) = (data::<T>(g), data::<T>(w));
    let x = Shared::<T>::new(x);
    parallel_for(s.groups * bunches * blocks, &|task| {
        let (group, bunch, block) = (task / (bunches * blocks), task / blocks % bunches, task % blocks);
        let first = block * per_block;
        let channels = first..s.in_channels.min(first + per_block);
        let rows = channels.len() * s.taps();
        let at =
            |image: usize, channel: usize| ((image * s.groups + group) * s.in_channels + channel) * in_plane;
        let a = weights.matrix(group * m * s.depth() + first * s.taps(), 1, s.depth());
        let most = tiling.images * tiling.len;
        let alone = tiling.images == 1;
        scratch::with::<T, _>(rows * most + if alone { 0 } else { m * most }, |memory| {
            let (patches, gathered) = memory.split_at_mut(rows * most);
            for part in 0..tiling.parts {
                let tile = tiling.tile(s, bunch * tiling.parts + part);
                let columns = tile.columns();
                let b = cotangent_rows(s, cotangents, group, tile, alone, gathered);
                if s.is_pointwise() && alone {
                    // SAFETY: this task alone writes these channels; the operands hold these elements.
                    unsafe {
                        gemm_alone(
                            rows,
                            columns,
                            m,
                            a,
                            b,
                            x.pointer(at(tile.image, first) + tile.start),
                            in_plane,
                            false,
                        )
                    };
                    continue;
                }
                // SAFETY: the operands hold these elements, the patches have room for the product.
                unsafe { gemm_alone(rows, columns, m, a, b, patches.as_mut_ptr(), columns, false) };
                for image in 0..tile.images {
                    // SAFETY: this task alone writes these channels of these images.
                    let to = unsafe { x.slice(at(tile.image + image, first), channels.len() * in_plane) };
                    if part == 0 {
                        to.fill(T::ZERO);
                    }
                    for (c, channel) in to.chunks_exact_mut(in_plane).enumerate() {
                        let first = c * s.taps() * columns + image * tile.len;
                        col2im(s, tile, &mut patches[first..], columns, channel);
                    }
                }
            }
        });
    });
}

/// The cotangent of the weight from the input, in any layout, and that of the output, row-major.
fn weight<T: ConvElement>(s: &Sizes, x: &Array, g: &Array, w: &mut Array) -> Result<()> {
    let (tiling, m, depth) = (s.tiling(), s.out_channels, s.depth());
    let per_block = WEIGHT_ROWS.div_ceil(s.taps()).min(s.in_channels);
    let blocks = s.in_channels.div_ceil(per_block);
    let tiles = tiling.count(s);
    let segments = WEIGHT_TASKS.div_ceil(s.groups * blocks).min(tiles);
    let per_segment = tiles.div_ceil(segments);
    let segments = tiles.div_ceil(per_segment);
    let whole = numel(&w.shape);
    // Segment 0 is summed up in the result itself.
    let mut others = Array::empty(&[segments - 1, whole], T::DTYPE)?;
    let (source, cotangents) = (Source::<T>::new(s, x), data::<T>(g));
    let (result, others) = (Shared::<T>::new(w), Shared::<T>::new(&mut others));
    parallel_for(segments * s.groups * blocks, &|task| {
        let (segment, group, block) = (
            task / (s.groups * blocks),
            task / blocks % s.groups,
            task % blocks,
        );
        let first = block * per_block;
        let channels = first..s.in_channels.min(first + per_block);
        let rows = channels.len() * s.taps();
        let most = tiling.images * tiling.len;
        let alone = tiling.images == 1;
        scratch::with::<T, _>(
            rows * most + m * rows + if alone { 0 } else { m * most },
            |memory| {
                let (patches, memory) = memory.split_at_mut(rows * most);
                let (product, gathered) = memory.split_at_mut(m * rows);
                for i in segment * per_segment..tiles.min((segment + 1) * per_segment) {
                    let tile = tiling.tile(s, i);
                    let columns = tile.columns();
                    source.im2col(group, tile, channels.clone(), patches);
                    let a = cotangent_rows(s, cotangents, group, tile, alone, gathered);
                    let b = MatRef {
                        ptr: patches.as_ptr(),
                        row_stride: 1,
                        col_stride: columns as isize,
                    };
                    // SAFETY: the operands hold these elements, `product` has room for the result.
                    unsafe { gemm_alone(m, rows, columns, a, b, product.as_mut_ptr(), rows, false) };
                    for row in 0..m {
                        let at = (group * m + row) * depth + first * s.taps();
                        // SAFETY: this task alone writes these channels of the group in its segment.
                        let to = unsafe {
                            match segment {
                                0 => result.slice(at, rows),
                                n => others.slice((n - 1) * whole + at, rows),
                            }
                        };
                        let terms = &product[row * rows..][..rows];
                        if i == segment * per_segment {
                            to.copy_from_slice(terms)
                        } else {
                            add_to(to, terms)
                        }
                    }
                }
            },
        );
    });
    let per_task = TILE / 8;
    parallel_for(if segments > 1 { whole.div_ceil(per_task) } else { 0 }, &|task| {
        let (start, len) = (task * per_task, per_task.min(whole - task * per_task));
        for segment in 0..segments - 1 {
            // SAFETY: this task alone uses this range.
            unsafe {
                add_to(
                    result.slice(start, len),
                    others.slice(segment * whole + start, len),
                )
            };
        }
    });
    Ok(())
}

/// The output's cotangents at a tile: a row per channel of the group. Those of several images are gathered.
fn cotangent_rows<T: ConvElement>(
    s: &Sizes,
    g: Data<T>,
    group: usize,
    tile: Tile,
    alone: bool,
    gathered: &mut [T],
) -> MatRef<T> {
    let (m, plane) = (s.out_channels, s.plane());
    let at = |image: usize, row: usize| ((image * s.groups + group) * m + row) * plane;
    if alone {
        return g.matrix(at(tile.image, 0) + tile.start, plane, 1);
    }
    let columns = tile.columns();
    for row in 0..m {
        for i in 0..tile.images {
            // SAFETY: a channel of the cotangent.
            let from = unsafe { std::slice::from_raw_parts(g.0.add(at(tile.image + i, row)), plane) };
            gathered[row * columns + i * plane..][..plane].copy_from_slice(from);
        }
    }
    rows_of(gathered, columns)
}
