//! What a tensor calculates with, and what an attribute of it is set to: the errors for everything else.

use crate::gate;
use crate::tensor::PyTensor;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use ravine_core::error::{Error, Kind};

/// Python asks the other operand, unless that is an array, of which NumPy would take the values and lose the graph, or a
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
