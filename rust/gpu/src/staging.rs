//! Buffers through which values come to the host, used again and again.

use crate::context::Context;
use crate::recorder;
use parking_lot::Mutex;
use ravine_core::error::{Error, Result};
use ravine_core::interrupt;
use wgpu::{BufferUsages, MapMode, PollError, PollType, SubmissionIndex};

/// Larger ones go when they have been read: looks that repeat are at a few numbers.
const LARGEST: u64 = 1 << 20;
/// As many as threads that look at once, about.
const KEPT: usize = 8;
/// The smallest.
const SMALLEST: u64 = 256;

#[derive(Default)]
pub struct Staging {
    free: Mutex<Vec<wgpu::Buffer>>,
}

impl Staging {
    /// A buffer of at least so many bytes, which nobody has mapped.
    pub fn take(&self, context: &Context, bytes: u64) -> wgpu::Buffer {
        let size = bytes.next_power_of_two().max(SMALLEST);
        let mut free = self.free.lock();
        if let Some(at) = free.iter().position(|buffer| buffer.size() == size) {
            return free.swap_remove(at);
        }
        recorder::note_buffer();
        context.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    fn give_back(&self, buffer: wgpu::Buffer) {
        let mut free = self.free.lock();
        if buffer.size() <= LARGEST && free.len() < KEPT {
            free.push(buffer);
        }
    }

    pub fn trim(&self) {
        self.free.lock().clear();
    }

    /// Waits for what was handed over up to `index`, without the host's lock, and reads the first `bytes` of a buffer that
    /// it was to fill. Ctrl-C ends the wait: whoever looks again gets the values.
    pub fn read<R>(
        &self,
        context: &Context,
        buffer: wgpu::Buffer,
        bytes: u64,
        index: &SubmissionIndex,
        read: impl FnOnce(&[u8]) -> R,
    ) -> Result<R> {
        buffer.map_async(MapMode::Read, ..bytes, |_| {});
        let mut waited = Ok(());
        interrupt::without_host(&mut || waited = wait(context, index));
        if waited.is_err() {
            context.listen();
        }
        context.check()?;
        waited?;
        let result = {
            let mapped = (buffer.get_mapped_range(..bytes))
                .map_err(|e| Error::state("", format!("the GPU's memory could not be read: {e}")))?;
            read(&mapped)
        };
        buffer.unmap();
        self.give_back(buffer);
        Ok(result)
    }
}

fn wait(context: &Context, index: &SubmissionIndex) -> Result<()> {
    loop {
        let waited = context.device.poll(PollType::Wait {
            submission_index: Some(index.clone()),
            timeout: Some(interrupt::SLICE),
        });
        match waited {
            Ok(_) => return Ok(()),
            Err(PollError::Timeout) => interrupt::between_waits()?,
            Err(e) => return Err(Error::state("", format!("the GPU gave no answer: {e}"))),
        }
    }
}
