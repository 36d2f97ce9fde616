//! Matrix products.

use crate::cpu::matmul;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, Pass, Spliced, grid, need};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::sum_to;
use crate::ops::floats::widened;
use crate::ops::graph::cast;
use crate::ops::linalg::segments::Segments;
use crate::ops::reduce;
use crate::ops::shape::view;
use crate::shape::{Shape, Strides, broadcast, contiguous_strides, numel};
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
        program,
        any_layout: true,
        load: None,
        store: Some("store"),
    }),
    vjp: Vjp::Rule(|c, g, needs| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None]);
        };
        let (a, b) = (c.tensor(0), c.tensor(1));
        let turned = view::transpose_last;
        let ga = needs[0]
            .then(|| {
                in_memory_of(
                    a,
                    |shape| cotangent(g, &turned(b)?, shape),
                    |shape| cotangent(b, &turned(g)?, shape),
                )
            })
            .transpose()?;
        let gb = needs[1]
            .then(|| {
                in_memory_of(
                    b,
                    |shape| cotangent(&turned(a)?, g, shape),
                    |shape| cotangent(&turned(g)?, a, shape),
                )
            })
            .transpose()?;
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
            "f(0, 3), f(3, 2)",
            "f(2, 0), f(0, 3)",
            "f(65, 130), f(130, 33)",
        ],
        accuracy: Accuracy::Sum(1.0),
        domain: (-2.0, 2.0),
    },
};

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
    // Rows of all leading dimensions are rows of one matrix when the right operand is shared.
    let folded = right.rank() == 2 && left.rank() > 2 && left.shape()[left.rank() - 1] == right.shape()[0];
    let product = if folded {
        let k = right.shape()[0];
        let rows = numel(&left.shape()[..left.rank() - 1]);
        let mut shape = Shape::from_slice(&left.shape()[..left.rank() - 1]);
        shape.push(right.shape()[1]);
        view::reshape(&record(&view::reshape(&left, &[rows, k])?, &right)?, &shape)?
    } else {
        record(&left, &right).map_err(|e| {
            if e.kind() == crate::error::Kind::Shape {
                Error::matmul(a.shape(), b.shape()).at_path(e.path())
            } else {
                e
            }
        })?
    };
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

/// How the matrices of an operand lie: the places of element (row, column) and of the matrix of a product.
struct Matrices {
    offset: isize,
    row: isize,
    column: isize,
    /// Along the leading dimensions of the result, 0 where the operand is repeated.
    lead: Strides,
}

impl Matrices {
    fn new(c: &Context, i: usize, lead: usize) -> Matrices {
        let shape = c.shape(i);
        let (offset, strides) = match c.layout(i) {
            Some(layout) => (layout.offset, layout.strides.clone()),
            None => (0, contiguous_strides(shape)),
        };
        let own = shape.len() - 2;
        Matrices {
            offset,
            row: strides[own],
            column: strides[own + 1],
            lead: (0..lead)
                .map(|d| match (d + own).checked_sub(lead) {
                    Some(d) if shape[d] != 1 => strides[d],
                    _ => 0,
                })
                .collect(),
        }
    }

    fn params(&self) -> [u32; 6] {
        [
            self.offset,
            self.row,
            self.column,
            self.lead[0],
            self.lead[1],
            self.lead[2],
        ]
        .map(|x| x as u32)
    }

