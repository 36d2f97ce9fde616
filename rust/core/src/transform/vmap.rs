//! Batching: a function is traced once on placeholders without the batch dimension, then its graph is recorded again
//! with it. Nodes that depend on no batched value are used as they are.

use super::jvp::between;
use crate::error::{Error, Result};
use crate::graph::{Arg, Edge, Tensor};
use crate::mode::{self, Randomness};
use crate::op::{Batch, Call, Class, Form};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

type Key = (usize, u32);
fn key(e: &Edge) -> Key {
    (Arc::as_ptr(&e.node) as usize, e.index)
}

/// Records the traced graph once more. `values` stand for `placeholders` and have the batch dimension in front.
/// `start` is the sequence number at which the trace began: random draws after it belong to the function.
/// Returns each output and whether it is batched.
pub fn replay(
    placeholders: &[Tensor],
    values: &[Tensor],
    outputs: &[Tensor],
    start: u64,
    size: usize,
    randomness: Randomness,
) -> Result<Vec<(Tensor, bool)>> {
    let mut batched: FxHashMap<Key, Tensor> = placeholders
        .iter()
        .zip(values)
        .map(|(p, v)| (key(p.edge()), v.clone()))
        .collect();
    let nodes = match placeholders {
        [] => Vec::new(),
        _ => between(placeholders, outputs),
    };
    for node in nodes {
        if node.seq < start {
            continue;
        }
        let operands = node.inputs();
        let mut flags: SmallVec<[bool; 4]> = SmallVec::new();
        let mut args: SmallVec<[Arg; 3]> = SmallVec::new();
        for operand in &operands {
            match operand.edge().and_then(|e| batched.get(&key(e))) {
                Some(value) => {
                    flags.push(true);
                    args.push(Arg::from(value));
                }
                None => {
                    flags.push(false);
                    args.push(Arg::from(operand));
                }
            }
        }
        let drawn = matches!(node.op.class, Class::Random) && randomness == Randomness::Different;
        if !drawn && !flags.contains(&true) {
            continue;
        }
        let call = Call {
            op: node.op,
            attrs: &node.attrs,
            data: &node.data,
            inputs: &args,
            outputs: &[],
        };
        let results = match node.custom() {
            Some(custom) => custom.batch(&args, &flags, size)?,
            None => mode::with_grad(node.grad_mode && mode::grad_enabled(), || {
                rule(&call, &flags, size)
            })
            .map_err(|e| e.at_path(node.path))?,
        };
        for (i, result) in results.into_iter().enumerate() {
            batched.insert((Arc::as_ptr(&node) as usize, i as u32), result);
        }
    }
    Ok(outputs
        .iter()
        .map(|y| {
            batched
                .get(&key(y.edge()))
                .map_or_else(|| (y.clone(), false), |v| (v.clone(), true))
        })
        .collect())
}

/// One call with the batch dimension in front of its batched inputs.
pub fn rule(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    mode::on(c.device(), || match c.op.batch {
        Batch::Rule(rule) => rule(c, batched, size),
        Batch::Never(why) => Err(Error::never(c.op.name, "batching rule", why)),
        Batch::Plain(form) => plain(c, form, batched, size),
    })
}

/// The plain form is traced without the batch dimension and replayed with it.
pub fn plain(c: &Call, Form(form): Form, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let start = crate::graph::next_sequence();
    let (mut placeholders, mut values) = (Vec::new(), Vec::new());
    let inputs: SmallVec<[Arg; 3]> = (c.inputs.iter().zip(batched))
        .map(|(arg, &is_batched)| match arg {
            Arg::Tensor(t) if is_batched => {
                let p = crate::stream::placeholder(
                    &crate::ops::graph::identity::LEAF,
                    t.shape()[1..].into(),
                    t.dtype(),
                    t.device(),
                    t.requires_grad(),
                );
                placeholders.push(p.clone());
                values.push(t.clone());
                Arg::Tensor(p)
            }
            other => other.clone(),
        })
        .collect();
    let call = Call {
        op: c.op,
        attrs: c.attrs,
        data: c.data,
        inputs: &inputs,
        outputs: &[],
    };
    let outputs = mode::with_recording(mode::Recording::All, || form(&call))?;
    let results = replay(&placeholders, &values, &outputs, start, size, Randomness::Same)?;
    results
        .into_iter()
        .map(|(t, b)| crate::ops::batch::expand_front(&t, b, size))
        .collect()
}
