//! Adam's relatives, which keep running means of gradients and of their squares.
//! Formulas for `update`.

use crate::cpu::optim::{Formula, Number, Settings};
use crate::function::{Effect, Function, Places};
use crate::op::Op;
use crate::ops::optim::update::{FIVE, FOUR, between, checked_step, floats, followed, named, record, update};

pub static OPS: &[&Op] = &[&AMSGRAD, &ADAMAX, &NADAM, &RADAM];

const MOMENTS: [&str; 4] = ["params", "grads", "exp_avgs", "exp_avg_sqs"];

// ---- Adam, and with the largest second moment so far

pub(super) struct Moments;

impl<const L: usize> Formula<L, 9> for Moments {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<9> {
        let &[step, lr, beta1, beta2, eps, decay] = n else {
            unreachable!("six are recorded")
        };
        let (decoupled, maximize) = (flags[0], flags[1]);
        let near = 1.0 - beta1 < 0.5;
        let step_size = lr / (1.0 - beta1.powi(step as i32));
        let correction = (1.0 - beta2.powi(step as i32)).sqrt();
        let shrink = if decoupled { 1.0 - lr * decay } else { 1.0 };
        let c = [
            decay,
            shrink,
            1.0 - beta1,
            1.0 - (1.0 - beta1),
            beta2,
            1.0 - beta2,
            correction,
            eps,
            -step_size,
        ];
        ([maximize, !decoupled && decay != 0.0, near, false], c)
    }

    #[inline(always)]
    fn step<N: Number>([maximize, decayed, near, _]: [bool; 4], c: &[N; 9], mut x: [N; L]) -> [N; L] {
        let &[
            penalty,
            shrink,
            weight,
            rest,
            beta2,
            one_minus_beta2,
            correction,
            eps,
            minus_step_size,
        ] = c;
        let g = followed(maximize, decayed, penalty, x[0], x[1]);
        x[2] = between(near, x[2], g, weight, rest);
        x[3] = x[3] * beta2 + g * one_minus_beta2 * g;
        if L > 4 {
            x[4] = x[4].larger(x[3]);
        }
        // The last list holds the second moment that counts.
        let scale = x[L - 1].sqrt() / correction + eps;
        x[0] = x[0] * shrink + x[2] * minus_step_size / scale;
        x
    }
}

/// data: [step, lr, beta1, beta2, eps, weight_decay]; flags: [decoupled, maximize]
static AMSGRAD: Op = record::<Moments, 5, 9>(
    "amsgrad_",
    Some(Function {
        name: "amsgrad_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], \
                    exp_avg_sqs: Sequence[Tensor], max_exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, \
                    beta1: float, beta2: float, eps: float, weight_decay: float = 0.0, decoupled: bool = False, \
                    maximize: bool = False) -> None",
        doc: "A step of Adam (see `adam_`) that divides by the root of the largest second moment so far, `w = max(w, v)`, \
              instead of the present one (Reddi, Kale and Kumar, 2018), as `torch.optim.Adam(amsgrad=True)` takes it.\n\n\
              Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.\n\n\
              >>> p, m, v, w = (ravine.zeros(2) for _ in range(4))\n\
              >>> ravine.amsgrad_([p], [ravine.ones(2)], [m], [v], [w], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)\n\
              >>> p\ntensor([-0.5000, -0.5000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2, 3, 4]),
        call: |a| {
            let mut numbers = vec![checked_step("amsgrad_", a.int(5)?)?];
            numbers.extend(floats(a, 6..11)?);
            let names = ["params", "grads", "exp_avgs", "exp_avg_sqs", "max_exp_avg_sqs"];
            update(
                &AMSGRAD,
                &named(a, &names)?,
                &[a.flag(11)?, a.flag(12)?],
                &numbers,
            )
        },
    }),
    FIVE,
);

// ---- Adamax

struct Adamax;

impl Formula<4, 6> for Adamax {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<6> {
        let &[step, lr, beta1, beta2, eps, decay] = n else {
            unreachable!("six are recorded")
        };
        let rate = lr / (1.0 - beta1.powi(step as i32));
        let near = 1.0 - beta1 < 0.5;
        let c = [decay, 1.0 - beta1, 1.0 - (1.0 - beta1), beta2, eps, -rate];
        ([flags[0], decay != 0.0, near, false], c)
    }

    #[inline(always)]
    fn step<N: Number>(
        [maximize, decayed, near, _]: [bool; 4],
        c: &[N; 6],
        [p, g, m, largest]: [N; 4],
    ) -> [N; 4] {
        let &[penalty, weight, rest, beta2, eps, minus_rate] = c;
        let g = followed(maximize, decayed, penalty, p, g);
        let m = between(near, m, g, weight, rest);
        let largest = (largest * beta2).larger(g.abs() + eps);
        [p + m * minus_rate / largest, g, m, largest]
    }
}

