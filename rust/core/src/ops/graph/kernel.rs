//! Kernels that users write: a record for each, made while the program runs. It lives to the end of the process, as
//! its pipelines do.

use crate::cpu::Cpu;
use crate::dtype::Scalar;
use crate::error::{Error, Kind, Result};
use crate::gpu::Gpu;
use crate::gpu::own::{Called, Form, Parameter, Source};
use crate::graph::{Arg, Tensor};
use crate::op::{Batch, Call, Class, Data, Jvp, Meta, NO_TESTS, Op, Plain, Request, Vjp};
use crate::ops::create;
use crate::ops::elementwise::{self, sum_to};
use crate::ops::shape::concat::stack;
use crate::ops::shape::view::select;
use crate::shape::{Shape, show};
use crate::stream::{record, record_with};
use parking_lot::RwLock;
use smallvec::{SmallVec, smallvec};

/// A kernel, and what its user says of its derivatives.
pub struct Kernel {
    op: Op,
    pub source: &'static Source,
    number: usize,
    vjp: Option<Box<Reverse>>,
    jvp: Option<Box<Forward>>,
}

/// As `op::VjpFn`.
pub type Reverse =
    dyn Fn(&Call, &[Option<Tensor>], &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> + Send + Sync;
/// As `op::JvpFn`.
pub type Forward = dyn Fn(&Call, &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> + Send + Sync;

static KERNELS: RwLock<Vec<&'static Kernel>> = RwLock::new(Vec::new());

/// The kernel of a call.
pub fn of(called: &Called) -> &'static Kernel {
    KERNELS.read()[called.kernel]
}

pub fn make(source: Source, vjp: Option<Box<Reverse>>, jvp: Option<Box<Forward>>) -> &'static Kernel {
    let source: &'static Source = Box::leak(Box::new(source));
    let op = Op {
        name: source.name,
        function: None,
        class: Class::Structured,
        // attrs: `Called`; data: numbers
        meta,
        cpu: Cpu::Kernel(|l| Err(Error::state(l.op, "a kernel runs on a GPU"))),
        gpu: Gpu::Own(source),
        vjp: match vjp {
            Some(_) => Vjp::Rule(back),
            None => Vjp::Never("give the kernel a vjp= or a reference=, or call it under no_grad"),
        },
        jvp: match jvp {
            Some(_) => Jvp::Rule(|c, tangents| {
                let kernel = of(&c.attrs.into());
                let forward = kernel.jvp.as_ref().expect("the record has a rule");
                forward(c, tangents)
            }),
            None => Jvp::Never("give the kernel a jvp= or a reference="),
        },
        batch: match source.form {
            Form::Elements => Batch::Rule(elementwise::batch),
            Form::Each | Form::Entry(_) => Batch::Rule(one_by_one),
        },
        donates: &[],
        plain: Plain::Primitive("a user's text"),
        tests: NO_TESTS,
    };
    let mut kernels = KERNELS.write();
    let kernel: &'static Kernel = Box::leak(Box::new(Kernel {
        op,
        source,
        number: kernels.len(),
        vjp,
        jvp,
    }));
    kernels.push(kernel);
    kernel
}

fn meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let called = Called::from(r.attrs);
    let source = of(&called).source;
    let inputs: Vec<&[usize]> = r.args.iter().map(Arg::shape).collect();
    let shapes = source.shapes(&called, &inputs)?;
    Ok(shapes
        .into_iter()
        .zip(source.outputs.iter().map(|o| o.dtype))
        .collect())
}

impl Kernel {
    /// Records a call. `shapes` are those of the outputs and `grid` the invocations of an entry; functions of elements
    /// need neither.
    pub fn call(
        &'static self,
        arguments: &[Arg],
        shapes: &[Shape],
        grid: [usize; 3],
    ) -> Result<SmallVec<[Tensor; 1]>> {
        let name = self.op.name;
        let (mut tensors, mut data, mut numbers) = (SmallVec::new(), Data::new(), 0);
        for (k, (parameter, argument)) in self.source.arguments().zip(arguments).enumerate() {
            match argument {
                Arg::Tensor(t) => {
                    self.check_tensor(parameter, k, t)?;
                    tensors.push(argument.clone());
                }
                Arg::Scalar(number) => {
                    data.push(self.fitting(parameter, k, *number)?);
                    numbers |= 1 << k;
                }
            }
        }
        if let Form::Entry(size) = self.source.form {
            check_grid(name, grid, size)?;
        }
        let called = Called {
            kernel: self.number,
            numbers,
            grid,
            shapes: shapes
                .iter()
                .flat_map(|shape| std::iter::once(shape.len()).chain(shape.iter().copied()))
                .collect(),
        };
        record_with(&self.op, called.encode(), data, tensors, None)
    }

