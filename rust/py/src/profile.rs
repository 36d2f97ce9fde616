//! What the profiler hears from the engine.

use crate::{gate, place};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use ravine_core::graph;
use ravine_core::profile::{self, Event, Recorded};
use ravine_core::work::Meta;

/// From here on launches leave events; with `lines` each op notes the line that records it.
#[pyfunction]
fn profile_start(lines: bool) {
    profile::start(lines);
}

/// Ends it, and returns the events in order of their launches.
#[pyfunction]
fn profile_stop(py: Python<'_>) -> PyResult<Py<PyList>> {
    let events = gate::enter(py, profile::stop)?;
    let entries = events.iter().map(|event| entry(py, event));
    Ok(PyList::new(py, entries.collect::<PyResult<Vec<_>>>()?)?.unbind())
}

/// Nanoseconds on the clock of events, the number that the next op will have, and that of the calling thread.
#[pyfunction]
fn profile_mark() -> (u64, u64, u64) {
    (profile::now(), graph::next_sequence(), profile::thread())
}

fn entry<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyDict>> {
    let entry = PyDict::new(py);
    let ops = event.ops.iter().map(recorded).collect::<Vec<_>>();
    entry.set_item("ops", ops)?;
    entry.set_item("kernel", event.kernel)?;
    entry.set_item("device", event.device.to_string())?;
    entry.set_item("inputs", metas(py, &event.inputs)?)?;
    entry.set_item("outputs", metas(py, &event.outputs)?)?;
    entry.set_item("read", event.traffic.read)?;
    entry.set_item("written", event.traffic.written)?;
    entry.set_item("thread", event.thread)?;
    entry.set_item("begin", event.begin)?;
    entry.set_item("end", event.end)?;
    entry.set_item("live", event.live)?;
    entry.set_item("passes", &event.passes)?;
    Ok(entry)
}

/// Name, number, id of the module, line, whether a derivative recorded it.
fn recorded(op: &Recorded) -> (&'static str, u64, u32, Option<String>, bool) {
    (
        op.name,
        op.sequence,
        op.path,
        place::describe(op.place),
        op.backward,
    )
}

fn metas<'py>(py: Python<'py>, metas: &[Meta]) -> PyResult<Vec<(Bound<'py, PyTuple>, &'static str)>> {
    (metas.iter())
        .map(|(shape, dtype)| Ok((PyTuple::new(py, shape.iter())?, dtype.name())))
        .collect()
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(profile_start, m)?)?;
    m.add_function(wrap_pyfunction!(profile_stop, m)?)?;
    m.add_function(wrap_pyfunction!(profile_mark, m)?)
}
