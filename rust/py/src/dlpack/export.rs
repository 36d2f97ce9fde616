//! `Tensor.__dlpack__`: memory for others to read.

use super::{
    CPU, DLDevice, DLTensor, IS_COPIED, NAME, READ_ONLY, Unversioned, VERSIONED_NAME, Versioned, code_of,
    refuse,
};
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine_core::array::Array;
use ravine_core::cpu;
use std::ffi::c_void;

/// What a capsule of ours keeps alive.
struct Exported {
    array: Array,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

impl Exported {
    fn new(array: Array) -> Exported {
        Exported {
            shape: array.shape.iter().map(|&n| n as i64).collect(),
            strides: array.strides.iter().map(|&s| s as i64).collect(),
            array,
        }
    }

    fn tensor(&mut self) -> DLTensor {
        DLTensor {
            data: self.array.ptr().cast_mut().cast(),
            device: DLDevice { kind: CPU, id: 0 },
            ndim: self.shape.len() as i32,
            dtype: code_of(self.array.dtype),
            shape: self.shape.as_mut_ptr(),
            strides: self.strides.as_mut_ptr(),
            byte_offset: 0,
        }
    }
}

unsafe extern "C" fn delete(managed: *mut Unversioned) {
    // SAFETY: the consumer calls this once, with what `capsule_of` made.
    unsafe {
        let managed = Box::from_raw(managed);
        drop(Box::from_raw(managed.context.cast::<Exported>()));
    }
}

unsafe extern "C" fn delete_versioned(managed: *mut Versioned) {
    // SAFETY: as above.
    unsafe {
        let managed = Box::from_raw(managed);
        drop(Box::from_raw(managed.context.cast::<Exported>()));
    }
}

/// A capsule that nobody consumed frees what it holds.
unsafe extern "C" fn drop_capsule(capsule: *mut ffi::PyObject) {
    // SAFETY: Python passes a capsule that `capsule_of` made; its name tells whether it was consumed, and which
    // structure it holds.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, NAME.as_ptr()) != 0 {
            delete(ffi::PyCapsule_GetPointer(capsule, NAME.as_ptr()).cast());
        } else if ffi::PyCapsule_IsValid(capsule, VERSIONED_NAME.as_ptr()) != 0 {
            delete_versioned(ffi::PyCapsule_GetPointer(capsule, VERSIONED_NAME.as_ptr()).cast());
        }
    }
}

/// A capsule with an array; `flags` asks for the versioned structure.
fn capsule_of(py: Python<'_>, array: Array, flags: Option<u64>) -> PyResult<Py<PyAny>> {
    let mut exported = Box::new(Exported::new(array));
    let tensor = exported.tensor();
    let context = Box::into_raw(exported).cast();
    let (pointer, name) = match flags {
        None => {
            let managed = Box::new(Unversioned {
                tensor,
                context,
                deleter: Some(delete),
            });
            (Box::into_raw(managed).cast::<c_void>(), NAME)
        }
        Some(flags) => {
            let managed = Box::new(Versioned {
                major: 1,
                minor: 0,
                context,
                deleter: Some(delete_versioned),
                flags,
                tensor,
            });
            (Box::into_raw(managed).cast(), VERSIONED_NAME)
        }
    };
    // SAFETY: the pointer is not null, the name is static, and a new reference (or null) comes back.
    unsafe {
        let capsule = ffi::PyCapsule_New(pointer, name.as_ptr(), Some(drop_capsule));
        match Bound::from_owned_ptr_or_opt(py, capsule) {
            Some(capsule) => Ok(capsule.unbind()),
            None => {
                match flags {
                    None => delete(pointer.cast()),
                    Some(_) => delete_versioned(pointer.cast()),
                }
                Err(PyErr::fetch(py))
            }
        }
    }
}

/// `Tensor.__dlpack__`. The memory itself goes to consumers that know the read-only flag and say what they want of
/// `copy`; others get a copy, since they may write into what they get.
pub fn export(
    t: &PyTensor,
    py: Python<'_>,
    stream: Option<&Bound<'_, PyAny>>,
    max_version: Option<(u32, u32)>,
    dl_device: Option<(i32, i32)>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    if let Some(stream) = stream
        && !stream.is_none()
    {
        return refuse("__dlpack__: a tensor on the CPU has no stream. Pass stream=None");
    }
    if let Some((kind, id)) = dl_device
        && kind != CPU
    {
        return refuse(format!(
            "__dlpack__: the tensor is on the CPU, not on device ({kind}, {id}). Pass dl_device=None"
        ));
    }
    let mut copy: Option<Option<bool>> = None;
    for (key, value) in options.into_iter().flatten() {
        match key.extract::<String>()?.as_str() {
            "copy" => copy = Some(value.extract()?),
            other => {
                return Err(PyTypeError::new_err(format!(
                    "__dlpack__: unknown argument '{other}'. The arguments are stream, max_version, dl_device and copy"
                )));
            }
        }
    }
    if gate::enter(py, || t.cell.requires_grad())? {
        return refuse(
            "__dlpack__: the tensor requires a gradient, which the other library would lose. Use .detach()",
        );
    }
    let versioned = max_version.is_some_and(|v| v.0 >= 1);
    let mut array = t.array(py, "__dlpack__")?;
    let shares = versioned && matches!(copy, Some(None | Some(false)));
    if !shares {
        if copy == Some(Some(false)) {
            return refuse(
                "__dlpack__: copy=False is for consumers that know read-only memory: max_version=(1, 0) or later",
            );
        }
        array = gate::enter(py, || cpu::dense(&array))?;
    } else if array.strides.iter().any(|&s| s < 0) {
        // Few libraries take negative strides.
        if copy == Some(Some(false)) {
            return refuse(
                "__dlpack__: the elements lie in reverse order. Pass copy=None, or .clone() first",
            );
        }
        array = gate::enter(py, || cpu::dense(&array))?;
        return capsule_of(py, array, Some(IS_COPIED));
    }
    let flags = if shares { READ_ONLY } else { IS_COPIED };
    capsule_of(py, array, versioned.then_some(flags))
}
