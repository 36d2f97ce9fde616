//! From launches to extents.

use super::{ConvElement, Sizes, input, output, weight};
use crate::error::Result;
use crate::shape::numel;
use crate::work::{Attrs, Launch};

/// Pairs are (vertical, horizontal).
#[derive(Clone, Copy)]
pub struct Geometry {
    pub stride: [usize; 2],
    /// Zeros before and after the input in each dimension.
    pub padding: [[usize; 2]; 2],
    pub dilation: [usize; 2],
    pub groups: usize,
}

impl Geometry {
    pub fn words(&self) -> Attrs {
        let Geometry {
            stride: s,
            padding: p,
            dilation: d,
            groups,
        } = *self;
        [s[0], s[1], p[0][0], p[0][1], p[1][0], p[1][1], d[0], d[1], groups]
            .iter()
            .map(|&n| n as i64)
            .collect()
    }

    pub fn of(words: &[i64]) -> Geometry {
        let at = |i: usize| words[i] as usize;
        Geometry {
            stride: [at(0), at(1)],
            padding: [[at(2), at(3)], [at(4), at(5)]],
            dilation: [at(6), at(7)],
            groups: at(8),
        }
    }

    /// Extent of the output in dimension `d` (0 or 1), unless the kernel is larger than the padded input.
    pub fn extent(&self, d: usize, input: usize, kernel: usize) -> Option<usize> {
        let padded = input
            .saturating_add(self.padding[d][0])
            .saturating_add(self.padding[d][1]);
        let reach = self.dilation[d]
            .saturating_mul(kernel.checked_sub(1)?)
            .saturating_add(1);
        Some(padded.checked_sub(reach)? / self.stride[d] + 1)
    }
}

fn sizes(l: &Launch, x: &[usize], w: &[usize], y: &[usize]) -> Sizes {
    let g = Geometry::of(&l.attrs);
    Sizes {
        images: x[0],
        groups: g.groups,
        in_channels: w[1],
        out_channels: w[0] / g.groups.max(1),
        input: [x[2], x[3]],
        kernel: [w[2], w[3]],
        output: [y[2], y[3]],
        stride: g.stride,
        padding: [g.padding[0][0], g.padding[1][0]],
        dilation: g.dilation,
    }
}

/// Fills a result that is a sum over nothing with zeros; says whether there is more to do.
fn has_terms<T: ConvElement>(l: &mut Launch) -> bool {
    let empty = (0..2).any(|i| numel(&l.input(i).shape) == 0);
    if empty {
        l.outputs[0].as_mut_slice::<T>().fill(T::ZERO);
    }
    !empty
}

/// The convolution.
pub fn run_output<T: ConvElement>(l: &mut Launch) -> Result<()> {
    if has_terms::<T>(l) {
        let (x, w) = (l.input(0).clone(), l.dense(1)?);
        let s = sizes(l, &x.shape, &w.shape, &l.outputs[0].shape);
        output::<T>(&s, &x, &w, &mut l.outputs[0]);
    }
    Ok(())
}

/// The cotangent of its input.
pub fn run_input<T: ConvElement>(l: &mut Launch) -> Result<()> {
    if has_terms::<T>(l) {
        let (g, w) = (l.dense(0)?, l.dense(1)?);
        let s = sizes(l, &l.outputs[0].shape, &w.shape, &g.shape);
        input::<T>(&s, &g, &w, &mut l.outputs[0]);
    }
    Ok(())
}

/// The cotangent of its kernel.
pub fn run_weight<T: ConvElement>(l: &mut Launch) -> Result<()> {
    if has_terms::<T>(l) {
        let (x, g) = (l.input(0).clone(), l.dense(1)?);
        let s = sizes(l, &x.shape, &l.outputs[0].shape, &g.shape);
        weight::<T>(&s, &x, &g, &mut l.outputs[0])?;
    }
    Ok(())
}
