//! Places in sorted rows, by bisection.

use crate::cpu::index;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, kind};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::common_dtype;
use crate::ops::graph::cast;
use crate::ops::index::bounds::{self, Negative};
use crate::ops::index::gather::gather;
use crate::ops::shape::view::{expand, reshape};
use crate::ops::{batch, create};
use crate::shape::{Shape, numel, show};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::smallvec;

attributes! {
    struct Side in Attrs { right: bool }
}

/// inputs: rows (.., n), values (.., m) with equal leading extents and one dtype; attrs: `Side`
pub static SEARCHSORTED: Op = Op {
    name: "searchsorted",
    function: Some(Function {
        name: "searchsorted",
        signature: "(sorted_sequence: Tensor, input: Tensor | Number, *, out_int32: bool = False, right: bool = False, \
                    side: str | None = None, sorter: Tensor | None = None) -> Tensor",
        doc: "The int64 places at which `input` could be put into ascending rows (the last dimension of \
              `sorted_sequence`) without breaking their order: before equal elements, or after them with `right`. A \
              sequence of one dimension serves all of `input`; otherwise the leading extents must be equal. NaN goes to \
              the end. `side=\"right\"` is another name for `right`, `sorter` the order (int64, as of `argsort`) in which \
              rows that are not sorted are; `out_int32` gives int32.\n\n\
              >>> ravine.searchsorted(ravine.tensor([1, 3, 5]), ravine.tensor([0, 3, 9]))\ntensor([0, 1, 3])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let (values, rows) = (number_or_tensor(a, 1)?, sorted(a)?);
            found(searchsorted(&rows, &values, is_right(a)?)?, a.flag(2)?)
        },
    }),
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(1).into(), DType::I64)]),
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (rows, values, Side { right }) = (l.dense(0)?, l.dense(1)?, l.attrs.into());
        dispatch!(rows.dtype, T => index::search::<T>(&rows, &values, right, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(program),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Rule(|c, batched, size| {
        let args = batch::all_batched(c, batched, size)?;
        Ok(smallvec![record_one(c.op, c.attrs.clone(), smallvec![], args)?])
    }),
    donates: &[],
    plain: Plain::Primitive("NumPy's searchsorted is the oracle"),
    tests: Tests {
        reference: "searchsorted(sorted_sequence, input, right)",
        samples: &[
            "i(1, low=2, high=3), i(7)",
            "i(1), i(2, 3, low=-4, high=4)",
            "i(3, 1), i(3, 4)",
            "f(1), f(5000)",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

fn number_or_tensor(a: &Args, i: usize) -> Result<Tensor> {
    match a.arg(i)? {
        Arg::Tensor(t) => Ok(t),
        Arg::Scalar(s) => create::full(&[], s, s.default_dtype()),
    }
}

pub fn searchsorted(sequence: &Tensor, values: &Tensor, right: bool) -> Result<Tensor> {
    let dtype = common_dtype(&[sequence.into(), values.into()]);
    let (mut rows, values) = (cast::cast(sequence, dtype)?, cast::cast(values, dtype)?);
    let shape = values.shape().clone();
    let lead = rows.rank().saturating_sub(1);
    let fits = rows.rank() == 1 || (rows.rank() == shape.len() && rows.shape()[..lead] == shape[..lead]);
    if rows.rank() == 0 || !fits {
        let text = format!(
            "sequences of shape {} do not serve values of shape {}: all extents but the last must be equal, or the \
             sequence has one dimension",
            show(rows.shape()),
            show(&shape)
        );
        return Err(Error::shape("searchsorted", text));
    }
    let flat = if rows.rank() == 1 {
        reshape(&values, &[values.numel()])?
    } else {
        values
    };
    if numel(flat.shape()) == 0 {
        return create::full(&shape, 0i64, DType::I64);
    }
    let mut wanted = Shape::from_slice(&flat.shape()[..flat.rank() - 1]);
    wanted.push(rows.shape()[rows.rank() - 1]);
    rows = expand(&rows, &wanted)?;
    let args = smallvec![Arg::from(&rows), Arg::from(&flat)];
    reshape(
        &record_one(&SEARCHSORTED, Side { right }.encode(), smallvec![], args)?,
        &shape,
    )
}

/// The rows of `sorted_sequence` in the order of `sorter`.
fn sorted(a: &Args) -> Result<Tensor> {
    let (rows, Some(order)) = (a.tensor(0)?, a.opt_tensor(5)?) else {
        return a.tensor(0).cloned();
    };
    if order.shape() != rows.shape() || rows.rank() == 0 {
        let text = format!(
            "sorter has shape {}, sorted_sequence {}. Both have one shape, as argsort gives it",
            show(order.shape()),
            show(rows.shape())
        );
        return Err(Error::shape(a.function, text));
    }
    let last = rows.rank() - 1;
    let order = bounds::indices(a.function, order, last, rows.shape()[last], Negative::Error)?;
    gather(rows, last, &order)
}

fn is_right(a: &Args) -> Result<bool> {
    let right = a.flag(3)?;
    if a.is_none(4) {
        return Ok(right);
    }
    match (a.text(4)?, right) {
        ("left", false) => Ok(false),
        ("right", _) => Ok(true),
        ("left", true) => Err(Error::value(
            a.function,
            "side='left' and right=True contradict each other. Give one of them",
        )),
        (other, _) => Err(Error::value(
            a.function,
            format!("side='{other}' must be 'left' or 'right'"),
        )),
    }
}

fn found(places: Tensor, narrow: bool) -> Result<Outcome> {
    Ok(if narrow {
        cast::cast(&places, DType::I32)?
    } else {
        places
    }
    .into())
}

/// A thread per value.
fn program(c: &Context) -> Result<GpuProgram> {
    let (rows, values, Side { right }) = (c.shape(0), c.shape(1), c.attrs.into());
    let kind = kind(c.op, c.dtype(0))?;
    // NaN is larger than everything, and equal to itself.
    let less = match c.dtype(0) {
        DType::F32 => "!isnan_f32(a) && (isnan_f32(b) || a < b)",
        DType::I64 => "lt_u64(vec2<u32>(a.x, a.y ^ 0x80000000u), vec2<u32>(b.x, b.y ^ 0x80000000u))",
        _ => "a < b",
    };
    let (n, last) = (numel(values), values.len() - 1);
    let params = [n, values[last], rows[last], right as usize].map(|x| x as u32);
    let bindings = vec![
        Binding::read("rows", Buffer::Input(0), kind),
        Binding::read("values", Buffer::Input(1), kind),
        Binding::write("y", Buffer::Output(0), "vec2<u32>"),
    ];
    let mut pass = c.over_elements("index/search.wgsl", n, bindings, params.to_vec());
    pass.defines
        .extend([("KIND", kind.to_string()), ("LESS", less.to_string())]);
    Ok(GpuProgram {
        passes: vec![pass],
        ..GpuProgram::default()
    })
}

pub static FUNCTIONS: &[Function] = &[Function {
    name: "bucketize",
    signature: "(input: Tensor | Number, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor",
    doc: "The int64 number of the interval between ascending `boundaries` (one dimension) that each element lies in: \
              `boundaries[i-1] < x <= boundaries[i]`, or `boundaries[i-1] <= x < boundaries[i]` with `right`.\n\n\
              >>> ravine.bucketize(ravine.tensor([0.5, 1.0, 7.0]), ravine.tensor([1.0, 2.0]))\ntensor([0, 0, 2])\n",
    places: Places::TOP,
    effect: Effect::Pure,
    call: |a| {
        let boundaries = a.tensor(1)?;
        if boundaries.rank() != 1 {
            return Err(Error::rank("bucketize", "boundaries", "1", boundaries.shape()));
        }
        found(
            searchsorted(boundaries, &number_or_tensor(a, 0)?, a.flag(3)?)?,
            a.flag(2)?,
        )
    },
}];
