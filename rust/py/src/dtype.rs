//! `ravine.float32` and its like.

use pyo3::prelude::*;
use pyo3::types::PyString;
use ravine_core::dtype::DType;
use std::sync::OnceLock;

/// The type of a tensor's elements.
#[pyclass(name = "dtype", module = "ravine", frozen, eq, hash)]
#[derive(PartialEq, Eq, Hash)]
pub struct PyDType(pub DType);

#[pymethods]
impl PyDType {
    fn __repr__(&self) -> String {
        format!("ravine.{}", self.0.name())
    }
    /// `"float32"`.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name()
    }
    /// Bytes of one element.
    #[getter]
    fn itemsize(&self) -> usize {
        self.0.size()
    }
    #[getter]
    fn is_floating_point(&self) -> bool {
        self.0.is_float()
    }
    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (Py<PyAny>, &'static str))> {
        let py = slf.py();
        let getattr = py.import("builtins")?.getattr("getattr")?.unbind();
        Ok((
            getattr,
            (py.import("ravine")?.into_any().unbind(), slf.get().0.name()),
        ))
    }
}

static OBJECTS: OnceLock<Vec<Py<PyDType>>> = OnceLock::new();

/// The one object of a dtype.
pub fn object(py: Python<'_>, dtype: DType) -> Py<PyDType> {
    let i = DType::ALL
        .iter()
        .position(|&d| d == dtype)
        .expect("ALL lists every dtype");
    OBJECTS.get().expect("registered with the module")[i].clone_ref(py)
}

/// A dtype given as our object, a name, a Python type, or anything whose name is a dtype's (NumPy, torch).
pub fn from_python(value: &Bound<'_, PyAny>) -> Option<DType> {
    if let Ok(d) = value.cast::<PyDType>() {
        return Some(d.get().0);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return DType::from_name(text.to_str().ok()?);
    }
    let name = value
        .getattr("__name__")
        .or_else(|_| value.getattr("name"))
        .ok()?;
    match name.cast::<PyString>().ok()?.to_str().ok()? {
        // Python's own types stand for the default of their kind.
        "float" => Some(DType::F32),
        "int" => Some(DType::I64),
        other => DType::from_name(other),
    }
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    let objects: Vec<Py<PyDType>> = DType::ALL
        .iter()
        .map(|&d| Py::new(py, PyDType(d)))
        .collect::<PyResult<_>>()?;
    for (d, object) in DType::ALL.iter().zip(&objects) {
        m.add(d.name(), object.clone_ref(py))?;
    }
    let _ = OBJECTS.set(objects);
    Ok(())
}
