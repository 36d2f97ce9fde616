//! Two-dimensional convolution.
//!
//! It is bilinear, and so are its cotangents: with `<y, conv(x, w)> = T(x, w, y)`, each of the three records computes
//! the gradient of T by one of its arguments from the other two. Every derivative of one is therefore made of the
//! others, to any order.

mod batch;
mod call;
mod program;

pub use call::FUNCTIONS;

use crate::cpu::conv::{self as kernels, Geometry};
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{
    Accuracy, Attrs, Batch, Call, Class, Cpu, Jvp, Meta, NO_TESTS, Op, Plain, Request, Tests, Vjp,
};
use crate::ops::elementwise::arithmetic;
use crate::shape::Shape;
use crate::stream::record_one;
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

attributes! {
    /// Of `CONV2D_INPUT` and `CONV2D_WEIGHT`; those of `CONV2D` are a `Geometry`.
    struct Restored in Attrs {
        geometry: Geometry,
        /// The last two of the result.
        extents: [usize; 2],
    }
}

macro_rules! conv {
    ($static:ident, $role:expr, $name:literal, $function:expr, $kernel:ident, $tests:expr) => {
        pub static $static: Op = Op {
            name: $name,
            function: $function,
            class: Class::Structured,
            meta: |r| meta($role, r),
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => kernels::$kernel::<T>(l))),
            gpu: Gpu::Program(|c| program::program($role, c)),
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
        reference: "conv2d(input, weight, bias, stride, padding, dilation, groups)",
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
    let restored = Restored {
        geometry: *geometry,
        extents,
    };
    let (op, attrs) = match result {
        Output => (&CONV2D, geometry.encode()),
        Input => (&CONV2D_INPUT, restored.encode()),
        Weight => (&CONV2D_WEIGHT, restored.encode()),
    };
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
    let shape = shape_of(result, r.op.name, r.attrs, r.shape(0), r.shape(1))?;
    Ok(smallvec![(shape, r.dtype(0))])
}

/// Of the result, from the operands'.
fn shape_of(result: Role, op: &'static str, attrs: &Attrs, a: &[usize], b: &[usize]) -> Result<Shape> {
    let g = Geometry::from(attrs);
    let extents = || Restored::from(attrs).extents;
    Ok(match result {
        Output => {
            let extent = |d: usize| {
                g.extent(d, a[2 + d], b[2 + d])
                    .ok_or_else(|| Error::shape(op, "the kernel is larger than the input"))
            };
            smallvec![a[0], b[0], extent(0)?, extent(1)?]
        }
        Input => smallvec![a[0], b[1].saturating_mul(g.groups), extents()[0], extents()[1]],
        Weight => smallvec![b[1], a[1] / g.groups.max(1), extents()[0], extents()[1]],
    })
}

fn vjp(
    result: Role,
    c: &Call,
    g: &[Option<Tensor>],
    needs: &[bool],
) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let (roles, geometry) = (operands(result), Geometry::from(c.attrs));
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
    let (roles, geometry) = (operands(result), Geometry::from(c.attrs));
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
