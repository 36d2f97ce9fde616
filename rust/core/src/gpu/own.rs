//! A user's own kernel: WGSL text of which only the outside is known, and the pass that runs it.
//!
//! The module is put together as that of any pass. Its slots are the functions `declared` by the library, the user's
//! text, and `element`, which calls a function of the user's for one element; an entry is called by nobody.

use super::expression::{line, load_param, value_type, words};
use super::fuse::loads;
use super::{Binding, Buffer, Context, GpuProgram, Limits, Pass, kind};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::shape::{self, Shape, numel};
use smallvec::SmallVec;
use std::fmt::Write;

/// The slot of a user's text: nothing is known of what it does.
pub(super) const SOURCE: &str = "source";

pub struct Source {
    /// Of the function or the entry.
    pub name: &'static str,
    pub text: String,
    pub form: Form,
    /// Of a function of elements these are its parameters, and any of them may be a number in a call.
    pub inputs: Vec<Parameter>,
    pub outputs: Vec<Parameter>,
    pub numbers: Vec<Parameter>,
}

/// A name that the text uses, and the dtype behind it.
pub struct Parameter {
    pub name: String,
    pub dtype: DType,
}

/// What the text has, and what runs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A function from elements of the inputs to that of the output. Inputs broadcast, and lie anywhere.
    Elements,
    /// A function of the number of an element, called for each of output 0.
    Each,
    /// An entry with a workgroup of this size.
    Entry([u32; 3]),
}

attributes! {
    /// A call of a user's kernel.
    pub struct Called in Attrs {
        /// Which kernel.
        kernel: usize,
        /// Bit k tells whether argument k is a number, which comes in the data.
        numbers: usize,
        /// Invocations of an entry, along x, y and z.
        grid: [usize; 3],
        /// Of each output its rank and its extents. Nothing for functions of elements.
        shapes: SmallVec<[usize; 8]>,
    }
}

impl Called {
    pub fn is_number(&self, k: usize) -> bool {
        self.numbers >> k & 1 == 1
    }

    fn shapes(&self) -> Vec<Shape> {
        let (mut shapes, mut rest) = (Vec::new(), &self.shapes[..]);
        while let [rank, after @ ..] = rest {
            let (extents, after) = after.split_at(*rank);
            shapes.push(extents.into());
            rest = after;
        }
        shapes
    }
}

impl Parameter {
    /// Whether a tensor's elements are of the type that the text has for this.
    pub fn takes(&self, dtype: DType) -> bool {
        value_type(dtype) == value_type(self.dtype) && dtype != DType::F64 && !dtype.is_half()
    }

    /// The type in a function of elements.
    pub fn value_type(&self) -> &'static str {
        value_type(self.dtype)
    }
}

impl Source {
    /// What a call is given, in order.
    pub fn arguments(&self) -> impl Iterator<Item = &Parameter> {
        self.inputs.iter().chain(&self.numbers)
    }

    /// Shapes of the outputs of a call on tensors of these shapes.
    pub fn shapes(&self, called: &Called, inputs: &[&[usize]]) -> Result<Vec<Shape>> {
        if self.form != Form::Elements {
            return Ok(called.shapes());
        }
        let mut shape = Shape::new();
        for input in inputs {
            shape =
                shape::broadcast(&shape, input).ok_or_else(|| Error::broadcast(self.name, &shape, input))?;
        }
        Ok(vec![shape])
    }

    pub fn program(&self, c: &Context) -> Result<GpuProgram> {
        let called = Called::from(c.attrs);
        let inputs: Vec<&[usize]> = c.inputs.iter().map(|(shape, _)| &**shape).collect();
        let outputs = self.shapes(&called, &inputs)?;
        let count = numel(&outputs[0]);
        let pass = match self.form {
            Form::Elements => self.over_elements(c, &called, &outputs[0])?,
            Form::Each | Form::Entry(_) => {
                let shapes: Vec<&[usize]> = inputs.into_iter().chain(outputs.iter().map(|s| &**s)).collect();
                self.pass(&shapes, c.data, count, called.grid, &c.limits)?
            }
        };
        let is_idle = match self.form {
            Form::Entry(_) => pass.grid.contains(&0),
            Form::Elements | Form::Each => count == 0,
        };
        Ok(GpuProgram {
            passes: if is_idle { vec![] } else { vec![pass] },
            ..GpuProgram::default()
        })
    }

