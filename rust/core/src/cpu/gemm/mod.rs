//! The matrix product `C = A B`, or `C = C + A B`, for f32 and f64 and any strides.
//!
//! **One order of summation.** `c[i][j]` starts from zero (or from what C holds) and takes one multiply-add
//! per term, in ascending order of the inner index. The multiply-add rounds once on AVX2 and above, twice on
//! `Portable`. So the bits of C follow from the operands and that one choice alone: not from the number of
//! threads, strides, blocking, m or n. (If several NaNs meet, which one's payload survives is not fixed.) The
//! price: terms of one sum cannot be spread over lanes or threads, so a long dot product is slow.
//!
//! **How.** C is cut into tiles that fit in registers ([`kernel`]); a tile runs over the inner index in one
//! go, up to [`Plan::k_block`] terms, after which its partial sums wait in C. Operands are read where they
//! lie if they are small and B's columns are side by side; else strips of them are first copied in the order
//! in which tiles read them. Threads share out blocks of C. One row or one column of C is a matrix times a
//! vector, bound by memory instead.

mod kernel;
mod lanes;
mod matrix;
mod matvec;
mod plan;
mod scratch;
#[cfg(test)]
mod tests;

use super::simd::{self, Level};
use super::threads;
use crate::interrupt;
use kernel::{Kernels, Strip, Tile};
pub use matrix::{MatRef, matrix};
use matvec::matvec;
use plan::{COPY_TASK, PackB, Panels, Plan, TASKS_PER_THREAD, WORTH_SHARING, share, tasks};
use scratch::Scratch;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// The element types there are kernels for: f32 and f64.
pub trait GemmElement: Copy + Send + Sync + 'static {
    #[doc(hidden)]
    fn kernels(level: Level) -> &'static Kernels<Self>;
}

/// Where C goes. Threads write to parts that do not overlap.
#[derive(Clone, Copy)]
struct Output<T> {
    ptr: *mut T,
    row_stride: usize,
}

// SAFETY: see above.
unsafe impl<T: Send> Send for Output<T> {}
// SAFETY: see above.
unsafe impl<T: Send> Sync for Output<T> {}

impl<T> Output<T> {
    fn at(self, row: usize, col: usize) -> *mut T {
        self.ptr.wrapping_add(row * self.row_stride + col)
    }
}

/// Called with rows and columns of C that are finished, each once, by whichever thread finished them.
pub type Done<'a> = &'a (dyn Fn(Range<usize>, Range<usize>) + Sync);

/// Sizes of a product: A is m by k, B is k by n.
#[derive(Clone, Copy)]
struct Size {
    m: usize,
    n: usize,
    k: usize,
}

impl Size {
    fn multiply_adds(self) -> usize {
        self.m.saturating_mul(self.n).saturating_mul(self.k)
    }
}

/// Writes the product of `a` (m by k) and `b` (k by n) to `c` (m by n, columns side by side), or adds it to
/// `c`.
///
/// # Safety
///
/// Every element of A, B and C must be valid for reading, and C's for writing. No other thread may write to A
/// or B or use C meanwhile, and C must not overlap A, B or, by `c_row_stride < n`, itself.
pub unsafe fn gemm<T: GemmElement>(
    m: usize,
    n: usize,
    k: usize,
    a: MatRef<T>,
    b: MatRef<T>,
    c: *mut T,
    c_row_stride: usize,
    accumulate: bool,
) {
    let kernels = T::kernels(simd::level());
    let c = Output {
        ptr: c,
        row_stride: c_row_stride,
    };
    // SAFETY: the caller's promise; the kernels are those of this processor.
    unsafe {
        product(
            kernels,
            threads::num_threads(),
            Size { m, n, k },
            a,
            b,
            c,
            accumulate,
            None,
        )
    }
}

/// As [`gemm`] with nothing in C before, calling `done` for parts of C while they are in a cache.
///
/// # Safety
///
/// As for [`gemm`]; `done` may use the parts of C that it is called with.
pub unsafe fn gemm_then<T: GemmElement>(
    m: usize,
    n: usize,
    k: usize,
    a: MatRef<T>,
    b: MatRef<T>,
    c: *mut T,
    done: Done,
) {
    let c = Output {
        ptr: c,
        row_stride: n,
    };
    // SAFETY: the caller's promise; the kernels are those of this processor.
    unsafe {
        product(
            T::kernels(simd::level()),
            threads::num_threads(),
            Size { m, n, k },
            a,
            b,
            c,
            false,
            Some(done),
        )
    }
}