    fn check_tensor(&self, parameter: &Parameter, k: usize, t: &Tensor) -> Result<()> {
        let (own, name) = (self.op.name, &parameter.name);
        if t.device().is_cpu() {
            let text = format!(
                "runs on a GPU, and argument '{name}' lies on 'cpu'. Move it by .to('gpu'), or give the kernel a \
                 reference= for the CPU"
            );
            return Err(Error::new(Kind::Device, own, text));
        }
        if k >= self.source.inputs.len() {
            return Err(Error::argument(own, name, "a number", "a Tensor"));
        }
        let takes = match self.source.form {
            Form::Elements => parameter.takes(t.dtype()),
            Form::Each | Form::Entry(_) => parameter.dtype == t.dtype(),
        };
        if !takes {
            let wanted = match self.source.form {
                Form::Elements => parameter.value_type(),
                Form::Each | Form::Entry(_) => parameter.dtype.name(),
            };
            let text = format!(
                "argument '{name}' is {wanted} in the kernel, the tensor is {}. Convert it by .to(ravine.{})",
                t.dtype(),
                parameter.dtype.name()
            );
            return Err(Error::new(Kind::DType, own, text));
        }
        Ok(())
    }

    fn fitting(&self, parameter: &Parameter, k: usize, number: Scalar) -> Result<Scalar> {
        let (own, name) = (self.op.name, &parameter.name);
        if self.source.form != Form::Elements && k < self.source.inputs.len() {
            return Err(Error::argument(own, name, "a Tensor", "a number"));
        }
        if number.category() > parameter.dtype.category() {
            let text = format!(
                "argument '{name}' is {} in the kernel, got {}",
                parameter.value_type(),
                number.default_dtype()
            );
            return Err(Error::new(Kind::DType, own, text));
        }
        number.fit(own, parameter.dtype)
    }
}

fn check_grid(name: &'static str, grid: [usize; 3], size: [u32; 3]) -> Result<()> {
    let most = crate::gpu::Limits::default().workgroups_per_dimension as usize;
    for (invocations, size) in grid.into_iter().zip(size) {
        let groups = invocations.div_ceil(size as usize);
        if groups > most {
            let text = format!(
                "a grid of {invocations} invocations is {groups} workgroups of {size} along one dimension, and a GPU has \
                 {most}. Use another dimension too, or let an invocation do more"
            );
            return Err(Error::value(name, text));
        }
    }
    Ok(())
}

/// The user's gradients, those of functions of elements summed over the dimensions along which an input was repeated.
fn back(c: &Call, cotangents: &[Option<Tensor>], needs: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let kernel = of(&c.attrs.into());
    let reverse = kernel.vjp.as_ref().expect("the record has a rule");
    let found = reverse(c, cotangents, needs)?;
    let fitted = |(k, (g, x)): (usize, (Option<Tensor>, &Arg))| {
        let (Some(g), true) = (g, needs[k]) else {
            return Ok(None);
        };
        let repeats = kernel.source.form == Form::Elements && g.shape() == c.outputs[0].shape();
        let g = if repeats { sum_to(&g, x.shape())? } else { g };
        if **g.shape() != *x.shape() || Some(g.dtype()) != x.tensor().map(Tensor::dtype) {
            let text = format!(
                "its vjp gave a gradient of shape {} and dtype {} for an argument of shape {}",
                show(g.shape()),
                g.dtype(),
                show(x.shape())
            );
            return Err(Error::gradient(c.op.name, text));
        }
        Ok(Some(g))
    };
    found.into_iter().zip(c.inputs).enumerate().map(fitted).collect()
}

/// A call for each element of the batch.
fn one_by_one(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let calls = (0..size)
        .map(|i| {
            let own = |(arg, &is_batched): (&Arg, &bool)| match arg {
                Arg::Tensor(t) if is_batched => select(t, 0, i as i64).map(Arg::Tensor),
                _ => Ok(arg.clone()),
            };
            let args = c.inputs.iter().zip(batched).map(own).collect::<Result<_>>()?;
            record(c.op, c.attrs.clone(), c.data.clone(), args)
        })
        .collect::<Result<Vec<_>>>()?;
    let called = Called::from(c.attrs);
    let source = of(&called).source;
    (source
        .shapes(&called, &[])?
        .iter()
        .zip(&source.outputs)
        .enumerate())
    .map(|(j, (shape, output))| {
        if size == 0 {
            let mut empty: Shape = smallvec![0];
            empty.extend_from_slice(shape);
            return create::full(&empty, 0, output.dtype);
        }
        let results: Vec<Tensor> = calls.iter().map(|outputs| outputs[j].clone()).collect();
        stack(&results, 0)
    })
    .collect()
}
