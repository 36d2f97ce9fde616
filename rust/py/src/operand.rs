//! What a tensor calculates with, and what an attribute of it is set to: the errors for everything else.

use crate::convert::{arg, tensor_from};
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use ravine_core::device::Device;
use ravine_core::error::{Error, Kind};
use ravine_core::graph::Arg;
use ravine_core::ops::graph::transfer;

/// A tensor, a number, or a NumPy array, which is copied to the device of the other operand.
pub fn operand(value: &Bound<'_, PyAny>, device: Device) -> PyResult<Option<Arg>> {
    if let Some(found) = arg(value)? {
        return Ok(Some(found));
    }
    let kind = value.get_type();
    if kind.name()? != "ndarray" || kind.module()? != "numpy" {
        return Ok(None);
    }
    let copied = tensor_from(value, None)?;
    let moved = gate::enter(value.py(), || transfer::to(&copied, device))?;
    Ok(Some(Arg::Tensor(moved)))
}

/// Python asks the other operand, unless that is another library's array, which would take the values and lose the graph, or a
/// sequence, which would ask for the tensor as a count.
pub fn not_an_operand(other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    let py = other.py();
    let kind = other.get_type();
    let text = if other.hasattr("__array__")? {
        let (module, name) = (kind.module()?, kind.name()?);
        format!("an operand is of type {module}.{name}. Wrap it in ravine.tensor(...)")
    } else if other.is_instance_of::<PyList>() || other.is_instance_of::<PyTuple>() {
        format!("an operand is a {}. Wrap it in ravine.tensor(...)", kind.name()?)
    } else if other.is_instance_of::<PyString>() {
        "an operand is a str; tensors calculate with tensors and numbers".to_string()
    } else if other.is_none() {
        "an operand is None; tensors calculate with tensors and numbers. Did a function forget to return?"
            .to_string()
    } else {
        return Ok(py.NotImplemented());
    };
    Err(gate::raise(py, &Error::new(Kind::DType, "", text)))
}

/// The tensor that an attribute is set to.
pub fn assigned<'a, 'py>(
    name: &str,
    value: &'a Bound<'py, PyAny>,
    or_none: &str,
) -> PyResult<&'a Bound<'py, PyTensor>> {
    value.cast::<PyTensor>().map_err(|_| {
        let kind = value
            .get_type()
            .name()
            .map_or_else(|_| "this".to_string(), |n| n.to_string());
        let text = format!("{name} is a tensor{or_none}, not {kind}. Wrap it in ravine.tensor(...)");
        gate::raise(value.py(), &Error::new(Kind::DType, "", text))
    })
}
