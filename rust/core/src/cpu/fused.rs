//! From the steps of a fused group to a program of the tile interpreter.

use super::Cpu;
use super::cast;
use super::tile::{Instruction, Program, Run};
use crate::array::Array;
use crate::dtype::Scalar;
use crate::work::{Code, Input, Operand, Splice, Step, Steps};
use smallvec::{SmallVec, smallvec};

/// What `compile` made.
pub fn program(code: &Code) -> &Program {
    code.downcast_ref()
        .expect("the code is what this device compiled")
}

/// Arrays and numbers among the inputs of a pass.
pub fn operands(inputs: &[Input]) -> (SmallVec<[&Array; 4]>, SmallVec<[Scalar; 4]>) {
    let (mut arrays, mut numbers) = (SmallVec::new(), SmallVec::new());
    for input in inputs {
        match input {
            Input::Array(array) => arrays.push(array),
            Input::Scalar(value) => numbers.push(*value),
        }
    }
    (arrays, numbers)
}

/// Calls `f` with the steps of a slot, ready to be run over parts of `shape`.
pub fn with_slot<R>(splice: &Splice, shape: &[usize], f: impl FnOnce(&Run) -> R) -> R {
    let (inputs, numbers) = operands(&splice.inputs);
    f(&Run::new(
        program(splice.code),
        shape,
        &inputs,
        &numbers,
        &splice.outputs,
    ))
}

/// Every step's result has a register; that of one which is not stored is used again after its last reading.
pub fn compile(steps: &Steps) -> Program {
    let mut results: SmallVec<[Outcome; 8]> = smallvec![Outcome::default(); steps.steps.len()];
    for operand in steps.steps.iter().flat_map(|s| &s.operands) {
        if let Operand::Step(k) = operand {
            results[*k].reads_left += 1;
        }
    }
    steps.outputs.iter().for_each(|&k| results[k].is_stored = true);
    let mut compiler = Compiler {
        steps,
        program: Program::default(),
        inputs: SmallVec::new(),
        results: &mut results,
        free: SmallVec::new(),
    };
    compiler.program.instructions.reserve(steps.steps.len());
    for _ in &steps.inputs {
        let register = compiler.new_register();
        compiler.inputs.push(register);
        compiler.program.loads.push(register);
    }
    for (i, step) in steps.steps.iter().enumerate() {
        compiler.step(i, step);
    }
    compiler.program
}

/// The result of a step.
#[derive(Clone, Copy, Default)]
struct Outcome {
    register: u16,
    reads_left: u32,
    is_stored: bool,
}

struct Compiler<'a> {
    steps: &'a Steps,
    program: Program,
    /// The register of each input.
    inputs: SmallVec<[u16; 4]>,
    results: &'a mut [Outcome],
    free: SmallVec<[u16; 4]>,
}

impl Compiler<'_> {
    fn new_register(&mut self) -> u16 {
        let register = self.program.registers;
        self.program.registers += 1;
        register
    }

    fn temporary(&mut self) -> u16 {
        self.free.pop().unwrap_or_else(|| self.new_register())
    }

    fn step(&mut self, i: usize, step: &Step) {
        let number = self.steps.number_dtype(step);
        let mut src = [0u16; 3];
        for (k, operand) in step.operands.iter().enumerate() {
            src[k] = match *operand {
                Operand::Input(n) => self.inputs[n],
                Operand::Step(n) => self.results[n].register,
                Operand::Number(_) => {
                    let register = self.new_register();
                    self.program.constants.push((register, number.compute()));
                    register
                }
            };
        }
        let n = step.operands.len();
        for k in n..3 {
            src[k] = src[n.saturating_sub(1)];
        }
        // `where` starts with a condition: the last operand tells what is computed.
        let last = step.operands.last();
        let compute = last
            .map_or(step.dtype, |o| self.steps.dtype_of(o).unwrap_or(number))
            .compute();
        let Cpu::Tile(kernel) = step.routine.cpu else {
            unreachable!("only tile ops are fused")
        };
        let kernel =
            kernel(compute, step.dtype).expect("meta admits only dtypes that the op has a kernel for");
        let is_stored = self.results[i].is_stored;
        let dst = if is_stored {
            self.new_register()
        } else {
            self.temporary()
        };
        if step.dtype.compute_dtype() == step.dtype {
            self.push(kernel, dst, src);
        } else {
            let wide = self.temporary();
            self.push(kernel, wide, src);
            self.push(cast::round_kernel(step.dtype), dst, [wide; 3]);
            self.free.push(wide);
        }
        self.results[i].register = dst;
        if is_stored {
            self.program.stores.push(dst);
        }
        // Registers of results read for the last time are free from the next instruction on.
        for operand in &step.operands {
            if let Operand::Step(k) = *operand {
                let read = &mut self.results[k];
                read.reads_left -= 1;
                if read.reads_left == 0 && !read.is_stored {
                    self.free.push(read.register);
                }
            }
        }
    }

    fn push(&mut self, kernel: super::tile::Kernel, dst: u16, src: [u16; 3]) {
        self.program.instructions.push(Instruction {
            run: kernel.for_this_cpu(),
            dst,
            src,
        });
    }
}
