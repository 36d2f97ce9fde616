//! Layer normalisation.

use crate::cpu::norm::{Epsilon, Normalised, NormalisedSlopes, backward, forward};
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Context, GpuProgram};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Form, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic::{add, mul, rsqrt, sub};
use crate::ops::floats::{need_float, widened};
use crate::ops::graph::cast;
use crate::ops::nn::norm::program::{Across, Normal};
use crate::ops::nn::rows::spliced;
use crate::ops::reduce;
use crate::ops::shape::view;
use crate::shape::{Shape, show};
use crate::stream::{record, record_one};
use smallvec::{SmallVec, smallvec};

const LAYER_NORM_PLAIN: Form = Form(|c| {
    let (x, dtype) = (widened(c.tensor(0))?, c.tensor(0).dtype());
    let (centred, rstd) = standardised(&x, Normalised::from(c.attrs).dims, Epsilon::from(c.data).eps)?;
    let mut y = mul(centred, rstd)?;
    if let Some(weight) = weight_of(c) {
        y = mul(y, weight)?;
    }
    if let Some(bias) = bias_of(c) {
        y = add(y, bias)?;
    }
    Ok(smallvec![cast::cast(&y, dtype)?])
});

/// inputs: x, weight if there is one, bias if there is one.
/// attrs: `Normalised`; data: `Epsilon`
pub static LAYER_NORM: Op = Op {
    name: "layer_norm",
    function: Some(Function {
        name: "layer_norm",
        signature: "(input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, \
                    bias: Tensor | None = None, eps: float = 1e-05) -> Tensor",
        doc: "`(x - mean) / sqrt(var + eps) * weight + bias` over the last dimensions, whose extents are \
              `normalized_shape` (Ba, Kiros and Hinton, 2016). `var` is the biased variance, from the squared distances \
              to the mean. `weight` and `bias` have the shape `normalized_shape`. The result has the input's shape and \
              dtype; float16 and bfloat16 are computed in float32. Raises an error when the shapes do not fit or the \
              dtypes differ.\n\n\
              >>> ravine.layer_norm(ravine.tensor([[0.0, 2.0], [5.0, 5.0]]), (2,))\n\
              tensor([[-1.0000,  1.0000],\n        [ 0.0000,  0.0000]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| {
            super::mixed(a, |a| {
                let x = a.tensor(0)?;
                let shape = crate::ops::create::size("layer_norm", &a.ints(1)?)?;
                let (weight, bias) = (a.opt_tensor(2)?, a.opt_tensor(3)?);
                check(a.function, x, &shape, weight, bias)?;
                Ok(layer_norm(x, shape.len(), weight, bias, a.float(4)?)?.into())
            })
        },
    }),
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => forward::<T>(l, true))),
    gpu: spliced(program, None),
    vjp: Vjp::Rule(vjp),
    jvp: Jvp::Plain(LAYER_NORM_PLAIN),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Form(LAYER_NORM_PLAIN),
    tests: Tests {
        reference: "layer_norm(input, normalized_shape, weight, bias, eps)",
        samples: &[
            "f(1), 1",
            "f(2, 3), (3,)",
            "f(2, 3), (3,), f(3), f(3)",
            "f(2, 3), (3,), f(3)",
            "f(2, 3), (3,), None, f(3)",
            "f(5, 2, 3), (2, 3), f(2, 3), f(2, 3), eps=0.1",
            "f(0, 3), (3,), f(3), f(3)",
            "f(70, 1100), (1100,), f(1100), f(1100)",
        ],
        accuracy: Accuracy::Sum(8.0),
        domain: (-3.0, 3.0),
    },
};

const LAYER_NORM_BACKWARD_PLAIN: Form = Form(backward_plain);

