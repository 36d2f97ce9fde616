//! Single elements of evaluated data as Python numbers.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use ravine_core::array::Array;
use ravine_core::cpu;
use ravine_core::dtype::{DType, Scalar};

/// Element `i` (in row-major order) of an array whose elements are read one by one.
pub fn element(array: &Array, i: usize) -> Scalar {
    let at = cpu::layout::Walk::new(&array.shape, i).offset(&array.strides);
    let ptr = array.ptr().wrapping_offset(at * array.dtype.size() as isize);
    // SAFETY: `at` is the offset of an element, whose type the dtype tells.
    unsafe {
        match array.dtype {
            DType::Bool => Scalar::Bool(*ptr != 0),
            DType::U8 => Scalar::I64(*ptr as i64),
            DType::I8 => Scalar::I64(*ptr.cast::<i8>() as i64),
            DType::I16 => Scalar::I64(*ptr.cast::<i16>() as i64),
            DType::I32 => Scalar::I64(*ptr.cast::<i32>() as i64),
            DType::I64 => Scalar::I64(*ptr.cast::<i64>()),
            DType::F16 | DType::BF16 => {
                let mut wide = 0f32;
                let one = array.with_layout(Default::default(), Default::default(), array.offset + at);
                let (iteration, access) = cpu::layout::Iteration::new(&[], std::slice::from_ref(&one));
                iteration.load(&one, &access[0], 0, 1, (&raw mut wide).cast());
                Scalar::F64(wide as f64)
            }
            DType::F32 => Scalar::F64(*ptr.cast::<f32>() as f64),
            DType::F64 => Scalar::F64(*ptr.cast::<f64>()),
        }
    }
}

/// A number as Python's own.
pub fn to_python(py: Python<'_>, s: Scalar) -> PyResult<Py<PyAny>> {
    Ok(match s {
        Scalar::Bool(b) => b.into_pyobject(py)?.to_owned().into_any().unbind(),
        Scalar::I64(i) => i.into_pyobject(py)?.into_any().unbind(),
        Scalar::Beyond(x) | Scalar::F64(x) => x.into_pyobject(py)?.into_any().unbind(),
    })
}

/// The elements from dimension `depth` on as lists of lists; `at` counts those that are done.
pub fn nested(py: Python<'_>, array: &Array, depth: usize, at: &mut usize) -> PyResult<Py<PyAny>> {
    if depth == array.shape.len() {
        let value = to_python(py, element(array, *at))?;
        *at += 1;
        return Ok(value);
    }
    let items = (0..array.shape[depth]).map(|_| nested(py, array, depth + 1, at));
    Ok(list(py, items)?.into_any().unbind())
}

/// A list of as many objects as a user asked for. It grows by Python's own means, which raise when there is no memory,
/// and Ctrl-C is heard.
pub fn list<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    items: impl Iterator<Item = PyResult<T>>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for (i, item) in items.enumerate() {
        heard(py, i)?;
        list.append(item?)?;
    }
    Ok(list)
}

/// As `list`.
pub fn tuple<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    items: impl Iterator<Item = PyResult<T>>,
) -> PyResult<Bound<'py, PyTuple>> {
    Ok(py
        .get_type::<PyTuple>()
        .call1((list(py, items)?,))?
        .cast_into::<PyTuple>()?)
}

/// Looks at signals now and then, in round `i` of a loop over a user's objects.
#[inline]
pub fn heard(py: Python<'_>, i: usize) -> PyResult<()> {
    if i & 0xfff == 0xfff {
        py.check_signals()
    } else {
        Ok(())
    }
}
