//! Adam and AdamW. See `optim` for what updates share.

use crate::cpu::optim::{Adam, AdamChoices, AdamNumbers, adam};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, need};
use crate::graph::Tensor;
use crate::op::{Batch, Call, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::elementwise::arithmetic::{add, div, mul, neg, sqrt, sub};
use crate::ops::graph::cast;
use crate::ops::optim::lists::{NEVER, batched, meta, update, wide};
use crate::shape::numel;
use smallvec::SmallVec;

const ADAM_PLAIN: Form = Form(adam_plain);

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
    gpu: Gpu::Program(program),
    vjp: Vjp::Never(NEVER),
    jvp: Jvp::Never(NEVER),
    batch: Batch::Rule(batched),
    donates: &[(0, 0), (2, 1), (3, 2)],
    plain: Plain::Form(ADAM_PLAIN),
    tests: NO_TESTS,
};

fn adam_plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let n = Adam::<f64>::new(c.attrs, c.data);
    let k = AdamChoices::from(c.attrs).length;
    let mut lists: [Vec<Tensor>; 3] = Default::default();
    for i in 0..k {
        let dtype = c.tensor(i).dtype();
        let (p, mut g, m, v) = (wide(c, 0, i)?, wide(c, 1, i)?, wide(c, 2, i)?, wide(c, 3, i)?);
        if n.maximize {
            g = neg(&g)?;
        }
        if n.penalty != 0.0 {
            g = add(&g, mul(&p, n.penalty)?)?;
        }
        let way = sub(&g, &m)?;
        let m = if n.one_minus_beta1 < 0.5 {
            add(&m, mul(&way, n.one_minus_beta1)?)?
        } else {
            sub(&g, mul(&way, n.beta1)?)?
        };
        let v = add(mul(&v, n.beta2)?, mul(mul(&g, n.one_minus_beta2)?, &g)?)?;
        let scale = add(div(sqrt(&v)?, n.correction)?, n.eps)?;
        let p = add(mul(&p, n.shrink)?, div(mul(&m, n.minus_step_size)?, &scale)?)?;
        for (list, x) in lists.iter_mut().zip([p, m, v]) {
            list.push(cast::cast(&x, dtype)?);
        }
    }
    Ok(lists.into_iter().flatten().collect())
}

/// Two tensors to a pass: four buffers for each are as many as are sure to be there.
fn program(c: &Context) -> Result<GpuProgram> {
    let count = AdamChoices::from(c.attrs).length;
    for i in 0..count {
        need("adam_", c.dtype(i), DType::F32)?;
    }
    let n = Adam::<f32>::new(c.attrs, c.data);
    let numbers = [
        n.penalty,
        n.shrink,
        n.one_minus_beta1,
        n.beta1,
        n.beta2,
        n.one_minus_beta2,
        n.correction,
        n.eps,
        n.minus_step_size,
    ];
    let pass = |first: usize| {
        let tensors: Vec<usize> = (first..count.min(first + 2)).collect();
        let sizes: Vec<usize> = tensors.iter().map(|&i| numel(c.shape(i))).collect();
        let mut params = vec![
            sizes[0] as u32,
            sizes.get(1).map_or(0, |&n| n as u32),
            n.maximize as u32,
        ];
        params.extend(numbers.map(f32::to_bits));
        let mut bindings = Vec::new();
        let mut text = String::from("fn update(i: u32) {\n");
        for (k, &i) in tensors.iter().enumerate() {
            bindings.push(Binding::read(&format!("g{k}"), Buffer::Input(count + i), "f32"));
            for (list, name) in ["p", "m", "v"].iter().enumerate() {
                bindings.push(Binding::write(
                    &format!("{name}{k}"),
                    Buffer::Output(list * count + i),
                    "f32",
                ));
            }
            let (inside, at) = if k == 0 {
                ("i < param(0u)", "i")
            } else {
                ("i >= param(0u)", "i - param(0u)")
            };
            text += &format!(
                "    if ({inside}) {{\n        let at = {at};\n        \
                 let moved = step(p{k}[at], g{k}[at], m{k}[at], v{k}[at]);\n        \
                 p{k}[at] = moved.p;\n        m{k}[at] = moved.m;\n        v{k}[at] = moved.v;\n    }}\n"
            );
        }
        let mut pass = c.over_elements("optim/adam.wgsl", sizes.iter().sum(), bindings, params);
        pass.slots.push(("update", text + "}\n"));
        pass
    };
    Ok(GpuProgram {
        passes: (0..count).step_by(2).map(pass).collect(),
        ..GpuProgram::default()
    })
}

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
