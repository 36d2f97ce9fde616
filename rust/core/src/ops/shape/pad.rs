//! Tensors made larger at their borders.

use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::create;
use crate::ops::index::put::slice_put;
use crate::ops::shape::concat::cat;
use crate::ops::shape::view::{Range, expand, flip, narrow, slice, slice_attrs};
use crate::shape::{Shape, check};
use smallvec::SmallVec;

pub static FUNCTIONS: &[Function] = &[Function {
    name: "pad",
    signature: "(input: Tensor, pad: Sequence[int], mode: str = \"constant\", value: Number = 0) -> Tensor",
    doc: "Elements put before and after those of `input`. `pad` is (before, after) of the last dimension, then of the one \
              before it, and so on; negative numbers cut elements off. `mode` says what is put there: \"constant\" `value`, \
              \"reflect\" the elements mirrored at the border, \"replicate\" the border itself, \"circular\" the elements from \
              the other end.\n\n\
              >>> ravine.pad(ravine.tensor([1, 2, 3]), (1, 2))\ntensor([0, 1, 2, 3, 0, 0])\n\
              >>> ravine.pad(ravine.tensor([1, 2, 3]), (1, 2), mode=\"reflect\")\ntensor([2, 1, 2, 3, 2, 1])\n",
    places: Places::TOP,
    effect: Effect::Pure,
    call: |a| {
        let (x, pad) = (a.tensor(0)?, a.ints(1)?);
        if pad.len() % 2 == 1 || pad.len() / 2 > x.rank() {
            let text = format!(
                "pad has {} numbers; {} dimensions take two each, at most",
                pad.len(),
                x.rank()
            );
            return Err(Error::value("pad", text));
        }
        let mut sides: SmallVec<[(i64, i64); 4]> = pad
            .as_chunks::<2>()
            .0
            .iter()
            .map(|&[before, after]| (before, after))
            .collect();
        sides.resize(x.rank(), (0, 0));
        sides.reverse();
        let x = crop(x, &mut sides)?;
        Ok(match a.text(2)? {
            "constant" => constant(&x, &sides, a.scalar(3)?.fit(a.function, x.dtype())?)?,
            mode @ ("reflect" | "replicate" | "circular") => {
                (sides.iter().enumerate()).try_fold(x, |x, (d, &side)| extend(&x, d, side, mode))?
            }
            mode => {
                let text =
                    format!("mode '{mode}' is not one of 'constant', 'reflect', 'replicate', 'circular'");
                return Err(Error::value("pad", text));
            }
        }
        .into())
    },
}];

/// Cuts off what negative sides say; the sides that are left are 0 or more.
fn crop(x: &Tensor, sides: &mut [(i64, i64)]) -> Result<Tensor> {
    let mut ranges: SmallVec<[Range; 4]> = SmallVec::new();
    for (d, (before, after)) in sides.iter_mut().enumerate() {
        let n = x.shape()[d] as i64;
        let [first, last] = [*before, *after].map(|side| side.saturating_neg().max(0));
        let cut = first.saturating_add(last);
        if cut > n {
            let text = format!("({before}, {after}) cuts {cut} elements off dimension {d} of size {n}");
            return Err(Error::value("pad", text));
        }
        ranges.push(Range {
            start: first,
            size: (n - cut) as usize,
            step: 1,
        });
        (*before, *after) = ((*before).max(0), (*after).max(0));
    }
    slice(x, &ranges)
}

/// Sides are 0 or more, (before, after) for every dimension.
pub fn constant(x: &Tensor, sides: &[(i64, i64)], value: Scalar) -> Result<Tensor> {
    if sides.iter().all(|&side| side == (0, 0)) {
        return Ok(x.clone());
    }
    let shape: Shape = x
        .shape()
        .iter()
        .zip(sides)
        .map(|(&n, s)| n.saturating_add(s.0 as usize).saturating_add(s.1 as usize))
        .collect();
    check("pad", &shape, x.dtype())?;
    let ranges: SmallVec<[Range; 4]> = x
        .shape()
        .iter()
        .zip(sides)
        .map(|(&size, s)| Range {
            start: s.0,
            size,
            step: 1,
        })
        .collect();
    let (attrs, data) = slice_attrs(&ranges);
    slice_put(&create::full(&shape, value, x.dtype())?, x, &attrs, &data)
}

/// One dimension continued on both sides by parts of itself.
fn extend(x: &Tensor, dim: usize, (before, after): (i64, i64), mode: &str) -> Result<Tensor> {
    let n = x.shape()[dim] as i64;
    let longest = match mode {
        "reflect" => n - 1,
        "circular" => n,
        _ if n > 0 => i64::MAX,
        _ => 0,
    };
    if before.max(after) > longest.max(0) {
        let text = format!(
            "({before}, {after}) in mode '{mode}' on dimension {dim} of size {n}: at most {} on a side",
            longest.max(0)
        );
        return Err(Error::value("pad", text));
    }
    let part = |size: i64, reflected: i64, edge: i64, wrapped: i64| match mode {
        "reflect" => flip(&narrow(x, dim, reflected, size as usize)?, &[dim]),
        "circular" => narrow(x, dim, wrapped, size as usize),
        _ => {
            let mut shape = x.shape().clone();
            shape[dim] = size as usize;
            expand(&narrow(x, dim, edge, 1)?, &shape)
        }
    };
    let mut parts: SmallVec<[Tensor; 3]> = SmallVec::new();
    if before > 0 {
        parts.push(part(before, 1, 0, n - before)?);
    }
    parts.push(x.clone());
    if after > 0 {
        parts.push(part(after, n - 1 - after, n - 1, 0)?);
    }
    cat(&parts, dim)
}
