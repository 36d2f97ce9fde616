//! Fused steps in the slots of a program.

use crate::context::Context;
use crate::fused::{self, Fused, Place, Source, Walk, operands};
use ravine_core::array::{Array, Storage};
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
    /// Pairs (output, input): the output is written over the input, element by element.
    aliases: SmallVec<[(usize, usize); 2]>,
    /// Of a store slot, where what goes on lies.
    pub product: Option<Array>,
    pub inputs: SmallVec<[Array; 4]>,
    pub outputs: SmallVec<[Array; 2]>,
}

impl Spliced {
    /// The steps of a slot over the input that `is_value` knows. Of a store slot one of the outputs goes on, `product` if
    /// it is one, and the others are written beside it; of a load slot, without `product`, its one output does.
    ///
    /// `None` where no input is the value, the steps make several passes, write over other elements than they read, or
    /// write what begins where no binding can or lies two to a word.
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
        let written: SmallVec<[&Array; 4]> = match product {
            None => SmallVec::new(),
            Some(_) => (part.outputs.iter())
                .map(|place| match *place {
                    Place::Output(o) => Some(&splice.outputs[o]),
                    Place::Input(_) | Place::Between(_) => None,
                })
                .collect::<Option<_>>()?,
        };
        if written
            .iter()
            .any(|output| output.offset != 0 || output.dtype.is_half())
        {
            return None;
        }
        let onward = match product {
            None => Some(0),
            Some(product) => (written.iter().position(|output| same(output, product)))
                .or_else(|| written.iter().position(|output| output.dtype == product.dtype)),
        };
        let order: SmallVec<[usize; 8]> = std::iter::once(value)
            .chain((0..read.len()).filter(|&q| q != value))
            .collect();
        let place = |q: usize| {
            order
                .iter()
                .position(|&o| o == q)
                .expect("every input has a place")
        };
        let mut aliases = SmallVec::new();
        for (q, array) in read.iter().enumerate().filter(|(q, _)| *q != value) {
            let Some(j) = written.iter().position(|output| same(output, array)) else {
                continue;
            };
            let output = written[j];
            let is_whole = array.is_contiguous()
                && (&array.shape, array.offset, array.dtype) == (&output.shape, 0, output.dtype);
            if !is_whole || aliases.iter().any(|(k, _)| *k == j) {
                return None;
            }
            aliases.push((j, place(q)));
        }
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
            aliases,
            product: product.map(|product| onward.map_or(product, |j| written[j]).clone()),
            inputs: order[1..].iter().map(|&q| read[q].clone()).collect(),
            outputs: (written.iter().enumerate())
                .filter(|(j, _)| Some(*j) != onward)
                .map(|(_, output)| (*output).clone())
                .collect(),
        })
    }

    /// How many buffers a pass needs more.
    pub fn buffers(&self) -> usize {
        self.inputs.len() - self.aliases.len() + self.outputs.len()
    }

    pub fn put_into(&self, program: &mut GpuProgram, slot: &str) -> Result<()> {
        let group = Group {
            steps: &self.steps,
            inputs: &self.walk.metas(&self.steps),
            shape: &self.walk.shape,
            numbers: &self.numbers,
            layouts: &self.walk.layouts(),
            aliases: &self.aliases,
        };
        gpu::fuse_into(program, slot, &group, self.onward)
    }
}

/// Runs the steps of a slot by themselves.
pub fn launch(
    context: &'static Context,
    splice: &Splice,
    outputs: &[Array],
    kept: &[Arc<Storage>],
) -> Result<()> {
    let fused: &Fused = splice
        .code
        .downcast_ref()
        .expect("the code is what this device compiled");
    fused::launch(context, fused, &splice.inputs, outputs, kept)
}
