//! Decompositions of matrices, which lie in the last two dimensions. They run on the host, in float64, whatever the dtype;
//! their derivatives are the usual ones (Giles, 2008), in ops.

pub mod cholesky;
pub mod determinant;
pub mod eigen;
pub mod exponential;
pub mod ldl;
pub mod lu;
pub mod qr;
pub mod singular;
pub mod solve;

use crate::cpu::linalg::{Fault, Wrong};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Kind, Result};
use crate::function::Args;
use crate::graph::Tensor;
use crate::mode;
use crate::op::{Call, Meta, Request};
use crate::ops::batch::all_batched;
use crate::ops::create;
use crate::ops::elementwise::arithmetic::{add, div, sub};
use crate::ops::elementwise::compare::eq;
use crate::ops::elementwise::select::r#where;
use crate::ops::graph::cast::cast;
use crate::ops::shape::diagonal::diagonal;
use crate::ops::shape::view::{expand, reshape};
use crate::shape::{Shape, show};
use crate::stream::record;
use smallvec::{SmallVec, smallvec};

/// The record of an op on matrices that the host computes.
macro_rules! decomposition {
    ($(#[$doc:meta])* $NAME:ident, $name:literal, $meta:expr, $kernel:expr, $vjp:expr, $jvp:expr) => {
        $(#[$doc])*
        pub static $NAME: $crate::op::Op = $crate::op::Op {
            name: $name,
            function: None,
            class: $crate::op::Class::Structured,
            meta: $meta,
            cpu: $crate::op::Cpu::Kernel($kernel),
            gpu: $crate::gpu::Gpu::Host,
            vjp: $vjp,
            jvp: $jvp,
            batch: $crate::op::Batch::Rule($crate::ops::linalg::decompositions::batch),
            donates: &[],
            plain: $crate::op::Plain::Primitive("NumPy, SciPy and the laws of the decomposition are the oracle"),
            tests: $crate::op::NO_TESTS,
        };
    };
}
use decomposition;

attributes! {
    /// Of an op whose matrices may be wrong: the function that says so, by its place in `CALLERS` counted from 1; with 0
    /// nobody does.
    #[derive(Clone, Copy)]
    pub struct Checked in Attrs { caller: usize }
}

/// The functions that raise an error for a matrix.
const CALLERS: &[&str] = &[
    "cholesky",
    "cholesky_ex",
    "det",
    "eig",
    "eigh",
    "inv",
    "inv_ex",
    "ldl_factor",
    "ldl_factor_ex",
    "lu_factor",
    "lu_factor_ex",
    "pinv",
    "solve",
    "solve_ex",
    "svd",
];

impl Checked {
    pub const NOT: Checked = Checked { caller: 0 };

    pub fn by(function: &'static str) -> Checked {
        let place = CALLERS.iter().position(|name| *name == function);
        Checked {
            caller: 1 + place.expect("functions that check are listed"),
        }
    }

    /// Raises what is wrong with a matrix of a batch, if somebody wants to know.
    pub fn raise(self, wrong: Option<Wrong>, shape: &[usize]) -> Result<()> {
        let Some(name) = self.caller.checked_sub(1).map(|place| CALLERS[place]) else {
            return Ok(());
        };
        let Some(Wrong { matrix, fault }) = wrong else {
            return Ok(());
        };
        let which = match shape {
            [_, _] => format!("the matrix of shape {}", show(shape)),
            _ => format!("matrix {matrix} of the batch of shape {}", show(shape)),
        };
        let text = match fault {
            Fault::NotPositive(order) => format!(
                "is not positive-definite: its leading minor of order {order} is not positive. Check that it is symmetric, \
                 or add a small multiple of the identity"
            ),
            Fault::Singular(pivot) if name == "det" => format!(
                "is singular (pivot {pivot} is zero): there the determinant has two derivatives, and the third is not here"
            ),
            Fault::Singular(pivot) => format!(
                "is singular: pivot {pivot} is zero. Use ravine.linalg.lstsq or pinv, or add a small multiple of the identity"
            ),
            Fault::NotFinite => "has a NaN or an infinity in it. Look at it with ravine.isfinite(A).all()".to_string(),
            Fault::NoConvergence => "is one for which the iteration does not converge. Scale it, or use float64".to_string(),
            Fault::ComplexEigenvalues => "has complex eigenvalues, and there are no complex tensors. Of a symmetric matrix \
                                          take eigh, which has real ones; else look at svd or at the matrix times its transpose"
                .to_string(),
        };
        Err(Error::matrix(name, &which, &text))
    }
}

/// The op over matrices with one more dimension in front, which is one more of the batch.
pub fn batch(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    record(
        c.op,
        c.attrs.clone(),
        c.data.clone(),
        all_batched(c, batched, size)?,
    )
}

/// Rows and columns of matrices.
pub fn sides(shape: &[usize]) -> (usize, usize) {
    (shape[shape.len() - 2], shape[shape.len() - 1])
}

/// The dimensions of the batch, and others behind them.
pub fn shaped(shape: &[usize], last: &[usize]) -> Shape {
    shape[..shape.len() - 2].iter().chain(last).copied().collect()
}

/// Results of such shapes behind the dimensions of the batch, and of the matrices' dtype unless they have their own.
fn metas(r: &Request, results: &[(&[usize], Option<DType>)]) -> Result<SmallVec<[Meta; 1]>> {
    Ok((results.iter())
        .map(|(last, dtype)| (shaped(r.shape(0), last), dtype.unwrap_or(r.dtype(0))))
        .collect())
}

/// Argument `i` of a call: matrices of float32 or float64.
fn matrices<'a>(a: &'a Args, i: usize) -> Result<&'a Tensor> {
    let x = a.tensor(i)?;
    if !matches!(x.dtype(), DType::F32 | DType::F64) {
        let text = format!(
            "argument '{}' has dtype {}, needs float32 or float64. Convert with .float() or .double()",
            a.names[i],
            x.dtype()
        );
        return Err(Error::new(Kind::DType, a.function, text));
    }
    if x.rank() < 2 {
        let text = format!(
            "argument '{}' must have 2 dimensions or more, its shape is {}. Matrices lie in the last two",
            a.names[i],
            show(x.shape())
        );
        return Err(Error::shape(a.function, text));
    }
    Ok(x)
}

