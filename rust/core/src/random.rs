//! Where random numbers come from: a seed and a counter.
//!
//! Every draw takes its range of the counter at the call, so a draw that nobody looks at moves later ones as much as
//! one that is looked at. The bits themselves are a function of seed and counter (see `cpu::philox`).

use parking_lot::Mutex;
use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, LazyLock};

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

/// A generator that several owners draw from.
pub type Shared = Arc<Mutex<State>>;

pub fn shared(state: State) -> Shared {
    Arc::new(Mutex::new(state))
}

/// Seeded by the system until the user sets a seed.
static GLOBAL: LazyLock<Mutex<State>> = LazyLock::new(|| Mutex::new(State::new(fresh_seed())));

thread_local! {
    /// Stands in for the global generator: what a data loader's worker draws depends on the sample alone, and what a
    /// call with a generator of its own draws on that one.
    static THREAD: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// With the generator that this thread draws from.
fn with<R>(f: impl FnOnce(&mut State) -> R) -> R {
    THREAD.with_borrow(|own| match own {
        Some(own) => f(&mut own.lock()),
        None => f(&mut GLOBAL.lock()),
    })
}

/// A seed by the system.
pub fn fresh_seed() -> u64 {
    RandomState::new().build_hasher().finish()
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
    with(|state| *state)
}

pub fn set_state(state: State) {
    with(|own| *own = state);
}

/// Gives this thread a generator of its own, or takes it away. Returns the state of the one that it had.
pub fn set_thread_state(state: Option<State>) -> Option<State> {
    let before = THREAD.replace(state.map(shared));
    before.map(|own| *own.lock())
}

/// What `f` draws on this thread comes from a generator.
pub fn drawn_from<R>(generator: &Shared, f: impl FnOnce() -> R) -> R {
    struct Restored(Option<Shared>);
    impl Drop for Restored {
        fn drop(&mut self) {
            THREAD.set(self.0.take());
        }
    }
    let _outer = Restored(THREAD.replace(Some(generator.clone())));
    f()
}

/// Takes `blocks` blocks of the counter for one draw.
pub fn take(blocks: u64) -> State {
    with(|state| state.take(blocks))
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

    #[test]
    fn a_call_draws_from_the_generator_that_it_is_given() {
        let own = shared(State::new(3));
        assert_eq!(set_thread_state(Some(State::new(7))), None);
        assert_eq!(drawn_from(&own, || take(2)), State { seed: 3, counter: 0 });
        assert_eq!((own.lock().counter, state().counter), (2, 0));
        assert!(set_thread_state(None).is_some());
    }
}
