//! Indexing as Python writes it: `x[2, 1:, ..., None, rows, mask]`, and assignment to what it names.
//!
//! Integers, slices, `...` and `None` make a view. Index tensors come after that: they broadcast together and their
//! shape takes the place of the indexed dimensions, in front of all others when those are not neighbours. As in PyTorch
//! integers and index tensors without dimensions only remove theirs.

use crate::dtype::DType;
use crate::error::{Error, Kind, Result};
use crate::graph::{Arg, Tensor};
use crate::op::Op;
use crate::ops::create;
use crate::ops::elementwise::select::r#where;
use crate::ops::graph::{cast, transfer};
use crate::ops::index::bounds::Negative;
use crate::ops::index::take::{INDEX_PUT, Place, index, put};
use crate::ops::index::{bounds, nonzero};
use crate::ops::shape::view;
use crate::ops::shape::view::{Range, inverse, permute, reshape, slice, slice_attrs};
use crate::shape::{Shape, broadcast, show};
use smallvec::{SmallVec, smallvec};

/// The name under which errors speak of indexing.
const NAME: &str = "index";

/// One item of an index.
#[derive(Clone, Debug)]
pub enum Item {
    Int(i64),
    Slice {
        start: Option<i64>,
        stop: Option<i64>,
        step: i64,
    },
    Ellipsis,
    NewAxis,
    /// Integers, or booleans that mark elements of as many dimensions as they have.
    Tensor(Tensor),
}

/// The elements that `items` name. Without index tensors the result is a view: at most one slice and one reshape.
pub fn get(x: &Tensor, items: &[Item]) -> Result<Tensor> {
    let parsed = Parsed::new(x, items)?;
    let sub = reshape(&slice(x, &parsed.ranges)?, &parsed.shape)?;
    if parsed.advanced.is_empty() {
        return Ok(sub);
    }
    let arranged = Arranged::new(parsed)?;
    index(
        &permute(&sub, &arranged.order)?,
        &arranged.indices,
        &arranged.place,
    )
}

/// `x` with the elements that `items` name replaced by `value`, which is broadcast and cast. Through a lone mask it is
/// `where`, which needs no look at the mask, unless the shape of `value` depends on how many elements it marks.
pub fn set(x: &Tensor, items: &[Item], value: &Arg) -> Result<Tensor> {
    write(&INDEX_PUT, x, items, value)
}

/// As `set`, with either of the records of `take.rs`.
pub fn write(op: &'static Op, x: &Tensor, items: &[Item], value: &Arg) -> Result<Tensor> {
    let parsed = Parsed::new(x, items)?;
    let value = match value {
        Arg::Tensor(t) => cast::cast(t, x.dtype())?,
        Arg::Scalar(s) => create::full(&[], s.fit("assignment", x.dtype())?, x.dtype())?,
    };
    let ranges = parsed.ranges.clone();
    let sub = slice(x, &ranges)?;
    let inner = reshape(&sub, &parsed.shape)?;
    let written = if parsed.advanced.is_empty() {
        broadcast_to(&value, &parsed.shape)?
    } else if let (true, Some(written)) = (std::ptr::eq(op, &INDEX_PUT), parsed.masked(&inner, &value)?) {
        written
    } else {
        let arranged = Arranged::new(parsed)?;
        let base = permute(&inner, &arranged.order)?;
        let region = arranged.region(base.shape())?;
        let value = broadcast_to(&value, &region)?;
        let changed = put(op, &base, &value, &arranged.indices, &arranged.place)?;
        permute(&changed, &inverse(&arranged.order))?
    };
    let written = reshape(&written, sub.shape())?;
    if sub.is(x) {
        return Ok(written);
    }
    let (attrs, data) = slice_attrs(&ranges);
    crate::ops::index::put::slice_put(x, &written, &attrs, &data)
}

