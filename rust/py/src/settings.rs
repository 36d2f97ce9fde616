//! Modes, counters and knobs.

use crate::dtype::{self, PyDType};
use crate::gate;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt};
use ravine_core::cpu::{pool, simd, threads};
use ravine_core::dtype::{default_float, set_default_float};
use ravine_core::error::{Error, Kind};
use ravine_core::random::{self, State};
use ravine_core::{anomaly, device, interrupt, mode, stats, stream};

/// Whether operations are recorded for `backward` in this thread.
#[pyfunction]
fn is_grad_enabled() -> bool {
    mode::grad_enabled()
}
/// Returns the previous mode.
#[pyfunction]
fn set_grad_enabled(on: bool) -> bool {
    mode::set_grad_enabled(on)
}
/// Sets this thread's module path id and returns the previous one.
#[pyfunction]
fn set_module_path(id: u32) -> u32 {
    mode::set_path(id)
}

/// Runs this thread's recorded work as one step: it happens as a whole or not at all.
#[pyfunction]
fn submit(py: Python<'_>) -> PyResult<()> {
    gate::enter(py, || stream::current().submit())
}
/// Records what `update` records without ending a segment at a bound, and runs it as `submit` does.
#[pyfunction]
fn step(py: Python<'_>, update: &Bound<'_, PyAny>) -> PyResult<()> {
    gate::enter(py, || {
        stream::uncut(|| update.call0().map(drop).map_err(gate::foreign))?;
        stream::current().submit()
    })
}
/// What was recorded since the last successful look, or step, has not happened.
#[pyfunction]
fn take_back() {
    stream::current().unit.take_back();
}
/// Has `undo` called if what is recorded now, up to the next successful look or step, has not happened.
#[pyfunction]
fn if_taken_back(undo: Py<PyAny>) {
    stream::current().unit.if_taken_back(Box::new(move || {
        Python::attach(|py| {
            if let Err(error) = undo.call0(py) {
                error.write_unraisable(py, None);
            }
        });
    }));
}
/// What was recorded so far was the making of tensors: a failure from now on leaves them as they are.
#[pyfunction]
fn mature(py: Python<'_>) -> PyResult<()> {
    gate::enter(py, || stream::current().begin_step())
}
/// Computes everything that live handles need, in every thread, and waits.
#[pyfunction]
fn synchronize(py: Python<'_>) -> PyResult<()> {
    gate::enter(py, stream::synchronize)
}

/// Whether every result is searched for NaN.
#[pyfunction]
fn is_anomaly_enabled() -> bool {
    anomaly::is_on()
}
#[pyfunction]
fn set_anomaly_enabled(on: bool) {
    anomaly::set(on);
}

#[pyfunction]
fn stats_table(py: Python<'_>) -> PyResult<Py<PyDict>> {
    let d = PyDict::new(py);
    for (name, n) in stats::all().into_iter().chain(ravine_gpu::counts().named()) {
        d.set_item(name, n)?;
    }
    Ok(d.unbind())
}
#[pyfunction]
fn reset_peak() {
    pool::reset_peak();
    ravine_gpu::reset_peak();
}

/// More would only exhaust the system.
const MOST_THREADS: usize = 4096;

/// Threads that share the work of one op.
#[pyfunction]
fn get_num_threads() -> usize {
    threads::num_threads()
}
/// Sets how many threads share the work of one op. Results do not depend on it.
#[pyfunction]
fn set_num_threads(n: &Bound<'_, PyAny>) -> PyResult<()> {
    if !n.is_instance_of::<PyInt>() || n.is_instance_of::<PyBool>() {
        let kind = n.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "set_num_threads: a number of threads is an int, not {kind}"
        )));
    }
    match n.extract::<usize>() {
        Ok(n) if (1..=MOST_THREADS).contains(&n) => threads::set_num_threads(n),
        _ => {
            return Err(PyValueError::new_err(format!(
                "set_num_threads: {n} threads cannot be. Use 1 to {MOST_THREADS}"
            )));
        }
    }
    Ok(())
}

/// The dtype of floating tensors that are made of numbers and sizes.
#[pyfunction]
fn get_default_dtype(py: Python<'_>) -> Py<PyDType> {
    dtype::object(py, default_float())
}
/// Makes it another one, for every thread: float32, float64, float16 or bfloat16.
#[pyfunction]
fn set_default_dtype(d: &Bound<'_, PyAny>) -> PyResult<()> {
    match dtype::from_python(d) {
        Some(found) if found.is_float() => set_default_float(found),
        _ => {
            let text = format!(
                "set_default_dtype: {} is no floating dtype. Use float32, float64, float16 or bfloat16",
                d.repr()?
            );
            return Err(gate::raise(d.py(), &Error::new(Kind::DType, "", text)));
        }
    }
    Ok(())
}

/// The bound on pending ops; 1 is eager execution.
#[pyfunction]
fn get_window() -> usize {
    stream::window()
}
#[pyfunction]
fn set_window(n: usize) {
    stream::set_window(n);
}

/// The SIMD level in use, or why the requested one cannot be.
#[pyfunction]
fn simd_level() -> PyResult<&'static str> {
    simd::request().map(simd::name).map_err(PyValueError::new_err)
}

/// A seed from any Python int: its low 64 bits.
pub fn seed_bits(seed: &Bound<'_, PyAny>) -> PyResult<u64> {
    if !seed.hasattr("__index__")? {
        let kind = seed.get_type().name()?;
        return Err(PyTypeError::new_err(format!("a seed is an int, not {kind}")));
    }
    seed.call_method0("__index__")?
        .call_method1("__and__", (u64::MAX,))?
        .extract()
}

