//! Memory shared with other libraries through DLPack capsules, version 1.0 and the one before.
//!
//! What is exported may be read for as long as the consumer holds it: its memory has one more owner, so nothing is
//! written into it. What is imported is copied, unless nobody else will write it.

mod export;
mod import;

pub use export::export;
pub use import::{read, release_dropped};

use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;
use ravine_core::dtype::DType;
use std::ffi::{CStr, c_void};

const NAME: &CStr = c"dltensor";
const VERSIONED_NAME: &CStr = c"dltensor_versioned";

const CPU: i32 = 1;
const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;

// The structures of dlpack.h.

#[repr(C)]
#[derive(Clone, Copy)]
struct DLDevice {
    kind: i32,
    id: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct DLDataType {
    code: u8,
    bits: u8,
    lanes: u16,
}

#[repr(C)]
struct DLTensor {
    data: *mut c_void,
    device: DLDevice,
    ndim: i32,
    dtype: DLDataType,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

#[repr(C)]
struct Unversioned {
    tensor: DLTensor,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Unversioned)>,
}

#[repr(C)]
struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    tensor: DLTensor,
}

// Element types ------------------------------------------------------------------------------------------------------

fn code_of(dtype: DType) -> DLDataType {
    let code = match dtype.name() {
        "bool" => 6,
        "bfloat16" => 4,
        name if name.starts_with("float") => 2,
        name if name.starts_with("uint") => 1,
        _ => 0,
    };
    DLDataType {
        code,
        bits: 8 * dtype.size() as u8,
        lanes: 1,
    }
}

fn dtype_of(d: DLDataType) -> Option<DType> {
    let all = DType::ALL.iter().copied();
    all.into_iter().find(|&own| {
        let own = code_of(own);
        (own.code, own.bits, own.lanes) == (d.code, d.bits, d.lanes)
    })
}

fn refuse<R>(text: impl Into<String>) -> PyResult<R> {
    Err(PyBufferError::new_err(text.into()))
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(import::from_dlpack, m)?)
}
