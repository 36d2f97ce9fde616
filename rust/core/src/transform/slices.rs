//! What flows back to a tensor through slices of it: put together once, not as a whole tensor for each slice.

use crate::error::Result;
use crate::graph::Tensor;
use crate::mode;
use crate::op::Call;
use crate::ops::create;
use crate::ops::elementwise::arithmetic::add;
use crate::ops::index::put;
use crate::ops::shape::concat;
use crate::ops::shape::view::{self, Range, slice_attrs};
use crate::shape::Shape;
use smallvec::SmallVec;

/// A cotangent on its way.
pub enum Cotangent {
    Whole(Tensor),
    /// That of what was sliced, which has this shape: the sum of what came whole and of regions.
    Parts {
        shape: Shape,
        whole: Option<Tensor>,
        regions: Vec<Region>,
    },
}

/// The cotangent of a slice.
pub struct Region {
    cotangent: Tensor,
    ranges: SmallVec<[Range; 4]>,
}

impl Cotangent {
    /// What flows back through a call of `slice`.
    pub fn of_slice(c: &Call, cotangent: Tensor) -> Cotangent {
        Cotangent::Parts {
            shape: c.tensor(0).shape().clone(),
            whole: None,
            regions: vec![Region {
                cotangent,
                ranges: view::ranges(c.attrs, c.data).collect(),
            }],
        }
    }

    pub fn has_shape(&self, expected: &[usize]) -> bool {
        match self {
            Cotangent::Whole(tensor) => **tensor.shape() == *expected,
            Cotangent::Parts { shape, .. } => **shape == *expected,
        }
    }

    pub fn plus(self, other: Cotangent) -> Result<Cotangent> {
        let both = |a: Option<Tensor>, b: Option<Tensor>| match (a, b) {
            (Some(a), Some(b)) => add(&a, &b).map(Some),
            (a, b) => Ok(a.or(b)),
        };
        Ok(match (self, other) {
            (Cotangent::Whole(a), Cotangent::Whole(b)) => Cotangent::Whole(add(&a, &b)?),
            (
                Cotangent::Parts {
                    shape,
                    whole,
                    mut regions,
                },
                Cotangent::Parts {
                    whole: other,
                    regions: more,
                    ..
                },
            ) => {
                regions.extend(more);
                let whole = both(whole, other)?;
                Cotangent::Parts {
                    shape,
                    whole,
                    regions,
                }
            }
            (
                Cotangent::Parts {
                    shape,
                    whole,
                    regions,
                },
                Cotangent::Whole(x),
            )
            | (
                Cotangent::Whole(x),
                Cotangent::Parts {
                    shape,
                    whole,
                    regions,
                },
            ) => Cotangent::Parts {
                shape,
                whole: both(whole, Some(x))?,
                regions,
            },
        })
    }

    pub fn into_tensor(self) -> Result<Tensor> {
        match self {
            Cotangent::Whole(tensor) => Ok(tensor),
            Cotangent::Parts {
                shape,
                whole,
                regions,
            } => {
                let device = regions[0].cotangent.device();
                let parts = mode::on(device, || together(&shape, regions))?;
                whole.map_or_else(|| Ok(parts.clone()), |whole| add(&whole, &parts))
            }
        }
    }
}

impl Region {
    /// The indices of a dimension, as the least, the one behind the largest, and their distance.
    fn span(&self, dim: usize) -> (i64, i64, i64) {
        let Range { start, size, step } = self.ranges[dim];
        let last = start + (size as i64 - 1) * step;
        (start.min(last), start.max(last) + 1, step.abs())
    }

    fn is_empty(&self) -> bool {
        self.ranges.iter().any(|r| r.size == 0)
    }

    /// Whether no element is in both.
    fn is_apart_from(&self, other: &Region) -> bool {
        (0..self.ranges.len()).any(|dim| {
            let (a, b) = (self.span(dim), other.span(dim));
            a.1 <= b.0 || b.1 <= a.0 || (a.2 == b.2 && (a.0 - b.0) % a.2 != 0)
        })
    }
}

/// The sum of slices' cotangents as the cotangent of what was sliced, which has this shape.
fn together(shape: &[usize], mut regions: Vec<Region>) -> Result<Tensor> {
    let dtype = regions[0].cotangent.dtype();
    let zeros = || create::full(shape, 0.0, dtype);
    regions.retain(|region| !region.is_empty());
    if let Some(dim) = tiled(shape, &mut regions) {
        let parts: Vec<Tensor> = regions.into_iter().map(|region| region.cotangent).collect();
        return concat::cat(&parts, dim);
    }
    // Regions that are apart go into one tensor; those that meet are added up.
    let mut layers: Vec<Vec<Region>> = Vec::new();
    for region in regions {
        let is_free = |layer: &&mut Vec<Region>| layer.iter().all(|other| region.is_apart_from(other));
        match layers.iter_mut().find(is_free) {
            Some(layer) => layer.push(region),
            None => layers.push(vec![region]),
        }
    }
    let mut sum: Option<Tensor> = None;
    for layer in layers {
        let mut whole = zeros()?;
        for region in &layer {
            let (attrs, data) = slice_attrs(&region.ranges);
            whole = put::slice_put(&whole, &region.cotangent, &attrs, &data)?;
        }
        sum = Some(match sum {
            Some(sum) => add(&sum, &whole)?,
            None => whole,
        });
    }
    sum.map_or_else(zeros, Ok)
}

/// The dimension along which the regions, put in order, follow each other and leave nothing out.
fn tiled(shape: &[usize], regions: &mut [Region]) -> Option<usize> {
    let is_whole = |region: &Region, d: usize| {
        let Range { start, size, step } = region.ranges[d];
        start == 0 && size == shape[d] && (step == 1 || size <= 1)
    };
    let dim = (0..shape.len()).find(|&d| !regions.iter().all(|region| is_whole(region, d)))?;
    if !(0..shape.len()).all(|d| d == dim || regions.iter().all(|region| is_whole(region, d))) {
        return None;
    }
    regions.sort_by_key(|region| region.ranges[dim].start);
    let mut end = 0;
    for region in regions.iter() {
        let Range { start, size, step } = region.ranges[dim];
        if start != end || (step != 1 && size > 1) {
            return None;
        }
        end += size as i64;
    }
    (end == shape[dim] as i64).then_some(dim)
}
