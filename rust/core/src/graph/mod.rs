//! Nodes and the handles on them.
//!
//! A node is an op, its parameters, its inputs, and perhaps the values of its outputs. Nodes never change what they
//! mean; what changes is how far they are evaluated and who still owns their values:
//!
//! * `held` counts `Tensor` handles and pending readers, `saved` counts live histories whose rule reads the value.
//!   An evaluated value with `held == saved == 0` is freed.
//! * A node forgets its inputs once it has its values, unless it has a live history.

mod handle;
mod owners;
mod report;

pub use handle::{Arg, Edge, Guard, Key, Operand, Tensor};
pub use owners::{Owners, Part};

use crate::array::Array;
use crate::cell::Cell;
use crate::device::Device;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::mode::Mode;
use crate::op::{Attrs, CustomRule, Data, Op};
use crate::shape::{self, Shape};
use crate::stream::Stream;
use parking_lot::{Mutex, MutexGuard};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::*};
use std::sync::{Arc, OnceLock, Weak};

/// One op applied to inputs.
pub struct Node {
    pub op: &'static Op,
    pub attrs: Attrs,
    /// Numbers that a plan does not depend on.
    pub data: Data,
    /// Position in the order of recording, over all threads.
    pub seq: u64,
    /// Id of the module that recorded it.
    pub path: u32,
    /// Id of the line that recorded it, 0 where none was noted.
    pub place: u32,
    /// Recorded while gradients were on.
    pub grad_mode: bool,
    /// Recorded by a derivative.
    pub backward: bool,
    pub outputs: SmallVec<[Output; 1]>,
    /// Place in the segment that is being planned; meaningful to the stream that runs it only.
    pub slot: AtomicU32,
    state: Mutex<State>,
    extra: OnceLock<Box<Extra>>,
}

/// What a node knows of one of its results before it is computed.
pub struct Output {
    pub shape: Shape,
    pub dtype: DType,
    pub device: Device,
    held: AtomicU32,
    saved: AtomicU32,
    /// How many of `held` keep the value only so that a write to it can be taken back (see `unit`).
    guards: AtomicU32,
    requires_grad: AtomicBool,
}

pub struct State {
    pub inputs: SmallVec<[Operand; 3]>,
    pub arrays: SmallVec<[Option<Array>; 1]>,
    pub phase: Phase,
    pub history: History,
    /// The history owns the inputs in place of the output, which is computed again when it is read.
    pub recompute: bool,
}

#[derive(Clone)]
pub enum Phase {
    /// Waits in a stream and owns its inputs as a reader.
    Pending(Arc<Stream>),
    /// As pending, but in no stream: the memory for it, or for a node before it, could not be had. A look tries again.
    Parked,
    /// Evaluated; a value without an owner is gone.
    Done,
    /// Carries the error of its launch or of an input, and keeps its inputs.
    Failed(Error),
    /// A placeholder of a transform, or computed from one: has no value.
    Abstract,
}

/// What reverse mode may do with a node.
#[derive(Clone)]
pub enum History {
    None,
    /// Owns the inputs and outputs that the rule reads.
    Live(Arc<Reads>),
    /// Differentiated already; `read` tells whether the rule needed values, so that a second visit must raise.
    Ended {
        read: bool,
    },
}

/// Which inputs and outputs a rule reads.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Reads {
    pub inputs: Box<[bool]>,
    pub outputs: Box<[bool]>,
}

impl Reads {
    pub fn any(&self) -> bool {
        self.inputs.iter().chain(&self.outputs).any(|&r| r)
    }
}

/// Rarely used attachments.
#[derive(Default)]
struct Extra {
    /// The leaf whose value an output is: gradients go there.
    leaf: Mutex<Option<Weak<Cell>>>,
    /// The cell that asked for this intermediate gradient.
    retain: Mutex<Option<Weak<Cell>>>,
    hooks: Mutex<Vec<(u64, Hook)>>,
    custom: Option<Arc<dyn CustomRule>>,
}

