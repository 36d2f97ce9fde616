//! What users call: arguments, their checks, and the forms of one dimension and of adaptive windows.

use crate::cpu::pooling::Axis;
use crate::dtype::DType;
use crate::error::{Error, Kind, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::graph::Tensor;
use crate::ops::floats::need_float;
use crate::ops::nn::pool::Windows;
use crate::ops::nn::pool::avg::{Average, avg_pool as record_avg};
use crate::ops::nn::pool::max::gather;
use crate::ops::nn::pool::max::max_pool as record_max;
use crate::ops::nn::spatial::{MOST, check_filled, lowered, numbers, raised};
use crate::ops::shape::view;
use crate::ops::{create, reduce};
use crate::shape::show;
use smallvec::{SmallVec, smallvec};

/// A plain function whose results are lowered to its number of spatial dimensions.
macro_rules! function {
    ($($place:ident)? $name:literal, $signature:expr, $doc:expr, $call:expr) => {
        Function {
            name: $name,
            signature: $signature,
            doc: $doc,
            places: Places::TOP$(.and(Places::$place))?,
            effect: Effect::Pure,
            call: $call,
        }
    };
}

pub static FUNCTIONS: &[Function] = &[
    function!(
        FUNCTIONAL "max_pool1d",
        "(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, \
         padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False) -> Tensor",
        "The greatest element of each window along the last dimension: `max_pool2d` with one spatial dimension. Shapes: \
         (N, C, L) or (C, L).\n\n\
         >>> ravine.max_pool1d(ravine.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)\ntensor([[3., 2.]])\n",
        |a| max_pool(a, 1, false)
    ),
    function!(
        FUNCTIONAL "max_pool1d_with_indices",
        "(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, \
         padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False) \
         -> tuple[Tensor, Tensor]",
        "The results of `max_pool1d`, and the int64 positions along the last dimension where they stand.\n\n\
         >>> ravine.max_pool1d_with_indices(ravine.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)[1]\ntensor([[1, 2]])\n",
        |a| max_pool(a, 1, true)
    ),
    function!(
        FUNCTIONAL "max_pool2d_with_indices",
        "(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, \
         padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False) \
         -> tuple[Tensor, Tensor]",
        "The results of `max_pool2d`, and where in its plane each of them stands: row times width plus column, int64.\n\n\
         >>> ravine.max_pool2d_with_indices(ravine.arange(16.0).reshape(1, 4, 4), 2)[1]\n\
         tensor([[[ 5,  7],\n         [13, 15]]])\n",
        |a| max_pool(a, 2, true)
    ),
    function!(
        FUNCTIONAL "avg_pool1d",
        "(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, \
         padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True) -> Tensor",
        "The mean of each window along the last dimension: `avg_pool2d` with one spatial dimension. Shapes: (N, C, L) or \
         (C, L).\n\n\
         >>> ravine.avg_pool1d(ravine.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)\ntensor([[2., 1.]])\n",
        |a| avg_pool(a, 1)
    ),
    function!(
        FUNCTIONAL "adaptive_avg_pool1d",
        "(input: Tensor, output_size: int | Sequence[int]) -> Tensor",
        "The means of `output_size` windows that cover the last dimension: window i is `floor(i L / n)` to \
         `ceil((i + 1) L / n)`, n the output size. Shapes: (N, C, L) or (C, L).\n\n\
         >>> ravine.adaptive_avg_pool1d(ravine.tensor([[1.0, 3.0, 2.0]]), 2)\ntensor([[2.0000, 2.5000]])\n",
        |a| adaptive_avg_pool(a, 1)
    ),
    function!(
        FUNCTIONAL "adaptive_avg_pool2d",
        "(input: Tensor, output_size: int | Sequence[int]) -> Tensor",
        "The means of windows that cover each plane, as many as `output_size` (vertically, horizontally) says; -1 keeps \
         an extent. Row i of the windows is `floor(i H / n)` to `ceil((i + 1) H / n)`, n the output's rows; columns \
         alike. Shapes: (N, C, H, W) or (C, H, W).\n\n\
         >>> ravine.adaptive_avg_pool2d(ravine.arange(16.0).reshape(1, 4, 4), 1)\ntensor([[[7.5000]]])\n",
        |a| adaptive_avg_pool(a, 2)
    ),
    function!(
        FUNCTIONAL "adaptive_max_pool1d",
        "(input: Tensor, output_size: int | Sequence[int]) -> tuple[Tensor, Tensor]",
        "The greatest elements of the windows of `adaptive_avg_pool1d`, and their int64 positions.\n\n\
         >>> ravine.adaptive_max_pool1d(ravine.tensor([[1.0, 3.0, 2.0]]), 2)[0]\ntensor([[3., 3.]])\n",
        |a| adaptive_max_pool(a, 1)
    ),
    function!(
        FUNCTIONAL "adaptive_max_pool2d",
        "(input: Tensor, output_size: int | Sequence[int]) -> tuple[Tensor, Tensor]",
        "The greatest elements of the windows of `adaptive_avg_pool2d`, and their int64 positions as \
         `max_pool2d_with_indices` counts them.\n\n\
         >>> ravine.adaptive_max_pool2d(ravine.arange(16.0).reshape(1, 4, 4), 1)[0]\ntensor([[[15.]]])\n",
        |a| adaptive_max_pool(a, 2)
    ),
    function!(
        "upsample_nearest2d",
        "(input: Tensor, scale_factor: int | Sequence[int]) -> Tensor",
        "Each element repeated `scale_factor` times (vertically, horizontally): the transpose of the sum over windows side \
         by side. Shapes: (N, C, H, W) or (C, H, W), floating; see `nn.functional.interpolate` for other factors.\n\n\
         >>> ravine.upsample_nearest2d(ravine.tensor([[[1.0, 2.0]]]), (1, 2))\ntensor([[[1., 1., 2., 2.]]])\n",
        |a| upsample(a)
    ),
];

/// Kernel, stride, padding and dilation as users give them, checked against the input.
fn sliding(a: &Args, spatial: usize, dilation: [usize; 2], ceil: bool) -> Result<[Axis; 2]> {
    let x = a.tensor(0)?;
    check_filled(a.function, x, spatial)?;
    let kernel = numbers(a, 1, spatial, 1, 1)?;
    let given = !a.is_none(2) && !a.ints(2)?.is_empty();
    let stride = if given {
        numbers(a, 2, spatial, 1, 1)?
    } else {
        kernel
    };
    let padding = numbers(a, 3, spatial, 0, 0)?;
    let input = raised(x, spatial)?;
    let input = &input.shape()[input.rank() - 2..];
    let axis = |d: usize| {
        let (n, stride, padding) = (input[d], stride[d], padding[d]);
        let reach = dilation[d] * (kernel[d] - 1) + 1;
        if padding > reach / 2 {
            let text = format!(
                "padding {padding} is more than half of the window, which spans {reach}. Use at most {}",
                reach / 2
            );
            return Err(Error::value(a.function, text));
        }
        let room = (n + 2 * padding) as i64 - reach as i64;
        let rounded = if ceil { room + stride as i64 - 1 } else { room };
        let last = rounded.div_euclid(stride as i64);
        if last < 0 {
            let text = format!(
                "a window that spans {reach} is larger than the input {} with its padding. \
                 Use a smaller kernel_size or more padding",
                show(x.shape())
            );
            return Err(Error::shape(a.function, text));
        }
        let mut out = last as usize + 1;
        if ceil && (out - 1) * stride >= n + padding {
            out -= 1;
        }
        Ok(Axis {
            out,
            kernel: kernel[d],
            stride,
            padding,
            dilation: dilation[d],
        })
    };
    Ok([axis(0)?, axis(1)?])
}

pub fn max_pool(a: &Args, spatial: usize, indices: bool) -> Result<Outcome> {
    let axes = sliding(a, spatial, numbers(a, 4, spatial, 1, 1)?, a.flag(5)?)?;
    let x = a.tensor(0)?;
    if x.dtype() == DType::Bool {
        return Err(Error::dtype(a.function, x.dtype(), "numbers"));
    }
    let [values, places] = max_of(x, &axes, spatial, indices)?;
    Ok(if indices {
        Outcome::Many(vec![values, places])
    } else {
        values.into()
    })
}

/// Values and positions; without `indices` the second is of no meaning.
fn max_of(x: &Tensor, axes: &[Axis; 2], spatial: usize, indices: bool) -> Result<[Tensor; 2]> {
    let x = raised(x, spatial)?;
    let windows = Windows { axes: *axes };
    let [values, taps] = record_max(&x, windows)?;
    let values = lowered(&values, spatial)?;
    if !indices {
        return Ok([values, taps]);
    }
    // What stands at the taps of a plane that holds its own positions.
    let plane = &x.shape()[x.rank() - 2..];
    let positions = view::reshape(&create::positions(plane[0] * plane[1])?, plane)?;
    let positions = view::expand(&positions, x.shape())?;
    Ok([values, lowered(&gather(&positions, &taps, windows)?, spatial)?])
}

pub fn avg_pool(a: &Args, spatial: usize) -> Result<Outcome> {
    let axes = sliding(a, spatial, [1, 1], a.flag(4)?)?;
    need_float(a.function, a.tensor(0)?)?;
    let divisor = if spatial == 2 { a.opt_int(6)? } else { None };
    if divisor == Some(0) {
        return Err(Error::value(
            a.function,
            "divisor_override is 0. Give another number, or None",
        ));
    }
    let average = Average {
        windows: Windows { axes },
        padding: a.flag(5)?,
        divisor: divisor.unwrap_or(0),
    };
    let y = record_avg(&raised(a.tensor(0)?, spatial)?, average)?;
    Ok(lowered(&y, spatial)?.into())
}

/// The extents of an adaptive pooling's result; -1 stands for the input's own.
fn adaptive(a: &Args, spatial: usize) -> Result<[Axis; 2]> {
    let x = a.tensor(0)?;
    check_filled(a.function, x, spatial)?;
    let x = raised(x, spatial)?;
    let plane = &x.shape()[x.rank() - 2..];
    let wanted: SmallVec<[i64; 2]> = match &a.ints(1)?[..] {
        &[n] if spatial == 1 => smallvec![1, n],
        &[n] => smallvec![n, n],
        &[v, h] if spatial == 2 => smallvec![v, h],
        other => {
            let text = format!(
                "output_size has {} numbers. Give one for each spatial dimension",
                other.len()
            );
            return Err(Error::value(a.function, text));
        }
    };
    let axis = |d: usize| match wanted[d] {
        -1 => Ok(Axis::adaptive(plane[d], plane[d])),
        n @ 0..=MOST => Ok(Axis::adaptive(plane[d], n as usize)),
        n if n > MOST => {
            let text = format!("output_size is {n}. There is no memory for so much; use at most {MOST}");
            Err(Error::new(Kind::Memory, a.function, text))
        }
        n => Err(Error::value(
            a.function,
            format!("output_size is {n}. It must be at least 0"),
        )),
    };
    Ok([axis(0)?, axis(1)?])
}

fn adaptive_avg_pool(a: &Args, spatial: usize) -> Result<Outcome> {
    let axes = adaptive(a, spatial)?;
    need_float(a.function, a.tensor(0)?)?;
    let x = raised(a.tensor(0)?, spatial)?;
    let y = if axes.iter().all(|axis| axis.out == 1) {
        let dims: [usize; 2] = [x.rank() - 2, x.rank() - 1];
        reduce::mean(&x, &dims, true)?
    } else {
        let average = Average {
            windows: Windows { axes },
            padding: false,
            divisor: 0,
        };
        record_avg(&x, average)?
    };
    Ok(lowered(&y, spatial)?.into())
}

fn adaptive_max_pool(a: &Args, spatial: usize) -> Result<Outcome> {
    let axes = adaptive(a, spatial)?;
    let x = a.tensor(0)?;
    if x.dtype() == DType::Bool {
        return Err(Error::dtype(a.function, x.dtype(), "numbers"));
    }
    Ok(Outcome::Many(max_of(x, &axes, spatial, true)?.into()))
}

fn upsample(a: &Args) -> Result<Outcome> {
    check_filled(a.function, a.tensor(0)?, 2)?;
    need_float(a.function, a.tensor(0)?)?;
    let times = numbers(a, 1, 2, 1, 1)?;
    Ok(crate::ops::nn::pool::avg::repeat(a.tensor(0)?, times)?.into())
}
