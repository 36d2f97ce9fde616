//! Structured ops: the passes of a program, with fused steps in its slots.

use crate::arena;
use crate::commands;
use crate::context::Context;
use crate::faults::Watched;
use crate::memory::{self, Memory};
use crate::recorder::Bound;
use crate::splice::{self, Spliced};
use crate::transfer;
use ravine_core::array::{Array, Storage};
use ravine_core::attributes::Listed;
use ravine_core::dtype::DType;
use ravine_core::error::Result;
use ravine_core::gpu::own::Form;
use ravine_core::gpu::{self, Binding, Buffer, Finding, Gpu, GpuProgram, Layout, Mode, Pass};
use ravine_core::shape::{Shape, numel};
use ravine_core::work::{Input, Launch, Meta, Routine};
use smallvec::SmallVec;
use std::sync::Arc;

type Arrays = SmallVec<[Array; 4]>;

/// What is written into memory that is `kept` is not written while an error is noted.
pub fn launch(
    context: &'static Context,
    routine: Routine,
    launch: &Launch,
    kept: &[Arc<Storage>],
) -> Result<()> {
    let (any_layout, load_slot, store_slot) = match routine.gpu {
        Gpu::Spliced(s) => (s.any_layout, s.load, s.store),
        Gpu::Own(source) => (source.form == Form::Elements, None, None),
        _ => (false, None, None),
    };
    let mut inputs: Arrays = (launch.inputs.iter())
        .map(|input| match input {
            Input::Array(array) => array.clone(),
            Input::Scalar(_) => unreachable!("structured ops record tensors only"),
        })
        .collect();
    let mut targets: Arrays = launch.outputs.iter().cloned().collect();
    let mut attrs = launch.attrs.clone();
    if let Gpu::Lists(lists, _) = routine.gpu {
        let mut listed = Listed::from(&attrs);
        let joined = arena::join(context, *lists, listed.length, &inputs, &targets);
        if joined.length == 0 {
            return Ok(());
        }
        listed.length = joined.length;
        (attrs, inputs, targets) = (listed.encode(), joined.inputs, joined.outputs);
    }
    let metas: SmallVec<[Meta; 4]> = inputs.iter().map(|a| (a.shape.clone(), a.dtype)).collect();
    let load = load(context, launch, load_slot, &mut inputs)?;
    let mut layouts: SmallVec<[Option<Layout>; 4]> = SmallVec::new();
    for input in &mut inputs {
        let is_plain = bound(input).is_some();
        if !is_plain && !any_layout {
            *input = dense(context, input)?;
        }
        layouts.push((!is_plain && any_layout).then(|| Layout {
            strides: input.strides.clone(),
            offset: input.offset,
        }));
    }
    let mut outputs: Arrays = (targets.iter())
        .map(|output| {
            if bound(output).is_some() {
                return Ok(output.clone());
            }
            let is_kept = inputs.iter().any(|a| Arc::ptr_eq(&a.storage, &output.storage));
            if is_kept {
                dense(context, output)
            } else {
                empty(context, &output.shape, output.dtype)
            }
        })
        .collect::<Result<_>>()?;
    let mut program = routine.gpu.program(&gpu::Context {
        op: routine.name,
        attrs: &attrs,
        data: launch.data,
        inputs: &metas,
        layouts: &layouts,
        limits: context.limits,
    })?;
    program.inputs = inputs.len();
    program.outputs = outputs.iter().map(|o| (o.shape.clone(), o.dtype)).collect();
    if let (Some(slot), Some(spliced)) = (load_slot, &load) {
        spliced.put_into(&mut program, slot)?;
        inputs.extend(spliced.inputs.iter().cloned());
    }
    let store = (launch.store.as_ref()).and_then(|splice| {
        let product = &outputs[0];
        let is_value = |array: &Array| Arc::ptr_eq(&array.storage, &product.storage);
        let spliced = Spliced::new(splice, &product.shape, is_value, Some(product))?;
        let slot = store_slot?;
        has_room(context, &program, slot, &spliced).then_some((slot, spliced))
    });
    if let Some((slot, spliced)) = &store {
        spliced.put_into(&mut program, slot)?;
        inputs.extend(spliced.inputs.iter().cloned());
        outputs[0].clone_from(spliced.product.as_ref().expect("a store slot has one"));
        outputs.extend(spliced.outputs.iter().cloned());
    }
    let scratch: SmallVec<[Memory; 2]> = (program.scratch.iter())
        .map(|&bytes| context.pool.allocate(context, bytes as u64))
        .collect::<Result<_>>()?;
    let watched = |finding| Watched {
        finding,
        origin: launch.origin,
        inputs: metas.iter().map(|(shape, _)| shape.clone()).collect(),
    };
    for pass in &mut program.passes {
        let is_guarded = pass.bindings.iter().any(|binding| match binding.buffer {
            // Lists come as they lie, not as the tensors that they are.
            Buffer::Output(_) if matches!(routine.gpu, Gpu::Lists(..)) => !kept.is_empty(),
            Buffer::Output(j) => is_in(kept, &outputs[j]),
            _ => false,
        });
        let inputs = (&inputs, metas.len());
        run(context, pass, is_guarded, inputs, &outputs, &scratch, &watched)?;
    }
    if store.is_some() {
        return Ok(());
    }
    for (output, own) in targets.iter().zip(&outputs) {
        if !Arc::ptr_eq(&output.storage, &own.storage) {
            transfer::put(context, own, output, !kept.is_empty())?;
        }
    }
    match &launch.store {
        Some(splice) => splice::launch(context, splice, &splice.outputs, kept),
        None => Ok(()),
    }
}

