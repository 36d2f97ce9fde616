//! Which nodes were recorded for an open transform only. When it closes they lose their history, so that nothing
//! written inside (running statistics, say) keeps the graph of every step alive.

use crate::graph::Node;
use crate::mode::{self, Randomness, Recording};
use std::cell::RefCell;
use std::sync::{Arc, Weak};

thread_local! {
    static OPEN: RefCell<Vec<Weak<Node>>> = const { RefCell::new(Vec::new()) };
}

pub fn note(node: &Arc<Node>) {
    OPEN.with(|open| open.borrow_mut().push(Arc::downgrade(node)));
}

/// The modes before a transform was opened.
pub struct Opened {
    recording: Recording,
    randomness: Option<Randomness>,
    grad: bool,
    first: usize,
}

/// Opens a transform: gradients are on inside, whatever they are outside.
pub fn open(recording: Recording, randomness: Option<Randomness>) -> Opened {
    Opened {
        recording: mode::set_recording(mode::recording().max(recording)),
        randomness: match randomness {
            Some(r) => mode::set_randomness(Some(r)),
            None => mode::randomness(),
        },
        grad: mode::set_grad_enabled(true),
        first: OPEN.with(|open| open.borrow().len()),
    }
}

/// Nodes whose history ends when this is dropped.
#[derive(Default)]
pub struct Tape(Vec<Weak<Node>>);

/// Closes a transform. Inside another one its nodes stay until that one closes.
pub fn close(opened: &Opened) -> Tape {
    mode::set_recording(opened.recording);
    mode::set_randomness(opened.randomness);
    mode::set_grad_enabled(opened.grad);
    if opened.recording != Recording::Off {
        return Tape::default();
    }
    Tape(OPEN.with(|open| open.borrow_mut().split_off(opened.first)))
}

impl Drop for Tape {
    fn drop(&mut self) {
        for node in self.0.drain(..) {
            if let Some(node) = node.upgrade() {
                node.forget_history();
            }
        }
    }
}
