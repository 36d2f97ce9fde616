//! What tensors show of their bases.

use crate::gate;
use crate::tensor::PyTensor;
use pyo3::prelude::*;

/// The tensor that another one is a view of, or None.
#[pyfunction]
fn base_of(t: &Bound<'_, PyTensor>) -> PyResult<Option<Py<PyTensor>>> {
    let base = t.get().cell.base();
    base.map(|base| PyTensor::wrap(t.py(), base)).transpose()
}

/// Strides and the first element's place in the base, whose elements count as row-major.
#[pyfunction]
fn layout_of(t: &Bound<'_, PyTensor>) -> PyResult<(Vec<isize>, isize)> {
    gate::enter(t.py(), || t.get().cell.layout())
}

/// Makes a tensor the view of itself that a function takes of it, or of whatever the function returns.
#[pyfunction]
fn become_view<'py>(t: Bound<'py, PyTensor>, view: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTensor>> {
    let py = t.py();
    gate::enter(py, || t.get().cell.give_base(""))?;
    let shown = view.call1((&t,))?;
    let shown = shown.cast::<PyTensor>()?;
    gate::enter(py, || t.get().cell.take_over(&shown.get().cell))?;
    Ok(t)
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(base_of, m)?)?;
    m.add_function(wrap_pyfunction!(layout_of, m)?)?;
    m.add_function(wrap_pyfunction!(become_view, m)?)
}
