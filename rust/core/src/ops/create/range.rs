//! Rows of numbers and of indices.

use crate::array::Array;
use crate::cpu::range as kernels;
use crate::cpu::range::element;
use crate::device::Device;
use crate::dtype::{Category, DType, Scalar, default_float};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places, Value};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, kind, need, working_dtype};
use crate::graph::{Arg, Tensor};
use crate::interrupt;
use crate::mode;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::create::{self, size};
use crate::ops::elementwise::arithmetic::{add, div, mul, pow, sub};
use crate::ops::elementwise::compare::lt;
use crate::ops::elementwise::options::{number_of, truncated};
use crate::ops::elementwise::select::r#where;
use crate::ops::graph::identity::{LEAF, detach};
use crate::ops::graph::{cast, transfer};
use crate::ops::index::bounds::Negative;
use crate::ops::index::take;
use crate::reserve;
use crate::shape::check;
use crate::stream::{constant, record_one};
use smallvec::smallvec;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "linspace",
        signature: "(start: Tensor | Number, end: Tensor | Number, steps: int, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False) -> Tensor",
        doc: "`steps` numbers from `start` to `end`, both included, at equal distances; float32 unless `dtype` is given. \
              Computed in float64, from the nearer end, and rounded once. An integer dtype takes the integer parts of \
              `start` and `end`, and drops what is behind the point of exact quotients.\n\n\
              >>> ravine.linspace(0, 1, 5)\ntensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let dtype = a.opt_dtype(3)?.unwrap_or_else(default_float);
            if of_tensors(a) {
                return Ok(between(a, dtype)?.into());
            }
            let ends = [
                a.scalar(0)?.fit(a.function, dtype)?,
                a.scalar(1)?.fit(a.function, dtype)?,
            ];
            let row = || match ends {
                [Scalar::I64(start), Scalar::I64(end)] if dtype.category() == Category::Integer => {
                    whole_numbers(start, end, size(a.function, &[a.int(2)?])?[0])
                }
                _ => linspace(a),
            };
            Ok(rounded(dtype, row)?.into())
        },
    },
    Function {
        name: "logspace",
        signature: "(start: Tensor | Number, end: Tensor | Number, steps: int, base: float = 10.0, *, dtype: dtype | None = None, \
                    device: DeviceLike | None = None, requires_grad: bool = False) -> Tensor",
        doc: "`base` to the powers `linspace(start, end, steps)`.\n\n\
              >>> ravine.logspace(0, 2, 3)\ntensor([  1.,  10., 100.])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let dtype = a.opt_dtype(4)?.unwrap_or_else(default_float);
            let base = a.float(3)?;
            if of_tensors(a) {
                return Ok(rounded(dtype, || pow(base, linspace(a)?))?.into());
            }
            for end in [a.float(0)?, a.float(1)?] {
                Scalar::F64(base.powf(end)).fit(a.function, dtype)?;
            }
            Ok(rounded(dtype, || pow(base, linspace(a)?))?.into())
        },
    },
    Function {
        name: "tril_indices",
        signature: "(row: int, col: int, offset: int = 0, *, dtype: dtype | None = None, device: DeviceLike | None = None) -> Tensor",
        doc: "The indices of the lower triangle of a matrix, as `tril` keeps it: two rows, those of the rows and of the \
              columns, in row-major order; int64 unless `dtype` is given.\n\n\
              >>> ravine.tril_indices(2, 2)\ntensor([[0, 1, 1],\n        [0, 0, 1]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(triangle(a, true)?.into()),
    },
    Function {
        name: "triu_indices",
        signature: "(row: int, col: int, offset: int = 0, *, dtype: dtype | None = None, device: DeviceLike | None = None) -> Tensor",
        doc: "The indices of the upper triangle of a matrix, as `triu` keeps it; see `tril_indices`.\n\n\
              >>> ravine.triu_indices(2, 2)\ntensor([[0, 0, 1],\n        [0, 1, 1]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(triangle(a, false)?.into()),
    },
    Function {
        name: "combinations",
        signature: "(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor",
        doc: "All choices of `r` elements of a vector in their order, as rows; with `with_replacement` an element may be \
              chosen more than once.\n\n\
              >>> ravine.combinations(ravine.tensor([1, 2, 3]))\ntensor([[1, 2],\n        [1, 3],\n        [2, 3]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, r) = (a.tensor(0)?, size("combinations", &[a.int(1)?])?[0]);
            if x.rank() != 1 {
                return Err(Error::rank("combinations", "input", "1", x.shape()));
            }
            let (count, places) = choices(x.numel(), r, a.flag(2)?)?;
            let places = indices(&places, &[count, r])?;
            Ok(take::take(x, 0, &places, Negative::Error)?.into())
        },
    },
];

