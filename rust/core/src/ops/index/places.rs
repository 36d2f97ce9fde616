//! Reading and writing where index tensors say, on the GPU: a pass makes the indices numbers of places, which are
//! checked and clamped there and nowhere else; what follows knows places only.

use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, Finding, GpuProgram, Pass, What, kind, need};
use crate::ops::index::bounds::Negative;
use crate::ops::index::take::INDEX;
use crate::shape::{Shape, contiguous_strides, numel};

/// One dimension of the elements that have places.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Dim {
    pub extent: usize,
    /// Elements from here on have no place.
    pub reach: usize,
    /// From an element to the next: in the index tensor, and in places, beside what the index says.
    pub index_stride: usize,
    pub stride: usize,
}

/// What an index tensor says of places.
pub struct Named {
    /// Its number among the inputs.
    pub input: usize,
    /// Of the dimension that it indexes.
    pub extent: usize,
    pub stride: usize,
    pub negative: Negative,
    /// What is wrong with an index that is outside.
    pub finding: Finding,
    /// The index that names no place.
    pub skipped: Option<usize>,
    pub dims: Vec<Dim>,
}

impl Named {
    pub fn count(&self) -> usize {
        self.dims.iter().map(|d| d.extent).product()
    }
}

/// Dimensions that are passed through as if they were one become one, so that few ranks need a module of their own.
fn merged(dims: &[Dim]) -> Vec<Dim> {
    let mut merged: Vec<Dim> = Vec::new();
    for &d in dims {
        match merged.last_mut() {
            _ if d.extent == 1 && d.reach >= 1 => {}
            Some(outer)
                if d.reach >= d.extent
                    && outer.index_stride == d.index_stride * d.extent
                    && outer.stride == d.stride * d.extent =>
            {
                *outer = Dim {
                    extent: outer.extent * d.extent,
                    reach: outer.reach * d.extent,
                    ..d
                };
            }
            _ => merged.push(d),
        }
    }
    merged
}

/// Writes the places of all elements, or adds them to those of `earlier` index tensors.
pub fn pass(c: &Context, named: &Named, earlier: bool, places: Buffer) -> Result<Pass> {
    need(c.op, c.dtype(named.input), DType::I64)?;
    let dims = merged(&named.dims);
    let mut params = vec![
        named.count() as u32,
        named.extent as u32,
        named.stride as u32,
        (named.negative == Negative::FromEnd) as u32,
        named.skipped.map_or(u32::MAX, |i| i as u32),
        earlier as u32,
    ];
    for d in &dims {
        params.extend([d.extent, d.reach, d.index_stride, d.stride].map(|x| x as u32));
    }
    params.push(1);
    let bindings = vec![
        Binding::read("index", Buffer::Input(named.input), "vec2<u32>"),
        Binding::write("places", places, "u32"),
        Binding::fault(named.finding.op, named.finding.what),
    ];
    let mut pass = c.over_elements("index/places.wgsl", named.count(), bindings, params);
    pass.defines.push(("RANK", dims.len().to_string()));
    Ok(pass)
}

/// How an array lies around places: `array[a, place, c]`.
#[derive(Clone, Copy)]
pub struct Around {
    /// Of a.
    pub blocks: usize,
    /// That the array has.
    pub places: usize,
    /// Of c.
    pub width: usize,
}

/// `y[a, b, c] = x[a, places[b], c]`, where the places are those of `named`; zeros where there is none.
pub fn take(c: &Context, named: &[Named], around: Around) -> Result<GpuProgram> {
    let kind = kind(c.op, c.dtype(0))?;
    let count = named[0].count();
    let n = around.blocks * count * around.width;
    let params = [n, count, around.width, around.places].map(|x| x as u32).to_vec();
    let bindings = vec![
        Binding::read("x", Buffer::Input(0), kind),
        Binding::read("places", Buffer::Scratch(0), "u32"),
        Binding::write("y", Buffer::Output(0), kind),
    ];
    let mut passes = every(c, named, Buffer::Scratch(0))?;
    let mut pass = c.over_elements("index/take.wgsl", n, bindings, params);
    pass.defines.push(("KIND", kind.to_string()));
    passes.push(pass);
    Ok(GpuProgram {
        passes,
        scratch: vec![4 * count],
        ..GpuProgram::default()
    })
}

