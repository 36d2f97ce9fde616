//! Losses of class numbers: the negative log-likelihood, and cross-entropy's arguments.

use crate::dtype::{Category, DType};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::elementwise::arithmetic::{add, mul, neg};
use crate::ops::elementwise::compare::ne;
use crate::ops::elementwise::select::r#where;
use crate::ops::graph::cast;
use crate::ops::index::gather::gather;
use crate::ops::loss::cross_entropy::{checked, class_labels, losses_at, unsqueeze};
use crate::ops::loss::{Reduction, every};
use crate::ops::nn::softmax::log_softmax;
use crate::ops::reduce;
use crate::ops::shape::view;
use crate::shape::{Shape, show};
use crate::stream::peek;
use smallvec::smallvec;

pub static FUNCTIONS: &[Function] = &[Function {
    name: "nll_loss",
    signature: "(input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, \
                    reduction: str = \"mean\") -> Tensor",
    doc: "`-input[target]`: the negative log-likelihood of labels, from log-probabilities of shape (C,), (N, C) or \
              (N, C, d1, ...). `target`, `weight`, `ignore_index` and `reduction` are those of `cross_entropy`.\n\n\
              >>> ravine.nll_loss(ravine.tensor([[-1.0, -2.0]]), ravine.tensor([1]))\ntensor(2.)\n",
    places: Places::TOP,
    effect: Effect::Pure,
    call: |a| {
        a.widened(|a| {
            let (x, target, weight) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
            let (reduction, ignore) = (Reduction::of(a, 4)?, a.int(3)?);
            let dim = class_dim(a.function, x, target)?;
            check_weight(a.function, weight, x.shape()[dim])?;
            let target = labels(a.function, x, target, dim, ignore)?;
            let picked = Picked::new(a.function, x, &target, weight, dim, ignore)?;
            Ok(reduction.apply(&picked.losses, || picked.total())?.into())
        })
    },
}];

/// An `ignore_index` for functions that have none.
pub const NO_LABEL: i64 = i64::MIN;

/// The function of the record `CROSS_ENTROPY`.
pub fn cross_entropy(a: &Args) -> Result<Tensor> {
    let op = a.function;
    let (x, target, weight) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
    let (ignore, reduction, smoothing) = (a.int(3)?, Reduction::of(a, 4)?, a.float(5)?);
    let dim = class_dim(op, x, target)?;
    check_weight(op, weight, x.shape()[dim])?;
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(Error::value(
            op,
            format!("label_smoothing is {smoothing}. It must lie between 0 and 1"),
        ));
    }
    if target.dtype().is_float() {
        return of_probabilities(x, target, weight, dim, reduction, smoothing);
    }
    let target = labels(op, x, target, dim, ignore)?;
    if weight.is_some() {
        let logp = log_softmax(x, dim)?;
        let picked = Picked::new(op, &logp, &target, weight, dim, ignore)?;
        return reduction.apply(&picked.smoothed(&logp, weight, smoothing)?, || picked.total());
    }
    let losses = losses_at(x, &target, dim, ignore, smoothing)?;
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
    reduction.of_all(&losses)
}

// Labels ---------------------------------------------------------------------------------------------------------

/// Losses at labels, and what is needed to go on from them.
pub struct Picked {
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
    pub fn new(
        op: &str,
        logp: &Tensor,
        target: &Tensor,
        weight: Option<&Tensor>,
        dim: usize,
        ignore: i64,
    ) -> Result<Picked> {
        let valid = ne(target, ignore)?;
        let labels = class_labels(op, target, logp.shape()[dim], ignore)?;
        let at_labels = gather(logp, dim, &unsqueeze(&labels, dim)?)?;
        let mut losses = neg(view::reshape(&at_labels, labels.shape())?)?;
        let mut picked = None;
        if let Some(weight) = weight {
            let all = gather(weight, 0, &view::reshape(&labels, &[labels.numel()])?)?;
            let w = r#where(&valid, view::reshape(&all, labels.shape())?, 0.0)?;
            losses = mul(losses, &w)?;
            picked = Some(w);
        }
        Ok(Picked {
            losses: r#where(&valid, losses, 0.0)?,
            valid,
            weight: picked,
            dim,
        })
    }

    /// The losses of the smoothed target.
    pub fn smoothed(&self, logp: &Tensor, weight: Option<&Tensor>, smoothing: f64) -> Result<Tensor> {
        if smoothing == 0.0 {
            return Ok(self.losses.clone());
        }
        let terms = match weight {
            Some(weight) => mul(logp, per_class(weight, logp.rank(), self.dim)?)?,
            None => logp.clone(),
        };
        let even = mul(
            reduce::sum(&terms, &[self.dim], false)?,
            -smoothing / logp.shape()[self.dim] as f64,
        )?;
        add(
            mul(&self.losses, 1.0 - smoothing)?,
            r#where(&self.valid, even, 0.0)?,
        )
    }

    /// What the mean divides by.
    fn total(&self) -> Result<Tensor> {
        let Some(weight) = &self.weight else {
            return count(&self.valid, self.losses.dtype());
        };
        reduce::sum(
            &cast::cast(weight, weight.dtype().compute_dtype())?,
            &every(weight),
            false,
        )
    }
}

/// How many are true, as a float.
fn count(valid: &Tensor, dtype: DType) -> Result<Tensor> {
    cast::cast(&reduce::sum(valid, &every(valid), false)?, dtype.compute_dtype())
}

/// Classes are dimension 1, or the only one.
pub fn class_dim(op: &'static str, x: &Tensor, target: &Tensor) -> Result<usize> {
    if !x.dtype().is_float() && target.dtype().is_float() {
        let text = format!(
            "the input is {} of shape {}, the target {} of shape {}: the arguments are swapped. The scores come first: \
             {op}(input, target)",
            x.dtype(),
            show(x.shape()),
            target.dtype(),
            show(target.shape())
        );
        return Err(Error::new(crate::error::Kind::DType, op, text));
    }
    if !x.dtype().is_float() {
        return Err(Error::dtype(op, x.dtype(), "a floating dtype as input"));
    }
    match x.rank() {
        0 => Err(Error::rank(op, "input", "1 or more", x.shape())),
        rank => Ok((rank > 1) as usize),
    }
}

pub fn check_weight(op: &'static str, weight: Option<&Tensor>, classes: usize) -> Result<()> {
    match weight {
        Some(w) if **w.shape() != [classes] => {
            let text = format!(
                "weight has shape {}, there are {classes} classes. It must be ({classes},)",
                show(w.shape())
            );
            Err(Error::shape(op, text))
        }
        _ => Ok(()),
    }
}

/// Labels as int64. Those that are known already are checked now, the others when they are used.
pub fn labels(op: &'static str, x: &Tensor, target: &Tensor, dim: usize, ignore: i64) -> Result<Tensor> {
    if target.dtype().category() != Category::Integer {
        return Err(Error::dtype(
            op,
            target.dtype(),
            "labels of an integer dtype as target",
        ));
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
        checked(op, &array, x.shape()[dim], ignore)?;
    }
    cast::cast(target, DType::I64)
}

/// A shape without one dimension.
pub fn without(shape: &[usize], dim: usize) -> Shape {
    let mut shape = Shape::from_slice(shape);
    shape.remove(dim);
    shape
}

/// A vector over the classes, so that it broadcasts against logits of a rank.
pub fn per_class(x: &Tensor, rank: usize, dim: usize) -> Result<Tensor> {
    let mut shape: Shape = smallvec![1; rank - dim];
    shape[0] = x.numel();
    view::reshape(x, &shape)
}
