//! Normalisation by the root mean square: layer normalisation without the mean.

use crate::cpu::norm::{Epsilon, Normalised, NormalisedSlopes, backward, forward};
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::{Context, GpuProgram};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Data, Form, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic::{add, mul, rsqrt, sub};
use crate::ops::floats::widened;
use crate::ops::graph::cast;
use crate::ops::nn::norm::layer::{aligned, check, weight_of};
use crate::ops::nn::norm::program::{Across, Normal};
use crate::ops::nn::rows::spliced;
use crate::ops::reduce;
use crate::shape::Shape;
use crate::stream::{record, record_one};
use smallvec::{SmallVec, smallvec};

const RMS_NORM_PLAIN: Form = Form(|c| {
    let (x, dtype) = (widened(c.tensor(0))?, c.tensor(0).dtype());
    let mut y = mul(&x, reciprocal(&x, Normalised::from(c.attrs).dims, c.data)?)?;
    if let Some(weight) = weight_of(c) {
        y = mul(y, weight)?;
    }
    Ok(smallvec![cast::cast(&y, dtype)?])
});

/// inputs: x, weight if there is one. attrs: `Normalised`; data: `Epsilon`
pub static RMS_NORM: Op = Op {
    name: "rms_norm",
    function: Some(Function {
        name: "rms_norm",
        signature: "(input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, \
                    eps: float | None = None) -> Tensor",
        doc: "`x / sqrt(mean(x^2) + eps) * weight` over the last dimensions, whose extents are `normalized_shape` (Zhang \
              and Sennrich, 2019). `weight` has the shape `normalized_shape`; `eps` is the dtype's machine epsilon unless \
              given. The result has the input's shape and dtype; float16 and bfloat16 are computed in float32. Raises an \
              error when the shapes do not fit or the dtypes differ.\n\n\
              >>> ravine.rms_norm(ravine.tensor([[3.0, 4.0]]), (2,))\ntensor([[0.8485, 1.1314]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| {
            super::mixed(a, |a| {
                let x = a.tensor(0)?;
                let shape = crate::ops::create::size("rms_norm", &a.ints(1)?)?;
                let weight = a.opt_tensor(2)?;
                check(a.function, x, &shape, weight, None)?;
                let eps = if a.is_none(3) {
                    epsilon(x.dtype())
                } else {
                    a.float(3)?
                };
                Ok(rms_norm(x, shape.len(), weight, eps)?.into())
            })
        },
    }),
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => forward::<T>(l, false))),
    gpu: spliced(program, None),
    vjp: Vjp::Rule(vjp),
    jvp: Jvp::Plain(RMS_NORM_PLAIN),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Form(RMS_NORM_PLAIN),
    tests: Tests {
        reference: "rms_norm(input, normalized_shape, weight, eps)",
        samples: &[
            "f(1), 1, eps=1e-5",
            "f(2, 3), (3,), eps=1e-5",
            "f(2, 3), (3,), f(3), 1e-5",
            "f(5, 2, 3), (2, 3), f(2, 3), eps=0.1",
            "f(0, 3), (3,), f(3)",
            "f(7, 96), (96,), f(96), eps=1e-5",
            "f(70, 1100), (1100,), f(1100), eps=1e-5",
        ],
        accuracy: Accuracy::Sum(8.0),
        domain: (-3.0, 3.0),
    },
};

const RMS_NORM_BACKWARD_PLAIN: Form = Form(backward_plain);

/// Cotangents of x and, if asked for, of weight. The root mean square is computed once more.
/// inputs: cotangent, x, weight if there is one. attrs: `NormalisedSlopes`; data: `Epsilon`
pub static RMS_NORM_BACKWARD: Op = Op {
    name: "rms_norm_backward",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let (shape, dtype) = (Shape::from_slice(r.shape(1)), r.dtype(1));
        let NormalisedSlopes { dims, parameters, .. } = r.attrs.into();
        let normalized = Shape::from_slice(&shape[shape.len() - dims..]);
        let mut metas = smallvec![(shape, dtype)];
        if parameters {
            metas.push((normalized, dtype));
        }
        Ok(metas)
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => backward::<T>(l, false))),
    gpu: spliced(backward_program, None),
    vjp: Vjp::Plain(RMS_NORM_BACKWARD_PLAIN),
    jvp: Jvp::Plain(RMS_NORM_BACKWARD_PLAIN),
    batch: Batch::Plain(RMS_NORM_BACKWARD_PLAIN),
    donates: &[],
    plain: Plain::Form(RMS_NORM_BACKWARD_PLAIN),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(8.0),
        domain: (-3.0, 3.0),
    },
};

