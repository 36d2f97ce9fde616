//! The registry's functions as Python callables.

use crate::autocast;
use crate::convert;
use crate::device;
use crate::elements;
use crate::gate;
use crate::generator::PyGenerator;
use crate::out;
use crate::suggest;
use crate::tensor::PyTensor;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use ravine_core::cell::{self, Cell};
use ravine_core::device::Device;
use ravine_core::error::{Error, Kind};
use ravine_core::function::{
    Args, Effect, Function, Outcome, Parameter, Places, Value, default_value, parameters,
};
use ravine_core::gpu::Gpu;
use ravine_core::graph::Tensor;
use ravine_core::mode;
use ravine_core::op::{Accuracy, Class, Plain};
use ravine_core::ops::graph::identity;
use ravine_core::registry;
use smallvec::SmallVec;
use std::sync::{Arc, Mutex, OnceLock};

// No documentation of the class: it would hide that of each function.
#[pyclass(name = "Function", module = "ravine", frozen, dict)]
pub struct PyFunction {
    /// What users call it: the function's own name, an alias, or that of the twin.
    name: &'static str,
    places: Places,
    function: &'static Function,
    /// The twin `name_`, which writes the result into its first argument.
    in_place: bool,
    /// The signature, read at the first call: an import has hundreds of them.
    binding: OnceLock<Binding>,
    /// In which dtypes it computes while autocast is on.
    policies: OnceLock<autocast::Policies>,
}

struct Binding {
    parameters: Vec<Parameter>,
    names: Vec<&'static str>,
    defaults: Vec<Option<Value>>,
}

/// What a call says to the binding layer, not to the core.
#[derive(Default)]
struct Extras<'py> {
    /// Where tensors are made.
    device: Option<Device>,
    /// Where random numbers come from.
    generator: Option<Py<PyGenerator>>,
    /// Where results are written.
    out: Option<Bound<'py, PyAny>>,
}

/// NumPy's names for parameters, and those of PyTorch's overloads.
fn same_parameter(key: &str) -> &'static [&'static str] {
    match key {
        "axis" => &["dim"],
        "keepdims" => &["keepdim"],
        "x" | "self" => &["input"],
        "split_size" | "split_sizes" => &["split_size_or_sections"],
        "sections" | "indices" | "tensor_indices_or_sections" => &["indices_or_sections"],
        "value" => &["src"],
        "from" => &["low"],
        "to" => &["high"],
        "size" => &["shape"],
        "train" => &["training"],
        _ => &[],
    }
}

impl PyFunction {
    fn new(name: &'static str, places: Places, function: &'static Function, in_place: bool) -> PyFunction {
        PyFunction {
            name: if in_place { format!("{name}_").leak() } else { name },
            places,
            function,
            in_place,
            binding: OnceLock::new(),
            policies: OnceLock::new(),
        }
    }

    fn binding(&self) -> &Binding {
        self.binding.get_or_init(|| {
            let parameters = parameters(self.function.signature);
            let names = parameters.iter().map(|p| &*p.name.clone().leak()).collect();
            let defaults = parameters
                .iter()
                .map(|p| p.default.as_deref().map(default_value))
                .collect();
            Binding {
                parameters,
                names,
                defaults,
            }
        })
    }

    /// Whether it makes tensors, which can be written elsewhere.
    fn returns(&self) -> bool {
        !self.in_place && !matches!(self.function.effect, Effect::Writes(_))
    }

    fn wrong_call(&self, text: String) -> PyErr {
        PyTypeError::new_err(format!("{}{}", self.name, text))
    }

    /// Argument `i` in the core's terms.
    fn argument(&self, i: usize, given: &Bound<'_, PyAny>, cells: &mut Vec<Arc<Cell>>) -> PyResult<Value> {
        convert::value(given, cells).map_err(|e| {
            let py = given.py();
            if !e.is_instance_of::<PyTypeError>(py) {
                return e;
            }
            let text = format!("argument '{}': {}", self.binding().names[i], e.value(py));
            gate::raise(py, &Error::new(Kind::DType, self.name, text))
        })
    }

