//! Devices: where elements lie and what computes with them.
//!
//! Everything above this file sees a device through one trait, [`Backend`]. Who adds a device implements it and
//! registers it; no stream, planner or transform changes.

mod meta;

use crate::array::{Array, Storage};
use crate::cpu::backend::Host;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::profile::{self, Event, Pass, Recorded};
use crate::shape::{self, Shape, numel};
use crate::work::{Attrs, Code, Launch, Near, Routine, Slot, Steps, Work};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// Where a tensor lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Device {
    pub kind: Kind,
    /// Which of several devices of a kind.
    pub index: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    Cpu,
    /// Shapes and dtypes without values.
    Meta,
    Gpu,
}

/// What the engine asks of a device. Memory is freed by dropping its `Storage`.
pub trait Backend: Send + Sync {
    /// Uninitialised memory for so many elements.
    fn allocate(&self, elements: usize, dtype: DType) -> Result<Arc<Storage>>;

    /// The same for what `owner` is to be updated with. A device that updates many tensors at once may have a place for it.
    fn allocate_beside(&self, _owner: &Array, elements: usize, dtype: DType) -> Result<Arc<Storage>> {
        self.allocate(elements, dtype)
    }

    /// Copies elements between two arrays of this device, broadcast to the second one's shape and converted to its
    /// dtype; one that is not row-major has the dtype of the first.
    fn copy(&self, from: &Array, to: &Array) -> Result<()>;

    /// Copies the host's elements into row-major memory of this device, of the same shape and dtype.
    fn upload(&self, from: &Array, to: &Array) -> Result<()>;

    /// Copies elements into row-major memory of the host, of the same shape and dtype.
    fn download(&self, from: &Array, to: &Array) -> Result<()>;

    /// The dtype in which a routine takes operands of this dtype, and gives results that are stored in it.
    fn working_dtype(&self, routine: Routine, dtype: DType) -> DType;

    /// The same of operands that it only reads, where a routine reads more than it computes in.
    fn read_dtype(&self, routine: Routine, dtype: DType) -> DType {
        self.working_dtype(routine, dtype)
    }

    /// What fused launches of these steps run. It depends on nothing else, and is kept with the plan; what is wrong with it
    /// is raised at the launch.
    fn compile(&self, steps: &Steps) -> Code;

    /// Whether a routine has a kernel here; if not, its op is recorded as its plain form.
    fn has(&self, _routine: Routine) -> bool {
        true
    }

    /// Refuses dtypes that the device does not compute with, at the call that asks for them.
    fn admits(&self, _op: &'static str, _dtypes: &mut dyn Iterator<Item = DType>) -> Result<()> {
        Ok(())
    }

    /// Whether kernels that write a part of what they are given take it in any layout, or row-major only.
    fn writes_any_layout(&self) -> bool {
        true
    }

    /// Whether a routine has this slot for operands of this shape and dtype.
    fn splices(
        &self,
        _routine: Routine,
        _slot: Slot,
        _attrs: &Attrs,
        _shape: &[usize],
        _dtype: DType,
    ) -> bool {
        false
    }

    /// Runs one unit of work. Results may still be on their way: see `wait`. What fails has not begun.
    fn launch(&self, work: &Work, launch: &mut Launch) -> Result<()>;

    /// Runs what makes launches, all of which happen or none. A device that computes at once is only given such as cannot
    /// fail.
    fn together(&self, launches: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        launches()
    }

    /// Whether launches of this thread may have found an error in values that nobody knows of yet: a download or `wait`
    /// will tell.
    fn is_in_doubt(&self) -> bool {
        false
    }

    /// Waits for everything that was launched.
    fn wait(&self) -> Result<()> {
        Ok(())
    }

    /// When the passes of profiled launches ran, of a device that runs them later than they are launched.
    fn take_passes(&self) -> Result<Vec<Pass>> {
        Ok(Vec::new())
    }

    /// One elementwise op, at once: what eager code records all the time. `None` where there is no shorter way than a
    /// plan.
    ///
    /// # Safety
    /// The addresses are those of row-major elements of the result's shape, which stay for the call.
    unsafe fn launch_alone(
        &self,
        _routine: Routine,
        _shape: &Shape,
        _dtype: DType,
        _operands: &[Near],
    ) -> Result<Option<Array>> {
        Ok(None)
    }

    /// Whether its tensors have values.
    fn has_values(&self) -> bool {
        true
    }
}

impl Device {
    pub const CPU: Device = Device::first(Kind::Cpu);
    pub const META: Device = Device::first(Kind::Meta);

    pub const fn first(kind: Kind) -> Device {
        Device { kind, index: 0 }
    }

    /// Refuses a device that is not there.
    pub fn check(self, op: &'static str) -> Result<Device> {
        match self.find() {
            Some(_) => Ok(self),
            None => Err(Error::no_device(op, &self.to_string())),
        }
    }

