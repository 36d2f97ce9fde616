//! Writing a region: the functional form of slice assignment, in place when the base has no other owner.

use super::view::{batch_slice, slice_array};
use super::{create, view};
use crate::cpu::{Launch, copy_into};
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Class, Cpu, Data, Jvp, Op, Plain, Tests, Vjp};
use crate::shape::Shape;
use crate::stream::record_one;
use smallvec::smallvec;

pub static SLICE_PUT: Op = Op {
    name: "slice_put",
    function: None,
    class: Class::Structured,
    // inputs: base, values; attrs and data as of `slice`
    meta: |r| {
        let region: Shape = r.attrs.iter().step_by(2).map(|&n| n as usize).collect();
        if r.shape(1) != &region[..] {
            return Err(Error::broadcast("assignment", r.shape(1), &region));
        }
        Ok(smallvec![(r.shape(0).into(), r.dtype(0))])
    },
    cpu: Cpu::Write(|l: &mut Launch| {
        let region = slice_array(&l.outputs[0], &l.node.attrs, &l.node.data);
        copy_into(l.input(1), &region);
        Ok(())
    }),
    gpu: Gpu::Program(crate::ops::gpu_programs::slice_put),
    vjp: Vjp::Rule(|c, g, needs| {
        let Some(g) = &g[0] else {
            return Ok(smallvec![None, None]);
        };
        let base = if needs[0] {
            let zeros = create::full(c.tensor(1).shape(), 0.0, g.dtype())?;
            Some(slice_put(g, &zeros, c.attrs, c.data)?)
        } else {
            None
        };
        let values = if needs[1] {
            Some(record_one(
                &view::SLICE,
                c.attrs.clone(),
                c.data.clone(),
                smallvec![g.into()],
            )?)
        } else {
            None
        };
        Ok(smallvec![base, values])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, batched, size| {
        let base = super::batch::expand_front(c.tensor(0), batched[0], size)?;
        let values = super::batch::expand_front(c.tensor(1), batched[1], size)?;
        let (attrs, data) = batch_slice(c.attrs, c.data, size);
        Ok(smallvec![slice_put(&base, &values, &attrs, &data)?])
    }),
    donates: &[(0, 0)],
    plain: Plain::Primitive("moves elements: NumPy's slices are the oracle"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

/// `base` with the region of a slice replaced by `values`.
pub fn slice_put(base: &Tensor, values: &Tensor, attrs: &[i64], data: &[Scalar]) -> Result<Tensor> {
    record_one(
        &SLICE_PUT,
        Attrs::from_slice(attrs),
        Data::from_slice(data),
        smallvec![base.into(), values.into()],
    )
}
