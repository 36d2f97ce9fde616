//! Running a plan. A launch happened or did not: after each one its outputs are evaluated and published; if it cannot
//! start, every later node is still pending with its inputs intact.

use super::segment::{Segment, Tables};
use super::{Launch, Plan, Slot, Work, fail};
use crate::anomaly;
use crate::array::Array;
use crate::cpu::{self, Input, simd, tile};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::graph::{Node, Operand, Phase};
use crate::interrupt;
use crate::op::Cpu;
use crate::stats::{self, Counter};
use crate::stream::stops_segment;
use smallvec::SmallVec;
use std::sync::Arc;

struct Execution<'a> {
    segment: &'a Segment,
    tables: &'a mut Tables,
}

/// Runs a plan. On an error the nodes that did not run are put into `rest`, in the order of recording.
pub fn execute(segment: &Segment, tables: &mut Tables, plan: &Plan, rest: &mut Vec<Arc<Node>>) -> Result<()> {
    let mut run = Execution { segment, tables };
    simd::with_float_state(|| {
        let mut timer = interrupt::Timer::start();
        for (at, launch) in plan.launches.iter().enumerate() {
            let heavy = matches!(launch.work, Work::Single);
            let outcome = timer.check(heavy && at > 0).and_then(|()| {
                // All nodes of a group have the shape of the last one.
                let last = launch.nodes[launch.nodes.len() - 1];
                run.launch(launch)
                    .map_err(|e| e.of_node(&segment.nodes[last as usize]))
            });
            if let Err(error) = outcome {
                run.stop(plan, at, &error, rest);
                return Err(error);
            }
        }
        Ok(())
    })
}