/// data: [step, lr, beta1, beta2, eps, weight_decay]; flags: [maximize]
static ADAMAX: Op = record::<Adamax, 4, 6>(
    "adamax_",
    Some(Function {
        name: "adamax_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], \
                    exp_infs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, \
                    weight_decay: float = 0.0, maximize: bool = False) -> None",
        doc: "Step number `step` (from 1) of Adamax (Kingma and Ba, 2015, section 7.1) on all `params`, in place, as \
              `torch.optim.Adamax` takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: \
              `m += (1 - beta1) * (g - m)`, `u = max(beta2 * u, |g| + eps)`, then `p -= lr / (1 - beta1^step) * m / u`.\n\n\
              Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.\n\n\
              >>> p, m, u = (ravine.zeros(2) for _ in range(3))\n\
              >>> ravine.adamax_([p], [ravine.ones(2)], [m], [u], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)\n\
              >>> p\ntensor([-0.5000, -0.5000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2, 3]),
        call: |a| {
            let mut numbers = vec![checked_step("adamax_", a.int(4)?)?];
            numbers.extend(floats(a, 5..10)?);
            update(
                &ADAMAX,
                &named(a, &["params", "grads", "exp_avgs", "exp_infs"])?,
                &[a.flag(10)?],
                &numbers,
            )
        },
    }),
    FOUR,
);

// ---- Adam with Nesterov momentum

struct Nadam;

impl Formula<4, 10> for Nadam {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<10> {
        let &[step, lr, beta1, beta2, eps, momentum_decay, mu_product, decay] = n else {
            unreachable!("eight are recorded")
        };
        let (decoupled, maximize) = (flags[0], flags[1]);
        let mu = |step: f64| beta1 * (1.0 - 0.5 * 0.96f64.powf(step * momentum_decay));
        let next = mu(step + 1.0);
        let on_gradient = -lr * (1.0 - mu(step)) / (1.0 - mu_product);
        let on_moment = -lr * next / (1.0 - mu_product * next);
        let correction = 1.0 - beta2.powi(step as i32);
        let shrink = if decoupled { 1.0 - lr * decay } else { 1.0 };
        let near = 1.0 - beta1 < 0.5;
        let rest = 1.0 - (1.0 - beta1);
        let c = [
            decay,
            shrink,
            1.0 - beta1,
            rest,
            beta2,
            1.0 - beta2,
            correction,
            eps,
            on_gradient,
            on_moment,
        ];
        ([maximize, !decoupled && decay != 0.0, near, false], c)
    }

    #[inline(always)]
    fn step<N: Number>([maximize, decayed, near, _]: [bool; 4], c: &[N; 10], [p, g, m, v]: [N; 4]) -> [N; 4] {
        let &[
            penalty,
            shrink,
            weight,
            rest,
            beta2,
            one_minus_beta2,
            correction,
            eps,
            on_gradient,
            on_moment,
        ] = c;
        let g = followed(maximize, decayed, penalty, p, g);
        let m = between(near, m, g, weight, rest);
        let v = v * beta2 + g * one_minus_beta2 * g;
        let scale = (v / correction).sqrt() + eps;
        [
            p * shrink + g * on_gradient / scale + m * on_moment / scale,
            g,
            m,
            v,
        ]
    }
}

/// data: [step, lr, beta1, beta2, eps, momentum_decay, mu_product, weight_decay]; flags: [decoupled, maximize]
static NADAM: Op = record::<Nadam, 4, 10>(
    "nadam_",
    Some(Function {
        name: "nadam_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], \
                    exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, \
                    momentum_decay: float, mu_product: float, weight_decay: float = 0.0, decoupled: bool = False, \
                    maximize: bool = False) -> None",
        doc: "Step number `step` (from 1) of NAdam (Dozat, 2016) on all `params`, in place, as `torch.optim.NAdam` takes \
              it: Adam's moments m and v of the gradient g (see `adam_`), and with \
              `mu(t) = beta1 * (1 - 0.96^(t * momentum_decay) / 2)` and their product `mu_product` up to this step, \
              `p -= lr * ((1 - mu(step)) / (1 - mu_product) * g + mu(step + 1) / (1 - mu_product * mu(step + 1)) * m) / \
              (sqrt(v / (1 - beta2^step)) + eps)`.\n\n\
              Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.\n\n\
              >>> p, m, v = (ravine.zeros(2) for _ in range(3))\n\
              >>> ravine.nadam_([p], [ravine.ones(2)], [m], [v], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8,\n\
              ...               momentum_decay=0.0, mu_product=0.45)\n\
              >>> p\ntensor([-0.5282, -0.5282])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2, 3]),
        call: |a| {
            let mut numbers = vec![checked_step("nadam_", a.int(4)?)?];
            numbers.extend(floats(a, 5..12)?);
            update(
                &NADAM,
                &named(a, &MOMENTS)?,
                &[a.flag(12)?, a.flag(13)?],
                &numbers,
            )
        },
    }),
    FOUR,
);

