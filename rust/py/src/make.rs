//! `ravine.tensor` and `ravine.eval`: tensors from data, and their values now.

use crate::convert::tensor_from;
use crate::device;
use crate::dtype;
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use ravine_core::cell::Cell;
use ravine_core::mode;
use ravine_core::ops::graph::transfer;
use ravine_core::stream;

/// A new tensor from data, which are copied. No memory is pinned: `pin_memory` has no effect.
#[pyfunction]
#[pyo3(signature = (data, dtype = None, requires_grad = false, *, device = None, pin_memory = false))]
fn tensor(
    data: &Bound<'_, PyAny>,
    dtype: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    device: Option<&Bound<'_, PyAny>>,
    pin_memory: bool,
) -> PyResult<Py<PyTensor>> {
    let (py, _) = (data.py(), pin_memory);
    let dtype = match dtype {
        None => None,
        Some(d) => Some(dtype::from_python(d).ok_or_else(|| {
            PyTypeError::new_err(format!(
                "tensor: unknown dtype {d}. Use ravine.float32 and its like"
            ))
        })?),
    };
    let device = device.map_or(Ok(None), |d| device::argument("tensor", d))?;
    // Another tensor's place is as good as said.
    let made = data
        .cast::<PyTensor>()
        .map_or_else(|_| mode::device(), |t| t.get().cell.device());
    let t = tensor_from(data, dtype)?;
    let cell = Cell::new(gate::enter(py, || transfer::to(&t, device.unwrap_or(made)))?);
    if requires_grad {
        gate::enter(py, || cell.set_requires_grad(true))?;
    }
    PyTensor::wrap(py, cell)
}

/// Computes these tensors now.
#[pyfunction]
#[pyo3(signature = (*tensors))]
fn eval(tensors: &Bound<'_, PyTuple>) -> PyResult<()> {
    for t in tensors.iter() {
        let Ok(t) = t.cast::<PyTensor>() else {
            let text = format!("eval: the arguments are tensors, not {}", t.get_type().name()?);
            return Err(PyTypeError::new_err(text));
        };
        let value = t.get().value(tensors.py())?;
        gate::enter(tensors.py(), || stream::settle("eval", &value))?;
    }
    Ok(())
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(tensor, m)?)?;
    m.add_function(wrap_pyfunction!(eval, m)?)
}
