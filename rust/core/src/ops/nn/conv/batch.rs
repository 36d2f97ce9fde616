//! The batching rule of the three records.

use crate::cpu::conv::Geometry;
use crate::error::Result;
use crate::graph::Tensor;
use crate::op::Call;
use crate::ops::nn::conv::Role::{Input, Output, Weight};
use crate::ops::nn::conv::{Role, WORDS, operands, record};
use crate::ops::shape::view;
use crate::shape::Shape;
use smallvec::{SmallVec, smallvec};

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
        self.axes()
            .iter()
            .position(|&a| a == axis)
            .expect("the axis is one of this tensor's")
    }
}

/// With both operands batched, each batch element is a group of its own. One batched operand shares an axis with the
/// result that the other operand lacks: the batch dimension becomes part of that.
pub fn batch(result: Role, c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let (roles, mut geometry) = (operands(result), Geometry::of(c.attrs));
    let groups = geometry.groups;
    let axis = match batched {
        [true, true] => Axis::Groups,
        _ => {
            let role = roles[!batched[0] as usize];
            let shared = |a: &Axis| *a != Axis::Groups && result.axes().contains(a);
            role.axes()
                .into_iter()
                .find(shared)
                .expect("any two arguments share an axis")
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
        view::reshape(
            &view::move_dim(&view::reshape(t, &shape)?, 0, place)?,
            &role.join(axes),
        )
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
