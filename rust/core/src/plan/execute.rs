//! Running a plan. A launch happened or did not: after each one its outputs are evaluated and published; if it cannot
//! start, every later node is still pending with its inputs intact. Late launches (see `late`) happen all or none.

use super::beside::Beside;
use super::launch::Ready;
use super::segment::{Segment, Tables};
use super::{Launch, Plan, Slot, Work, fail};
use crate::anomaly;
use crate::array::{Array, Storage};
use crate::device::{self, Device};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Edge, Key, Node, Output, Phase};
use crate::interrupt;
use crate::profile;
use crate::stream::stops_segment;
use crate::unit::Unit;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

pub(super) struct Execution<'a> {
    pub segment: &'a Segment,
    pub tables: &'a mut Tables,
    pub unit: &'a Unit,
    /// Late launches are being prepared: guarded memory may be taken.
    pub late: bool,
    /// How many prepared launches hold each storage.
    pub prepared: FxHashMap<*const Storage, usize>,
    /// Results of prepared launches that outlive the segment: their memory is nobody's to take, through no view either.
    pub outlive: Vec<Array>,
    /// For late launches of devices that learn late of errors: the value that the cell of a guarded one has now.
    pub replaced: FxHashMap<Key, Key>,
    /// What prepared launches took from the table of values.
    pub taken: SmallVec<[(u32, Array); 1]>,
    /// How many operands of prepared launches read each leaf: its node counts them, but they will be done with it.
    pub reading: Vec<u32>,
    beside: &'a Beside,
}

/// Runs a plan. On an error the nodes that did not run are put into `rest`, in the order of recording.
pub fn execute<'a>(
    segment: &'a Segment,
    tables: &'a mut Tables,
    unit: &'a Unit,
    plan: &'a Plan,
    rest: &mut Vec<Arc<Node>>,
) -> Result<()> {
    let mut run = Execution {
        segment,
        tables,
        unit,
        late: false,
        prepared: FxHashMap::default(),
        outlive: Vec::new(),
        replaced: FxHashMap::default(),
        taken: SmallVec::new(),
        reading: Vec::new(),
        beside: &plan.beside,
    };
    let mut timer = interrupt::Timer::start();
    // A NaN undoes its launch, so each runs by itself.
    let late = if anomaly::is_on() {
        plan.launches.len()
    } else {
        plan.late
    };
    for (at, launch) in plan.launches[..late].iter().enumerate() {
        let heavy = !matches!(launch.work, Work::Fused(_));
        let outcome = timer
            .check(heavy && at > 0)
            .and_then(|()| run.launch(launch).map_err(|e| e.of_node(run.last_node(launch))));
        if let Err(error) = outcome {
            run.stop(plan, at, &error, rest);
            return Err(error);
        }
    }
    if late < plan.launches.len()
        && let Err(error) = timer
            .check(late > 0)
            .and_then(|()| run.launch_together(&plan.launches[late..]))
    {
        run.stop(plan, late, &error, rest);
        return Err(error);
    }
    Ok(())
}

