//! The recorded graph as plain data, for pictures of it.

use crate::gate;
use crate::place;
use crate::tensor::PyTensor;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use ravine_core::graph::{Node, Operand, Phase};
use ravine_core::op::Class;
use ravine_core::stream;
use smallvec::SmallVec;
use std::collections::HashSet;
use std::sync::Arc;

/// Every node that leads to `outputs`, in the order of recording; outputs are (shape, dtype, bytes that a history
/// owns). Nothing is computed.
#[pyfunction]
fn graph_table(py: Python<'_>, outputs: Vec<Bound<'_, PyTensor>>) -> PyResult<Py<PyList>> {
    let mut seen = HashSet::new();
    let mut found: Vec<Arc<Node>> = Vec::new();
    let mut open: Vec<Arc<Node>> = Vec::new();
    for t in &outputs {
        open.push(t.get().value(py)?.node().clone());
    }
    while let Some(node) = open.pop() {
        if seen.insert(node.seq) {
            let inputs = inputs_of(&node);
            open.extend(inputs.iter().filter_map(Operand::edge).map(|e| e.node.clone()));
            found.push(node);
        }
    }
    found.sort_unstable_by_key(|node| node.seq);
    let table = PyList::empty(py);
    for node in found {
        table.append(entry(py, &node)?)?;
    }
    Ok(table.unbind())
}

/// A leaf is where gradients go: how its value came about is no part of the graph.
fn inputs_of(node: &Node) -> SmallVec<[Operand; 3]> {
    if node.is_leaf() {
        SmallVec::new()
    } else {
        node.inputs()
    }
}

fn entry<'py>(py: Python<'py>, node: &Node) -> PyResult<Bound<'py, PyDict>> {
    let inputs = inputs_of(node);
    let sources = PyList::empty(py);
    for operand in &inputs {
        match operand {
            Operand::Edge(e) => sources.append(e.node.seq)?,
            Operand::Scalar(s) => sources.append(s.as_f64().to_string())?,
        }
    }
    let outputs = PyList::empty(py);
    for output in &node.outputs {
        let bytes = output.shape.iter().product::<usize>() * output.dtype.size();
        let saved = if output.saved() > 0 { bytes } else { 0 };
        outputs.append((PyTuple::new(py, output.shape.iter())?, output.dtype.name(), saved))?;
    }
    let phase = match node.state().phase {
        Phase::Pending(_) => "pending",
        Phase::Parked => "parked",
        Phase::Done => "evaluated",
        Phase::Failed(_) => "failed",
        Phase::Abstract => "abstract",
    };
    let is_source = matches!(node.op.class, Class::Create | Class::Random) || node.op.name == "leaf";
    let entry = PyDict::new(py);
    entry.set_item("id", node.seq)?;
    entry.set_item("op", node.op.name)?;
    entry.set_item("view", matches!(node.op.class, Class::View(_)))?;
    entry.set_item("inputs", sources)?;
    entry.set_item("outputs", outputs)?;
    entry.set_item("path", node.path)?;
    entry.set_item("line", place::describe(node.place))?;
    entry.set_item("phase", phase)?;
    entry.set_item("leaf", node.is_leaf())?;
    entry.set_item("forgotten", inputs.is_empty() && !is_source && !node.is_leaf())?;
    entry.set_item(
        "requires_grad",
        node.outputs.iter().any(|output| output.requires_grad()),
    )?;
    Ok(entry)
}

/// What tells a tensor's memory apart from that of others that are alive, on any device, and its strides in elements.
#[pyfunction]
fn memory_place(py: Python<'_>, t: &Bound<'_, PyTensor>) -> PyResult<(usize, Vec<isize>)> {
    let t = t.get().value(py)?;
    let array = gate::enter(py, || stream::settle("save", &t))?;
    let place = if array.device.is_cpu() {
        array.ptr() as usize
    } else {
        (Arc::as_ptr(&array.storage) as usize).wrapping_add_signed(array.offset)
    };
    Ok((place, array.strides.to_vec()))
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(memory_place, m)?)?;
    m.add_function(wrap_pyfunction!(graph_table, m)?)
}
