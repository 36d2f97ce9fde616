//! The thread pool: one for the process, a fork-join of a few hundred nanoseconds while it is awake.
//!
//! [`parallel_for`] runs `body(0)`, `body(1)`, ... on the caller and on the workers. Tasks are claimed one by
//! one, so a worker that the system has taken off its core costs no more than the one task it was in: the
//! caller goes on with the rest. That is why callers should cut their work into a few more tasks than there
//! are threads.
//!
//! **One job at a time.** A caller that finds the pool taken runs its tasks itself. This covers nested calls
//! and several Python threads at once, and nobody ever waits for the pool.
//!
//! **How a job is handed over.** Everything hangs on one word, [`Pool::state`]: the number of the job, how
//! many workers may join it, whether it is still open, and how many workers are inside. A worker reads the
//! job only after it has counted itself in with a compare-and-swap that proves the job open; the caller
//! closes the job before it waits for the count to reach zero. So a worker that comes late finds a closed
//! job, and the borrowed body is never touched after [`parallel_for`] has returned.
//!
//! **Waking up.** Workers spin for [`SPIN`] after their last job, because waking a sleeper costs tens of
//! microseconds. The caller wakes two, and each of them two more, so that a large pool does not hold up the
//! caller.

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::{black_box, spin_loop};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::simd;
use crate::error::Error;
use crate::interrupt;

/// How long an idle worker spins before it sleeps.
const SPIN: Duration = Duration::from_micros(100);

/// The largest pool. More threads than this have never helped one process, and it bounds the table of
/// workers.
const MAX_THREADS: usize = 256;

/// The address space that must be left for a worker to be started: its stack, and what the C library asks
/// for on its behalf and ends the process without. So large that `malloc` maps it and gives it back at once.
const ROOM: usize = 64 << 20;

/// Threads that take part in a job, the caller included. 0: not decided yet.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// The pool, made at first need and never freed. Null before that, and in a forked child.
static POOL: AtomicPtr<Pool> = AtomicPtr::new(std::ptr::null_mut());

/// How many threads a job may use, the caller included.
///
/// `RAVINE_NUM_THREADS` if it is a number of at least 1, else the number of cores this process may run on.
pub fn num_threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => {
            let threads = std::env::var("RAVINE_NUM_THREADS")
                .ok()
                .and_then(|text| text.trim().parse().ok())
                .filter(|&threads: &usize| threads >= 1)
                .or_else(|| thread::available_parallelism().ok().map(usize::from))
                .unwrap_or(1)
                .min(MAX_THREADS);
            // Keep a value that `set_num_threads` has put there in the meantime.
            match THREADS.compare_exchange(0, threads, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => threads,
                Err(set) => set,
            }
        }
        threads => threads,
    }
}

/// Sets how many threads a job may use, from the next job on. Values outside 1..=256 are clamped.
///
/// Workers that are no longer needed sleep; they are not ended, so growing again costs nothing.
pub fn set_num_threads(threads: usize) {
    THREADS.store(threads.clamp(1, MAX_THREADS), Ordering::Relaxed);
}

/// Runs `body(i)` once for every `i` in `0..tasks`, in no particular order, and returns when all are done.
///
/// The tasks run on the caller alone if there is one task or one thread, or if the pool is in use (a nested
/// call, or another thread's job). If a body panics, tasks that nobody has begun are dropped and the panic
/// goes on in the caller.
pub fn parallel_for(tasks: usize, body: &(dyn Fn(usize) + Sync)) {
    let threads = if tasks > 1 { num_threads() } else { 1 };
    if threads > 1 {
        Pool::get().parallel_for(tasks, threads, body);
    } else {
        run_alone(tasks, body);
    }
}

/// Between tasks the caller may be interrupted; a single one costs nothing more.
fn run_alone(tasks: usize, body: &(dyn Fn(usize) + Sync)) {
    for task in 0..tasks {
        if task > 0 {
            interrupt::poll();
        }
        body(task);
    }
}

