//! Mixed precision: in which dtype a function is called while `ravine.autocast` is on in a thread.
//!
//! The policy belongs to the call, by PyTorch's lists of names: ops know nothing of it, nor do derivatives.

use crate::dtype;
use crate::gate;
use crate::tensor::PyTensor;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use ravine_core::cell;
use ravine_core::device::Device;
use ravine_core::dtype::DType;
use ravine_core::error::Result;
use ravine_core::function::Value;
use ravine_core::graph::Tensor;
use ravine_core::mode::{self, Recording};
use ravine_core::ops::graph::cast::cast;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// What becomes of a function's floating tensors; those of float64 stay as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// They become halves of the kind that was asked for.
    Lower,
    /// Halves become float32.
    Single,
    /// With a float32 among them, all become float32.
    Widest,
}

/// By device: the CPU, GPUs.
pub type Policies = [Option<Policy>; 2];

const LOWER: &[&str] = &[
    "addbmm",
    "addmm",
    "baddbmm",
    "bmm",
    "chain_matmul",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "einsum",
    "gru_sequence",
    "inner",
    "linear",
    "lstm_sequence",
    "matmul",
    "matrix_power",
    "mm",
    "multi_dot",
    "prelu",
    "rnn_sequence",
    "scaled_dot_product_attention",
    "vecdot",
];
const LOWER_ON_CPU: &[&str] = &["tensordot"];
const LOWER_ON_GPUS: &[&str] = &["addmv", "addr", "mv"];
const SINGLE: &[&str] = &[
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cdist",
    "cholesky",
    "cond",
    "cosine_embedding_loss",
    "cross_entropy",
    "ctc_loss",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "hinge_embedding_loss",
    "huber_loss",
    "inv",
    "kl_div",
    "l1_loss",
    "lstsq",
    "lu",
    "lu_factor",
    "margin_ranking_loss",
    "matrix_rank",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "nanquantile",
    "nll_loss",
    "poisson_nll_loss",
    "prod",
    "qr",
    "quantile",
    "smooth_l1_loss",
    "soft_margin_loss",
    "solve",
    "svd",
    "svdvals",
    "triplet_margin_loss",
];
const SINGLE_ON_CPU: &[&str] = &[
    "adaptive_avg_pool3d",
    "avg_pool3d",
    "grid_sample",
    "max_pool3d",
    "max_unpool2d",
    "max_unpool3d",
    "trace",
];
const SINGLE_ON_GPUS: &[&str] = &[
    "acos",
    "asin",
    "cosh",
    "cosine_similarity",
    "cumprod",
    "cumsum",
    "dist",
    "erfinv",
    "exp",
    "expm1",
    "group_norm",
    "layer_norm",
    "log",
    "log10",
    "log1p",
    "log2",
    "log_softmax",
    "logsumexp",
    "norm",
    "normalize",
    "pdist",
    "pow",
    "reciprocal",
    "renorm",
    "rms_norm",
    "rsqrt",
    "sinh",
    "softmax",
    "softmin",
    "softplus",
    "sum",
    "tan",
];
const WIDEST: &[&str] = &["cat", "stack"];
const WIDEST_ON_GPUS: &[&str] = &[
    "addcdiv",
    "addcmul",
    "atan2",
    "bilinear",
    "cross",
    "dot",
    "grid_sample",
    "index_put",
    "scatter_add",
    "tensordot",
];

/// The policies of a function of this name.
pub fn policies(name: &str) -> Policies {
    let of = |[lower, single, widest]: [&[&[&str]]; 3]| {
        let within = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&name));
        let choices = [
            (lower, Policy::Lower),
            (single, Policy::Single),
            (widest, Policy::Widest),
        ];
        (choices.into_iter()).find_map(|(lists, policy)| within(lists).then_some(policy))
    };
    [
        of([&[LOWER, LOWER_ON_CPU], &[SINGLE, SINGLE_ON_CPU], &[WIDEST]]),
        of([
            &[LOWER, LOWER_ON_GPUS],
            &[SINGLE, SINGLE_ON_GPUS],
            &[WIDEST, WIDEST_ON_GPUS],
        ]),
    ]
}

/// What a thread's autocast is set to: the dtype for each device, and whether casts of leaves are remembered.
#[derive(Clone, Copy)]
struct Setting {
    lower: [Option<DType>; 2],
    remember: bool,
}

