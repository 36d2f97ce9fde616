//! Nodes that are put into a stream again.
//!
//! Values that only a history owned were not stored when a few elementwise ops compute them again. A reader that comes
//! later has them computed once more, from sources that the history owns in their place. Parked nodes wait, with all
//! their inputs, until somebody wants them.

use crate::error::{Error, Result};
use crate::graph::{Edge, Node, Operand, Phase};
use crate::stream::Stream;
use parking_lot::Mutex;
use std::sync::Arc;

/// Puts the node of a value that is not there into the stream, ahead of the reader that is being recorded.
pub fn requeue(edge: &Edge, stream: &Arc<Stream>) -> Result<()> {
    if matches!(edge.node.state().phase, Phase::Parked) {
        return unpark(&edge.node, stream);
    }
    recompute(edge, stream)
}

/// The depth is bounded by the planner, so this recursion is too.
fn recompute(edge: &Edge, stream: &Arc<Stream>) -> Result<()> {
    let sources = {
        let state = edge.node.state();
        if !state.recompute {
            let text = "the value was freed while something still needed it; this is a defect of ravine";
            return Err(Error::state(edge.node.op.name, text));
        }
        state.inputs.clone()
    };
    for source in sources.iter().filter_map(Operand::edge) {
        let gone = {
            let state = source.node.state();
            match state.phase {
                Phase::Done => state.arrays[source.index as usize].is_none(),
                Phase::Parked => true,
                _ => false,
            }
        };
        if gone {
            requeue(source, stream)?;
        }
        // It is a pending reader again.
        source.output().hold();
    }
    edge.node.state().phase = Phase::Pending(stream.clone());
    stream.push_again(&edge.node);
    Ok(())
}

/// Puts a parked node into the stream, and all parked ones that it needs, in the order of recording.
fn unpark(node: &Arc<Node>, stream: &Arc<Stream>) -> Result<()> {
    /// Of two threads that want the same nodes one puts all of them into its stream, and the other one waits for it.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let mut elsewhere: Vec<Arc<Stream>> = Vec::new();
    {
        let _alone = ONE_AT_A_TIME.lock();
        let mut found: Vec<Arc<Node>> = Vec::new();
        let mut open = vec![node.clone()];
        while let Some(node) = open.pop() {
            let inputs = {
                let mut state = node.state();
                match &state.phase {
                    Phase::Parked => {}
                    Phase::Pending(other) if !Arc::ptr_eq(other, stream) => {
                        elsewhere.push(other.clone());
                        continue;
                    }
                    _ => continue,
                }
                state.phase = Phase::Pending(stream.clone());
                state.inputs.clone()
            };
            open.extend(inputs.iter().filter_map(Operand::edge).map(|e| e.node.clone()));
            found.push(node);
        }
        found.sort_unstable_by_key(|n| n.seq);
        found.iter().for_each(|n| stream.push_again(n));
    }
    elsewhere.iter().try_for_each(|s| s.flush())
}
