//! The one error type, and every sentence that the engine says.
//!
//! A sentence names the op, the shapes or values at fault, and what to do. `path` is the module that was running
//! when the op was recorded; it is added when the message is shown.

use crate::device::Device;
use crate::dtype::{DType, Scalar};
use crate::shape::{MOST, numel, show};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Which Python exception an error becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Shape,
    DType,
    Index,
    Value,
    Gradient,
    Memory,
    /// Tensors on different devices, a device that is not there, values that a device does not have.
    Device,
    /// A matrix that has no such decomposition.
    Linalg,
    /// A NaN, found because the user asked for it.
    Anomaly,
    Interrupted,
    /// Looking at a value that does not exist (inside `vmap`), use after fork, and the like.
    State,
    /// A Python exception raised inside a user's callback; the binding layer holds it.
    Foreign,
}

#[derive(Clone, Debug)]
pub struct Error(Arc<Body>);

#[derive(Debug)]
struct Body {
    kind: Kind,
    op: &'static str,
    text: String,
    /// Module path id at the time of recording, 0 outside any module.
    path: u32,
    /// Id of the host's line that recorded the op, 0 where it is not known or the host's own traceback tells.
    place: u32,
    /// Whether a recorded op met it when it ran, and not a call.
    late: bool,
    /// The epoch of the unit whose launch met it, 0 where the launch itself failed: that unit, and those after it, are
    /// taken back.
    epoch: u64,
    /// Whether the user has seen it, in whatever copy: what it spoilt falls back in silence then.
    raised: Arc<AtomicBool>,
}

impl Error {
    pub fn new(kind: Kind, op: &'static str, text: impl Into<String>) -> Error {
        Error(Arc::new(Body {
            kind,
            op,
            text: text.into(),
            path: crate::mode::path(),
            place: 0,
            late: false,
            epoch: 0,
            raised: Arc::default(),
        }))
    }

