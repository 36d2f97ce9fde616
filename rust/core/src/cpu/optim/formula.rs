//! Updates that are formulas over the elements of a few lists.

use super::{over_stretches, row_major, stretch};
use crate::array::Array;
use crate::cpu::simd::multiversion;
use crate::cpu::vmath::Real;
use crate::dispatch_float;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::work::Launch;
use smallvec::SmallVec;
use std::array::from_fn;
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What a formula computes with: elements, or whole tensors.
pub trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    fn sqrt(self) -> Self;
    fn abs(self) -> Self;
    /// -1, 0 or 1; NaN of NaN.
    fn sign(self) -> Self;
    /// NaN if either is.
    fn larger(self, other: Self) -> Self;
}

impl<T: Real> Number for T {
    #[inline(always)]
    fn sqrt(self) -> Self {
        Real::sqrt(self)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Real::abs(self)
    }
    #[inline(always)]
    fn sign(self) -> Self {
        // Zeros and NaN are their own signs.
        if self == T::ZERO || Real::is_nan(self) {
            self
        } else {
            T::ONE.copysign(self)
        }
    }
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other || Real::is_nan(self) {
            self
        } else {
            other
        }
    }
}

/// What a step needs besides the tensors: choices, and numbers computed in float64.
pub type Settings<const C: usize> = ([bool; 4], [f64; C]);

/// An update of `L` lists (parameters, gradients, states) with `C` coefficients.
pub trait Formula<const L: usize, const C: usize>: 'static {
    /// From the flags and the numbers that were recorded.
    fn settings(flags: &[bool], numbers: &[f64]) -> Settings<C>;

    /// New values of one element of each list. What becomes of the gradient is not stored.
    fn step<N: Number>(choices: [bool; 4], c: &[N; C], x: [N; L]) -> [N; L];

    /// Its settings from the attributes and numbers of a launch, the first of which is the length of the lists.
    fn recorded(attrs: &[i64], data: &[Scalar]) -> Settings<C> {
        let flags: SmallVec<[bool; 4]> = attrs[1..].iter().map(|&f| f != 0).collect();
        let numbers: SmallVec<[f64; 10]> = data.iter().map(|x| x.as_f64()).collect();
        Self::settings(&flags, &numbers)
    }
}

/// Elements that are computed at a time: few enough that all lists of them stay in registers and the nearest cache.
const TILE: usize = 64;

/// A stretch of one tensor of each list.
struct Stretch<'a, F, T, const L: usize, const C: usize> {
    choices: [bool; 4],
    coefficients: [T; C],
    gradient: &'a [T],
    /// Parameters and states.
    outputs: [&'a mut [T]; 4],
    formula: PhantomData<F>,
}

trait Sweep {
    fn sweep(&mut self);
}

impl<F: Formula<L, C>, T: Real, const L: usize, const C: usize> Sweep for Stretch<'_, F, T, L, C> {
    #[inline(always)]
    fn sweep(&mut self) {
        // Tiles are copied to and fro: the compiler sees that they do not overlap, and vectorises.
        let (choices, c) = (self.choices, self.coefficients);
        let mut tile = [[T::ZERO; TILE]; L];
        let whole = self.gradient.len();
        let mut at = 0;
        while at < whole {
            let n = TILE.min(whole - at);
            tile[1][..n].copy_from_slice(&self.gradient[at..at + n]);
            for (list, output) in self.outputs.iter().enumerate().take(L - 1) {
                tile[list + (list > 0) as usize][..n].copy_from_slice(&output[at..at + n]);
            }
            // What stands behind a short tile's end is computed too, and dropped.
            for i in 0..TILE {
                let x = F::step(choices, &c, from_fn(|list| tile[list][i]));
                for list in 0..L {
                    tile[list][i] = x[list];
                }
            }
            for (list, output) in self.outputs.iter_mut().enumerate().take(L - 1) {
                output[at..at + n].copy_from_slice(&tile[list + (list > 0) as usize][..n]);
            }
            at += n;
        }
    }
}

multiversion! {
    fn sweep<S: Sweep>(stretch: &mut S) {
        stretch.sweep();
    }
}

/// Takes the step of a formula on every element.
pub fn formula<F: Formula<L, C>, const L: usize, const C: usize>(l: &mut Launch) -> Result<()> {
    let k = l.attr(0) as usize;
    let grads = row_major(l, k, k)?;
    let (choices, numbers) = F::recorded(&l.attrs, &l.data);
    let outputs = &l.outputs;
    let sizes: Vec<usize> = grads.iter().map(Array::numel).collect();
    over_stretches(&sizes, &|i, start, len| {
        dispatch_float!(grads[i].dtype, T => {
            sweep(&mut Stretch::<F, T, L, C> {
                choices,
                coefficients: numbers.map(<T as Real>::from_f64),
                gradient: &grads[i].as_slice::<T>()[start..start + len],
                outputs: from_fn(|list| match list < L - 1 {
                    // SAFETY: each stretch is given to one task.
                    true => unsafe { stretch::<T>(&outputs[list * k + i], start, len) },
                    false => &mut [],
                }),
                formula: PhantomData,
            });
        });
    });
    Ok(())
}
