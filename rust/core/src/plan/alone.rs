//! A segment of one small elementwise op, as eager code records them: it is launched where it is recorded, since there
//! is nothing to fuse it with and nothing to plan.

use crate::anomaly;
use crate::array::Array;
use crate::device::Device;
use crate::error::Result;
use crate::graph::Arg;
use crate::op::{Meta, Op};
use crate::profile;
use crate::shape;
use crate::stats::{self, Counter};
use crate::work::Near;
use smallvec::SmallVec;

/// The result of a call whose operands are numbers and evaluated, dense tensors of the result's shape, where the device
/// has a short way for it; `None` for any other call.
pub fn run(op: &'static Op, (extents, dtype): &Meta, device: Device, args: &[Arg]) -> Result<Option<Array>> {
    // A profiler hears of launches that have a plan.
    if !op.is_fused() || !device.has_values() || profile::is_on() {
        return Ok(None);
    }
    let mut operands: SmallVec<[Near; 3]> = SmallVec::new();
    for arg in args {
        operands.push(match arg {
            Arg::Scalar(s) => Near::Number(*s),
            Arg::Tensor(t) => {
                let state = t.node().state();
                let Some(array) = &state.arrays[t.edge().index as usize] else {
                    return Ok(None);
                };
                if !shape::same(&array.shape, extents) || !array.is_contiguous() {
                    return Ok(None);
                }
                // The argument owns its value, so the memory stays for this call.
                Near::Elements(array.ptr(), array.dtype)
            }
        });
    }
    // SAFETY: row-major elements of the result's shape, as was just looked at.
    let output = unsafe {
        device
            .backend()
            .launch_alone(op.routine(), extents, *dtype, &operands)?
    };
    let Some(output) = output else {
        return Ok(None);
    };
    stats::add(Counter::KernelsRun, 1);
    if anomaly::is_on() {
        look_for_nan(op, &output, args)?;
    }
    Ok(Some(output))
}

/// Out of the way of the code that runs for every op.
#[cold]
#[inline(never)]
fn look_for_nan(op: &Op, output: &Array, args: &[Arg]) -> Result<()> {
    let known: Vec<(usize, Array)> = (args.iter().enumerate())
        .filter_map(|(k, arg)| Some((k, arg.tensor()?.edge().array()?)))
        .collect();
    anomaly::check(op.name, output, known.iter().map(|(k, array)| (*k, array)))
}
