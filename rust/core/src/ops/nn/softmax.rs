//! Softmax and its logarithm.

use crate::attributes::Along;
use crate::cpu::softmax::{
    log_softmax_rows, log_softmax_slopes, map, map_pairs, softmax_rows, softmax_slopes,
};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass, need};
use crate::graph::Tensor;
use crate::op::{
    Accuracy, Batch, Call, Class, Cpu, Form, Jvp, Meta, NO_TESTS, Op, Plain, Request, Tests, Vjp,
};
use crate::ops::batch::{all_batched, behind};
use crate::ops::elementwise::arithmetic::{div, mul, sub};
use crate::ops::elementwise::exponential::{exp, log};
use crate::ops::floats::widened;
use crate::ops::graph::cast;
use crate::ops::nn::rows::{First, Lines, Rows, spliced};
use crate::ops::reduce;
use crate::ops::shape::view;
use crate::shape::normalize_dim;
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

const SIGNATURE: &str = "(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor";
const SAMPLES: &[&str] = &[
    "f(), 0",
    "f(1), -1",
    "f(0, 3), 1",
    "f(3, 0), 1",
    "f(2, 3), 0",
    "f(2, 3, 5), 1",
    "f(3, 1100), -1",
    "f(70, 33), 0",
    "f(5), 0, dtype=ravine.float64",
    "i(5), 0, dtype=ravine.float32",
];

const SOFTMAX_PLAIN: Form = Form(|c| {
    let dim = dim_of(c);
    let e = exp(shifted(c.tensor(0), dim)?)?;
    let y = div(&e, reduce::sum(&e, &[dim], true)?)?;
    Ok(smallvec![cast::cast(&y, c.tensor(0).dtype())?])
});

pub static SOFTMAX: Op = Op {
    name: "softmax",
    function: Some(Function {
        name: "softmax",
        signature: SIGNATURE,
        doc: "`exp(x_i) / sum_j exp(x_j)` along `dim`: positive numbers with sum 1, of the input's shape. Computed as \
              `exp(x_i - m) / sum_j exp(x_j - m)` with m the largest element (Goodfellow et al., Deep Learning, 2016, \
              section 4.1), so nothing overflows; a row whose elements are all -inf gives NaN. float16 and bfloat16 are \
              computed in float32. With `dtype` the input is converted first. Integers without `dtype` raise an \
              error.\n\n>>> ravine.softmax(ravine.tensor([1.0, 2.0, 3.0]), 0)\ntensor([0.0900, 0.2447, 0.6652])\n",
        places: Places::BOTH.and(Places::SPECIAL),
        effect: Effect::Pure,
        call: |a| call(a, softmax),
    }),
    class: Class::Structured,
    meta,
    cpu: Cpu::Kernel(|l| {
        dispatch_float!(l.outputs[0].dtype, T => map(l, softmax_rows::<T>));
        Ok(())
    }),
    gpu: spliced(|c| program(c, SOFTMAX_OF), Some("load")),
    vjp: Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None]);
        };
        Ok(smallvec![Some(slope(&SOFTMAX_BACKWARD, c, g)?)])
    }),
    // The Jacobian diag(y) - y y^T is symmetric.
    jvp: Jvp::Rule(|c, t| {
        let Some(t) = &t[0] else {
            return Ok(smallvec![None]);
        };
        Ok(smallvec![Some(slope(&SOFTMAX_BACKWARD, c, t)?)])
    }),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Form(SOFTMAX_PLAIN),
    tests: Tests {
        reference: "softmax(input, dim)",
        samples: SAMPLES,
        accuracy: Accuracy::Ulp(16.0),
        domain: (-5.0, 5.0),
    },
};

const LOG_SOFTMAX_PLAIN: Form = Form(|c| {
    let dim = dim_of(c);
    let x = shifted(c.tensor(0), dim)?;
    let y = sub(&x, log(reduce::sum(&exp(&x)?, &[dim], true)?)?)?;
    Ok(smallvec![cast::cast(&y, c.tensor(0).dtype())?])
});