/// `base[a, places[b], c] = values[a, b, c]` in the base's own buffer; input 1 has the values. The last for a place
/// stays.
pub fn put(c: &Context, named: &[Named], around: Around) -> Result<GpuProgram> {
    let kind = kind(c.op, c.dtype(0))?;
    let count = named[0].count();
    let pass = |entry: &'static str, n: usize| {
        let params = [n, count, around.width, around.places].map(|x| x as u32).to_vec();
        let bindings = vec![
            Binding::read("places", Buffer::Scratch(0), "u32"),
            Binding::write("last", Buffer::Scratch(1), "atomic<u32>"),
            Binding::read("values", Buffer::Input(1), kind),
            Binding::write("base", Buffer::Output(0), kind),
        ];
        let mut pass = c.over_elements("index/put.wgsl", n, bindings, params);
        pass.entry = entry;
        pass
    };
    let mut passes = every(c, named, Buffer::Scratch(0))?;
    passes.push(pass("clear", count));
    passes.push(pass("choose", count));
    passes.push(pass("put", around.blocks * count * around.width));
    Ok(GpuProgram {
        passes,
        scratch: vec![4 * count, 4 * around.places],
        ..GpuProgram::default()
    })
}

/// The passes of index tensors that name places together.
pub fn every(c: &Context, named: &[Named], places: Buffer) -> Result<Vec<Pass>> {
    (named.iter().enumerate())
        .map(|(i, named)| pass(c, named, i > 0, places))
        .collect()
}

/// Index tensors, the inputs from `from` on, that broadcast together and index the neighbouring dimensions of `x` from
/// `first` on; errors call these by `names`.
pub fn together(
    c: &Context,
    x: &[usize],
    first: usize,
    from: usize,
    negative: Negative,
    names: &[usize],
) -> (Vec<Named>, Around) {
    let inputs = from..c.inputs.len();
    let end = first + inputs.len();
    let shape = inputs.clone().fold(Shape::new(), |shape, i| {
        crate::shape::broadcast(&shape, c.shape(i)).expect("the call was checked")
    });
    let strides = contiguous_strides(&x[first..end]);
    let named = (inputs.zip(first..end))
        .map(|(input, dim)| Named {
            input,
            extent: x[dim],
            stride: strides[dim - first] as usize,
            negative,
            finding: Finding {
                op: INDEX.name,
                what: What::Index {
                    dim: names[dim - first],
                    size: x[dim],
                    from_end: negative == Negative::FromEnd,
                },
            },
            skipped: None,
            dims: broadcast_to(&shape, c.shape(input)),
        })
        .collect();
    let around = Around {
        blocks: numel(&x[..first]),
        places: numel(&x[first..end]),
        width: numel(&x[end..]),
    };
    (named, around)
}

/// The dimensions of an index tensor that was broadcast to `shape`.
fn broadcast_to(shape: &[usize], index: &[usize]) -> Vec<Dim> {
    let (lead, strides) = (shape.len() - index.len(), contiguous_strides(index));
    (shape.iter().enumerate())
        .map(|(d, &extent)| Dim {
            extent,
            reach: extent,
            index_stride: match d.checked_sub(lead) {
                Some(d) if index[d] != 1 => strides[d] as usize,
                _ => 0,
            },
            stride: 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_that_go_on_alike_are_one() {
        let dim = |extent, reach, index_stride, stride| Dim {
            extent,
            reach,
            index_stride,
            stride,
        };
        assert_eq!(
            merged(&[dim(2, 2, 15, 0), dim(3, 3, 5, 0), dim(5, 5, 1, 0)]),
            [dim(30, 30, 1, 0)]
        );
        // What is not reached within stays apart; on the outside it is as much of the whole.
        assert_eq!(
            merged(&[dim(2, 1, 3, 3), dim(1, 1, 7, 7), dim(3, 3, 1, 1)]),
            [dim(6, 3, 1, 1)]
        );
        let cut = [dim(2, 2, 2, 3), dim(3, 2, 1, 1)];
        assert_eq!(merged(&cut), cut);
        assert_eq!(merged(&[dim(1, 0, 1, 1)]), [dim(1, 0, 1, 1)]);
    }
}
