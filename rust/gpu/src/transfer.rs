//! To a GPU, from it, and from one layout to another.

use crate::commands;
use crate::context::Context;
use crate::faults::{self, Faults, Trace};
use crate::fused::{self, Fused};
use crate::kernel;
use crate::memory::{self, Memory};
use crate::recorder::{self, Bound};
use ravine_core::array::Array;
use ravine_core::dtype::DType;
use ravine_core::error::{Error, Result};
use ravine_core::gpu;
use ravine_core::ops::graph::cast;
use ravine_core::work::{Input, Operand, Step, Steps};
use rustc_hash::FxHashMap;
use smallvec::smallvec;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Bytes of an element of which two lie in a word.
const HALF: u64 = 2;

/// From the host's row-major elements.
pub fn upload(context: &'static Context, from: &Array, to: &Array) -> Result<()> {
    let mut bytes = widened(from);
    if bytes.is_empty() {
        return Ok(());
    }
    bytes.resize(bytes.len().next_multiple_of(memory::WORD as usize), 0);
    let _turn = context.turn.lock();
    let mut recorder = context.recorder.lock();
    let place = memory::of(to).place();
    // What is written now comes before all launches that were not handed over.
    if recorder.is_using(&place.block) {
        recorder.flush(context);
    }
    let offset = place.offset + to.offset as u64 * memory::element_bytes(to.dtype);
    context.queue.write_buffer(&place.block.buffer, offset, &bytes);
    recorder::note_upload(bytes.len() as u64);
    context.check()
}

/// To the host; waits for what computes the elements.
pub fn download(context: &'static Context, from: &Array, to: &Array) -> Result<()> {
    memory::of(from).check()?;
    let element = memory::element_bytes(from.dtype);
    let first = from.offset as u64 * element;
    if !first.is_multiple_of(memory::WORD) {
        let dense = commands::together(context, || kernel::dense(context, from))?;
        return download(context, &dense, to);
    }
    let size = (from.numel() as u64 * element).next_multiple_of(memory::WORD);
    let staging = context.staging.take(context, size + 4);
    let index = {
        let _turn = context.turn.lock();
        let mut recorder = context.recorder.lock();
        if size > 0 {
            let place = memory::of(from).place();
            let first = place.offset + first;
            recorder.copy_out(context, (&place.block.buffer, first), (&staging, 0), size);
        }
        let noted = recorder.faults.buffer.clone();
        recorder.copy_out(context, (&noted, Faults::offset()), (&staging, size), 4);
        recorder.hand_over_for_look(context)
    };
    let is_noted = (context.staging).read(context, staging, size + 4, &index, |bytes| {
        let (elements, noted) = bytes.split_at(size as usize);
        narrow(elements, to);
        noted != [0; 4]
    })?;
    recorder::note_download(size + 4);
    if is_noted {
        return Err(noted(context)?);
    }
    context.recorder.lock().faults.clear();
    Ok(())
}

/// The error that this thread's word tells of; the word is 0 again.
fn noted(context: &'static Context) -> Result<Error> {
    let staging = context.staging.take(context, faults::BYTES);
    let (buffer, at, index) = {
        let mut recorder = context.recorder.lock();
        let buffer = recorder.faults.buffer.clone();
        let at = Faults::offset();
        recorder.copy_out(context, (&buffer, at), (&staging, 0), faults::BYTES);
        let index = recorder.hand_over_for_look(context);
        (buffer, at, index)
    };
    let words = (context.staging).read(context, staging, faults::BYTES, &index, |bytes| {
        let word = |i: usize| u32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
        [word(0), word(4)]
    })?;
    let mut recorder = context.recorder.lock();
    (context.queue).write_buffer(&buffer, at, &[0; faults::BYTES as usize]);
    Ok(recorder.faults.take(words))
}

/// Looks at this thread's word if more launches wait for that than are to be remembered.
pub fn look_if_due(context: &'static Context) -> Result<()> {
    if commands::is_open() || !context.recorder.lock().faults.is_full() {
        return Ok(());
    }
    wait(context)
}

/// Elements as buffers hold them: words.
fn widened(array: &Array) -> Vec<u8> {
    fn words<T: Copy>(values: &[T], word: impl Fn(T) -> [u8; 4]) -> Vec<u8> {
        values.iter().flat_map(|&v| word(v)).collect()
    }
    match array.dtype {
        DType::Bool => words(bytes_of(array), |b| u32::from(b != 0).to_le_bytes()),
        DType::U8 => words(bytes_of(array), |b| u32::from(b).to_le_bytes()),
        DType::I8 => words(array.as_slice::<i8>(), |b| i32::from(b).to_le_bytes()),
        DType::I16 => words(array.as_slice::<i16>(), |b| i32::from(b).to_le_bytes()),
        DType::I32 | DType::I64 | DType::F32 | DType::F64 | DType::F16 | DType::BF16 => {
            bytes_of(array).to_vec()
        }
    }
}

