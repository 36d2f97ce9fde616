//! What users call: arguments, and the errors of shapes and dtypes.

use crate::cpu::conv::Geometry;
use crate::error::{Error, Kind, Result};
use crate::function::{Args, Effect, Function, Places, Value};
use crate::graph::Tensor;
use crate::ops::create;
use crate::ops::elementwise::arithmetic;
use crate::ops::floats::need_float;
use crate::ops::index::put;
use crate::ops::nn::conv::{Role, record};
use crate::ops::nn::spatial::{check, lowered, numbers, raised};
use crate::ops::shape::view;
use crate::shape::{Shape, show};
use smallvec::SmallVec;

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "conv1d",
        signature: "(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, \
                    padding: int | Sequence[int] | str = 0, dilation: int | Sequence[int] = 1, groups: int = 1) -> Tensor",
        doc: "`y[n, o, i] = bias[o] + sum_{c, p} x[n, c, i s + p d - pad] weight[o, c, p]`: `conv2d` with one spatial \
              dimension. Shapes: input (N, C, L) or (C, L), weight (O, C / groups, k), bias (O,).\n\n\
              >>> ravine.conv1d(ravine.tensor([[1.0, 2.0, 4.0]]), ravine.tensor([[[-1.0, 1.0]]]))\n\
              tensor([[1., 2.]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| Ok(conv(a, 1)?.into()),
    },
    Function {
        name: "conv_transpose1d",
        signature: "(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, \
                    padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1, \
                    dilation: int | Sequence[int] = 1) -> Tensor",
        doc: "`conv_transpose2d` with one spatial dimension. Shapes: input (N, C, L) or (C, L), weight (C, O / groups, k), \
              bias (O,).\n\n\
              >>> ravine.conv_transpose1d(ravine.tensor([[1.0, 2.0]]), ravine.tensor([[[1.0, 10.0]]]), stride=2)\n\
              tensor([[ 1., 10.,  2., 20.]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| Ok(transposed(a, 1)?.into()),
    },
    Function {
        name: "conv_transpose2d",
        signature: "(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, \
                    padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1, \
                    dilation: int | Sequence[int] = 1) -> Tensor",
        doc: "The transpose of `conv2d` in its input, with the same weight: each element of the input is spread over a \
              window, `y[n, o, i s + p d - pad, j s + q d - pad] += x[n, c, i, j] weight[c, o, p, q]` (Dumoulin and \
              Visin, 2016, section 4). Shapes: input (N, C, H, W) or (C, H, W), weight (C, O / groups, kh, kw), bias (O,); \
              the result has `H' = (H - 1) s - 2 pad + d (kh - 1) + output_padding + 1`. `output_padding` chooses among \
              the extents that a convolution with this stride takes to H, and is less than the stride or the dilation. \
              Raises an error when shapes do not fit or dtypes differ.\n\n\
              >>> ravine.conv_transpose2d(ravine.ones(1, 1, 1, 2), ravine.ones(1, 1, 2, 2))\n\
              tensor([[[[1., 2., 1.],\n          [1., 2., 1.]]]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| Ok(transposed(a, 2)?.into()),
    },
];

/// Input, weight and bias, checked but for what depends on which is transposed. Two-dimensional.
struct Operands {
    x: Tensor,
    weight: Tensor,
    bias: Option<Tensor>,
    groups: usize,
    /// Whether the input has a batch dimension.
    batched: bool,
}

