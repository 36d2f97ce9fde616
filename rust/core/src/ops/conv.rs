//! Two-dimensional convolution.
//!
//! It is bilinear, and so are its cotangents: with `<y, conv(x, w)> = T(x, w, y)`, each of the three records computes
//! the gradient of T by one of its arguments from the other two. Every derivative of one is therefore made of the
//! others, to any order.

use super::{binary, view};
use crate::cpu::conv::{self as kernels, Sizes};
use crate::cpu::Launch;
use crate::error::{Error, Kind, Result};
use crate::function::{Args, Effect, Function, Value};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Call, Class, Cpu, Jvp, Meta, Op, Request, Tests, Vjp};
use crate::shape::{Shape, numel, show};
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
        let Geometry { stride: s, padding: p, dilation: d, groups } = *self;
        [s[0], s[1], p[0][0], p[0][1], p[1][0], p[1][1], d[0], d[1], groups].iter().map(|&n| n as i64).collect()
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
        let padded = input + self.padding[d][0] + self.padding[d][1];
        let reach = self.dilation[d] * kernel.checked_sub(1)? + 1;
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
            cpu: Cpu::Kernel(|l| {
                dispatch_float!(l.outputs[0].dtype, T => $kernel::<T>(l))
            }),
            gpu: Gpu::Never("convolution waits for the GPU engine"),
            vjp: Vjp::Rule(|c, g, needs| vjp($role, c, g, needs)),
            jvp: Jvp::Rule(|c, t| jvp($role, c, t)),
            batch: Batch::Rule(|c, batched, size| batch($role, c, batched, size)),
            donates: &[],
            plain: None,
            tests: $tests,
        };
    };
}

const NO_TESTS: Tests = Tests { reference: "", samples: &[], accuracy: Accuracy::Sum(1.0), domain: (-1.0, 1.0) };

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
        method: false,
        effect: Effect::Pure,
        call: |a| Ok(conv2d_call(a)?.into()),
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

// The call -------------------------------------------------------------------------------------------------------

fn pair(a: &Args, i: usize, least: i64) -> Result<[usize; 2]> {
    let values = a.ints(i)?;
    let both = match values[..] {
        [n] => [n, n],
        [v, h] => [v, h],
        _ => return Err(Error::value(a.function, format!("{} has {} numbers. Give an int or a pair", a.names[i], values.len()))),
    };
    match both.iter().find(|&&n| n < least) {
        Some(n) => Err(Error::value(a.function, format!("{} is {n}. It must be at least {least}", a.names[i]))),
        None => Ok(both.map(|n| n as usize)),
    }
}

fn conv2d_call(a: &Args) -> Result<Tensor> {
    let (x, weight, bias) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
    let (stride, dilation) = (pair(a, 3, 1)?, pair(a, 5, 1)?);
    if weight.rank() != 4 {
        return Err(Error::rank("conv2d", "weight", "4 (out channels, in channels / groups, kernel height, kernel width)", weight.shape()));
    }
    let Ok(groups @ 1..) = usize::try_from(a.int(6)?) else {
        return Err(Error::value("conv2d", format!("groups is {}. It must be at least 1", a.int(6)?)));
    };
    let padding = match a.value(4) {
        Value::Str(word) => padding_of_word(word, &weight.shape()[2..], stride, dilation)?,
        _ => pair(a, 4, 0)?.map(|n| [n, n]),
    };
    conv2d(x, weight, bias, Geometry { stride, padding, dilation, groups })
}

fn padding_of_word(word: &str, kernel: &[usize], stride: [usize; 2], dilation: [usize; 2]) -> Result<[[usize; 2]; 2]> {
    match word {
        "valid" => Ok([[0; 2]; 2]),
        "same" if stride == [1, 1] => Ok(std::array::from_fn(|d| {
            let total = dilation[d] * kernel[d].saturating_sub(1);
            [total / 2, total - total / 2]
        })),
        "same" => Err(Error::value("conv2d", format!("padding=\"same\" needs stride 1, not {}. Give the padding as numbers", show(&stride)))),
        _ => Err(Error::value("conv2d", format!("padding is {word:?}. Use \"same\", \"valid\", an int or a pair"))),
    }
}

