//! What a thread is doing while it records: gradient mode, open transforms, the running module.

use std::cell::Cell;

/// How much of the graph must outlive its evaluation although nothing requires a gradient.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Recording {
    /// Only nodes with a path to a leaf that requires a gradient keep their inputs.
    Off,
    /// A reverse-mode transform is open: keep inputs, own what each VJP rule reads.
    Reverse,
    /// Forward mode, vmap or drawing: keep inputs, own every value.
    All,
}

/// What a random op inside `vmap` does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Randomness {
    Error,
    Different,
    Same,
}

thread_local! {
    static GRAD: Cell<bool> = const { Cell::new(true) };
    static INFERENCE: Cell<bool> = const { Cell::new(false) };
    static RECORDING: Cell<Recording> = const { Cell::new(Recording::Off) };
    static RANDOMNESS: Cell<Option<Randomness>> = const { Cell::new(None) };
    static PATH: Cell<u32> = const { Cell::new(0) };
}

pub fn grad_enabled() -> bool {
    GRAD.get()
}
/// Returns the previous mode.
pub fn set_grad_enabled(on: bool) -> bool {
    GRAD.replace(on)
}

pub fn inference() -> bool {
    INFERENCE.get()
}
pub fn set_inference(on: bool) -> bool {
    INFERENCE.replace(on)
}

pub fn recording() -> Recording {
    RECORDING.get()
}
pub fn set_recording(r: Recording) -> Recording {
    RECORDING.replace(r)
}

/// `Some` while a `vmap` is tracing.
pub fn randomness() -> Option<Randomness> {
    RANDOMNESS.get()
}
pub fn set_randomness(r: Option<Randomness>) -> Option<Randomness> {
    RANDOMNESS.replace(r)
}

/// Id of the module that is running, 0 outside any.
pub fn path() -> u32 {
    PATH.get()
}
pub fn set_path(id: u32) -> u32 {
    PATH.replace(id)
}

/// Runs `f` in gradient mode `on` and restores the mode after it.
pub fn with_grad<R>(on: bool, f: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            set_grad_enabled(self.0);
        }
    }
    let _restore = Restore(set_grad_enabled(on));
    f()
}

/// Runs `f` with at least this much recording and restores the mode after it.
pub fn with_recording<R>(r: Recording, f: impl FnOnce() -> R) -> R {
    struct Restore(Recording);
    impl Drop for Restore {
        fn drop(&mut self) {
            set_recording(self.0);
        }
    }
    let _restore = Restore(set_recording(recording().max(r)));
    f()
}
