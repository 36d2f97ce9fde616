//! `ravine.from_dlpack`: memory of others.

use super::{
    CPU, DLDataType, DLTensor, IS_COPIED, NAME, READ_ONLY, Unversioned, VERSIONED_NAME, Versioned, dtype_of,
    refuse,
};
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};
use ravine_core::array::{Array, Storage};
use ravine_core::cell::Cell;
use ravine_core::cpu;
use ravine_core::device::Device;
use ravine_core::ops::graph::identity::LEAF;
use ravine_core::shape::{self, contiguous_strides};
use ravine_core::stream::constant;
use std::ffi::CStr;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

const USED_NAME: &CStr = c"used_dltensor";
const USED_VERSIONED_NAME: &CStr = c"used_dltensor_versioned";

/// A structure that another library lent; its deleter may need Python.
enum Lent {
    Unversioned(NonNull<Unversioned>),
    Versioned(NonNull<Versioned>),
}

// SAFETY: DLPack's structures are plain data, and their deleters may be called from any thread.
unsafe impl Send for Lent {}
// SAFETY: as above; the structure is only read.
unsafe impl Sync for Lent {}

impl Lent {
    /// The tensor and its flags.
    fn read(&self) -> (&DLTensor, u64) {
        // SAFETY: whoever lent the structure keeps it valid until its deleter is called.
        unsafe {
            match self {
                Lent::Unversioned(m) => (&m.as_ref().tensor, 0),
                Lent::Versioned(m) => (&m.as_ref().tensor, m.as_ref().flags),
            }
        }
    }

    fn give_back(self) {
        // SAFETY: `self` is consumed, so the deleter is called once.
        unsafe {
            match self {
                Lent::Unversioned(m) => {
                    if let Some(deleter) = m.as_ref().deleter {
                        deleter(m.as_ptr());
                    }
                }
                Lent::Versioned(m) => {
                    if let Some(deleter) = m.as_ref().deleter {
                        deleter(m.as_ptr());
                    }
                }
            }
        }
    }
}

/// Structures of values that are gone. They may go in the middle of a flush, where nothing of Python runs.
static DROPPED: Mutex<Vec<Lent>> = Mutex::new(Vec::new());
static ANY_DROPPED: AtomicBool = AtomicBool::new(false);

/// Gives back what is not used any more.
#[inline]
pub fn release_dropped() {
    if ANY_DROPPED.load(Relaxed) {
        release();
    }
}

#[cold]
fn release() {
    ANY_DROPPED.store(false, Relaxed);
    let dropped = std::mem::take(&mut *DROPPED.lock().unwrap_or_else(|e| e.into_inner()));
    dropped.into_iter().for_each(Lent::give_back);
}

struct Owner(Option<Lent>);

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(lent) = self.0.take() {
            DROPPED.lock().unwrap_or_else(|e| e.into_inner()).push(lent);
            ANY_DROPPED.store(true, Relaxed);
        }
    }
}

/// Takes the structure out of a capsule, which is marked as used.
fn take(capsule: &Bound<'_, PyAny>) -> PyResult<Lent> {
    let raw = capsule.as_ptr();
    // SAFETY: `raw` is a live object; a capsule of this name holds this structure, and renaming it hands it over.
    unsafe {
        if ffi::PyCapsule_IsValid(raw, VERSIONED_NAME.as_ptr()) != 0 {
            let pointer = ffi::PyCapsule_GetPointer(raw, VERSIONED_NAME.as_ptr()).cast::<Versioned>();
            let managed = NonNull::new(pointer).expect("a valid capsule holds no null");
            let (major, minor) = (managed.as_ref().major, managed.as_ref().minor);
            if major != 1 {
                return refuse(format!(
                    "from_dlpack: version {major}.{minor} of DLPack is not known here"
                ));
            }
            ffi::PyCapsule_SetName(raw, USED_VERSIONED_NAME.as_ptr());
            return Ok(Lent::Versioned(managed));
        }
        if ffi::PyCapsule_IsValid(raw, NAME.as_ptr()) != 0 {
            let pointer = ffi::PyCapsule_GetPointer(raw, NAME.as_ptr()).cast::<Unversioned>();
            ffi::PyCapsule_SetName(raw, USED_NAME.as_ptr());
            return Ok(Lent::Unversioned(
                NonNull::new(pointer).expect("a valid capsule holds no null"),
            ));
        }
    }
    refuse("from_dlpack: the capsule was used before, or is not one of DLPack")
}