/// Waits until no job is running. To be called before `fork`, never from inside a body.
pub fn quiesce() {
    if let Some(pool) = Pool::existing() {
        let mut wait = Patience::new();
        while pool.try_take().is_none() {
            wait.a_moment();
        }
    }
}

/// Makes the child of a `fork` start with a pool of its own: `fork` copies the memory of the pool but not its
/// threads.
///
/// The old pool is leaked, because a worker may have been anywhere in it.
pub fn after_fork_in_child() {
    POOL.store(std::ptr::null_mut(), Ordering::Release);
}

/// Keeps what different threads write on different cache lines (in pairs: the processor fetches them in
/// pairs).
#[repr(align(128))]
struct Apart<T>(T);

struct Pool {
    /// Held by the thread whose job is running.
    taken: Apart<AtomicBool>,
    /// See [`state`].
    state: Apart<AtomicU64>,
    /// The next task that nobody has claimed.
    next: Apart<AtomicUsize>,
    /// Written by the holder of `taken` while the job is closed and nobody is inside, read by those inside.
    job: UnsafeCell<Job>,
    /// Whether what is left of the job is dropped: somebody panicked or was interrupted.
    given_up: AtomicBool,
    /// What the first worker to panic panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Filled from the front by the holder of `taken`.
    workers: Box<[OnceLock<Worker>]>,
    started: AtomicUsize,
}

// SAFETY: the only field that is not `Sync` by itself is `job`; its protocol is stated there and in the
// module's text.
unsafe impl Sync for Pool {}

#[derive(Clone, Copy)]
struct Job {
    tasks: usize,
    body: *const (dyn Fn(usize) + Sync),
}

struct Worker {
    /// True from before the worker's last look for a job until somebody wakes it.
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

/// The layout of [`Pool::state`]: job number (32 bits), workers that may join (15), open (1), workers inside
/// (16).
mod state {
    pub const OPEN: u64 = 1 << 16;

    pub fn open(job: u32, helpers: usize) -> u64 {
        u64::from(job) << 32 | (helpers as u64) << 17 | OPEN
    }
    pub fn job(state: u64) -> u32 {
        (state >> 32) as u32
    }
    pub fn helpers(state: u64) -> usize {
        (state >> 17) as usize & 0x7fff
    }
    pub fn is_open(state: u64) -> bool {
        state & OPEN != 0
    }
    pub fn inside(state: u64) -> usize {
        state as usize & 0xffff
    }
}

impl Pool {
    fn existing() -> Option<&'static Pool> {
        // SAFETY: the pointer is null or comes from `Box::leak`.
        unsafe { POOL.load(Ordering::Acquire).as_ref() }
    }

