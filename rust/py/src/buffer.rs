//! Memory shared with other libraries through Python's buffer protocol.

use crate::gate;
use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use ravine_core::array::{Array, Storage};
use ravine_core::device::Device;
use ravine_core::dtype::DType;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Arc;

fn format_of(dtype: DType) -> &'static CStr {
    match dtype {
        DType::Bool => c"?",
        DType::U8 => c"B",
        DType::I8 => c"b",
        DType::I16 => c"h",
        DType::I32 => c"i",
        DType::I64 => c"q",
        DType::F16 => c"e",
        DType::F32 => c"f",
        DType::F64 => c"d",
        // No format exists; `.numpy()` refuses before it gets here.
        DType::BF16 => c"H",
    }
}

fn dtype_of(format: &str, itemsize: usize) -> Option<DType> {
    let native = format.trim_start_matches(['@', '=', '<', '|']);
    Some(match (native, itemsize) {
        ("?", 1) => DType::Bool,
        ("B", 1) => DType::U8,
        ("b", 1) => DType::I8,
        ("h", 2) => DType::I16,
        ("i" | "l" | "q", 4) => DType::I32,
        ("l" | "q" | "i", 8) => DType::I64,
        ("e", 2) => DType::F16,
        ("f", 4) => DType::F32,
        ("d", 8) => DType::F64,
        _ => return None,
    })
}

/// Gives a buffer back under the GIL.
struct View(Box<ffi::Py_buffer>);
// SAFETY: the buffer is plain memory described by plain data.
unsafe impl Send for View {}
// SAFETY: as above; it is only read.
unsafe impl Sync for View {}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: the buffer was filled by PyObject_GetBuffer and is released once.
        Python::attach(|_| unsafe { ffi::PyBuffer_Release(&mut *self.0) });
    }
}

/// Copies an object that offers a buffer, or `__array__`.
pub fn read(value: &Bound<'_, PyAny>) -> PyResult<Array> {
    let py = value.py();
    // SAFETY: `value` is a live object.
    let object = if unsafe { ffi::PyObject_CheckBuffer(value.as_ptr()) } != 0 {
        value.clone()
    } else if value.hasattr("__array__")? {
        match py.import("numpy")?.call_method1("asarray", (value,)) {
            // NumPy lacks bfloat16, and another library's tensor may have it.
            Err(e) if e.is_instance_of::<PyTypeError>(py) && value.hasattr("__dlpack__")? => {
                return crate::dlpack::read(value);
            }
            array => array?,
        }
    } else {
        let name = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "tensor: cannot make a tensor of {name}. Use numbers, nested lists, or an array"
        )));
    };
    let mut view = Box::new(ffi::Py_buffer::new());
    // SAFETY: `view` is a fresh Py_buffer; a failure leaves it empty and sets an exception.
    if unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &mut *view, ffi::PyBUF_FULL_RO) } != 0 {
        return Err(PyErr::take(py).unwrap_or_else(|| PyBufferError::new_err("no buffer")));
    }
    let view = View(view);
    let buffer = &view.0;
    let format = if buffer.format.is_null() {
        "B".to_string()
    } else {
        // SAFETY: a buffer's format is a C string that lives as long as the buffer.
        unsafe { CStr::from_ptr(buffer.format) }
            .to_string_lossy()
            .into_owned()
    };
    let itemsize = buffer.itemsize as usize;
    let Some(dtype) = dtype_of(&format, itemsize) else {
        let kind = object.getattr("dtype").map_or(format, |d| d.to_string());
        return Err(PyTypeError::new_err(format!(
            "tensor: no dtype for elements of type {kind}. Convert the array first, for example with .astype('float32')"
        )));
    };
    let rank = buffer.ndim as usize;
    // SAFETY: PyBUF_FULL_RO fills shape and strides with `ndim` numbers each.
    let (shape, strides) = unsafe {
        let shape: Vec<usize> = (0..rank).map(|d| *buffer.shape.add(d) as usize).collect();
        let strides: Vec<isize> = (0..rank).map(|d| *buffer.strides.add(d)).collect();
        (shape, strides)
    };
    let aligned =
        strides.iter().all(|s| s % itemsize as isize == 0) && (buffer.buf as usize).is_multiple_of(itemsize);
    if !aligned {
        let copy = object.call_method0("copy")?;
        return read(&copy);
    }
    let foreign = Array {
        storage: Arc::new(Storage::Foreign {
            ptr: buffer.buf.cast_const().cast(),
            _owner: Box::new(()),
        }),
        offset: 0,
        shape: shape.into(),
        strides: strides.iter().map(|s| s / itemsize as isize).collect(),
        dtype,
        device: Device::CPU,
    };
    let copied = gate::enter(py, || ravine_core::cpu::dense(&foreign));
    drop(view);
    copied
}

