//! Group normalisation, of which instance normalisation is the case of one channel a group.

use crate::cpu::group_norm::{Grouped, GroupedSlopes, backward, forward};
use crate::cpu::norm::Epsilon;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Context, GpuProgram};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Data, Form, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic::{add, mul, rsqrt, sub};
use crate::ops::floats::{need_float, widened};
use crate::ops::graph::cast;
use crate::ops::nn::norm::layer::check_parameters;
use crate::ops::nn::norm::program::{Across, Normal};
use crate::ops::nn::rows::{Lines, spliced};
use crate::ops::reduce;
use crate::ops::shape::view;
use crate::shape::{Shape, numel};
use crate::stream::{record, record_one};
use smallvec::{SmallVec, smallvec};

const GROUP_NORM_PLAIN: Form = Form(|c| {
    let dtype = c.tensor(0).dtype();
    let (normal, _) = standardised(c.tensor(0), Grouped::from(c.attrs).groups, c.data)?;
    let mut y = normal;
    if let Some(weight) = weight_of(c) {
        y = mul(&y, per_channel(weight, y.rank())?)?;
    }
    if let Some(bias) = bias_of(c) {
        y = add(&y, per_channel(bias, y.rank())?)?;
    }
    Ok(smallvec![cast::cast(&y, dtype)?])
});

/// inputs: x (N, C, ...), weight if there is one, bias if there is one. attrs: `Grouped`; data: `Epsilon`
pub static GROUP_NORM: Op = Op {
    name: "group_norm",
    function: Some(Function {
        name: "group_norm",
        signature: "(input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, \
                    eps: float = 1e-05) -> Tensor",
        doc: "`(x - mean) / sqrt(var + eps) * weight + bias`, with mean and biased variance over each of `num_groups` \
              groups of channels of each sample (Wu and He, 2018). `input` has shape (N, C, ...), `weight` and `bias` \
              (C,). The result has the input's shape and dtype; float16 and bfloat16 are computed in float32. Raises an \
              error when C is no multiple of `num_groups`, shapes do not fit or dtypes differ.\n\n\
              >>> ravine.group_norm(ravine.tensor([[0.0, 2.0, 5.0, 5.0]]), 2)\n\
              tensor([[-1.0000,  1.0000,  0.0000,  0.0000]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| {
            super::mixed(a, |a| {
                let (x, groups) = (a.tensor(0)?, a.int(1)?);
                let (weight, bias) = (a.opt_tensor(2)?, a.opt_tensor(3)?);
                let op = a.function;
                need_float(op, x)?;
                if x.rank() < 2 {
                    return Err(Error::rank(op, "input", "2 or more: (N, C, ...)", x.shape()));
                }
                let channels = x.shape()[1];
                check_parameters(op, x, "the channels are", &[channels], weight, bias)?;
                if groups <= 0 || channels % groups as usize != 0 {
                    let text =
                        format!("{channels} channels cannot be cut into {groups} groups of the same size");
                    return Err(Error::value(op, text));
                }
                Ok(group_norm(x, groups as usize, weight, bias, a.float(4)?)?.into())
            })
        },
    }),
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => forward::<T>(l))),
    gpu: spliced(program, None),
    vjp: Vjp::Rule(vjp),
    jvp: Jvp::Plain(GROUP_NORM_PLAIN),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Form(GROUP_NORM_PLAIN),
    tests: Tests {
        reference: "group_norm(input, num_groups, weight, bias, eps)",
        samples: &[
            "f(2, 4), 2, eps=0.1",
            "f(2, 4, 3), 2, f(4), f(4)",
            "f(2, 6, 3, 2), 3, f(6), None, 0.1",
            "f(2, 6, 5), 6, None, f(6)",
            "f(3, 2, 7), 1, f(2), f(2)",
            "f(0, 4, 3), 2, f(4), f(4)",
            "f(2, 4, 33, 17), 2, f(4), f(4)",
        ],
        accuracy: Accuracy::Sum(8.0),
        domain: (-3.0, 3.0),
    },
};

const GROUP_NORM_BACKWARD_PLAIN: Form = Form(backward_plain);

