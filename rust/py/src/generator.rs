//! `ravine.Generator`: random numbers with a state of their own.

use crate::device::{self, PyDevice};
use crate::gate;
use crate::settings::seed_bits;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use ravine_core::device::Device;
use ravine_core::error::{Error, Kind};
use ravine_core::random::{self, Shared, State};

/// The seed of a new generator.
const FIRST_SEED: u64 = 67280421310721;

/// A source of random numbers of its own: what is drawn with `generator=` follows from its seed and from what was drawn
/// from it before. Any one serves every device, on which it gives the same numbers.
///
/// >>> generator = ravine.Generator().manual_seed(3)
/// >>> a = ravine.rand(4, generator=generator)
/// >>> b = ravine.rand(4, generator=generator.manual_seed(3))
/// >>> ravine.equal(a, b)
/// True
#[pyclass(name = "Generator", module = "ravine", frozen, weakref)]
pub struct PyGenerator {
    /// `None` for the global generator.
    own: Option<Shared>,
    device: Device,
}

impl PyGenerator {
    /// Of a call that may be given one.
    pub fn argument(function: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyGenerator>>> {
        if value.is_none() {
            return Ok(None);
        }
        let generator = value.cast::<PyGenerator>().map_err(|_| {
            let kind = value.get_type().name().map_or_else(|_| "this".to_string(), |n| n.to_string());
            let text = format!(
                "argument 'generator' must be a ravine.Generator, not {kind}. Use ravine.Generator().manual_seed(...)"
            );
            gate::raise(value.py(), &Error::new(Kind::DType, function, text))
        })?;
        Ok(Some(generator.clone().unbind()))
    }

    /// What `f` draws comes from this generator.
    pub fn drawn<R>(&self, f: impl FnOnce() -> R) -> R {
        match &self.own {
            Some(own) => random::drawn_from(own, f),
            None => f(),
        }
    }

    fn state(&self) -> State {
        self.drawn(random::state)
    }
}

#[pymethods]
impl PyGenerator {
    #[new]
    #[pyo3(signature = (device = None))]
    fn new(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyGenerator> {
        let device = device.map_or(Ok(None), |d| device::argument("Generator", d))?;
        Ok(PyGenerator {
            own: Some(random::shared(State::new(FIRST_SEED))),
            device: device.unwrap_or(Device::CPU),
        })
    }
    /// Starts anew from a seed, and returns the generator.
    fn manual_seed<'py>(slf: Bound<'py, Self>, seed: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let seed = seed_bits(seed)?;
        slf.get().drawn(|| random::manual_seed(seed));
        Ok(slf)
    }
    /// Starts anew from a seed by the system, and returns that.
    fn seed(&self) -> u64 {
        let seed = random::fresh_seed();
        self.drawn(|| random::manual_seed(seed));
        seed
    }
    /// The seed that it started from.
    fn initial_seed(&self) -> u64 {
        self.state().seed
    }
    /// `(seed, counter)`: all later numbers are a function of it.
    fn get_state(&self) -> (u64, u64) {
        let state = self.state();
        (state.seed, state.counter)
    }
    /// Continues from a state of `get_state`, and returns the generator.
    fn set_state<'py>(slf: Bound<'py, Self>, new_state: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let Ok((seed, counter)) = new_state.extract::<(u64, u64)>() else {
            let text = "the state is what get_state() returned, a pair (seed, counter). To start from a seed use manual_seed";
            return Err(gate::raise(
                new_state.py(),
                &Error::new(Kind::DType, "set_state", text),
            ));
        };
        slf.get().drawn(|| random::set_state(State { seed, counter }));
        Ok(slf)
    }
    /// Another generator that goes on from here.
    fn clone_state(&self) -> PyGenerator {
        PyGenerator {
            own: Some(random::shared(self.state())),
            device: self.device,
        }
    }
    /// What it was made for.
    #[getter]
    fn device(&self) -> PyDevice {
        PyDevice::of(self.device)
    }
    fn __repr__(&self) -> String {
        let name = if self.own.is_some() {
            "Generator"
        } else {
            "default_generator"
        };
        format!("<ravine.{name} of seed {}>", self.state().seed)
    }
    /// Pickled, and copied, with its state.
    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (Py<PyAny>, (u64, u64)))> {
        let py = slf.py();
        let rebuild = py.import("ravine._core")?.getattr("rebuild_generator")?;
        let device = slf.getattr("device")?;
        Ok((
            rebuild.unbind(),
            (device.str()?.into_any().unbind(), slf.get().get_state()),
        ))
    }
}

/// A generator from its pickled parts.
#[pyfunction]
fn rebuild_generator<'py>(
    py: Python<'py>,
    device: &Bound<'py, PyAny>,
    state: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyGenerator>> {
    PyGenerator::set_state(Bound::new(py, PyGenerator::new(Some(device))?)?, state)
}

/// Calls a function whose random numbers come from a generator, or from where they come anyway (None).
#[pyfunction]
#[pyo3(signature = (generator, function, *args))]
fn drawn_from(
    generator: &Bound<'_, PyAny>,
    function: &Bound<'_, PyAny>,
    args: &Bound<'_, PyTuple>,
) -> PyResult<Py<PyAny>> {
    let call = || function.call1(args.clone()).map(Bound::unbind);
    match PyGenerator::argument("", generator)? {
        Some(generator) => generator.get().drawn(call),
        None => call(),
    }
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyGenerator>()?;
    let global = PyGenerator {
        own: None,
        device: Device::CPU,
    };
    m.add("default_generator", global)?;
    m.add_function(wrap_pyfunction!(rebuild_generator, m)?)?;
    m.add_function(wrap_pyfunction!(drawn_from, m)?)
}
