//! Places in sorted rows, by bisection.

use crate::array::Array;
use crate::cpu::Shared;
use crate::cpu::number::Number;
use crate::cpu::threads::parallel_for;

/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 12;

/// For each of the values (.., m), which are not none, its place in a row of (.., n): before equal elements, or after them
/// with `right`.
pub fn search<T: Number>(rows: &Array, values: &Array, right: bool, out: &mut Array) {
    let last = values.shape.len() - 1;
    let (n, m) = (rows.shape[last], values.shape[last]);
    let out = Shared::<i64>::new(out);
    let total = values.numel();
    parallel_for(total.div_ceil(SERIAL), &|task| {
        for i in task * SERIAL..total.min((task + 1) * SERIAL) {
            // SAFETY: row i / m of the rows, and element i of the values.
            let (row, x) = unsafe {
                let row = std::slice::from_raw_parts(rows.ptr().cast::<T>().add(i / m * n), n);
                (row, *values.ptr().cast::<T>().add(i))
            };
            let place = row.partition_point(|&y| comes_before(y, x, right));
            // SAFETY: element i is this task's.
            unsafe { out.set(i, place as i64) };
        }
    });
}

/// NaN is larger than everything, and equal to itself.
#[inline(always)]
fn comes_before<T: Number>(y: T, x: T, right: bool) -> bool {
    if Number::is_nan(x) {
        return right || !Number::is_nan(y);
    }
    y < x || (right && y == x)
}
