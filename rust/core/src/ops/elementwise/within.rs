//! Values that must lie in a range: checked at the call where they are known, else by a record that hands them on, whose
//! error is raised when a result is looked at.

use crate::array::Array;
use crate::cpu::bounds::ends;
use crate::error::{Error, Result};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, Pass, What, kind};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::shape::numel;
use crate::stream::{peek, record_one};
use crate::work::Launch;
use smallvec::smallvec;

struct Limit {
    op: &'static str,
    argument: &'static str,
    range: (f64, f64),
    advice: &'static str,
}

/// The arguments that are checked, in the order of `Argument`.
static LIMITS: [Limit; 8] = [
    Limit {
        op: "binary_cross_entropy",
        argument: "input",
        range: (0.0, 1.0),
        advice: "Probabilities lie in [0, 1]: apply sigmoid, or use binary_cross_entropy_with_logits",
    },
    Limit {
        op: "binary_cross_entropy",
        argument: "target",
        range: (0.0, 1.0),
        advice: "Targets lie in [0, 1]: 0, 1, or the probability of 1",
    },
    Limit {
        op: "bernoulli",
        argument: "the tensor of probabilities",
        range: (0.0, 1.0),
        advice: "Probabilities lie in [0, 1]",
    },
    Limit {
        op: "normal",
        argument: "std",
        range: (0.0, f64::INFINITY),
        advice: "Standard deviations are 0 or more",
    },
    Limit {
        op: "quantile",
        argument: "q",
        range: (0.0, 1.0),
        advice: "Quantiles are asked for in [0, 1]",
    },
    Limit {
        op: "poisson",
        argument: "input",
        range: (0.0, f64::INFINITY),
        advice: "Means are 0 or more",
    },
    Limit {
        op: "binomial",
        argument: "count",
        range: (0.0, f64::INFINITY),
        advice: "Counts are 0 or more",
    },
    Limit {
        op: "binomial",
        argument: "prob",
        range: (0.0, 1.0),
        advice: "Probabilities lie in [0, 1]",
    },
];

#[derive(Clone, Copy)]
pub enum Argument {
    BceInput,
    BceTarget,
    BernoulliP,
    NormalStd,
    QuantileQ,
    PoissonRate,
    BinomialCount,
    BinomialProb,
}

attributes! {
    struct Checked in Attrs {
        /// An `Argument`.
        argument: usize,
    }
}

/// The input, if all its elements lie in the range of an argument, or are NaN. attrs: `Checked`
pub static WITHIN: Op = Op {
    name: "within",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::Kernel(|l: &mut Launch| check(&LIMITS[Checked::from(l.attrs).argument], &l.outputs[0])),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|_, g, _| Ok(smallvec![g[0].clone()])),
    // Tangents may be what they like.
    jvp: Jvp::Rule(|_, t| Ok(smallvec![t[0].clone()])),
    batch: Batch::Rule(|c, _, _| {
        Ok(smallvec![record_one(
            c.op,
            c.attrs.clone(),
            smallvec![],
            c.inputs.into()
        )?])
    }),
    donates: &[(0, 0)],
    plain: Plain::Primitive("hands its input on"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

pub fn within(x: &Tensor, argument: Argument) -> Result<Tensor> {
    if let Some(value) = peek(x) {
        check(&LIMITS[argument as usize], &value)?;
        return Ok(x.clone());
    }
    record_one(
        &WITHIN,
        Checked {
            argument: argument as usize,
        }
        .encode(),
        smallvec![],
        smallvec![x.into()],
    )
}

fn check(limit: &Limit, x: &Array) -> Result<()> {
    if x.numel() == 0 {
        return Ok(());
    }
    let ([least, largest], (low, high)) = (ends(x)?, limit.range);
    // With a NaN both are NaN, and so is what becomes of it: nothing is hidden.
    if least < low || largest > high {
        let text = format!(
            "{} has elements from {least} to {largest}. {}",
            limit.argument, limit.advice
        );
        return Err(Error::value(limit.op, text));
    }
    Ok(())
}

/// The elements stay where they are: one pass looks at them, a second one judges by what all of them are.
fn program(c: &Context) -> Result<GpuProgram> {
    let limit = &LIMITS[Checked::from(c.attrs).argument];
    let (least, largest) = limit.range;
    let kind = kind(c.op, c.dtype(0))?;
    let n = numel(c.shape(0));
    let size = c.limits.workgroup_size as usize;
    let groups = n.div_ceil(size).clamp(1, size);
    let bounds = [least, largest].map(|x| (x as f32).to_bits());
    let params = vec![n as u32, bounds[0], bounds[1], groups as u32, 1];
    let pass = |entry, groups| Pass {
        template: "elementwise/within.wgsl",
        entry,
        defines: vec![
            ("WORKGROUP", size.to_string()),
            (
                "FLOAT",
                if kind == "vec2<u32>" { "f32_of_i64" } else { "f32" }.into(),
            ),
        ],
        bindings: vec![
            Binding::read("x", Buffer::Input(0), kind),
            Binding::write("notes", Buffer::Scratch(0), "u32"),
            Binding::fault(
                limit.op,
                What::Range {
                    argument: limit.argument,
                    range: limit.range,
                    advice: limit.advice,
                },
            ),
        ],
        params: params.clone(),
        slots: vec![],
        grid: [groups, 1, 1],
    };
    Ok(GpuProgram {
        passes: vec![pass("look", groups as u32), pass("judge", 1)],
        scratch: vec![4 * groups],
        aliases: vec![(0, 0)],
        ..GpuProgram::default()
    })
}
