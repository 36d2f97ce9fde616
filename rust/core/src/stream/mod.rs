//! The stream: each thread appends ops in program order; a segment of it runs when somebody looks, at the end of
//! `optimizer.step()`, or at a bound.
//!
//! Streams never wait for each other: a value pending in another thread's stream is evaluated when it is first
//! recorded against.
//!
//! `record` is how ops come into it.
//!
//! Where a segment fails for want of memory, all that waits is parked, and what its unit wrote is taken back (`unit`).

mod record;

use crate::array::Array;
use crate::device;
use crate::dtype::Scalar;
use crate::error::{Error, Kind, Result};
use crate::graph::{Node, Phase, Tensor};
use crate::interrupt;
use crate::op::Data;
use crate::plan::{self, Planner};
use crate::unit::Unit;
use parking_lot::{Mutex, MutexGuard};
pub use record::{constant, placeholder, record, record_one, record_with};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Weak};

/// A segment ends after this many nodes unless something ends it before (`RAVINE_WINDOW`).
const WINDOW: usize = 2048;
/// Estimated element operations (about 100 us) from which the host's lock is released.
const LONG: usize = 200_000;
/// Steps of which nobody has looked at a result: what they would go back to takes memory.
const DOUBTS: usize = 16;
/// Bytes that only pending readers own, at which a segment ends.
const BYTES: usize = 64 << 20;

pub struct Stream {
    pending: Mutex<Pending>,
    /// Held while a segment runs.
    running: Mutex<Planner>,
    pub unit: Unit,
}

/// Why a segment runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Occasion {
    /// It reached a bound, or another thread needs a value: the unit goes on.
    Cut,
    /// The user looks: the unit ends if all goes well. A node that fails (for a bad index, say) fails alone.
    Look,
    /// As a look, but a node that fails takes the whole unit back.
    Step,
}

#[derive(Default)]
struct Pending {
    nodes: Vec<Arc<Node>>,
    /// An empty list to reuse.
    spare: Vec<Arc<Node>>,
    /// Estimated work in element operations.
    work: usize,
    /// Bytes of evaluated inputs, counted once per reader; refined when the bound is reached.
    bytes: usize,
}

struct Own(Arc<Stream>);

impl Drop for Own {
    fn drop(&mut self) {
        // The thread ends, and with it the thread-local memory of kernels: nothing can run here any more. What other
        // threads hold stays pending, and runs when they look.
        self.0.drop_dead();
    }
}

static STREAMS: Mutex<Vec<Weak<Stream>>> = Mutex::new(Vec::new());
static WINDOW_SIZE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static STREAM: Own = Own(Stream::new());
    static UNCUT: Cell<bool> = const { Cell::new(false) };
}

/// The bound on pending nodes; 1 is eager execution, `usize::MAX` none.
#[inline]
pub fn window() -> usize {
    match WINDOW_SIZE.load(Relaxed) {
        0 => {
            let set = |name: &str| {
                std::env::var(name)
                    .ok()
                    .and_then(|v| v.trim().parse::<usize>().ok())
            };
            let n = if std::env::var("RAVINE_EAGER").is_ok_and(|v| v == "1") {
                1
            } else {
                set("RAVINE_WINDOW").unwrap_or(WINDOW)
            };
            WINDOW_SIZE.store(n.max(1), Relaxed);
            n.max(1)
        }
        n => n,
    }
}
pub fn set_window(n: usize) {
    WINDOW_SIZE.store(n.max(1), Relaxed);
}

/// This thread's stream.
pub fn current() -> Arc<Stream> {
    STREAM.with(|s| s.0.clone())
}

/// The epoch that a tensor which is made now belongs to.
pub fn epoch() -> u64 {
    // A thread that ends makes tensors too, when it drops what refreshes others.
    STREAM.try_with(|s| s.0.unit.epoch()).unwrap_or(0)
}

/// Runs every stream's pending nodes.
pub fn synchronize() -> Result<()> {
    let streams: Vec<_> = {
        let mut all = STREAMS.lock();
        all.retain(|s| s.strong_count() > 0);
        all.iter().filter_map(Weak::upgrade).collect()
    };
    streams.iter().try_for_each(|s| s.complete(Occasion::Look))?;
    current().answer(device::wait_for_all())
}

