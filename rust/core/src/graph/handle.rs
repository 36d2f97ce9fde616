//! References into the graph: structural ones, which keep a node, and owning ones, which keep its value.

use super::{Node, Output, Phase};
use crate::array::Array;
use crate::device::Device;
use crate::dtype::{DType, Scalar};
use crate::shape::Shape;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

/// An input: a reference into the graph, or a number.
#[derive(Clone)]
pub enum Operand {
    Edge(Edge),
    Scalar(Scalar),
}

/// A structural reference: keeps the node, does not own its value.
#[derive(Clone)]
pub struct Edge {
    pub node: Arc<Node>,
    pub index: u32,
}

/// An owning handle on one output of a node.
pub struct Tensor(Edge);

/// Tells outputs apart while they live.
pub type Key = (usize, u32);

impl Edge {
    pub fn key(&self) -> Key {
        (Arc::as_ptr(&self.node) as usize, self.index)
    }
    #[inline]
    pub fn output(&self) -> &Output {
        &self.node.outputs[self.index as usize]
    }
    pub fn array(&self) -> Option<Array> {
        self.node.state().arrays[self.index as usize].clone()
    }
    pub fn free_if_unowned(&self) {
        self.node.free_if_unowned(self.index as usize);
    }
    pub fn tensor(&self) -> Tensor {
        Tensor::new(self.node.clone(), self.index)
    }
    /// Whether the value was there, had no owner, and cannot be computed again.
    pub fn is_gone(&self) -> bool {
        let state = self.node.state();
        matches!(state.phase, Phase::Done) && state.arrays[self.index as usize].is_none() && !state.recompute
    }
    pub fn is(&self, other: &Edge) -> bool {
        self.index == other.index && Arc::ptr_eq(&self.node, &other.node)
    }
}

impl Tensor {
    pub fn new(node: Arc<Node>, index: u32) -> Tensor {
        node.outputs[index as usize].hold();
        Tensor(Edge { node, index })
    }
    /// The handle that an output is born with.
    pub(super) fn first(node: Arc<Node>, index: u32) -> Tensor {
        Tensor(Edge { node, index })
    }
    #[inline]
    pub fn edge(&self) -> &Edge {
        &self.0
    }
    #[inline]
    pub fn node(&self) -> &Arc<Node> {
        &self.0.node
    }
    #[inline]
    pub fn shape(&self) -> &Shape {
        &self.0.output().shape
    }
    #[inline]
    pub fn rank(&self) -> usize {
        self.shape().len()
    }
    pub fn numel(&self) -> usize {
        self.shape().iter().product()
    }
    #[inline]
    pub fn dtype(&self) -> DType {
        self.0.output().dtype
    }
    #[inline]
    pub fn device(&self) -> Device {
        self.0.output().device
    }
    #[inline]
    pub fn requires_grad(&self) -> bool {
        self.0.output().requires_grad()
    }
    pub fn is_abstract(&self) -> bool {
        matches!(self.node().state().phase, Phase::Abstract)
    }
    /// Whether two handles mean the same value.
    pub fn is(&self, other: &Tensor) -> bool {
        self.0.is(&other.0)
    }
}

impl Clone for Tensor {
    fn clone(&self) -> Tensor {
        Tensor::new(self.0.node.clone(), self.0.index)
    }
}

impl Drop for Tensor {
    fn drop(&mut self) {
        let o = self.0.output();
        if o.held.fetch_sub(1, AcqRel) == 1
            && o.saved.load(Acquire) == 0
            && Arc::strong_count(&self.0.node) > 1
        {
            self.0.free_if_unowned();
        }
    }
}

/// A handle that keeps a value only so that a write to it can be taken back: the write may still go into its memory
/// where nothing can fail any more.
pub struct Guard(Tensor);

impl Guard {
    pub fn new(t: Tensor) -> Guard {
        t.edge().output().guards.fetch_add(1, AcqRel);
        Guard(t)
    }
    pub fn tensor(&self) -> &Tensor {
        &self.0
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.edge().output().guards.fetch_sub(1, AcqRel);
    }
}

impl std::fmt::Debug for Tensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}{:?}", self.node().op.name, self.dtype(), self.shape())
    }
}

impl Operand {
    pub fn edge(&self) -> Option<&Edge> {
        match self {
            Operand::Edge(e) => Some(e),
            Operand::Scalar(_) => None,
        }
    }
    pub fn tensor(&self) -> Option<Tensor> {
        self.edge().map(Edge::tensor)
    }
    pub fn shape(&self) -> &[usize] {
        self.edge().map_or(&[], |e| &e.output().shape)
    }
}

/// An argument of an op while it is being recorded: as `Operand`, but owning.
#[derive(Clone, Debug)]
pub enum Arg {
    Tensor(Tensor),
    Scalar(Scalar),
}

impl Arg {
    #[inline]
    pub fn tensor(&self) -> Option<&Tensor> {
        match self {
            Arg::Tensor(t) => Some(t),
            Arg::Scalar(_) => None,
        }
    }
    /// A scalar has shape ().
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.tensor().map_or(&[], |t| t.shape())
    }
    pub fn is_abstract(&self) -> bool {
        self.tensor().is_some_and(Tensor::is_abstract)
    }
    #[inline]
    pub fn requires_grad(&self) -> bool {
        self.tensor().is_some_and(Tensor::requires_grad)
    }
    /// A structural reference: the argument stays the owner.
    pub fn operand(&self) -> Operand {
        match self {
            Arg::Scalar(s) => Operand::Scalar(*s),
            Arg::Tensor(t) => Operand::Edge(t.edge().clone()),
        }
    }
    /// Hands the ownership over to a node that will read it: `held` stays as it is.
    #[inline]
    pub fn into_operand(self) -> Operand {
        match self {
            Arg::Scalar(s) => Operand::Scalar(s),
            Arg::Tensor(t) => {
                let t = std::mem::ManuallyDrop::new(t);
                // SAFETY: `t` is never dropped, so the edge is moved out exactly once.
                Operand::Edge(unsafe { std::ptr::read(&t.0) })
            }
        }
    }
}

impl From<&Operand> for Arg {
    fn from(o: &Operand) -> Arg {
        match o {
            Operand::Edge(e) => Arg::Tensor(e.tensor()),
            Operand::Scalar(s) => Arg::Scalar(*s),
        }
    }
}
impl From<&Arg> for Arg {
    fn from(a: &Arg) -> Arg {
        a.clone()
    }
}
impl From<&Tensor> for Arg {
    fn from(t: &Tensor) -> Arg {
        Arg::Tensor(t.clone())
    }
}
impl From<Tensor> for Arg {
    fn from(t: Tensor) -> Arg {
        Arg::Tensor(t)
    }
}
impl From<f64> for Arg {
    fn from(x: f64) -> Arg {
        Arg::Scalar(Scalar::F64(x))
    }
}
impl From<i64> for Arg {
    fn from(x: i64) -> Arg {
        Arg::Scalar(Scalar::I64(x))
    }
}
impl From<Scalar> for Arg {
    fn from(s: Scalar) -> Arg {
        Arg::Scalar(s)
    }
}