/// Cotangents of x and, if asked for, of weight and bias. The statistics are computed once more: that costs less
/// than keeping them, because the row is in the cache anyway.
/// inputs: cotangent, x, weight if there is one. attrs: `NormalisedSlopes`; data: `Epsilon`
pub static LAYER_NORM_BACKWARD: Op = Op {
    name: "layer_norm_backward",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let (shape, dtype) = (Shape::from_slice(r.shape(1)), r.dtype(1));
        let NormalisedSlopes { dims, parameters, .. } = r.attrs.into();
        let normalized = Shape::from_slice(&shape[shape.len() - dims..]);
        let mut metas = smallvec![(shape, dtype)];
        if parameters {
            metas.extend([(normalized.clone(), dtype), (normalized, dtype)]);
        }
        Ok(metas)
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => backward::<T>(l, true))),
    gpu: spliced(backward_program, None),
    vjp: Vjp::Plain(LAYER_NORM_BACKWARD_PLAIN),
    jvp: Jvp::Plain(LAYER_NORM_BACKWARD_PLAIN),
    batch: Batch::Plain(LAYER_NORM_BACKWARD_PLAIN),
    donates: &[],
    plain: Plain::Form(LAYER_NORM_BACKWARD_PLAIN),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(8.0),
        domain: (-3.0, 3.0),
    },
};

pub fn check(
    op: &'static str,
    x: &Tensor,
    normalized: &[usize],
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
) -> Result<()> {
    need_float(op, x)?;
    if normalized.is_empty() {
        return Err(Error::shape(
            op,
            "normalized_shape is empty; name at least one dimension",
        ));
    }
    if !x.shape().ends_with(normalized) {
        let text = format!(
            "the last dimensions of an input of shape {} are not normalized_shape {}. They must be equal",
            show(x.shape()),
            show(normalized)
        );
        return Err(Error::shape(op, text));
    }
    check_parameters(op, x, "normalized_shape is", normalized, weight, bias)
}

/// Weight and bias have that shape, of which errors speak as `what`, and the input's dtype.
pub fn check_parameters(
    op: &'static str,
    x: &Tensor,
    what: &str,
    shape: &[usize],
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
) -> Result<()> {
    for (name, parameter) in [("weight", weight), ("bias", bias)] {
        let Some(p) = parameter else { continue };
        if **p.shape() != *shape {
            let text = format!(
                "{name} has shape {}, {what} {}. They must be equal{}",
                show(p.shape()),
                show(shape),
                match shape {
                    [channels] if p.rank() == 1 && x.rank() > 2 && x.shape()[1] == *channels => {
                        Error::channels_last(x.shape(), p.shape()[0])
                    }
                    _ => String::new(),
                }
            );
            return Err(Error::shape(op, text));
        }
        if p.dtype() != x.dtype() {
            let text = format!(
                "the input is {}, {name} is {}. Convert one with .to(dtype)",
                x.dtype(),
                p.dtype()
            );
            return Err(Error::new(crate::error::Kind::DType, op, text));
        }
    }
    Ok(())
}

/// Over the last `dims` dimensions.
pub fn layer_norm(
    x: &Tensor,
    dims: usize,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<Tensor> {
    let normalised = Normalised {
        dims,
        weight: weight.is_some(),
        bias: bias.is_some(),
    };
    let args = [Some(x), weight, bias]
        .into_iter()
        .flatten()
        .map(Arg::from)
        .collect();
    record_one(&LAYER_NORM, normalised.encode(), Epsilon { eps }.encode(), args)
}

pub fn weight_of<'a>(c: &'a Call) -> Option<&'a Tensor> {
    Normalised::from(c.attrs).weight.then(|| c.tensor(1))
}
pub fn bias_of<'a>(c: &'a Call) -> Option<&'a Tensor> {
    let Normalised { weight, bias, .. } = c.attrs.into();
    bias.then(|| c.tensor(1 + weight as usize))
}

fn vjp(c: &Call, g: &[Option<Tensor>], needs: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let Some(g) = &g[0] else {
        return Ok(smallvec![None; c.inputs.len()]);
    };
    let Normalised { dims, weight, bias } = c.attrs.into();
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
    let mut found = record(&LAYER_NORM_BACKWARD, slopes.encode(), c.data.clone(), args)?.into_iter();
    let mut grads: SmallVec<[Option<Tensor>; 3]> = smallvec![found.next()];
    let (of_weight, of_bias) = (found.next(), found.next());
    if weight {
        grads.push(of_weight);
    }
    if bias {
        grads.push(of_bias);
    }
    Ok(grads)
}