pub static LOG_SOFTMAX: Op = Op {
    name: "log_softmax",
    function: Some(Function {
        name: "log_softmax",
        signature: SIGNATURE,
        doc: "`x_i - log sum_j exp(x_j)` along `dim`, the logarithm of `softmax` without its underflow. Computed as \
              `(x_i - m) - log sum_j exp(x_j - m)` with m the largest element; a row whose elements are all -inf gives \
              NaN. float16 and bfloat16 are computed in float32. With `dtype` the input is converted first. Integers \
              without `dtype` raise an error.\n\n\
              >>> ravine.log_softmax(ravine.tensor([1.0, 2.0, 3.0]), 0)\ntensor([-2.4076, -1.4076, -0.4076])\n",
        places: Places::BOTH.and(Places::SPECIAL),
        effect: Effect::Pure,
        call: |a| call(a, log_softmax),
    }),
    class: Class::Structured,
    meta,
    cpu: Cpu::Kernel(|l| {
        dispatch_float!(l.outputs[0].dtype, T => map(l, log_softmax_rows::<T>));
        Ok(())
    }),
    gpu: spliced(|c| program(c, LOG_SOFTMAX_OF), Some("load")),
    vjp: Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None]);
        };
        Ok(smallvec![Some(slope(&LOG_SOFTMAX_BACKWARD, c, g)?)])
    }),
    jvp: Jvp::Rule(|c, t| {
        let Some(t) = &t[0] else {
            return Ok(smallvec![None]);
        };
        let (y, t) = (widened(&c.outputs[0])?, widened(t)?);
        let mean = reduce::sum(&mul(exp(&y)?, &t)?, &[dim_of(c)], true)?;
        Ok(smallvec![Some(cast::cast(
            &sub(&t, mean)?,
            c.outputs[0].dtype()
        )?)])
    }),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Form(LOG_SOFTMAX_PLAIN),
    tests: Tests {
        reference: "log_softmax(input, dim)",
        samples: SAMPLES,
        accuracy: Accuracy::Sum(4.0),
        domain: (-5.0, 5.0),
    },
};

fn dim_of(c: &Call) -> usize {
    Along::from(c.attrs).dim
}

fn meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    if !r.dtype(0).is_float() {
        return Err(Error::dtype(
            r.op.name,
            r.dtype(0),
            "a floating dtype, for example by dtype=ravine.float32",
        ));
    }
    Ok(smallvec![(r.shape(0).into(), r.dtype(0))])
}

fn call(a: &Args, function: fn(&Tensor, usize) -> Result<Tensor>) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let x = a
        .opt_dtype(2)?
        .map_or_else(|| Ok(x.clone()), |d| cast::cast(x, d))?;
    Ok(function(&x, normalize_dim(a.function, a.int(1)?, x.rank())?)?.into())
}

fn record(op: &'static Op, x: &Tensor, dim: usize) -> Result<Tensor> {
    if x.rank() == 0 {
        // A scalar is a row of one element.
        let row = record_one(
            op,
            Along { dim: 0 }.encode(),
            smallvec![],
            smallvec![view::reshape(x, &[1])?.into()],
        )?;
        return view::reshape(&row, &[]);
    }
    record_one(op, Along { dim }.encode(), smallvec![], smallvec![x.into()])
}

pub fn softmax(x: &Tensor, dim: usize) -> Result<Tensor> {
    record(&SOFTMAX, x, dim)
}

pub fn log_softmax(x: &Tensor, dim: usize) -> Result<Tensor> {
    record(&LOG_SOFTMAX, x, dim)
}

const SOFTMAX_BACKWARD_PLAIN: Form = Form(|c| {
    let (g, y) = (widened(c.tensor(0))?, widened(c.tensor(1))?);
    let slope = mul(&y, sub(&g, reduce::sum(&mul(&y, &g)?, &[dim_of(c)], true)?)?)?;
    Ok(smallvec![cast::cast(&slope, c.tensor(1).dtype())?])
});

/// The cotangent of the input (and, the Jacobian being symmetric, the tangent of the result): `y (g - sum y g)`.
/// inputs: cotangent, result. attrs: `Along`
pub static SOFTMAX_BACKWARD: Op = Op {
    name: "softmax_backward",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(1).into(), r.dtype(1))]),
    cpu: Cpu::Kernel(|l| {
        dispatch_float!(l.outputs[0].dtype, T => map_pairs(l, softmax_slopes::<T>));
        Ok(())
    }),
    gpu: spliced(|c| backward_program(c, SOFTMAX_SLOPE), None),
    vjp: Vjp::Plain(SOFTMAX_BACKWARD_PLAIN),
    jvp: Jvp::Plain(SOFTMAX_BACKWARD_PLAIN),
    batch: Batch::Rule(batch_backward),
    donates: &[],
    plain: Plain::Form(SOFTMAX_BACKWARD_PLAIN),
    tests: NO_TESTS,
};

