//! Values moved between devices: a record like any other, differentiable and batched.

use crate::attributes::Target;
use crate::cpu::Cpu;
use crate::device::{Device, Kind};
use crate::error::{Error, Result};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Batch, Class, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::stream::record_one;
use smallvec::smallvec;

pub static TRANSFER: Op = Op {
    name: "to",
    function: None,
    class: Class::Transfer,
    // attrs: `Target`
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::View,
    gpu: Gpu::View,
    vjp: Vjp::Rule(|c, g, _| {
        let from = c.tensor(0).device();
        Ok(smallvec![g[0].as_ref().map(|g| to(g, from)).transpose()?])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| Ok(smallvec![to(c.tensor(0), Target::from(c.attrs).device)?])),
    donates: &[],
    plain: Plain::Primitive("the values are those of the operand"),
    tests: NO_TESTS,
};

/// The tensor on a device. Between two that are not the host it goes through the host. Raises an error for values of
/// `meta`, which has none, and for a device that is not there.
pub fn to(x: &Tensor, device: Device) -> Result<Tensor> {
    let from = x.device();
    if from == device {
        return Ok(x.clone());
    }
    device.check("to")?;
    if from.kind == Kind::Meta {
        return Err(Error::no_values("to"));
    }
    let x = if from.is_cpu() || !device.has_values() || device.is_cpu() {
        x.clone()
    } else {
        to(x, Device::CPU)?
    };
    record_one(
        &TRANSFER,
        Target { device }.encode(),
        smallvec![],
        smallvec![x.into()],
    )
}
