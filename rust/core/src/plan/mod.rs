//! From a segment of the stream to launches.
//!
//! The planner decides where values live and when a launch starts, never what is computed: every node rounds to its
//! dtype, fused or not. A plan depends on structure alone (ops, attrs, shapes, dtypes, which values outlive the
//! segment), so it is memoised under exactly those words.

pub mod cut;
mod execute;
mod group;
pub mod memo;
pub mod recompute;
mod segment;

use crate::error::{Error, Result};
use crate::graph::{Node, Phase};
use crate::stream::stops_segment;
use memo::Memo;
use segment::Segment;
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
}

pub struct Launch {
    pub work: Work,
    /// Nodes (positions in the segment) that this launch evaluates.
    pub nodes: Vec<u32>,
    /// Values whose last use this is, and how many operands of this launch read them.
    pub dies: Vec<(Slot, u32)>,
}

pub enum Work {
    /// A fused elementwise group.
    Group(group::Group),
    /// One view or one structured kernel.
    Single,
}

/// Runs a segment. Returns the nodes that did not run (all still pending, inputs intact) and why.
pub fn run(nodes: Vec<Arc<Node>>, memo: &mut Memo) -> (Vec<Arc<Node>>, Result<()>) {
    let mut rest = nodes;
    loop {
        let segment = Segment::new(rest);
        if segment.nodes.is_empty() {
            return (Vec::new(), Ok(()));
        }
        let plan = memo.plan(&segment);
        match execute::execute(&segment, &plan) {
            Ok(()) => return (Vec::new(), Ok(())),
            Err(failure) if stops_segment(&failure.error) => return (failure.rest, Err(failure.error)),
            // The failed node carries its error; what does not depend on it goes on.
            Err(failure) => rest = failure.rest,
        }
    }
}

/// Marks a node that cannot run. It keeps its inputs, so that whoever it was to overwrite is still there.
pub fn fail(node: &Node, error: Error) {
    node.state().phase = Phase::Failed(error);
}
