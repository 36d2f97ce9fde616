//! Pooling over windows of the last two dimensions; whatever dimensions come before are independent of each other.
//!
//! `MAX_POOL` also yields the *tap* of each window that it chose, as a small integer. Its derivatives move numbers
//! between a plane and those taps (`MAX_POOL_SCATTER`, `MAX_POOL_GATHER`, each other's transpose), and so need no
//! value of the input.

mod avg;
mod call;
mod max;

pub use avg::{AVG_POOL, AVG_POOL_BACKWARD};
pub use call::FUNCTIONS;
pub use max::{MAX_POOL, MAX_POOL_GATHER, MAX_POOL_SCATTER};

use crate::cpu::pooling::{Axis, Grid};
use crate::op::Attrs;
use crate::shape::Shape;

/// Words of the two axes, with which the attrs of every record begin.
const WORDS: usize = 2 * Axis::WORDS;

fn words(axes: &[Axis; 2]) -> Attrs {
    axes.iter().flat_map(Axis::words).collect()
}

fn axes(attrs: &[i64]) -> [Axis; 2] {
    [Axis::of(attrs), Axis::of(&attrs[Axis::WORDS..])]
}

/// The shape with other extents in the last two dimensions.
fn with_plane(shape: &[usize], plane: [usize; 2]) -> Shape {
    let mut shape = Shape::from_slice(&shape[..shape.len() - 2]);
    shape.extend(plane);
    shape
}

fn pooled(shape: &[usize], attrs: &[i64]) -> Shape {
    with_plane(shape, axes(attrs).map(|axis| axis.out))
}

/// The extents of the plane that were pooled, which the attrs of a transpose end with.
fn restored(shape: &[usize], attrs: &[i64]) -> Shape {
    let plane = &attrs[attrs.len() - 2..];
    with_plane(shape, [plane[0] as usize, plane[1] as usize])
}

fn with_extents(attrs: &Attrs, shape: &[usize]) -> Attrs {
    let mut attrs = attrs.clone();
    attrs.extend(shape[shape.len() - 2..].iter().map(|&n| n as i64));
    attrs
}

fn grid(attrs: &[i64], input: &[usize]) -> Grid {
    let lead = input.len() - 2;
    Grid::new(axes(attrs), [input[lead], input[lead + 1]])
}
