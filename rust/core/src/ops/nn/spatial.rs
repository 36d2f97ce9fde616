//! Arguments that speak of one or two spatial dimensions. One-dimensional ops are two-dimensional ones of height 1.

use crate::error::{Error, Kind, Result};
use crate::function::Args;
use crate::graph::Tensor;
use crate::ops::shape::view;

/// The largest number: sums and products of two of them fit into 64 bits.
pub const MOST: i64 = i32::MAX as i64;

/// Numbers for (vertical, horizontal), each at least `least`. One int stands for all; with one spatial dimension the
/// vertical number is `neutral`.
pub fn numbers(a: &Args, i: usize, spatial: usize, least: i64, neutral: usize) -> Result<[usize; 2]> {
    let values = a.ints(i)?;
    let both = match (spatial, &values[..]) {
        (1, &[n]) => [neutral as i64, n],
        (2, &[n]) => [n, n],
        (2, &[v, h]) => [v, h],
        _ => {
            let want = if spatial == 1 {
                "one int"
            } else {
                "an int or a pair"
            };
            let text = format!("{} has {} numbers. Give {want}", a.names[i], values.len());
            return Err(Error::value(a.function, text));
        }
    };
    if let Some(n) = both.iter().find(|&&n| n > MOST) {
        let text = format!(
            "{} is {n}. No plane that there is memory for goes on so far; use at most {MOST}",
            a.names[i]
        );
        return Err(Error::new(Kind::Memory, a.function, text));
    }
    match both[2 - spatial..].iter().find(|&&n| n < least) {
        Some(n) => {
            let text = format!("{} is {n}. It must be at least {least}", a.names[i]);
            Err(Error::value(a.function, text))
        }
        None => Ok(both.map(|n| n as usize)),
    }
}

/// The tensor with a height of 1, if it has one spatial dimension.
pub fn raised(x: &Tensor, spatial: usize) -> Result<Tensor> {
    if spatial == 2 {
        return Ok(x.clone());
    }
    let mut shape = x.shape().clone();
    shape.insert(shape.len() - 1, 1);
    view::reshape(x, &shape)
}

/// Undoes `raised`.
pub fn lowered(x: &Tensor, spatial: usize) -> Result<Tensor> {
    if spatial == 2 {
        return Ok(x.clone());
    }
    let mut shape = x.shape().clone();
    shape.remove(shape.len() - 2);
    view::reshape(x, &shape)
}

/// Checks the rank: `spatial` dimensions behind the channels, and perhaps a batch dimension.
pub fn check(op: &'static str, x: &Tensor, spatial: usize) -> Result<()> {
    if (spatial + 1..=spatial + 2).contains(&x.rank()) {
        return Ok(());
    }
    let want = match spatial {
        1 => "3 (batch, channels, length) or 2 (without batch)",
        _ => "4 (batch, channels, height, width) or 3 (without batch)",
    };
    Err(Error::rank(op, "input", want, x.shape()))
}

/// As `check`, and no spatial extent may be 0.
pub fn check_filled(op: &'static str, x: &Tensor, spatial: usize) -> Result<()> {
    check(op, x, spatial)?;
    if x.shape()[x.rank() - spatial..].contains(&0) {
        let text = format!(
            "the input {} has no elements in a spatial dimension. Only the batch may be empty",
            crate::shape::show(x.shape())
        );
        return Err(Error::shape(op, text));
    }
    Ok(())
}
