//! Python values to the core's terms.

use crate::buffer;
use crate::dtype::{PyDType, from_python};
use crate::elements::{self, element};
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyRange, PySequence, PyString, PyTuple};
use ravine_core::array::Array;
use ravine_core::cell::Cell;
use ravine_core::dtype::{Category, DType, Scalar, default_dtype, default_float};
use ravine_core::error::{Error, Result};
use ravine_core::function::Value;
use ravine_core::graph::{Arg, Tensor};
use ravine_core::ops::graph::cast;
use ravine_core::ops::graph::identity::LEAF;
use ravine_core::reserve;
use ravine_core::shape;
use ravine_core::stream::constant;
use std::sync::Arc;

/// A Python number; bool before int, since it is one.
pub fn scalar(value: &Bound<'_, PyAny>) -> PyResult<Option<Scalar>> {
    if value.is_instance_of::<PyFloat>() {
        return Ok(Some(Scalar::F64(value.extract()?)));
    }
    if value.is_instance_of::<PyBool>() {
        return Ok(Some(Scalar::Bool(value.is_truthy()?)));
    }
    if value.is_instance_of::<PyInt>() {
        return integer(value).map(Some);
    }
    // NumPy's scalars: numbers with a dtype and no dimension.
    if value.hasattr("dtype")? && !value.is_instance_of::<PyTensor>() && !value.hasattr("__len__")? {
        if let Ok(i) = value.call_method0("__index__") {
            return integer(&i).map(Some);
        }
        if value
            .getattr("dtype")?
            .getattr("kind")
            .is_ok_and(|k| k.eq("b").unwrap_or(false))
        {
            return Ok(Some(Scalar::Bool(value.is_truthy()?)));
        }
        if let Ok(x) = value.call_method0("__float__") {
            return Ok(Some(Scalar::F64(x.extract()?)));
        }
    }
    Ok(None)
}

fn integer(value: &Bound<'_, PyAny>) -> PyResult<Scalar> {
    match value.extract::<i64>() {
        Ok(i) => Ok(Scalar::I64(i)),
        Err(_) => Ok(Scalar::Beyond(value.extract()?)),
    }
}

/// An operand of a binary operator.
pub fn arg(value: &Bound<'_, PyAny>) -> PyResult<Option<Arg>> {
    if let Ok(t) = value.cast::<PyTensor>() {
        return Ok(Some(Arg::Tensor(t.get().value(value.py())?)));
    }
    Ok(scalar(value)?.map(Arg::Scalar))
}

/// An argument of a function; the cells of tensors are noted in `cells`.
pub fn value(value: &Bound<'_, PyAny>, cells: &mut Vec<Arc<Cell>>) -> PyResult<Value> {
    let py = value.py();
    if let Ok(t) = value.cast::<PyTensor>() {
        cells.push(t.get().cell.clone());
        return Ok(Value::Tensor(t.get().value(py)?));
    }
    if value.is_none() {
        return Ok(Value::None);
    }
    if let Some(s) = scalar(value)? {
        return Ok(match s {
            Scalar::Bool(b) => Value::Bool(b),
            Scalar::I64(i) => Value::Int(i),
            Scalar::Beyond(x) => Value::Beyond(x),
            Scalar::F64(x) => Value::Float(x),
        });
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Value::Str(text.to_str()?.to_string()));
    }
    if let Ok(d) = value.cast::<PyDType>() {
        return Ok(Value::DType(d.get().0));
    }
    if is_sequence(value) {
        return sequence(value.cast::<PySequence>()?, cells);
    }
    if let Some(d) = from_python(value) {
        return Ok(Value::DType(d));
    }
    let name = value.get_type().name()?;
    let hint = if value.hasattr("__array__")? || value.hasattr("__dlpack__")? {
        ". Wrap it in ravine.tensor(...)"
    } else {
        ""
    };
    let module = value.get_type().module()?;
    let module = if module == "builtins" {
        String::new()
    } else {
        format!("{module}.")
    };
    Err(PyTypeError::new_err(format!(
        "cannot use {module}{name} as an argument{hint}"
    )))
}

fn sequence(items: &Bound<'_, PySequence>, cells: &mut Vec<Arc<Cell>>) -> PyResult<Value> {
    let mut tensors: Vec<Tensor> = Vec::new();
    let mut ints: Vec<i64> = Vec::new();
    let mut floats: Vec<f64> = Vec::new();
    let n = items.len()?;
    gate::enter(items.py(), || {
        reserve::reserve(&mut ints, n)?;
        reserve::reserve(&mut floats, n)
    })?;
    for (i, item) in items.try_iter()?.enumerate() {
        let item = item?;
        elements::heard(items.py(), i)?;
        // A list within a list is never an argument, and might hold itself.
        let part = if is_sequence(&item) {
            Value::None
        } else {
            value(&item, cells)?
        };
        match part {
            Value::Tensor(t) => tensors.push(t),
            Value::Int(i) => {
                ints.push(i);
                floats.push(i as f64);
            }
            Value::Beyond(x) | Value::Float(x) => floats.push(x),
            _ => {
                return Err(PyTypeError::new_err(format!(
                    "cannot use a sequence with {} in it here",
                    item.get_type().name()?
                )));
            }
        }
    }
    Ok(match n {
        _ if ints.len() == n => Value::Ints(ints),
        _ if tensors.len() == n => Value::Tensors(tensors),
        _ if floats.len() == n => Value::Floats(floats),
        _ => {
            return Err(PyTypeError::new_err(
                "a sequence must hold tensors only or numbers only",
            ));
        }
    })
}

/// How deep sequences may be nested: as deep as NumPy's.
const DEEPEST: usize = 64;

fn is_sequence(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>()
}

