//! Conversion between dtypes: an instruction of the tile interpreter, and the program of one copy.

use crate::cpu::number::CastFrom;
use crate::cpu::tile::{Instruction, Kernel, Program};
use crate::dtype::{Compute, DType};
use crate::{dispatch, tile_kernel};
use smallvec::smallvec;

pub fn kernel(from: Compute, to: DType) -> Option<Kernel> {
    Some(match to {
        DType::Bool => dispatch!(from, S => tile_kernel!(|x: S| -> u8 { (x != S::default()) as u8 })),
        // Computed with as int32, saturated and wrapped as the narrow type that they are.
        DType::I8 => dispatch!(from, S => tile_kernel!(|x: S| -> i32 { i32::from(i8::cast_from(x)) })),
        DType::I16 => dispatch!(from, S => tile_kernel!(|x: S| -> i32 { i32::from(i16::cast_from(x)) })),
        DType::U8 | DType::I32 | DType::I64 | DType::F16 | DType::BF16 | DType::F32 | DType::F64 => {
            dispatch!(from, S => dispatch!(to, D => tile_kernel!(|x: S| -> D { D::cast_from(x) })))
        }
    })
}

/// Brings float32 registers to a half-precision dtype's values, int32 ones to those of a narrower integer.
pub fn round_kernel(dtype: DType) -> Kernel {
    match dtype {
        DType::I8 => tile_kernel!(|x: i32| -> i32 { i32::from(x as i8) }),
        DType::I16 => tile_kernel!(|x: i32| -> i32 { i32::from(x as i16) }),
        DType::F16 => tile_kernel!(|x: f32| -> f32 { half::f16::from_f32(x).to_f32() }),
        DType::BF16 => tile_kernel!(|x: f32| -> f32 { half::bf16::from_f32(x).to_f32() }),
        DType::Bool | DType::U8 | DType::I32 | DType::I64 | DType::F32 | DType::F64 => {
            unreachable!("{dtype} is computed with as it is")
        }
    }
}

/// One load, one conversion, one store.
pub fn copy_program(from: DType, to: DType) -> Program {
    let convert = |dst, src| Instruction {
        run: kernel(from.compute(), to)
            .expect("every pair has a kernel")
            .for_this_cpu(),
        dst,
        src: [src; 3],
    };
    let round = |dst, src| Instruction {
        run: round_kernel(to).for_this_cpu(),
        dst,
        src: [src; 3],
    };
    let instructions = if to.compute_dtype() == to {
        vec![convert(1, 0)]
    } else {
        vec![convert(2, 0), round(1, 2)]
    };
    Program {
        instructions,
        loads: smallvec![0],
        constants: vec![],
        stores: smallvec![1],
        registers: 3,
    }
}
