//! Memory for intermediate values of kernels: each thread keeps its own from one launch to the next, because fresh
//! pages cost more than what is computed in them.

use super::number::Number;
use crate::reserve;
use std::cell::Cell;

/// Bytes that a thread keeps, at most.
const KEEP: usize = 16 << 20;

/// One cache line, so that rows of whole vectors stay aligned.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code)] [u64; 8]);

thread_local! {
    static SCRATCH: Cell<Vec<Line>> = const { Cell::new(Vec::new()) };
}

/// Lends `f` room for `count` numbers of any value. Within `f` another loan is separate memory.
pub fn with<T: Number, R>(count: usize, f: impl FnOnce(&mut [T]) -> R) -> R {
    let mut lines = SCRATCH.take();
    let needed = (count * size_of::<T>()).div_ceil(size_of::<Line>());
    if lines.len() < needed {
        // The old content needs no copying.
        reserve::scratch_room(&mut lines, needed);
        lines.resize(needed, Line([0; 8]));
    }
    // SAFETY: the memory is initialised, aligned, large enough and this call's own; any bits are a number.
    let result = f(unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), count) });
    if lines.len() * size_of::<Line>() <= KEEP {
        SCRATCH.set(lines);
    }
    result
}