    fn bind<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
        cells: &mut [Vec<Arc<Cell>>],
        extras: &mut Extras<'py>,
    ) -> PyResult<Vec<Value>> {
        let mut values: Vec<Option<Value>> = vec![None; self.binding().parameters.len()];
        let mut given = args.iter();
        for (i, (slot, p)) in values.iter_mut().zip(&self.binding().parameters).enumerate() {
            if p.keyword_only {
                break;
            }
            if p.variadic {
                let rest: Vec<_> = given.by_ref().collect();
                *slot = match &rest[..] {
                    [] => None,
                    [one] => Some(self.argument(i, one, &mut cells[i])?),
                    _ => Some(self.argument(i, &PyList::new(args.py(), rest)?.into_any(), &mut cells[i])?),
                };
                break;
            }
            match given.next() {
                Some(v) => *slot = Some(self.argument(i, &v, &mut cells[i])?),
                None => break,
            }
        }
        if given.next().is_some() {
            let most = self
                .binding()
                .parameters
                .iter()
                .filter(|p| !p.keyword_only)
                .count();
            return Err(self.wrong_call(format!(
                ": takes at most {most} positional arguments, got {}. Signature: {}",
                args.len(),
                self.function.signature
            )));
        }
        if let Some(kwargs) = kwargs {
            for (key, v) in kwargs.iter() {
                let key: String = key.extract()?;
                let names = &self.binding().names;
                let position = |name: &str| names.iter().position(|n| *n == name);
                let known = position(&key).or_else(|| same_parameter(&key).iter().find_map(|n| position(n)));
                let Some(i) = known else {
                    if key == "out" && (self.returns() || v.is_none()) {
                        extras.out = Some(v).filter(|v| !v.is_none());
                        continue;
                    }
                    // How a tensor lies in memory is the engine's affair.
                    let made = position("device").is_some() || self.function.name == "clone";
                    if made && ["layout", "memory_format", "pin_memory"].contains(&&*key) {
                        continue;
                    }
                    let meant = suggest::closest(&key, &self.binding().names)
                        .map_or(String::new(), |name| format!(" Did you mean '{name}'?"));
                    return Err(self.wrong_call(format!(
                        ": unknown argument '{key}'.{meant} Signature: {}",
                        self.function.signature
                    )));
                };
                if values[i].is_some() {
                    return Err(self.wrong_call(format!(": argument '{key}' is given twice")));
                }
                values[i] = Some(if key == "device" {
                    // Where tensors are made is the binding layer's.
                    extras.device = device::argument(self.name, &v)?;
                    Value::None
                } else if key == "generator" {
                    extras.generator = PyGenerator::argument(self.name, &v)?;
                    Value::None
                } else if key == "seed" && !v.is_none() {
                    Value::Int(crate::settings::seed_bits(&v)? as i64)
                } else {
                    self.argument(i, &v, &mut cells[i])?
                });
            }
        }
        (values
            .into_iter()
            .zip(&self.binding().defaults)
            .zip(&self.binding().names))
        .map(|((v, default), name)| {
            v.or_else(|| default.clone()).ok_or_else(|| {
                self.wrong_call(format!(
                    ": missing argument '{name}'. Signature: {}",
                    self.function.signature
                ))
            })
        })
        .collect()
    }
}

/// The device of the first tensor among the arguments.
fn device_of(values: &[Value]) -> Option<Device> {
    values.iter().find_map(|v| match v {
        Value::Tensor(t) => Some(t.device()),
        Value::Tensors(list) => list.first().map(Tensor::device),
        _ => None,
    })
}

/// The class of a function's results that have names, made once.
fn named_tuple<'py>(
    py: Python<'py>,
    name: &'static str,
    fields: &'static [&'static str],
) -> PyResult<Bound<'py, PyAny>> {
    static CLASSES: Mutex<Vec<(&str, Py<PyAny>)>> = Mutex::new(Vec::new());
    let known = CLASSES.lock().unwrap_or_else(|e| e.into_inner());
    if let Some((_, class)) = known.iter().find(|(n, _)| *n == name) {
        return Ok(class.bind(py).clone());
    }
    drop(known);
    let class = py
        .import("collections")?
        .call_method1("namedtuple", (name, fields.to_vec()))?;
    let mut known = CLASSES.lock().unwrap_or_else(|e| e.into_inner());
    known.push((name, class.clone().unbind()));
    Ok(class)
}

