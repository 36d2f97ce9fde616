//! A simple recurrent network over time (Elman, 1990).

use crate::array::Array;
use crate::cpu::recurrent::{Cell, Float, Given, Operands, backward, forward};
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::activation::relu;
use crate::ops::elementwise::arithmetic::add;
use crate::ops::elementwise::exponential::tanh;
use crate::ops::linalg::matmul;
use crate::ops::nn::rnn::passes::{Passes, Slopes, Way};
use crate::ops::nn::rnn::sequence;
use crate::ops::shape::view;
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

attributes! {
    struct Choice in Attrs {
        /// In place of tanh.
        relu: bool,
    }
}

const RNN_PLAIN: Form = Form(|c| sequence::widened(c, 1, plain));

/// inputs: x (T, B, H), the inputs' and biases' part; h0 (B, H); w (H, H). output: hidden states (T, B, H).
/// attrs: `Choice`
pub static RNN: Op = Op {
    name: "rnn_sequence",
    function: Some(Function {
        name: "rnn_sequence",
        signature: "(x: Tensor, h0: Tensor, w: Tensor, nonlinearity: str = \"tanh\") -> Tensor",
        doc: "A simple recurrent network over time (Elman, 1990), fused: `h = tanh(x[t] + h w^T)`, or `relu` in place of \
              `tanh`. `x` (T, B, H) is the inputs' and biases' part, `h0` (B, H) the state at first, `w` (H, H); T > 0. \
              Returns the hidden states of all steps (T, B, H). `nn.RNN` is made of it. Raises an error when shapes or \
              dtypes do not fit, and a ValueError for another nonlinearity.\n\n\
              >>> ravine.rnn_sequence(ravine.ones(2, 1, 1), ravine.ones(1, 1), ravine.ones(1, 1), \"relu\").flatten()\n\
              tensor([2., 3.])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let relu = match a.text(3)? {
                "tanh" => false,
                "relu" => true,
                other => {
                    let text = format!("nonlinearity is {other:?}. Use \"tanh\" or \"relu\"");
                    return Err(Error::value(a.function, text));
                }
            };
            let args = smallvec![a.tensor(0)?.into(), a.tensor(1)?.into(), a.tensor(2)?.into()];
            Ok(record_one(&RNN, Choice { relu }.encode(), smallvec![], args)?.into())
        },
    }),
    class: Class::Structured,
    meta: |r| {
        sequence::check(r, 1, 2, &[], "x (T, B, H), h0 (B, H) and w (H, H)")?;
        let (x, h0) = (r.shape(0), r.shape(1));
        Ok(smallvec![(smallvec![x[0], h0[0], h0[1]], r.dtype(0))])
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => run::<T>(l))),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|c, g, _| sequence::slopes(c, g, &RNN_BACKWARD, 1)),
    jvp: Jvp::Plain(RNN_PLAIN),
    batch: Batch::Rule(|c, batched, size| sequence::batch(c, RNN_PLAIN, batched, size, 2)),
    donates: &[],
    plain: Plain::Form(RNN_PLAIN),
    tests: Tests {
        reference: "rnn_sequence(x, h0, w, nonlinearity)",
        samples: &[
            "f(1, 1, 1), f(1, 1), f(1, 1)",
            "f(3, 2, 3), f(2, 3), f(3, 3)",
            "f(3, 2, 3), f(2, 3), f(3, 3), \"relu\"",
            "f(2, 0, 2), f(0, 2), f(2, 2)",
            "f(4, 9, 33), f(9, 33), f(33, 33)",
        ],
        accuracy: Accuracy::Sum(8.0),
        domain: (-1.0, 1.0),
    },
};

const RNN_BACKWARD_PLAIN: Form = Form(|c| sequence::slopes_plain(c, (&RNN, RNN_PLAIN), 1, 2));

/// Cotangents of x, h0 and w.
/// inputs: the cotangent of the hidden states, these as a hint, and the inputs of `RNN`. attrs: as there
pub static RNN_BACKWARD: Op = Op {
    name: "rnn_sequence_backward",
    function: None,
    class: Class::Structured,
    meta: |r| Ok((2..5).map(|i| (r.shape(i).into(), r.dtype(i))).collect()),
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => run_backward::<T>(l))),
    gpu: Gpu::Program(program_backward),
    vjp: Vjp::Plain(RNN_BACKWARD_PLAIN),
    jvp: Jvp::Plain(RNN_BACKWARD_PLAIN),
    batch: Batch::Plain(RNN_BACKWARD_PLAIN),
    donates: &[],
    plain: Plain::Form(RNN_BACKWARD_PLAIN),
    tests: NO_TESTS,
};

