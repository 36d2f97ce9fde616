//! Stochastic gradient descent. See `optim` for what updates share.

use crate::cpu::optim::{Formula, Number, Settings, SgdChoices, SgdNumbers, sgd};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::Gpu;
use crate::op::{Batch, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::optim::lists::{NEVER, batched, meta, update};
use crate::ops::optim::passes::program;
use crate::ops::optim::update::{followed, plain};

/// inputs: params, grads; outputs: params. attrs: `SgdChoices`; data: `SgdNumbers`
pub static SGD: Op = Op {
    name: "sgd_",
    function: Some(Function {
        name: "sgd_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], momentum_buffers: Sequence[Tensor], *, lr: float, \
                    momentum: float = 0.0, dampening: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False, \
                    maximize: bool = False, first: bool = False, convention: str = \"torch\") -> None",
        doc: "One step of stochastic gradient descent on all `params`, in place, as `torch.optim.SGD` takes it. With the \
              gradient g (its negative with `maximize`) plus `weight_decay * p`: `p -= lr * g`. With `momentum`, \
              `b = momentum * b + (1 - dampening) * g` (`b = g` with `first`), and g becomes b, or `g + momentum * b` \
              with `nesterov`. Without momentum `momentum_buffers` is empty. With the `convention` `\"ema\"` the buffer is a \
              running mean, `b = momentum * b + (1 - momentum) * g`; with `\"heavy-ball\"` (Polyak, 1964) it is the way to \
              go, `b = momentum * b + lr * g` and `p -= b`. With `nesterov` the last line is the buffer's once more: its \
              weight times g plus `momentum * b`.\n\n\
              Raises ValueError if the lists differ in length or the convention is unknown, ShapeError if pairs differ in \
              shape.\n\n\
              >>> p = ravine.ones(2)\n>>> ravine.sgd_([p], [ravine.ones(2)], [], lr=0.5)\n>>> p\ntensor([0.5000, 0.5000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2]),
        call: sgd_call,
    }),
    class: Class::Lists,
    meta,
    cpu: Cpu::Kernel(sgd),
    gpu: Gpu::Lists(2, program::<Descent, 2, 4>),
    vjp: Vjp::Never(NEVER),
    jvp: Jvp::Never(NEVER),
    batch: Batch::Rule(batched),
    donates: &[(0, 0)],
    plain: Plain::Form(Form(plain::<Descent, 2, 4>)),
    tests: NO_TESTS,
};

/// inputs: params, grads, momentum buffers; outputs: params, buffers.
/// attrs: `SgdChoices`; data: `SgdNumbers`
pub static SGD_MOMENTUM: Op = Op {
    name: "sgd_momentum_",
    function: None,
    class: Class::Lists,
    meta,
    cpu: Cpu::Kernel(sgd),
    gpu: Gpu::Lists(3, program::<Descent, 3, 4>),
    vjp: Vjp::Never(NEVER),
    jvp: Jvp::Never(NEVER),
    batch: Batch::Rule(batched),
    donates: &[(0, 0), (2, 1)],
    plain: Plain::Form(Form(plain::<Descent, 3, 4>)),
    tests: NO_TESTS,
};

fn sgd_call(a: &Args) -> Result<Outcome> {
    let params = ("params", a.tensors(0)?);
    let grads = ("grads", a.tensors(1)?);
    let buffers = ("momentum_buffers", a.tensors(2)?);
    let (lr, momentum, dampening, weight_decay) = (a.float(3)?, a.float(4)?, a.float(5)?, a.float(6)?);
    let (nesterov, maximize, first) = (a.flag(7)?, a.flag(8)?, a.flag(9)?);
    // How much of the way that the buffer points to is gone, and what the gradient counts in it.
    let (rate, weight) = match a.text(10)? {
        "torch" => (lr, 1.0 - dampening),
        "ema" => (lr, 1.0 - momentum),
        "heavy-ball" => (1.0, lr),
        other => {
            let text = format!("there is no convention '{other}'. Pass 'torch', 'ema' or 'heavy-ball'");
            return Err(Error::value("sgd_", text));
        }
    };
    let choices = SgdChoices {
        length: params.1.len(),
        maximize,
        nesterov,
        first,
    };
    let numbers = SgdNumbers {
        lr: rate,
        weight_decay,
        momentum,
        weight,
    };
    let (attrs, data) = (choices.encode(), numbers.encode());
    if momentum != 0.0 {
        return update(&SGD_MOMENTUM, &[params, grads, buffers], attrs, data);
    }
    if !buffers.1.is_empty() {
        return Err(Error::value(
            "sgd_",
            "momentum is 0, so there is nothing to keep. Pass no momentum_buffers",
        ));
    }
    update(&SGD, &[params, grads], attrs, data)
}

struct Descent;

impl<const L: usize> Formula<L, 4> for Descent {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<4> {
        let &[lr, decay, momentum, weight] = n else {
            unreachable!("four are recorded")
        };
        let (maximize, nesterov, first) = (flags[0], flags[1], flags[2]);
        (
            [maximize, decay != 0.0, nesterov, first],
            [decay, momentum, weight, -lr],
        )
    }

    #[inline(always)]
    fn step<N: Number>([maximize, decayed, nesterov, first]: [bool; 4], c: &[N; 4], mut x: [N; L]) -> [N; L] {
        let &[penalty, momentum, weight, minus_lr] = c;
        let g = followed(maximize, decayed, penalty, x[0], x[1]);
        let mut way = g;
        // The third list are momentum buffers.
        if L > 2 {
            let moved = if first { g } else { x[2] * momentum + g * weight };
            x[2] = moved;
            way = if nesterov {
                g * weight + moved * momentum
            } else {
                moved
            };
        }
        x[0] = x[0] + way * minus_lr;
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::optim::lists::tests::kernel_is_plain;

    #[test]
    fn sgd_has_the_bits_of_its_plain_form() {
        for maximize in [0, 1] {
            kernel_is_plain(&SGD, 2, &[maximize, 0, 0], &[0.1, 0.01, 0.0, 0.0]);
            for (nesterov, first) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                kernel_is_plain(
                    &SGD_MOMENTUM,
                    3,
                    &[maximize, nesterov, first],
                    &[0.1, 0.0, 0.9, 0.25],
                );
            }
        }
    }
}
