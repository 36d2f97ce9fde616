//! The inner loops, one set per element type and instruction set.
//!
//! All of them keep the rule of the module: a number of C is one chain of multiply-adds in ascending order of
//! the terms. They are written once, over [`Lanes`], and compiled for each instruction set by the wrappers at
//! the end.

use super::GemmElement;
use super::lanes::{Lanes, Portable, Square};
use crate::cpu::simd::Level;

/// The largest tile of any kernel: this many vectors wide.
pub const MAX_VECTORS: usize = 3;

/// A piece of C of a kernel's own height and width, and what it is made from: `C = [C +] A B`.
pub struct Tile<T> {
    pub k: usize,
    pub a: *const T,
    pub a_row_stride: isize,
    pub a_col_stride: isize,
    /// The columns of B lie side by side, and those beyond the tile, up to whole vectors, can be read too.
    pub b: *const T,
    pub b_row_stride: isize,
    pub c: *mut T,
    pub c_row_stride: usize,
    /// How many lanes of the last vector belong to the tile. The others of C are neither read nor written.
    pub last_lanes: usize,
    pub accumulate: bool,
}

/// A strip of an operand to be copied: `length` steps of `width` numbers.
pub struct Strip<T> {
    pub length: usize,
    pub width: usize,
    pub from: *const T,
    /// Distance between steps, and between the numbers of one step.
    pub step_stride: isize,
    pub lane_stride: isize,
    pub to: *mut T,
    /// Distance between steps in the copy; the numbers of one step lie side by side there, and zeros fill the
    /// rest.
    pub to_stride: usize,
}

/// `y[i] = sum over p of matrix[i, p] * x[p]`, going on from what `y` holds. `y` is contiguous.
pub struct MatVec<T> {
    pub rows: usize,
    pub k: usize,
    pub matrix: *const T,
    pub row_stride: isize,
    pub col_stride: isize,
    pub x: *const T,
    pub x_stride: isize,
    pub y: *mut T,
}

type TileFn<T> = unsafe fn(&Tile<T>);

/// The kernels of one element type at one level.
///
/// All the functions are unsafe to call: the processor must have the level, and the pointers and strides must
/// cover what the structure's text says is read and written.
pub struct Kernels<T: 'static> {
    /// Numbers per vector.
    pub width: usize,
    /// The widest tile, in vectors.
    pub vectors: usize,
    /// Heights of tiles, largest first and 1 last, each with its kernels of 1, 2, ... vectors.
    pub tiles: &'static [(usize, [TileFn<T>; MAX_VECTORS])],
    pub pack: unsafe fn(&Strip<T>),
    /// For a matrix whose columns are contiguous (`row_stride` is 1).
    pub matvec_by_columns: unsafe fn(&MatVec<T>),
    /// For a matrix whose rows are contiguous (`col_stride` is 1).
    pub matvec_by_rows: unsafe fn(&MatVec<T>),
}

impl<T> Kernels<T> {
    /// The tallest tile.
    pub fn height(&self) -> usize {
        self.tiles[0].0
    }

    /// The tallest tile of at most `rows` rows (at least 1).
    pub fn tile_for(&self, rows: usize) -> &'static (usize, [TileFn<T>; MAX_VECTORS]) {
        self.tiles
            .iter()
            .find(|(height, _)| *height <= rows)
            .unwrap_or(&self.tiles[self.tiles.len() - 1])
    }
}

/// A tile of `R` rows by `N` vectors, held in registers over all of k.
#[inline(always)]
unsafe fn tile<V: Lanes, const R: usize, const N: usize>(t: &Tile<V::Element>) {
    // SAFETY: the caller's promise. `a` and `b` are moved past the last term with wrapping arithmetic only.
    unsafe {
        let mask = V::mask(t.last_lanes);
        let mut sums = [[V::zero(); N]; R];
        for i in 0..R {
            for j in 0..N {
                let from = t.c.add(i * t.c_row_stride + j * V::WIDTH);
                if !t.accumulate {
                    V::prefetch(from);
                } else if j + 1 < N {
                    sums[i][j] = V::load(from);
                } else {
                    sums[i][j] = V::load_masked(from, mask);
                }
            }
        }
        let (mut a, mut b) = (t.a, t.b);
        for _ in 0..t.k {
            let mut row = [V::zero(); N];
            for j in 0..N {
                row[j] = V::load(b.add(j * V::WIDTH));
            }
            for i in 0..R {
                let factor = V::splat(*a.offset(i as isize * t.a_row_stride));
                for j in 0..N {
                    sums[i][j] = factor.mul_add(row[j], sums[i][j]);
                }
            }
            a = a.wrapping_offset(t.a_col_stride);
            b = b.wrapping_offset(t.b_row_stride);
        }
        // The mask is made anew, for it would take a register from the loop.
        let mask = V::mask(t.last_lanes);
        for i in 0..R {
            for j in 0..N {
                let to = t.c.add(i * t.c_row_stride + j * V::WIDTH);
                if j + 1 < N {
                    sums[i][j].store(to);
                } else {
                    sums[i][j].store_masked(to, mask);
                }
            }
        }
    }
}

