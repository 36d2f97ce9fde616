//! Sources added to the places that they go to, on the GPU. Sorting the places, which is stable, brings the sources of
//! one place together in their order, so that one thread adds them as the CPU does and no sum depends on chance.

use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, kind};
use crate::ops::index::places::{Around, Named, every};
use crate::ops::ordering::sort::{Order, SORT};
use smallvec::smallvec;

/// Sources that one pass adds to a place: drivers end an invocation that runs for too many rounds.
pub const PART: usize = 1 << 15;

/// The element type, and `a + b` as WGSL: integers wrap.
pub fn addition(op: &'static str, dtype: DType) -> Result<(&'static str, &'static str)> {
    let sum = match dtype {
        DType::I8 => "((a + b) << 24u) >> 24u",
        DType::I16 => "((a + b) << 16u) >> 16u",
        DType::U8 => "(a + b) & 255u",
        DType::I64 => "add_i64(a, b)",
        _ => "a + b",
    };
    Ok((kind(op, dtype)?, sum))
}

/// `out[a, places[b], c] += source[a, b, c]`, b ascending, where the places are those of `named` and input `source` has
/// the sources. The output is the base's own buffer, or starts with zeros.
pub fn sums(
    c: &Context,
    named: &[Named],
    around: Around,
    source: usize,
    from_zeros: bool,
) -> Result<GpuProgram> {
    let (kind, add) = addition(c.op, c.dtype(source))?;
    let count = named[0].count();
    let [places, slots, order] = [0, 1, 2].map(Buffer::Scratch);
    let mut passes = every(c, named, places)?;

    let Gpu::Program(sort) = SORT.gpu else {
        unreachable!("sort has a program");
    };
    let ascending = Order {
        dim: 0,
        descending: false,
    };
    let sorted = sort(&Context {
        op: c.op,
        attrs: &ascending.encode(),
        data: &smallvec![],
        inputs: &[(smallvec![count], DType::I32)],
        layouts: &[],
        limits: c.limits,
    })?;
    for mut pass in sorted.passes {
        for binding in &mut pass.bindings {
            binding.buffer = match binding.buffer {
                Buffer::Input(_) => places,
                Buffer::Output(0) => slots,
                Buffer::Output(_) => order,
                Buffer::Scratch(i) => Buffer::Scratch(3 + i),
                Buffer::Fault => Buffer::Fault,
            };
        }
        passes.push(pass);
    }

    let pass = |entry: &'static str, n: usize, added: usize| {
        let params = [n, count, around.width, around.places, added]
            .map(|x| x as u32)
            .to_vec();
        let bindings = vec![
            Binding::read("slots", slots, "i32"),
            Binding::read("order", order, "vec2<u32>"),
            Binding::read("source", Buffer::Input(source), kind),
            Binding::write("out", Buffer::Output(0), kind),
        ];
        let mut pass = c.over_elements("index/sums.wgsl", n, bindings, params);
        pass.entry = entry;
        pass.defines.extend([
            ("KIND", kind.to_string()),
            ("ADD", add.to_string()),
            ("PART", PART.to_string()),
        ]);
        pass
    };
    if from_zeros {
        passes.push(pass("clear", around.blocks * around.places * around.width, 0));
    }
    let n = around.blocks * count * around.width;
    passes.extend((0..count).step_by(PART).map(|added| pass("main", n, added)));
    let mut scratch = vec![4 * count, 4 * count, 8 * count];
    scratch.extend(sorted.scratch);
    Ok(GpuProgram {
        passes,
        scratch,
        ..GpuProgram::default()
    })
}