/// As [`gemm`], on this thread alone: for callers that share out their products themselves.
///
/// # Safety
///
/// As for [`gemm`].
pub unsafe fn gemm_alone<T: GemmElement>(
    m: usize,
    n: usize,
    k: usize,
    a: MatRef<T>,
    b: MatRef<T>,
    c: *mut T,
    c_row_stride: usize,
    accumulate: bool,
) {
    let c = Output {
        ptr: c,
        row_stride: c_row_stride,
    };
    // SAFETY: the caller's promise; the kernels are those of this processor.
    unsafe {
        product(
            T::kernels(simd::level()),
            1,
            Size { m, n, k },
            a,
            b,
            c,
            accumulate,
            None,
        )
    }
}

/// `batch` products of the same size: `c(i) = a(i) b(i)`; `done(i)` is called when one is finished.
///
/// # Safety
///
/// As for [`gemm`], for every product; and the outputs must not overlap each other or any operand.
pub unsafe fn gemm_batched<T: GemmElement>(
    batch: usize,
    m: usize,
    n: usize,
    k: usize,
    a: &(dyn Fn(usize) -> MatRef<T> + Sync),
    b: &(dyn Fn(usize) -> MatRef<T> + Sync),
    c: &(dyn Fn(usize) -> *mut T + Sync),
    c_row_stride: usize,
    done: &(dyn Fn(usize) + Sync),
) {
    let kernels = T::kernels(simd::level());
    let size = Size { m, n, k };
    let one = |i: usize, threads: usize| {
        let c = Output {
            ptr: c(i),
            row_stride: c_row_stride,
        };
        // SAFETY: the caller's promise; the kernels are those of this processor.
        unsafe { product(kernels, threads, size, a(i), b(i), c, false, None) };
        done(i);
    };
    let threads = threads::num_threads();
    // A few large products are better shared out from inside: whole ones would leave threads idle at the end.
    if batch < threads || (batch < TASKS_PER_THREAD * threads && size.multiply_adds() > WORTH_SHARING) {
        return (0..batch).for_each(|i| one(i, threads));
    }
    let most = TASKS_PER_THREAD * threads;
    let tasks = tasks(threads, size.multiply_adds().saturating_mul(batch))
        .min(batch)
        .min(most);
    threads::parallel_for(tasks, &|task| {
        for i in share(batch, tasks, task) {
            if i % 256 == 255 {
                interrupt::poll();
            }
            one(i, 1);
        }
    });
}

/// # Safety
///
/// As for [`gemm`], and the processor must have the level of the kernels.
unsafe fn product<T: GemmElement>(
    kernels: &Kernels<T>,
    threads: usize,
    size: Size,
    a: MatRef<T>,
    b: MatRef<T>,
    c: Output<T>,
    accumulate: bool,
    done: Option<Done>,
) {
    let Size { m, n, k } = size;
    if m == 0 || n == 0 {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        if k == 0 {
            if !accumulate {
                for row in 0..m {
                    c.at(row, 0).write_bytes(0, n);
                }
            }
        } else if n == 1 && (a.row_stride == 1 || a.col_stride == 1) {
            matvec(
                kernels,
                threads,
                m,
                k,
                a,
                b.ptr,
                b.row_stride,
                c.ptr,
                c.row_stride,
                accumulate,
            );
        } else if m == 1 && (b.row_stride == 1 || b.col_stride == 1) {
            matvec(
                kernels,
                threads,
                n,
                k,
                b.transposed(),
                a.ptr,
                a.col_stride,
                c.ptr,
                1,
                accumulate,
            );
        } else {
            let plan = Plan::new(kernels, threads, size, b, done.is_some());
            blocked(kernels, &plan, size, a, b, c, accumulate, done);
            return;
        }
    }
    if let Some(done) = done {
        done(0..m, 0..n);
    }
}

