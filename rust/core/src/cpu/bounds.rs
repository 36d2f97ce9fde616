//! Between which values elements lie: what checks ask.

use super::reduce::{Max, Min, over};
use super::simd::multiversion;
use super::threads::parallel_for;
use super::{convert, dense};
use crate::array::Array;
use crate::dtype::DType;
use crate::error::Result;
use crate::{dispatch, dispatch_float};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, Ordering};

/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 15;

/// The least and the largest of elements that are not none; NaN with a NaN among them.
pub fn ends(x: &Array) -> Result<[f64; 2]> {
    let wide = convert(x, x.dtype.compute_dtype())?;
    let dims: SmallVec<[usize; 4]> = (0..x.shape.len()).collect();
    let mut ends = [0.0; 2];
    for (largest, end) in ends.iter_mut().enumerate() {
        let mut found = Array::empty(&[], wide.dtype)?;
        dispatch!(wide.dtype, T => if largest == 1 {
            over::<T, Max>(&wide, &dims, &mut found);
        } else {
            over::<T, Min>(&wide, &dims, &mut found);
        });
        *end = convert(&found, DType::F64)?.as_slice::<f64>()[0];
    }
    Ok(ends)
}

/// The first index, in row-major order, outside `low..high`.
pub fn first_outside(index: &Array, low: i64, high: i64) -> Result<Option<i64>> {
    // Elements repeated by a stride of 0 need one look.
    let shape = index
        .shape
        .iter()
        .zip(&index.strides)
        .map(|(&n, &s)| if s == 0 { n.min(1) } else { n })
        .collect();
    let once = index.with_layout(shape, index.strides.clone(), index.offset);
    let once = if once.is_contiguous() && once.dtype == DType::I64 {
        once
    } else {
        convert(&once, DType::I64)?
    };
    let outside = |v: &i64| *v < low || *v >= high;
    let values = once.as_slice::<i64>();
    let bad = AtomicBool::new(false);
    parallel_for(values.len().div_ceil(SERIAL), &|task| {
        let part = &values[task * SERIAL..values.len().min((task + 1) * SERIAL)];
        if any_outside(part, low, high) {
            bad.store(true, Ordering::Relaxed);
        }
    });
    Ok(if bad.into_inner() {
        values.iter().copied().find(outside)
    } else {
        None
    })
}

multiversion! {
    fn any_outside(values: &[i64], low: i64, high: i64) -> bool {
        let mut bad = false;
        for &v in values {
            bad |= (v < low) | (v >= high);
        }
        bad
    }
}

/// Foreign memory as it is, save where bytes other than 0 and 1 stand for true: a copy then.
pub fn truths(array: Array) -> Result<Array> {
    if array.dtype != DType::Bool || array.numel() == 0 {
        return Ok(array);
    }
    let bytes = Array {
        dtype: DType::U8,
        ..array.clone()
    };
    let dims: SmallVec<[usize; 4]> = (0..array.shape.len()).collect();
    let mut largest = Array::empty(&[], DType::U8)?;
    over::<u8, Max>(&bytes, &dims, &mut largest);
    if largest.as_slice::<u8>()[0] > 1 {
        dense(&array)
    } else {
        Ok(array)
    }
}

/// Whether there is a NaN among row-major elements of a float type that is computed with.
pub fn has_nan(x: &Array) -> bool {
    dispatch_float!(x.dtype, T => x.as_slice::<T>().iter().any(|x| x.is_nan()))
}
