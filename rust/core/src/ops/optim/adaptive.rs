//! RMSprop, Adagrad, Adadelta and Lion, and running means of whole lists.
//! Formulas for `update`.

use crate::cpu::optim::{Formula, Number, Settings};
use crate::error::Error;
use crate::function::{Effect, Function, Places};
use crate::op::Op;
use crate::ops::optim::update::{
    FIVE, FOUR, THREE, TWO, between, checked_step, floats, followed, named, record, update,
};

pub static OPS: &[&Op] = &[
    &RMSPROP,
    &RMSPROP_OF_TWO,
    &RMSPROP_OF_THREE,
    &ADAGRAD,
    &ADADELTA,
    &LION,
    &ACCUMULATE,
];

// ---- RMSprop

struct Rmsprop;

impl<const L: usize> Formula<L, 7> for Rmsprop {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<7> {
        let &[lr, alpha, eps, decay, momentum] = n else {
            unreachable!("five are recorded")
        };
        let (maximize, centered) = (flags[0], flags[1]);
        let c = [decay, alpha, 1.0 - alpha, 1.0 - (1.0 - alpha), eps, -lr, momentum];
        ([maximize, decay != 0.0, centered, 1.0 - alpha < 0.5], c)
    }

    #[inline(always)]
    fn step<N: Number>([maximize, decayed, centered, near]: [bool; 4], c: &[N; 7], mut x: [N; L]) -> [N; L] {
        let &[penalty, alpha, weight, rest, eps, minus_lr, momentum] = c;
        let g = followed(maximize, decayed, penalty, x[0], x[1]);
        let square = x[2] * alpha + g * weight * g;
        x[2] = square;
        let mut spread = square;
        // The third list of states is the mean if there are two more, else `centered` says which it is.
        if L > 3 && (L > 4 || centered) {
            let mean = between(near, x[3], g, weight, rest);
            x[3] = mean;
            spread = square - mean * mean;
        }
        let scale = spread.sqrt() + eps;
        if L > 3 && (L > 4 || !centered) {
            let moved = x[L - 1] * momentum + g / scale;
            x[L - 1] = moved;
            x[0] = x[0] + moved * minus_lr;
        } else {
            x[0] = x[0] + g * minus_lr / scale;
        }
        x
    }
}

/// data: [lr, alpha, eps, weight_decay, momentum]; flags: [maximize, centered]
static RMSPROP: Op = record::<Rmsprop, 3, 7>(
    "rmsprop_",
    Some(Function {
        name: "rmsprop_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], square_avgs: Sequence[Tensor], \
                    grad_avgs: Sequence[Tensor], momentum_buffers: Sequence[Tensor], *, lr: float, alpha: float, \
                    eps: float, weight_decay: float = 0.0, momentum: float = 0.0, maximize: bool = False) -> None",
        doc: "One step of RMSprop (Hinton, 2012) on all `params`, in place, as `torch.optim.RMSprop` takes it. With the \
              gradient g (its negative with `maximize`) plus `weight_decay * p`: `v = alpha * v + (1 - alpha) * g^2`, then \
              `p -= lr * g / (sqrt(v) + eps)`. With `grad_avgs`, running means a of g, `v - a^2` stands for v under the \
              root. With `momentum_buffers`, `b = momentum * b + g / (sqrt(v) + eps)` and `p -= lr * b`. Either list may be \
              empty.\n\n\
              Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.\n\n\
              >>> p, v = ravine.ones(2), ravine.zeros(2)\n\
              >>> ravine.rmsprop_([p], [ravine.ones(2)], [v], [], [], lr=0.5, alpha=0.75, eps=0.0)\n\
              >>> p, v\n(tensor([0., 0.]), tensor([0.2500, 0.2500]))\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2, 3, 4]),
        call: |a| {
            let all = named(
                a,
                &["params", "grads", "square_avgs", "grad_avgs", "momentum_buffers"],
            )?;
            let (centered, moved) = (!all[3].1.is_empty(), !all[4].1.is_empty());
            let used: Vec<_> = (all.into_iter().enumerate())
                .filter(|(i, list)| *i < 3 || !list.1.is_empty())
                .map(|(_, list)| list)
                .collect();
            let op = match used.len() {
                3 => &RMSPROP,
                4 => &RMSPROP_OF_TWO,
                _ => &RMSPROP_OF_THREE,
            };
            let numbers = floats(a, 5..10)?;
            if numbers[4] != 0.0 && !moved {
                return Err(Error::value(
                    "rmsprop_",
                    "momentum needs momentum_buffers. Pass zeros at first",
                ));
            }
            update(op, &used, &[a.flag(10)?, centered], &numbers)
        },
    }),
    THREE,
);
static RMSPROP_OF_TWO: Op = record::<Rmsprop, 4, 7>("rmsprop_of_two_", None, FOUR);
static RMSPROP_OF_THREE: Op = record::<Rmsprop, 5, 7>("rmsprop_of_three_", None, FIVE);

