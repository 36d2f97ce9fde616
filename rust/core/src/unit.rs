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
//!
//! A GPU finds errors in values (an index out of range) when the unit has long ended. Until the thread knows better its
//! units are in doubt: what they would go back to is kept, and launches over guarded memory do nothing once an error is
//! noted, so that what was written over is still there. When the error is raised, the unit of its launch and all after
//! it have not happened.

use crate::cell::{Cell, Undo};
use crate::device;
use crate::graph::{Edge, Key};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};

static EPOCHS: AtomicU64 = AtomicU64::new(1);

pub struct Unit {
    /// Cells made in this epoch are the unit's own. Numbers are unique over all threads.
    epoch: AtomicU64,
    /// Cells that have something to undo.
    written: Mutex<Vec<Weak<Cell>>>,
    /// What the host puts back itself, oldest first.
    host: Mutex<Vec<TakenBack>>,
    /// Units that ended, oldest first, while a device may have noted an error that nobody knows of.
    doubtful: Mutex<Vec<Ended>>,
}

struct Ended {
    /// Its last epoch.
    epoch: u64,
    cells: Vec<(Weak<Cell>, Box<Undo>)>,
    host: Vec<TakenBack>,
}

/// What the host does if a unit has not happened.
pub type TakenBack = Box<dyn FnOnce() + Send + Sync>;

impl Default for Unit {
    fn default() -> Unit {
        Unit {
            epoch: AtomicU64::new(EPOCHS.fetch_add(1, Relaxed)),
            written: Mutex::default(),
            host: Mutex::default(),
            doubtful: Mutex::default(),
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

    /// The values that one cell each goes back to if the unit fails, with the value that it has now.
    pub fn replaced(&self) -> FxHashMap<Key, Key> {
        let written = self.written.lock();
        let cells = written.iter().filter_map(Weak::upgrade);
        cells.filter_map(|cell| cell.replaced()).collect()
    }

    /// What was made so far is finished: cells are older than the unit from now on, although nobody has looked. Called
    /// where a training step begins, so that a failing step leaves a model that was just made as it was made.
    pub fn mature(&self) {
        self.next_epoch();
        let mut written = self.written.lock();
        written.retain(|c| c.upgrade().is_some_and(|c| c.forget_making()));
    }

    /// The user has seen that all went well, as far as this thread knows: the next unit begins.
    pub fn stand(&self) {
        let epoch = self.epoch();
        self.next_epoch();
        let written = std::mem::take(&mut *self.written.lock());
        let host = std::mem::take(&mut *self.host.lock());
        let cells = written.iter().filter_map(Weak::upgrade);
        let undone = cells.filter_map(|cell| Some((Arc::downgrade(&cell), cell.take_undo()?)));
        if device::is_any_in_doubt() {
            let cells: Vec<_> = undone.collect();
            if !cells.is_empty() || !host.is_empty() {
                self.doubtful.lock().push(Ended { epoch, cells, host });
            }
        } else {
            undone.for_each(drop);
            self.trust();
        }
    }

    /// Nothing was noted: what ended stands.
    pub fn trust(&self) {
        let ended = std::mem::take(&mut *self.doubtful.lock());
        drop(ended);
    }

    /// How many units ended in doubt.
    pub fn doubts(&self) -> usize {
        self.doubtful.lock().len()
    }

    /// What the host puts back if the unit has not happened.
    pub fn if_taken_back(&self, host: TakenBack) {
        self.host.lock().push(host);
    }

    /// The unit, those that ended in `epoch` or later, have not happened; those before stand.
    pub fn take_back_since(&self, epoch: u64) {
        self.take_back();
        let ended = std::mem::take(&mut *self.doubtful.lock());
        for unit in ended.into_iter().rev().take_while(|unit| unit.epoch >= epoch) {
            for (cell, undo) in unit.cells.into_iter().rev() {
                if let Some(cell) = cell.upgrade() {
                    cell.undo(*undo);
                }
            }
            unit.host.into_iter().rev().for_each(|undo| undo());
        }
    }

    /// The unit has not happened.
    pub fn take_back(&self) {
        let written = std::mem::take(&mut *self.written.lock());
        for cell in written.iter().rev().filter_map(Weak::upgrade) {
            if let Some(undo) = cell.take_undo() {
                cell.undo(*undo);
            }
        }
        let host = std::mem::take(&mut *self.host.lock());
        host.into_iter().rev().for_each(|undo| undo());
        self.next_epoch();
    }
}
