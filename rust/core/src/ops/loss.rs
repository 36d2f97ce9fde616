//! Losses: numbers that say how far predictions are from targets.

use super::binary::{add, div, eq, mul, ne, sub};
use super::select::r#where;
use super::softmax::{log_softmax, row_exp, row_max, softmax};
use super::unary::neg;
use super::{batch, cast, create, reduce, view};
use crate::array::{Array, Element};
use crate::cpu::number::Number;
use crate::cpu::reduce::fold_row;
use crate::cpu::vmath::Real;
use crate::cpu::{Launch, Shared, convert, rows};
use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Kind, Result};
use crate::function::{Args, Effect, Function};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Call, Class, Cpu, Data, Jvp, Op, Request, Tests, Vjp};
use crate::shape::{Shape, contiguous_strides, show};
use crate::stream::{peek, record_one};
use smallvec::{SmallVec, smallvec};

const NO_TESTS: Tests = Tests { reference: "", samples: &[], accuracy: Accuracy::Exact, domain: (-1.0, 1.0) };

/// The loss at each position, 0 where the label is `ignore_index`.
/// inputs: logits, labels (int64). attrs: [dimension of the classes]; data: [ignore_index, label smoothing]
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
        method: false,
        effect: Effect::Pure,
        call: |a| {
            let (x, target, weight) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
            let reduction = Reduction::of(a, 4)?;
            Ok(cross_entropy(x, target, weight, a.int(3)?, reduction, a.float(5)?)?.into())
        },
    }),
    class: Class::Structured,
    meta: |r| Ok(smallvec![(without(r.shape(0), r.attrs[0] as usize), r.dtype(0))]),
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => losses::<T>(l))),
    gpu: Gpu::Never("cross_entropy waits for the GPU engine"),
    vjp: Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else { return Ok(smallvec![None, None]) };
        Ok(smallvec![Some(slope(g, c.tensor(0), c.tensor(1), c.attrs, c.data)?), None])
    }),
    jvp: Jvp::Rule(|c, t| {
        let Some(t) = &t[0] else { return Ok(smallvec![None]) };
        let ones = create::ones_like(&c.outputs[0])?;
        let slope = slope(&ones, c.tensor(0), c.tensor(1), c.attrs, c.data)?;
        Ok(smallvec![Some(reduce::sum(&mul(slope, t)?, &[c.attrs[0] as usize], false)?)])
    }),
    batch: Batch::Rule(batch_classes),
    donates: &[],
    plain: Some(|c| {
        let (dim, ignore, smoothing) = parameters(c);
        let logp = log_softmax(c.tensor(0), dim)?;
        Ok(smallvec![Picked::new(&logp, c.tensor(1), None, dim, ignore)?.smoothed(&logp, None, smoothing)?])
    }),
    tests: Tests {
        reference: "(lambda d, t, hard: (lambda C, lp: (lambda w, valid, q: (lambda each, total: \
                    {'none': each, 'sum': each.sum(), 'mean': each.sum() / total}[reduction])(\
                    valid * -((q * (1 - label_smoothing) + label_smoothing / C) * lp * \
                    w.reshape((C,) + (1,) * (input.ndim - 1 - d))).sum(d), \
                    (valid * w[np.where(valid, t, 0)]).sum() if hard else lp.size / C))(\
                    np.ones(C) if weight is None else weight, t != ignore_index if hard else 1, \
                    np.moveaxis(np.eye(C)[np.where(t == ignore_index, 0, t)], -1, d) if hard else t))(\
                    input.shape[d], scipy.special.log_softmax(input, axis=d)))(\
                    min(input.ndim - 1, 1), np.asarray(target), np.asarray(target).dtype.kind in 'iu')",
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

/// The cotangent of the logits: `g (softmax(x) - q)` with q the smoothed target.
/// inputs: cotangent of the losses, logits, labels. attrs and data: as for `CROSS_ENTROPY`
pub static CROSS_ENTROPY_BACKWARD: Op = Op {
    name: "cross_entropy_backward",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(1).into(), r.dtype(1))]),
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => slopes::<T>(l))),
    gpu: Gpu::Never("cross_entropy waits for the GPU engine"),
    vjp: Vjp::Plain,
    jvp: Jvp::Plain,
    batch: Batch::Rule(batch_classes),
    donates: &[],
    plain: Some(|c| {
        let (g, x, target) = (c.tensor(0), c.tensor(1), c.tensor(2));
        let (dim, ignore, smoothing) = parameters(c);
        let classes = x.shape()[dim];
        let hit = one_hot(&class_labels(target, classes, ignore)?, classes, dim)?;
        let wanted = r#where(hit, 1.0 - smoothing + smoothing / classes as f64, smoothing / classes as f64)?;
        let slope = mul(sub(softmax(x, dim)?, cast::cast(&wanted, x.dtype())?)?, unsqueeze(g, dim)?)?;
        Ok(smallvec![r#where(unsqueeze(&ne(target, ignore)?, dim)?, slope, 0.0)?])
    }),
    tests: NO_TESTS,
};

/// Labels that were found to be classes, 0 in place of `ignore_index`. attrs: [classes]; data: [ignore_index]
pub static CLASS_LABELS: Op = Op {
    name: "class_labels",
    function: None,
    class: Class::Structured,
    meta: |r: &Request| Ok(smallvec![(r.shape(0).into(), DType::I64)]),
    cpu: Cpu::Kernel(|l| {
        let labels = checked(l.input(0), l.attr(0) as usize, l.node.data[0].as_i64())?;
        for (to, label) in l.outputs[0].as_mut_slice::<i64>().iter_mut().zip(labels) {
            *to = label.max(0);
        }
        Ok(())
    }),
    gpu: Gpu::Never("cross_entropy waits for the GPU engine"),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Rule(|c, _, _| {
        Ok(smallvec![record_one(c.op, c.attrs.clone(), c.data.clone(), smallvec![c.inputs[0].clone()])?])
    }),
    donates: &[],
    plain: None,
    tests: NO_TESTS,
};

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "nll_loss",
        signature: "(input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, \
                    reduction: str = \"mean\") -> Tensor",
        doc: "`-input[target]`: the negative log-likelihood of labels, from log-probabilities of shape (C,), (N, C) or \
              (N, C, d1, ...). `target`, `weight`, `ignore_index` and `reduction` are those of `cross_entropy`.\n\n\
              >>> ravine.nll_loss(ravine.tensor([[-1.0, -2.0]]), ravine.tensor([1]))\ntensor(2.)\n",
        method: false,
        effect: Effect::Pure,
        call: |a| {
            let (x, target, weight) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
            let (reduction, ignore) = (Reduction::of(a, 4)?, a.int(3)?);
            let dim = class_dim("nll_loss", x)?;
            check_weight("nll_loss", weight, x.shape()[dim])?;
            let target = labels("nll_loss", x, target, dim, ignore)?;
            let picked = Picked::new(x, &target, weight, dim, ignore)?;
            Ok(reduction.apply(&picked.losses, || picked.total())?.into())
        },
    },
    Function {
        name: "mse_loss",
        signature: "(input: Tensor, target: Tensor, reduction: str = \"mean\") -> Tensor",
        doc: "Squared differences `(input - target)^2`; `reduction` is \"none\", \"sum\" or \"mean\". Raises an error when \
              the shapes differ: a loss over shapes that broadcast is nearly always a mistake.\n\n\
              >>> ravine.mse_loss(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0]))\ntensor(2.)\n",
        method: false,
        effect: Effect::Pure,
        call: |a| {
            let (x, target, reduction) = (a.tensor(0)?, a.tensor(1)?, Reduction::of(a, 2)?);
            if x.shape() != target.shape() {
                let text = format!(
                    "input has shape {}, target has {}. They must be equal; reshape or expand one of them",
                    show(x.shape()),
                    show(target.shape())
                );
                return Err(Error::shape("mse_loss", text));
            }
            let difference = sub(x, target)?;
            if !difference.dtype().is_float() {
                return Err(Error::dtype("mse_loss", difference.dtype(), "a floating dtype"));
            }
            let losses = mul(&difference, &difference)?;
            let count = losses.numel() as f64;
            Ok(reduction.apply(&losses, || create::full(&[], count, losses.dtype().compute_dtype()))?.into())
        },
    },
];

