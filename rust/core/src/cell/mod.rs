//! What a Python tensor is a handle to.
//!
//! Nodes never change; a cell points at one. An in-place op points it at a new node; a view knows its base and how it
//! was taken, writes through to it, and refreshes itself from it. The cell, not the node, is the leaf that gradients
//! go to.

mod handle;
mod undo;
mod way;

pub use undo::Undo;
use way::{Step, join};
pub use way::{note_view, watch, wrap};

use crate::device::Device;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Edge, Hook, Node, Part, Phase, Tensor};
use crate::mode;
use crate::op::{Attrs, Data};
use crate::ops::elementwise::arithmetic::add;
use crate::ops::graph::cast;
use crate::ops::graph::identity;
use crate::ops::shape::view;
use crate::shape::{Shape, broadcast};
use crate::stream;
use parking_lot::{Mutex, MutexGuard};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};

pub struct Cell {
    state: Mutex<State>,
}

struct State {
    value: Value,
    /// What an unfinished write replaced: still the value if that write fails.
    previous: Option<Edge>,
    /// The user asked for gradients here.
    leaf: bool,
    /// The epoch of its making (see `unit`).
    born: u64,
    extra: Option<Box<Extra>>,
}

enum Value {
    Known(Tensor),
    /// Of a view whose base was written since.
    Stale(Shape, DType, Device),
}

/// What intermediate results, and so most tensors, do without.
#[derive(Default)]
struct Extra {
    view: Option<View>,
    /// Views of this cell, to be refreshed after a write.
    views: Vec<Weak<Cell>>,
    retain: bool,
    grad: Option<Arc<Cell>>,
    hooks: Vec<(u64, Hook)>,
    undo: Option<Box<Undo>>,
}

impl State {
    fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    fn known(&self) -> Option<&Tensor> {
        match &self.value {
            Value::Known(t) => Some(t),
            Value::Stale(..) => None,
        }
    }

    fn view(&self) -> Option<&View> {
        self.extra.as_ref()?.view.as_ref()
    }

    fn retains(&self) -> bool {
        self.extra.as_ref().is_some_and(|e| e.retain)
    }

    /// Drops the views that are gone and returns the others.
    fn live_views(&mut self) -> Vec<Arc<Cell>> {
        let Some(extra) = &mut self.extra else {
            return Vec::new();
        };
        extra.views.retain(|v| v.strong_count() > 0);
        extra.views.iter().filter_map(Weak::upgrade).collect()
    }
}

#[derive(Clone)]
struct View {
    base: Arc<Cell>,
    steps: Arc<[Step]>,
    /// Whether gradients were on when it was taken: a refresh records in the same mode.
    grad: bool,
}

static HOOK_ID: AtomicU64 = AtomicU64::new(1);

/// A write that autograd did not see leaves a tensor's gradients with the node that it had before.
fn identity_of(mut t: Tensor) -> Tensor {
    while std::ptr::eq(t.node().op, &identity::REBIND) {
        let inputs = t.node().inputs();
        match inputs.get(1).and_then(|o| o.tensor()) {
            Some(before) => t = before,
            None => break,
        }
    }
    t
}

impl Cell {
    #[inline]
    pub fn new(value: Tensor) -> Arc<Cell> {
        let state = State {
            value: Value::Known(value),
            previous: None,
            leaf: false,
            born: stream::epoch(),
            extra: None,
        };
        Arc::new(Cell {
            state: Mutex::new(state),
        })
    }

    fn new_view(value: Tensor, of: &Arc<Cell>, steps: Vec<Step>) -> Arc<Cell> {
        let (base, mut way) = match of.lock().view() {
            Some(outer) => (outer.base.clone(), join(outer.steps.iter().cloned().chain(steps))),
            None => (of.clone(), join(steps)),
        };
        if way.is_empty() {
            let from = value.shape().clone();
            way.push(Step {
                op: &identity::ALIAS,
                attrs: Attrs::new(),
                data: Data::new(),
                from,
            });
        }
        let steps = way.into();
        let cell = Cell::new(value);
        cell.lock().extra().view = Some(View {
            base: base.clone(),
            steps,
            grad: mode::grad_enabled(),
        });
        let mut state = base.lock();
        let views = &mut state.extra().views;
        if views.len() == views.capacity() {
            views.retain(|v| v.strong_count() > 0);
        }
        views.push(Arc::downgrade(&cell));
        drop(state);
        cell
    }

