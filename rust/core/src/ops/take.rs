//! The records behind `x[i, j]` and `x[i, j] = v`: several index tensors that broadcast together name elements of
//! neighbouring dimensions. `index.rs` brings every other arrangement into this form.

use super::batch::expand_front;
use super::bounds::{self, Negative};
use super::{create, view};
use crate::array::Array;
use crate::cpu::number::Number;
use crate::cpu::{Launch, dense, indexing};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::gpu::Gpu;
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Attrs, Batch, Call, Class, Cpu, Jvp, Op, Request, Tests, Vjp};
use crate::shape::{Shape, broadcast, numel, show};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

/// Which dimensions are indexed, and how errors speak of them.
#[derive(Clone)]
pub struct Place {
    /// The first of the indexed dimensions, which are neighbours.
    pub first: usize,
    pub negative: Negative,
    /// For each index tensor the dimension as the user knows it.
    pub names: SmallVec<[usize; 4]>,
}

impl Place {
    /// One index tensor for one dimension.
    pub fn one(dim: usize, negative: Negative) -> Place {
        Place { first: dim, negative, names: smallvec![dim] }
    }

    /// attrs: [first dimension, whether negative indices are errors, names of the dimensions..]
    fn attrs(&self) -> Attrs {
        let mut attrs: Attrs = smallvec![self.first as i64, (self.negative == Negative::Error) as i64];
        attrs.extend(self.names.iter().map(|&d| d as i64));
        attrs
    }

    fn of(attrs: &[i64]) -> Place {
        Place {
            first: attrs[0] as usize,
            negative: if attrs[1] != 0 { Negative::Error } else { Negative::FromEnd },
            names: attrs[2..].iter().map(|&d| d as usize).collect(),
        }
    }

    fn count(&self) -> usize {
        self.names.len()
    }

    /// Shape of the elements that the indices name: the indices' broadcast shape in place of the indexed dimensions.
    pub fn region(&self, op: &'static str, x: &[usize], indices: &[Arg]) -> Result<Shape> {
        let mut shape = Shape::from_slice(&x[..self.first]);
        shape.extend(broadcast_all(op, indices)?);
        shape.extend_from_slice(&x[self.first + self.count()..]);
        Ok(shape)
    }
}

fn broadcast_all(op: &'static str, indices: &[Arg]) -> Result<Shape> {
    indices.iter().try_fold(Shape::new(), |shape, index| {
        broadcast(&shape, index.shape()).ok_or_else(|| Error::broadcast(op, &shape, index.shape()))
    })
}