/// Copies a strip so that its numbers lie in the order in which a tile reads them.
#[inline(always)]
unsafe fn pack<V: Square>(s: &Strip<V::Element>) {
    // SAFETY: the caller's promise; every address below is one of the strip or of its copy.
    unsafe {
        let from = |step: usize, lane: usize| {
            s.from
                .offset(step as isize * s.step_stride + lane as isize * s.lane_stride)
        };
        let to = |step: usize, lane: usize| s.to.add(step * s.to_stride + lane);
        let whole_lanes = s.width - s.width % V::WIDTH;
        let tail = V::mask(s.width - whole_lanes);
        for step in 0..if s.width < s.to_stride { s.length } else { 0 } {
            to(step, s.width).write_bytes(0, s.to_stride - s.width);
        }
        if s.lane_stride == 1 {
            for step in 0..s.length {
                for lane in (0..whole_lanes).step_by(V::WIDTH) {
                    V::load(from(step, lane)).store(to(step, lane));
                }
                if whole_lanes < s.width {
                    V::load_masked(from(step, whole_lanes), tail).store_masked(to(step, whole_lanes), tail);
                }
            }
            return;
        }
        let mut done = 0;
        if s.step_stride == 1 {
            done = s.length - s.length % V::WIDTH;
            let mut square = V::rows();
            for lane in (0..whole_lanes).step_by(V::WIDTH) {
                for step in (0..done).step_by(V::WIDTH) {
                    for (i, row) in square.as_mut().iter_mut().enumerate() {
                        *row = V::load(from(step, lane + i));
                    }
                    V::transpose(&mut square);
                    for (i, row) in square.as_ref().iter().enumerate() {
                        row.store(to(step + i, lane));
                    }
                }
            }
            if whole_lanes < s.width {
                for step in (0..done).step_by(V::WIDTH) {
                    for (i, row) in square.as_mut().iter_mut().enumerate() {
                        // Repeats the last lane where there is none; the mask drops it again.
                        *row = V::load(from(step, (whole_lanes + i).min(s.width - 1)));
                    }
                    V::transpose(&mut square);
                    for (i, row) in square.as_ref().iter().enumerate() {
                        row.store_masked(to(step + i, whole_lanes), tail);
                    }
                }
            }
        }
        for step in done..s.length {
            for lane in 0..s.width {
                *to(step, lane) = *from(step, lane);
            }
        }
    }
}

/// Adds a few columns at a time to all of `y`, which is short enough to stay in the first cache.
#[inline(always)]
unsafe fn matvec_by_columns<V: Lanes>(v: &MatVec<V::Element>) {
    /// Columns read together: as many streams as the prefetchers follow with ease.
    const TOGETHER: usize = 8;
    // SAFETY: the caller's promise.
    unsafe {
        let whole = v.rows - v.rows % V::WIDTH;
        let tail = V::mask(v.rows - whole);
        let mut p = 0;
        while p < v.k {
            let together = if p + TOGETHER <= v.k { TOGETHER } else { 1 };
            let matrix = v.matrix.offset(p as isize * v.col_stride);
            let mut x = [V::zero(); TOGETHER];
            for q in 0..together {
                x[q] = V::splat(*v.x.offset((p + q) as isize * v.x_stride));
            }
            if together == TOGETHER {
                for row in (0..whole).step_by(V::WIDTH) {
                    let mut sum = V::load(v.y.add(row));
                    for q in 0..TOGETHER {
                        sum = V::load(matrix.offset(q as isize * v.col_stride).add(row)).mul_add(x[q], sum);
                    }
                    sum.store(v.y.add(row));
                }
            } else {
                for row in (0..whole).step_by(V::WIDTH) {
                    V::load(matrix.add(row))
                        .mul_add(x[0], V::load(v.y.add(row)))
                        .store(v.y.add(row));
                }
            }
            if whole < v.rows {
                let mut sum = V::load_masked(v.y.add(whole), tail);
                for q in 0..together {
                    let column = matrix.offset(q as isize * v.col_stride).add(whole);
                    sum = V::load_masked(column, tail).mul_add(x[q], sum);
                }
                sum.store_masked(v.y.add(whole), tail);
            }
            p += together;
        }
    }
}

/// One lane per row: squares of the matrix are transposed on the way in, so that each sum keeps its order.
#[inline(always)]
unsafe fn matvec_by_rows<V: Square>(v: &MatVec<V::Element>) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut row = 0;
        while row < v.rows {
            // Two independent chains hide the latency of the multiply-adds.
            if row + V::WIDTH < v.rows {
                row_groups::<V, 2>(v, row);
                row += 2 * V::WIDTH;
            } else {
                row_groups::<V, 1>(v, row);
                row += V::WIDTH;
            }
        }
    }
}

