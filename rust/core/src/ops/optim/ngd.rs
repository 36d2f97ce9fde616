//! Normalised gradient descent: steps of one length. See `optim` for what updates share.

use crate::attributes::Listed;
use crate::cpu::optim::{Rate, normalized_step};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places};
use crate::gpu::{Context, Gpu, GpuProgram};
use crate::graph::{Arg, Tensor};
use crate::op::{Batch, Call, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Vjp};
use crate::ops::elementwise::arithmetic::{add, div, mul};
use crate::ops::elementwise::compare::eq;
use crate::ops::elementwise::select::r#where;
use crate::ops::graph::cast;
use crate::ops::optim::lists::{NEVER, check, meta, wide};
use crate::ops::optim::passes::Update;
use crate::ops::shape::view;
use crate::shape::show;
use crate::stream::record;
use smallvec::SmallVec;

const NORMALIZED_STEP_PLAIN: Form = Form(plain);

/// inputs: params, directions, then the norm, one number; outputs: params. attrs: `Listed`; data: `Rate`
pub static NORMALIZED_STEP: Op = Op {
    name: "normalized_step_",
    function: Some(Function {
        name: "normalized_step_",
        signature: "(params: Sequence[Tensor], directions: Sequence[Tensor], momentum_buffers: Sequence[Tensor], \
                    norm: Tensor, *, lr: float) -> None",
        doc: "`p -= lr * d / norm` for all `params` p and `directions` d, in place, and nothing if `norm`, a tensor of \
              shape (), is 0. The directions are kept in `momentum_buffers`, which may be empty.\n\n\
              Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.\n\n\
              >>> p, d = ravine.zeros(2), ravine.tensor([3.0, 4.0])\n\
              >>> ravine.normalized_step_([p], [d], [], ravine.total_norm([d]), lr=0.5)\n\
              >>> p\ntensor([-0.3000, -0.4000])\n",
        places: Places::TOP,
        effect: Effect::Writes(&[0, 2]),
        call,
    }),
    class: Class::Lists,
    meta,
    cpu: Cpu::Kernel(normalized_step),
    gpu: Gpu::Lists(2, program),
    vjp: Vjp::Never(NEVER),
    jvp: Jvp::Never(NEVER),
    batch: Batch::Plain(NORMALIZED_STEP_PLAIN),
    donates: &[(0, 0)],
    plain: Plain::Form(NORMALIZED_STEP_PLAIN),
    tests: NO_TESTS,
};

const NORMALIZED_STEP_MOMENTUM_PLAIN: Form = Form(plain);

/// inputs: params, directions, momentum buffers, then the norm; outputs: params, buffers.
pub static NORMALIZED_STEP_MOMENTUM: Op = Op {
    name: "normalized_step_momentum_",
    function: None,
    class: Class::Lists,
    meta,
    cpu: Cpu::Kernel(normalized_step),
    gpu: Gpu::Lists(3, program),
    vjp: Vjp::Never(NEVER),
    jvp: Jvp::Never(NEVER),
    batch: Batch::Plain(NORMALIZED_STEP_MOMENTUM_PLAIN),
    donates: &[(0, 0), (2, 1)],
    plain: Plain::Form(NORMALIZED_STEP_MOMENTUM_PLAIN),
    tests: NO_TESTS,
};

fn call(a: &Args) -> Result<Outcome> {
    let (params, directions, buffers, norm) = (a.tensors(0)?, a.tensors(1)?, a.tensors(2)?, a.tensor(3)?);
    let lists = [
        ("params", params),
        ("directions", directions),
        ("momentum_buffers", buffers),
    ];
    let (op, lists) = match buffers.is_empty() {
        true => (&NORMALIZED_STEP, &lists[..2]),
        false => (&NORMALIZED_STEP_MOMENTUM, &lists[..]),
    };
    check("normalized_step_", lists)?;
    if norm.numel() != 1 {
        let text = format!("norm has shape {}, it must be ()", show(norm.shape()));
        return Err(Error::shape("normalized_step_", text));
    }
    if params.is_empty() {
        return Ok(Outcome::Many(Vec::new()));
    }
    let tensors = lists.iter().flat_map(|(_, list)| list.iter());
    let mut args: SmallVec<[Arg; 3]> = tensors.map(Arg::from).collect();
    args.push(Arg::from(view::reshape(norm, &[])?));
    let rate = Rate { lr: a.float(4)? };
    let results = record(op, Listed::of(params.len()).encode(), rate.encode(), args)?;
    Ok(Outcome::Many(results.into_vec()))
}

fn plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let k = Listed::from(c.attrs).length;
    let (mut params, mut buffers) = (SmallVec::new(), Vec::new());
    for i in 0..k {
        let dtype = c.tensor(i).dtype();
        let (p, d) = (wide(c, 0, i)?, wide(c, 1, i)?);
        let norm = cast::cast(c.tensor(c.inputs.len() - 1), dtype.compute_dtype())?;
        let factor = r#where(eq(&norm, 0.0)?, 0.0, div(-Rate::from(c.data).lr, &norm)?)?;
        params.push(cast::cast(&add(&p, mul(&d, &factor)?)?, dtype)?);
        buffers.push(cast::cast(&d, dtype)?);
    }
    if c.op.donates.len() == 2 {
        params.extend(buffers);
    }
    Ok(params)
}

fn program(c: &Context) -> Result<GpuProgram> {
    let lists = (c.inputs.len() - 1) / Listed::from(c.attrs).length;
    let kept = if lists == 3 { ", x1" } else { "" };
    let update = Update {
        lists,
        operand: true,
        step: format!(
            "    let factor = select(number(0u) / operand[0], 0.0, operand[0] == 0.0);\n    \
             return Element(x0 + x1 * factor, x1{kept});\n"
        ),
        numbers: vec![-Rate::from(c.data).lr as f32],
    };
    update.program(c)
}