/// The tensors of a call as Python sees them: one, a tuple, or a tuple with names.
fn result(
    py: Python<'_>,
    mut tensors: impl ExactSizeIterator<Item = PyResult<Py<PyTensor>>>,
    many: bool,
    fields: Option<(&'static str, &'static [&'static str])>,
) -> PyResult<Py<PyAny>> {
    if let Some((name, fields)) = fields {
        let tuple = named_tuple(py, name, fields)?;
        let values = PyTuple::new(py, tensors.collect::<PyResult<Vec<_>>>()?)?;
        return Ok(tuple.call1(values)?.unbind());
    }
    if many {
        return Ok(elements::tuple(py, tensors)?.into_any().unbind());
    }
    Ok(tensors.next().expect("one result")?.into_any())
}

#[pymethods]
impl PyFunction {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__(
        &self,
        py: Python<'_>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        // The cells of each parameter's tensors.
        let mut cells: Vec<Vec<Arc<Cell>>> = vec![Vec::new(); self.binding().parameters.len()];
        let mut extras = Extras::default();
        let mut values = self.bind(args, kwargs, &mut cells, &mut extras)?;
        if autocast::is_on() && !self.in_place {
            let policies = (self.policies).get_or_init(|| autocast::policies(self.function.name));
            gate::enter(py, || autocast::apply(policies, &mut values, &cells))?;
        }
        let device = (extras.device)
            .or_else(|| device_of(&values))
            .unwrap_or_else(mode::device);
        let function = self.function;
        let call = Args {
            function: function.name,
            names: &self.binding().names,
            values: &values,
        };
        let views = function.effect == Effect::View;
        if views {
            cell::watch();
        }
        let run = || {
            gate::enter(py, || {
                mode::on(device, || (function.call)(&call)).map_err(|e| e.called(self.name, function.name))
            })
        };
        let outcome = match &extras.generator {
            Some(generator) => generator.get().drawn(run),
            None => run(),
        };
        let (tensors, many, fields) = match outcome {
            Ok(Outcome::One(t)) => (vec![t], false, None),
            Ok(Outcome::Many(t)) => (t, true, None),
            Ok(Outcome::Named(name, fields, t)) => (t, true, Some((name, fields))),
            Err(e) => {
                let _ = cell::wrap([], &[]);
                return Err(e);
            }
        };
        let targets: Option<&[usize]> = match function.effect {
            Effect::Writes(which) => Some(which),
            Effect::Twin if self.in_place => Some(&[0]),
            _ => None,
        };
        if let Some(out) = &extras.out {
            let _ = cell::wrap([], &[]);
            let written = out::write(py, self.name, &tensors, out)?;
            return result(py, written.into_iter().map(Ok), many, fields);
        }
        let Some(which) = targets else {
            let made: SmallVec<[Arc<Cell>; 1]> = if views {
                gate::enter(py, || cell::wrap(tensors, &cells[0]))?
            } else {
                // A result that is an argument as it stands is still a tensor of its own.
                let given = |t: &Tensor| {
                    values.iter().any(|v| match v {
                        Value::Tensor(x) => x.is(t),
                        Value::Tensors(list) => list.iter().any(|x| x.is(t)),
                        _ => false,
                    })
                };
                let own = |t: Tensor| {
                    if given(&t) {
                        identity::alias(&t).map(Cell::new)
                    } else {
                        Ok(Cell::new(t))
                    }
                };
                gate::enter(py, || tensors.into_iter().map(own).collect())?
            };
            // Functions that make tensors can make leaves.
            let leaf = self.binding().names.iter().position(|n| *n == "requires_grad");
            if leaf.is_some_and(|i| matches!(values[i], Value::Bool(true))) {
                gate::enter(py, || made.iter().try_for_each(|c| c.set_requires_grad(true)))?;
            }
            return result(py, made.into_iter().map(|c| PyTensor::wrap(py, c)), many, fields);
        };
        let written: Vec<&Arc<Cell>> = which.iter().flat_map(|&i| &cells[i]).collect();
        drop(values);
        gate::enter(py, || {
            ravine_core::stream::uncut(|| {
                written
                    .iter()
                    .zip(&tensors)
                    .try_for_each(|(c, t)| c.assign(self.name, t))
            })
        })?;
        match args.get_item(0) {
            _ if !(self.in_place || self.places.has(Places::METHOD)) => Ok(py.None()),
            Ok(first) => Ok(first.unbind()),
            Err(_) => Ok(PyTensor::wrap(py, written[0].clone())?.into_any()),
        }
    }

    #[getter]
    fn __name__(&self) -> &'static str {
        self.name
    }
    #[getter]
    fn __qualname__(&self) -> &'static str {
        self.name
    }
    #[getter]
    fn __doc__(&self) -> String {
        let name = self.function.name;
        if self.in_place {
            return format!(
                "In-place form of `{name}`: writes the result into its first argument and returns it."
            );
        }
        // Doc comments begin each line with a space.
        let doc = self.function.doc;
        let doc = match doc.strip_prefix(' ') {
            Some(rest) => rest.replace("\n ", "\n"),
            None => doc.to_string(),
        };
        if self.name == name {
            doc
        } else {
            format!("As `{name}`.\n\n{doc}")
        }
    }
    #[getter]
    fn __signature__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let declare = py.import("ravine._declare")?;
        Ok(declare
            .call_method1("signature", (self.function.signature,))?
            .unbind())
    }
    #[getter]
    fn signature(&self) -> &'static str {
        self.function.signature
    }
    #[getter]
    fn places(&self) -> Vec<&'static str> {
        self.places.names().collect()
    }
    /// Pickled, and copied, by name.
    fn __reduce__(&self) -> &'static str {
        self.name
    }
    fn __repr__(&self) -> String {
        format!("<ravine function {}{}>", self.name, self.function.signature)
    }
    /// Methods: bind the instance as the first argument.
    fn __get__(
        slf: Bound<'_, Self>,
        instance: &Bound<'_, PyAny>,
        _owner: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        if instance.is_none() {
            return Ok(slf.into_any().unbind());
        }
        let py = slf.py();
        let method = py.import("types")?.getattr("MethodType")?;
        Ok(method.call1((slf, instance))?.unbind())
    }
}

