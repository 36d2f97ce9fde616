//! Elements of 16 bits that do not fill the words in which they lie.

use super::{Binding, Buffer, GpuProgram, Limits, Pass, grid};
use crate::dtype::DType;
use smallvec::smallvec;

/// Moves `n` of them from a place of the input to one of the output. What lies beside it stays.
pub fn halves(n: usize, from: usize, to: usize) -> GpuProgram {
    let limits = Limits::default();
    let words = (to + n).div_ceil(2) - to / 2;
    let pass = Pass {
        template: "elementwise/halves.wgsl",
        entry: "main",
        defines: vec![("WORKGROUP", limits.workgroup_size.to_string())],
        bindings: vec![
            Binding::read("x", Buffer::Input(0), "u32"),
            Binding::write("y", Buffer::Output(0), "u32"),
        ],
        params: [words, n, from, to].map(|x| x as u32).to_vec(),
        slots: vec![],
        grid: grid(words.div_ceil(limits.workgroup_size as usize), &limits),
    };
    GpuProgram {
        passes: vec![pass],
        inputs: 1,
        outputs: smallvec![(smallvec![to + n], DType::F16)],
        ..GpuProgram::default()
    }
}
