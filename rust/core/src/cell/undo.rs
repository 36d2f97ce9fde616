//! What a cell goes back to when its unit fails (see `unit`).

use super::{Cell, State, Value};
use crate::array::Array;
use crate::graph::{Edge, Guard, Key, Operand, Phase, Tensor};
use crate::mode;
use crate::op::{Attrs, Class, Data, Op};
use crate::ops::graph::identity;
use crate::ops::graph::identity::LEAF;
use crate::ops::index::put::slice_put;
use crate::stream::{self, constant, record_one};
use std::sync::Arc;

#[derive(Default)]
pub struct Undo {
    value: Option<Before>,
    /// The `.grad` that a backward pass replaced.
    grad: Option<Option<Arc<Cell>>>,
    /// The cell was made in the unit: it goes back only if its value cannot be computed.
    own: bool,
}

enum Before {
    /// The value, and what was since written over in its memory, oldest first.
    Kept(Guard, Vec<Region>),
    /// Of a cell that the unit made: the op that made it.
    Made(Recipe),
}

/// A slice of a value, as it was before something was written there.
struct Region {
    attrs: Attrs,
    data: Data,
    old: Array,
}

/// An op without tensor inputs, which gives the same bits whenever it is recorded.
#[derive(Clone)]
struct Recipe {
    op: &'static Op,
    attrs: Attrs,
    data: Data,
    numbers: Vec<Operand>,
}

/// A value of the unit's own up to this size is kept: it costs no block of memory.
const SMALL: usize = 128;

impl Recipe {
    fn of(value: &Tensor) -> Option<Recipe> {
        let node = value.node();
        let made = matches!(node.op.class, Class::Create | Class::Random) && !std::ptr::eq(node.op, &LEAF);
        made.then(|| Recipe {
            op: node.op,
            attrs: node.attrs.clone(),
            data: node.data.clone(),
            numbers: node.inputs().into_vec(),
        })
    }

    fn record(&self) -> Option<Tensor> {
        let args = self.numbers.iter().map(Into::into).collect();
        record_one(self.op, self.attrs.clone(), self.data.clone(), args).ok()
    }
}

impl State {
    fn undo(&mut self) -> &mut Undo {
        self.extra().undo.get_or_insert_default()
    }
    fn undo_if_any(&self) -> Option<&Undo> {
        self.extra.as_ref()?.undo.as_deref()
    }
}

impl Cell {
    /// Called before a write replaces `old`.
    pub(super) fn remember(self: &Arc<Cell>, old: &Tensor) {
        let unit = stream::current();
        let unit = &unit.unit;
        let mut state = self.lock();
        let known = state.undo_if_any();
        if known.is_some_and(|u| u.value.is_some()) || old.is_abstract() {
            return;
        }
        let own = state.born == unit.epoch();
        let small = || {
            let array = stream::peek(old);
            array.is_some_and(|a| a.nbytes() <= SMALL)
        };
        let before = match Recipe::of(old) {
            Some(recipe) if own => Before::Made(recipe),
            _ if own && !small() => return,
            _ => Before::Kept(Guard::new(old.clone()), Vec::new()),
        };
        let first = known.is_none();
        let undo = state.undo();
        undo.value = Some(before);
        undo.own = own;
        drop(state);
        if first {
            unit.note(Arc::downgrade(self));
        }
    }

    /// Called before a backward pass replaces `.grad`.
    pub(super) fn remember_grad(self: &Arc<Cell>, old: Option<Arc<Cell>>) {
        let mut state = self.lock();
        let first = state.undo_if_any().is_none();
        state.undo().grad.get_or_insert(old);
        drop(state);
        if first {
            stream::current().unit.note(Arc::downgrade(self));
        }
    }

    /// Whether `.grad` was made by a backward pass of this unit.
    pub(super) fn has_new_grad(&self) -> bool {
        self.lock().undo_if_any().is_some_and(|u| u.grad.is_some())
    }

    /// The user's own `.grad` stands.
    pub(super) fn forget_grad_undo(&self) {
        let mut state = self.lock();
        let old = state.extra.as_mut().and_then(|e| e.undo.as_mut()?.grad.take());
        drop(state);
        drop(old);
    }

    pub fn goes_back_to(&self, value: &Edge) -> bool {
        match self.lock().undo_if_any().and_then(|u| u.value.as_ref()) {
            Some(Before::Kept(guard, _)) => guard.tensor().edge().is(value),
            _ => false,
        }
    }

