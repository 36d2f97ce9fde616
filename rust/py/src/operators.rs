//! What Python's operators record.

use crate::autocast;
use crate::gate;
use crate::operand::{not_an_operand, operand};
use crate::tensor::PyTensor;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use ravine_core::cell::Cell;
use ravine_core::dtype::{DType, Scalar};
use ravine_core::error::{Error, Kind, Result};
use ravine_core::graph::{Arg, Tensor};
use ravine_core::mode;
use ravine_core::ops::elementwise::{arithmetic, bitwise, compare};
use ravine_core::ops::linalg::matmul::matmul;

pub type Binary = fn(Arg, Arg) -> Result<Tensor>;

impl PyTensor {
    /// As `operate`, for an operator that autocast has a policy for, as that of the function `name`.
    pub fn operate_as(
        &self,
        name: &str,
        other: &Bound<'_, PyAny>,
        f: Binary,
        reflected: bool,
    ) -> PyResult<Py<PyAny>> {
        if !autocast::is_on() {
            return self.operate(other, f, reflected);
        }
        let py = other.py();
        let own = self.value(py)?;
        let [own] = gate::enter(py, || autocast::operands(name, [(&own, &self.cell)]))?;
        PyTensor::of(Cell::new(own)).operate(other, f, reflected)
    }

    /// `self op other`, or `other op self`.
    pub fn operate(&self, other: &Bound<'_, PyAny>, f: Binary, reflected: bool) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let own = self.value(py)?;
        let device = own.device();
        let Some(other) = operand(other, device)? else {
            return not_an_operand(other);
        };
        let own = Arg::Tensor(own);
        let result = gate::enter(py, || {
            mode::on(device, || if reflected { f(other, own) } else { f(own, other) })
        })?;
        Ok(PyTensor::new_object(py, result)?.into_any())
    }

    /// `self @ other`, or `other @ self`.
    pub fn matrix_product(&self, other: &Bound<'_, PyAny>, reflected: bool) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let own = self.value(py)?;
        let value = match operand(other, own.device())? {
            Some(Arg::Tensor(value)) => value,
            Some(Arg::Scalar(_)) => {
                let text = "an operand of @ is a number. For the product with a number use *";
                return Err(gate::raise(py, &Error::new(Kind::DType, "matmul", text)));
            }
            None => return not_an_operand(other),
        };
        let given = other.cast::<PyTensor>().map(|t| t.get().cell.clone());
        let cell = given.unwrap_or_else(|_| Cell::new(value.clone()));
        let product = gate::enter(py, || {
            let [own, value] = autocast::operands("matmul", [(&own, &self.cell), (&value, &cell)])?;
            if reflected {
                matmul(&value, &own)
            } else {
                matmul(&own, &value)
            }
        })?;
        Ok(PyTensor::new_object(py, product)?.into_any())
    }

    pub fn write(
        slf: &Bound<'_, Self>,
        other: &Bound<'_, PyAny>,
        op: &'static str,
        f: Binary,
    ) -> PyResult<()> {
        let py = slf.py();
        let own = slf.get().value(py)?;
        let Some(other) = operand(other, own.device())? else {
            not_an_operand(other)?;
            return Err(PyTypeError::new_err(format!(
                "{op}: cannot use {} as an operand",
                other.get_type().name()?
            )));
        };
        let cell = &slf.get().cell;
        gate::enter(py, || {
            let result = f(Arg::Tensor(own), other)?;
            cell.assign(op, &result)
        })
    }
}

macro_rules! functions {
    ($($name:ident = $path:path),+ $(,)?) => { $(pub fn $name(a: Arg, b: Arg) -> Result<Tensor> { $path(a, b) })+ };
}
functions! {
    add = arithmetic::add, sub = arithmetic::sub, mul = arithmetic::mul, div = arithmetic::div, pow = power, floor_divide = arithmetic::floor_divide,
    remainder = arithmetic::remainder, eq = compare::eq, ne = compare::ne, lt = compare::lt, le = compare::le, gt = compare::gt,
    ge = compare::ge, bitwise_and = bitwise::bitwise_and, bitwise_or = bitwise::bitwise_or,
    bitwise_xor = bitwise::bitwise_xor, bitwise_left_shift = bitwise::bitwise_left_shift,
    bitwise_right_shift = bitwise::bitwise_right_shift,
}

/// Small constant exponents have shorter forms with the same value, chosen once, at the call.
fn power(a: Arg, b: Arg) -> Result<Tensor> {
    if let (Arg::Tensor(x), Arg::Scalar(e)) = (&a, &b) {
        let float = x.dtype().is_float();
        match e.as_f64() {
            1.0 if float => return ravine_core::ops::graph::identity::alias(x),
            2.0 if float || (x.dtype() != DType::Bool && matches!(e, Scalar::I64(_))) => {
                return arithmetic::mul(x, x);
            }
            0.5 if float => return arithmetic::sqrt(x),
            _ => {}
        }
    }
    arithmetic::pow(a, b)
}