/// The sums of up to `G` vectors of rows from `first` on.
#[inline(always)]
unsafe fn row_groups<V: Square, const G: usize>(v: &MatVec<V::Element>, first: usize) {
    // SAFETY: the caller's promise; rows beyond the last are replaced by the last, and their sums are
    // dropped.
    unsafe {
        let at = |row: usize, p: usize| {
            v.matrix
                .offset(row.min(v.rows - 1) as isize * v.row_stride + p as isize * v.col_stride)
        };
        let x = |p: usize| V::splat(*v.x.offset(p as isize * v.x_stride));
        let count = |g: usize| (v.rows - first - g * V::WIDTH).min(V::WIDTH);
        let mut sums = [V::zero(); G];
        for g in 0..G {
            sums[g] = V::load_masked(v.y.add(first + g * V::WIDTH), V::mask(count(g)));
        }
        let whole = v.k - v.k % V::WIDTH;
        let mut squares: [V::Rows; G] = std::array::from_fn(|_| V::rows());
        for p in (0..whole).step_by(V::WIDTH) {
            for g in 0..G {
                for (i, row) in squares[g].as_mut().iter_mut().enumerate() {
                    *row = V::load(at(first + g * V::WIDTH + i, p));
                }
                V::transpose(&mut squares[g]);
            }
            for q in 0..V::WIDTH {
                let x = x(p + q);
                for g in 0..G {
                    sums[g] = squares[g].as_ref()[q].mul_add(x, sums[g]);
                }
            }
        }
        for p in whole..v.k {
            for g in 0..G {
                // One column: lane i of row i, put together through the first register of the square.
                let mut column = [*at(first, p); 16];
                for (i, number) in column.iter_mut().enumerate().take(V::WIDTH) {
                    *number = *at(first + g * V::WIDTH + i, p);
                }
                sums[g] = V::load(column.as_ptr()).mul_add(x(p), sums[g]);
            }
        }
        for g in 0..G {
            sums[g].store_masked(v.y.add(first + g * V::WIDTH), V::mask(count(g)));
        }
    }
}

/// Compiles the loops above for one instruction set.
macro_rules! level {
    ($name:ident $(, $feature:literal)?) => {
        mod $name {
            use super::super::lanes::{Lanes, Square};
            use super::{MatVec, Strip, Tile};

            $(#[target_feature(enable = $feature)])?
            pub unsafe fn tile<V: Lanes, const R: usize, const N: usize>(t: &Tile<V::Element>) {
                // SAFETY: the caller's promise.
                unsafe { super::tile::<V, R, N>(t) }
            }
            $(#[target_feature(enable = $feature)])?
            pub unsafe fn pack<V: Square>(s: &Strip<V::Element>) {
                // SAFETY: the caller's promise.
                unsafe { super::pack::<V>(s) }
            }
            $(#[target_feature(enable = $feature)])?
            pub unsafe fn matvec_by_columns<V: Lanes>(v: &MatVec<V::Element>) {
                // SAFETY: the caller's promise.
                unsafe { super::matvec_by_columns::<V>(v) }
            }
            $(#[target_feature(enable = $feature)])?
            pub unsafe fn matvec_by_rows<V: Square>(v: &MatVec<V::Element>) {
                // SAFETY: the caller's promise.
                unsafe { super::matvec_by_rows::<V>(v) }
            }
        }
    };
}

level!(portable);
#[cfg(target_arch = "x86_64")]
level!(avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
level!(avx512, "avx512f,avx2,fma");

/// The table of one level: its module, its vectors, the vectors of its squares, and the heights of its tiles.
macro_rules! kernels {
    ($level:ident, $lanes:ty, $square:ty, vectors: $vectors:literal, heights: [$($height:literal),*]) => {
        Kernels {
            width: <$lanes as Lanes>::WIDTH,
            vectors: $vectors,
            tiles: &[$((
                $height,
                [
                    $level::tile::<$lanes, $height, 1>,
                    $level::tile::<$lanes, $height, 2>,
                    // A table without this width never asks for it, and its code need not exist.
                    $level::tile::<$lanes, $height, $vectors>,
                ],
            )),*],
            pack: $level::pack::<$square>,
            matvec_by_columns: $level::matvec_by_columns::<$lanes>,
            matvec_by_rows: $level::matvec_by_rows::<$square>,
        }
    };
}

macro_rules! element {
    ($element:ty, $avx2:ident, $avx512:ident) => {
        impl GemmElement for $element {
            fn kernels(level: Level) -> &'static Kernels<Self> {
                type Plain = Portable<$element>;
                static PORTABLE: Kernels<$element> =
                    kernels!(portable, Plain, Plain, vectors: 2, heights: [4, 2, 1]);
                #[cfg(target_arch = "x86_64")]
                {
                    use std::arch::x86_64::{$avx2, $avx512};
                    static AVX2: Kernels<$element> =
                        kernels!(avx2, $avx2, $avx2, vectors: 2, heights: [6, 4, 2, 1]);
                    static AVX512: Kernels<$element> =
                        kernels!(avx512, $avx512, $avx2, vectors: 3, heights: [8, 4, 2, 1]);
                    if level >= Level::Avx512 {
                        return &AVX512;
                    } else if level >= Level::Avx2 {
                        return &AVX2;
                    }
                }
                let _ = level;
                &PORTABLE
            }
        }
    };
}

element!(f32, __m256, __m512);
element!(f64, __m256d, __m512d);
