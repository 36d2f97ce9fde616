//! Tensors made from numbers.

use crate::array::{Array, Element};
use crate::cpu::number::CastFrom;
use crate::cpu::tile::Kernel;
use crate::cpu::{Launch, convert};
use crate::dtype::{Compute, DType, Scalar};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function};
use crate::gpu::Gpu;
use crate::graph::{Arg, Tensor};
use crate::interrupt::{self, PER_POLL};
use crate::op::{Accuracy, Attrs, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::shape::{Shape, check};
use crate::stream::record_one;
use crate::tile_kernel;
use smallvec::smallvec;

/// One number everywhere. Elementwise, so that it fuses with what reads it.
pub static FULL: Op = Op {
    name: "full",
    function: Some(Function {
        name: "full",
        signature: "(size: int | Sequence[int], fill_value: Number, *, dtype: dtype | None = None, \
                    requires_grad: bool = False) -> Tensor",
        doc: "A tensor of shape `size` filled with one number. The dtype is the number's own unless given: float32, \
              int64 or bool. Raises ValueError for a number that an integer dtype does not hold.\n\n\
              >>> ravine.full((2, 2), 7.0)\ntensor([[7., 7.],\n        [7., 7.]])\n",
        method: false,
        effect: Effect::Pure,
        call: |a| {
            let value = a.scalar(1)?;
            Ok(full(
                &size("full", &a.ints(0)?)?,
                value,
                a.opt_dtype(2)?.unwrap_or(value.default_dtype()),
            )?
            .into())
        },
    }),
    class: Class::Create,
    // attrs: [dtype, shape..]; input: the number
    meta: |r| {
        Ok(smallvec![(
            r.attrs[1..].iter().map(|&n| n as usize).collect(),
            DType::ALL[r.attrs[0] as usize]
        )])
    },
    cpu: Cpu::Tile(|compute, _| Some(copy_kernel(compute))),
    gpu: Gpu::Expression("x"),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Never("it has no tensor input"),
    donates: &[],
    plain: Plain::Primitive("no input"),
    tests: Tests {
        reference: "np.full(size, fill_value)",
        samples: &["(2, 3), 1.5", "(0, 2), 2", "(), True"],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

fn copy_kernel(compute: Compute) -> Kernel {
    dispatch!(compute, T => tile_kernel!(|x: T| -> T { T::cast_from(x) }))
}

fn dtype_code(dtype: DType) -> i64 {
    DType::ALL
        .iter()
        .position(|&d| d == dtype)
        .expect("ALL lists every dtype") as i64
}

/// Extents given by a user.
pub fn size(op: &'static str, extents: &[i64]) -> Result<Shape> {
    extents
        .iter()
        .map(|&n| {
            usize::try_from(n)
                .map_err(|_| Error::shape(op, format!("extent {n} is negative; extents are 0 or more")))
        })
        .collect()
}

pub fn full(shape: &[usize], value: impl Into<Scalar>, dtype: DType) -> Result<Tensor> {
    let mut attrs: Attrs = smallvec![dtype_code(dtype)];
    attrs.extend(shape.iter().map(|&n| n as i64));
    let value = value.into().fit(FULL.name, dtype)?;
    record_one(&FULL, attrs, smallvec![], smallvec![Arg::Scalar(value)])
}

pub fn zeros_like(t: &Tensor) -> Result<Tensor> {
    full(t.shape(), 0.0, t.dtype())
}
pub fn ones_like(t: &Tensor) -> Result<Tensor> {
    full(t.shape(), 1.0, t.dtype())
}

/// `start + i * step`, computed exactly of integers, else in float64, and rounded once.
pub static ARANGE: Op = Op {
    name: "arange",
    function: Some(Function {
        name: "arange",
        signature: "(start: Number, end: Number | None = None, step: Number = 1, *, dtype: dtype | None = None, \
                    requires_grad: bool = False) -> Tensor",
        doc: "The numbers from `start` (0 when only one bound is given) up to but not including `end`, `step` apart. \
              int64 when all arguments are integers, else float32. Of integers length and elements are exact. Raises \
              ValueError for numbers that an integer dtype does not hold.\n\n\
              >>> ravine.arange(3)\ntensor([0, 1, 2])\n>>> ravine.arange(1.0, 2.0, 0.5)\ntensor([1.0000, 1.5000])\n",
        method: false,
        effect: Effect::Pure,
        call: |a| arange_call(a).map(Into::into),
    }),
    class: Class::Create,
    // attrs: [dtype, length]; data: [start, step]
    meta: |r| {
        Ok(smallvec![(
            smallvec![r.attrs[1] as usize],
            DType::ALL[r.attrs[0] as usize]
        )])
    },
    cpu: Cpu::Kernel(arange_kernel),
    gpu: Gpu::Never("index generators are folded into load slots by the GPU engine"),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Never("it has no tensor input"),
    donates: &[],
    plain: Plain::Primitive("no input"),
    tests: Tests {
        reference: "np.arange(start, end, step)",
        samples: &["0, 5", "2, -3, -1", "0.0, 1.0, 0.125"],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

fn arange_call(a: &Args) -> Result<Tensor> {
    let (start, end) = if a.is_none(1) {
        (Scalar::I64(0), a.scalar(0)?)
    } else {
        (a.scalar(0)?, a.scalar(1)?)
    };
    arange(start, end, a.scalar(2)?, a.opt_dtype(3)?)
}

pub fn arange(start: Scalar, end: Scalar, step: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    let category = start
        .category()
        .max(end.category())
        .max(step.category())
        .max(crate::dtype::Category::Integer);
    let dtype = dtype.unwrap_or(crate::dtype::default_dtype(category));
    let length = match (whole(start)?, whole(end)?, whole(step)?) {
        (Some(s), Some(e), Some(d)) if d != 0 => {
            let (s, e, d) = (i128::from(s), i128::from(e), i128::from(d));
            // Rounded up: the end is left out.
            ((e - s + d - d.signum()) / d).max(0)
        }
        _ => {
            let (s, e, d) = (start.as_f64(), end.as_f64(), step.as_f64());
            if d == 0.0 || !(s.is_finite() && e.is_finite() && d.is_finite()) {
                return Err(Error::value(
                    "arange",
                    format!("bounds {s}, {e} and step {d} must be finite and the step not 0"),
                ));
            }
            ((e - s) / d).ceil().max(0.0) as i128
        }
    };
    let Ok(length) = i64::try_from(length) else {
        let text =
            format!("from {start} to {end} with step {step} there are {length} elements; int64 counts them");
        return Err(Error::shape("arange", text));
    };
    if length > 0 {
        // In between lies no other.
        start.fit("arange", dtype)?;
        element(start, step, length - 1).fit("arange", dtype)?;
    }
    record_one(
        &ARANGE,
        smallvec![dtype_code(dtype), length],
        smallvec![start, step],
        smallvec![],
    )
}

/// The value of an integer; `None` of a float.
fn whole(number: Scalar) -> Result<Option<i64>> {
    match number {
        Scalar::F64(_) => Ok(None),
        integer => Ok(Some(integer.fit("arange", DType::I64)?.as_i64())),
    }
}

/// `start + i * step`; the integers are in range, whatever is met on the way to them.
fn element(start: Scalar, step: Scalar, i: i64) -> Scalar {
    match (start, step) {
        (Scalar::F64(_), _) | (_, Scalar::F64(_)) => Scalar::F64(start.as_f64() + i as f64 * step.as_f64()),
        _ => Scalar::I64(start.as_i64().wrapping_add(i.wrapping_mul(step.as_i64()))),
    }
}

/// `0, 1, .. n - 1` as int64.
pub fn positions(n: usize) -> Result<Tensor> {
    check("arange", &[n], DType::I64)?;
    arange(
        Scalar::I64(0),
        Scalar::I64(n as i64),
        Scalar::I64(1),
        Some(DType::I64),
    )
}

fn arange_kernel(l: &mut Launch) -> Result<()> {
    let (start, step) = (l.node.data[0], l.node.data[1]);
    let n = l.attr(1) as usize;
    // Outputs of narrow dtypes are wider here and are rounded by the caller.
    let dtype = l.outputs[0].dtype;
    let values = match element(start, step, 0) {
        Scalar::F64(_) => filled(n, |i| element(start, step, i as i64).as_f64())?,
        _ => filled(n, |i| element(start, step, i as i64).as_i64())?,
    };
    l.outputs[0] = if dtype == values.dtype {
        values
    } else {
        convert(&values, dtype)?
    };
    Ok(())
}

fn filled<T: Element>(n: usize, f: impl Fn(usize) -> T) -> Result<Array> {
    let mut array = Array::empty(&[n], T::DTYPE)?;
    for (at, chunk) in array.as_mut_slice::<T>().chunks_mut(PER_POLL).enumerate() {
        interrupt::poll();
        for (i, x) in chunk.iter_mut().enumerate() {
            *x = f(at * PER_POLL + i);
        }
    }
    Ok(array)
}