/// Starts the random numbers anew: equal seeds give equal numbers.
#[pyfunction]
fn manual_seed(seed: &Bound<'_, PyAny>) -> PyResult<()> {
    random::manual_seed(seed_bits(seed)?);
    Ok(())
}
/// The seed that random numbers follow from.
#[pyfunction]
fn initial_seed() -> u64 {
    random::initial_seed()
}
/// `(seed, counter)`: all later random numbers are a function of it.
#[pyfunction]
fn get_rng_state() -> (u64, u64) {
    let s = random::state();
    (s.seed, s.counter)
}
/// Continues the random numbers from a state of `get_rng_state`.
#[pyfunction]
fn set_rng_state(state: &Bound<'_, PyAny>) -> PyResult<()> {
    let Ok((seed, counter)) = state.extract::<(u64, u64)>() else {
        let text = "set_rng_state: the state is what get_rng_state() returned, a pair (seed, counter). To start from a seed \
                    use manual_seed";
        return Err(gate::raise(state.py(), &Error::new(Kind::DType, "", text)));
    };
    random::set_state(State { seed, counter });
    Ok(())
}
/// Gives this thread a random stream of its own (an int, or what an earlier call returned), or takes it away (None).
#[pyfunction]
fn set_thread_seed(seed: Option<&Bound<'_, PyAny>>) -> PyResult<Option<(u64, u64)>> {
    let state = match seed {
        None => None,
        Some(s) => Some(match s.extract::<(u64, u64)>() {
            Ok((seed, counter)) => State { seed, counter },
            Err(_) => State::new(seed_bits(s)?),
        }),
    };
    Ok(random::set_thread_state(state).map(|s| (s.seed, s.counter)))
}

/// Test hooks: fail once, after `n` more allocations or launches.
#[pyfunction]
fn inject_fault(kind: &str, n: i64) -> PyResult<i64> {
    Ok(match kind {
        "memory" => pool::fail_after(n),
        "interrupt" => interrupt::interrupt_after(n),
        "poll" => interrupt::interrupt_poll(n),
        _ => {
            return Err(PyValueError::new_err(
                "inject_fault: kind is 'memory', 'interrupt' or 'poll'",
            ));
        }
    })
}

/// Test hook: lose a GPU, as a driver may at any time.
#[pyfunction]
fn lose_gpu(index: u8) {
    ravine_gpu::lose(index);
}

/// Test hook: record plain forms in place of fused ops. Returns the previous mode.
#[pyfunction]
fn set_plain(on: bool) -> bool {
    mode::set_plain(on)
}

#[pyfunction]
fn before_fork() {
    threads::quiesce();
}
#[pyfunction]
fn after_fork_in_child() {
    device::mark_forked();
    ravine_gpu::in_child();
    threads::after_fork_in_child();
}

/// Calls a Python function in the default floating-point state, where denormal numbers are not flushed to zero.
#[pyfunction]
fn without_flushing(function: &Bound<'_, PyAny>, argument: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    simd::with_float_state(|| Ok(function.call1((argument,))?.unbind()))
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(without_flushing, m)?)?;
    m.add_function(wrap_pyfunction!(is_grad_enabled, m)?)?;
    m.add_function(wrap_pyfunction!(set_grad_enabled, m)?)?;
    m.add_function(wrap_pyfunction!(set_module_path, m)?)?;
    m.add_function(wrap_pyfunction!(gate::set_path_formatter, m)?)?;
    m.add_function(wrap_pyfunction!(submit, m)?)?;
    m.add_function(wrap_pyfunction!(step, m)?)?;
    m.add_function(wrap_pyfunction!(take_back, m)?)?;
    m.add_function(wrap_pyfunction!(if_taken_back, m)?)?;
    m.add_function(wrap_pyfunction!(mature, m)?)?;
    m.add_function(wrap_pyfunction!(synchronize, m)?)?;
    m.add_function(wrap_pyfunction!(is_anomaly_enabled, m)?)?;
    m.add_function(wrap_pyfunction!(set_anomaly_enabled, m)?)?;
    m.add_function(wrap_pyfunction!(stats_table, m)?)?;
    m.add_function(wrap_pyfunction!(reset_peak, m)?)?;
    m.add_function(wrap_pyfunction!(get_num_threads, m)?)?;
    m.add_function(wrap_pyfunction!(set_num_threads, m)?)?;
    m.add_function(wrap_pyfunction!(get_default_dtype, m)?)?;
    m.add_function(wrap_pyfunction!(set_default_dtype, m)?)?;
    m.add_function(wrap_pyfunction!(get_window, m)?)?;
    m.add_function(wrap_pyfunction!(set_window, m)?)?;
    m.add_function(wrap_pyfunction!(simd_level, m)?)?;
    m.add_function(wrap_pyfunction!(manual_seed, m)?)?;
    m.add_function(wrap_pyfunction!(initial_seed, m)?)?;
    m.add_function(wrap_pyfunction!(get_rng_state, m)?)?;
    m.add_function(wrap_pyfunction!(set_rng_state, m)?)?;
    m.add_function(wrap_pyfunction!(set_thread_seed, m)?)?;
    m.add_function(wrap_pyfunction!(inject_fault, m)?)?;
    m.add_function(wrap_pyfunction!(lose_gpu, m)?)?;
    m.add_function(wrap_pyfunction!(set_plain, m)?)?;
    m.add_function(wrap_pyfunction!(before_fork, m)?)?;
    m.add_function(wrap_pyfunction!(after_fork_in_child, m)?)
}
