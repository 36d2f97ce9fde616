//! The average of each window: linear, and so is its transpose.

use crate::cpu::pooling as kernels;
use crate::cpu::pooling::Axis;
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, need};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::nn::pool::{Pooling, Walk, Windows, call, grid, plane, pooled, with_plane};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

attributes! {
    #[derive(Clone, Copy)]
    pub struct Average in Attrs {
        windows: Windows,
        /// Whether padding counts as elements.
        padding: bool,
        /// By what sums are divided instead of the number of elements, if not 0.
        divisor: i64,
    }
}
attributes! {
    struct Spread in Attrs {
        average: Average,
        /// That was pooled.
        plane: [usize; 2],
    }
}

/// attrs: `Average`
pub static AVG_POOL: Op = Op {
    name: "avg_pool2d",
    function: Some(Function {
        name: "avg_pool2d",
        signature: "(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, \
                    padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True, \
                    divisor_override: int | None = None) -> Tensor",
        doc: "The mean of each window: `y[i, j] = sum_{p, q} x[i s + p - pad, j s + q - pad] / n` in every channel, where \
              what lies outside counts as 0. n is the number of the window's elements, those in the padding included \
              unless `count_include_pad` is False, or `divisor_override`. Shapes: (N, C, H, W) or (C, H, W); the result \
              has `H' = (H + 2 pad - k) // s + 1`, rounded up with `ceil_mode` (a window that would begin behind the \
              input is left out). `stride` is `kernel_size` unless given; pairs are (vertical, horizontal). float16 and \
              bfloat16 add up in float32. Raises an error for padding of more than half a window, and for a window larger \
              than the padded input.\n\n\
              >>> ravine.avg_pool2d(ravine.arange(16.0).reshape(1, 4, 4), 2)\n\
              tensor([[[ 2.5000,  4.5000],\n         [10.5000, 12.5000]]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| call::avg_pool(a, 2),
    }),
    class: Class::Structured,
    meta: |r| {
        let shape = pooled(r.shape(0), &Windows::from(r.attrs).axes);
        Ok(smallvec![(shape, r.dtype(0))])
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let x = l.dense(0)?;
        let grid = grid(l.attrs, &x.shape);
        let Average { padding, divisor, .. } = l.attrs.into();
        dispatch_float!(x.dtype, T => kernels::avg::<T>(&grid, padding, divisor, &x, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(|c| averages(c, Walk::Window)),
    vjp: Vjp::Rule(|c, g, _| {
        let (average, plane) = (Average::from(c.attrs), plane(c.tensor(0).shape()));
        let back = |g: &Tensor| spread(g, average, plane);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| again(c)),
    donates: &[],
    plain: Plain::Primitive("means of windows: NumPy's sliding windows are the oracle"),
    tests: Tests {
        reference: "avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)",
        samples: &[
            "f(1, 1, 1, 1), 1",
            "f(2, 3, 6, 8), 2",
            "f(3, 7, 5), (3, 2), 2, 1",
            "f(2, 2, 9, 8), 3, (1, 2), (1, 0), count_include_pad=False",
            "f(2, 2, 7, 9), 2, 3, ceil_mode=True",
            "f(1, 2, 7, 8), (3, 2), 2, 1, True",
            "f(1, 2, 7, 8), (3, 2), 2, 1, True, False",
            "f(1, 2, 6, 7), 3, 2, 1, divisor_override=4",
            "f(0, 2, 4, 4), 2",
            "f(2, 4, 37, 39), 3, 2, 1",
            "f(1, 2, 5, 90), (1, 5), (1, 5), (0, 2)",
        ],
        accuracy: Accuracy::Sum(1.0),
        domain: (-10.0, 10.0),
    },
};

/// Each element spread over its window. attrs: `Spread`
pub static AVG_POOL_BACKWARD: Op = Op {
    name: "avg_pool2d_backward",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let shape = with_plane(r.shape(0), Spread::from(r.attrs).plane);
        Ok(smallvec![(shape, r.dtype(0))])
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let g = l.dense(0)?;
        let grid = grid(l.attrs, &l.outputs[0].shape);
        let Average { padding, divisor, .. } = l.attrs.into();
        dispatch_float!(g.dtype, T => kernels::avg_backward::<T>(&grid, padding, divisor, &g, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(|c| averages(c, Walk::Place)),
    vjp: Vjp::Rule(|c, g, _| {
        let back = |g: &Tensor| avg_pool(g, Spread::from(c.attrs).average);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| again(c)),
    donates: &[],
    plain: Plain::Primitive("the adjoint of avg_pool2d, to which derivatives hold it"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(1.0),
        domain: (-1.0, 1.0),
    },
};

/// A batch dimension is one more of those in front.
fn again(c: &crate::op::Call) -> Result<SmallVec<[Tensor; 1]>> {
    Ok(smallvec![record_one(
        c.op,
        c.attrs.clone(),
        smallvec![],
        c.inputs.into()
    )?])
}

pub fn avg_pool(x: &Tensor, average: Average) -> Result<Tensor> {
    record_one(&AVG_POOL, average.encode(), smallvec![], smallvec![x.into()])
}

fn spread(g: &Tensor, average: Average, plane: [usize; 2]) -> Result<Tensor> {
    let attrs = Spread { average, plane }.encode();
    record_one(&AVG_POOL_BACKWARD, attrs, smallvec![], smallvec![g.into()])
}

/// Each element of a plane repeated along both dimensions.
pub fn repeat(x: &Tensor, times: [usize; 2]) -> Result<Tensor> {
    let plane = plane(x.shape());
    let axis = |d: usize| Axis {
        out: plane[d],
        kernel: times[d],
        stride: times[d],
        padding: 0,
        dilation: 1,
    };
    let average = Average {
        windows: Windows {
            axes: [axis(0), axis(1)],
        },
        padding: false,
        // A sum is a mean that is divided by 1.
        divisor: 1,
    };
    spread(x, average, [plane[0] * times[0], plane[1] * times[1]])
}

/// Means, or elements spread over windows.
fn averages(c: &Context, walk: Walk) -> Result<GpuProgram> {
    need(c.op, c.dtype(0), DType::F32)?;
    let average = Average::from(c.attrs);
    let (entry, shape) = match walk {
        Walk::Place => ("spread", with_plane(c.shape(0), Spread::from(c.attrs).plane)),
        Walk::Window | Walk::Tap => ("mean", pooled(c.shape(0), &average.windows.axes)),
    };
    let pooling = Pooling {
        template: "nn/pool/avg.wgsl",
        entry,
        walk,
        shape: &shape,
        bindings: vec![
            Binding::read("x", Buffer::Input(0), "f32"),
            Binding::write("y", Buffer::Output(0), "f32"),
        ],
        defines: vec![],
        params: &[average.padding as u32, (average.divisor as f32).to_bits()],
    };
    pooling.program(c)
}
