//! Forward mode: nodes between inputs and outputs in the order of recording, each pushing its tangents on.

use super::vjp::{aliases, elementwise};
use crate::error::{Error, Result};
use crate::graph::{Arg, Edge, Node, Operand, Tensor};
use crate::mode::{self, Recording};
use crate::op::{Call, Form, Jvp, Vjp};
use crate::ops::create;
use crate::ops::elementwise::arithmetic::add;
use crate::ops::graph::cast;
use crate::ops::shape::view;
use crate::stream::record;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::sync::Arc;

type Key = (usize, u32);
fn key(e: &Edge) -> Key {
    (Arc::as_ptr(&e.node) as usize, e.index)
}

/// Nodes that lie between `inputs` and `outputs`, in the order of recording.
pub fn between(inputs: &[Tensor], outputs: &[Tensor]) -> Vec<Arc<Node>> {
    let oldest = inputs.iter().map(|t| t.node().seq).min().unwrap_or(0);
    let ends: FxHashSet<usize> = inputs.iter().map(|t| Arc::as_ptr(t.node()) as usize).collect();
    let mut seen: FxHashSet<usize> = FxHashSet::default();
    let mut stack: Vec<Arc<Node>> = outputs.iter().map(|t| t.node().clone()).collect();
    let mut nodes = Vec::new();
    while let Some(node) = stack.pop() {
        let id = Arc::as_ptr(&node) as usize;
        if node.seq < oldest || ends.contains(&id) || !seen.insert(id) {
            continue;
        }
        stack.extend(
            node.inputs()
                .iter()
                .filter_map(Operand::edge)
                .map(|e| e.node.clone()),
        );
        nodes.push(node);
    }
    nodes.sort_by_key(|n| n.seq);
    nodes
}

/// Tangents of `outputs` for the tangents of `inputs`; `None` is zero.
pub fn push(inputs: &[Tensor], tangents: &[Tensor], outputs: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
    let mut known: FxHashMap<Key, Tensor> = inputs
        .iter()
        .zip(tangents)
        .map(|(x, t)| (key(x.edge()), t.clone()))
        .collect();
    for node in between(inputs, outputs) {
        let operands = node.inputs();
        let mine: SmallVec<[Option<Tensor>; 3]> = operands
            .iter()
            .map(|o| o.edge().and_then(|e| known.get(&key(e)).cloned()))
            .collect();
        if mine.iter().all(Option::is_none) {
            continue;
        }
        let args: SmallVec<[Arg; 3]> = operands.iter().map(Arg::from).collect();
        let results: SmallVec<[Tensor; 1]> = (0..node.outputs.len())
            .map(|i| Tensor::new(node.clone(), i as u32))
            .collect();
        let call = Call {
            op: node.op,
            attrs: &node.attrs,
            data: &node.data,
            inputs: &args,
            outputs: &results,
        };
        let pushed = match node.custom() {
            Some(custom) => custom.jvp(&mine)?,
            None => rule(&call, &mine).map_err(|e| e.at_path(node.path))?,
        };
        for (y, t) in results.iter().zip(pushed) {
            if let Some(t) = t {
                known.insert(key(y.edge()), t);
            }
        }
    }
    Ok(outputs
        .iter()
        .map(|y| known.get(&key(y.edge())).cloned())
        .collect())
}

/// Tangents of the outputs of one call.
pub fn rule(c: &Call, tangents: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
    mode::on(c.device(), || rule_there(c, tangents))
}

/// New tensors are made on the device of the call.
fn rule_there(c: &Call, tangents: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
    let none = || smallvec::smallvec![None; c.outputs.len()];
    match c.op.jvp {
        Jvp::Constant => Ok(none()),
        Jvp::Never(why) => Err(Error::never(c.op.name, "forward derivative", why)),
        Jvp::Rule(rule) => rule(c, tangents),
        Jvp::Linear => {
            let args = (c.inputs.iter().zip(tangents))
                .map(|(x, t)| match (x, t) {
                    (_, Some(t)) => Ok(Arg::from(t)),
                    (Arg::Tensor(x), None) => create::zeros_like(x).map(Arg::Tensor),
                    (scalar, None) => Ok(scalar.clone()),
                })
                .collect::<Result<_>>()?;
            Ok(record(c.op, c.attrs.clone(), c.data.clone(), args)?
                .into_iter()
                .map(Some)
                .collect())
        }
        Jvp::Elementwise => {
            let Vjp::Elementwise(derivative) = c.op.vjp else {
                // A step function.
                return Ok(smallvec::smallvec![Some(create::zeros_like(&c.outputs[0])?)]);
            };
            let mut total: Option<Tensor> = None;
            for (i, t) in tangents.iter().enumerate() {
                let Some(t) = t else { continue };
                let part = elementwise(c, derivative, i, t, None)?;
                let part = view::expand(&part, c.outputs[0].shape())?;
                total = Some(total.map_or_else(|| Ok(part.clone()), |sum| add(&sum, &part))?);
            }
            let dtype = c.outputs[0].dtype();
            Ok(smallvec::smallvec![
                total.map(|t| cast::cast(&t, dtype)).transpose()?
            ])
        }
        Jvp::Plain(Form(form)) => {
            let (inputs, outputs) = mode::with_recording(Recording::All, || {
                let inputs = aliases(c.inputs)?;
                let call = Call {
                    op: c.op,
                    attrs: c.attrs,
                    data: c.data,
                    inputs: &inputs,
                    outputs: &[],
                };
                Ok::<_, Error>((inputs.clone(), form(&call)?))
            })?;
            let (mut xs, mut ts) = (Vec::new(), Vec::new());
            for (x, t) in inputs.iter().zip(tangents) {
                if let (Arg::Tensor(x), Some(t)) = (x, t) {
                    xs.push(x.clone());
                    ts.push(t.clone());
                }
            }
            Ok(push(&xs, &ts, &outputs)?.into_iter().collect())
        }
    }
}
