//! The tile interpreter: a fused group is a short program whose instructions are SIMD loops over tiles that stay in
//! the first-level cache. Registers hold compute types (`dtype::Compute`); every instruction rounds to its dtype.

use super::layout::{Access, Iteration};
use super::simd::{Level, level};
use super::threads::parallel_for;
use crate::array::Array;
use crate::dtype::{Compute, DType, Scalar, Widest};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::sync::Arc;

/// Elements per tile: 2 KB of float32, so that a dozen registers fit in a first-level cache of 48 KB.
pub const TILE: usize = 512;
/// Elements that one thread claims at a time.
const CHUNK: usize = 32 * TILE;

/// Elements below which threads cost more than they give.
const SERIAL: usize = 2 * CHUNK;

/// One instruction's loop over `n` elements. `dst` overlaps no source.
pub type TileFn = unsafe fn(dst: *mut u8, src: [*const u8; 3], n: usize);

/// The same loop compiled for each SIMD level.
#[derive(Clone, Copy)]
pub struct Kernel(pub [TileFn; 3]);

impl Kernel {
    pub fn for_this_cpu(self) -> TileFn {
        match level() {
            Level::Portable => self.0[0],
            Level::Avx2 => self.0[1],
            Level::Avx512 | Level::Amx => self.0[2],
        }
    }
}

