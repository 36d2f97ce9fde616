//! Rows of a table by number, and the sums of their cotangents.

use crate::array::{Array, Moved};
use crate::cpu::Shared;
use crate::cpu::number::Number;
use crate::cpu::rows::add_to;
use crate::cpu::threads::parallel_for;
use crate::shape::numel;

/// Numbers moved by one task at least.
const TASK: usize = 1 << 15;
/// Neighbouring columns of one task at least: tasks must not share a cache line.
const COLUMNS: usize = 32;

/// Batches, rows and columns of a table, and indices for each batch.
struct Extents {
    batches: usize,
    rows: usize,
    columns: usize,
    count: usize,
}

impl Extents {
    fn new(table: &[usize], indices: &[usize], lead: usize) -> Extents {
        Extents {
            batches: numel(&table[..lead]),
            rows: table[lead],
            columns: table[lead + 1],
            count: numel(&indices[lead..]),
        }
    }
}

/// The rows of a table (batches.., rows, columns) that indices (batches.., ..) name; zeros for `zero_row`. `lead` dimensions
/// are batches. Every index is in range; all arrays are row-major.
pub fn rows<T: Moved>(weight: &Array, indices: &Array, lead: usize, zero_row: i64, out: &mut Array) {
    let e = Extents::new(&weight.shape, &indices.shape, lead);
    let columns = e.columns;
    if columns == 0 || e.count == 0 {
        return;
    }
    let (places, from) = (indices.as_slice::<i64>(), weight.ptr() as usize);
    let to = out.ptr_mut().cast::<T>() as usize;
    let each = (TASK / columns).max(1);
    parallel_for(places.len().div_ceil(each), &|task| {
        for i in task * each..places.len().min((task + 1) * each) {
            let row = i / e.count * e.rows + places[i] as usize;
            // SAFETY: rows were checked, and every row of the result is one task's own.
            unsafe {
                let to = (to as *mut T).add(i * columns);
                if places[i] == zero_row {
                    to.write_bytes(0, columns);
                } else {
                    std::ptr::copy_nonoverlapping((from as *const T).add(row * columns), to, columns);
                }
            }
        }
    });
}

/// The transpose of `rows`: the rows of `g` summed in the order of the indices that name them, except those of row
/// `without`. Threads share out columns, so that each sum keeps its order.
pub fn row_sums<T: Number>(g: &Array, indices: &Array, lead: usize, without: i64, out: &mut Array) {
    let e = Extents::new(&out.shape, &indices.shape, lead);
    let columns = e.columns;
    out.as_mut_slice::<T>().fill(T::ZERO);
    if columns == 0 || e.count == 0 {
        return;
    }
    let (places, g) = (indices.as_slice::<i64>(), g.as_slice::<T>());
    let out = Shared::<T>::new(out);
    let width = columns.min((TASK / e.count).max(COLUMNS));
    let parts = columns.div_ceil(width);
    parallel_for(e.batches * parts, &|task| {
        let (batch, start) = (task / parts, task % parts * width);
        let width = width.min(columns - start);
        for (i, &row) in places[batch * e.count..(batch + 1) * e.count].iter().enumerate() {
            if row != without {
                let at = (batch * e.rows + row as usize) * columns + start;
                // SAFETY: rows were checked; these columns of this batch are the task's own.
                let total = unsafe { out.slice(at, width) };
                add_to(total, &g[(batch * e.count + i) * columns + start..][..width]);
            }
        }
    });
}
