//! A part of a recorded program, told by when it was recorded.

use crate::graph::{Node, Operand, Tensor};
use crate::mode::{self, Recording};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// What the nodes that were recorded from `start` on and led to `outputs` read of the nodes before, in the order of
/// recording: arguments and captured values, as far as a gradient can reach them. With `forget` the nodes between
/// lose their history, and nothing is kept for it.
pub fn boundary(outputs: &[Tensor], start: u64, forget: bool) -> Vec<Tensor> {
    let all = mode::recording() != Recording::Off;
    let mut seen: FxHashSet<usize> = FxHashSet::default();
    let mut taken: FxHashSet<(usize, u32)> = FxHashSet::default();
    let mut stack: Vec<Tensor> = outputs.to_vec();
    let (mut found, mut inside): (Vec<Tensor>, Vec<Arc<Node>>) = Default::default();
    while let Some(t) = stack.pop() {
        let node = t.node();
        let id = Arc::as_ptr(node) as usize;
        if node.seq < start || node.is_leaf() {
            let reached = t.dtype().is_float() && (all || t.requires_grad());
            if reached && taken.insert((id, t.edge().index)) {
                found.push(t);
            }
        } else if seen.insert(id) {
            let operands = node.inputs();
            let edges = operands.iter().filter_map(Operand::edge);
            stack.extend(edges.map(|e| Tensor::new(e.node.clone(), e.index)));
            inside.push(node.clone());
        }
    }
    if forget {
        for node in inside {
            node.forget_history();
        }
    }
    found.sort_by_key(|t| (t.node().seq, t.edge().index));
    found
}
