//! What a profiler hears of a launch.

use super::launch::{Ready, Task};
use super::segment::Segment;
use super::{Launch, Work};
use crate::array::Array;
use crate::profile::{Event, Recorded};
use crate::work::{Input, Splice};
use std::sync::Arc;

/// The event of a launch that is ready; `None` where nothing runs, as for views.
pub(super) fn of(segment: &Segment, launch: &Launch, ready: &Ready) -> Option<Event> {
    if matches!(ready.task, Task::View) && ready.copies.is_empty() {
        return None;
    }
    let recorded = |&i: &u32| {
        let node = &segment.nodes[i as usize];
        Recorded {
            name: node.op.name,
            sequence: node.seq,
            path: node.path,
            place: node.place,
            backward: node.backward,
        }
    };
    let mut event = Event::new(launch.nodes.iter().map(recorded).collect(), ready.device);
    event.kernel = match &launch.work {
        Work::Fused(_) => None,
        Work::Kernel { node, .. } => launch.nodes.iter().position(|i| i == node),
        Work::View(_) | Work::Transfer => Some(0),
    };
    let of_array = |array: &Array| (array.shape.clone(), array.dtype);
    event.inputs = arrays(&ready.launch.inputs).map(of_array).collect();
    event.outputs = ready.results().map(|(_, array)| of_array(array)).collect();
    for (from, to) in &ready.copies {
        event.traffic.read(from);
        event.traffic.write(to);
    }
    if !matches!(ready.task, Task::View) {
        count_task(&mut event, ready);
    }
    Some(event)
}

fn count_task(event: &mut Event, ready: &Ready) {
    arrays(&ready.launch.inputs).for_each(|array| event.traffic.read(array));
    if let Some(load) = &ready.launch.load {
        arrays(&load.inputs).for_each(|array| event.traffic.read(array));
    }
    match &ready.launch.store {
        Some(store) => count_store(event, store, &ready.launch.outputs[0]),
        None => ready
            .launch
            .outputs
            .iter()
            .for_each(|array| event.traffic.write(array)),
    }
    for (j, stored) in &ready.narrow {
        event.traffic.read(&ready.launch.outputs[*j]);
        event.traffic.write(stored);
    }
}

/// The kernel's own output goes from hand to hand.
fn count_store(event: &mut Event, store: &Splice, product: &Array) {
    let is_product = |array: &&Array| Arc::ptr_eq(&array.storage, &product.storage);
    let read = arrays(&store.inputs).filter(|array| !is_product(array));
    read.for_each(|array| event.traffic.read(array));
    store.outputs.iter().for_each(|array| event.traffic.write(array));
}

fn arrays(inputs: &[Input]) -> impl Iterator<Item = &Array> {
    inputs.iter().filter_map(|input| match input {
        Input::Array(array) => Some(array),
        Input::Scalar(_) => None,
    })
}
