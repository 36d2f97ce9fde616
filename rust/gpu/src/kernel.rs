//! Structured ops: the passes of a program over whole buffers.

use crate::context::Context;
use crate::memory::{self, Memory};
use crate::recorder::Bound;
use crate::transfer;
use ravine_core::array::{Array, Storage};
use ravine_core::dtype::DType;
use ravine_core::error::{Error, Kind, Result};
use ravine_core::gpu::{self, Buffer, Gpu};
use ravine_core::shape::{numel, show};
use ravine_core::work::{Input, Launch, Meta, Routine};
use smallvec::SmallVec;
use std::sync::Arc;

pub fn launch(context: &'static Context, routine: Routine, launch: &Launch) -> Result<()> {
    let Gpu::Program(program) = routine.gpu else {
        return Err(Error::new(Kind::State, routine.name, "is not on the GPU yet"));
    };
    let arrays: SmallVec<[&Array; 4]> = (launch.inputs.iter())
        .map(|input| match input {
            Input::Array(array) => array,
            Input::Scalar(_) => unreachable!("structured ops record tensors only"),
        })
        .collect();
    let metas: SmallVec<[Meta; 4]> = arrays.iter().map(|a| (a.shape.clone(), a.dtype)).collect();
    let program = program(&gpu::Context {
        op: routine.name,
        attrs: launch.attrs,
        data: launch.data,
        inputs: &metas,
        limits: context.limits,
    })?;
    // Programs know row-major elements only.
    let inputs: SmallVec<[Array; 4]> = (arrays.iter())
        .map(|&array| {
            if bound(array).is_some() {
                Ok(array.clone())
            } else {
                dense(context, array)
            }
        })
        .collect::<Result<_>>()?;
    let outputs: SmallVec<[Array; 2]> = (launch.outputs.iter())
        .map(|output| {
            if bound(output).is_some() {
                return Ok(output.clone());
            }
            let is_kept = arrays.iter().any(|a| Arc::ptr_eq(&a.storage, &output.storage));
            if is_kept {
                dense(context, output)
            } else {
                empty(context, &output.shape, output.dtype)
            }
        })
        .collect::<Result<_>>()?;
    let scratch: SmallVec<[Memory; 2]> = (program.scratch.iter())
        .map(|&bytes| context.pool.allocate(context, bytes as u64))
        .collect::<Result<_>>()?;
    for pass in &program.passes {
        let pipeline = context.pipelines.get(&context.device, pass);
        context.check()?;
        let mut params = pass.params.clone();
        let parts: SmallVec<[Bound; 8]> = (pass.bindings.iter())
            .map(|binding| match binding.buffer {
                Buffer::Input(i) => bound(&inputs[i]).expect("it is row-major by now"),
                Buffer::Output(j) => bound(&outputs[j]).expect("it is row-major by now"),
                Buffer::Scratch(s) => Bound::Memory {
                    memory: &scratch[s],
                    offset: 0,
                    size: scratch[s].size,
                },
                Buffer::Fault => Bound::Fault,
            })
            .collect();
        let mut recorder = context.recorder.lock();
        if parts.iter().any(|part| matches!(part, Bound::Fault)) {
            let shapes: Vec<String> = metas.iter().map(|(shape, _)| show(shape)).collect();
            let number = recorder.watch(format!("{} of shapes {}", launch.op, shapes.join(", ")));
            if let Some(word) = params.last_mut() {
                *word = number;
            }
        }
        recorder.dispatch(context, &pipeline, &parts, &params, pass.grid)?;
    }
    for (output, own) in launch.outputs.iter().zip(&outputs) {
        if !Arc::ptr_eq(&output.storage, &own.storage) {
            transfer::copy(context, own, output)?;
        }
    }
    Ok(())
}

/// The part of its buffer that an array is; `None` where it is not row-major, or begins where no binding can.
fn bound(array: &Array) -> Option<Bound<'_>> {
    let size = memory::element_bytes(array.dtype);
    let offset = array.offset as u64 * size;
    if !array.is_contiguous() || !offset.is_multiple_of(memory::ALIGNMENT) {
        return None;
    }
    let memory = memory::of(array);
    let bytes = (numel(&array.shape) as u64 * size).next_multiple_of(16).max(16);
    // Extents of 0 leave an offset that may lie at the end.
    let offset = offset.min(memory.size - bytes);
    Some(Bound::Memory {
        memory,
        offset,
        size: bytes,
    })
}

/// Uninitialised memory of a GPU as an array's.
pub fn storage(context: &'static Context, elements: usize, dtype: DType) -> Result<Arc<Storage>> {
    let bytes = elements as u64 * memory::element_bytes(dtype);
    let memory = context.pool.allocate(context, bytes)?;
    Ok(Arc::new(Storage::Remote(Box::new(memory))))
}

pub fn empty(context: &'static Context, shape: &[usize], dtype: DType) -> Result<Array> {
    Ok(Array::dense(storage(context, numel(shape), dtype)?, shape, dtype).on(context.own))
}

/// The same elements in row-major order, in memory of their own.
pub fn dense(context: &'static Context, array: &Array) -> Result<Array> {
    let copy = empty(context, &array.shape, array.dtype)?;
    transfer::copy(context, array, &copy)?;
    Ok(copy)
}
