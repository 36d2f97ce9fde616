//! The memory pool: freed blocks are kept by size class and handed out again, since a page fault per op costs more
//! than the op (2.6 GB/s for fresh pages against 50 GB/s for reused ones).

use crate::error::{Error, Result};
use crate::reserve;
use parking_lot::{Mutex, MutexGuard};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// Cache line and widest vector: every block starts on this boundary.
const ALIGN: usize = 64;
/// Blocks of at least this size start on a huge page.
const HUGE: usize = 2 << 20;
/// Classes: powers of two from 64 B, each split in four, so at most a quarter of a block is wasted.
const CLASSES: usize = 4 * (LARGEST.ilog2() as usize - 6) + 1;
/// No address space holds a larger block.
const LARGEST: usize = 1 << 56;
/// Free bytes that may wait in the pool beyond what is live.
const KEEP: usize = 256 << 20;

static POOL: Mutex<Pool> = Mutex::new(Pool {
    free: [const { Vec::new() }; CLASSES],
    waiting: 0,
    live: 0,
    peak: 0,
});
/// Test hook: the number of allocations that still succeed, or negative for no limit.
static FAIL_AFTER: AtomicI64 = AtomicI64::new(-1);

struct Pool {
    /// Addresses of free blocks by class.
    free: [Vec<usize>; CLASSES],
    /// Bytes of free blocks.
    waiting: usize,
    /// Bytes of blocks that are in use.
    live: usize,
    peak: usize,
}

impl Pool {
    /// Counts a block that is in use from now on.
    fn count(&mut self, size: usize) {
        self.live += size;
        self.peak = self.peak.max(self.live);
    }

    fn trim(&mut self, keep: usize) {
        for c in (0..CLASSES).rev() {
            let size = {
                let (log, step) = (c / 4 + 6, c % 4);
                (1usize << log) + step * ((1usize << log) / 4)
            };
            while self.waiting > keep {
                let Some(address) = self.free[c].pop() else { break };
                self.waiting -= size;
                // SAFETY: free blocks of this class came from the system with this layout.
                unsafe { System.dealloc(address as *mut u8, layout(size)) };
            }
        }
    }
}

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock()
}

/// Class index and block size of a request.
#[inline]
fn class(bytes: usize) -> (usize, usize) {
    let n = bytes.max(ALIGN);
    let log = usize::BITS - 1 - n.leading_zeros();
    let base = 1usize << log;
    let quarter = base / 4;
    let steps = (n - base).div_ceil(quarter);
    (4 * (log as usize - 6) + steps, base + steps * quarter)
}

fn layout(size: usize) -> Layout {
    let align = if size >= HUGE { HUGE } else { ALIGN };
    Layout::from_size_align(size.next_multiple_of(ALIGN), align).expect("block sizes fit in isize")
}

/// An owned block of memory; dropping it gives it back to the pool.
#[derive(Debug)]
pub struct Block {
    ptr: *mut u8,
    size: usize,
    class: usize,
}

// SAFETY: a block is plain memory; who may read or write it is decided by its owners (see `Array`).
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    pub fn new(bytes: usize) -> Result<Block> {
        may_allocate(bytes)?;
        if bytes > LARGEST {
            return Err(Error::out_of_memory(bytes, bytes_live()));
        }
        let (class, size) = class(bytes);
        let reused = {
            let mut pool = pool();
            let found = pool.free[class].pop();
            if found.is_some() {
                pool.waiting -= size;
                pool.count(size);
            }
            found
        };
        let ptr = match reused {
            Some(address) => address as *mut u8,
            None => {
                // SAFETY: the layout's size is at least ALIGN, hence not zero.
                let mut ptr = unsafe { System.alloc(layout(size)) };
                if ptr.is_null() {
                    trim(0);
                    // SAFETY: as above.
                    ptr = unsafe { System.alloc(layout(size)) };
                }
                if ptr.is_null() {
                    return Err(Error::out_of_memory(bytes, bytes_live()));
                }
                advise_huge(ptr, size);
                pool().count(size);
                ptr
            }
        };
        Ok(Block { ptr, size, class })
    }

    pub fn ptr(&self) -> *mut u8 {
        self.ptr
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let mut pool = pool();
        pool.live -= self.size;
        let room = pool.waiting + self.size <= KEEP.max(pool.live);
        // Without memory for the list itself the block goes back.
        if room && pool.free[self.class].try_reserve(1).is_ok() {
            pool.waiting += self.size;
            pool.free[self.class].push(self.ptr as usize);
        } else {
            drop(pool);
            // SAFETY: the block came from `alloc` with this layout and has no other owner.
            unsafe { System.dealloc(self.ptr, layout(self.size)) };
        }
    }
}

/// Gives free blocks back to the system until at most `keep` bytes wait.
pub fn trim(keep: usize) {
    pool().trim(keep);
}

/// As `trim(0)`, unless somebody works on the pool: this thread may, while it asks for memory.
pub fn try_trim() {
    if let Some(mut pool) = POOL.try_lock() {
        pool.trim(0);
    }
}

pub fn bytes_live() -> usize {
    pool().live
}
pub fn bytes_peak() -> usize {
    pool().peak
}
/// Starts a new measurement of the peak.
pub fn reset_peak() {
    let mut pool = pool();
    pool.peak = pool.live;
}

/// Raises the error that a fault-injection test asked for, or that there is no memory left but the reserve.
pub fn may_allocate(bytes: usize) -> Result<()> {
    if FAIL_AFTER.load(Relaxed) >= 0 && FAIL_AFTER.fetch_sub(1, Relaxed) <= 0 {
        FAIL_AFTER.store(-1, Relaxed);
        return Err(Error::out_of_memory(bytes, bytes_live()));
    }
    reserve::check()
}

/// Makes the allocation after the next `n` fail once (fault-injection tests). Returns what was left of the number before.
pub fn fail_after(n: i64) -> i64 {
    FAIL_AFTER.swap(n, Relaxed)
}

#[cfg(target_os = "linux")]
fn advise_huge(ptr: *mut u8, size: usize) {
    if size >= HUGE {
        // SAFETY: the range was just allocated; MADV_HUGEPAGE changes how it is backed, not what it holds.
        unsafe { libc::madvise(ptr.cast(), size, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn advise_huge(_: *mut u8, _: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_cover_every_size_with_little_waste() {
        for bytes in (0..5000).chain([1 << 20, (1 << 20) + 1, 3 << 30, LARGEST - 1, LARGEST]) {
            let (c, size) = class(bytes);
            assert!(size >= bytes && c < CLASSES);
            assert!(bytes < 256 || size * 4 <= bytes * 5 + 4, "{bytes} -> {size}");
            let (log, step) = (c / 4 + 6, c % 4);
            assert_eq!(size, (1usize << log) + step * ((1usize << log) / 4));
        }
    }
}
