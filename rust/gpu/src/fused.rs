//! Fused groups: steps cut into passes that keep within the buffers of a device, launched over any layouts.

use crate::commands;
use crate::context::Context;
use crate::kernel;
use crate::memory::{self, Memory};
use crate::pipelines::Pipeline;
use crate::recorder::Bound;
use crate::transfer;
use parking_lot::Mutex;
use ravine_core::array::{Array, Storage};
use ravine_core::dtype::{DType, Scalar};
use ravine_core::error::Result;
use ravine_core::gpu::{self, Buffer, Group, Layout, Mode};
use ravine_core::shape::{Shape, Strides, contiguous_strides, numel};
use ravine_core::work::{Input, Meta, Operand, Step, Steps};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

/// What `compile` makes of a group.
pub struct Fused {
    pub parts: Vec<Part>,
    /// Dtypes of the values that only go from one part to another.
    between: Vec<DType>,
}

/// The steps of one pass.
pub struct Part {
    pub steps: Steps,
    pub inputs: Vec<Place>,
    pub outputs: Vec<Place>,
    /// Which of the group's numbers are this part's, in order.
    pub numbers: Vec<usize>,
    /// By layouts.
    known: Mutex<FxHashMap<Key, Arc<Prepared>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Input(usize),
    /// An output of the group, which a later part may read too.
    Output(usize),
    Between(usize),
}

/// A pass over inputs of certain layouts: only memory and numbers are missing.
struct Prepared {
    pipeline: Arc<Pipeline>,
    bindings: SmallVec<[Buffer; 8]>,
    /// Numbers come behind these.
    params: Vec<u32>,
    grid: [u32; 3],
}

type Key = SmallVec<[i64; 16]>;

/// Layouts that one part remembers: shapes that change all the time are not kept for ever.
const LAYOUTS: usize = 64;

/// Cuts steps into parts of at most so many buffers.
pub fn compile(steps: &Steps, buffers: usize) -> Fused {
    let count = steps.steps.len();
    // The last step that reads each result; outputs are needed to the end.
    let mut last_use = vec![0; count];
    for (i, step) in steps.steps.iter().enumerate() {
        for operand in &step.operands {
            if let Operand::Step(k) = *operand {
                last_use[k] = i;
            }
        }
    }
    steps.outputs.iter().for_each(|&k| last_use[k] = count);
    let outside = |from: usize, to: usize| {
        let mut found: Vec<Operand> = Vec::new();
        for operand in steps.steps[from..to].iter().flat_map(|s| &s.operands) {
            let is_outside = match *operand {
                Operand::Input(_) => true,
                Operand::Step(k) => k < from,
                Operand::Number(_) => false,
            };
            if is_outside && !found.contains(operand) {
                found.push(*operand);
            }
        }
        found
    };
    let stored = |from: usize, to: usize| (from..to).filter(|&k| last_use[k] >= to).collect::<Vec<_>>();
    let mut between = Vec::new();
    let mut place_of: FxHashMap<usize, Place> = FxHashMap::default();
    let mut parts = Vec::new();
    let mut from = 0;
    while from < count {
        // One step alone always fits: it has three operands at most.
        let fits =
            |to: &usize| *to == from + 1 || outside(from, *to).len() + stored(from, *to).len() <= buffers;
        let to = (from + 1..=count).take_while(fits).last().unwrap_or(count);
        let (read, written) = (outside(from, to), stored(from, to));
        let mut numbers = Vec::new();
        let inputs = (read.iter())
            .map(|operand| match *operand {
                Operand::Input(k) => Place::Input(k),
                Operand::Step(k) => place_of[&k],
                Operand::Number(_) => unreachable!("numbers lie in no buffer"),
            })
            .collect();
        let mut operand = |operand: &Operand| match *operand {
            Operand::Number(k) => {
                numbers.push(k);
                Operand::Number(numbers.len() - 1)
            }
            Operand::Step(k) if k >= from => Operand::Step(k - from),
            outer => {
                let at = read.iter().position(|o| *o == outer);
                Operand::Input(at.expect("what is read from outside was collected"))
            }
        };
        let own = (steps.steps[from..to].iter())
            .map(|step| Step {
                operands: step.operands.iter().map(&mut operand).collect(),
                ..step.clone()
            })
            .collect();
        let mut outputs = Vec::new();
        for &k in &written {
            let place = steps.outputs.iter().position(|&o| o == k).map_or_else(
                || {
                    between.push(steps.steps[k].dtype);
                    Place::Between(between.len() - 1)
                },
                Place::Output,
            );
            place_of.insert(k, place);
            outputs.push(place);
        }
        parts.push(Part {
            steps: Steps {
                inputs: read.iter().filter_map(|o| steps.dtype_of(o)).collect(),
                steps: own,
                outputs: written.iter().map(|k| k - from).collect(),
                numbers: numbers.len(),
            },
            inputs,
            outputs,
            numbers,
            known: Mutex::default(),
        });
        from = to;
    }
    Fused { parts, between }
}

