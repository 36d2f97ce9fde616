//! Values that were freed although a rule may still read them.

use crate::error::{Error, Result};
use crate::graph::Edge;
use crate::stream::Stream;
use std::sync::Arc;

/// Records a freed value's node once more, ahead of the reader that is being recorded.
pub fn requeue(edge: &Edge, _stream: &Arc<Stream>) -> Result<()> {
    let text = "the value was freed while something still needed it; this is a defect of ravine";
    Err(Error::state(edge.node.op.name, text))
}