impl Execution<'_> {
    pub fn slot(&self, slot: Slot) -> &Array {
        let found = match slot {
            Slot::Value(v) => &self.tables.values[v as usize],
            Slot::Leaf(l) => &self.tables.leaves[l as usize],
        };
        found
            .as_ref()
            .expect("a value stays in its table until its last use")
    }

    /// Memory for value `v`.
    pub fn memory(&self, v: u32, device: Device, (shape, dtype): (&[usize], DType)) -> Result<Array> {
        let owner = self.beside.get(&v).and_then(|slot| match *slot {
            Slot::Value(v) => self.tables.values[v as usize].as_ref(),
            Slot::Leaf(l) => self.tables.leaves[l as usize].as_ref(),
        });
        match owner {
            Some(owner) => device.empty_beside(owner, shape, dtype),
            None => device.empty(shape, dtype),
        }
    }

    /// Whether a value is to lie beside another.
    pub fn is_wanted_beside(&self, v: u32) -> bool {
        self.beside.contains_key(&v)
    }

    /// Whether value `v` may be written over the guarded value of a slot. A device that learns late of errors keeps what
    /// was there before one, so it writes there only what the guarding cell has in the end: that it has still its old
    /// value then.
    pub fn may_replace(&self, device: Device, slot: Slot, v: u32) -> bool {
        let now = || self.replaced.get(&self.edge(slot).key()).copied();
        self.late && (device.is_cpu() || now() == Some(self.edge(Slot::Value(v)).key()))
    }

    /// All nodes of a group have the shape of the last one.
    fn last_node(&self, launch: &Launch) -> &Node {
        &self.segment.nodes[launch.nodes[launch.nodes.len() - 1] as usize]
    }

    fn launch(&mut self, launch: &Launch) -> Result<()> {
        let mut ready = self.prepare(launch)?;
        if let Err(e) = self.run(&mut ready, launch, true) {
            self.give_back();
            return Err(e);
        }
        self.finish(ready);
        if anomaly::is_on() {
            self.look_for_nan(launch)?;
        }
        self.publish(launch);
        Ok(())
    }

    fn run(&self, ready: &mut Ready, launch: &Launch, may_stop: bool) -> Result<()> {
        if profile::is_on()
            && let Some(event) = super::event::of(self.segment, launch, ready)
        {
            return event.measure(|| ready.run(may_stop));
        }
        ready.run(may_stop)
    }

    /// All of these run, or none: everything that can fail comes before anything is written over.
    fn launch_together(&mut self, launches: &[Launch]) -> Result<()> {
        self.late = true;
        if launches.iter().any(|launch| !launch.device.is_cpu()) {
            self.replaced = self.unit.replaced();
        }
        let mut all = Vec::with_capacity(launches.len());
        let mut outcome = Ok(());
        for launch in launches {
            match self.prepare(launch) {
                Ok(ready) => {
                    self.place(&ready, launch);
                    all.push(ready);
                }
                Err(e) => {
                    outcome = Err(e.of_node(self.last_node(launch)));
                    break;
                }
            }
        }
        let outcome = outcome.and_then(|()| {
            // Those first that are taken back if another fails. On the CPU only the kernel of the first launch may still
            // find its operands wrong.
            let mut order: Vec<usize> = (0..all.len()).collect();
            order.sort_by_key(|&i| all[i].device().is_cpu());
            let mut devices: Vec<Device> = all.iter().map(Ready::device).collect();
            devices.sort_by_key(|device| device.code());
            devices.dedup();
            device::together(&devices, &mut || {
                order.iter().try_for_each(|&i| {
                    let run = self.run(&mut all[i], &launches[i], false);
                    assert!(i == 0 || !all[i].device().is_cpu() || run.is_ok());
                    run.map_err(|e| e.of_node(self.last_node(&launches[i])))
                })
            })
        });
        if let Err(e) = outcome {
            for (v, _) in all.iter().flat_map(|r| r.results()) {
                self.tables.values[v as usize] = None;
            }
            self.give_back();
            return Err(e);
        }
        for (ready, launch) in all.into_iter().zip(launches) {
            self.finish(ready);
            self.publish(launch);
        }
        Ok(())
    }

    /// Later launches are prepared on the memory of this one's results, which has no content yet, and may take what dies
    /// with it.
    fn place(&mut self, ready: &Ready, launch: &Launch) {
        for array in ready.arrays() {
            *self.prepared.entry(Arc::as_ptr(&array.storage)).or_default() += 1;
        }
        // Its node, and the table of leaves, let go of what is written over when that has happened.
        for (slot, array) in ready.used_up() {
            let holders = match slot {
                Slot::Leaf(_) => 2,
                Slot::Value(_) => (self.output(slot).guards() > 0) as usize,
            };
            *self.prepared.entry(Arc::as_ptr(&array.storage)).or_default() += holders;
        }
        self.reading.resize(self.segment.leaves.len(), 0);
        for &i in &launch.nodes {
            for slot in &self.segment.operands[i as usize] {
                if let Some(Slot::Leaf(l)) = slot {
                    self.reading[*l as usize] += 1;
                }
            }
        }
        for (v, array) in ready.results() {
            self.tables.values[v as usize] = Some(array.clone());
            if self.segment.kept[v as usize] {
                self.outlive.push(array.clone());
            }
        }
        for &(slot, _) in &launch.dies {
            if let Slot::Value(v) = slot {
                self.set_aside(v);
            }
        }
    }

    fn publish(&mut self, launch: &Launch) {
        for &i in &launch.nodes {
            let node = &self.segment.nodes[i as usize];
            let values = self.segment.values_of(i);
            for v in values.clone() {
                let output = (v - values.start) as usize;
                if self.segment.kept[v as usize] || node.outputs[output].guards() > 0 {
                    let read_later = !launch.dies.contains(&(Slot::Value(v), 0));
                    let table = &mut self.tables.values[v as usize];
                    node.state().arrays[output] = if read_later { table.clone() } else { table.take() };
                }
            }
            node.release_inputs(Phase::Done);
            // An owner may have gone while the segment ran.
            for v in values.clone() {
                if self.segment.kept[v as usize] {
                    node.free_if_unowned((v - values.start) as usize);
                }
            }
        }
        for &(slot, _) in &launch.dies {
            match slot {
                Slot::Value(v) => self.tables.values[v as usize] = None,
                Slot::Leaf(l) => self.tables.leaves[l as usize] = None,
            }
        }
    }

    fn look_for_nan(&self, launch: &Launch) -> Result<()> {
        for &i in &launch.nodes {
            let inputs: Vec<(usize, &Array)> = (self.segment.operands[i as usize].iter().enumerate())
                .filter_map(|(k, slot)| {
                    let found = match (*slot)? {
                        Slot::Value(v) => &self.tables.values[v as usize],
                        Slot::Leaf(l) => &self.tables.leaves[l as usize],
                    };
                    Some((k, found.as_ref()?))
                })
                .collect();
            for v in self.segment.values_of(i) {
                if let Some(result) = &self.tables.values[v as usize] {
                    let name = self.segment.nodes[i as usize].op.name;
                    anomaly::check(name, result, inputs.iter().copied())?;
                }
            }
        }
        Ok(())
    }

    pub fn output(&self, slot: Slot) -> &Output {
        self.segment.output(slot)
    }

    pub fn edge(&self, slot: Slot) -> Edge {
        match slot {
            Slot::Value(v) => {
                let (node, index) = self.segment.values[v as usize];
                let node = self.segment.nodes[node as usize].clone();
                Edge { node, index }
            }
            Slot::Leaf(l) => self.segment.leaves[l as usize].clone(),
        }
    }

    /// Takes a value out of the table, to be put back if the launch does not happen.
    pub fn set_aside(&mut self, value: u32) {
        if let Some(array) = self.tables.values[value as usize].take() {
            if self.late {
                *self.prepared.entry(Arc::as_ptr(&array.storage)).or_default() += 1;
            }
            self.taken.push((value, array));
        }
    }

    /// What was written over has no value any more.
    pub fn forget_memory(&mut self, slot: Slot) {
        match slot {
            Slot::Leaf(l) => {
                let edge = &self.segment.leaves[l as usize];
                edge.node.state().arrays[edge.index as usize] = None;
                self.tables.leaves[l as usize] = None;
            }
            // A guarded value was published although the segment still used it.
            Slot::Value(_) => {
                if self.output(slot).guards() > 0 {
                    let edge = self.edge(slot);
                    edge.node.state().arrays[edge.index as usize] = None;
                }
            }
        }
    }

    /// Launches that did not happen: values that were taken for them go back to their table.
    pub fn give_back(&mut self) {
        for (v, array) in self.taken.drain(..) {
            self.tables.values[v as usize] = Some(array);
        }
    }

    /// Launch `at` did not happen. What was computed and is still needed becomes its node's value; the rest waits.
    fn stop(self, plan: &Plan, at: usize, error: &Error, rest: &mut Vec<Arc<Node>>) {
        let segment = self.segment;
        for (array, &(node, output)) in self.tables.values.iter_mut().zip(&segment.values) {
            let mut state = segment.nodes[node as usize].state();
            if let (Some(array), Phase::Done) = (array.take(), &state.phase) {
                state.arrays[output as usize] = Some(array);
            }
        }
        let mut waiting: Vec<u32> = plan.launches[at..]
            .iter()
            .flat_map(|l| l.nodes.iter().copied())
            .collect();
        waiting.sort_unstable();
        if !stops_segment(error) {
            let failed = plan.launches[at].nodes[0];
            fail(&segment.nodes[failed as usize], error.clone());
            waiting.retain(|&i| i != failed);
        }
        rest.extend(waiting.into_iter().map(|i| segment.nodes[i as usize].clone()));
    }
}
