//! Where a mask is true.

use crate::array::Array;
use crate::cpu::layout::Walk;
use crate::interrupt;
use crate::reserve;

/// The indices of the true elements of a row-major mask, which there are as many of as `out` has rows.
pub fn nonzero(mask: &Array, out: &mut Array) {
    let rank = mask.shape.len();
    let mut rows = out.as_mut_slice::<i64>().chunks_exact_mut(rank);
    let mut walk = Walk::new(&mask.shape, 0);
    let last = mask.shape[rank - 1];
    let mut places = reserve::scratch(last + 1, 0i64);
    for (round, line) in mask.as_slice::<bool>().chunks_exact(last).enumerate() {
        if round % 1024 == 0 {
            interrupt::poll();
        }
        // Written always, kept when true: masks are hard to predict.
        let mut found = 0;
        for (j, &is_true) in line.iter().enumerate() {
            places[found] = j as i64;
            found += is_true as usize;
        }
        for (&j, row) in places[..found].iter().zip(&mut rows) {
            for (slot, &i) in row.iter_mut().zip(&walk.index[..rank - 1]) {
                *slot = i as i64;
            }
            row[rank - 1] = j;
        }
        walk.advance(&mask.shape, last);
    }
}