/// The array that a structure describes, in its memory.
fn array_of(py: Python<'_>, lent: Lent) -> PyResult<Array> {
    let owner = Owner(Some(lent));
    let (tensor, _) = owner.0.as_ref().expect("just put there").read();
    if tensor.device.kind != CPU {
        return refuse(format!(
            "from_dlpack: the data are on device ({}, {}). Move them to the CPU first",
            tensor.device.kind, tensor.device.id
        ));
    }
    let Some(dtype) = dtype_of(tensor.dtype) else {
        let DLDataType { code, bits, lanes } = tensor.dtype;
        return Err(PyTypeError::new_err(format!(
            "from_dlpack: no dtype for elements of type code {code} with {bits} bits and {lanes} lanes. Convert them first"
        )));
    };
    let rank = tensor.ndim as usize;
    let words = |pointer: *const i64| -> Vec<i64> {
        // SAFETY: DLPack's arrays have one word per dimension.
        (0..rank).map(|d| unsafe { *pointer.add(d) }).collect()
    };
    let shape: Vec<usize> = words(tensor.shape).iter().map(|&n| n as usize).collect();
    gate::enter(py, || shape::check("from_dlpack", &shape, dtype))?;
    let strides = if tensor.strides.is_null() {
        contiguous_strides(&shape)
    } else {
        words(tensor.strides).iter().map(|&s| s as isize).collect()
    };
    let empty = shape.contains(&0);
    let ptr = if empty && tensor.data.is_null() {
        NonNull::<u128>::dangling().as_ptr().cast::<u8>().cast_const()
    } else {
        tensor
            .data
            .cast_const()
            .cast::<u8>()
            .wrapping_add(tensor.byte_offset as usize)
    };
    if !(ptr as usize).is_multiple_of(dtype.size()) {
        return refuse("from_dlpack: the data are not aligned to their elements. Copy them first");
    }
    Ok(Array {
        storage: Arc::new(Storage::Foreign {
            ptr,
            _owner: Box::new(owner),
        }),
        offset: 0,
        shape: shape.into(),
        strides,
        dtype,
        device: Device::CPU,
    })
}

/// Whether nobody writes a NumPy array: it and all that it is a view of are read-only.
fn is_frozen(source: &Bound<'_, PyAny>) -> PyResult<bool> {
    let mut at = source.clone();
    while at.hasattr("flags")? && at.hasattr("base")? {
        if at
            .getattr("flags")?
            .get_item("WRITEABLE")
            .is_ok_and(|w| w.is_truthy().unwrap_or(true))
        {
            return Ok(false);
        }
        at = at.getattr("base")?;
    }
    Ok(true)
}

/// A tensor from an object with `__dlpack__`, or from a capsule. See `ravine.from_dlpack`.
#[pyfunction]
#[pyo3(signature = (source, copy = None))]
pub fn from_dlpack(source: &Bound<'_, PyAny>, copy: Option<bool>) -> PyResult<Py<PyTensor>> {
    let py = source.py();
    let capsule = if source.is_instance_of::<PyCapsule>() {
        source.clone()
    } else {
        request(source, copy)?
    };
    let lent = take(&capsule)?;
    let flags = lent.read().1;
    let array = array_of(py, lent)?;
    // A copy was made for us alone; read-only memory is taken as it is where that says something about its owner.
    let kept = flags & IS_COPIED != 0 || (flags & READ_ONLY != 0 && is_frozen(source)?);
    let shared = match copy {
        Some(false) => true,
        None => kept,
        Some(true) => flags & IS_COPIED != 0,
    };
    let array = gate::enter(py, || {
        if shared {
            cpu::bounds::truths(array)
        } else {
            cpu::dense(&array)
        }
    })?;
    PyTensor::wrap(py, Cell::new(constant(&LEAF, array)))
}

/// A copy of what an object with `__dlpack__` holds.
pub fn read(source: &Bound<'_, PyAny>) -> PyResult<Array> {
    let array = array_of(source.py(), take(&request(source, None)?)?)?;
    gate::enter(source.py(), || cpu::dense(&array))
}

/// Calls `__dlpack__`, in the newest form that the source knows.
fn request<'py>(source: &Bound<'py, PyAny>, copy: Option<bool>) -> PyResult<Bound<'py, PyAny>> {
    let py = source.py();
    let Ok(export) = source.getattr(intern!(py, "__dlpack__")) else {
        return Err(PyTypeError::new_err(format!(
            "from_dlpack: {} has no __dlpack__ method. Use ravine.tensor(...)",
            source.get_type().name()?
        )));
    };
    if let Ok(device) = source.call_method0(intern!(py, "__dlpack_device__")) {
        let (kind, id): (i32, i32) = device.extract()?;
        if kind != CPU {
            return refuse(format!(
                "from_dlpack: the data are on device ({kind}, {id}). Move them to the CPU first"
            ));
        }
    }
    let options = PyDict::new(py);
    options.set_item("max_version", (1, 0))?;
    // Without a wish the source shares, and what must be copied is copied here.
    options.set_item("copy", copy)?;
    match export.call((), Some(&options)) {
        Err(e) if e.is_instance_of::<PyTypeError>(py) => export.call0(),
        other => other,
    }
}
