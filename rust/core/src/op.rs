//! The record of an op: every rule it has, in one value.
//!
//! No rule is optional. What cannot exist is `Never("why")`, and that sentence is raised where the rule is needed.
//! Rules are written in ops, so every derivative can be differentiated again, batched, and run on any device.

use crate::attributes::Listed;
pub use crate::cpu::Cpu;
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::function::Function;
use crate::gpu::{Covered, Gpu};
use crate::graph::{Arg, Tensor};
use crate::mode;
use crate::work::Routine;
pub use crate::work::{Attrs, Data, Meta, ViewFn};
use smallvec::SmallVec;

pub struct Op {
    /// Python name, error prefix, documentation anchor.
    pub name: &'static str,
    /// What users call. `None` for ops that only rules and other functions record.
    pub function: Option<Function>,
    pub class: Class,
    /// Shapes and dtypes of the outputs, or the error of the call.
    pub meta: fn(&Request) -> Result<SmallVec<[Meta; 1]>>,
    pub cpu: Cpu,
    pub gpu: Gpu,
    pub vjp: Vjp,
    pub jvp: Jvp,
    pub batch: Batch,
    /// Pairs (input, output): the output starts as the input's content, in its buffer when nobody else owns that.
    /// Of an op over lists, pairs of lists.
    pub donates: &'static [(usize, usize)],
    pub plain: Plain,
    pub tests: Tests,
}

/// The same result from smaller ops. A rule that derives from it carries it, so none can be claimed that is not there.
#[derive(Clone, Copy)]
pub struct Form(pub PlainFn);

impl Form {
    /// On a GPU the op runs as this form.
    pub const fn on_gpu(self) -> Gpu {
        Gpu::Plain(Covered::by_form())
    }
}

/// Whether there is one.
pub enum Plain {
    /// The oracle of a fused kernel, and its fallback.
    Form(Form),
    /// There are no smaller ops; what its kernel is held to instead.
    Primitive(&'static str),
}

pub type PlainFn = fn(&Call) -> Result<SmallVec<[Tensor; 1]>>;

/// Drives fusion, generated tests and documentation.
#[derive(Clone, Copy)]
pub enum Class {
    /// Output `i` depends on elements `i` of the broadcast inputs alone. Fuses.
    Elementwise,
    /// The same memory under another layout.
    View(ViewFn),
    /// No tensor input.
    Create,
    /// Bits from a counter.
    Random,
    /// Its kernel sees whole inputs.
    Structured,
    /// Writes some elements of the input that it donates, in whatever layout that has, and allocates nothing else.
    Write,
    /// The same values on another device (`attributes::Target`).
    Transfer,
    /// One step over lists of tensors (`attributes::Listed`): an optimizer's update. Its kernel finds everything in
    /// row-major order, allocates no memory for values and cannot fail: updates are prepared together (`plan::late`).
    Lists,
}

impl Op {
    /// What devices know of it.
    #[inline]
    pub fn routine(&'static self) -> Routine {
        Routine {
            name: self.name,
            cpu: &self.cpu,
            gpu: &self.gpu,
        }
    }

    /// Whether it is a step of fused passes.
    #[inline]
    pub fn is_fused(&self) -> bool {
        matches!(self.cpu, Cpu::Tile(_))
    }

    /// The input as whose content an output starts.
    pub fn donor(&self, attrs: &Attrs, output: usize) -> Option<usize> {
        let length = if matches!(self.class, Class::Lists) {
            Listed::from(attrs).length
        } else {
            1
        };
        let pair = self.donates.iter().find(|d| d.1 == output / length)?;
        Some(pair.0 * length + output % length)
    }
}

/// A call before it is recorded.
pub struct Request<'a> {
    pub op: &'static Op,
    pub attrs: &'a Attrs,
    pub data: &'a Data,
    pub args: &'a [Arg],
}

