//! Integer tensors beside numbers that their dtype does not hold: nothing wraps before it is computed with.

use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Kind, Result};
use crate::graph::{Arg, Tensor};
use crate::op::Op;
use crate::ops::elementwise::compare::{eq, ge, gt, le, lt, ne};
use crate::ops::elementwise::{Rule, apply};
use crate::ops::graph::cast;
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

/// The result of an elementwise call whose operands are to be brought to the integer dtype `dtype`, where that would
/// lose something; `None` where it does not.
pub fn beyond(op: &'static Op, rule: Rule, dtype: DType, args: &[Arg]) -> Result<Option<Tensor>> {
    match (rule, args) {
        (Rule::Logic, _) => Ok(None),
        (Rule::Compare, [Arg::Tensor(x), Arg::Scalar(s)]) => compared(op, x, *s, false),
        (Rule::Compare, [Arg::Scalar(s), Arg::Tensor(x)]) => compared(op, x, *s, true),
        _ if dtype.is_float() => Ok(None),
        (Rule::Power, [_, Arg::Scalar(exponent)]) if exponent.as_f64() < 0.0 => {
            let text = format!(
                "an integer tensor has no power of {exponent}, whose results are fractions. Use a float exponent, or convert \
                 the tensor with .float()"
            );
            Err(Error::new(Kind::Value, op.name, text))
        }
        _ => wider(op, rule, dtype, args),
    }
}

/// Computed in a dtype that holds all operands; the result wraps, as results of integer arithmetic do.
fn wider(op: &'static Op, rule: Rule, dtype: DType, args: &[Arg]) -> Result<Option<Tensor>> {
    let mut wide = dtype;
    for arg in args {
        match arg {
            Arg::Tensor(t) => wide = wide.promote(t.dtype()),
            Arg::Scalar(s) if dtype == DType::Bool || s.fitting(dtype).is_some() => {}
            Arg::Scalar(s) if rule == Rule::Pick => return Err(Error::does_not_fit(op.name, *s, dtype)),
            Arg::Scalar(_) => wide = DType::I64,
        }
    }
    if wide == dtype {
        return Ok(None);
    }
    let args: SmallVec<[Arg; 3]> = (args.iter())
        .map(|arg| match arg {
            Arg::Tensor(t) => Ok(Arg::Tensor(cast::cast(t, wide)?)),
            Arg::Scalar(s) => Ok(Arg::Scalar(s.fit(op.name, wide)?)),
        })
        .collect::<Result<_>>()?;
    let result = apply(op, rule, args)?;
    match rule {
        Rule::Compare => Ok(Some(result)),
        _ => Ok(Some(cast::cast(&result, dtype)?)),
    }
}

/// Numbers are rounded to the dtype of a float tensor, as they would be stored; registers of half precision are wider.
fn compared_half(op: &'static Op, x: &Tensor, number: Scalar, reflected: bool) -> Result<Option<Tensor>> {
    let wide = number.as_f64();
    let rounded = match x.dtype() {
        DType::F16 => f64::from(half::f16::from_f32(wide as f32)),
        DType::BF16 => f64::from(half::bf16::from_f32(wide as f32)),
        DType::F32 | DType::F64 => return Ok(None),
        DType::Bool | DType::U8 | DType::I8 | DType::I16 | DType::I32 | DType::I64 => {
            unreachable!("integers are compared exactly")
        }
    };
    let (x, number) = (Arg::from(x), Arg::from(rounded));
    let args = if reflected {
        smallvec![number, x]
    } else {
        smallvec![x, number]
    };
    record_one(op, Default::default(), Default::default(), args).map(Some)
}

/// An integer tensor compared with a number that is none of its dtype's values, exactly: with the integer below it, or
/// with the end of the range.
fn compared(op: &'static Op, x: &Tensor, number: Scalar, reflected: bool) -> Result<Option<Tensor>> {
    let dtype = x.dtype();
    let same = match number {
        Scalar::F64(f) => f.trunc() == f && number.fitting(dtype).is_some(),
        Scalar::Bool(_) | Scalar::I64(_) | Scalar::Beyond(_) => number.fitting(dtype).is_some(),
    };
    match dtype.category() {
        Category::Float => return compared_half(op, x, number, reflected),
        Category::Bool if matches!(number, Scalar::Bool(_)) => return Ok(None),
        Category::Bool => {
            let wide: Arg = cast::cast(x, DType::U8)?.into();
            let args = if reflected {
                smallvec![number.into(), wide]
            } else {
                smallvec![wide, number.into()]
            };
            return apply(op, Rule::Compare, args).map(Some);
        }
        Category::Integer => {}
    }
    let record = |op: &'static Op, number: i64| {
        let args = smallvec![x.into(), Arg::from(number)];
        record_one(op, Default::default(), Default::default(), args).map(Some)
    };
    let is = |other: &'static Op| std::ptr::eq(op, other);
    // As `x ? number`.
    let (less, more) = if reflected {
        (is(&gt::OP) || is(&ge::OP), is(&lt::OP) || is(&le::OP))
    } else {
        (is(&lt::OP) || is(&le::OP), is(&gt::OP) || is(&ge::OP))
    };
    if same {
        let Some(number) = number.fitting(dtype).filter(|_| matches!(number, Scalar::F64(_))) else {
            // An integer in range is recorded as it stands.
            return Ok(None);
        };
        let mirrored = match op {
            _ if !reflected => op,
            _ if is(&lt::OP) => &gt::OP,
            _ if is(&le::OP) => &ge::OP,
            _ if is(&gt::OP) => &lt::OP,
            _ if is(&ge::OP) => &le::OP,
            _ => op,
        };
        return record(mirrored, number);
    }
    let (low, high) = dtype.range();
    let below = match number {
        // The nearest float64 may be the end of the range.
        Scalar::Beyond(x) => f64::INFINITY.copysign(x),
        Scalar::Bool(_) | Scalar::I64(_) | Scalar::F64(_) => number.as_f64().floor(),
    };
    let all = |truth: bool| {
        if truth {
            record(&le::OP, high)
        } else {
            record(&gt::OP, high)
        }
    };
    match (less, more) {
        _ if number.as_f64().is_nan() => all(is(&ne::OP)),
        (false, false) => all(!is(&eq::OP)),
        _ if below >= high as f64 => all(less),
        _ if below < low as f64 => all(more),
        (true, _) => record(&le::OP, below as i64),
        (_, true) => record(&gt::OP, below as i64),
    }
}
