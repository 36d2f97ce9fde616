//! The one gate into Rust: errors become Python exceptions, panics never cross, long work runs without the GIL, and
//! Ctrl-C is heard between launches.

use crate::{dlpack, place};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use ravine_core::cpu::simd;
use ravine_core::error::{Error, Kind};
use ravine_core::reserve;
use ravine_core::{interrupt, stream};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

thread_local! {
    /// A Python exception on its way through the core.
    static FOREIGN: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

static FORMAT_PATH: OnceLock<Py<PyAny>> = OnceLock::new();

pub fn install() {
    reserve::fill();
    interrupt::set_hook(|| {
        Python::attach(|py| match py.check_signals() {
            Ok(()) => false,
            Err(e) => {
                FOREIGN.set(Some(e));
                true
            }
        })
    });
    ravine_core::place::set_hook(place::here);
    interrupt::set_release(|work| Python::attach(|py| py.detach(work_in(work))));
}

/// `detach` asks for `Send`; the closure runs on this very thread.
fn work_in(work: &mut dyn FnMut()) -> impl FnOnce() + Send + use<'_> {
    struct SameThread<'a>(&'a mut dyn FnMut());
    // SAFETY: `Python::detach` calls the closure on the calling thread.
    unsafe impl Send for SameThread<'_> {}
    let same = SameThread(work);
    move || {
        let SameThread(work) = { same };
        work();
    }
}

/// Runs core code and turns its errors, and panics, into Python exceptions. Another library may have set flush-to-zero
/// on this thread: inside, numbers are converted and compared as everywhere.
pub fn enter<R>(py: Python<'_>, f: impl FnOnce() -> Result<R, Error>) -> PyResult<R> {
    dlpack::release_dropped();
    match catch_unwind(AssertUnwindSafe(|| simd::with_float_state(f))) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) => Err(raise(py, &e)),
        // What was abandoned outside of a launch, for want of scratch.
        Err(panic) if panic.is::<Error>() => Err(raise(py, &panic.downcast::<Error>().expect("looked at"))),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            let e = Error::state(
                "",
                format!(
                    "ravine met a defect of its own ({text}). Please report it with the code that led here"
                ),
            );
            Err(raise(py, &e))
        }
    }
}

/// The Python exception for an error.
pub fn raise(py: Python<'_>, e: &Error) -> PyErr {
    e.mark_raised();
    if e.kind() == Kind::Memory {
        // Wherever it ran out, what was recorded since the last look has not happened.
        stream::current().unit.take_back();
    }
    match e.kind() {
        Kind::Foreign => {
            if let Some(original) = FOREIGN.take() {
                return original;
            }
        }
        Kind::Interrupted => {
            return FOREIGN
                .take()
                .unwrap_or_else(|| PyKeyboardInterrupt::new_err(e.to_string()));
        }
        _ => {}
    }
    let mut text = e.to_string();
    if e.path() != 0
        && let Some(format) = FORMAT_PATH.get()
        && let Ok(path) = format.call1(py, (e.path(),))
    {
        text = format!("{text} [in {path}]");
    }
    if let Some(line) = place::describe(e.place()) {
        text = format!("{text} [recorded at {line}]");
    }
    let name = match e.kind() {
        Kind::Shape => "ShapeError",
        Kind::DType => "DTypeError",
        Kind::Index => "IndexError",
        Kind::Value => "ValueError",
        Kind::Gradient => "GradientError",
        Kind::Memory => "OutOfMemoryError",
        Kind::Device => "DeviceError",
        Kind::Linalg => "LinAlgError",
        Kind::Anomaly => "AnomalyError",
        Kind::State | Kind::Interrupted | Kind::Foreign => "StateError",
    };
    let class = py
        .import("ravine.errors")
        .and_then(|m| m.getattr(name))
        .and_then(|c| c.call1((text.clone(),)));
    match class {
        Ok(exception) => {
            if e.is_late() {
                let _ = exception.setattr("late", true);
            }
            PyErr::from_value(exception)
        }
        Err(_) => PyRuntimeError::new_err(text),
    }
}

/// Carries a Python exception through the core.
pub fn foreign(e: PyErr) -> Error {
    let text = e.to_string();
    FOREIGN.set(Some(e));
    Error::foreign(text)
}

/// Registers the function that writes a module path id as text.
#[pyfunction]
pub fn set_path_formatter(format: Py<PyAny>) {
    let _ = FORMAT_PATH.set(format);
}
