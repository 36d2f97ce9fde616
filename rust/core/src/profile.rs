//! What launches cost. While a profiler is on, each leaves an [`Event`]; while none is, a launch reads one atomic more.
//!
//! Times are nanoseconds of one clock, [`now`]. A device that runs launches later than they are launched tells
//! afterwards when each of its passes ran: it asks [`current`] for whom it records one, and [`stop`] asks it back.

use crate::array::{Array, Storage};
use crate::cpu::pool;
use crate::device::{self, Device};
use crate::error::Result;
use crate::work::Meta;
use parking_lot::Mutex;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// One launch.
#[derive(Debug)]
pub struct Event {
    /// What it computes, in the order of recording.
    pub ops: Vec<Recorded>,
    /// Which of them gave it its kernel; `None` of a fused group.
    pub kernel: Option<usize>,
    pub device: Device,
    /// Shapes and dtypes of the kernel's operands, or of what the group reads.
    pub inputs: Vec<Meta>,
    pub outputs: Vec<Meta>,
    pub traffic: Traffic,
    /// Of the launching thread.
    pub thread: u64,
    /// When it was launched, and when the launch came back: on the CPU it has run by then.
    pub begin: u64,
    pub end: u64,
    /// Bytes of the host's memory in use at its end.
    pub live: u64,
    /// When its passes ran, on a device that runs them later.
    pub passes: Vec<(u64, u64)>,
    number: u64,
}

/// An op of a launch and who recorded it.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    pub name: &'static str,
    /// Position in the order of recording.
    pub sequence: u64,
    /// Ids of the module and of the line.
    pub path: u32,
    pub place: u32,
    /// By a derivative.
    pub backward: bool,
}

/// Bytes that a launch reads and writes, if each operand is read once and each result is written once.
#[derive(Clone, Copy, Default, Debug)]
pub struct Traffic {
    pub read: u64,
    pub written: u64,
}

impl Traffic {
    pub fn read(&mut self, array: &Array) {
        self.read += touched(array);
    }
    pub fn write(&mut self, array: &Array) {
        self.written += touched(array);
    }
}

/// Bytes of the elements that an array shows; one that is repeated counts once.
fn touched(array: &Array) -> u64 {
    if matches!(*array.storage, Storage::Absent) {
        return 0;
    }
    let extents = array.shape.iter().zip(&array.strides);
    let elements: usize = extents
        .map(|(&n, &s)| if s == 0 { n.min(1) } else { n })
        .product();
    (elements * array.dtype.size()) as u64
}

/// The launch for which a thread works.
#[derive(Clone, Copy)]
pub struct Launched {
    pub number: u64,
    pub begin: u64,
}

/// When a pass of a launch ran.
pub struct Pass {
    pub launch: u64,
    pub begin: u64,
    pub end: u64,
}

static ON: AtomicBool = AtomicBool::new(false);
static LINES: AtomicBool = AtomicBool::new(false);
static LAUNCHES: AtomicU64 = AtomicU64::new(0);
static THREADS: AtomicU64 = AtomicU64::new(0);
static EVENTS: Mutex<Vec<Event>> = Mutex::new(Vec::new());

thread_local! {
    static CURRENT: Cell<Option<Launched>> = const { Cell::new(None) };
    static THREAD: u64 = THREADS.fetch_add(1, Relaxed);
}

#[inline]
pub fn is_on() -> bool {
    ON.load(Relaxed)
}

/// Whether every op is to note the line that records it.
#[inline]
pub fn notes_lines() -> bool {
    LINES.load(Relaxed)
}

/// From here on launches leave events. What earlier ones left is dropped.
pub fn start(lines: bool) {
    EVENTS.lock().clear();
    LINES.store(lines, Relaxed);
    ON.store(true, Relaxed);
}

/// Ends it, waits for what devices still run, and returns the events in order of their launches.
pub fn stop() -> Result<Vec<Event>> {
    ON.store(false, Relaxed);
    LINES.store(false, Relaxed);
    let mut events = std::mem::take(&mut *EVENTS.lock());
    events.sort_by_key(|event| event.number);
    for pass in device::take_passes()? {
        if let Ok(at) = events.binary_search_by_key(&pass.launch, |event| event.number) {
            events[at].passes.push((pass.begin, pass.end));
        }
    }
    Ok(events)
}

/// Nanoseconds since the clock was first looked at.
pub fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// A number of the calling thread.
pub fn thread() -> u64 {
    THREAD.with(|&number| number)
}

/// For which launch this thread works, if a profiler wants to know.
#[inline]
pub fn current() -> Option<Launched> {
    if is_on() { CURRENT.get() } else { None }
}

impl Event {
    pub fn new(ops: Vec<Recorded>, device: Device) -> Event {
        Event {
            ops,
            kernel: None,
            device,
            inputs: Vec::new(),
            outputs: Vec::new(),
            traffic: Traffic::default(),
            thread: thread(),
            begin: 0,
            end: 0,
            live: 0,
            passes: Vec::new(),
            number: LAUNCHES.fetch_add(1, Relaxed),
        }
    }

    /// Runs the launch that it stands for.
    pub fn measure<R>(mut self, run: impl FnOnce() -> R) -> R {
        self.begin = now();
        let outer = CURRENT.replace(Some(Launched {
            number: self.number,
            begin: self.begin,
        }));
        let result = run();
        CURRENT.set(outer);
        self.end = now();
        self.live = pool::bytes_live() as u64;
        EVENTS.lock().push(self);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::DType;

    #[test]
    fn repeated_elements_are_read_once() {
        let mut array = Array::empty(&[3, 4], DType::F32).unwrap();
        assert_eq!(touched(&array), 48);
        array.strides[0] = 0;
        assert_eq!(touched(&array), 16);
        let none = Array::empty(&[0, 4], DType::F64).unwrap();
        assert_eq!(touched(&none), 0);
    }
}