/// The cast of a leaf, with the value that it was made of.
struct Remembered {
    /// Kept, so that its address is no other's.
    _leaf: Arc<cell::Cell>,
    value: Tensor,
    /// Under `no_grad` a cast has no history.
    grad: bool,
    cast: Tensor,
}

thread_local! {
    static SETTING: Cell<Setting> = const { Cell::new(Setting { lower: [None; 2], remember: true }) };
    static CASTS: RefCell<HashMap<(usize, DType), Remembered>> = RefCell::new(HashMap::new());
}

/// Whether autocast is on in this thread, for any device.
#[inline]
pub fn is_on() -> bool {
    SETTING.get().lower != [None; 2]
}

/// Forgets the casts of leaves: a walk over the graph that ends it, and the end of autocast, end what they lead to.
pub fn forget() {
    // What a value drops may run code that asks for casts.
    let _dropped = CASTS.take();
}

fn place(device: Device) -> usize {
    usize::from(device != Device::CPU)
}

/// Casts a function's arguments by its policy on the device of the first tensor; `cells` are those of each argument.
pub fn apply(policies: &Policies, values: &mut [Value], cells: &[Vec<Arc<cell::Cell>>]) -> Result<()> {
    let tensors = |v: &Value| match v {
        Value::Tensor(t) => vec![t.clone()],
        Value::Tensors(list) => list.to_vec(),
        _ => Vec::new(),
    };
    let all: Vec<Tensor> = values.iter().flat_map(tensors).collect();
    let Some(to) = target(policies, &all) else {
        return Ok(());
    };
    for (value, cells) in values.iter_mut().zip(cells) {
        match value {
            Value::Tensor(t) => *t = to.cast(t, cells.first())?,
            Value::Tensors(list) => {
                let cast: Result<Vec<_>> = (list.iter().enumerate())
                    .map(|(i, t)| to.cast(t, cells.get(i)))
                    .collect();
                *value = Value::Tensors(cast?);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Casts the operands of a function that has a symbol.
pub fn operands<const N: usize>(
    name: &str,
    operands: [(&Tensor, &Arc<cell::Cell>); N],
) -> Result<[Tensor; N]> {
    let mut cast = operands.map(|(t, _)| t.clone());
    if is_on()
        && let Some(to) = target(&policies(name), &cast)
    {
        for (made, (t, cell)) in cast.iter_mut().zip(operands) {
            *made = to.cast(t, Some(cell))?;
        }
    }
    Ok(cast)
}

/// What floating tensors become.
#[derive(Clone, Copy)]
struct Target(DType);

fn target(policies: &Policies, tensors: &[Tensor]) -> Option<Target> {
    let at = place(tensors.first()?.device());
    let lower = SETTING.get().lower[at]?;
    match policies[at]? {
        Policy::Lower => Some(Target(lower)),
        Policy::Single => Some(Target(DType::F32)),
        Policy::Widest => (tensors.iter().any(|t| t.dtype() == DType::F32)).then_some(Target(DType::F32)),
    }
}

impl Target {
    fn cast(self, t: &Tensor, cell: Option<&Arc<cell::Cell>>) -> Result<Tensor> {
        let from = t.dtype();
        if !from.is_float() || from == DType::F64 || from == self.0 {
            return Ok(t.clone());
        }
        let leaf = cell.filter(|cell| {
            let remember = SETTING.get().remember && mode::recording() == Recording::Off;
            remember && from == DType::F32 && cell.is_marked_leaf()
        });
        let Some(leaf) = leaf else {
            return cast(t, self.0);
        };
        let key = (Arc::as_ptr(leaf).addr(), self.0);
        let grad = mode::grad_enabled();
        let known = CASTS.with_borrow(|casts| {
            let of_this = |r: &&Remembered| r.value.is(t) && r.grad == grad;
            casts.get(&key).filter(of_this).map(|r| r.cast.clone())
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let made = cast(t, self.0)?;
        let remembered = Remembered {
            _leaf: leaf.clone(),
            value: t.clone(),
            grad,
            cast: made.clone(),
        };
        let _replaced = CASTS.with_borrow_mut(|casts| casts.insert(key, remembered));
        Ok(made)
    }
}

/// Sets the dtype that autocast lowers to on a kind of device, None for off; returns the one before.
#[pyfunction]
fn set_autocast<'py>(
    py: Python<'py>,
    kind: &str,
    lower: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Py<dtype::PyDType>>> {
    let at = match kind {
        "cpu" => 0,
        "gpu" => 1,
        _ => {
            return Err(PyValueError::new_err(
                "set_autocast: a kind of device is 'cpu' or 'gpu'",
            ));
        }
    };
    let lower = match lower {
        None => None,
        Some(given) => match dtype::from_python(given) {
            Some(d) if d.is_half() => Some(d),
            _ => {
                return Err(PyTypeError::new_err(
                    "set_autocast: the dtype is float16 or bfloat16",
                ));
            }
        },
    };
    let mut setting = SETTING.get();
    let before = std::mem::replace(&mut setting.lower[at], lower);
    SETTING.set(setting);
    if !is_on() {
        forget();
    }
    Ok(before.map(|d| dtype::object(py, d)))
}

/// The dtype that autocast lowers to on a kind of device, or None.
#[pyfunction]
fn get_autocast(py: Python<'_>, kind: &str) -> Option<Py<dtype::PyDType>> {
    SETTING.get().lower[usize::from(kind != "cpu")].map(|d| dtype::object(py, d))
}

/// Sets whether casts of leaves are remembered; returns what it was.
#[pyfunction]
fn set_autocast_cache(on: bool) -> bool {
    let mut setting = SETTING.get();
    let before = std::mem::replace(&mut setting.remember, on);
    SETTING.set(setting);
    before
}
#[pyfunction]
fn is_autocast_cache_enabled() -> bool {
    SETTING.get().remember
}
#[pyfunction]
fn clear_autocast_cache() {
    forget();
}
#[pyfunction]
fn is_autocast_on() -> bool {
    is_on()
}

/// Whether autocast has a policy for functions of this name.
#[pyfunction]
fn has_autocast_policy(name: &str) -> bool {
    policies(name) != [None; 2]
}

/// Calls a function that is written in Python as its name's policy says; what it calls is computed as it comes.
#[pyfunction]
fn autocast_call<'py>(
    name: &str,
    function: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = function.py();
    let given = |v: &Bound<'py, PyAny>| v.cast::<PyTensor>().ok().map(|t| t.get().value(py)).transpose();
    let mut tensors = Vec::new();
    for v in args.iter().chain(kwargs.values().iter()) {
        tensors.extend(given(&v)?);
    }
    let Some(to) = target(&policies(name), &tensors) else {
        return function.call(args, Some(kwargs));
    };
    let cast = |v: Bound<'py, PyAny>| -> PyResult<Bound<'py, PyAny>> {
        let Ok(t) = v.cast::<PyTensor>() else {
            return Ok(v);
        };
        let value = t.get().value(py)?;
        let made = gate::enter(py, || to.cast(&value, Some(&t.get().cell)))?;
        Ok(if made.is(&value) {
            v
        } else {
            PyTensor::new_object(py, made)?.into_bound(py).into_any()
        })
    };
    let args = PyTuple::new(
        py,
        PyList::new(py, args.iter().map(cast).collect::<PyResult<Vec<_>>>()?)?,
    )?;
    let named = PyDict::new(py);
    for (key, v) in kwargs.iter() {
        named.set_item(key, cast(v)?)?;
    }
    struct Restore(Setting);
    impl Drop for Restore {
        fn drop(&mut self) {
            SETTING.set(self.0);
        }
    }
    let setting = SETTING.get();
    let _restore = Restore(setting);
    SETTING.set(Setting {
        lower: [None; 2],
        ..setting
    });
    function.call(args, Some(&named))
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(set_autocast, m)?)?;
    m.add_function(wrap_pyfunction!(get_autocast, m)?)?;
    m.add_function(wrap_pyfunction!(set_autocast_cache, m)?)?;
    m.add_function(wrap_pyfunction!(is_autocast_cache_enabled, m)?)?;
    m.add_function(wrap_pyfunction!(clear_autocast_cache, m)?)?;
    m.add_function(wrap_pyfunction!(is_autocast_on, m)?)?;
    m.add_function(wrap_pyfunction!(has_autocast_policy, m)?)?;
    m.add_function(wrap_pyfunction!(autocast_call, m)?)
}
