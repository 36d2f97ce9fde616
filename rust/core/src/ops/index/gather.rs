//! One index per element, along one dimension: reading (`gather`) and adding up (`scatter_add`), each other's
//! transpose.

use crate::attributes::Along;
use crate::cpu::index as kernels;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::gpu::{Context, Finding, Gpu, What};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, Op, Plain, Request, Tests, Vjp};
use crate::ops::batch::{all_batched, behind};
use crate::ops::create;
use crate::ops::index::bounds::Negative;
use crate::ops::index::places::{Around, Dim, Named};
use crate::ops::index::{bounds, places, put, sums};
use crate::ops::shape::view;
use crate::ops::shape::view::{Range, slice_attrs};
use crate::shape::{contiguous_strides, normalize_dim, numel, show};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

pub static GATHER: Op = Op {
    name: "gather",
    function: Some(Function {
        name: "gather",
        signature: "(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor",
        doc: "Elements of `input` at the places along `dim` that `index` names: for `dim=0` in two dimensions, \
              `out[i][j] = input[index[i][j]][j]`. `index` (int64 or int32) has the rank of `input` and is no larger in \
              the other dimensions; the result has its shape. Indices below 0 or from the extent on raise. \
              `sparse_grad` makes no difference.\n\n\
              >>> ravine.gather(ravine.tensor([[1, 2], [3, 4]]), 1, ravine.tensor([[0, 0], [1, 0]]))\n\
              tensor([[1, 1],\n        [4, 3]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let call = Lines::new(a)?;
            let picked = gather(&call.input, call.dim, &call.index)?;
            Ok(view::reshape(&picked, a.tensor(2)?.shape())?.into())
        },
    }),
    class: Class::Structured,
    // inputs: input, index; attrs: `Along`
    meta: |r| {
        check_shapes(r, 1)?;
        Ok(smallvec![(r.shape(1).into(), r.dtype(0))])
    },
    cpu: Cpu::Move(|l: &mut Launch| {
        let (input, index, Along { dim }) = (l.input(0).clone(), l.input(1).clone(), l.attrs.into());
        bounds::check(l.op, &index, dim, input.shape[dim], Negative::Error)?;
        by_size!(input.dtype, T => kernels::gather::<T>(&input, dim, &index, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(|c| {
        let (named, around) = named(c, c.shape(1));
        places::take(c, &[named], around)
    }),
    vjp: Vjp::Rule(|c, g, _| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None]);
        };
        let zeros = create::zeros_like(c.tensor(0))?;
        Ok(smallvec![
            Some(scatter_add(&zeros, Along::from(c.attrs).dim, c.tensor(1), g)?),
            None
        ])
    }),
    jvp: Jvp::Rule(|c, t| {
        let back = |t: &Tensor| gather(t, Along::from(c.attrs).dim, c.tensor(1));
        Ok(smallvec![t[0].as_ref().map(back).transpose()?])
    }),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Primitive("moves elements: NumPy's take_along_axis is the oracle"),
    tests: Tests {
        reference: "np.take_along_axis(input, index, dim)",
        samples: &[
            "f(3, 4), 1, i(3, 2, low=0, high=3)",
            "f(3, 4), 0, i(5, 4, low=0, high=2)",
            "f(2, 3, 5), -2, i(2, 7, 5, low=0, high=2)",
            "f(7), 0, i(0, low=0, high=1)",
            "f(40, 1100), 1, i(40, 900, low=0, high=1099)",
            "i(3, 4), 1, i(3, 1, low=0, high=3)",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

pub static SCATTER_ADD: Op = Op {
    name: "scatter_add",
    function: Some(Function {
        name: "scatter_add",
        signature: "(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor",
        doc: "`input` with every element of `src` added at the place along `dim` that `index` names: for `dim=0` in two \
              dimensions, `out[index[i][j]][j] += src[i][j]`. `index` (int64 or int32) has the rank of `input` and is no \
              larger than `src`, nor than `input` in the other dimensions; `src` has the dtype of `input`. Sums run in \
              ascending order of the place in `src`, so the bits never vary. Indices below 0 or from the extent on raise.\n\n\
              >>> ravine.scatter_add(ravine.zeros(3), 0, ravine.tensor([0, 2, 0]), ravine.tensor([1.0, 2.0, 3.0]))\n\
              tensor([4., 0., 2.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            let call = Lines::new(a)?;
            let source = ranked(a.tensor(3)?)?;
            let sum = scatter_add(&call.input, call.dim, &call.index, &source)?;
            Ok(view::reshape(&sum, a.tensor(0)?.shape())?.into())
        },
    }),
    class: Class::Structured,
    // inputs: input, index, source; attrs: `Along`
    meta: |r| {
        check_shapes(r, 1)?;
        check_shapes(r, 2)?;
        let (index, source) = (r.shape(1), r.shape(2));
        if index.iter().zip(source).any(|(i, s)| i > s) {
            let text = format!(
                "index of shape {} is larger than src of shape {}",
                show(index),
                show(source)
            );
            return Err(Error::shape(r.op.name, text));
        }
        if r.dtype(2) != r.dtype(0) || r.dtype(0) == DType::Bool {
            let want = format!("src of the dtype of input, which is {}, and not bool", r.dtype(0));
            return Err(Error::dtype(r.op.name, r.dtype(2), &want));
        }
        Ok(smallvec![(r.shape(0).into(), r.dtype(0))])
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (index, source, Along { dim }) = (l.input(1).clone(), l.input(2).clone(), l.attrs.into());
        bounds::check(l.op, &index, dim, l.outputs[0].shape[dim], Negative::Error)?;
        dispatch!(source.dtype, T => kernels::scatter_add::<T>(&mut l.outputs[0], dim, &index, &source));
        Ok(())
    }),
    // What the index leaves out of the source has no place.
    gpu: Gpu::Program(|c| {
        let (named, around) = named(c, c.shape(2));
        sums::sums(c, &[named], around, 2, false)
    }),
    vjp: Vjp::Rule(|c, g, needs| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None, None]);
        };
        let source = if needs[2] {
            Some(source_cotangent(c, g)?)
        } else {
            None
        };
        Ok(smallvec![Some(g.clone()), None, source])
    }),
    jvp: Jvp::Rule(|c, t| {
        let or_zeros = |i: usize| {
            t[i].as_ref()
                .map_or_else(|| create::zeros_like(c.tensor(i)), |t| Ok(t.clone()))
        };
        Ok(smallvec![Some(scatter_add(
            &or_zeros(0)?,
            Along::from(c.attrs).dim,
            c.tensor(1),
            &or_zeros(2)?
        )?)])
    }),
    batch: Batch::Rule(batch),
    donates: &[(0, 0)],
    plain: Plain::Primitive("adds elements: NumPy's add.at is the oracle"),
    tests: Tests {
        reference: "scatter_add(input, dim, index, src)",
        samples: &[
            "f(3, 4), 1, i(3, 2, low=0, high=3), f(3, 2)",
            "f(3, 4), 0, i(5, 2, low=0, high=2), f(6, 3)",
            "f(2, 3, 5), 1, i(2, 7, 5, low=0, high=2), f(2, 7, 5)",
            "f(7), 0, i(0, low=0, high=1), f(4)",
            "f(40, 11), 1, i(40, 900, low=0, high=10), f(40, 900)",
            "i(5), 0, i(8, low=0, high=4), i(8)",
        ],
        accuracy: Accuracy::Sum(1.0),
        domain: (-10.0, 10.0),
    },
};

