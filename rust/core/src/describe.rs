//! The GPU program of one call, for hosts that are not this engine: tests, and pages that run a model in a browser.

use crate::device::Device;
use crate::error::{Error, Kind, Result};
use crate::gpu::{Context, Gpu, GpuProgram, Group, Limits, fuse, working_dtype};
use crate::graph::Arg;
use crate::op::{Attrs, Data, Meta, Op, Request};
use crate::ops::graph::identity::LEAF;
use crate::stream::placeholder;
use crate::work::{Operand, Step, Steps};
use smallvec::smallvec;

/// From the shapes and dtypes of the call's tensors, for a device of these limits. Raises an error for an op that has no
/// program of its own.
pub fn describe(
    op: &'static Op,
    attrs: &Attrs,
    data: &Data,
    inputs: &[Meta],
    limits: Limits,
) -> Result<GpuProgram> {
    let args: Vec<Arg> = inputs
        .iter()
        .map(|(shape, dtype)| {
            let stand_in = placeholder(&LEAF, shape.clone(), *dtype, Device::CPU, false);
            Arg::Tensor(stand_in)
        })
        .collect();
    let outputs = (op.meta)(&Request {
        op,
        attrs,
        data,
        args: &args,
    })?;
    let refuse = |why: &str| {
        let text = format!("has no GPU program: {why}");
        Err(Error::new(Kind::State, op.name, text))
    };
    let program = match op.gpu {
        Gpu::Never(why) => return refuse(why),
        Gpu::Plain(_) => return refuse("it runs as its plain form"),
        Gpu::Host => return refuse("it runs on the host"),
        Gpu::View => return refuse("it only changes how memory is seen"),
        Gpu::Expression(_) => {
            let step = Step {
                routine: op.routine(),
                operands: (0..inputs.len()).map(Operand::Input).collect(),
                dtype: outputs[0].1,
            };
            let steps = Steps {
                inputs: inputs.iter().map(|(_, dtype)| *dtype).collect(),
                steps: vec![step],
                outputs: smallvec![0],
                numbers: 0,
            };
            return fuse(&Group {
                steps: &steps,
                inputs,
                shape: &outputs[0].0,
                numbers: &[],
                layouts: &[],
                aliases: &[],
            });
        }
        Gpu::Program(_) | Gpu::Lists(..) | Gpu::Spliced(_) | Gpu::Own(_) => op.gpu.program(&Context {
            op: op.name,
            attrs,
            data,
            inputs,
            layouts: &[],
            limits,
        })?,
    };
    let donors = (0..outputs.len()).filter_map(|j| Some((j, op.donor(attrs, j)?)));
    Ok(GpuProgram {
        aliases: donors.collect(),
        inputs: inputs.len(),
        outputs: (outputs.into_iter())
            .map(|(shape, dtype)| (shape, working_dtype(dtype)))
            .collect(),
        ..program
    })
}