/// Called with a cotangent on its way; may replace it.
pub type Hook = Arc<dyn Fn(&Tensor) -> Result<Option<Tensor>> + Send + Sync>;

static SEQUENCE: AtomicU64 = AtomicU64::new(1);

/// Every node made from now on has at least this number.
pub fn next_sequence() -> u64 {
    SEQUENCE.load(Relaxed)
}

impl State {
    #[inline]
    pub fn new(inputs: SmallVec<[Operand; 3]>, phase: Phase, history: History) -> State {
        State {
            inputs,
            arrays: SmallVec::new(),
            phase,
            history,
            recompute: false,
        }
    }

    /// A node of one output that has its value from the start.
    #[inline]
    pub fn evaluated(inputs: SmallVec<[Operand; 3]>, array: Array, history: History) -> State {
        State {
            arrays: SmallVec::from_buf([Some(array)]),
            ..State::new(inputs, Phase::Done, history)
        }
    }
}

impl Node {
    /// Every output starts with the one handle that `into_handle` or `into_handles` gives out.
    #[inline]
    pub fn new(
        op: &'static Op,
        attrs: Attrs,
        data: Data,
        outputs: SmallVec<[Output; 1]>,
        mut state: State,
        custom: Option<Arc<dyn CustomRule>>,
        mode: Mode,
        place: u32,
    ) -> Arc<Node> {
        while state.arrays.len() < outputs.len() {
            state.arrays.push(None);
        }
        let extra = OnceLock::new();
        if custom.is_some() {
            let _ = extra.set(Box::new(Extra {
                custom,
                ..Extra::default()
            }));
        }
        Arc::new(Node {
            op,
            attrs,
            data,
            seq: SEQUENCE.fetch_add(1, Relaxed),
            path: mode.path,
            place,
            grad_mode: mode.grad,
            backward: mode.backward,
            outputs,
            slot: AtomicU32::new(u32::MAX),
            state: Mutex::new(state),
            extra,
        })
    }

    /// The first handle on the one output. Call once, when the node is made.
    #[inline]
    pub fn into_handle(self: Arc<Node>) -> Tensor {
        assert_eq!(self.outputs.len(), 1, "{} has several outputs", self.op.name);
        Tensor::first(self, 0)
    }

    /// The first handles on its outputs. Call once, when the node is made.
    #[inline]
    pub fn into_handles(self: Arc<Node>) -> SmallVec<[Tensor; 1]> {
        let mut handles = SmallVec::new();
        if let Some(last) = self.outputs.len().checked_sub(1) {
            for index in 0..last {
                handles.push(Tensor::first(self.clone(), index as u32));
            }
            handles.push(Tensor::first(self, last as u32));
        }
        handles
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
    pub fn try_state(&self) -> Option<MutexGuard<'_, State>> {
        self.state.try_lock()
    }

    /// Whether nobody will read any of its values.
    pub fn is_dead(&self) -> bool {
        self.outputs.iter().all(|o| o.held() == 0 && o.saved() == 0)
    }

    /// The inputs, empty when forgotten.
    pub fn inputs(&self) -> SmallVec<[Operand; 3]> {
        self.state().inputs.clone()
    }

    pub fn custom(&self) -> Option<Arc<dyn CustomRule>> {
        self.extra.get().and_then(|e| e.custom.clone())
    }

    fn extra(&self) -> &Extra {
        self.extra.get_or_init(Box::default)
    }

    pub fn leaf(&self) -> Option<Arc<Cell>> {
        let leaf = self.extra.get()?.leaf.lock().clone();
        leaf?.upgrade()
    }
    pub fn is_leaf(&self) -> bool {
        self.extra.get().is_some_and(|e| e.leaf.lock().is_some())
    }
    pub fn set_leaf(&self, cell: Option<Weak<Cell>>) {
        *self.extra().leaf.lock() = cell;
    }