/// Row-major elements from the start of a buffer, or an array.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Array(&'a Array),
    Whole(&'a Memory),
}

impl<'a> Source<'a> {
    fn memory(self) -> &'a Memory {
        match self {
            Source::Array(array) => memory::of(array),
            Source::Whole(memory) => memory,
        }
    }
}

/// Arrays and numbers among the inputs of a pass.
pub fn operands(inputs: &[Input]) -> (SmallVec<[&Array; 8]>, SmallVec<[Scalar; 8]>) {
    let (mut arrays, mut numbers) = (SmallVec::new(), SmallVec::new());
    for input in inputs {
        match input {
            Input::Array(array) => arrays.push(array),
            Input::Scalar(number) => numbers.push(*number),
        }
    }
    (arrays, numbers)
}

/// Runs a group: arrays in the order of its inputs, then numbers. What is written into memory that is `kept` is not
/// written while an error is noted.
pub fn launch(
    context: &'static Context,
    fused: &Fused,
    inputs: &[Input],
    outputs: &[Array],
    kept: &[Arc<Storage>],
) -> Result<()> {
    // Results that nobody reads are no outputs.
    let Some(first) = outputs.first() else {
        return Ok(());
    };
    let shape = &first.shape;
    let n = numel(shape) as u64;
    if n == 0 {
        return Ok(());
    }
    let (arrays, numbers) = operands(inputs);
    let allocate = |dtype| context.pool.allocate(context, n * memory::element_bytes(dtype));
    let between: Vec<Memory> = fused
        .between
        .iter()
        .map(|&d| allocate(d))
        .collect::<Result<_>>()?;
    // A pass writes from the start of a buffer; and where there are several, none over what a later one reads.
    let aside = (outputs.iter())
        .map(|output| {
            let is_read = arrays.iter().any(|a| Arc::ptr_eq(&a.storage, &output.storage));
            if output.offset != 0 || (is_read && fused.parts.len() > 1) {
                allocate(output.dtype).map(Some)
            } else {
                Ok(None)
            }
        })
        .collect::<Result<SmallVec<[Option<Memory>; 2]>>>()?;
    let output = |j: usize| aside[j].as_ref().unwrap_or_else(|| memory::of(&outputs[j]));
    for part in &fused.parts {
        let place = |place: &Place| match *place {
            Place::Input(k) => Source::Array(arrays[k]),
            Place::Output(j) => Source::Whole(output(j)),
            Place::Between(b) => Source::Whole(&between[b]),
        };
        let sources: SmallVec<[Source; 8]> = part.inputs.iter().map(place).collect();
        let targets: SmallVec<[&Memory; 8]> = part.outputs.iter().map(|p| place(p).memory()).collect();
        let values: SmallVec<[Scalar; 8]> = part.numbers.iter().map(|&k| numbers[k]).collect();
        let is_guarded = part.outputs.iter().any(|place| match *place {
            Place::Output(j) => aside[j].is_none() && kernel::is_in(kept, &outputs[j]),
            Place::Input(_) | Place::Between(_) => false,
        });
        part.run(context, shape, &sources, &targets, &values, is_guarded)?;
    }
    for (output, aside) in outputs.iter().zip(&aside) {
        if let Some(from) = aside {
            let to = (memory::of(output), output.offset as usize);
            let is_guarded = kernel::is_in(kept, output);
            transfer::copy_elements(context, output.dtype, n as usize, (from, 0), to, is_guarded)?;
        }
    }
    Ok(())
}

