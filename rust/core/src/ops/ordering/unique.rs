//! Distinct values, and runs of equal ones.

use crate::array::Array;
use crate::cpu::lexicographic;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::Tensor;
use crate::ops::create;
use crate::ops::elementwise::arithmetic::sub;
use crate::ops::elementwise::compare::ne;
use crate::ops::graph::identity::LEAF;
use crate::ops::graph::{cast, transfer};
use crate::ops::index::bounds::Negative;
use crate::ops::index::{nonzero, take};
use crate::ops::ordering::sort::sort;
use crate::ops::reduce::{any, scan};
use crate::ops::shape::concat;
use crate::ops::shape::view::{move_dim, narrow, reshape};
use crate::shape::{Shape, normalize_dim, show};
use crate::stream::{constant, look};

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "unique",
        signature: "(input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, \
                    dim: int | None = None) -> Tensor | tuple[Tensor, ...]",
        doc: "The distinct elements in ascending order, whatever `sorted` says; with `return_inverse` also where each \
              element of `input` is among them, with `return_counts` also how often each occurs. With `dim` it is \
              the slices along that dimension that are told apart, in lexicographic order. The values are looked at.\n\n\
              >>> ravine.unique(ravine.tensor([3, 1, 3]), return_counts=True)\n(tensor([1, 3]), tensor([1, 2]))\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            if !a.is_none(4) {
                let slices = Slices::new(a, 4)?;
                let order = slices.order()?;
                let rows = take::take(&slices.rows, 0, &order, Negative::Error)?;
                return slices.runs(&rows, Some(&order), a.flag(2)?, a.flag(3)?);
            }
            let (values, order) = sort(&reshape(x, &[x.numel()])?, 0, false)?;
            runs(&values, x.shape(), Some(&order), a.flag(2)?, a.flag(3)?)
        },
    },
    Function {
        name: "unique_consecutive",
        signature: "(input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) \
                    -> Tensor | tuple[Tensor, ...]",
        doc: "The first element of every run of equal ones, of the flattened tensor, or of its slices along `dim`; further results as \
              of `unique`.\n\n\
              >>> ravine.unique_consecutive(ravine.tensor([1, 1, 3, 1]))\ntensor([1, 3, 1])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            if !a.is_none(3) {
                let slices = Slices::new(a, 3)?;
                return slices.runs(&slices.rows, None, a.flag(1)?, a.flag(2)?);
            }
            runs(
                &reshape(x, &[x.numel()])?,
                x.shape(),
                None,
                a.flag(1)?,
                a.flag(2)?,
            )
        },
    },
];

/// The slices along a dimension as rows.
struct Slices {
    rows: Tensor,
    /// The shape with the dimension in front.
    shape: Shape,
    dim: usize,
}

impl Slices {
    /// Along the dimension that argument `i` names.
    fn new(a: &Args, i: usize) -> Result<Slices> {
        let x = a.tensor(0)?;
        let dim = normalize_dim(a.function, a.int(i)?, x.rank())?;
        let Some(&n) = x.shape().get(dim) else {
            // A tensor of no dimension is one slice.
            return Ok(Slices {
                rows: reshape(x, &[1, 1])?,
                shape: Shape::new(),
                dim,
            });
        };
        let moved = move_dim(x, dim, 0)?;
        let width = moved.shape()[1..].iter().product();
        if width == 0 && n > 0 {
            let text = format!(
                "the slices along dimension {dim} of shape {} are empty, so none is like another",
                show(x.shape())
            );
            return Err(Error::shape(a.function, text));
        }
        Ok(Slices {
            rows: reshape(&moved, &[n, width])?,
            shape: moved.shape().clone(),
            dim,
        })
    }

    /// The lexicographic one, by the host.
    fn order(&self) -> Result<Tensor> {
        let dtype = match self.rows.dtype().compute_dtype() {
            DType::Bool => DType::U8,
            other => other,
        };
        let rows = cast::cast(&self.rows, dtype)?;
        // Taken one by one, rows lie one behind the other.
        let every = create::positions(rows.shape()[0])?;
        let rows = take::take(&rows, 0, &every, Negative::Error)?;
        let order = lexicographic::order(&look("unique", &rows)?)?;
        let order = constant(&LEAF, Array::from_slice(&order, &[order.len()])?);
        transfer::to(&order, self.rows.device())
    }

    fn runs(&self, rows: &Tensor, order: Option<&Tensor>, inverse: bool, counts: bool) -> Result<Outcome> {
        let n = rows.shape()[0];
        let found = runs(rows, &[n], order, inverse, counts)?;
        let fitted = |t: &Tensor| {
            if self.shape.is_empty() {
                return reshape(t, &[]);
            }
            let mut shape = self.shape.clone();
            shape[0] = t.shape()[0];
            move_dim(&reshape(t, &shape)?, 0, self.dim)
        };
        Ok(match found {
            Outcome::One(values) => Outcome::One(fitted(&values)?),
            Outcome::Many(mut all) => {
                all[0] = fitted(&all[0])?;
                Outcome::Many(all)
            }
            other => other,
        })
    }
}

/// Runs of equal neighbours, elements or rows: the first of each, the number of each element's run (in the shape `of`),
/// and their lengths.
fn runs(
    values: &Tensor,
    of: &[usize],
    order: Option<&Tensor>,
    inverse: bool,
    counts: bool,
) -> Result<Outcome> {
    let n = values.shape()[0];
    if n == 0 {
        let none = create::full(&[0], 0i64, DType::I64)?;
        let numbers = reshape(&none, of)?;
        return Ok(outcome(
            values.clone(),
            inverse.then_some(numbers),
            counts.then_some(none),
        ));
    }
    let changes = ne(narrow(values, 0, 1, n - 1)?, narrow(values, 0, 0, n - 1)?)?;
    let changes = if values.rank() > 1 {
        any(&changes, &[1], false)?
    } else {
        changes
    };
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
        Some(reshape(&number, of)?)
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