/// Leading extents of 1 are dropped first, as in PyTorch.
fn broadcast_to(value: &Tensor, shape: &[usize]) -> Result<Tensor> {
    let extra = value.rank().saturating_sub(shape.len());
    let lead = value.shape().iter().take(extra).take_while(|&&n| n == 1).count();
    let value = reshape(value, &value.shape()[lead..])?;
    match broadcast(value.shape(), shape) {
        Some(result) if *result == *shape => view::expand(&value, shape),
        _ => Err(Error::broadcast("assignment", value.shape(), shape)),
    }
}

/// An index after its basic items were understood.
struct Parsed {
    /// What remains of each dimension of the tensor; an integer leaves one element.
    ranges: SmallVec<[Range; 4]>,
    /// Integers' dimensions left out, new ones put in.
    shape: Shape,
    /// Index tensors: place in `shape`, dimension of the tensor, and the tensor.
    advanced: SmallVec<[(usize, usize, Tensor); 2]>,
}

impl Parsed {
    fn new(x: &Tensor, items: &[Item]) -> Result<Parsed> {
        let used: usize = items.iter().map(dimensions).sum();
        let Some(rest) = x.rank().checked_sub(used) else {
            let text = format!(
                "{used} dimensions are indexed, the shape {} has {}. Leave out indices{}",
                show(x.shape()),
                x.rank(),
                if x.rank() == 0 {
                    "; the one number is .item()"
                } else {
                    ", or add dimensions with unsqueeze"
                }
            );
            return Err(Error::new(Kind::Index, NAME, text));
        };
        let ellipses = items.iter().filter(|item| matches!(item, Item::Ellipsis)).count();
        if ellipses > 1 {
            return Err(Error::new(
                Kind::Index,
                NAME,
                format!("{ellipses} ellipses ('...'); use one at most"),
            ));
        }
        let mut parsed = Parsed {
            ranges: smallvec![],
            shape: smallvec![],
            advanced: smallvec![],
        };
        for item in items {
            parsed.push(x, item, rest)?;
        }
        let remaining = x.rank() - parsed.ranges.len();
        parsed.keep(x, remaining);
        Ok(parsed)
    }

    /// The next `count` dimensions whole.
    fn keep(&mut self, x: &Tensor, count: usize) {
        for _ in 0..count {
            let n = x.shape()[self.ranges.len()];
            self.ranges.push(Range::all(n));
            self.shape.push(n);
        }
    }

    fn push(&mut self, x: &Tensor, item: &Item, rest: usize) -> Result<()> {
        let dim = self.ranges.len();
        match item {
            Item::Ellipsis => self.keep(x, rest),
            Item::NewAxis => self.shape.push(1),
            &Item::Int(i) => {
                let n = x.shape()[dim];
                if i < -(n as i64) || i >= n as i64 {
                    return Err(Error::index(NAME, i, dim, n));
                }
                let start = if i < 0 { i + n as i64 } else { i };
                self.ranges.push(Range {
                    start,
                    size: 1,
                    step: 1,
                });
            }
            &Item::Slice { start, stop, step } => {
                if step <= 0 {
                    let text = format!("slice step {step} must be positive. Reverse a dimension with flip");
                    return Err(Error::value(NAME, text));
                }
                let range = Range::python(start, stop, step, x.shape()[dim]);
                self.ranges.push(range);
                self.shape.push(range.size);
            }
            Item::Tensor(mask) if mask.dtype() == DType::Bool => {
                let mask = &beside(mask, x)?;
                let place = self.shape.len();
                if mask.rank() == 0 {
                    // It marks a new dimension of extent 1.
                    self.shape.push(1);
                    self.advanced.push((place, dim, reshape(mask, &[1])?));
                    return Ok(());
                }
                if **mask.shape() != x.shape()[dim..dim + mask.rank()] {
                    let text = format!(
                        "mask of shape {} on dimensions of shape {} (from dimension {dim} on). They must be equal",
                        show(mask.shape()),
                        show(&x.shape()[dim..dim + mask.rank()])
                    );
                    return Err(Error::new(Kind::Index, NAME, text));
                }
                self.keep(x, mask.rank());
                self.advanced.push((place, dim, mask.clone()));
            }
            Item::Tensor(t) => {
                let t = &beside(t, x)?;
                let checked = bounds::indices(NAME, t, dim, x.shape()[dim], Negative::FromEnd)?;
                self.advanced.push((self.shape.len(), dim, checked));
                self.keep(x, 1);
            }
        }
        Ok(())
    }

