//! Windows that slide along a dimension.

use super::Shared;
use super::number::Number;
use super::threads::parallel_for;
use crate::array::Array;
use crate::shape::numel;

/// The sum of windows (their elements in the last dimension) at their places along `dim`, `step` apart, in order.
pub fn add<T: Number>(g: &Array, dim: usize, step: usize, dilation: usize, out: &mut Array) {
    let size = g.shape[g.shape.len() - 1];
    let (windows, extent) = (g.shape[dim], out.shape[dim]);
    let (outer, inner) = (numel(&g.shape[..dim]), numel(&out.shape[dim + 1..]));
    if outer * inner * size * windows == 0 {
        out.as_mut_slice::<T>().fill(T::ZERO);
        return;
    }
    let (g, out) = (g.as_slice::<T>(), Shared::<T>::new(out));
    parallel_for(outer, &|block| {
        // SAFETY: every task has its own block.
        let to = unsafe { out.slice(block * extent * inner, extent * inner) };
        to.fill(T::ZERO);
        let g = &g[block * windows * inner * size..][..windows * inner * size];
        for (i, row) in g.chunks_exact(inner * size).enumerate() {
            for (j, window) in row.chunks_exact(size).enumerate() {
                let first = i * step * inner + j;
                let places = to[first..].iter_mut().step_by(dilation * inner);
                for (to, &v) in places.zip(window) {
                    *to = to.add(v);
                }
            }
        }
    });
}
