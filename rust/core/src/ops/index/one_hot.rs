//! Class numbers as vectors.

use crate::cpu::index;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, What, need};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::index::bounds;
use crate::ops::index::bounds::Negative;
use crate::ops::reduce;
use crate::shape::{check, numel, show};
use crate::stream::{look, record_one};
use smallvec::smallvec;

attributes! {
    struct Classes in Attrs { count: usize }
}

pub static ONE_HOT: Op = Op {
    name: "one_hot",
    function: Some(Function {
        name: "one_hot",
        signature: "(input: Tensor, num_classes: int = -1) -> Tensor",
        doc: "For every label (int64 or int32) a vector of `num_classes` int64 elements, 1 at the label and 0 elsewhere, \
              in a new last dimension. -1 stands for the largest label plus one, for which the labels are looked at. \
              Labels below 0 or from `num_classes` on raise.\n\n\
              >>> ravine.one_hot(ravine.tensor([0, 2]), num_classes=3)\ntensor([[1, 0, 0],\n        [0, 0, 1]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| Ok(call(a)?.into()),
    }),
    class: Class::Structured,
    // attrs: `Classes`
    meta: |r| {
        let mut shape: crate::shape::Shape = r.shape(0).into();
        shape.push(Classes::from(r.attrs).count);
        Ok(smallvec![(shape, DType::I64)])
    },
    cpu: Cpu::Kernel(|l| {
        let (labels, classes) = (l.dense(0)?, Classes::from(l.attrs).count);
        bounds::check(l.op, &labels, labels.shape.len(), classes, Negative::Error)?;
        index::one_hot(&labels, classes, &mut l.outputs[0]);
        Ok(())
    }),
    gpu: Gpu::Program(program),
    vjp: Vjp::Constant,
    jvp: Jvp::Constant,
    batch: Batch::Rule(|c, _, _| {
        Ok(smallvec![record_one(
            c.op,
            c.attrs.clone(),
            smallvec![],
            c.inputs.into()
        )?])
    }),
    donates: &[],
    plain: Plain::Primitive("NumPy's eye is the oracle"),
    tests: Tests {
        reference: "one_hot(input, num_classes)",
        samples: &[
            "i(5, low=0, high=3), 4",
            "i(2, 3, low=0, high=3)",
            "i(low=0, high=3), 7",
            "i(0, low=0, high=3), 4",
            "i(70, 11, low=0, high=99), 100",
        ],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

fn call(a: &Args) -> Result<Tensor> {
    let (labels, wanted) = (a.tensor(0)?, a.int(1)?);
    let classes = match wanted {
        -1 if labels.numel() == 0 => {
            let text = format!(
                "shape {} has no labels to count classes by. Give num_classes",
                show(labels.shape())
            );
            return Err(Error::value("one_hot", text));
        }
        -1 if labels.dtype().is_float() => 1,
        -1 => {
            let dims: Vec<usize> = (0..labels.rank()).collect();
            let largest = crate::ops::graph::cast::cast(&reduce::amax(labels, &dims, false)?, DType::I64)?;
            look("one_hot", &largest)?.as_slice::<i64>()[0]
                .max(0)
                .saturating_add(1)
        }
        n if n > 0 => n,
        n => {
            return Err(Error::value(
                "one_hot",
                format!("num_classes={n} must be positive, or -1 to count the labels"),
            ));
        }
    };
    one_hot(labels, classes as usize)
}

pub fn one_hot(labels: &Tensor, classes: usize) -> Result<Tensor> {
    // Before an index of that size is said to be out of range.
    check("one_hot", &[classes], DType::I64)?;
    let labels = indices(labels, classes)?;
    record_one(
        &ONE_HOT,
        Classes { count: classes }.encode(),
        smallvec![],
        smallvec![labels.into()],
    )
}

fn program(c: &Context) -> Result<GpuProgram> {
    need(c.op, c.dtype(0), DType::I64)?;
    let classes = Classes::from(c.attrs).count;
    let n = numel(c.shape(0)) * classes;
    let bindings = vec![
        Binding::read("labels", Buffer::Input(0), "vec2<u32>"),
        Binding::write("y", Buffer::Output(0), "vec2<u32>"),
        Binding::fault(
            c.op,
            What::Index {
                dim: c.shape(0).len(),
                size: classes,
                from_end: false,
            },
        ),
    ];
    let params = vec![n as u32, classes as u32, 1];
    Ok(GpuProgram {
        passes: vec![c.over_elements("index/one_hot.wgsl", n, bindings, params)],
        ..GpuProgram::default()
    })
}

/// Labels are said to be out of range for the new dimension, the last one.
fn indices(labels: &Tensor, classes: usize) -> Result<Tensor> {
    bounds::indices("one_hot", labels, labels.rank(), classes, Negative::Error)
}