// ---- Adam with a rectified rate

struct Radam;

impl Formula<4, 10> for Radam {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<10> {
        let &[step, lr, beta1, beta2, eps, decay] = n else {
            unreachable!("six are recorded")
        };
        let (decoupled, maximize) = (flags[0], flags[1]);
        let power = beta2.powi(step as i32);
        // Observations that the second moment stands for, at most and now.
        let most = 2.0 / (1.0 - beta2) - 1.0;
        let now = most - 2.0 * step * power / (1.0 - power);
        let rectified = now > 5.0;
        let factor = match rectified {
            true => ((now - 4.0) * (now - 2.0) * most / ((most - 4.0) * (most - 2.0) * now)).sqrt(),
            false => 1.0,
        };
        let shrink = if decoupled { 1.0 - lr * decay } else { 1.0 };
        let near = 1.0 - beta1 < 0.5;
        let unbias = 1.0 - beta1.powi(step as i32);
        let root = (1.0 - power).sqrt();
        let c = [
            decay,
            shrink,
            1.0 - beta1,
            1.0 - (1.0 - beta1),
            beta2,
            1.0 - beta2,
            unbias,
            eps,
            root,
            -lr * factor,
        ];
        ([maximize, !decoupled && decay != 0.0, near, rectified], c)
    }

    #[inline(always)]
    fn step<N: Number>([maximize, decayed, near, rectified]: [bool; 4], c: &[N; 10], x: [N; 4]) -> [N; 4] {
        let &[
            penalty,
            shrink,
            weight,
            rest,
            beta2,
            one_minus_beta2,
            unbias,
            eps,
            root,
            minus_rate,
        ] = c;
        let [p, g, m, v] = x;
        let g = followed(maximize, decayed, penalty, p, g);
        let m = between(near, m, g, weight, rest);
        let v = v * beta2 + g * one_minus_beta2 * g;
        let way = m / unbias * minus_rate;
        let way = if rectified {
            way * (root / (v.sqrt() + eps))
        } else {
            way
        };
        [p * shrink + way, g, m, v]
    }
}

/// data: [step, lr, beta1, beta2, eps, weight_decay]; flags: [decoupled, maximize]
static RADAM: Op = record::<Radam, 4, 10>(
    "radam_",
    Some(Function {
        name: "radam_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], \
                    exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, \
                    weight_decay: float = 0.0, decoupled: bool = False, maximize: bool = False) -> None",
        doc: "Step number `step` (from 1) of RAdam (Liu et al., 2020) on all `params`, in place, as `torch.optim.RAdam` \
              takes it: Adam's moments m and v (see `adam_`), and `p -= lr * m / (1 - beta1^step)`, times \
              `r * sqrt(1 - beta2^step) / (sqrt(v) + eps)` as soon as v stands for more than 5 observations, r being the \
              rectification of its variance.\n\n\
              Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.\n\n\
              >>> p, m, v = (ravine.zeros(2) for _ in range(3))\n\
              >>> ravine.radam_([p], [ravine.ones(2)], [m], [v], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)\n\
              >>> p\ntensor([-0.5000, -0.5000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2, 3]),
        call: |a| {
            let mut numbers = vec![checked_step("radam_", a.int(4)?)?];
            numbers.extend(floats(a, 5..10)?);
            update(
                &RADAM,
                &named(a, &MOMENTS)?,
                &[a.flag(10)?, a.flag(11)?],
                &numbers,
            )
        },
    }),
    FOUR,
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::optim::lists::tests::kernel_is_plain;

    #[test]
    fn kernels_have_the_bits_of_their_plain_forms() {
        for (maximize, decoupled) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            // The moments' weights are below and above a half, the rate rectified and not.
            for (step, beta1) in [(1.0, 0.9), (3.0, 0.25), (40.0, 0.9)] {
                let numbers = [step, 0.1, beta1, 0.99, 1e-8, 0.01];
                kernel_is_plain(&ADAMAX, 4, &[maximize], &numbers);
                kernel_is_plain(&RADAM, 4, &[decoupled, maximize], &numbers);
                kernel_is_plain(&AMSGRAD, 5, &[decoupled, maximize], &numbers);
                let numbers = [step, 0.1, beta1, 0.99, 1e-8, 4e-3, 0.3, 0.01];
                kernel_is_plain(&NADAM, 4, &[decoupled, maximize], &numbers);
            }
        }
    }
}
