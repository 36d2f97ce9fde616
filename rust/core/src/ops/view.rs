//! The same memory under another layout. A view costs nothing until something needs dense data.

use crate::array::Array;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Call, Class, Cpu, Data, Jvp, Op, Tests, Vjp};
use crate::shape::{Shape, Strides, contiguous_strides, normalize_dim, numel};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

fn extents(attrs: &[i64]) -> Shape {
    attrs.iter().map(|&n| n as usize).collect()
}
fn words(values: &[usize]) -> Attrs {
    values.iter().map(|&n| n as i64).collect()
}
/// A batched operand's attrs: the batch extent in front.
fn with_batch(c: &Call, attrs: &[i64]) -> Attrs {
    let mut out: Attrs = smallvec![c.tensor(0).shape()[0] as i64];
    out.extend_from_slice(attrs);
    out
}
fn again(c: &Call, attrs: Attrs, data: Data) -> Result<SmallVec<[Tensor; 1]>> {
    Ok(smallvec![record_one(
        c.op,
        attrs,
        data,
        smallvec![c.inputs[0].clone()]
    )?])
}

// reshape --------------------------------------------------------------------------------------------------------

pub static RESHAPE: Op = Op {
    name: "reshape",
    function: Some(Function {
        name: "reshape",
        signature: "(input: Tensor, *shape: int | Sequence[int]) -> Tensor",
        doc: "The same elements in row-major order under another shape; one extent may be -1 and is inferred.\n\n\
              >>> ravine.reshape(ravine.arange(4), 2, -1)\ntensor([[0, 1],\n        [2, 3]])\n",
        method: true,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            Ok(reshape(x, &infer(x, &a.ints(1)?)?)?.into())
        },
    }),
    class: Class::View,
    // attrs: the shape
    meta: |r| Ok(smallvec![(extents(r.attrs), r.dtype(0))]),
    cpu: Cpu::View(|x, attrs, _| reshape_array(x, &extents(attrs))),
    gpu: Gpu::View,
    vjp: Vjp::Rule(|c, g, _| {
        Ok(smallvec![
            g[0].as_ref()
                .map(|g| reshape(g, c.tensor(0).shape()))
                .transpose()?
        ])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| again(c, with_batch(c, c.attrs), c.data.clone())),
    donates: &[],
    plain: None,
    tests: Tests {
        reference: "np.reshape(input, shape)",
        samples: &[
            "f(2, 3), (3, 2)",
            "f(2, 3), (6,)",
            "f(1), ()",
            "f(0, 3), (3, 0)",
            "f(2, 3, 4), (4, -1)",
        ],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

/// Replaces one -1 and checks the count of elements.
pub fn infer(x: &Tensor, shape: &[i64]) -> Result<Shape> {
    let bad = || Error::reshape(x.shape(), shape);
    let n = x.numel() as i64;
    let known: i64 = shape.iter().filter(|&&d| d != -1).product();
    let holes = shape.iter().filter(|&&d| d == -1).count();
    if holes > 1 || shape.iter().any(|&d| d < -1) {
        return Err(bad());
    }
    let hole = match holes {
        1 if known != 0 && n % known == 0 => n / known,
        1 => return Err(bad()),
        _ => 1,
    };
    if known * hole != n {
        return Err(bad());
    }
    Ok(shape
        .iter()
        .map(|&d| if d == -1 { hole } else { d } as usize)
        .collect())
}

pub fn reshape(x: &Tensor, shape: &[usize]) -> Result<Tensor> {
    debug_assert_eq!(numel(shape), x.numel());
    if **x.shape() == *shape {
        return Ok(x.clone());
    }
    record_one(&RESHAPE, words(shape), smallvec![], smallvec![x.into()])
}

/// Strides of the new shape over the same memory, if there are any.
fn reshape_array(x: &Array, shape: &[usize]) -> Option<Array> {
    if x.is_contiguous() {
        return Some(x.with_layout(shape.into(), contiguous_strides(shape), x.offset));
    }
    // Each run of old dimensions that is dense in itself may be split into new ones.
    let old: SmallVec<[(usize, isize); 4]> = x
        .shape
        .iter()
        .copied()
        .zip(x.strides.iter().copied())
        .filter(|&(n, _)| n != 1)
        .collect();
    let mut strides: Strides = smallvec![0; shape.len()];
    let (mut o, mut n) = (0, 0);
    while o < old.len() {
        let mut have = old[o].0;
        let start = o;
        o += 1;
        let first = n;
        let mut want = 1;
        while n < shape.len() && (want < have || shape[n] == 1) {
            want *= shape[n];
            n += 1;
            while want > have {
                if o == old.len() || old[o - 1].1 != old[o].1 * old[o].0 as isize {
                    return None;
                }
                have *= old[o].0;
                o += 1;
            }
        }
        if want != have {
            return None;
        }
        debug_assert!(start < o);
        let mut step = old[o - 1].1;
        for d in (first..n).rev() {
            strides[d] = step;
            step *= shape[d] as isize;
        }
    }
    Some(x.with_layout(shape.into(), strides, x.offset))
}

// permute --------------------------------------------------------------------------------------------------------

pub static PERMUTE: Op = Op {
    name: "permute",
    function: Some(Function {
        name: "permute",
        signature: "(input: Tensor, *dims: int | Sequence[int]) -> Tensor",
        doc: "Dimensions in another order: dimension `i` of the result is dimension `dims[i]` of the input.\n\n\
              >>> ravine.permute(ravine.zeros(2, 3, 4), 2, 0, 1).shape\n(4, 2, 3)\n",
        method: true,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let dims = a.ints(1)?;
            let order = dims
                .iter()
                .map(|&d| normalize_dim("permute", d, x.rank()))
                .collect::<Result<SmallVec<[usize; 4]>>>()?;
            let mut sorted = order.clone();
            sorted.sort_unstable();
            if sorted.iter().copied().ne(0..x.rank()) {
                let text = format!("dims {dims:?} must name each of the {} dimensions once", x.rank());
                return Err(Error::value("permute", text));
            }
            Ok(permute(x, &order)?.into())
        },
    }),
    class: Class::View,
    // attrs: the order
    meta: |r| {
        Ok(smallvec![(
            r.attrs.iter().map(|&d| r.shape(0)[d as usize]).collect(),
            r.dtype(0)
        )])
    },
    cpu: Cpu::View(|x, attrs, _| {
        let pick = |i: &i64| *i as usize;
        Some(x.with_layout(
            attrs.iter().map(|d| x.shape[pick(d)]).collect(),
            attrs.iter().map(|d| x.strides[pick(d)]).collect(),
            x.offset,
        ))
    }),
    gpu: Gpu::View,
    vjp: Vjp::Rule(|c, g, _| {
        let order = extents(c.attrs);
        Ok(smallvec![
            g[0].as_ref().map(|g| permute(g, &inverse(&order))).transpose()?
        ])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| {
        let mut order: Attrs = smallvec![0];
        order.extend(c.attrs.iter().map(|d| d + 1));
        again(c, order, c.data.clone())
    }),
    donates: &[],
    plain: None,
    tests: Tests {
        reference: "np.transpose(input, dims)",
        samples: &[
            "f(2, 3), (1, 0)",
            "f(2, 3, 4), (2, 0, 1)",
            "f(0, 2), (1, 0)",
            "f(), ()",
        ],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

pub fn inverse(order: &[usize]) -> SmallVec<[usize; 4]> {
    let mut out = smallvec![0; order.len()];
    for (i, &d) in order.iter().enumerate() {
        out[d] = i;
    }
    out
}

pub fn permute(x: &Tensor, order: &[usize]) -> Result<Tensor> {
    if order.iter().copied().eq(0..x.rank()) {
        return Ok(x.clone());
    }
    record_one(&PERMUTE, words(order), smallvec![], smallvec![x.into()])
}

/// The last two dimensions exchanged.
pub fn transpose_last(x: &Tensor) -> Result<Tensor> {
    let mut order: SmallVec<[usize; 4]> = (0..x.rank()).collect();
    let r = x.rank();
    order.swap(r - 1, r - 2);
    permute(x, &order)
}

/// One dimension moved to another place.
pub fn move_dim(x: &Tensor, from: usize, to: usize) -> Result<Tensor> {
    let mut order: SmallVec<[usize; 4]> = (0..x.rank()).filter(|&d| d != from).collect();
    order.insert(to, from);
    permute(x, &order)
}

// expand ---------------------------------------------------------------------------------------------------------

pub static EXPAND: Op = Op {
    name: "expand",
    function: Some(Function {
        name: "expand",
        signature: "(input: Tensor, *shape: int | Sequence[int]) -> Tensor",
        doc: "Extents of 1 repeated without copying, new dimensions in front; -1 keeps an extent.\n\n\
              >>> ravine.expand(ravine.tensor([[1], [2]]), 2, 3)\ntensor([[1, 1, 1],\n        [2, 2, 2]])\n",
        method: true,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let wanted = a.ints(1)?;
            let lead = wanted
                .len()
                .checked_sub(x.rank())
                .ok_or_else(|| cannot_expand(x, &wanted))?;
            let mut shape = Shape::new();
            for (d, &n) in wanted.iter().enumerate() {
                let have = d.checked_sub(lead).map(|k| x.shape()[k]);
                shape.push(match (n, have) {
                    (-1, Some(have)) => have,
                    (n, Some(have)) if n >= 0 && (have == 1 || have == n as usize) => n as usize,
                    (n, None) if n >= 0 => n as usize,
                    _ => return Err(cannot_expand(x, &wanted)),
                });
            }
            Ok(expand(x, &shape)?.into())
        },
    }),
    class: Class::View,
    // attrs: the shape
    meta: |r| Ok(smallvec![(extents(r.attrs), r.dtype(0))]),
    cpu: Cpu::View(|x, attrs, _| {
        let shape = extents(attrs);
        let lead = shape.len() - x.shape.len();
        let strides = (0..shape.len())
            .map(|d| match d.checked_sub(lead) {
                Some(k) if x.shape[k] == shape[d] => x.strides[k],
                _ => 0,
            })
            .collect();
        Some(x.with_layout(shape, strides, x.offset))
    }),
    gpu: Gpu::View,
    vjp: Vjp::Rule(|c, g, _| {
        Ok(smallvec![
            g[0].as_ref()
                .map(|g| super::elementwise::sum_to(g, c.tensor(0).shape()))
                .transpose()?
        ])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| {
        // The new dimensions go between the batch and the old ones.
        let x = c.tensor(0);
        let lead = c.attrs.len() - (x.rank() - 1);
        let mut shape = Shape::from_slice(&x.shape()[..1]);
        shape.extend(std::iter::repeat_n(1, lead));
        shape.extend_from_slice(&x.shape()[1..]);
        Ok(smallvec![record_one(
            c.op,
            with_batch(c, c.attrs),
            smallvec![],
            smallvec![reshape(x, &shape)?.into()]
        )?])
    }),
    donates: &[],
    plain: None,
    tests: Tests {
        reference: "np.broadcast_to(input, shape)",
        samples: &["f(2, 1), (2, 3)", "f(3), (2, 3)", "f(), (2,)", "f(1, 3), (0, 3)"],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

fn cannot_expand(x: &Tensor, wanted: &[i64]) -> Error {
    let text = format!(
        "shape {} does not expand to {wanted:?}: only extents of 1 repeat, and new dimensions come in front",
        crate::shape::show(x.shape())
    );
    Error::shape("expand", text)
}

pub fn expand(x: &Tensor, shape: &[usize]) -> Result<Tensor> {
    if **x.shape() == *shape {
        return Ok(x.clone());
    }
    record_one(&EXPAND, words(shape), smallvec![], smallvec![x.into()])
}

// slice ----------------------------------------------------------------------------------------------------------

/// `x[start : start + size*step : step]` in every dimension. Steps may be negative.
pub static SLICE: Op = Op {
    name: "slice",
    function: None,
    class: Class::View,
    // attrs: [size, step] per dimension; data: the starts
    meta: |r| Ok(smallvec![(sizes(r.attrs), r.dtype(0))]),
    cpu: Cpu::View(|x, attrs, data| Some(slice_array(x, attrs, data))),
    gpu: Gpu::View,
    vjp: Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None]);
        };
        let zeros = super::create::full(c.tensor(0).shape(), 0.0, g.dtype())?;
        Ok(smallvec![Some(super::put::slice_put(
            &zeros, g, c.attrs, c.data
        )?)])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, size| {
        let (attrs, data) = batch_slice(c.attrs, c.data, size);
        again(c, attrs, data)
    }),
    donates: &[],
    plain: None,
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

fn sizes(attrs: &[i64]) -> Shape {
    attrs.iter().step_by(2).map(|&n| n as usize).collect()
}

/// The region that a slice names.
pub fn slice_array(x: &Array, attrs: &[i64], data: &[Scalar]) -> Array {
    let mut offset = x.offset;
    let mut strides = Strides::new();
    for (d, start) in data.iter().enumerate() {
        offset += x.strides[d] * start.as_i64() as isize;
        strides.push(x.strides[d] * attrs[2 * d + 1] as isize);
    }
    x.with_layout(sizes(attrs), strides, offset)
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
        let size = if step > 0 {
            (stop - start + step - 1) / step
        } else {
            (stop - start + step + 1) / step
        }
        .max(0);
        Range {
            start,
            size: size as usize,
            step,
        }
    }
}

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

// Functions over these records -----------------------------------------------------------------------------------

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "flip",
        signature: "(input: Tensor, *dims: int | Sequence[int]) -> Tensor",
        doc: "The order of the elements reversed along `dims`.\n\n>>> ravine.flip(ravine.arange(3), 0)\ntensor([2, 1, 0])\n",
        method: true,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let dims = crate::shape::normalize_dims("flip", Some(&a.ints(1)?), x.rank())?;
            Ok(flip(x, &dims)?.into())
        },
    },
    Function {
        name: "transpose",
        signature: "(input: Tensor, dim0: int, dim1: int) -> Tensor",
        doc: "Two dimensions exchanged.\n\n>>> ravine.transpose(ravine.zeros(2, 3), 0, 1).shape\n(3, 2)\n",
        method: true,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let (i, j) = (
                normalize_dim("transpose", a.int(1)?, x.rank())?,
                normalize_dim("transpose", a.int(2)?, x.rank())?,
            );
            let mut order: SmallVec<[usize; 4]> = (0..x.rank()).collect();
            if x.rank() > 0 {
                order.swap(i, j);
            }
            Ok(permute(x, &order)?.into())
        },
    },
    Function {
        name: "unsqueeze",
        signature: "(input: Tensor, dim: int) -> Tensor",
        doc: "A new dimension of extent 1 at place `dim` of the result.\n\n>>> ravine.unsqueeze(ravine.zeros(3), 0).shape\n(1, 3)\n",
        method: true,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let dim = normalize_dim("unsqueeze", a.int(1)?, x.rank() + 1)?;
            let mut shape = x.shape().clone();
            shape.insert(dim, 1);
            Ok(reshape(x, &shape)?.into())
        },
    },
    Function {
        name: "squeeze",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor",
        doc: "Without the dimensions of extent 1: all of them, or those in `dim` that are.\n\n\
              >>> ravine.squeeze(ravine.zeros(1, 3, 1)).shape\n(3,)\n",
        method: true,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let dims = crate::shape::normalize_dims("squeeze", a.opt_ints(1)?.as_deref(), x.rank())?;
            let shape: Shape = x
                .shape()
                .iter()
                .enumerate()
                .filter(|(d, n)| **n != 1 || !dims.contains(d))
                .map(|(_, &n)| n)
                .collect();
            Ok(reshape(x, &shape)?.into())
        },
    },
    Function {
        name: "flatten",
        signature: "(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor",
        doc: "Dimensions from `start_dim` to `end_dim` (included) merged into one.\n\n\
              >>> ravine.flatten(ravine.zeros(2, 3, 4), 1).shape\n(2, 12)\n",
        method: true,
        effect: Effect::View,
        call: |a| flatten(a),
    },
    Function {
        name: "movedim",
        signature: "(input: Tensor, source: int, destination: int) -> Tensor",
        doc: "One dimension moved to another place, the others in order.\n\n\
              >>> ravine.movedim(ravine.zeros(2, 3, 4), 0, -1).shape\n(3, 4, 2)\n",
        method: true,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let (from, to) = (
                normalize_dim("movedim", a.int(1)?, x.rank())?,
                normalize_dim("movedim", a.int(2)?, x.rank())?,
            );
            Ok(move_dim(x, from, to)?.into())
        },
    },
];

fn flatten(a: &Args) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let (first, last) = (
        normalize_dim("flatten", a.int(1)?, x.rank())?,
        normalize_dim("flatten", a.int(2)?, x.rank())?,
    );
    if x.rank() == 0 {
        return Ok(reshape(x, &[1])?.into());
    }
    if first > last {
        return Err(Error::value(
            "flatten",
            format!("start_dim {first} lies behind end_dim {last}"),
        ));
    }
    let mut shape = Shape::from_slice(&x.shape()[..first]);
    shape.push(numel(&x.shape()[first..=last]));
    shape.extend_from_slice(&x.shape()[last + 1..]);
    Ok(reshape(x, &shape)?.into())
}
