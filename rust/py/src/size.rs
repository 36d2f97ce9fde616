//! A shape as Python sees it: `ravine.Size`, a tuple whose slices are shapes.
//!
//! Its subscript is C's: a method in Python would make `x.shape[0]` several times slower.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyInt, PyTuple, PyType};
use std::ffi::c_void;
use std::mem::transmute;
use std::ptr::null_mut;

/// `ravine.Size`, which Python makes of the base below.
static SIZE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// As tuple's; what a slice gives is a shape.
unsafe extern "C" fn subscript(shape: *mut ffi::PyObject, key: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this with a tuple, any key, and its lock held; the slot is tuple's own.
    unsafe {
        let slot = ffi::PyType_GetSlot(&raw mut ffi::PyTuple_Type, ffi::Py_mp_subscript);
        let of_tuple: ffi::binaryfunc = transmute::<*mut c_void, ffi::binaryfunc>(slot);
        let found = of_tuple(shape, key);
        if found.is_null() || ffi::PyTuple_Check(found) == 0 || ffi::PySlice_Check(key) == 0 {
            return found;
        }
        let class = ffi::Py_TYPE(shape).cast::<ffi::PyObject>();
        let made = ffi::PyObject_CallFunctionObjArgs(class, found, null_mut::<ffi::PyObject>());
        ffi::Py_DECREF(found);
        made
    }
}

/// The class below `Size`.
fn base(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let mut slots = [
        ffi::PyType_Slot {
            slot: ffi::Py_mp_subscript,
            pfunc: subscript as *mut c_void,
        },
        ffi::PyType_Slot {
            slot: 0,
            pfunc: null_mut(),
        },
    ];
    let mut spec = ffi::PyType_Spec {
        name: c"ravine._core.Extents".as_ptr(),
        basicsize: 0,
        itemsize: 0,
        flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE) as u32,
        slots: slots.as_mut_ptr(),
    };
    let tuple = py.get_type::<PyTuple>();
    // SAFETY: the spec and its slots live until the class is made, which copies them; sizes of 0 are the base's.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpecWithBases(&mut spec, tuple.as_ptr())) }
}

/// A shape's object.
pub fn object<'py>(py: Python<'py>, shape: &[usize]) -> PyResult<Bound<'py, PyTuple>> {
    let Some(class) = SIZE.get(py) else {
        return PyTuple::new(py, shape);
    };
    // SAFETY: the class is a subclass of tuple without fields of its own; the new object has a place for each extent,
    // nobody else has seen it, and `PyTuple_SetItem` takes over the number.
    unsafe {
        let made = ffi::PyType_GenericAlloc(class.as_ptr().cast(), shape.len() as ffi::Py_ssize_t);
        let made = Bound::from_owned_ptr_or_err(py, made)?;
        for (i, &extent) in shape.iter().enumerate() {
            let number = ffi::PyLong_FromSize_t(extent);
            if number.is_null() || ffi::PyTuple_SetItem(made.as_ptr(), i as ffi::Py_ssize_t, number) != 0 {
                return Err(PyErr::fetch(py));
            }
        }
        Ok(made.cast_into_unchecked())
    }
}

/// The size that `Tensor(2, 3)`, `Tensor(size)` and `Tensor()` ask for; None of data.
pub fn given<'py>(
    py: Python<'py>,
    data: Option<&Bound<'py, PyAny>>,
    second: Option<&Bound<'py, PyAny>>,
    more: &Bound<'py, PyTuple>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(data) = data else {
        return Ok(Some(PyTuple::new(py, [0])?.into_any()));
    };
    if data.is_instance_of::<PyTuple>() && !data.get_type().is(py.get_type::<PyTuple>()) {
        let size = SIZE
            .get(py)
            .map_or(Ok(false), |class| data.is_instance(class.bind(py)))?;
        return Ok(size.then(|| data.clone()));
    }
    let extents: Vec<_> = [data.clone()]
        .into_iter()
        .chain(second.cloned())
        .chain(more.iter())
        .collect();
    let extent = |e: &Bound<'_, PyAny>| e.is_instance_of::<PyInt>() && !e.is_instance_of::<PyBool>();
    Ok(if extents.iter().all(extent) {
        Some(PyTuple::new(py, extents)?.into_any())
    } else {
        None
    })
}

/// Makes a subclass of the base `ravine.Size`, the class of shapes.
#[pyfunction]
fn set_size_class(class: &Bound<'_, PyType>) -> PyResult<()> {
    if !class.is_subclass_of::<PyTuple>()? {
        return Err(PyTypeError::new_err("set_size_class: a shape is a tuple"));
    }
    let _ = SIZE.set(class.py(), class.clone().unbind());
    Ok(())
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("Extents", base(m.py())?)?;
    m.add_function(wrap_pyfunction!(set_size_class, m)?)
}
