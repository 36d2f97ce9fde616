//! What a segment holds once dead and doomed nodes are out: positions, slots, and who outlives it.

use super::Slot;
use crate::array::Array;
use crate::error::{Error, Result};
use crate::graph::{Edge, History, Node, Operand, Output, Phase};
use crate::op::{Class, Vjp};
use crate::stream::Occasion;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Values while a segment runs: each is here until its last use.
#[derive(Default)]
pub struct Tables {
    pub values: Vec<Option<Array>>,
    pub leaves: Vec<Option<Array>>,
}

impl Tables {
    pub fn clear(&mut self) {
        self.values.clear();
        self.leaves.clear();
    }
}

/// Its lists are cleared and filled again for every segment, so that short ones allocate nothing.
#[derive(Default)]
pub struct Segment {
    pub nodes: Vec<Arc<Node>>,
    /// First value of each node; a node's outputs are numbered on from it.
    pub first_value: Vec<u32>,
    /// Node and output of each value.
    pub values: Vec<(u32, u32)>,
    /// Whether a value outlives the segment.
    pub kept: Vec<bool>,
    pub leaves: Vec<Edge>,
    /// The unit ends with this segment if all goes well: guarded leaves may be written over, last of all.
    pub ends_unit: bool,
    /// Per node, where its operands are; `None` for scalars.
    pub operands: Vec<SmallVec<[Option<Slot>; 3]>>,
    /// For values that are computed again when they are read: how deep.
    depth: Vec<u32>,
    readers: Vec<u32>,
    leaf_of: FxHashMap<(*const Node, u32), u32>,
}

// SAFETY: the addresses in `leaf_of` are keys that are compared, never followed.
unsafe impl Send for Segment {}

const NOT_HERE: u32 = u32::MAX;
const DEAD: u32 = u32::MAX - 1;
/// Elementwise ops that are cheaper to do again than their result is to store. A bound, since in a residual stream every
/// sum is cheap to compute from the one before, and without it the backward pass would be quadratic.
const RECOMPUTE: u32 = 8;
/// Up to here leaves are searched in order: cheaper than hashing.
const FEW: usize = 8;

