//! `ravine.Tensor`: a handle on a cell. Arithmetic operators record ops here; everything else that is a function of
//! tensors is attached from the registry.

use crate::buffer::{self, Memory};
use crate::collect;
use crate::convert::{arg, tensor_from};
use crate::device::PyDevice;
use crate::dlpack;
use crate::dtype::{self, PyDType};
use crate::elements::{self, element, nested, to_python};
use crate::gate;
use crate::indexing;
use crate::operand::assigned;
use crate::operators::{
    Binary, add, bitwise_and, bitwise_left_shift, bitwise_or, bitwise_right_shift, bitwise_xor, div, eq,
    floor_divide, ge, gt, le, lt, mul, ne, pow, remainder, sub,
};
use crate::size;
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyTuple, PyType};
use ravine_core::array::Array;
use ravine_core::cell::Cell;
use ravine_core::cpu::simd;
use ravine_core::dtype::{DType, Scalar, default_float};
use ravine_core::error::{Error, Kind};
use ravine_core::graph::{Arg, Tensor};
use ravine_core::ops::elementwise::arithmetic;
use ravine_core::ops::elementwise::bitwise;
use ravine_core::ops::graph::{cast, transfer};
use ravine_core::stream;
use std::ffi::c_int;
use std::sync::{Arc, Mutex, MutexGuard};

/// An n-dimensional array of one dtype that can be differentiated.
#[pyclass(name = "Tensor", module = "ravine", subclass, weakref, frozen)]
pub struct PyTensor {
    pub cell: Arc<Cell>,
    /// The Python object of `.grad`, so that `t.grad is t.grad`.
    grad: Mutex<Option<Py<PyTensor>>>,
}

impl PyTensor {
    pub fn of(cell: Arc<Cell>) -> PyTensor {
        PyTensor {
            cell,
            grad: Mutex::new(None),
        }
    }
    pub fn wrap(py: Python<'_>, cell: Arc<Cell>) -> PyResult<Py<PyTensor>> {
        Py::new(py, PyTensor::of(cell))
    }
    pub fn new_object(py: Python<'_>, t: Tensor) -> PyResult<Py<PyTensor>> {
        PyTensor::wrap(py, Cell::new(t))
    }
    /// No Python code runs under this lock: the collector takes it too.
    fn grad_object(&self) -> MutexGuard<'_, Option<Py<PyTensor>>> {
        self.grad.lock().unwrap_or_else(|e| e.into_inner())
    }
    pub fn value(&self, py: Python<'_>) -> PyResult<Tensor> {
        self.cell.value().map_err(|e| gate::raise(py, &e))
    }
    /// The evaluated data.
    pub fn array(&self, py: Python<'_>, op: &'static str) -> PyResult<Array> {
        gate::enter(py, || {
            let t = self.cell.value()?;
            // A failed write falls back to the old value and raises once.
            stream::look(op, &t).inspect_err(|_| {
                let _ = self.cell.value();
            })
        })
    }
    /// The one element.
    pub fn scalar(&self, py: Python<'_>) -> PyResult<Scalar> {
        let n: usize = self.cell.shape().iter().product();
        if n != 1 {
            let text = format!(
                "a tensor of shape {} has {n} elements; item() needs exactly one. Use .tolist(), or reduce it first",
                ravine_core::shape::show(&self.cell.shape())
            );
            return Err(gate::raise(py, &Error::value("item", text)));
        }
        let array = self.array(py, "item")?;
        gate::enter(py, || Ok(element(&array, 0)))
    }
}

#[pymethods]
impl PyTensor {
    /// A new leaf handle on the value of `data`: how subclasses such as `Parameter` are made. Of the class itself,
    /// PyTorch's old constructor: zeros of a size, or data as float32.
    #[new]
    #[classmethod]
    #[pyo3(signature = (data = None, requires_grad = None, *sizes))]
    fn new(
        class: &Bound<'_, PyType>,
        data: Option<&Bound<'_, PyAny>>,
        requires_grad: Option<&Bound<'_, PyAny>>,
        sizes: &Bound<'_, PyTuple>,
    ) -> PyResult<PyTensor> {
        let py = class.py();
        if class.is(py.get_type::<PyTensor>())
            && let Some(size) = size::given(py, data, requires_grad, sizes)?
        {
            let zeros = py.import("ravine")?.getattr("zeros")?.call1((size,))?;
            return Ok(PyTensor::of(zeros.cast::<PyTensor>()?.get().cell.clone()));
        }
        let flag = requires_grad.is_none_or(|on| on.is_instance_of::<PyBool>());
        let (Some(data), true, true) = (data, flag, sizes.is_empty()) else {
            let text = "the arguments are data, or the integers of a size. Use ravine.tensor(data, dtype=..., \
                        requires_grad=...) for more";
            return Err(gate::raise(py, &Error::new(Kind::DType, "Tensor", text)));
        };
        let plain = class.is(py.get_type::<PyTensor>()) && !data.is_instance_of::<PyTensor>();
        let t = tensor_from(data, plain.then(default_float))?;
        let cell = Cell::new(t);
        if requires_grad.is_some_and(|on| on.is_truthy().unwrap_or(false)) {
            gate::enter(py, || cell.set_requires_grad(true))?;
        }
        Ok(PyTensor::of(cell))
    }