/// The distance from 1 to the next number.
fn epsilon(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => 2f64.powi(-10),
        DType::BF16 => 2f64.powi(-7),
        DType::F32 => f32::EPSILON as f64,
        DType::F64 => f64::EPSILON,
        DType::Bool | DType::U8 | DType::I8 | DType::I16 | DType::I32 | DType::I64 => {
            unreachable!("the mean of squares is a float's")
        }
    }
}

/// Over the last `dims` dimensions.
pub fn rms_norm(x: &Tensor, dims: usize, weight: Option<&Tensor>, eps: f64) -> Result<Tensor> {
    let normalised = Normalised {
        dims,
        weight: weight.is_some(),
        bias: false,
    };
    let args = [Some(x), weight].into_iter().flatten().map(Arg::from).collect();
    record_one(&RMS_NORM, normalised.encode(), Epsilon { eps }.encode(), args)
}

fn vjp(c: &Call, g: &[Option<Tensor>], needs: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let Some(g) = &g[0] else {
        return Ok(smallvec![None; c.inputs.len()]);
    };
    let Normalised { dims, weight, .. } = c.attrs.into();
    let slopes = NormalisedSlopes {
        dims,
        weight,
        parameters: needs[1..].contains(&true),
    };
    let args = [Some(g), Some(c.tensor(0)), weight_of(c)]
        .into_iter()
        .flatten()
        .map(Arg::from)
        .collect();
    let mut found = record(&RMS_NORM_BACKWARD, slopes.encode(), c.data.clone(), args)?.into_iter();
    let mut grads: SmallVec<[Option<Tensor>; 3]> = smallvec![found.next()];
    if weight {
        grads.push(found.next());
    }
    Ok(grads)
}

/// The normalized dimensions are the last ones, so a batch dimension of x is one more row dimension.
fn batch(c: &Call, batched: &[bool], _: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let (x, Normalised { dims, .. }, Epsilon { eps }) = (c.tensor(0), c.attrs.into(), c.data.into());
    match weight_of(c) {
        Some(weight) if batched[1] => {
            let lead = x.rank() - batched[0] as usize - dims;
            Ok(smallvec![mul(
                rms_norm(x, dims, None, eps)?,
                aligned(weight, true, lead)?
            )?])
        }
        weight => Ok(smallvec![rms_norm(x, dims, weight, eps)?]),
    }
}

/// One over the root mean square, over the last dimensions.
fn reciprocal(x: &Tensor, dims: usize, data: &Data) -> Result<Tensor> {
    let over: SmallVec<[usize; 4]> = (x.rank() - dims..x.rank()).collect();
    rsqrt(add(
        reduce::mean(&mul(x, x)?, &over, true)?,
        Epsilon::from(data).eps,
    )?)
}

fn backward_plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (g, x, dtype) = (widened(c.tensor(0))?, widened(c.tensor(1))?, c.tensor(1).dtype());
    let NormalisedSlopes {
        dims,
        weight,
        parameters,
    } = c.attrs.into();
    let lead = x.rank() - dims;
    let over: SmallVec<[usize; 4]> = (lead..x.rank()).collect();
    let scale = reciprocal(&x, dims, c.data)?;
    let normal = mul(&x, &scale)?;
    let inner = if weight { mul(&g, c.tensor(2))? } else { g.clone() };
    let along = reduce::mean(&mul(&inner, &normal)?, &over, true)?;
    let slope = mul(sub(inner, mul(&normal, along)?)?, scale)?;
    let mut results = smallvec![cast::cast(&slope, dtype)?];
    if parameters {
        let lead: SmallVec<[usize; 4]> = (0..lead).collect();
        let terms = mul(&g, normal)?;
        // Without leading dimensions there is nothing to add up.
        let total = if lead.is_empty() {
            terms
        } else {
            reduce::sum(&terms, &lead, false)?
        };
        results.push(cast::cast(&total, dtype)?);
    }
    Ok(results)
}

fn program(c: &Context) -> Result<GpuProgram> {
    let (Normalised { dims, weight, bias }, Epsilon { eps }) = (c.attrs.into(), c.data.into());
    Normal::last(c, 0, dims, false, eps).forward(c, weight, bias, false)
}

fn backward_program(c: &Context) -> Result<GpuProgram> {
    let NormalisedSlopes {
        dims,
        weight,
        parameters,
    } = c.attrs.into();
    let across = parameters.then(|| Across::last(c, dims));
    Normal::last(c, 1, dims, false, Epsilon::from(c.data).eps).backward(c, weight, across)
}
