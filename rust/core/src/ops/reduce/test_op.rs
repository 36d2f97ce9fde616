//! The structured op of docs/adding-an-op.md. It is compiled with the cargo feature `test-op` alone.

use crate::attributes::Along;
use crate::cpu::scan;
use crate::dtype::{Category, DType, result_type};
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, need};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Form, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::create;
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::graph::cast::cast;
use crate::ops::reduce::recurrence::recurrence;
use crate::ops::shape::concat::cat;
use crate::ops::shape::view::{flip, narrow};
use crate::shape::normalize_dim;
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::smallvec;

attributes! {
    /// What stays of the average at each step. A number, so that no plan depends on it.
    pub struct Decay in Data {
        decay: f64,
    }
}

/// The recurrence of that name, in smaller ops.
const PLAIN: Form = Form(|c| {
    let (x, Along { dim }, Decay { decay }) = (c.tensor(0), c.attrs.into(), c.data.into());
    Ok(smallvec![recurrence(
        &kept(x, decay)?,
        &new(x, dim, decay)?,
        dim
    )?])
});

/// The decay, everywhere.
fn kept(x: &Tensor, decay: f64) -> Result<Tensor> {
    create::full(x.shape(), decay, x.dtype())
}

/// What each element brings: the first one all of itself, others `1 - decay`.
fn new(x: &Tensor, dim: usize, decay: f64) -> Result<Tensor> {
    let first = x.shape()[dim].min(1);
    let later = narrow(x, dim, first as i64, x.shape()[dim] - first)?;
    cat(&[narrow(x, dim, 0, first)?, mul(&later, 1.0 - decay)?], dim)
}

pub static EWMA: Op = Op {
    name: "ewma",
    function: Some(Function {
        name: "ewma",
        signature: "(input: Tensor, decay: float, dim: int = -1) -> Tensor",
        doc: "Exponentially weighted moving average along `dim` (Roberts, 1959): `y[0] = x[0]`, then \
              `y[i] = decay y[i-1] + (1 - decay) x[i]`. Raises ValueError for a decay outside of [0, 1).\n\n\
              >>> ravine.ewma(ravine.tensor([1.0, 0.0, 0.0]), 0.5)\ntensor([1.0000, 0.5000, 0.2500])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            // Integers become floats, as if the decay were a scalar operand.
            let dtype = result_type(Some(a.tensor(0)?.dtype()), None, Some(Category::Float));
            let (x, decay) = (cast(a.tensor(0)?, dtype)?, a.float(1)?);
            if !(0.0..1.0).contains(&decay) {
                return Err(Error::value(
                    a.function,
                    format!("decay={decay} must lie in [0, 1)"),
                ));
            }
            let dim = normalize_dim(a.function, a.int(2)?, x.rank())?;
            Ok(ewma(&x, decay, dim)?.into())
        },
    }),
    class: Class::Structured,
    // attrs: `Along`; data: `Decay`
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (x, Along { dim }, Decay { decay }) = (l.dense(0)?, l.attrs.into(), l.data.into());
        dispatch_float!(x.dtype, T => scan::averages::<T>(&x, dim, decay, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|c, g, _| {
        // What reaches y[i] comes from its own cotangent and, times the decay, from y[i+1].
        let (Along { dim }, Decay { decay }) = (c.attrs.into(), c.data.into());
        let back = |g: &Tensor| {
            let reached = recurrence(&kept(g, decay)?, &flip(g, &[dim])?, dim)?;
            new(&flip(&reached, &[dim])?, dim, decay)
        };
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| {
        let (Along { dim }, Decay { decay }) = (c.attrs.into(), c.data.into());
        Ok(smallvec![ewma(c.tensor(0), decay, dim + 1)?])
    }),
    donates: &[],
    plain: Plain::Form(PLAIN),
    tests: Tests {
        reference: "np.apply_along_axis(lambda x: np.convolve(np.r_[x[:1], (1 - decay) * x[1:]], \
                    decay ** np.arange(x.size))[:x.size], dim, input)",
        samples: &[
            "f(7), 0.5",
            "f(3, 5), 0.25, 0",
            "f(2, 3, 5), 0.9, -2",
            "f(30, 700), 0.75",
        ],
        accuracy: Accuracy::Sum(1.0),
        domain: (-3.0, 3.0),
    },
};

pub fn ewma(x: &Tensor, decay: f64, dim: usize) -> Result<Tensor> {
    record_one(
        &EWMA,
        Along { dim }.encode(),
        Decay { decay }.encode(),
        smallvec![x.into()],
    )
}

/// A thread per line.
fn program(c: &Context) -> Result<GpuProgram> {
    need(c.op, c.dtype(0), DType::F32)?;
    let (Along { dim }, Decay { decay }) = (c.attrs.into(), c.data.into());
    let [lines, length, stride] = c.lines(0, dim);
    let mut params = [lines, length, stride].map(|n| n as u32).to_vec();
    params.extend([decay, 1.0 - decay].map(|x| (x as f32).to_bits()));
    let bindings = vec![
        Binding::read("x", Buffer::Input(0), "f32"),
        Binding::write("y", Buffer::Output(0), "f32"),
    ];
    Ok(GpuProgram {
        passes: vec![c.over_elements("reduce/test_op.wgsl", lines, bindings, params)],
        ..GpuProgram::default()
    })
}