    /// Loads one element of each input, and stores what the function makes of them.
    fn over_elements(&self, c: &Context, called: &Called, shape: &[usize]) -> Result<Pass> {
        let mut params = vec![numel(shape) as u32];
        let name = |k: usize| format!("in{k}");
        let (mut body, values) = loads(c.inputs, c.layouts, shape, &mut params, name);
        let (mut values, mut numbers) = (values.into_iter(), c.data.iter());
        let mut arguments = Vec::new();
        for (k, parameter) in self.inputs.iter().enumerate() {
            let argument = if called.is_number(k) {
                let text = load_param(params.len(), parameter.dtype);
                params.extend(
                    numbers
                        .next()
                        .map(|x| words(*x, parameter.dtype))
                        .into_iter()
                        .flatten(),
                );
                text
            } else {
                let value = values.next().unwrap_or_default();
                if parameter.dtype == DType::Bool {
                    format!("{value} != 0u")
                } else {
                    value
                }
            };
            arguments.push(argument);
        }
        let result = format!("{}({})", self.name, arguments.join(", "));
        let stored = match self.outputs[0].dtype {
            DType::Bool => format!("select(0u, 1u, {result})"),
            DType::U8 => format!("{result} & 255u"),
            _ => result,
        };
        line(&mut body, &format!("out0[i] = {stored};"));
        let mut bindings: Vec<Binding> = (c.inputs.iter().enumerate())
            .map(|(k, (_, dtype))| {
                Ok(Binding::read(
                    &name(k),
                    Buffer::Input(k),
                    kind(self.name, *dtype)?,
                ))
            })
            .collect::<Result<_>>()?;
        let kind = kind(self.name, self.outputs[0].dtype)?;
        bindings.push(Binding::write("out0", Buffer::Output(0), kind));
        let pass = c.over_elements("elementwise/elementwise.wgsl", numel(shape), bindings, params);
        Ok(Pass {
            slots: vec![
                (SOURCE, self.text.clone()),
                ("element", format!("fn element(i: u32) {{\n{body}}}\n")),
            ],
            ..pass
        })
    }

    /// Of an entry, or of a function that is called for each of so many elements. `shapes` are those of inputs, then
    /// outputs.
    pub fn pass(
        &self,
        shapes: &[&[usize]],
        numbers: &[Scalar],
        count: usize,
        grid: [usize; 3],
        limits: &Limits,
    ) -> Result<Pass> {
        let mut params = vec![count as u32];
        let arrays = || self.inputs.iter().chain(&self.outputs);
        let bindings = (arrays().enumerate())
            .map(|(k, array)| {
                let kind = kind(self.name, array.dtype)?;
                Ok(match k.checked_sub(self.inputs.len()) {
                    None => Binding::read(&array.name, Buffer::Input(k), kind),
                    Some(j) => Binding::write(&array.name, Buffer::Output(j), kind),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let mut declared = String::new();
        for (Parameter { name, .. }, shape) in arrays().zip(shapes) {
            // No rank is in a text that does not ask.
            if self.text.contains(&format!("{name}_shape")) {
                let first = params.len();
                declare(
                    &mut declared,
                    &format!("fn {name}_shape(d: u32) -> u32 {{ return param({first}u + d); }}"),
                );
                params.extend(shape.iter().map(|&extent| extent as u32));
            }
        }
        for (Parameter { name, dtype }, number) in self.numbers.iter().zip(numbers) {
            let (kind, value) = (value_type(*dtype), load_param(params.len(), *dtype));
            declare(
                &mut declared,
                &format!("fn {name}() -> {kind} {{ return {value}; }}"),
            );
            params.extend(words(*number, *dtype));
        }
        let mut slots = vec![("declared", declared), (SOURCE, self.text.clone())];
        let (template, entry, grid) = match self.form {
            Form::Entry(size) => {
                let groups = |d: usize| grid[d].div_ceil(size[d].max(1) as usize) as u32;
                ("own/entry.wgsl", self.name, [groups(0), groups(1), groups(2)])
            }
            Form::Elements | Form::Each => {
                let call = format!("fn element(i: u32) {{\n    {}(i);\n}}\n", self.name);
                slots.push(("element", call));
                let groups = count.div_ceil(limits.workgroup_size as usize);
                (
                    "elementwise/elementwise.wgsl",
                    "main",
                    super::grid(groups, limits),
                )
            }
        };
        Ok(Pass {
            template,
            entry,
            defines: vec![("WORKGROUP", limits.workgroup_size.to_string())],
            bindings,
            params,
            slots,
            grid,
        })
    }
}

fn declare(text: &mut String, function: &str) {
    writeln!(text, "{function}").expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    #[test]
    fn shapes_are_read_as_they_were_written() {
        let called = Called {
            kernel: 3,
            numbers: 0b10,
            grid: [7, 1, 1],
            shapes: smallvec![2, 5, 0, 0, 1, 9],
        };
        let read = Called::from(&called.encode());
        let want: [Shape; 3] = [smallvec![5, 0], smallvec![], smallvec![9]];
        assert_eq!(read.shapes(), want);
        assert!(read.is_number(1) && !read.is_number(0));
    }
}
