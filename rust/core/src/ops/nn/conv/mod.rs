//! Two-dimensional convolution.
//!
//! It is bilinear, and so are its cotangents: with `<y, conv(x, w)> = T(x, w, y)`, each of the three records computes
//! the gradient of T by one of its arguments from the other two. Every derivative of one is therefore made of the
//! others, to any order.

mod batch;
mod call;

use crate::ops::elementwise::arithmetic;
pub use call::FUNCTIONS;

use crate::cpu::conv::{self as kernels, Sizes};
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{
    Accuracy, Attrs, Batch, Call, Class, Cpu, Jvp, Meta, NO_TESTS, Op, Plain, Request, Tests, Vjp,
};
use crate::shape::{Shape, numel};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

/// The arguments of T.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// (N, C, H, W)
    Input,
    /// (O, C / groups, kh, kw)
    Weight,
    /// (N, O, H', W')
    Output,
}
use Role::{Input, Output, Weight};

/// Words of `Geometry`. `CONV2D_INPUT` and `CONV2D_WEIGHT` add the last two extents of their result.
const WORDS: usize = 9;

/// Pairs are (vertical, horizontal).
#[derive(Clone, Copy)]
pub struct Geometry {
    pub stride: [usize; 2],
    /// Zeros before and after the input in each dimension.
    pub padding: [[usize; 2]; 2],
    pub dilation: [usize; 2],
    pub groups: usize,
}

impl Geometry {
    fn words(&self) -> Attrs {
        let Geometry {
            stride: s,
            padding: p,
            dilation: d,
            groups,
        } = *self;
        [s[0], s[1], p[0][0], p[0][1], p[1][0], p[1][1], d[0], d[1], groups]
            .iter()
            .map(|&n| n as i64)
            .collect()
    }

    fn of(words: &[i64]) -> Geometry {
        let at = |i: usize| words[i] as usize;
        Geometry {
            stride: [at(0), at(1)],
            padding: [[at(2), at(3)], [at(4), at(5)]],
            dilation: [at(6), at(7)],
            groups: at(8),
        }
    }

    /// Extent of the output in dimension `d` (0 or 1), unless the kernel is larger than the padded input.
    fn extent(&self, d: usize, input: usize, kernel: usize) -> Option<usize> {
        let padded = input
            .saturating_add(self.padding[d][0])
            .saturating_add(self.padding[d][1]);
        let reach = self.dilation[d]
            .saturating_mul(kernel.checked_sub(1)?)
            .saturating_add(1);
        Some(padded.checked_sub(reach)? / self.stride[d] + 1)
    }
}

macro_rules! conv {
    ($static:ident, $role:expr, $name:literal, $function:expr, $kernel:ident, $tests:expr) => {
        pub static $static: Op = Op {
            name: $name,
            function: $function,
            class: Class::Structured,
            meta: |r| meta($role, r),
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => $kernel::<T>(l))),
            gpu: Gpu::Never("convolution waits for the GPU engine"),
            vjp: Vjp::Rule(|c, g, needs| vjp($role, c, g, needs)),
            jvp: Jvp::Rule(|c, t| jvp($role, c, t)),
            batch: Batch::Rule(|c, batched, size| batch::batch($role, c, batched, size)),
            donates: &[],
            plain: Plain::Primitive(
                "the sums are its definition: a window times the kernel in NumPy is the oracle",
            ),
            tests: $tests,
        };
    };
}

