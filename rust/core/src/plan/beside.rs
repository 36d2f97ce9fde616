//! What an update reads, gradients above all, is computed beside what it updates, where the device has a place for it: so
//! nothing is copied there for the update (`device::Backend::allocate_beside`).

use super::Slot;
use super::segment::Segment;
use crate::attributes::Listed;
use crate::op::Class;
use rustc_hash::FxHashMap;

/// Values, and what each is to lie beside; the CPU has no such places.
pub type Beside = FxHashMap<u32, Slot>;

/// Backwards, since what is written over on the way to an update lies where the result will.
pub fn find(segment: &Segment) -> Beside {
    let mut beside = Beside::default();
    for (i, node) in segment.nodes.iter().enumerate().rev() {
        if node.outputs.first().is_none_or(|o| o.device.is_cpu()) {
            continue;
        }
        let slots = &segment.operands[i];
        for (j, v) in segment.values_of(i as u32).enumerate() {
            let donor = match node.op.class {
                Class::View(_) => Some(0),
                _ => node.op.donor(&node.attrs, j),
            };
            if let (Some(&owner), Some(k)) = (beside.get(&v), donor)
                && let Some(Slot::Value(given)) = slots[k]
            {
                beside.entry(given).or_insert(owner);
            }
        }
        if !matches!(node.op.class, Class::Lists) {
            continue;
        }
        let length = Listed::from(&node.attrs).length;
        // The second list is what the first one is updated with; a single tensor has no neighbours.
        let mut lists = slots.chunks_exact(length).filter(|_| length > 1);
        if let (Some(owners), Some(given)) = (lists.next(), lists.next()) {
            for (owner, value) in owners.iter().zip(given) {
                if let (Some(owner), Some(Slot::Value(v))) = (owner, value) {
                    beside.insert(*v, *owner);
                }
            }
        }
    }
    beside
}
