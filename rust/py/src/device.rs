//! `ravine.device`, and where new tensors are made.

use crate::gate;
use crate::suggest;
use crate::tensor::PyTensor;
use pyo3::exceptions::{PyTypeError, PyUserWarning};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};
use ravine_core::device::{Device, Kind};
use ravine_core::dtype::DType;
use ravine_core::error::{Error, Result};
use ravine_core::mode;
use ravine_core::ops::graph::transfer;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Where a tensor lies: `"cpu"`, `"gpu"`, `"gpu:1"`, or `"meta"` for shapes without values. `"cuda"`, `"mps"` and
/// `"xpu"` mean `"gpu"`.
///
/// As a context manager it is where tensors are made that do not say it.
///
/// >>> ravine.device("cuda") == ravine.device("gpu")
/// True
/// >>> ravine.zeros(2, device="meta").device
/// device(type='meta')
/// >>> with ravine.device("meta"):
/// ...     x = ravine.ones(3)
/// >>> x.is_meta
/// True
#[pyclass(name = "device", module = "ravine", frozen)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PyDevice {
    kind: Kind,
    index: Option<u8>,
}

const KINDS: [(&str, Kind); 6] = [
    ("cpu", Kind::Cpu),
    ("gpu", Kind::Gpu),
    ("meta", Kind::Meta),
    ("cuda", Kind::Gpu),
    ("mps", Kind::Gpu),
    ("xpu", Kind::Gpu),
];

thread_local! {
    /// What the open `with` blocks of this thread go back to.
    static BEFORE: RefCell<Vec<Device>> = const { RefCell::new(Vec::new()) };
}

impl PyDevice {
    pub fn of(device: Device) -> PyDevice {
        let index = (device.kind == Kind::Gpu).then_some(device.index);
        PyDevice {
            kind: device.kind,
            index,
        }
    }

    fn name(self) -> &'static str {
        let known = KINDS.iter().find(|(_, kind)| *kind == self.kind);
        known.expect("every kind has a name").0
    }

    pub fn device(self) -> Device {
        Device {
            kind: self.kind,
            index: self.index.unwrap_or(0),
        }
    }

    fn parse(text: &str) -> Result<PyDevice> {
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, Some(index.parse::<u8>())),
            None => (text, None),
        };
        let kind = KINDS.iter().find(|(known, _)| *known == name);
        match (kind, index) {
            (Some(&(_, kind)), None) => Ok(PyDevice { kind, index: None }),
            (Some(&(_, kind)), Some(Ok(index))) => Ok(PyDevice {
                kind,
                index: Some(index),
            }),
            _ => Err(Error::value("device", unknown(text))),
        }
    }
}

fn unknown(text: &str) -> String {
    let hint = if DType::from_name(text).is_some() {
        format!(" For the dtype pass ravine.{text}.")
    } else {
        let names = KINDS.map(|(name, _)| name);
        suggest::closest(text, &names).map_or(String::new(), |name| format!(" Did you mean '{name}'?"))
    };
    format!(
        "'{text}' is no device.{hint} Devices are 'cpu', 'gpu', 'gpu:1' and 'meta'; 'cuda', 'mps' and 'xpu' mean 'gpu'"
    )
}

/// A device given as our object, a string, a number of a GPU, or another library's object.
pub fn from_python(value: &Bound<'_, PyAny>) -> PyResult<PyDevice> {
    let py = value.py();
    if let Ok(device) = value.cast::<PyDevice>() {
        return Ok(*device.get());
    }
    if let Ok(text) = value.cast::<PyString>() {
        return PyDevice::parse(text.to_str()?).map_err(|e| gate::raise(py, &e));
    }
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        let Ok(index) = value.extract::<u8>() else {
            let text = format!("{value} is no number of a GPU");
            return Err(gate::raise(py, &Error::value("device", text)));
        };
        return Ok(PyDevice {
            kind: Kind::Gpu,
            index: Some(index),
        });
    }
    if value.hasattr("type")? && value.hasattr("index")? {
        return PyDevice::parse(&value.str()?.to_string_lossy()).map_err(|e| gate::raise(py, &e));
    }
    let name = value.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "device: expected a device or a string such as 'cpu', not {name}"
    )))
}

