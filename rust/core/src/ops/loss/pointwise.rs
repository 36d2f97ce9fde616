//! Losses between a prediction and a target at each position, as functions of the difference or of a likelihood.

use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::graph::{Arg, Tensor};
use crate::ops::elementwise::activation::{relu, softplus};
use crate::ops::elementwise::arithmetic::{abs, add, div, mul, neg, sub};
use crate::ops::elementwise::compare::{eq, gt, lt};
use crate::ops::elementwise::exponential::{exp, log};
use crate::ops::elementwise::select::r#where;
use crate::ops::floats::need_float;
use crate::ops::graph::identity::detach;
use crate::ops::loss::{Reduction, same_shape};
use crate::ops::shape::view;
use crate::shape::{Shape, show};
use crate::stream::peek;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "mse_loss",
        signature: "(input: Tensor, target: Tensor, reduction: str = \"mean\") -> Tensor",
        doc: "Squared differences `(input - target)^2`; `reduction` is \"none\", \"sum\" or \"mean\". Raises an error when \
              the shapes differ: a loss over shapes that broadcast is nearly always a mistake.\n\n\
              >>> ravine.mse_loss(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0]))\ntensor(2.)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, target, reduction) = (a.tensor(0)?, a.tensor(1)?, Reduction::of(a, 2)?);
                same_shape(a.function, x, target)?;
                let difference = sub(x, target)?;
                need_float(a.function, &difference)?;
                Ok(reduction.of_all(&mul(&difference, &difference)?)?.into())
            })
        },
    },
    Function {
        name: "l1_loss",
        signature: "(input: Tensor, target: Tensor, reduction: str = \"mean\") -> Tensor",
        doc: "Absolute differences `|input - target|`; the derivative at 0 is 0. `reduction` is \"none\", \"sum\" or \
              \"mean\". Raises an error when the shapes differ.\n\n\
              >>> ravine.l1_loss(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0]))\ntensor(1.)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y, reduction) = (a.tensor(0)?, a.tensor(1)?, Reduction::of(a, 2)?);
                same_shape(a.function, x, y)?;
                Ok(reduction.of_all(&abs(difference(a.function, x, y)?)?)?.into())
            })
        },
    },
    Function {
        name: "smooth_l1_loss",
        signature: "(input: Tensor, target: Tensor, reduction: str = \"mean\", beta: float = 1.0) -> Tensor",
        doc: "`d^2 / (2 beta)` where |d| < beta, `|d| - beta / 2` elsewhere, with d = `input - target` (Girshick, 2015); \
              beta 0 gives `l1_loss`. `reduction` is \"none\", \"sum\" or \"mean\". Raises an error when the shapes \
              differ or beta is negative.\n\n\
              >>> ravine.smooth_l1_loss(ravine.tensor([0.5, 3.0]), ravine.zeros(2), reduction=\"none\")\n\
              tensor([0.1250, 2.5000])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y, beta) = (a.tensor(0)?, a.tensor(1)?, a.float(3)?);
                let reduction = Reduction::of(a, 2)?;
                same_shape(a.function, x, y)?;
                if beta.is_nan() || beta < 0.0 {
                    return Err(Error::value(
                        a.function,
                        format!("beta is {beta}; it must be 0 or more"),
                    ));
                }
                let d = difference(a.function, x, y)?;
                if beta == 0.0 {
                    return Ok(reduction.of_all(&abs(d)?)?.into());
                }
                let (square, distance, near) = near_and_far(&d, |distance| lt(distance, beta))?;
                let losses = r#where(near, mul(square, 0.5 / beta)?, sub(distance, 0.5 * beta)?)?;
                Ok(reduction.of_all(&losses)?.into())
            })
        },
    },
    Function {
        name: "huber_loss",
        signature: "(input: Tensor, target: Tensor, reduction: str = \"mean\", delta: float = 1.0, \
                    weight: Tensor | None = None) -> Tensor",
        doc: "`d^2 / 2` where |d| <= delta, `delta (|d| - delta / 2)` elsewhere, with d = `input - target` (Huber, 1964). \
              `weight` has the input's shape and scales each loss. `reduction` is \
              \"none\", \"sum\" or \"mean\". Raises an error when the shapes differ or delta is not positive.\n\n\
              >>> ravine.huber_loss(ravine.tensor([0.5, 3.0]), ravine.zeros(2), reduction=\"none\", delta=2.0)\n\
              tensor([0.1250, 4.0000])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y, delta, weight) = (a.tensor(0)?, a.tensor(1)?, a.float(3)?, a.opt_tensor(4)?);
                let reduction = Reduction::of(a, 2)?;
                same_shape(a.function, x, y)?;
                if delta.is_nan() || delta <= 0.0 {
                    return Err(Error::value(
                        a.function,
                        format!("delta is {delta}; it must be positive"),
                    ));
                }
                let d = difference(a.function, x, y)?;
                let (square, distance, near) = near_and_far(&d, |distance| {
                    crate::ops::elementwise::compare::le(distance, delta)
                })?;
                let losses = r#where(near, mul(square, 0.5)?, mul(sub(distance, 0.5 * delta)?, delta)?)?;
                let Some(weight) = weight else {
                    return Ok(reduction.of_all(&losses)?.into());
                };
                same_shape(a.function, x, weight)?;
                Ok(reduction.of_all(&mul(losses, weight)?)?.into())
            })
        },
    },
    Function {
        name: "kl_div",
        signature: "(input: Tensor, target: Tensor, reduction: str = \"mean\", log_target: bool = False) -> Tensor",
        doc: "`target (log target - input)` at each position, 0 where the target is 0: terms of the Kullback-Leibler \
              divergence of `input`, given as log-probabilities, from `target`, given as probabilities or, with \
              `log_target`, as their logarithms too. `reduction` is \"none\", \"sum\", \"batchmean\" (the sum divided by \
              the first extent: the divergence as usually defined, averaged over a batch) or \"mean\" (over every element). \
              Shapes broadcast.\n\n\
              >>> half = ravine.tensor([[0.5, 0.5]])\n\
              >>> ravine.kl_div(ravine.log(half), half, reduction=\"batchmean\")\ntensor(0.)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y) = (
                    need_float(a.function, a.tensor(0)?)?,
                    need_float(a.function, a.tensor(1)?)?,
                );
                let losses = if a.flag(3)? {
                    mul(exp(y)?, sub(y, x)?)?
                } else {
                    let known = r#where(eq(y, 0.0)?, 1.0, y)?;
                    sub(mul(y, log(known)?)?, mul(y, x)?)?
                };
                if a.text(2)? != "batchmean" {
                    return Ok(Reduction::of(a, 2)?.of_all(&losses)?.into());
                }
                let Some(&size) = x.shape().first() else {
                    return Err(Error::rank(
                        a.function,
                        "for \"batchmean\" the input",
                        "1 or more",
                        x.shape(),
                    ));
                };
                Ok(div(Reduction::Sum.of_all(&losses)?, size as f64)?.into())
            })
        },
    },
    Function {
        name: "poisson_nll_loss",
        signature: "(input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, eps: float = 1e-08, \
                    reduction: str = \"mean\") -> Tensor",
        doc: "The negative log-likelihood of counts under a Poisson distribution: `e^input - target input` if `input` is \
              the logarithm of the rate, `input - target log(input + eps)` if it is the rate. `full` adds Stirling's \
              `target log target - target + log(2 pi target) / 2` for targets above 1. `reduction` is \"none\", \"sum\" or \
              \"mean\".\n\n\
              >>> ravine.poisson_nll_loss(ravine.tensor([0.0]), ravine.tensor([2.0]))\ntensor(1.)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y) = (need_float(a.function, a.tensor(0)?)?, a.tensor(1)?);
                let reduction = Reduction::of(a, 5)?;
                let mut losses = if a.flag(2)? {
                    sub(exp(x)?, mul(y, x)?)?
                } else {
                    sub(x, mul(y, log(add(x, a.float(4)?)?)?)?)?
                };
                if a.flag(3)? {
                    let many = gt(y, 1.0)?;
                    let count = r#where(&many, y, 1.0)?;
                    let spread = mul(log(mul(&count, std::f64::consts::TAU)?)?, 0.5)?;
                    let stirling = add(sub(mul(&count, log(&count)?)?, &count)?, spread)?;
                    losses = add(losses, r#where(many, stirling, 0.0)?)?;
                }
                Ok(reduction.of_all(&losses)?.into())
            })
        },
    },
    Function {
        name: "gaussian_nll_loss",
        signature: "(input: Tensor, target: Tensor, var: Tensor | Number, full: bool = False, eps: float = 1e-06, \
                    reduction: str = \"mean\") -> Tensor",
        doc: "`(log v + (input - target)^2 / v) / 2` with v = `var`, at least `eps`: the negative log-likelihood of targets \
              under a normal distribution (Nix and Weigend, 1994). `var` has the input's shape, that shape without its last \
              extent, or 1 there; gradients pass the bound as if it were not there. `full` adds `log(2 pi) / 2`. \
              `reduction` is \"none\", \"sum\" or \"mean\". A negative variance raises ValueError if it is computed \
              already, and gives NaN otherwise.\n\n\
              >>> ravine.gaussian_nll_loss(ravine.tensor([1.0]), ravine.tensor([3.0]), ravine.tensor([1.0]))\n\
              tensor(2.)\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y) = (need_float(a.function, a.tensor(0)?)?, a.tensor(1)?);
                let (eps, reduction) = (a.float(4)?, Reduction::of(a, 5)?);
                let var = variance(a.function, x, a.arg(2)?, eps)?;
                let d = sub(x, y)?;
                let mut losses = mul(add(log(&var)?, div(mul(&d, &d)?, &var)?)?, 0.5)?;
                if a.flag(3)? {
                    losses = add(losses, 0.5 * std::f64::consts::TAU.ln())?;
                }
                Ok(reduction.of_all(&losses)?.into())
            })
        },
    },
    Function {
        name: "soft_margin_loss",
        signature: "(input: Tensor, target: Tensor, reduction: str = \"mean\") -> Tensor",
        doc: "`log(1 + e^(-target input))` for targets 1 and -1, without overflow. `reduction` is \"none\", \"sum\" or \
              \"mean\". Raises an error when the shapes differ.\n\n\
              >>> ravine.soft_margin_loss(ravine.tensor([0.0]), ravine.tensor([1.0]))\ntensor(0.6931)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y) = (need_float(a.function, a.tensor(0)?)?, a.tensor(1)?);
                let reduction = Reduction::of(a, 2)?;
                same_shape(a.function, x, y)?;
                let losses = softplus(neg(mul(y, x)?)?, 1.0, f64::INFINITY)?;
                Ok(reduction.of_all(&losses)?.into())
            })
        },
    },
];

