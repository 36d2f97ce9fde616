//! The records behind `x[i, j]` and `x[i, j] = v`: several index tensors that broadcast together name elements of
//! neighbouring dimensions. `index.rs` brings every other arrangement into this form.

use crate::array::Array;
use crate::cpu::index as kernels;
use crate::cpu::number::Number;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Context, Gpu};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, Op, Plain, Request, Tests, Vjp};
use crate::ops::create;
use crate::ops::index::bounds::Negative;
use crate::ops::index::places::{Around, Named};
use crate::ops::index::syntax::{Item, write};
use crate::ops::index::{bounds, places, sums, take_batch};
use crate::ops::shape::view::reshape;
use crate::shape::{Shape, broadcast, normalize_dim, numel, show};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

attributes! {
    /// Which dimensions are indexed, and how errors speak of them.
    #[derive(Clone)]
    pub struct Place in Attrs {
        /// The first of the indexed dimensions, which are neighbours.
        first: usize,
        negative: Negative,
        /// For each index tensor the dimension as the user knows it.
        names: SmallVec<[usize; 4]>,
    }
}

impl Place {
    /// One index tensor for one dimension.
    pub fn one(dim: usize, negative: Negative) -> Place {
        Place {
            first: dim,
            negative,
            names: smallvec![dim],
        }
    }

