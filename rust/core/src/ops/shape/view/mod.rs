//! The same memory under another layout. A view costs nothing until something needs dense data.

mod functions;
mod slice;

pub use functions::FUNCTIONS;
pub use slice::{
    Range, SLICE, batch_slice, flip, narrow, ranges, select, sizes, slice, slice_array, slice_attrs,
};

use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Call, Class, Cpu, Data, Jvp, Op, Plain, Tests, Vjp};
use crate::shape::{Shape, normalize_dim, numel, product};
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
        places: Places::BOTH,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            Ok(reshape(x, &infer(x, &a.ints(1)?)?)?.into())
        },
    }),
    class: Class::View(|x, attrs, _| x.reshaped(&extents(attrs))),
    // attrs: the shape
    meta: |r| Ok(smallvec![(extents(r.attrs), r.dtype(0))]),
    cpu: Cpu::View,
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
    plain: Plain::Primitive("a view"),
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
    let known = product(shape.iter().copied().filter(|&d| d != -1));
    let holes = shape.iter().filter(|&&d| d == -1).count();
    if holes > 1 || shape.iter().any(|&d| d < -1) {
        return Err(bad());
    }
    let hole = match holes {
        1 if known != 0 && n % known == 0 => n / known,
        1 => return Err(bad()),
        _ => 1,
    };
    if known.saturating_mul(hole) != n {
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

// permute --------------------------------------------------------------------------------------------------------

pub static PERMUTE: Op = Op {
    name: "permute",
    function: Some(Function {
        name: "permute",
        signature: "(input: Tensor, *dims: int | Sequence[int]) -> Tensor",
        doc: "Dimensions in another order: dimension `i` of the result is dimension `dims[i]` of the input.\n\n\
              >>> ravine.permute(ravine.zeros(2, 3, 4), 2, 0, 1).shape\n(4, 2, 3)\n",
        places: Places::BOTH,
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
    class: Class::View(|x, attrs, _| {
        let pick = |i: &i64| *i as usize;
        Some(x.with_layout(
            attrs.iter().map(|d| x.shape[pick(d)]).collect(),
            attrs.iter().map(|d| x.strides[pick(d)]).collect(),
            x.offset,
        ))
    }),
    // attrs: the order
    meta: |r| {
        Ok(smallvec![(
            r.attrs.iter().map(|&d| r.shape(0)[d as usize]).collect(),
            r.dtype(0)
        )])
    },
    cpu: Cpu::View,
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
    plain: Plain::Primitive("a view"),
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

/// Whether a tensor was made by exchanging the last two dimensions of another.
pub fn is_transposed(x: &Tensor) -> bool {
    let r = x.rank();
    let exchanged = |d: usize| if d + 2 >= r { 2 * r - 3 - d } else { d };
    r >= 2
        && std::ptr::eq(x.node().op, &PERMUTE)
        && (x.node().attrs.iter().enumerate()).all(|(d, &from)| from as usize == exchanged(d))
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
        places: Places::BOTH,
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
    class: Class::View(|x, attrs, _| {
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
    // attrs: the shape
    meta: |r| Ok(smallvec![(extents(r.attrs), r.dtype(0))]),
    cpu: Cpu::View,
    gpu: Gpu::View,
    vjp: Vjp::Rule(|c, g, _| {
        Ok(smallvec![
            g[0].as_ref()
                .map(|g| crate::ops::elementwise::sum_to(g, c.tensor(0).shape()))
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
    plain: Plain::Primitive("a view"),
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
