//! Where random numbers come from: a seed and a counter.
//!
//! Every draw takes its range of the counter at the call, so a draw that nobody looks at moves later ones as much as
//! one that is looked at. The bits themselves are a function of seed and counter (see `cpu::philox`).

use parking_lot::{Mutex, MutexGuard};
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

/// The state of a generator: all that follows is a function of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    pub seed: u64,
    /// Blocks of four words that were taken.
    pub counter: u64,
}

impl State {
    pub fn new(seed: u64) -> State {
        State { seed, counter: 0 }
    }

    /// Takes `blocks` blocks and returns the state before.
    fn take(&mut self, blocks: u64) -> State {
        let before = *self;
        self.counter = self.counter.wrapping_add(blocks);
        before
    }
}

/// Seeded by the system until the user sets a seed.
static GLOBAL: LazyLock<Mutex<State>> =
    LazyLock::new(|| Mutex::new(State::new(RandomState::new().build_hasher().finish())));

thread_local! {
    /// Stands in for the global generator: what a data loader's worker draws depends on the sample alone.
    static THREAD: Cell<Option<State>> = const { Cell::new(None) };
}

fn global() -> MutexGuard<'static, State> {
    GLOBAL.lock()
}

/// Starts the generator anew.
pub fn manual_seed(seed: u64) {
    set_state(State::new(seed));
}

/// The seed that draws on this thread follow from.
pub fn initial_seed() -> u64 {
    state().seed
}

/// The state of this thread's own generator if it has one, else of the global one.
pub fn state() -> State {
    THREAD.get().unwrap_or_else(|| *global())
}

pub fn set_state(state: State) {
    match THREAD.get() {
        Some(_) => THREAD.set(Some(state)),
        None => *global() = state,
    }
}

/// Gives this thread a generator of its own, or takes it away. Returns what it had.
pub fn set_thread_state(state: Option<State>) -> Option<State> {
    THREAD.replace(state)
}

/// Takes `blocks` blocks of the counter for one draw.
pub fn take(blocks: u64) -> State {
    match THREAD.get() {
        Some(mut own) => {
            let before = own.take(blocks);
            THREAD.set(Some(own));
            before
        }
        None => global().take(blocks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_of_its_own_leaves_the_global_generator_alone() {
        assert_eq!(set_thread_state(Some(State::new(7))), None);
        assert_eq!(take(3), State { seed: 7, counter: 0 });
        assert_eq!(state(), State { seed: 7, counter: 3 });
        manual_seed(8);
        assert_eq!((initial_seed(), take(1).counter), (8, 0));
        assert_eq!(set_thread_state(None), Some(State { seed: 8, counter: 1 }));
    }
}
