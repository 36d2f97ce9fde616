//! GPUs through WebGPU (Vulkan, Metal, DX12): the engine's second device that computes.
//!
//! `adapters` finds GPUs, with their `caps`, and starts none. `backend` is what the engine sees of one; the first
//! tensor on it makes its `context`: the device, its `memory`, its `pipelines`, and the `recorder`, which puts launches
//! one behind the other into a pass that is handed over in batches. `fused` and `kernel` make dispatches of work
//! (`splice` puts the one into the other), from programs that the engine describes as data (`ravine_core::gpu`);
//! `arena` puts what an optimizer updates together into one buffer, and `reflect` reads the WGSL of users' kernels.
//! `commands` records all of a launch or nothing, and `faults` knows what becomes of errors that launches find in values.
//! `transfer` is the way to the host and back, through the buffers of `staging`; `timer` tells profilers when passes ran.

mod adapters;
mod arena;
mod backend;
mod caps;
mod commands;
mod context;
mod faults;
mod fork;
mod fused;
mod kernel;
mod memory;
mod pipelines;
mod recorder;
mod reflect;
mod shaders;
mod splice;
mod staging;
mod timer;
mod transfer;

pub use adapters::{Info, infos, lose, passes, trim};
pub use caps::Caps;
pub use fork::in_child;
pub use recorder::{Counts, reset_peak};
pub use reflect::reflect;

/// Lets the engine find GPUs when somebody asks for one.
pub fn install() {
    ravine_core::device::set_finder(adapters::find);
}

/// What all GPUs did so far.
pub fn counts() -> Counts {
    recorder::counts()
}