impl Part {
    fn run(
        &self,
        context: &'static Context,
        shape: &Shape,
        sources: &[Source],
        targets: &[&Memory],
        numbers: &[Scalar],
        is_guarded: bool,
    ) -> Result<()> {
        let walk = Walk::new(shape, sources);
        let aliases: SmallVec<[(usize, usize); 2]> = (targets.iter().enumerate())
            .filter_map(|(j, target)| {
                let is_same = |s: &Source| std::ptr::eq(s.memory(), *target);
                Some((j, sources.iter().position(is_same)?))
            })
            .collect();
        let is_beside = |source: &Source| {
            let own = source.memory();
            let is_other = |target: &&Memory| !std::ptr::eq(own, *target) && own.shares_block(target);
            targets.iter().any(is_other)
        };
        let beside: SmallVec<[bool; 8]> = sources.iter().map(is_beside).collect();
        let key = walk.key(&aliases, &beside, is_guarded);
        let known = self.known.lock().get(&key).cloned();
        let prepared = match known {
            Some(prepared) => prepared,
            None => {
                let made = Arc::new(self.prepare(context, &walk, &aliases, &beside, numbers, is_guarded)?);
                let mut known = self.known.lock();
                if known.len() >= LAYOUTS {
                    known.clear();
                }
                known.insert(key, made.clone());
                made
            }
        };
        let mut params = prepared.params.clone();
        params.extend(gpu::numbers(&self.steps, numbers));
        let bound: SmallVec<[Bound; 8]> = (prepared.bindings.iter())
            .map(|buffer| {
                let memory = match *buffer {
                    Buffer::Input(k) => sources[k].memory(),
                    Buffer::Output(j) => targets[j],
                    Buffer::Scratch(_) | Buffer::Fault => unreachable!("fused passes need no more"),
                };
                Bound::Whole(memory)
            })
            .collect();
        commands::dispatch(context, &prepared.pipeline, &bound, &params, prepared.grid, None);
        Ok(())
    }

    fn prepare(
        &self,
        context: &Context,
        walk: &Walk,
        aliases: &[(usize, usize)],
        beside: &[bool],
        numbers: &[Scalar],
        is_guarded: bool,
    ) -> Result<Prepared> {
        let (inputs, layouts) = (walk.metas(&self.steps), walk.layouts());
        let mut program = gpu::fuse(&Group {
            steps: &self.steps,
            inputs: &inputs,
            shape: &walk.shape,
            numbers,
            layouts: &layouts,
            aliases,
        })?;
        let pass = &mut program.passes[0];
        for binding in &mut pass.bindings {
            if matches!(binding.buffer, Buffer::Input(k) if beside[k]) {
                binding.mode = Mode::ReadWrite;
            }
        }
        let pipeline = context.pipelines.get(&context.device, pass, is_guarded)?;
        let fixed = pass.params.len() - gpu::numbers(&self.steps, numbers).count();
        Ok(Prepared {
            pipeline,
            bindings: pass.bindings.iter().map(|b| b.buffer).collect(),
            params: pass.params[..fixed].to_vec(),
            grid: pass.grid,
        })
    }
}

/// The shape of a pass and where its inputs lie, with neighbouring dimensions merged where all of them allow it: fewer
/// texts, and shorter ones.
pub struct Walk {
    pub shape: Shape,
    inputs: SmallVec<[(Shape, Option<Layout>); 8]>,
}

