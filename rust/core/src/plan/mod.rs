//! From a segment of the stream to launches.
//!
//! The planner decides where values live and when a launch starts, never what is computed: every node rounds to its
//! dtype, fused or not. A plan depends on structure alone (ops, attrs, shapes, dtypes, which values outlive the
//! segment), so it is memoised under exactly those words.

pub mod alone;
mod beside;
pub mod cut;
mod event;
mod execute;
mod group;
mod late;
mod launch;
pub mod memo;
pub mod recompute;
mod segment;
mod splice;

use crate::device::Device;
use crate::error::{Error, Result};
use crate::graph::{Node, Phase};
use crate::stream::{Occasion, stops_segment};
use crate::unit::Unit;
use crate::work::{Routine, ViewFn};
use memo::Memo;
use segment::{Segment, Tables};
use smallvec::SmallVec;
use std::sync::Arc;

/// Where a value is found while a segment runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Slot {
    /// Computed in this segment.
    Value(u32),
    /// Evaluated before it.
    Leaf(u32),
}

/// What runs, in order.
pub struct Plan {
    pub launches: Vec<Launch>,
    /// From here on launches write into memory of before the unit: they are prepared together (see `late`).
    pub late: usize,
    /// Values that are to lie beside what they update.
    pub beside: beside::Beside,
}

/// Positions in a segment.
pub type Nodes = SmallVec<[u32; 4]>;
/// Values and leaves that die with a launch, and how many of its operands read each.
pub type Dies = SmallVec<[(Slot, u32); 4]>;

pub struct Launch {
    pub work: Work,
    /// What runs it, and has its results.
    pub device: Device,
    /// Nodes (positions in the segment) that this launch evaluates.
    pub nodes: Nodes,
    /// Values whose last use this is, and how many operands of this launch read them.
    pub dies: Dies,
}

pub enum Work {
    /// A fused elementwise group.
    Fused(Box<group::Group>),
    /// A structured kernel, and the groups in its slots.
    Kernel {
        routine: Routine,
        node: u32,
        load: Option<Box<group::Group>>,
        store: Option<Box<group::Group>>,
    },
    View(ViewFn),
    /// From the device of the operand to that of the result.
    Transfer,
}

/// What a stream keeps from one segment to the next: plans, and lists to reuse.
#[derive(Default)]
pub struct Planner {
    memo: Memo,
    segment: Segment,
    tables: Tables,
    /// The first error of a node since somebody asked.
    failure: Option<Error>,
}

impl Planner {
    /// The error of a node that nobody has looked at.
    pub fn take_failure(&mut self) -> Option<Error> {
        self.failure.take().filter(|e| !e.was_raised())
    }

    /// Runs a segment. Nodes that did not run stay in `nodes` (all still pending, inputs intact). In a step a node that
    /// fails stops it, before anything of the unit is overwritten.
    pub fn run(&mut self, nodes: &mut Vec<Arc<Node>>, occasion: Occasion, unit: &Unit) -> Result<()> {
        let is_step = occasion == Occasion::Step;
        loop {
            let spoilt = self.segment.fill(nodes, &mut self.tables, occasion);
            let earlier = if is_step {
                self.take_failure().or(spoilt)
            } else {
                None
            };
            if let Some(error) = earlier {
                nodes.append(&mut self.segment.nodes);
                self.segment.clear();
                return Err(error);
            }
            if self.segment.nodes.is_empty() {
                return Ok(());
            }
            let plan = self.memo.plan(&self.segment);
            let outcome = execute::execute(&self.segment, &mut self.tables, unit, &plan, nodes);
            self.segment.clear();
            self.tables.clear();
            match outcome {
                Ok(()) => return Ok(()),
                Err(error) if is_step || stops_segment(&error) => return Err(error),
                // The failed node carries its error; what does not depend on it goes on.
                Err(error) => {
                    self.failure.get_or_insert(error);
                }
            }
        }
    }
}

/// Drops nodes that nobody will read. Backwards: a dead reader releases its inputs, which may then be dead too.
pub fn without_dead(nodes: Vec<Arc<Node>>) -> Vec<Arc<Node>> {
    let mut live: Vec<Arc<Node>> = Vec::with_capacity(nodes.len());
    for node in nodes.into_iter().rev() {
        if is_unreachable(&node) {
            drop_unread(&node);
        } else {
            live.push(node);
        }
    }
    live.reverse();
    live
}

/// Whether nobody will read a pending node: no owner of a value but its own history, or no reference but the stream's.
pub fn is_unreachable(node: &Arc<Node>) -> bool {
    node.is_dead() || Arc::strong_count(node) == 1
}

/// Lets go of what a node that nobody reads would have read, forward and backward.
pub fn drop_unread(node: &Node) {
    node.forget_history();
    node.release_inputs(Phase::Done);
}

/// Sets nodes aside that could not run, for whoever looks at them: they keep their inputs.
pub fn park(nodes: Vec<Arc<Node>>) {
    for node in &nodes {
        let mut state = node.state();
        if matches!(state.phase, Phase::Pending(_)) {
            state.phase = Phase::Parked;
        }
    }
    // Backwards, so that what nobody holds goes without a chain of drops.
    nodes.into_iter().rev().for_each(drop);
}

/// Marks a node that cannot run. It keeps its inputs, so that whoever it was to overwrite is still there.
pub fn fail(node: &Node, error: Error) {
    node.state().phase = Phase::Failed(error);
}
