//! `out=`: results written into tensors that the caller gives.

use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use ravine_core::cell::Cell;
use ravine_core::error::{Error, Kind, Result};
use ravine_core::graph::Tensor;
use ravine_core::mode;
use ravine_core::ops::graph::cast;
use ravine_core::shape::show;
use std::ffi::CString;
use std::sync::Arc;

/// Writes results into `out`, a tensor or as many as there are results. One of another shape takes that of the result.
pub fn write(
    py: Python<'_>,
    function: &'static str,
    results: &[Tensor],
    out: &Bound<'_, PyAny>,
) -> PyResult<Vec<Py<PyTensor>>> {
    let wrong = |text: String| gate::raise(py, &Error::new(Kind::DType, function, text));
    let listed: Vec<Bound<'_, PyAny>> = if out.is_instance_of::<PyTuple>() || out.is_instance_of::<PyList>() {
        out.try_iter()?.collect::<PyResult<_>>()?
    } else {
        vec![out.clone()]
    };
    let tensors = (listed.iter())
        .map(|item| match item.cast::<PyTensor>() {
            Ok(t) => Ok(t.clone().unbind()),
            Err(_) => Err(wrong(format!(
                "argument 'out' must be a tensor, or a tuple of one for each result, not {}",
                item.get_type().name()?
            ))),
        })
        .collect::<PyResult<Vec<_>>>()?;
    if tensors.len() != results.len() {
        let text = format!(
            "argument 'out' has {} tensors for {} results. Give one for each",
            tensors.len(),
            results.len()
        );
        return Err(wrong(text));
    }
    for (t, result) in tensors.iter().zip(results) {
        gate::enter(py, || check(function, &t.get().cell, result))?;
    }
    for (t, result) in tensors.iter().zip(results) {
        let cell = &t.get().cell;
        if cell.shape() != *result.shape() {
            warn_of_another_shape(py, cell, result)?;
        }
        gate::enter(py, || fill(function, cell, result))?;
    }
    Ok(tensors)
}

fn check(function: &'static str, out: &Arc<Cell>, result: &Tensor) -> Result<()> {
    if mode::grad_enabled() && (result.requires_grad() || out.requires_grad()?) {
        let text = "functions with out=... do not support automatic differentiation, but an argument requires a gradient. \
                    Leave out away, or call it under ravine.no_grad()";
        return Err(Error::gradient(function, text));
    }
    if result.dtype().category() > out.dtype().category() {
        let text = format!(
            "result type {} can't be cast to the desired output type {}. Give an out of dtype {}",
            result.dtype(),
            out.dtype(),
            result.dtype()
        );
        return Err(Error::new(Kind::DType, function, text));
    }
    if result.device() != out.device() {
        let text = format!(
            "the result is on '{}', out on '{}'. Give an out on '{}'",
            result.device(),
            out.device(),
            result.device()
        );
        return Err(Error::new(Kind::Device, function, text));
    }
    if out.shape() != *result.shape() && out.is_view() {
        let text = format!(
            "the result has shape {}, out, a view of another tensor, {}. Give an out of the result's shape",
            show(result.shape()),
            show(&out.shape())
        );
        return Err(Error::shape(function, text));
    }
    Ok(())
}

fn fill(function: &'static str, out: &Arc<Cell>, result: &Tensor) -> Result<()> {
    if out.shape() == *result.shape() {
        return out.assign(function, result);
    }
    if result.is_abstract() && !out.value()?.is_abstract() {
        let text = "an out from outside vmap is written inside it. Return the result instead";
        return Err(Error::state(function, text));
    }
    out.set_data(&cast::cast(result, out.dtype())?)
}

/// As PyTorch warns: an out with elements was probably meant to have the right shape.
fn warn_of_another_shape(py: Python<'_>, out: &Arc<Cell>, result: &Tensor) -> PyResult<()> {
    if out.shape().iter().product::<usize>() == 0 {
        return Ok(());
    }
    let text = format!(
        "an out of shape {} takes the shape {} of the result. Give one of that shape, or of no element",
        show(&out.shape()),
        show(result.shape())
    );
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &CString::new(text)?, 1)
}

/// Writes what a function of Python returned into `out`, and returns that.
#[pyfunction]
fn write_out(result: &Bound<'_, PyAny>, out: Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    let py = result.py();
    let value = |t: &Bound<'_, PyAny>| t.cast::<PyTensor>()?.get().value(py);
    let results = match result.cast::<PyTensor>() {
        Ok(_) => vec![value(result)?],
        Err(_) => result.try_iter()?.map(|t| value(&t?)).collect::<PyResult<_>>()?,
    };
    write(py, "", &results, &out)?;
    Ok(out.unbind())
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(write_out, m)?)
}
