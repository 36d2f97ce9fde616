//! Batch normalisation by the statistics of the batch, and the running statistics that stand in for them later.

use crate::cpu::batch_norm::{PerChannel, PerChannelSlopes, backward, forward};
use crate::cpu::norm::Epsilon;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, need};
use crate::graph::{Arg, Tensor};
use crate::op::{Batch, Call, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::elementwise::arithmetic::{add, div, mul, rsqrt, sub};
use crate::ops::floats::{need_float, widened};
use crate::ops::graph::cast;
use crate::ops::nn::norm::group::per_channel;
use crate::ops::nn::norm::layer::check_parameters;
use crate::ops::nn::norm::program::{Normal, cotangent_and_x};
use crate::ops::nn::rows::{Lines, Rows};
use crate::ops::reduce;
use crate::shape::{Shape, show};
use crate::stream::record;
use smallvec::{SmallVec, smallvec};

const BATCH_NORM_PLAIN: Form = Form(|c| {
    let (x, dtype) = (widened(c.tensor(0))?, c.tensor(0).dtype());
    let moments = Moments::of(&x, c)?;
    let mut y = mul(&moments.centred, &moments.rstd)?;
    let PerChannel { weight, bias } = c.attrs.into();
    if weight {
        y = mul(y, per_channel(c.tensor(1), x.rank())?)?;
    }
    if bias {
        y = add(y, per_channel(c.tensor(1 + weight as usize), x.rank())?)?;
    }
    let flat = |t: &Tensor| crate::ops::shape::view::reshape(t, &[x.shape()[1]]);
    Ok(smallvec![
        cast::cast(&y, dtype)?,
        flat(&moments.mean)?,
        flat(&moments.variance)?
    ])
});

/// outputs: y, mean and biased variance of each channel.
/// inputs: x (N, C, ...), weight if there is one, bias if there is one. attrs: `PerChannel`; data: `Epsilon`
pub static BATCH_NORM: Op = Op {
    name: "batch_norm_train",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let channels: Shape = smallvec![r.shape(0)[1]];
        let statistic = (channels, r.dtype(0).compute_dtype());
        Ok(smallvec![
            (r.shape(0).into(), r.dtype(0)),
            statistic.clone(),
            statistic
        ])
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => forward::<T>(l))),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(vjp),
    jvp: Jvp::Plain(BATCH_NORM_PLAIN),
    batch: Batch::Plain(BATCH_NORM_PLAIN),
    donates: &[],
    plain: Plain::Form(BATCH_NORM_PLAIN),
    tests: NO_TESTS,
};

const BATCH_NORM_BACKWARD_PLAIN: Form = Form(backward_plain);

