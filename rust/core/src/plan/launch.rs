//! One launch: prepared (donors found, results allocated, operands converted: all that can fail for want of memory), then
//! run, then finished. What is prepared and not run leaves everything as it was.

use super::execute::Execution;
use super::group::Group;
use super::{Launch, Slot, Work};
use crate::anomaly;
use crate::array::{Array, Storage};
use crate::cell::Cell;
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::graph::{Node, Operand};
use crate::interrupt;
use crate::op::Class;
use crate::ops::shape::view::slice_array;
use crate::stats::{self, Counter};
use crate::work::{self, Input, Origin, Routine, Splice, ViewFn};
use smallvec::SmallVec;
use std::sync::Arc;

/// A launch that only has to run.
pub(super) struct Ready<'a> {
    pub(super) device: Device,
    pub(super) task: Task<'a>,
    pub(super) launch: work::Launch<'a>,
    /// Operands that are needed in another layout or dtype, and memory for them; what a wide output starts with.
    pub(super) copies: Vec<(Array, Array)>,
    /// The values that the outputs of the launch are, or of its store slot.
    values: SmallVec<[u32; 2]>,
    /// Outputs that are stored in a narrower dtype than the device computes them in.
    pub(super) narrow: Vec<(usize, Array)>,
    /// Operands whose memory is written over, and the outputs that have it.
    used_up: SmallVec<[(Slot, usize); 1]>,
    /// What a slice of guarded memory holds that is written over, and the cell that it is kept for.
    region: Option<Box<(Arc<Cell>, Array)>>,
}

pub(super) enum Task<'a> {
    Work(work::Work<'a>),
    /// The result lies in the operand's memory already, or in that of the copy.
    View,
    Transfer,
}

impl<'a> Ready<'a> {
    fn new(device: Device, task: Task<'a>, node: &'a Node, epoch: u64) -> Ready<'a> {
        Ready {
            device,
            task,
            launch: work::Launch {
                op: node.op.name,
                origin: Origin {
                    path: node.path,
                    place: node.place,
                    epoch,
                },
                attrs: &node.attrs,
                data: &node.data,
                inputs: SmallVec::new(),
                outputs: SmallVec::new(),
                stored: SmallVec::new(),
                kept: SmallVec::new(),
                load: None,
                store: None,
            },
            copies: Vec::new(),
            values: SmallVec::new(),
            narrow: Vec::new(),
            used_up: SmallVec::new(),
            region: None,
        }
    }

    /// Where value `j` will be.
    fn stored(&self, j: usize) -> &Array {
        if let Some(store) = &self.launch.store {
            return &store.outputs[j];
        }
        let narrow = self.narrow.iter().find(|(k, _)| *k == j);
        narrow.map_or(&self.launch.outputs[j], |(_, array)| array)
    }

    pub fn results(&self) -> impl Iterator<Item = (u32, &Array)> {
        (self.values.iter().enumerate()).map(|(j, &v)| (v, self.stored(j)))
    }

    pub fn device(&self) -> Device {
        self.device
    }

    /// Every handle on memory that the launch holds.
    pub fn arrays(&self) -> impl Iterator<Item = &Array> {
        let slots = [&self.launch.load, &self.launch.store];
        let inputs = (slots.into_iter().flatten().flat_map(|s| &s.inputs))
            .chain(&self.launch.inputs)
            .filter_map(|i| match i {
                Input::Array(array) => Some(array),
                Input::Scalar(_) => None,
            });
        let spliced = slots.into_iter().flatten().flat_map(|s| &s.outputs);
        let copies = self.copies.iter().flat_map(|(from, to)| [from, to]);
        let narrow = self.narrow.iter().map(|(_, array)| array);
        inputs
            .chain(spliced)
            .chain(copies)
            .chain(&self.launch.outputs)
            .chain(narrow)
    }

    /// Operands whose memory the launch writes over, and that memory.
    pub fn used_up(&self) -> impl Iterator<Item = (Slot, &Array)> {
        self.used_up.iter().map(|&(slot, j)| (slot, self.stored(j)))
    }

    /// Fails only where a kernel finds its operands wrong, before it has written anything, or where the user stops it,
    /// which nothing is lost by: what was in memory that is written over would be, so such a launch goes on to its end,
    /// and so does one of several that happen together.
    pub fn run(&mut self, may_stop: bool) -> Result<()> {
        interrupt::launch(may_stop && self.used_up.is_empty(), || self.run_to_end())
    }

    fn run_to_end(&mut self) -> Result<()> {
        let backend = self.device.backend();
        for (from, to) in &self.copies {
            backend.copy(from, to)?;
        }
        match &self.task {
            Task::View => {}
            Task::Transfer => transfer(self.launch.input(0), &self.launch.outputs[0])?,
            Task::Work(work) => {
                stats::add(Counter::KernelsRun, 1);
                backend.launch(work, &mut self.launch)?;
            }
        }
        for (j, stored) in &self.narrow {
            // Where it is kept, what was computed began as its content, and was kept too.
            backend.copy(&self.launch.outputs[*j], stored)?;
        }
        Ok(())
    }
}

