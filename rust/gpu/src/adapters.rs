//! The GPUs that are there.

use crate::backend::Gpu;
use crate::caps::Caps;
use ravine_core::device::Backend;
use std::sync::OnceLock;
use wgpu::{Backends, DeviceType, Instance, InstanceDescriptor};

/// What is known of a GPU before it is started.
#[derive(Clone, Debug)]
pub struct Info {
    pub name: String,
    pub driver: String,
    /// Vulkan, Metal or Dx12.
    pub api: String,
    /// Computes on the CPU.
    pub is_software: bool,
    pub caps: Caps,
}

impl Info {
    fn of(adapter: &wgpu::Adapter) -> Info {
        let info = adapter.get_info();
        Info {
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_string(),
            api: format!("{:?}", info.backend),
            is_software: info.device_type == DeviceType::Cpu,
            caps: Caps::of(adapter),
            name: info.name,
        }
    }
}

static FOUND: OnceLock<Vec<&'static Gpu>> = OnceLock::new();

/// Whether somebody asked for GPUs, which loads their drivers.
pub fn were_asked_for() -> bool {
    FOUND.get().is_some()
}

/// Every GPU, real ones first, those that are part of the processor behind others. `RAVINE_GPU_ADAPTER` leaves those
/// whose names contain it.
fn gpus() -> &'static [&'static Gpu] {
    FOUND.get_or_init(|| {
        // Never the GL drivers: other limits, and some are there where no GPU is.
        let backends = Backends::VULKAN | Backends::METAL | Backends::DX12;
        let mut description = InstanceDescriptor::new_without_display_handle();
        description.backends = backends;
        let instance = Instance::new(description);
        let mut adapters = quietly(|| pollster::block_on(instance.enumerate_adapters(backends)));
        adapters.retain(|a| a.get_downlevel_capabilities().is_webgpu_compliant());
        adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
            DeviceType::DiscreteGpu => 0,
            DeviceType::IntegratedGpu => 1,
            DeviceType::VirtualGpu | DeviceType::Other => 2,
            DeviceType::Cpu => 3,
        });
        let wanted = std::env::var("RAVINE_GPU_ADAPTER")
            .unwrap_or_default()
            .to_lowercase();
        adapters
            .into_iter()
            .map(|adapter| (Info::of(&adapter), adapter))
            .filter(|(info, _)| info.name.to_lowercase().contains(wanted.trim()))
            .enumerate()
            .map(|(index, (info, adapter))| &*Box::leak(Box::new(Gpu::new(adapter, info, index))))
            .collect()
    })
}

/// Without a word from Mesa's layer that sorts adapters: it asks for a display, whose library complains on stderr where
/// no `XDG_RUNTIME_DIR` is set, as in most containers.
fn quietly<R>(look: impl FnOnce() -> R) -> R {
    const NAME: &str = "XDG_RUNTIME_DIR";
    if !cfg!(target_os = "linux") || std::env::var_os(NAME).is_some() {
        return look();
    }
    // SAFETY: as for every write to Python's os.environ, no other thread may read the environment behind the C library's
    // back; the variable is there for this one look only.
    unsafe { std::env::set_var(NAME, std::env::temp_dir()) };
    let found = look();
    // SAFETY: as above.
    unsafe { std::env::remove_var(NAME) };
    found
}

/// One of them, by its index.
pub fn gpu(index: u8) -> &'static Gpu {
    gpus()[index as usize]
}

pub fn find() -> Vec<&'static dyn Backend> {
    gpus().iter().map(|&gpu| gpu as &dyn Backend).collect()
}

/// Loses a GPU, for tests of what is left then.
pub fn lose(index: u8) {
    gpu(index).lose();
}

/// Gives memory that is free back to the drivers.
pub fn trim() {
    gpus().iter().for_each(|gpu| gpu.trim());
}

/// Every pass for which a GPU has a pipeline, as JSON, and its module: what tests hold to the rules of other compilers.
pub fn passes() -> Vec<(String, String)> {
    gpus().iter().flat_map(|gpu| gpu.passes()).collect()
}

pub fn infos() -> Vec<Info> {
    gpus().iter().map(|gpu| gpu.info.clone()).collect()
}
