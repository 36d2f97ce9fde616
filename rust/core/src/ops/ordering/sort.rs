//! Sorting along a dimension, always stable.

use crate::cpu::sort as kernels;
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, Limits, Pass, grid, kind};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::create;
use crate::ops::index::gather;
use crate::ops::shape::view;
use crate::shape::{normalize_dim, numel};
use crate::stream::record;
use crate::work::Launch;
use smallvec::smallvec;

attributes! {
    pub struct Order in Attrs { dim: usize, descending: bool }
}

pub static SORT: Op = Op {
    name: "sort",
    function: Some(Function {
        name: "sort",
        signature: "(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) \
                    -> tuple[Tensor, Tensor]",
        doc: "The elements in ascending (or descending) order along `dim`, and the int64 places where they came from. \
              Equal elements keep their order whatever `stable` says; NaN counts as larger than everything. The gradient \
              goes back to those places.\n\n\
              >>> values, indices = ravine.sort(ravine.tensor([3.0, 1.0, 2.0]))\n>>> values\ntensor([1., 2., 3.])\n\
              >>> indices\ntensor([1, 2, 0])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (values, indices) = call(a)?;
            Ok(Outcome::Named(
                "sort",
                crate::ops::ordering::topk::PAIR,
                vec![values, indices],
            ))
        },
    }),
    class: Class::Structured,
    // attrs: `Order`; outputs: values, indices
    meta: |r| {
        Ok(smallvec![
            (r.shape(0).into(), r.dtype(0)),
            (r.shape(0).into(), DType::I64)
        ])
    },
    cpu: Cpu::Kernel(kernel),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None]);
        };
        let zeros = create::zeros_like(c.tensor(0))?;
        Ok(smallvec![Some(gather::scatter_add(
            &zeros,
            Order::from(c.attrs).dim,
            &c.outputs[1],
            g
        )?)])
    }),
    jvp: Jvp::Rule(|c, t| {
        let sorted = |t: &Tensor| gather::gather(t, Order::from(c.attrs).dim, &c.outputs[1]);
        Ok(smallvec![t[0].as_ref().map(sorted).transpose()?, None])
    }),
    batch: Batch::Rule(|c, _, _| {
        let mut order = Order::from(c.attrs);
        order.dim += 1;
        record(c.op, order.encode(), smallvec![], c.inputs.into())
    }),
    donates: &[],
    plain: Plain::Primitive("NumPy's stable sort is the oracle"),
    tests: Tests {
        reference: "sort(input, dim, descending)",
        samples: &[
            "f(7)",
            "f(1)",
            "f(0)",
            "f(3, 5), 0",
            "f(2, 3, 5), 1, True",
            "f(2, 3000), -1, descending=True",
            "i(4, 9, low=-3, high=3), 1",
            "i(5000, low=-3, high=3), 0, True",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

fn call(a: &Args) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    let dim = normalize_dim(a.function, a.int(1)?, x.rank())?;
    if x.rank() > 0 {
        return sort(x, dim, a.flag(2)?);
    }
    let (values, indices) = sort(&view::reshape(x, &[1])?, 0, a.flag(2)?)?;
    Ok((view::reshape(&values, &[])?, view::reshape(&indices, &[])?))
}

pub fn sort(x: &Tensor, dim: usize, descending: bool) -> Result<(Tensor, Tensor)> {
    let mut outputs = record(
        &SORT,
        Order { dim, descending }.encode(),
        smallvec![],
        smallvec![x.into()],
    )?;
    let indices = outputs.remove(1);
    Ok((outputs.remove(0), indices))
}

fn kernel(l: &mut Launch) -> Result<()> {
    let mut input = l.dense(0)?;
    if input.dtype == DType::Bool {
        // The same bytes; False comes before True.
        input.dtype = DType::U8;
    }
    let Order { dim, descending } = l.attrs.into();
    let extents = (
        numel(&input.shape[..dim]),
        input.shape[dim],
        numel(&input.shape[dim + 1..]),
    );
    let (values, indices) = l.outputs.split_at_mut(1);
    dispatch!(input.dtype, T => kernels::sort::<T>(&input, extents, descending, &mut values[0], &mut indices[0]));
    Ok(())
}

pub static FUNCTIONS: &[Function] = &[Function {
    name: "argsort",
    signature: "(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> Tensor",
    doc: "The int64 indices that sort `input` along `dim`: the second result of `sort`.\n\n\
              >>> ravine.argsort(ravine.tensor([3.0, 1.0, 2.0]))\ntensor([1, 2, 0])\n",
    places: Places::BOTH,
    effect: Effect::Pure,
    call: |a| Ok(call(a)?.1.into()),
}];

fn program(c: &Context) -> Result<GpuProgram> {
    let Order { dim, descending } = c.attrs.into();
    Ok(network(Lines {
        x: Buffer::Input(0),
        kind: kind("sort", c.dtype(0))?,
        extents: c.lines(0, dim),
        descending,
        values: Some(Buffer::Output(0)),
        indices: Buffer::Output(1),
        limits: c.limits,
    }))
}

/// What a sort reads and writes.
pub struct Lines {
    pub x: Buffer,
    pub kind: &'static str,
    /// How many lines there are, their length and the stride along them.
    pub extents: [usize; 3],
    pub descending: bool,
    /// Where somebody wants them.
    pub values: Option<Buffer>,
    pub indices: Buffer,
    pub limits: Limits,
}

/// Blocks are sorted in workgroup memory; longer rows take a pass for each distance beyond a block. Scratch 0 and 1 are
/// the network's own.
pub fn network(sorted: Lines) -> GpuProgram {
    const BLOCK: usize = 512;
    let [rows, length, stride] = sorted.extents;
    let kind = sorted.kind;
    let (key, words, order) = match kind {
        "vec2<u32>" => (kind, 2, "i64"),
        _ => ("u32", 1, kind),
    };
    let mut bindings = vec![
        Binding::read("x", sorted.x, kind),
        Binding::write("indices", sorted.indices, "vec2<u32>"),
        Binding::write("keys", Buffer::Scratch(0), key),
        Binding::write("places", Buffer::Scratch(1), "u32"),
    ];
    let mut store = "";
    if let Some(values) = sorted.values {
        bindings.push(Binding::write("values", values, kind));
        store = "values[at] = x[first_of_row(row) + place * param(2u)];";
    }
    let padded = length.next_power_of_two();
    let pass = |entry: &'static str, groups: usize, k: usize, j: usize| Pass {
        template: "ordering/sort.wgsl",
        entry,
        defines: vec![
            ("KEY", key.into()),
            ("ORDER", order.into()),
            ("WORDS", words.to_string()),
            ("STORE_VALUE", store.into()),
        ],
        bindings: bindings.clone(),
        params: [rows, length, stride, padded, sorted.descending as usize, k, j]
            .map(|x| x as u32)
            .to_vec(),
        slots: vec![],
        grid: grid(groups, &sorted.limits),
    };
    let blocks = (rows * padded).div_ceil(BLOCK);
    let mut passes = vec![pass("sort_blocks", blocks, 0, 0)];
    let mut k = 2 * BLOCK;
    while k <= padded {
        let mut j = k / 2;
        while j >= BLOCK {
            passes.push(pass("merge_far", blocks, k, j));
            j /= 2;
        }
        passes.push(pass("merge_near", blocks, k, 0));
        k *= 2;
    }
    passes.push(pass("finish", (rows * length).div_ceil(256), 0, 0));
    if rows * length == 0 {
        passes.clear();
    }
    GpuProgram {
        passes,
        scratch: vec![4 * words * rows * padded, 4 * rows * padded],
        ..GpuProgram::default()
    }
}
