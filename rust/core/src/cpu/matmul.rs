//! Matrix products of whole tensors, out of those of single matrices (`gemm`).

use super::fused::with_slot;
use super::gemm::{GemmElement, gemm, gemm_batched, gemm_then, matrix};
use crate::array::{Array, Element};
use crate::dispatch_float;
use crate::error::Result;
use crate::shape::{Shape, contiguous_strides, numel};
use crate::work::Launch;
use smallvec::smallvec;

/// The product of inputs 0 and 1, whose leading dimensions broadcast; what a store slot holds follows part by part.
pub fn run(l: &mut Launch) -> Result<()> {
    dispatch_float!(l.outputs[0].dtype, T => product::<T>(l))
}

fn product<T: GemmElement + Element>(l: &mut Launch) -> Result<()> {
    let [a, b] = operands(l)?;
    let Launch { store, outputs, .. } = l;
    let out = &mut outputs[0];
    let whole = out.shape.clone();
    let shape: Shape = match a.shape.len().max(b.shape.len()) {
        2 => smallvec![numel(&whole[..whole.len() - 1]), whole[whole.len() - 1]],
        _ => whole.clone(),
    };
    let c = out.as_mut_slice::<T>();
    if c.is_empty() {
        return Ok(());
    }
    let c = c.as_mut_ptr() as usize;
    match store {
        None => products::<T>(&a, &b, &shape, c, None),
        Some(store) => with_slot(store, &whole, |steps| {
            products::<T>(&a, &b, &shape, c, Some(&|start, end| steps.range(start, end)));
        }),
    }
    Ok(())
}

/// Both operands; where all matrices of the left one meet the same right one, their rows are those of one matrix.
fn operands(l: &Launch) -> Result<[Array; 2]> {
    let (a, b) = (l.input(0), l.input(1));
    let (ra, rb) = (a.shape.len(), b.shape.len());
    if ra.max(rb) == 2 || numel(&b.shape[..rb - 2]) != 1 {
        return Ok([a.clone(), b.clone()]);
    }
    let rows = [numel(&a.shape[..ra - 1]), a.shape[ra - 1]];
    let left = match a.reshaped(&rows) {
        Some(view) => view,
        None => l
            .dense(0)?
            .with_layout(rows[..].into(), contiguous_strides(&rows), 0),
    };
    let right = b.with_layout(b.shape[rb - 2..].into(), b.strides[rb - 2..].into(), b.offset);
    Ok([left, right])
}

/// The products of all matrices into row-major memory at address `c`. `done` is called with every range of elements
/// once they are there.
fn products<T: GemmElement>(
    a: &Array,
    b: &Array,
    shape: &[usize],
    c: usize,
    done: Option<&(dyn Fn(usize, usize) + Sync)>,
) {
    let r = shape.len();
    let (m, n, k) = (shape[r - 2], shape[r - 1], a.shape[a.shape.len() - 1]);
    let lead = &shape[..r - 2];
    let batch = numel(lead);
    // SAFETY: operands hold at least m x k and k x n elements at their strides; products go to disjoint parts of c.
    unsafe {
        if batch != 1 {
            let done = |i: usize| {
                if let Some(done) = done {
                    done(i * m * n, (i + 1) * m * n);
                }
            };
            let to = |i: usize| (c as *mut T).wrapping_add(i * m * n);
            let (left, right) = (|i: usize| matrix(a, lead, i), |i: usize| matrix(b, lead, i));
            gemm_batched::<T>(batch, m, n, k, &left, &right, &to, n, &done);
            return;
        }
        let (left, right) = (matrix(a, lead, 0), matrix(b, lead, 0));
        match done {
            None => gemm::<T>(m, n, k, left, right, c as *mut T, n, false),
            Some(done) => gemm_then::<T>(m, n, k, left, right, c as *mut T, &|rows, columns| {
                if columns.len() == n {
                    done(rows.start * n, rows.end * n);
                } else {
                    for row in rows {
                        done(row * n + columns.start, row * n + columns.end);
                    }
                }
            }),
        }
    }
}