/// What becomes of the losses at all positions.
#[derive(Clone, Copy)]
enum Reduction {
    None,
    Sum,
    Mean,
}

impl Reduction {
    fn of(a: &Args, i: usize) -> Result<Reduction> {
        match a.text(i)? {
            "none" => Ok(Reduction::None),
            "sum" => Ok(Reduction::Sum),
            "mean" => Ok(Reduction::Mean),
            other => Err(Error::value(a.function, format!("reduction is {other:?}. Use \"none\", \"sum\" or \"mean\""))),
        }
    }

    /// `total` is what the mean divides by. Half precision is widened: a sum over a batch may overflow in it.
    fn apply(self, losses: &Tensor, total: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
        let all: SmallVec<[usize; 4]> = (0..losses.rank()).collect();
        let sum = || reduce::sum(&cast::cast(losses, losses.dtype().compute_dtype())?, &all, false);
        let result = match self {
            Reduction::None => return Ok(losses.clone()),
            Reduction::Sum => sum()?,
            Reduction::Mean => div(sum()?, total()?)?,
        };
        cast::cast(&result, losses.dtype())
    }
}

fn cross_entropy(
    x: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    ignore: i64,
    reduction: Reduction,
    smoothing: f64,
) -> Result<Tensor> {
    let op = "cross_entropy";
    let dim = class_dim(op, x)?;
    check_weight(op, weight, x.shape()[dim])?;
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(Error::value(op, format!("label_smoothing is {smoothing}. It must lie between 0 and 1")));
    }
    if target.dtype().is_float() {
        return of_probabilities(x, target, weight, dim, reduction, smoothing);
    }
    let target = labels(op, x, target, dim, ignore)?;
    if weight.is_some() {
        let logp = log_softmax(x, dim)?;
        let picked = Picked::new(&logp, &target, weight, dim, ignore)?;
        return reduction.apply(&picked.smoothed(&logp, weight, smoothing)?, || picked.total());
    }
    let data = smallvec![Scalar::I64(ignore), Scalar::F64(smoothing)];
    let losses = record_one(&CROSS_ENTROPY, smallvec![dim as i64], data, smallvec![x.into(), (&target).into()])?;
    reduction.apply(&losses, || count(&ne(&target, ignore)?, losses.dtype()))
}