    // Cycles -------------------------------------------------------------------------------------------------------
    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&*self.grad_object())?;
        collect::traverse(self, &visit)
    }
    fn __clear__(&self) {
        let grad = self.grad_object().take();
        drop(grad);
        collect::clear(self);
    }

    // Arithmetic ---------------------------------------------------------------------------------------------------
    fn __add__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, add, false)
    }
    fn __radd__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, add, true)
    }
    fn __sub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, sub, false)
    }
    fn __rsub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, sub, true)
    }
    fn __mul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, mul, false)
    }
    fn __rmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, mul, true)
    }
    fn __truediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, div, false)
    }
    fn __rtruediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate_as("reciprocal", other, div, true)
    }
    fn __floordiv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, floor_divide, false)
    }
    fn __rfloordiv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, floor_divide, true)
    }
    fn __mod__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, remainder, false)
    }
    fn __rmod__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, remainder, true)
    }
    fn __pow__(&self, other: &Bound<'_, PyAny>, _modulus: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.operate_as("pow", other, pow, false)
    }
    fn __rpow__(&self, other: &Bound<'_, PyAny>, _modulus: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.operate_as("pow", other, pow, true)
    }
    fn __matmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.matrix_product(other, false)
    }
    fn __rmatmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.matrix_product(other, true)
    }
    fn __and__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_and, false)
    }
    fn __rand__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_and, true)
    }
    fn __or__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_or, false)
    }
    fn __ror__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_or, true)
    }
    fn __xor__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_xor, false)
    }
    fn __rxor__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_xor, true)
    }
    fn __lshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_left_shift, false)
    }
    fn __rlshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_left_shift, true)
    }
    fn __rshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_right_shift, false)
    }
    fn __rrshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(other, bitwise_right_shift, true)
    }
    fn __invert__(&self, py: Python<'_>) -> PyResult<Py<PyTensor>> {
        let t = self.value(py)?;
        PyTensor::new_object(py, gate::enter(py, || bitwise::bitwise_not(&t))?)
    }
    fn __neg__(&self, py: Python<'_>) -> PyResult<Py<PyTensor>> {
        let t = self.value(py)?;
        PyTensor::new_object(py, gate::enter(py, || arithmetic::neg(&t))?)
    }
    fn __pos__(slf: Py<Self>) -> Py<Self> {
        slf
    }
    fn __abs__(&self, py: Python<'_>) -> PyResult<Py<PyTensor>> {
        let t = self.value(py)?;
        PyTensor::new_object(py, gate::enter(py, || arithmetic::abs(&t))?)
    }
    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let f: Binary = match op {
            CompareOp::Eq => eq,
            CompareOp::Ne => ne,
            CompareOp::Lt => lt,
            CompareOp::Le => le,
            CompareOp::Gt => gt,
            CompareOp::Ge => ge,
        };
        // Whatever is no operand is not equal: `None in [tensor]` and the like go on asking.
        if matches!(op, CompareOp::Eq | CompareOp::Ne)
            && !other.hasattr("__array__")?
            && arg(other)?.is_none()
        {
            return Ok(other.py().NotImplemented());
        }
        self.operate(other, f, false)
    }
    fn __hash__(slf: &Bound<'_, Self>) -> isize {
        // Identity, as in PyTorch: `==` compares elements.
        slf.as_ptr() as isize >> 4
    }
    fn __iadd__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "add_", add)
    }
    fn __isub__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "sub_", sub)
    }
    fn __imul__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "mul_", mul)
    }
    fn __itruediv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "div_", div)
    }
    fn __ifloordiv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "floor_divide_", floor_divide)
    }
    fn __imod__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "remainder_", remainder)
    }
    fn __ipow__(
        slf: &Bound<'_, Self>,
        other: &Bound<'_, PyAny>,
        _modulus: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        Self::write(slf, other, "pow_", pow)
    }
    fn __iand__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "bitwise_and_", bitwise_and)
    }
    fn __ior__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "bitwise_or_", bitwise_or)
    }
    fn __ixor__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "bitwise_xor_", bitwise_xor)
    }
    fn __ilshift__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "bitwise_left_shift_", bitwise_left_shift)
    }
    fn __irshift__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::write(slf, other, "bitwise_right_shift_", bitwise_right_shift)
    }

    // Looking ------------------------------------------------------------------------------------------------------
    /// The one element as a Python number.
    fn item(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        to_python(py, self.scalar(py)?)
    }
    /// Nested lists of Python numbers.
    fn tolist(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let array = self.array(py, "tolist")?;
        simd::with_float_state(|| nested(py, &array, 0, &mut 0))
    }
    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        let n: usize = self.cell.shape().iter().product();
        if n != 1 {
            let text =
                format!("the truth value of a tensor with {n} elements is ambiguous. Use .any() or .all()");
            return Err(gate::raise(py, &Error::value("bool", text)));
        }
        let one = self.scalar(py)?;
        Ok(simd::with_float_state(|| one.as_bool()))
    }
    fn __float__(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.scalar(py)?.as_f64())
    }
    fn __int__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        // Python's own conversion: exact of large floats, an error of infinities and NaN.
        let number = to_python(py, self.scalar(py)?)?;
        Ok(py.get_type::<PyInt>().call1((number,))?.unbind())
    }
    fn __index__(&self, py: Python<'_>) -> PyResult<i64> {
        if self.cell.dtype().is_float() || !self.cell.shape().is_empty() {
            return Err(PyTypeError::new_err(
                "only integer tensors with no dimension can be used as an index",
            ));
        }
        Ok(self.scalar(py)?.as_i64())
    }
    fn __len__(&self) -> PyResult<usize> {
        self.cell.shape().first().copied().ok_or_else(|| {
            PyTypeError::new_err("len() of a tensor with no dimension. Its one number is .item()")
        })
    }
    /// The evaluated memory, read-only, for the buffer protocol.
    fn _memory(&self, py: Python<'_>) -> PyResult<Memory> {
        Ok(Memory {
            array: self.array(py, "numpy")?,
        })
    }
    /// The evaluated memory for `memoryview`, `bytes` and their like, read-only.
    ///
    /// # Safety
    /// Called by Python with a Py_buffer to fill.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let py = slf.py();
        let t = slf.get();
        let refuse = |text: &'static str| Err(PyBufferError::new_err(text));
        if gate::enter(py, || t.cell.requires_grad())? {
            return refuse("the tensor requires a gradient, which a buffer would lose. Use .detach()");
        }
        if t.cell.dtype() == DType::BF16 {
            return refuse("buffers have no bfloat16. Use .float()");
        }
        let array = t.array(py, "buffer")?;
        // SAFETY: as Python says; `__releasebuffer__` follows.
        unsafe { buffer::fill(slf.into_any(), array, view, flags) }
    }
    /// # Safety
    /// Called by Python with a Py_buffer that `__getbuffer__` filled.
    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: as Python says.
        unsafe { buffer::release(view) }
    }
    /// The memory as a DLPack capsule. Consumers that ask for version 1.0 and name `copy` read the tensor's own memory,
    /// flagged read-only; others get a copy, since they may write into it.
    #[pyo3(signature = (*, stream = None, max_version = None, dl_device = None, **options))]
    fn __dlpack__(
        &self,
        py: Python<'_>,
        stream: Option<&Bound<'_, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(i32, i32)>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        dlpack::export(self, py, stream, max_version, dl_device, options)
    }
    /// `(1, 0)`: the CPU.
    fn __dlpack_device__(&self) -> (i32, i32) {
        (1, 0)
    }
    /// A row-major copy of the elements as Python numbers, for printing.
    fn _elements(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        let array = self.array(py, "repr")?;
        let items = (0..array.numel()).map(|i| to_python(py, element(&array, i)));
        Ok(simd::with_float_state(|| elements::list(py, items))?.unbind())
    }

    // Indexing -----------------------------------------------------------------------------------------------------
    fn __getitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<Py<PyTensor>> {
        indexing::get(&self.cell, key)
    }
    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        indexing::set(&self.cell, key, value)
    }

    // Facts --------------------------------------------------------------------------------------------------------
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        size::object(py, &self.cell.shape())
    }
    #[getter]
    fn ndim(&self) -> usize {
        self.cell.shape().len()
    }
    /// Number of elements.
    fn numel(&self) -> usize {
        self.cell.shape().iter().product()
    }
    #[getter]
    fn dtype(&self, py: Python<'_>) -> Py<PyDType> {
        dtype::object(py, self.cell.dtype())
    }
    /// Where the values are.
    #[getter]
    fn device(&self) -> PyDevice {
        PyDevice::of(self.cell.device())
    }
    #[getter]
    fn requires_grad(&self, py: Python<'_>) -> PyResult<bool> {
        gate::enter(py, || self.cell.requires_grad())
    }
    #[setter]
    fn set_requires_grad(&self, on: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = on.py();
        let Ok(on) = on.extract::<bool>() else {
            let text = format!("requires_grad is True or False, not {}", on.get_type().name()?);
            return Err(gate::raise(py, &Error::new(Kind::DType, "", text)));
        };
        gate::enter(py, || self.cell.set_requires_grad(on))
    }
    #[getter]
    fn is_leaf(&self, py: Python<'_>) -> PyResult<bool> {
        gate::enter(py, || self.cell.is_leaf())
    }
    /// Whether writes go through to another tensor.
    #[getter]
    fn _is_view(&self) -> bool {
        self.cell.is_view()
    }
    #[getter]
    fn _retains_grad(&self) -> bool {
        self.cell.retains_grad()
    }
    /// Name of the op that made the current value.
    #[getter]
    fn _op(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.value(py)?.node().op.name)
    }
    #[getter]
    fn _is_pending(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.value(py)?.edge().array().is_none())
    }
    /// Address of the evaluated memory (tests assert donation by it).
    fn data_ptr(&self, py: Python<'_>) -> PyResult<usize> {
        let t = self.value(py)?;
        Ok(gate::enter(py, || stream::settle("data_ptr", &t))?.ptr() as usize)
    }

    // Autograd -----------------------------------------------------------------------------------------------------
    #[getter]
    fn grad(&self, py: Python<'_>) -> PyResult<Option<Py<PyTensor>>> {
        let Some(cell) = self.cell.grad() else {
            return Ok(None);
        };
        if let Some(object) = &*self.grad_object()
            && Arc::ptr_eq(&object.get().cell, &cell)
        {
            return Ok(Some(object.clone_ref(py)));
        }
        let object = PyTensor::wrap(py, cell)?;
        let before = self.grad_object().replace(object.clone_ref(py));
        drop(before);
        Ok(Some(object))
    }
    #[setter]
    fn set_grad(&self, grad: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = grad.py();
        let grad = match grad.is_none() {
            true => None,
            false => Some(assigned("grad", grad, " or None")?.clone()),
        };
        if let Some(g) = &grad {
            let g = &g.get().cell;
            if g.device() != self.cell.device() {
                let text = format!(
                    "a gradient on '{}' does not belong to a tensor on '{}'. Move it with .to('{}')",
                    g.device(),
                    self.cell.device(),
                    self.cell.device()
                );
                return Err(gate::raise(py, &Error::new(Kind::Device, "grad", text)));
            }
            if g.shape() != self.cell.shape() || g.dtype() != self.cell.dtype() {
                let text = format!(
                    "a gradient of shape {} and dtype {} does not belong to a tensor of shape {} and dtype {}",
                    ravine_core::shape::show(&g.shape()),
                    g.dtype(),
                    ravine_core::shape::show(&self.cell.shape()),
                    self.cell.dtype()
                );
                return Err(gate::raise(py, &Error::shape("grad", text)));
            }
        }
        self.cell.give_grad(grad.as_ref().map(|g| g.get().cell.clone()));
        let before = std::mem::replace(&mut *self.grad_object(), grad.map(Bound::unbind));
        drop(before);
        Ok(())
    }
    /// A view of the same memory that is constant to autograd.
    fn detach(&self, py: Python<'_>) -> PyResult<Py<PyTensor>> {
        PyTensor::wrap(py, gate::enter(py, || self.cell.detached())?)
    }
    #[getter]
    fn data(&self, py: Python<'_>) -> PyResult<Py<PyTensor>> {
        self.detach(py)
    }
    #[setter]
    fn set_data(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let value = assigned("data", value, "")?;
        let new = value.get().value(py)?;
        gate::enter(py, || self.cell.set_data(&new))
    }
    /// Keeps `.grad` of a tensor that is not a leaf.
    fn retain_grad(&self, py: Python<'_>) -> PyResult<()> {
        gate::enter(py, || self.cell.retain_grad())
    }
    /// Writes another tensor's elements, broadcast and converted, into this one.
    fn copy_(slf: Bound<'_, Self>, source: &Bound<'_, PyAny>) -> PyResult<Py<PyTensor>> {
        let py = slf.py();
        let new = match arg(source)? {
            Some(Arg::Tensor(t)) => t,
            _ => tensor_from(source, Some(slf.get().cell.dtype()))?,
        };
        gate::enter(py, || {
            let cell = &slf.get().cell;
            let new = transfer::to(&cast::cast(&new, cell.dtype())?, cell.device())?;
            cell.assign("copy_", &new)
        })?;
        Ok(slf.unbind())
    }
}
