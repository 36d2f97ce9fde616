//! The GPU side of an op as data: passes over WGSL templates, run by whoever has a device.

use crate::error::Result;
use crate::op::Request;

/// An op's GPU rule.
pub enum Gpu {
    /// An elementwise WGSL expression over `x`, `y`, `z`; fused groups splice it into load and store slots.
    Expression(&'static str),
    /// Layout only: no pass.
    View,
    Program(fn(&Context) -> Result<GpuProgram>),
    /// Runs on the CPU side alone, and why.
    Never(&'static str),
}

/// What a program may depend on.
pub struct Context<'a> {
    pub request: &'a Request<'a>,
    pub limits: Limits,
}

/// The default limits of WebGPU, which every device offers.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub workgroup_size: u32,
    pub workgroups_per_dimension: u32,
    pub storage_buffers: u32,
    pub workgroup_bytes: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { workgroup_size: 256, workgroups_per_dimension: 65_535, storage_buffers: 8, workgroup_bytes: 16 << 10 }
    }
}

/// What a pass reads or writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Buffer {
    Input(usize),
    Output(usize),
    /// Memory that lives for this program only.
    Scratch(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Read,
    ReadWrite,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Pass {
    /// File name in `shaders/`.
    pub template: &'static str,
    /// `{{NAME}}` in the template becomes the text.
    pub defines: Vec<(&'static str, String)>,
    pub bindings: Vec<(Buffer, Mode)>,
    /// Words of the uniform buffer, bound after the storage buffers. Empty: none is bound.
    pub params: Vec<u32>,
    /// WGSL expressions by slot name: `load_a(x)` or `store(x)`.
    pub slots: Vec<(&'static str, String)>,
    pub grid: [u32; 3],
}

#[derive(Clone, Debug, Default)]
pub struct GpuProgram {
    pub passes: Vec<Pass>,
    /// Bytes of each scratch buffer.
    pub scratch: Vec<usize>,
    /// Outputs that live in an input's buffer.
    pub aliases: Vec<(usize, usize)>,
}

/// A grid of `groups` workgroups that respects the limit per dimension.
pub fn grid(groups: usize, limits: &Limits) -> [u32; 3] {
    let max = limits.workgroups_per_dimension as usize;
    if groups <= max { [groups.max(1) as u32, 1, 1] } else { [max as u32, groups.div_ceil(max) as u32, 1] }
}
