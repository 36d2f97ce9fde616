//! Numbers at equal distances.

use super::convert;
use crate::array::{Array, Element};
use crate::dtype::{Category, DType, Scalar};
use crate::error::Result;
use crate::interrupt::{self, PER_POLL};

/// `start + i * step`; the integers are in range, whatever is met on the way to them.
pub fn element(start: Scalar, step: Scalar, i: i64) -> Scalar {
    match start.category().max(step.category()) {
        Category::Float => Scalar::F64(start.as_f64() + i as f64 * step.as_f64()),
        Category::Bool | Category::Integer => {
            Scalar::I64(start.as_i64().wrapping_add(i.wrapping_mul(step.as_i64())))
        }
    }
}

/// `n` numbers from `start` on, `step` apart.
pub fn arange(start: Scalar, step: Scalar, n: usize, dtype: DType) -> Result<Array> {
    let values = match element(start, step, 0).category() {
        Category::Float => filled(n, |i| element(start, step, i as i64).as_f64())?,
        Category::Bool | Category::Integer => filled(n, |i| element(start, step, i as i64).as_i64())?,
    };
    if dtype == values.dtype {
        Ok(values)
    } else {
        convert(&values, dtype)
    }
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
