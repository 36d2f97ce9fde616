//! Values that only a history owned were not stored when a few elementwise ops compute them again. A reader that comes
//! later has them computed once more, from sources that the history owns in their place.

use crate::error::{Error, Result};
use crate::graph::{Edge, Operand, Phase};
use crate::stream::Stream;
use std::sync::Arc;

/// Puts a freed value's node into the stream again, ahead of the reader that is being recorded. The depth is bounded
/// by the planner, so this recursion is too.
pub fn requeue(edge: &Edge, stream: &Arc<Stream>) -> Result<()> {
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
            matches!(state.phase, Phase::Done) && state.arrays[source.index as usize].is_none()
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
