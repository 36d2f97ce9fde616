//! Everything that computes on the CPU. It knows dtypes, shapes and buffers; it does not know the graph.
//!
//! `backend` is where the engine comes in; `tile` runs fused passes; a structured op's kernel has a file of its own name.

pub mod arg;
pub mod attention;
pub mod backend;
pub mod batch_norm;
pub mod bounds;
pub mod cast;
pub mod concat;
pub mod conv;
pub mod cross_entropy;
pub mod fused;
pub mod gamma;
pub mod gemm;
pub mod group_norm;
pub mod index;
pub mod layout;
pub mod lexicographic;
pub mod linalg;
pub mod matmul;
pub mod norm;
pub mod number;
pub mod optim;
pub mod permutation;
pub mod philox;
pub mod pool;
pub mod pooling;
pub mod range;
pub mod recurrent;
pub mod reduce;
pub mod rows;
pub mod scan;
pub mod scratch;
#[macro_use]
pub mod simd;
pub mod random;
pub mod samplers;
pub mod softmax;
pub mod sort;
pub mod threads;
pub mod tile;
pub mod vmath;
pub mod windows;
// Behind the others, which import its macros by path; `ops` finds them in scope.
#[macro_use]
pub mod dispatch;

use crate::array::{Array, Moved};
use crate::dtype::{Compute, DType};
use crate::error::Result;
use crate::work::{Attrs, Launch, Slot};
use layout::Iteration;
use smallvec::SmallVec;

/// The instruction from operands of a compute type to results of a dtype.
pub type TileRule = fn(Compute, DType) -> Option<tile::Kernel>;

/// How an op runs on the CPU.
pub enum Cpu {
    /// An instruction of the tile interpreter.
    Tile(TileRule),
    /// It does not run: its result is a view.
    View,
    /// Reads whole inputs, writes allocated outputs. Those of half precision arrive as float32, int8 and int16 as int32.
    Kernel(fn(&mut Launch) -> Result<()>),
    /// As `Kernel`, and has slots: the second function tells for which attributes and shapes. In half precision it has
    /// none, since a value that is on its way would not be rounded.
    Spliced(fn(&mut Launch) -> Result<()>, fn(Slot, &Attrs, &[usize]) -> bool),
    /// As `Kernel`, but moves elements of any dtype as they are.
    Move(fn(&mut Launch) -> Result<()>),
}

impl Launch<'_> {
    /// A tensor input as row-major data.
    pub fn dense(&self, i: usize) -> Result<Array> {
        let array = self.input(i);
        if array.is_contiguous() {
            Ok(array.clone())
        } else {
            dense(array)
        }
    }
}

/// A row-major copy.
pub fn dense(array: &Array) -> Result<Array> {
    convert(array, array.dtype)
}

/// A row-major copy in another dtype: floats round to nearest even, floats to integers truncate, anything to bool is
/// `!= 0`.
pub fn convert(array: &Array, dtype: DType) -> Result<Array> {
    let out = Array::empty(&array.shape, dtype)?;
    copy_into(array, &out);
    Ok(out)
}

/// Copies `from` (broadcast to it) into dense or strided memory that the caller owns.
pub fn copy_into(from: &Array, to: &Array) {
    if to.is_contiguous() {
        let program = cast::copy_program(from.dtype, to.dtype);
        tile::run(&program, &to.shape, &[from], &[], std::slice::from_ref(to));
        return;
    }
    debug_assert_eq!(from.dtype, to.dtype);
    let (iteration, access) = Iteration::new(&to.shape, &[from, to]);
    let n: usize = to.shape.iter().product();
    by_size!(to.dtype, T => scatter::<T>(&iteration, from, &access[0], to, &access[1], n));
}

fn scatter<T: Moved>(
    iteration: &Iteration,
    from: &Array,
    source: &layout::Access,
    to: &Array,
    target: &layout::Access,
    n: usize,
) {
    use layout::{Access, Walk};
    let rank = iteration.shape.len();
    let strides = |access: &Access| -> SmallVec<[isize; 4]> {
        match access {
            Access::Dense => crate::shape::contiguous_strides(&iteration.shape)
                .into_iter()
                .collect(),
            Access::Constant => smallvec::smallvec![0; rank],
            Access::Strided(s) => s.clone(),
        }
    };
    let (s, t) = (strides(source), strides(target));
    let mut walk = Walk::new(&iteration.shape, 0);
    let (src, dst) = (from.ptr().cast::<T>(), to.ptr_mut().cast::<T>());
    let mut done = 0;
    while done < n {
        let inner = rank.checked_sub(1);
        let run = inner.map_or(1, |d| iteration.shape[d] - walk.index[d]);
        let (si, ti) = inner.map_or((0, 0), |d| (s[d], t[d]));
        // SAFETY: offsets of elements of the two arrays; the caller owns `to`.
        unsafe {
            let (a, b) = (src.offset(walk.offset(&s)), dst.offset(walk.offset(&t)));
            if (si, ti) == (1, 1) {
                // The two arrays never share memory: nobody else sees what is written.
                std::ptr::copy_nonoverlapping(a, b, run);
            } else {
                for k in 0..run as isize {
                    *b.offset(k * ti) = *a.offset(k * si);
                }
            }
        }
        done += run;
        walk.advance(&iteration.shape, run);
    }
}

/// Raw parts of a dense output that several tasks write disjoint ranges of.
pub struct Shared<T>(*mut T);
// SAFETY: tasks write disjoint ranges (the promise of `Shared::slice`'s callers).
unsafe impl<T> Sync for Shared<T> {}

impl<T: Moved> Shared<T> {
    pub fn new(array: &mut Array) -> Shared<T> {
        Shared(array.as_mut_slice::<T>().as_mut_ptr())
    }
}

impl<T: Copy> Shared<T> {
    pub fn of_slice(slice: &mut [T]) -> Shared<T> {
        Shared(slice.as_mut_ptr())
    }
    /// # Safety
    /// The index lies within the array and no other task touches it.
    pub unsafe fn set(&self, i: usize, value: T) {
        // SAFETY: the caller's promise.
        unsafe { *self.0.add(i) = value }
    }
    /// Address of an element, for writing to ones that no other task touches.
    ///
    /// # Safety
    /// The index lies within the array.
    pub unsafe fn pointer(&self, i: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(i) }
    }
    /// # Safety
    /// The range lies within the array and no other task touches it.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn slice(&self, start: usize, len: usize) -> &mut [T] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), len) }
    }
}
