//! What a thread is doing while it records: gradient mode, open transforms, the running module.

use crate::device::Device;
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

/// One word or two per thread: recording an op reads them all at once.
#[derive(Clone, Copy)]
pub struct Mode {
    pub grad: bool,
    pub recording: Recording,
    /// `Some` while a `vmap` is tracing.
    pub randomness: Option<Randomness>,
    /// Id of the module that is running, 0 outside any.
    pub path: u32,
    /// Record plain forms in place of fused ops (for the tests that hold the one to the other).
    pub plain: bool,
    /// Where tensors are made that come from no other tensor.
    pub device: Device,
    /// A derivative is being recorded.
    pub backward: bool,
}

thread_local! {
    static MODE: Cell<Mode> =
        const { Cell::new(Mode {
            grad: true,
            recording: Recording::Off,
            randomness: None,
            path: 0,
            plain: false,
            device: Device::CPU,
            backward: false,
        }) };
}

#[inline]
pub fn current() -> Mode {
    MODE.get()
}

/// Changes a part of the mode and returns what it was.
fn replace<T>(part: impl FnOnce(&mut Mode) -> &mut T, value: T) -> T {
    let mut mode = MODE.get();
    let old = std::mem::replace(part(&mut mode), value);
    MODE.set(mode);
    old
}

pub fn grad_enabled() -> bool {
    MODE.get().grad
}
/// Returns the previous mode.
pub fn set_grad_enabled(on: bool) -> bool {
    replace(|m| &mut m.grad, on)
}

pub fn recording() -> Recording {
    MODE.get().recording
}
pub fn set_recording(r: Recording) -> Recording {
    replace(|m| &mut m.recording, r)
}

pub fn randomness() -> Option<Randomness> {
    MODE.get().randomness
}
pub fn set_randomness(r: Option<Randomness>) -> Option<Randomness> {
    replace(|m| &mut m.randomness, r)
}

pub fn path() -> u32 {
    MODE.get().path
}
pub fn set_path(id: u32) -> u32 {
    replace(|m| &mut m.path, id)
}

/// Returns the previous mode.
pub fn set_plain(on: bool) -> bool {
    replace(|m| &mut m.plain, on)
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

/// Runs `f`, which records the derivative of what the module `path` recorded, and restores the mode after it.
#[inline]
pub fn in_backward_of<R>(path: u32, f: impl FnOnce() -> R) -> R {
    struct Restore(u32, bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            let mut mode = MODE.get();
            (mode.path, mode.backward) = (self.0, self.1);
            MODE.set(mode);
        }
    }
    let mut mode = MODE.get();
    let _restore = Restore(mode.path, mode.backward);
    (mode.path, mode.backward) = (path, true);
    MODE.set(mode);
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

pub fn device() -> Device {
    MODE.get().device
}
/// Returns the previous device.
pub fn set_device(device: Device) -> Device {
    replace(|m| &mut m.device, device)
}

/// Runs `f` with new tensors made on `device` and restores the mode after it.
#[inline]
pub fn on<R>(device: Device, f: impl FnOnce() -> R) -> R {
    struct Restore(Device);
    impl Drop for Restore {
        fn drop(&mut self) {
            set_device(self.0);
        }
    }
    if MODE.get().device == device {
        return f();
    }
    let _restore = Restore(set_device(device));
    f()
}
