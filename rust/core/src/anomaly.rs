//! Looking for NaN: every op is run where it is recorded and its results are read.

use crate::array::Array;
use crate::cpu::bounds;
use crate::device;
use crate::error::{Error, Result};
use crate::graph::{Node, Phase};
use crate::shape::show;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static ON: AtomicBool = AtomicBool::new(false);

/// The host sets the window to 1 as well, so that the error of an op is raised at its call.
pub fn set(on: bool) {
    ON.store(on, Relaxed);
}

#[inline]
pub fn is_on() -> bool {
    ON.load(Relaxed)
}

/// The error of an op that made a NaN, or passed one on.
pub fn check<'a>(
    op: &'static str,
    result: &Array,
    inputs: impl Iterator<Item = (usize, &'a Array)>,
) -> Result<()> {
    if !has_nan(result)? {
        return Ok(());
    }
    for (i, input) in inputs {
        if has_nan(input)? {
            return Err(Error::nan_input(op, i, &input.shape));
        }
    }
    Err(Error::nan_made(op, &show(&result.shape)))
}

/// The error of a node that ran where it was recorded.
#[cold]
#[inline(never)]
pub fn raise_at_the_call(node: &Arc<Node>) -> Result<()> {
    let phase = node.state().phase.clone();
    match phase {
        Phase::Failed(e) => {
            drop(node.clone().into_handles());
            Err(e)
        }
        _ => Ok(()),
    }
}

fn has_nan(array: &Array) -> Result<bool> {
    if !array.dtype.is_float() || !array.device.has_values() {
        return Ok(false);
    }
    let dtype = array.dtype.compute_dtype();
    let dense = if dtype == array.dtype && array.is_contiguous() {
        array.clone()
    } else {
        let copy = array.device.empty(&array.shape, dtype)?;
        array.device.backend().copy(array, &copy)?;
        copy
    };
    Ok(bounds::has_nan(&device::to_host(dense)?))
}
