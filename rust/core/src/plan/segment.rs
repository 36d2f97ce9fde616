//! What a segment holds once dead and doomed nodes are out: positions, slots, and who outlives it.

use super::Slot;
use crate::array::Array;
use crate::graph::{Edge, Node, Operand, Phase};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

pub struct Segment {
    pub nodes: Vec<Arc<Node>>,
    /// First value of each node; a node's outputs are numbered on from it.
    pub first_value: Vec<u32>,
    /// Node and output of each value.
    pub values: Vec<(u32, u32)>,
    /// Whether a value outlives the segment.
    pub kept: Vec<bool>,
    pub leaves: Vec<(Edge, Array)>,
    /// Per node, where its operands are; `None` for scalars.
    pub operands: Vec<SmallVec<[Option<Slot>; 3]>>,
}

const NOT_HERE: u32 = u32::MAX;

impl Segment {
    /// Drops nodes that nobody will read, and marks those that read a failed one.
    pub fn new(nodes: Vec<Arc<Node>>) -> Segment {
        // Backwards: a dead reader releases its inputs, which may then be dead too.
        let mut live: Vec<Arc<Node>> = Vec::with_capacity(nodes.len());
        for node in nodes.into_iter().rev() {
            if node.outputs.iter().all(|o| o.held() == 0 && o.saved() == 0) {
                node.release_inputs(Phase::Done);
            } else {
                live.push(node);
            }
        }
        live.reverse();

        let mut segment = Segment {
            nodes: Vec::with_capacity(live.len()),
            first_value: Vec::with_capacity(live.len()),
            values: Vec::with_capacity(live.len()),
            kept: Vec::new(),
            leaves: Vec::new(),
            operands: Vec::with_capacity(live.len()),
        };
        let mut leaf_of: FxHashMap<(*const Node, u32), u32> = FxHashMap::default();
        let mut readers: Vec<u32> = Vec::with_capacity(live.len());
        for node in live {
            let position = segment.nodes.len() as u32;
            let mut slots: SmallVec<[Option<Slot>; 3]> = SmallVec::new();
            let mut failed = None;
            {
                let state = node.state();
                for operand in &state.inputs {
                    let Operand::Edge(edge) = operand else {
                        slots.push(None);
                        continue;
                    };
                    // A node is read by nodes of its own segment only while it is in it, so the mark is never stale.
                    let at = edge.node.slot.load(Relaxed);
                    if at != NOT_HERE && segment.nodes.get(at as usize).is_some_and(|n| Arc::ptr_eq(n, &edge.node)) {
                        let value = segment.first_value[at as usize] + edge.index;
                        readers[value as usize] += 1;
                        slots.push(Some(Slot::Value(value)));
                        continue;
                    }
                    let key = (Arc::as_ptr(&edge.node), edge.index);
                    if let Some(&leaf) = leaf_of.get(&key) {
                        slots.push(Some(Slot::Leaf(leaf)));
                        continue;
                    }
                    let found = {
                        let input = edge.node.state();
                        match (&input.phase, &input.arrays[edge.index as usize]) {
                            (Phase::Failed(e), _) => Err(Some(e.clone())),
                            (_, Some(array)) => Ok(array.clone()),
                            (_, None) => Err(None),
                        }
                    };
                    match found {
                        Ok(array) => {
                            let leaf = segment.leaves.len() as u32;
                            leaf_of.insert(key, leaf);
                            segment.leaves.push((edge.clone(), array));
                            slots.push(Some(Slot::Leaf(leaf)));
                        }
                        Err(e) => {
                            failed = Some(e.unwrap_or_else(|| {
                                let text = format!("the value of an input ({}) is gone; this is a defect of ravine", edge.node.op.name);
                                crate::error::Error::state(node.op.name, text)
                            }));
                            break;
                        }
                    }
                }
            }
            if let Some(error) = failed {
                // Readers counted so far are wrong by this node's; they only keep a value longer than needed.
                super::fail(&node, error);
                continue;
            }
            node.slot.store(position, Relaxed);
            segment.first_value.push(segment.values.len() as u32);
            for output in 0..node.outputs.len() as u32 {
                segment.values.push((position, output));
                readers.push(0);
            }
            segment.operands.push(slots);
            segment.nodes.push(node);
        }
        segment.kept = (segment.values.iter().zip(&readers))
            .map(|(&(node, output), &n)| {
                let o = &segment.nodes[node as usize].outputs[output as usize];
                o.held() > n || o.saved() > 0
            })
            .collect();
        segment
    }

    pub fn values_of(&self, node: u32) -> std::ops::Range<u32> {
        let first = self.first_value[node as usize];
        first..first + self.nodes[node as usize].outputs.len() as u32
    }
}