impl Segment {
    /// Empties every list but keeps its memory. References to nodes are dropped.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.first_value.clear();
        self.values.clear();
        self.kept.clear();
        self.depth.clear();
        self.leaves.clear();
        self.operands.clear();
        self.readers.clear();
        self.leaf_of.clear();
    }

    /// Takes the live nodes: drops those that nobody will read, and marks those that read a failed one. Returns the first
    /// error that was met so.
    pub fn fill(
        &mut self,
        nodes: &mut Vec<Arc<Node>>,
        tables: &mut Tables,
        occasion: Occasion,
    ) -> Option<Error> {
        self.clear();
        self.ends_unit = occasion != Occasion::Cut;
        let mut spoilt = None;
        tables.clear();
        // Backwards: a dead reader releases its inputs, which may then be dead too.
        for node in nodes.iter().rev() {
            if super::is_unreachable(node) {
                super::drop_unread(node);
                node.slot.store(DEAD, Relaxed);
            }
        }
        for node in nodes.drain(..) {
            if node.slot.load(Relaxed) != DEAD
                && let Err(e) = self.push(node, &mut tables.leaves)
            {
                spoilt.get_or_insert(e);
            }
        }
        for v in 0..self.values.len() {
            let (node, output) = self.values[v];
            let o = &self.nodes[node as usize].outputs[output as usize];
            let held = o.held() > self.readers[v];
            let depth = if held {
                0
            } else {
                self.recompute_depth(node).unwrap_or(0)
            };
            self.depth.push(depth);
            self.kept.push(held || (depth == 0 && o.saved() > 0));
            if depth > 0 && o.saved() > 0 {
                self.own_sources(node);
            }
        }
        tables.values.resize_with(self.values.len(), || None);
        spoilt
    }

    /// Whether a leaf is what a cell goes back to if the unit fails.
    pub fn is_guarded(&self, slot: Slot) -> bool {
        matches!(slot, Slot::Leaf(l) if self.leaves[l as usize].output().guards() > 0)
    }

    /// A value that is not stored: its history owns what it is computed from, through values that nobody stores either.
    fn own_sources(&self, i: u32) {
        // What owns its sources already has been here, and so have the values that it is computed from.
        if !self.nodes[i as usize].own_sources() {
            return;
        }
        for slot in self.operands[i as usize].iter().flatten() {
            if let Slot::Value(v) = *slot
                && self.depth[v as usize] > 0
            {
                self.own_sources(self.values[v as usize].0);
            }
        }
    }

    /// How many elementwise ops lie between a node and values that are stored anyway; `None` if it must be stored.
    fn recompute_depth(&self, i: u32) -> Option<u32> {
        let node = &self.nodes[i as usize];
        let smooth = matches!(node.op.class, Class::Elementwise)
            && node.outputs[0].dtype.is_float()
            && !matches!(node.op.vjp, Vjp::Constant | Vjp::Step);
        // Without a history a node forgets its inputs.
        if !smooth || !matches!(node.state().history, History::Live(_)) {
            return None;
        }
        let mut depth = 0;
        for slot in self.operands[i as usize].iter().flatten() {
            depth = depth.max(match *slot {
                Slot::Leaf(l) => {
                    let edge = &self.leaves[l as usize];
                    if edge.output().saved() == 0 && !edge.node.is_leaf() {
                        return None;
                    }
                    0
                }
                Slot::Value(v) if self.kept[v as usize] => 0,
                Slot::Value(v) if self.depth[v as usize] > 0 => self.depth[v as usize],
                Slot::Value(_) => return None,
            });
        }
        (depth < RECOMPUTE).then_some(depth + 1)
    }

    fn push(&mut self, node: Arc<Node>, arrays: &mut Vec<Option<Array>>) -> Result<()> {
        let mut slots: SmallVec<[Option<Slot>; 3]> = SmallVec::new();
        let mut failed = None;
        for operand in &node.state().inputs {
            match operand {
                Operand::Scalar(_) => slots.push(None),
                Operand::Edge(edge) => match self.find(edge, arrays) {
                    Ok(slot) => slots.push(Some(slot)),
                    Err(e) => {
                        failed = Some(e);
                        break;
                    }
                },
            }
        }
        if let Some(error) = failed {
            // Readers counted so far are wrong by this node's; they only keep a value longer than needed.
            super::fail(&node, error.clone());
            return Err(error);
        }
        node.slot.store(self.nodes.len() as u32, Relaxed);
        self.first_value.push(self.values.len() as u32);
        for output in 0..node.outputs.len() as u32 {
            self.values.push((self.nodes.len() as u32, output));
            self.readers.push(0);
        }
        self.operands.push(slots);
        self.nodes.push(node);
        Ok(())
    }

    /// Where an operand is found, or why it cannot be.
    fn find(&mut self, edge: &Edge, arrays: &mut Vec<Option<Array>>) -> Result<Slot> {
        // A position is trusted only if this very node stands there, so a stale one does no harm.
        let at = edge.node.slot.load(Relaxed);
        if at != NOT_HERE
            && self
                .nodes
                .get(at as usize)
                .is_some_and(|n| Arc::ptr_eq(n, &edge.node))
        {
            let value = self.first_value[at as usize] + edge.index;
            self.readers[value as usize] += 1;
            return Ok(Slot::Value(value));
        }
        let key = (Arc::as_ptr(&edge.node), edge.index);
        if self.leaves.len() < FEW {
            if let Some(leaf) = self.leaves.iter().position(|l| l.is(edge)) {
                return Ok(Slot::Leaf(leaf as u32));
            }
        } else if let Some(&leaf) = self.leaf_of.get(&key) {
            return Ok(Slot::Leaf(leaf));
        }
        let array = {
            let input = edge.node.state();
            match (&input.phase, &input.arrays[edge.index as usize]) {
                (Phase::Failed(e), _) => return Err(e.clone()),
                (_, Some(array)) => array.clone(),
                (_, None) => {
                    let text = "the value of an input is gone; this is a defect of ravine";
                    return Err(Error::state(edge.node.op.name, text));
                }
            }
        };
        let leaf = self.leaves.len() as u32;
        self.leaves.push(edge.clone());
        arrays.push(Some(array));
        if self.leaves.len() == FEW {
            self.leaf_of.extend(
                self.leaves
                    .iter()
                    .enumerate()
                    .map(|(i, l)| ((Arc::as_ptr(&l.node), l.index), i as u32)),
            );
        } else if self.leaves.len() > FEW {
            self.leaf_of.insert(key, leaf);
        }
        Ok(Slot::Leaf(leaf))
    }

    pub fn output(&self, slot: Slot) -> &Output {
        match slot {
            Slot::Value(v) => {
                let (node, output) = self.values[v as usize];
                &self.nodes[node as usize].outputs[output as usize]
            }
            Slot::Leaf(l) => self.leaves[l as usize].output(),
        }
    }

    pub fn values_of(&self, node: u32) -> std::ops::Range<u32> {
        let first = self.first_value[node as usize];
        first..first + self.nodes[node as usize].outputs.len() as u32
    }
}