const LOG_SOFTMAX_BACKWARD_PLAIN: Form = Form(|c| {
    let (g, y) = (widened(c.tensor(0))?, widened(c.tensor(1))?);
    let slope = sub(&g, mul(exp(&y)?, reduce::sum(&g, &[dim_of(c)], true)?)?)?;
    Ok(smallvec![cast::cast(&slope, c.tensor(1).dtype())?])
});

/// The cotangent of the input: `g - e^y sum g`.
/// inputs: cotangent, result. attrs: `Along`
pub static LOG_SOFTMAX_BACKWARD: Op = Op {
    name: "log_softmax_backward",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(1).into(), r.dtype(1))]),
    cpu: Cpu::Kernel(|l| {
        dispatch_float!(l.outputs[0].dtype, T => map_pairs(l, log_softmax_slopes::<T>));
        Ok(())
    }),
    gpu: spliced(|c| backward_program(c, LOG_SOFTMAX_SLOPE), None),
    vjp: Vjp::Plain(LOG_SOFTMAX_BACKWARD_PLAIN),
    jvp: Jvp::Plain(LOG_SOFTMAX_BACKWARD_PLAIN),
    batch: Batch::Rule(batch_backward),
    donates: &[],
    plain: Plain::Form(LOG_SOFTMAX_BACKWARD_PLAIN),
    tests: NO_TESTS,
};

fn slope(op: &'static Op, c: &Call, g: &Tensor) -> Result<Tensor> {
    let args = smallvec![g.into(), (&c.outputs[0]).into()];
    record_one(op, c.attrs.clone(), smallvec![], args)
}

fn batch_backward(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let args = all_batched(c, batched, size)?;
    Ok(smallvec![record_one(c.op, behind(c), smallvec![], args)?])
}

fn batch(c: &Call, _: &[bool], _: usize) -> Result<SmallVec<[Tensor; 1]>> {
    Ok(smallvec![record(c.op, c.tensor(0), dim_of(c) + 1)?])
}

/// `x - m` with m the largest element along `dim`; m is constant to autograd, because it cancels.
fn shifted(x: &Tensor, dim: usize) -> Result<Tensor> {
    let x = widened(x)?;
    if x.numel() == 0 {
        return Ok(x);
    }
    let top = crate::ops::graph::identity::detach(&reduce::amax(&x, &[dim], true)?)?;
    sub(&x, top)
}

/// An element of the result, from the row's largest element and the sum of the exponentials or its logarithm.
const SOFTMAX_OF: [&str; 2] = [
    "return vec4<f32>(a, b.x, 0.0, 0.0);",
    "y[at] = store(at, exp_f32(load(at, x[at]) - r.x) / r.y);",
];
const LOG_SOFTMAX_OF: [&str; 2] = [
    "return vec4<f32>(a, log_f32(b.x), 0.0, 0.0);",
    "y[at] = store(at, (load(at, x[at]) - r.x) - r.y);",
];

fn program(c: &Context, [numbers, element]: [&'static str; 2]) -> Result<GpuProgram> {
    need(c.op, c.dtype(0), DType::F32)?;
    let rows = Rows {
        first: Some(First::Top("return load(at, x[at]);")),
        second: "return alone(exp_f32(load(at, x[at]) - a));".into(),
        numbers,
        element: element.into(),
        slots: vec![Pass::pass_through("load")],
        bindings: vec![
            Binding::read("x", Buffer::Input(0), "f32"),
            Binding::write("y", Buffer::Output(0), "f32"),
        ],
        ..Rows::default()
    };
    let lines = Lines::along(c.lines(0, Along::from(c.attrs).dim));
    Ok(rows.program(&lines, &c.limits))
}

/// What is summed over a row, and an element of the slope.
const SOFTMAX_SLOPE: [&str; 2] = [
    "return alone(y[at] * g[at]);",
    "slope[at] = store(at, y[at] * (g[at] - r.x));",
];
const LOG_SOFTMAX_SLOPE: [&str; 2] = [
    "return alone(g[at]);",
    "slope[at] = store(at, g[at] - exp_f32(y[at]) * r.x);",
];

fn backward_program(c: &Context, [sum, element]: [&'static str; 2]) -> Result<GpuProgram> {
    need(c.op, c.dtype(1), DType::F32)?;
    let rows = Rows {
        second: sum.into(),
        element: element.into(),
        bindings: vec![
            Binding::read("g", Buffer::Input(0), "f32"),
            Binding::read("y", Buffer::Input(1), "f32"),
            Binding::write("slope", Buffer::Output(0), "f32"),
        ],
        ..Rows::default()
    };
    let lines = Lines::along(c.lines(1, Along::from(c.attrs).dim));
    Ok(rows.program(&lines, &c.limits))
}