fn plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (x, w, mut h) = (
        c.tensor(0),
        view::transpose_last(c.tensor(2))?,
        c.tensor(1).clone(),
    );
    let mut states = Vec::new();
    for time in 0..x.shape()[0] {
        let sum = add(view::select(x, 0, time as i64)?, matmul::matmul(&h, &w)?)?;
        h = if Choice::from(c.attrs).relu {
            relu(sum)?
        } else {
            tanh(sum)?
        };
        states.push(h.clone());
    }
    Ok(smallvec![sequence::stacked(&states)?])
}

fn cell(l: &Launch) -> Cell {
    if Choice::from(l.attrs).relu {
        Cell::Relu
    } else {
        Cell::Tanh
    }
}

fn view_of(dense: &[Array]) -> Operands<'_> {
    Operands {
        x: &dense[0],
        h0: &dense[1],
        w: &dense[2],
        carried: None,
        bias: None,
    }
}

fn run<T: Float>(l: &mut Launch) -> Result<()> {
    let (cell, dense) = (cell(l), sequence::dense(l, 0..3)?);
    forward::<T>(l, cell, &view_of(&dense))
}

fn run_backward<T: Float>(l: &mut Launch) -> Result<()> {
    let (cell, given, dense) = (cell(l), sequence::dense(l, 0..2)?, sequence::dense(l, 2..5)?);
    let given = Given {
        g: &given[0],
        y: &given[1],
        g_carried: None,
        kept: None,
    };
    backward::<T>(l, cell, &view_of(&dense), &given)
}

/// What the GPU makes of a unit's sum, and the derivative from what was made.
fn nonlinearity(c: &Context) -> (&'static str, &'static str) {
    if Choice::from(c.attrs).relu {
        ("maximum_f32(sum, 0.0)", "select(0.0, of_h, h > 0.0)")
    } else {
        ("tanh_f32(sum)", "of_h * (1.0 - h * h)")
    }
}

fn program(c: &Context) -> Result<GpuProgram> {
    let mut passes = Passes::new(c, 0, 1)?;
    let (of_sum, _) = nonlinearity(c);
    let turn = format!(
        "\
fn turn(step: u32, row: u32, unit: u32, product: vec4<f32>) {{
    let at = (step * sequences() + row) * hidden() + unit;
    let sum = x[at] + product.x;
    y[at] = {of_sum};
}}
"
    );
    let bindings = vec![
        Binding::read("x", Buffer::Input(0), "f32"),
        Binding::read("h0", Buffer::Input(1), "f32"),
        Binding::write("y", Buffer::Output(0), "f32"),
    ];
    passes.over_time(Way::Forward, Buffer::Input(2), bindings, vec![("turn", turn)]);
    Ok(passes.program)
}

fn program_backward(c: &Context) -> Result<GpuProgram> {
    let mut passes = Passes::new(c, 2, 1)?;
    let (_, slope) = nonlinearity(c);
    let turn_back = format!(
        "\
fn slopes_of(time: u32, row: u32, unit: u32) -> vec4<f32> {{
    return vec4<f32>(of_x[(time * sequences() + row) * hidden() + unit], 0.0, 0.0, 0.0);
}}

fn turn_back(time: u32, row: u32, unit: u32, product: f32) {{
    let at = (time * sequences() + row) * hidden() + unit;
    let h = y[at];
    let of_h = g[at] + product;
    of_x[at] = {slope};
}}

fn arrive(row: u32, unit: u32, product: f32) {{
    of_h0[row * hidden() + unit] = product;
}}
"
    );
    let (y, of_x) = (Buffer::Input(1), Buffer::Output(0));
    let bindings = vec![
        Binding::read("g", Buffer::Input(0), "f32"),
        Binding::read("y", y, "f32"),
        Binding::write("of_x", of_x, "f32"),
        Binding::write("of_h0", Buffer::Output(1), "f32"),
    ];
    let slots = vec![("turn_back", turn_back)];
    passes.over_time(Way::Backward, Buffer::Input(4), bindings, slots);
    let states = [Buffer::Input(3), y, Buffer::Output(2)];
    passes.of_weights(&[Slopes::all(of_x, passes.size)], states);
    Ok(passes.program)
}