fn difference(op: &'static str, x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let d = sub(x, y)?;
    need_float(op, &d)?;
    Ok(d)
}

/// The square of near differences, the distance, and which are near. A far difference is not squared: it may overflow.
fn near_and_far(
    d: &Tensor,
    is_near: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<(Tensor, Tensor, Tensor)> {
    let distance = abs(d)?;
    let near = is_near(&distance)?;
    let small = r#where(&near, d, 0.0)?;
    Ok((mul(&small, &small)?, distance, near))
}

/// At least `eps`, in a shape that broadcasts against `x`.
fn variance(op: &'static str, x: &Tensor, var: Arg, eps: f64) -> Result<Tensor> {
    if eps.is_nan() || eps <= 0.0 {
        return Err(Error::value(op, format!("eps is {eps}; it must be positive")));
    }
    let negative = || Error::value(op, "var has negative entries; a variance is 0 or more");
    let var = match var {
        Arg::Tensor(var) => var,
        Arg::Scalar(v) if v.as_f64() < 0.0 => return Err(negative()),
        Arg::Scalar(v) => crate::ops::create::full(&[], v, x.dtype())?,
    };
    if let Some(values) = peek(&var)
        && var.dtype().is_float()
    {
        let values = crate::cpu::convert(&values, crate::dtype::DType::F64)?;
        if values.as_slice::<f64>().iter().any(|&v| v < 0.0) {
            return Err(negative());
        }
    }
    let (shape, of) = (x.shape(), var.shape());
    let lead = &shape[..shape.len().saturating_sub(1)];
    let mut column = Shape::from_slice(lead);
    column.push(1);
    let var = if of == shape || *of == column || of.is_empty() {
        var
    } else if **of == *lead {
        view::reshape(&var, &column)?
    } else {
        let text = format!(
            "input has shape {}, var has {}. It must be the same, the same without the last extent, or 1 there",
            show(shape),
            show(of)
        );
        return Err(Error::shape(op, text));
    };
    let var = r#where(lt(&var, 0.0)?, f64::NAN, &var)?;
    // Adding what is missing lets gradients pass.
    add(&var, detach(&relu(sub(eps, &var)?)?)?)
}
