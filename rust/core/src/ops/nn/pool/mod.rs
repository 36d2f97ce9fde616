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

attributes! {
    /// With which the attributes of every record here begin.
    #[derive(Clone, Copy)]
    pub struct Windows in Attrs { axes: [Axis; 2] }
}

/// The shape with other extents in the last two dimensions.
fn with_plane(shape: &[usize], plane: [usize; 2]) -> Shape {
    let mut shape = Shape::from_slice(&shape[..shape.len() - 2]);
    shape.extend(plane);
    shape
}

fn pooled(shape: &[usize], axes: &[Axis; 2]) -> Shape {
    with_plane(shape, axes.map(|axis| axis.out))
}

/// The last two extents.
fn plane(shape: &[usize]) -> [usize; 2] {
    [shape[shape.len() - 2], shape[shape.len() - 1]]
}

fn grid(attrs: &Attrs, input: &[usize]) -> Grid {
    Grid::new(Windows::from(attrs).axes, plane(input))
}
