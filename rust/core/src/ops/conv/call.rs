//! What users call: arguments, and the errors of shapes and dtypes.

use super::{Geometry, Role, record};
use crate::error::{Error, Kind, Result};
use crate::function::{Args, Value};
use crate::graph::Tensor;
use crate::ops::{binary, view};
use crate::shape::show;

fn pair(a: &Args, i: usize, least: i64) -> Result<[usize; 2]> {
    let values = a.ints(i)?;
    let both = match values[..] {
        [n] => [n, n],
        [v, h] => [v, h],
        _ => {
            return Err(Error::value(
                a.function,
                format!(
                    "{} has {} numbers. Give an int or a pair",
                    a.names[i],
                    values.len()
                ),
            ));
        }
    };
    match both.iter().find(|&&n| n < least) {
        Some(n) => Err(Error::value(
            a.function,
            format!("{} is {n}. It must be at least {least}", a.names[i]),
        )),
        None => Ok(both.map(|n| n as usize)),
    }
}

pub fn conv2d_call(a: &Args) -> Result<Tensor> {
    let (x, weight, bias) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?);
    let (stride, dilation) = (pair(a, 3, 1)?, pair(a, 5, 1)?);
    if weight.rank() != 4 {
        return Err(Error::rank(
            "conv2d",
            "weight",
            "4 (out channels, in channels / groups, kernel height, kernel width)",
            weight.shape(),
        ));
    }
    let Ok(groups @ 1..) = usize::try_from(a.int(6)?) else {
        return Err(Error::value(
            "conv2d",
            format!("groups is {}. It must be at least 1", a.int(6)?),
        ));
    };
    let padding = match a.value(4) {
        Value::Str(word) => padding_of_word(word, &weight.shape()[2..], stride, dilation)?,
        _ => pair(a, 4, 0)?.map(|n| [n, n]),
    };
    conv2d(
        x,
        weight,
        bias,
        Geometry {
            stride,
            padding,
            dilation,
            groups,
        },
    )
}

fn padding_of_word(
    word: &str,
    kernel: &[usize],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Result<[[usize; 2]; 2]> {
    match word {
        "valid" => Ok([[0; 2]; 2]),
        "same" if stride == [1, 1] => Ok(std::array::from_fn(|d| {
            let total = dilation[d] * kernel[d].saturating_sub(1);
            [total / 2, total - total / 2]
        })),
        "same" => Err(Error::value(
            "conv2d",
            format!(
                "padding=\"same\" needs stride 1, not {}. Give the padding as numbers",
                show(&stride)
            ),
        )),
        _ => Err(Error::value(
            "conv2d",
            format!("padding is {word:?}. Use \"same\", \"valid\", an int or a pair"),
        )),
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
        return Err(Error::rank(
            op,
            "input",
            "4 (images, channels, height, width) or 3 (without images)",
            x.shape(),
        ));
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
        let text = format!(
            "bias has shape {}, weight has {out_channels} output channels. It must be ({out_channels},)",
            show(b.shape())
        );
        return Err(Error::shape(op, text));
    }
    if !x.dtype().is_float() {
        return Err(Error::dtype(op, x.dtype(), "a floating dtype"));
    }
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
    let y = record(Role::Output, &geometry, x, weight, [0, 0])?;
    match bias {
        Some(b) => binary::add(y, view::reshape(b, &[out_channels, 1, 1])?),
        None => Ok(y),
    }
}