conv!(
    CONV2D,
    Output,
    "conv2d",
    Some(Function {
        name: "conv2d",
        signature: "(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, \
                    padding: int | Sequence[int] | str = 0, dilation: int | Sequence[int] = 1, groups: int = 1) -> Tensor",
        doc: "`y[n, o, i, j] = bias[o] + sum_{c, p, q} x[n, c, i s + p d - pad, j s + q d - pad] weight[o, c, p, q]` \
              with stride s and dilation d: cross-correlation, as every deep-learning library computes it (Goodfellow \
              et al., Deep Learning, 2016, equation 9.6). Shapes: input (N, C, H, W) or (C, H, W), weight \
              (O, C / groups, kh, kw), bias (O,); the result is (N, O, H', W') with `H' = (H + 2 pad - d (kh - 1) - 1) \
              // s + 1`. Pairs are (vertical, horizontal); one int stands for both. `padding` may be \"valid\" (none) or \
              \"same\" (H' = H, at stride 1; an odd row of zeros goes to the end). With groups, each group of output \
              channels sees its own group of input channels. float16 and bfloat16 accumulate in float32. Raises an \
              error when shapes do not fit or dtypes differ.\n\n\
              >>> ravine.conv2d(ravine.ones(1, 1, 3, 3), ravine.ones(1, 1, 2, 2))\n\
              tensor([[[[4., 4.],\n          [4., 4.]]]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| Ok(call::conv(a, 2)?.into()),
    }),
    run_output,
    Tests {
        reference: "(lambda s, d, k: (lambda p: (lambda x: (lambda v: (lambda y: \
                    (y + (0 if bias is None else bias[:, None, None])).reshape(input.shape[:-3] + y.shape[1:]))(\
                    np.einsum('ngcijpq,gocpq->ngoij', \
                    v.reshape((len(x), groups, weight.shape[1]) + v.shape[2:]), \
                    weight.reshape((groups, len(weight) // groups) + weight.shape[1:]))\
                    .reshape((len(x), len(weight)) + v.shape[2:4])))(\
                    np.lib.stride_tricks.sliding_window_view(x, (d[0] * (k[0] - 1) + 1, d[1] * (k[1] - 1) + 1), (2, 3))\
                    [:, :, ::s[0], ::s[1], ::d[0], ::d[1]]))(\
                    np.pad(input.reshape((-1,) + input.shape[-3:]), ((0, 0), (0, 0)) + p)))(\
                    {'valid': ((0, 0), (0, 0)), 'same': tuple((d[i] * (k[i] - 1) // 2, d[i] * (k[i] - 1) - d[i] * (k[i] - 1) // 2) \
                    for i in (0, 1))}[padding] if isinstance(padding, str) else \
                    tuple((int(v), int(v)) for v in np.broadcast_to(padding, 2))))(\
                    np.broadcast_to(stride, 2), np.broadcast_to(dilation, 2), weight.shape[2:])",
        samples: &[
            "f(1, 1, 1, 1), f(1, 1, 1, 1)",
            "f(2, 3, 7, 6), f(4, 3, 3, 3), f(4), padding=1",
            "f(3, 7, 6), f(4, 3, 3, 3), f(4)",
            "f(2, 3, 7, 6), f(4, 3, 3, 2), None, 2, 1",
            "f(2, 4, 9, 8), f(6, 2, 3, 3), f(6), (2, 1), (0, 2), (1, 2), 2",
            "f(2, 4, 5, 5), f(4, 1, 3, 3), f(4), 1, 1, 1, 4",
            "f(2, 3, 6, 7), f(4, 3, 2, 5), padding=\"same\"",
            "f(2, 3, 6, 7), f(4, 3, 2, 5), padding=\"valid\", dilation=(2, 1)",
            "f(3, 5, 4, 4), f(7, 5, 1, 1), f(7)",
            "f(2, 3, 5, 5), f(4, 3, 3, 3), stride=3, padding=4",
            "f(2, 8, 33, 35), f(5, 8, 3, 3), padding=1",
            "f(0, 3, 5, 5), f(4, 3, 3, 3)",
        ],
        accuracy: Accuracy::Sum(1.0),
        domain: (-2.0, 2.0),
    }
);
conv!(CONV2D_INPUT, Input, "conv2d_input", None, run_input, NO_TESTS);
conv!(CONV2D_WEIGHT, Weight, "conv2d_weight", None, run_weight, NO_TESTS);

// Rules ----------------------------------------------------------------------------------------------------------

/// The operands of the record that computes a role, in order.
fn operands(result: Role) -> [Role; 2] {
    match result {
        Output => [Input, Weight],
        Input => [Output, Weight],
        Weight => [Input, Output],
    }
}

/// `extents` are the last two of the result; those of an output follow from its operands.
fn record(result: Role, geometry: &Geometry, a: &Tensor, b: &Tensor, extents: [usize; 2]) -> Result<Tensor> {
    let mut attrs = geometry.words();
    let op = match result {
        Output => &CONV2D,
        Input => &CONV2D_INPUT,
        Weight => &CONV2D_WEIGHT,
    };
    if result != Output {
        attrs.extend(extents.map(|n| n as i64));
    }
    record_one(op, attrs, smallvec![], smallvec![a.into(), b.into()])
}

/// As `record`, with operands in any order.
fn from_roles(
    result: Role,
    geometry: &Geometry,
    a: (Role, &Tensor),
    b: (Role, &Tensor),
    extents: &[usize],
) -> Result<Tensor> {
    let (a, b) = if a.0 == operands(result)[0] {
        (a.1, b.1)
    } else {
        (b.1, a.1)
    };
    record(result, geometry, a, b, [extents[0], extents[1]])
}

