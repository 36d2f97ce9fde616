//! Who owns a cell or a node: what a host's cycle collector must know of the graph, which it cannot see into.
//!
//! A callback that hangs on a node is garbage when all that own the node are. Owners are the host's handles, found by
//! walking from them, and whatever else: a count of references that the walk does not explain. A stream's reference to
//! a pending node counts for nothing: running the node calls no callback.

use super::{Node, Operand, Phase};
use crate::cell::Cell;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::sync::Arc;

#[derive(Clone)]
pub enum Part {
    Cell(Arc<Cell>),
    Node(Arc<Node>),
}

impl Part {
    fn address(&self) -> usize {
        match self {
            Part::Cell(cell) => Arc::as_ptr(cell) as usize,
            Part::Node(node) => Arc::as_ptr(node) as usize,
        }
    }

    /// What it owns, and how many references to it a stream has; `None` while somebody works on it.
    fn below(&self) -> Option<(SmallVec<[Part; 4]>, usize)> {
        match self {
            Part::Cell(cell) => Some((cell.owned()?, 0)),
            Part::Node(node) => {
                let state = node.try_state()?;
                let inputs = state.inputs.iter().filter_map(Operand::edge);
                let below = inputs.map(|e| Part::Node(e.node.clone())).collect();
                Some((below, matches!(state.phase, Phase::Pending(_)) as usize))
            }
        }
    }

    fn references(&self) -> usize {
        match self {
            Part::Cell(cell) => Arc::strong_count(cell),
            Part::Node(node) => Arc::strong_count(node),
        }
    }
}

#[derive(Clone, Copy)]
enum Owner {
    Handle(u32),
    Part(u32),
}

/// All that a list of handles leads to.
pub struct Owners {
    parts: Vec<Part>,
    number: FxHashMap<usize, u32>,
    above: Vec<SmallVec<[Owner; 2]>>,
    /// Whether all references to a part were found.
    explained: Vec<bool>,
}

impl Owners {
    /// `handles` are the cells of the host's handles, each the handle's own reference.
    pub fn of(handles: &[&Arc<Cell>]) -> Owners {
        let mut owners = Owners {
            parts: Vec::new(),
            number: FxHashMap::default(),
            above: Vec::new(),
            explained: Vec::new(),
        };
        for (i, &cell) in handles.iter().enumerate() {
            owners.add(Part::Cell(cell.clone()), Owner::Handle(i as u32));
        }
        let mut streams = Vec::new();
        while let Some(part) = owners.parts.get(streams.len()) {
            let from = Owner::Part(streams.len() as u32);
            match part.below() {
                Some((below, stream)) => {
                    streams.push(Some(stream));
                    below.into_iter().for_each(|part| owners.add(part, from));
                }
                None => streams.push(None),
            }
        }
        // One more reference is this table's.
        let found = owners.parts.iter().zip(&owners.above).zip(&streams);
        owners.explained = found
            .map(|((part, above), &stream)| stream.is_some_and(|n| part.references() == above.len() + n + 1))
            .collect();
        owners
    }

    fn add(&mut self, part: Part, owner: Owner) {
        let next = self.parts.len() as u32;
        let i = *self.number.entry(part.address()).or_insert(next);
        if i == next {
            self.parts.push(part);
            self.above.push(SmallVec::new());
        }
        self.above[i as usize].push(owner);
    }

    /// The handles that keep a cell or node alive; `None` if anything else does too, or if `steps` run out.
    pub fn handles(&self, address: usize, steps: &mut usize) -> Option<Vec<u32>> {
        let start = *self.number.get(&address)?;
        let mut handles = Vec::new();
        let mut seen = FxHashSet::from_iter([start]);
        let mut open = vec![start];
        while let Some(i) = open.pop() {
            *steps = steps.checked_sub(self.above[i as usize].len())?;
            if !self.explained[i as usize] {
                return None;
            }
            for &owner in &self.above[i as usize] {
                match owner {
                    Owner::Handle(h) => handles.push(h),
                    Owner::Part(p) if seen.insert(p) => open.push(p),
                    Owner::Part(_) => {}
                }
            }
        }
        Some(handles)
    }
}
