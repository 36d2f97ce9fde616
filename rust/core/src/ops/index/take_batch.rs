//! Batching of the records in `take.rs`. Where indices are batched the batch dimension is indexed as well, by the number
//! of the batch element; the indexed dimensions are brought behind it first, and the result's back.

use crate::error::Result;
use crate::graph::{Arg, Tensor};
use crate::op::Call;
use crate::ops::batch::expand_front;
use crate::ops::create;
use crate::ops::index::take;
use crate::ops::index::take::Place;
use crate::ops::shape::view;
use crate::shape::Shape;
use smallvec::{SmallVec, smallvec};

pub fn index(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let mut place = Place::from(c.attrs);
    let x = c.tensor(0);
    if !batched[1..].contains(&true) {
        place.first += 1;
        return Ok(smallvec![take::index(x, &c.inputs[1..], &place)?]);
    }
    let indices = align(&c.inputs[1..], &batched[1..])?;
    let first = place.first;
    if !batched[0] {
        return Ok(smallvec![view::move_dim(
            &take::index(x, &indices, &place)?,
            first,
            0
        )?]);
    }
    let others = x.rank() - 1 - place.count();
    let front = indexed_first(x, &place)?;
    let result = take::index(&front, &with_batch_index(indices, size)?, &place.behind_batch())?;
    let region = result.rank() - 1 - others;
    Ok(smallvec![rotate(&result, 1, region, 1 + first)?])
}

pub fn put(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let mut place = Place::from(c.attrs);
    let x = expand_front(c.tensor(0), batched[0], size)?;
    let values = expand_front(c.tensor(1), batched[1], size)?;
    if !batched[2..].contains(&true) {
        place.first += 1;
        return Ok(smallvec![take::put(c.op, &x, &values, &c.inputs[2..], &place)?]);
    }
    let indices = with_batch_index(align(&c.inputs[2..], &batched[2..])?, size)?;
    let (first, count) = (place.first, place.count());
    let region = values.rank() - 1 - (x.rank() - 1 - count);
    let values = rotate(&values, 1 + first, region, 1)?;
    let front = indexed_first(&x, &place)?;
    let result = take::put(c.op, &front, &values, &indices, &place.behind_batch())?;
    Ok(smallvec![rotate(&result, 1, count, 1 + first)?])
}

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
    let rank = indices
        .iter()
        .zip(batched)
        .map(|(i, &b)| i.shape().len() - b as usize)
        .max()
        .unwrap_or(0);
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
    let numbers = create::positions(size)?;
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
