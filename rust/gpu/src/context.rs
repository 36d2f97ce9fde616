//! A GPU that was started: what all its launches share.

use crate::caps::Caps;
use crate::memory::Pool;
use crate::pipelines::Pipelines;
use crate::recorder::Recorder;
use crate::staging::Staging;
use parking_lot::{Mutex, ReentrantMutex};
use ravine_core::device::Device;
use ravine_core::error::{Error, Kind, Result};
use ravine_core::gpu::Limits;
use std::sync::Arc;

pub struct Context {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    /// What every WebGPU device has. More is not asked for, so that what runs on one runs on all.
    pub limits: Limits,
    pub caps: Caps,
    /// What the engine calls it.
    pub own: Device,
    /// The most bytes of a buffer that one binding can show.
    pub binding_bytes: u64,
    pub pool: Pool,
    pub staging: Staging,
    pub pipelines: Pipelines,
    /// Held by the thread whose commands are being put together (`commands`), before the recorder.
    pub turn: ReentrantMutex<()>,
    pub recorder: Mutex<Recorder>,
    /// What the driver complained about since the last look.
    complaint: Arc<Mutex<Option<Complaint>>>,
}

#[derive(Clone)]
enum Complaint {
    /// The device is gone for good.
    Lost(String),
    Wrong(String),
    Memory,
}

impl Context {
    pub fn start(adapter: &wgpu::Adapter, caps: &Caps, own: Device) -> Result<Context> {
        let limits = Limits {
            staging: caps.staging,
            ..Limits::default()
        };
        let required = caps.limits(&limits);
        let binding_bytes = required
            .max_storage_buffer_binding_size
            .min(required.max_buffer_size);
        let asked = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("ravine"),
            required_features: caps.features(),
            required_limits: required,
            ..wgpu::DeviceDescriptor::default()
        }));
        let (device, queue) = asked.map_err(|e| {
            let text = format!("the GPU {} could not be started: {e}", adapter.get_info().name);
            Error::new(Kind::Device, "", text)
        })?;
        let complaint = Arc::new(Mutex::new(None));
        let heard = complaint.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let found = match error {
                wgpu::Error::OutOfMemory { .. } => Complaint::Memory,
                other => Complaint::Wrong(other.to_string()),
            };
            heard.lock().get_or_insert(found);
        }));
        let heard = complaint.clone();
        device.set_device_lost_callback(move |reason, text| {
            *heard.lock() = Some(Complaint::Lost(format!("{reason:?}: {text}")));
        });
        Ok(Context {
            pipelines: Pipelines::default(),
            pool: Pool::new(),
            staging: Staging::default(),
            turn: ReentrantMutex::new(()),
            recorder: Mutex::new(Recorder::new(&device)),
            complaint,
            limits,
            caps: caps.clone(),
            own,
            binding_bytes,
            device,
            queue,
        })
    }

    /// Lets the driver complain: a device that is lost refuses launches before it says so.
    pub fn listen(&self) {
        let _ = self.device.poll(wgpu::PollType::Poll);
    }

    /// Raises what the driver complained about.
    pub fn check(&self) -> Result<()> {
        if self.complaint.lock().is_none() {
            return Ok(());
        }
        self.listen();
        let mut complaint = self.complaint.lock();
        let Some(found) = complaint.clone() else {
            return Ok(());
        };
        Err(match found {
            Complaint::Lost(text) => Error::new(
                Kind::Device,
                "",
                format!(
                    "the GPU was lost ({text}), and with it the values that lay there. Tensors of the CPU are what they \
                     were: save what is needed of them, and start the program again from a checkpoint"
                ),
            ),
            Complaint::Wrong(text) => {
                *complaint = None;
                Error::state("", format!("the GPU's driver refused a launch: {text}"))
            }
            Complaint::Memory => {
                *complaint = None;
                Error::out_of_memory(0, self.pool.bytes_live())
            }
        })
    }
}
