//! The greatest element of each window.

use crate::cpu::pooling as kernels;
use crate::cpu::reduce::{Max, Reducer};
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, kind, need};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, NO_TESTS, Op, Plain, Tests, Vjp};
use crate::ops::batch::all_batched;
use crate::ops::nn::pool::{Pooling, Walk, Windows, call, grid, plane, pooled, with_plane};
use crate::stream::{record, record_one};
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

/// Taps up to which their numbers fit into a byte.
const SMALL: usize = 256;

/// attrs: `Windows`; outputs: values, taps
pub static MAX_POOL: Op = Op {
    name: "max_pool2d",
    function: Some(Function {
        name: "max_pool2d",
        signature: "(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, \
                    padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False) \
                    -> Tensor",
        doc: "The greatest element of each window: `y[i, j] = max_{p, q} x[i s + p d - pad, j s + q d - pad]` in every \
              channel. Shapes: (N, C, H, W) or (C, H, W); the result has `H' = (H + 2 pad - d (k - 1) - 1) // s + 1`, \
              rounded up with `ceil_mode` (a window that would begin behind the input is left out). `stride` is \
              `kernel_size` unless given; pairs are (vertical, horizontal). What lies outside counts as less than \
              everything; NaN counts as greater. The gradient goes to the first of equal elements in row-major order. \
              Raises an error for padding of more than half a window, and for a window larger than the padded input.\n\n\
              >>> ravine.max_pool2d(ravine.arange(16.0).reshape(1, 4, 4), 2)\n\
              tensor([[[ 5.,  7.],\n         [13., 15.]]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| call::max_pool(a, 2, false),
    }),
    class: Class::Structured,
    meta: |r| {
        let Windows { axes } = r.attrs.into();
        let shape = pooled(r.shape(0), &axes);
        let taps = axes[0].kernel * axes[1].kernel;
        let small = if taps <= SMALL { DType::U8 } else { DType::I32 };
        Ok(smallvec![(shape.clone(), r.dtype(0)), (shape, small)])
    },
    cpu: Cpu::Kernel(|l| {
        let x = l.dense(0)?;
        let grid = grid(l.attrs, &x.shape);
        dispatch!(x.dtype, T => kernels::max::<T>(&grid, &x, <Max as Reducer<T>>::NEUTRAL, &mut l.outputs));
        Ok(())
    }),
    gpu: Gpu::Program(greatest),
    vjp: Vjp::Rule(|c, g, _| {
        let back = |g: &Tensor| scatter(g, &c.outputs[1], c.attrs.into(), plane(c.tensor(0).shape()));
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Rule(|c, t| {
        let picked = |t: &Tensor| gather(t, &c.outputs[1], c.attrs.into());
        Ok(smallvec![t[0].as_ref().map(picked).transpose()?, None])
    }),
    batch: Batch::Rule(|c, _, _| record(c.op, c.attrs.clone(), smallvec![], c.inputs.into())),
    donates: &[],
    plain: Plain::Primitive("maxima of windows: NumPy's sliding windows are the oracle"),
    tests: Tests {
        reference: "max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)",
        samples: &[
            "f(1, 1, 1, 1), 1",
            "f(2, 3, 6, 8), 2",
            "f(3, 7, 5), (3, 2), 2, 1",
            "f(2, 2, 9, 8), 3, (1, 2), (1, 0), (2, 1)",
            "f(2, 2, 7, 9), 2, 3, ceil_mode=True",
            "f(1, 2, 7, 8), (3, 2), 2, 1, 1, True",
            "f(0, 2, 4, 4), 2",
            "f(1, 1, 20, 20), 17, 1",
            "f(2, 4, 37, 39), 3, 2, 1",
            "f(1, 2, 5, 90), (1, 5), (1, 5), (0, 2)",
            "i(2, 3, 4, 4), 2",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

attributes! {
    struct Scattered in Attrs {
        windows: Windows,
        /// That was pooled.
        plane: [usize; 2],
    }
}

/// Adds every element to the place of its tap. inputs: elements, taps; attrs: `Scattered`
pub static MAX_POOL_SCATTER: Op = Op {
    name: "max_pool_scatter",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let shape = with_plane(r.shape(0), Scattered::from(r.attrs).plane);
        Ok(smallvec![(shape, r.dtype(0))])
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (g, taps) = (l.dense(0)?, l.dense(1)?);
        let grid = grid(l.attrs, &l.outputs[0].shape);
        dispatch_float!(g.dtype, T => kernels::scatter::<T>(&grid, &g, &taps, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(|c| {
        need(c.op, c.dtype(0), DType::F32)?;
        let shape = with_plane(c.shape(0), Scattered::from(c.attrs).plane);
        moved(c, "scatter", Walk::Place, &shape)
    }),
    vjp: Vjp::Rule(|c, g, _| {
        let back = |g: &Tensor| gather(g, c.tensor(1), Scattered::from(c.attrs).windows);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?, None])
    }),
    jvp: Jvp::Rule(|c, t| {
        let Scattered { windows, plane } = c.attrs.into();
        let moved = |t: &Tensor| scatter(t, c.tensor(1), windows, plane);
        Ok(smallvec![t[0].as_ref().map(moved).transpose()?])
    }),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Primitive("the adjoint of max_pool_gather, to which derivatives hold it"),
    tests: NO_TESTS,
};

/// The elements at the taps. inputs: planes, taps; attrs: `Windows`
pub static MAX_POOL_GATHER: Op = Op {
    name: "max_pool_gather",
    function: None,
    class: Class::Structured,
    meta: |r| Ok(smallvec![(r.shape(1).into(), r.dtype(0))]),
    cpu: Cpu::Move(|l: &mut Launch| {
        let (x, taps) = (l.input(0).clone(), l.dense(1)?);
        let grid = grid(l.attrs, &x.shape);
        by_size!(x.dtype, T => kernels::gather::<T>(&grid, &x, &taps, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(|c| moved(c, "gather", Walk::Tap, c.shape(1))),
    vjp: Vjp::Rule(|c, g, _| {
        let back = |g: &Tensor| scatter(g, c.tensor(1), c.attrs.into(), plane(c.tensor(0).shape()));
        Ok(smallvec![g[0].as_ref().map(back).transpose()?, None])
    }),
    jvp: Jvp::Rule(|c, t| {
        let picked = |t: &Tensor| gather(t, c.tensor(1), c.attrs.into());
        Ok(smallvec![t[0].as_ref().map(picked).transpose()?])
    }),
    batch: Batch::Rule(batch),
    donates: &[],
    plain: Plain::Primitive("moves elements: max_pool2d's windows are the oracle"),
    tests: NO_TESTS,
};

fn batch(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    record(c.op, c.attrs.clone(), smallvec![], all_batched(c, batched, size)?)
}

/// Values, and the taps that they stand at.
pub fn max_pool(x: &Tensor, windows: Windows) -> Result<[Tensor; 2]> {
    let mut outputs = record(&MAX_POOL, windows.encode(), smallvec![], smallvec![x.into()])?;
    let taps = outputs.remove(1);
    Ok([outputs.remove(0), taps])
}

fn scatter(g: &Tensor, taps: &Tensor, windows: Windows, plane: [usize; 2]) -> Result<Tensor> {
    record_one(
        &MAX_POOL_SCATTER,
        Scattered { windows, plane }.encode(),
        smallvec![],
        smallvec![g.into(), taps.into()],
    )
}

pub fn gather(x: &Tensor, taps: &Tensor, windows: Windows) -> Result<Tensor> {
    record_one(
        &MAX_POOL_GATHER,
        windows.encode(),
        smallvec![],
        smallvec![x.into(), taps.into()],
    )
}

/// Values and taps.
fn greatest(c: &Context) -> Result<GpuProgram> {
    let element = kind(c.op, c.dtype(0))?;
    let axes = Windows::from(c.attrs).axes;
    let tap = if axes[0].kernel * axes[1].kernel <= SMALL {
        "u32"
    } else {
        "i32"
    };
    let (lowest, is_nan, above) = match element {
        "f32" => (
            "-inf_f32()",
            "isnan_f32(a)",
            "!isnan_f32(b) && (isnan_f32(a) || a > b)",
        ),
        "i32" => ("i32(0x80000000u)", "false", "a > b"),
        "u32" => ("0u", "false", "a > b"),
        _ => (
            "vec2<u32>(0u, 0x80000000u)",
            "false",
            "select(bitcast<i32>(a.y) > bitcast<i32>(b.y), a.x > b.x, a.y == b.y)",
        ),
    };
    let defines = [
        ("KIND", element),
        ("TAP", tap),
        ("LOWEST", lowest),
        ("IS_NAN", is_nan),
        ("ABOVE", above),
    ];
    let pooling = Pooling {
        template: "nn/pool/max.wgsl",
        entry: "main",
        walk: Walk::Window,
        shape: &pooled(c.shape(0), &axes),
        bindings: vec![
            Binding::read("x", Buffer::Input(0), element),
            Binding::write("y", Buffer::Output(0), element),
            Binding::write("taps", Buffer::Output(1), tap),
        ],
        defines: defines.map(|(name, text)| (name, text.to_string())).to_vec(),
        params: &[],
    };
    pooling.program(c)
}

/// Elements between planes and taps.
fn moved(c: &Context, entry: &'static str, walk: Walk, shape: &[usize]) -> Result<GpuProgram> {
    let element = kind(c.op, c.dtype(0))?;
    let pooling = Pooling {
        template: "nn/pool/taps.wgsl",
        entry,
        walk,
        shape,
        bindings: vec![
            Binding::read("x", Buffer::Input(0), element),
            Binding::read("taps", Buffer::Input(1), kind(c.op, c.dtype(1))?),
            Binding::write("y", Buffer::Output(0), element),
        ],
        defines: vec![("KIND", element.to_string())],
        params: &[],
    };
    pooling.program(c)
}