/// Cotangents of x and, if asked for, of weight and bias. The statistics are computed once more.
/// inputs: cotangent, x, weight if there is one. attrs: `GroupedSlopes`; data: `Epsilon`
pub static GROUP_NORM_BACKWARD: Op = Op {
    name: "group_norm_backward",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let dtype = r.dtype(1);
        let mut metas = smallvec![(r.shape(1).into(), dtype)];
        if GroupedSlopes::from(r.attrs).parameters {
            let channels: Shape = smallvec![r.shape(1)[1]];
            metas.extend([(channels.clone(), dtype), (channels, dtype)]);
        }
        Ok(metas)
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => backward::<T>(l))),
    gpu: spliced(backward_program, None),
    vjp: Vjp::Plain(GROUP_NORM_BACKWARD_PLAIN),
    jvp: Jvp::Plain(GROUP_NORM_BACKWARD_PLAIN),
    batch: Batch::Plain(GROUP_NORM_BACKWARD_PLAIN),
    donates: &[],
    plain: Plain::Form(GROUP_NORM_BACKWARD_PLAIN),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(8.0),
        domain: (-3.0, 3.0),
    },
};

pub fn group_norm(
    x: &Tensor,
    groups: usize,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<Tensor> {
    let grouped = Grouped {
        groups,
        weight: weight.is_some(),
        bias: bias.is_some(),
    };
    let args = [Some(x), weight, bias]
        .into_iter()
        .flatten()
        .map(Arg::from)
        .collect();
    record_one(&GROUP_NORM, grouped.encode(), Epsilon { eps }.encode(), args)
}

fn weight_of<'a>(c: &'a Call) -> Option<&'a Tensor> {
    Grouped::from(c.attrs).weight.then(|| c.tensor(1))
}
fn bias_of<'a>(c: &'a Call) -> Option<&'a Tensor> {
    let Grouped { weight, bias, .. } = c.attrs.into();
    bias.then(|| c.tensor(1 + weight as usize))
}

/// A vector over the channels, so that it broadcasts against (N, C, ...).
pub fn per_channel(p: &Tensor, rank: usize) -> Result<Tensor> {
    let mut shape: Shape = smallvec![1; rank - 1];
    shape[0] = p.numel();
    view::reshape(p, &shape)
}