/// The normalized dimensions are the last ones, so a batch dimension of x is one more row dimension.
fn batch(c: &Call, batched: &[bool], _: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let (Normalised { dims, weight, .. }, Epsilon { eps }) = (c.attrs.into(), c.data.into());
    if !batched[1..].contains(&true) {
        return Ok(smallvec![layer_norm(
            c.tensor(0),
            dims,
            weight_of(c),
            bias_of(c),
            eps
        )?]);
    }
    let x = c.tensor(0);
    let lead = x.rank() - batched[0] as usize - dims;
    let mut y = layer_norm(x, dims, None, None, eps)?;
    if let Some(weight) = weight_of(c) {
        y = mul(y, aligned(weight, batched[1], lead)?)?;
    }
    if let Some(bias) = bias_of(c) {
        y = add(y, aligned(bias, batched[1 + weight as usize], lead)?)?;
    }
    Ok(smallvec![y])
}

/// A batched parameter gets `lead` extents of 1 between its batch dimension and its own.
pub fn aligned(p: &Tensor, batched: bool, lead: usize) -> Result<Tensor> {
    let mut shape = p.shape().clone();
    if batched {
        shape.insert_many(1, std::iter::repeat_n(1, lead));
    }
    view::reshape(p, &shape)
}

/// The distance to the mean, and one over the standard deviation, over the last `dims` dimensions.
fn standardised(x: &Tensor, dims: usize, eps: f64) -> Result<(Tensor, Tensor)> {
    let over: SmallVec<[usize; 4]> = (x.rank() - dims..x.rank()).collect();
    let centred = sub(x, reduce::mean(x, &over, true)?)?;
    let variance = reduce::mean(&mul(&centred, &centred)?, &over, true)?;
    let rstd = rsqrt(add(variance, eps)?)?;
    Ok((centred, rstd))
}

fn backward_plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (g, x, dtype) = (widened(c.tensor(0))?, widened(c.tensor(1))?, c.tensor(1).dtype());
    let NormalisedSlopes {
        dims,
        weight,
        parameters,
    } = c.attrs.into();
    let lead: SmallVec<[usize; 4]> = (0..x.rank() - dims).collect();
    let over: SmallVec<[usize; 4]> = (x.rank() - dims..x.rank()).collect();
    let (centred, rstd) = standardised(&x, dims, Epsilon::from(c.data).eps)?;
    let normal = mul(centred, &rstd)?;
    let inner = if weight { mul(&g, c.tensor(2))? } else { g.clone() };
    let along = reduce::mean(&mul(&inner, &normal)?, &over, true)?;
    let level = reduce::mean(&inner, &over, true)?;
    let slope = mul(sub(sub(inner, level)?, mul(&normal, along)?)?, rstd)?;
    let mut results = smallvec![cast::cast(&slope, dtype)?];
    if parameters {
        // Without leading dimensions there is nothing to add up.
        let total = |t: &Tensor| {
            if lead.is_empty() {
                Ok(t.clone())
            } else {
                reduce::sum(t, &lead, false)
            }
        };
        results.push(cast::cast(&total(&mul(&g, normal)?)?, dtype)?);
        results.push(cast::cast(&total(&g)?, dtype)?);
    }
    Ok(results)
}

fn program(c: &Context) -> Result<GpuProgram> {
    let (Normalised { dims, weight, bias }, Epsilon { eps }) = (c.attrs.into(), c.data.into());
    Normal::last(c, 0, dims, true, eps).forward(c, weight, bias, false)
}

fn backward_program(c: &Context) -> Result<GpuProgram> {
    let NormalisedSlopes {
        dims,
        weight,
        parameters,
    } = c.attrs.into();
    let across = parameters.then(|| Across::last(c, dims));
    Normal::last(c, 1, dims, true, Epsilon::from(c.data).eps).backward(c, weight, across)
}
