//! Memory of a GPU: a buffer for each storage, from lists of free ones by size; what is updated together lies in one
//! buffer (`arena`).
//!
//! What is freed can be used again at once: launches run in the order in which they are recorded.

use crate::arena::Beside;
use crate::context::Context;
use crate::recorder;
use parking_lot::Mutex;
use ravine_core::array::{Array, Storage};
use ravine_core::cpu::pool;
use ravine_core::dtype::DType;
use ravine_core::error::{Error, Kind, Result};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use wgpu::BufferUsages;

/// A buffer.
pub struct Block {
    pub buffer: wgpu::Buffer,
    /// Of the buffer, for keys.
    pub id: u64,
    pub size: u64,
    /// Of an arena: where the gradients of its tensors lie.
    pub beside: Mutex<Beside>,
    context: &'static Context,
}

impl Drop for Block {
    fn drop(&mut self) {
        self.context.pool.give_back(Free {
            buffer: self.buffer.clone(),
            id: self.id,
            size: self.size,
        });
    }
}

/// A part of a block.
pub struct Place {
    pub block: Arc<Block>,
    pub offset: u64,
    pub size: u64,
}

/// The memory of a storage: a whole block, until it is moved into an arena. Only who holds the recorder moves it.
pub struct Memory {
    place: Mutex<Arc<Place>>,
    /// As many as were asked for; the place may have more.
    pub bytes: u64,
    /// The values were computed from what a launch found wrong.
    spoilt: OnceLock<Error>,
}

impl Memory {
    pub fn new(place: Arc<Place>, bytes: u64) -> Memory {
        Memory {
            place: Mutex::new(place),
            bytes,
            spoilt: OnceLock::new(),
        }
    }

    pub fn place(&self) -> Arc<Place> {
        self.place.lock().clone()
    }

    pub fn move_to(&self, place: Arc<Place>) {
        *self.place.lock() = place;
    }

    /// Marks the values, for whoever reads them.
    pub fn spoil(&self, error: Error) {
        let _ = self.spoilt.set(error);
    }

    /// Raises what is wrong with the values.
    pub fn check(&self) -> Result<()> {
        self.spoilt.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    pub fn shares_block(&self, other: &Memory) -> bool {
        Arc::ptr_eq(&self.place().block, &other.place().block)
    }
}

/// The memory of an array that lies on a GPU.
pub fn of(array: &Array) -> &Memory {
    of_storage(&array.storage)
}

pub fn of_storage(storage: &Storage) -> &Memory {
    match storage {
        Storage::Remote(memory) => memory.downcast_ref().expect("a GPU's storage is its memory"),
        _ => unreachable!("an array of a GPU lies there"),
    }
}

/// Bytes of an element in a buffer (`ravine_core::gpu` says how elements lie there).
pub fn element_bytes(dtype: DType) -> u64 {
    match dtype {
        DType::I64 | DType::F64 => 8,
        DType::Bool | DType::U8 | DType::I8 | DType::I16 | DType::I32 | DType::F32 => 4,
        DType::F16 | DType::BF16 => 2,
    }
}

/// Copies begin and end at multiples of this: what every device asks for.
pub const WORD: u64 = 4;

/// Buffers begin and end at multiples of this: what bindings must begin at.
pub const ALIGNMENT: u64 = 256;

/// Sizes in steps of a quarter octave, so that buffers of nearly one size serve each other.
pub fn size_class(bytes: u64) -> u64 {
    let bytes = bytes.max(ALIGNMENT);
    let step = (bytes.next_power_of_two() / 8).max(ALIGNMENT);
    bytes.next_multiple_of(step)
}

struct Free {
    buffer: wgpu::Buffer,
    id: u64,
    size: u64,
}

#[derive(Default)]
struct State {
    /// By size class, then by number: the lowest goes first, so that a step that repeats gets the same buffers again, and
    /// with them the sets of bindings that are remembered.
    free: FxHashMap<u64, BTreeMap<u64, Free>>,
    free_bytes: u64,
    live_bytes: u64,
    next_id: u64,
}

impl State {
    fn take(&mut self, size: u64) {
        self.live_bytes += size;
        recorder::note_live(size as i64);
    }
}

pub struct Pool {
    state: Mutex<State>,
    /// Bytes that may be had in all (`RAVINE_GPU_BUDGET`).
    budget: u64,
}

impl Pool {
    pub fn new() -> Pool {
        let budget = std::env::var("RAVINE_GPU_BUDGET").ok();
        Pool {
            state: Mutex::default(),
            budget: budget.and_then(|b| b.trim().parse().ok()).unwrap_or(u64::MAX),
        }
    }

