//! What optimizer updates share: one record and one launch for all tensors of a parameter group.
//!
//! Learning rates, step counts and the like are data, so that schedules build no plans. The arithmetic is that of
//! `torch.optim`, in the parameters' dtype, every operation rounded; in float16 and bfloat16 it is done in float32 and
//! rounded once, when the results are stored.

use crate::dtype::Scalar;
use crate::error::{Error, Kind, Result};
use crate::function::Outcome;
use crate::graph::{Arg, Tensor};
use crate::op::{Attrs, Call, Data, Meta, Op, Request};
use crate::ops::batch;
use crate::ops::graph::cast;
use crate::shape::show;
use crate::stream::record;
use smallvec::{SmallVec, smallvec};

pub(super) const NEVER: &str = "an optimizer's update is not differentiated; call it under ravine.no_grad(), or write it with ordinary ops";

/// Lists of tensors by name, the first of which says what the others must be.
pub(super) type Lists<'a> = &'a [(&'static str, &'a [Tensor])];

/// Records an update, after a check of lengths, shapes and dtypes. Optimizers do so under `no_grad`.
pub(super) fn update(op: &'static Op, lists: Lists, flags: &[bool], numbers: &[f64]) -> Result<Outcome> {
    check(op.name, lists)?;
    let (_, params) = lists[0];
    if params.is_empty() {
        return Ok(Outcome::Many(Vec::new()));
    }
    let mut attrs: Attrs = smallvec![params.len() as i64];
    attrs.extend(flags.iter().map(|&f| f as i64));
    let data: Data = numbers.iter().map(|&x| Scalar::F64(x)).collect();
    let args = lists
        .iter()
        .flat_map(|(_, list)| list.iter().map(Arg::from))
        .collect();
    Ok(Outcome::Many(record(op, attrs, data, args)?.into_vec()))
}

pub(super) fn check(op: &'static str, lists: Lists) -> Result<()> {
    let (first, params) = lists[0];
    if let Some(p) = params.iter().find(|p| !p.dtype().is_float()) {
        return Err(Error::dtype(op, p.dtype(), "floating tensors"));
    }
    for (name, list) in &lists[1..] {
        if list.len() != params.len() {
            let text = format!(
                "{first} has {} tensors, {name} has {}. Pass as many",
                params.len(),
                list.len()
            );
            return Err(Error::value(op, text));
        }
        for (i, (p, x)) in params.iter().zip(*list).enumerate() {
            if p.shape() != x.shape() {
                let (a, b) = (show(p.shape()), show(x.shape()));
                return Err(Error::shape(
                    op,
                    format!("{first}[{i}] has shape {a}, {name}[{i}] has {b}. They must be equal"),
                ));
            }
            if p.dtype() != x.dtype() {
                let (a, b) = (p.dtype(), x.dtype());
                let text = format!("{first}[{i}] is {a}, {name}[{i}] is {b}. Convert one with .to(dtype)");
                return Err(Error::new(Kind::DType, op, text));
            }
        }
    }
    Ok(())
}

/// The outputs are those inputs that are given away, in the order of `donates`.
pub(super) fn meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let outputs = r.op.donates.len() * r.attrs[0] as usize;
    let donors = (0..outputs).filter_map(|j| r.op.donor(r.attrs, j));
    Ok(donors.map(|k| (r.shape(k).into(), r.dtype(k))).collect())
}

/// Elementwise over every list, so batches need no more than one dimension in front of all of them.
pub(super) fn batched(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    record(
        c.op,
        c.attrs.clone(),
        c.data.clone(),
        batch::all_batched(c, batched, size)?,
    )
}

/// Inputs `list` of a call, in the dtype of the arithmetic.
pub(super) fn wide(c: &Call, list: usize, i: usize) -> Result<Tensor> {
    let t = c.tensor(list * c.attrs[0] as usize + i);
    cast::cast(t, t.dtype().compute_dtype())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::dtype::DType;
    use crate::op::{Form, Plain};
    use crate::ops::create::random;
    use crate::stream::look;

    fn drawn(shapes: &[&[usize]], dtype: DType) -> Vec<Tensor> {
        shapes
            .iter()
            .map(|s| random::uniform(s, dtype).unwrap())
            .collect()
    }

    /// The kernel has the bits of the plain form, for several tensors, strided ones, and every dtype.
    pub fn kernel_is_plain(op: &'static Op, lists: usize, attrs: &[i64], data: &[f64]) {
        for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
            let shapes: [&[usize]; 4] = [&[3, 5], &[], &[0, 2], &[40_000]];
            let mut inputs: Vec<Tensor> = (0..lists).flat_map(|_| drawn(&shapes, dtype)).collect();
            for t in inputs.iter_mut().filter(|t| t.rank() == 2) {
                *t = crate::ops::shape::view::transpose_last(t).unwrap();
            }
            let inputs: SmallVec<[Arg; 3]> = inputs.iter().map(Arg::from).collect();
            let attrs: Attrs = std::iter::once(4).chain(attrs.iter().copied()).collect();
            let data: Data = data.iter().map(|&x| Scalar::F64(x)).collect();
            let call = Call {
                op,
                attrs: &attrs,
                data: &data,
                inputs: &inputs,
                outputs: &[],
            };
            let Plain::Form(Form(form)) = op.plain else {
                unreachable!("every update has a plain form")
            };
            let plain = form(&call).unwrap();
            let kernel = record(op, attrs.clone(), data.clone(), inputs.clone()).unwrap();
            assert_eq!(plain.len(), kernel.len());
            for (a, b) in kernel.iter().zip(&plain) {
                let value = |t: &Tensor| look("test", &cast::cast(t, DType::F64).unwrap()).unwrap();
                assert_eq!(a.shape(), b.shape());
                let (a, b) = (
                    crate::cpu::dense(&value(a)).unwrap(),
                    crate::cpu::dense(&value(b)).unwrap(),
                );
                let bits = |x: &crate::array::Array| -> Vec<u64> {
                    let one = |x: &f64| {
                        if x.is_nan() {
                            f64::NAN.to_bits()
                        } else {
                            x.to_bits()
                        }
                    };
                    x.as_slice::<f64>().iter().map(one).collect()
                };
                assert_eq!(bits(&a), bits(&b), "{} of {dtype}, attrs {attrs:?}", op.name);
            }
        }
    }

    #[test]
    fn pairs_must_match() {
        let (a, b) = (drawn(&[&[2]], DType::F32), drawn(&[&[3]], DType::F32));
        let error = check("sgd_", &[("params", &a), ("grads", &b)]).unwrap_err();
        assert_eq!(
            error.text(),
            "params[0] has shape (2,), grads[0] has (3,). They must be equal"
        );
        assert!(check("sgd_", &[("params", &a), ("grads", &[])]).is_err());
        assert!(check("sgd_", &[("params", &a), ("grads", &drawn(&[&[2]], DType::F64))]).is_err());
    }
}
