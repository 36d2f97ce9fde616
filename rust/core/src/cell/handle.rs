//! What a cell shows of its base, and cells that come to show something else of it: `t_`, `squeeze_`, `set_`.

use super::{Cell, Step, Value, View};
use crate::array::{Array, Storage};
use crate::error::{Error, Result};
use crate::mode;
use crate::op::{Attrs, Class, Data};
use crate::ops::graph::identity;
use crate::shape::contiguous_strides;
use std::sync::{Arc, Weak};

impl Cell {
    /// The tensor that this one is a view of.
    pub fn base(&self) -> Option<Arc<Cell>> {
        self.lock().view().map(|view| view.base.clone())
    }

    /// Strides and the place of the first element, in elements of the base, whose elements count as row-major whatever
    /// its memory is. A reshape that no strides describe counts as a copy.
    pub fn layout(&self) -> Result<(Vec<isize>, isize)> {
        let row_major = |cell: &Cell| contiguous_strides(&cell.shape()).to_vec();
        let Some(View { base, steps, .. }) = self.lock().view().cloned() else {
            return Ok((row_major(self), 0));
        };
        let mut array = Array::dense(Storage::new(0)?, &base.shape(), base.dtype());
        for step in steps.iter() {
            let Class::View(shown) = step.op.class else {
                unreachable!("the steps of a view are view ops")
            };
            match shown(&array, &step.attrs, &step.data) {
                Some(next) => array = next,
                None => return Ok((row_major(self), 0)),
            }
        }
        Ok((array.strides.to_vec(), array.offset))
    }

    /// Gives a tensor that is no view a base of its own, which takes over its views, so that it can become another view
    /// of the same elements.
    pub fn give_base(self: &Arc<Cell>, op: &'static str) -> Result<()> {
        if self.is_view() {
            return Ok(());
        }
        if self.is_marked_leaf() {
            if mode::grad_enabled() {
                let text = "a leaf tensor that requires a gradient is changed in place. Do it under ravine.no_grad()";
                return Err(Error::gradient(op, text));
            }
            return Ok(());
        }
        let value = self.value()?;
        self.forget_undo();
        let base = Cell::new(value);
        let views = {
            let mut state = self.lock();
            base.lock().previous = state.previous.take();
            std::mem::take(&mut state.extra().views)
        };
        for view in views.iter().filter_map(Weak::upgrade) {
            if let Some(view) = &mut view.lock().extra().view {
                view.base = base.clone();
            }
        }
        base.lock().extra().views = views;
        let step = Step {
            op: &identity::ALIAS,
            attrs: Attrs::new(),
            data: Data::new(),
            from: self.shape(),
        };
        self.attach(Some(View {
            base,
            steps: [step].into(),
            grad: mode::grad_enabled(),
        }));
        Ok(())
    }

    /// Comes to show what `other` shows.
    pub fn take_over(self: &Arc<Cell>, other: &Arc<Cell>) -> Result<()> {
        let value = other.value()?;
        if self.is_marked_leaf() {
            return self.set_data(&value);
        }
        self.forget_undo();
        let view = other.lock().view().cloned();
        {
            let mut state = self.lock();
            state.previous = None;
            state.value = Value::Known(value);
        }
        self.attach(view);
        Ok(())
    }

    fn attach(self: &Arc<Cell>, view: Option<View>) {
        if let Some(view) = &view {
            view.base.lock().extra().views.push(Arc::downgrade(self));
        }
        let mut state = self.lock();
        if view.is_some() || state.extra.is_some() {
            state.extra().view = view;
        }
    }
}