/// Nested sequences of numbers, in row-major order.
struct Nested {
    shape: Vec<usize>,
    numbers: Vec<Scalar>,
}

impl Nested {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<Nested> {
        let mut nested = Nested {
            shape: Vec::new(),
            numbers: Vec::new(),
        };
        let mut at = value.clone();
        while is_sequence(&at) {
            let n = at.len()?;
            nested.shape.push(n);
            if nested.shape.len() > DEEPEST {
                let text =
                    format!("tensor: sequences are nested more than {DEEPEST} deep, or one holds itself");
                return Err(gate::raise(value.py(), &Error::value("", text)));
            }
            if n == 0 {
                break;
            }
            at = at.get_item(0)?;
        }
        let room = || {
            shape::check("tensor", &nested.shape, DType::F64)?;
            reserve::reserve(&mut nested.numbers, shape::numel(&nested.shape))
        };
        gate::enter(value.py(), room)?;
        nested.fill(value, 0)?;
        Ok(nested)
    }

    fn fill(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        if depth == self.shape.len() {
            elements::heard(value.py(), self.numbers.len())?;
            if let Some(s) = scalar(value)? {
                self.numbers.push(s);
                return Ok(());
            }
            if let Ok(t) = value.cast::<PyTensor>()
                && t.get().cell.shape().is_empty()
            {
                self.numbers.push(t.get().scalar(value.py())?);
                return Ok(());
            }
            let name = value.get_type().name()?;
            let remedy = match value.is_instance_of::<PyTensor>() {
                true => ". Join tensors with ravine.stack or ravine.cat",
                false => "",
            };
            return Err(PyTypeError::new_err(format!(
                "tensor: an element is of type {name}; elements must be numbers{remedy}"
            )));
        }
        let ok = is_sequence(value);
        if !ok || value.len()? != self.shape[depth] {
            let text = format!(
                "tensor: sequences at depth {depth} have different lengths: expected {}, got {}",
                self.shape[depth],
                if ok {
                    value.len()?.to_string()
                } else {
                    "a number".into()
                }
            );
            return Err(gate::raise(value.py(), &Error::value("", text)));
        }
        let before = self.numbers.len();
        for item in value.try_iter()?.take(self.shape[depth]) {
            self.fill(&item?, depth + 1)?;
        }
        // A subclass's iterator, or a list that changes meanwhile, may give fewer than the length says.
        if self.numbers.len() - before != shape::numel(&self.shape[depth..]) {
            return Err(gate::raise(
                value.py(),
                &Error::value("", "tensor: a sequence changed while it was read"),
            ));
        }
        Ok(())
    }
}

/// A new tensor from data: a tensor, an array, nested sequences, or a number. The data are copied.
pub fn tensor_from(value: &Bound<'_, PyAny>, dtype: Option<DType>) -> PyResult<Tensor> {
    let py = value.py();
    let made = if let Ok(t) = value.cast::<PyTensor>() {
        let t = t.get().value(py)?;
        gate::enter(py, || ravine_core::ops::graph::identity::detach(&t))?
    } else if value.is_instance_of::<PyRange>() {
        let numbers: Vec<_> = value.try_iter()?.collect::<PyResult<_>>()?;
        return tensor_from(PyList::new(py, numbers)?.as_any(), dtype);
    } else if is_sequence(value) || scalar(value)?.is_some() {
        if contains_arrays(value)? {
            let stacked = py.import("numpy")?.call_method1("asarray", (value,))?;
            constant(&LEAF, buffer::read(&stacked)?)
        } else {
            let nested = Nested::read(value)?;
            return gate::enter(py, || from_numbers(&nested, dtype));
        }
    } else {
        let array = buffer::read(value)?;
        if let (Some(d), []) = (dtype, &array.shape[..]) {
            // An array without dimensions is a number.
            let number = Nested {
                shape: Vec::new(),
                numbers: vec![element(&array, 0)],
            };
            return gate::enter(py, || from_numbers(&number, Some(d)));
        }
        constant(&LEAF, array)
    };
    match dtype {
        Some(d) if d != made.dtype() => gate::enter(py, || cast::cast(&made, d)),
        _ => Ok(made),
    }
}

/// Whether the first element of a nested sequence is an array.
fn contains_arrays(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let mut at = value.clone();
    for _ in 0..DEEPEST {
        if !is_sequence(&at) || at.len()? == 0 {
            break;
        }
        at = at.get_item(0)?;
    }
    Ok(at.hasattr("__array__")? && scalar(&at)?.is_none() && !at.is_instance_of::<PyTensor>())
}

fn numbers<T>(nested: &Nested, one: impl Fn(&Scalar) -> Result<T>) -> Result<Vec<T>> {
    let mut list = reserve::list(nested.numbers.len())?;
    for number in &nested.numbers {
        list.push(one(number)?);
    }
    Ok(list)
}

fn from_numbers(nested: &Nested, dtype: Option<DType>) -> Result<Tensor> {
    let category = nested.numbers.iter().map(|s| s.category()).max();
    let natural = category.map_or_else(default_float, default_dtype);
    let dtype = dtype.unwrap_or(natural);
    let shape = &nested.shape;
    let array = match dtype.category() {
        Category::Float => {
            let wide = numbers(nested, |s| Ok(s.as_f64()))?;
            ravine_core::cpu::convert(&Array::from_slice(&wide, shape)?, dtype)?
        }
        Category::Bool => Array::from_slice(&numbers(nested, |s| Ok(s.as_bool()))?, shape)?,
        Category::Integer => {
            let wide = numbers(nested, |s| Ok(s.fit("tensor", dtype)?.as_i64()))?;
            ravine_core::cpu::convert(&Array::from_slice(&wide, shape)?, dtype)?
        }
    };
    Ok(constant(&LEAF, array))
}
