//! Windows that slide along a dimension, as a view of the input, and their transpose, which adds up what overlaps.

use crate::cpu::windows as kernels;
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::index::sums::{PART, addition};
use crate::ops::nn::spatial::{check, numbers};
use crate::ops::shape::view::Range;
use crate::ops::shape::{pad, view};
use crate::shape::{Shape, normalize_dim, numel, show};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

attributes! {
    #[derive(Clone, Copy)]
    struct Windows in Attrs { dim: usize, size: usize, step: usize, dilation: usize }
}
attributes! {
    struct Overlapping in Attrs {
        windows: Windows,
        /// Of the dimension.
        extent: usize,
    }
}

impl Windows {
    /// Where a batch dimension stands in front.
    fn behind(self) -> Windows {
        Windows {
            dim: self.dim + 1,
            ..self
        }
    }
}

/// attrs: `Windows`. The dimension counts the windows, their elements come last.
pub static SLIDE: Op = Op {
    name: "unfold",
    function: Some(Function {
        name: "unfold",
        signature: "(input: Tensor, dimension: int, size: int, step: int) -> Tensor",
        doc: "All windows of `size` neighbouring elements along a dimension, `step` apart: that dimension counts the \
              `(n - size) // step + 1` windows, and their elements stand in a new last dimension. Nothing is copied. Writes \
              into the result do not show in the input.\n\n\
              >>> ravine.unfold(ravine.arange(5), 0, 3, 1)\n\
              tensor([[0, 1, 2],\n        [1, 2, 3],\n        [2, 3, 4]])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let dim = normalize_dim(a.function, a.int(1)?, x.rank())?;
            let (size, step) = (a.int(2)?, a.int(3)?);
            let n = x.shape().get(dim).copied().unwrap_or(1);
            if size < 0 || size as usize > n {
                let text = format!("size is {size}, dimension {dim} has {n} elements. Use 0 to {n}");
                return Err(Error::value(a.function, text));
            }
            if step < 1 {
                return Err(Error::value(
                    a.function,
                    format!("step is {step}. It must be at least 1"),
                ));
            }
            let x = if x.rank() == 0 {
                view::reshape(x, &[1])?
            } else {
                x.clone()
            };
            let y = slide(&x, dim, size as usize, step as usize, 1)?;
            if a.tensor(0)?.rank() > 0 {
                return Ok(y.into());
            }
            Ok(view::reshape(&y, &y.shape()[1..])?.into())
        },
    }),
    class: Class::View(|x, attrs, _| {
        let Windows {
            dim,
            size,
            step,
            dilation,
        } = attrs.into();
        let (mut shape, mut strides) = (x.shape.clone(), x.strides.clone());
        shape[dim] = count(shape[dim], size, step, dilation);
        shape.push(size);
        // One window, or one element of it, has no next one, whatever the step.
        strides.push(x.strides[dim].wrapping_mul(dilation as isize));
        strides[dim] = strides[dim].wrapping_mul(step as isize);
        Some(x.with_layout(shape, strides, x.offset))
    }),
    meta: |r| {
        let Windows {
            dim,
            size,
            step,
            dilation,
        } = r.attrs.into();
        let mut shape = Shape::from_slice(r.shape(0));
        shape[dim] = count(shape[dim], size, step, dilation);
        shape.push(size);
        Ok(smallvec![(shape, r.dtype(0))])
    },
    cpu: Cpu::View,
    gpu: Gpu::View,
    vjp: Vjp::Rule(|c, g, _| {
        let windows = Windows::from(c.attrs);
        let extent = c.tensor(0).shape()[windows.dim];
        let back = |g: &Tensor| overlap_add(g, windows, extent);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| {
        let windows = Windows::from(c.attrs).behind();
        Ok(smallvec![record_one(
            c.op,
            windows.encode(),
            smallvec![],
            c.inputs.into()
        )?])
    }),
    donates: &[],
    plain: Plain::Primitive("a view"),
    tests: Tests {
        reference: "unfold(input, dimension, size, step)",
        samples: &[
            "f(7), 0, 3, 1",
            "f(7), 0, 2, 3",
            "f(), 0, 1, 1",
            "f(3, 8), 1, 4, 2",
            "f(8, 3), -2, 3, 2",
            "f(2, 5, 3), 1, 5, 7",
            "f(0, 4), 1, 2, 1",
            "i(9), 0, 3, 2",
        ],
        accuracy: Accuracy::Exact,
        domain: (-10.0, 10.0),
    },
};

