//! Counters that only grow; `ravine.stats()` shows them beside the memory pool's two gauges.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Clone, Copy)]
#[repr(usize)]
pub enum Counter {
    PlansBuilt,
    PlanHits,
    KernelsRun,
    CopiedForHistory,
    /// Nodes that no op recorded.
    Sources,
}

/// Of the counters that are shown as they are.
const NAMES: [&str; 4] = ["plans_built", "plan_hits", "kernels_run", "copied_for_history"];
static COUNTERS: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];

pub fn add(counter: Counter, n: u64) {
    COUNTERS[counter as usize].fetch_add(n, Relaxed);
}

pub fn all() -> Vec<(&'static str, u64)> {
    // Every node has a number, so recording an op need not count it again.
    let sources = COUNTERS[Counter::Sources as usize].load(Relaxed);
    let mut all = vec![("ops_recorded", crate::graph::next_sequence() - 1 - sources)];
    all.extend(NAMES.into_iter().zip(COUNTERS.iter().map(|c| c.load(Relaxed))));
    all.push(("bytes_live", crate::cpu::pool::bytes_live() as u64));
    all.push(("bytes_peak", crate::cpu::pool::bytes_peak() as u64));
    all
}