// ---- Adagrad

struct Adagrad;

impl Formula<3, 3> for Adagrad {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<3> {
        let &[step, lr, lr_decay, decay, eps] = n else {
            unreachable!("five are recorded")
        };
        let rate = lr / (1.0 + (step - 1.0) * lr_decay);
        ([flags[0], decay != 0.0, false, false], [decay, eps, -rate])
    }

    #[inline(always)]
    fn step<N: Number>([maximize, decayed, ..]: [bool; 4], c: &[N; 3], [p, g, sum]: [N; 3]) -> [N; 3] {
        let &[penalty, eps, minus_rate] = c;
        let g = followed(maximize, decayed, penalty, p, g);
        let sum = sum + g * g;
        [p + g * minus_rate / (sum.sqrt() + eps), g, sum]
    }
}

/// data: [step, lr, lr_decay, weight_decay, eps]; flags: [maximize]
static ADAGRAD: Op = record::<Adagrad, 3, 3>(
    "adagrad_",
    Some(Function {
        name: "adagrad_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], state_sums: Sequence[Tensor], *, step: int, \
                    lr: float, lr_decay: float = 0.0, weight_decay: float = 0.0, eps: float = 1e-10, \
                    maximize: bool = False) -> None",
        doc: "Step number `step` (from 1) of Adagrad (Duchi, Hazan and Singer, 2011) on all `params`, in place, as \
              `torch.optim.Adagrad` takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: \
              `s += g^2`, then `p -= lr / (1 + (step - 1) * lr_decay) * g / (sqrt(s) + eps)`.\n\n\
              Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.\n\n\
              >>> p, s = ravine.ones(2), ravine.zeros(2)\n\
              >>> ravine.adagrad_([p], [ravine.ones(2)], [s], step=1, lr=0.5)\n\
              >>> p\ntensor([0.5000, 0.5000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2]),
        call: |a| {
            let mut numbers = vec![checked_step("adagrad_", a.int(3)?)?];
            numbers.extend(floats(a, 4..8)?);
            update(
                &ADAGRAD,
                &named(a, &["params", "grads", "state_sums"])?,
                &[a.flag(8)?],
                &numbers,
            )
        },
    }),
    THREE,
);

// ---- Adadelta

struct Adadelta;

impl Formula<4, 5> for Adadelta {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<5> {
        let &[lr, rho, eps, decay] = n else {
            unreachable!("four are recorded")
        };
        (
            [flags[0], decay != 0.0, false, false],
            [decay, rho, 1.0 - rho, eps, -lr],
        )
    }

    #[inline(always)]
    fn step<N: Number>(
        [maximize, decayed, ..]: [bool; 4],
        c: &[N; 5],
        [p, g, square, moved]: [N; 4],
    ) -> [N; 4] {
        let &[penalty, rho, weight, eps, minus_lr] = c;
        let g = followed(maximize, decayed, penalty, p, g);
        let square = square * rho + g * weight * g;
        let way = (moved + eps).sqrt() / (square + eps).sqrt() * g;
        let moved = moved * rho + way * weight * way;
        [p + way * minus_lr, g, square, moved]
    }
}

/// data: [lr, rho, eps, weight_decay]; flags: [maximize]
static ADADELTA: Op = record::<Adadelta, 4, 5>(
    "adadelta_",
    Some(Function {
        name: "adadelta_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], square_avgs: Sequence[Tensor], \
                    acc_deltas: Sequence[Tensor], *, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, \
                    weight_decay: float = 0.0, maximize: bool = False) -> None",
        doc: "One step of Adadelta (Zeiler, 2012) on all `params`, in place, as `torch.optim.Adadelta` takes it. With the \
              gradient g (its negative with `maximize`) plus `weight_decay * p`: `v = rho * v + (1 - rho) * g^2`, \
              `d = sqrt(u + eps) / sqrt(v + eps) * g`, `u = rho * u + (1 - rho) * d^2`, then `p -= lr * d`.\n\n\
              Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.\n\n\
              >>> p, v, u = (ravine.zeros(2) for _ in range(3))\n\
              >>> ravine.adadelta_([p], [ravine.ones(2)], [v], [u], rho=0.75, eps=0.25)\n\
              >>> p\ntensor([-0.7071, -0.7071])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2, 3]),
        call: |a| {
            let all = named(a, &["params", "grads", "square_avgs", "acc_deltas"])?;
            update(&ADADELTA, &all, &[a.flag(8)?], &floats(a, 4..8)?)
        },
    }),
    FOUR,
);

