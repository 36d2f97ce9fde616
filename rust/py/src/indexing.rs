//! Python's index expressions.

use crate::convert::{arg, tensor_from};
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyEllipsis, PySlice, PyTuple};
use ravine_core::cell::{self, Cell};
use ravine_core::device::Device;
use ravine_core::dtype::{Category, DType, Scalar};
use ravine_core::error::Result;
use ravine_core::graph::{Arg, Tensor};
use ravine_core::mode;
use ravine_core::ops::graph::transfer;
use ravine_core::ops::index::syntax;
use ravine_core::ops::index::syntax::Item;
use std::sync::Arc;

/// `cell[key]`: a view where the key is basic.
pub fn get(of: &Arc<Cell>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyTensor>> {
    let py = key.py();
    let items = items(key)?;
    let t = gate::enter(py, || of.value())?;
    cell::watch();
    let got = gate::enter(py, || mode::on(t.device(), || syntax::get(&t, &items)));
    drop(t);
    let cells = gate::enter(py, || {
        cell::wrap(got.as_ref().ok().cloned(), std::slice::from_ref(of))
    });
    got?;
    let mut cells = cells?;
    PyTensor::wrap(py, cells.swap_remove(0))
}

/// `cell[key] = value`.
pub fn set(of: &Arc<Cell>, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = key.py();
    let items = items(key)?;
    let from_numbers = value.cast::<PyTensor>().is_err();
    let value = match arg(value)? {
        Some(value) => value,
        None => Arg::Tensor(assigned(value, of.dtype())?),
    };
    let t = gate::enter(py, || of.value())?;
    let device = t.device();
    // Numbers follow the tensor.
    let value = match value {
        Arg::Tensor(v) if v.device().is_cpu() && (v.rank() == 0 || from_numbers) => {
            Arg::Tensor(gate::enter(py, || transfer::to(&v, device))?)
        }
        other => other,
    };
    if items.iter().any(|i| matches!(i, Item::Tensor(_))) {
        return gate::enter(py, || {
            let new = mode::on(device, || syntax::set(&t, &items, &value))?;
            drop(t);
            of.assign("index_put", &new)
        });
    }
    // A basic region: write through a view of it.
    cell::watch();
    let region = gate::enter(py, || mode::on(device, || syntax::get(&t, &items)));
    drop(t);
    let views = gate::enter(py, || {
        cell::wrap(region.as_ref().ok().cloned(), std::slice::from_ref(of))
    });
    drop(region?);
    let view = views?.pop().expect("one result");
    gate::enter(py, || match &value {
        Arg::Tensor(v) => view.assign("assignment", &without_lead(v, view.shape().len())?),
        Arg::Scalar(s) => {
            let number = s.fit("assignment", of.dtype())?;
            let filled = mode::on(device, || ravine_core::ops::create::full(&[], number, of.dtype()))?;
            view.assign("assignment", &filled)
        }
    })
}

/// Numbers that a tensor of `dtype` takes in: integers must be values of it.
fn assigned(value: &Bound<'_, PyAny>, dtype: DType) -> PyResult<Tensor> {
    let natural = tensor_from(value, None)?;
    let integers = [natural.dtype(), dtype]
        .iter()
        .all(|d| d.category() == Category::Integer);
    if integers {
        tensor_from(value, Some(dtype))
    } else {
        Ok(natural)
    }
}

/// Assignment ignores leading extents of 1 that the region does not have, as NumPy does.
fn without_lead(v: &Tensor, rank: usize) -> Result<Tensor> {
    let mut shape = v.shape().clone();
    while shape.len() > rank && shape[0] == 1 {
        shape.remove(0);
    }
    ravine_core::ops::shape::view::reshape(v, &shape)
}

/// The parts of an index expression.
fn items(key: &Bound<'_, PyAny>) -> PyResult<Vec<Item>> {
    match key.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().map(|k| item(&k)).collect(),
        Err(_) => Ok(vec![item(key)?]),
    }
}

fn item(key: &Bound<'_, PyAny>) -> PyResult<Item> {
    let py = key.py();
    if let Ok(slice) = key.cast::<PySlice>() {
        let part = |name: &str| -> PyResult<Option<i64>> {
            let v = slice.getattr(name)?;
            if v.is_none() {
                return Ok(None);
            }
            if let Ok(t) = v.cast::<PyTensor>() {
                return match t.get().scalar(py)? {
                    Scalar::I64(i) => Ok(Some(i)),
                    _ => Err(PyTypeError::new_err(format!(
                        "index: {name} of a slice is a tensor of dtype {}; it must hold an integer",
                        t.get().cell.dtype()
                    ))),
                };
            }
            if !v.hasattr("__index__")? {
                let text = format!(
                    "index: the {name} of a slice is an int or None, not {}",
                    v.get_type().name()?
                );
                return Err(PyTypeError::new_err(text));
            }
            v.call_method0("__index__")?.extract().map(Some)
        };
        return Ok(Item::Slice {
            start: part("start")?,
            stop: part("stop")?,
            step: part("step")?.unwrap_or(1),
        });
    }
    if key.is_none() {
        return Ok(Item::NewAxis);
    }
    if key.is_instance_of::<PyEllipsis>() {
        return Ok(Item::Ellipsis);
    }
    if let Ok(t) = key.cast::<PyTensor>() {
        return Ok(Item::Tensor(t.get().value(py)?));
    }
    match crate::convert::scalar(key)? {
        Some(Scalar::I64(i)) => return Ok(Item::Int(i)),
        Some(Scalar::Bool(b)) => {
            let made = || ravine_core::ops::create::full(&[], b, DType::Bool);
            let t = gate::enter(py, || mode::on(Device::CPU, made))?;
            return Ok(Item::Tensor(t));
        }
        Some(Scalar::Beyond(i)) => {
            return Err(PyIndexError::new_err(format!("index: index {i} is out of range")));
        }
        Some(Scalar::F64(_)) => {
            return Err(PyTypeError::new_err(
                "index: indices must be integers, slices, None, ... or tensors, not float",
            ));
        }
        None => {}
    }
    tensor_from(key, None).map(Item::Tensor).map_err(|_| {
        let name = key
            .get_type()
            .name()
            .map_or_else(|_| "this".to_string(), |n| n.to_string());
        PyTypeError::new_err(format!("index: cannot index with {name}"))
    })
}