fn meta(result: Role, r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let g = Geometry::of(r.attrs);
    let (a, b) = (r.shape(0), r.shape(1));
    let extents = || (r.attrs[WORDS] as usize, r.attrs[WORDS + 1] as usize);
    let shape: Shape = match result {
        Output => {
            let extent = |d: usize| {
                g.extent(d, a[2 + d], b[2 + d])
                    .ok_or_else(|| Error::shape(r.op.name, "the kernel is larger than the input"))
            };
            smallvec![a[0], b[0], extent(0)?, extent(1)?]
        }
        Input => smallvec![a[0], b[1].saturating_mul(g.groups), extents().0, extents().1],
        Weight => smallvec![b[1], a[1] / g.groups.max(1), extents().0, extents().1],
    };
    Ok(smallvec![(shape, r.dtype(0))])
}

fn vjp(
    result: Role,
    c: &Call,
    g: &[Option<Tensor>],
    needs: &[bool],
) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let (roles, geometry) = (operands(result), Geometry::of(c.attrs));
    let mut found = smallvec![None, None];
    let Some(g) = &g[0] else { return Ok(found) };
    for i in 0..2 {
        if needs[i] {
            let other = (roles[1 - i], c.tensor(1 - i));
            found[i] = Some(from_roles(
                roles[i],
                &geometry,
                (result, g),
                other,
                &c.tensor(i).shape()[2..],
            )?);
        }
    }
    Ok(found)
}

fn jvp(result: Role, c: &Call, t: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
    let (roles, geometry) = (operands(result), Geometry::of(c.attrs));
    let mut total: Option<Tensor> = None;
    for (i, t) in t.iter().enumerate() {
        let Some(t) = t else { continue };
        let other = (roles[1 - i], c.tensor(1 - i));
        let part = from_roles(
            result,
            &geometry,
            (roles[i], t),
            other,
            &c.outputs[0].shape()[2..],
        )?;
        total = Some(total.map_or(Ok(part.clone()), |sum| arithmetic::add(sum, &part))?);
    }
    Ok(smallvec![total])
}

// Kernels --------------------------------------------------------------------------------------------------------

fn sizes(l: &Launch, x: &[usize], w: &[usize], y: &[usize]) -> Sizes {
    let g = Geometry::of(&l.attrs);
    Sizes {
        images: x[0],
        groups: g.groups,
        in_channels: w[1],
        out_channels: w[0] / g.groups.max(1),
        input: [x[2], x[3]],
        kernel: [w[2], w[3]],
        output: [y[2], y[3]],
        stride: g.stride,
        padding: [g.padding[0][0], g.padding[1][0]],
        dilation: g.dilation,
    }
}

/// Fills a result that is a sum over nothing with zeros; says whether there is more to do.
fn has_terms<T: kernels::ConvElement>(l: &mut Launch) -> bool {
    let empty = (0..2).any(|i| numel(&l.input(i).shape) == 0);
    if empty {
        l.outputs[0].as_mut_slice::<T>().fill(T::ZERO);
    }
    !empty
}

fn run_output<T: kernels::ConvElement>(l: &mut Launch) -> Result<()> {
    if has_terms::<T>(l) {
        let (x, w) = (l.input(0).clone(), l.dense(1)?);
        let s = sizes(l, &x.shape, &w.shape, &l.outputs[0].shape);
        kernels::output::<T>(&s, &x, &w, &mut l.outputs[0]);
    }
    Ok(())
}

fn run_input<T: kernels::ConvElement>(l: &mut Launch) -> Result<()> {
    if has_terms::<T>(l) {
        let (g, w) = (l.dense(0)?, l.dense(1)?);
        let s = sizes(l, &l.outputs[0].shape, &w.shape, &g.shape);
        kernels::input::<T>(&s, &g, &w, &mut l.outputs[0]);
    }
    Ok(())
}

fn run_weight<T: kernels::ConvElement>(l: &mut Launch) -> Result<()> {
    if has_terms::<T>(l) {
        let (x, g) = (l.input(0).clone(), l.dense(1)?);
        let s = sizes(l, &x.shape, &l.outputs[0].shape, &g.shape);
        kernels::weight::<T>(&s, &x, &g, &mut l.outputs[0])?;
    }
    Ok(())
}
