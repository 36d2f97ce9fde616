//! Walks over the graph, as Python calls them.

use crate::autocast;
use crate::collect::{Held, Place};
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use ravine_core::cell::Cell;
use ravine_core::error::{Error, Result};
use ravine_core::graph::{Arg, Hook, Node, Tensor, next_sequence};
use ravine_core::mode::{self, Randomness, Recording};
use ravine_core::op::CustomRule;
use ravine_core::ops::graph::custom;
use ravine_core::ops::graph::identity;
use ravine_core::stream::{self, placeholder};
use ravine_core::transform::{jvp, region, tape, vjp, vmap};
use smallvec::SmallVec;
use std::sync::{Arc, Mutex, Weak};

type Handles<'py> = Vec<Bound<'py, PyTensor>>;

fn values(py: Python<'_>, handles: &[Bound<'_, PyTensor>]) -> PyResult<Vec<Tensor>> {
    handles.iter().map(|t| t.get().value(py)).collect()
}

fn optional(py: Python<'_>, handles: Vec<Option<Bound<'_, PyTensor>>>) -> PyResult<Vec<Option<Tensor>>> {
    handles
        .into_iter()
        .map(|t| t.map(|t| t.get().value(py)).transpose())
        .collect()
}

pub fn object(py: Python<'_>, t: Option<Tensor>) -> PyResult<Option<Py<PyTensor>>> {
    t.map(|t| PyTensor::new_object(py, t)).transpose()
}

/// Adds gradients to the leaves of `outputs`.
#[pyfunction]
fn run_backward(
    py: Python<'_>,
    outputs: Handles<'_>,
    cotangents: Vec<Option<Bound<'_, PyTensor>>>,
    inputs: Option<Handles<'_>>,
    retain_graph: bool,
    create_graph: bool,
) -> PyResult<()> {
    let outputs = values(py, &outputs)?;
    let cotangents = optional(py, cotangents)?;
    let only: Option<Vec<Arc<Cell>>> = inputs.map(|i| i.iter().map(|t| t.get().cell.clone()).collect());
    gate::enter(py, || {
        if let Some(y) = outputs.iter().find(|y| !y.requires_grad()) {
            let text = format!(
                "the output ({}) does not require a gradient: no tensor with requires_grad=True leads to it, or it was \
                 computed under no_grad",
                y.node().op.name
            );
            return Err(Error::gradient("backward", text));
        }
        let request = vjp::Request {
            outputs: &outputs,
            cotangents: &cotangents,
            wanted: &[],
            leaves: true,
            retain_graph,
            create_graph,
            first: 0,
            transform: false,
        };
        stream::current().unit.mature();
        let found = vjp::walk(&request)?;
        autocast::forget();
        mode::with_grad(create_graph, || {
            for (cell, g) in found.cells {
                if only
                    .as_ref()
                    .is_none_or(|only| only.iter().any(|c| Arc::ptr_eq(c, &cell)))
                {
                    cell.accumulate(g)?;
                }
            }
            Ok(())
        })
    })
}

/// Gradients of `outputs` by `inputs`, `None` where there is no path; nodes recorded before `first` end the walk.
#[pyfunction]
#[pyo3(signature = (outputs, cotangents, inputs, retain_graph, create_graph, transform, first = 0))]
#[allow(clippy::too_many_arguments)]
fn run_grad(
    py: Python<'_>,
    outputs: Handles<'_>,
    cotangents: Vec<Option<Bound<'_, PyTensor>>>,
    inputs: Handles<'_>,
    retain_graph: bool,
    create_graph: bool,
    transform: bool,
    first: u64,
) -> PyResult<Vec<Option<Py<PyTensor>>>> {
    let outputs = values(py, &outputs)?;
    let cotangents = optional(py, cotangents)?;
    let wanted: Vec<vjp::Wanted> = (inputs.iter())
        .map(|t| {
            let cell = &t.get().cell;
            Ok(if cell.is_marked_leaf() && !transform {
                vjp::Wanted::Leaf(cell.clone())
            } else {
                vjp::Wanted::Node(gate::enter(py, || cell.identity())?)
            })
        })
        .collect::<PyResult<_>>()?;
    let found = gate::enter(py, || {
        vjp::walk(&vjp::Request {
            outputs: &outputs,
            cotangents: &cotangents,
            wanted: &wanted,
            leaves: false,
            retain_graph,
            create_graph: create_graph || (transform && mode::recording() != Recording::Off),
            first,
            transform,
        })
    })?;
    if !retain_graph {
        autocast::forget();
    }
    found.wanted.into_iter().map(|g| object(py, g)).collect()
}

