//! Where a segment ends when nobody looks.

use crate::graph::{Node, Operand, Phase};
use crate::op::Class;
use rustc_hash::{FxHashSet, FxHasher};
use std::hash::Hasher;
use std::sync::Arc;

/// How many nodes a cut looks back over, so that loops of repeating parts still have one place to be cut at.
const CONTEXT: usize = 16;

/// A cut chosen by content in the younger half: a loop is cut at the same ops in every round, so its plans repeat.
/// Cuts after an elementwise op, which may be inside a fused group, come last.
pub fn position(nodes: &[Arc<Node>]) -> usize {
    let half = nodes.len() / 2;
    let hashes: Vec<u64> = nodes.iter().map(|n| content(n)).collect();
    (half..nodes.len())
        .min_by_key(|&i| {
            let mut hasher = FxHasher::default();
            hashes[i.saturating_sub(CONTEXT)..=i].iter().for_each(|&h| hasher.write_u64(h));
            (nodes[i].op.class == Class::Elementwise, hasher.finish(), i)
        })
        .map_or(nodes.len(), |i| i + 1)
}

/// Op, attrs, shapes, and how far back the inputs lie.
fn content(node: &Node) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(node.op.name.as_bytes());
    node.attrs.iter().for_each(|&a| hasher.write_i64(a));
    node.outputs.iter().for_each(|o| o.shape.iter().for_each(|&n| hasher.write_usize(n)));
    for operand in &node.state().inputs {
        match operand {
            Operand::Edge(e) if matches!(e.node.state().phase, Phase::Pending(_)) => {
                hasher.write_u64(node.seq - e.node.seq);
            }
            _ => hasher.write_u64(u64::MAX),
        }
    }
    hasher.finish()
}

/// Bytes of evaluated values that nobody but pending readers owns: what a flush would free.
pub fn bytes_only_pending(nodes: &[Arc<Node>]) -> usize {
    let mut readers: rustc_hash::FxHashMap<(*const Node, u32), u32> = Default::default();
    let mut seen: FxHashSet<*const crate::array::Storage> = Default::default();
    for node in nodes {
        for edge in node.state().inputs.iter().filter_map(Operand::edge) {
            *readers.entry((Arc::as_ptr(&edge.node), edge.index)).or_default() += 1;
        }
    }
    let mut bytes = 0;
    for node in nodes {
        for edge in node.state().inputs.iter().filter_map(Operand::edge) {
            let o = edge.output();
            if o.held() <= readers[&(Arc::as_ptr(&edge.node), edge.index)]
                && o.saved() == 0
                && let Some(array) = edge.array()
                && seen.insert(Arc::as_ptr(&array.storage))
            {
                bytes += array.nbytes();
            }
        }
    }
    bytes
}
