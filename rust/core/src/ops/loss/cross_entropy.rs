//! Cross-entropy of logits and labels, fused: neither the probabilities nor their logarithms are stored.

use crate::array::Array;
use crate::attributes::Along;
use crate::cpu::convert;
use crate::cpu::cross_entropy as kernels;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Kind, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, What, kind, need};
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Call, Class, Cpu, Data, Form, Jvp, NO_TESTS, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic::{mul, sub};
use crate::ops::elementwise::compare::{eq, ne};
use crate::ops::elementwise::select::r#where;
use crate::ops::loss::{NO_LABEL, Picked, per_class, without};
use crate::ops::nn::rows::{First, Lines, Rows};
use crate::ops::nn::softmax::{log_softmax, softmax};
use crate::ops::shape::view;
use crate::ops::{batch, create, reduce};
use crate::shape::{Shape, contiguous_strides, numel, show};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

/// Functions that take labels, as errors about labels name them.
const CALLERS: [&str; 3] = ["cross_entropy", "nll_loss", "multi_margin_loss"];

attributes! {
    struct Labels in Data {
        /// The label that counts for nothing.
        ignored: i64,
        smoothing: f64,
    }
}
attributes! {
    struct Classes in Attrs {
        classes: usize,
        /// A place in `CALLERS`.
        caller: usize,
    }
}
attributes! {
    struct Ignored in Data { label: i64 }
}

const CROSS_ENTROPY_PLAIN: Form = Form(|c| {
    let (Along { dim }, Labels { ignored, smoothing }) = (c.attrs.into(), c.data.into());
    let logp = log_softmax(c.tensor(0), dim)?;
    Ok(smallvec![
        Picked::new(c.op.name, &logp, c.tensor(1), None, dim, ignored)?.smoothed(&logp, None, smoothing)?
    ])
});

/// The loss at each position, 0 where the label is `ignore_index`.
/// inputs: logits, labels (int64). attrs: `Along`; data: `Labels`
pub static CROSS_ENTROPY: Op = Op {
    name: "cross_entropy",
    function: Some(Function {
        name: "cross_entropy",
        signature: "(input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, \
                    reduction: str = \"mean\", label_smoothing: float = 0.0) -> Tensor",
        doc: "`-log softmax(input)[target]`: the negative log-likelihood of the target's classes under the distribution \
              that unnormalised scores (logits) stand for (Bishop, Pattern Recognition and Machine Learning, 2006, \
              section 4.3.4). `input` has shape (C,), (N, C) or (N, C, d1, ...) with C classes and a floating dtype. \
              `target` holds integer labels 0 to C - 1 in the input's shape without C, or probabilities in the input's \
              shape. `weight` of shape (C,) scales each class. Labels equal to `ignore_index` count for nothing. \
              `label_smoothing` e replaces the target q by `(1 - e) q + e / C` (Szegedy et al., 2016). `reduction` is \
              \"none\", \"sum\" or \"mean\": over labels, the mean divides by the sum of their weights. Raises an \
              IndexError when a label is no class; a target that is not yet computed raises it when the result is \
              read.\n\n\
              >>> ravine.cross_entropy(ravine.tensor([[1.0, 2.0, 3.0]]), ravine.tensor([2]))\ntensor(0.4076)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| a.widened(|a| Ok(crate::ops::loss::cross_entropy(a)?.into())),
    }),
    class: Class::Structured,
    meta: |r| {
        Ok(smallvec![(
            without(r.shape(0), Along::from(r.attrs).dim),
            r.dtype(0)
        )])
    },
    cpu: Cpu::Kernel(|l| {
        let (x, Along { dim }) = (l.input(0).clone(), l.attrs.into());
        let Labels { ignored, smoothing } = l.data.into();
        let labels = checked(CALLERS[0], l.input(1), x.shape[dim], ignored)?;
        dispatch_float!(x.dtype, T => kernels::losses::<T>(&x, dim, &labels, smoothing, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None]);
        };
        Ok(smallvec![
            Some(slope(g, c.tensor(0), c.tensor(1), c.attrs, c.data)?),
            None
        ])
    }),
    jvp: Jvp::Rule(|c, t| {
        let Some(t) = &t[0] else {
            return Ok(smallvec![None]);
        };
        let ones = create::ones_like(&c.outputs[0])?;
        let slope = slope(&ones, c.tensor(0), c.tensor(1), c.attrs, c.data)?;
        Ok(smallvec![Some(reduce::sum(
            &mul(slope, t)?,
            &[Along::from(c.attrs).dim],
            false
        )?)])
    }),
    batch: Batch::Rule(batch_classes),
    donates: &[],
    plain: Plain::Form(CROSS_ENTROPY_PLAIN),
    tests: Tests {
        reference: "cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)",
        samples: &[
            "f(4, 5), i(4, low=0, high=5)",
            "f(5), i(low=0, high=5)",
            "f(2, 5, 3), i(2, 3, low=0, high=5)",
            "f(1, 1), i(1, low=0, high=1)",
            "f(4, 5), i(4, low=0, high=5), f(5)",
            "f(4, 5), i(4, low=0, high=5), f(5), 2, \"mean\", 0.1",
            "f(4, 5), i(4, low=0, high=5), ignore_index=2",
            "f(4, 5), i(4, low=0, high=5), reduction=\"none\"",
            "f(0, 5), i(0, low=0, high=5), reduction=\"sum\"",
            "f(2, 5, 3), i(2, 3, low=0, high=5), reduction=\"sum\", label_smoothing=0.3",
            "f(70, 33), i(70, low=0, high=33)",
            "f(3, 1100), i(3, low=0, high=1100), label_smoothing=0.1",
            "f(4, 5), f(4, 5)",
            "f(2, 5, 3), f(2, 5, 3), f(5), reduction=\"none\", label_smoothing=0.1",
        ],
        accuracy: Accuracy::Sum(4.0),
        domain: (-3.0, 3.0),
    },
};

