//! Products of vectors and matrices under their own names, made of `matmul` and elementwise ones.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::elementwise::arithmetic::{add, mul, sub};
use crate::ops::floats::widened_call;
use crate::ops::linalg::matmul::matmul;
use crate::ops::shape::concat::stack;
use crate::ops::shape::view::{expand, reshape, select, transpose_last};
use crate::shape::{Shape, broadcast, normalize_dim, numel, show};

macro_rules! product {
    ($name:literal, $signature:literal, $doc:literal, $ranks:expr, $call:expr) => {
        Function {
            name: $name,
            signature: $signature,
            doc: $doc,
            places: Places::BOTH,
            effect: Effect::Pure,
            call: |a| {
                let (x, y) = (a.tensor(0)?, a.tensor(1)?);
                ranks(a, $ranks)?;
                let call: fn(&Tensor, &Tensor) -> Result<Tensor> = $call;
                Ok(call(x, y)?.into())
            },
        }
    };
}

pub static FUNCTIONS: &[Function] = &[
    product!(
        "mm",
        "(input: Tensor, mat2: Tensor) -> Tensor",
        "Product of two matrices; nothing broadcasts.\n\n\
         >>> ravine.mm(ravine.ones(2, 3), ravine.ones(3, 2))\ntensor([[3., 3.],\n        [3., 3.]])\n",
        &[2, 2],
        matmul
    ),
    product!(
        "bmm",
        "(input: Tensor, mat2: Tensor) -> Tensor",
        "Products of matrices pair by pair: (b, n, k) by (b, k, m) gives (b, n, m). Nothing broadcasts.\n\n\
         >>> ravine.bmm(ravine.ones(4, 2, 3), ravine.ones(4, 3, 5)).shape\n(4, 2, 5)\n",
        &[3, 3],
        |x, y| {
            if x.shape()[0] != y.shape()[0] {
                let text = format!(
                    "shapes {} and {} hold different numbers of matrices. They must be equal; matmul broadcasts them",
                    show(x.shape()),
                    show(y.shape())
                );
                return Err(Error::shape("bmm", text));
            }
            matmul(x, y)
        }
    ),
    product!(
        "mv",
        "(input: Tensor, vec: Tensor) -> Tensor",
        "Product of a matrix and a vector.\n\n>>> ravine.mv(ravine.ones(2, 3), ravine.ones(3))\ntensor([3., 3.])\n",
        &[2, 1],
        matmul
    ),
    product!(
        "dot",
        "(input: Tensor, tensor: Tensor) -> Tensor",
        "Sum of the products of two vectors' elements.\n\n\
         >>> ravine.dot(ravine.tensor([1, 2]), ravine.tensor([3, 4]))\ntensor(11)\n",
        &[1, 1],
        matmul
    ),
    product!(
        "vdot",
        "(input: Tensor, other: Tensor) -> Tensor",
        "As `dot`: real numbers are their own conjugates.\n\n\
         >>> ravine.vdot(ravine.tensor([1, 2]), ravine.tensor([3, 4]))\ntensor(11)\n",
        &[1, 1],
        matmul
    ),
    product!(
        "inner",
        "(input: Tensor, other: Tensor) -> Tensor",
        "Products of the last dimensions, of every line of one with every line of the other; with a scalar its multiple.\n\n\
         >>> ravine.inner(ravine.ones(2, 3), ravine.ones(4, 3)).shape\n(2, 4)\n",
        &[],
        |x, y| {
            if x.rank() == 0 || y.rank() == 0 {
                return mul(x, y);
            }
            let shape: Shape = x.shape()[..x.rank() - 1]
                .iter()
                .chain(&y.shape()[..y.rank() - 1])
                .copied()
                .collect();
            let lines = |t: &Tensor| {
                let n = t.shape()[t.rank() - 1];
                reshape(t, &[numel(&t.shape()[..t.rank() - 1]), n])
            };
            reshape(&matmul(&lines(x)?, &transpose_last(&lines(y)?)?)?, &shape)
        }
    ),
    product!(
        "outer",
        "(input: Tensor, vec2: Tensor) -> Tensor",
        "The product of each element of one vector with each of the other, as a matrix.\n\n\
         >>> ravine.outer(ravine.tensor([1, 2]), ravine.tensor([3, 4]))\ntensor([[3, 4],\n        [6, 8]])\n",
        &[1, 1],
        |x, y| mul(reshape(x, &[x.numel(), 1])?, y)
    ),
    product!(
        "kron",
        "(input: Tensor, other: Tensor) -> Tensor",
        "Kronecker's product: each element of `input` replaced by its multiple of `other`.\n\n\
         >>> ravine.kron(ravine.tensor([1, 2]), ravine.tensor([1, 1]))\ntensor([1, 1, 2, 2])\n",
        &[],
        kron
    ),
    Function {
        name: "cross",
        signature: "(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor",
        doc: "Cross product of vectors of three components along `dim` (the first dimension of extent 3 when left out).\n\n\
              >>> ravine.cross(ravine.tensor([1, 0, 0]), ravine.tensor([0, 1, 0]))\ntensor([0, 0, 1])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| a.widened(|a| Ok(cross(a)?.into())),
    },
    Function {
        name: "addmm",
        signature: "(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor",
        doc: "`beta * input + alpha * (mat1 @ mat2)`; `input` broadcasts.\n\n\
              >>> ravine.addmm(ravine.ones(2), ravine.ones(2, 3), ravine.ones(3, 2))\ntensor([[4., 4.],\n        [4., 4.]])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(added(a, [2, 2])?.into()),
    },
    Function {
        name: "addmv",
        signature: "(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor",
        doc: "`beta * input + alpha * (mat @ vec)`; `input` broadcasts.\n\n\
              >>> ravine.addmv(ravine.ones(2), ravine.ones(2, 3), ravine.ones(3))\ntensor([4., 4.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(added(a, [2, 1])?.into()),
    },
    Function {
        name: "baddbmm",
        signature: "(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor",
        doc: "`beta * input + alpha * bmm(batch1, batch2)`; `input` broadcasts.\n\n\
              >>> ravine.baddbmm(ravine.ones(1), ravine.ones(4, 2, 3), ravine.ones(4, 3, 5)).shape\n(4, 2, 5)\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| Ok(added(a, [3, 3])?.into()),
    },
];

