//! Letting the host language in, between launches and within long ones: Ctrl-C, and injected faults in tests.
//!
//! A launch that cannot end as it should (the user wants to stop, there is no memory for scratch) is left by unwinding:
//! [`abandon`] carries the error, from whatever thread of the launch, to [`launch`]. Kernels call [`poll`] every
//! millisecond or so; [`crate::cpu::threads::parallel_for`] does it between tasks. A launch that writes into memory
//! which held something is not interrupted.

use crate::error::{Error, Result};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Elements that a loop works on between two polls, about.
pub const PER_POLL: usize = 1 << 16;
/// How long a segment runs before signals are looked at.
pub const SLICE: Duration = Duration::from_millis(50);

static HOOK: OnceLock<fn() -> bool> = OnceLock::new();
static RELEASE: OnceLock<fn(&mut dyn FnMut())> = OnceLock::new();
/// Test hook: launches until an interruption, negative for none.
static INTERRUPT_AFTER: AtomicI64 = AtomicI64::new(-1);
/// Test hook: polls until an interruption, negative for none.
static INTERRUPT_POLL: AtomicI64 = AtomicI64::new(-1);

/// What a thread does, as far as stopping is concerned.
#[derive(Clone, Copy)]
enum Role {
    /// Nothing that may stop.
    Free,
    /// It runs a launch that may stop, and last looked at signals then.
    Launches(Option<Instant>),
    /// It helps another thread with a job, which may be given up.
    Helps(&'static AtomicBool),
}

thread_local! {
    static ROLE: Cell<Role> = const { Cell::new(Role::Free) };
}

/// Puts a role back, however its work ends.
struct Restore(Role);

impl Drop for Restore {
    fn drop(&mut self) {
        ROLE.set(self.0);
    }
}

/// Runs one launch: what abandons it becomes its error. `may_stop` tells whether Ctrl-C may end it half-way.
pub fn launch<R>(may_stop: bool, f: impl FnOnce() -> Result<R>) -> Result<R> {
    let role = if may_stop {
        Role::Launches(None)
    } else {
        Role::Free
    };
    let outcome = {
        let _restore = Restore(ROLE.replace(role));
        catch_unwind(AssertUnwindSafe(f))
    };
    outcome.unwrap_or_else(|payload| match payload.downcast::<Error>() {
        Ok(error) => Err(*error),
        Err(panic) => resume_unwind(panic),
    })
}

/// Leaves the launch that this thread runs or helps with.
#[cold]
pub fn abandon(error: Error) -> ! {
    resume_unwind(Box::new(error))
}

/// Runs a helper's part of a job, which it leaves at the next poll once `given_up` is set.
pub fn helping(given_up: &'static AtomicBool, f: impl FnOnce()) {
    let _restore = Restore(ROLE.replace(Role::Helps(given_up)));
    f();
}

/// Leaves the launch if the user asked to stop. Within long loops: a few nanoseconds, 30 on the launching thread.
#[inline]
pub fn poll() {
    match ROLE.get() {
        Role::Free => {}
        Role::Helps(given_up) => {
            if given_up.load(Relaxed) {
                abandon(Error::interrupted());
            }
        }
        Role::Launches(_) => {
            if is_asked_to_stop() {
                abandon(Error::interrupted());
            }
        }
    }
}

/// Whether the user asked to stop the launch of this thread. For a thread that waits for its helpers.
#[inline(never)]
pub fn is_asked_to_stop() -> bool {
    let Role::Launches(last) = ROLE.get() else {
        return false;
    };
    if INTERRUPT_POLL.load(Relaxed) >= 0 && INTERRUPT_POLL.fetch_sub(1, Relaxed) == 0 {
        return true;
    }
    match last {
        None => ROLE.set(Role::Launches(Some(Instant::now()))),
        Some(last) if last.elapsed() >= SLICE => {
            ROLE.set(Role::Launches(Some(Instant::now())));
            // The host's code runs here: it is not part of the launch.
            let _restore = Restore(ROLE.replace(Role::Free));
            return HOOK.get().is_some_and(|stop| stop());
        }
        Some(_) => {}
    }
    false
}

/// For loops outside launches that a user's number makes long: the `i`th round looks at signals now and then.
#[inline]
pub fn round(i: usize) -> Result<()> {
    if i & 0xfff == 0xfff && HOOK.get().is_some_and(|stop| stop()) {
        return Err(Error::interrupted());
    }
    Ok(())
}

/// For who waits for another device, a slice of time after the other: looks at signals.
pub fn between_waits() -> Result<()> {
    match HOOK.get() {
        Some(stop) if stop() => Err(Error::interrupted()),
        _ => Ok(()),
    }
}

/// Interrupts at the poll after the next `n`, within a launch (fault-injection tests). Returns what was left of the number
/// before.
pub fn interrupt_poll(n: i64) -> i64 {
    INTERRUPT_POLL.swap(n, Relaxed)
}

/// Registers the function that tells whether the user asked to stop.
pub fn set_hook(hook: fn() -> bool) {
    let _ = HOOK.set(hook);
}

/// Registers the function that runs a closure with the host's lock released.
pub fn set_release(release: fn(&mut dyn FnMut())) {
    let _ = RELEASE.set(release);
}

/// Runs long work, or a wait for another thread's, without the host's lock.
pub fn without_host(f: &mut dyn FnMut()) {
    match RELEASE.get() {
        Some(release) => release(f),
        None => f(),
    }
}

/// Interrupts once before the launch after the next `n` (fault-injection tests). Returns what was left of the number before.
pub fn interrupt_after(n: i64) -> i64 {
    INTERRUPT_AFTER.swap(n, Relaxed)
}

/// Looks at the clock every few launches, so that short segments never pay for it.
pub struct Timer {
    launches: u32,
    last: Option<Instant>,
}

impl Timer {
    pub fn start() -> Timer {
        Timer {
            launches: 0,
            last: None,
        }
    }

    /// Called between launches; `heavy` launches look at the clock at once.
    pub fn check(&mut self, heavy: bool) -> Result<()> {
        if INTERRUPT_AFTER.load(Relaxed) >= 0 && INTERRUPT_AFTER.fetch_sub(1, Relaxed) == 0 {
            return Err(Error::interrupted());
        }
        self.launches += 1;
        if !heavy && !self.launches.is_multiple_of(16) {
            return Ok(());
        }
        match self.last {
            None => self.last = Some(Instant::now()),
            Some(last) if last.elapsed() >= SLICE => {
                self.last = Some(Instant::now());
                if HOOK.get().is_some_and(|stop| stop()) {
                    return Err(Error::interrupted());
                }
            }
            Some(_) => {}
        }
        Ok(())
    }
}