    pub fn retain(&self) -> Option<Arc<Cell>> {
        let cell = self.extra.get()?.retain.lock().clone();
        cell?.upgrade()
    }
    pub fn set_retain(&self, cell: Option<Weak<Cell>>) {
        *self.extra().retain.lock() = cell;
    }

    pub fn hooks(&self) -> Vec<Hook> {
        let Some(extra) = self.extra.get() else {
            return Vec::new();
        };
        extra.hooks.lock().iter().map(|(_, h)| h.clone()).collect()
    }
    pub fn add_hook(&self, id: u64, hook: Hook) {
        self.extra().hooks.lock().push((id, hook));
    }
    pub fn remove_hook(&self, id: u64) {
        self.extra().hooks.lock().retain(|(i, _)| *i != id);
    }

    /// Takes ownership of what the rule reads. Call once, when the node is made.
    pub fn own_saved(&self, reads: &Reads) {
        let state = self.state();
        for (operand, &read) in state.inputs.iter().zip(&reads.inputs) {
            if let (Operand::Edge(e), true) = (operand, read) {
                e.output().saved.fetch_add(1, AcqRel);
            }
        }
        for (output, &read) in self.outputs.iter().zip(&reads.outputs) {
            if read {
                output.saved.fetch_add(1, AcqRel);
            }
        }
    }

    /// Ends a live history: values that only it owned are freed. A node that reads nothing stays differentiable.
    pub fn end_history(&self) {
        self.close_history(History::Ended { read: true }, Reads::any);
    }

    /// Drops the history outright (the result of a closed transform).
    pub fn forget_history(&self) {
        self.close_history(History::None, |_| true);
    }

    fn close_history(&self, closed: History, applies: impl Fn(&Reads) -> bool) {
        let mut state = self.state();
        let reads = match &state.history {
            History::Live(reads) if applies(reads) => reads.clone(),
            _ => return,
        };
        state.history = closed;
        let inputs = if matches!(state.phase, Phase::Done) {
            std::mem::take(&mut state.inputs)
        } else {
            state.inputs.clone()
        };
        let recompute = std::mem::take(&mut state.recompute);
        drop(state);
        self.disown_saved(&reads, &inputs, recompute);
        bury(inputs);
    }

    /// From now on the history owns what this node's output is computed from. Whether it did not before.
    pub fn own_sources(&self) -> bool {
        let mut state = self.state();
        if std::mem::replace(&mut state.recompute, true) {
            return false;
        }
        for e in state.inputs.iter().filter_map(Operand::edge) {
            e.output().saved.fetch_add(1, AcqRel);
        }
        true
    }

    fn disown_saved(&self, reads: &Reads, inputs: &[Operand], recompute: bool) {
        if recompute {
            disown(inputs);
        }
        for (operand, &read) in inputs.iter().zip(&reads.inputs) {
            if let (Operand::Edge(e), true) = (operand, read) {
                e.output().saved.fetch_sub(1, AcqRel);
                e.free_if_unowned();
            }
        }
        for (i, &read) in reads.outputs.iter().enumerate() {
            if read {
                self.outputs[i].saved.fetch_sub(1, AcqRel);
                self.free_if_unowned(i);
            }
        }
    }

    /// A pending node is done with its inputs: they lose a reader, and without a history they are forgotten.
    pub fn release_inputs(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        // Numbers cost nothing, and an op without tensors can be recorded again from them.
        let numbers = state.inputs.iter().all(|o| matches!(o, Operand::Scalar(_)));
        let keep = numbers || matches!(state.history, History::Live(_));
        let inputs = if keep {
            state.inputs.clone()
        } else {
            std::mem::take(&mut state.inputs)
        };
        drop(state);
        for operand in &inputs {
            if let Operand::Edge(e) = operand {
                e.output().held.fetch_sub(1, AcqRel);
                e.free_if_unowned();
            }
        }
        bury(inputs);
    }