impl Stream {
    fn new() -> Arc<Stream> {
        let stream = Arc::new(Stream {
            pending: Mutex::default(),
            running: Mutex::default(),
            unit: Unit::default(),
        });
        STREAMS.lock().push(Arc::downgrade(&stream));
        stream
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock()
    }

    /// Estimated work that waits, in element operations.
    pub fn work(&self) -> usize {
        self.pending().work
    }

    /// Lets go of nodes that nobody will read.
    pub fn drop_dead(&self) {
        let nodes = std::mem::take(&mut self.pending().nodes);
        let mut live = plan::without_dead(nodes);
        self.pending().nodes.append(&mut live);
    }

    /// Runs all that waits, as one step: it happens as a whole or not at all.
    pub fn submit(&self) -> Result<()> {
        self.complete(Occasion::Step)
    }

    /// A step begins: what was recorded so far was the making of tensors.
    pub fn begin_step(&self) -> Result<()> {
        if self.unit.doubts() > DOUBTS {
            self.answer(device::wait_for_all())?;
        }
        self.unit.mature();
        Ok(())
    }

    /// Runs all that waits, and raises the error of a node although nobody looked at it.
    fn complete(&self, occasion: Occasion) -> Result<()> {
        let mut outcome = self.run(occasion, |nodes| nodes.len());
        if outcome.is_ok()
            && let Some(mut planner) = self.running.try_lock()
        {
            outcome = planner.take_failure().map_or(Ok(()), Err);
        }
        if outcome.is_ok() {
            self.unit.stand();
        }
        outcome
    }

    /// Runs all that waits because a user looked; the unit ends.
    fn look_through(self: &Arc<Stream>) -> Result<()> {
        // In the middle of a step, and for another thread, the unit goes on.
        if UNCUT.get() || !STREAM.with(|own| Arc::ptr_eq(&own.0, self)) {
            return self.flush();
        }
        self.run(Occasion::Look, |nodes| nodes.len())?;
        self.unit.stand();
        Ok(())
    }

    /// Runs all that waits; the unit goes on.
    pub fn flush(&self) -> Result<()> {
        self.run(Occasion::Cut, |nodes| nodes.len())
    }

    /// What a device said of the launches before: from here on they stand, or not all of them have happened.
    fn answer<R>(&self, outcome: Result<R>) -> Result<R> {
        match &outcome {
            Ok(_) if device::is_any_in_doubt() => {}
            Ok(_) => self.unit.trust(),
            Err(error) if error.spoils().is_some() => self.give_up(error),
            Err(_) => {}
        }
        outcome
    }

    /// The unit has not happened, and nothing waits any more.
    fn give_up(&self, error: &Error) {
        let waiting = std::mem::take(&mut self.pending().nodes);
        plan::park(waiting);
        match error.spoils() {
            Some(epoch) => self.unit.take_back_since(epoch),
            None => self.unit.take_back(),
        }
    }

    /// Runs a prefix of what waits, as long as `length` says. The host's lock is let go for long work and for
    /// waiting, and is never asked for while `running` is held, save to look at signals.
    fn run(&self, occasion: Occasion, length: impl Fn(&[Arc<Node>]) -> usize) -> Result<()> {
        let mut outcome = Ok(());
        if self.work() < LONG
            && let Some(planner) = self.running.try_lock()
        {
            outcome = self.run_locked(planner, occasion, length);
        } else {
            interrupt::without_host(&mut || {
                let planner = self.running.lock();
                outcome = self.run_locked(planner, occasion, &length);
            });
        }
        if let Err(error) = &outcome
            && error.kind() != Kind::Interrupted
        {
            self.give_up(error);
        }
        outcome
    }

    fn run_locked(
        &self,
        mut planner: MutexGuard<'_, Planner>,
        occasion: Occasion,
        length: impl Fn(&[Arc<Node>]) -> usize,
    ) -> Result<()> {
        let mut segment: Vec<Arc<Node>> = {
            let mut pending = self.pending();
            let n = length(&pending.nodes);
            pending.work = 0;
            pending.bytes = 0;
            if n == pending.nodes.len() {
                let spare = std::mem::take(&mut pending.spare);
                std::mem::replace(&mut pending.nodes, spare)
            } else {
                pending.nodes.drain(..n).collect()
            }
        };
        let outcome = planner.run(&mut segment, occasion, &self.unit);
        let mut pending = self.pending();
        if segment.is_empty() {
            pending.spare = segment;
        } else {
            let later = std::mem::replace(&mut pending.nodes, segment);
            pending.nodes.extend(later);
        }
        outcome
    }