    /// A second handle on the same memory, constant to autograd: `detach()`, `.data`.
    pub fn detached(self: &Arc<Cell>) -> Result<Arc<Cell>> {
        let value = self.value()?;
        watch();
        let cut = identity::detach(&value);
        let cells = wrap(cut.as_ref().ok().cloned(), std::slice::from_ref(self));
        cut.and_then(|_| Ok(cells?.swap_remove(0)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Every reference that it owns; `None` while somebody works on it.
    pub fn owned(&self) -> Option<SmallVec<[Part; 4]>> {
        let state = self.state.try_lock()?;
        let nodes = state.known().map(Tensor::edge).into_iter().chain(&state.previous);
        let mut owned: SmallVec<[Part; 4]> = nodes.map(|e| Part::Node(e.node.clone())).collect();
        if let Some(extra) = &state.extra {
            let cells = extra.view.iter().map(|view| &view.base).chain(&extra.grad);
            owned.extend(cells.map(|cell| Part::Cell(cell.clone())));
        }
        Some(owned)
    }

    pub fn shape(&self) -> Shape {
        match &self.lock().value {
            Value::Known(t) => t.shape().clone(),
            Value::Stale(shape, ..) => shape.clone(),
        }
    }
    pub fn dtype(&self) -> DType {
        match &self.lock().value {
            Value::Known(t) => t.dtype(),
            Value::Stale(_, dtype, _) => *dtype,
        }
    }
    pub fn device(&self) -> Device {
        match &self.lock().value {
            Value::Known(t) => t.device(),
            Value::Stale(.., device) => *device,
        }
    }

    /// The current value's node. Raises the error of a failed write once, and falls back to what was there before it.
    pub fn value(&self) -> Result<Tensor> {
        let view = {
            let mut state = self.lock();
            match state.known().cloned() {
                Some(t) => {
                    if state.previous.is_some() {
                        let phase = t.node().state().phase.clone();
                        match phase {
                            Phase::Failed(e) => {
                                drop(state);
                                return self.fall_back(e);
                            }
                            Phase::Done => state.previous = None,
                            _ => {}
                        }
                    }
                    return Ok(t);
                }
                None => state.view().cloned().expect("only views are refreshed"),
            }
        };
        let mut t = view.base.value()?;
        mode::with_grad(view.grad, || {
            for step in view.steps.iter() {
                t = step.apply(&t)?;
            }
            Ok(())
        })?;
        self.lock().value = Value::Known(t.clone());
        Ok(t)
    }

    /// After a failed write. Where nobody owns what was there before, the cell has no value but the error.
    fn fall_back(&self, error: Error) -> Result<Tensor> {
        let before = self.lock().previous.clone();
        let kept = before.filter(|edge| !edge.is_gone()).map(|edge| edge.tensor());
        let Some(old) = kept.or_else(|| self.made_again()) else {
            return Err(error);
        };
        let mut state = self.lock();
        state.previous = None;
        let failed = std::mem::replace(&mut state.value, Value::Known(old.clone()));
        drop(state);
        drop(failed);
        if error.was_raised() { Ok(old) } else { Err(error) }
    }

    /// Writes a result of an in-place op: broadcast to this shape and cast to this dtype.
    pub fn assign(self: &Arc<Cell>, op: &'static str, new: &Tensor) -> Result<()> {
        let (shape, dtype) = (self.shape(), self.dtype());
        if broadcast(&shape, new.shape()).as_deref() != Some(&shape[..]) {
            let text = format!(
                "the result has shape {}, which does not fit into the written tensor of shape {}. Use the form that \
                 returns a new tensor",
                crate::shape::show(new.shape()),
                crate::shape::show(&shape)
            );
            return Err(Error::shape(op, text));
        }
        if new.dtype().category() > dtype.category() {
            return Err(Error::inplace_cast(op, new.dtype(), dtype));
        }
        // What a write records is not cut by a bound: every cell is switched before anything can fail.
        stream::uncut(|| {
            // A value that belongs to another tensor too gets a node of its own: gradients are told apart by nodes.
            let shared = new.edge().output().held() > 1;
            let own = if shared {
                identity::alias(new)?
            } else {
                new.clone()
            };
            let fitted = view::expand(&cast::cast(&own, dtype)?, &shape)?;
            drop(own);
            self.write(op, &fitted)
        })?;
        stream::check_bounds()
    }

    fn write(self: &Arc<Cell>, op: &'static str, new: &Tensor) -> Result<()> {
        let view = self.lock().view().cloned();
        let Some(View { base, steps, .. }) = view else {
            return self.replace(op, new, mode::grad_enabled());
        };
        // Autograd sees no write through a detached handle.
        let seen = mode::grad_enabled() && !steps.iter().any(Step::cuts_history);
        let new = mode::with_grad(seen, || {
            // The inputs of the steps, from the base on.
            let mut inputs = vec![base.value()?];
            for step in &steps[..steps.len() - 1] {
                inputs.push(step.apply(inputs.last().expect("starts with the base"))?);
            }
            let mut new = new.clone();
            for (step, x) in steps.iter().zip(&inputs).rev() {
                new = step.write_through(x, &new)?;
            }
            Ok(new)
        })?;
        base.replace(op, &new, seen)
    }

    /// Points the cell at a new value. A write that autograd does not see leaves the history what it was.
    fn replace(self: &Arc<Cell>, op: &'static str, new: &Tensor, seen: bool) -> Result<()> {
        let old = self.value()?;
        let leaf = self.lock().leaf;
        if leaf && seen {
            let text = "a leaf tensor that requires a gradient is written in place. Do it under ravine.no_grad(), or write to .data";
            return Err(Error::gradient(op, text));
        }
        if new.is_abstract() && !old.is_abstract() {
            let text = "a tensor from outside vmap is written inside it. Return the new value from the function and write it after vmap";
            return Err(Error::state(op, text));
        }
        self.remember(&old);
        let mut new = new.clone();
        if leaf {
            // A node leads to one leaf: one of several outputs gets a node of its own.
            if new.node().outputs.len() > 1
                || new.edge().output().held() > 2
                || new.requires_grad()
                || new.is(&old)
            {
                new = mode::with_grad(false, || identity::detach(&new))?;
            }
            self.mark_leaf(&new);
        } else if !seen && old.requires_grad() {
            new = identity::rebind(&new, &old)?;
        } else if !seen && new.requires_grad() {
            new = identity::detach(&new)?;
        }
        let stale: Vec<Arc<Cell>> = {
            let mut state = self.lock();
            if state.retains() && !std::ptr::eq(new.node().op, &identity::REBIND) {
                identity_of(old.clone()).node().set_retain(None);
                new.node().set_retain(Some(Arc::downgrade(self)));
            }
            state.previous = Some(old.edge().clone());
            state.value = Value::Known(new);
            state.live_views()
        };
        for v in stale {
            v.make_stale();
        }
        drop(old);
        Ok(())
    }

    /// `.data = new`: another value, and perhaps another shape or dtype. Autograd does not see it. Views taken before go
    /// on with what they showed.
    pub fn set_data(self: &Arc<Cell>, new: &Tensor) -> Result<()> {
        if *new.shape() == self.shape() && new.dtype() == self.dtype() {
            return self.detached()?.assign("data", new);
        }
        let fresh = mode::with_grad(false, || identity::detach(new))?;
        let leaf = self.lock().leaf;
        if leaf && !new.dtype().is_float() {
            return Err(Error::dtype(
                "data",
                new.dtype(),
                "a floating dtype, since the tensor requires a gradient",
            ));
        }
        if leaf {
            self.mark_leaf(&fresh);
        }
        self.forget_undo();
        let views = {
            let mut state = self.lock();
            state.previous = None;
            state.value = Value::Known(fresh);
            let extra = state.extra();
            extra.view = None;
            std::mem::take(&mut extra.views)
        };
        for view in views.iter().filter_map(Weak::upgrade) {
            view.lock().extra().view = None;
        }
        Ok(())
    }

    fn mark_leaf(self: &Arc<Cell>, t: &Tensor) {
        t.edge().output().set_requires_grad(true);
        t.node().set_leaf(Some(Arc::downgrade(self)));
    }

    // Autograd -----------------------------------------------------------------------------------------------------

    pub fn requires_grad(&self) -> Result<bool> {
        if self.lock().leaf {
            return Ok(true);
        }
        Ok(self.value()?.requires_grad())
    }

    pub fn is_leaf(&self) -> Result<bool> {
        Ok(self.lock().leaf || !self.value()?.requires_grad())
    }

    pub fn set_requires_grad(self: &Arc<Cell>, on: bool) -> Result<()> {
        if on == self.requires_grad()? {
            return Ok(());
        }
        if !on && !self.lock().leaf {
            let text = "only leaf tensors can stop requiring a gradient. Use .detach()";
            return Err(Error::gradient("requires_grad_", text));
        }
        if on && !self.dtype().is_float() {
            return Err(Error::dtype(
                "requires_grad_",
                self.dtype(),
                "a floating dtype; integers have no gradient",
            ));
        }
        let value = self.value()?;
        let fresh = match (on, stream::peek(&value)) {
            (_, Some(array)) => stream::constant(&identity::LEAF, array),
            (_, None) => mode::with_grad(false, || identity::detach(&value))?,
        };
        if on {
            self.mark_leaf(&fresh);
        }
        self.forget_undo();
        let mut state = self.lock();
        state.leaf = on;
        state.value = Value::Known(fresh);
        // A view that becomes a leaf is one of its own: torch refuses nothing here either.
        Ok(())
    }

    pub fn grad(&self) -> Option<Arc<Cell>> {
        self.lock().extra.as_ref()?.grad.clone()
    }
    /// The user's own gradient: it stands even if the unit fails.
    pub fn give_grad(&self, grad: Option<Arc<Cell>>) {
        self.forget_grad_undo();
        self.set_grad(grad);
    }
    fn set_grad(&self, grad: Option<Arc<Cell>>) {
        let mut state = self.lock();
        if grad.is_some() || state.extra.is_some() {
            let old = std::mem::replace(&mut state.extra().grad, grad);
            drop(state);
            drop(old);
        }
    }

    /// Adds to `.grad`, in place when there is one already.
    pub fn accumulate(self: &Arc<Cell>, g: Tensor) -> Result<()> {
        match self.grad() {
            None => {
                self.remember_grad(None);
                self.set_grad(Some(Cell::new(g)));
            }
            Some(grad) => {
                let sum = add(&grad.value()?, &g)?;
                if mode::grad_enabled() {
                    self.remember_grad(Some(grad));
                    self.set_grad(Some(Cell::new(sum)));
                } else {
                    if self.has_new_grad() {
                        // If the unit fails, this gradient goes as a whole.
                        grad.lock().born = stream::epoch();
                    }
                    grad.assign("backward", &sum)?;
                }
            }
        }
        Ok(())
    }

    pub fn retain_grad(self: &Arc<Cell>) -> Result<()> {
        let value = self.identity()?;
        if !value.requires_grad() {
            return Err(Error::gradient(
                "retain_grad",
                "the tensor does not require a gradient",
            ));
        }
        let mut state = self.lock();
        if !state.leaf {
            state.extra().retain = true;
            value.node().set_retain(Some(Arc::downgrade(self)));
        }
        Ok(())
    }

    /// The value whose node gradients of this tensor belong to.
    pub fn identity(&self) -> Result<Tensor> {
        Ok(identity_of(self.value()?))
    }

    pub fn retains_grad(&self) -> bool {
        self.lock().retains()
    }

    /// Returns an id for `remove_hook`. A leaf's hooks stay with the cell, others with the node.
    pub fn add_hook(self: &Arc<Cell>, hook: Hook) -> Result<(u64, Option<Arc<Node>>)> {
        let value = self.identity()?;
        if !value.requires_grad() {
            return Err(Error::gradient(
                "register_hook",
                "the tensor does not require a gradient",
            ));
        }
        let id = HOOK_ID.fetch_add(1, Relaxed);
        let mut state = self.lock();
        if state.leaf {
            state.extra().hooks.push((id, hook));
            Ok((id, None))
        } else {
            value.node().add_hook(id, hook);
            Ok((id, Some(value.node().clone())))
        }
    }

    pub fn remove_hook(&self, id: u64) {
        self.lock().extra().hooks.retain(|(i, _)| *i != id);
    }

    pub fn run_hooks(&self, mut g: Tensor) -> Result<Tensor> {
        let hooks: Vec<Hook> = match &self.lock().extra {
            Some(extra) => extra.hooks.iter().map(|(_, h)| h.clone()).collect(),
            None => return Ok(g),
        };
        for hook in hooks {
            if let Some(replaced) = hook(&g)? {
                g = replaced;
            }
        }
        Ok(g)
    }

    /// Whether this cell is a leaf that the user asked gradients for.
    pub fn is_marked_leaf(&self) -> bool {
        self.lock().leaf
    }

    /// Whether this cell writes through to another.
    pub fn is_view(&self) -> bool {
        self.lock().view().is_some()
    }
}