impl Execution<'_> {
    fn slot(&self, slot: Slot) -> &Array {
        let found = match slot {
            Slot::Value(v) => &self.tables.values[v as usize],
            Slot::Leaf(l) => &self.tables.leaves[l as usize],
        };
        found
            .as_ref()
            .expect("a value stays in its table until its last use")
    }

    fn launch(&mut self, launch: &Launch) -> Result<()> {
        match &launch.work {
            Work::Group(group) => self.group(launch, group)?,
            Work::Single => self.single(launch)?,
        }
        if anomaly::is_on() {
            self.look_for_nan(launch)?;
        }
        for &i in &launch.nodes {
            let node = &self.segment.nodes[i as usize];
            let values = self.segment.values_of(i);
            for v in values.clone() {
                if self.segment.kept[v as usize] {
                    let read_later = !launch.dies.contains(&(Slot::Value(v), 0));
                    let table = &mut self.tables.values[v as usize];
                    node.state().arrays[(v - values.start) as usize] =
                        if read_later { table.clone() } else { table.take() };
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
        Ok(())
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

    /// The only handle on a dying value's memory, if there is just one; otherwise everything stays as it is.
    fn take(&mut self, launch: &Launch, slot: Slot, wanted: impl Fn(&Array) -> bool) -> Option<Array> {
        let &(_, uses) = launch.dies.iter().find(|(s, _)| *s == slot)?;
        // A NaN undoes the launch, so its inputs stay.
        if anomaly::is_on() || !wanted(self.slot(slot)) {
            return None;
        }
        match slot {
            Slot::Value(v) => {
                if self.segment.kept[v as usize] {
                    return None;
                }
                let array = self.tables.values[v as usize].take()?;
                if array.is_sole_owner() {
                    return Some(array);
                }
                self.tables.values[v as usize] = Some(array);
                None
            }
            Slot::Leaf(l) => {
                let edge = &self.segment.leaves[l as usize];
                let output = edge.output();
                // The table and the node each hold the storage once.
                let array = self.tables.leaves[l as usize].as_ref()?;
                if output.held() != uses
                    || output.saved() > 0
                    || Arc::strong_count(&array.storage) != 2
                    || !array.is_writable()
                {
                    return None;
                }
                self.tables.leaves[l as usize].clone()
            }
        }
    }

    fn group(&mut self, launch: &Launch, group: &super::group::Group) -> Result<()> {
        let segment = self.segment;
        let constants: SmallVec<[Scalar; 4]> = (group.constants.iter())
            .map(
                |&(node, operand)| match segment.nodes[node as usize].state().inputs[operand as usize] {
                    Operand::Scalar(s) => s,
                    Operand::Edge(_) => unreachable!("constants are scalar operands"),
                },
            )
            .collect();
        let shape = &segment.nodes[launch.nodes[0] as usize].outputs[0].shape;
        // Donors are found before anything is allocated, so that a failed allocation changes nothing.
        let mut donors: SmallVec<[(usize, Array); 2]> = SmallVec::new();
        let mut outputs: SmallVec<[Array; 2]> = SmallVec::new();
        for (o, &v) in group.outputs.iter().enumerate() {
            let (node, output) = segment.values[v as usize];
            let dtype = segment.nodes[node as usize].outputs[output as usize].dtype;
            let fits = |a: &Array| a.dtype == dtype && a.shape == *shape && a.is_contiguous();
            let free = |k: &usize| donors.iter().all(|(used, _)| used != k);
            let donor = (0..group.inputs.len())
                .filter(free)
                .find_map(|k| Some((k, self.take(launch, group.inputs[k], fits)?)));
            let array = match donor {
                Some((k, array)) => {
                    donors.push((k, array.clone()));
                    array
                }
                None => match Array::empty(shape, dtype) {
                    Ok(array) => array,
                    Err(e) => {
                        outputs.clear();
                        self.give_back(donors.into_iter().map(|(k, a)| (group.inputs[k], a)));
                        return Err(e);
                    }
                },
            };
            debug_assert_eq!(outputs.len(), o);
            outputs.push(array);
        }
        let mut inputs: SmallVec<[&Array; 4]> = SmallVec::new();
        for (k, &slot) in group.inputs.iter().enumerate() {
            inputs.push(match donors.iter().find(|(used, _)| *used == k) {
                Some((_, array)) => array,
                None => self.slot(slot),
            });
        }
        // What was in a donor is lost from the first write on; without one the launch may end half-way.
        interrupt::launch(donors.is_empty(), || {
            tile::run(&group.program, shape, &inputs, &constants, &outputs);
            Ok(())
        })?;
        stats::add(Counter::KernelsRun, 1);
        drop(inputs);
        for (k, _) in &donors {
            self.forget_leaf(group.inputs[*k]);
        }
        for (array, &v) in outputs.into_iter().zip(&group.outputs) {
            self.tables.values[v as usize] = Some(array);
        }
        Ok(())
    }

    /// A donated leaf has no value any more.
    fn forget_leaf(&mut self, slot: Slot) {
        if let Slot::Leaf(l) = slot {
            let edge = &self.segment.leaves[l as usize];
            edge.node.state().arrays[edge.index as usize] = None;
            self.tables.leaves[l as usize] = None;
        }
    }

    fn single(&mut self, launch: &Launch) -> Result<()> {
        let segment = self.segment;
        let i = launch.nodes[0];
        let node = &segment.nodes[i as usize];
        let slots = &segment.operands[i as usize];
        let values = segment.values_of(i);
        let inputs: SmallVec<[Input; 3]> = (node.state().inputs.iter().zip(slots))
            .map(|(operand, slot)| match (operand, slot) {
                (Operand::Scalar(s), _) => Input::Scalar(*s),
                (_, Some(slot)) => Input::Array(self.slot(*slot).clone()),
                (_, None) => unreachable!("edges have slots"),
            })
            .collect();
        let outputs: SmallVec<[Array; 1]> = match node.op.cpu {
            Cpu::Tile(_) => unreachable!("tile ops run in groups"),
            Cpu::View(view) => {
                let Input::Array(array) = &inputs[0] else {
                    unreachable!("views are of tensors")
                };
                let seen = match view(array, &node.attrs, &node.data) {
                    Some(seen) => seen,
                    None => view(&cpu::dense(array)?, &node.attrs, &node.data)
                        .expect("a view of dense data exists"),
                };
                smallvec::smallvec![seen]
            }
            Cpu::Kernel(kernel) => {
                stats::add(Counter::KernelsRun, 1);
                self.kernel(launch, node, inputs, kernel, true)?
            }
            Cpu::Move(kernel) | Cpu::Write(kernel) => {
                stats::add(Counter::KernelsRun, 1);
                self.kernel(launch, node, inputs, kernel, false)?
            }
        };
        for (v, array) in values.zip(outputs) {
            self.tables.values[v as usize] = Some(array);
        }
        Ok(())
    }

    /// Runs a structured kernel. With `widen`, half precision goes in and out as float32, int8 and int16 as int32.
    fn kernel(
        &mut self,
        launch: &Launch,
        node: &Node,
        mut inputs: SmallVec<[Input; 3]>,
        kernel: impl Fn(&mut cpu::Launch) -> Result<()>,
        widen: bool,
    ) -> Result<SmallVec<[Array; 1]>> {
        let slots = &self.segment.operands[launch.nodes[0] as usize];
        let is_narrow = |d: DType| widen && d.compute_dtype() != d;
        let mut outputs: SmallVec<[Array; 1]> = SmallVec::new();
        let mut donated: SmallVec<[(Slot, Array); 1]> = SmallVec::new();
        for (j, output) in node.outputs.iter().enumerate() {
            let donor = node.op.donor(&node.attrs, j);
            let dtype = if is_narrow(output.dtype) {
                output.dtype.compute_dtype()
            } else {
                output.dtype
            };
            let array = match donor {
                None => Array::empty(&output.shape, dtype),
                Some(k) => {
                    let slot = slots[k].expect("donors are tensors");
                    let Input::Array(input) =
                        std::mem::replace(&mut inputs[k], Input::Scalar(Scalar::Bool(false)))
                    else {
                        unreachable!("donors are tensors")
                    };
                    drop(input);
                    let strided = matches!(node.op.cpu, Cpu::Write(_));
                    match self.take(launch, slot, |a| {
                        a.dtype == dtype && (a.is_contiguous() || (strided && !a.repeats()))
                    }) {
                        Some(array) => {
                            donated.push((slot, array.clone()));
                            Ok(array)
                        }
                        None => {
                            if self.saved(slot) {
                                stats::add(Counter::CopiedForHistory, 1);
                            }
                            cpu::convert(self.slot(slot), dtype)
                        }
                    }
                }
            };
            match array {
                Ok(array) => outputs.push(array),
                Err(e) => {
                    self.give_back(donated);
                    return Err(e);
                }
            }
        }
        for input in &mut inputs {
            if let Input::Array(array) = input
                && is_narrow(array.dtype)
            {
                match cpu::convert(array, array.dtype.compute_dtype()) {
                    Ok(wide) => *array = wide,
                    Err(e) => {
                        self.give_back(donated);
                        return Err(e);
                    }
                }
            }
        }
        let mut call = cpu::Launch {
            node,
            inputs,
            outputs,
        };
        if let Err(e) = interrupt::launch(donated.is_empty(), || kernel(&mut call)) {
            self.give_back(donated);
            return Err(e);
        }
        let mut outputs = call.outputs;
        for (array, output) in outputs.iter_mut().zip(&node.outputs) {
            if array.dtype != output.dtype {
                *array = cpu::convert(array, output.dtype)?;
            }
        }
        for (slot, _) in &donated {
            self.forget_leaf(*slot);
        }
        Ok(outputs)
    }

    fn saved(&self, slot: Slot) -> bool {
        match slot {
            Slot::Value(v) => {
                let (node, output) = self.segment.values[v as usize];
                self.segment.nodes[node as usize].outputs[output as usize].saved() > 0
            }
            Slot::Leaf(l) => self.segment.leaves[l as usize].output().saved() > 0,
        }
    }

    /// A launch that did not happen: values that were taken go back to their table.
    fn give_back(&mut self, donated: impl IntoIterator<Item = (Slot, Array)>) {
        for (slot, array) in donated {
            if let Slot::Value(v) = slot {
                self.tables.values[v as usize] = Some(array);
            }
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