    /// Appends a node that was in a stream before (see `plan::recompute`).
    pub fn push_again(&self, node: &Arc<Node>) {
        self.pending().nodes.push(node.clone());
    }

    /// Ends the segment if it has reached a bound.
    fn check_bounds(&self) -> Result<()> {
        let (len, bytes) = {
            let p = self.pending();
            (p.nodes.len(), p.bytes)
        };
        if len >= window() {
            self.run(Occasion::Cut, |nodes| {
                if nodes.len() == 1 {
                    1
                } else {
                    plan::cut::position(nodes)
                }
            })?;
        } else if bytes > BYTES {
            let waiting = plan::cut::bytes_only_pending(&self.pending().nodes);
            if waiting > BYTES {
                self.flush()?;
            } else {
                self.pending().bytes = waiting / 2;
            }
        }
        Ok(())
    }

    #[inline]
    fn push(&self, node: Arc<Node>, work: usize, bytes: usize) -> Result<()> {
        let bounded = {
            let mut p = self.pending();
            p.nodes.push(node);
            p.work = p.work.saturating_add(work);
            p.bytes = p.bytes.saturating_add(bytes);
            p.nodes.len() >= window() || p.bytes > BYTES
        };
        if bounded && !UNCUT.get() {
            self.check_bounds()
        } else {
            Ok(())
        }
    }
}

/// Ends this thread's segment if it has reached a bound.
pub fn check_bounds() -> Result<()> {
    if UNCUT.get() {
        Ok(())
    } else {
        current().check_bounds()
    }
}

/// Runs `f` without ending the segment at a bound: a failure there cannot leave half of its writes done.
pub fn uncut<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            UNCUT.set(false);
        }
    }
    if UNCUT.replace(true) {
        return f();
    }
    let _restore = Restore;
    f()
}

/// The value of a tensor in the host's memory, computed if need be. What was recorded before stands from now on.
pub fn look(op: &'static str, t: &Tensor) -> Result<Array> {
    if !t.device().has_values() {
        return Err(Error::no_values(op));
    }
    let array = settle(op, t)?;
    if array.device.is_cpu() {
        return Ok(array);
    }
    current().answer(device::to_host(array))
}

/// Computes the value of a tensor where it lies. What was recorded before stands from now on.
pub fn settle(op: &'static str, t: &Tensor) -> Result<Array> {
    let array = compute(op, t)?;
    let own = current();
    if own.unit.is_empty() {
        own.unit.stand();
    } else {
        own.look_through()?;
    }
    Ok(array)
}

fn compute(op: &'static str, t: &Tensor) -> Result<Array> {
    loop {
        let phase = {
            let state = t.node().state();
            if let Some(array) = &state.arrays[t.edge().index as usize] {
                return Ok(array.clone());
            }
            state.phase.clone()
        };
        match phase {
            Phase::Pending(stream) => {
                stream.look_through()?;
                if matches!(t.node().state().phase, Phase::Pending(_)) {
                    return Err(Error::state(
                        op,
                        "the value is still pending after its stream ran; this is a defect of ravine",
                    ));
                }
            }
            Phase::Failed(e) => return Err(e),
            Phase::Abstract => return Err(Error::abstract_value(op)),
            Phase::Done | Phase::Parked => plan::recompute::requeue(t.edge(), &current())?,
        }
    }
}

/// Looks without running anything, at what lies in the host's memory.
pub fn peek(t: &Tensor) -> Option<Array> {
    t.edge().array().filter(|array| array.device.is_cpu())
}

pub fn scalars(values: &[Scalar]) -> Data {
    Data::from_slice(values)
}

/// An interruption keeps what is pending, and what a device found in launches before is the fault of no node that waits;
/// every other error belongs to one.
pub fn stops_segment(e: &Error) -> bool {
    matches!(e.kind(), Kind::Memory | Kind::Interrupted) || e.spoils().is_some()
}
