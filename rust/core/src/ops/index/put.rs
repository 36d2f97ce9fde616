//! Writing a region: the functional form of slice assignment, in place when the base has no other owner.

use crate::cpu::copy_into;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, Spliced, kind, reader};
use crate::graph::Tensor;
use crate::op::{Accuracy, Attrs, Batch, Class, Cpu, Data, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::create;
use crate::ops::shape::view;
use crate::ops::shape::view::{batch_slice, slice_array};
use crate::shape::{contiguous_strides, numel};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::smallvec;

pub static SLICE_PUT: Op = Op {
    name: "slice_put",
    function: None,
    class: Class::Write,
    // inputs: base, values; attrs and data as of `slice`
    meta: |r| {
        let region = view::sizes(r.attrs, r.data);
        if r.shape(1) != &region[..] {
            return Err(Error::broadcast("assignment", r.shape(1), &region));
        }
        Ok(smallvec![(r.shape(0).into(), r.dtype(0))])
    },
    cpu: Cpu::Move(|l: &mut Launch| {
        let region = slice_array(&l.outputs[0], l.attrs, l.data);
        copy_into(l.input(1), &region);
        Ok(())
    }),
    gpu: Gpu::Spliced(Spliced {
        program,
        any_layout: true,
        halves: false,
        load: None,
        store: None,
    }),
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
        let base = crate::ops::batch::expand_front(c.tensor(0), batched[0], size)?;
        let values = crate::ops::batch::expand_front(c.tensor(1), batched[1], size)?;
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

/// The region is written into the base's own buffer.
fn program(c: &Context) -> Result<GpuProgram> {
    let (base, values) = (c.shape(0), c.shape(1));
    let kind = kind(c.op, c.dtype(0))?;
    let strides = contiguous_strides(base);
    let n = numel(values);
    let mut params = vec![n as u32];
    for (range, &stride) in view::ranges(c.attrs, c.data).zip(&strides) {
        params.extend([
            range.size as u32,
            stride as u32,
            range.start as u32,
            range.step as u32,
        ]);
    }
    let value = reader("value", ("values", kind), values, c.layout(1), &mut params);
    let bindings = vec![
        Binding::read("values", Buffer::Input(1), kind),
        Binding::write("base", Buffer::Output(0), kind),
    ];
    let mut pass = c.over_elements("index/slice_put.wgsl", n, bindings, params);
    pass.defines.push(("RANK", values.len().to_string()));
    pass.slots = vec![("value", value)];
    Ok(GpuProgram {
        passes: vec![pass],
        ..GpuProgram::default()
    })
}