pub static INDEX: Op = Op {
    name: "index",
    function: None,
    class: Class::Structured,
    // inputs: x, indices..; attrs: see Place
    meta: |r| Ok(smallvec![(Place::of(r.attrs).region(r.op.name, r.shape(0), &r.args[1..])?, r.dtype(0))]),
    cpu: Cpu::Move(|l: &mut Launch| {
        let place = Place::of(&l.node.attrs);
        let x = l.input(0).clone();
        let offsets = offsets(l, &place, &x, 1)?;
        by_size!(x.dtype, T => indexing::take::<T>(&x, place.first, place.count(), &offsets, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Never("indexing waits for the GPU engine"),
    vjp: Vjp::Rule(|c, g, _| {
        let mut cotangents: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
        if let Some(g) = &g[0] {
            let zeros = create::zeros_like(c.tensor(0))?;
            cotangents[0] = Some(put(&INDEX_PUT_ACCUMULATE, &zeros, g, &c.inputs[1..], &Place::of(c.attrs))?);
        }
        Ok(cotangents)
    }),
    jvp: Jvp::Rule(|c, t| {
        let indexed = |t: &Tensor| index(t, &c.inputs[1..], &Place::of(c.attrs));
        Ok(smallvec![t[0].as_ref().map(indexed).transpose()?])
    }),
    batch: Batch::Rule(|c, batched, size| {
        let mut place = Place::of(c.attrs);
        if !batched[1..].contains(&true) {
            place.first += 1;
            return Ok(smallvec![index(c.tensor(0), &c.inputs[1..], &place)?]);
        }
        let indices = align(&c.inputs[1..], &batched[1..])?;
        if !batched[0] {
            let result = index(c.tensor(0), &indices, &place)?;
            return Ok(smallvec![view::move_dim(&result, place.first, 0)?]);
        }
        let (x, indices, first) = (indexed_first(c.tensor(0), &place)?, with_batch_index(indices, size)?, place.first);
        place = place.behind_batch();
        let result = index(&x, &indices, &place)?;
        let rank = result.rank() - (c.tensor(0).rank() - 1 - (place.count() - 1)) - 1;
        Ok(smallvec![rotate(&result, 1, rank, 1 + first)?])
    }),
    donates: &[],
    plain: None,
    tests: Tests { reference: "", samples: &[], accuracy: Accuracy::Exact, domain: (-1.0, 1.0) },
};

/// Elements replaced. Where several values go to one element, the last in row-major order stays.
pub static INDEX_PUT: Op = Op {
    name: "index_put",
    function: Some(super::index::INDEX_PUT_FUNCTION),
    class: Class::Structured,
    // inputs: x, values, indices..; attrs: see Place
    meta: put_meta,
    cpu: Cpu::Move(|l: &mut Launch| {
        let (values, place, offsets) = prepare(l)?;
        let out = &mut l.outputs[0];
        by_size!(values.dtype, T => {
            indexing::put::<T>(out, place.first, place.count(), &offsets, &values, |slot, v| *slot = v)
        });
        Ok(())
    }),
    gpu: Gpu::Never("indexing waits for the GPU engine"),
    vjp: Vjp::Rule(|c, g, needs| {
        let mut cotangents: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
        let Some(g) = &g[0] else { return Ok(cotangents) };
        let (place, indices) = (Place::of(c.attrs), &c.inputs[2..]);
        if needs[0] {
            cotangents[0] = Some(put(&INDEX_PUT, g, &create::zeros_like(c.tensor(1))?, indices, &place)?);
        }
        if needs[1] {
            let picked = index(g, indices, &place)?;
            let kept = last_writes(c.tensor(0).shape(), indices, &place)?;
            cotangents[1] = Some(super::select::r#where(kept, picked, 0.0)?);
        }
        Ok(cotangents)
    }),
    jvp: Jvp::Rule(put_jvp),
    batch: Batch::Rule(put_batch),
    donates: &[(0, 0)],
    plain: None,
    tests: Tests {
        reference: "(lambda out: (np.add.at(out, tuple(indices), values) if accumulate else \
                    out.__setitem__(tuple(indices), values), out)[1])(np.array(input))",
        samples: &[
            "f(3, 4), [i(5, low=-3, high=2)], f(5, 4)",
            "f(3, 4), [i(5, 1, low=0, high=2), i(3, low=0, high=3)], f(5, 3), accumulate=True",
            "f(9), [i(40, low=-9, high=8)], f(40)",
            "f(2, 3, 5), [i(0, low=0, high=1)], f(3, 5), accumulate=True",
            "f(50, 70), [i(900, low=0, high=49)], f(900, 70), accumulate=True",
            "f(3, 4), [b(3, 4)], f()",
            "f(3, 4), [b(3)], f(4)",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

/// Elements added to, in row-major order of the values.
pub static INDEX_PUT_ACCUMULATE: Op = Op {
    name: "index_put_accumulate",
    function: None,
    class: Class::Structured,
    // inputs: x, values, indices..; attrs: see Place
    meta: |r| {
        if r.dtype(0) == DType::Bool {
            return Err(Error::dtype("index_put", DType::Bool, "a number type to accumulate"));
        }
        put_meta(r)
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (values, place, offsets) = prepare(l)?;
        let out = &mut l.outputs[0];
        dispatch!(values.dtype, T => {
            let add = |slot: &mut T, v: T| *slot = Number::add(*slot, v);
            indexing::put::<T>(out, place.first, place.count(), &offsets, &values, add)
        });
        Ok(())
    }),
    gpu: Gpu::Never("indexing waits for the GPU engine"),
    vjp: Vjp::Rule(|c, g, needs| {
        let mut cotangents: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
        let Some(g) = &g[0] else { return Ok(cotangents) };
        cotangents[0] = Some(g.clone());
        if needs[1] {
            cotangents[1] = Some(index(g, &c.inputs[2..], &Place::of(c.attrs))?);
        }
        Ok(cotangents)
    }),
    jvp: Jvp::Rule(put_jvp),
    batch: Batch::Rule(put_batch),
    donates: &[(0, 0)],
    plain: None,
    tests: Tests { reference: "", samples: &[], accuracy: Accuracy::Sum(1.0), domain: (-1.0, 1.0) },
};

/// The elements of `x` that the int64 `indices` name.
pub fn index(x: &Tensor, indices: &[Arg], place: &Place) -> Result<Tensor> {
    let mut args: SmallVec<[Arg; 3]> = smallvec![x.into()];
    args.extend(indices.iter().cloned());
    record_one(&INDEX, place.attrs(), smallvec![], args)
}

/// Elements along one dimension: `index` of any shape takes its place.
pub fn take(x: &Tensor, dim: usize, indices: &Tensor, negative: Negative) -> Result<Tensor> {
    index(x, &[indices.into()], &Place::one(dim, negative))
}

/// `op` is one of the two records above; `values` has the shape of the region.
pub fn put(op: &'static Op, x: &Tensor, values: &Tensor, indices: &[Arg], place: &Place) -> Result<Tensor> {
    let mut args: SmallVec<[Arg; 3]> = smallvec![x.into(), values.into()];
    args.extend(indices.iter().cloned());
    record_one(op, place.attrs(), smallvec![], args)
}

/// Checks the indices and adds them up to distances in `x`.
fn offsets(l: &Launch, place: &Place, x: &Array, from: usize) -> Result<Vec<i64>> {
    let dims = place.first..place.first + place.count();
    let indices: SmallVec<[&Array; 3]> = (from..l.inputs.len()).map(|i| l.input(i)).collect();
    for ((index, d), &name) in indices.iter().zip(dims.clone()).zip(&place.names) {
        bounds::check(INDEX.name, index, name, x.shape[d], place.negative)?;
    }
    let shape = indices.iter().fold(Shape::new(), |shape, index| {
        broadcast(&shape, &index.shape).expect("the call was checked")
    });
    Ok(indexing::offsets(&indices, &x.shape[dims.clone()], &x.strides[dims], &shape))
}

/// Dense values, and offsets into the dense base.
fn prepare(l: &mut Launch) -> Result<(Array, Place, Vec<i64>)> {
    let place = Place::of(&l.node.attrs);
    if !l.outputs[0].is_contiguous() {
        l.outputs[0] = dense(&l.outputs[0])?;
    }
    let offsets = offsets(l, &place, &l.outputs[0], 2)?;
    Ok((l.dense(1)?, place, offsets))
}

fn put_meta(r: &Request) -> Result<SmallVec<[crate::op::Meta; 1]>> {
    let region = Place::of(r.attrs).region("index_put", r.shape(0), &r.args[2..])?;
    if r.shape(1) != &region[..] || r.dtype(1) != r.dtype(0) {
        let text = format!(
            "values are {} of shape {}, the indexed elements {} of shape {}",
            r.dtype(1),
            show(r.shape(1)),
            r.dtype(0),
            show(&region)
        );
        return Err(Error::shape("index_put", text));
    }
    Ok(smallvec![(r.shape(0).into(), r.dtype(0))])
}

fn put_jvp(c: &Call, t: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
    let or_zeros = |i: usize| t[i].as_ref().map_or_else(|| create::zeros_like(c.tensor(i)), |t| Ok(t.clone()));
    Ok(smallvec![Some(put(c.op, &or_zeros(0)?, &or_zeros(1)?, &c.inputs[2..], &Place::of(c.attrs))?)])
}

/// For each value whether it is the last to be written to its element.
fn last_writes(x: &[usize], indices: &[Arg], place: &Place) -> Result<Tensor> {
    let table = &x[place.first..place.first + place.count()];
    let flat = Place { first: 0, ..place.clone() };
    let shape = broadcast_all(INDEX.name, indices)?;
    let end = Scalar::I64(numel(&shape) as i64);
    let order = create::arange(Scalar::I64(0), end, Scalar::I64(1), Some(DType::I64))?;
    let order = view::reshape(&order, &shape)?;
    let last = put(&INDEX_PUT, &create::full(table, 0i64, DType::I64)?, &order, indices, &flat)?;
    let kept = super::binary::eq(index(&last, indices, &flat)?, &order)?;
    let mut aligned = shape;
    aligned.extend(x[place.first + place.count()..].iter().map(|_| 1));
    view::reshape(&kept, &aligned)
}

// Batching -------------------------------------------------------------------------------------------------------

impl Place {
    /// The dimensions in front, after one for the batch, which an index of its own names.
    fn behind_batch(mut self) -> Place {
        self.first = 0;
        self.names.insert(0, 0);
        self
    }
}

/// Batched indices padded to one rank, so that their batch dimensions meet.
fn align(indices: &[Arg], batched: &[bool]) -> Result<SmallVec<[Arg; 3]>> {
    let rank = indices.iter().zip(batched).map(|(i, &b)| i.shape().len() - b as usize).max().unwrap_or(0);
    (indices.iter().zip(batched))
        .map(|(index, &b)| match index {
            Arg::Tensor(t) if b => {
                let mut shape = Shape::from_slice(&t.shape()[..1]);
                shape.extend(std::iter::repeat_n(1, rank + 1 - t.rank()));
                shape.extend_from_slice(&t.shape()[1..]);
                Ok(Arg::Tensor(view::reshape(t, &shape)?))
            }
            other => Ok(other.clone()),
        })
        .collect()
}

/// The number of the batch element as the first index, broadcast against the others.
fn with_batch_index(mut indices: SmallVec<[Arg; 3]>, size: usize) -> Result<SmallVec<[Arg; 3]>> {
    let rank = indices.iter().map(|i| i.shape().len()).max().unwrap_or(1);
    let numbers = create::arange(Scalar::I64(0), Scalar::I64(size as i64), Scalar::I64(1), Some(DType::I64))?;
    let mut shape: Shape = smallvec![1; rank];
    shape[0] = size;
    indices.insert(0, Arg::Tensor(view::reshape(&numbers, &shape)?));
    Ok(indices)
}

/// (batch, before, indexed, after) to (batch, indexed, before, after).
fn indexed_first(x: &Tensor, place: &Place) -> Result<Tensor> {
    rotate(x, 1 + place.first, place.count(), 1)
}

/// Moves `count` dimensions from `from` on behind the first `to` of the others, which keep their order.
fn rotate(x: &Tensor, from: usize, count: usize, to: usize) -> Result<Tensor> {
    let moved = from..from + count;
    let mut order: SmallVec<[usize; 4]> = (0..x.rank()).filter(|d| !moved.contains(d)).collect();
    order.insert_many(to, moved);
    view::permute(x, &order)
}

fn put_batch(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let mut place = Place::of(c.attrs);
    let x = expand_front(c.tensor(0), batched[0], size)?;
    let values = expand_front(c.tensor(1), batched[1], size)?;
    if !batched[2..].contains(&true) {
        place.first += 1;
        return Ok(smallvec![put(c.op, &x, &values, &c.inputs[2..], &place)?]);
    }
    let indices = with_batch_index(align(&c.inputs[2..], &batched[2..])?, size)?;
    let (first, count) = (place.first, place.count());
    let region = values.rank() - 1 - (x.rank() - 1 - count);
    let values = rotate(&values, 1 + first, region, 1)?;
    let front = indexed_first(&x, &place)?;
    let result = put(c.op, &front, &values, &indices, &place.behind_batch())?;
    Ok(smallvec![rotate(&result, 1, count, 1 + first)?])
}
