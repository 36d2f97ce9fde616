//! Memory for copied strips: each thread keeps its own from one product to the next.

use crate::reserve;
use std::cell::Cell;
use std::thread::LocalKey;

/// One cache line: where a strip begins, so that no vector of it lies across two lines.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code)] [u64; 8]);

#[derive(Default)]
pub struct Scratch {
    lines: Vec<Line>,
    /// What the memory holds: the number of the round, and the part of A.
    pub holds: (u64, usize),
}

thread_local! {
    /// For the part of A that this thread works on.
    pub static FOR_A: Cell<Scratch> = const { Cell::new(Scratch { lines: Vec::new(), holds: (0, 0) }) };
    /// For the block of B that this thread shares with those who help it.
    pub static FOR_B: Cell<Scratch> = const { Cell::new(Scratch { lines: Vec::new(), holds: (0, 0) }) };
}

/// Lends a thread's scratch to `f`. Within `f` the same scratch is there again, but empty.
pub fn with<R>(key: &'static LocalKey<Cell<Scratch>>, f: impl FnOnce(&mut Scratch) -> R) -> R {
    let mut scratch = key.take();
    let result = f(&mut scratch);
    key.set(scratch);
    result
}

impl Scratch {
    /// Room for `count` numbers, of any value. Contents stay if there was room already.
    pub fn reserve<T>(&mut self, count: usize) -> *mut T {
        let lines = (count * size_of::<T>()).div_ceil(size_of::<Line>());
        if self.lines.len() < lines {
            // The contents need no copying.
            self.holds = (0, 0);
            reserve::scratch_room(&mut self.lines, lines);
            self.lines.resize(lines, Line([0; 8]));
        }
        self.lines.as_mut_ptr().cast()
    }
}
