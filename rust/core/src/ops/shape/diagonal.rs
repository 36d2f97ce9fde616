//! Diagonals of matrices: read as a view, written into zeros.

use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::index::put::slice_put;
use crate::ops::shape::view::{Range, inverse, permute, reshape, slice, slice_attrs};
use crate::ops::{create, reduce};
use crate::shape::{Shape, check, normalize_dim};
use smallvec::SmallVec;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "diagonal",
        signature: "(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor",
        doc: "A view of the diagonal of the matrices that `dim1` and `dim2` span, as a new last dimension. A positive \
              `offset` lies above the main diagonal, a negative one below.\n\n\
              >>> ravine.diagonal(ravine.tensor([[1, 2], [3, 4]]))\ntensor([1, 4])\n",
        places: Places::BOTH,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let (dim1, dim2) = pair(a, x.rank(), 2, 3)?;
            Ok(diagonal(x, a.int(1)?, dim1, dim2)?.into())
        },
    },
    Function {
        name: "diag",
        signature: "(input: Tensor, diagonal: int = 0) -> Tensor",
        doc: "The diagonal of a matrix, or the matrix with a vector on its diagonal and 0 elsewhere.\n\n\
              >>> ravine.diag(ravine.tensor([1, 2]))\ntensor([[1, 0],\n        [0, 2]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            Ok(match x.rank() {
                1 => embed(x, a.int(1)?, 0, 1)?,
                2 => diagonal(x, a.int(1)?, 0, 1)?,
                _ => return Err(Error::rank("diag", "input", "1 or 2", x.shape())),
            }
            .into())
        },
    },
    Function {
        name: "diag_embed",
        signature: "(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor",
        doc: "Matrices with the last dimension of `input` on a diagonal and 0 elsewhere; `dim1` and `dim2` say which \
              dimensions of the result they span.\n\n\
              >>> ravine.diag_embed(ravine.ones(3, 2)).shape\n(3, 2, 2)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            if x.rank() == 0 {
                return Err(Error::rank("diag_embed", "input", "at least 1", x.shape()));
            }
            let (dim1, dim2) = pair(a, x.rank() + 1, 2, 3)?;
            Ok(embed(x, a.int(1)?, dim1, dim2)?.into())
        },
    },
    Function {
        name: "diagflat",
        signature: "(input: Tensor, offset: int = 0) -> Tensor",
        doc: "The matrix with all elements of `input`, in row-major order, on a diagonal.\n\n\
              >>> ravine.diagflat(ravine.tensor([1, 2]))\ntensor([[1, 0],\n        [0, 2]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            Ok(embed(&reshape(x, &[x.numel()])?, a.int(1)?, 0, 1)?.into())
        },
    },
    Function {
        name: "trace",
        signature: "(input: Tensor) -> Tensor",
        doc: "Sum of the elements on the diagonal of a matrix.\n\n\
              >>> ravine.trace(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]))\ntensor(5.)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            if x.rank() != 2 {
                return Err(Error::rank("trace", "input", "2", x.shape()));
            }
            Ok(reduce::sum(&diagonal(x, 0, 0, 1)?, &[0], false)?.into())
        },
    },
];

/// Two different dimensions of a user's call.
fn pair(a: &Args, rank: usize, first: usize, second: usize) -> Result<(usize, usize)> {
    if rank < 2 {
        return Err(Error::rank(
            a.function,
            "input",
            "at least 2",
            a.tensor(0)?.shape(),
        ));
    }
    let dim1 = normalize_dim(a.function, a.int(first)?, rank)?;
    let dim2 = normalize_dim(a.function, a.int(second)?, rank)?;
    if dim1 == dim2 {
        return Err(Error::dim_repeated(a.function, dim1));
    }
    Ok((dim1, dim2))
}

/// The diagonal of `rows` times `columns` elements in row-major order.
fn places(rows: usize, columns: usize, offset: i64) -> Range {
    let (down, right) = (offset.saturating_neg().max(0), offset.max(0));
    let size = (rows as i64 - down).min(columns as i64 - right).max(0) as usize;
    Range {
        start: if size == 0 {
            0
        } else {
            down * columns as i64 + right
        },
        size,
        step: columns as i64 + 1,
    }
}

/// The dimensions with `dim1` and `dim2` last.
fn last(rank: usize, dim1: usize, dim2: usize) -> SmallVec<[usize; 4]> {
    let mut order: SmallVec<[usize; 4]> = (0..rank).filter(|&d| d != dim1 && d != dim2).collect();
    order.extend([dim1, dim2]);
    order
}

pub fn diagonal(x: &Tensor, offset: i64, dim1: usize, dim2: usize) -> Result<Tensor> {
    let moved = permute(x, &last(x.rank(), dim1, dim2))?;
    let [lead @ .., rows, columns] = &moved.shape()[..] else {
        unreachable!("two dimensions were checked")
    };
    let mut flat = Shape::from_slice(lead);
    flat.push(rows * columns);
    let mut ranges: SmallVec<[Range; 4]> = lead.iter().map(|&n| Range::all(n)).collect();
    ranges.push(places(*rows, *columns, offset));
    slice(&reshape(&moved, &flat)?, &ranges)
}

fn embed(x: &Tensor, offset: i64, dim1: usize, dim2: usize) -> Result<Tensor> {
    let [lead @ .., n] = &x.shape()[..] else {
        unreachable!("one dimension was checked")
    };
    let side = n.saturating_add(offset.unsigned_abs() as usize);
    let mut flat = Shape::from_slice(lead);
    flat.push(side.saturating_mul(side));
    check("diag", &flat, x.dtype())?;
    let mut ranges: SmallVec<[Range; 4]> = lead.iter().map(|&n| Range::all(n)).collect();
    ranges.push(places(side, side, offset));
    let (attrs, data) = slice_attrs(&ranges);
    let filled = slice_put(&create::full(&flat, 0.0, x.dtype())?, x, &attrs, &data)?;
    flat.pop();
    flat.extend([side, side]);
    permute(&reshape(&filled, &flat)?, &inverse(&last(flat.len(), dim1, dim2)))
}
