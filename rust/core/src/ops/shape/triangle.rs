//! Triangles of matrices.

use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::graph::Tensor;
use crate::mode;
use crate::ops::create;
use crate::ops::elementwise::arithmetic::add;
use crate::ops::elementwise::compare::le;
use crate::ops::elementwise::select;
use crate::ops::shape::view;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "tril",
        signature: "(input: Tensor, diagonal: int = 0) -> Tensor",
        doc: "The lower triangle of the last two dimensions, 0 elsewhere: element (i, j) is kept where \
              `j <= i + diagonal`.\n\n\
              >>> ravine.tril(ravine.ones(2, 3))\ntensor([[1., 0., 0.],\n        [1., 1., 0.]])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(tril(matrix(a)?, a.int(1)?)?.into()),
    },
    Function {
        name: "triu",
        signature: "(input: Tensor, diagonal: int = 0) -> Tensor",
        doc: "The upper triangle of the last two dimensions, 0 elsewhere: element (i, j) is kept where \
              `j >= i + diagonal`.\n\n\
              >>> ravine.triu(ravine.ones(2, 3), diagonal=1)\ntensor([[0., 1., 1.],\n        [0., 0., 1.]])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(triu(matrix(a)?, a.int(1)?)?.into()),
    },
];

fn matrix<'a>(a: &'a Args) -> Result<&'a Tensor> {
    let x = a.tensor(0)?;
    match x.rank() {
        0 | 1 => Err(Error::rank(a.function, "input", "at least 2", x.shape())),
        _ => Ok(x),
    }
}

/// The lower triangle of the last two dimensions, up to a diagonal; 0 above.
pub fn tril(x: &Tensor, diagonal: i64) -> Result<Tensor> {
    let (rows, columns) = positions(x, diagonal)?;
    keep(x, &le(&columns, &rows)?)
}

/// The upper triangle of the last two dimensions, from a diagonal on; 0 below.
pub fn triu(x: &Tensor, diagonal: i64) -> Result<Tensor> {
    let (rows, columns) = positions(x, diagonal)?;
    keep(x, &le(&rows, &columns)?)
}

/// `i + diagonal` as a column, `j` as a row.
fn positions(x: &Tensor, diagonal: i64) -> Result<(Tensor, Tensor)> {
    let (rows, columns) = (x.shape()[x.rank() - 2], x.shape()[x.rank() - 1]);
    // Beyond the corners nothing changes.
    let diagonal = diagonal.clamp(-(rows as i64), columns as i64);
    mode::on(x.device(), || {
        Ok((
            view::reshape(&add(create::positions(rows)?, diagonal)?, &[rows, 1])?,
            create::positions(columns)?,
        ))
    })
}

fn keep(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    // A bool has the lowest standing in promotion, so that the result keeps the dtype of `x`.
    select::r#where(mask, x, Scalar::Bool(false))
}
