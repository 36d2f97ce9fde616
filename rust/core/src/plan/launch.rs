//! One launch: prepared (donors found, results allocated, operands converted: all that can fail for want of memory), then
//! run, then finished. What is prepared and not run leaves everything as it was.

use super::execute::Execution;
use super::group::Group;
use super::{Launch, Slot, Work};
use crate::anomaly;
use crate::array::Array;
use crate::cell::Cell;
use crate::cpu::{self, Input, tile};
use crate::dtype::{DType, Scalar};
use crate::error::Result;
use crate::graph::{Node, Operand};
use crate::interrupt;
use crate::op::{Class, Cpu};
use crate::ops::view::slice_array;
use crate::shape::Shape;
use crate::stats::{self, Counter};
use smallvec::SmallVec;
use std::sync::Arc;

/// A launch that only has to run.
pub(super) struct Ready<'a> {
    work: Prepared<'a>,
    /// Values and where they will be.
    outputs: SmallVec<[(u32, Array); 2]>,
    /// Operands whose memory is written over, and that memory.
    used_up: SmallVec<[(Slot, Array); 1]>,
    /// What a slice of guarded memory holds that is written over, and the cell that it is kept for.
    region: Option<(Arc<Cell>, Array)>,
}

enum Prepared<'a> {
    Group {
        group: &'a Group,
        shape: &'a Shape,
        inputs: SmallVec<[Array; 4]>,
        constants: SmallVec<[Scalar; 4]>,
    },
    Kernel {
        node: u32,
        inputs: SmallVec<[Input; 3]>,
        /// As `outputs`, in the dtype of the arithmetic.
        wide: SmallVec<[Array; 1]>,
        /// Operands that a wide output starts with.
        copies: SmallVec<[(Array, Array); 1]>,
    },
    /// The result lies in the operand's memory already, or in that of a copy which is still to be made.
    View(Option<(Array, Array)>),
}

