//! Walking strided arrays in logical row-major order.

use crate::array::Array;
use crate::dtype::DType;
use smallvec::SmallVec;
use std::borrow::Borrow;

/// How one array is reached while a shape is walked.
#[derive(Clone, Debug)]
pub enum Access {
    /// Element i of the walk is element i of memory.
    Dense,
    /// Every element is the same.
    Constant,
    /// Distances along the collapsed dimensions.
    Strided(SmallVec<[isize; 4]>),
}

/// A shape with neighbouring dimensions merged wherever all arrays allow it.
#[derive(Clone, Debug)]
pub struct Iteration {
    pub shape: SmallVec<[usize; 4]>,
}

impl Iteration {
    /// `shape` must be the broadcast shape of the arrays (or a broadcast of it).
    pub fn new<A: Borrow<Array>>(shape: &[usize], arrays: &[A]) -> (Iteration, SmallVec<[Access; 4]>) {
        if arrays
            .iter()
            .all(|a| *a.borrow().shape == *shape && a.borrow().is_contiguous())
        {
            // By far the most frequent case: nothing to collapse but everything.
            let mut iteration = Iteration {
                shape: SmallVec::new(),
            };
            iteration.shape.push(shape.iter().product());
            let access = if iteration.shape[0] == 1 {
                Access::Constant
            } else {
                Access::Dense
            };
            return (iteration, arrays.iter().map(|_| access.clone()).collect());
        }
        let rank = shape.len();
        let stride = |a: &Array, d: usize| match (d + a.shape.len()).checked_sub(rank) {
            Some(k) if a.shape[k] != 1 => a.strides[k],
            _ => 0,
        };
        let mut extents: SmallVec<[usize; 4]> = SmallVec::new();
        let mut strides: SmallVec<[SmallVec<[isize; 4]>; 4]> =
            smallvec::smallvec![SmallVec::new(); arrays.len()];
        for (d, &extent) in shape.iter().enumerate() {
            if extent == 1 {
                continue;
            }
            let merges = !extents.is_empty()
                && arrays
                    .iter()
                    .zip(&strides)
                    .all(|(a, s)| s[s.len() - 1] == stride(a.borrow(), d) * extent as isize);
            if merges {
                *extents.last_mut().expect("not empty") *= extent;
                for (a, s) in arrays.iter().zip(&mut strides) {
                    *s.last_mut().expect("not empty") = stride(a.borrow(), d);
                }
            } else {
                extents.push(extent);
                for (a, s) in arrays.iter().zip(&mut strides) {
                    s.push(stride(a.borrow(), d));
                }
            }
        }
        let access = (strides.into_iter())
            .map(|s| {
                if s.iter().all(|&x| x == 0) {
                    return Access::Constant;
                }
                let mut step = 1;
                let dense = s.iter().zip(&extents).rev().all(|(&x, &e)| {
                    let ok = x == step;
                    step *= e as isize;
                    ok
                });
                if dense { Access::Dense } else { Access::Strided(s) }
            })
            .collect();
        (Iteration { shape: extents }, access)
    }

    /// Copies elements `start..start + n` of the walk to `dst` as compute-type elements.
    ///
    /// # Safety
    /// The range lies within the shape, `access` belongs to `array`, and `dst` has room for n elements.
    pub unsafe fn load(&self, array: &Array, access: &Access, start: usize, n: usize, dst: *mut u8) {
        // SAFETY: in all arms the element type matches the dtype; the range is the caller's promise.
        unsafe {
            match array.dtype {
                DType::Bool | DType::U8 => self.gather(array.ptr(), access, start, n, dst, |x: u8| x),
                DType::I8 => self.gather(array.ptr().cast(), access, start, n, dst.cast(), |x: i8| {
                    i32::from(x)
                }),
                DType::I16 => self.gather(array.ptr().cast(), access, start, n, dst.cast(), |x: i16| {
                    i32::from(x)
                }),
                DType::I32 | DType::F32 => {
                    self.gather(array.ptr().cast(), access, start, n, dst.cast(), |x: u32| x)
                }
                DType::I64 | DType::F64 => {
                    self.gather(array.ptr().cast(), access, start, n, dst.cast(), |x: u64| x)
                }
                DType::F16 => self.gather(
                    array.ptr().cast(),
                    access,
                    start,
                    n,
                    dst.cast::<f32>(),
                    |x: half::f16| x.to_f32(),
                ),
                DType::BF16 => self.gather(
                    array.ptr().cast(),
                    access,
                    start,
                    n,
                    dst.cast::<f32>(),
                    |x: half::bf16| x.to_f32(),
                ),
            }
        }
    }

    #[inline(always)]
    unsafe fn gather<S: Copy, D>(
        &self,
        src: *const S,
        access: &Access,
        start: usize,
        n: usize,
        dst: *mut D,
        convert: impl Fn(S) -> D,
    ) {
        // SAFETY: every address is that of an element of the walk between start and start + n.
        unsafe {
            match access {
                Access::Dense => (0..n).for_each(|i| *dst.add(i) = convert(*src.add(start + i))),
                Access::Constant => (0..n).for_each(|i| *dst.add(i) = convert(*src)),
                Access::Strided(strides) => {
                    let mut walk = Walk::new(&self.shape, start);
                    let inner = self.shape.len() - 1;
                    let step = strides[inner];
                    let mut done = 0;
                    while done < n {
                        let run = (self.shape[inner] - walk.index[inner]).min(n - done);
                        let from = src.offset(walk.offset(strides));
                        match step {
                            1 => (0..run).for_each(|i| *dst.add(done + i) = convert(*from.add(i))),
                            0 => (0..run).for_each(|i| *dst.add(done + i) = convert(*from)),
                            _ => (0..run)
                                .for_each(|i| *dst.add(done + i) = convert(*from.offset(i as isize * step))),
                        }
                        done += run;
                        walk.advance(&self.shape, run);
                    }
                }
            }
        }
    }
}

/// A position in a walk over `shape`.
pub struct Walk {
    pub index: SmallVec<[usize; 4]>,
}

impl Walk {
    pub fn new(shape: &[usize], mut start: usize) -> Walk {
        let mut index: SmallVec<[usize; 4]> = smallvec::smallvec![0; shape.len()];
        for d in (0..shape.len()).rev() {
            index[d] = start % shape[d].max(1);
            start /= shape[d].max(1);
        }
        Walk { index }
    }

    pub fn offset(&self, strides: &[isize]) -> isize {
        self.index
            .iter()
            .zip(strides)
            .map(|(&i, &s)| i as isize * s)
            .sum()
    }

    /// Goes on by `run` elements, at most to the end of the innermost row.
    pub fn advance(&mut self, shape: &[usize], run: usize) {
        let Some(last) = shape.len().checked_sub(1) else {
            return;
        };
        self.index[last] += run;
        let mut d = last;
        while d > 0 && self.index[d] >= shape[d] {
            self.index[d] = 0;
            d -= 1;
            self.index[d] += 1;
        }
    }
}