const CROSS_ENTROPY_BACKWARD_PLAIN: Form = Form(|c| {
    let (g, x, target) = (c.tensor(0), c.tensor(1), c.tensor(2));
    let (Along { dim }, Labels { ignored, smoothing }) = (c.attrs.into(), c.data.into());
    let classes = x.shape()[dim];
    let valid = ne(target, ignored)?;
    let hit = one_hot(
        &class_labels("cross_entropy", target, classes, ignored)?,
        classes,
        dim,
    )?;
    let even = smoothing / classes as f64;
    let wanted = r#where(hit, create::full(&[], 1.0 - smoothing + even, x.dtype())?, even)?;
    // Masked on both sides: the cotangent of a mean over nothing is infinite.
    let g = unsqueeze(&r#where(&valid, g, 0.0)?, dim)?;
    Ok(smallvec![r#where(
        unsqueeze(&valid, dim)?,
        mul(sub(softmax(x, dim)?, wanted)?, g)?,
        0.0
    )?])
});

/// The cotangent of the logits: `g (softmax(x) - q)` with q the smoothed target.
/// inputs: cotangent of the losses, logits, labels. attrs and data: as for `CROSS_ENTROPY`
pub static CROSS_ENTROPY_BACKWARD: Op = Op {
    name: "cross_entropy_backward",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(1).into(), r.dtype(1))]),
    cpu: Cpu::Kernel(|l| {
        let (g, x, Along { dim }) = (l.dense(0)?, l.input(1).clone(), l.attrs.into());
        let Labels { ignored, smoothing } = l.data.into();
        let labels = checked(CALLERS[0], l.input(2), x.shape[dim], ignored)?;
        dispatch_float!(x.dtype, T => kernels::slopes::<T>(&g, &x, dim, &labels, smoothing, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(backward_program),
    vjp: Vjp::Plain(CROSS_ENTROPY_BACKWARD_PLAIN),
    jvp: Jvp::Plain(CROSS_ENTROPY_BACKWARD_PLAIN),
    batch: Batch::Rule(batch_classes),
    donates: &[],
    plain: Plain::Form(CROSS_ENTROPY_BACKWARD_PLAIN),
    tests: NO_TESTS,
};

/// Labels that were found to be classes, 0 in place of `ignore_index`.
/// attrs: `Classes`; data: `Ignored`
pub static CLASS_LABELS: Op = Op {
    name: "class_labels",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(0).into(), DType::I64)]),
    cpu: Cpu::Kernel(|l| {
        let (Classes { classes, caller }, Ignored { label }) = (l.attrs.into(), l.data.into());
        let labels = checked(CALLERS[caller], l.input(0), classes, label)?;
        for (to, label) in l.outputs[0].as_mut_slice::<i64>().iter_mut().zip(labels) {
            *to = label.max(0);
        }
        Ok(())
    }),
    gpu: Gpu::Program(labels_program),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Rule(|c, _, _| {
        Ok(smallvec![record_one(
            c.op,
            c.attrs.clone(),
            c.data.clone(),
            smallvec![c.inputs[0].clone()]
        )?])
    }),
    donates: &[],
    plain: Plain::Primitive("splits labels by a rule of its own: cross_entropy's oracle covers it"),
    tests: NO_TESTS,
};

