//! What the engine sees of a GPU.

use crate::adapters::Info;
use crate::commands;
use crate::context::Context;
use crate::faults::Trace;
use crate::fused::{self, Fused};
use crate::{kernel, memory, transfer};
use ravine_core::array::{Array, Storage};
use ravine_core::device::{self, Backend, Device, Kind};
use ravine_core::dtype::DType;
use ravine_core::error::{Error, Result};
use ravine_core::gpu;
use ravine_core::gpu::Gpu as Side;
use ravine_core::profile::Pass;
use ravine_core::work::{Attrs, Code, Input, Launch, Routine, Slot, Steps, Work};
use smallvec::SmallVec;
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

    /// Of a GPU on which a tensor lies, unless it is not to be used any more.
    fn started(&self) -> Result<&'static Context> {
        device::check_forked("")?;
        // Every GPU is leaked by `adapters`.
        let own: &'static Gpu = crate::adapters::gpu(self.index);
        let context = own.context()?;
        context.check()?;
        Ok(context)
    }

    /// Loses the GPU, as a driver may at any time.
    pub fn lose(&self) {
        if let Some(Ok(context)) = self.context.get() {
            context.device.destroy();
        }
    }
}

impl Backend for Gpu {
    fn allocate(&self, elements: usize, dtype: DType) -> Result<Arc<Storage>> {
        kernel::storage(self.started()?, elements, dtype)
    }

    fn allocate_beside(&self, owner: &Array, elements: usize, dtype: DType) -> Result<Arc<Storage>> {
        let context = self.started()?;
        commands::together(context, || {
            kernel::storage_beside(context, owner, elements, dtype)
        })
    }

    fn copy(&self, from: &Array, to: &Array) -> Result<()> {
        let context = self.started()?;
        commands::together(context, || transfer::copy(context, from, to))
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
        !matches!(routine.gpu, Side::Plain(_) | Side::Host | Side::Never(_))
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
        if matches!(work, Work::Kernel(routine) if matches!(routine.gpu, Side::View)) {
            // A function of the user's own hands on what it computed.
            for i in 0..launch.outputs.len() {
                launch.outputs[i] = launch.input(i).clone();
            }
            return Ok(());
        }
        transfer::look_if_due(context)?;
        let read = || arrays_read(launch);
        read().try_for_each(|array| memory::of(array).check())?;
        let kept: SmallVec<[Arc<Storage>; 1]> = launch.kept().map(|a| a.storage.clone()).collect();
        commands::together(context, || {
            match work {
                Work::Fused(code) => {
                    let fused: &Fused = code
                        .downcast_ref()
                        .expect("the code is what this device compiled");
                    fused::launch(context, fused, &launch.inputs, &launch.outputs, &kept)?;
                }
                Work::Kernel(routine) => kernel::launch(context, *routine, launch, &kept)?,
            }
            let stored = launch.store.iter().flat_map(|store| &store.outputs);
            commands::trace(context, || {
                Trace::new(read(), launch.outputs.iter().chain(stored), &kept)
            });
            Ok(())
        })
    }

    fn together(&self, launches: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        commands::together(self.started()?, launches)
    }

    fn is_in_doubt(&self) -> bool {
        match self.context.get() {
            Some(Ok(context)) => context.recorder.lock().faults.is_in_doubt(),
            _ => false,
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

/// The arrays of a launch that have values: what a store slot reads of the kernel has none before.
fn arrays_read<'a>(launch: &'a Launch) -> impl Iterator<Item = &'a Array> {
    let slots = launch.load.iter().chain(&launch.store);
    (launch.inputs.iter().chain(slots.flat_map(|slot| &slot.inputs)))
        .filter_map(|input| match input {
            Input::Array(array) => Some(array),
            Input::Scalar(_) => None,
        })
        .filter(|array| matches!(*array.storage, Storage::Remote(_)))
}
