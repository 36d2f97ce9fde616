//! Matrix products.

mod program;

use crate::cpu::matmul;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Gpu, Spliced};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::sum_to;
use crate::ops::floats::widened;
use crate::ops::graph::cast;
use crate::ops::reduce;
use crate::ops::shape::view;
use crate::shape::{Shape, broadcast, numel};
use crate::stream::record_one;
use crate::work::Slot;
use smallvec::{SmallVec, smallvec};

/// Operands of rank 2 and more; leading dimensions broadcast.
pub static MATMUL: Op = Op {
    name: "matmul",
    function: Some(Function {
        name: "matmul",
        signature: "(input: Tensor, other: Tensor) -> Tensor",
        doc: "Matrix product over the last two dimensions; leading dimensions broadcast. A 1-D operand is a row on the \
              left, a column on the right, and its dimension is dropped. float16 and bfloat16 accumulate in float32.\n\n\
              >>> ravine.matmul(ravine.ones(2, 3), ravine.ones(3))\ntensor([3., 3.])\n",
        places: Places::BOTH.and(Places::LINALG),
        effect: Effect::Pure,
        call: |a| Ok(matmul(a.tensor(0)?, a.tensor(1)?)?.into()),
    }),
    class: Class::Structured,
    meta: |r| {
        let (a, b) = (r.shape(0), r.shape(1));
        let (ra, rb) = (a.len(), b.len());
        if ra < 2 || rb < 2 || a[ra - 1] != b[rb - 2] {
            return Err(Error::matmul(a, b));
        }
        let mut shape =
            broadcast(&a[..ra - 2], &b[..rb - 2]).ok_or_else(|| Error::broadcast("matmul", a, b))?;
        shape.extend([a[ra - 2], b[rb - 1]]);
        Ok(smallvec![(shape, r.dtype(0))])
    },
    cpu: Cpu::Spliced(matmul::run, |slot, _, _| slot == Slot::Store),
    gpu: Gpu::Spliced(Spliced {
        program: program::program,
        any_layout: true,
        halves: true,
        load: None,
        store: Some("store"),
    }),
    vjp: Vjp::Rule(|c, g, needs| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None]);
        };
        let (a, b) = (c.tensor(0), c.tensor(1));
        let turned = view::transpose_last;
        if b.rank() == 2 && a.rank() > 2 {
            // Of all rows, one long sum for each element of b.
            let rows = |x: &Tensor| {
                let width = x.shape()[x.rank() - 1];
                view::reshape(x, &[numel(&x.shape()[..x.rank() - 1]), width])
            };
            let ga = needs[0].then(|| record(g, &turned(b)?)).transpose()?;
            let gb = needs[1].then(|| of_right(&rows(a)?, b, &rows(g)?)).transpose()?;
            return Ok(smallvec![ga, gb]);
        }
        let ga = needs[0]
            .then(|| {
                in_memory_of(
                    a,
                    |shape| cotangent(g, &turned(b)?, shape),
                    |shape| cotangent(b, &turned(g)?, shape),
                )
            })
            .transpose()?;
        let gb = needs[1].then(|| of_right(a, b, g)).transpose()?;
        Ok(smallvec![ga, gb])
    }),
    jvp: Jvp::Rule(|c, t| {
        let left = t[0].as_ref().map(|t| record(t, c.tensor(1))).transpose()?;
        let right = t[1].as_ref().map(|t| record(c.tensor(0), t)).transpose()?;
        Ok(smallvec![match (left, right) {
            (Some(l), Some(r)) => Some(crate::ops::elementwise::arithmetic::add(&l, &r)?),
            (l, r) => l.or(r),
        }])
    }),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Primitive("NumPy's matmul is the oracle"),
    tests: Tests {
        reference: "np.matmul(input, other)",
        samples: &[
            "f(2, 3), f(3, 4)",
            "f(3), f(3)",
            "f(2, 3), f(3)",
            "f(3), f(3, 2)",
            "f(2, 1, 3, 4), f(5, 4, 2)",
            "f(2, 3, 4), f(4, 5)",
            "f(2, 0, 3, 4), f(4, 5)",
            "f(3, 2, 4), f(1, 1, 4, 2)",
            "f(0, 3), f(3, 2)",
            "f(2, 0), f(0, 3)",
            "f(65, 130), f(130, 33)",
        ],
        accuracy: Accuracy::Sum(1.0),
        domain: (-2.0, 2.0),
    },
};

/// The cotangent of the right operand from that of the product.
fn of_right(a: &Tensor, b: &Tensor, g: &Tensor) -> Result<Tensor> {
    let turned = view::transpose_last;
    in_memory_of(
        b,
        |shape| cotangent(&turned(a)?, g, shape),
        |shape| cotangent(&turned(g)?, a, shape),
    )
}