/// The ranks that the two operands must have.
fn ranks(a: &Args, wanted: &[usize]) -> Result<()> {
    for (i, &rank) in wanted.iter().enumerate() {
        let x = a.tensor(i)?;
        if x.rank() != rank {
            return Err(Error::rank(a.function, a.names[i], &rank.to_string(), x.shape()));
        }
    }
    Ok(())
}

fn added(a: &Args, wanted: [usize; 2]) -> Result<Tensor> {
    for (i, rank) in (1..).zip(wanted) {
        if a.tensor(i)?.rank() != rank {
            return Err(Error::rank(
                a.function,
                a.names[i],
                &rank.to_string(),
                a.tensor(i)?.shape(),
            ));
        }
    }
    if a.tensor(1)?.dtype() == DType::Bool {
        return Err(Error::dtype(a.function, DType::Bool, "a number type"));
    }
    if a.tensor(1)?.dtype() != a.tensor(2)?.dtype() {
        return matmul(a.tensor(1)?, a.tensor(2)?);
    }
    widened_call(a, combined)
}

fn combined(a: &Args) -> Result<Tensor> {
    let product = matmul(a.tensor(1)?, a.tensor(2)?)?;
    let is = |s: Scalar, n: f64| s.as_f64() == n;
    let (beta, alpha) = (a.scalar(3)?, a.scalar(4)?);
    let scaled = if is(alpha, 1.0) {
        product
    } else {
        mul(product, alpha)?
    };
    if is(beta, 0.0) {
        // NaN and infinities of `input` have no part in it, as in PyTorch.
        return Ok(scaled);
    }
    let input = a.tensor(0)?;
    let input = if is(beta, 1.0) {
        input.clone()
    } else {
        mul(input, beta)?
    };
    let sum = add(&input, &scaled)?;
    if sum.shape() != scaled.shape() {
        return Err(Error::broadcast(a.function, input.shape(), scaled.shape()));
    }
    Ok(sum)
}

fn kron(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let rank = x.rank().max(y.rank());
    let padded = |t: &Tensor| -> Shape {
        std::iter::repeat_n(1, rank - t.rank())
            .chain(t.shape().iter().copied())
            .collect()
    };
    let (a, b) = (padded(x), padded(y));
    let spread = |s: &Shape, first: bool| -> Shape {
        s.iter()
            .flat_map(|&n| if first { [n, 1] } else { [1, n] })
            .collect()
    };
    let product = mul(reshape(x, &spread(&a, true))?, reshape(y, &spread(&b, false))?)?;
    let shape: Shape = a.iter().zip(&b).map(|(m, n)| m.saturating_mul(*n)).collect();
    reshape(&product, &shape)
}

fn cross(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    let shape =
        broadcast(x.shape(), y.shape()).ok_or_else(|| Error::broadcast("cross", x.shape(), y.shape()))?;
    let dim = match a.opt_int(2)? {
        Some(dim) => normalize_dim("cross", dim, shape.len())?,
        None => shape.iter().position(|&n| n == 3).unwrap_or(shape.len()),
    };
    if shape.get(dim) != Some(&3) {
        let text = format!(
            "vectors of shape {} have no three components along a dimension",
            show(&shape)
        );
        return Err(Error::shape("cross", text));
    }
    let (x, y) = (expand(x, &shape)?, expand(y, &shape)?);
    let part = |t: &Tensor, i: usize| select(t, dim, (i % 3) as i64);
    let parts = (0..3)
        .map(|i| {
            sub(
                mul(part(&x, i + 1)?, part(&y, i + 2)?)?,
                mul(part(&x, i + 2)?, part(&y, i + 1)?)?,
            )
        })
        .collect::<Result<Vec<_>>>()?;
    stack(&parts, dim as i64)
}