/// A device that is there, for an argument `device=`; `None` for None.
pub fn argument(op: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Option<Device>> {
    if value.is_none() {
        return Ok(None);
    }
    let device = from_python(value)?.device();
    match device.check(op) {
        Ok(device) => warn_of_software(value.py(), device).map(|()| Some(device)),
        Err(_) => {
            let error = Error::no_device(op, &value.str()?.to_string_lossy());
            Err(gate::raise(value.py(), &error))
        }
    }
}

#[pymethods]
impl PyDevice {
    #[new]
    #[pyo3(signature = (r#type = None, index = None))]
    fn new(r#type: Option<&Bound<'_, PyAny>>, index: Option<u8>) -> PyResult<PyDevice> {
        let Some(value) = r#type else {
            return Err(PyTypeError::new_err("device: name a device, as in device('cpu')"));
        };
        let device = from_python(value)?;
        match (device.index, index) {
            (_, None) => Ok(device),
            (None, Some(_)) => Ok(PyDevice { index, ..device }),
            (Some(_), Some(_)) => Err(PyTypeError::new_err(format!(
                "device: {value} names an index already, and index={} is given too",
                index.unwrap_or_default()
            ))),
        }
    }

    /// `"cpu"`, `"gpu"` or `"meta"`.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.name()
    }
    /// Which of several devices of this type; None where none is named.
    #[getter]
    fn index(&self) -> Option<u8> {
        self.index
    }

    fn __str__(&self) -> String {
        match self.index {
            None => self.name().to_string(),
            Some(index) => format!("{}:{index}", self.name()),
        }
    }
    fn __repr__(&self) -> String {
        match self.index {
            None => format!("device(type='{}')", self.name()),
            Some(index) => format!("device(type='{}', index={index})", self.name()),
        }
    }
    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        if let Ok(text) = other.cast::<PyString>() {
            return text
                .to_str()
                .is_ok_and(|text| PyDevice::parse(text).is_ok_and(|d| d == *self));
        }
        other.cast::<PyDevice>().is_ok_and(|d| *d.get() == *self)
    }
    /// That of the string, which is equal.
    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyString::new(py, &self.__str__()).hash()
    }
    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (String,))> {
        Ok((slf.get_type().into_any().unbind(), (slf.get().__str__(),)))
    }

    fn __enter__(slf: Py<Self>, py: Python<'_>) -> PyResult<Py<Self>> {
        let device = slf.get().device();
        device.check("device").map_err(|e| gate::raise(py, &e))?;
        warn_of_software(py, device)?;
        let before = mode::set_device(device);
        BEFORE.with_borrow_mut(|b| b.push(before));
        Ok(slf)
    }
    #[pyo3(signature = (*_args))]
    fn __exit__(&self, _args: &Bound<'_, pyo3::types::PyTuple>) {
        if let Some(before) = BEFORE.with_borrow_mut(Vec::pop) {
            mode::set_device(before);
        }
    }
    /// As a decorator: the function runs as in a `with` block.
    fn __call__(slf: &Bound<'_, Self>, function: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let wrap = py.import("ravine._devices")?.getattr("wrapped")?;
        Ok(wrap.call1((slf, function))?.unbind())
    }
}

/// Where tensors are made that do not say it.
#[pyfunction]
fn get_default_device() -> PyDevice {
    PyDevice::of(mode::device())
}

/// Makes tensors of this thread on `device` where nothing else says it; None stands for the CPU.
///
/// Raises DeviceError for a device that is not there.
#[pyfunction]
fn set_default_device(device: &Bound<'_, PyAny>) -> PyResult<()> {
    let device = argument("set_default_device", device)?.unwrap_or(Device::CPU);
    mode::set_device(device);
    Ok(())
}

/// Name, driver, API, whether it computes on the CPU, features and limits, of each GPU. None is started.
type GpuInfo = (
    String,
    String,
    String,
    bool,
    BTreeMap<&'static str, bool>,
    BTreeMap<&'static str, u64>,
);

#[pyfunction]
fn gpu_infos() -> Vec<GpuInfo> {
    let info = |i: ravine_gpu::Info| {
        let (features, limits) = (i.caps.named().into(), i.caps.named_limits().into());
        (i.name, i.driver, i.api, i.is_software, features, limits)
    };
    ravine_gpu::infos().into_iter().map(info).collect()
}

/// Gives memory of GPUs that is free back to their drivers.
#[pyfunction]
fn gpu_trim() {
    ravine_gpu::trim();
}

/// Says once that a GPU is none: what was asked for is there, and slow.
fn warn_of_software(py: Python<'_>, device: Device) -> PyResult<()> {
    static SAID: AtomicBool = AtomicBool::new(false);
    let allowed = std::env::var("RAVINE_ALLOW_SOFTWARE_GPU").is_ok_and(|v| v.trim() == "1");
    if device.kind != Kind::Gpu || allowed || SAID.load(Relaxed) {
        return Ok(());
    }
    let infos = ravine_gpu::infos();
    let Some(info) = infos.get(device.index as usize).filter(|info| info.is_software) else {
        return Ok(());
    };
    SAID.store(true, Relaxed);
    let text = format!(
        "the only GPU here is {}, a driver that computes on the CPU, more slowly than device='cpu' does. Install your \
         GPU's Vulkan driver, or set RAVINE_ALLOW_SOFTWARE_GPU=1 if this is what you want",
        info.name
    );
    let text = CString::new(text).unwrap_or_default();
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, 2)
}

/// The tensor on a device.
#[pyfunction]
fn transfer_to(t: &Bound<'_, PyTensor>, device: &Bound<'_, PyAny>) -> PyResult<Py<PyTensor>> {
    let py = t.py();
    let Some(device) = argument("to", device)? else {
        return Ok(t.clone().unbind());
    };
    let value = t.get().value(py)?;
    if value.device() == device {
        return Ok(t.clone().unbind());
    }
    PyTensor::new_object(py, gate::enter(py, || transfer::to(&value, device))?)
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyDevice>()?;
    m.add_function(wrap_pyfunction!(get_default_device, m)?)?;
    m.add_function(wrap_pyfunction!(set_default_device, m)?)?;
    m.add_function(wrap_pyfunction!(gpu_infos, m)?)?;
    m.add_function(wrap_pyfunction!(gpu_trim, m)?)?;
    m.add_function(wrap_pyfunction!(transfer_to, m)?)
}