impl Operands {
    fn new(a: &Args, spatial: usize, groups: i64, transposed: bool) -> Result<Operands> {
        let op = a.function;
        let (x, weight, bias) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
        if weight.rank() != spatial + 2 {
            let want = match (spatial, transposed) {
                (1, false) => "3 (out channels, in channels / groups, kernel length)",
                (_, false) => "4 (out channels, in channels / groups, kernel height, kernel width)",
                (1, true) => "3 (in channels, out channels / groups, kernel length)",
                (_, true) => "4 (in channels, out channels / groups, kernel height, kernel width)",
            };
            return Err(Error::rank(op, "weight", want, weight.shape()));
        }
        let Ok(groups @ 1..) = usize::try_from(groups) else {
            return Err(Error::value(
                op,
                format!("groups is {groups}. It must be at least 1"),
            ));
        };
        if weight.shape()[2..].contains(&0) {
            let text = format!(
                "the weight {} has a kernel without elements",
                show(weight.shape())
            );
            return Err(Error::shape(op, text));
        }
        check(op, x, spatial)?;
        let (channels, first, second) = (
            x.shape()[x.rank() - spatial - 1],
            weight.shape()[0],
            weight.shape()[1],
        );
        let (expected, how) = if transposed {
            (first, String::new())
        } else {
            (
                second.saturating_mul(groups),
                format!("{second} x {groups} groups = "),
            )
        };
        if channels != expected {
            // (H, W, C) alone, of which the batch is missing too.
            let without_batch = (x.rank() == spatial + 1).then(|| match (spatial, x.shape().last() == Some(&expected)) {
                (1, true) => ". The channels seem to come last here: pass input.T".to_string(),
                (2, true) => ". The channels seem to come last here: pass input.permute(2, 0, 1)".to_string(),
                _ if expected == 1 => format!(
                    ". Without a batch dimension the first extent is the channels: {channels} images of one channel need \
                     input.unsqueeze(1)"
                ),
                _ => String::new(),
            });
            let text = format!(
                "input {} has {channels} channels, weight {} expects {how}{expected}. \
                 Change the weight's {} extent, groups, or the input's channels{}",
                show(x.shape()),
                show(weight.shape()),
                if transposed { "first" } else { "second" },
                without_batch.unwrap_or_else(|| Error::channels_last(x.shape(), expected))
            );
            return Err(Error::shape(op, text));
        }
        if first % groups != 0 {
            let text = format!(
                "weight {} has {first} {} channels, which {groups} groups do not divide. Change one of them",
                show(weight.shape()),
                if transposed { "input" } else { "output" }
            );
            return Err(Error::shape(op, text));
        }
        let out_channels = if transposed {
            second.saturating_mul(groups)
        } else {
            first
        };
        if let Some(b) = bias
            && **b.shape() != [out_channels]
        {
            let text = format!(
                "bias has shape {}, weight has {out_channels} output channels. It must be ({out_channels},)",
                show(b.shape())
            );
            return Err(Error::shape(op, text));
        }
        need_float(op, x)?;
        for (name, t) in [("weight", Some(weight)), ("bias", bias)] {
            if let Some(t) = t.filter(|t| t.dtype() != x.dtype()) {
                let text = format!(
                    "the input is {}, {name} is {}. Convert one with .to(dtype)",
                    x.dtype(),
                    t.dtype()
                );
                return Err(Error::new(Kind::DType, op, text));
            }
        }
        let batched = x.rank() == spatial + 2;
        let mut raised_x = raised(x, spatial)?;
        if !batched {
            let mut shape = raised_x.shape().clone();
            shape.insert(0, 1);
            raised_x = view::reshape(&raised_x, &shape)?;
        }
        Ok(Operands {
            x: raised_x,
            weight: raised(weight, spatial)?,
            bias: bias.cloned(),
            groups,
            batched,
        })
    }

    fn kernel(&self) -> [usize; 2] {
        [self.weight.shape()[2], self.weight.shape()[3]]
    }

    /// The result as the user wants to see it.
    fn finish(&self, y: Tensor, spatial: usize) -> Result<Tensor> {
        let y = match &self.bias {
            Some(b) => arithmetic::add(y, view::reshape(b, &[b.numel(), 1, 1])?)?,
            None => y,
        };
        let y = lowered(&y, spatial)?;
        if self.batched {
            return Ok(y);
        }
        view::reshape(&y, &y.shape()[1..])
    }
}

