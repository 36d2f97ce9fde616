//! Regions: `x[start : start + size*step : step]` in every dimension.

use crate::array::Array;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Class, Cpu, Data, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::create;
use crate::ops::index::put;
use crate::ops::shape::view::reshape;
use crate::shape::{Shape, Strides};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

/// `x[start : start + size*step : step]` in every dimension. Steps may be negative.
pub static SLICE: Op = Op {
    name: "slice",
    function: None,
    class: Class::View(|x, attrs, data| Some(slice_array(x, attrs, data))),
    // attrs and data: `ranges`
    meta: |r| Ok(smallvec![(sizes(r.attrs, r.data), r.dtype(0))]),
    cpu: Cpu::View,
    gpu: Gpu::View,
    vjp: Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None]);
        };
        let zeros = create::full(c.tensor(0).shape(), 0.0, g.dtype())?;
        Ok(smallvec![Some(put::slice_put(&zeros, g, c.attrs, c.data)?)])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, size| {
        let (attrs, data) = batch_slice(c.attrs, c.data, size);
        crate::ops::shape::view::again(c, attrs, data)
    }),
    donates: &[],
    plain: Plain::Primitive("a view"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

/// The whole batch dimension in front of a slice.
pub fn batch_slice(attrs: &[i64], data: &[Scalar], size: usize) -> (Attrs, Data) {
    let mut a: Attrs = smallvec![size as i64, 1];
    a.extend_from_slice(attrs);
    let mut d: Data = smallvec![Scalar::I64(0)];
    d.extend_from_slice(data);
    (a, d)
}

/// What `slice_attrs` wrote: [size, step] per dimension, and the starts.
pub fn ranges(attrs: &[i64], data: &[Scalar]) -> impl Iterator<Item = Range> {
    let (pairs, _) = attrs.as_chunks::<2>();
    pairs.iter().zip(data).map(|(&[size, step], start)| Range {
        start: start.as_i64(),
        size: size as usize,
        step,
    })
}

/// The shape of a region.
pub fn sizes(attrs: &[i64], data: &[Scalar]) -> Shape {
    ranges(attrs, data).map(|r| r.size).collect()
}

/// The region that a slice names.
pub fn slice_array(x: &Array, attrs: &[i64], data: &[Scalar]) -> Array {
    let mut offset = x.offset;
    let mut strides = Strides::new();
    for (range, stride) in ranges(attrs, data).zip(&x.strides) {
        offset += stride * range.start as isize;
        // One element has no next one, whatever the step.
        strides.push(stride.wrapping_mul(range.step as isize));
    }
    x.with_layout(sizes(attrs, data), strides, offset)
}

/// One dimension's part of a slice.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub start: i64,
    pub size: usize,
    pub step: i64,
}

impl Range {
    pub fn all(size: usize) -> Range {
        Range {
            start: 0,
            size,
            step: 1,
        }
    }
    /// Python's `start:stop:step` over an extent.
    pub fn python(start: Option<i64>, stop: Option<i64>, step: i64, extent: usize) -> Range {
        let n = extent as i64;
        let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
        let clip = |i: i64| (if i < 0 { i + n } else { i }).clamp(low, high);
        let start = start.map_or(if step > 0 { 0 } else { n - 1 }, clip);
        let stop = stop.map_or(if step > 0 { n } else { -1 }, clip);
        let distance = if step > 0 { stop - start } else { start - stop };
        let size = match usize::try_from(distance) {
            Ok(distance @ 1..) => (distance - 1) / step.unsigned_abs() as usize + 1,
            _ => 0,
        };
        Range { start, size, step }
    }
}

/// Structure and numbers of a slice: no plan depends on the starts.
pub fn slice_attrs(ranges: &[Range]) -> (Attrs, Data) {
    let attrs = ranges.iter().flat_map(|r| [r.size as i64, r.step]).collect();
    let data = ranges
        .iter()
        .map(|r| Scalar::I64(if r.size == 0 { 0 } else { r.start }))
        .collect();
    (attrs, data)
}

pub fn slice(x: &Tensor, ranges: &[Range]) -> Result<Tensor> {
    let whole = ranges
        .iter()
        .zip(x.shape())
        .all(|(r, &n)| r.start == 0 && r.size == n && (r.step == 1 || n <= 1));
    if whole {
        return Ok(x.clone());
    }
    let (attrs, data) = slice_attrs(ranges);
    record_one(&SLICE, attrs, data, smallvec![x.into()])
}

/// A range along one dimension, the others whole.
pub fn narrow(x: &Tensor, dim: usize, start: i64, size: usize) -> Result<Tensor> {
    let mut ranges: SmallVec<[Range; 4]> = x.shape().iter().map(|&n| Range::all(n)).collect();
    ranges[dim] = Range { start, size, step: 1 };
    slice(x, &ranges)
}

/// The order of the elements reversed along `dims`.
pub fn flip(x: &Tensor, dims: &[usize]) -> Result<Tensor> {
    let ranges: SmallVec<[Range; 4]> = (x.shape().iter().enumerate())
        .map(|(d, &n)| {
            if dims.contains(&d) && n > 1 {
                Range {
                    start: n as i64 - 1,
                    size: n,
                    step: -1,
                }
            } else {
                Range::all(n)
            }
        })
        .collect();
    slice(x, &ranges)
}

/// Removes dimension `dim` by taking one index of it.
pub fn select(x: &Tensor, dim: usize, index: i64) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape.remove(dim);
    reshape(&narrow(x, dim, index, 1)?, &shape)
}