/// The target gives a probability to every class.
fn of_probabilities(
    x: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    dim: usize,
    reduction: Reduction,
    smoothing: f64,
) -> Result<Tensor> {
    if target.shape() != x.shape() {
        let text = format!(
            "input has shape {}, a target of probabilities must have the same; it has {}. Labels must be integers",
            show(x.shape()),
            show(target.shape())
        );
        return Err(Error::shape("cross_entropy", text));
    }
    let classes = x.shape()[dim];
    let mut wanted = target.clone();
    if smoothing != 0.0 {
        wanted = add(mul(wanted, 1.0 - smoothing)?, smoothing / classes as f64)?;
    }
    let mut terms = mul(log_softmax(x, dim)?, wanted)?;
    if let Some(weight) = weight {
        terms = mul(terms, per_class(weight, x.rank(), dim)?)?;
    }
    let losses = neg(reduce::sum(&terms, &[dim], false)?)?;
    let positions = losses.numel() as f64;
    reduction.apply(&losses, || create::full(&[], positions, losses.dtype().compute_dtype()))
}

// Labels ---------------------------------------------------------------------------------------------------------

/// Losses at labels, and what is needed to go on from them.
struct Picked {
    /// `-weight[target] logp[target]`, 0 where ignored.
    losses: Tensor,
    /// Whether a position counts.
    valid: Tensor,
    /// The label's weight, 0 where ignored.
    weight: Option<Tensor>,
    dim: usize,
}

