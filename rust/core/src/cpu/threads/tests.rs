use super::*;
use std::sync::atomic::AtomicU32;

/// A pool of the test's own: the global one may be in use by any other test.
fn new_pool() -> &'static Pool {
    Box::leak(Box::new(Pool::new()))
}

fn assert_each_once(tasks: usize, run: impl Fn(usize, &(dyn Fn(usize) + Sync))) {
    let counts: Vec<AtomicU32> = (0..tasks).map(|_| AtomicU32::new(0)).collect();
    run(tasks, &|i| {
        counts[i].fetch_add(1, Ordering::Relaxed);
    });
    assert!(
        counts.iter().all(|count| count.load(Ordering::Relaxed) == 1),
        "{tasks} tasks"
    );
}

#[test]
fn each_index_exactly_once_while_the_pool_grows_and_shrinks() {
    let pool = new_pool();
    for threads in [1, 2, 3, 8, 2, 5, 1, 4] {
        for tasks in [0, 1, 2, 3, 7, 64, 1000] {
            for _ in 0..20 {
                assert_each_once(tasks, |tasks, body| pool.parallel_for(tasks, threads, body));
            }
        }
    }
}

#[test]
fn the_global_pool_takes_any_number_of_threads() {
    for threads in [1, 4, 2] {
        let _turn = with_threads(threads);
        assert_eq!(num_threads(), threads);
        (0..100).for_each(|tasks| assert_each_once(tasks, parallel_for));
    }
    let _turn = with_threads(0);
    assert_eq!(num_threads(), 1);
}

#[test]
fn no_more_threads_than_asked_for() {
    let pool = new_pool();
    for threads in [4, 2, 3] {
        for _ in 0..50 {
            let ids = Mutex::new(std::collections::HashSet::new());
            pool.parallel_for(64, threads, &|_| {
                ids.lock().unwrap().insert(thread::current().id());
            });
            assert!(ids.into_inner().unwrap().len() <= threads);
        }
    }
}

#[test]
fn workers_wake_from_sleep() {
    let pool = new_pool();
    for _ in 0..5 {
        thread::sleep(3 * SPIN);
        // The tasks wait for each other, so this hangs unless all the workers come.
        let inside = AtomicU32::new(0);
        pool.parallel_for(6, 6, &|_| {
            inside.fetch_add(1, Ordering::Relaxed);
            while inside.load(Ordering::Relaxed) < 6 {
                thread::yield_now();
            }
        });
    }
}

#[test]
fn a_nested_call_runs_inline() {
    let pool = new_pool();
    let total = AtomicU32::new(0);
    pool.parallel_for(8, 4, &|_| {
        let outer = thread::current().id();
        pool.parallel_for(100, 4, &|_| {
            assert_eq!(thread::current().id(), outer);
            total.fetch_add(1, Ordering::Relaxed);
        });
    });
    assert_eq!(total.into_inner(), 800);
}

#[test]
fn callers_from_many_threads_at_once() {
    let pool = new_pool();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for tasks in 0..300 {
                    assert_each_once(tasks, |tasks, body| pool.parallel_for(tasks, 3, body));
                }
            });
        }
    });
    assert!(pool.try_take().is_some());
}

#[test]
fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
    let pool = new_pool();
    for round in 0..20 {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            pool.parallel_for(40, 4, &|i| {
                if i == round * 2 {
                    resume_unwind(Box::new("on purpose")); // a panic without its message
                }
            });
        }));
        assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "on purpose");
        assert_each_once(40, |tasks, body| pool.parallel_for(tasks, 4, body));
    }
}

#[test]
fn a_panic_on_a_worker_reaches_the_caller() {
    let pool = new_pool();
    let caller = thread::current().id();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let worker_came = AtomicBool::new(false);
        pool.parallel_for(2, 2, &|_| {
            if thread::current().id() != caller {
                worker_came.store(true, Ordering::Relaxed);
                resume_unwind(Box::new("worker"));
            }
            while !worker_came.load(Ordering::Relaxed) {
                thread::yield_now();
            }
        });
    }));
    assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "worker");
}

#[test]
fn a_forked_child_starts_a_pool_of_its_own() {
    let _turn = with_threads(3);
    assert_each_once(10, parallel_for);
    quiesce();
    after_fork_in_child();
    assert_each_once(10, parallel_for);
}