/// Checks shapes and dtypes; `x` may lack the batch dimension.
pub fn conv2d(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, geometry: Geometry) -> Result<Tensor> {
    let op = "conv2d";
    if x.rank() == 3 {
        let mut shape = x.shape().clone();
        shape.insert(0, 1);
        let y = conv2d(&view::reshape(x, &shape)?, weight, bias, geometry)?;
        return view::reshape(&y, &y.shape()[1..]);
    }
    if x.rank() != 4 {
        return Err(Error::rank(op, "input", "4 (images, channels, height, width) or 3 (without images)", x.shape()));
    }
    let (channels, groups) = (x.shape()[1], geometry.groups);
    let (out_channels, per_group) = (weight.shape()[0], weight.shape()[1]);
    if channels != per_group * groups {
        let text = format!(
            "input {} has {channels} channels, weight {} expects {per_group} x {groups} groups = {}. \
             Change the weight's second extent, groups, or the input's channels",
            show(x.shape()),
            show(weight.shape()),
            per_group * groups
        );
        return Err(Error::shape(op, text));
    }
    if out_channels % groups != 0 {
        let text = format!(
            "weight {} has {out_channels} output channels, which {groups} groups do not divide. Change one of them",
            show(weight.shape())
        );
        return Err(Error::shape(op, text));
    }
    for d in 0..2 {
        let (input, kernel) = (x.shape()[2 + d], weight.shape()[2 + d]);
        if geometry.extent(d, input, kernel).is_none() {
            let text = format!(
                "the kernel {} with dilation {} is larger than the input {} with its padding. \
                 Use a smaller kernel or dilation, or more padding",
                show(&weight.shape()[2..]),
                show(&geometry.dilation),
                show(&x.shape()[2..])
            );
            return Err(Error::shape(op, text));
        }
    }
    if let Some(b) = bias
        && **b.shape() != [out_channels]
    {
        let text = format!("bias has shape {}, weight has {out_channels} output channels. It must be ({out_channels},)", show(b.shape()));
        return Err(Error::shape(op, text));
    }
    if !x.dtype().is_float() {
        return Err(Error::dtype(op, x.dtype(), "a floating dtype"));
    }
    for (name, t) in [("weight", Some(weight)), ("bias", bias)] {
        if let Some(t) = t.filter(|t| t.dtype() != x.dtype()) {
            let text = format!("the input is {}, {name} is {}. Convert one with .to(dtype)", x.dtype(), t.dtype());
            return Err(Error::new(Kind::DType, op, text));
        }
    }
    let y = record(Output, &geometry, x, weight, [0, 0])?;
    match bias {
        Some(b) => binary::add(y, view::reshape(b, &[out_channels, 1, 1])?),
        None => Ok(y),
    }
}

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
fn from_roles(result: Role, geometry: &Geometry, a: (Role, &Tensor), b: (Role, &Tensor), extents: &[usize]) -> Result<Tensor> {
    let (a, b) = if a.0 == operands(result)[0] { (a.1, b.1) } else { (b.1, a.1) };
    record(result, geometry, a, b, [extents[0], extents[1]])
}

fn meta(result: Role, r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let g = Geometry::of(r.attrs);
    let (a, b) = (r.shape(0), r.shape(1));
    let extents = || (r.attrs[WORDS] as usize, r.attrs[WORDS + 1] as usize);
    let shape: Shape = match result {
        Output => {
            let extent = |d: usize| g.extent(d, a[2 + d], b[2 + d]).ok_or_else(|| Error::shape(r.op.name, "the kernel is larger than the input"));
            smallvec![a[0], b[0], extent(0)?, extent(1)?]
        }
        Input => smallvec![a[0], b[1] * g.groups, extents().0, extents().1],
        Weight => smallvec![b[1], a[1] / g.groups.max(1), extents().0, extents().1],
    };
    Ok(smallvec![(shape, r.dtype(0))])
}