    fn get() -> &'static Pool {
        Pool::existing().unwrap_or_else(|| {
            let new = Box::into_raw(Box::new(Pool::new()));
            match POOL.compare_exchange(std::ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: never freed from here on.
                Ok(_) => unsafe { &*new },
                Err(other) => {
                    // SAFETY: nobody else has seen `new`; `other` is not null and was leaked by its maker.
                    unsafe {
                        drop(Box::from_raw(new));
                        &*other
                    }
                }
            }
        })
    }

    fn new() -> Pool {
        Pool {
            taken: Apart(AtomicBool::new(false)),
            state: Apart(AtomicU64::new(0)),
            next: Apart(AtomicUsize::new(0)),
            job: UnsafeCell::new(Job {
                tasks: 0,
                body: &|_: usize| (),
            }),
            given_up: AtomicBool::new(false),
            panic: Mutex::new(None),
            workers: (1..MAX_THREADS).map(|_| OnceLock::new()).collect(),
            started: AtomicUsize::new(0),
        }
    }

    fn try_take(&'static self) -> Option<Turn> {
        let taken = &self.taken.0;
        // Look before writing: the line stays shared among those who only find the pool taken.
        (!taken.load(Ordering::Relaxed) && !taken.swap(true, Ordering::Acquire)).then(|| Turn { pool: self })
    }

    fn parallel_for(&'static self, tasks: usize, threads: usize, body: &(dyn Fn(usize) + Sync)) {
        let turn = if tasks > 1 && threads > 1 {
            self.try_take()
        } else {
            None
        };
        match turn {
            Some(turn) => turn.run(tasks, threads, body),
            None => run_alone(tasks, body),
        }
    }

    /// Claims and runs tasks until none is left.
    fn run_tasks(&self, job: Job) {
        // SAFETY: `parallel_for` does not return before everyone inside has left.
        let body = unsafe { &*job.body };
        loop {
            let task = self.next.0.fetch_add(1, Ordering::Relaxed);
            if task >= job.tasks {
                break;
            }
            if task > 0 {
                interrupt::poll();
            }
            body(task);
        }
    }

    /// Drops the tasks that nobody has claimed, and lets the others end at their next poll, after a panic.
    fn drop_tasks(&self, job: Job) {
        self.given_up.store(true, Ordering::Relaxed);
        self.next.0.store(job.tasks, Ordering::Relaxed);
    }

    /// Wakes the workers that are `parent`'s to wake: 0 is the caller, `i + 1` is worker `i`.
    fn wake_children(&self, parent: usize, helpers: usize) {
        for index in (2 * parent..2 * parent + 2).take_while(|&index| index < helpers) {
            if let Some(worker) = self.workers[index].get()
                && worker.asleep.load(Ordering::SeqCst)
                && worker.asleep.swap(false, Ordering::SeqCst)
                && let Some(thread) = worker.thread.get()
            {
                thread.unpark();
            }
        }
    }

    /// What worker `index` does for as long as the process lives.
    fn work(&'static self, index: usize, worker: &Worker) {
        let mut seen = 0;
        loop {
            let (state, job_number) = self.wait_for_job(index, worker, seen);
            self.wake_children(index + 1, state::helpers(state));
            if self.join(job_number) {
                // SAFETY: this worker is counted in, so the job is set and stays until it counts itself out.
                let job = unsafe { *self.job.get() };
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    interrupt::helping(&self.given_up, || simd::with_float_state(|| self.run_tasks(job)))
                }));
                if let Err(payload) = outcome {
                    self.drop_tasks(job);
                    self.panic
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .get_or_insert(payload);
                }
                self.state.0.fetch_sub(1, Ordering::Release);
            }
            seen = job_number;
        }
    }

    /// Waits for an open job other than `seen` that has room for worker `index`: first awake, then asleep.
    fn wait_for_job(&self, index: usize, worker: &Worker, seen: u32) -> (u64, u32) {
        let look = |order| {
            let state = self.state.0.load(order);
            let new = state::is_open(state) && state::job(state) != seen && index < state::helpers(state);
            new.then(|| (state, state::job(state)))
        };
        loop {
            let begin = Instant::now();
            while begin.elapsed() < SPIN {
                for _ in 0..32 {
                    if let Some(found) = look(Ordering::Relaxed) {
                        return found;
                    }
                    spin_loop();
                }
            }
            // Announce the sleep before the last look. The caller opens the job before it looks for sleepers.
            // In whichever order the two meet, one of them sees the other.
            worker.asleep.store(true, Ordering::SeqCst);
            if let Some(found) = look(Ordering::SeqCst) {
                worker.asleep.store(false, Ordering::SeqCst);
                return found;
            }
            while worker.asleep.load(Ordering::SeqCst) {
                thread::park();
            }
        }
    }

    /// Counts a worker in, if the job is still open.
    fn join(&self, job_number: u32) -> bool {
        let state = &self.state.0;
        state
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |now| {
                (state::is_open(now) && state::job(now) == job_number).then_some(now + 1)
            })
            .is_ok()
    }
}

/// The right to run a job.
struct Turn {
    pool: &'static Pool,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.pool.taken.0.store(false, Ordering::Release);
    }
}