/// Tangents of `outputs` for tangents of `inputs`.
#[pyfunction]
fn run_jvp(
    py: Python<'_>,
    inputs: Handles<'_>,
    tangents: Handles<'_>,
    outputs: Handles<'_>,
) -> PyResult<Vec<Option<Py<PyTensor>>>> {
    let (inputs, tangents, outputs) = (
        values(py, &inputs)?,
        values(py, &tangents)?,
        values(py, &outputs)?,
    );
    let found = gate::enter(py, || jvp::push(&inputs, &tangents, &outputs))?;
    found.into_iter().map(|t| object(py, t)).collect()
}

/// Records a traced function again, batched.
#[pyfunction]
fn run_vmap(
    py: Python<'_>,
    placeholders: Handles<'_>,
    inputs: Handles<'_>,
    outputs: Handles<'_>,
    start: u64,
    size: usize,
    randomness: &str,
) -> PyResult<Vec<(Py<PyTensor>, bool)>> {
    let (placeholders, inputs, outputs) = (
        values(py, &placeholders)?,
        values(py, &inputs)?,
        values(py, &outputs)?,
    );
    let randomness = parse_randomness(randomness)?;
    let found = gate::enter(py, || {
        vmap::replay(&placeholders, &inputs, &outputs, start, size, randomness)
    })?;
    found
        .into_iter()
        .map(|(t, batched)| Ok((PyTensor::new_object(py, t)?, batched)))
        .collect()
}

fn parse_randomness(text: &str) -> PyResult<Randomness> {
    match text {
        "error" => Ok(Randomness::Error),
        "different" => Ok(Randomness::Different),
        "same" => Ok(Randomness::Same),
        _ => Err(PyValueError::new_err(format!(
            "vmap: randomness is 'error', 'different' or 'same', not '{text}'"
        ))),
    }
}

/// The same value under a new node.
#[pyfunction]
fn alias(py: Python<'_>, t: &Bound<'_, PyTensor>) -> PyResult<Py<PyTensor>> {
    let t = t.get().value(py)?;
    PyTensor::new_object(py, gate::enter(py, || identity::alias(&t))?)
}

/// A stand-in for one element of a batch.
#[pyfunction]
fn make_placeholder(py: Python<'_>, like: &Bound<'_, PyTensor>) -> PyResult<Py<PyTensor>> {
    let t = like.get().value(py)?;
    PyTensor::new_object(
        py,
        placeholder(
            &identity::LEAF,
            t.shape()[1..].into(),
            t.dtype(),
            t.device(),
            t.requires_grad(),
        ),
    )
}

/// What nodes from `start` on read of those before: the inputs, captured ones too, of the part of a program that was
/// recorded since and led to `outputs`. Only those that a gradient can reach. With `forget` that part loses its
/// history, so that its intermediate values need not be kept.
#[pyfunction]
fn boundary(py: Python<'_>, outputs: Handles<'_>, start: u64, forget: bool) -> PyResult<Vec<Py<PyTensor>>> {
    let outputs = values(py, &outputs)?;
    let found = gate::enter(py, || Ok(region::boundary(&outputs, start, forget)))?;
    found.into_iter().map(|t| PyTensor::new_object(py, t)).collect()
}

/// Whether the same values are meant, in any order.
#[pyfunction]
fn same_nodes(py: Python<'_>, a: Handles<'_>, b: Handles<'_>) -> PyResult<bool> {
    let (a, b) = (values(py, &a)?, values(py, &b)?);
    Ok(a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| x.is(y))))
}

/// `""` outside of transforms, else what the innermost needs: `"reverse"`, or `"all"`.
#[pyfunction]
fn open_transform() -> &'static str {
    match mode::recording() {
        Recording::Off => "",
        Recording::Reverse => "reverse",
        Recording::All => "all",
    }
}

/// Sequence number from which the next nodes count.
#[pyfunction]
fn sequence() -> u64 {
    next_sequence()
}

/// An open transform.
#[pyclass(module = "ravine._core", frozen)]
struct OpenTransform {
    opened: Mutex<Option<tape::Opened>>,
}

/// What was recorded for a transform; dropping it ends those histories.
#[pyclass(module = "ravine._core", frozen)]
struct Tape {
    _tape: tape::Tape,
}

