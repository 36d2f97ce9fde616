//! What the engine sees of a GPU.

use crate::adapters::Info;
use crate::context::Context;
use crate::fused::{self, Fused};
use crate::{kernel, transfer};
use ravine_core::array::{Array, Storage};
use ravine_core::device::{Backend, Device, Kind};
use ravine_core::dtype::DType;
use ravine_core::error::{Error, Result};
use ravine_core::gpu;
use ravine_core::gpu::Gpu as Side;
use ravine_core::profile::Pass;
use ravine_core::work::{Attrs, Code, Launch, Routine, Slot, Steps, Work};
use std::sync::{Arc, OnceLock};

/// One GPU, which the first tensor on it starts.
pub struct Gpu {
    adapter: wgpu::Adapter,
    pub info: Info,
    index: u8,
    context: OnceLock<Result<Context>>,
}

impl Gpu {
    pub fn new(adapter: wgpu::Adapter, info: Info, index: usize) -> Gpu {
        Gpu {
            adapter,
            info,
            index: index.min(u8::MAX as usize) as u8,
            context: OnceLock::new(),
        }
    }

    fn context(&'static self) -> Result<&'static Context> {
        let own = Device {
            kind: Kind::Gpu,
            index: self.index,
        };
        let made = self
            .context
            .get_or_init(|| Context::start(&self.adapter, &self.info.caps, own));
        made.as_ref().map_err(Error::clone)
    }

    pub fn trim(&self) {
        if let Some(Ok(context)) = self.context.get() {
            context.recorder.lock().forget_bindings();
            context.pool.trim();
            context.staging.trim();
        }
    }

    /// See [`crate::passes`].
    pub fn passes(&self) -> Vec<(String, String)> {
        match self.context.get() {
            Some(Ok(context)) => context.pipelines.described(),
            _ => vec![],
        }
    }

    /// Of a GPU on which a tensor lies.
    fn started(&self) -> Result<&'static Context> {
        // Every GPU is leaked by `adapters`.
        let own: &'static Gpu = crate::adapters::gpu(self.index);
        own.context()
    }
}

impl Backend for Gpu {
    fn allocate(&self, elements: usize, dtype: DType) -> Result<Arc<Storage>> {
        kernel::storage(self.started()?, elements, dtype)
    }

    fn allocate_beside(&self, owner: &Array, elements: usize, dtype: DType) -> Result<Arc<Storage>> {
        kernel::storage_beside(self.started()?, owner, elements, dtype)
    }

    fn copy(&self, from: &Array, to: &Array) -> Result<()> {
        transfer::copy(self.started()?, from, to)
    }

    fn upload(&self, from: &Array, to: &Array) -> Result<()> {
        transfer::upload(self.started()?, from, to)
    }

    fn download(&self, from: &Array, to: &Array) -> Result<()> {
        transfer::download(self.started()?, from, to)
    }

    fn working_dtype(&self, routine: Routine, dtype: DType) -> DType {
        match routine.gpu {
            Side::Expression(_) | Side::View => dtype,
            _ => gpu::working_dtype(dtype),
        }
    }

    fn read_dtype(&self, routine: Routine, dtype: DType) -> DType {
        match routine.gpu {
            Side::Spliced(spliced) if spliced.halves => dtype,
            _ => self.working_dtype(routine, dtype),
        }
    }

    fn compile(&self, steps: &Steps) -> Code {
        Box::new(fused::compile(
            steps,
            gpu::Limits::default().storage_buffers as usize,
        ))
    }

    fn has(&self, routine: Routine) -> bool {
        !matches!(routine.gpu, Side::Plain(_) | Side::Never(_))
    }

    fn admits(&self, op: &'static str, dtypes: &mut dyn Iterator<Item = DType>) -> Result<()> {
        for dtype in dtypes {
            gpu::admit(op, dtype)?;
        }
        Ok(())
    }

    fn writes_any_layout(&self) -> bool {
        false
    }

    fn splices(&self, routine: Routine, slot: Slot, _: &Attrs, _: &[usize], dtype: DType) -> bool {
        let Side::Spliced(spliced) = routine.gpu else {
            return false;
        };
        let named = match slot {
            Slot::Load => spliced.load,
            Slot::Store => spliced.store,
        };
        named.is_some() && dtype == DType::F32
    }

    fn launch(&self, work: &Work, launch: &mut Launch) -> Result<()> {
        let context = self.started()?;
        match work {
            Work::Fused(code) => {
                let fused: &Fused = code
                    .downcast_ref()
                    .expect("the code is what this device compiled");
                fused::launch(context, fused, &launch.inputs, &launch.outputs)
            }
            Work::Kernel(routine) => kernel::launch(context, *routine, launch),
        }
    }

    fn wait(&self) -> Result<()> {
        match self.context.get() {
            Some(Ok(_)) => transfer::wait(self.started()?),
            _ => Ok(()),
        }
    }

    fn take_passes(&self) -> Result<Vec<Pass>> {
        match self.context.get() {
            Some(Ok(context)) => {
                let (noted, index) = context.recorder.lock().hand_over_times(context);
                noted.read(context, index)
            }
            _ => Ok(Vec::new()),
        }
    }
}
