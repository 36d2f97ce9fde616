//! The CPU as a device of the engine.

use super::{Cpu, TileRule, copy_into, fused, simd, tile};
use crate::array::{Array, Storage};
use crate::device::Backend;
use crate::dtype::{DType, Widest};
use crate::error::Result;
use crate::shape::{Shape, numel};
use crate::work::{Attrs, Code, Launch, Near, Routine, Slot, Steps, Work, number_dtype};
use std::mem::MaybeUninit;
use std::sync::Arc;

pub struct Host;

impl Backend for Host {
    fn allocate(&self, elements: usize, dtype: DType) -> Result<Arc<Storage>> {
        Storage::new(elements * dtype.size())
    }

    fn copy(&self, from: &Array, to: &Array) -> Result<()> {
        simd::with_float_state(|| copy_into(from, to));
        Ok(())
    }

    fn upload(&self, from: &Array, to: &Array) -> Result<()> {
        self.copy(from, to)
    }

    fn download(&self, from: &Array, to: &Array) -> Result<()> {
        self.copy(from, to)
    }

    fn working_dtype(&self, routine: Routine, dtype: DType) -> DType {
        match routine.cpu {
            Cpu::Kernel(_) | Cpu::Spliced(..) => dtype.compute_dtype(),
            Cpu::Tile(_) | Cpu::View | Cpu::Move(_) => dtype,
        }
    }

    fn compile(&self, steps: &Steps) -> Code {
        Box::new(fused::compile(steps))
    }

    fn splices(&self, routine: Routine, slot: Slot, attrs: &Attrs, shape: &[usize], dtype: DType) -> bool {
        match routine.cpu {
            Cpu::Spliced(_, has) => dtype.compute_dtype() == dtype && has(slot, attrs, shape),
            Cpu::Tile(_) | Cpu::View | Cpu::Kernel(_) | Cpu::Move(_) => false,
        }
    }

    fn launch(&self, work: &Work, launch: &mut Launch) -> Result<()> {
        simd::with_float_state(|| match work {
            Work::Fused(code) => {
                let program = code
                    .downcast_ref()
                    .expect("the code is what this device compiled");
                run_fused(program, launch);
                Ok(())
            }
            Work::Kernel(routine) => match routine.cpu {
                Cpu::Kernel(kernel) | Cpu::Spliced(kernel, _) | Cpu::Move(kernel) => kernel(launch),
                Cpu::Tile(_) | Cpu::View => unreachable!("views and tile ops have no kernel"),
            },
        })
    }

    unsafe fn launch_alone(
        &self,
        routine: Routine,
        shape: &Shape,
        dtype: DType,
        operands: &[Near],
    ) -> Result<Option<Array>> {
        let Cpu::Tile(kernel) = routine.cpu else {
            return Ok(None);
        };
        let n = numel(shape);
        let native = |d: DType| d.compute_dtype() == d;
        if n > tile::TILE || !native(dtype) {
            return Ok(None);
        }
        let (x, y) = match operands {
            [Near::Elements(x, of)] if native(*of) => ((*x, *of), (*x, *of)),
            [Near::Elements(x, of), Near::Elements(y, last)] if native(*of) && native(*last) => {
                ((*x, *of), (*y, *last))
            }
            // SAFETY: the caller's promise.
            _ => return unsafe { beside_numbers(*kernel, shape, dtype, operands) },
        };
        let kernel =
            kernel(y.1.compute(), dtype).expect("meta admits only dtypes that the op has a kernel for");
        let output = Array::empty(shape, dtype)?;
        // SAFETY: sources hold n elements of the types that the kernel was chosen for (the caller's promise), and the
        // output is fresh. The floating-point state is that of the thread that records: its host has set it.
        unsafe { kernel.for_this_cpu()(output.ptr_mut(), [x.0, y.0, y.0], n) };
        Ok(Some(output))
    }
}

/// As `launch_alone`, with numbers among the operands, or three of them.
///
/// # Safety
/// As there.
#[inline(never)]
unsafe fn beside_numbers(
    kernel: TileRule,
    shape: &Shape,
    dtype: DType,
    operands: &[Near],
) -> Result<Option<Array>> {
    let n = numel(shape);
    if operands.is_empty() || operands.len() > 3 {
        return Ok(None);
    }
    // Room for numbers that stand beside tensors: tiles of the widest type.
    let mut numbers = [const { [const { MaybeUninit::<Widest>::uninit() }; tile::TILE] }; 3];
    let mut sources = [std::ptr::null(); 3];
    let mut compute = dtype.compute();
    for (k, operand) in operands.iter().enumerate() {
        (sources[k], compute) = match operand {
            Near::Elements(address, dtype) if dtype.compute_dtype() == *dtype => (*address, dtype.compute()),
            Near::Elements(..) => return Ok(None),
            Near::Number(value) => {
                let dtypes = operands.iter().filter_map(|o| match o {
                    Near::Elements(_, dtype) => Some(*dtype),
                    Near::Number(_) => None,
                });
                let number = number_dtype(dtype, dtypes).compute();
                let tile = numbers[k].as_mut_ptr().cast();
                // SAFETY: a tile has room for n elements of any type.
                unsafe { tile::fill(tile, number, *value, n) };
                (tile.cast_const(), number)
            }
        };
    }
    for k in operands.len()..3 {
        sources[k] = sources[operands.len() - 1];
    }
    let kernel = kernel(compute, dtype).expect("meta admits only dtypes that the op has a kernel for");
    let output = Array::empty(shape, dtype)?;
    // SAFETY: as in `launch_alone`; tiles of numbers hold n elements too.
    unsafe { kernel.for_this_cpu()(output.ptr_mut(), sources, n) };
    Ok(Some(output))
}

fn run_fused(program: &tile::Program, launch: &Launch) {
    // Values that only a history needs are not stored, and computed again when it reads them.
    let Some(first) = launch.outputs.first() else {
        return;
    };
    let (inputs, numbers) = fused::operands(&launch.inputs);
    tile::run(program, &first.shape, &inputs, &numbers, &launch.outputs);
}
