//! Letting the host language in between launches: Ctrl-C, and injected faults in tests.

use crate::error::{Error, Result};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long a segment runs before signals are looked at.
const SLICE: Duration = Duration::from_millis(50);

static HOOK: OnceLock<fn() -> bool> = OnceLock::new();
static RELEASE: OnceLock<fn(&mut dyn FnMut())> = OnceLock::new();
/// Test hook: launches until an interruption, negative for none.
static INTERRUPT_AFTER: AtomicI64 = AtomicI64::new(-1);

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

/// Interrupts once before the launch after the next `n` (fault-injection tests).
pub fn interrupt_after(n: i64) {
    INTERRUPT_AFTER.store(n, Relaxed);
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