impl Walk {
    pub fn new(shape: &Shape, sources: &[Source]) -> Walk {
        let rank = shape.len();
        // Strides of each input along every dimension of the result, 0 where it repeats.
        let mut strides: SmallVec<[Strides; 8]> = (sources.iter())
            .map(|source| match source {
                Source::Whole(_) => contiguous_strides(shape),
                Source::Array(array) => {
                    let lead = rank - array.shape.len();
                    (0..rank)
                        .map(|d| match d.checked_sub(lead) {
                            Some(own) if array.shape[own] != 1 => array.strides[own],
                            _ => 0,
                        })
                        .collect()
                }
            })
            .collect();
        let mut merged = Shape::new();
        let mut kept: SmallVec<[Strides; 8]> = sources.iter().map(|_| Strides::new()).collect();
        for d in 0..rank {
            let extent = shape[d];
            if extent == 1 {
                continue;
            }
            let joins = !merged.is_empty()
                && (strides.iter().zip(&kept)).all(|(s, k)| k[k.len() - 1] == s[d] * extent as isize);
            if joins {
                *merged.last_mut().expect("it is not empty") *= extent;
                for (k, s) in kept.iter_mut().zip(&strides) {
                    *k.last_mut().expect("it is not empty") = s[d];
                }
            } else {
                merged.push(extent);
                for (k, s) in kept.iter_mut().zip(&mut strides) {
                    k.push(s[d]);
                }
            }
        }
        let dense = contiguous_strides(&merged);
        let inputs = (sources.iter().zip(kept))
            .map(|(source, strides)| {
                let offset = match source {
                    Source::Array(array) => array.offset,
                    Source::Whole(_) => 0,
                };
                let repeats = strides.iter().all(|&s| s == 0);
                let own = if repeats { Shape::new() } else { merged.clone() };
                let is_plain = offset == 0 && (repeats || strides == dense);
                let strides = if repeats { Strides::new() } else { strides };
                (own, (!is_plain).then_some(Layout { strides, offset }))
            })
            .collect();
        Walk {
            shape: merged,
            inputs,
        }
    }

    /// Shapes and dtypes of the inputs of `steps`.
    pub fn metas(&self, steps: &Steps) -> SmallVec<[Meta; 8]> {
        (self.inputs.iter().zip(&steps.inputs))
            .map(|((shape, _), &dtype)| (shape.clone(), dtype))
            .collect()
    }

    pub fn layouts(&self) -> SmallVec<[Option<Layout>; 8]> {
        self.inputs.iter().map(|(_, layout)| layout.clone()).collect()
    }

    fn key(&self, aliases: &[(usize, usize)], beside: &[bool], is_guarded: bool) -> Key {
        let mut key: Key = self.shape.iter().map(|&extent| extent as i64).collect();
        key.push(-1 - is_guarded as i64);
        for (shape, layout) in &self.inputs {
            key.push(shape.len() as i64);
            match layout {
                None => key.push(-1),
                Some(layout) => {
                    key.push(layout.offset as i64);
                    key.extend(layout.strides.iter().map(|&s| s as i64));
                }
            }
        }
        key.extend(aliases.iter().flat_map(|&(j, k)| [j as i64, k as i64]));
        key.extend(beside.iter().map(|&b| -1 - b as i64));
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ravine_core::ops::elementwise::arithmetic;
    use smallvec::smallvec;

    /// The sum of so many inputs.
    fn sum_of(inputs: usize) -> Steps {
        let add = |i: usize| Step {
            routine: arithmetic::add::OP.routine(),
            operands: if i == 0 {
                smallvec![Operand::Input(0), Operand::Input(1)]
            } else {
                smallvec![Operand::Step(i - 1), Operand::Input(i + 1)]
            },
            dtype: DType::F32,
        };
        Steps {
            inputs: smallvec![DType::F32; inputs],
            steps: (0..inputs - 1).map(add).collect(),
            outputs: smallvec![inputs - 2],
            numbers: 0,
        }
    }

    #[test]
    fn parts_keep_within_the_buffers_and_hand_on_what_later_ones_read() {
        for inputs in [2, 7, 8, 20] {
            let fused = compile(&sum_of(inputs), 8);
            let steps: usize = fused.parts.iter().map(|p| p.steps.steps.len()).sum();
            assert_eq!(steps, inputs - 1);
            let mut written = Vec::new();
            for part in &fused.parts {
                assert!(part.inputs.len() + part.outputs.len() <= 8);
                for place in &part.inputs {
                    assert!(matches!(place, Place::Input(_)) || written.contains(place));
                }
                written.extend(&part.outputs);
            }
            assert_eq!(written.last(), Some(&Place::Output(0)));
            assert_eq!(fused.parts.len() == 1, inputs <= 7);
        }
    }
}
