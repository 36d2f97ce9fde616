//! Matrix products of whole tensors, out of those of single matrices (`gemm`).

use super::fused::with_slot;
use super::gemm::{GemmElement, gemm, gemm_batched, gemm_then, matrix};
use crate::array::{Array, Element};
use crate::dispatch_float;
use crate::error::Result;
use crate::shape::numel;
use crate::work::Launch;

/// The product of inputs 0 and 1, whose leading dimensions broadcast; what a store slot holds follows part by part.
pub fn run(l: &mut Launch) -> Result<()> {
    dispatch_float!(l.outputs[0].dtype, T => product::<T>(l));
    Ok(())
}

fn product<T: GemmElement + Element>(l: &mut Launch) {
    let (a, b) = (l.input(0).clone(), l.input(1).clone());
    let Launch { store, outputs, .. } = l;
    let out = &mut outputs[0];
    let shape = out.shape.clone();
    let c = out.as_mut_slice::<T>();
    if c.is_empty() {
        return;
    }
    let c = c.as_mut_ptr() as usize;
    match store {
        None => products::<T>(&a, &b, &shape, c, None),
        Some(store) => with_slot(store, &shape, |steps| {
            products::<T>(&a, &b, &shape, c, Some(&|start, end| steps.range(start, end)));
        }),
    }
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
