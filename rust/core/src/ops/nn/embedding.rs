//! Rows of a table by number (embedding), and the sums of their cotangents.

use crate::array::Array;
use crate::cpu::bounds::first_outside;
use crate::cpu::{convert, index};
use crate::dtype::DType;
use crate::error::{Error, Kind, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::gpu::{Context, Finding, Gpu, What};
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Call, Class, Cpu, Jvp, Meta, Op, Plain, Request, Tests, Vjp};
use crate::ops::batch::all_batched;
use crate::ops::graph::cast;
use crate::ops::index::bounds::Negative;
use crate::ops::index::places::{Around, Dim, Named};
use crate::ops::index::{places, sums};
use crate::shape::{Shape, numel, show};
use crate::stream::{peek, record_one};
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

attributes! {
    struct Table in Attrs {
        /// Leading dimensions that are batches.
        lead: usize,
        /// The row to which no gradient goes, or -1.
        padding: i64,
        /// Whether that row reads as zeros.
        zeroed: bool,
    }
}
attributes! {
    struct Sums in Attrs {
        lead: usize,
        padding: i64,
        /// Of the table.
        rows: usize,
    }
}

/// inputs: weight (batches.., rows, columns), indices (batches.., ..) in int64.
/// attrs: `Table`
pub static EMBEDDING: Op = Op {
    name: "embedding",
    function: Some(Function {
        name: "embedding",
        signature: "(weight: Tensor, indices: Tensor, padding_idx: int = -1) -> Tensor",
        doc: "The rows of `weight`, of shape (R, D), that `indices` (int64 or int32, any shape) name: the result has the \
              shape of `indices` with D behind it, and the dtype of `weight`. No gradient goes to row `padding_idx`, if it \
              is not negative. Gradients of a row that is named several times are summed in row-major order of the \
              indices, so the bits never vary. Raises an IndexError when an index is below 0 or not below R; indices that \
              are not yet computed raise it when the result is read.\n\n\
              >>> ravine.embedding(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]), ravine.tensor([1, 0]))\n\
              tensor([[3., 4.],\n        [1., 2.]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(call(a)?.into()),
    }),
    class: Class::Structured,
    meta: |r| {
        let (Table { lead, .. }, w) = (r.attrs.into(), r.shape(0));
        let mut shape = Shape::from_slice(r.shape(1));
        shape.push(w[lead + 1]);
        Ok(smallvec![(shape, r.dtype(0))])
    },
    cpu: Cpu::Move(|l: &mut Launch| {
        let (weight, indices) = (l.dense(0)?, convert(l.input(1), DType::I64)?);
        let Table {
            lead,
            padding,
            zeroed,
        } = l.attrs.into();
        check(&indices, weight.shape[lead], &weight.shape)?;
        let zero_row = if zeroed { padding } else { -1 };
        by_size!(weight.dtype, T => index::rows::<T>(&weight, &indices, lead, zero_row, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(|c| {
        let Table {
            lead,
            padding,
            zeroed,
        } = c.attrs.into();
        let weight = c.shape(0);
        let zero_row = if zeroed { padding } else { -1 };
        let (named, around) = named(c, lead, weight[lead], weight[lead + 1], zero_row);
        places::take(c, &[named], around)
    }),
    vjp: Vjp::Rule(|c, g, needs| {
        let slope = |g: &Tensor| {
            let Table { lead, padding, .. } = c.attrs.into();
            let rows = c.tensor(0).shape()[lead];
            record_one(
                &EMBEDDING_BACKWARD,
                Sums { lead, padding, rows }.encode(),
                smallvec![],
                smallvec![g.into(), c.inputs[1].clone()],
            )
        };
        Ok(smallvec![
            g[0].as_ref().filter(|_| needs[0]).map(slope).transpose()?,
            None
        ])
    }),
    // The transpose of the reverse rule: nothing comes from the padding row.
    jvp: Jvp::Rule(|c, t| {
        let Table { lead, padding, .. } = c.attrs.into();
        let picked = |t: &Tensor| zeroed(lead, padding, t, c.tensor(1));
        Ok(smallvec![t[0].as_ref().map(picked).transpose()?])
    }),
    batch: Batch::Rule(|c, batched, size| {
        if !batched[0] && Table::from(c.attrs).lead == 0 {
            let args = smallvec![c.inputs[0].clone(), c.inputs[1].clone()];
            return Ok(smallvec![record_one(c.op, c.attrs.clone(), smallvec![], args)?]);
        }
        let mut table = Table::from(c.attrs);
        table.lead += 1;
        again(c, table.encode(), batched, size)
    }),
    donates: &[],
    plain: Plain::Primitive("moves rows: NumPy's indexing is the oracle"),
    tests: Tests {
        reference: "np.asarray(weight)[indices]",
        samples: &[
            "f(3, 4), i(5, low=0, high=2)",
            "f(3, 4), i(low=0, high=2)",
            "f(1, 1), i(1, low=0, high=0)",
            "f(3, 4), i(0, 2, low=0, high=2)",
            "f(3, 0), i(2, low=0, high=2)",
            "f(7, 5), i(2, 3, low=0, high=6), -1",
            "f(65, 130), i(40, 33, low=0, high=64)",
            "i(5, 3), i(4, low=0, high=4)",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

/// The cotangent of the table: the rows of `g` summed in the order of the indices that name them.
/// inputs: g, indices in int64. attrs: `Sums`
pub static EMBEDDING_BACKWARD: Op = Op {
    name: "embedding_backward",
    function: None,
    class: Class::Structured,
    meta: backward_meta,
    cpu: Cpu::Kernel(|l| {
        let (g, indices) = (l.dense(0)?, convert(l.input(1), DType::I64)?);
        let Sums { lead, padding, rows } = l.attrs.into();
        check(&indices, rows, &l.outputs[0].shape)?;
        dispatch!(g.dtype, T => index::row_sums::<T>(&g, &indices, lead, padding, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(|c| {
        let Sums { lead, padding, rows } = c.attrs.into();
        let columns = c.shape(0).last().copied().unwrap_or(1);
        let (named, around) = named(c, lead, rows, columns, padding);
        sums::sums(c, &[named], around, 0, true)
    }),
    vjp: Vjp::Rule(|c, g, needs| {
        let Sums { lead, padding, .. } = c.attrs.into();
        let picked = |g: &Tensor| zeroed(lead, padding, g, c.tensor(1));
        Ok(smallvec![
            g[0].as_ref().filter(|_| needs[0]).map(picked).transpose()?,
            None
        ])
    }),
    jvp: Jvp::Rule(|c, t| {
        let slope = |t: &Tensor| {
            record_one(
                c.op,
                c.attrs.clone(),
                smallvec![],
                smallvec![t.into(), c.inputs[1].clone()],
            )
        };
        Ok(smallvec![t[0].as_ref().map(slope).transpose()?])
    }),
    batch: Batch::Rule(|c, batched, size| {
        let mut sums = Sums::from(c.attrs);
        sums.lead += 1;
        again(c, sums.encode(), batched, size)
    }),
    donates: &[],
    plain: Plain::Primitive("adds rows: NumPy's add.at is the oracle"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(1.0),
        domain: (-1.0, 1.0),
    },
};

fn backward_meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let g = r.shape(0);
    let Sums { lead, rows, .. } = r.attrs.into();
    let mut shape = Shape::from_slice(&g[..lead]);
    shape.extend([rows, g[g.len() - 1]]);
    Ok(smallvec![(shape, r.dtype(0))])
}

fn zeroed(lead: usize, padding: i64, weight: &Tensor, indices: &Tensor) -> Result<Tensor> {
    let table = Table {
        lead,
        padding,
        zeroed: true,
    };
    record_one(
        &EMBEDDING,
        table.encode(),
        smallvec![],
        smallvec![weight.into(), indices.into()],
    )
}

/// The rows that the indices, input 1, name in tables one behind the other; none for row `skipped`.
fn named(c: &Context, lead: usize, rows: usize, columns: usize, skipped: i64) -> (Named, Around) {
    let (batches, count) = (numel(&c.shape(1)[..lead]), numel(&c.shape(1)[lead..]));
    let dim = |extent, index_stride, stride| Dim {
        extent,
        reach: extent,
        index_stride,
        stride,
    };
    let named = Named {
        input: 1,
        extent: rows,
        stride: 1,
        negative: Negative::Error,
        finding: Finding {
            op: EMBEDDING.name,
            what: What::Row { rows },
        },
        skipped: usize::try_from(skipped).ok(),
        dims: vec![dim(batches, count, rows), dim(count, 1, 0)],
    };
    let around = Around {
        blocks: 1,
        places: batches * rows,
        width: columns,
    };
    (named, around)
}

/// One more batch dimension.
fn again(c: &Call, attrs: Attrs, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    Ok(smallvec![record_one(
        c.op,
        attrs,
        smallvec![],
        all_batched(c, batched, size)?
    )?])
}

fn call(a: &Args) -> Result<Tensor> {
    let (weight, indices, padding) = (a.tensor(0)?, a.tensor(1)?, a.int(2)?);
    let &[rows, _] = &weight.shape()[..] else {
        return Err(Error::rank(
            a.function,
            "weight",
            "2 (rows, columns)",
            weight.shape(),
        ));
    };
    if !matches!(indices.dtype(), DType::I64 | DType::I32) {
        return Err(Error::dtype(
            a.function,
            indices.dtype(),
            "int64 or int32 as indices",
        ));
    }
    if padding >= rows as i64 {
        let text = format!("padding_idx is {padding}, the weight has {rows} rows. It must be below that");
        return Err(Error::value(a.function, text));
    }
    if let Some(known) = peek(indices) {
        check(&known, rows, weight.shape())?;
    }
    let table = Table {
        lead: 0,
        padding: padding.max(-1),
        zeroed: false,
    };
    let indices = cast::cast(indices, DType::I64)?;
    record_one(
        &EMBEDDING,
        table.encode(),
        smallvec![],
        smallvec![weight.into(), (&indices).into()],
    )
}

fn check(indices: &Array, rows: usize, weight: &[usize]) -> Result<()> {
    let Some(index) = first_outside(indices, 0, rows as i64)? else {
        return Ok(());
    };
    let valid = match rows {
        0 => "None is valid".to_string(),
        _ => format!("Valid: 0 to {}", rows - 1),
    };
    let text = format!(
        "index {index} is no row of the weight of shape {}, which has {rows} rows. {valid}",
        show(weight)
    );
    Err(Error::new(Kind::Index, EMBEDDING.name, text))
}
