//! Reading and writing at positions that integer arrays name.
//!
//! Indices are checked before anything is written (`bounds::first_outside`), so the loops below need no test. Where several
//! elements are added to one, they are added in ascending order of their place in the source: work is cut along other
//! dimensions than the indexed one, whatever the number of threads.

mod embedding;
mod gather;
mod nonzero;
mod one_hot;
mod search;
mod take;

use super::layout::{Access, Iteration, Walk};
use crate::array::Array;
use crate::shape::contiguous_strides;
pub use embedding::{row_sums, rows};
pub use gather::{gather, scatter_add};
pub use nonzero::nonzero;
pub use one_hot::one_hot;
pub use search::search;
use smallvec::SmallVec;
pub use take::{offsets, put, take};

/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 15;
/// Neighbouring columns that one task takes at least: tasks must not share a cache line.
const COLUMNS: usize = 64;
/// Parts that the work along one dimension is cut into at most.
const PARTS: usize = 32;

/// Several arrays of one shape walked together in row-major order, one stretch of the innermost dimension at a time.
struct Runs<const N: usize> {
    shape: SmallVec<[usize; 4]>,
    strides: [SmallVec<[isize; 4]>; N],
}

impl<const N: usize> Runs<N> {
    fn new(shape: &[usize], arrays: [&Array; N]) -> Runs<N> {
        let arrays = arrays.map(Array::clone);
        let (iteration, access) = Iteration::new(shape, &arrays);
        let mut merged = iteration.shape;
        let mut strides: [SmallVec<[isize; 4]>; N] = std::array::from_fn(|i| match &access[i] {
            Access::Dense => contiguous_strides(&merged).into_iter().collect(),
            Access::Constant => smallvec::smallvec![0; merged.len()],
            Access::Strided(s) => s.clone(),
        });
        if merged.is_empty() {
            merged.push(1);
            strides.iter_mut().for_each(|s| s.push(0));
        }
        Runs {
            shape: merged,
            strides,
        }
    }

    /// Distance between neighbours of a run in array `i`.
    fn step(&self, i: usize) -> isize {
        self.strides[i][self.shape.len() - 1]
    }

    /// Calls `body(position, length, offset of each array)` for the runs that make up `start..end`.
    fn each(&self, start: usize, end: usize, mut body: impl FnMut(usize, usize, [isize; N])) {
        let inner = self.shape.len() - 1;
        let mut walk = Walk::new(&self.shape, start);
        let mut at = start;
        while at < end {
            let run = (self.shape[inner] - walk.index[inner]).min(end - at);
            body(at, run, std::array::from_fn(|i| walk.offset(&self.strides[i])));
            at += run;
            walk.advance(&self.shape, run);
        }
    }
}
