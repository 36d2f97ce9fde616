//! Where a segment ends when nobody looks.

use crate::graph::{Node, Operand};
use crate::op::Class;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::Hasher;
use std::sync::Arc;

/// How many nodes make up the content of a place: enough to tell the parts of a loop that repeat within it apart from
/// the place where it starts again.
const CONTEXT: usize = 128;
/// Odd, so that no content is lost.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// A cut chosen by content in the younger half: a loop is cut at the same ops in every round, so its plans repeat. A
/// place whose content occurs once is best; a cut after an elementwise op may split a fused group, so it comes last.
pub fn position(nodes: &[Arc<Node>]) -> usize {
    let half = nodes.len() / 2;
    let from = half.saturating_sub(CONTEXT);
    // A polynomial in the contents of the last CONTEXT nodes, carried along.
    let contents: Vec<u64> = nodes[from..].iter().map(|n| content(n, nodes[0].seq)).collect();
    let leaving = (0..CONTEXT).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
    let mut rolling = 0u64;
    let places: Vec<u64> = (contents.iter().enumerate())
        .map(|(i, &c)| {
            rolling = rolling.wrapping_mul(FACTOR).wrapping_add(c);
            if i >= CONTEXT {
                rolling = rolling.wrapping_sub(contents[i - CONTEXT].wrapping_mul(leaving));
            }
            rolling
        })
        .collect();
    let mut seen: FxHashMap<u64, u32> = FxHashMap::default();
    places[half - from..]
        .iter()
        .for_each(|&p| *seen.entry(p).or_default() += 1);
    (half..nodes.len())
        .min_by_key(|&i| {
            let place = places[i - from];
            (
                seen[&place] > 1,
                matches!(nodes[i].op.class, Class::Elementwise),
                place,
                i,
            )
        })
        .map_or(nodes.len(), |i| i + 1)
}

/// Op, attrs, shapes, and how far back the inputs lie, as far as they were recorded since `first`.
fn content(node: &Node, first: u64) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(node.op.name.as_bytes());
    node.attrs.iter().for_each(|&a| hasher.write_i64(a));
    node.outputs
        .iter()
        .for_each(|o| o.shape.iter().for_each(|&n| hasher.write_usize(n)));
    for operand in &node.state().inputs {
        match operand {
            Operand::Edge(e) if e.node.seq >= first => {
                hasher.write_u64(node.seq - e.node.seq);
            }
            _ => hasher.write_u64(u64::MAX),
        }
    }
    hasher.finish()
}

/// Bytes of evaluated values that nobody but pending readers owns: what a flush would free.
pub fn bytes_only_pending(nodes: &[Arc<Node>]) -> usize {
    let mut readers: FxHashMap<(*const Node, u32), u32> = Default::default();
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