    /// Notes that the user sees it now.
    pub fn mark_raised(&self) {
        self.0.raised.store(true, Relaxed);
    }
    pub fn was_raised(&self) -> bool {
        self.0.raised.load(Relaxed)
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }
    pub fn op(&self) -> &'static str {
        self.0.op
    }
    pub fn path(&self) -> u32 {
        self.0.path
    }
    pub fn place(&self) -> u32 {
        self.0.place
    }
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The same error, said to come from the module that recorded the op.
    pub fn at_path(self, path: u32) -> Error {
        if self.0.path == path {
            return self;
        }
        self.with(self.0.op, self.0.text.clone(), path, self.0.place)
    }

    /// The same error, met while calling `own` under one of its names. What another op found is said to be that op's,
    /// and what a recorded op met keeps the op's name.
    pub fn called(self, name: &'static str, own: &str) -> Error {
        let op = self.0.op;
        if self.0.late || op.is_empty() || op == name {
            return self;
        }
        let text = if op.starts_with(own.trim_end_matches('_')) || self.0.text.starts_with("in ") {
            self.0.text.clone()
        } else {
            format!("in {op}, {}", self.0.text)
        };
        self.with(name, text, self.0.path, self.0.place)
    }

    /// The same error, met when a recorded op ran.
    pub fn late(mut self) -> Error {
        if let Some(body) = Arc::get_mut(&mut self.0) {
            body.late = true;
        }
        self
    }
    pub fn is_late(&self) -> bool {
        self.0.late
    }

    /// The same error, that a device noted in a unit that goes back for it.
    pub fn since(mut self, epoch: u64) -> Error {
        if let Some(body) = Arc::get_mut(&mut self.0) {
            body.epoch = epoch;
        }
        self
    }
    /// The same error, met in a value that was computed from what was wrong.
    pub fn of_a_value(&self) -> Error {
        self.with(self.0.op, self.0.text.clone(), self.0.path, self.0.place)
            .since(0)
    }
    /// The epoch of the unit that it spoils, and with it all later ones; `None` of an error that a launch met itself.
    pub fn spoils(&self) -> Option<u64> {
        (self.0.epoch != 0).then_some(self.0.epoch)
    }

    /// The same error under another name, text and place.
    pub fn with(&self, op: &'static str, text: String, path: u32, place: u32) -> Error {
        Error(Arc::new(Body {
            kind: self.0.kind,
            op,
            text,
            path,
            place,
            late: self.0.late,
            epoch: self.0.epoch,
            raised: self.0.raised.clone(),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.op.is_empty() {
            f.write_str(&self.0.text)
        } else {
            write!(f, "{}: {}", self.0.op, self.0.text)
        }
    }
}

impl std::error::Error for Error {}

/// The sentences, by kind.
impl Error {
    // Shapes -----------------------------------------------------------------------------------------------------
    pub fn broadcast(op: &'static str, a: &[usize], b: &[usize]) -> Error {
        let rank = a.len().max(b.len());
        let at = |s: &[usize], i: usize| (i + s.len()).checked_sub(rank).map_or(1, |k| s[k]);
        let bad = (0..rank)
            .rev()
            .find(|&i| at(a, i) != at(b, i) && at(a, i) != 1 && at(b, i) != 1)
            .unwrap_or(0);
        let (x, y, back) = (at(a, bad), at(b, bad), rank - bad);
        let text = format!(
            "shapes {} and {} do not broadcast: dimension -{back} is {x} in one and {y} in the other. \
             Extents must be equal, or 1 in one of them",
            show(a),
            show(b)
        );
        Error::new(Kind::Shape, op, text)
    }

    pub fn dim_out_of_range(op: &'static str, dim: i64, rank: usize) -> Error {
        let r = rank.max(1);
        let text = format!(
            "dimension {dim} is out of range for a tensor of rank {rank}. Use -{r} to {}",
            r - 1
        );
        Error::new(Kind::Index, op, text)
    }

    pub fn dim_repeated(op: &'static str, dim: usize) -> Error {
        Error::new(
            Kind::Value,
            op,
            format!("dimension {dim} is named twice. Name each dimension once"),
        )
    }

    pub fn matmul(a: &[usize], b: &[usize]) -> Error {
        let text = if a.is_empty() || b.is_empty() {
            format!(
                "shapes {} and {}: both operands need at least one dimension. For a scalar use *",
                show(a),
                show(b)
            )
        } else {
            let k = a[a.len() - 1];
            let l = b[b.len().saturating_sub(2)];
            if k == l {
                let lead = |shape: &[usize]| show(&shape[..shape.len().saturating_sub(2)]);
                let text = format!(
                    "shapes {} and {}: the matrices fit, but there are {} and {} of them, which do not broadcast. Leading \
                     extents must be equal, or 1 in one of them",
                    show(a),
                    show(b),
                    lead(a),
                    lead(b)
                );
                return Error::new(Kind::Shape, "matmul", text);
            }
            format!(
                "shapes {} and {}: the last dimension of the first operand is {k}, the matching one of the second is {l}. \
                 They must be equal; transpose an operand or change the layer's size",
                show(a),
                show(b)
            )
        };
        Error::new(Kind::Shape, "matmul", text)
    }

    /// What to do about channels that lie last in an input of `shape`, if `expected` of them do; else nothing.
    pub fn channels_last(shape: &[usize], expected: usize) -> String {
        let order = match shape.len() {
            3 => "0, 2, 1",
            4 => "0, 3, 1, 2",
            5 => "0, 4, 1, 2, 3",
            _ => return String::new(),
        };
        if shape.last() != Some(&expected) {
            return String::new();
        }
        format!(". The channels seem to come last here: pass input.permute({order})")
    }

    pub fn reshape(from: &[usize], to: &[i64]) -> Error {
        let n = numel(from);
        let to = to.iter().map(|d| d.to_string()).collect::<Vec<_>>().join(", ");
        let text = format!(
            "{n} elements of shape {} do not fill shape ({to}). The product of the extents must stay {n}",
            show(from)
        );
        Error::new(Kind::Shape, "reshape", text)
    }

    pub fn shape(op: &'static str, text: impl Into<String>) -> Error {
        Error::new(Kind::Shape, op, text)
    }

    /// Memory's kind: whoever can do with a smaller size catches it as what it is.
    pub fn too_large(op: &'static str, shape: &[usize], dtype: DType) -> Error {
        let text = format!(
            "a result of shape {} and dtype {dtype} is larger than any memory: its extents, 0 counted as 1, multiply to \
             more than {MOST}. Look for a wrong size, or for a broadcast of (n, 1) against (n,)",
            show(shape)
        );
        Error::new(Kind::Memory, op, text)
    }

    pub fn rank(op: &'static str, what: &str, want: &str, got: &[usize]) -> Error {
        let text = format!("{what} must have {want} dimensions, its shape is {}", show(got));
        Error::new(Kind::Shape, op, text)
    }

    // Types ------------------------------------------------------------------------------------------------------
    pub fn dtype(op: &'static str, got: DType, want: &str) -> Error {
        Error::new(
            Kind::DType,
            op,
            format!("got {got}, needs {want}. Convert with .to(dtype)"),
        )
    }

    pub fn no_float64(op: &'static str) -> Error {
        Error::new(
            Kind::DType,
            op,
            "a GPU computes no float64. Convert with .float(), or keep what needs float64 on the CPU",
        )
    }

    pub fn inplace_cast(op: &'static str, from: DType, to: DType) -> Error {
        let text = format!(
            "the result has dtype {from}, which cannot be written into a tensor of dtype {to}. Use the form that returns a new tensor"
        );
        Error::new(Kind::DType, op, text)
    }

    // Indices and values -----------------------------------------------------------------------------------------
    pub fn index(op: &'static str, index: i64, dim: usize, size: usize) -> Error {
        let text = if size == 0 {
            format!("index {index} into dimension {dim}, which has no elements")
        } else {
            format!(
                "index {index} is out of range for dimension {dim} of size {size}. Valid: {} to {}",
                -(size as i64),
                size - 1
            )
        };
        Error::new(Kind::Index, op, text)
    }

    /// For indices that do not count from the end.
    pub fn position(op: &'static str, index: i64, dim: usize, size: usize) -> Error {
        if size == 0 {
            return Error::index(op, index, dim, size);
        }
        let text = format!(
            "index {index} is out of range for dimension {dim} of size {size}. Valid: 0 to {}",
            size - 1
        );
        Error::new(Kind::Index, op, text)
    }

    pub fn value(op: &'static str, text: impl Into<String>) -> Error {
        Error::new(Kind::Value, op, text)
    }

    pub fn does_not_fit(op: &'static str, number: Scalar, dtype: DType) -> Error {
        let (low, high) = dtype.range();
        let wider = if dtype == DType::I64 { "float" } else { "wider" };
        let text =
            format!("{number} is no value of {dtype}, which holds {low} to {high}. Use a {wider} dtype");
        Error::new(Kind::Value, op, text)
    }

    pub fn empty_reduction(op: &'static str, shape: &[usize]) -> Error {
        let text = format!(
            "shape {} has no element along the reduced dimension, and {op} has no neutral value",
            show(shape)
        );
        Error::new(Kind::Index, op, text)
    }

    // Arguments --------------------------------------------------------------------------------------------------
    pub fn argument(op: &'static str, name: &str, want: &str, got: &str) -> Error {
        Error::new(
            Kind::DType,
            op,
            format!("argument '{name}' must be {want}, not {got}"),
        )
    }

    pub fn missing_argument(op: &'static str, name: &str) -> Error {
        Error::new(Kind::DType, op, format!("missing argument '{name}'"))
    }

    // Gradients --------------------------------------------------------------------------------------------------
    pub fn never(op: &'static str, rule: &str, why: &str) -> Error {
        Error::new(Kind::Gradient, op, format!("has no {rule}: {why}"))
    }

    pub fn history_ended(op: &'static str) -> Error {
        let text = "this part of the graph was already differentiated and its saved values are gone. \
                    Pass retain_graph=True to the first backward";
        Error::new(Kind::Gradient, op, text)
    }

    pub fn gradient(op: &'static str, text: impl Into<String>) -> Error {
        Error::new(Kind::Gradient, op, text)
    }

    // Matrices ---------------------------------------------------------------------------------------------------
    /// Of one matrix of a batch.
    pub fn matrix(op: &'static str, which: &str, text: &str) -> Error {
        Error::new(Kind::Linalg, op, format!("{which} {text}"))
    }

    // NaN --------------------------------------------------------------------------------------------------------
    pub fn nan_made(op: &'static str, shape: &str) -> Error {
        let text = format!(
            "the result of shape {shape} has NaN in it, and no input has. Look for 0/0, inf - inf, 0 * inf, the root or \
             logarithm of a negative number, or weights that grew without bound (lower the learning rate)"
        );
        Error::new(Kind::Anomaly, op, text)
    }

    pub fn nan_input(op: &'static str, i: usize, shape: &[usize]) -> Error {
        let text = format!(
            "input {i} of shape {} has NaN in it already: data, parameters, or values from before NaN was looked for. \
             Look at them with ravine.isnan(x).any()",
            show(shape)
        );
        Error::new(Kind::Anomaly, op, text)
    }

    /// A NaN met while differentiating an op: the sentence names that op too.
    pub fn in_derivative_of(self, op: &'static str) -> Error {
        if self.0.kind != Kind::Anomaly {
            return self;
        }
        let text = format!("in the derivative of {op}, {}", self.0.text);
        self.with(self.0.op, text, self.0.path, self.0.place)
    }

    // Devices ----------------------------------------------------------------------------------------------------
    /// A device under the name that the user gave it.
    pub fn no_device(op: &'static str, name: &str) -> Error {
        let text = format!(
            "no device '{name}' here. There are 'cpu', 'meta', and a 'gpu' for each one that has a Vulkan, Metal or DX12 \
             driver: ravine.gpu.devices() lists them"
        );
        Error::new(Kind::Device, op, text)
    }

    /// Tensors of several devices: those met, and the one that they should be on.
    pub fn mixed_devices(op: &'static str, met: &[(Device, String)], wanted: Device) -> Error {
        let met: Vec<String> = met.iter().map(|(d, shape)| format!("{shape} on '{d}'")).collect();
        let text = format!(
            "the tensors are on different devices: {}. Move them to one, as by .to('{wanted}'); a model by model.to('{wanted}')",
            met.join(", ")
        );
        Error::new(Kind::Device, op, text)
    }

    /// A look at a tensor of shapes alone.
    pub fn no_values(op: &'static str) -> Error {
        let text = "a tensor on 'meta' has a shape and a dtype, and no values to look at. Give a model memory by \
                    model.to_empty(device='cpu') and then its weights, or make the tensor on 'cpu'";
        Error::new(Kind::Device, op, text)
    }

    // State ------------------------------------------------------------------------------------------------------
    pub fn abstract_value(op: &'static str) -> Error {
        let text = "the value of a tensor inside vmap is not known yet, so it cannot be looked at (item, print, bool, numpy). \
                    Use ravine.where in place of if, or move the look outside vmap";
        Error::new(Kind::State, op, text)
    }

    pub fn forked(op: &'static str) -> Error {
        let text = "this process was forked from one that uses ravine. Start it with the 'spawn' method";
        Error::new(Kind::State, op, text)
    }

    pub fn state(op: &'static str, text: impl Into<String>) -> Error {
        Error::new(Kind::State, op, text)
    }

    pub fn out_of_memory(bytes: usize, live: usize) -> Error {
        let text = format!(
            "could not get {:.1} MB; {:.1} MB are in use. Free tensors or lower the batch size, then try again: what was written \
             since the last look has been taken back, and nothing else is lost",
            bytes as f64 / 1e6,
            live as f64 / 1e6
        );
        Error::new(Kind::Memory, "", text)
    }

    pub fn interrupted() -> Error {
        Error::new(
            Kind::Interrupted,
            "",
            "interrupted; what was recorded is kept and runs at the next look",
        )
    }

    pub fn foreign(text: impl Into<String>) -> Error {
        Error::new(Kind::Foreign, "", text)
    }
}
