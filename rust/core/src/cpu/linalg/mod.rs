//! Decompositions of matrices. `ravine_linalg` knows one matrix, in float64; here are batches of them, of either float
//! type, which the threads share. A matrix is one thread's, so that bits do not depend on how many there are.

mod factors;
mod spectra;

pub use factors::{cholesky, householder, ldl, ldl_solve, lu, permutation, qr, solve, triangular};
pub use ravine_linalg::{Fault, Triangle};
pub use spectra::{
    cofactors, cofactors_along, determinant, eigen, exponential, log_determinant, pseudoinverse, singular,
    symmetric_eigen,
};

use super::Shared;
use super::threads::parallel_for;
use super::vmath::Real;
use crate::array::{Array, Element};
use crate::reserve;
use crate::shape::numel;
use parking_lot::Mutex;

/// Steps of an algorithm below which threads cost more than they give.
const SERIAL: usize = 1 << 14;

/// What is wrong with which matrix of a batch, the first of them.
#[derive(Clone, Copy, Debug)]
pub struct Wrong {
    pub matrix: usize,
    pub fault: Fault,
}

/// A float type of matrices.
pub trait Entry: Real + Element {}
impl<T: Real + Element> Entry for T {}

/// Calls `body` for each matrix of a batch, each of which takes so many steps.
fn each(count: usize, steps: usize, body: impl Fn(usize) -> Result<(), Fault> + Sync) -> Option<Wrong> {
    let first: Mutex<Option<Wrong>> = Mutex::new(None);
    let per_task = (SERIAL / steps.max(1)).max(1);
    parallel_for(count.div_ceil(per_task), &|task| {
        for matrix in task * per_task..count.min((task + 1) * per_task) {
            if let Err(fault) = body(matrix) {
                let mut first = first.lock();
                if first.is_none_or(|w| matrix < w.matrix) {
                    *first = Some(Wrong { matrix, fault });
                }
            }
        }
    });
    first.into_inner()
}

/// The two extents of the matrices, and how many there are.
fn extents(x: &Array) -> (usize, usize, usize) {
    let [lead @ .., m, n] = &x.shape[..] else {
        unreachable!("matrices have two dimensions")
    };
    (*m, *n, numel(lead))
}

/// Matrix `index` of a row-major batch, of `size` numbers.
fn read<T: Entry>(x: &Array, index: usize, size: usize) -> Vec<f64> {
    let mut numbers = reserve::scratch_list(size);
    let values = &x.as_slice::<T>()[index * size..(index + 1) * size];
    numbers.extend(values.iter().map(|x| x.to_f64()));
    numbers
}

/// A batch of results, of which each is one task's.
struct Results<T> {
    values: Shared<T>,
    size: usize,
}

impl<T: Element> Results<T> {
    /// Each of so many elements.
    fn new(out: &mut Array, size: usize) -> Results<T> {
        Results {
            values: Shared::new(out),
            size,
        }
    }

    fn put(&self, index: usize, values: impl IntoIterator<Item = T>) {
        // SAFETY: result `index` is its task's.
        let place = unsafe { self.values.slice(index * self.size, self.size) };
        place.iter_mut().zip(values).for_each(|(place, x)| *place = x);
    }
}

impl<T: Entry> Results<T> {
    /// Rounded from float64.
    fn write(&self, index: usize, numbers: &[f64]) {
        self.put(index, numbers.iter().map(|&x| T::from_f64(x)));
    }
}
