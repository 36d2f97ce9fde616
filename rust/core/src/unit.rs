//! The unit of failure: what a thread recorded since its user's last successful look.
//!
//! When memory runs out, or a step fails, the unit has not happened: every cell that was written in it has the value
//! again that it had before, and so has `.grad`. What does not belong to a cell (results that somebody holds) is only
//! set aside, and is computed when somebody looks at it.
//!
//! Two things keep this cheap:
//!
//! * A cell remembers the value before its first write in the unit (`cell::undo`), by a guard that costs no copy. Of
//!   cells that were made in the unit themselves nothing needs to be remembered, save how they were made.
//! * A segment that ends with the unit writes into guarded memory last, and only after everything that these writes need
//!   was allocated (`plan::late`). Only a segment that is cut off before has to write elsewhere.

use crate::cell::Cell;
use crate::graph::Edge;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};

static EPOCHS: AtomicU64 = AtomicU64::new(1);

pub struct Unit {
    /// Cells made in this epoch are the unit's own. Numbers are unique over all threads.
    epoch: AtomicU64,
    /// Cells that have something to undo.
    written: Mutex<Vec<Weak<Cell>>>,
}

impl Default for Unit {
    fn default() -> Unit {
        Unit {
            epoch: AtomicU64::new(EPOCHS.fetch_add(1, Relaxed)),
            written: Mutex::default(),
        }
    }
}

impl Unit {
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Relaxed)
    }

    fn next_epoch(&self) {
        self.epoch.store(EPOCHS.fetch_add(1, Relaxed), Relaxed);
    }

    pub fn is_empty(&self) -> bool {
        self.written.lock().is_empty()
    }

    /// A cell has something to undo from now on.
    pub fn note(&self, cell: Weak<Cell>) {
        let mut written = self.written.lock();
        if written.len() == written.capacity() {
            written.retain(|c| c.strong_count() > 0);
        }
        written.push(cell);
    }

    /// The cell that goes back to this value if the unit fails, if there is just one.
    pub fn guarded_for(&self, value: &Edge) -> Option<Arc<Cell>> {
        if value.output().guards() != 1 {
            return None;
        }
        let written = self.written.lock();
        written
            .iter()
            .filter_map(Weak::upgrade)
            .find(|c| c.goes_back_to(value))
    }

    /// What was made so far is finished: cells are older than the unit from now on, although nobody has looked. Called
    /// where a training step begins, so that a failing step leaves a model that was just made as it was made.
    pub fn mature(&self) {
        self.next_epoch();
        let mut written = self.written.lock();
        written.retain(|c| c.upgrade().is_some_and(|c| c.forget_making()));
    }

    /// The user has seen that all went well: the next unit begins.
    pub fn stand(&self) {
        self.next_epoch();
        let written = std::mem::take(&mut *self.written.lock());
        for cell in written.iter().filter_map(Weak::upgrade) {
            cell.forget_undo();
        }
    }

    /// The unit has not happened.
    pub fn take_back(&self) {
        let written = std::mem::take(&mut *self.written.lock());
        for cell in written.iter().rev().filter_map(Weak::upgrade) {
            cell.undo();
        }
        self.next_epoch();
    }
}
