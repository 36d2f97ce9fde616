//! Kernels that users write in WGSL.

use crate::autograd::{object, results, tuple};
use crate::convert;
use crate::dtype;
use crate::elements;
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use ravine_core::error::Result;
use ravine_core::gpu::own::{Called, Form, Parameter};
use ravine_core::graph::Tensor;
use ravine_core::op::Call;
use ravine_core::ops::graph::kernel::{self, Forward, Kernel, Reverse};
use ravine_core::shape::Shape;
use smallvec::SmallVec;

/// A kernel by its text.
#[pyclass(module = "ravine._core", frozen)]
struct GpuKernel(&'static Kernel);

/// Names and dtypes.
type Named<'py> = Vec<(String, Bound<'py, PyAny>)>;

fn parameters(named: Named<'_>) -> PyResult<Vec<Parameter>> {
    let parameter = |(name, given): (String, Bound<'_, PyAny>)| {
        let dtype = dtype::from_python(&given)
            .ok_or_else(|| PyTypeError::new_err(format!("kernel: '{name}' has no dtype, but {given}")))?;
        Ok(Parameter { name, dtype })
    };
    named.into_iter().map(parameter).collect()
}

/// The arguments of a call, tensors and numbers as they were given.
fn arguments<'py>(py: Python<'py>, c: &Call) -> PyResult<Bound<'py, PyTuple>> {
    let called = Called::from(c.attrs);
    let (mut tensors, mut numbers) = (c.inputs.iter(), c.data.iter());
    let count = c.inputs.len() + c.data.len();
    let values = (0..count).map(|k| {
        if called.is_number(k) {
            return numbers.next().map(|x| elements::to_python(py, *x)).transpose();
        }
        let tensor = tensors.next().and_then(|x| x.tensor().cloned());
        Ok(object(py, tensor)?.map(|t| t.into_any()))
    });
    PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)
}

fn outputs<'py>(py: Python<'py>, c: &Call) -> PyResult<Bound<'py, PyTuple>> {
    let outputs: Vec<Option<Tensor>> = c.outputs.iter().cloned().map(Some).collect();
    tuple(py, &outputs)
}

/// One of something for each argument, of which numbers have `nothing`.
fn by_argument<T: Clone>(c: &Call, of_tensors: &[T], nothing: &T) -> Vec<T> {
    let called = Called::from(c.attrs);
    let mut of_tensors = of_tensors.iter();
    (0..c.inputs.len() + c.data.len())
        .map(|k| {
            if called.is_number(k) {
                None
            } else {
                of_tensors.next()
            }
            .unwrap_or(nothing)
            .clone()
        })
        .collect()
}

/// `vjp(arguments, outputs, cotangents, needs)` gives a gradient or None for each argument.
fn reverse(rule: Py<PyAny>) -> Box<Reverse> {
    Box::new(move |c, cotangents, needs| {
        let found: PyResult<Vec<Option<Tensor>>> = Python::attach(|py| {
            let needs = by_argument(c, needs, &false);
            let given = (arguments(py, c)?, outputs(py, c)?, tuple(py, cotangents)?, needs);
            results(py, rule.call1(py, given)?.bind(py))
        });
        let called = Called::from(c.attrs);
        let of_tensors = |(k, g): (usize, Option<Tensor>)| (!called.is_number(k)).then_some(g);
        let found: Result<Vec<_>> = found.map_err(gate::foreign);
        Ok(found?.into_iter().enumerate().filter_map(of_tensors).collect())
    })
}

/// `jvp(arguments, outputs, tangents)` gives a tangent or None for each output.
fn forward(rule: Py<PyAny>) -> Box<Forward> {
    Box::new(move |c, tangents| {
        let found: PyResult<Vec<Option<Tensor>>> = Python::attach(|py| {
            let tangents = by_argument(c, tangents, &None);
            let given = (arguments(py, c)?, outputs(py, c)?, tuple(py, &tangents)?);
            results(py, rule.call1(py, given)?.bind(py))
        });
        found.map(SmallVec::from_vec).map_err(gate::foreign)
    })
}

#[pymethods]
impl GpuKernel {
    #[new]
    fn new(
        py: Python<'_>,
        source: &str,
        inputs: Named<'_>,
        outputs: Named<'_>,
        numbers: Named<'_>,
        vjp: Option<Py<PyAny>>,
        jvp: Option<Py<PyAny>>,
    ) -> PyResult<GpuKernel> {
        let (inputs, outputs) = (parameters(inputs)?, parameters(outputs)?);
        let numbers = parameters(numbers)?;
        gate::enter(py, || {
            let source = ravine_gpu::reflect(source, inputs, outputs, numbers)?;
            Ok(GpuKernel(kernel::make(
                source,
                vjp.map(reverse),
                jvp.map(forward),
            )))
        })
    }

    #[getter]
    fn name(&self) -> &'static str {
        self.0.source.name
    }
    /// Names of what a call takes.
    #[getter]
    fn arguments(&self) -> Vec<&'static str> {
        self.0
            .source
            .arguments()
            .map(|parameter| &*parameter.name)
            .collect()
    }
    #[getter]
    fn outputs(&self) -> usize {
        self.0.source.outputs.len()
    }
    /// `"elements"`, `"each"` or `"entry"`.
    #[getter]
    fn form(&self) -> &'static str {
        match self.0.source.form {
            Form::Elements => "elements",
            Form::Each => "each",
            Form::Entry(_) => "entry",
        }
    }

    /// Records a call. Shapes of the outputs, and the grid of an entry, are needed where the form asks for them.
    fn record(
        &self,
        py: Python<'_>,
        arguments: Vec<Bound<'_, PyAny>>,
        shapes: Vec<Vec<usize>>,
        grid: [usize; 3],
    ) -> PyResult<Vec<Py<PyTensor>>> {
        let named = self.0.source.arguments().zip(&arguments);
        let given = named
            .map(|(parameter, value)| {
                convert::arg(value)?.ok_or_else(|| {
                    let (own, name, got) = (self.0.source.name, &parameter.name, value.get_type());
                    let text = format!("{own}: argument '{name}' must be a tensor or a number, not {got}");
                    PyTypeError::new_err(text)
                })
            })
            .collect::<PyResult<Vec<_>>>()?;
        let shapes: Vec<Shape> = shapes.into_iter().map(|shape| shape.into()).collect();
        let made = gate::enter(py, || self.0.call(&given, &shapes, grid))?;
        made.into_iter().map(|t| PyTensor::new_object(py, t)).collect()
    }
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<GpuKernel>()
}
