//! What keeps Rust's own lists from ending the process when memory runs out.
//!
//! Rust aborts when a `Vec` or an `Arc` gets no memory. Two things prevent it: lists whose length a user can choose ask
//! with [`list`], which fails with an error; and everything else (nodes, plans, messages), small as it is, may use up
//! a reserve. Whoever allocates next through the pool, or records next, gets it back first, or raises.

use crate::cpu::pool;
use crate::error::{Error, Result};
use crate::interrupt::{self, PER_POLL};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering::*};

/// Room for what is recorded and planned between two checks: a full window and its plan.
const SIZE: usize = 4 << 20;

/// Address space that nothing was written to, so it costs no memory; null before the first and after each use.
static KEPT: AtomicPtr<u8> = AtomicPtr::new(null_mut());
/// Whether the reserve was used since it was last filled.
static USED: AtomicBool = AtomicBool::new(false);

/// The system's allocator, with the reserve behind it.
pub struct Allocator;

// SAFETY: every block comes from, and goes back to, the system's allocator.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let allocate = || unsafe { System.alloc(layout) };
        or_from_reserve(layout.size(), allocate)
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let allocate = || unsafe { System.alloc_zeroed(layout) };
        or_from_reserve(layout.size(), allocate)
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise; a block whose growth failed is as it was.
        let allocate = || unsafe { System.realloc(ptr, layout, size) };
        or_from_reserve(size, allocate)
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[inline]
fn or_from_reserve(size: usize, allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let found = allocate();
    if !found.is_null() || size > SIZE {
        return found;
    }
    make_room(&allocate)
}

/// Nothing here may allocate, but by `allocate`.
#[cold]
fn make_room(allocate: &dyn Fn() -> *mut u8) -> *mut u8 {
    pool::try_trim();
    let mut found = allocate();
    if found.is_null() {
        let kept = KEPT.swap(null_mut(), AcqRel);
        USED.store(true, Release);
        if !kept.is_null() {
            unmap(kept);
        }
        found = allocate();
    }
    found
}

/// Sets the reserve up, once, when the library is loaded.
pub fn fill() {
    let _ = refill();
}

fn refill() -> bool {
    let new = map();
    if new.is_null() {
        return false;
    }
    if KEPT.compare_exchange(null_mut(), new, AcqRel, Acquire).is_err() {
        unmap(new);
    }
    USED.store(false, Release);
    true
}

/// Whether what is left of memory is the reserve.
#[inline]
pub fn is_used() -> bool {
    USED.load(Relaxed)
}

/// Gets a reserve that was used back, or raises: from here on the caller may allocate small things again.
#[inline]
pub fn check() -> Result<()> {
    if is_used() { check_used() } else { Ok(()) }
}

#[cold]
fn check_used() -> Result<()> {
    pool::trim(0);
    if refill() {
        Ok(())
    } else {
        Err(Error::out_of_memory(SIZE, pool::bytes_live()))
    }
}

/// An empty list with room for `n` elements.
pub fn list<T>(n: usize) -> Result<Vec<T>> {
    let mut list = Vec::new();
    reserve(&mut list, n)?;
    Ok(list)
}

/// Room for `more` elements in a list.
pub fn reserve<T>(list: &mut Vec<T>, more: usize) -> Result<()> {
    if list.capacity() - list.len() >= more || list.try_reserve(more).is_ok() {
        return Ok(());
    }
    pool::trim(0);
    list.try_reserve(more)
        .map_err(|_| Error::out_of_memory(more.saturating_mul(size_of::<T>()), pool::bytes_live()))
}

/// Scratch of a kernel: `n` copies of `value`; without memory for it the launch has not happened.
pub fn scratch<T: Clone>(n: usize, value: T) -> Vec<T> {
    let mut scratch = scratch_list(n);
    // Memory that was never touched is slow to get.
    for start in (0..n).step_by(PER_POLL) {
        interrupt::poll();
        scratch.resize(n.min(start + PER_POLL), value.clone());
    }
    scratch
}

/// As `scratch`, with room for `n` elements.
pub fn scratch_list<T>(n: usize) -> Vec<T> {
    list(n).unwrap_or_else(|e| interrupt::abandon(e))
}

/// As `scratch_list`, in a list that is there already.
pub fn scratch_room<T>(list: &mut Vec<T>, n: usize) {
    list.clear();
    reserve(list, n).unwrap_or_else(|e| interrupt::abandon(e));
}

/// Memory that can be handed back to the system whatever lies around it.
#[cfg(unix)]
fn map() -> *mut u8 {
    // SAFETY: a fresh private mapping.
    let found = unsafe {
        libc::mmap(
            null_mut(),
            SIZE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANON,
            -1,
            0,
        )
    };
    if found == libc::MAP_FAILED {
        null_mut()
    } else {
        found.cast()
    }
}

#[cfg(unix)]
fn unmap(kept: *mut u8) {
    // SAFETY: a mapping of `map`, which nobody uses.
    unsafe { libc::munmap(kept.cast(), SIZE) };
}

#[cfg(not(unix))]
fn map() -> *mut u8 {
    // SAFETY: the size is not 0.
    unsafe { System.alloc(Layout::from_size_align(SIZE, 16).expect("a small layout")) }
}

#[cfg(not(unix))]
fn unmap(kept: *mut u8) {
    // SAFETY: allocated by `map` with this layout.
    unsafe { System.dealloc(kept, Layout::from_size_align(SIZE, 16).expect("a small layout")) };
}