    pub fn bytes_live(&self) -> usize {
        self.state.lock().live_bytes as usize
    }

    /// Whether a block of so many bytes keeps within the budget.
    pub fn has_room(&self, bytes: u64) -> bool {
        let live = self.state.lock().live_bytes;
        live.saturating_add(size_class(bytes)) <= self.budget
    }

    /// Memory of so many bytes. What it holds is undefined.
    pub fn allocate(&self, context: &'static Context, bytes: u64) -> Result<Memory> {
        let block = self.block(context, bytes)?;
        let size = block.size;
        let place = Arc::new(Place {
            block,
            offset: 0,
            size,
        });
        Ok(Memory::new(place, bytes))
    }

    /// A block of at least so many bytes.
    pub fn block(&self, context: &'static Context, bytes: u64) -> Result<Arc<Block>> {
        let size = size_class(bytes);
        if size > context.binding_bytes {
            let text = format!(
                "{bytes} bytes in one tensor; this GPU's shaders reach {} (maxStorageBufferBindingSize). Split the tensor",
                context.binding_bytes
            );
            return Err(Error::new(Kind::Memory, "", text));
        }
        pool::may_allocate(bytes as usize)?;
        let block = |buffer, id| {
            Arc::new(Block {
                buffer,
                id,
                size,
                beside: Mutex::default(),
                context,
            })
        };
        let id = {
            let mut state = self.state.lock();
            if let Some((_, found)) = state.free.get_mut(&size).and_then(BTreeMap::pop_first) {
                state.free_bytes -= size;
                state.take(size);
                return Ok(block(found.buffer, found.id));
            }
            if state
                .live_bytes
                .saturating_add(state.free_bytes)
                .saturating_add(size)
                > self.budget
            {
                state.free.clear();
                state.free_bytes = 0;
                if state.live_bytes.saturating_add(size) > self.budget {
                    return Err(Error::out_of_memory(bytes as usize, state.live_bytes as usize));
                }
            }
            state.next_id += 1;
            state.next_id
        };
        let buffer = self.create(context, size)?;
        self.state.lock().take(size);
        Ok(block(buffer, id))
    }

    fn create(&self, context: &Context, size: u64) -> Result<wgpu::Buffer> {
        let describe = wgpu::BufferDescriptor {
            label: None,
            size,
            usage: BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        let attempt = || {
            let scope = context.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
            let buffer = context.device.create_buffer(&describe);
            match pollster::block_on(scope.pop()) {
                None => Some(buffer),
                Some(_) => None,
            }
        };
        recorder::note_buffer();
        if let Some(buffer) = attempt() {
            return Ok(buffer);
        }
        // What is free, and what launches still use, may make room.
        let live = {
            let mut state = self.state.lock();
            state.free.clear();
            state.free_bytes = 0;
            state.live_bytes as usize
        };
        context.recorder.lock().forget_bindings();
        let _ = context.device.poll(wgpu::PollType::wait_indefinitely());
        attempt().ok_or_else(|| Error::out_of_memory(size as usize, live))
    }

    fn give_back(&self, free: Free) {
        let mut state = self.state.lock();
        state.live_bytes -= free.size;
        recorder::note_live(-(free.size as i64));
        state.free_bytes += free.size;
        state.free.entry(free.size).or_default().insert(free.id, free);
    }

    /// Gives what is free back to the driver.
    pub fn trim(&self) {
        let mut state = self.state.lock();
        state.free.clear();
        state.free_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_waste_at_most_a_quarter_and_end_at_the_alignment() {
        for bytes in (0..5000).chain([1 << 20, (1 << 20) + 1, 3_000_000, 1 << 31]) {
            let size = size_class(bytes);
            assert!(size >= bytes && size.is_multiple_of(ALIGNMENT), "{bytes}: {size}");
            assert!(
                size - bytes <= ALIGNMENT || (size - bytes) * 4 <= bytes,
                "{bytes}: {size}"
            );
        }
    }
}
