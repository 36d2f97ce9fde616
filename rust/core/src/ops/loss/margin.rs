//! Losses that ask for a margin between similar and dissimilar, and the similarities they are made of.

use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::elementwise::arithmetic::{add, div, mul, sqrt, sub};
use crate::ops::elementwise::compare::{eq, lt, ne};
use crate::ops::elementwise::select::r#where;
use crate::ops::floats::need_float;
use crate::ops::index::gather::gather;
use crate::ops::loss::cross_entropy::{class_labels, unsqueeze};
use crate::ops::loss::{NO_LABEL, Reduction, class_dim, labels, same_shape};
use crate::ops::reduce;
use crate::ops::reduce::statistics::norm;
use crate::ops::shape::view;
use crate::shape::{broadcast, normalize_dim, show};

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "cosine_similarity",
        signature: "(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-08) -> Tensor",
        doc: "`x1 . x2 / (max(|x1|, eps) max(|x2|, eps))` along `dim` of the shape to which both broadcast.\n\n\
              >>> ravine.cosine_similarity(ravine.tensor([3.0, 4.0]), ravine.tensor([4.0, 3.0]), dim=0)\n\
              tensor(0.9600)\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y) = (
                    need_float(a.function, a.tensor(0)?)?,
                    need_float(a.function, a.tensor(1)?)?,
                );
                let shape = broadcast(x.shape(), y.shape())
                    .ok_or_else(|| Error::broadcast(a.function, x.shape(), y.shape()))?;
                let dim = normalize_dim(a.function, a.int(2)?, shape.len())?;
                let eps = a.float(3)?;
                let unit = |x: &Tensor| {
                    let x = view::expand(x, &shape)?;
                    let length = norm(&x, 2.0, &[dim], true)?;
                    div(&x, r#where(lt(&length, eps)?, eps, length)?)
                };
                Ok(reduce::sum(&mul(unit(x)?, unit(y)?)?, &[dim], false)?.into())
            })
        },
    },
    Function {
        name: "pairwise_distance",
        signature: "(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-06, keepdim: bool = False) -> Tensor",
        doc: "The p-norm of `x1 - x2 + eps` along the last dimension; the inputs broadcast.\n\n\
              >>> ravine.pairwise_distance(ravine.tensor([3.0, 4.0]), ravine.zeros(2))\ntensor(5.0000)\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y) = (
                    need_float(a.function, a.tensor(0)?)?,
                    need_float(a.function, a.tensor(1)?)?,
                );
                Ok(distance(a.function, x, y, a.float(2)?, a.float(3)?, a.flag(4)?)?.into())
            })
        },
    },
    Function {
        name: "cosine_embedding_loss",
        signature: "(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = \"mean\") \
                    -> Tensor",
        doc: "`1 - c` for targets 1, `max(c - margin, 0)` for targets -1, with c the cosine of the angle between the inputs. \
              Inputs have shape (N, D) and targets (N,), or (D,) and (). `reduction` is \"none\", \"sum\" or \"mean\".\n\n\
              >>> x, y = ravine.tensor([[1.0, 0.0]]), ravine.tensor([[0.0, 2.0]])\n\
              >>> ravine.cosine_embedding_loss(x, y, ravine.tensor([1]))\ntensor(1.)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
            let (x, y) = (
                need_float(a.function, a.tensor(0)?)?,
                need_float(a.function, a.tensor(1)?)?,
            );
            let (target, reduction) = (a.tensor(2)?, Reduction::of(a, 4)?);
            same_shape(a.function, x, y)?;
            let rank = x.rank();
            if !(1..=2).contains(&rank) || **target.shape() != x.shape()[..rank - 1] {
                let text = format!(
                    "inputs of shape {} and a target of shape {}. They must be (N, D) and (N,), or (D,) and ()",
                    show(x.shape()),
                    show(target.shape())
                );
                return Err(Error::shape(a.function, text));
            }
            let dot = |x: &Tensor, y: &Tensor| reduce::sum(&mul(x, y)?, &[rank - 1], false);
            let squares = mul(add(dot(x, x)?, 1e-12)?, add(dot(y, y)?, 1e-12)?)?;
            let cosine = div(dot(x, y)?, sqrt(squares)?)?;
            let alike = r#where(eq(target, 1)?, sub(1.0, &cosine)?, 0.0)?;
            let unlike = r#where(eq(target, -1)?, at_least_0(&sub(&cosine, a.float(3)?)?)?, 0.0)?;
            Ok(reduction.of_all(&add(alike, unlike)?)?.into())
        })
        },
    },
    Function {
        name: "hinge_embedding_loss",
        signature: "(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = \"mean\") -> Tensor",
        doc: "`input`, a distance, for targets 1, and `max(margin - input, 0)` for targets -1. `reduction` is \"none\", \
              \"sum\" or \"mean\".\n\n\
              >>> ravine.hinge_embedding_loss(ravine.tensor([0.25, 0.25]), ravine.tensor([1, -1]), reduction=\"none\")\n\
              tensor([0.2500, 0.7500])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, target) = (need_float(a.function, a.tensor(0)?)?, a.tensor(1)?);
                let reduction = Reduction::of(a, 3)?;
                let unlike = r#where(ne(target, 1)?, at_least_0(&sub(a.float(2)?, x)?)?, 0.0)?;
                let alike = r#where(ne(target, -1)?, x, 0.0)?;
                Ok(reduction.of_all(&add(alike, unlike)?)?.into())
            })
        },
    },
    Function {
        name: "margin_ranking_loss",
        signature: "(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = \"mean\") \
                    -> Tensor",
        doc: "`max(-target (input1 - input2) + margin, 0)`: targets 1 ask for the first input to be larger, -1 for the \
              second. `reduction` is \"none\", \"sum\" or \"mean\".\n\n\
              >>> one = ravine.ones(1)\n>>> ravine.margin_ranking_loss(one, 2 * one, one)\ntensor(1.)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y) = (
                    need_float(a.function, a.tensor(0)?)?,
                    need_float(a.function, a.tensor(1)?)?,
                );
                let (target, reduction) = (a.tensor(2)?, Reduction::of(a, 4)?);
                let wrong = sub(a.float(3)?, mul(target, sub(x, y)?)?)?;
                Ok(reduction.of_all(&at_least_0(&wrong)?)?.into())
            })
        },
    },
    Function {
        name: "triplet_margin_loss",
        signature: "(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2.0, \
                    eps: float = 1e-06, swap: bool = False, reduction: str = \"mean\") -> Tensor",
        doc: "`max(d(anchor, positive) - d(anchor, negative) + margin, 0)` with d the `pairwise_distance` (Balntas et al., \
              2016); `swap` takes the smaller of the distances of anchor and positive to the negative. `reduction` is \
              \"none\", \"sum\" or \"mean\".\n\n\
              >>> zero = ravine.zeros(1, 2)\n>>> ravine.triplet_margin_loss(zero, zero, zero)\ntensor(1.)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let op = a.function;
                let inputs = [
                    need_float(op, a.tensor(0)?)?,
                    need_float(op, a.tensor(1)?)?,
                    need_float(op, a.tensor(2)?)?,
                ];
                let (p, eps, reduction) = (a.float(4)?, a.float(5)?, Reduction::of(a, 7)?);
                let [anchor, positive, negative] = inputs;
                let near = distance(op, anchor, positive, p, eps, false)?;
                let mut far = distance(op, anchor, negative, p, eps, false)?;
                if a.flag(6)? {
                    far = crate::ops::elementwise::arithmetic::minimum(
                        far,
                        distance(op, positive, negative, p, eps, false)?,
                    )?;
                }
                let wrong = add(sub(near, far)?, a.float(3)?)?;
                Ok(reduction.of_all(&at_least_0(&wrong)?)?.into())
            })
        },
    },
    Function {
        name: "multi_margin_loss",
        signature: "(input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, \
                    reduction: str = \"mean\") -> Tensor",
        doc: "`weight[y] sum_{i != y} max(margin - input[y] + input[i], 0)^p / C`: a hinge loss of C classes with label y \
              (Crammer and Singer, 2001), p 1 or 2. `input` has shape (C,) or (N, C), `target` integer labels in that shape \
              without C, `weight` (C,). `reduction` is \"none\", \"sum\" or \"mean\". Raises an IndexError when a label is \
              no class.\n\n\
              >>> ravine.multi_margin_loss(ravine.tensor([[0.0, 0.5]]), ravine.tensor([1]))\ntensor(0.2500)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (op, x, weight) = (a.function, a.tensor(0)?, a.opt_tensor(4)?);
                let (p, margin, reduction) = (a.int(2)?, a.float(3)?, Reduction::of(a, 5)?);
                if p != 1 && p != 2 {
                    return Err(Error::value(op, format!("p is {p}; it must be 1 or 2")));
                }
                let dim = class_dim(op, x, a.tensor(1)?)?;
                if x.rank() > 2 {
                    return Err(Error::rank(op, "input", "1 or 2", x.shape()));
                }
                let classes = x.shape()[dim];
                crate::ops::loss::check_weight(op, weight, classes)?;
                let target = labels(op, x, a.tensor(1)?, dim, NO_LABEL)?;
                let label = unsqueeze(&class_labels(op, &target, classes, NO_LABEL)?, dim)?;
                let mut terms = at_least_0(&add(sub(x, gather(x, dim, &label)?)?, margin)?)?;
                if p == 2 {
                    terms = mul(&terms, &terms)?;
                }
                if let Some(weight) = weight {
                    let picked = gather(weight, 0, &view::reshape(&label, &[label.numel()])?)?;
                    terms = mul(terms, view::reshape(&picked, label.shape())?)?;
                }
                let class = crate::ops::create::positions(classes)?;
                let others = ne(&label, crate::ops::loss::per_class(&class, x.rank(), dim)?)?;
                let losses = reduce::sum(&r#where(others, terms, 0.0)?, &[dim], false)?;
                Ok(reduction.of_all(&div(losses, classes as f64)?)?.into())
            })
        },
    },
];

/// `max(x, 0)` whose derivative at 0 is 1, as that of `clamp`.
fn at_least_0(x: &Tensor) -> Result<Tensor> {
    r#where(lt(x, 0.0)?, 0.0, x)
}

fn distance(op: &'static str, x: &Tensor, y: &Tensor, p: f64, eps: f64, keepdim: bool) -> Result<Tensor> {
    if p.is_nan() || p <= 0.0 {
        return Err(Error::value(op, format!("p is {p}; it must be positive")));
    }
    let d = add(sub(x, y)?, eps)?;
    match d.rank() {
        0 => Err(Error::rank(op, "the inputs together", "1 or more", d.shape())),
        rank => norm(&d, p, &[rank - 1], keepdim),
    }
}
