//! The GPU side of an op as data: passes over WGSL templates, run by whoever has a device. Nothing here knows a GPU
//! library.
//!
//! **The module of a pass** is text put together in this order: `shaders/prelude.wgsl` and the files of
//! `shaders/prelude/`, of which what the rest does not call may be left out; one declaration per binding,
//! `@group(0) @binding(i) var<storage, mode> name: array<kind>;` with i counted from 0; if there are params, the uniform
//! buffer behind the last binding, `params: array<vec4<u32>, ceil(n / 4)>`, and `fn param(i: u32) -> u32` that reads one
//! word; `shaders/fault.wgsl` where `fault` is bound; the slots; the template, in which `{{NAME}}` stands for a define.
//! The pass dispatches its entry over its grid. Passes run in order and each sees what the ones before it wrote. What is
//! written over may have to stay while an error is noted: the host then puts a line at the beginning of the entry that
//! ends the pass.
//!
//! **Buffers** are multiples of 16 bytes long. Elements are as on the CPU, but for bool and uint8, which are one
//! u32 each; an int64 is a `vec2<u32>`, with which functions of `shaders/prelude/int64.wgsl` compute; float16 and bfloat16
//! lie two to a u32, the first in its lower half. An output that `aliases` pairs with an input is that input's buffer (or
//! a copy of it). Scratch buffers live as long as the program.
//!
//! **float16 and bfloat16** need no feature of the device: everything computes in float32. Fused groups read them, round
//! to them after every step as on the CPU, and write them; programs are given float32 (`working_dtype`).

mod expression;
mod finding;
mod fuse;
mod halves;
mod json;
pub mod own;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape::numel;
use crate::work::{Attrs, Data, Meta};
pub use expression::numbers;
pub use finding::{Finding, What};
pub use fuse::{Group, Layout, fuse, fuse_into, reader};
pub use halves::halves;
use smallvec::SmallVec;

/// An op's GPU rule.
pub enum Gpu {
    /// An elementwise WGSL expression over `x`, `y`, `z`, where `{T}` stands for the operands' type (f32, i32, u32 or
    /// i64); fused groups splice it into load and store slots.
    Expression(&'static str),
    /// Layout only: no pass.
    View,
    Program(ProgramFn),
    /// As `Program`, element by element over so many lists of tensors (`attributes::Listed`), with operands behind them:
    /// neighbours in memory may come as one tensor.
    Lists(usize, ProgramFn),
    /// As `Program`, with talents that the planner uses.
    Spliced(Spliced),
    /// A user's text.
    Own(&'static own::Source),
    /// Through its plain form: `op::Form::on_gpu` says so, and nothing else can.
    Plain(Covered),
    /// On the host: its operands are brought there, and its results back. For what is one long chain of steps.
    Host,
    /// It cannot exist, and why.
    Never(&'static str),
}

pub type ProgramFn = fn(&Context) -> Result<GpuProgram>;

/// A program into which fused steps are spliced.
pub struct Spliced {
    pub program: ProgramFn,
    /// Whether it reads its inputs wherever their elements lie (`Context::layouts`), or in row-major order only.
    pub any_layout: bool,
    /// Whether it reads float16 and bfloat16 where they lie (`operand`), or is given float32. Its results are float32.
    pub halves: bool,
    /// The slots of its template that see elements of input 0 as they are read, and of output 0 before they are stored;
    /// both in float32.
    pub load: Option<&'static str>,
    pub store: Option<&'static str>,
}

impl Gpu {
    /// The program of a call, of an op that has one of its own.
    pub fn program(&self, c: &Context) -> Result<GpuProgram> {
        match self {
            Gpu::Program(program) | Gpu::Lists(_, program) | Gpu::Spliced(Spliced { program, .. }) => {
                program(c)
            }
            Gpu::Own(source) => source.program(c),
            Gpu::Expression(_) | Gpu::View | Gpu::Plain(_) | Gpu::Host | Gpu::Never(_) => {
                Err(Error::state(c.op, "has no GPU program of its own"))
            }
        }
    }
}

/// That there is a plain form.
pub struct Covered(());

impl Covered {
    pub(crate) const fn by_form() -> Covered {
        Covered(())
    }
}

/// What a program may depend on.
pub struct Context<'a> {
    pub op: &'static str,
    pub attrs: &'a Attrs,
    pub data: &'a Data,
    pub inputs: &'a [Meta],
    /// Where the elements of each input lie; `None`, and what is not listed, is row-major from the start of its buffer.
    pub layouts: &'a [Option<Layout>],
    pub limits: Limits,
}

impl Context<'_> {
    pub fn shape(&self, i: usize) -> &[usize] {
        &self.inputs[i].0
    }
    pub fn dtype(&self, i: usize) -> DType {
        self.inputs[i].1
    }

    pub fn layout(&self, i: usize) -> Option<&Layout> {
        self.layouts.get(i).and_then(Option::as_ref)
    }

    /// The lines along a dimension of an input, as (how many, length, stride).
    pub fn lines(&self, i: usize, dim: usize) -> [usize; 3] {
        let shape = self.shape(i);
        let length = shape.get(dim).copied().unwrap_or(1);
        let stride = shape.iter().skip(dim + 1).product::<usize>();
        [numel(shape) / length.max(1), length, stride.max(1)]
    }

    /// A pass whose threads each do one element.
    pub fn over_elements(
        &self,
        template: &'static str,
        n: usize,
        bindings: Vec<Binding>,
        params: Vec<u32>,
    ) -> Pass {
        let size = self.limits.workgroup_size;
        Pass {
            template,
            entry: "main",
            defines: vec![("WORKGROUP", size.to_string())],
            bindings,
            params,
            slots: vec![],
            grid: grid(n.div_ceil(size as usize), &self.limits),
        }
    }
}

/// What kernels are made for; by default the limits of WebGPU, which every device offers.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub workgroup_size: u32,
    pub workgroups_per_dimension: u32,
    pub storage_buffers: u32,
    pub workgroup_bytes: u32,
    /// Whether workgroup memory is faster than buffers, so that kernels stage there what threads share. Where a driver
    /// computes on the CPU it is not, and every barrier costs.
    pub staging: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            workgroup_size: 256,
            workgroups_per_dimension: 65_535,
            storage_buffers: 8,
            workgroup_bytes: 16 << 10,
            staging: true,
        }
    }
}