    /// Frees a value that has no owner left.
    pub fn free_if_unowned(&self, index: usize) {
        let o = &self.outputs[index];
        if o.held.load(Acquire) == 0 && o.saved.load(Acquire) == 0 {
            let freed = self.state().arrays[index].take();
            drop(freed);
        }
    }
}

impl Output {
    /// Held by the handle that `Node::into_handle` or `into_handles` makes.
    #[inline]
    pub fn new(shape: Shape, dtype: DType, device: Device, requires_grad: bool) -> Output {
        Output {
            shape,
            dtype,
            device,
            held: AtomicU32::new(1),
            saved: AtomicU32::new(0),
            guards: AtomicU32::new(0),
            requires_grad: AtomicBool::new(requires_grad),
        }
    }
    /// Whether elements of the two can be computed in one pass.
    pub fn is_like(&self, other: &Output) -> bool {
        shape::same(&self.shape, &other.shape) && self.device == other.device
    }
    #[inline]
    pub fn held(&self) -> u32 {
        self.held.load(Acquire)
    }
    #[inline]
    pub fn saved(&self) -> u32 {
        self.saved.load(Acquire)
    }
    pub fn guards(&self) -> u32 {
        self.guards.load(Acquire)
    }
    #[inline]
    pub fn hold(&self) {
        self.held.fetch_add(1, AcqRel);
    }
    #[inline]
    pub fn requires_grad(&self) -> bool {
        self.requires_grad.load(Relaxed)
    }
    pub fn set_requires_grad(&self, on: bool) {
        self.requires_grad.store(on, Relaxed);
    }
}

/// A history that computed its output again lets go of the sources.
fn disown(inputs: &[Operand]) {
    for e in inputs.iter().filter_map(Operand::edge) {
        e.output().saved.fetch_sub(1, AcqRel);
        e.free_if_unowned();
    }
}

thread_local! {
    /// Inputs of dropped nodes; `Some` while a drop is being worked off further up the stack.
    static GRAVES: RefCell<(bool, Vec<SmallVec<[Operand; 3]>>)> = const { RefCell::new((false, Vec::new())) };
}

/// Drops inputs without recursion: a chain of a million nodes would overflow the stack otherwise.
pub fn bury(mut inputs: SmallVec<[Operand; 3]>) {
    // Only the last reference to a node can start a chain.
    inputs.retain(|o| matches!(o, Operand::Edge(e) if Arc::strong_count(&e.node) == 1));
    if inputs.is_empty() {
        return;
    }
    let mut inputs = Some(inputs);
    let working = GRAVES.try_with(|g| {
        let mut g = g.borrow_mut();
        g.1.extend(inputs.take());
        std::mem::replace(&mut g.0, true)
    });
    match working {
        Ok(false) => loop {
            let next = GRAVES.with(|g| {
                let mut g = g.borrow_mut();
                let next = g.1.pop();
                g.0 = next.is_some();
                next
            });
            match next {
                Some(operands) => drop(operands),
                None => return,
            }
        },
        Ok(true) => {}
        // The thread is ending: nothing is left to queue on.
        Err(_) => drop(inputs),
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        let inputs = std::mem::take(&mut state.inputs);
        if state.recompute {
            disown(&inputs);
        }
        if let History::Live(reads) = &state.history {
            for (operand, &read) in inputs.iter().zip(&reads.inputs) {
                if let (Operand::Edge(e), true) = (operand, read) {
                    e.output().saved.fetch_sub(1, AcqRel);
                    e.free_if_unowned();
                }
            }
        }
        if !matches!(state.phase, Phase::Done) {
            for operand in &inputs {
                if let Operand::Edge(e) = operand {
                    e.output().held.fetch_sub(1, AcqRel);
                    e.free_if_unowned();
                }
            }
        }
        bury(inputs);
    }
}