/// Argument `i` of a call: square matrices.
fn square<'a>(a: &'a Args, i: usize) -> Result<&'a Tensor> {
    let x = matrices(a, i)?;
    let (m, n) = sides(x.shape());
    if m != n {
        let text = format!(
            "argument '{}' must hold square matrices, its shape is {}: {m} rows and {n} columns",
            a.names[i],
            show(x.shape())
        );
        return Err(Error::shape(a.function, text));
    }
    Ok(x)
}

/// Two arguments of one dtype.
fn same_dtype(a: &Args, i: usize, j: usize) -> Result<()> {
    let (x, y) = (a.tensor(i)?.dtype(), a.tensor(j)?.dtype());
    if x == y {
        return Ok(());
    }
    let text = format!(
        "'{}' has dtype {x}, '{}' has {y}. Convert one with .to(dtype)",
        a.names[i], a.names[j]
    );
    Err(Error::new(Kind::DType, a.function, text))
}

/// The tensor with other dimensions of the batch.
fn with_lead(x: &Tensor, lead: &[usize]) -> Result<Tensor> {
    let (m, n) = sides(x.shape());
    let mut shape = Shape::from_slice(lead);
    shape.extend([m, n]);
    expand(x, &shape)
}

/// Whether an element of m x n matrices is on the diagonal.
fn on_diagonal(m: usize, n: usize) -> Result<Tensor> {
    eq(&reshape(&create::positions(m)?, &[m, 1])?, &create::positions(n)?)
}

/// The identity's first n columns, m rows, of the dtype and on the device of another tensor.
fn identity(m: usize, n: usize, like: &Tensor) -> Result<Tensor> {
    mode::on(like.device(), || cast(&on_diagonal(m, n)?, like.dtype()))
}

/// Square matrices with another diagonal.
fn with_diagonal(x: &Tensor, diagonal: &Tensor) -> Result<Tensor> {
    let (m, n) = sides(x.shape());
    r#where(on_diagonal(m, n)?, &row(diagonal)?, x)
}

/// Square matrices with zeros on the diagonal.
fn off_diagonal(x: &Tensor) -> Result<Tensor> {
    let (m, n) = sides(x.shape());
    r#where(on_diagonal(m, n)?, Scalar::Bool(false), x)
}

fn main_diagonal(x: &Tensor) -> Result<Tensor> {
    diagonal(x, 0, x.rank() - 2, x.rank() - 1)
}

/// Vectors as columns.
fn column(x: &Tensor) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape.push(1);
    reshape(x, &shape)
}

/// Vectors as rows.
fn row(x: &Tensor) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape.insert(x.rank() - 1, 1);
    reshape(x, &shape)
}

/// The sum of what there is.
fn sum_of(parts: impl IntoIterator<Item = Option<Tensor>>) -> Result<Option<Tensor>> {
    let mut sum: Option<Tensor> = None;
    for part in parts.into_iter().flatten() {
        sum = Some(match sum {
            Some(sum) => add(&sum, &part)?,
            None => part,
        });
    }
    Ok(sum)
}

/// One for each matrix, in front of two dimensions.
fn each_matrix(x: &Tensor) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape.extend([1, 1]);
    reshape(x, &shape)
}

/// `1 / (w[j] - w[i])` beside the diagonal, 0 on it.
fn gaps(w: &Tensor) -> Result<Tensor> {
    let apart = sub(&row(w)?, &column(w)?)?;
    let ones = create::full(&[1], 1.0, w.dtype())?;
    off_diagonal(&div(1.0, &with_diagonal(&apart, &ones)?)?)
}