impl Ready<'_> {
    pub fn results(&self) -> impl Iterator<Item = (u32, &Array)> {
        self.outputs.iter().map(|(v, array)| (*v, array))
    }

    /// Every handle on memory that the launch holds.
    pub fn arrays(&self) -> impl Iterator<Item = &Array> {
        let (inputs, wide, copies): (Vec<&Array>, &[Array], &[(Array, Array)]) = match &self.work {
            Prepared::Group { inputs, .. } => (inputs.iter().collect(), &[], &[]),
            Prepared::Kernel {
                inputs, wide, copies, ..
            } => {
                let arrays = inputs.iter().filter_map(|i| match i {
                    Input::Array(array) => Some(array),
                    Input::Scalar(_) => None,
                });
                (arrays.collect(), wide, copies)
            }
            Prepared::View(copy) => (Vec::new(), &[], copy.as_slice()),
        };
        let outputs = self.outputs.iter().map(|(_, array)| array);
        let copies = copies.iter().flat_map(|(from, to)| [from, to]);
        let used_up = self.used_up.iter().map(|(_, array)| array);
        inputs
            .into_iter()
            .chain(wide)
            .chain(copies)
            .chain(outputs)
            .chain(used_up)
    }

    /// Operands whose memory the launch writes over, and that memory.
    pub fn used_up(&self) -> &[(Slot, Array)] {
        &self.used_up
    }

    /// Fails only where a kernel finds its operands wrong, before it has written anything, or where the user stops it,
    /// which nothing is lost by: what was in memory that is written over would be, so such a launch goes on to its end.
    pub fn run(&mut self, nodes: &[Arc<Node>]) -> Result<()> {
        interrupt::launch(self.used_up.is_empty(), || self.run_to_end(nodes))
    }

    fn run_to_end(&mut self, nodes: &[Arc<Node>]) -> Result<()> {
        match &mut self.work {
            Prepared::View(copy) => {
                if let Some((from, to)) = copy {
                    cpu::copy_into(from, to);
                }
            }
            Prepared::Group {
                group,
                shape,
                inputs,
                constants,
            } => {
                stats::add(Counter::KernelsRun, 1);
                let inputs: SmallVec<[&Array; 4]> = inputs.iter().collect();
                let outputs: SmallVec<[Array; 2]> = self.outputs.iter().map(|o| o.1.clone()).collect();
                tile::run(&group.program, shape, &inputs, constants, &outputs);
            }
            Prepared::Kernel {
                node,
                inputs,
                wide,
                copies,
            } => {
                stats::add(Counter::KernelsRun, 1);
                for (from, to) in copies.iter() {
                    cpu::copy_into(from, to);
                }
                let node = &nodes[*node as usize];
                let mut call = cpu::Launch {
                    node,
                    inputs: std::mem::take(inputs),
                    outputs: std::mem::take(wide),
                };
                let (Cpu::Kernel(kernel) | Cpu::Move(kernel) | Cpu::Write(kernel)) = node.op.cpu else {
                    unreachable!("views and tile ops are launched otherwise")
                };
                kernel(&mut call)?;
                for (array, (_, output)) in call.outputs.iter().zip(&mut self.outputs) {
                    if array.dtype != output.dtype {
                        cpu::copy_into(array, output);
                    } else {
                        // A kernel may hand out memory of its own.
                        *output = array.clone();
                    }
                }
            }
        }
        Ok(())
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
            Work::Group(group) => self.prepare_group(launch, group),
            Work::Single => self.prepare_single(launch),
        };
        if ready.is_err() && !self.late {
            self.give_back();
        }
        ready
    }

    /// The launch ran: its results are in the table, and what it wrote over is gone.
    pub fn finish(&mut self, ready: Ready) {
        drop(ready.work);
        for (slot, _) in &ready.used_up {
            self.forget_memory(*slot);
        }
        let mut written = None;
        for (v, array) in ready.outputs {
            self.tables.values[v as usize] = Some(array);
            written.get_or_insert(v);
        }
        if let (Some((cell, old)), Some(v)) = (ready.region, written) {
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
                if held - guards != uses
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
        let constants: SmallVec<[Scalar; 4]> = (group.constants.iter())
            .map(
                |&(node, operand)| match segment.nodes[node as usize].state().inputs[operand as usize] {
                    Operand::Scalar(s) => s,
                    Operand::Edge(_) => unreachable!("constants are scalar operands"),
                },
            )
            .collect();
        let shape = &segment.nodes[launch.nodes[0] as usize].outputs[0].shape;
        let mut donors: SmallVec<[(usize, Array); 2]> = SmallVec::new();
        let mut outputs: SmallVec<[(u32, Array); 2]> = SmallVec::new();
        for &v in &group.outputs {
            let (node, output) = segment.values[v as usize];
            let dtype = segment.nodes[node as usize].outputs[output as usize].dtype;
            let fits = |a: &Array| a.dtype == dtype && a.shape == *shape && a.is_contiguous();
            let free = |k: &usize| donors.iter().all(|(used, _)| used != k);
            let donor = (0..group.inputs.len())
                .filter(free)
                .find_map(|k| Some((k, self.take(launch, group.inputs[k], self.late, fits)?)));
            let array = match donor {
                Some((k, array)) => {
                    donors.push((k, array.clone()));
                    array
                }
                None => Array::empty(shape, dtype)?,
            };
            outputs.push((v, array));
        }
        let inputs = (group.inputs.iter().enumerate())
            .map(|(k, &slot)| match donors.iter().find(|(used, _)| *used == k) {
                Some((_, array)) => array.clone(),
                None => self.slot(slot).clone(),
            })
            .collect();
        Ok(Ready {
            work: Prepared::Group {
                group,
                shape,
                inputs,
                constants,
            },
            outputs,
            used_up: (donors.into_iter())
                .map(|(k, array)| (group.inputs[k], array))
                .collect(),
            region: None,
        })
    }

    fn prepare_single<'l>(&mut self, launch: &'l Launch) -> Result<Ready<'l>>
    where
        'a: 'l,
    {
        let segment = self.segment;
        let i = launch.nodes[0];
        let node = &segment.nodes[i as usize];
        match node.op.cpu {
            Cpu::Tile(_) => unreachable!("tile ops run in groups"),
            Cpu::View(view) => {
                let slot = segment.operands[i as usize][0].expect("views are of tensors");
                let array = self.slot(slot);
                let (seen, copy) = match view(array, &node.attrs, &node.data) {
                    Some(seen) => (seen, None),
                    None => {
                        let dense = Array::empty(&array.shape, array.dtype)?;
                        let seen =
                            view(&dense, &node.attrs, &node.data).expect("a view of dense data exists");
                        (seen, Some((array.clone(), dense)))
                    }
                };
                Ok(Ready {
                    work: Prepared::View(copy),
                    outputs: smallvec::smallvec![(segment.first_value[i as usize], seen)],
                    used_up: SmallVec::new(),
                    region: None,
                })
            }
            Cpu::Kernel(_) => self.prepare_kernel(launch, true),
            Cpu::Move(_) | Cpu::Write(_) => self.prepare_kernel(launch, false),
        }
    }

    /// With `widen`, half precision goes in and out as float32, int8 and int16 as int32.
    fn prepare_kernel<'l>(&mut self, launch: &Launch, widen: bool) -> Result<Ready<'l>> {
        let segment = self.segment;
        let i = launch.nodes[0];
        let node = &segment.nodes[i as usize];
        let slots = &segment.operands[i as usize];
        // Updates of lists are prepared with others: they find everything in row-major order.
        let dense = node.op.class == Class::Lists;
        let strided = matches!(node.op.cpu, Cpu::Write(_));
        let compute = |d: DType| if widen { d.compute_dtype() } else { d };
        let mut donated: SmallVec<[usize; 4]> = SmallVec::new();
        let mut outputs: SmallVec<[(u32, Array); 2]> = SmallVec::new();
        let mut wide: SmallVec<[Array; 1]> = SmallVec::new();
        let mut copies: SmallVec<[(Array, Array); 1]> = SmallVec::new();
        let mut used_up: SmallVec<[(Slot, Array); 1]> = SmallVec::new();
        let mut region = None;
        for (v, (j, output)) in segment.values_of(i).zip(node.outputs.iter().enumerate()) {
            let donor = node.op.donor(&node.attrs, j);
            let is_narrow = compute(output.dtype) != output.dtype;
            let taken = match donor {
                None => None,
                Some(k) => {
                    donated.push(k);
                    let slot = slots[k].expect("donors are tensors");
                    let fits = |a: &Array| {
                        a.dtype == output.dtype && (a.is_contiguous() || (strided && !a.repeats()))
                    };
                    if !self.late && strided && self.output(slot).guards() > 0 {
                        region = self.save_region(launch, slot, node, fits)?;
                    }
                    let taken = self.take(launch, slot, self.late || region.is_some(), fits);
                    if taken.is_none() {
                        region = None;
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
            if let (Some(array), Some(k)) = (&taken, donor) {
                used_up.push((slots[k].expect("donors are tensors"), array.clone()));
            }
            let stored = match taken {
                Some(array) => array,
                None => Array::empty(&output.shape, output.dtype)?,
            };
            let worked_on = if is_narrow {
                Array::empty(&output.shape, compute(output.dtype))?
            } else {
                stored.clone()
            };
            if let Some(start) = start {
                copies.push((start, worked_on.clone()));
            }
            wide.push(worked_on);
            outputs.push((v, stored));
        }
        let mut inputs: SmallVec<[Input; 3]> = SmallVec::new();
        for (k, (operand, slot)) in node.state().inputs.iter().zip(slots).enumerate() {
            inputs.push(match (operand, slot) {
                (Operand::Scalar(s), _) => Input::Scalar(*s),
                // The output has what it held.
                _ if donated.contains(&k) => Input::Scalar(Scalar::Bool(false)),
                (_, Some(slot)) => {
                    let array = self.slot(*slot).clone();
                    let dtype = compute(array.dtype);
                    if dtype == array.dtype && (!dense || array.is_contiguous()) {
                        Input::Array(array)
                    } else {
                        let converted = Array::empty(&array.shape, dtype)?;
                        copies.push((array, converted.clone()));
                        Input::Array(converted)
                    }
                }
                (_, None) => unreachable!("edges have slots"),
            });
        }
        Ok(Ready {
            work: Prepared::Kernel {
                node: i,
                inputs,
                wide,
                copies,
            },
            outputs,
            used_up,
            region,
        })
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
        Ok(Some((cell, cpu::dense(&region)?)))
    }
}
