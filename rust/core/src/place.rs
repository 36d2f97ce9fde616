//! Where in the user's program an op was recorded, for errors that show only when it runs.

use crate::dtype::DType;
use crate::graph::Arg;
use crate::op::{Class, Meta, Op};
use crate::profile;
use crate::shape::numel;
use std::sync::OnceLock;

/// Results from this size on may not fit into memory, and take long enough to compute that a look at the host's call
/// stack does not show.
const LARGE: usize = 1 << 20;

static HOOK: OnceLock<fn() -> u32> = OnceLock::new();

/// Registers the function that gives the id of the line that the host runs, 0 for none.
pub fn set_hook(hook: fn() -> u32) {
    let _ = HOOK.set(hook);
}

/// The line that records an op, where it can fail later: indices that have no value yet, or much memory. Other ops have
/// 0, so that small ones cost nothing, unless a profiler wants all lines.
#[inline]
pub fn of(op: &Op, metas: &[Meta], args: &[Arg]) -> u32 {
    let indexed = matches!(op.class, Class::Structured | Class::Write) && args.iter().any(is_index);
    let large = || {
        let bytes = metas.iter().map(|(shape, dtype)| numel(shape) * dtype.size());
        bytes.sum::<usize>() >= LARGE
    };
    if indexed || profile::notes_lines() || large() {
        here()
    } else {
        0
    }
}

#[inline]
fn is_index(arg: &Arg) -> bool {
    arg.tensor()
        .is_some_and(|t| !t.dtype().is_float() && t.dtype() != DType::Bool)
}

#[cold]
#[inline(never)]
fn here() -> u32 {
    HOOK.get().map_or(0, |hook| hook())
}