/// The common part of a user's call. A tensor without dimensions counts as one of one element.
struct Lines {
    input: Tensor,
    dim: usize,
    index: Tensor,
}

impl Lines {
    fn new(a: &Args) -> Result<Lines> {
        let dim = normalize_dim(a.function, a.int(1)?, a.tensor(0)?.rank())?;
        let input = ranked(a.tensor(0)?)?;
        let index = bounds::indices(a.function, a.tensor(2)?, dim, input.shape()[dim], Negative::Error)?;
        Ok(Lines {
            input,
            dim,
            index: ranked(&index)?,
        })
    }
}

fn ranked(t: &Tensor) -> Result<Tensor> {
    if t.rank() == 0 {
        view::reshape(t, &[1])
    } else {
        Ok(t.clone())
    }
}

/// Argument `i` must have the rank of the input; the index must fit into it in every other dimension.
fn check_shapes(r: &Request, i: usize) -> Result<()> {
    let (input, other, Along { dim }) = (r.shape(0), r.shape(i), r.attrs.into());
    let what = if i == 1 { "index" } else { "src" };
    if other.len() != input.len() {
        let text = format!(
            "{what} has shape {}, input has {}. They must have equally many dimensions",
            show(other),
            show(input)
        );
        return Err(Error::shape(r.op.name, text));
    }
    if i == 1 && (0..input.len()).any(|d| d != dim && other[d] > input[d]) {
        let text = format!(
            "index of shape {} is larger than input of shape {} in another dimension than {dim}",
            show(other),
            show(input)
        );
        return Err(Error::shape(r.op.name, text));
    }
    Ok(())
}