/// Cotangents of x and, if asked for, of weight and bias. The statistics are hints: the plain form computes them from x.
/// inputs: cotangent, x, mean, variance, weight if there is one. attrs: `PerChannelSlopes`; data: `Epsilon`
pub static BATCH_NORM_BACKWARD: Op = Op {
    name: "batch_norm_backward",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let dtype = r.dtype(1);
        let mut metas = smallvec![(r.shape(1).into(), dtype)];
        if PerChannelSlopes::from(r.attrs).parameters {
            let channels: Shape = smallvec![r.shape(1)[1]];
            metas.extend([(channels.clone(), dtype), (channels, dtype)]);
        }
        Ok(metas)
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => backward::<T>(l))),
    gpu: Gpu::Program(backward_program),
    vjp: Vjp::Plain(BATCH_NORM_BACKWARD_PLAIN),
    jvp: Jvp::Plain(BATCH_NORM_BACKWARD_PLAIN),
    batch: Batch::Plain(BATCH_NORM_BACKWARD_PLAIN),
    donates: &[],
    plain: Plain::Form(BATCH_NORM_BACKWARD_PLAIN),
    tests: NO_TESTS,
};

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "batch_norm_moments",
        signature: "(input: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05) \
                    -> tuple[Tensor, Tensor, Tensor]",
        doc: "`(x - mean) / sqrt(var + eps) * weight + bias` with mean and biased variance of each channel of (N, C, ...) \
              over everything else (Ioffe and Szegedy, 2015), and that mean and that variance. What `nn.functional.batch_norm` does while training.\n\n\
              >>> y, mean, var = ravine.batch_norm_moments(ravine.tensor([[0.0, 5.0], [2.0, 5.0]]))\n\
              >>> mean, var\n(tensor([1., 5.]), tensor([1., 0.]))\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            super::mixed(a, |a| {
                let (x, weight, bias) = (a.tensor(0)?, a.opt_tensor(1)?, a.opt_tensor(2)?);
                check("batch_norm", x, weight, bias)?;
                if x.numel() <= x.shape()[1] {
                    let text = format!(
                        "more than 1 value per channel is needed to train, the input has shape {}. Use eval() or a larger batch",
                        show(x.shape())
                    );
                    return Err(Error::value("batch_norm", text));
                }
                let attrs = smallvec![weight.is_some() as i64, bias.is_some() as i64];
                let args = [Some(x), weight, bias]
                    .into_iter()
                    .flatten()
                    .map(Arg::from)
                    .collect();
                let found = record(&BATCH_NORM, attrs, smallvec![Scalar::F64(a.float(3)?)], args)?;
                Ok(Outcome::Many(found.into_vec()))
            })
        },
    },
    Function {
        name: "batch_norm_fixed",
        signature: "(input: Tensor, mean: Tensor, var: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, \
                    eps: float = 1e-05) -> Tensor",
        doc: "`(x - mean) / sqrt(var + eps) * weight + bias` with a given mean and variance for each channel of \
              (N, C, ...). What `nn.functional.batch_norm` does in evaluation mode.\n\n\
              >>> ravine.batch_norm_fixed(ravine.ones(1, 2), ravine.zeros(2), ravine.tensor([1.0, 4.0]), eps=0.0)\n\
              tensor([[1.0000, 0.5000]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            super::mixed(a, |a| {
                let (x, mean, var) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?);
                let (weight, bias) = (a.opt_tensor(3)?, a.opt_tensor(4)?);
                check("batch_norm", x, weight, bias)?;
                let rank = x.rank();
                let mut scale = rsqrt(add(widened(var)?, a.float(5)?)?)?;
                if let Some(weight) = weight {
                    scale = mul(scale, weight)?;
                }
                let centred = sub(widened(x)?, per_channel(mean, rank)?)?;
                let mut y = mul(centred, per_channel(&scale, rank)?)?;
                if let Some(bias) = bias {
                    y = add(y, per_channel(bias, rank)?)?;
                }
                Ok(cast::cast(&y, x.dtype())?.into())
            })
        },
    },
    Function {
        name: "batch_norm_track_",
        signature: "(running_mean: Tensor, running_var: Tensor, mean: Tensor, var: Tensor, momentum: Tensor | float, \
                    count: int) -> None",
        doc: "`running = (1 - momentum) running + momentum new`, in place, for the mean and the unbiased variance \
              `var count / (count - 1)`, where `count` elements gave `mean` and the biased `var`.\n\n\
              >>> mean, var = ravine.zeros(1), ravine.ones(1)\n\
              >>> ravine.batch_norm_track_(mean, var, ravine.ones(1), ravine.ones(1), 0.5, 2)\n\
              >>> mean, var\n(tensor([0.5000]), tensor([1.5000]))\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 1]),
        call: |a| {
            let (momentum, count) = (a.arg(4)?, a.int(5)? as f64);
            let rest = match &momentum {
                Arg::Tensor(m) => Arg::from(sub(1.0, m)?),
                Arg::Scalar(m) => Arg::from(1.0 - m.as_f64()),
            };
            let moved = |running: &Tensor, new: Tensor| {
                let kept = mul(widened(running)?, &rest)?;
                cast::cast(&add(kept, mul(new, &momentum)?)?, running.dtype())
            };
            let unbiased = mul(a.tensor(3)?, count / (count - 1.0))?;
            Ok(Outcome::Many(vec![
                moved(a.tensor(0)?, a.tensor(2)?.clone())?,
                moved(a.tensor(1)?, unbiased)?,
            ]))
        },
    },
];

fn check(op: &'static str, x: &Tensor, weight: Option<&Tensor>, bias: Option<&Tensor>) -> Result<()> {
    need_float(op, x)?;
    if x.rank() < 2 {
        return Err(Error::rank(op, "input", "2 or more: (N, C, ...)", x.shape()));
    }
    check_parameters(op, x, "the channels are", &x.shape()[1..2], weight, bias)
}

fn vjp(c: &Call, g: &[Option<Tensor>], needs: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let mut grads: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
    if let Some(g) = &g[0] {
        let PerChannel { weight, bias } = c.attrs.into();
        let slopes = PerChannelSlopes {
            weight,
            parameters: needs[1..].contains(&true),
        };
        let mut args: SmallVec<[Arg; 3]> = smallvec![g.into(), c.tensor(0).into()];
        args.extend([Arg::from(&c.outputs[1]), Arg::from(&c.outputs[2])]);
        args.extend(weight.then(|| c.tensor(1).into()));
        let mut found = record(&BATCH_NORM_BACKWARD, slopes.encode(), c.data.clone(), args)?.into_iter();
        grads[0] = found.next();
        let (of_weight, of_bias) = (found.next(), found.next());
        if weight {
            grads[1] = of_weight;
        }
        if bias {
            grads[1 + weight as usize] = of_bias;
        }
    }
    let x = c.tensor(0);
    let share = |t: &Tensor, factor: f64| {
        let count = (x.numel() / x.shape()[1].max(1)) as f64;
        per_channel(&mul(t, factor / count)?, x.rank())
    };
    if let Some(of_mean) = &g[1] {
        let term = cast::cast(
            &crate::ops::shape::view::expand(&share(of_mean, 1.0)?, x.shape())?,
            x.dtype(),
        )?;
        grads[0] = Some(match &grads[0] {
            Some(slope) => add(slope, term)?,
            None => term,
        });
    }
    if let Some(of_variance) = &g[2] {
        let centred = sub(widened(x)?, per_channel(&c.outputs[1], x.rank())?)?;
        let term = cast::cast(&mul(centred, share(of_variance, 2.0)?)?, x.dtype())?;
        grads[0] = Some(match &grads[0] {
            Some(slope) => add(slope, term)?,
            None => term,
        });
    }
    Ok(grads)
}

