//! Launches on their way to a GPU: recorded into one open pass, and handed over in batches.

use crate::context::Context;
use crate::memory::{Block, Memory, Place};
use crate::pipelines::Pipeline;
use crate::timer::{Noted, Timer};
use ravine_core::error::{Error, Kind, Result};
use ravine_core::profile::{self, Launched};
use rustc_hash::FxHashMap;
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
    /// The device's word for errors in values.
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
    /// Number of the open batch.
    batch: u64,
    bind_groups: FxHashMap<GroupKey, wgpu::BindGroup>,
    pub fault: wgpu::Buffer,
    /// Number of the next launch that may note an error, counted down, and what those since the last look were.
    next_number: u32,
    watched: Vec<(u32, String)>,
    timer: Timer,
}

impl Recorder {
    pub fn new(device: &wgpu::Device) -> Recorder {
        let buffer = |size, usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        Recorder {
            encoder: None,
            pass: None,
            pipeline: None,
            params: Vec::new(),
            uniform: buffer(PARAMS, BufferUsages::UNIFORM | BufferUsages::COPY_DST),
            launches: 0,
            bound: BATCH,
            since_look: 0,
            batch: 1,
            bind_groups: FxHashMap::default(),
            fault: buffer(
                16,
                BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
            ),
            next_number: u32::MAX,
            watched: Vec::new(),
            timer: Timer::default(),
        }
    }

    /// The number of a launch that may note an error; `describe` says what it is.
    pub fn watch(&mut self, describe: String) -> u32 {
        let number = self.next_number;
        // 0 is no error; after four billion numbers the count begins again.
        self.next_number = if number == 1 { u32::MAX } else { number - 1 };
        self.watched.push((number, describe));
        number
    }

    /// What became of the launches that were watched before number `until`, from the word that they may have written.
    pub fn settle(&mut self, context: &Context, fault: u32, until: u32) -> Result<()> {
        let is_settled = |(number, _): &mut (u32, String)| *number > until;
        let watched: Vec<(u32, String)> = self.watched.extract_if(.., is_settled).collect();
        if fault == 0 {
            return Ok(());
        }
        context.queue.write_buffer(&self.fault, 0, &0u32.to_le_bytes());
        let found = watched.into_iter().find(|(number, _)| *number == fault);
        let what = found.map_or_else(|| "a launch".to_string(), |(_, what)| what);
        Err(Error::new(
            Kind::Index,
            "",
            format!("{what}: an index is out of range"),
        ))
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

    /// Ends the pass of a profiled launch; where the device notes no times it is waited for.
    fn end_profiled(&mut self, context: &Context, launch: Launched) -> Result<()> {
        self.pass = None;
        if context.caps.timestamps {
            return Ok(());
        }
        let begin = profile::now();
        self.flush(context);
        let waited = context.device.poll(wgpu::PollType::wait_indefinitely());
        context.check()?;
        waited.map_err(|e| Error::state("", format!("the GPU gave no answer: {e}")))?;
        self.timer.note_waited(launch, begin);
        Ok(())
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

    /// Records one launch.
    pub fn dispatch(
        &mut self,
        context: &Context,
        pipeline: &Pipeline,
        bound: &[Bound],
        params: &[u32],
        grid: [u32; 3],
    ) -> Result<()> {
        let begin = self.params.len().next_multiple_of(PARAMS_ALIGNMENT);
        if begin as u64 + pipeline.params > PARAMS {
            self.flush(context);
        }
        let begin = self.params.len().next_multiple_of(PARAMS_ALIGNMENT);
        if pipeline.params > 0 {
            self.params.resize(begin, 0);
            self.params
                .extend(params.iter().flat_map(|word| word.to_le_bytes()));
            self.params.resize(begin + pipeline.params as usize, 0);
        }
        let ranges: Ranges = bound.iter().map(|b| b.range()).collect();
        let numbers = |range: &Option<(Arc<Place>, u64, u64)>| match range {
            Some((place, offset, size)) => (place.block.id, *offset, *size),
            None => (0, 0, 0),
        };
        let key: GroupKey = (pipeline.id, ranges.iter().map(numbers).collect());
        if self.bind_groups.len() >= BIND_GROUPS {
            self.bind_groups.clear();
        }
        let (fault, uniform) = (&self.fault, &self.uniform);
        let group = self.bind_groups.entry(key).or_insert_with(|| {
            add(&count::bind_groups_created, 1);
            bind_group(context, pipeline, &ranges, fault, uniform)
        });
        let group = group.clone();
        let profiled = profile::current();
        if self.pass.is_none() || profiled.is_some() {
            self.begin_pass(context, profiled);
        }
        let batch = self.batch;
        let pass = self.pass.as_mut().expect("it was just made");
        if self.pipeline != Some(pipeline.id) {
            pass.set_pipeline(&pipeline.pipeline);
            self.pipeline = Some(pipeline.id);
        }
        let offsets: &[u32] = if pipeline.params > 0 { &[begin as u32] } else { &[] };
        pass.set_bind_group(0, &group, offsets);
        pass.dispatch_workgroups(grid[0], grid[1], grid[2]);
        for (place, ..) in ranges.iter().flatten() {
            place.block.batch.store(batch, Relaxed);
        }
        add(&count::dispatches, 1);
        self.launches += 1;
        self.since_look += 1;
        if let Some(launch) = profiled {
            self.end_profiled(context, launch)?;
        }
        if self.launches >= self.bound {
            self.flush(context);
            // Two batches hold what two do, whatever the first one had.
            self.bound = if self.bound == FIRST_BATCH {
                2 * BATCH - FIRST_BATCH
            } else {
                BATCH
            };
        }
        Ok(())
    }

    /// Copies bytes from one block to another, in order with the launches.
    pub fn copy(&mut self, context: &Context, from: (&Block, u64), to: (&Block, u64), bytes: u64) {
        let batch = self.batch;
        for block in [from.0, to.0] {
            block.batch.store(batch, Relaxed);
        }
        self.copy_out(context, (&from.0.buffer, from.1), (&to.0.buffer, to.1), bytes);
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
        self.encoder.is_some() && block.batch.load(Relaxed) == self.batch
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
        self.batch += 1;
        Some(index)
    }

    /// Hands over what was recorded and a look waits for; with it comes the number before which launches were watched.
    /// After the look the GPU has nothing to do. What comes until the next one is likely to be as much as it was.
    pub fn hand_over_for_look(&mut self, context: &Context) -> (SubmissionIndex, u32) {
        let index = self.flush(context).expect("a look records a copy");
        self.bound = if self.since_look > BATCH {
            FIRST_BATCH
        } else {
            BATCH
        };
        self.since_look = 0;
        (index, self.next_number)
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
        None => part(fault, 0, 16),
    });
    let params = (pipeline.params > 0).then(|| part(uniform, 0, pipeline.params));
    let entries: Vec<wgpu::BindGroupEntry> = (storages.chain(params).enumerate())
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