    /// The value that it goes back to, if nobody else does, and the one that it has now, as it is computed.
    pub fn replaced(&self) -> Option<(Key, Key)> {
        let state = self.lock();
        let old = match state.undo_if_any()?.value.as_ref()? {
            Before::Kept(guard, _) => guard.tensor().edge().clone(),
            Before::Made(_) => return None,
        };
        let mut now = state.known()?.edge().clone();
        drop(state);
        while matches!(now.node.op.class, Class::View(_)) {
            let inputs = now.node.inputs();
            now = inputs.first()?.edge()?.clone();
        }
        (old.output().guards() == 1).then(|| (old.key(), now.key()))
    }

    /// A launch is about to write into a slice of the guarded value's memory. Returns false if so much was written there
    /// that a copy of the whole is cheaper.
    pub fn may_write_region(&self, whole: usize, region: usize) -> bool {
        match self.lock().undo_if_any().and_then(|u| u.value.as_ref()) {
            Some(Before::Kept(_, regions)) => {
                regions.iter().map(|r| r.old.nbytes()).sum::<usize>() + region <= whole
            }
            _ => false,
        }
    }

    /// That launch ran: `new` lies in the memory now, and `old` is what it wrote over.
    pub fn note_region(&self, new: Tensor, old: Array) {
        let mut state = self.lock();
        let node = new.node().clone();
        let mut before = None;
        if let Some(Before::Kept(guard, regions)) = &mut state.undo().value {
            regions.push(Region {
                attrs: node.attrs.clone(),
                data: node.data.clone(),
                old,
            });
            before = Some(std::mem::replace(guard, Guard::new(new)));
        }
        drop(state);
        drop(before);
    }

    /// The unit that made this cell has finished making it. Returns whether there is still something to undo.
    pub fn forget_making(&self) -> bool {
        let mut state = self.lock();
        let Some(undo) = state.extra.as_mut().and_then(|e| e.undo.as_mut()) else {
            return false;
        };
        let old = if undo.own { undo.value.take() } else { None };
        let left = undo.value.is_some() || undo.grad.is_some();
        if !left {
            state.extra().undo = None;
        }
        drop(state);
        drop(old);
        left
    }

    /// What the cell would go back to: its unit ends.
    pub fn take_undo(&self) -> Option<Box<Undo>> {
        self.lock().extra.as_mut().and_then(|e| e.undo.take())
    }

    /// What was written stands.
    pub(super) fn forget_undo(&self) {
        drop(self.take_undo());
    }

    /// The writes of a unit have not happened.
    pub fn undo(self: &Arc<Cell>, undo: Undo) {
        if let Some(grad) = undo.grad {
            self.set_grad(grad);
        }
        let parked = (self.lock().known())
            .is_some_and(|t| matches!(t.node().state().phase, Phase::Parked | Phase::Failed(_)));
        if undo.own && !parked {
            return;
        }
        let before = match undo.value {
            Some(Before::Kept(guard, regions)) => self.before(&guard, &regions),
            Some(Before::Made(recipe)) => unrecorded(|| recipe.record()),
            None => None,
        };
        let Some(before) = before else { return };
        let (stale, last) = {
            let mut state = self.lock();
            if state.retains() {
                before.node().set_retain(Some(Arc::downgrade(self)));
            }
            state.previous = None;
            let last = std::mem::replace(&mut state.value, Value::Known(before));
            (state.live_views(), last)
        };
        for view in stale {
            view.make_stale();
        }
        drop(last);
    }

    /// The guarded value with its memory as it was; `None` where a write that stands has used it up.
    fn before(self: &Arc<Cell>, guard: &Guard, regions: &[Region]) -> Option<Tensor> {
        let old = guard.tensor();
        if old.edge().is_gone() {
            return None;
        }
        if regions.is_empty() {
            return Some(old.clone());
        }
        unrecorded(|| {
            let mut value = old.clone();
            for r in regions.iter().rev() {
                value = slice_put(&value, &constant(&LEAF, r.old.clone()), &r.attrs, &r.data).ok()?;
            }
            if self.is_marked_leaf() {
                self.mark_leaf(&value);
            } else if old.requires_grad() {
                value = identity::rebind(&value, old).ok()?;
            }
            Some(value)
        })
    }

    /// What a cell was made with, if its unit made it so that it can be made again.
    pub(super) fn made_again(&self) -> Option<Tensor> {
        let recipe = match self.lock().undo_if_any()?.value.as_ref()? {
            Before::Made(recipe) => recipe.clone(),
            Before::Kept(..) => return None,
        };
        unrecorded(|| recipe.record())
    }

    pub(super) fn make_stale(&self) {
        let none = Value::Stale(self.shape(), self.dtype(), self.device());
        let value = std::mem::replace(&mut self.lock().value, none);
        drop(value);
    }
}

/// Records what puts a value back: nothing runs here, and no gradient is kept.
fn unrecorded(f: impl FnOnce() -> Option<Tensor>) -> Option<Tensor> {
    mode::with_grad(false, || stream::uncut(|| Ok(f())))
        .ok()
        .flatten()
}
