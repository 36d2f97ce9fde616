//! Random numbers with a parameter for each element: gamma, Poisson, binomial, von Mises.
//!
//! A draw takes 64 random bits for each element, its key; the rest is a function of parameters and keys, an op like any
//! other. So derivatives, batching and `randomness` of `vmap` need no rule of their own.

use crate::cpu::gamma::quantile_slope;
use crate::cpu::samplers::{self as kernels, each};
use crate::dtype::{Compute, DType};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, need};
use crate::graph::{Arg, Tensor};
use crate::op::{Batch, Class, Cpu, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::create::random::integers;
use crate::ops::elementwise;
use crate::ops::elementwise::arithmetic::{div, mul};
use crate::ops::elementwise::within::{Argument, within};
use crate::ops::elementwise::{Rule, apply, broadcast_shape, common_dtype, meta_same};
use crate::ops::floats::{need_float, widened};
use crate::ops::graph::cast::cast;
use crate::ops::graph::identity::detach;
use crate::ops::reduce;
use crate::ops::shape::view::expand;
use crate::shape::{broadcast, numel};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::smallvec;

/// A record whose inputs are parameters, floats of one dtype, and keys.
macro_rules! sampler {
    ($(#[doc = $doc:literal])+ $static:ident, $name:literal, $kernel:path, $parameters:literal, $function:expr, $vjp:expr, $jvp:expr) => {
        $(#[doc = $doc])+
        pub static $static: Op = Op {
            name: $name,
            function: Some($function),
            class: Class::Structured,
            meta: |r| Ok(smallvec![(broadcast_shape(r)?, r.dtype(0))]),
            cpu: Cpu::Kernel(|l: &mut Launch| {
                let mut parameters = Vec::new();
                for i in 0..=$parameters {
                    parameters.push(l.dense(i)?);
                }
                let keys = &parameters[$parameters];
                dispatch_float!(l.outputs[0].dtype, T => each::<T, $parameters>(
                    std::array::from_fn(|i| &parameters[i]),
                    keys,
                    &mut l.outputs[0],
                    $kernel,
                ));
                Ok(())
            }),
            gpu: Gpu::Program(|c| program(c, $name, $parameters)),
            vjp: $vjp,
            jvp: $jvp,
            // Parameters and keys have one shape.
            batch: Batch::Rule(|c, batched, size| {
                let shape: Vec<usize> = (c.inputs.iter().zip(batched))
                    .find(|(_, batched)| **batched)
                    .map_or_else(|| std::iter::once(size).collect(), |(input, _)| input.shape().to_vec());
                let inputs = (c.inputs.iter())
                    .map(|input| match input {
                        Arg::Tensor(t) => Ok(Arg::Tensor(expand(t, &shape)?)),
                        Arg::Scalar(_) => Ok(input.clone()),
                    })
                    .collect::<Result<_>>()?;
                Ok(smallvec![record_one(c.op, c.attrs.clone(), c.data.clone(), inputs)?])
            }),
            donates: &[],
            plain: Plain::Primitive("random numbers: SciPy's distributions are the oracle"),
            tests: NO_TESTS,
        };
    };
}

sampler!(
    /// Gamma of scale 1. The derivative by the shape is that of the quantile which the number is.
    GAMMA,
    "standard_gamma",
    kernels::gamma,
    1,
    Function {
        name: "_standard_gamma",
        signature: "(input: Tensor, *, generator: Generator | None = None) -> Tensor",
        doc: "Random numbers from gamma distributions of scale 1 and the shapes that `input` holds, above 0, by the method \
              of Marsaglia and Tsang (2000). The gradient by the shape is that of the quantile which the number is (Figurnov, \
              Mohamed and Mnih, 2018); it has no derivative of its own.\n\n\
              >>> bool((ravine._standard_gamma(ravine.ones(3)) > 0).all())\nTrue\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| a.widened(|a| Ok(gamma(need_float(a.function, a.tensor(0)?)?)?.into())),
    },
    Vjp::Elementwise(|c, _, t| mul(t, slope(c.tensor(0), &c.outputs[0])?)),
    Jvp::Elementwise
);

sampler!(
    /// Poisson.
    POISSON,
    "poisson",
    kernels::poisson,
    1,
    Function {
        name: "poisson",
        signature: "(input: Tensor, *, generator: Generator | None = None) -> Tensor",
        doc: "Random numbers from Poisson distributions with the means that `input` holds, in its dtype, a floating one: by \
              inversion below a mean of 10, else by the method of Hörmann (1993). The result has no gradient.\n\n\
              Raises ValueError if a mean is negative.\n\n\
              >>> ravine.poisson(ravine.zeros(2))\ntensor([0., 0.])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let rate = within(need_float(a.function, a.tensor(0)?)?, Argument::PoissonRate)?;
            counted(a, &POISSON, &[&rate])
        },
    },
    Vjp::Constant,
    Jvp::Constant
);

sampler!(
    /// Binomial.
    BINOMIAL,
    "binomial",
    kernels::binomial,
    2,
    Function {
        name: "binomial",
        signature: "(count: Tensor, prob: Tensor, *, generator: Generator | None = None) -> Tensor",
        doc: "How many of `count` trials succeed, each with probability `prob`: floating tensors that broadcast together, of \
              whole numbers and of probabilities. By inversion below a mean of 10, else by the method of Hörmann (1993). The \
              result has no gradient.\n\n\
              Raises ValueError if a count is negative, or a probability not in [0, 1].\n\n\
              >>> ravine.binomial(ravine.tensor([3.0, 3.0]), ravine.tensor([0.0, 1.0]))\ntensor([0., 3.])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let count = within(need_float(a.function, a.tensor(0)?)?, Argument::BinomialCount)?;
            let prob = within(need_float(a.function, a.tensor(1)?)?, Argument::BinomialProb)?;
            counted(a, &BINOMIAL, &[&count, &prob])
        },
    },
    Vjp::Constant,
    Jvp::Constant
);

sampler!(
    /// Von Mises.
    VON_MISES,
    "standard_von_mises",
    kernels::von_mises,
    1,
    Function {
        name: "_standard_von_mises",
        signature: "(input: Tensor, *, generator: Generator | None = None) -> Tensor",
        doc: "Random angles from von Mises distributions of mean 0 and the concentrations that `input` holds, 0 or more, from \
              -pi to pi, by the method of Best and Fisher (1979). The result has no gradient.\n\n\
              >>> bool((ravine._standard_von_mises(ravine.ones(3)).abs() < 3.1416).all())\nTrue\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| counted(a, &VON_MISES, &[need_float(a.function, a.tensor(0)?)?]),
    },
    Vjp::Constant,
    Jvp::Constant
);

const SECOND: &str = "the derivative of a gamma number by its shape is not differentiated again";

/// The derivative of a gamma number by its shape.
pub static SLOPE: Op = Op {
    name: "standard_gamma_grad",
    function: Some(Function {
        name: "_standard_gamma_grad",
        signature: "(input: Tensor, output: Tensor) -> Tensor",
        doc: "The derivative of `output`, numbers from gamma distributions of scale 1, by `input`, their shapes: \
              `-(dP/dinput) / (dP/doutput)` with the regularised incomplete gamma function P (Figurnov, Mohamed and Mnih, \
              2018). Its relative error is below 1e-12 for shapes up to 10,000 and below 1e-6 beyond for \
              numbers that are drawn, in float64; it has no derivative.\n\n\
              >>> ravine._standard_gamma_grad(ravine.tensor(1.0), ravine.tensor(1.0))\ntensor(1.1736)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(apply(&SLOPE, Rule::Float, smallvec![a.arg(0)?, a.arg(1)?])?.into()),
    }),
    class: Class::Elementwise,
    meta: meta_same,
    cpu: Cpu::Tile(|compute, _| match compute {
        Compute::F32 => Some(crate::tile_kernel!(|a: f32, x: f32| -> f32 {
            quantile_slope(f64::from(a), f64::from(x)) as f32
        })),
        Compute::F64 => Some(crate::tile_kernel!(|a: f64, x: f64| -> f64 {
            quantile_slope(a, x)
        })),
        Compute::U8 | Compute::I32 | Compute::I64 => None,
    }),
    gpu: Gpu::Expression("quantile_slope_f32(x, y)"),
    vjp: Vjp::Never(SECOND),
    jvp: Jvp::Never(SECOND),
    batch: Batch::Rule(elementwise::batch),
    donates: &[],
    plain: Plain::Primitive("finite differences of quantiles are the oracle"),
    tests: NO_TESTS,
};

fn slope(alpha: &Tensor, sample: &Tensor) -> Result<Tensor> {
    apply(&SLOPE, Rule::Float, smallvec![alpha.into(), sample.into()])
}

pub static FUNCTIONS: &[Function] = &[Function {
    name: "_sample_dirichlet",
    signature: "(input: Tensor, *, generator: Generator | None = None) -> Tensor",
    doc: "Random points of Dirichlet distributions, whose concentrations are the last dimension of `input`: gamma numbers over \
          their sum.\n\n\
          >>> ravine._sample_dirichlet(ravine.ones(1))\ntensor([1.])\n",
    places: Places::TOP,
    effect: Effect::Pure,
    call: |a| {
        a.widened(|a| {
            let x = need_float(a.function, a.tensor(0)?)?;
            if x.rank() == 0 {
                return Err(Error::rank(a.function, "input", "1 or more", x.shape()));
            }
            let drawn = gamma(x)?;
            Ok(div(&drawn, reduce::sum(&drawn, &[x.rank() - 1], true)?)?.into())
        })
    },
}];

/// Above 0 even where the number itself would vanish.
fn gamma(alpha: &Tensor) -> Result<Tensor> {
    drawn("_standard_gamma", &GAMMA, &[alpha])
}

/// Whole numbers and angles: constant to autograd, drawn in float32 where the parameters are narrower.
fn counted(a: &Args, op: &'static Op, parameters: &[&Tensor]) -> Result<Outcome> {
    let own: Vec<Arg> = parameters.iter().map(|&t| t.into()).collect();
    let dtype = common_dtype(&own);
    let parameters = (parameters.iter())
        .map(|t| cast(&detach(t)?, dtype.compute_dtype()))
        .collect::<Result<Vec<_>>>()?;
    let result = drawn(a.function, op, &parameters.iter().collect::<Vec<_>>())?;
    Ok(cast(&result, dtype)?.into())
}

fn drawn(function: &'static str, op: &'static Op, parameters: &[&Tensor]) -> Result<Tensor> {
    let mut shape = parameters[0].shape().clone();
    for other in &parameters[1..] {
        shape = broadcast(&shape, other.shape())
            .ok_or_else(|| Error::broadcast(function, &shape, other.shape()))?;
    }
    let keys = integers(function, i64::MIN, i64::MAX, &shape, DType::I64)?;
    let mut inputs = (parameters.iter())
        .map(|t| Ok(Arg::Tensor(expand(&widened(t)?, &shape)?)))
        .collect::<Result<smallvec::SmallVec<[Arg; 3]>>>()?;
    inputs.push(keys.into());
    record_one(op, smallvec![], smallvec![], inputs)
}

/// A thread per element.
fn program(c: &Context, name: &str, parameters: usize) -> Result<GpuProgram> {
    for i in 0..parameters {
        need(c.op, c.dtype(i), DType::F32)?;
    }
    let n = numel(c.shape(0));
    let names = ["a", "b"];
    let mut bindings: Vec<Binding> = (0..parameters)
        .map(|i| Binding::read(names[i], Buffer::Input(i), "f32"))
        .collect();
    bindings.push(Binding::read("keys", Buffer::Input(parameters), "vec2<u32>"));
    bindings.push(Binding::write("y", Buffer::Output(0), "f32"));
    let arguments: Vec<String> = names[..parameters].iter().map(|x| format!("{x}[i]")).collect();
    let mut pass = c.over_elements("create/samplers.wgsl", n, bindings, vec![n as u32]);
    pass.defines
        .push(("SAMPLE", format!("{name}_of({}, keys[i])", arguments.join(", "))));
    Ok(GpuProgram {
        passes: vec![pass],
        ..GpuProgram::default()
    })
}
