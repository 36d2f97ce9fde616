//! The Python line that records an op: the innermost one outside of this package.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use std::collections::HashMap;
use std::path::{MAIN_SEPARATOR, Path};
use std::sync::{Mutex, MutexGuard, OnceLock};

/// Lines by id, from 1 on, and back. There are as many as the program has lines that record.
#[derive(Default)]
struct Lines {
    lines: Vec<(String, i32)>,
    ids: HashMap<String, HashMap<i32, u32>>,
}

static LINES: OnceLock<Mutex<Lines>> = OnceLock::new();
/// The folder of this package's own files.
static PACKAGE: OnceLock<String> = OnceLock::new();

fn lines() -> MutexGuard<'static, Lines> {
    let lines = LINES.get_or_init(Mutex::default);
    lines.lock().unwrap_or_else(|e| e.into_inner())
}

/// The id of the line that the calling thread runs, 0 if all of its frames are this package's.
pub fn here() -> u32 {
    Python::attach(|py| find(py).unwrap_or(0))
}

fn find(py: Python<'_>) -> PyResult<u32> {
    // SAFETY: the thread is attached; the frame is borrowed, or null where no Python code runs.
    let mut frame =
        unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast::<ffi::PyObject>()) };
    while let Some(current) = frame {
        let code = current.getattr(intern!(py, "f_code"))?;
        let file = code.getattr(intern!(py, "co_filename"))?;
        let file = file.cast::<PyString>()?.to_str()?;
        if !is_own(py, file)? {
            // SAFETY: `current` is a frame object, and the thread is attached.
            let line = unsafe { ffi::PyFrame_GetLineNumber(current.as_ptr().cast()) };
            return Ok(id(file, line));
        }
        let back = current.getattr(intern!(py, "f_back"))?;
        frame = (!back.is_none()).then_some(back);
    }
    Ok(0)
}

/// Whether a file belongs to the package. Recipes are programs that use it.
fn is_own(py: Python<'_>, file: &str) -> PyResult<bool> {
    let package = match PACKAGE.get() {
        Some(package) => package,
        None => {
            let init = py.import("ravine")?.getattr("__file__")?.extract::<String>()?;
            let folder = init.trim_end_matches(|c| c != MAIN_SEPARATOR && c != '/');
            PACKAGE.get_or_init(|| folder.to_string())
        }
    };
    Ok(file
        .strip_prefix(package.as_str())
        .is_some_and(|inside| !inside.starts_with("recipes")))
}

fn id(file: &str, line: i32) -> u32 {
    let mut known = lines();
    if let Some(&id) = known.ids.get(file).and_then(|ids| ids.get(&line)) {
        return id;
    }
    known.lines.push((file.to_string(), line));
    let id = known.lines.len() as u32;
    known.ids.entry(file.to_string()).or_default().insert(line, id);
    id
}

/// `train.py:42`, relative to the working folder where the file lies below it; `None` for id 0.
pub fn describe(id: u32) -> Option<String> {
    let (file, line) = lines().lines.get((id as usize).checked_sub(1)?)?.clone();
    let folder = std::env::current_dir().unwrap_or_default();
    let shown = Path::new(&file).strip_prefix(&folder).unwrap_or(Path::new(&file));
    Some(format!("{}:{line}", shown.display()))
}
