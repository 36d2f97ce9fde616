//! What the records of recurrent networks share.

use crate::array::Array;
use crate::error::{Error, Result};
use crate::graph::{Arg, Tensor};
use crate::mode;
use crate::op::{Attrs, Call, Form, Meta, Op, Request};
use crate::ops::batch::expand_front;
use crate::ops::create;
use crate::ops::graph::cast;
use crate::ops::shape::{concat, view};
use crate::shape::{Shape, show};
use crate::stream::record;
use crate::transform::vjp;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};
use std::ops::Range;

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

/// Hidden states of all steps, other results, and, if the first attr says so, the gates and what comes with them.
pub fn results(r: &Request, gates: usize, others: &[Meta]) -> SmallVec<[Meta; 1]> {
    let (x, h0) = (r.shape(0), r.shape(1));
    let steps = |width: usize| -> Shape { smallvec![x[0], h0[0], width] };
    let mut metas: SmallVec<[Meta; 1]> = smallvec![(steps(h0[1]), r.dtype(0))];
    metas.extend(others.iter().cloned());
    if keeps(r.attrs) {
        let dtype = r.dtype(0).compute_dtype();
        metas.extend([(steps(gates * h0[1]), dtype), (steps(h0[1]), dtype)]);
    }
    metas
}

/// attrs: [whether the gates are kept for a backward], or nothing
pub fn keeps(attrs: &Attrs) -> bool {
    attrs.first() == Some(&1)
}

/// The attrs of a call: gates are kept where a gradient may be asked for.
pub fn attrs(args: &[&Tensor]) -> Attrs {
    let keep = mode::grad_enabled() && args.iter().any(|t| t.requires_grad());
    smallvec![keep as i64]
}

/// Some inputs as row-major data.
pub fn dense(l: &Launch, inputs: Range<usize>) -> Result<Vec<Array>> {
    inputs.map(|i| l.dense(i)).collect()
}

/// The fused cotangents: `op` takes those of the `results` results, the hidden states, what was kept, and the inputs
/// of `c`, and gives those of x, h0, w and then of what stands between (cells) or behind (a bias).
pub fn slopes(
    c: &Call,
    g: &[Option<Tensor>],
    op: &'static Op,
    results: usize,
) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let mut args: SmallVec<[Arg; 3]> = SmallVec::new();
    for (output, g) in c.outputs.iter().zip(g).take(results) {
        args.push(match g {
            Some(g) => g.into(),
            None => (&create::zeros_like(output)?).into(),
        });
    }
    args.push((&c.outputs[0]).into());
    args.extend(c.outputs[results..].iter().map(Arg::from));
    args.extend(c.inputs.iter().cloned());
    let found = record(op, c.attrs.clone(), c.data.clone(), args)?;
    let mut slopes: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
    for (&i, slope) in order(results).iter().zip(found) {
        slopes[i] = Some(slope);
    }
    Ok(slopes)
}

/// Where the inputs of the forward begin among those of its backward.
pub fn inputs_from(attrs: &Attrs, results: usize) -> usize {
    results + 1 + if keeps(attrs) { 2 } else { 0 }
}

/// To which input each cotangent of the fused backward belongs.
fn order(results: usize) -> [usize; 4] {
    if results == 2 { [0, 1, 3, 2] } else { [0, 1, 2, 3] }
}

/// The plain form of a fused backward, which differentiates that of the forward. `from` is its first input.
pub fn slopes_plain(
    c: &Call,
    (forward, form): (&'static Op, Form),
    results: usize,
    from: usize,
) -> Result<SmallVec<[Tensor; 1]>> {
    let inputs = &c.inputs[from..];
    let call = Call {
        op: forward,
        attrs: c.attrs,
        data: c.data,
        inputs,
        outputs: &[],
    };
    let g: Vec<Option<Tensor>> = (0..results).map(|i| Some(c.tensor(i).clone())).collect();
    let found = vjp::plain(&call, form, &g, &vec![true; inputs.len()])?;
    order(results)[..inputs.len()]
        .iter()
        .map(|&i| match &found[i] {
            Some(slope) => Ok(slope.clone()),
            None => create::zeros_like(inputs[i].tensor().expect("this op records tensors only")),
        })
        .collect()
}

/// Batches of sequences are sequences. Inputs from `shared` on are weights; where these are batched, the plain form
/// is.
pub fn batch(
    c: &Call,
    form: Form,
    batched: &[bool],
    size: usize,
    shared: usize,
) -> Result<SmallVec<[Tensor; 1]>> {
    if batched[shared..].contains(&true) {
        return crate::transform::vmap::plain(c, form, batched, size);
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

/// A plain form with half precision widened, as the kernel has it; the results are rounded at the end.
pub fn widened(
    c: &Call,
    results: usize,
    form: fn(&Call) -> Result<SmallVec<[Tensor; 1]>>,
) -> Result<SmallVec<[Tensor; 1]>> {
    let dtype = c.tensor(0).dtype();
    let wide = |i: usize| cast::cast(c.tensor(i), dtype.compute_dtype()).map(Arg::Tensor);
    let inputs = (0..c.inputs.len())
        .map(wide)
        .collect::<Result<SmallVec<[Arg; 3]>>>()?;
    let call = Call {
        inputs: &inputs,
        ..*c
    };
    let mut outputs = form(&call)?;
    for y in outputs.iter_mut().take(results) {
        *y = cast::cast(y, dtype)?;
    }
    Ok(outputs)
}

/// The plain form's results with what is kept, if anything is, in the compute dtype.
pub fn with_kept(
    mut results: SmallVec<[Tensor; 1]>,
    gates: &[Tensor],
    extra: &[Tensor],
) -> Result<SmallVec<[Tensor; 1]>> {
    for steps in [gates, extra].into_iter().filter(|steps| !steps.is_empty()) {
        let kept = stacked(steps)?;
        results.push(cast::cast(&kept, kept.dtype().compute_dtype())?);
    }
    Ok(results)
}

/// Steps (B, H) one after the other, (T, B, H).
pub fn stacked(steps: &[Tensor]) -> Result<Tensor> {
    let rows: Result<Vec<Tensor>> = steps
        .iter()
        .map(|t| view::reshape(t, &[1, t.shape()[0], t.shape()[1]]))
        .collect();
    concat::cat(&rows?, 0)
}