// ---- Lion

struct Lion;

impl Formula<3, 6> for Lion {
    fn settings(flags: &[bool], n: &[f64]) -> Settings<6> {
        let &[lr, beta1, beta2, decay] = n else {
            unreachable!("four are recorded")
        };
        let c = [beta1, 1.0 - beta1, beta2, 1.0 - beta2, 1.0 - lr * decay, -lr];
        ([flags[0], false, false, false], c)
    }

    #[inline(always)]
    fn step<N: Number>([maximize, ..]: [bool; 4], c: &[N; 6], [p, g, m]: [N; 3]) -> [N; 3] {
        let &[beta1, one_minus_beta1, beta2, one_minus_beta2, shrink, minus_lr] = c;
        let g = if maximize { -g } else { g };
        let way = (m * beta1 + g * one_minus_beta1).sign();
        [p * shrink + way * minus_lr, g, m * beta2 + g * one_minus_beta2]
    }
}

/// data: [lr, beta1, beta2, weight_decay]; flags: [maximize]
static LION: Op = record::<Lion, 3, 6>(
    "lion_",
    Some(Function {
        name: "lion_",
        signature: "(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], *, lr: float, \
                    beta1: float = 0.9, beta2: float = 0.99, weight_decay: float = 0.0, maximize: bool = False) -> None",
        doc: "One step of Lion (Chen et al., 2023) on all `params`, in place. With the gradient g (its negative with \
              `maximize`): `p = (1 - lr * weight_decay) * p - lr * sign(beta1 * m + (1 - beta1) * g)`, then \
              `m = beta2 * m + (1 - beta2) * g`.\n\n\
              Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.\n\n\
              >>> p, m = ravine.zeros(2), ravine.zeros(2)\n\
              >>> ravine.lion_([p], [ravine.tensor([3.0, -0.1])], [m], lr=0.5)\n\
              >>> p\ntensor([-0.5000,  0.5000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2]),
        call: |a| {
            let all = named(a, &["params", "grads", "exp_avgs"])?;
            update(&LION, &all, &[a.flag(7)?], &floats(a, 3..7)?)
        },
    }),
    THREE,
);

// ---- Running means

struct Accumulate;

impl Formula<2, 2> for Accumulate {
    fn settings(_: &[bool], n: &[f64]) -> Settings<2> {
        ([false; 4], [n[0], n[1]])
    }

    #[inline(always)]
    fn step<N: Number>(_: [bool; 4], &[decay, weight]: &[N; 2], [x, y]: [N; 2]) -> [N; 2] {
        [x * decay + y * weight, y]
    }
}

/// data: [decay, weight]
static ACCUMULATE: Op = record::<Accumulate, 2, 2>(
    "accumulate_",
    Some(Function {
        name: "accumulate_",
        signature: "(tensors: Sequence[Tensor], values: Sequence[Tensor], *, decay: float, weight: float) -> None",
        doc: "`x = decay * x + weight * y` for all `tensors` x and `values` y, in place: a running mean where decay and \
              weight add up to 1.\n\n\
              Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.\n\n\
              >>> mean = ravine.ones(2)\n\
              >>> ravine.accumulate_([mean], [ravine.zeros(2)], decay=0.75, weight=0.25)\n\
              >>> mean\ntensor([0.7500, 0.7500])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0]),
        call: |a| {
            update(
                &ACCUMULATE,
                &named(a, &["tensors", "values"])?,
                &[],
                &floats(a, 2..4)?,
            )
        },
    }),
    TWO,
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::optim::lists::tests::kernel_is_plain;

    #[test]
    fn kernels_have_the_bits_of_their_plain_forms() {
        for (maximize, decay) in [(0, 0.0), (0, 0.01), (1, 0.0), (1, 0.01)] {
            for centered in [0, 1] {
                let numbers = [0.1, 0.75, 1e-8, decay, 0.9];
                kernel_is_plain(&RMSPROP_OF_TWO, 4, &[maximize, centered], &numbers);
            }
            let numbers = [0.1, 0.25, 1e-3, decay, 0.9];
            kernel_is_plain(&RMSPROP, 3, &[maximize, 0], &numbers);
            kernel_is_plain(&RMSPROP_OF_THREE, 5, &[maximize, 1], &numbers);
            kernel_is_plain(&ADAGRAD, 3, &[maximize], &[3.0, 0.1, 0.5, decay, 1e-8]);
            kernel_is_plain(&ADADELTA, 4, &[maximize], &[0.1, 0.9, 1e-6, decay]);
            kernel_is_plain(&LION, 3, &[maximize], &[0.1, 0.9, 0.99, decay]);
        }
        kernel_is_plain(&ACCUMULATE, 2, &[], &[0.9, 0.1]);
    }
}