#[pymethods]
impl OpenTransform {
    #[new]
    #[pyo3(signature = (kind, randomness = None))]
    fn new(kind: &str, randomness: Option<&str>) -> PyResult<OpenTransform> {
        let recording = match kind {
            "reverse" => Recording::Reverse,
            "all" => Recording::All,
            _ => return Err(PyValueError::new_err("kind is 'reverse' or 'all'")),
        };
        let randomness = randomness.map(parse_randomness).transpose()?;
        Ok(OpenTransform {
            opened: Mutex::new(Some(tape::open(recording, randomness))),
        })
    }

    /// Restores the modes. The histories live as long as the returned object.
    fn close(&self) -> Tape {
        let opened = self.opened.lock().unwrap_or_else(|e| e.into_inner()).take();
        Tape {
            _tape: opened.map(|o| tape::close(&o)).unwrap_or_default(),
        }
    }
}

/// Undoes `register_hook`.
#[pyclass(module = "ravine", frozen)]
struct HookHandle {
    id: u64,
    cell: Weak<Cell>,
    node: Option<Weak<Node>>,
}

#[pymethods]
impl HookHandle {
    /// Takes the hook away; a second call does nothing.
    fn remove(&self) {
        match &self.node {
            Some(node) => node.upgrade().into_iter().for_each(|n| n.remove_hook(self.id)),
            None => self
                .cell
                .upgrade()
                .into_iter()
                .for_each(|c| c.remove_hook(self.id)),
        }
    }
}

/// Calls `hook(grad)` when the gradient of this tensor is known; what it returns, if not None, replaces it.
#[pyfunction]
fn register_hook(py: Python<'_>, t: &Bound<'_, PyTensor>, hook: Py<PyAny>) -> PyResult<HookHandle> {
    let held = Held::new(py, vec![hook])?;
    let own = held.clone();
    let call: Hook = Arc::new(move |g: &Tensor| {
        Python::attach(|py| {
            let Some(hook) = own.get(py, 0) else {
                return Ok(None);
            };
            let run = || -> PyResult<Option<Tensor>> {
                let result = hook.call1(py, (PyTensor::new_object(py, g.clone())?,))?;
                let result = result.bind(py);
                if result.is_none() {
                    return Ok(None);
                }
                let refuse = |what: String| {
                    let (shape, dtype) = (ravine_core::shape::show(g.shape()), g.dtype());
                    let text = format!(
                        "the hook returned {what}, the gradient has shape {shape} and dtype {dtype}. Return a tensor like it, or \
                         None"
                    );
                    Err(gate::raise(py, &Error::gradient("register_hook", text)))
                };
                let Ok(result) = result.cast::<PyTensor>() else {
                    return refuse(result.get_type().name()?.to_string());
                };
                let new = result.get().value(py)?;
                if new.shape() != g.shape() || new.dtype() != g.dtype() {
                    let shape = ravine_core::shape::show(new.shape());
                    return refuse(format!("shape {shape} and dtype {}", new.dtype()));
                }
                Ok(Some(new))
            };
            run().map_err(gate::foreign)
        })
    });
    let cell = t.get().cell.clone();
    let (id, node) = gate::enter(py, || cell.add_hook(call))?;
    let (cell, node) = (Arc::downgrade(&cell), node.as_ref().map(Arc::downgrade));
    held.note(match &node {
        Some(node) => Place::Node(node.clone()),
        None => Place::Cell(cell.clone()),
    });
    Ok(HookHandle { id, cell, node })
}

/// The rules of an `autograd.Function`, in Python: `vjp(outputs, cotangents, needs) -> gradients`, then, each a function or
/// None, `jvp(tangents) -> tangents` and `vmap(batched flags, size, inputs) -> outputs`.
struct PythonRule {
    held: Arc<Held>,
    /// The outputs that the derivative reads.
    reads: Vec<usize>,
}

impl PythonRule {
    fn get(&self, py: Python<'_>, i: usize) -> Option<Py<PyAny>> {
        self.held.get(py, i).filter(|rule| !rule.is_none(py))
    }
}

pub fn tuple<'py>(py: Python<'py>, tensors: &[Option<Tensor>]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(
        py,
        tensors
            .iter()
            .map(|t| object(py, t.clone()))
            .collect::<PyResult<Vec<_>>>()?,
    )
}