/// Whether an array lies in one of these storages.
pub fn is_in(kept: &[Arc<Storage>], array: &Array) -> bool {
    kept.iter().any(|storage| Arc::ptr_eq(storage, &array.storage))
}

/// The steps of the load slot: what is to be spliced in, with the array that the program reads as input 0; or input 0
/// is computed here.
fn load(
    context: &'static Context,
    launch: &Launch,
    slot: Option<&'static str>,
    inputs: &mut Arrays,
) -> Result<Option<Spliced>> {
    let Some(splice) = &launch.load else {
        return Ok(None);
    };
    let shape: Shape = inputs[0].shape.clone();
    let is_value = |a: &Array| a.dtype == DType::F32 && a.shape == shape && bound(a).is_some();
    let value = splice.inputs.iter().find_map(|input| match input {
        Input::Array(array) if is_value(array) => Some(array.clone()),
        _ => None,
    });
    if let (Some(_), Some(value)) = (slot, value) {
        let is_it = |a: &Array| Arc::ptr_eq(&a.storage, &value.storage) && is_value(a);
        if let Some(spliced) = Spliced::new(splice, &shape, is_it, None)
            && spliced.buffers() + 3 <= context.limits.storage_buffers as usize
        {
            inputs[0] = value;
            return Ok(Some(spliced));
        }
    }
    let computed = empty(context, &shape, inputs[0].dtype)?;
    splice::launch(context, splice, std::slice::from_ref(&computed), &[])?;
    inputs[0] = computed;
    Ok(None)
}

/// Whether every pass with this slot can have the buffers of steps too.
fn has_room(context: &Context, program: &GpuProgram, slot: &str, spliced: &Spliced) -> bool {
    let with_slot = |pass: &&Pass| pass.slots.iter().any(|(name, _)| *name == slot);
    let most = program
        .passes
        .iter()
        .filter(with_slot)
        .map(|pass| pass.bindings.len())
        .max();
    most.is_some_and(|most| most + spliced.buffers() <= context.limits.storage_buffers as usize)
}