pub fn conv(a: &Args, spatial: usize) -> Result<Tensor> {
    let (stride, dilation) = (numbers(a, 3, spatial, 1, 1)?, numbers(a, 5, spatial, 1, 1)?);
    let operands = Operands::new(a, spatial, a.int(6)?, false)?;
    let kernel = operands.kernel();
    let padding = match a.value(4) {
        Value::Str(word) => padding_of_word(a.function, word, &kernel, stride, dilation)?,
        _ => numbers(a, 4, spatial, 0, 0)?.map(|n| [n, n]),
    };
    let geometry = Geometry {
        stride,
        padding,
        dilation,
        groups: operands.groups,
    };
    for d in 0..2 {
        if geometry.extent(d, operands.x.shape()[2 + d], kernel[d]).is_none() {
            let text = format!(
                "the kernel {} with dilation {} is larger than the input {} with its padding. \
                 Use a smaller kernel or dilation, or more padding",
                show(&kernel[2 - spatial..]),
                show(&dilation[2 - spatial..]),
                show(&operands.x.shape()[4 - spatial..])
            );
            return Err(Error::shape(a.function, text));
        }
    }
    let y = record(Role::Output, &geometry, &operands.x, &operands.weight, [0, 0])?;
    operands.finish(y, spatial)
}

fn padding_of_word(
    op: &'static str,
    word: &str,
    kernel: &[usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Result<[[usize; 2]; 2]> {
    match word {
        "valid" => Ok([[0; 2]; 2]),
        "same" if stride == [1, 1] => Ok(std::array::from_fn(|d| {
            let total = dilation[d].saturating_mul(kernel[d] - 1);
            [total / 2, total - total / 2]
        })),
        "same" => {
            let text = format!(
                "padding=\"same\" needs stride 1, not {}. Give the padding as numbers",
                show(&stride)
            );
            Err(Error::value(op, text))
        }
        _ => {
            let text = format!("padding is {word:?}. Use \"same\", \"valid\", or numbers");
            Err(Error::value(op, text))
        }
    }
}

fn transposed(a: &Args, spatial: usize) -> Result<Tensor> {
    let (stride, padding) = (numbers(a, 3, spatial, 1, 1)?, numbers(a, 4, spatial, 0, 0)?);
    let (more, dilation) = (numbers(a, 5, spatial, 0, 0)?, numbers(a, 7, spatial, 1, 1)?);
    let operands = Operands::new(a, spatial, a.int(6)?, true)?;
    let kernel = operands.kernel();
    // The convolution whose transpose this is: its padding at the end makes up for `output_padding`, and what lies
    // behind the reach of every window is 0.
    let (mut after, mut extents, mut rest) = ([0; 2], [0; 2], [0; 2]);
    for d in 0..2 {
        if more[d] > 0 && more[d] >= stride[d].max(dilation[d]) {
            let text = format!(
                "output_padding is {}. It must be less than the stride {} or the dilation {}",
                more[d], stride[d], dilation[d]
            );
            return Err(Error::value(a.function, text));
        }
        let n = operands.x.shape()[2 + d];
        let window = dilation[d].saturating_mul(kernel[d] - 1);
        let reach = ((n.max(1) - 1).saturating_mul(stride[d]))
            .saturating_add(window)
            .saturating_add(1 + more[d]);
        let Some(extent) = reach.checked_sub(2 * padding[d]).filter(|&e| e > 0 && n > 0) else {
            let text = format!(
                "the input {} gives a result without elements: padding {} on both sides of an extent of {}. \
                 Use less padding",
                show(&operands.x.shape()[4 - spatial..]),
                padding[d],
                if n == 0 { 0 } else { reach }
            );
            return Err(Error::shape(a.function, text));
        };
        after[d] = padding[d].saturating_sub(more[d]);
        rest[d] = (more[d] + 1).saturating_sub(padding[d] + stride[d]);
        extents[d] = extent - rest[d];
    }
    let geometry = Geometry {
        stride,
        padding: [[padding[0], after[0]], [padding[1], after[1]]],
        dilation,
        groups: operands.groups,
    };
    let y = record(Role::Input, &geometry, &operands.x, &operands.weight, extents)?;
    operands.finish(with_zeros_behind(y, rest)?, spatial)
}

/// More rows and columns, all zeros.
fn with_zeros_behind(y: Tensor, more: [usize; 2]) -> Result<Tensor> {
    if more == [0, 0] {
        return Ok(y);
    }
    let ranges: SmallVec<[view::Range; 4]> = y.shape().iter().map(|&n| view::Range::all(n)).collect();
    let mut shape: Shape = y.shape().clone();
    shape[2] += more[0];
    shape[3] += more[1];
    let (attrs, data) = view::slice_attrs(&ranges);
    put::slice_put(&create::full(&shape, 0.0, y.dtype())?, &y, &attrs, &data)
}