fn indices(values: &[i64], shape: &[usize]) -> Result<Tensor> {
    transfer::to(
        &constant(&LEAF, Array::from_slice(values, shape)?),
        mode::device(),
    )
}

/// Numbers that the host computes in float64, which not every device has, and rounds.
fn rounded(dtype: DType, row: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
    let row = mode::on(Device::CPU, || cast::cast(&row()?, dtype))?;
    transfer::to(&row, mode::device())
}

/// Whether an end of the row is a tensor, which is not looked at.
fn of_tensors(a: &Args) -> bool {
    (0..2).any(|i| matches!(a.value(i), Value::Tensor(_)))
}

/// An end of the row in float64, on the CPU.
fn end(a: &Args, i: usize) -> Result<Arg> {
    match a.value(i) {
        Value::Tensor(t) if t.rank() == 0 => {
            Ok(cast::cast(&transfer::to(&detach(t)?, Device::CPU)?, DType::F64)?.into())
        }
        Value::Tensor(t) => Err(Error::rank(a.function, a.names[i], "0", t.shape())),
        _ => a.float(i).map(Arg::from),
    }
}

/// Between tensors. An integer dtype takes the integer parts of both.
fn between(a: &Args, dtype: DType) -> Result<Tensor> {
    if dtype.category() != Category::Integer {
        return rounded(dtype, || linspace(a));
    }
    rounded(dtype, || {
        let whole = |i| match end(a, i)? {
            Arg::Tensor(t) => cast::cast(&t, DType::I64),
            number => create::full(&[], number_of(&number).as_i64(), DType::I64),
        };
        let (start, end, n) = (whole(0)?, whole(1)?, size(a.function, &[a.int(2)?])?[0]);
        let steps = n.saturating_sub(1).max(1) as i64;
        let way = mul(positions(n)?, sub(end, &start)?)?;
        truncated(add(way, mul(start, steps)?)?.into(), steps.into())
    })
}

/// In float64.
fn linspace(a: &Args) -> Result<Tensor> {
    let (start, end, n) = (end(a, 0)?, end(a, 1)?, size(a.function, &[a.int(2)?])?[0]);
    let last = n.saturating_sub(1) as f64;
    let step = match (&start, &end) {
        _ if n < 2 => Arg::from(0.0),
        (Arg::Scalar(start), Arg::Scalar(end)) => Arg::from((end.as_f64() - start.as_f64()) / last),
        _ => div(sub(&end, &start)?, last)?.into(),
    };
    let place = cast::cast(&positions(n)?, DType::F64)?;
    let ahead = add(mul(&place, &step)?, start)?;
    if n < 2 {
        return Ok(ahead);
    }
    let back = sub(end, mul(sub(last, &place)?, step)?)?;
    r#where(lt(&place, (n / 2) as f64)?, ahead, back)
}

/// In int64, exactly: the quotients of 128 bits lose what is behind the point, as PyTorch has it.
fn whole_numbers(start: i64, end: i64, n: usize) -> Result<Tensor> {
    let mut row = Array::empty(&[n], DType::I64)?;
    let (way, steps) = (
        i128::from(end) - i128::from(start),
        n.saturating_sub(1).max(1) as i128,
    );
    for (i, x) in row.as_mut_slice::<i64>().iter_mut().enumerate() {
        interrupt::round(i)?;
        *x = ((i128::from(start) * steps + way * i as i128) / steps) as i64;
    }
    Ok(constant(&LEAF, row))
}