/// Every function, alias and twin, in the registry's order.
#[pyfunction]
fn functions(py: Python<'_>) -> PyResult<Vec<Py<PyFunction>>> {
    let own = registry::FUNCTIONS.iter().map(|f| (f.name, f.places, *f));
    let aliases = registry::aliases().map(|(alias, f)| (alias.name, alias.places, f));
    let mut all = Vec::new();
    for (name, places, f) in own.chain(aliases) {
        all.push(Py::new(py, PyFunction::new(name, places, f, false))?);
        if f.effect == Effect::Twin {
            all.push(Py::new(py, PyFunction::new(name, places, f, true))?);
        }
    }
    Ok(all)
}

/// What the registry knows of each op and function, for stubs, reference pages and generated tests.
#[pyfunction]
fn registry_table(py: Python<'_>) -> PyResult<Py<PyList>> {
    let table = PyList::empty(py);
    let entry = |f: &Function| -> PyResult<Bound<'_, PyDict>> {
        let d = PyDict::new(py);
        d.set_item("name", f.name)?;
        d.set_item("signature", f.signature)?;
        d.set_item("doc", f.doc)?;
        d.set_item("places", f.places.names().collect::<Vec<_>>())?;
        d.set_item("twin", f.effect == Effect::Twin)?;
        d.set_item("writes", matches!(f.effect, Effect::Writes(_)))?;
        Ok(d)
    };
    let in_op = |f: &Function| {
        registry::OPS
            .iter()
            .any(|op| op.function.as_ref().is_some_and(|g| std::ptr::eq(f, g)))
    };
    for op in registry::OPS.iter() {
        let d = match &op.function {
            Some(f) => entry(f)?,
            None => {
                let d = PyDict::new(py);
                d.set_item("name", op.name)?;
                d.set_item("signature", py.None())?;
                d
            }
        };
        d.set_item("op", op.name)?;
        d.set_item(
            "class",
            match op.class {
                Class::Elementwise => "elementwise",
                Class::View(_) => "view",
                Class::Create => "create",
                Class::Random => "random",
                Class::Structured => "structured",
                Class::Write => "write",
                Class::Transfer => "transfer",
                Class::Lists => "lists",
            },
        )?;
        let rule = |constant: bool, never: Option<&'static str>| match (constant, never) {
            (true, _) => "constant".to_string(),
            (_, Some(why)) => format!("never: {why}"),
            _ => "rule".to_string(),
        };
        use ravine_core::op::{Batch, Jvp, Vjp};
        let never = |why: &'static str| Some(why);
        d.set_item(
            "vjp",
            rule(
                matches!(op.vjp, Vjp::Constant),
                if let Vjp::Never(w) = op.vjp {
                    never(w)
                } else {
                    None
                },
            ),
        )?;
        d.set_item(
            "jvp",
            rule(
                matches!(op.jvp, Jvp::Constant),
                if let Jvp::Never(w) = op.jvp {
                    never(w)
                } else {
                    None
                },
            ),
        )?;
        d.set_item(
            "batch",
            rule(
                false,
                if let Batch::Never(w) = op.batch {
                    never(w)
                } else {
                    None
                },
            ),
        )?;
        d.set_item("reference", op.tests.reference)?;
        d.set_item("samples", op.tests.samples.to_vec())?;
        d.set_item("domain", op.tests.domain)?;
        d.set_item(
            "accuracy",
            match op.tests.accuracy {
                Accuracy::Exact => ("exact", 0.0),
                Accuracy::Ulp(n) => ("ulp", n),
                Accuracy::Sum(c) => ("sum", c),
            },
        )?;
        d.set_item("plain", matches!(op.plain, Plain::Form(_)))?;
        d.set_item(
            "gpu",
            match op.gpu {
                Gpu::Expression(_) => "expression".to_string(),
                Gpu::Program(_) | Gpu::Lists(..) | Gpu::Spliced(_) | Gpu::Own(_) => "program".to_string(),
                Gpu::View => "view".to_string(),
                Gpu::Plain(_) => "plain".to_string(),
                Gpu::Host => "host".to_string(),
                Gpu::Never(why) => format!("never: {why}"),
            },
        )?;
        table.append(d)?;
    }
    for f in registry::FUNCTIONS.iter().filter(|f| !in_op(f)) {
        let d = entry(f)?;
        d.set_item("op", py.None())?;
        table.append(d)?;
    }
    Ok(table.unbind())
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(functions, m)?)?;
    m.add_function(wrap_pyfunction!(registry_table, m)?)
}