impl Turn {
    fn run(self, tasks: usize, threads: usize, body: &(dyn Fn(usize) + Sync)) {
        let pool = self.pool;
        let helpers = self.ensure_workers(threads.min(tasks) - 1);
        // SAFETY: only the lifetime changes. Nobody uses the body after `close`, and `close` runs before the
        // borrow ends.
        let body = unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync)>(body)
        };
        let job = Job { tasks, body };
        // SAFETY: the last job is closed and nobody is inside; this thread holds the turn.
        unsafe { *pool.job.get() = job };
        pool.next.0.store(0, Ordering::Relaxed);
        pool.given_up.store(false, Ordering::Relaxed);
        let number = state::job(pool.state.0.load(Ordering::Relaxed)).wrapping_add(1);
        pool.state.0.store(state::open(number, helpers), Ordering::SeqCst);
        pool.wake_children(0, helpers);

        let outcome = catch_unwind(AssertUnwindSafe(|| pool.run_tasks(job)));
        if outcome.is_err() {
            pool.drop_tasks(job);
        }
        let stopped = self.close(job);
        let theirs = pool.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(self);
        if let Err(payload) = outcome {
            resume_unwind(payload);
        }
        if stopped {
            interrupt::abandon(Error::interrupted());
        }
        if let Some(payload) = theirs {
            resume_unwind(payload);
        }
    }

    /// Lets no more workers in and waits for those inside; says whether the user asked to stop meanwhile.
    fn close(&self, job: Job) -> bool {
        let mut stopped = false;
        let state = &self.pool.state.0;
        state.fetch_and(!state::OPEN, Ordering::Relaxed);
        let mut wait = Patience::new();
        while state::inside(state.load(Ordering::Acquire)) != 0 {
            if wait.a_moment() && !stopped && interrupt::is_asked_to_stop() {
                stopped = true;
                self.pool.drop_tasks(job);
            }
        }
        stopped
    }

    /// Starts workers until there are `wanted`; returns how many of them there are. The system may refuse
    /// some.
    ///
    /// Each is waited for until it runs: its thread-local data exist from then on, so that a limit on the
    /// memory that is set later cannot end the process in their making.
    fn ensure_workers(&self, wanted: usize) -> usize {
        let pool = self.pool;
        let mut started = pool.started.load(Ordering::Relaxed);
        while started < wanted && is_left(ROOM) {
            let worker = pool.workers[started].get_or_init(|| Worker {
                asleep: AtomicBool::new(false),
                thread: OnceLock::new(),
            });
            let index = started;
            let spawned = thread::Builder::new()
                .name(format!("ravine-{}", index + 1))
                .spawn(move || {
                    // Here and not in the spawner, so that it is set before the worker first sleeps.
                    let _ = worker.thread.set(thread::current());
                    pool.work(index, worker);
                });
            if spawned.is_err() {
                break;
            }
            let mut wait = Patience::new();
            while worker.thread.get().is_none() {
                wait.a_moment();
            }
            started += 1;
        }
        pool.started.store(started, Ordering::Relaxed);
        started.min(wanted)
    }
}

/// Whether so many bytes could be had now.
fn is_left(bytes: usize) -> bool {
    let mut room = Vec::<u8>::new();
    let had = room.try_reserve_exact(bytes).is_ok();
    // An allocation that nobody looks at may be compiled away.
    black_box(&room);
    had
}

/// Waiting for another thread: a while at full attention, then giving way, in case that thread needs this
/// core.
struct Patience {
    spins: u32,
}

impl Patience {
    fn new() -> Patience {
        Patience { spins: 0 }
    }

    /// Says whether it has begun to take long.
    fn a_moment(&mut self) -> bool {
        let long = self.spins >= 1000;
        if long {
            thread::yield_now();
        } else {
            self.spins += 1;
            spin_loop();
        }
        long
    }
}

/// Sets the number of threads for a test. It is global, so tests that need a certain number take turns.
#[cfg(test)]
pub(crate) fn with_threads(threads: usize) -> std::sync::MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    set_num_threads(threads);
    turn
}

#[cfg(test)]
mod tests;