/// `tile_kernel!(|x: f32, y: f32| -> f32 { x + y })` compiles the expression over whole tiles for every SIMD level.
#[macro_export]
macro_rules! tile_kernel {
    (|$x:ident: $a:ty| -> $out:ty { $body:expr }) => {
        $crate::tile_kernel!(@ |$x: $a, _y: $a, _z: $a| -> $out { $body } 1)
    };
    (|$x:ident: $a:ty, $y:ident: $b:ty| -> $out:ty { $body:expr }) => {
        $crate::tile_kernel!(@ |$x: $a, $y: $b, _z: $a| -> $out { $body } 2)
    };
    (|$x:ident: $a:ty, $y:ident: $b:ty, $z:ident: $c:ty| -> $out:ty { $body:expr }) => {
        $crate::tile_kernel!(@ |$x: $a, $y: $b, $z: $c| -> $out { $body } 3)
    };
    (@ |$x:ident: $a:ty, $y:ident: $b:ty, $z:ident: $c:ty| -> $out:ty { $body:expr } $arity:literal) => {{
        // SAFETY (all four): the interpreter passes `$arity` sources and a destination of `n` elements of these types.
        #[inline(always)]
        unsafe fn run(dst: *mut u8, src: [*const u8; 3], n: usize) {
            let dst = dst.cast::<$out>();
            for i in 0..n {
                // SAFETY: i < n, and there are `$arity` sources of these types.
                let ($x, $y, $z) = unsafe {
                    (
                        *src[0].cast::<$a>().add(i),
                        if $arity > 1 { *src[1].cast::<$b>().add(i) } else { Default::default() },
                        if $arity > 2 { *src[2].cast::<$c>().add(i) } else { Default::default() },
                    )
                };
                let result: $out = $body;
                // SAFETY: i < n.
                unsafe { *dst.add(i) = result };
            }
        }
        unsafe fn portable(dst: *mut u8, src: [*const u8; 3], n: usize) {
            // SAFETY: the caller's promise.
            unsafe { run(dst, src, n) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,bmi2,f16c")]
        unsafe fn avx2(dst: *mut u8, src: [*const u8; 3], n: usize) {
            // SAFETY: the caller's promise.
            unsafe { run(dst, src, n) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,bmi2,f16c")]
        unsafe fn avx512(dst: *mut u8, src: [*const u8; 3], n: usize) {
            // SAFETY: the caller's promise.
            unsafe { run(dst, src, n) }
        }
        #[cfg(not(target_arch = "x86_64"))]
        use {portable as avx2, portable as avx512};
        $crate::cpu::tile::Kernel([portable, avx2, avx512])
    }};
}

#[derive(Clone, Copy)]
pub struct Instruction {
    pub run: TileFn,
    pub dst: u16,
    pub src: [u16; 3],
}

/// A fused group as registers and instructions; which arrays it reads and writes is given at each run.
#[derive(Default)]
pub struct Program {
    pub instructions: Vec<Instruction>,
    /// Register of each input array.
    pub loads: SmallVec<[u16; 4]>,
    /// Register and type of each constant.
    pub constants: Vec<(u16, Compute)>,
    /// Register of each output array. No two outputs share one.
    pub stores: SmallVec<[u16; 4]>,
    pub registers: u16,
}

const REGISTER_BYTES: usize = TILE * size_of::<Widest>();

thread_local! {
    static SCRATCH: RefCell<Vec<[Widest; 8]>> = const { RefCell::new(Vec::new()) };
}

/// How an input reaches its register.
enum Load {
    /// Dense and of compute type: the register is the memory itself.
    Direct(*const u8, usize),
    /// The same element everywhere: filled once.
    Once,
    /// Copied (and converted) tile by tile.
    Copy,
}

/// A program with what it runs on. Parts may be run in any order, on any thread.
pub struct Run<'a> {
    program: &'a Program,
    inputs: &'a [&'a Array],
    access: SmallVec<[Access; 4]>,
    iteration: Iteration,
    constants: &'a [Scalar],
    outputs: &'a [Array],
    loads: SmallVec<[Load; 4]>,
    /// Whether an output's register is its memory.
    direct: SmallVec<[bool; 4]>,
}

// SAFETY: inputs are only read; each task writes its own range of the outputs, which have no other owner.
unsafe impl Sync for Run<'_> {}

/// Runs `program` over `shape`. Inputs broadcast to it; outputs are dense. An output may share the memory of an input
/// of the same dtype and shape, then its tile is written after every load of that tile.
pub fn run(program: &Program, shape: &[usize], inputs: &[&Array], constants: &[Scalar], outputs: &[Array]) {
    let n: usize = shape.iter().product();
    if n == 0 {
        return;
    }
    if n <= TILE && constants.is_empty() && run_in_place(program, shape, inputs, outputs, n) {
        return;
    }
    let run = Run::new(program, shape, inputs, constants, outputs);
    if n <= SERIAL {
        run.range(0, n);
    } else {
        parallel_for(n.div_ceil(CHUNK), &|task| {
            run.range(task * CHUNK, n.min((task + 1) * CHUNK))
        });
    }
}

/// One op on a few dense elements, by far the most frequent run of eager code: memory serves as the registers. Returns
/// whether it could.
fn run_in_place(program: &Program, shape: &[usize], inputs: &[&Array], outputs: &[Array], n: usize) -> bool {
    let ([instruction], [output]) = (&program.instructions[..], outputs) else {
        return false;
    };
    let native = |a: &Array| a.dtype.compute_dtype() == a.dtype;
    let fits = |a: &&Array| {
        native(a) && *a.shape == *shape && a.is_contiguous() && !Arc::ptr_eq(&a.storage, &output.storage)
    };
    if !native(output) || !inputs.iter().all(fits) {
        return false;
    }
    let register = |r: u16| {
        let at = program.loads.iter().position(|&load| load == r);
        at.map_or(output.ptr(), |i| inputs[i].ptr())
    };
    // SAFETY: sources and destination hold n elements of the types that the program was compiled for, and the
    // destination's memory is none of the sources'.
    unsafe { (instruction.run)(output.ptr_mut(), instruction.src.map(register), n) };
    true
}

impl<'a> Run<'a> {
    pub fn new(
        program: &'a Program,
        shape: &[usize],
        inputs: &'a [&'a Array],
        constants: &'a [Scalar],
        outputs: &'a [Array],
    ) -> Run<'a> {
        let (iteration, access) = Iteration::new(shape, inputs);
        let loads = (inputs.iter().zip(&access))
            .map(|(array, access)| match access {
                Access::Dense if array.dtype.compute_dtype() == array.dtype => {
                    Load::Direct(array.ptr(), array.dtype.size())
                }
                Access::Constant => Load::Once,
                _ => Load::Copy,
            })
            .collect();
        let direct = (outputs.iter())
            .map(|o| {
                o.dtype.compute_dtype() == o.dtype
                    && inputs.iter().all(|i| !Arc::ptr_eq(&i.storage, &o.storage))
            })
            .collect();
        Run {
            program,
            inputs,
            access,
            iteration,
            constants,
            outputs,
            loads,
            direct,
        }
    }

    /// Elements `start..end` of the outputs.
    pub fn range(&self, start: usize, end: usize) {
        self.tiles(start, end, |run, at, n, registers| {
            for (o, output) in run.outputs.iter().enumerate() {
                if !run.direct[o] {
                    let r = run.program.stores[o] as usize;
                    // SAFETY: this task owns elements at..at+n of the output.
                    unsafe { store(output, at, n, registers[r]) };
                }
            }
        });
    }

    /// Elements `start..end` of the first result, which has no memory of its own, in tiles and in order: address and
    /// number of elements of the result's compute type.
    pub fn read(&self, start: usize, end: usize, mut take: impl FnMut(*const u8, usize)) {
        let result = self.program.stores[0] as usize;
        self.tiles(start, end, |_, _, n, registers| take(registers[result], n));
    }

    /// Computes tile after tile; `done` finds the results in their registers.
    fn tiles(&self, start: usize, end: usize, mut done: impl FnMut(&Run, usize, usize, &[*mut u8])) {
        SCRATCH.with(|scratch| {
            let mut scratch = scratch.borrow_mut();
            let words = self.program.registers as usize * REGISTER_BYTES / size_of::<[Widest; 8]>();
            if scratch.len() < words {
                scratch.resize(words, [0; 8]);
            }
            let base = scratch.as_mut_ptr().cast::<u8>();
            // SAFETY: the scratch has a slot of REGISTER_BYTES for every register.
            let slot = |r: u16| unsafe { base.add(r as usize * REGISTER_BYTES) };
            let mut registers: SmallVec<[*mut u8; 16]> = (0..self.program.registers).map(slot).collect();
            let first = TILE.min(end - start);
            for (&(r, compute), &value) in self.program.constants.iter().zip(self.constants) {
                // SAFETY: the slot has room for `first` elements.
                unsafe { fill(slot(r), compute, value, first) };
            }
            for (i, load) in self.loads.iter().enumerate() {
                if let Load::Once = load {
                    // SAFETY: the slot has room for `first` elements.
                    unsafe {
                        self.iteration.load(
                            self.inputs[i],
                            &self.access[i],
                            0,
                            first,
                            slot(self.program.loads[i]),
                        )
                    };
                }
            }
            let mut at = start;
            while at < end {
                let n = TILE.min(end - at);
                for (i, load) in self.loads.iter().enumerate() {
                    let r = self.program.loads[i];
                    match load {
                        Load::Direct(ptr, size) => {
                            registers[r as usize] = ptr.wrapping_add(at * size).cast_mut()
                        }
                        Load::Once => {}
                        // SAFETY: `at + n` is within the iteration, the slot has room for n elements.
                        Load::Copy => unsafe {
                            self.iteration
                                .load(self.inputs[i], &self.access[i], at, n, slot(r))
                        },
                    }
                }
                for (o, output) in self.outputs.iter().enumerate() {
                    if self.direct[o] {
                        registers[self.program.stores[o] as usize] =
                            output.ptr_mut().wrapping_add(at * output.dtype.size());
                    }
                }
                for instruction in &self.program.instructions {
                    let src = instruction.src.map(|r| registers[r as usize].cast_const());
                    // SAFETY: registers hold n elements of the types that the compiler of the program chose, and a
                    // destination is never a source of the same instruction.
                    unsafe { (instruction.run)(registers[instruction.dst as usize], src, n) };
                }
                done(self, at, n, &registers);
                at += n;
            }
        });
    }
}