fn triangle(a: &Args, lower: bool) -> Result<Tensor> {
    let (shape, offset) = (size(a.function, &[a.int(0)?, a.int(1)?])?, i128::from(a.int(2)?));
    let (m, n) = (shape[0] as i128, shape[1] as i128);
    // Columns before the place where row i meets the diagonal.
    let before = |i: i128| (i + offset + lower as i128).clamp(0, n);
    // `before` grows by one per row between these rows, and is 0 above and n below.
    let first = (-offset - lower as i128).clamp(0, m);
    let last = (first.max(n - offset - lower as i128)).clamp(first, m);
    let grown = (last - first).saturating_mul(before(first) + before(last)) - (before(last) - before(first));
    let under = grown / 2 + (m - last).saturating_mul(n);
    let count = if lower { under } else { m.saturating_mul(n) - under };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let mut rows = reserve::list(count.saturating_mul(2))?;
    let mut columns = reserve::list(count)?;
    let kept = if lower { first..m } else { 0..last };
    for (round, i) in kept.enumerate() {
        interrupt::round(round)?;
        let part = if lower { 0..before(i) } else { before(i)..n };
        for j in part {
            rows.push(i as i64);
            columns.push(j as i64);
        }
    }
    rows.extend(columns);
    let dtype = a.opt_dtype(3)?.unwrap_or(DType::I64);
    let largest = rows.iter().max().copied().unwrap_or(0);
    Scalar::I64(largest).fit(a.function, dtype)?;
    cast::cast(&indices(&rows, &[2, count])?, dtype)
}

/// Every ascending choice of r of n places, one behind the other, and how many there are.
fn choices(n: usize, r: usize, repeats: bool) -> Result<(usize, Vec<i64>)> {
    if r == 0 || n == 0 || (!repeats && r > n) {
        return Ok((0, Vec::new()));
    }
    let count = binomial(if repeats { n.saturating_add(r - 1) } else { n }, r);
    let mut rows = reserve::list(count.saturating_mul(r))?;
    let mut row: Vec<usize> = reserve::list(r)?;
    row.extend((0..r).map(|i| if repeats { 0 } else { i }));
    let most = |i: usize| if repeats { n } else { n + i + 1 - r };
    for round in 0.. {
        interrupt::round(round)?;
        rows.extend(row.iter().map(|&i| i as i64));
        let Some(i) = (0..r).rev().find(|&i| row[i] + 1 < most(i)) else {
            break;
        };
        row[i] += 1;
        for k in i + 1..r {
            row[k] = row[k - 1] + !repeats as usize;
        }
    }
    Ok((count, rows))
}

/// n over k; `usize::MAX` where it does not fit.
fn binomial(n: usize, k: usize) -> usize {
    let mut count = 1u128;
    for i in 0..k.min(n - k) as u128 {
        count = count * (n as u128 - i) / (i + 1);
        if count > usize::MAX as u128 {
            return usize::MAX;
        }
    }
    count as usize
}

attributes! {
    struct Row in Attrs { dtype: DType, length: usize }
}
attributes! {
    struct Numbers in Data { start: Scalar, step: Scalar }
}