pub fn results(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<Vec<Option<Tensor>>> {
    value
        .try_iter()?
        .map(|t| {
            let t = t?;
            if t.is_none() {
                Ok(None)
            } else {
                t.cast::<PyTensor>()?.get().value(py).map(Some)
            }
        })
        .collect()
}

impl CustomRule for PythonRule {
    fn reads(&self, output: usize) -> bool {
        self.reads.contains(&output)
    }

    fn vjp(
        &self,
        outputs: &[Tensor],
        cotangents: &[Option<Tensor>],
        needs: &[bool],
    ) -> Result<SmallVec<[Option<Tensor>; 3]>> {
        Python::attach(|py| {
            let Some(vjp) = self.get(py, 0) else {
                return Err(Error::state("Function", "its derivative was garbage-collected"));
            };
            let run = || {
                let outputs: Vec<Option<Tensor>> = outputs.iter().cloned().map(Some).collect();
                let given = (tuple(py, &outputs)?, tuple(py, cotangents)?, needs.to_vec());
                results(py, vjp.call1(py, given)?.bind(py))
            };
            run().map(|r| r.into_iter().collect()).map_err(gate::foreign)
        })
    }

    fn jvp(&self, tangents: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
        Python::attach(|py| {
            let Some(jvp) = self.get(py, 1) else {
                return Err(Error::never(
                    "Function",
                    "forward derivative",
                    "define a static method jvp(ctx, *tangents)",
                ));
            };
            let run = || results(py, jvp.call1(py, (tuple(py, tangents)?,))?.bind(py));
            run().map(|r| r.into_iter().collect()).map_err(gate::foreign)
        })
    }

    fn batch(&self, inputs: &[Arg], batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
        Python::attach(|py| {
            let Some(vmap) = self.get(py, 2) else {
                return Err(Error::never(
                    "Function",
                    "batching rule",
                    "define a static method vmap(info, in_dims, *args)",
                ));
            };
            let run = || {
                let inputs: Vec<Option<Tensor>> = inputs.iter().map(|a| a.tensor().cloned()).collect();
                results(
                    py,
                    vmap.call1(py, (batched.to_vec(), size, tuple(py, &inputs)?))?
                        .bind(py),
                )
            };
            run()
                .map(|r| r.into_iter().flatten().collect())
                .map_err(gate::foreign)
        })
    }
}

/// Records outputs that a user's function computed, with the user's rules, and the numbers of outputs that these read.
#[pyfunction]
#[pyo3(signature = (inputs, outputs, vjp, jvp, vmap, reads = Vec::new()))]
fn record_custom(
    py: Python<'_>,
    inputs: Handles<'_>,
    outputs: Handles<'_>,
    vjp: Py<PyAny>,
    jvp: Py<PyAny>,
    vmap: Py<PyAny>,
    reads: Vec<usize>,
) -> PyResult<Vec<Py<PyTensor>>> {
    let (inputs, outputs) = (values(py, &inputs)?, values(py, &outputs)?);
    let held = Held::new(py, vec![vjp, jvp, vmap])?;
    let rule: Arc<dyn CustomRule> = Arc::new(PythonRule {
        held: held.clone(),
        reads,
    });
    let made = gate::enter(py, || custom::record(&inputs, &outputs, rule))?;
    if let Some(first) = made.first() {
        held.note(Place::Node(Arc::downgrade(first.node())));
    }
    made.into_iter().map(|t| PyTensor::new_object(py, t)).collect()
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<OpenTransform>()?;
    m.add_class::<Tape>()?;
    m.add_class::<HookHandle>()?;
    m.add_function(wrap_pyfunction!(run_backward, m)?)?;
    m.add_function(wrap_pyfunction!(run_grad, m)?)?;
    m.add_function(wrap_pyfunction!(run_jvp, m)?)?;
    m.add_function(wrap_pyfunction!(run_vmap, m)?)?;
    m.add_function(wrap_pyfunction!(alias, m)?)?;
    m.add_function(wrap_pyfunction!(make_placeholder, m)?)?;
    m.add_function(wrap_pyfunction!(boundary, m)?)?;
    m.add_function(wrap_pyfunction!(same_nodes, m)?)?;
    m.add_function(wrap_pyfunction!(open_transform, m)?)?;
    m.add_function(wrap_pyfunction!(sequence, m)?)?;
    m.add_function(wrap_pyfunction!(register_hook, m)?)?;
    m.add_function(wrap_pyfunction!(record_custom, m)?)
}