    /// Assignment through one mask without counting what it marks, where the value's shape allows that.
    fn masked(&self, inner: &Tensor, value: &Tensor) -> Result<Option<Tensor>> {
        let [(place, _, mask)] = &self.advanced[..] else {
            return Ok(None);
        };
        if mask.dtype() != DType::Bool {
            return Ok(None);
        }
        // The value meets the marked elements in one dimension, in front of those that follow the mask's.
        let after = inner.rank() - place - mask.rank();
        let mut shape = value.shape().clone();
        if let Some(at) = shape.len().checked_sub(after + 1) {
            if shape[at] != 1 {
                return Ok(None);
            }
            shape.insert_many(at, std::iter::repeat_n(1, mask.rank() - 1));
        }
        let value = broadcast_to(&reshape(value, &shape)?, inner.shape())?;
        let mut aligned = mask.shape().clone();
        aligned.extend(std::iter::repeat_n(1, after));
        Ok(Some(r#where(reshape(mask, &aligned)?, value, inner)?))
    }
}

/// How many dimensions of the tensor an item speaks of.
fn dimensions(item: &Item) -> usize {
    match item {
        Item::Int(_) | Item::Slice { .. } => 1,
        Item::Ellipsis | Item::NewAxis => 0,
        Item::Tensor(t) if t.dtype() == DType::Bool => t.rank(),
        Item::Tensor(_) => 1,
    }
}

/// Index tensors of the CPU follow what they index, as in PyTorch.
fn beside(index: &Tensor, x: &Tensor) -> Result<Tensor> {
    if index.device().is_cpu() {
        transfer::to(index, x.device())
    } else {
        Ok(index.clone())
    }
}

/// Index tensors in the form of the records: the indexed dimensions are neighbours.
struct Arranged {
    /// The order of dimensions that makes them so.
    order: SmallVec<[usize; 4]>,
    indices: SmallVec<[Arg; 3]>,
    place: Place,
}

impl Arranged {
    fn new(parsed: Parsed) -> Result<Arranged> {
        let mut columns: SmallVec<[(usize, usize, Tensor); 4]> = smallvec![];
        for (place, dim, t) in parsed.advanced {
            if t.dtype() != DType::Bool {
                columns.push((place, dim, t));
                continue;
            }
            let marked = nonzero::nonzero(&t)?;
            for d in 0..t.rank() {
                columns.push((place + d, dim + d, view::select(&marked, 1, d as i64)?));
            }
        }
        // Tensors without dimensions only remove theirs: where the others stand is judged without them.
        let (alone, ranked): (SmallVec<[_; 4]>, SmallVec<[_; 4]>) =
            columns.into_iter().partition(|c| c.2.rank() == 0);
        let indexed = |d: usize| ranked.iter().any(|c| c.0 == d);
        let removed = |d: usize| alone.iter().any(|c| c.0 == d);
        let rank = parsed.shape.len();
        let first = ranked.first().or(alone.first()).map_or(0, |c| c.0);
        let last = ranked.last().map_or(first, |c| c.0);
        let neighbours = (first..=last).all(|d| indexed(d) || removed(d));
        let mut order: SmallVec<[usize; 4]> = smallvec![];
        if neighbours {
            order.extend((0..first).filter(|&d| !removed(d)));
        }
        let place = Place {
            first: order.len(),
            negative: Negative::FromEnd,
            names: alone.iter().chain(&ranked).map(|c| c.1).collect(),
        };
        order.extend(alone.iter().chain(&ranked).map(|c| c.0));
        let others: SmallVec<[usize; 4]> = (0..rank).filter(|d| !order.contains(d)).collect();
        order.extend(others);
        let indices = alone.iter().chain(&ranked).map(|c| Arg::from(&c.2)).collect();
        Ok(Arranged {
            order,
            indices,
            place,
        })
    }

    /// Shape of the indexed elements of a base whose dimensions are in order.
    fn region(&self, base: &[usize]) -> Result<Shape> {
        self.place.region(NAME, base, &self.indices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::ops::graph::identity::LEAF;
    use crate::stream::{constant, look};

    fn ints(values: &[i64], shape: &[usize]) -> Tensor {
        constant(&LEAF, Array::from_slice(values, shape).unwrap())
    }
    fn counting(shape: &[usize]) -> Tensor {
        ints(
            &(0..shape.iter().product::<usize>() as i64).collect::<Vec<_>>(),
            shape,
        )
    }
    fn mask(values: &[bool]) -> Item {
        Item::Tensor(constant(
            &LEAF,
            Array::from_slice(values, &[values.len()]).unwrap(),
        ))
    }
    fn values(t: &Tensor) -> Vec<i64> {
        crate::cpu::dense(&look("test", t).unwrap())
            .unwrap()
            .as_slice::<i64>()
            .to_vec()
    }
    const ALL: Item = Item::Slice {
        start: None,
        stop: None,
        step: 1,
    };

    #[test]
    fn basic_items_make_a_view() {
        let x = counting(&[2, 3, 4]);
        let y = get(
            &x,
            &[
                Item::Int(-1),
                Item::NewAxis,
                Item::Ellipsis,
                Item::Slice {
                    start: Some(1),
                    stop: None,
                    step: 2,
                },
            ],
        );
        let y = y.unwrap();
        assert_eq!(
            (&y.shape()[..], values(&y)),
            (&[1, 3, 2][..], vec![13, 15, 17, 19, 21, 23])
        );
        assert!(
            get(&x, &[Item::Int(2)])
                .unwrap_err()
                .text()
                .contains("dimension 0 of size 2")
        );
        assert_eq!(get(&x, &[ALL, ALL, ALL, ALL]).unwrap_err().kind(), Kind::Index);
    }

    #[test]
    fn index_tensors_stand_where_pytorch_puts_them() {
        let x = counting(&[2, 3, 4]);
        let pair = || Item::Tensor(ints(&[0, -1], &[2]));
        let shape = |items: &[Item]| get(&x, items).unwrap().shape().to_vec();
        assert_eq!(shape(&[ALL, pair(), pair()]), [2, 2]);
        assert_eq!(shape(&[pair(), ALL, pair()]), [2, 3]);
        assert_eq!(shape(&[Item::Int(0), ALL, pair()]), [3, 2]);
        assert_eq!(shape(&[Item::Tensor(ints(&[1], &[])), ALL, pair()]), [3, 2]);
        assert_eq!(shape(&[pair(), Item::NewAxis, pair()]), [2, 1, 4]);
        assert_eq!(
            values(&get(&x, &[pair(), ALL, pair()]).unwrap()),
            [0, 4, 8, 15, 19, 23]
        );
    }

    #[test]
    fn masks_and_assignment() {
        let x = counting(&[3, 2]);
        let marked = mask(&[true, false, true]);
        assert_eq!(
            values(&get(&x, std::slice::from_ref(&marked)).unwrap()),
            [0, 1, 4, 5]
        );
        assert_eq!(
            values(&set(&x, std::slice::from_ref(&marked), &Arg::from(7i64)).unwrap()),
            [7, 7, 2, 3, 7, 7]
        );
        let two = Arg::from(ints(&[8, 9], &[2, 1]));
        assert_eq!(values(&set(&x, &[marked], &two).unwrap()), [8, 8, 2, 3, 9, 9]);
        let rows = Item::Tensor(ints(&[2, 0, 2], &[3]));
        let three = Arg::from(ints(&[7, 8, 9], &[3]));
        assert_eq!(
            values(&set(&x, &[rows, Item::Int(1)], &three).unwrap()),
            [0, 8, 2, 3, 4, 9]
        );
    }
}