/// The product, cut up as `plan` says.
///
/// # Safety
///
/// As for [`product`]; m, n and k are not zero.
unsafe fn blocked<T: GemmElement>(
    kernels: &Kernels<T>,
    plan: &Plan,
    size: Size,
    a: MatRef<T>,
    b: MatRef<T>,
    c: Output<T>,
    accumulate: bool,
    done: Option<Done>,
) {
    let rounds = |b_scratch: &mut Scratch| {
        for n_start in (0..size.n).step_by(plan.n_block) {
            for k_start in (0..size.k).step_by(plan.k_block) {
                let columns = plan.n_block.min(size.n - n_start);
                let vectors = columns.div_ceil(kernels.width);
                let count = plan.panels.min(vectors);
                let k = plan.k_block.min(size.k - k_start);
                let room = if plan.pack_b == PackB::Together {
                    vectors * kernels.width * k
                } else {
                    0
                };
                let round = Round {
                    number: ROUNDS.fetch_add(1, Ordering::Relaxed),
                    kernels,
                    plan,
                    panels: Panels {
                        count,
                        vectors,
                        width: kernels.width,
                        columns,
                    },
                    m: size.m,
                    k,
                    a: a.at(0, k_start),
                    b: b.at(k_start, n_start),
                    packed_b: Output {
                        ptr: b_scratch.reserve(room),
                        row_stride: 0,
                    },
                    c: Output {
                        ptr: c.at(0, n_start),
                        ..c
                    },
                    accumulate: accumulate || k_start > 0,
                    n_start,
                    done: done.filter(|_| k_start + k == size.k),
                };
                // SAFETY: the caller's promise.
                unsafe { round.run() };
            }
        }
    };
    match plan.pack_b {
        PackB::Together => scratch::with(&scratch::FOR_B, rounds),
        _ => rounds(&mut Scratch::default()),
    }
}

/// Tells the rounds of a process apart. A thread's scratch starts with round 0, which is none.
static ROUNDS: AtomicU64 = AtomicU64::new(1);

/// One pass over C, or over a block of its columns, with up to [`Plan::k_block`] terms for every number.
struct Round<'a, T: 'static> {
    number: u64,
    kernels: &'a Kernels<T>,
    plan: &'a Plan,
    m: usize,
    k: usize,
    a: MatRef<T>,
    b: MatRef<T>,
    /// Room for the copies of B's panels, each at its first column times k.
    packed_b: Output<T>,
    c: Output<T>,
    accumulate: bool,
    panels: Panels,
    /// Where the block of columns begins.
    n_start: usize,
    /// In the last round of a block only.
    done: Option<Done<'a>>,
}

