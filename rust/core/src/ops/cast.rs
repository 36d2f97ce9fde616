//! Conversion between dtypes.

use super::create;
use crate::cpu::number::CastFrom;
use crate::cpu::tile::{Instruction, Kernel, Program};
use crate::dtype::{Compute, DType};
use crate::error::Result;
use crate::function::{Effect, Function};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::stream::record_one;
use crate::tile_kernel;
use smallvec::smallvec;

pub static OP: Op = Op {
    name: "cast",
    function: Some(Function {
        name: "cast",
        signature: "(input: Tensor, dtype: dtype) -> Tensor",
        doc: "The same values in another dtype. Floats round to nearest even; floats to integers drop the fraction and \
              saturate, NaN becomes 0; anything to bool is `!= 0`. The gradient is cast back.\n\n\
              >>> ravine.cast(ravine.tensor([1.7, 0.0]), ravine.int64)\ntensor([1, 0])\n",
        method: false,
        effect: Effect::Pure,
        call: |a| Ok(cast(a.tensor(0)?, a.opt_dtype(1)?.unwrap_or(DType::F32))?.into()),
    }),
    class: Class::Elementwise,
    // attrs: [dtype]
    meta: |r| Ok(smallvec![(r.shape(0).into(), dtype_of(r.attrs[0]))]),
    cpu: Cpu::Tile(kernel),
    gpu: Gpu::Expression("convert(x)"),
    vjp: Vjp::Elementwise(back),
    jvp: Jvp::Elementwise,
    batch: Batch::Rule(super::elementwise::batch),
    donates: &[],
    plain: Plain::Primitive("one expression per element: NumPy is the oracle"),
    tests: Tests {
        reference: "np.asarray(input).astype(dtype)",
        samples: &[
            "f(2, 3), ravine.float64",
            "f(5), ravine.int32",
            "i(4), ravine.float32",
            "i(4), ravine.bool",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

fn dtype_of(code: i64) -> DType {
    DType::ALL[code as usize]
}

/// Reverse: back to the input's dtype. Forward: on to the output's. Integers carry no gradient.
fn back(c: &crate::op::Call, _i: usize, t: &Tensor) -> Result<Tensor> {
    let (from, to) = (c.tensor(0).dtype(), c.outputs[0].dtype());
    if !from.is_float() || !to.is_float() {
        return create::zeros_like(t);
    }
    cast(t, if t.dtype() == to { from } else { to })
}

pub fn cast(x: &Tensor, dtype: DType) -> Result<Tensor> {
    if x.dtype() == dtype {
        return Ok(x.clone());
    }
    let code = DType::ALL
        .iter()
        .position(|&d| d == dtype)
        .expect("ALL lists every dtype");
    record_one(&OP, smallvec![code as i64], smallvec![], smallvec![x.into()])
}

fn kernel(from: Compute, to: DType) -> Option<Kernel> {
    if to == DType::Bool {
        return Some(dispatch!(from, S => tile_kernel!(|x: S| -> u8 { (x != S::default()) as u8 })));
    }
    // Computed with as int32, saturated and wrapped as the narrow type that they are.
    if to == DType::I8 {
        return Some(dispatch!(from, S => tile_kernel!(|x: S| -> i32 { i32::from(i8::cast_from(x)) })));
    }
    if to == DType::I16 {
        return Some(dispatch!(from, S => tile_kernel!(|x: S| -> i32 { i32::from(i16::cast_from(x)) })));
    }
    Some(dispatch!(from, S => dispatch!(to, D => tile_kernel!(|x: S| -> D { D::cast_from(x) }))))
}

/// Brings float32 registers to a half-precision dtype's values, int32 ones to those of a narrower integer.
pub fn round_kernel(dtype: DType) -> Kernel {
    match dtype {
        DType::I8 => tile_kernel!(|x: i32| -> i32 { i32::from(x as i8) }),
        DType::I16 => tile_kernel!(|x: i32| -> i32 { i32::from(x as i16) }),
        DType::F16 => tile_kernel!(|x: f32| -> f32 { half::f16::from_f32(x).to_f32() }),
        _ => tile_kernel!(|x: f32| -> f32 { half::bf16::from_f32(x).to_f32() }),
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
        loads: vec![0],
        constants: vec![],
        stores: vec![1],
        registers: 3,
    }
}
