//! Errors that launches find in values: a word that they note it in, and what becomes of it.
//!
//! Each thread has a word of its own. A launch that may find an error has a number; it puts this into the word, goes on
//! with a value that is in range, and whoever looks next learns of it. What was computed from it is spoilt by then:
//! memory remembers that, and launches that would read it fail. Launches over memory that a unit goes back to do nothing
//! while the word is set.

use crate::memory;
use ravine_core::array::{Array, Storage};
use ravine_core::error::{Error, Kind};
use ravine_core::gpu::Finding;
use ravine_core::shape::{Shape, show};
use ravine_core::work::Origin;
use rustc_hash::FxHashSet;
use smallvec::SmallVec;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use wgpu::BufferUsages;

/// How many threads have a word that no other has.
const WORDS: usize = 64;
/// From one word to the next: where a binding may begin.
const STRIDE: u64 = 256;
/// Of what a thread's launches bind. The first word is the number of a launch, the second what it noted beside.
pub const BYTES: u64 = 16;
/// Launches that are remembered before the word is looked at.
const TRACES: usize = 1 << 14;

thread_local! {
    static OWN: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The place of this thread's word.
fn own() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    if OWN.get() == usize::MAX {
        OWN.set(NEXT.fetch_add(1, Relaxed) % WORDS);
    }
    OWN.get()
}

/// A launch that may find an error.
pub struct Watched {
    pub finding: Finding,
    pub origin: Origin,
    pub inputs: SmallVec<[Shape; 4]>,
}

impl Watched {
    fn error(&self, noted: u32) -> Error {
        let error = self.finding.error(noted);
        let mut text = error.text().to_string();
        // As on the CPU.
        if error.kind() == Kind::Index {
            let shapes: Vec<String> = self.inputs.iter().map(|shape| show(shape)).collect();
            text += &format!(" (operands of shape {})", shapes.join(" and "));
        }
        let Origin { path, place, epoch } = self.origin;
        error.with(error.op(), text, path, place).late().since(epoch)
    }
}

/// What a launch read and wrote.
pub struct Trace {
    reads: SmallVec<[usize; 4]>,
    /// Without what stays as it was where the launch does nothing.
    writes: SmallVec<[Weak<Storage>; 2]>,
    does_nothing: bool,
}

impl Trace {
    /// With memory that stays as it was if an error was noted before.
    pub fn new<'a>(
        reads: impl Iterator<Item = &'a Array>,
        writes: impl Iterator<Item = &'a Array>,
        kept: &[Arc<Storage>],
    ) -> Trace {
        let is_kept = |array: &Array| kept.iter().any(|k| Arc::ptr_eq(k, &array.storage));
        Trace {
            reads: reads.map(|array| address(&array.storage)).collect(),
            writes: (writes.filter(|array| !is_kept(array)))
                .map(|array| Arc::downgrade(&array.storage))
                .collect(),
            does_nothing: !kept.is_empty(),
        }
    }
}

fn address(storage: &Arc<Storage>) -> usize {
    Arc::as_ptr(storage) as usize
}

/// Of one thread.
struct Word {
    /// Number of the next launch that is watched. They count down, so that the greatest is the first.
    next: u32,
    watched: Vec<(u32, Box<Watched>)>,
    /// What was launched since the first of them, with the number of the next one that was watched.
    traces: Vec<(u32, Trace)>,
}

pub struct Faults {
    pub buffer: wgpu::Buffer,
    words: Vec<Word>,
}

impl Faults {
    pub fn new(device: &wgpu::Device) -> Faults {
        let word = || Word {
            next: u32::MAX,
            watched: Vec::new(),
            traces: Vec::new(),
        };
        Faults {
            buffer: device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: WORDS as u64 * STRIDE,
                usage: BufferUsages::STORAGE
                    | BufferUsages::UNIFORM
                    | BufferUsages::COPY_SRC
                    | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            words: (0..WORDS).map(|_| word()).collect(),
        }
    }

    /// Where this thread's word lies in the buffer.
    pub fn offset() -> u64 {
        own() as u64 * STRIDE
    }

    fn word(&mut self) -> &mut Word {
        &mut self.words[own()]
    }

    /// The number of a launch that is recorded now and may note an error.
    pub fn watch(&mut self, watched: Box<Watched>) -> u32 {
        let word = self.word();
        let number = word.next;
        word.next -= 1;
        word.watched.push((number, watched));
        number
    }

    /// Remembers a launch that was recorded now, if one before it may have noted an error, or it may have itself.
    pub fn trace(&mut self, trace: Trace) {
        let word = self.word();
        if !word.watched.is_empty() {
            word.traces.push((word.next, trace));
        }
    }

    /// Whether launches of this thread may have noted an error since its word was looked at.
    pub fn is_in_doubt(&mut self) -> bool {
        !self.word().watched.is_empty()
    }

    /// Whether it is time to look at the word.
    pub fn is_full(&mut self) -> bool {
        self.word().traces.len() >= TRACES
    }

    /// This thread's word was looked at, and nothing was noted.
    pub fn clear(&mut self) {
        let word = self.word();
        word.next = u32::MAX;
        word.watched.clear();
        word.traces.clear();
    }

    /// The error behind this thread's word. What was computed from values at fault is marked.
    pub fn take(&mut self, [number, noted]: [u32; 2]) -> Error {
        let word = self.word();
        let found = word.watched.iter().find(|(n, _)| *n == number);
        let error = found.map_or_else(
            || {
                Error::state(
                    "",
                    "a launch found an error that nobody knows; this is a defect of ravine",
                )
            },
            |(_, watched)| watched.error(noted),
        );
        // The traces keep their addresses from being used again.
        let mut spoilt: FxHashSet<usize> = FxHashSet::default();
        let after = word.traces.iter().skip_while(|(next, _)| *next >= number);
        for (i, (_, trace)) in after.enumerate() {
            if i == 0 || trace.does_nothing || trace.reads.iter().any(|a| spoilt.contains(a)) {
                spoilt.extend(trace.writes.iter().map(|s| s.as_ptr() as usize));
                for storage in trace.writes.iter().filter_map(Weak::upgrade) {
                    memory::of_storage(&storage).spoil(error.of_a_value());
                }
            }
        }
        self.clear();
        error
    }
}