impl<T: GemmElement> Round<'_, T> {
    /// # Safety
    ///
    /// As for [`product`], for the part of C that the round writes.
    unsafe fn run(&self) {
        if self.plan.pack_b == PackB::Together {
            let tasks = (self.k * self.panels.columns / COPY_TASK).clamp(1, self.panels.count);
            threads::parallel_for(tasks, &|task| {
                for panel in share(self.panels.count, tasks, task) {
                    let (start, ..) = self.panels.get(panel);
                    // SAFETY: the caller's promise; every panel has its own room.
                    unsafe { self.pack_b(panel, self.packed_b.ptr.wrapping_add(start * self.k)) };
                }
            });
        }
        threads::parallel_for(self.plan.row_parts * self.plan.col_parts, &|task| {
            // The tasks on one part of A follow each other, so a thread seldom copies the same part twice.
            let (row_part, col_part) = (task / self.plan.col_parts, task % self.plan.col_parts);
            let height = self.kernels.height();
            let rows = share(self.m.div_ceil(height), self.plan.row_parts, row_part);
            let rows = rows.start * height..(rows.end * height).min(self.m);
            let panels = share(self.panels.count, self.plan.col_parts, col_part);
            let tiles = |a_scratch: &mut Scratch| {
                for panel in panels.clone() {
                    interrupt::poll();
                    // SAFETY: the caller's promise; no other task has these rows and panels.
                    unsafe { self.panel(a_scratch, row_part, &rows, panel) };
                }
            };
            if self.plan.pack_a {
                scratch::with(&scratch::FOR_A, tiles)
            } else {
                tiles(&mut Scratch::default())
            }
            if let (Some(done), false) = (self.done, rows.is_empty() || panels.is_empty()) {
                let (first, ..) = self.panels.get(panels.start);
                let (last, _, columns) = self.panels.get(panels.end - 1);
                done(rows, self.n_start + first..self.n_start + last + columns);
            }
        });
    }

    /// The tiles of C in `rows`, which are part `row_part` of A, and one panel.
    ///
    /// # Safety
    ///
    /// As for [`product`], for these tiles; B's panel must have been copied if all threads copy it together.
    unsafe fn panel(&self, a_scratch: &mut Scratch, row_part: usize, rows: &Range<usize>, panel: usize) {
        let (start, vectors, columns) = self.panels.get(panel);
        let row_length = vectors * self.panels.width;
        // SAFETY: the caller's promise; the scratch has room for the panel.
        unsafe {
            if self.plan.pack_b == PackB::Together {
                let b = self.packed_b.ptr.wrapping_add(start * self.k);
                self.tiles(a_scratch, row_part, rows, panel, b, row_length as isize);
            } else if self.plan.pack_b == PackB::Alone || columns < row_length {
                scratch::with(&scratch::FOR_B, |b_scratch| {
                    let b = b_scratch.reserve(self.k * row_length);
                    self.pack_b(panel, b);
                    self.tiles(a_scratch, row_part, rows, panel, b, row_length as isize);
                });
            } else {
                self.tiles(
                    a_scratch,
                    row_part,
                    rows,
                    panel,
                    self.b.at(0, start).ptr,
                    self.b.row_stride,
                );
            }
        }
    }

    /// Copies a panel of B, one step per term.
    ///
    /// # Safety
    ///
    /// B must be readable; `to` must have room for k steps of the panel's vectors, used by nobody else.
    unsafe fn pack_b(&self, panel: usize, to: *mut T) {
        let (start, vectors, width) = self.panels.get(panel);
        let strip = Strip {
            length: self.k,
            width,
            from: self.b.at(0, start).ptr,
            step_stride: self.b.row_stride,
            lane_stride: self.b.col_stride,
            to,
            to_stride: vectors * self.panels.width,
        };
        // SAFETY: the caller's promise.
        unsafe { (self.kernels.pack)(&strip) }
    }

    /// [`Self::panel`], once B's columns are where tiles can read them.
    ///
    /// # Safety
    ///
    /// As for [`Self::panel`]; `b` must be readable up to whole vectors.
    unsafe fn tiles(
        &self,
        a_scratch: &mut Scratch,
        row_part: usize,
        rows: &Range<usize>,
        panel: usize,
        b: *const T,
        b_row_stride: isize,
    ) {
        let (start, vectors, columns) = self.panels.get(panel);
        // SAFETY: the caller's promise.
        let packed_a = self
            .plan
            .pack_a
            .then(|| unsafe { self.pack_a(a_scratch, row_part, rows) });
        let mut row = rows.start;
        while row < rows.end {
            let (height, tiles) = self.kernels.tile_for(rows.end - row);
            let a = match packed_a {
                Some(packed) => MatRef {
                    ptr: packed.wrapping_add((row - rows.start) * self.k),
                    row_stride: 1,
                    col_stride: *height as isize,
                },
                None => self.a.at(row, 0),
            };
            let tile = Tile {
                k: self.k,
                a: a.ptr,
                a_row_stride: a.row_stride,
                a_col_stride: a.col_stride,
                b,
                b_row_stride,
                c: self.c.at(row, start),
                c_row_stride: self.c.row_stride,
                last_lanes: columns - (vectors - 1) * self.panels.width,
                accumulate: self.accumulate,
            };
            // SAFETY: the caller's promise.
            unsafe { tiles[vectors - 1](&tile) };
            row += height;
        }
    }

    /// A's rows `rows` in `scratch`: for each tile a strip of its height, at its first row times k.
    ///
    /// # Safety
    ///
    /// A must be readable.
    unsafe fn pack_a(&self, scratch: &mut Scratch, part: usize, rows: &Range<usize>) -> *const T {
        let to: *mut T = scratch.reserve(rows.len() * self.k);
        if scratch.holds != (self.number, part) {
            scratch.holds = (self.number, part);
            let mut row = rows.start;
            while row < rows.end {
                let (height, _) = *self.kernels.tile_for(rows.end - row);
                let strip = Strip {
                    length: self.k,
                    width: height,
                    from: self.a.at(row, 0).ptr,
                    step_stride: self.a.col_stride,
                    lane_stride: self.a.row_stride,
                    to: to.wrapping_add((row - rows.start) * self.k),
                    to_stride: height,
                };
                // SAFETY: the caller's promise; the scratch has room for every row.
                unsafe { (self.kernels.pack)(&strip) };
                row += height;
            }
        }
        to
    }
}
