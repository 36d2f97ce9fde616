//! What devices are asked to do. Nothing here knows the graph: a device sees routines, attributes, numbers, shapes,
//! layouts and buffers.

use crate::array::Array;
use crate::cpu::Cpu;
use crate::dtype::{DType, Scalar};
use crate::gpu::Gpu;
use crate::shape::Shape;
use smallvec::SmallVec;
use std::any::Any;

/// Structure: what a plan may depend on (dimensions, sizes, flags), as words.
pub type Attrs = SmallVec<[i64; 4]>;
/// Numbers that no plan depends on (slice starts, random counters, learning rates).
pub type Data = SmallVec<[Scalar; 2]>;
/// Shape and dtype of one operand or result.
pub type Meta = (Shape, DType);

/// The part of an op's record that devices know.
#[derive(Clone, Copy)]
pub struct Routine {
    pub name: &'static str,
    pub cpu: &'static Cpu,
    pub gpu: &'static Gpu,
}

impl PartialEq for Routine {
    fn eq(&self, other: &Routine) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Routine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The same memory under another layout; `None` where that needs a row-major copy first.
pub type ViewFn = fn(&Array, &Attrs, &Data) -> Option<Array>;

/// Elementwise ops that feed each other, in order: what a device makes one pass of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    /// Dtypes of what is read; each input is broadcast to the shape of the pass.
    pub inputs: SmallVec<[DType; 4]>,
    pub steps: Vec<Step>,
    /// Steps whose results are stored, in order.
    pub outputs: SmallVec<[usize; 2]>,
    /// How many numbers stand among the operands.
    pub numbers: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub routine: Routine,
    pub operands: SmallVec<[Operand; 3]>,
    /// Of the result.
    pub dtype: DType,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    Input(usize),
    Step(usize),
    /// The k-th of the numbers, which come with each launch: no code depends on them.
    Number(usize),
}

impl Steps {
    /// Keeps the memory.
    pub fn clear(&mut self) {
        self.inputs.clear();
        self.steps.clear();
        self.outputs.clear();
        self.numbers = 0;
    }

    /// The dtype of an operand; `None` of a number.
    pub fn dtype_of(&self, operand: &Operand) -> Option<DType> {
        match *operand {
            Operand::Input(k) => Some(self.inputs[k]),
            Operand::Step(k) => Some(self.steps[k].dtype),
            Operand::Number(_) => None,
        }
    }

    /// The dtype to which a number among the operands of a step is rounded.
    pub fn number_dtype(&self, step: &Step) -> DType {
        number_dtype(step.dtype, step.operands.iter().filter_map(|o| self.dtype_of(o)))
    }
}

/// The dtype to which a number among the operands of an elementwise op is rounded, whose tensors have these dtypes.
pub fn number_dtype(result: DType, mut tensors: impl Iterator<Item = DType>) -> DType {
    match result {
        DType::Bool => tensors.next().unwrap_or(DType::Bool),
        dtype => dtype,
    }
}

/// What a device made of steps; it alone knows what that is.
pub type Code = Box<dyn Any + Send + Sync>;

/// What a launch runs.
pub enum Work<'a> {
    /// One pass over the elements of a shape. The launch has its inputs, numbers and outputs.
    Fused(&'a Code),
    /// A structured kernel.
    Kernel(Routine),
}

/// Where steps are spliced into a kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// Input 0 is computed as it is read: it has a shape and no memory.
    Load,
    /// Output 0 goes through steps as soon as parts of it are done, and is stored by nobody else.
    Store,
}

/// Steps in a slot of a kernel.
pub struct Splice<'a> {
    pub code: &'a Code,
    /// Arrays in the order of the steps' inputs, then numbers. In a store slot one of them is the kernel's output.
    pub inputs: SmallVec<[Input; 4]>,
    /// What a store slot writes.
    pub outputs: SmallVec<[Array; 2]>,
}

/// What it runs on. Outputs are allocated (or are a donated input's buffer, holding its content).
pub struct Launch<'a> {
    /// The op, for errors.
    pub op: &'static str,
    pub origin: Origin,
    pub attrs: &'a Attrs,
    pub data: &'a Data,
    pub inputs: SmallVec<[Input; 4]>,
    pub outputs: SmallVec<[Array; 2]>,
    /// The dtypes in which the results are stored afterwards: an output may be wider.
    pub stored: SmallVec<[DType; 2]>,
    /// Outputs (of the store slot, if there is one) whose memory something goes back to: on a device that learns late of
    /// errors they stay what they were if a launch before this one found one.
    pub kept: SmallVec<[usize; 1]>,
    /// Boxed, as most launches have none, and every launch is moved.
    pub load: Option<Box<Splice<'a>>>,
    pub store: Option<Box<Splice<'a>>>,
}

/// Where a launch comes from, for errors that are found when it has long been recorded.
#[derive(Clone, Copy, Default)]
pub struct Origin {
    /// Of the module and of the host's line.
    pub path: u32,
    pub place: u32,
    /// The epoch of the unit that it is part of (see `unit`).
    pub epoch: u64,
}

#[derive(Clone)]
pub enum Input {
    Array(Array),
    Scalar(Scalar),
}

/// An operand of a small op that runs where it is recorded.
#[derive(Clone, Copy)]
pub enum Near {
    /// Address and dtype.
    Elements(*const u8, DType),
    Number(Scalar),
}

impl Launch<'_> {
    /// Memory that stays what it was if an error was found before.
    pub fn kept(&self) -> impl Iterator<Item = &Array> {
        let outputs = self.store.as_ref().map_or(&self.outputs, |store| &store.outputs);
        self.kept.iter().map(move |&j| &outputs[j])
    }

    /// A tensor input, in whatever layout it has.
    pub fn input(&self, i: usize) -> &Array {
        match &self.inputs[i] {
            Input::Array(array) => array,
            Input::Scalar(_) => unreachable!("this op records tensors only"),
        }
    }
}
