//! Python's cycle collector and the callbacks that the graph holds: hooks, and rules of `autograd.Function`.
//!
//! The collector counts, for every object, the references that it can see; it cannot see into the graph. So, before a
//! full collection, each callback that nothing but tensors keeps alive is given one reference per such tensor, and each
//! of these tensors shows it one. A callback is garbage then if, and only if, all of the tensors are. After the
//! collection the references are gone again. Where anything else owns the node (another thread, a running backward
//! pass), nothing is shown, and the callback counts as alive.

use crate::tensor::PyTensor;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use ravine_core::cell::Cell;
use ravine_core::graph::{Node, Owners};
use ravine_core::stream;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

/// Python objects that a node or a cell owns.
pub struct Held(Mutex<Vec<Py<PyAny>>>);

/// What owns them.
pub enum Place {
    Cell(Weak<Cell>),
    Node(Weak<Node>),
}

/// What a tensor shows the collector of one `Held`.
struct Shown {
    held: Arc<Held>,
    /// Whether it shows the references of `held` itself; the other tensors get some of their own.
    first: bool,
    own: Vec<Py<PyAny>>,
    /// How many of the tensors that show it have not been cleared.
    left: Arc<AtomicUsize>,
}

static ALL: Mutex<Vec<(Weak<Held>, Place)>> = Mutex::new(Vec::new());
/// By the address of the tensor, from the start of a collection to its end. No Python code runs under these locks.
static SHOWN: Mutex<Option<HashMap<usize, Vec<Shown>>>> = Mutex::new(None);
static ANY_SHOWN: AtomicBool = AtomicBool::new(false);
/// Steps up from callbacks to tensors in one collection. What lies beyond counts as alive.
const STEPS: usize = 20_000_000;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

impl Held {
    pub fn new(py: Python<'_>, objects: Vec<Py<PyAny>>) -> PyResult<Arc<Held>> {
        static INSTALLED: OnceLock<()> = OnceLock::new();
        if INSTALLED.set(()).is_ok() {
            let callbacks = py.import("gc")?.getattr("callbacks")?;
            callbacks.call_method1("append", (wrap_pyfunction!(around_collection, py)?,))?;
        }
        Ok(Arc::new(Held(Mutex::new(objects))))
    }

    /// Makes the collector see these objects.
    pub fn note(self: &Arc<Held>, place: Place) {
        let mut all = lock(&ALL);
        if all.len() == all.capacity() {
            all.retain(|(held, _)| held.strong_count() > 0);
        }
        all.push((Arc::downgrade(self), place));
    }

    /// Object `i`; `None` once the collector has cleared it, and where there never was one.
    pub fn get(&self, py: Python<'_>, i: usize) -> Option<Py<PyAny>> {
        lock(&self.0).get(i).map(|object| object.clone_ref(py))
    }
}

/// `gc` calls it before and after every collection.
#[pyfunction]
fn around_collection(py: Python<'_>, phase: &str, info: &Bound<'_, PyDict>) -> PyResult<()> {
    hide();
    let full = info
        .get_item("generation")?
        .is_some_and(|g| g.eq(2).unwrap_or(false));
    if phase == "start" && full {
        lock(&ALL).retain(|(held, _)| held.strong_count() > 0);
        if !lock(&ALL).is_empty() {
            show(py)?;
        }
    }
    Ok(())
}

/// Forgets what tensors show, and lets go of their references.
fn hide() {
    if ANY_SHOWN.swap(false, Relaxed) {
        let shown = lock(&SHOWN).take();
        drop(shown);
    }
}

fn show(py: Python<'_>) -> PyResult<()> {
    // Nodes that nobody will read hold others for nothing.
    stream::current().drop_dead();
    let objects = py.import("gc")?.call_method0("get_objects")?;
    let objects = objects.cast::<PyList>()?;
    let tensors: Vec<Bound<'_, PyTensor>> = objects
        .iter()
        .filter_map(|object| object.cast_into::<PyTensor>().ok())
        .collect();
    let cells: Vec<&Arc<Cell>> = tensors.iter().map(|t| &t.get().cell).collect();
    let owners = Owners::of(&cells);
    let mut steps = STEPS;
    let mut shown: HashMap<usize, Vec<Shown>> = HashMap::new();
    let known: Vec<(Arc<Held>, usize)> = {
        let all = lock(&ALL);
        let address = |place: &Place| match place {
            Place::Cell(cell) => cell.as_ptr() as usize,
            Place::Node(node) => node.as_ptr() as usize,
        };
        all.iter()
            .filter_map(|(held, place)| Some((held.upgrade()?, address(place))))
            .collect()
    };
    for (held, address) in known {
        let Some(handles) = owners.handles(address, &mut steps) else {
            continue;
        };
        let left = Arc::new(AtomicUsize::new(handles.len()));
        for (n, &handle) in handles.iter().enumerate() {
            let copies = if n > 0 { usize::MAX } else { 0 };
            let own = lock(&held.0)
                .iter()
                .take(copies)
                .map(|object| object.clone_ref(py))
                .collect();
            let entry = Shown {
                held: held.clone(),
                first: n == 0,
                own,
                left: left.clone(),
            };
            shown
                .entry(address_of(tensors[handle as usize].get()))
                .or_default()
                .push(entry);
        }
    }
    *lock(&SHOWN) = Some(shown);
    ANY_SHOWN.store(true, Relaxed);
    Ok(())
}

fn address_of(tensor: &PyTensor) -> usize {
    std::ptr::from_ref(tensor) as usize
}

/// Visits what a tensor shows.
pub fn traverse(tensor: &PyTensor, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
    if !ANY_SHOWN.load(Relaxed) {
        return Ok(());
    }
    let shown = lock(&SHOWN);
    let entries = shown.as_ref().and_then(|all| all.get(&address_of(tensor)));
    for entry in entries.into_iter().flatten() {
        if entry.first {
            lock(&entry.held.0)
                .iter()
                .try_for_each(|object| visit.call(object))?;
        }
        entry.own.iter().try_for_each(|object| visit.call(object))?;
    }
    Ok(())
}

/// The tensor is garbage: drops its references, and the callback itself if all that keep it alive are.
pub fn clear(tensor: &PyTensor) {
    if !ANY_SHOWN.load(Relaxed) {
        return;
    }
    let entries = lock(&SHOWN)
        .as_mut()
        .and_then(|all| all.remove(&address_of(tensor)));
    for entry in entries.into_iter().flatten() {
        if entry.left.fetch_sub(1, Relaxed) == 1 {
            let objects = std::mem::take(&mut *lock(&entry.held.0));
            drop(objects);
        }
    }
}
