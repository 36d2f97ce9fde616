//! The order of rows by their first element, then by the second, and so on.

use crate::array::Array;
use crate::reserve;
use std::cmp::Ordering;

/// The stable order of the rows of a row-major matrix; NaN is larger than everything.
pub fn order(rows: &Array) -> crate::error::Result<Vec<i64>> {
    let (n, width) = (rows.shape[0], rows.shape[1]);
    let mut order: Vec<i64> = reserve::list(n)?;
    order.extend(0..n as i64);
    crate::dispatch!(rows.dtype, T => {
        let values = rows.as_slice::<T>();
        let row = |i: i64| &values[i as usize * width..][..width];
        order.sort_by(|&a, &b| compared(row(a), row(b)));
    });
    Ok(order)
}

fn compared<T: PartialOrd>(a: &[T], b: &[T]) -> Ordering {
    let of_elements = |(x, y): (&T, &T)| {
        // Only NaN differs from itself.
        let missing = |z: &T| z.partial_cmp(z).is_none();
        x.partial_cmp(y).unwrap_or_else(|| missing(x).cmp(&missing(y)))
    };
    (a.iter().zip(b))
        .map(of_elements)
        .find(|o| o.is_ne())
        .unwrap_or(Ordering::Equal)
}