/// The bytes of the host's row-major elements.
fn bytes_of(array: &Array) -> &[u8] {
    assert!(array.device.is_cpu() && array.is_contiguous());
    // SAFETY: so many bytes are the array's, and were written by whoever made it.
    unsafe { std::slice::from_raw_parts(array.ptr(), array.nbytes()) }
}

/// Puts elements as buffers hold them into the host's memory.
fn narrow(words: &[u8], to: &Array) {
    assert!(to.device.is_cpu() && to.is_contiguous());
    // SAFETY: the caller made the array for this, so nobody else has it, and so many bytes are its own.
    let bytes = unsafe { std::slice::from_raw_parts_mut(to.ptr_mut(), to.nbytes()) };
    let size = to.dtype.size();
    let stored = memory::element_bytes(to.dtype) as usize;
    // Little-endian: the lower bytes of a word are the narrow number.
    for (own, word) in bytes.chunks_exact_mut(size).zip(words.chunks_exact(stored)) {
        own.copy_from_slice(&word[..size]);
    }
}

/// From one array of this GPU to another, broadcast to its shape and converted to its dtype.
pub fn copy(context: &'static Context, from: &Array, to: &Array) -> Result<()> {
    memory::of(from).check()?;
    put(context, from, to, false)?;
    commands::trace(context, || {
        Trace::new(std::iter::once(from), std::iter::once(to), &[])
    });
    Ok(())
}

/// The same within a launch; with `is_guarded` nothing is written while an error is noted.
pub fn put(context: &'static Context, from: &Array, to: &Array, is_guarded: bool) -> Result<()> {
    if !to.is_contiguous() {
        return Err(Error::state("", "a GPU copies into row-major memory only"));
    }
    if from.dtype == to.dtype && from.shape == to.shape && from.is_contiguous() {
        let part = |array| (memory::of(array), array.offset as usize);
        return copy_elements(
            context,
            from.dtype,
            from.numel(),
            part(from),
            part(to),
            is_guarded,
        );
    }
    let kept = is_guarded.then(|| to.storage.clone());
    let program = conversion(context, from.dtype, to.dtype);
    fused::launch(
        context,
        &program,
        &[Input::Array(from.clone())],
        std::slice::from_ref(to),
        kept.as_slice(),
    )
}

/// So many elements from one memory, from an element on, to another. What lies beside them stays.
pub fn copy_elements(
    context: &'static Context,
    dtype: DType,
    n: usize,
    from: (&Memory, usize),
    to: (&Memory, usize),
    is_guarded: bool,
) -> Result<()> {
    let [first, second, bytes] = [from.1, to.1, n].map(|x| x as u64 * memory::element_bytes(dtype));
    if bytes == 0 {
        return Ok(());
    }
    // No buffer is copied to itself.
    if from.0.shares_block(to.0) {
        let between = context.pool.allocate(context, bytes)?;
        copy_elements(context, dtype, n, from, (&between, 0), false)?;
        return copy_elements(context, dtype, n, (&between, 0), to, is_guarded);
    }
    let are_words = [first, second, bytes]
        .iter()
        .all(|b| b.is_multiple_of(memory::WORD));
    if are_words && !is_guarded {
        let (source, target) = (from.0.place(), to.0.place());
        let (first, second) = (source.offset + first, target.offset + second);
        commands::copy(context, (&source.block, first), (&target.block, second), bytes);
        return Ok(());
    }
    // A copy of buffers takes whole words, and heeds no error: this is a pass.
    let [n, first, second] = [bytes, first, second].map(|bytes| (bytes / HALF) as usize);
    let program = gpu::halves(n, first, second);
    let pass = &program.passes[0];
    let pipeline = context.pipelines.get(&context.device, pass, is_guarded)?;
    let bound = [Bound::Whole(from.0), Bound::Whole(to.0)];
    commands::dispatch(context, &pipeline, &bound, &pass.params, pass.grid, None);
    Ok(())
}

/// The pass that converts elements, one for each pair of dtypes.
fn conversion(context: &Context, from: DType, to: DType) -> Arc<Fused> {
    static KNOWN: OnceLock<Mutex<FxHashMap<(DType, DType), Arc<Fused>>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default);
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let steps = Steps {
            inputs: smallvec![from],
            steps: vec![Step {
                routine: cast::OP.routine(),
                operands: smallvec![Operand::Input(0)],
                dtype: to,
            }],
            outputs: smallvec![0],
            numbers: 0,
        };
        Arc::new(fused::compile(&steps, context.limits.storage_buffers as usize))
    };
    known.entry((from, to)).or_insert_with(make).clone()
}

/// Waits for all launches.
pub fn wait(context: &'static Context) -> Result<()> {
    let nothing = Array::empty(&[0], DType::F32)?;
    let empty = kernel::empty(context, &[0], DType::F32)?;
    download(context, &empty, &nothing)
}