/// Inputs from `own` on are those of fused steps.
fn run(
    context: &'static Context,
    pass: &mut Pass,
    is_guarded: bool,
    (inputs, own): (&Arrays, usize),
    outputs: &Arrays,
    scratch: &[Memory],
    watched: &dyn Fn(Finding) -> Watched,
) -> Result<()> {
    let parts: SmallVec<[Bound; 8]> = (pass.bindings.iter())
        .map(|binding| match binding.buffer {
            Buffer::Input(i) if i < own => {
                // What is not row-major is found from the start of its buffer.
                bound(&inputs[i]).unwrap_or_else(|| Bound::Whole(memory::of(&inputs[i])))
            }
            // Steps find all of theirs from there.
            Buffer::Input(i) => Bound::Whole(memory::of(&inputs[i])),
            Buffer::Output(j) => bound(&outputs[j]).expect("outputs are row-major"),
            Buffer::Scratch(s) => Bound::Whole(&scratch[s]),
            Buffer::Fault => Bound::Fault,
        })
        .collect();
    write_all_of_a_block(&mut pass.bindings, &parts);
    let finding = pass.bindings.iter().find_map(|binding| binding.finding);
    assert!(
        !(is_guarded && finding.is_some()),
        "a pass that finds errors writes over nothing"
    );
    let pipeline = context.pipelines.get(&context.device, pass, is_guarded)?;
    let watched = finding.map(|finding| Box::new(watched(finding)));
    commands::dispatch(context, &pipeline, &parts, &pass.params, pass.grid, watched);
    Ok(())
}

/// No buffer is bound for reading beside a part of it for writing: what is read lies in an arena with what is written, and
/// is bound for writing too.
fn write_all_of_a_block(bindings: &mut [Binding], parts: &[Bound]) {
    let memory = |i: usize| parts[i].memory();
    let written: SmallVec<[&Memory; 8]> = (0..parts.len())
        .filter(|&i| bindings[i].mode == Mode::ReadWrite)
        .filter_map(memory)
        .collect();
    for (i, binding) in bindings.iter_mut().enumerate() {
        if let (Mode::Read, Some(own)) = (binding.mode, memory(i)) {
            let is_beside = |other: &&Memory| !std::ptr::eq(own, *other) && own.shares_block(other);
            if written.iter().any(is_beside) {
                binding.mode = Mode::ReadWrite;
            }
        }
    }
}

/// The part of its buffer that an array is; `None` where it is not row-major, or begins where no binding can.
fn bound(array: &Array) -> Option<Bound<'_>> {
    if !matches!(*array.storage, Storage::Remote(_)) {
        return None;
    }
    let size = memory::element_bytes(array.dtype);
    let bytes = numel(&array.shape) as u64 * size;
    // Without elements it may begin at the end.
    let offset = if bytes == 0 { 0 } else { array.offset as u64 * size };
    if !array.is_contiguous() || !offset.is_multiple_of(memory::ALIGNMENT) {
        return None;
    }
    Some(Bound::Part {
        memory: memory::of(array),
        offset,
        size: bytes.next_multiple_of(16).max(16),
    })
}

/// Uninitialised memory of a GPU as an array's.
pub fn storage(context: &'static Context, elements: usize, dtype: DType) -> Result<Arc<Storage>> {
    let bytes = elements as u64 * memory::element_bytes(dtype);
    let memory = context.pool.allocate(context, bytes)?;
    Ok(Arc::new(Storage::Remote(Box::new(memory))))
}

/// The same, beside what `owner` is in an arena, where there is such a place.
pub fn storage_beside(
    context: &'static Context,
    owner: &Array,
    elements: usize,
    dtype: DType,
) -> Result<Arc<Storage>> {
    let bytes = elements as u64 * memory::element_bytes(dtype);
    match arena::place_beside(context, memory::of(owner), bytes) {
        Some(place) => Ok(Arc::new(Storage::Remote(Box::new(Memory::new(place, bytes))))),
        None => storage(context, elements, dtype),
    }
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