fn vjp(result: Role, c: &Call, g: &[Option<Tensor>], needs: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let (roles, geometry) = (operands(result), Geometry::of(c.attrs));
    let mut found = smallvec![None, None];
    let Some(g) = &g[0] else { return Ok(found) };
    for i in 0..2 {
        if needs[i] {
            let other = (roles[1 - i], c.tensor(1 - i));
            found[i] = Some(from_roles(roles[i], &geometry, (result, g), other, &c.tensor(i).shape()[2..])?);
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
        let part = from_roles(result, &geometry, (roles[i], t), other, &c.outputs[0].shape()[2..])?;
        total = Some(total.map_or(Ok(part.clone()), |sum| binary::add(sum, &part))?);
    }
    Ok(smallvec![total])
}

/// What a batch dimension may be merged with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    Images,
    Groups,
    InChannels,
    OutChannels,
}

impl Role {
    /// The first three of the five axes into which a tensor's four dimensions split.
    fn axes(self) -> [Axis; 3] {
        match self {
            Input => [Axis::Images, Axis::Groups, Axis::InChannels],
            Weight => [Axis::Groups, Axis::OutChannels, Axis::InChannels],
            Output => [Axis::Images, Axis::Groups, Axis::OutChannels],
        }
    }

    fn split(self, s: &[usize], groups: usize) -> [usize; 5] {
        match self {
            Weight => [groups, s[0] / groups.max(1), s[1], s[2], s[3]],
            _ => [s[0], groups, s[1] / groups.max(1), s[2], s[3]],
        }
    }

    fn join(self, s: [usize; 5]) -> [usize; 4] {
        match self {
            Weight => [s[0] * s[1], s[2], s[3], s[4]],
            _ => [s[0], s[1] * s[2], s[3], s[4]],
        }
    }

    /// Where an axis stands; the batch dimension goes in front of it.
    fn place(self, axis: Axis) -> usize {
        self.axes().iter().position(|&a| a == axis).expect("the axis is one of this tensor's")
    }
}

/// With both operands batched, each batch element is a group of its own. One batched operand shares an axis with the
/// result that the other operand lacks: the batch dimension becomes part of that.
fn batch(result: Role, c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let (roles, mut geometry) = (operands(result), Geometry::of(c.attrs));
    let groups = geometry.groups;
    let axis = match batched {
        [true, true] => Axis::Groups,
        _ => {
            let role = roles[!batched[0] as usize];
            let shared = |a: &Axis| *a != Axis::Groups && result.axes().contains(a);
            role.axes().into_iter().find(shared).expect("any two arguments share an axis")
        }
    };
    let merge = |i: usize| -> Result<Tensor> {
        let (role, t) = (roles[i], c.tensor(i));
        if !batched[i] {
            return Ok(t.clone());
        }
        let mut axes = role.split(&t.shape()[1..], groups);
        let mut shape: Shape = smallvec![size];
        shape.extend_from_slice(&axes);
        let place = role.place(axis);
        axes[place] *= size;
        view::reshape(&view::move_dim(&view::reshape(t, &shape)?, 0, place)?, &role.join(axes))
    };
    if axis == Axis::Groups {
        geometry.groups *= size;
    }
    let extents = match result {
        Output => [0, 0],
        _ => [c.attrs[WORDS] as usize, c.attrs[WORDS + 1] as usize],
    };
    let y = record(result, &geometry, &merge(0)?, &merge(1)?, extents)?;
    let place = result.place(axis);
    let mut axes = result.split(y.shape(), geometry.groups);
    if axis == Axis::Groups {
        // Split by the groups of one batch element.
        axes[place] = groups;
    } else {
        axes[place] /= size.max(1);
    }
    let mut shape = Shape::from_slice(&axes);
    shape.insert(place, size);
    let moved = view::move_dim(&view::reshape(&y, &shape)?, place, 0)?;
    let mut shape: Shape = smallvec![size];
    shape.extend_from_slice(&result.join(axes));
    Ok(smallvec![view::reshape(&moved, &shape)?])
}

// Kernels --------------------------------------------------------------------------------------------------------

fn sizes(l: &Launch, x: &[usize], w: &[usize], y: &[usize]) -> Sizes {
    let g = Geometry::of(&l.node.attrs);
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