fn labels_program(c: &Context) -> Result<GpuProgram> {
    need(c.op, c.dtype(0), DType::I64)?;
    let (Classes { classes, caller }, Ignored { label }) = (c.attrs.into(), c.data.into());
    let n = numel(c.shape(0));
    let bindings = vec![
        Binding::read("labels", Buffer::Input(0), "vec2<u32>"),
        Binding::write("y", Buffer::Output(0), "vec2<u32>"),
        Binding::fault(CALLERS[caller], label_of(classes, label)),
    ];
    let params = vec![n as u32, classes as u32, label as u32, (label >> 32) as u32, 1];
    Ok(GpuProgram {
        passes: vec![c.over_elements("loss/class_labels.wgsl", n, bindings, params)],
        ..GpuProgram::default()
    })
}

/// Losses at logits, one for each position of the int64 labels.
pub fn losses_at(x: &Tensor, target: &Tensor, dim: usize, ignore: i64, smoothing: f64) -> Result<Tensor> {
    let labels = Labels {
        ignored: ignore,
        smoothing,
    };
    record_one(
        &CROSS_ENTROPY,
        Along { dim }.encode(),
        labels.encode(),
        smallvec![x.into(), target.into()],
    )
}

/// `op` is one of `CALLERS`.
pub fn class_labels(op: &str, target: &Tensor, classes: usize, ignore: i64) -> Result<Tensor> {
    let caller = CALLERS.iter().position(|&name| name == op).unwrap_or(0);
    record_one(
        &CLASS_LABELS,
        Classes { classes, caller }.encode(),
        Ignored { label: ignore }.encode(),
        smallvec![target.into()],
    )
}

fn slope(g: &Tensor, x: &Tensor, target: &Tensor, attrs: &Attrs, data: &Data) -> Result<Tensor> {
    record_one(
        &CROSS_ENTROPY_BACKWARD,
        attrs.clone(),
        data.clone(),
        smallvec![g.into(), x.into(), target.into()],
    )
}

/// The batch dimension is one more in front of the classes.
fn batch_classes(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let args = batch::all_batched(c, batched, size)?;
    Ok(smallvec![record_one(
        c.op,
        batch::behind(c),
        c.data.clone(),
        args
    )?])
}

pub fn unsqueeze(x: &Tensor, dim: usize) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape.insert(dim, 1);
    view::reshape(x, &shape)
}

/// Whether a class, along a new dimension `dim`, is the label.
fn one_hot(labels: &Tensor, classes: usize, dim: usize) -> Result<Tensor> {
    let range = create::arange(Scalar::I64(0), Scalar::I64(classes as i64), Scalar::I64(1), None)?;
    eq(
        unsqueeze(labels, dim)?,
        per_class(&range, labels.rank() + 1, dim)?,
    )
}

/// The labels in row-major order, -1 where ignored; an error if one is no class.
pub fn checked(op: &'static str, target: &Array, classes: usize, ignore: i64) -> Result<Vec<i64>> {
    let target = convert(target, DType::I64)?;
    let mut labels = target.as_slice::<i64>().to_vec();
    for (i, label) in labels.iter_mut().enumerate() {
        if *label == ignore {
            *label = -1;
        } else if !(0..classes as i64).contains(label) {
            let at = contiguous_strides(&target.shape);
            let position: Shape = at
                .iter()
                .zip(&target.shape)
                .map(|(&s, &n)| i / s as usize % n)
                .collect();
            let mut text = format!(
                "label {label} at position {} of the target is no class: the input has {classes} classes, 0 to {}",
                show(&position),
                classes as i64 - 1
            );
            if ignore != NO_LABEL {
                text += &format!(". Labels to be left out must equal ignore_index, which is {ignore}");
            }
            return Err(Error::new(Kind::Index, op, text));
        }
    }
    Ok(labels)
}