/// The cotangent of an operand of a shape, or that of its transpose where the operand is one: the same sums, in the order
/// in which the memory of what was transposed wants them.
fn in_memory_of(
    operand: &Tensor,
    direct: impl Fn(&[usize]) -> Result<Tensor>,
    transposed: impl Fn(&[usize]) -> Result<Tensor>,
) -> Result<Tensor> {
    let mut shape = operand.shape().clone();
    if !view::is_transposed(operand) {
        return direct(&shape);
    }
    let r = shape.len();
    shape.swap(r - 1, r - 2);
    view::transpose_last(&transposed(&shape)?)
}

/// A product, summed over the matrices that an operand of `shape` was repeated for: in float32, as all sums are.
fn cotangent(x: &Tensor, y: &Tensor, shape: &[usize]) -> Result<Tensor> {
    if x.rank() == shape.len() && x.shape()[..x.rank() - 2] == shape[..x.rank() - 2] {
        return sum_to(&record(x, y)?, shape);
    }
    let sum = sum_to(&record(&widened(x)?, &widened(y)?)?, shape)?;
    cast::cast(&sum, x.dtype())
}

fn record(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    record_one(&MATMUL, smallvec![], smallvec![], smallvec![a.into(), b.into()])
}

pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.rank() == 0 || b.rank() == 0 {
        return Err(Error::matmul(a.shape(), b.shape()));
    }
    if a.dtype() != b.dtype() {
        let text = format!(
            "operands have dtypes {} and {}. Convert one with .to(dtype)",
            a.dtype(),
            b.dtype()
        );
        return Err(Error::new(crate::error::Kind::DType, "matmul", text));
    }
    if !a.dtype().is_float() {
        return integer_matmul(a, b);
    }
    let left = if a.rank() == 1 {
        view::reshape(a, &[1, a.shape()[0]])?
    } else {
        a.clone()
    };
    let right = if b.rank() == 1 {
        view::reshape(b, &[b.shape()[0], 1])?
    } else {
        b.clone()
    };
    let product = record(&left, &right).map_err(|e| {
        if e.kind() == crate::error::Kind::Shape {
            Error::matmul(a.shape(), b.shape()).at_path(e.path())
        } else {
            e
        }
    })?;
    let mut shape = product.shape().clone();
    if b.rank() == 1 {
        shape.pop();
    }
    if a.rank() == 1 {
        shape.remove(shape.len() - 1 - (b.rank() > 1) as usize);
    }
    view::reshape(&product, &shape)
}

/// Integers have no contraction kernel: products are summed in int64, exactly modulo 2^64, then cast back.
fn integer_matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (ra, rb) = (a.rank(), b.rank());
    let left = if ra == 1 {
        view::reshape(a, &[1, a.shape()[0], 1])?
    } else {
        with_unit(a, ra)?
    };
    let right = if rb == 1 {
        view::reshape(b, &[1, b.shape()[0], 1])?
    } else {
        with_unit(b, rb - 2)?
    };
    let (k, l) = (a.shape()[ra - 1], b.shape()[rb.max(2) - 2]);
    if k != l {
        return Err(Error::matmul(a.shape(), b.shape()));
    }
    let products = crate::ops::elementwise::arithmetic::mul(&left, &right)?;
    let total = reduce::sum(&products, &[products.rank() - 2], false)?;
    let mut shape = total.shape().clone();
    if rb == 1 {
        shape.pop();
    }
    if ra == 1 {
        shape.remove(shape.len() - 1 - (rb > 1) as usize);
    }
    cast::cast(&view::reshape(&total, &shape)?, a.dtype())
}

fn with_unit(x: &Tensor, at: usize) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape.insert(at, 1);
    view::reshape(x, &shape)
}

/// Leading dimensions are aligned behind the batch dimension.
fn batch(c: &Call, batched: &[bool], _size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let rank = (0..2)
        .map(|i| c.tensor(i).rank() - batched[i] as usize)
        .max()
        .unwrap_or(2);
    let align = |i: usize| {
        let x = c.tensor(i);
        if !batched[i] || x.rank() - 1 == rank {
            return Ok(x.clone());
        }
        let mut shape = Shape::from_slice(&x.shape()[..1]);
        shape.extend(std::iter::repeat_n(1, rank + 1 - x.rank()));
        shape.extend_from_slice(&x.shape()[1..]);
        view::reshape(x, &shape)
    };
    Ok(smallvec![record(&align(0)?, &align(1)?)?])
}
