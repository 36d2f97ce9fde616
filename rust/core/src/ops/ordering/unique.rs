//! Distinct values, and runs of equal ones.

use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::Tensor;
use crate::ops::create;
use crate::ops::elementwise::arithmetic::sub;
use crate::ops::elementwise::compare::ne;
use crate::ops::index::bounds::Negative;
use crate::ops::index::{nonzero, take};
use crate::ops::ordering::sort::sort;
use crate::ops::reduce::scan;
use crate::ops::shape::concat;
use crate::ops::shape::view::{narrow, reshape};

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "unique",
        signature: "(input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False) \
                    -> Tensor | tuple[Tensor, ...]",
        doc: "The distinct elements in ascending order, whatever `sorted` says; with `return_inverse` also where each \
              element of `input` is among them, with `return_counts` also how often each occurs. The values are looked \
              at.\n\n\
              >>> ravine.unique(ravine.tensor([3, 1, 3]), return_counts=True)\n(tensor([1, 3]), tensor([1, 2]))\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let (values, order) = sort(&reshape(x, &[x.numel()])?, 0, false)?;
            runs(a, &values, Some(&order), a.flag(2)?, a.flag(3)?)
        },
    },
    Function {
        name: "unique_consecutive",
        signature: "(input: Tensor, return_inverse: bool = False, return_counts: bool = False) -> Tensor | tuple[Tensor, ...]",
        doc: "The first element of every run of equal ones, of the flattened tensor; further results as of `unique`.\n\n\
              >>> ravine.unique_consecutive(ravine.tensor([1, 1, 3, 1]))\ntensor([1, 3, 1])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            runs(a, &reshape(x, &[x.numel()])?, None, a.flag(1)?, a.flag(2)?)
        },
    },
];

/// Runs of equal neighbours: their first elements, the number of each element's run, and their lengths.
fn runs(a: &Args, values: &Tensor, order: Option<&Tensor>, inverse: bool, counts: bool) -> Result<Outcome> {
    let n = values.numel();
    if n == 0 {
        let none = create::full(&[0], 0i64, DType::I64)?;
        let numbers = reshape(&create::full(&[0], 0i64, DType::I64)?, a.tensor(0)?.shape())?;
        return Ok(outcome(
            values.clone(),
            inverse.then_some(numbers),
            counts.then_some(none),
        ));
    }
    let changes = ne(narrow(values, 0, 1, n - 1)?, narrow(values, 0, 0, n - 1)?)?;
    let first = concat::cat(&[create::full(&[1], true, DType::Bool)?, changes], 0)?;
    let starts = nonzero::nonzero(&first)?;
    let starts = reshape(&starts, &[starts.numel()])?;
    let distinct = take::take(values, 0, &starts, Negative::Error)?;
    let numbers = if inverse {
        let number = sub(scan::cumsum(&first, 0)?, 1i64)?;
        let number = match order {
            Some(order) => take::put(
                &take::INDEX_PUT,
                &create::full(&[n], 0i64, DType::I64)?,
                &number,
                &[order.into()],
                &take::Place::one(0, Negative::Error),
            )?,
            None => number,
        };
        Some(reshape(&number, a.tensor(0)?.shape())?)
    } else {
        None
    };
    let lengths = if counts {
        let ends = concat::cat(
            &[
                narrow(&starts, 0, 1, starts.numel() - 1)?,
                create::full(&[1], n as i64, DType::I64)?,
            ],
            0,
        )?;
        Some(sub(&ends, &starts)?)
    } else {
        None
    };
    Ok(outcome(distinct, numbers, lengths))
}

fn outcome(values: Tensor, inverse: Option<Tensor>, counts: Option<Tensor>) -> Outcome {
    let all: Vec<Tensor> = [Some(values), inverse, counts].into_iter().flatten().collect();
    match &all[..] {
        [one] => Outcome::One(one.clone()),
        _ => Outcome::Many(all),
    }
}