/// What `index` left out of the source has no part in the result.
fn source_cotangent(c: &Call, g: &Tensor) -> Result<Tensor> {
    let (index, source) = (c.tensor(1), c.tensor(2));
    let picked = gather(g, Along::from(c.attrs).dim, index)?;
    if index.shape() == source.shape() {
        return Ok(picked);
    }
    let ranges: SmallVec<[Range; 4]> = index.shape().iter().map(|&n| Range::all(n)).collect();
    let (attrs, data) = slice_attrs(&ranges);
    put::slice_put(&create::zeros_like(source)?, &picked, &attrs, &data)
}

fn batch(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    Ok(smallvec![record_one(
        c.op,
        behind(c),
        smallvec![],
        all_batched(c, batched, size)?
    )?])
}

/// `index` is int64 and of the rank of `x`.
pub fn gather(x: &Tensor, dim: usize, index: &Tensor) -> Result<Tensor> {
    record_one(
        &GATHER,
        Along { dim }.encode(),
        smallvec![],
        smallvec![x.into(), index.into()],
    )
}

/// `index` is int64 and of the rank of `x`.
pub fn scatter_add(x: &Tensor, dim: usize, index: &Tensor, source: &Tensor) -> Result<Tensor> {
    record_one(
        &SCATTER_ADD,
        Along { dim }.encode(),
        smallvec![],
        smallvec![x.into(), index.into(), source.into()],
    )
}

/// For each element of an array as large as the index or larger, its place in the input: the same in every dimension but
/// `dim`.
fn named(c: &Context, array: &[usize]) -> (Named, Around) {
    let (input, index, Along { dim }) = (c.shape(0), c.shape(1), c.attrs.into());
    let (strides, index_strides) = (contiguous_strides(input), contiguous_strides(index));
    let dims = (0..input.len()).map(|d| Dim {
        extent: array[d],
        reach: index[d],
        index_stride: index_strides[d] as usize,
        stride: if d == dim { 0 } else { strides[d] as usize },
    });
    let named = Named {
        input: 1,
        extent: input[dim],
        stride: strides[dim] as usize,
        negative: Negative::Error,
        finding: Finding {
            op: c.op,
            what: What::Index {
                dim,
                size: input[dim],
                from_end: false,
            },
        },
        skipped: None,
        dims: dims.collect(),
    };
    let around = Around {
        blocks: 1,
        places: numel(input),
        width: 1,
    };
    (named, around)
}
