//! How a product is cut into tasks, blocks and panels, and what is copied on the way. Only the speed depends
//! on it.

use super::kernel::Kernels;
use super::{MatRef, Size};
use std::ops::Range;

/// Multiply-adds below which a product stays on one thread: a few microseconds of work, for which no worker
/// should be woken from sleep.
pub const WORTH_SHARING: usize = 512 * 1024;
/// Multiply-adds in a task, at least: a few times what handing it over costs.
const TASK: usize = 64 * 1024;
/// Tasks per thread, so that one that is held up can be helped by the others.
pub const TASKS_PER_THREAD: usize = 4;
/// Numbers of B that make a task of copying.
pub const COPY_TASK: usize = 32 * 1024;

/// Into how many tasks to cut work of so many multiply-adds.
pub fn tasks(threads: usize, multiply_adds: usize) -> usize {
    if threads == 1 || multiply_adds < WORTH_SHARING {
        1
    } else {
        (multiply_adds / TASK).min(TASKS_PER_THREAD * threads)
    }
}

/// Part `part` of `0..total` cut into `parts` parts that differ by at most one.
pub fn share(total: usize, parts: usize, part: usize) -> Range<usize> {
    let (least, extra) = (total / parts, total % parts);
    let start = part * least + part.min(extra);
    start..start + least + usize::from(part < extra)
}

/// How a product is cut up. None of it changes a bit of the result.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Copy A strip by strip before use.
    pub pack_a: bool,
    pub pack_b: PackB,
    /// Terms summed in registers at a time.
    pub k_block: usize,
    /// Columns of C worked on at a time, and panels to cut them into.
    pub n_block: usize,
    pub panels: usize,
    /// Parts into which C's rows, and the panels of a block, are cut: together the tasks of one round.
    pub row_parts: usize,
    pub col_parts: usize,
}

/// Which panels of B are copied before use, and by whom. One that ends within a vector always is: its copy
/// has zeros where a tile reads past its end.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum PackB {
    /// No others. B's columns must lie side by side.
    Not,
    /// All, each task its own: no thread waits for another, and a copy is used where it was made.
    Alone,
    /// All, by all threads before the tiles of a round are begun.
    Together,
}

/// Operands of at most so many bytes are read where they lie; they then stay in the second cache of a core.
const DIRECT: usize = 512 * 1024;
/// B is read where it lies only up to this many bytes if C has [`MANY_ROWS`], for then a copy pays even in
/// the caches.
const DIRECT_MANY_ROWS: usize = 32 * 1024;
const MANY_ROWS: usize = 128;
/// Rows of B at such distances fall on so few sets of the first cache that they drive each other out.
const ALIASING: usize = 2048;
/// Bytes of one column of B, or one row of A, that are summed in one round.
const K_BLOCK: usize = 2048;
/// Bytes of one row of B that are worked on at a time: bounds the copy of B to a few MiB.
const N_BLOCK: usize = 16 * 1024;
/// Bytes of A in one task: with a panel of B, they fit in the second cache of a core.
const A_BLOCK: usize = 512 * 1024;

impl Plan {
    /// Where something follows every part of C (`followed`), rows are cut rather than columns: what follows is
    /// called once for many whole rows, and not for a piece of each.
    pub fn new<T>(kernels: &Kernels<T>, threads: usize, size: Size, b: MatRef<T>, followed: bool) -> Plan {
        let Size { m, n, k } = size;
        let bytes = size_of::<T>();
        let (height, width) = (kernels.height(), kernels.vectors * kernels.width);
        let (a_bytes, b_bytes) = (m.saturating_mul(k * bytes), n.saturating_mul(k * bytes));
        let wanted = tasks(threads, size.multiply_adds());

        let pack_a = a_bytes > DIRECT && n > 2 * width;
        let aliasing = (b.row_stride.unsigned_abs() * bytes).is_multiple_of(ALIASING);
        let direct = if m < MANY_ROWS && !aliasing {
            DIRECT
        } else {
            DIRECT_MANY_ROWS
        };
        let pack_b = if b.col_stride == 1 && b_bytes <= direct {
            PackB::Not
        } else if a_bytes <= DIRECT && !followed {
            PackB::Alone
        } else {
            PackB::Together
        };
        let in_caches = !pack_a && pack_b == PackB::Not && b_bytes <= DIRECT;
        let k_block = if !in_caches {
            k.div_ceil((k * bytes).div_ceil(K_BLOCK))
        } else {
            k
        };
        let n_block = if pack_b == PackB::Together {
            N_BLOCK / bytes
        } else {
            n
        };

        let columns = n.min(n_block);
        let mut panels = columns.div_ceil(width);
        let (row_parts, col_parts);
        if pack_b == PackB::Alone {
            // Cut the columns, so that each part of B is copied once; the rows only if threads are left over.
            if panels < 2 * wanted {
                panels = panels
                    .next_multiple_of(threads)
                    .min(columns.div_ceil(kernels.width));
            }
            col_parts = wanted.min(panels);
            row_parts = wanted.div_ceil(col_parts).min(m.div_ceil(8 * height));
        } else {
            let least = if pack_a {
                (m * k_block * bytes).div_ceil(A_BLOCK)
            } else {
                1
            };
            row_parts = wanted
                .min(m.div_ceil(2 * height))
                .max(least)
                .min(m.div_ceil(height));
            col_parts = wanted.div_ceil(row_parts).min(panels);
        }
        Plan {
            pack_a,
            pack_b,
            k_block,
            n_block,
            panels,
            row_parts,
            col_parts,
        }
    }
}

/// The columns of a block cut into panels as wide as a tile: whole vectors, as even as can be.
pub struct Panels {
    pub count: usize,
    /// All vectors, and the numbers in each.
    pub vectors: usize,
    pub width: usize,
    pub columns: usize,
}

impl Panels {
    /// The first column of a panel, its vectors, and its columns.
    pub fn get(&self, panel: usize) -> (usize, usize, usize) {
        let vectors = share(self.vectors, self.count, panel);
        let start = vectors.start * self.width;
        (
            start,
            vectors.len(),
            (vectors.len() * self.width).min(self.columns - start),
        )
    }
}
