//! Gradient clipping over whole parameter groups: one norm of all tensors, and one factor on all of them.

use crate::attributes::Listed;
use crate::cpu::optim::{self as kernels, Norm};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, Limits, Pass, grid};
use crate::graph::{Arg, Tensor};
use crate::op::{Batch, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::create;
use crate::ops::elementwise::arithmetic::{abs, add, maximum, mul, pow};
use crate::ops::elementwise::compare::eq;
use crate::ops::elementwise::limits::root;
use crate::ops::elementwise::select::r#where;
use crate::ops::graph::cast;
use crate::ops::optim::lists::{check, meta};
use crate::ops::optim::passes::{Update, by_tensor, ends, filled};
use crate::ops::reduce::{amax, sum};
use crate::ops::shape::view;
use crate::shape::{numel, show};
use crate::stream::{record, record_one};
use smallvec::{SmallVec, smallvec};

const SCALE_PLAIN: Form = Form(|c| {
    let k = Listed::from(c.attrs).length;
    (c.inputs[..k].iter())
        .map(|x| {
            let dtype = x.tensor().expect("this op records tensors only").dtype();
            let factor = cast::cast(c.tensor(k), dtype.compute_dtype())?;
            let x = cast::cast(x.tensor().expect("as above"), dtype.compute_dtype())?;
            cast::cast(&mul(&x, &factor)?, dtype)
        })
        .collect()
});

/// inputs: tensors, then the factor, one number; outputs: tensors. attrs: `Listed`
pub static SCALE: Op = Op {
    name: "scale_",
    function: Some(Function {
        name: "scale_",
        signature: "(tensors: Sequence[Tensor], factor: Tensor) -> None",
        doc: "Multiplies all `tensors`, in place, by one number that is a tensor of shape (): it need not be known yet.\n\n\
              >>> g = ravine.ones(2)\n>>> ravine.scale_([g], ravine.tensor(0.5))\n>>> g\ntensor([0.5000, 0.5000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0]),
        call: |a| {
            let (tensors, factor) = (a.tensors(0)?, a.tensor(1)?);
            check("scale_", &[("tensors", tensors)])?;
            if factor.numel() != 1 {
                return Err(Error::shape(
                    "scale_",
                    format!("factor has shape {}, it must be ()", show(factor.shape())),
                ));
            }
            if tensors.is_empty() {
                return Ok(Outcome::Many(Vec::new()));
            }
            let mut args: SmallVec<[Arg; 3]> = tensors.iter().map(Arg::from).collect();
            args.push(Arg::from(view::reshape(factor, &[])?));
            Ok(Outcome::Many(
                record(&SCALE, Listed::of(tensors.len()).encode(), smallvec![], args)?.into_vec(),
            ))
        },
    }),
    class: Class::Lists,
    meta,
    cpu: Cpu::Kernel(kernels::scale),
    gpu: Gpu::Lists(1, |c| {
        let update = Update {
            lists: 1,
            operand: true,
            step: "    return Element(x0 * operand[0]);\n".into(),
            numbers: vec![],
        };
        update.program(c)
    }),
    vjp: Vjp::Plain(SCALE_PLAIN),
    jvp: Jvp::Plain(SCALE_PLAIN),
    batch: Batch::Plain(SCALE_PLAIN),
    donates: &[(0, 0)],
    plain: Plain::Form(SCALE_PLAIN),
    tests: NO_TESTS,
};

const TOTAL_NORM_PLAIN: Form = Form(|c| {
    let tensors: Vec<Tensor> = c.inputs.iter().filter_map(|a| a.tensor().cloned()).collect();
    Ok(smallvec![plain_norm(
        &tensors,
        if Norm::from(c.attrs).largest {
            f64::INFINITY
        } else {
            2.0
        }
    )?])
});

/// attrs: `Norm`
pub static TOTAL_NORM: Op = Op {
    name: "total_norm",
    function: Some(Function {
        name: "total_norm",
        signature: "(tensors: Sequence[Tensor], norm_type: float = 2.0) -> Tensor",
        doc: "The p-norm of all elements of all `tensors` together, p = `norm_type`; `inf` is the largest magnitude. Shape \
              (), float32, or float64 if a tensor is; 0 without tensors. Zero has a gradient of zero.\n\n\
              Raises ValueError unless `norm_type` is positive.\n\n\
              >>> ravine.total_norm([ravine.tensor([3.0]), ravine.tensor([4.0])])\ntensor(5.)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(total_norm(a.tensors(0)?, a.float(1)?)?.into()),
    }),
    class: Class::Structured,
    meta: |r| {
        Ok(smallvec![(
            smallvec![],
            norm_dtype((0..r.args.len()).map(|i| r.dtype(i)))
        )])
    },
    cpu: Cpu::Kernel(kernels::total_norm),
    gpu: Gpu::Program(norm_program),
    vjp: Vjp::Plain(TOTAL_NORM_PLAIN),
    jvp: Jvp::Plain(TOTAL_NORM_PLAIN),
    batch: Batch::Plain(TOTAL_NORM_PLAIN),
    donates: &[],
    plain: Plain::Form(TOTAL_NORM_PLAIN),
    tests: NO_TESTS,
};

fn norm_dtype(dtypes: impl Iterator<Item = DType>) -> DType {
    dtypes.fold(DType::F32, |a, b| a.max(b.compute_dtype()))
}

pub fn total_norm(tensors: &[Tensor], p: f64) -> Result<Tensor> {
    check("total_norm", &[("tensors", tensors)])?;
    if p.is_nan() || p <= 0.0 {
        return Err(Error::value(
            "total_norm",
            format!("norm_type is {p}; it must be positive"),
        ));
    }
    if tensors.is_empty() {
        return create::full(&[], 0.0, DType::F32);
    }
    if p != 2.0 && p != f64::INFINITY {
        return plain_norm(tensors, p);
    }
    let args = tensors.iter().map(Arg::from).collect();
    record_one(
        &TOTAL_NORM,
        Norm {
            largest: p == f64::INFINITY,
        }
        .encode(),
        smallvec![],
        args,
    )
}

fn plain_norm(tensors: &[Tensor], p: f64) -> Result<Tensor> {
    let dtype = norm_dtype(tensors.iter().map(Tensor::dtype));
    let mut total = create::full(&[], 0.0, dtype)?;
    for t in tensors.iter().filter(|t| t.numel() > 0) {
        let x = cast::cast(t, dtype)?;
        let all: Vec<usize> = (0..x.rank()).collect();
        total = match p {
            f64::INFINITY => maximum(&total, amax(&abs(&x)?, &all, false)?)?,
            1.0 => add(&total, sum(&abs(&x)?, &all, false)?)?,
            2.0 => add(&total, sum(&mul(&x, &x)?, &all, false)?)?,
            _ => add(&total, sum(&pow(abs(&x)?, p)?, &all, false)?)?,
        };
    }
    if p == f64::INFINITY || p == 1.0 {
        return Ok(total);
    }
    if p == 2.0 {
        return root(&total);
    }
    // As for the square root, the slope at 0 is taken to be 0.
    let zero = eq(&total, 0.0)?;
    r#where(&zero, 0.0, pow(r#where(&zero, 1.0, &total)?, 1.0 / p)?)
}

/// A pass that folds each part of the elements of some buffers to a number.
struct Fold {
    x: Vec<Buffer>,
    /// Where the elements of each buffer end, one behind the other.
    ends: Vec<u32>,
    /// Elements of a part.
    part: usize,
    y: Buffer,
    /// The place in y of the first part's number.
    first: usize,
    /// WGSL: of an element x, of a and b together, and of a part's value.
    texts: [&'static str; 3],
}

impl Fold {
    fn parts(&self) -> usize {
        let elements = self.ends.last().map_or(0, |&end| end as usize);
        // Without elements there is a number, too.
        elements.div_ceil(self.part).max(1)
    }

    fn pass(self, limits: &Limits) -> Pass {
        let parts = self.parts();
        let elements = self.ends.last().copied().unwrap_or(0);
        let mut params = vec![elements, self.part as u32, parts as u32, self.first as u32];
        let found = by_tensor(self.x.len(), params.len(), |k| {
            format!("        return x{k}[at];\n")
        });
        params.extend(self.ends);
        let mut bindings = vec![Binding::write("y", self.y, "f32")];
        bindings
            .extend((self.x.into_iter().enumerate()).map(|(k, x)| Binding::read(&format!("x{k}"), x, "f32")));
        let [magnitude, combine, result] = self.texts;
        Pass {
            template: "optim/norm.wgsl",
            entry: "main",
            defines: vec![
                ("WORKGROUP", limits.workgroup_size.to_string()),
                ("MAGNITUDE", magnitude.into()),
                ("COMBINE", combine.into()),
                ("RESULT", result.into()),
            ],
            bindings,
            params,
            slots: vec![(
                "element",
                format!("fn element(i: u32) -> f32 {{\n{found}    return 0.0;\n}}\n"),
            )],
            grid: grid(parts, limits),
        }
    }
}

/// Parts of the elements in the order of the list, then what these give: the same bits each time.
fn norm_program(c: &Context) -> Result<GpuProgram> {
    /// Workgroups that keep a large device busy.
    const BUSY: usize = 1024;
    let tensors = filled(c, c.inputs.len())?;
    let (magnitude, combine, finish) = match Norm::from(c.attrs).largest {
        true => ("abs(x)", "maximum_f32(a, b)", "value"),
        false => ("x * x", "a + b", "sqrt(value)"),
    };
    let total: usize = tensors.iter().map(|&i| numel(c.shape(i))).sum();
    // Each lane takes from 16 to 256 elements: few, while the device has too little to do.
    let workgroup = c.limits.workgroup_size as usize;
    let part = workgroup * total.div_ceil(workgroup * BUSY).clamp(16, 256);
    let fold = |tensors: &[usize], y: Buffer, first: usize, result: &'static str| Fold {
        x: tensors.iter().map(|&i| Buffer::Input(i)).collect(),
        ends: ends(c, tensors),
        part,
        y,
        first,
        texts: [magnitude, combine, result],
    };
    let mut program = GpuProgram::default();
    let at_once = c.limits.storage_buffers as usize - 1;
    if tensors.len() <= at_once && total <= part {
        let fold = fold(&tensors, Buffer::Output(0), 0, finish);
        program.passes.push(fold.pass(&c.limits));
        return Ok(program);
    }
    let mut parts = 0;
    for some in tensors.chunks(at_once) {
        let fold = fold(some, Buffer::Scratch(0), parts, "value");
        parts += fold.parts();
        program.passes.push(fold.pass(&c.limits));
    }
    let last = Fold {
        x: vec![Buffer::Scratch(0)],
        ends: vec![parts as u32],
        part: parts,
        y: Buffer::Output(0),
        first: 0,
        texts: ["x", combine, finish],
    };
    program.passes.push(last.pass(&c.limits));
    program.scratch.push(4 * parts);
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::look;

    #[test]
    fn norms_and_factors() {
        let tensors: Vec<Tensor> = [&[7usize][..], &[3, 40_000], &[0], &[]]
            .iter()
            .map(|s| crate::ops::create::random::normal(s, DType::F32).unwrap())
            .collect();
        let value = |t: &Tensor| {
            look("test", &cast::cast(t, DType::F64).unwrap())
                .unwrap()
                .as_slice::<f64>()
                .to_vec()
        };
        let all: Vec<f64> = tensors.iter().flat_map(&value).collect();
        for (p, want) in [
            (2.0, all.iter().map(|x| x * x).sum::<f64>().sqrt()),
            (f64::INFINITY, all.iter().fold(0.0, |m, x| m.max(x.abs()))),
            (1.0, all.iter().map(|x| x.abs()).sum()),
            (3.0, all.iter().map(|x| x.abs().powi(3)).sum::<f64>().cbrt()),
        ] {
            let got = value(&total_norm(&tensors, p).unwrap())[0];
            assert!((got / want - 1.0).abs() < 1e-6, "p = {p}: {got} for {want}");
        }
        let mut args: SmallVec<[Arg; 3]> = tensors.iter().map(Arg::from).collect();
        args.push(Arg::from(create::full(&[], 0.5, DType::F32).unwrap()));
        let scaled = record(&SCALE, Listed::of(4).encode(), smallvec![], args).unwrap();
        let half: Vec<f64> = scaled.iter().flat_map(&value).collect();
        assert!(all.iter().zip(&half).all(|(a, b)| a * 0.5 == *b));
    }
}
