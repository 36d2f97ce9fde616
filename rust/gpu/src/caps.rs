//! What a GPU has beyond every WebGPU device.

use ravine_core::gpu::Limits;
use wgpu::{DeviceType, Features};

/// What an adapter offers. `RAVINE_GPU_CAPS=minimal` hides all that not every device has; `registers` and `staging`
/// choose how matrices are multiplied.
#[derive(Clone, Debug)]
pub struct Caps {
    /// Numbers of 16 bits in shaders.
    pub f16: bool,
    pub subgroups: bool,
    /// The device notes when passes begin and end.
    pub timestamps: bool,
    /// Params that need no buffer.
    pub immediates: bool,
    /// See `Limits`.
    pub staging: bool,
    offered: wgpu::Limits,
}

impl Caps {
    pub fn of(adapter: &wgpu::Adapter) -> Caps {
        let asked = std::env::var("RAVINE_GPU_CAPS").unwrap_or_default();
        let asks = |word| asked.trim().eq_ignore_ascii_case(word);
        let (features, offered) = if asks("minimal") {
            (Features::empty(), wgpu::Limits::default())
        } else {
            (adapter.features(), adapter.limits())
        };
        let is_software = adapter.get_info().device_type == DeviceType::Cpu;
        Caps {
            f16: features.contains(Features::SHADER_F16),
            subgroups: features.contains(Features::SUBGROUP),
            timestamps: features.contains(Features::TIMESTAMP_QUERY),
            immediates: features.contains(Features::IMMEDIATES),
            staging: asks("staging") || !(is_software || asks("registers")),
            offered,
        }
    }

    /// The features that launches use. No program needs one, so that what runs on one device runs on all.
    pub fn features(&self) -> Features {
        if self.timestamps {
            Features::TIMESTAMP_QUERY
        } else {
            Features::empty()
        }
    }

    /// The limits to ask for: those that programs keep to, and the largest buffers.
    pub fn limits(&self, kept: &Limits) -> wgpu::Limits {
        wgpu::Limits {
            max_storage_buffers_per_shader_stage: kept.storage_buffers,
            max_compute_workgroup_storage_size: kept.workgroup_bytes,
            max_compute_invocations_per_workgroup: kept.workgroup_size,
            max_compute_workgroup_size_x: kept.workgroup_size,
            max_compute_workgroups_per_dimension: kept.workgroups_per_dimension,
            max_buffer_size: self.offered.max_buffer_size,
            max_storage_buffer_binding_size: self.offered.max_storage_buffer_binding_size,
            ..wgpu::Limits::default()
        }
    }

    /// Features, each with its name.
    pub fn named(&self) -> [(&'static str, bool); 4] {
        [
            ("f16", self.f16),
            ("subgroups", self.subgroups),
            ("timestamps", self.timestamps),
            ("immediates", self.immediates),
        ]
    }

    /// Limits that are offered, each with its name.
    pub fn named_limits(&self) -> [(&'static str, u64); 6] {
        let offered = &self.offered;
        [
            ("buffer_bytes", offered.max_buffer_size),
            ("binding_bytes", offered.max_storage_buffer_binding_size),
            (
                "storage_buffers",
                offered.max_storage_buffers_per_shader_stage.into(),
            ),
            (
                "workgroup_size",
                offered.max_compute_invocations_per_workgroup.into(),
            ),
            (
                "workgroup_bytes",
                offered.max_compute_workgroup_storage_size.into(),
            ),
            (
                "workgroups_per_dimension",
                offered.max_compute_workgroups_per_dimension.into(),
            ),
        ]
    }
}