    pub fn count(&self) -> usize {
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
    meta: |r| {
        Ok(smallvec![(
            Place::from(r.attrs).region(r.op.name, r.shape(0), &r.args[1..])?,
            r.dtype(0)
        )])
    },
    cpu: Cpu::Move(|l: &mut Launch| {
        let place = Place::from(l.attrs);
        let x = l.input(0).clone();
        let offsets = offsets(l, &place, &x, 1)?;
        by_size!(x.dtype, T => kernels::take::<T>(&x, place.first, place.count(), &offsets, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(|c| {
        let (named, around) = named(c, 1);
        places::take(c, &named, around)
    }),
    vjp: Vjp::Rule(|c, g, _| {
        let mut cotangents: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
        if let Some(g) = &g[0] {
            let zeros = create::zeros_like(c.tensor(0))?;
            cotangents[0] = Some(put(
                &INDEX_PUT_ACCUMULATE,
                &zeros,
                g,
                &c.inputs[1..],
                &Place::from(c.attrs),
            )?);
        }
        Ok(cotangents)
    }),
    jvp: Jvp::Rule(|c, t| {
        let indexed = |t: &Tensor| index(t, &c.inputs[1..], &Place::from(c.attrs));
        Ok(smallvec![t[0].as_ref().map(indexed).transpose()?])
    }),
    batch: Batch::Rule(take_batch::index),
    donates: &[],
    plain: Plain::Primitive("moves elements: NumPy's indexing is the oracle"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

/// Elements replaced. Where several values go to one element, the last in row-major order stays.
pub static INDEX_PUT: Op = Op {
    name: "index_put",
    function: Some(Function {
        name: "index_put",
        signature: "(input: Tensor, indices: Sequence[Tensor], values: Tensor | Number, accumulate: bool = False) -> Tensor",
        doc: "`input` with the elements that `indices` name replaced by `values`, or, with `accumulate`, with `values` added \
              to them. The index tensors (int64, int32 or bool masks) broadcast together and stand for the first dimensions; \
              negative indices count from the end. `values` broadcasts to the indexed elements. Where several go to one \
              element, the last in row-major order stays; sums run in that order.\n\n\
              >>> ravine.index_put(ravine.zeros(3), [ravine.tensor([0, 0, 2])], ravine.tensor(1.0), accumulate=True)\n\
              tensor([2., 0., 1.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            let items: Vec<Item> = a.tensors(1)?.iter().cloned().map(Item::Tensor).collect();
            let op = if a.flag(3)? {
                &INDEX_PUT_ACCUMULATE
            } else {
                &INDEX_PUT
            };
            Ok(write(op, a.tensor(0)?, &items, &a.arg(2)?)?.into())
        },
    }),
    class: Class::Structured,
    // inputs: x, values, indices..; attrs: see Place
    meta: put_meta,
    cpu: Cpu::Move(|l: &mut Launch| {
        let (values, place, offsets) = prepare(l)?;
        let out = &mut l.outputs[0];
        by_size!(values.dtype, T => {
            kernels::put::<T>(out, place.first, place.count(), &offsets, &values, |slot, v| *slot = v)
        });
        Ok(())
    }),
    gpu: Gpu::Program(|c| {
        let (named, around) = named(c, 2);
        places::put(c, &named, around)
    }),
    vjp: Vjp::Rule(|c, g, needs| {
        let mut cotangents: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
        let Some(g) = &g[0] else { return Ok(cotangents) };
        let (place, indices) = (Place::from(c.attrs), &c.inputs[2..]);
        if needs[0] {
            cotangents[0] = Some(put(
                &INDEX_PUT,
                g,
                &create::zeros_like(c.tensor(1))?,
                indices,
                &place,
            )?);
        }
        if needs[1] {
            let picked = index(g, indices, &place)?;
            let kept = last_writes(c.tensor(0).shape(), indices, &place)?;
            cotangents[1] = Some(crate::ops::elementwise::select::r#where(kept, picked, 0.0)?);
        }
        Ok(cotangents)
    }),
    jvp: Jvp::Rule(put_jvp),
    batch: Batch::Rule(take_batch::put),
    donates: &[(0, 0)],
    plain: Plain::Primitive("moves elements: NumPy's indexing is the oracle"),
    tests: Tests {
        reference: "index_put(input, indices, values, accumulate)",
        samples: &[
            "f(3, 4), [i(5, low=-3, high=2)], f(5, 4)",
            "f(3, 4), [i(5, 1, low=0, high=2), i(3, low=0, high=3)], f(5, 3), accumulate=True",
            "f(9), [i(40, low=-9, high=8)], f(40)",
            "f(2, 3, 5), [i(0, low=0, high=1)], f(3, 5), accumulate=True",
            "f(50, 70), [i(900, low=0, high=49)], f(900, 70), accumulate=True",
            "f(3, 4), [b(3, 4)], f()",
            "f(3, 4), [b(3)], f(4)",
        ],
        accuracy: Accuracy::Sum(1.0),
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
            return Err(Error::dtype(
                "index_put",
                DType::Bool,
                "a number type to accumulate",
            ));
        }
        put_meta(r)
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (values, place, offsets) = prepare(l)?;
        let out = &mut l.outputs[0];
        dispatch!(values.dtype, T => {
            let add = |slot: &mut T, v: T| *slot = Number::add(*slot, v);
            kernels::put::<T>(out, place.first, place.count(), &offsets, &values, add)
        });
        Ok(())
    }),
    gpu: Gpu::Program(|c| {
        let (named, around) = named(c, 2);
        sums::sums(c, &named, around, 1, false)
    }),
    vjp: Vjp::Rule(|c, g, needs| {
        let mut cotangents: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
        let Some(g) = &g[0] else { return Ok(cotangents) };
        cotangents[0] = Some(g.clone());
        if needs[1] {
            cotangents[1] = Some(index(g, &c.inputs[2..], &Place::from(c.attrs))?);
        }
        Ok(cotangents)
    }),
    jvp: Jvp::Rule(put_jvp),
    batch: Batch::Rule(take_batch::put),
    donates: &[(0, 0)],
    plain: Plain::Primitive("adds elements: NumPy's add.at is the oracle"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(1.0),
        domain: (-1.0, 1.0),
    },
};

/// The elements of `x` that the int64 `indices` name.
pub fn index(x: &Tensor, indices: &[Arg], place: &Place) -> Result<Tensor> {
    let mut args: SmallVec<[Arg; 3]> = smallvec![x.into()];
    args.extend(indices.iter().cloned());
    record_one(&INDEX, place.encode(), smallvec![], args)
}

/// Elements along one dimension: `index` of any shape takes its place.
pub fn take(x: &Tensor, dim: usize, indices: &Tensor, negative: Negative) -> Result<Tensor> {
    index(x, &[indices.into()], &Place::one(dim, negative))
}

/// `op` is one of the two records above; `values` has the shape of the region.
pub fn put(op: &'static Op, x: &Tensor, values: &Tensor, indices: &[Arg], place: &Place) -> Result<Tensor> {
    let mut args: SmallVec<[Arg; 3]> = smallvec![x.into(), values.into()];
    args.extend(indices.iter().cloned());
    record_one(op, place.encode(), smallvec![], args)
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
    Ok(kernels::offsets(
        &indices,
        &x.shape[dims.clone()],
        &x.strides[dims],
        &shape,
    ))
}

/// What the inputs from `from` on say of places in input 0.
fn named(c: &Context, from: usize) -> (Vec<Named>, Around) {
    let place = Place::from(c.attrs);
    places::together(c, c.shape(0), place.first, from, place.negative, &place.names)
}

/// Dense values, and offsets into the dense base.
fn prepare(l: &mut Launch) -> Result<(Array, Place, Vec<i64>)> {
    let place = Place::from(l.attrs);
    let offsets = offsets(l, &place, &l.outputs[0], 2)?;
    Ok((l.dense(1)?, place, offsets))
}

fn put_meta(r: &Request) -> Result<SmallVec<[crate::op::Meta; 1]>> {
    let region = Place::from(r.attrs).region("index_put", r.shape(0), &r.args[2..])?;
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
    let or_zeros = |i: usize| {
        t[i].as_ref()
            .map_or_else(|| create::zeros_like(c.tensor(i)), |t| Ok(t.clone()))
    };
    Ok(smallvec![Some(put(
        c.op,
        &or_zeros(0)?,
        &or_zeros(1)?,
        &c.inputs[2..],
        &Place::from(c.attrs)
    )?)])
}

/// For each value whether it is the last to be written to its element.
fn last_writes(x: &[usize], indices: &[Arg], place: &Place) -> Result<Tensor> {
    let table = &x[place.first..place.first + place.count()];
    let flat = Place {
        first: 0,
        ..place.clone()
    };
    let shape = broadcast_all(INDEX.name, indices)?;
    let order = reshape(&create::positions(numel(&shape))?, &shape)?;
    let last = put(
        &INDEX_PUT,
        &create::full(table, 0i64, DType::I64)?,
        &order,
        indices,
        &flat,
    )?;
    let kept = crate::ops::elementwise::compare::eq(index(&last, indices, &flat)?, &order)?;
    let mut aligned = shape;
    aligned.extend(x[place.first + place.count()..].iter().map(|_| 1));
    reshape(&kept, &aligned)
}

pub static FUNCTIONS: &[Function] = &[Function {
    name: "index_select",
    signature: "(input: Tensor, dim: int, index: Tensor) -> Tensor",
    doc: "The slices of `input` at the places along `dim` that `index` names (int64 or int32, one dimension): the extent \
              of `dim` becomes the length of `index`. Indices below 0 or from the extent on raise.\n\n\
              >>> ravine.index_select(ravine.tensor([[1, 2], [3, 4]]), 1, ravine.tensor([1, 1, 0]))\n\
              tensor([[2, 2, 1],\n        [4, 4, 3]])\n",
    places: Places::BOTH,
    effect: Effect::Pure,
    call: |a| {
        let (x, picked) = (a.tensor(0)?, a.tensor(2)?);
        let dim = normalize_dim("index_select", a.int(1)?, x.rank())?;
        if picked.rank() > 1 {
            return Err(Error::rank("index_select", "index", "at most 1", picked.shape()));
        }
        let ranked = if x.rank() == 0 {
            reshape(x, &[1])?
        } else {
            x.clone()
        };
        let picked = bounds::indices("index_select", picked, dim, ranked.shape()[dim], Negative::Error)?;
        let result = take(
            &ranked,
            dim,
            &reshape(&picked, &[picked.numel()])?,
            Negative::Error,
        )?;
        Ok(if x.rank() == 0 && result.numel() == 1 {
            reshape(&result, &[])?
        } else {
            result
        }
        .into())
    },
}];
