//! What all elementwise ops share: dtype rules, broadcasting, recording, and the batching rule.

use crate::dtype::{Category, DType, default_float, result_type};
use crate::error::{Error, Result};
use crate::graph::{Arg, Tensor};
use crate::op::{Call, Meta, Op, Request};
use crate::ops::elementwise::numbers;
use crate::ops::graph::cast;
use crate::ops::shape::view;
use crate::ops::{create, reduce};
use crate::shape::{self, Shape, broadcast};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

/// How the result's dtype follows from the operands' common one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Integers and booleans become float32.
    Float,
    /// Any dtype, kept.
    Same,
    /// As `Same`; the result is one of the operands, so a number must be a value of the dtype.
    Pick,
    /// Any dtype but bool, kept.
    Number,
    /// As `Number`; integers have no powers of negative numbers.
    Power,
    /// The result is bool.
    Compare,
    /// Operands become bool, and so is the result.
    Logic,
    /// Integers and booleans, kept.
    Integer,
}

/// Records an elementwise op over operands that are promoted to a common dtype.
pub fn apply(op: &'static Op, rule: Rule, mut args: SmallVec<[Arg; 3]>) -> Result<Tensor> {
    let dtype = operand_dtype(op.name, rule, &args)?;
    if (!dtype.is_float() || rule == Rule::Compare)
        && let Some(result) = numbers::beyond(op, rule, dtype, &args)?
    {
        return Ok(result);
    }
    promote(op.name, &mut args, dtype)?;
    record_one(op, Default::default(), Default::default(), args)
}

/// The dtype that operands are brought to.
#[inline]
pub fn operand_dtype(name: &'static str, rule: Rule, args: &[Arg]) -> Result<DType> {
    if rule == Rule::Logic {
        return Ok(DType::Bool);
    }
    let dtype = common_dtype(args);
    match rule {
        Rule::Float if !dtype.is_float() => Ok(default_float()),
        Rule::Number | Rule::Power if dtype.category() == Category::Bool => Err(Error::dtype(
            name,
            dtype,
            "a number type; for booleans use logical_and, logical_or, logical_not",
        )),
        Rule::Integer if dtype.is_float() => Err(Error::dtype(name, dtype, "an integer dtype or bool")),
        _ => Ok(dtype),
    }
}

/// PyTorch's promotion over all operands.
#[inline]
pub fn common_dtype(args: &[Arg]) -> DType {
    if let [Arg::Tensor(x), Arg::Tensor(y)] = args
        && x.dtype() == y.dtype()
    {
        // By far the most frequent call.
        return x.dtype();
    }
    let (mut ranked, mut zero_dim, mut scalar) = (None::<DType>, None::<DType>, None::<Category>);
    for arg in args {
        match arg {
            Arg::Tensor(t) => {
                let standing = if t.rank() > 0 { &mut ranked } else { &mut zero_dim };
                *standing = Some(standing.map_or(t.dtype(), |d| d.promote(t.dtype())));
            }
            Arg::Scalar(s) => scalar = scalar.max(Some(s.category())),
        }
    }
    result_type(ranked, zero_dim, scalar)
}

/// Casts operands to `dtype`. Numbers stay numbers, save when there is no tensor at all.
#[inline]
fn promote(op: &'static str, args: &mut [Arg], dtype: DType) -> Result<()> {
    let mut any_tensor = false;
    for arg in &mut *args {
        match arg {
            Arg::Tensor(t) => {
                any_tensor = true;
                if t.dtype() != dtype {
                    *arg = Arg::Tensor(cast::cast(t, dtype)?);
                }
            }
            Arg::Scalar(s) => *s = s.fit(op, dtype)?,
        }
    }
    if let (false, Some(Arg::Scalar(s))) = (any_tensor, args.first()) {
        args[0] = Arg::Tensor(create::full(&[], *s, dtype)?);
    }
    Ok(())
}

/// The shape that all operands broadcast to.
#[inline]
pub fn broadcast_shape(r: &Request) -> Result<Shape> {
    let mut shape = Shape::from_slice(r.shape(0));
    for i in 1..r.args.len() {
        if !shape::same(&shape, r.shape(i)) {
            shape = broadcast(&shape, r.shape(i))
                .ok_or_else(|| Error::broadcast(r.op.name, &shape, r.shape(i)))?;
        }
    }
    Ok(shape)
}

pub fn meta_same(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    Ok(SmallVec::from_buf([(broadcast_shape(r)?, r.common_dtype())]))
}

pub fn meta_bool(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    Ok(SmallVec::from_buf([(broadcast_shape(r)?, DType::Bool)]))
}

/// The batching rule: the batch dimension stands first, so shorter operands get extents of 1 after it.
pub fn batch(c: &Call, batched: &[bool], _size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let rank = c
        .inputs
        .iter()
        .zip(batched)
        .map(|(a, &b)| a.shape().len() - b as usize)
        .max()
        .unwrap_or(0);
    let args = (c.inputs.iter().zip(batched))
        .map(|(arg, &is_batched)| match arg {
            Arg::Tensor(t) if is_batched && t.rank() - 1 < rank => {
                let mut shape = Shape::from_slice(&t.shape()[..1]);
                shape.extend(std::iter::repeat_n(1, rank + 1 - t.rank()));
                shape.extend_from_slice(&t.shape()[1..]);
                Ok(Arg::Tensor(view::reshape(t, &shape)?))
            }
            _ => Ok(arg.clone()),
        })
        .collect::<Result<_>>()?;
    Ok(smallvec![record_one(
        c.op,
        c.attrs.clone(),
        c.data.clone(),
        args
    )?])
}

/// Sums a cotangent over the dimensions along which an operand of `shape` was broadcast.
pub fn sum_to(t: &Tensor, shape: &[usize]) -> Result<Tensor> {
    if **t.shape() == *shape {
        return Ok(t.clone());
    }
    let lead = t.rank() - shape.len();
    let dims: SmallVec<[usize; 4]> = (0..t.rank())
        .filter(|&d| d < lead || (shape[d - lead] == 1 && t.shape()[d] != 1))
        .collect();
    view::reshape(&reduce::sum(t, &dims, true)?, shape)
}
