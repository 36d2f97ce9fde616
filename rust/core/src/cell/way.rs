//! The way from a base to its view: the view ops between them, noted while a user's call runs.

use super::Cell;
use crate::cpu::pool;
use crate::error::{Error, Result};
use crate::graph::{Node, Tensor};
use crate::op::{Attrs, Class, Data, Op};
use crate::ops::graph::identity;
use crate::ops::index::put;
use crate::ops::shape::view;
use crate::reserve;
use crate::shape::Shape;
use crate::stream::record_one;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::sync::Arc;

/// One view op of the way from a base to its view.
#[derive(Clone)]
pub struct Step {
    pub(super) op: &'static Op,
    pub(super) attrs: Attrs,
    pub(super) data: Data,
    /// Shape of its input.
    pub(super) from: Shape,
}

/// The steps of a view of a view, with those that cancel out or merge taken together: a loop that takes view upon view
/// of the same memory keeps a short way.
pub(super) fn join(steps: impl IntoIterator<Item = Step>) -> Vec<Step> {
    let mut way: Vec<Step> = Vec::new();
    for step in steps {
        let merges = way.last().is_some_and(|last| std::ptr::eq(last.op, step.op));
        if std::ptr::eq(step.op, &identity::ALIAS) || (merges && std::ptr::eq(step.op, &identity::DETACH)) {
            continue;
        }
        if merges && std::ptr::eq(step.op, &view::RESHAPE) {
            let last = way.last_mut().expect("it merges with one");
            last.attrs = step.attrs;
            if last
                .attrs
                .iter()
                .map(|&n| n as usize)
                .eq(last.from.iter().copied())
            {
                way.pop();
            }
        } else if merges && std::ptr::eq(step.op, &view::PERMUTE) {
            let last = way.last_mut().expect("it merges with one");
            last.attrs = step.attrs.iter().map(|&d| last.attrs[d as usize]).collect();
            if last.attrs.iter().copied().eq(0..last.attrs.len() as i64) {
                way.pop();
            }
        } else {
            way.push(step);
        }
    }
    way
}

impl Step {
    pub(super) fn apply(&self, x: &Tensor) -> Result<Tensor> {
        record_one(
            self.op,
            self.attrs.clone(),
            self.data.clone(),
            smallvec::smallvec![x.into()],
        )
    }

    /// The input of the view after `new` was written into its output. `x` is the input before.
    pub(super) fn write_through(&self, x: &Tensor, new: &Tensor) -> Result<Tensor> {
        if std::ptr::eq(self.op, &view::SLICE) {
            put::slice_put(x, new, &self.attrs, &self.data)
        } else if std::ptr::eq(self.op, &view::PERMUTE) {
            let order: SmallVec<[usize; 4]> = self.attrs.iter().map(|&d| d as usize).collect();
            view::permute(new, &view::inverse(&order))
        } else if std::ptr::eq(self.op, &view::EXPAND) {
            let text =
                "several elements of an expanded view are one element in memory. Write to a .clone() of it";
            Err(Error::value("in-place write", text))
        } else if std::ptr::eq(self.op, &identity::DETACH) {
            identity::detach(new)
        } else {
            view::reshape(new, x.shape())
        }
    }

    pub(super) fn cuts_history(&self) -> bool {
        std::ptr::eq(self.op, &identity::DETACH)
    }
}

/// Views taken during one call: output and input node, and the step between them.
struct Trail {
    on: bool,
    /// Nodes by their number, which grows: an address may be given out again during the call.
    steps: Vec<(u64, u64, Step)>,
}
thread_local! {
    static TRAIL: RefCell<Trail> = const { RefCell::new(Trail { on: false, steps: Vec::new() }) };
}

/// Notes a view that was just recorded (called by `stream::record`).
pub fn note_view(node: &Node, input: u64) -> Result<()> {
    TRAIL.with(|t| {
        let mut t = t.borrow_mut();
        if t.on {
            reserve::reserve(&mut t.steps, 1)?;
            let from = node
                .inputs()
                .first()
                .map_or_else(Shape::new, |o| Shape::from_slice(o.shape()));
            t.steps.push((
                node.seq,
                input,
                Step {
                    op: node.op,
                    attrs: node.attrs.clone(),
                    data: node.data.clone(),
                    from,
                },
            ));
        }
        Ok(())
    })
}

/// Starts to note views for one user call.
pub fn watch() {
    TRAIL.with(|t| {
        *t.borrow_mut() = Trail {
            on: true,
            steps: Vec::new(),
        }
    });
}

/// Ends the watch and wraps the results: one that is a view of an argument becomes a view of that cell.
pub fn wrap(
    results: impl IntoIterator<Item = Tensor>,
    arguments: &[Arc<Cell>],
) -> Result<SmallVec<[Arc<Cell>; 1]>> {
    let steps = TRAIL.with(|t| {
        std::mem::replace(
            &mut *t.borrow_mut(),
            Trail {
                on: false,
                steps: Vec::new(),
            },
        )
        .steps
    });
    let same = |t: &Tensor| {
        arguments
            .iter()
            .find(|a| a.lock().known().is_some_and(|v| v.is(t)))
    };
    let one = |t: Tensor| {
        if let Some(argument) = same(&t) {
            // A view that changes nothing is still a tensor of its own.
            return match identity::alias(&t) {
                Ok(own) => {
                    let step = Step {
                        op: own.node().op,
                        attrs: Attrs::new(),
                        data: Data::new(),
                        from: own.shape().clone(),
                    };
                    Cell::new_view(own, argument, vec![step])
                }
                Err(_) => argument.clone(),
            };
        }
        if matches!(t.node().op.class, Class::View(_)) {
            for argument in arguments {
                if let Some(way) = follow(&t, argument, &steps) {
                    return Cell::new_view(t, argument, way);
                }
            }
        }
        Cell::new(t)
    };
    let results = results.into_iter();
    let (least, _) = results.size_hint();
    let mut cells = SmallVec::new();
    cells
        .try_reserve(least)
        .map_err(|_| Error::out_of_memory(least * size_of::<Arc<Cell>>(), pool::bytes_live()))?;
    cells.extend(results.map(one));
    Ok(cells)
}

/// The steps from an argument's value to `t`, if it is a view of it.
fn follow(t: &Tensor, argument: &Arc<Cell>, steps: &[(u64, u64, Step)]) -> Option<Vec<Step>> {
    let base = argument.lock().known().map(|v| v.node().seq)?;
    let mut at = t.node().seq;
    let mut way = Vec::new();
    while at != base {
        let found = steps.binary_search_by_key(&at, |(output, _, _)| *output).ok()?;
        let (_, input, step) = &steps[found];
        way.push(step.clone());
        at = *input;
    }
    way.reverse();
    Some(way)
}