/// Row-major elements from one device to another, one of which is the host.
fn transfer(from: &Array, to: &Array) -> Result<()> {
    if to.device.is_cpu() {
        from.device.backend().download(from, to)
    } else {
        to.device.backend().upload(from, to)
    }
}

impl<'a> Execution<'a> {
    pub fn prepare<'l>(&mut self, launch: &'l Launch) -> Result<Ready<'l>>
    where
        'a: 'l,
    {
        if !self.late {
            self.taken.clear();
        }
        let ready = match &launch.work {
            Work::Fused(group) => self.prepare_group(launch, group),
            Work::View(view) => self.prepare_view(launch, *view),
            Work::Kernel {
                routine,
                node,
                load,
                store,
            } => {
                let mut ready =
                    self.prepare_kernel(launch, *routine, *node, load.as_deref(), store.is_some());
                if let (Ok(ready), Some(group)) = (&mut ready, store)
                    && let Err(e) = self.prepare_store(launch, group, *node, ready)
                {
                    self.give_back();
                    return Err(e);
                }
                ready
            }
            Work::Transfer => self.prepare_transfer(launch),
        };
        if ready.is_err() && !self.late {
            self.give_back();
        }
        let mut ready = ready?;
        let kept = (ready.used_up.iter()).filter(|(slot, _)| self.output(*slot).guards() > 0);
        ready.launch.kept = kept.map(|&(_, j)| j).collect();
        Ok(ready)
    }

    /// The launch ran: its results are in the table, and what it wrote over is gone.
    pub fn finish(&mut self, ready: Ready) {
        let Ready {
            mut launch,
            copies,
            values,
            mut narrow,
            used_up,
            region,
            ..
        } = ready;
        launch.inputs.clear();
        launch.load = None;
        drop(copies);
        for (slot, _) in used_up {
            self.forget_memory(slot);
        }
        let outputs = match launch.store {
            Some(store) => store.outputs,
            None => launch.outputs,
        };
        for (j, (&v, array)) in values.iter().zip(outputs).enumerate() {
            let at = narrow.iter().position(|(k, _)| *k == j);
            let array = at.map_or(array, |at| narrow.remove(at).1);
            self.tables.values[v as usize] = Some(array);
        }
        if let (Some(region), Some(&v)) = (region, values.first()) {
            let (cell, old) = *region;
            cell.note_region(self.edge(Slot::Value(v)).tensor(), old);
        }
    }

    /// The memory of a value that dies with this launch, if it may be written over; otherwise everything stays as it is.
    /// With `guarded`, also that of a value that is kept only for a failure.
    fn take(
        &mut self,
        launch: &Launch,
        slot: Slot,
        guarded: bool,
        wanted: impl Fn(&Array) -> bool,
    ) -> Option<Array> {
        let &(_, uses) = launch.dies.iter().find(|(s, _)| *s == slot)?;
        // A NaN undoes the launch, so its inputs stay.
        if anomaly::is_on() || !wanted(self.slot(slot)) {
            return None;
        }
        let (guards, held, saved) = {
            let output = self.output(slot);
            (output.guards(), output.held(), output.saved())
        };
        if saved > 0 || (guards > 0 && !guarded) {
            return None;
        }
        let prepared = |array: &Array| {
            let storage = Arc::as_ptr(&array.storage);
            self.prepared.get(&storage).copied().unwrap_or(0)
        };
        match slot {
            Slot::Value(v) => {
                if self.segment.kept[v as usize] {
                    return None;
                }
                let array = self.tables.values[v as usize].as_ref()?;
                // A guarded value is published too.
                let owners = 1 + prepared(array) + (guards > 0) as usize;
                if !array.is_writable() || Arc::strong_count(&array.storage) != owners {
                    return None;
                }
                let array = array.clone();
                self.set_aside(v);
                Some(array)
            }
            Slot::Leaf(l) => {
                // The table and the node each hold the storage once.
                let array = self.tables.leaves[l as usize].as_ref()?;
                let reading = self.reading.get(l as usize).copied().unwrap_or(0);
                if held - guards != uses + reading
                    || Arc::strong_count(&array.storage) != 2 + prepared(array)
                    || !array.is_writable()
                {
                    return None;
                }
                Some(array.clone())
            }
        }
    }

    fn prepare_group<'l>(&mut self, launch: &'l Launch, group: &'l Group) -> Result<Ready<'l>>
    where
        'a: 'l,
    {
        let segment = self.segment;
        let first = &segment.nodes[launch.nodes[0] as usize];
        let mut ready = Ready::new(
            launch.device,
            Task::Work(work::Work::Fused(&group.code)),
            first,
            self.unit.epoch(),
        );
        let shape = &first.outputs[0].shape;
        let mut donors: SmallVec<[usize; 2]> = SmallVec::new();
        for &(v, dtype) in &group.outputs {
            let fits = |a: &Array| a.dtype == dtype && a.shape == *shape && a.is_contiguous();
            let is_free = !self.is_wanted_beside(v);
            let donor = (0..group.inputs.len())
                .filter(|k| is_free && !donors.contains(k))
                .find_map(|k| {
                    let guarded = self.may_replace(launch.device, group.inputs[k], v);
                    Some((k, self.take(launch, group.inputs[k], guarded, fits)?))
                });
            let array = match donor {
                Some((k, array)) => {
                    donors.push(k);
                    ready.used_up.push((group.inputs[k], ready.values.len()));
                    array
                }
                None => self.memory(v, launch.device, (shape, dtype))?,
            };
            ready.values.push(v);
            ready.launch.outputs.push(array);
        }
        for &slot in &group.inputs {
            let taken = ready.used_up.iter().find(|(used, _)| *used == slot);
            ready.launch.inputs.push(Input::Array(match taken {
                Some(&(_, j)) => ready.launch.outputs[j].clone(),
                None => self.slot(slot).clone(),
            }));
        }
        self.push_numbers(group, &mut ready.launch.inputs);
        Ok(ready)
    }

    fn push_numbers(&self, group: &Group, inputs: &mut SmallVec<[Input; 4]>) {
        for &(node, operand) in &group.constants {
            match self.segment.nodes[node as usize].state().inputs[operand as usize] {
                Operand::Scalar(s) => inputs.push(Input::Scalar(s)),
                Operand::Edge(_) => unreachable!("constants are scalar operands"),
            }
        }
    }

    /// The steps of a load slot with what they read.
    fn prepare_load<'l>(&self, group: &'l Group) -> Splice<'l> {
        let array = |&slot: &Slot| Input::Array(self.slot(slot).clone());
        let mut inputs: SmallVec<[Input; 4]> = group.inputs.iter().map(array).collect();
        self.push_numbers(group, &mut inputs);
        Splice {
            code: &group.code,
            inputs,
            outputs: SmallVec::new(),
        }
    }

    /// The steps of a store slot: the kernel's own output lies where one of the results will, if that is new memory.
    fn prepare_store<'l>(
        &mut self,
        launch: &'l Launch,
        group: &'l Group,
        node: u32,
        ready: &mut Ready<'l>,
    ) -> Result<()> {
        let kernel = &self.segment.nodes[node as usize].outputs[0];
        let value = Slot::Value(self.segment.first_value[node as usize]);
        let mut outputs: SmallVec<[Array; 2]> = SmallVec::new();
        let mut place = None;
        for &(v, dtype) in &group.outputs {
            let fits = |a: &Array| a.dtype == dtype && a.shape == kernel.shape && a.is_contiguous();
            let used = |slot: &Slot, ready: &Ready| ready.used_up.iter().any(|(s, _)| s == slot);
            let is_free = !self.is_wanted_beside(v);
            let donor = (group.inputs.iter().copied())
                .filter(|slot| is_free && *slot != value && !used(slot, ready))
                .find_map(|slot| Some((slot, self.take(launch, slot, false, fits)?)));
            let array = match donor {
                Some((slot, array)) => {
                    ready.used_up.push((slot, outputs.len()));
                    array
                }
                None => {
                    let array = self.memory(v, launch.device, (&kernel.shape, dtype))?;
                    if dtype == kernel.dtype {
                        place.get_or_insert(array.clone());
                    }
                    array
                }
            };
            ready.values.push(v);
            outputs.push(array);
        }
        let product = match place {
            Some(array) => array,
            None => launch.device.empty(&kernel.shape, kernel.dtype)?,
        };
        let mut inputs: SmallVec<[Input; 4]> = SmallVec::new();
        for &slot in &group.inputs {
            let taken = ready.used_up.iter().find(|(used, _)| *used == slot);
            inputs.push(Input::Array(match taken {
                Some(&(_, j)) => outputs[j].clone(),
                None if slot == value => product.clone(),
                None => self.slot(slot).clone(),
            }));
        }
        self.push_numbers(group, &mut inputs);
        ready.launch.outputs.push(product);
        ready.launch.stored.push(kernel.dtype);
        ready.launch.store = Some(Box::new(Splice {
            code: &group.code,
            inputs,
            outputs,
        }));
        Ok(())
    }

    fn prepare_view<'l>(&mut self, launch: &'l Launch, view: ViewFn) -> Result<Ready<'l>>
    where
        'a: 'l,
    {
        let segment = self.segment;
        let i = launch.nodes[0] as usize;
        let node = &segment.nodes[i];
        let mut ready = Ready::new(launch.device, Task::View, node, self.unit.epoch());
        let slot = segment.operands[i][0].expect("views are of tensors");
        let array = self.slot(slot);
        let seen = match view(array, &node.attrs, &node.data) {
            Some(seen) => seen,
            None => {
                let dense = launch.device.empty(&array.shape, array.dtype)?;
                let seen = view(&dense, &node.attrs, &node.data).expect("a view of dense data exists");
                ready.copies.push((array.clone(), dense));
                seen
            }
        };
        ready.values.push(segment.first_value[i]);
        ready.launch.outputs.push(seen);
        Ok(ready)
    }

    fn prepare_transfer<'l>(&mut self, launch: &'l Launch) -> Result<Ready<'l>>
    where
        'a: 'l,
    {
        let segment = self.segment;
        let i = launch.nodes[0] as usize;
        let slot = segment.operands[i][0].expect("transfers are of tensors");
        let array = self.slot(slot);
        let mut ready = Ready::new(array.device, Task::Transfer, &segment.nodes[i], self.unit.epoch());
        let from = if array.is_contiguous() {
            array.clone()
        } else {
            let dense = array.device.empty(&array.shape, array.dtype)?;
            ready.copies.push((array.clone(), dense.clone()));
            dense
        };
        ready.values.push(segment.first_value[i]);
        ready
            .launch
            .outputs
            .push(launch.device.empty(&from.shape, from.dtype)?);
        ready.launch.inputs.push(Input::Array(from));
        Ok(ready)
    }

    /// With `stores` its output belongs to a store slot.
    fn prepare_kernel<'l>(
        &mut self,
        launch: &'l Launch,
        routine: Routine,
        i: u32,
        load: Option<&'l Group>,
        stores: bool,
    ) -> Result<Ready<'l>>
    where
        'a: 'l,
    {
        let segment = self.segment;
        let node = &segment.nodes[i as usize];
        let slots = &segment.operands[i as usize];
        let device = launch.device;
        let mut ready = Ready::new(
            device,
            Task::Work(work::Work::Kernel(routine)),
            node,
            self.unit.epoch(),
        );
        // Updates of lists are prepared with others: they find everything in row-major order.
        let dense = matches!(node.op.class, Class::Lists);
        let backend = device.backend();
        let strided = matches!(node.op.class, Class::Write) && backend.writes_any_layout();
        let compute = |d: DType| backend.working_dtype(routine, d);
        // Inputs, and the outputs that begin as their content.
        let mut donated: SmallVec<[(usize, usize); 4]> = SmallVec::new();
        for (v, (j, output)) in segment.values_of(i).zip(node.outputs.iter().enumerate()) {
            if stores {
                continue;
            }
            let donor = node.op.donor(&node.attrs, j);
            let is_narrow = compute(output.dtype) != output.dtype;
            let taken = match donor {
                None => None,
                Some(k) => {
                    donated.push((k, j));
                    let slot = slots[k].expect("donors are tensors");
                    let fits = |a: &Array| {
                        a.dtype == output.dtype && (a.is_contiguous() || (strided && !a.repeats()))
                    };
                    // Not what another operand reads beside the writing.
                    let is_alone = slots.iter().filter(|other| **other == Some(slot)).count() == 1;
                    if is_alone && !self.late && strided && self.output(slot).guards() > 0 {
                        ready.region = self.save_region(launch, slot, node, fits)?.map(Box::new);
                    }
                    let guarded = self.may_replace(device, slot, v) || ready.region.is_some();
                    let taken = is_alone.then(|| self.take(launch, slot, guarded, fits)).flatten();
                    if taken.is_none() {
                        ready.region = None;
                        if self.output(slot).saved() > 0 {
                            stats::add(Counter::CopiedForHistory, 1);
                        }
                    }
                    taken
                }
            };
            // What the output starts with, where that is not in its memory already.
            let start = match donor {
                Some(k) if taken.is_none() || is_narrow => {
                    let slot = slots[k].expect("donors are tensors");
                    Some(taken.clone().unwrap_or_else(|| self.slot(slot).clone()))
                }
                _ => None,
            };
            if let (Some(_), Some(k)) = (&taken, donor) {
                ready.used_up.push((slots[k].expect("donors are tensors"), j));
            }
            let stored = match taken {
                Some(array) => array,
                None => self.memory(v, device, (&output.shape, output.dtype))?,
            };
            let worked_on = if is_narrow {
                ready.narrow.push((j, stored));
                device.empty(&output.shape, compute(output.dtype))?
            } else {
                stored
            };
            if let Some(start) = start {
                ready.copies.push((start, worked_on.clone()));
            }
            ready.launch.outputs.push(worked_on);
            ready.launch.stored.push(output.dtype);
            ready.values.push(v);
        }
        for (k, (operand, slot)) in node.state().inputs.iter().zip(slots).enumerate() {
            if let Some(&(_, j)) = donated.iter().find(|(donor, _)| *donor == k) {
                // The output has what it held.
                ready
                    .launch
                    .inputs
                    .push(Input::Array(ready.launch.outputs[j].clone()));
                continue;
            }
            ready.launch.inputs.push(match (operand, slot) {
                (Operand::Scalar(s), _) => Input::Scalar(*s),
                (Operand::Edge(e), _) if k == 0 && load.is_some() => {
                    let output = e.output();
                    Input::Array(
                        Array::dense(Arc::new(Storage::Absent), &output.shape, output.dtype).on(device),
                    )
                }
                (_, Some(slot)) => {
                    let array = self.slot(*slot).clone();
                    let dtype = backend.read_dtype(routine, array.dtype);
                    if dtype == array.dtype && (!dense || array.is_contiguous()) {
                        Input::Array(array)
                    } else {
                        let converted = device.empty(&array.shape, dtype)?;
                        ready.copies.push((array, converted.clone()));
                        Input::Array(converted)
                    }
                }
                (_, None) => unreachable!("edges have slots"),
            });
        }
        ready.launch.load = load.map(|group| Box::new(self.prepare_load(group)));
        Ok(ready)
    }

    /// The content of the slice that a write into guarded memory is about to replace; `None` where it would be so much
    /// that the whole is copied instead.
    fn save_region(
        &self,
        launch: &Launch,
        slot: Slot,
        node: &Node,
        fits: impl Fn(&Array) -> bool,
    ) -> Result<Option<(Arc<Cell>, Array)>> {
        let base = self.slot(slot);
        let region = slice_array(base, &node.attrs, &node.data);
        let dies = launch.dies.iter().any(|(s, _)| *s == slot);
        let Some(cell) = self.unit.guarded_for(&self.edge(slot)) else {
            return Ok(None);
        };
        if !dies || !fits(base) || !cell.may_write_region(base.nbytes(), region.nbytes()) {
            return Ok(None);
        }
        let kept = base.device.empty(&region.shape, region.dtype)?;
        base.device.backend().copy(&region, &kept)?;
        Ok(Some((cell, kept)))
    }
}