/// `start + i * step`, computed exactly of integers, else in float64, and rounded once.
pub static ARANGE: Op = Op {
    name: "arange",
    function: Some(Function {
        name: "arange",
        signature: "(start: Number, end: Number | None = None, step: Number = 1, *, dtype: dtype | None = None, \
                    device: DeviceLike | None = None, requires_grad: bool = False) -> Tensor",
        doc: "The numbers from `start` (0 when only one bound is given) up to but not including `end`, `step` apart. \
              int64 when all arguments are integers, else float32. Of integers length and elements are exact. Raises \
              ValueError for numbers that an integer dtype does not hold.\n\n\
              >>> ravine.arange(3)\ntensor([0, 1, 2])\n>>> ravine.arange(1.0, 2.0, 0.5)\ntensor([1.0000, 1.5000])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| arange_call(a).map(Into::into),
    }),
    class: Class::Create,
    // attrs: `Row`; data: `Numbers`
    meta: |r| {
        let Row { dtype, length } = r.attrs.into();
        Ok(smallvec![(smallvec![length], dtype)])
    },
    cpu: Cpu::Kernel(|l| {
        // Outputs of narrow dtypes are wider here and are rounded by the caller.
        let (Row { length, .. }, Numbers { start, step }) = (l.attrs.into(), l.data.into());
        l.outputs[0] = kernels::arange(start, step, length, l.outputs[0].dtype)?;
        Ok(())
    }),
    gpu: Gpu::Program(program),
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

/// Exact until the result is made, of floats as well: they are multiples of a power of two.
fn program(c: &Context) -> Result<GpuProgram> {
    let (Row { dtype, length }, Numbers { start, step }) = (c.attrs.into(), c.data.into());
    let kind = kind(c.op, working_dtype(dtype))?;
    let is_float = start.category().max(step.category()) == Category::Float;
    let (start, step, exponent) = if is_float {
        need(c.op, working_dtype(dtype), DType::F32)?;
        multiples(start.as_f64(), step.as_f64(), length)
    } else {
        (i128::from(start.as_i64()), i128::from(step.as_i64()), 0)
    };
    let stored = match dtype {
        DType::Bool => "select(0u, 1u, any(x != vec4<u32>()))",
        DType::U8 => "x.x & 255u",
        DType::I8 => "(bitcast<i32>(x.x) << 24u) >> 24u",
        DType::I16 => "(bitcast<i32>(x.x) << 16u) >> 16u",
        DType::I32 => "bitcast<i32>(x.x)",
        DType::I64 => "x.xy",
        _ => "rounded(x, bitcast<i32>(param(9u)))",
    };
    let words = |x: i128| [0, 32, 64, 96].map(|shift| (x >> shift) as u32);
    let mut params = vec![length as u32];
    params.extend(words(start));
    params.extend(words(step));
    params.push(exponent as u32);
    let bindings = vec![Binding::write("y", Buffer::Output(0), kind)];
    let mut pass = c.over_elements("create/arange.wgsl", length, bindings, params);
    pass.defines
        .extend([("KIND", kind.to_string()), ("STORED", stored.to_string())]);
    Ok(GpuProgram {
        passes: vec![pass],
        ..GpuProgram::default()
    })
}

/// Two floats as multiples of 2^exponent, such that no element of their row needs more than 124 bits. What is cut off
/// is no 2^-80th of the largest.
fn multiples(start: f64, step: f64, length: usize) -> (i128, i128, i32) {
    let last = start + length.saturating_sub(1) as f64 * step;
    let largest = start.abs().max(last.abs());
    // Far below what float32 holds.
    let exponent = largest.log2().max(-200.0) as i32 - 120;
    let scaled = |x: f64| (x * 2f64.powi(-exponent)) as i128;
    (scaled(start), scaled(step), exponent)
}

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
    let Some(length) = i64::try_from(length).ok().and_then(|n| usize::try_from(n).ok()) else {
        let text =
            format!("from {start} to {end} with step {step} there are {length} elements; int64 counts them");
        return Err(Error::shape("arange", text));
    };
    if length > 0 {
        // In between lies no other.
        start.fit("arange", dtype)?;
        element(start, step, length as i64 - 1).fit("arange", dtype)?;
    }
    record_one(
        &ARANGE,
        Row { dtype, length }.encode(),
        Numbers { start, step }.encode(),
        smallvec![],
    )
}

/// The value of an integer; `None` of a float.
fn whole(number: Scalar) -> Result<Option<i64>> {
    match number.category() {
        Category::Float => Ok(None),
        Category::Bool | Category::Integer => Ok(Some(number.fit("arange", DType::I64)?.as_i64())),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_the_numbers() {
        for (start, step, length) in [
            (0.5, 0.25, 9),
            (-1e30, 1e27, 2000),
            (1e-40, 1e-42, 5),
            (3.0, 1e300, 1),
        ] {
            let (first, _, exponent) = multiples(start, step, length);
            assert_eq!(first as f64 * 2f64.powi(exponent), start);
        }
        assert_eq!(multiples(0.0, 0.0, 0).0, 0);
    }

    #[test]
    fn as_many_choices_as_were_counted() {
        for (n, r) in [(1, 1), (4, 2), (5, 5), (6, 3), (7, 1)] {
            for repeats in [false, true] {
                let (count, rows) = choices(n, r, repeats).unwrap();
                assert_eq!(rows.len(), count * r, "{n} over {r}");
            }
        }
        assert_eq!(binomial(64, 32), 1_832_624_140_942_590_534);
        assert_eq!(binomial(200, 100), usize::MAX);
    }
}