/// Fills a register with a number of the given compute type.
///
/// # Safety
/// `dst` has room for `n` elements.
pub unsafe fn fill(dst: *mut u8, compute: Compute, value: Scalar, n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match compute {
            Compute::F32 => std::slice::from_raw_parts_mut(dst.cast::<f32>(), n).fill(value.as_f64() as f32),
            Compute::F64 => std::slice::from_raw_parts_mut(dst.cast::<f64>(), n).fill(value.as_f64()),
            Compute::I32 => std::slice::from_raw_parts_mut(dst.cast::<i32>(), n).fill(value.as_i64() as i32),
            Compute::I64 => std::slice::from_raw_parts_mut(dst.cast::<i64>(), n).fill(value.as_i64()),
            Compute::U8 => std::slice::from_raw_parts_mut(dst, n).fill(value.as_i64() as u8),
        }
    }
}

/// Writes a register to elements `at..at + n` of a dense output, converting to a narrower dtype where needed.
/// The values were rounded by an instruction before, so the conversion is exact.
///
/// # Safety
/// The range lies within the output, which the caller owns; `src` holds n elements of its compute type.
unsafe fn store(output: &Array, at: usize, n: usize, src: *const u8) {
    let size = output.dtype.size();
    let dst = output.ptr_mut().wrapping_add(at * size);
    // SAFETY: the caller's promise.
    unsafe {
        match output.dtype {
            DType::I8 => {
                let src = std::slice::from_raw_parts(src.cast::<i32>(), n);
                for (i, &x) in src.iter().enumerate() {
                    *dst.cast::<i8>().add(i) = x as i8;
                }
            }
            DType::I16 => {
                let src = std::slice::from_raw_parts(src.cast::<i32>(), n);
                for (i, &x) in src.iter().enumerate() {
                    *dst.cast::<i16>().add(i) = x as i16;
                }
            }
            DType::F16 => {
                let src = std::slice::from_raw_parts(src.cast::<f32>(), n);
                for (i, &x) in src.iter().enumerate() {
                    *dst.cast::<half::f16>().add(i) = half::f16::from_f32(x);
                }
            }
            DType::BF16 => {
                let src = std::slice::from_raw_parts(src.cast::<f32>(), n);
                for (i, &x) in src.iter().enumerate() {
                    *dst.cast::<half::bf16>().add(i) = half::bf16::from_f32(x);
                }
            }
            DType::Bool | DType::U8 | DType::I32 | DType::I64 | DType::F32 | DType::F64 => {
                std::ptr::copy_nonoverlapping(src, dst, n * size)
            }
        }
    }
}