    /// Functions of both templates: `first` is the place of a matrix. Threads that follow each other fetch what lies side
    /// by side: a spot of a tile is the step of the inner index and the first of four of the others.
    fn places(&self, name: &str, param: usize, by_steps: bool) -> String {
        let p = |k: usize| format!("param({}u)", param + k);
        let spot = if by_steps {
            "at % 16u, at / 16u * 4u"
        } else {
            "at / 16u, at % 16u * 4u"
        };
        format!(
            "fn start_of_{name}(batch: u32) -> u32 {{\n    let outer = batch / (param(6u) * param(7u));\n    \
             let middle = batch / param(7u) % param(6u);\n    \
             return {} + outer * {} + middle * {} + batch % param(7u) * {};\n}}\n\
             fn place_in_{name}(first: u32, row: u32, column: u32) -> u32 {{\n    \
             return first + row * {} + column * {};\n}}\n\
             fn spot_of_{name}(at: u32) -> vec2<u32> {{\n    return vec2<u32>({spot});\n}}\n",
            p(0),
            p(3),
            p(4),
            p(5),
            p(1),
            p(2),
        )
    }
}

/// The leading dimensions of both operands as three, neighbours merged where neither minds: the last two extents.
fn merge(lead: &[usize], a: &mut Matrices, b: &mut Matrices) -> Result<[usize; 2]> {
    let mut merged: SmallVec<[(usize, isize, isize); 4]> = SmallVec::new();
    for (d, &extent) in lead.iter().enumerate().filter(|(_, extent)| **extent != 1) {
        let (of_a, of_b) = (a.lead[d], b.lead[d]);
        match merged.last_mut() {
            Some((n, x, y)) if *x == of_a * extent as isize && *y == of_b * extent as isize => {
                (*n, *x, *y) = (*n * extent, of_a, of_b);
            }
            _ => merged.push((extent, of_a, of_b)),
        }
    }
    if merged.len() > 3 {
        return Err(Error::shape(
            "matmul",
            "operands whose leading dimensions are repeated in turn, more than three times, must be expanded for the GPU",
        ));
    }
    while merged.len() < 3 {
        merged.insert(0, (1, 0, 0));
    }
    a.lead = merged.iter().map(|m| m.1).collect();
    b.lead = merged.iter().map(|m| m.2).collect();
    Ok([merged[1].0, merged[2].0])
}

/// Products of matrices that lie anyhow.
fn program(c: &Context) -> Result<GpuProgram> {
    need("matmul", c.dtype(0), DType::F32)?;
    let (a, b) = (c.shape(0), c.shape(1));
    let (m, k, n) = (a[a.len() - 2], a[a.len() - 1], b[b.len() - 1]);
    let lead =
        broadcast(&a[..a.len() - 2], &b[..b.len() - 2]).ok_or_else(|| Error::broadcast("matmul", a, b))?;
    let batch = numel(&lead);
    let (mut left, mut right) = (Matrices::new(c, 0, lead.len()), Matrices::new(c, 1, lead.len()));
    let extents = merge(&lead, &mut left, &mut right)?;
    let (template, [down, across], depth) = match m {
        0..=4 => ("linalg/few_rows.wgsl", [1, n.div_ceil(32)], 256),
        _ => ("linalg/matmul.wgsl", [m.div_ceil(64), n.div_ceil(64)], 16),
    };
    let tiles = down * across;
    let segments = Segments::new(k, depth, tiles * batch);
    let products = batch * segments.count;
    let sizes = [
        m,
        n,
        k,
        across,
        tiles,
        products,
        extents[0],
        extents[1],
        batch,
        segments.steps,
    ];
    let mut params: Vec<u32> = sizes.iter().map(|&x| x as u32).collect();
    let places = left.places("a", params.len(), left.column == 1)
        + &right.places("b", params.len() + 6, right.row == 1 && right.column != 1);
    params.extend(left.params());
    params.extend(right.params());
    let pass = Pass {
        template,
        entry: "main",
        defines: vec![],
        bindings: vec![
            Binding::read("a", Buffer::Input(0), "f32"),
            Binding::read("b", Buffer::Input(1), "f32"),
        ],
        params,
        slots: vec![
            Pass::pass_through("load_a"),
            Pass::pass_through("load_b"),
            ("places", places),
        ],
        grid: grid(tiles * products, &c.limits),
    };
    Ok(segments.program(c, pass, batch * m * n))
}
