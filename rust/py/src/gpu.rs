//! GPU programs as JSON, for the hosts that run them from Python.

use crate::convert;
use crate::gate;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ravine_core::describe::describe;
use ravine_core::dtype::{DType, Scalar};
use ravine_core::gpu::{self, GpuProgram, Group, Limits};
use ravine_core::op::{Meta, Op};
use ravine_core::registry;
use ravine_core::work::{Operand, Step, Steps};

/// Shapes and names of dtypes.
type Metas = Vec<(Vec<usize>, String)>;
/// Inputs; steps as (op, operands, dtype), where an operand is `("input", k)`, `("step", k)` or a number; steps whose
/// results are outputs; their shape.
type PyGroup<'py> = (
    Metas,
    Vec<(String, Vec<Bound<'py, PyAny>>, String)>,
    Vec<usize>,
    Vec<usize>,
);

fn op(name: &str) -> PyResult<&'static Op> {
    registry::op(name).ok_or_else(|| PyValueError::new_err(format!("there is no op named {name}")))
}

fn dtype(name: &str) -> PyResult<DType> {
    DType::from_name(name).ok_or_else(|| PyValueError::new_err(format!("there is no dtype named {name}")))
}

fn metas(list: &Metas) -> PyResult<Vec<Meta>> {
    list.iter()
        .map(|(shape, name)| Ok((shape.iter().copied().collect(), dtype(name)?)))
        .collect()
}

fn operand(value: &Bound<'_, PyAny>, numbers: &mut Vec<Scalar>) -> PyResult<Operand> {
    if let Some(number) = convert::scalar(value)? {
        numbers.push(number);
        return Ok(Operand::Number(numbers.len() - 1));
    }
    let (role, index): (String, usize) = value.extract()?;
    match role.as_str() {
        "input" => Ok(Operand::Input(index)),
        "step" => Ok(Operand::Step(index)),
        _ => Err(PyValueError::new_err(format!(
            "an operand is an \"input\" or a \"step\", not a {role:?}"
        ))),
    }
}

/// Calls `f` with a group made of Python's lists.
fn with_group<R>(
    py: Python<'_>,
    group: &PyGroup,
    f: impl FnOnce(&Group) -> ravine_core::error::Result<R>,
) -> PyResult<R> {
    let (inputs, steps, outputs, shape) = group;
    let inputs = metas(inputs)?;
    let mut numbers = Vec::new();
    let steps = (steps.iter())
        .map(|(name, operands, result)| {
            let operands = operands.iter().map(|o| operand(o, &mut numbers));
            Ok(Step {
                routine: op(name)?.routine(),
                operands: operands.collect::<PyResult<_>>()?,
                dtype: dtype(result)?,
            })
        })
        .collect::<PyResult<_>>()?;
    let steps = Steps {
        inputs: inputs.iter().map(|(_, dtype)| *dtype).collect(),
        steps,
        outputs: outputs.iter().copied().collect(),
        numbers: numbers.len(),
    };
    f(&Group {
        steps: &steps,
        inputs: &inputs,
        shape,
        numbers: &numbers,
        layouts: &[],
        aliases: &[],
    })
    .map_err(|e| gate::raise(py, &e))
}

/// The program of one op. `slots` holds pairs (slot, group) that are spliced into it, in order; `staging` says whether the
/// device's workgroup memory is faster than its buffers.
#[pyfunction]
#[pyo3(signature = (name, attrs, data, inputs, slots = Vec::new(), staging = true))]
fn gpu_program(
    py: Python<'_>,
    name: &str,
    attrs: Vec<i64>,
    data: Vec<Bound<'_, PyAny>>,
    inputs: Metas,
    slots: Vec<(String, PyGroup)>,
    staging: bool,
) -> PyResult<String> {
    let data = (data.iter())
        .map(|x| convert::scalar(x)?.ok_or_else(|| PyValueError::new_err("data are numbers")))
        .collect::<PyResult<_>>()?;
    let attrs = attrs.into_iter().collect();
    let limits = Limits {
        staging,
        ..Limits::default()
    };
    let described = describe(op(name)?, &attrs, &data, &metas(&inputs)?, limits);
    let mut program: GpuProgram = described.map_err(|e| gate::raise(py, &e))?;
    for (slot, group) in &slots {
        with_group(py, group, |g| gpu::fuse_into(&mut program, slot, g, Some(0)))?;
    }
    Ok(program.to_json())
}

/// The program that moves elements of 16 bits from one place to another.
#[pyfunction]
fn gpu_halves(n: usize, start: usize, to: usize) -> String {
    gpu::halves(n, start, to).to_json()
}

/// The program of a group of elementwise ops.
#[pyfunction]
fn gpu_fuse(py: Python<'_>, group: PyGroup) -> PyResult<String> {
    with_group(py, &group, |g| Ok(gpu::fuse(g)?.to_json()))
}

/// Names and WGSL expressions of the ops that a group may hold.
#[pyfunction]
fn gpu_elementwise() -> Vec<(&'static str, &'static str)> {
    let expression = |op: &&'static Op| match op.gpu {
        gpu::Gpu::Expression(text) => Some((op.name, text)),
        _ => None,
    };
    registry::OPS.iter().filter_map(expression).collect()
}

/// Every pass for which a GPU has a pipeline, as JSON, and its module.
#[pyfunction]
fn gpu_passes() -> Vec<(String, String)> {
    ravine_gpu::passes()
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(gpu_program, m)?)?;
    m.add_function(wrap_pyfunction!(gpu_fuse, m)?)?;
    m.add_function(wrap_pyfunction!(gpu_elementwise, m)?)?;
    m.add_function(wrap_pyfunction!(gpu_halves, m)?)?;
    m.add_function(wrap_pyfunction!(gpu_passes, m)?)
}
