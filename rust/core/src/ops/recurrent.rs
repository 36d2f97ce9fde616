//! What the records of recurrent networks share.

use super::batch::expand_front;
use super::{create, view};
use crate::array::Array;
use crate::cpu::Launch;
use crate::error::{Error, Result};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Call, Meta, Op, Request, Tests};
use crate::shape::{Shape, show};
use crate::stream::record;
use crate::transform::vjp;
use smallvec::{SmallVec, smallvec};
use std::ops::Range;

pub const NO_GPU: &str = "derivatives of recurrent networks wait for the GPU engine";
pub const NO_TESTS: Tests = Tests {
    reference: "",
    samples: &[],
    accuracy: Accuracy::Sum(8.0),
    domain: (-1.0, 1.0),
};

/// Checks x (T, B, gates H), h0 (B, H) and w (gates H, H), which is input `w`, and that all dtypes are one.
pub fn check(r: &Request, gates: usize, w: usize, others: &[(usize, &[usize])], wanted: &str) -> Result<()> {
    let (x, h0) = (r.shape(0), r.shape(1));
    let fits = h0.len() == 2
        && x.len() == 3
        && x[0] > 0
        && x[1..] == [h0[0], gates * h0[1]]
        && *r.shape(w) == [gates * h0[1], h0[1]]
        && others.iter().all(|(i, shape)| r.shape(*i) == *shape);
    if !fits {
        let shapes: Vec<String> = (0..r.args.len()).map(|i| show(r.shape(i))).collect();
        let text = format!(
            "the operands have shapes {}; they must be {wanted}, T > 0",
            shapes.join(", ")
        );
        return Err(Error::shape(r.op.name, text));
    }
    match (0..r.args.len()).find(|&i| !r.dtype(i).is_float() || r.dtype(i) != r.dtype(0)) {
        Some(i) => Err(Error::dtype(
            r.op.name,
            r.dtype(i),
            "one floating dtype for all operands",
        )),
        None => Ok(()),
    }
}

/// Hidden states of all steps.
pub fn states(r: &Request) -> Meta {
    let (x, h0) = (r.shape(0), r.shape(1));
    (smallvec![x[0], h0[0], h0[1]], r.dtype(0))
}

/// Some inputs as row-major data.
pub fn dense(l: &Launch, inputs: Range<usize>) -> Result<Vec<Array>> {
    inputs.map(|i| l.dense(i)).collect()
}

/// The fused cotangents: `op` takes those of the outputs, the hidden states and the inputs of `c`, and gives those of
/// x, h0, w and then of what stands between (cells) or behind (a bias).
pub fn slopes(c: &Call, g: &[Option<Tensor>], op: &'static Op) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let mut args: SmallVec<[Arg; 3]> = SmallVec::new();
    for (output, g) in c.outputs.iter().zip(g) {
        args.push(match g {
            Some(g) => g.into(),
            None => (&create::zeros_like(output)?).into(),
        });
    }
    args.push((&c.outputs[0]).into());
    args.extend(c.inputs.iter().cloned());
    let found = record(op, c.attrs.clone(), c.data.clone(), args)?;
    let mut slopes: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
    for (&i, slope) in order(c.outputs.len()).iter().zip(found) {
        slopes[i] = Some(slope);
    }
    Ok(slopes)
}

/// To which input each cotangent of the fused backward belongs.
fn order(outputs: usize) -> [usize; 4] {
    if outputs == 2 { [0, 1, 3, 2] } else { [0, 1, 2, 3] }
}

/// The plain form of a fused backward, which differentiates that of the forward. `outputs` are those of `forward`.
pub fn slopes_plain(c: &Call, forward: &'static Op, outputs: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let inputs = &c.inputs[outputs + 1..];
    let call = Call {
        op: forward,
        attrs: c.attrs,
        data: c.data,
        inputs,
        outputs: &[],
    };
    let g: Vec<Option<Tensor>> = (0..outputs).map(|i| Some(c.tensor(i).clone())).collect();
    let found = vjp::plain(&call, &g, &vec![true; inputs.len()])?;
    order(outputs)[..inputs.len()]
        .iter()
        .map(|&i| match &found[i] {
            Some(slope) => Ok(slope.clone()),
            None => create::zeros_like(inputs[i].tensor().expect("this op records tensors only")),
        })
        .collect()
}

/// Batches of sequences are sequences. Inputs from `shared` on are weights; where these are batched, the plain form
/// is.
pub fn batch(c: &Call, batched: &[bool], size: usize, shared: usize) -> Result<SmallVec<[Tensor; 1]>> {
    if batched[shared..].contains(&true) {
        return crate::transform::vmap::plain(c, batched, size);
    }
    let mut args: SmallVec<[Arg; 3]> = SmallVec::new();
    for (i, &is_batched) in batched.iter().enumerate() {
        let t = c.tensor(i);
        if i >= shared {
            args.push(t.into());
            continue;
        }
        let t = expand_front(t, is_batched, size)?;
        // (S, T, B, ..) and (S, B, ..) with the batch next to the sequences, whose dimension is the last but one.
        args.push(joined(&view::move_dim(&t, 0, t.rank() - 3)?)?.into());
    }
    let outputs = record(c.op, c.attrs.clone(), c.data.clone(), args)?;
    outputs
        .iter()
        .map(|y| {
            let at = y.rank() - 2;
            let mut shape = y.shape().clone();
            shape[at] /= size.max(1);
            shape.insert(at, size);
            view::move_dim(&view::reshape(y, &shape)?, at, 0)
        })
        .collect()
}

/// The dimensions -3 and -2 as one.
fn joined(t: &Tensor) -> Result<Tensor> {
    let at = t.rank() - 3;
    let mut shape: Shape = t.shape().clone();
    let sequences = shape.remove(at + 1);
    shape[at] *= sequences;
    view::reshape(t, &shape)
}
