//! Adam and AdamW. See `optim` for what updates share.

use crate::cpu::optim::{AdamChoices, AdamNumbers, adam};
use crate::error::Error;
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::op::{Batch, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::optim::lists::{NEVER, batched, meta, update};
use crate::ops::optim::moments::Moments;
use crate::ops::optim::passes::program;
use crate::ops::optim::update::plain;

/// inputs: params, grads, first moments, second moments; outputs: params and both moments.
/// attrs: `AdamChoices`; data: `AdamNumbers`
pub static ADAM: Op = Op {
    name: "adam_",
    function: Some(Function {
        name: "adam_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], \
                    exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, \
                    weight_decay: float = 0.0, decoupled: bool = False, maximize: bool = False) -> None",
        doc: "Step number `step` (from 1) of Adam (Kingma and Ba, 2015) on all `params`, in place, as `torch.optim.Adam` \
              takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: \
              `m += (1 - beta1) * (g - m)`, `v = beta2 * v + (1 - beta2) * g^2`, then \
              `p -= lr / (1 - beta1^step) * m / (sqrt(v) / sqrt(1 - beta2^step) + eps)`. With `decoupled` (AdamW, \
              Loshchilov and Hutter, 2019) the decay leaves g alone: `p *= 1 - lr * weight_decay` comes first.\n\n\
              Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.\n\n\
              >>> p = ravine.ones(2)\n>>> m, v = ravine.zeros(2), ravine.zeros(2)\n\
              >>> ravine.adam_([p], [ravine.ones(2)], [m], [v], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)\n\
              >>> p\ntensor([0.5000, 0.5000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2, 3]),
        call: |a| {
            let lists = [
                ("params", a.tensors(0)?),
                ("grads", a.tensors(1)?),
                ("exp_avgs", a.tensors(2)?),
                ("exp_avg_sqs", a.tensors(3)?),
            ];
            let step = a.int(4)?;
            if step < 1 {
                return Err(Error::value(
                    "adam_",
                    format!("step is {step}; the first step is number 1"),
                ));
            }
            let numbers = AdamNumbers {
                step: step as f64,
                lr: a.float(5)?,
                beta1: a.float(6)?,
                beta2: a.float(7)?,
                eps: a.float(8)?,
                weight_decay: a.float(9)?,
            };
            let choices = AdamChoices {
                length: a.tensors(0)?.len(),
                decoupled: a.flag(10)?,
                maximize: a.flag(11)?,
            };
            update(&ADAM, &lists, choices.encode(), numbers.encode())
        },
    }),
    class: Class::Lists,
    meta,
    cpu: Cpu::Kernel(adam),
    gpu: Gpu::Lists(4, program::<Moments, 4, 9>),
    vjp: Vjp::Never(NEVER),
    jvp: Jvp::Never(NEVER),
    batch: Batch::Rule(batched),
    donates: &[(0, 0), (2, 1), (3, 2)],
    plain: Plain::Form(Form(plain::<Moments, 4, 9>)),
    tests: NO_TESTS,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::optim::lists::tests::kernel_is_plain;

    #[test]
    fn adam_has_the_bits_of_its_plain_form() {
        for (decoupled, maximize, beta1) in [(0, 0, 0.9), (1, 0, 0.9), (0, 1, 0.25)] {
            kernel_is_plain(
                &ADAM,
                4,
                &[decoupled, maximize],
                &[3.0, 0.1, beta1, 0.999, 1e-8, 0.01],
            );
        }
    }
}