/// The sum of windows at their places. attrs: `Overlapping`
pub static OVERLAP_ADD: Op = Op {
    name: "overlap_add",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let mut shape = Shape::from_slice(r.shape(0));
        shape.pop();
        let Overlapping { windows, extent } = r.attrs.into();
        shape[windows.dim] = extent;
        Ok(smallvec![(shape, r.dtype(0))])
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let g = l.dense(0)?;
        let Windows {
            dim, step, dilation, ..
        } = l.attrs.into();
        dispatch!(g.dtype, T => kernels::add::<T>(&g, dim, step, dilation, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|c, g, _| {
        let Overlapping { windows, .. } = c.attrs.into();
        let back = |g: &Tensor| record_one(&SLIDE, windows.encode(), smallvec![], smallvec![g.into()]);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| {
        let Overlapping { windows, extent } = c.attrs.into();
        Ok(smallvec![overlap_add(c.tensor(0), windows.behind(), extent)?])
    }),
    donates: &[],
    plain: Plain::Primitive("adds windows: the adjoint of unfold, to which derivatives hold it"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(1.0),
        domain: (-1.0, 1.0),
    },
};

/// Windows along an extent that holds at least one.
fn count(n: usize, size: usize, step: usize, dilation: usize) -> usize {
    (n - span(size, dilation)) / step + 1
}

/// Elements from the first of a window to its last.
fn span(size: usize, dilation: usize) -> usize {
    size.checked_sub(1)
        .map_or(0, |last| last.saturating_mul(dilation).saturating_add(1))
}

pub fn slide(x: &Tensor, dim: usize, size: usize, step: usize, dilation: usize) -> Result<Tensor> {
    let windows = Windows {
        dim,
        size,
        step,
        dilation,
    };
    record_one(&SLIDE, windows.encode(), smallvec![], smallvec![x.into()])
}

/// A thread per element adds what lies on it, the windows in order; many windows take several passes.
fn program(c: &Context) -> Result<GpuProgram> {
    let (kind, add) = addition(c.op, c.dtype(0))?;
    let (g, Overlapping { windows, extent }) = (c.shape(0), c.attrs.into());
    let Windows {
        dim,
        size,
        step,
        dilation,
    } = windows;
    let inner = numel(&g[dim + 1..g.len() - 1]);
    // Windows without elements are none.
    let count = if size == 0 { 0 } else { g[dim] };
    let n = numel(&g[..dim]) * extent * inner;
    // A step beyond the end is one to the end: there is no second window, or no second element of one.
    let [step, dilation] = [step, dilation].map(|x| x.min(extent).max(1));
    let most = count.min(span(size, dilation).div_ceil(step));
    let pass = |earlier: usize| {
        let params = [n, inner, extent, count, size, step, dilation, earlier];
        let bindings = vec![
            Binding::read("g", Buffer::Input(0), kind),
            Binding::write("y", Buffer::Output(0), kind),
        ];
        let params = params.map(|x| x as u32).to_vec();
        let mut pass = c.over_elements("shape/overlap_add.wgsl", n, bindings, params);
        pass.defines.extend([
            ("KIND", kind.to_string()),
            ("ADD", add.to_string()),
            ("PART", PART.to_string()),
        ]);
        pass
    };
    Ok(GpuProgram {
        passes: (0..most.max(1)).step_by(PART).map(pass).collect(),
        ..GpuProgram::default()
    })
}

fn overlap_add(g: &Tensor, windows: Windows, extent: usize) -> Result<Tensor> {
    let attrs = Overlapping { windows, extent }.encode();
    record_one(&OVERLAP_ADD, attrs, smallvec![], smallvec![g.into()])
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "im2col",
        signature: "(input: Tensor, kernel_size: int | Sequence[int], dilation: int | Sequence[int] = 1, \
                    padding: int | Sequence[int] = 0, stride: int | Sequence[int] = 1) -> Tensor",
        doc: "Every patch of an image as a column, as convolution sees them: (N, C, H, W) becomes (N, C kh kw, L), with L \
              patches in row-major order; without N likewise. Pairs are (vertical, horizontal).\n\n\
              >>> ravine.im2col(ravine.arange(6.0).reshape(1, 2, 3), 2)\n\
              tensor([[0., 1.],\n        [1., 2.],\n        [3., 4.],\n        [4., 5.]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(im2col(a)?.into()),
    },
    Function {
        name: "col2im",
        signature: "(input: Tensor, output_size: int | Sequence[int], kernel_size: int | Sequence[int], \
                    dilation: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, \
                    stride: int | Sequence[int] = 1) -> Tensor",
        doc: "The transpose of `im2col`: patches added up where they overlap. (N, C kh kw, L) becomes (N, C, H, W), where \
              `output_size` is (H, W); without N likewise.\n\n\
              >>> ravine.col2im(ravine.ones(4, 2), (2, 3), 2)\ntensor([[[1., 2., 1.],\n         [1., 2., 1.]]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(col2im(a)?.into()),
    },
];

/// How patches lie in an image.
struct Patches {
    kernel: [usize; 2],
    dilation: [usize; 2],
    padding: [usize; 2],
    stride: [usize; 2],
    /// The padded image, and patches in it.
    padded: [usize; 2],
    counts: [usize; 2],
}

impl Patches {
    /// From the four arguments from place `i` on.
    fn new(a: &Args, i: usize, image: [usize; 2]) -> Result<Patches> {
        let (kernel, dilation) = (numbers(a, i, 2, 1, 1)?, numbers(a, i + 1, 2, 1, 1)?);
        let (padding, stride) = (numbers(a, i + 2, 2, 0, 0)?, numbers(a, i + 3, 2, 1, 1)?);
        let padded: [usize; 2] = std::array::from_fn(|d| image[d].saturating_add(2 * padding[d]));
        if (0..2).any(|d| span(kernel[d], dilation[d]) > padded[d]) {
            let text = format!(
                "the kernel {} with dilation {} is larger than the image {} with its padding. \
                 Use a smaller kernel or dilation, or more padding",
                show(&kernel),
                show(&dilation),
                show(&image)
            );
            return Err(Error::shape(a.function, text));
        }
        let counts = std::array::from_fn(|d| count(padded[d], kernel[d], stride[d], dilation[d]));
        Ok(Patches {
            kernel,
            dilation,
            padding,
            stride,
            padded,
            counts,
        })
    }
}

fn im2col(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check(a.function, x, 2)?;
    let lead = x.rank() - 2;
    let p = Patches::new(a, 1, [x.shape()[lead], x.shape()[lead + 1]])?;
    let mut sides: SmallVec<[(i64, i64); 4]> = smallvec![(0, 0); lead];
    sides.extend(p.padding.map(|n| (n as i64, n as i64)));
    let padded = pad::constant(x, &sides, Scalar::F64(0.0))?;
    // (.., H', W', kh, kw)
    let rows = slide(&padded, lead, p.kernel[0], p.stride[0], p.dilation[0])?;
    let patches = slide(&rows, lead + 1, p.kernel[1], p.stride[1], p.dilation[1])?;
    let mut order: SmallVec<[usize; 6]> = (0..lead).collect();
    order.extend([lead + 2, lead + 3, lead, lead + 1]);
    let mut shape = Shape::from_slice(&x.shape()[..lead - 1]);
    shape.extend([
        numel(&[x.shape()[lead - 1], p.kernel[0], p.kernel[1]]),
        numel(&p.counts),
    ]);
    view::reshape(&view::permute(&patches, &order)?, &shape)
}

fn col2im(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if !(2..=3).contains(&x.rank()) {
        let want = "3 (batch, channels x kernel elements, patches) or 2 (without batch)";
        return Err(Error::rank(a.function, "input", want, x.shape()));
    }
    if x.dtype() == DType::Bool {
        return Err(Error::dtype(a.function, x.dtype(), "numbers"));
    }
    let image = numbers(a, 1, 2, 1, 1)?;
    let p = Patches::new(a, 2, image)?;
    let lead = x.rank() - 1;
    let (rows, columns) = (x.shape()[lead - 1], x.shape()[lead]);
    let taps = p.kernel[0] * p.kernel[1];
    if !rows.is_multiple_of(taps) || columns != numel(&p.counts) {
        let text = format!(
            "input {} must have a multiple of {taps} rows (the kernel's elements) and {} x {} = {} columns (the patches \
             of the image {})",
            show(x.shape()),
            p.counts[0],
            p.counts[1],
            numel(&p.counts),
            show(&image)
        );
        return Err(Error::shape(a.function, text));
    }
    let mut shape = Shape::from_slice(&x.shape()[..lead - 1]);
    shape.push(rows / taps);
    shape.extend(p.kernel);
    shape.extend(p.counts);
    let mut order: SmallVec<[usize; 6]> = (0..lead).collect();
    order.extend([lead + 2, lead + 3, lead, lead + 1]);
    let patches = view::permute(&view::reshape(x, &shape)?, &order)?;
    let add = |t: &Tensor, d: usize| {
        let windows = Windows {
            dim: lead + d,
            size: p.kernel[d],
            step: p.stride[d],
            dilation: p.dilation[d],
        };
        overlap_add(t, windows, p.padded[d])
    };
    let padded = add(&add(&patches, 1)?, 0)?;
    let mut ranges: SmallVec<[Range; 4]> = padded.shape().iter().map(|&n| Range::all(n)).collect();
    for d in 0..2 {
        ranges[lead + d] = Range {
            start: p.padding[d] as i64,
            size: image[d],
            step: 1,
        };
    }
    view::slice(&padded, &ranges)
}
