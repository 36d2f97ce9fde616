//! A segment of one small elementwise op, as eager code records them: it is launched where it is recorded, since there
//! is nothing to fuse it with and nothing to plan.

use super::group::scalar_dtype;
use crate::anomaly;
use crate::array::Array;
use crate::cpu::{simd, tile};
use crate::dtype::DType;
use crate::error::Result;
use crate::graph::Arg;
use crate::op::{Cpu, Meta, Op};
use crate::shape::numel;
use crate::stats::{self, Counter};
use std::mem::MaybeUninit;

/// Room for a number that stands beside the tensors: one tile of the widest type.
type Tile = [MaybeUninit<u64>; tile::TILE];

/// The result of a call whose operands are numbers and evaluated, dense tensors of the result's shape, of at most one
/// tile; `None` for any other call.
pub fn run(op: &Op, (shape, dtype): &Meta, args: &[Arg]) -> Result<Option<Array>> {
    let Cpu::Tile(kernel) = op.cpu else {
        return Ok(None);
    };
    let n = numel(shape);
    let native = |d: DType| d.compute_dtype() == d;
    if n > tile::TILE || args.len() > 3 || !native(*dtype) {
        return Ok(None);
    }
    let scalar = scalar_dtype(*dtype, args.iter().filter_map(|a| a.tensor().map(|t| t.dtype())));
    let mut numbers = [const { [const { MaybeUninit::uninit() }; tile::TILE] }; 3];
    let mut sources = [std::ptr::null(); 3];
    let mut compute = dtype.compute();
    for (k, arg) in args.iter().enumerate() {
        match arg {
            Arg::Tensor(t) => {
                let state = t.node().state();
                let Some(array) = &state.arrays[t.edge().index as usize] else {
                    return Ok(None);
                };
                if !array.shape.iter().eq(shape) || !native(array.dtype) || !array.is_contiguous() {
                    return Ok(None);
                }
                // The argument owns its value, so the memory stays for this call.
                sources[k] = array.ptr();
                compute = array.dtype.compute();
            }
            Arg::Scalar(s) => {
                let tile: &mut Tile = &mut numbers[k];
                let tile = tile.as_mut_ptr().cast();
                compute = scalar.compute();
                // SAFETY: a tile has room for n elements of any type.
                unsafe { tile::fill(tile, compute, *s, n) };
                sources[k] = tile;
            }
        }
    }
    for k in args.len()..3 {
        sources[k] = sources[args.len() - 1];
    }
    let kernel = kernel(compute, *dtype).expect("meta admits only dtypes that the op has a kernel for");
    let output = Array::empty(shape, *dtype)?;
    // SAFETY: sources hold n elements of the types that the kernel was chosen for, and the output is fresh.
    simd::with_float_state(|| unsafe { kernel.for_this_cpu()(output.ptr_mut(), sources, n) });
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
