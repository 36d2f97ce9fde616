//! Fused groups that go into the slots of a kernel: one that makes what the kernel alone reads, into its load slot; one
//! that alone reads what the kernel makes, into its store slot. What lies between is not stored.
//!
//! The kernel moves to where its group stands, or its group to where the kernel stands: the later of the two places. In
//! between nobody reads what they make, and nodes are pure, so nothing else changes.

use super::Slot;
use super::group::{Draft, Part};
use super::segment::Segment;
use crate::shape::numel;
use crate::work;

/// Bytes beyond which a value is stored all the same: a broadcast that nobody meant (of (n, 1) against (n,)) is to be an
/// error for want of memory, not a computation without an end.
const LARGEST: usize = 1 << 33;

/// Merges drafts. Those from `late` on stay as they are; returns where they begin now.
pub fn splice(segment: &Segment, drafts: &mut Vec<Draft>, home: &mut [u32], late: usize) -> usize {
    if !drafts[..late].iter().any(|d| !d.fused) || !drafts[..late].iter().any(|d| d.fused) {
        return late;
    }
    let reader = readers(segment, drafts, home);
    let mut gone = vec![false; drafts.len()];
    for at in 0..late {
        if let Some(group) = loader(segment, drafts, home, &reader, at) {
            let Draft { nodes, inputs, .. } = std::mem::take(&mut drafts[group]);
            drafts[at].nodes.insert_many(0, nodes.iter().copied());
            drafts[at].load = Some(Box::new(Part { nodes, inputs }));
            gone[group] = true;
        }
    }
    for at in 0..late {
        if let Some(group) = storer(segment, drafts, &reader, late, at) {
            let kernel = std::mem::take(&mut drafts[at]);
            let Draft { nodes, inputs, .. } = std::mem::take(&mut drafts[group]);
            drafts[group] = Draft {
                nodes: kernel.nodes.iter().chain(&nodes).copied().collect(),
                store: Some(Box::new(Part { nodes, inputs })),
                ..kernel
            };
            gone[at] = true;
        }
    }
    if !gone.contains(&true) {
        return late;
    }
    let kept = gone[..late].iter().filter(|&&g| !g).count();
    let mut each = gone.iter();
    drafts.retain(|_| !each.next().expect("as long as the drafts"));
    for (at, draft) in drafts.iter().enumerate() {
        for v in draft.nodes.iter().flat_map(|&i| segment.values_of(i)) {
            home[v as usize] = at as u32;
        }
    }
    kept
}

/// Who reads a value outside of the draft that makes it.
#[derive(Clone, Copy, PartialEq)]
enum Reader {
    Nobody,
    /// One draft, by so many operands.
    One(u32, u32),
    Several,
}

fn readers(segment: &Segment, drafts: &[Draft], home: &[u32]) -> Vec<Reader> {
    let mut readers = vec![Reader::Nobody; segment.values.len()];
    for (at, draft) in drafts.iter().enumerate() {
        let at = at as u32;
        for slot in draft
            .nodes
            .iter()
            .flat_map(|&i| segment.operands[i as usize].iter().flatten())
        {
            let Slot::Value(v) = *slot else { continue };
            if home[v as usize] == at {
                continue;
            }
            let reader = &mut readers[v as usize];
            *reader = match *reader {
                Reader::Nobody => Reader::One(at, 1),
                Reader::One(draft, uses) if draft == at => Reader::One(at, uses + 1),
                _ => Reader::Several,
            };
        }
    }
    readers
}

/// The group that computes what the load slot of a kernel reads, if that can be left to the slot.
fn loader(segment: &Segment, drafts: &[Draft], home: &[u32], reader: &[Reader], at: usize) -> Option<usize> {
    let draft = &drafts[at];
    if draft.fused || draft.nodes.len() != 1 {
        return None;
    }
    let node = &segment.nodes[draft.nodes[0] as usize];
    let Some(&Some(Slot::Value(v))) = segment.operands[draft.nodes[0] as usize].first() else {
        return None;
    };
    let group = home[v as usize] as usize;
    let output = segment.output(Slot::Value(v));
    let is_alone = |w: u32| {
        let expected = if w == v {
            Reader::One(at as u32, 1)
        } else {
            Reader::Nobody
        };
        !segment.kept[w as usize] && reader[w as usize] == expected
    };
    let bytes = numel(&output.shape).saturating_mul(output.dtype.size());
    let fits = drafts[group].fused
        && bytes <= LARGEST
        && output.device == node.outputs.first()?.device
        && drafts[group]
            .nodes
            .iter()
            .all(|&i| is_alone(segment.first_value[i as usize]))
        && output.device.backend().splices(
            node.op.routine(),
            work::Slot::Load,
            &node.attrs,
            &output.shape,
            output.dtype,
        );
    fits.then_some(group)
}

/// The group that alone reads what a kernel makes, if it can be left to the kernel's store slot.
fn storer(segment: &Segment, drafts: &[Draft], reader: &[Reader], late: usize, at: usize) -> Option<usize> {
    let draft = &drafts[at];
    let kernel = *draft.nodes.last()?;
    let node = &segment.nodes[kernel as usize];
    if draft.fused || draft.store.is_some() || node.outputs.len() != 1 {
        return None;
    }
    let (v, output) = (segment.first_value[kernel as usize], &node.outputs[0]);
    let Reader::One(group, _) = reader[v as usize] else {
        return None;
    };
    let group = group as usize;
    let fits = group < late
        && !segment.kept[v as usize]
        && drafts[group].fused
        && segment.nodes[drafts[group].nodes[0] as usize].outputs[0].is_like(output)
        && output.device.backend().splices(
            node.op.routine(),
            work::Slot::Store,
            &node.attrs,
            &output.shape,
            output.dtype,
        );
    fits.then_some(group)
}
