//! Updates that are formulas over the elements of a few lists: written once, run by the kernel on numbers, by the
//! plain form on tensors, and by the GPU's program on names. See `optim` for what all updates share.

use crate::attributes::Listed;
use crate::cpu::optim::{Formula, Number, formula};
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::function::{Args, Function, Outcome};
use crate::gpu::Gpu;
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Form, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic;
use crate::ops::graph::cast;
use crate::ops::optim::lists::{self, Lists, NEVER, batched, meta, wide};
use crate::ops::optim::passes::program;
use smallvec::SmallVec;
use std::array::from_fn;
use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The gradient that is followed: its negative if `maximize`, and an L2 penalty if `decayed`.
#[inline(always)]
pub(super) fn followed<N: Number>(maximize: bool, decayed: bool, penalty: N, p: N, g: N) -> N {
    let g = if maximize { -g } else { g };
    if decayed { g + p * penalty } else { g }
}

/// From `start` the part `weight` of the way to `end`, from the nearer end, as torch's lerp.
#[inline(always)]
pub(super) fn between<N: Number>(near: bool, start: N, end: N, weight: N, rest: N) -> N {
    let way = end - start;
    if near {
        start + way * weight
    } else {
        end - way * rest
    }
}

/// Records the update of a formula.
pub(super) fn update(op: &'static Op, lists: Lists, flags: &[bool], numbers: &[f64]) -> Result<Outcome> {
    let listed = Listed {
        length: lists[0].1.len(),
        flags: flags.into(),
    };
    let data = numbers.iter().map(|&x| Scalar::F64(x)).collect();
    lists::update(op, lists, listed.encode(), data)
}

/// The number of a step as a number, if there is such a step.
pub(super) fn checked_step(op: &'static str, step: i64) -> Result<f64> {
    if step < 1 {
        let text = format!("step is {step}; the first step is number 1");
        return Err(Error::value(op, text));
    }
    Ok(step as f64)
}

/// The first arguments of a call, lists of tensors with these names.
pub(super) fn named<'a>(a: &'a Args, names: &[&'static str]) -> Result<Vec<(&'static str, &'a [Tensor])>> {
    (names.iter().enumerate())
        .map(|(i, &name)| Ok((name, a.tensors(i)?)))
        .collect()
}

/// The arguments in `places`, numbers.
pub(super) fn floats(a: &Args, places: std::ops::Range<usize>) -> Result<Vec<f64>> {
    places.map(|i| a.float(i)).collect()
}

/// The record of a formula: the same results in the same bits from the kernel and from the plain form.
pub(super) const fn record<F, const L: usize, const C: usize>(
    name: &'static str,
    function: Option<Function>,
    donates: &'static [(usize, usize)],
) -> Op
where
    F: Formula<L, C>,
{
    Op {
        name,
        function,
        class: Class::Lists,
        meta,
        cpu: Cpu::Kernel(formula::<F, L, C>),
        gpu: Gpu::Lists(L, program::<F, L, C>),
        vjp: Vjp::Never(NEVER),
        jvp: Jvp::Never(NEVER),
        batch: Batch::Rule(batched),
        donates,
        plain: Plain::Form(Form(plain::<F, L, C>)),
        tests: Tests {
            reference: "",
            samples: &[],
            accuracy: Accuracy::Exact,
            domain: (-1.0, 1.0),
        },
    }
}

/// The outputs of an update of two lists, three, ...: all of them but the gradients.
pub(super) const TWO: &[(usize, usize)] = &[(0, 0)];
pub(super) const THREE: &[(usize, usize)] = &[(0, 0), (2, 1)];
pub(super) const FOUR: &[(usize, usize)] = &[(0, 0), (2, 1), (3, 2)];
pub(super) const FIVE: &[(usize, usize)] = &[(0, 0), (2, 1), (3, 2), (4, 3)];

/// Tensors by number, so that they can be copied about like numbers. An error is kept until the result is taken.
#[derive(Default)]
struct Tensors(RefCell<Vec<Result<Tensor>>>);

impl Tensors {
    fn keep(&self, t: Result<Tensor>) -> Traced<'_> {
        let mut all = self.0.borrow_mut();
        all.push(t);
        Traced::Tensor(self, all.len() - 1)
    }
    fn get(&self, i: usize) -> Result<Tensor> {
        self.0.borrow()[i].clone()
    }
}

#[derive(Clone, Copy)]
enum Traced<'a> {
    Constant(f64),
    Tensor(&'a Tensors, usize),
}

impl<'a> Traced<'a> {
    fn tensors(self, other: Self) -> &'a Tensors {
        match (self, other) {
            (Traced::Tensor(all, _), _) | (_, Traced::Tensor(all, _)) => all,
            _ => unreachable!("constants are combined in `settings`"),
        }
    }
    fn arg(self) -> Result<Arg> {
        Ok(match self {
            Traced::Constant(x) => Arg::from(x),
            Traced::Tensor(all, i) => Arg::from(all.get(i)?),
        })
    }
    fn one(self, op: impl FnOnce(Arg) -> Result<Tensor>) -> Self {
        self.tensors(self).keep(self.arg().and_then(op))
    }
    fn two(self, other: Self, op: impl FnOnce(Arg, Arg) -> Result<Tensor>) -> Self {
        let result = self.arg().and_then(|a| op(a, other.arg()?));
        self.tensors(other).keep(result)
    }
}

macro_rules! traced {
    ($($operator:ident $method:ident $op:ident),*) => {$(
        impl $operator for Traced<'_> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                self.two(other, |a, b| arithmetic::$op(a, b))
            }
        }
    )*};
}
traced!(Add add add, Sub sub sub, Mul mul mul, Div div div);

impl Neg for Traced<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.one(arithmetic::neg)
    }
}

impl Number for Traced<'_> {
    fn sqrt(self) -> Self {
        self.one(arithmetic::sqrt)
    }
    fn abs(self) -> Self {
        self.one(arithmetic::abs)
    }
    fn sign(self) -> Self {
        self.one(arithmetic::sign)
    }
    fn larger(self, other: Self) -> Self {
        self.two(other, arithmetic::maximum)
    }
}

pub(super) fn plain<F: Formula<L, C>, const L: usize, const C: usize>(
    c: &Call,
) -> Result<SmallVec<[Tensor; 1]>> {
    let (choices, numbers) = F::recorded(c.attrs, c.data);
    let mut lists: [Vec<Tensor>; L] = from_fn(|_| Vec::new());
    for i in 0..Listed::from(c.attrs).length {
        let all = Tensors::default();
        let x = from_fn(|list| all.keep(wide(c, list, i)));
        let new = F::step(choices, &numbers.map(Traced::Constant), x);
        for (list, value) in lists.iter_mut().zip(new) {
            let Traced::Tensor(_, number) = value else {
                unreachable!("a formula's results depend on its tensors")
            };
            list.push(cast::cast(&all.get(number)?, c.tensor(i).dtype())?);
        }
    }
    let stored = lists.into_iter().enumerate().filter(|(list, _)| *list != 1);
    Ok(stored.flat_map(|(_, list)| list).collect())
}
