//! Fused steps in the slots of a program.

use crate::context::Context;
use crate::fused::{self, Fused, Place, Source, Walk, operands};
use ravine_core::array::Array;
use ravine_core::dtype::Scalar;
use ravine_core::error::Result;
use ravine_core::gpu::{self, GpuProgram, Group};
use ravine_core::shape::Shape;
use ravine_core::work::{Operand, Splice, Step, Steps};
use smallvec::SmallVec;
use std::sync::Arc;

/// Steps over a value on its way, with the arrays that they read and write beside it.
pub struct Spliced {
    /// The value is input 0.
    steps: Steps,
    walk: Walk,
    numbers: SmallVec<[Scalar; 8]>,
    /// The output that goes on in place of the value.
    onward: Option<usize>,
    pub inputs: SmallVec<[Array; 4]>,
    pub outputs: SmallVec<[Array; 2]>,
}

impl Spliced {
    /// The steps of a slot over the input that `is_value` knows. Of a store slot the output that is `product` goes on, and
    /// the others are written beside it; of a load slot, without `product`, its one output does.
    ///
    /// `None` where no input is the value, the steps make several passes, write over what they read, or write what
    /// begins where no binding can.
    pub fn new(
        splice: &Splice,
        shape: &Shape,
        is_value: impl Fn(&Array) -> bool,
        product: Option<&Array>,
    ) -> Option<Spliced> {
        let fused: &Fused = splice.code.downcast_ref()?;
        let [part] = &fused.parts[..] else {
            return None;
        };
        let (arrays, given) = operands(&splice.inputs);
        let read: SmallVec<[&Array; 8]> = (part.inputs.iter())
            .map(|place| match *place {
                Place::Input(k) => Some(arrays[k]),
                Place::Output(_) | Place::Between(_) => None,
            })
            .collect::<Option<_>>()?;
        let value = read.iter().position(|array| is_value(array))?;
        let same = |a: &Array, b: &Array| Arc::ptr_eq(&a.storage, &b.storage);
        let (mut onward, mut outputs) = (None, SmallVec::new());
        for (j, place) in part.outputs.iter().enumerate() {
            match (product, place) {
                (None, _) => onward = Some(j),
                (Some(product), Place::Output(o)) => match &splice.outputs[*o] {
                    output if same(output, product) => onward = Some(j),
                    output if output.offset == 0 => outputs.push(output.clone()),
                    _ => return None,
                },
                (Some(_), _) => return None,
            }
        }
        let is_written = |a: &Array| splice.outputs.iter().any(|output| same(output, a));
        if (read.iter().enumerate()).any(|(q, array)| q != value && is_written(array)) {
            return None;
        }
        let order: SmallVec<[usize; 8]> = std::iter::once(value)
            .chain((0..read.len()).filter(|&q| q != value))
            .collect();
        let place = |q: usize| {
            order
                .iter()
                .position(|&o| o == q)
                .expect("every input has a place")
        };
        let moved = |operand: &Operand| match *operand {
            Operand::Input(q) => Operand::Input(place(q)),
            other => other,
        };
        let steps = Steps {
            inputs: order.iter().map(|&q| part.steps.inputs[q]).collect(),
            steps: (part.steps.steps.iter())
                .map(|step| Step {
                    operands: step.operands.iter().map(moved).collect(),
                    ..step.clone()
                })
                .collect(),
            outputs: part.steps.outputs.clone(),
            numbers: part.steps.numbers,
        };
        let sources: SmallVec<[Source; 8]> = order.iter().map(|&q| Source::Array(read[q])).collect();
        Some(Spliced {
            steps,
            walk: Walk::new(shape, &sources),
            numbers: part.numbers.iter().map(|&k| given[k]).collect(),
            onward,
            inputs: order[1..].iter().map(|&q| read[q].clone()).collect(),
            outputs,
        })
    }

    /// How many buffers a pass needs more.
    pub fn buffers(&self) -> usize {
        self.inputs.len() + self.outputs.len()
    }

    pub fn put_into(&self, program: &mut GpuProgram, slot: &str) -> Result<()> {
        let group = Group {
            steps: &self.steps,
            inputs: &self.walk.metas(&self.steps),
            shape: &self.walk.shape,
            numbers: &self.numbers,
            layouts: &self.walk.layouts(),
            aliases: &[],
        };
        gpu::fuse_into(program, slot, &group, self.onward)
    }
}

/// Runs the steps of a slot by themselves.
pub fn launch(context: &'static Context, splice: &Splice, outputs: &[Array]) -> Result<()> {
    let fused: &Fused = splice
        .code
        .downcast_ref()
        .expect("the code is what this device compiled");
    fused::launch(context, fused, &splice.inputs, outputs)
}
