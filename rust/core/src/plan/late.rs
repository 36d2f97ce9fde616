//! Which launches of a segment run last, together.
//!
//! A launch that writes into guarded memory destroys what its unit would go back to. Where the unit ends with the segment,
//! such launches are moved behind all others, with those that read their results, if everything that they allocate can
//! be had before the first of them runs: then nothing can fail any more once something is lost. One whose kernel may find
//! its operands wrong (an index out of range) can be among them too, as the very first. Launches for which this cannot be
//! said stay where they are, and write elsewhere.
//!
//! Order stays right: whatever reads the old value stands before the write already, and moves back only together with it.

use super::Slot;
use super::group::Draft;
use super::segment::Segment;
use crate::op::Class;

/// Moves such launches to the end and returns where they begin.
pub fn move_back(segment: &Segment, drafts: &mut Vec<Draft>, home: &mut [u32]) -> usize {
    let all = drafts.len();
    if !segment.ends_unit || !(0..segment.leaves.len()).any(|l| segment.is_guarded(Slot::Leaf(l as u32))) {
        return all;
    }
    let (late, first) = choose(segment, drafts, home);
    let first_late = late.iter().filter(|&&l| !l).count();
    if first_late == all {
        return all;
    }
    let mut place: Vec<u32> = Vec::with_capacity(all);
    let (mut next_early, mut next_late) = (0, first_late as u32 + first.is_some() as u32);
    for (at, &l) in late.iter().enumerate() {
        if first == Some(at) {
            place.push(first_late as u32);
            continue;
        }
        let next = if l { &mut next_late } else { &mut next_early };
        place.push(*next);
        *next += 1;
    }
    home.iter_mut().for_each(|h| *h = place[*h as usize]);
    let mut moved: Vec<(u32, Draft)> = place.into_iter().zip(drafts.drain(..)).collect();
    moved.sort_unstable_by_key(|m| m.0);
    drafts.extend(moved.into_iter().map(|m| m.1));
    first_late
}

/// Which drafts are late, and the one that has to be first.
fn choose(segment: &Segment, drafts: &[Draft], home: &[u32]) -> (Vec<bool>, Option<usize>) {
    let guarded = guarded_values(segment, drafts);
    let safe: Vec<bool> = drafts.iter().map(|d| can_be_prepared(segment, d)).collect();
    let writes: Vec<bool> = drafts.iter().map(|d| overwrites(segment, &guarded, d)).collect();
    if let Some(first) = (0..drafts.len()).find(|&at| !safe[at] && writes[at]) {
        // Slices that were written before it keep what they held, and need not be late.
        let mut writes = writes.clone();
        let mut open: Vec<u32> = read_values(segment, &drafts[first]).collect();
        while let Some(v) = open.pop() {
            let at = home[v as usize] as usize;
            if at != first && std::mem::take(&mut writes[at]) {
                open.extend(read_values(segment, &drafts[at]));
            }
        }
        let mut ready = safe.clone();
        ready[first] = true;
        let late = late_ones(segment, drafts, home, ready, &writes);
        let alone = |v| !late[home[v as usize] as usize] || home[v as usize] == first as u32;
        if late[first] && read_values(segment, &drafts[first]).all(alone) {
            return (late, Some(first));
        }
    }
    (late_ones(segment, drafts, home, safe, &writes), None)
}

/// Values that lie in guarded memory after a slice of it was written.
fn guarded_values(segment: &Segment, drafts: &[Draft]) -> Vec<bool> {
    let mut guarded = vec![false; segment.values.len()];
    for draft in drafts.iter().filter(|d| !d.fused) {
        let node = &segment.nodes[draft.nodes[0] as usize];
        if matches!(node.op.class, Class::Write) && overwrites(segment, &guarded, draft) {
            guarded[segment.first_value[draft.nodes[0] as usize] as usize] = true;
        }
    }
    guarded
}

/// Those that overwrite guarded memory and those that depend on them, where all that depends on one is `ready`.
fn late_ones(
    segment: &Segment,
    drafts: &[Draft],
    home: &[u32],
    mut ready: Vec<bool>,
    writes: &[bool],
) -> Vec<bool> {
    for at in (0..drafts.len()).rev() {
        if !ready[at] {
            for v in read_values(segment, &drafts[at]) {
                ready[home[v as usize] as usize] = false;
            }
        }
    }
    let mut late = vec![false; drafts.len()];
    for (at, draft) in drafts.iter().enumerate() {
        late[at] =
            (ready[at] && writes[at]) || read_values(segment, draft).any(|v| late[home[v as usize] as usize]);
    }
    late
}

fn read_values<'a>(segment: &'a Segment, draft: &'a Draft) -> impl Iterator<Item = u32> + 'a {
    let operands = draft
        .nodes
        .iter()
        .flat_map(|&i| segment.operands[i as usize].iter().flatten());
    operands.filter_map(|slot| match slot {
        Slot::Value(v) => Some(*v),
        Slot::Leaf(_) => None,
    })
}

/// Whether all that a launch allocates are its results, and copies of its operands in another layout or dtype.
fn can_be_prepared(segment: &Segment, draft: &Draft) -> bool {
    let op = segment.nodes[draft.nodes[0] as usize].op;
    draft.fused || matches!(op.class, Class::Lists | Class::View(_) | Class::Write)
}

/// Whether a launch would write a result into guarded memory.
fn overwrites(segment: &Segment, guarded: &[bool], draft: &Draft) -> bool {
    let is_guarded = |slot: Slot| match slot {
        Slot::Value(v) => guarded[v as usize],
        Slot::Leaf(_) => segment.is_guarded(slot),
    };
    if draft.fused {
        return draft.inputs.iter().any(|&slot| is_guarded(slot));
    }
    let node = &segment.nodes[draft.nodes[0] as usize];
    let operands = &segment.operands[draft.nodes[0] as usize];
    (0..node.outputs.len())
        .filter_map(|j| node.op.donor(&node.attrs, j))
        .any(|k| operands[k].is_some_and(is_guarded))
}