/// What a pass reads or writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Buffer {
    Input(usize),
    Output(usize),
    /// Memory that lives for this program only.
    Scratch(usize),
    /// The device's word for errors that a launch finds in values, an index out of range say: see [`Binding::fault`].
    Fault,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Read,
    ReadWrite,
}

/// A buffer under the name and element type by which a module knows it.
#[derive(Clone, Debug)]
pub struct Binding {
    pub name: String,
    pub buffer: Buffer,
    pub mode: Mode,
    pub kind: &'static str,
    /// Of the device's word for errors: what the pass may find.
    pub finding: Option<Finding>,
}

impl Binding {
    pub fn read(name: &str, buffer: Buffer, kind: &'static str) -> Binding {
        Binding {
            name: name.into(),
            buffer,
            mode: Mode::Read,
            kind,
            finding: None,
        }
    }
    /// `fault: array<atomic<u32>>`, two words. A launch that finds an error notes it by a function of
    /// `shaders/fault.wgsl`, goes on with a value that is in range, and whoever looks next raises. The launch's number
    /// is the last of the pass's params: programs put 1 there, a host counts down, so that the first error stays.
    pub fn fault(op: &'static str, what: What) -> Binding {
        Binding {
            finding: Some(Finding { op, what }),
            ..Binding::write("fault", Buffer::Fault, "atomic<u32>")
        }
    }
    pub fn write(name: &str, buffer: Buffer, kind: &'static str) -> Binding {
        Binding {
            name: name.into(),
            buffer,
            mode: Mode::ReadWrite,
            kind,
            finding: None,
        }
    }
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Pass {
    /// File name in `shaders/`.
    pub template: &'static str,
    pub entry: &'static str,
    pub defines: Vec<(&'static str, String)>,
    pub bindings: Vec<Binding>,
    /// Words of the uniform buffer. Extents, strides and numbers are here and not in the text, so that one pipeline
    /// serves all shapes of a rank.
    pub params: Vec<u32>,
    /// WGSL functions by name, which the template calls: where elementwise ops are spliced in.
    pub slots: Vec<(&'static str, String)>,
    pub grid: [u32; 3],
}

impl Pass {
    /// Whether it runs a user's text: it may do anything.
    pub fn is_own(&self) -> bool {
        self.slots.iter().any(|(name, _)| *name == own::SOURCE)
    }

    /// A slot that hands its value on.
    pub fn pass_through(name: &'static str) -> (&'static str, String) {
        (
            name,
            format!("fn {name}(i: u32, x: f32) -> f32 {{\n    return x;\n}}\n"),
        )
    }
}

#[derive(Clone, Debug, Default)]
pub struct GpuProgram {
    pub passes: Vec<Pass>,
    /// Bytes of each scratch buffer.
    pub scratch: Vec<usize>,
    /// Pairs (output, input): the output lives in the input's buffer.
    pub aliases: Vec<(usize, usize)>,
    /// How many inputs there are, those of fused ops included.
    pub inputs: usize,
    pub outputs: SmallVec<[Meta; 1]>,
}

/// A grid of `groups` workgroups that respects the limit per dimension. Templates count along x, then y.
pub fn grid(groups: usize, limits: &Limits) -> [u32; 3] {
    let max = limits.workgroups_per_dimension as usize;
    if groups <= max {
        [groups.max(1) as u32, 1, 1]
    } else {
        [max as u32, groups.div_ceil(max) as u32, 1]
    }
}

/// Whether every four elements that begin at a multiple of four, along a dimension of this stride and extent, lie in one
/// `vec4`; `others` are the offset and the other strides.
pub fn by_fours(stride: isize, extent: usize, others: impl IntoIterator<Item = isize>) -> bool {
    stride == 1 && extent > 0 && extent.is_multiple_of(4) && others.into_iter().all(|x| x % 4 == 0)
}

/// Refuses what no shader computes with.
pub fn admit(op: &'static str, dtype: DType) -> Result<()> {
    match dtype {
        DType::F64 => Err(Error::no_float64(op)),
        _ => Ok(()),
    }
}

/// The dtype in which programs take operands of this dtype, and give results that are stored in it.
pub fn working_dtype(dtype: DType) -> DType {
    if dtype.is_half() { DType::F32 } else { dtype }
}

/// How an element lies in a buffer of its own words: float16 and bfloat16, two to a word, are read and written by fused
/// groups alone.
pub fn kind(op: &'static str, dtype: DType) -> Result<&'static str> {
    match dtype {
        DType::F32 => Ok("f32"),
        DType::I8 | DType::I16 | DType::I32 => Ok("i32"),
        DType::Bool | DType::U8 => Ok("u32"),
        DType::I64 => Ok("vec2<u32>"),
        DType::F16 | DType::BF16 => Err(Error::dtype(op, dtype, "float32 in a program")),
        DType::F64 => Err(Error::no_float64(op)),
    }
}

/// How an operand that is computed with in float32 lies in its buffer, and the expression of its element `i`, or of four
/// from `i` on.
pub fn operand(op: &'static str, name: &str, dtype: DType, by_four: bool) -> Result<(&'static str, String)> {
    let four = format!("{name}[i / 4u]");
    let half = format!("half_of({name}[i >> 1u], i)");
    Ok(match (dtype, by_four) {
        (DType::F16, false) => ("u32", format!("f32_of_f16({half})")),
        (DType::F16, true) => ("vec2<u32>", format!("four_of_f16({four})")),
        (DType::BF16, false) => ("u32", format!("f32_of_bf16({half})")),
        (DType::BF16, true) => ("vec2<u32>", format!("four_of_bf16({four})")),
        (_, by_four) => {
            need(op, dtype, DType::F32)?;
            if by_four {
                ("vec4<f32>", four)
            } else {
                ("f32", format!("{name}[i]"))
            }
        }
    })
}

/// Fails for what a shader cannot compute with.
pub fn need(op: &'static str, dtype: DType, wanted: DType) -> Result<()> {
    if dtype == wanted {
        Ok(())
    } else {
        Err(Error::dtype(op, dtype, &format!("{wanted} on the GPU")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_keep_within_a_dimension() {
        let limits = Limits::default();
        assert_eq!(grid(0, &limits), [1, 1, 1]);
        assert_eq!(grid(65_535, &limits), [65_535, 1, 1]);
        assert_eq!(grid(65_536, &limits), [65_535, 2, 1]);
    }
}