impl Picked {
    /// `target` is int64.
    fn new(logp: &Tensor, target: &Tensor, weight: Option<&Tensor>, dim: usize, ignore: i64) -> Result<Picked> {
        let classes = logp.shape()[dim];
        let valid = ne(target, ignore)?;
        let hit = one_hot(&class_labels(target, classes, ignore)?, classes, dim)?;
        let pick = |x: &Tensor| reduce::sum(&r#where(&hit, x, 0.0)?, &[dim], false);
        let mut losses = neg(pick(logp)?)?;
        let mut picked = None;
        if let Some(weight) = weight {
            let w = r#where(&valid, pick(&per_class(weight, logp.rank(), dim)?)?, 0.0)?;
            losses = mul(losses, &w)?;
            picked = Some(w);
        }
        Ok(Picked { losses: r#where(&valid, losses, 0.0)?, valid, weight: picked, dim })
    }

    /// The losses of the smoothed target.
    fn smoothed(&self, logp: &Tensor, weight: Option<&Tensor>, smoothing: f64) -> Result<Tensor> {
        if smoothing == 0.0 {
            return Ok(self.losses.clone());
        }
        let terms = match weight {
            Some(weight) => mul(logp, per_class(weight, logp.rank(), self.dim)?)?,
            None => logp.clone(),
        };
        let even = mul(reduce::sum(&terms, &[self.dim], false)?, -smoothing / logp.shape()[self.dim] as f64)?;
        add(mul(&self.losses, 1.0 - smoothing)?, r#where(&self.valid, even, 0.0)?)
    }

    /// What the mean divides by.
    fn total(&self) -> Result<Tensor> {
        let Some(weight) = &self.weight else { return count(&self.valid, self.losses.dtype()) };
        let all: SmallVec<[usize; 4]> = (0..weight.rank()).collect();
        reduce::sum(&cast::cast(weight, weight.dtype().compute_dtype())?, &all, false)
    }
}

/// How many are true, as a float.
fn count(valid: &Tensor, dtype: DType) -> Result<Tensor> {
    let all: SmallVec<[usize; 4]> = (0..valid.rank()).collect();
    cast::cast(&reduce::sum(valid, &all, false)?, dtype.compute_dtype())
}

fn parameters(c: &Call) -> (usize, i64, f64) {
    (c.attrs[0] as usize, c.data[0].as_i64(), c.data[1].as_f64())
}

fn without(shape: &[usize], dim: usize) -> Shape {
    let mut shape = Shape::from_slice(shape);
    shape.remove(dim);
    shape
}

fn unsqueeze(x: &Tensor, dim: usize) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape.insert(dim, 1);
    view::reshape(x, &shape)
}

/// A vector over the classes, so that it broadcasts against logits of a rank.
fn per_class(x: &Tensor, rank: usize, dim: usize) -> Result<Tensor> {
    let mut shape: Shape = smallvec![1; rank - dim];
    shape[0] = x.numel();
    view::reshape(x, &shape)
}

/// Whether a class, along a new dimension `dim`, is the label.
fn one_hot(labels: &Tensor, classes: usize, dim: usize) -> Result<Tensor> {
    let range = create::arange(Scalar::I64(0), Scalar::I64(classes as i64), Scalar::I64(1), None)?;
    eq(unsqueeze(labels, dim)?, per_class(&range, labels.rank() + 1, dim)?)
}

fn class_labels(target: &Tensor, classes: usize, ignore: i64) -> Result<Tensor> {
    record_one(&CLASS_LABELS, smallvec![classes as i64], smallvec![Scalar::I64(ignore)], smallvec![target.into()])
}

fn slope(g: &Tensor, x: &Tensor, target: &Tensor, attrs: &Attrs, data: &Data) -> Result<Tensor> {
    record_one(&CROSS_ENTROPY_BACKWARD, attrs.clone(), data.clone(), smallvec![g.into(), x.into(), target.into()])
}

fn batch_classes(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let args = batch::all_batched(c, batched, size)?;
    Ok(smallvec![record_one(c.op, smallvec![c.attrs[0] + 1], c.data.clone(), args)?])
}

/// Classes are dimension 1, or the only one.
fn class_dim(op: &'static str, x: &Tensor) -> Result<usize> {
    if !x.dtype().is_float() {
        return Err(Error::dtype(op, x.dtype(), "a floating dtype as input"));
    }
    match x.rank() {
        0 => Err(Error::rank(op, "input", "1 or more", x.shape())),
        rank => Ok((rank > 1) as usize),
    }
}

fn check_weight(op: &'static str, weight: Option<&Tensor>, classes: usize) -> Result<()> {
    match weight {
        Some(w) if **w.shape() != [classes] => {
            let text = format!("weight has shape {}, there are {classes} classes. It must be ({classes},)", show(w.shape()));
            Err(Error::shape(op, text))
        }
        _ => Ok(()),
    }
}

/// Labels as int64. Those that are known already are checked now, the others when they are used.
fn labels(op: &'static str, x: &Tensor, target: &Tensor, dim: usize, ignore: i64) -> Result<Tensor> {
    if target.dtype().category() != Category::Integer {
        return Err(Error::dtype(op, target.dtype(), "labels of an integer dtype as target"));
    }
    let want = without(x.shape(), dim);
    if *target.shape() != want {
        let text = format!(
            "an input of shape {} needs labels of shape {}, the target has {}. Dimension {dim} of the input is that of the classes",
            show(x.shape()),
            show(&want),
            show(target.shape())
        );
        return Err(Error::shape(op, text));
    }
    if let Some(array) = peek(target) {
        checked(&array, x.shape()[dim], ignore).map_err(|e| Error::new(Kind::Index, op, e.text()))?;
    }
    cast::cast(target, DType::I64)
}

/// The labels in row-major order, -1 where ignored; an error if one is no class.
fn checked(target: &Array, classes: usize, ignore: i64) -> Result<Vec<i64>> {
    let target = convert(target, DType::I64)?;
    let mut labels = target.as_slice::<i64>().to_vec();
    for (i, label) in labels.iter_mut().enumerate() {
        if *label == ignore {
            *label = -1;
        } else if !(0..classes as i64).contains(label) {
            let at = contiguous_strides(&target.shape);
            let position: Shape = at.iter().zip(&target.shape).map(|(&s, &n)| i / s as usize % n).collect();
            let text = format!(
                "label {label} at position {} of the target is no class: the input has {classes} classes, 0 to {}. \
                 Labels to be left out must equal ignore_index, which is {ignore}",
                show(&position),
                classes as i64 - 1
            );
            return Err(Error::new(Kind::Index, "cross_entropy", text));
        }
    }
    Ok(labels)
}

// Kernels --------------------------------------------------------------------------------------------------------

fn losses<T: Real + Number>(l: &mut Launch) -> Result<()> {
    let (x, dim) = (l.input(0).clone(), l.attr(0) as usize);
    let labels = checked(l.input(1), x.shape[dim], l.node.data[0].as_i64())?;
    let smoothing = T::from_f64(l.node.data[1].as_f64());
    let n = x.shape[dim];
    let out = Shared::<T>::new(&mut l.outputs[0]);
    rows::visit::<T>(&x, dim, &|first, x| {
        let labels = &labels[first..first + x.len() / n];
        // SAFETY: every row is visited once.
        row_losses(x, labels, unsafe { out.slice(first, labels.len()) }, n, smoothing);
    });
    Ok(())
}

multiversion! {
    /// Rows of `n` logits, one behind the other, and a label for each.
    fn row_losses<T: Real + Number>(x: &[T], labels: &[i64], losses: &mut [T], n: usize, smoothing: T) {
        let zero = -<T as Real>::ZERO;
        for ((x, &label), loss) in x.chunks_exact(n).zip(labels).zip(losses) {
            if label < 0 {
                *loss = <T as Real>::ZERO;
                continue;
            }
            let top = row_max(x);
            let log_total = Real::log(fold_row([x], zero, |[x]| Real::exp(x - top), |a, b| a + b));
            *loss = log_total - (x[label as usize] - top);
            if smoothing != <T as Real>::ZERO {
                let total = fold_row([x], zero, |[x]| (x - top) - log_total, |a, b| a + b);
                *loss = *loss * (<T as Real>::ONE - smoothing) - total * (smoothing / T::from_f64(n as f64));
            }
        }
    }
}

fn slopes<T: Real + Number + Element>(l: &mut Launch) -> Result<()> {
    let (g, x, dim) = (l.dense(0)?, l.input(1).clone(), l.attr(0) as usize);
    let labels = checked(l.input(2), x.shape[dim], l.node.data[0].as_i64())?;
    let smoothing = T::from_f64(l.node.data[1].as_f64());
    let n = x.shape[dim];
    let g = g.as_slice::<T>();
    rows::map::<T>(&x, dim, &mut l.outputs[0], &|first, x, y| {
        let range = first..first + x.len() / n;
        row_slopes(x, &labels[range.clone()], &g[range], y, n, smoothing);
    });
    Ok(())
}

multiversion! {
    /// Rows of `n` logits, one behind the other, and a label and a cotangent for each.
    fn row_slopes<T: Real + Number>(x: &[T], labels: &[i64], g: &[T], y: &mut [T], n: usize, smoothing: T) {
        let even = smoothing / T::from_f64(n as f64);
        for (((x, &label), &g), y) in x.chunks_exact(n).zip(labels).zip(g).zip(y.chunks_exact_mut(n)) {
            if label < 0 {
                y.fill(<T as Real>::ZERO);
                continue;
            }
            let total = row_exp(x, row_max(x), y);
            let hit = (y[label as usize] / total - (<T as Real>::ONE - smoothing + even)) * g;
            for y in &mut *y {
                *y = (*y / total - even) * g;
            }
            y[label as usize] = hit;
        }
    }
}
