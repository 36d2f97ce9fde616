//! Launches on their way to a GPU: recorded into one open pass, and handed over in batches.

use crate::commands::Command;
use crate::context::Context;
use crate::faults::{self, Faults};
use crate::memory::{Block, Memory, Place};
use crate::pipelines::Pipeline;
use crate::timer::{Noted, Timer};
use ravine_core::profile::{self, Launched};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use wgpu::{BufferUsages, CommandEncoder, ComputePass, SubmissionIndex};

/// Launches of a batch.
const BATCH: usize = 32;
/// Launches of the first batch after a look, where more than one is expected: the GPU starts while the program still
/// records.
const FIRST_BATCH: usize = 8;
/// Bytes of params of one batch.
const PARAMS: u64 = 64 << 10;
/// Where the params of a launch may begin: what every device allows.
const PARAMS_ALIGNMENT: usize = 256;
/// Sets of bindings that are remembered.
const BIND_GROUPS: usize = 8192;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What all GPUs did so far.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)+
        }

        impl Counts {
            /// Each with its name.
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((concat!("gpu_", stringify!($name)), self.$name)),+]
            }
        }

        #[allow(non_upper_case_globals)]
        mod count {
            use super::AtomicU64;
            $(pub static $name: AtomicU64 = AtomicU64::new(0);)+
        }

        pub fn counts() -> Counts {
            Counts { $($name: count::$name.load(Relaxed),)+ }
        }
    };
}
counters! {
    dispatches,
    /// Batches handed over.
    submits,
    passes,
    bytes_up,
    bytes_down,
    /// Times that the host waited for a GPU.
    waits,
    buffers_created,
    bind_groups_created,
    pipelines_created,
    /// Gauges: bytes that tensors take up, and the most that they did.
    bytes_live,
    bytes_peak,
}

fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Relaxed);
}
pub fn note_buffer() {
    add(&count::buffers_created, 1);
}
/// Bytes more, or less, that tensors take up.
pub fn note_live(bytes: i64) {
    let live = count::bytes_live
        .fetch_add(bytes as u64, Relaxed)
        .wrapping_add(bytes as u64);
    count::bytes_peak.fetch_max(live, Relaxed);
}
pub fn reset_peak() {
    count::bytes_peak.store(count::bytes_live.load(Relaxed), Relaxed);
}
pub fn note_pipeline() {
    add(&count::pipelines_created, 1);
}
pub fn note_upload(bytes: u64) {
    add(&count::bytes_up, bytes);
}
pub fn note_download(bytes: u64) {
    add(&count::bytes_down, bytes);
    add(&count::waits, 1);
}

/// A part of a buffer, as a launch sees it.
#[derive(Clone, Copy)]
pub enum Bound<'a> {
    Whole(&'a Memory),
    Part {
        memory: &'a Memory,
        offset: u64,
        size: u64,
    },
    /// The thread's word for errors in values.
    Fault,
}

impl<'a> Bound<'a> {
    pub fn memory(self) -> Option<&'a Memory> {
        match self {
            Bound::Whole(memory) | Bound::Part { memory, .. } => Some(memory),
            Bound::Fault => None,
        }
    }

    /// Block, offset and size of what is bound; `None` for the word of errors.
    fn range(self) -> Option<(Arc<Place>, u64, u64)> {
        let place = self.memory()?.place();
        let (offset, size) = match self {
            Bound::Part { offset, size, .. } => (place.offset + offset, size),
            _ => (place.offset, place.size),
        };
        Some((place, offset, size))
    }
}

type Ranges = SmallVec<[Option<(Arc<Place>, u64, u64)>; 8]>;

type GroupKey = (u32, SmallVec<[(u64, u64, u64); 8]>);

pub struct Recorder {
    encoder: Option<CommandEncoder>,
    pass: Option<ComputePass<'static>>,
    /// Pipeline of the last launch of the open pass.
    pipeline: Option<u32>,
    params: Vec<u8>,
    uniform: wgpu::Buffer,
    launches: usize,
    /// Launches after which the batch is handed over.
    bound: usize,
    /// Launches since the host last looked.
    since_look: usize,
    /// Numbers of the blocks that the open batch uses.
    used: FxHashSet<u64>,
    bind_groups: FxHashMap<GroupKey, wgpu::BindGroup>,
    pub faults: Faults,
    timer: Timer,
}

