//! The linear recurrence `y[i] = a[i] y[i-1] + b[i]`: running products are one, and so is its own derivative. Nothing
//! is divided by, so zeros need no care.

use crate::attributes::Along;
use crate::cpu::scan;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, kind};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic::{add, mul};
use crate::ops::graph::cast;
use crate::ops::reduce::fold::suffix;
use crate::ops::shape::concat;
use crate::ops::shape::view::{flip, narrow, reshape};
use crate::ops::{batch, create};
use crate::shape::normalize_dim;
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

/// inputs: a, b of one shape and dtype; attrs: `Along`. The first element is b's.
pub static LINEAR_RECURRENCE: Op = Op {
    name: "linear_recurrence",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(0).into(), r.dtype(0))]),
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (a, b, Along { dim }) = (l.dense(0)?, l.dense(1)?, l.attrs.into());
        dispatch!(a.dtype, T => scan::recurrence::<T>(&a, &b, dim, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|c, g, needs| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None]);
        };
        // What reaches y[i] comes from its own cotangent and, times a[i+1], from y[i+1].
        let Along { dim } = c.attrs.into();
        let back = flip(
            &recurrence(
                &flip(&earlier(c.tensor(0), dim, true)?, &[dim])?,
                &flip(g, &[dim])?,
                dim,
            )?,
            &[dim],
        )?;
        let of_a = match needs[0] {
            true => Some(mul(&back, earlier(&c.outputs[0], dim, false)?)?),
            false => None,
        };
        Ok(smallvec![of_a, Some(back)])
    }),
    jvp: Jvp::Rule(jvp),
    batch: Batch::Rule(|c, batched, size| {
        let args = batch::all_batched(c, batched, size)?;
        Ok(smallvec![record_one(c.op, batch::behind(c), smallvec![], args)?])
    }),
    donates: &[],
    plain: Plain::Primitive("cumprod's oracle, NumPy's, covers it"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

fn jvp(c: &Call, t: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
    let Along { dim } = c.attrs.into();
    let of_a = t[0]
        .as_ref()
        .map(|t| mul(t, earlier(&c.outputs[0], dim, false)?))
        .transpose()?;
    let sum = match (of_a, &t[1]) {
        (Some(a), Some(b)) => Some(add(&a, b)?),
        (a, b) => a.or_else(|| b.clone()),
    };
    Ok(smallvec![
        sum.map(|sum| recurrence(c.tensor(0), &sum, dim)).transpose()?
    ])
}

/// The elements before each along `dim` (or, with `later`, after it); 0 at the end.
fn earlier(x: &Tensor, dim: usize, later: bool) -> Result<Tensor> {
    let n = x.shape()[dim];
    if n == 0 {
        return Ok(x.clone());
    }
    let mut edge = x.shape().clone();
    edge[dim] = 1;
    let edge = create::full(&edge, 0.0, x.dtype())?;
    if later {
        concat::cat(&[narrow(x, dim, 1, n - 1)?, edge], dim)
    } else {
        concat::cat(&[edge, narrow(x, dim, 0, n - 1)?], dim)
    }
}

pub fn recurrence(a: &Tensor, b: &Tensor, dim: usize) -> Result<Tensor> {
    record_one(
        &LINEAR_RECURRENCE,
        Along { dim }.encode(),
        smallvec![],
        smallvec![a.into(), b.into()],
    )
}

/// A thread follows its line in order, as the kernel does: the product of a block's factors may overflow where no result
/// does. Long lines take several passes, because no invocation may loop for long.
fn program(c: &Context) -> Result<GpuProgram> {
    const PART: usize = 1 << 15;
    let (dtype, kind) = (c.dtype(0), kind(c.op, c.dtype(0))?);
    let result = match dtype {
        DType::Bool => return Err(Error::dtype(c.op, dtype, "numbers on the GPU")),
        DType::U8 => "value & 255u",
        DType::I8 => "(value << 24u) >> 24u",
        DType::I16 => "(value << 16u) >> 16u",
        _ => "value",
    };
    let [lines, length, stride] = c.lines(0, Along::from(c.attrs).dim);
    let part = |first: usize| {
        let bindings = vec![
            Binding::read("a", Buffer::Input(0), kind),
            Binding::read("b", Buffer::Input(1), kind),
            Binding::write("y", Buffer::Output(0), kind),
        ];
        let end = length.min(first + PART);
        let params = [lines, length, stride, first, end].map(|n| n as u32);
        let mut pass = c.over_elements("reduce/recurrence.wgsl", lines, bindings, params.into());
        pass.defines.push(("KIND", suffix(kind).into()));
        pass.defines.push(("RESULT", result.into()));
        pass
    };
    Ok(GpuProgram {
        passes: (0..length).step_by(PART).map(part).collect(),
        ..GpuProgram::default()
    })
}

/// Products of the elements up to and including each place.
pub fn cumprod(x: &Tensor, dim: usize) -> Result<Tensor> {
    let n = x.shape()[dim];
    if n < 2 {
        return Ok(x.clone());
    }
    let mut rest = x.shape().clone();
    rest[dim] = n - 1;
    // A product of 0 keeps its sign: -0 is what nothing changes by being added.
    let b = concat::cat(
        &[narrow(x, dim, 0, 1)?, create::full(&rest, -0.0, x.dtype())?],
        dim,
    )?;
    recurrence(x, &b, dim)
}

/// Products of the elements before each place (after it, with `later`).
pub fn exclusive_products(x: &Tensor, dim: usize, later: bool) -> Result<Tensor> {
    let n = x.shape()[dim];
    if n == 0 {
        return Ok(x.clone());
    }
    let mut edge = x.shape().clone();
    edge[dim] = 1;
    let edge = create::full(&edge, 1.0, x.dtype())?;
    if later {
        let products = cumprod(&flip(&narrow(x, dim, 1, n - 1)?, &[dim])?, dim)?;
        concat::cat(&[flip(&products, &[dim])?, edge], dim)
    } else {
        concat::cat(&[edge, cumprod(&narrow(x, dim, 0, n - 1)?, dim)?], dim)
    }
}

/// Not a record of its own: a recurrence without summands.
pub static FUNCTIONS: &[Function] = &[Function {
    name: "cumprod",
    signature: "(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor",
    doc: "Products of the elements up to and including each place along `dim`, multiplied in order. Integers and \
              booleans multiply in int64, float32 and narrower floats in float64.\n\n\
              >>> ravine.cumprod(ravine.tensor([1.0, 2.0, 3.0]), 0)\ntensor([1., 2., 6.])\n",
    places: Places::BOTH,
    effect: Effect::Twin,
    call: |a| {
        let x = a.tensor(0)?;
        let own = if x.dtype().is_float() {
            x.dtype()
        } else {
            DType::I64
        };
        let x = cast::cast(x, a.opt_dtype(2)?.unwrap_or(own))?;
        let dim = normalize_dim("cumprod", a.int(1)?, x.rank())?;
        if x.rank() == 0 {
            return Ok(reshape(&x, &[])?.into());
        }
        // Half precision is rounded once.
        let wide = cast::cast(&x, x.dtype().compute_dtype())?;
        Ok(cast::cast(&cumprod(&wide, dim)?, x.dtype())?.into())
    },
}];