    #[inline]
    fn find(self) -> Option<&'static dyn Backend> {
        match (self.kind, self.index) {
            (Kind::Cpu, 0) => Some(&Host),
            (Kind::Meta, 0) => Some(&meta::Shapes),
            (Kind::Gpu, index) => gpus().get(index as usize).copied(),
            _ => None,
        }
    }

    /// The backend of a device that a tensor lies on: it was checked when that was made.
    #[inline]
    pub fn backend(self) -> &'static dyn Backend {
        self.find().expect("tensors lie on devices that are there")
    }

    #[inline]
    pub fn is_cpu(self) -> bool {
        self.kind == Kind::Cpu
    }

    #[inline]
    pub fn has_values(self) -> bool {
        self.kind != Kind::Meta
    }

    /// A number for keys and attributes.
    pub fn code(self) -> i64 {
        (self.kind as i64) << 8 | self.index as i64
    }

    pub fn from_code(code: i64) -> Device {
        let kind = match code >> 8 {
            0 => Kind::Cpu,
            1 => Kind::Meta,
            _ => Kind::Gpu,
        };
        Device {
            kind,
            index: (code & 0xff) as u8,
        }
    }

    /// Uninitialised, row-major.
    pub fn empty(self, shape: &[usize], dtype: DType) -> Result<Array> {
        shape::check("", shape, dtype)?;
        let storage = self.backend().allocate(numel(shape), dtype)?;
        Ok(Array::dense(storage, shape, dtype).on(self))
    }

    /// The same, for what an array of this device is to be updated with.
    pub fn empty_beside(self, owner: &Array, shape: &[usize], dtype: DType) -> Result<Array> {
        shape::check("", shape, dtype)?;
        let storage = self.backend().allocate_beside(owner, numel(shape), dtype)?;
        Ok(Array::dense(storage, shape, dtype).on(self))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Cpu => f.write_str("cpu"),
            Kind::Meta => f.write_str("meta"),
            Kind::Gpu => write!(f, "gpu:{}", self.index),
        }
    }
}

/// After `fork` a child has no worker threads, half a stream, and drivers that wait for threads that are gone: it may not
/// go on.
static FORKED: AtomicBool = AtomicBool::new(false);

pub fn mark_forked() {
    FORKED.store(true, Relaxed);
}

/// Refuses work in such a child.
#[inline]
pub fn check_forked(op: &'static str) -> Result<()> {
    if FORKED.load(Relaxed) {
        return Err(Error::forked(op));
    }
    Ok(())
}

/// Looks for GPUs, which starts none of them.
static FINDER: OnceLock<fn() -> Vec<&'static dyn Backend>> = OnceLock::new();
static GPUS: OnceLock<Vec<&'static dyn Backend>> = OnceLock::new();

/// Registers who drives GPUs. It is asked once, when somebody first asks for a GPU.
pub fn set_finder(finder: fn() -> Vec<&'static dyn Backend>) {
    let _ = FINDER.set(finder);
}

/// The GPUs by index.
pub fn gpus() -> &'static [&'static dyn Backend] {
    GPUS.get_or_init(|| FINDER.get().map_or_else(Vec::new, |find| find()))
}

/// The GPUs that somebody asked for.
fn known_gpus() -> &'static [&'static dyn Backend] {
    GPUS.get().map_or(&[][..], |gpus| gpus)
}

/// Waits for what was launched on every device.
pub fn wait_for_all() -> Result<()> {
    known_gpus().iter().try_for_each(|gpu| gpu.wait())
}

/// When the passes of profiled launches ran, on every device that runs them later.
pub fn take_passes() -> Result<Vec<Pass>> {
    let mut all = Vec::new();
    for gpu in known_gpus() {
        all.append(&mut gpu.take_passes()?);
    }
    Ok(all)
}

/// Whether an error that some device noted for this thread may not be known yet.
pub fn is_any_in_doubt() -> bool {
    known_gpus().iter().any(|gpu| gpu.is_in_doubt())
}

/// Runs what makes launches on several devices, all of which happen or none.
pub fn together(devices: &[Device], launches: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    match devices {
        [] => launches(),
        [first, rest @ ..] => (first.backend()).together(&mut || together(rest, launches)),
    }
}

/// The elements of an array in the host's memory, wherever they lie.
pub fn to_host(array: Array) -> Result<Array> {
    if array.device.is_cpu() {
        return Ok(array);
    }
    if profile::is_on() {
        return read_back(&array).measure(|| download(array));
    }
    download(array)
}

fn download(array: Array) -> Result<Array> {
    let backend = array.device.backend();
    let host = Array::empty(&array.shape, array.dtype)?;
    let dense = if array.is_contiguous() {
        array
    } else {
        let copy = array.device.empty(&array.shape, array.dtype)?;
        backend.copy(&array, &copy)?;
        copy
    };
    backend.download(&dense, &host)?;
    Ok(host)
}

/// A look at an array of a device, which no op recorded.
fn read_back(array: &Array) -> Event {
    let look = Recorded {
        name: "read_back",
        sequence: u64::MAX,
        path: 0,
        place: 0,
        backward: false,
    };
    let mut event = Event::new(vec![look], array.device);
    event.inputs.push((array.shape.clone(), array.dtype));
    event.traffic.read(array);
    event
}