impl Request<'_> {
    pub fn shape(&self, i: usize) -> &[usize] {
        self.args[i].shape()
    }
    /// The dtype of a tensor argument; a scalar's own otherwise.
    pub fn dtype(&self, i: usize) -> DType {
        match &self.args[i] {
            Arg::Tensor(t) => t.dtype(),
            Arg::Scalar(s) => s.default_dtype(),
        }
    }
    /// The dtype that the tensor arguments share.
    pub fn common_dtype(&self) -> DType {
        self.args
            .iter()
            .find_map(|a| a.tensor().map(|t| t.dtype()))
            .unwrap_or(DType::F32)
    }
}

/// A recorded call, as its rules see it.
pub struct Call<'a> {
    pub op: &'static Op,
    pub attrs: &'a Attrs,
    pub data: &'a Data,
    pub inputs: &'a [Arg],
    pub outputs: &'a [Tensor],
}

impl Call<'_> {
    /// Where it computes: the device of its tensors, else where tensors are made.
    pub fn device(&self) -> Device {
        let first = self.inputs.iter().find_map(Arg::tensor);
        let first = first.or(self.outputs.first());
        first.map_or_else(mode::device, Tensor::device)
    }
    /// A tensor input; ops whose inputs may be scalars use `inputs`.
    pub fn tensor(&self, i: usize) -> &Tensor {
        self.inputs[i].tensor().expect("this op records tensors only")
    }
}

/// Cotangents of the inputs from those of the outputs. `needs[i]` tells which are wanted.
pub type VjpFn =
    fn(&Call, cotangents: &[Option<Tensor>], needs: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>>;
/// Tangents of the outputs from those of the inputs (`None` is zero).
pub type JvpFn = fn(&Call, tangents: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>>;

pub enum Vjp {
    Rule(VjpFn),
    /// `t` times the partial derivative by input `i`: diagonal, so it serves reverse and forward mode.
    Elementwise(fn(&Call, i: usize, t: &Tensor) -> Result<Tensor>),
    /// Flat between jumps (rounding, signs): the derivative is 0.
    Step,
    /// Differentiate the plain form.
    Plain(Form),
    /// The results are integers or booleans, or do not depend smoothly on the inputs: constant to autograd.
    Constant,
    Never(&'static str),
}

pub enum Jvp {
    Rule(JvpFn),
    /// The op is linear in its tensor inputs jointly (views, sums): apply it to the tangents.
    Linear,
    /// Uses `Vjp::Elementwise`.
    Elementwise,
    Plain(Form),
    Constant,
    Never(&'static str),
}

/// The op over inputs whose batch dimension, where there is one, stands first. The outputs' is first as well.
pub type BatchFn = fn(&Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>>;

pub enum Batch {
    Rule(BatchFn),
    Plain(Form),
    Never(&'static str),
}

/// What generated tests need to know.
#[derive(Default)]
pub struct Tests {
    /// Python expression for the float64 truth, over the function's parameter names and `np`, `scipy`.
    pub reference: &'static str,
    /// Python argument lists; `f(2, 3)` makes floats, `i(2, high=3)` integers, `b(2)` booleans.
    pub samples: &'static [&'static str],
    /// Stated accuracy of float32.
    pub accuracy: Accuracy,
    /// Where random inputs are drawn from.
    pub domain: (f64, f64),
}

/// Of an op that no generated test calls by itself.
pub const NO_TESTS: Tests = Tests {
    reference: "",
    samples: &[],
    accuracy: Accuracy::Exact,
    domain: (-1.0, 1.0),
};

#[derive(Default, Clone, Copy)]
pub enum Accuracy {
    /// The same bits as the rounded reference.
    #[default]
    Exact,
    /// At most this many units in the last place.
    Ulp(f64),
    /// |error| <= c * k * eps * |A||B| for sums of k terms.
    Sum(f64),
}

/// A derivative supplied by the user (`autograd.Function`).
pub trait CustomRule: Send + Sync {
    /// Whether `vjp` reads an output's value, which is kept for it.
    fn reads(&self, output: usize) -> bool;
    fn vjp(
        &self,
        outputs: &[Tensor],
        cotangents: &[Option<Tensor>],
        needs: &[bool],
    ) -> Result<SmallVec<[Option<Tensor>; 3]>>;
    fn jvp(&self, tangents: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>>;
    fn batch(&self, inputs: &[Arg], batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>>;
}
