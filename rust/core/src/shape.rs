//! Shapes, dimensions and broadcasting.

use crate::dtype::{DType, Widest};
use crate::error::{Error, Result};
use smallvec::SmallVec;

/// Extents, outermost first. `()` is a scalar: one element, no dimension.
pub type Shape = SmallVec<[usize; 4]>;
/// Distances in elements; negative after a flip, 0 along a broadcast dimension.
pub type Strides = SmallVec<[isize; 4]>;

/// No tensor has more elements than this, counting an extent of 0 as 1: every count, stride and distance, in elements
/// or in bytes of the widest dtype, fits in `isize`. [`check`] is asked for every result that is recorded and every
/// array that is made; until then `numel` says `usize::MAX` of what is too large, so products need no checks of their
/// own.
pub const MOST: usize = isize::MAX as usize / size_of::<Widest>();

/// As `a == b`, which calls the C library to compare memory: slower for the few extents that a shape has.
#[inline]
pub fn same(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x == y)
}

/// The number of elements; `usize::MAX` where it does not fit.
#[inline]
pub fn numel(shape: &[usize]) -> usize {
    shape.iter().fold(1, |n, &extent| n.saturating_mul(extent))
}

/// The product of extents as users give them; `i64::MAX` where it does not fit.
pub fn product(extents: impl Iterator<Item = i64>) -> i64 {
    extents.fold(1, i64::saturating_mul)
}

/// Refuses a shape that no tensor can have.
#[inline]
pub fn check(op: &'static str, shape: &[usize], dtype: DType) -> Result<()> {
    let n = shape
        .iter()
        .fold(1usize, |n, &extent| n.saturating_mul(extent.max(1)));
    if n > MOST {
        Err(Error::too_large(op, shape, dtype))
    } else {
        Ok(())
    }
}

/// Row-major strides of a dense array.
#[inline]
pub fn contiguous_strides(shape: &[usize]) -> Strides {
    let mut strides = match shape.len() {
        // Without a loop: every new array has strides, and few have more.
        rank @ ..=4 => Strides::from_buf_and_len([0; 4], rank),
        rank => Strides::from_elem(0, rank),
    };
    let mut step = 1isize;
    for d in (0..shape.len()).rev() {
        strides[d] = step;
        step = step.wrapping_mul(shape[d].max(1) as isize);
    }
    strides
}

/// NumPy's rule: align at the right; extents must be equal or 1.
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Shape> {
    let rank = a.len().max(b.len());
    let mut out: Shape = smallvec::smallvec![1; rank];
    for (i, extent) in out.iter_mut().enumerate() {
        let from = |s: &[usize]| (i + s.len()).checked_sub(rank).map_or(1, |k| s[k]);
        *extent = match (from(a), from(b)) {
            (x, y) if x == y => x,
            (1, y) => y,
            (x, 1) => x,
            _ => return None,
        };
    }
    Some(out)
}

/// A dimension counted from either end; a scalar has dimensions -1 and 0, as in PyTorch.
pub fn normalize_dim(op: &'static str, dim: i64, rank: usize) -> Result<usize> {
    let r = rank.max(1) as i64;
    if dim < -r || dim >= r {
        return Err(Error::dim_out_of_range(op, dim, rank));
    }
    Ok(if dim < 0 { dim + r } else { dim } as usize)
}

/// Sorted, distinct dimensions; `None` means all, an empty list none.
pub fn normalize_dims(op: &'static str, dims: Option<&[i64]>, rank: usize) -> Result<SmallVec<[usize; 4]>> {
    let Some(dims) = dims else {
        return Ok((0..rank).collect());
    };
    let mut out = SmallVec::new();
    for &d in dims {
        let d = normalize_dim(op, d, rank)?;
        if rank == 0 {
            continue;
        }
        if out.contains(&d) {
            return Err(Error::dim_repeated(op, d));
        }
        out.push(d);
    }
    out.sort_unstable();
    Ok(out)
}

/// The dimensions of a reduction: as `normalize_dims`, but an empty list means all, as in PyTorch.
pub fn reduced_dims(op: &'static str, dims: Option<&[i64]>, rank: usize) -> Result<SmallVec<[usize; 4]>> {
    normalize_dims(op, dims.filter(|dims| !dims.is_empty()), rank)
}

/// The shape left after reducing over `dims` (sorted).
pub fn reduced_shape(shape: &[usize], dims: &[usize], keepdim: bool) -> Shape {
    let mut out = Shape::new();
    for (d, &extent) in shape.iter().enumerate() {
        match (dims.contains(&d), keepdim) {
            (false, _) => out.push(extent),
            (true, true) => out.push(1),
            (true, false) => {}
        }
    }
    out
}

/// Writes `(2, 3)` as Python does, `(2,)` for one dimension.
pub fn show(shape: &[usize]) -> String {
    match shape {
        [n] => format!("({n},)"),
        _ => format!(
            "({})",
            shape.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}