/// Statistics of each channel, in shapes that broadcast against x.
struct Moments {
    centred: Tensor,
    mean: Tensor,
    variance: Tensor,
    rstd: Tensor,
    /// Elements of a channel.
    count: f64,
    over: SmallVec<[usize; 4]>,
}

impl Moments {
    fn of(x: &Tensor, c: &Call) -> Result<Moments> {
        let over: SmallVec<[usize; 4]> = (0..x.rank()).filter(|&d| d != 1).collect();
        let mean = reduce::mean(x, &over, true)?;
        let centred = sub(x, &mean)?;
        let variance = reduce::mean(&mul(&centred, &centred)?, &over, true)?;
        let rstd = rsqrt(add(&variance, Epsilon::from(c.data).eps)?)?;
        let count = over.iter().map(|&d| x.shape()[d]).product::<usize>() as f64;
        Ok(Moments {
            centred,
            mean,
            variance,
            rstd,
            count,
            over,
        })
    }
}

fn backward_plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (g, x, dtype) = (widened(c.tensor(0))?, widened(c.tensor(1))?, c.tensor(1).dtype());
    let moments = Moments::of(&x, c)?;
    let normal = mul(&moments.centred, &moments.rstd)?;
    let along = reduce::sum(&mul(&g, &normal)?, &moments.over, true)?;
    let level = reduce::sum(&g, &moments.over, true)?;
    let centred = sub(&g, div(&level, moments.count)?)?;
    let mut slope = mul(
        sub(centred, mul(&normal, div(&along, moments.count)?)?)?,
        &moments.rstd,
    )?;
    let PerChannelSlopes { weight, parameters } = c.attrs.into();
    if weight {
        slope = mul(slope, per_channel(c.tensor(4), x.rank())?)?;
    }
    let mut results = smallvec![cast::cast(&slope, dtype)?];
    if parameters {
        for sums in [along, level] {
            let flat = crate::ops::shape::view::reshape(&sums, &[x.shape()[1]])?;
            results.push(cast::cast(&flat, dtype)?);
        }
    }
    Ok(results)
}

fn program(c: &Context) -> Result<GpuProgram> {
    let (PerChannel { weight, bias }, Epsilon { eps }) = (c.attrs.into(), c.data.into());
    let normal = Normal {
        lines: Lines::channels(c.shape(0)),
        centre: true,
        eps,
        parameter: "row",
        own: vec![],
    };
    normal.forward(c, weight, bias, true)
}

/// First the sums over channels, then the slopes: in one pass there would be too many buffers.
fn backward_program(c: &Context) -> Result<GpuProgram> {
    need(c.op, c.dtype(1), DType::F32)?;
    let (PerChannelSlopes { weight, parameters }, Epsilon { eps }) = (c.attrs.into(), c.data.into());
    let lines = Lines::channels(c.shape(1));
    let [channels, _] = lines.extents();
    let mut program = GpuProgram {
        scratch: vec![channels * 16],
        ..GpuProgram::default()
    };
    let sums = Buffer::Scratch(0);

    let mut bindings = cotangent_and_x();
    bindings.extend([
        Binding::read("mean", Buffer::Input(2), "f32"),
        Binding::read("variance", Buffer::Input(3), "f32"),
        Binding::write("sums", sums, "vec4<f32>"),
    ]);
    let mut row_result = "sums[row] = r;".to_string();
    if parameters {
        bindings.push(Binding::write("of_weight", Buffer::Output(1), "f32"));
        bindings.push(Binding::write("of_bias", Buffer::Output(2), "f32"));
        row_result += "\n    of_weight[row] = r.z;\n    of_bias[row] = r.w;";
    }
    let fold = Rows {
        second: "return vec4<f32>(g[at] * (x[at] - mean[row]), g[at], 0.0, 0.0);".into(),
        numbers: "let rstd = inverseSqrt(variance[row] + own_f32(0u));
    return vec4<f32>(mean[row], rstd, b.x * rstd, b.y);",
        row_result,
        bindings,
        params: vec![(eps as f32).to_bits()],
        ..Rows::default()
    };
    fold.put_into(&mut program, &lines, &c.limits);

    let mut bindings = cotangent_and_x();
    bindings.push(Binding::read("sums", sums, "vec4<f32>"));
    bindings.push(Binding::write("slope", Buffer::Output(0), "f32"));
    let mut scale = "s.y".to_string();
    if weight {
        bindings.push(Binding::read("weight", Buffer::Input(4), "f32"));
        scale += " * weight[row]";
    }
    let slopes = Rows {
        element: format!(
            "let s = sums[row];
    let normal = (x[at] - s.x) * s.y;
    slope[at] = (g[at] - s.w / count() - normal * (s.z / count())) * ({scale});"
        ),
        bindings,
        ..Rows::default()
    };
    slopes.put_into(&mut program, &lines, &c.limits);
    Ok(program)
}
