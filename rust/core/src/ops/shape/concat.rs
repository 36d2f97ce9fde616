//! Tensors put one behind the other, and taken apart.

use crate::array::Array;
use crate::attributes::Along;
use crate::cpu::concat as kernels;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, Pass, Spliced, kind, reader};
use crate::graph::{Arg, Tensor};
use crate::interrupt;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Meta, Op, Plain, Request, Tests, Vjp};
use crate::ops::batch::{all_batched, behind};
use crate::ops::elementwise::common_dtype;
use crate::ops::graph::cast;
use crate::ops::shape::view;
use crate::ops::shape::view::narrow;
use crate::reserve;
use crate::shape::{Shape, normalize_dim, numel, show};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

pub static CAT: Op = Op {
    name: "cat",
    function: Some(Function {
        name: "cat",
        signature: "(tensors: Sequence[Tensor], dim: int = 0) -> Tensor",
        doc: "The tensors one behind the other along `dim`; their other extents must be equal. Dtypes promote. Tensors of \
              shape (0,) fit all others.\n\n\
              >>> ravine.cat([ravine.tensor([1, 2]), ravine.tensor([3])])\ntensor([1, 2, 3])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: cat_call,
    }),
    class: Class::Structured,
    // inputs: tensors of one dtype; attrs: `Along`
    meta,
    cpu: Cpu::Move(|l| {
        let inputs = (0..l.inputs.len())
            .map(|i| l.dense(i))
            .collect::<Result<SmallVec<[Array; 4]>>>()?;
        let (Along { dim }, out) = (l.attrs.into(), &mut l.outputs[0]);
        by_size!(out.dtype, T => kernels::concat::<T>(&inputs, dim, out));
        Ok(())
    }),
    gpu: Gpu::Spliced(Spliced {
        program,
        any_layout: true,
        halves: false,
        load: None,
        store: None,
    }),
    vjp: Vjp::Rule(|c, g, needs| {
        let Along { dim } = c.attrs.into();
        let mut start = 0;
        (c.inputs.iter().zip(needs))
            .map(|(input, &needed)| {
                let size = input.shape()[dim];
                start += size;
                match &g[0] {
                    Some(g) if needed => narrow(g, dim, (start - size) as i64, size).map(Some),
                    _ => Ok(None),
                }
            })
            .collect()
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, batched, size| {
        let args = all_batched(c, batched, size)?;
        Ok(smallvec![record_one(c.op, behind(c), smallvec![], args)?])
    }),
    donates: &[],
    plain: Plain::Primitive("moves elements: NumPy's concatenate is the oracle"),
    tests: Tests {
        reference: "np.concatenate(tensors, axis=dim)",
        samples: &[
            "[f(3), f(4)]",
            "[f(2, 3)]",
            "[f(2, 3), f(2, 0), f(2, 5)], 1",
            "[f(2, 3, 4), f(2, 1, 4)], -2",
            "[f(300, 70), f(200, 70), f(1, 70)]",
            "[f(300, 70), f(300, 33)], 1",
            "[f(3), i(2)]",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

fn meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let (Along { dim }, first) = (r.attrs.into(), r.shape(0));
    let mut shape = Shape::from_slice(first);
    shape[dim] = 0;
    for i in 0..r.args.len() {
        let other = r.shape(i);
        let fits = other.len() == first.len() && (0..first.len()).all(|d| d == dim || other[d] == first[d]);
        if !fits {
            let text = format!(
                "tensor {i} has shape {}, the first has {}. All extents but that of dimension {dim} must be equal",
                show(other),
                show(first)
            );
            return Err(Error::shape(r.op.name, text));
        }
        shape[dim] = shape[dim].saturating_add(other[dim]);
    }
    Ok(smallvec![(shape, r.dtype(0))])
}

/// A pass for as many inputs as there are buffers: they are some columns of all rows of the result.
fn program(c: &Context) -> Result<GpuProgram> {
    let (kind, Along { dim }) = (kind(c.op, c.dtype(0))?, c.attrs.into());
    let width = |i: usize| numel(&c.shape(i)[dim..]);
    let rows = numel(&c.shape(0)[..dim]);
    let row: usize = (0..c.inputs.len()).map(width).sum();
    let filled: Vec<usize> = (0..c.inputs.len()).filter(|&i| width(i) > 0).collect();
    let mut start = 0;
    let pass = |parts: &[usize]| {
        let columns: usize = parts.iter().map(|&i| width(i)).sum();
        let mut params: Vec<u32> = [rows * columns, row, columns, start].map(|x| x as u32).into();
        start += columns;
        let (mut readers, mut choice, mut begin) = (String::new(), String::new(), 0);
        let mut bindings = Vec::new();
        for (k, &i) in parts.iter().enumerate() {
            let (function, binding) = (format!("part_{k}"), format!("x{k}"));
            params.extend([begin, width(i) as u32]);
            let at = params.len() - 2;
            choice += &format!(
                "    if (column < param({at}u) + param({0}u)) {{\n        \
                 return {function}(row * param({0}u) + column - param({at}u));\n    }}\n",
                at + 1
            );
            begin += width(i) as u32;
            readers += &reader(&function, (&binding, kind), c.shape(i), c.layout(i), &mut params);
            bindings.push(Binding::read(&binding, Buffer::Input(i), kind));
        }
        bindings.push(Binding::write("y", Buffer::Output(0), kind));
        let element = format!(
            "{readers}fn element(row: u32, column: u32) -> {kind} {{\n{choice}    return {kind}();\n}}\n"
        );
        Pass {
            slots: vec![("element", element)],
            ..c.over_elements("shape/cat.wgsl", rows * columns, bindings, params)
        }
    };
    Ok(GpuProgram {
        passes: filled
            .chunks(c.limits.storage_buffers as usize - 1)
            .map(pass)
            .collect(),
        ..GpuProgram::default()
    })
}

fn cat_call(a: &Args) -> Result<Outcome> {
    let tensors = a.tensors(0)?;
    let (Some(first), None) = (tensors.first(), tensors.iter().find(|t| t.rank() == 0)) else {
        let text = "needs one tensor at least, and each with one dimension at least. For scalars use stack";
        return Err(Error::shape(a.function, text));
    };
    // PyTorch's stand-in for "nothing yet". It takes the others' shape and stays an input, for what depends on it.
    let nothing = |t: &&Tensor| t.shape()[..] == [0];
    let like = tensors.iter().find(|t| !nothing(t)).unwrap_or(first);
    let dim = normalize_dim(a.function, a.int(1)?, like.rank())?;
    let dtype = common_dtype(&tensors.iter().map(Arg::from).collect::<Vec<_>>());
    let mut empty = like.shape().clone();
    empty[dim] = 0;
    let parts = tensors
        .iter()
        .map(|t| {
            let shape = if nothing(&t) { &empty } else { t.shape() };
            view::reshape(&cast::cast(t, dtype)?, shape)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(cat(&parts, dim)?.into())
}

/// Tensors of one dtype.
pub fn cat(tensors: &[Tensor], dim: usize) -> Result<Tensor> {
    if let [one] = tensors {
        return Ok(one.clone());
    }
    record_one(
        &CAT,
        Along { dim }.encode(),
        smallvec![],
        tensors.iter().map(Arg::from).collect(),
    )
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "stack",
        signature: "(tensors: Sequence[Tensor], dim: int = 0) -> Tensor",
        doc: "Tensors of one shape side by side along a new dimension `dim`. Dtypes promote.\n\n\
              >>> ravine.stack([ravine.tensor([1, 2]), ravine.tensor([3, 4])])\ntensor([[1, 2],\n        [3, 4]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(stack(a.tensors(0)?, a.int(1)?)?.into()),
    },
    Function {
        name: "split",
        signature: "(input: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]",
        doc: "Views of successive parts along `dim`: each of the given size (the last may be smaller), or of the sizes \
              in a list, which must add up to the extent.\n\n\
              >>> [part.shape for part in ravine.split(ravine.arange(5), 2)]\n[(2,), (2,), (1,)]\n",
        places: Places::BOTH,
        effect: Effect::View,
        call: split,
    },
    Function {
        name: "chunk",
        signature: "(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]",
        doc: "Views of at most `chunks` successive parts along `dim`, all of one size but the last.\n\n\
              >>> [part.shape for part in ravine.chunk(ravine.arange(5), 2)]\n[(3,), (2,)]\n",
        places: Places::BOTH,
        effect: Effect::View,
        call: |a| {
            let x = a.tensor(0)?;
            let dim = split_dim(a, x)?;
            let chunks = a.int(1)?;
            if chunks < 1 {
                return Err(Error::value("chunk", format!("chunks={chunks} must be positive")));
            }
            pieces(x, dim, x.shape()[dim].div_ceil(chunks as usize), chunks as usize)
        },
    },
];

pub fn stack(tensors: &[Tensor], dim: i64) -> Result<Tensor> {
    let Some(first) = tensors.first() else {
        return Err(Error::shape("stack", "needs one tensor at least"));
    };
    if let Some((i, t)) = tensors
        .iter()
        .enumerate()
        .find(|(_, t)| t.shape() != first.shape())
    {
        let text = format!(
            "tensor {i} has shape {}, the first has {}. All must be equal",
            show(t.shape()),
            show(first.shape())
        );
        return Err(Error::shape("stack", text));
    }
    let dim = normalize_dim("stack", dim, first.rank() + 1)?;
    let dtype = common_dtype(&tensors.iter().map(Arg::from).collect::<Vec<_>>());
    let mut shape = first.shape().clone();
    shape.insert(dim, 1);
    let parts = tensors
        .iter()
        .map(|t| view::reshape(&cast::cast(t, dtype)?, &shape))
        .collect::<Result<Vec<_>>>()?;
    cat(&parts, dim)
}

fn split_dim(a: &Args, x: &Tensor) -> Result<usize> {
    if x.rank() == 0 {
        return Err(Error::rank(a.function, "input", "at least 1", &[]));
    }
    normalize_dim(a.function, a.int(2)?, x.rank())
}

/// Views of `count` parts along a dimension, each (start, size). A user may ask for more of them than there is memory
/// for, or time.
pub fn parts(
    x: &Tensor,
    dim: usize,
    count: usize,
    mut part: impl FnMut(usize) -> (usize, usize),
) -> Result<Outcome> {
    let mut parts = reserve::list(count)?;
    for i in 0..count {
        interrupt::round(i)?;
        let (start, size) = part(i);
        parts.push(narrow(x, dim, start as i64, size)?);
    }
    Ok(Outcome::Many(parts))
}

/// Parts of one size; of an empty dimension `when_empty` empty ones.
fn pieces(x: &Tensor, dim: usize, size: usize, when_empty: usize) -> Result<Outcome> {
    let n = x.shape()[dim];
    if n == 0 {
        return parts(x, dim, when_empty, |_| (0, 0));
    }
    parts(x, dim, n.div_ceil(size), |i| (i * size, size.min(n - i * size)))
}

fn split(a: &Args) -> Result<Outcome> {
    let x = a.tensor(0)?;
    let dim = split_dim(a, x)?;
    let n = x.shape()[dim];
    if let crate::function::Value::Int(size) = *a.value(1) {
        if size < 0 || (size == 0 && n > 0) {
            return Err(Error::value(
                "split",
                format!("a part of size {size}; sizes are positive"),
            ));
        }
        return pieces(x, dim, size as usize, 1);
    }
    let sizes = a.ints(1)?;
    let total = sizes.iter().fold(0i64, |total, &s| total.saturating_add(s));
    if sizes.iter().any(|&s| s < 0) || total != n as i64 {
        let text =
            format!("sizes {sizes:?} must be 0 or more and add up to {n}, the extent of dimension {dim}");
        return Err(Error::value("split", text));
    }
    let mut start = 0;
    parts(x, dim, sizes.len(), |i| {
        start += sizes[i];
        ((start - sizes[i]) as usize, sizes[i] as usize)
    })
}