/// A tensor's memory for other libraries to read.
#[pyclass(module = "ravine._core", frozen)]
pub struct Memory {
    pub array: Array,
}

/// What a filled Py_buffer points to.
struct Exported {
    _array: Array,
    shape: Vec<ffi::Py_ssize_t>,
    strides: Vec<ffi::Py_ssize_t>,
}

/// Fills a Py_buffer with an array's memory, or with a row-major copy where the consumer knows no strides.
///
/// # Safety
/// `view` is what Python gave to `owner`'s `__getbuffer__`, and goes to `release` in the end.
pub unsafe fn fill(
    owner: Bound<'_, PyAny>,
    array: Array,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> PyResult<()> {
    let asks = |flag: c_int| flags & flag == flag;
    if view.is_null() || asks(ffi::PyBUF_WRITABLE) {
        return Err(PyBufferError::new_err(
            "a tensor's memory is read-only; copy it to write",
        ));
    }
    let rows = !asks(ffi::PyBUF_STRIDES) || asks(ffi::PyBUF_C_CONTIGUOUS);
    let array = if rows && !array.is_contiguous() {
        gate::enter(owner.py(), || ravine_core::cpu::dense(&array))?
    } else {
        array
    };
    if asks(ffi::PyBUF_F_CONTIGUOUS) && array.shape.iter().filter(|&&n| n > 1).count() > 1 {
        return Err(PyBufferError::new_err(
            "a tensor's memory does not run by columns; copy it with numpy.asfortranarray",
        ));
    }
    let size = array.dtype.size() as isize;
    let exported = Box::new(Exported {
        shape: array.shape.iter().map(|&n| n as isize).collect(),
        strides: array.strides.iter().map(|&s| s * size).collect(),
        _array: array,
    });
    let array = &exported._array;
    let given = |flag: c_int, words: &Vec<ffi::Py_ssize_t>| {
        if asks(flag) {
            words.as_ptr().cast_mut()
        } else {
            std::ptr::null_mut()
        }
    };
    // SAFETY: `view` is valid for writing, and what it points to lives until `release`.
    unsafe {
        (*view).buf = array.ptr().cast_mut().cast::<c_void>();
        (*view).len = array.nbytes() as isize;
        (*view).readonly = 1;
        (*view).itemsize = size;
        (*view).format = if asks(ffi::PyBUF_FORMAT) {
            format_of(array.dtype).as_ptr() as *mut c_char
        } else {
            std::ptr::null_mut()
        };
        // Bytes in a row, to those who ask for no shape.
        (*view).ndim = if asks(ffi::PyBUF_ND) {
            array.shape.len() as c_int
        } else {
            1
        };
        (*view).shape = given(ffi::PyBUF_ND, &exported.shape);
        (*view).strides = given(ffi::PyBUF_STRIDES, &exported.strides);
        (*view).suboffsets = std::ptr::null_mut();
        (*view).internal = Box::into_raw(exported).cast();
        (*view).obj = owner.into_ptr();
    }
    Ok(())
}

/// Frees what `fill` made.
///
/// # Safety
/// `view` was filled by `fill` and is released once.
pub unsafe fn release(view: *mut ffi::Py_buffer) {
    // SAFETY: `internal` was made by Box::into_raw there.
    drop(unsafe { Box::from_raw((*view).internal.cast::<Exported>()) });
}

#[pymethods]
impl Memory {
    /// # Safety
    /// Called by Python with a Py_buffer to fill.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let array = slf.get().array.clone();
        // SAFETY: as Python says; `__releasebuffer__` follows.
        unsafe { fill(slf.into_any(), array, view, flags) }
    }

    /// # Safety
    /// Called by Python with a Py_buffer that `__getbuffer__` filled.
    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: as Python says.
        unsafe { release(view) }
    }
}