fn label_of(classes: usize, ignored: i64) -> What {
    What::Label {
        classes,
        ignored: (ignored != NO_LABEL).then_some(ignored),
    }
}

fn program(c: &Context) -> Result<GpuProgram> {
    let (lines, rows) = classes_program(c, [0, 1])?;
    let mut rows = Rows {
        second: "let below = x[at] - a;
    return vec4<f32>(exp_f32(below), below, 0.0, 0.0);"
            .into(),
        // Without smoothing a logit of -inf counts for nothing.
        numbers: "let log_total = log_f32(b.x);
    let even = (b.y - log_total * count()) * own_f32(1u);
    return vec4<f32>(a, log_total, select(0.0, even, own_f32(0u) != 0.0), 0.0);",
        row_result: "let label = class_of(row);
    let chosen = x[base_of(row) + offset(min(label, param(1u) - 1u))];
    let picked = (r.y - (chosen - r.x)) * own_f32(2u) - r.z;
    losses[row] = select(0.0, picked, label < param(1u));"
            .into(),
        ..rows
    };
    rows.bindings
        .push(Binding::write("losses", Buffer::Output(0), "f32"));
    Ok(rows.program(&lines, &c.limits))
}

fn backward_program(c: &Context) -> Result<GpuProgram> {
    need(c.op, c.dtype(0), DType::F32)?;
    let (lines, rows) = classes_program(c, [1, 2])?;
    let mut rows = Rows {
        second: "return alone(exp_f32(x[at] - a));".into(),
        numbers: "return vec4<f32>(a, b.x, 0.0, 0.0);",
        element: "let label = class_of(row);
    let wanted = own_f32(1u) + select(0.0, own_f32(2u), i == label);
    let share = exp_f32(x[at] - r.x) / r.y;
    slope[at] = select(0.0, (share - wanted) * g[row], label < param(1u));"
            .into(),
        ..rows
    };
    rows.bindings.extend([
        Binding::read("g", Buffer::Input(0), "f32"),
        Binding::write("slope", Buffer::Output(0), "f32"),
    ]);
    Ok(rows.program(&lines, &c.limits))
}

/// What losses and slopes share: the logits `x`, the largest of a row, and `class_of` a row's label, which is past the
/// classes where the label is `ignore_index`. `own`: the smoothing, what it gives to every class, what to the label.
fn classes_program(c: &Context, [logits, labels]: [usize; 2]) -> Result<(Lines, Rows)> {
    need(c.op, c.dtype(logits), DType::F32)?;
    let (Along { dim }, Labels { ignored, smoothing }) = (c.attrs.into(), c.data.into());
    let of = kind(c.op, c.dtype(labels))?;
    let label = match of {
        "vec2<u32>" => "labels[row]",
        "i32" => "i64_of_i32(labels[row])",
        "u32" => "vec2<u32>(labels[row], 0u)",
        _ => return Err(Error::dtype(c.op, c.dtype(labels), "labels of an integer dtype")),
    };
    let class_of = format!(
        "fn class_of(row: u32) -> u32 {{
    let label = {label};
    let classes = param(1u);
    let is_ignored = eq_i64(label, vec2<u32>(own(3u), own(4u)));
    if (!is_ignored && (label.y != 0u || label.x >= classes)) {{
        note_index(own(5u), label);
    }}
    return select(min(label.x, classes - 1u), classes, is_ignored);
}}
"
    );
    let [lines, classes, stride] = c.lines(logits, dim);
    let even = smoothing / classes.max(1) as f64;
    let numbers = [smoothing, even, 1.0 - smoothing].map(|x| (x as f32).to_bits());
    let mut params = numbers.to_vec();
    params.extend([ignored as u32, (ignored >> 32) as u32, 1]);
    let rows = Rows {
        first: Some(First::Top("return x[at];")),
        slots: vec![("class_of", class_of)],
        bindings: vec![
            Binding::read("x", Buffer::Input(logits), "f32"),
            Binding::read("labels", Buffer::Input(labels), of),
            Binding::fault(CALLERS[0], label_of(classes, ignored)),
        ],
        params,
        ..Rows::default()
    };
    Ok((Lines::along([lines, classes, stride]), rows))
}