fn vjp(c: &Call, g: &[Option<Tensor>], needs: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let Some(g) = &g[0] else {
        return Ok(smallvec![None; c.inputs.len()]);
    };
    let Grouped { groups, weight, bias } = c.attrs.into();
    let slopes = GroupedSlopes {
        groups,
        weight,
        parameters: needs[1..].contains(&true),
    };
    let args = [Some(g), Some(c.tensor(0)), weight_of(c)]
        .into_iter()
        .flatten()
        .map(Arg::from)
        .collect();
    let mut found = record(&GROUP_NORM_BACKWARD, slopes.encode(), c.data.clone(), args)?.into_iter();
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

/// Samples are independent, so a batch of them is more samples. Batched parameters are applied afterwards.
fn batch(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let (Grouped { groups, weight, .. }, Epsilon { eps }) = (c.attrs.into(), c.data.into());
    let x = c.tensor(0);
    let over_samples = |weight: Option<&Tensor>, bias: Option<&Tensor>| {
        if !batched[0] {
            return group_norm(x, groups, weight, bias, eps);
        }
        let mut merged = Shape::from_slice(&x.shape()[1..]);
        merged[0] *= size;
        let y = group_norm(&view::reshape(x, &merged)?, groups, weight, bias, eps)?;
        view::reshape(&y, x.shape())
    };
    if !batched[1..].contains(&true) {
        return Ok(smallvec![over_samples(weight_of(c), bias_of(c))?]);
    }
    let mut y = over_samples(None, None)?;
    let rank = x.rank() - batched[0] as usize;
    let aligned = |p: &Tensor, is_batched: bool| {
        if !is_batched {
            return per_channel(p, rank);
        }
        let mut shape: Shape = smallvec![1; rank + 1];
        (shape[0], shape[2]) = (p.shape()[0], p.shape()[1]);
        view::reshape(p, &shape)
    };
    if let Some(weight) = weight_of(c) {
        y = mul(y, aligned(weight, batched[1])?)?;
    }
    if let Some(bias) = bias_of(c) {
        y = add(y, aligned(bias, batched[1 + weight as usize])?)?;
    }
    Ok(smallvec![y])
}

/// The normalised input in its own shape, and one over the standard deviation of each row (N, groups, 1).
fn standardised(x: &Tensor, groups: usize, data: &Data) -> Result<(Tensor, Tensor)> {
    let x = widened(x)?;
    let rows = view::reshape(&x, &rows_shape(x.shape(), groups))?;
    let centred = sub(&rows, reduce::mean(&rows, &[2], true)?)?;
    let variance = reduce::mean(&mul(&centred, &centred)?, &[2], true)?;
    let rstd = rsqrt(add(variance, Epsilon::from(data).eps)?)?;
    let normal = view::reshape(&mul(centred, &rstd)?, x.shape())?;
    Ok((normal, rstd))
}

fn rows_shape(shape: &[usize], groups: usize) -> Shape {
    smallvec![shape[0], groups, numel(&shape[1..]) / groups]
}

fn backward_plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (g, dtype) = (widened(c.tensor(0))?, c.tensor(1).dtype());
    let GroupedSlopes {
        groups,
        weight,
        parameters,
    } = c.attrs.into();
    let (normal, rstd) = standardised(c.tensor(1), groups, c.data)?;
    let inner = if weight {
        mul(&g, per_channel(c.tensor(2), g.rank())?)?
    } else {
        g.clone()
    };
    let shape = rows_shape(g.shape(), groups);
    let (inner, rows) = (view::reshape(&inner, &shape)?, view::reshape(&normal, &shape)?);
    let along = reduce::mean(&mul(&inner, &rows)?, &[2], true)?;
    let level = reduce::mean(&inner, &[2], true)?;
    let slope = mul(sub(sub(inner, level)?, mul(&rows, along)?)?, rstd)?;
    let mut results = smallvec![cast::cast(&view::reshape(&slope, g.shape())?, dtype)?];
    if parameters {
        let over: SmallVec<[usize; 4]> = (0..g.rank()).filter(|&d| d != 1).collect();
        for terms in [mul(&g, normal)?, g] {
            results.push(cast::cast(&reduce::sum(&terms, &over, false)?, dtype)?);
        }
    }
    Ok(results)
}

fn program(c: &Context) -> Result<GpuProgram> {
    let (Grouped { groups, weight, bias }, Epsilon { eps }) = (c.attrs.into(), c.data.into());
    normal(c.shape(0), groups, eps).forward(c, weight, bias, false)
}

fn backward_program(c: &Context) -> Result<GpuProgram> {
    let (slopes, Epsilon { eps }) = (GroupedSlopes::from(c.attrs), c.data.into());
    let (shape, groups) = (c.shape(1), slopes.groups);
    let (width, segment) = extents(shape, groups);
    let across = slopes.parameters.then(|| Across {
        lines: Lines::channels(shape),
        row: "i / own(0u) * own(1u) + row / own(2u)",
        own: [segment, groups, width].map(|x| x as u32).to_vec(),
    });
    normal(shape, groups, eps).backward(c, slopes.weight, across)
}

/// A group of a sample is a row.
fn normal(shape: &[usize], groups: usize, eps: f64) -> Normal {
    let (width, segment) = extents(shape, groups);
    Normal {
        lines: Lines::dense(shape[0] * groups, numel(&shape[1..]) / groups),
        centre: true,
        eps,
        parameter: "row % own(1u) * own(2u) + i / own(3u)",
        own: [groups, width, segment].map(|x| x as u32).to_vec(),
    }
}

/// Channels of a group, and elements of a channel; not 0, because shaders divide by them.
fn extents(shape: &[usize], groups: usize) -> (usize, usize) {
    ((shape[1] / groups).max(1), numel(&shape[2..]).max(1))
}