impl Recorder {
    pub fn new(device: &wgpu::Device) -> Recorder {
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: PARAMS,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Recorder {
            encoder: None,
            pass: None,
            pipeline: None,
            params: Vec::new(),
            uniform,
            launches: 0,
            bound: BATCH,
            since_look: 0,
            used: FxHashSet::default(),
            bind_groups: FxHashMap::default(),
            faults: Faults::new(device),
            timer: Timer::default(),
        }
    }

    fn encoder(&mut self, context: &Context) -> &mut CommandEncoder {
        self.encoder.get_or_insert_with(|| {
            context
                .device
                .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: None })
        })
    }

    /// Opens a pass; that of a profiled launch has timestamps.
    fn begin_pass(&mut self, context: &Context, profiled: Option<Launched>) {
        self.pass = None;
        self.encoder(context);
        let encoder = self.encoder.as_mut().expect("it was just made");
        let writes = (profiled.filter(|_| context.caps.timestamps))
            .map(|launch| self.timer.writes(context, encoder, launch));
        let pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: None,
            timestamp_writes: writes,
        });
        self.pass = Some(pass.forget_lifetime());
        self.pipeline = None;
        add(&count::passes, 1);
    }

    /// Ends the pass of a profiled launch; where the device notes no times it is waited for. A device that gives no
    /// answer tells whoever looks next.
    fn end_profiled(&mut self, context: &Context, launch: Launched) {
        self.pass = None;
        if context.caps.timestamps {
            return;
        }
        let begin = profile::now();
        self.flush(context);
        if context.device.poll(wgpu::PollType::wait_indefinitely()).is_ok() {
            self.timer.note_waited(launch, begin);
        }
    }

    /// What is known of when the passes of profiled launches ran, and the submission that tells the last of it.
    pub fn hand_over_times(&mut self, context: &Context) -> (Noted, Option<SubmissionIndex>) {
        let mut index = None;
        if self.timer.is_open() {
            self.pass = None;
            self.encoder(context);
            let encoder = self.encoder.as_mut().expect("it was just made");
            self.timer.close(context, encoder);
            index = self.flush(context);
        }
        (self.timer.take(), index)
    }

    /// The bindings of a launch, made once, and the blocks that are bound.
    pub fn group(
        &mut self,
        context: &Context,
        pipeline: &Pipeline,
        bound: &[Bound],
    ) -> (wgpu::BindGroup, SmallVec<[u64; 8]>) {
        let word = (0, Faults::offset(), faults::BYTES);
        let ranges: Ranges = bound.iter().map(|b| b.range()).collect();
        let numbers = |range: &Option<(Arc<Place>, u64, u64)>| match range {
            Some((place, offset, size)) => (place.block.id, *offset, *size),
            None => word,
        };
        let guard = pipeline.is_guarded.then_some(word);
        let key: GroupKey = (pipeline.id, ranges.iter().map(numbers).chain(guard).collect());
        if self.bind_groups.len() >= BIND_GROUPS {
            self.bind_groups.clear();
        }
        let (fault, uniform) = (&self.faults.buffer, &self.uniform);
        let group = self.bind_groups.entry(key).or_insert_with(|| {
            add(&count::bind_groups_created, 1);
            bind_group(context, pipeline, &ranges, fault, uniform)
        });
        let used = ranges.iter().flatten().map(|(place, ..)| place.block.id);
        (group.clone(), used.collect())
    }

    /// Records a command; `words` is the list that its params are in.
    pub fn record(&mut self, context: &Context, command: Command, words: &[u32]) {
        match command {
            Command::Dispatch {
                pipeline,
                group,
                used,
                params,
                grid,
                watched,
                profiled,
            } => {
                let number = watched.map(|w| self.faults.watch(w));
                self.used.extend(used);
                let begin = self.put_params(context, &pipeline, &words[params], number);
                if self.pass.is_none() || profiled.is_some() {
                    self.begin_pass(context, profiled);
                }
                self.dispatch(&pipeline, &group, begin, grid);
                if let Some(launch) = profiled {
                    self.end_profiled(context, launch);
                }
                self.flush_if_full(context);
            }
            Command::Copy { from, to, bytes, .. } => {
                self.used.extend([from.0.id, to.0.id]);
                let (source, target) = ((&from.0.buffer, from.1), (&to.0.buffer, to.1));
                self.copy_out(context, source, target, bytes);
            }
            Command::Trace(trace) => self.faults.trace(trace),
        }
    }

    /// Where the params of a launch begin. The number of one that is watched is the last of them.
    fn put_params(
        &mut self,
        context: &Context,
        pipeline: &Pipeline,
        params: &[u32],
        number: Option<u32>,
    ) -> usize {
        let begin = self.params.len().next_multiple_of(PARAMS_ALIGNMENT);
        if begin as u64 + pipeline.params > PARAMS {
            self.flush(context);
        }
        let begin = self.params.len().next_multiple_of(PARAMS_ALIGNMENT);
        if pipeline.params > 0 {
            self.params.resize(begin, 0);
            let own = params.len() - number.is_some() as usize;
            let words = params[..own].iter().copied().chain(number);
            self.params.extend(words.flat_map(u32::to_le_bytes));
            self.params.resize(begin + pipeline.params as usize, 0);
        }
        begin
    }

    /// Adds a launch to the open pass.
    fn dispatch(&mut self, pipeline: &Pipeline, group: &wgpu::BindGroup, params: usize, grid: [u32; 3]) {
        let pass = self.pass.as_mut().expect("it was just made");
        if self.pipeline != Some(pipeline.id) {
            pass.set_pipeline(&pipeline.pipeline);
            self.pipeline = Some(pipeline.id);
        }
        let offsets: &[u32] = if pipeline.params > 0 {
            &[params as u32]
        } else {
            &[]
        };
        pass.set_bind_group(0, group, offsets);
        pass.dispatch_workgroups(grid[0], grid[1], grid[2]);
        add(&count::dispatches, 1);
        self.launches += 1;
        self.since_look += 1;
    }

    fn flush_if_full(&mut self, context: &Context) {
        if self.launches >= self.bound {
            self.flush(context);
            // Two batches hold what two do, whatever the first one had.
            self.bound = if self.bound == FIRST_BATCH {
                2 * BATCH - FIRST_BATCH
            } else {
                BATCH
            };
        }
    }

    /// Copies bytes between any buffers, in order with the launches.
    pub fn copy_out(
        &mut self,
        context: &Context,
        from: (&wgpu::Buffer, u64),
        to: (&wgpu::Buffer, u64),
        bytes: u64,
    ) {
        self.pass = None;
        self.encoder(context)
            .copy_buffer_to_buffer(from.0, from.1, to.0, to.1, bytes);
    }

    /// Whether launches that were not handed over yet use this block.
    pub fn is_using(&self, block: &Block) -> bool {
        self.used.contains(&block.id)
    }

    /// Hands over what was recorded, if anything was.
    pub fn flush(&mut self, context: &Context) -> Option<SubmissionIndex> {
        self.pass = None;
        let encoder = self.encoder.take()?;
        if !self.params.is_empty() {
            context.queue.write_buffer(&self.uniform, 0, &self.params);
            self.params.clear();
        }
        let index = context.queue.submit([encoder.finish()]);
        add(&count::submits, 1);
        self.launches = 0;
        self.used.clear();
        Some(index)
    }

    /// Hands over what was recorded and a look waits for.
    /// After the look the GPU has nothing to do. What comes until the next one is likely to be as much as it was.
    pub fn hand_over_for_look(&mut self, context: &Context) -> SubmissionIndex {
        let index = self.flush(context).expect("a look records a copy");
        self.bound = if self.since_look > BATCH {
            FIRST_BATCH
        } else {
            BATCH
        };
        self.since_look = 0;
        index
    }

    pub fn forget_bindings(&mut self) {
        self.bind_groups.clear();
    }
}

fn bind_group(
    context: &Context,
    pipeline: &Pipeline,
    ranges: &Ranges,
    fault: &wgpu::Buffer,
    uniform: &wgpu::Buffer,
) -> wgpu::BindGroup {
    let part = |buffer, offset, size| {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer,
            offset,
            size: wgpu::BufferSize::new(size),
        })
    };
    let storages = ranges.iter().map(|range| match range {
        Some((place, offset, size)) => part(&place.block.buffer, *offset, *size),
        None => part(fault, Faults::offset(), faults::BYTES),
    });
    let params = (pipeline.params > 0).then(|| part(uniform, 0, pipeline.params));
    let guard = (pipeline.is_guarded).then(|| part(fault, Faults::offset(), faults::BYTES));
    let entries: Vec<wgpu::BindGroupEntry> = (storages.chain(params).chain(guard).enumerate())
        .map(|(i, resource)| wgpu::BindGroupEntry {
            binding: i as u32,
            resource,
        })
        .collect();
    context.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.layout,
        entries: &entries,
    })
}
