//! A long short-term memory over time (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000).

use crate::array::Array;
use crate::cpu::recurrent::{Cell, Float, Given, Operands, backward, forward};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, need};
use crate::graph::Tensor;
use crate::op::{
    Accuracy, Batch, Call, Class, Cpu, Form, Jvp, Meta, NO_TESTS, Op, Plain, Request, Tests, Vjp,
};
use crate::ops::elementwise::activation::sigmoid;
use crate::ops::elementwise::arithmetic::{add, mul};
use crate::ops::elementwise::exponential::tanh;
use crate::ops::linalg::matmul;
use crate::ops::nn::rnn::sequence;
use crate::ops::shape::{concat, view};
use crate::stream::record;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

const LSTM_PLAIN: Form = Form(|c| sequence::widened(c, 2, plain));

/// inputs: x (T, B, 4H), the inputs' and biases' part of the gates in the order input, forget, candidate, output;
/// h0 and c0 (B, H); w (4H, H). attrs: see `sequence::keeps`.
/// outputs: y (T, B, H), whose last row is the last hidden state; the last cell (B, H); if kept for the backward, the
/// gates (T, B, 4H) and the cells (T, B, H).
pub static LSTM: Op = Op {
    name: "lstm_sequence",
    function: Some(Function {
        name: "lstm_sequence",
        signature: "(x: Tensor, h0: Tensor, c0: Tensor, w: Tensor) -> list[Tensor]",
        doc: "A long short-term memory over time (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000), \
              fused: `i, f, g, o = x[t] + h w^T`, `c = sigmoid(f) c + sigmoid(i) tanh(g)`, `h = sigmoid(o) tanh(c)`. `x` \
              (T, B, 4 H) is the inputs' and biases' part of the gates, `h0` and `c0` (B, H) the state at first, `w` \
              (4 H, H); T > 0. Returns the hidden states of all steps (T, B, H) and the last cells (B, H). `nn.LSTM` is \
              made of it. Raises an error when shapes or dtypes do not fit.\n\n\
              >>> h, c = ravine.lstm_sequence(ravine.zeros(2, 1, 4), ravine.zeros(1, 1), ravine.ones(1, 1), ravine.ones(4, 1))\n\
              >>> h.shape, c.shape\n((2, 1, 1), (1, 1))\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let outputs = lstm(a.tensor(0)?, a.tensor(1)?, a.tensor(2)?, a.tensor(3)?)?;
            Ok(Outcome::Many(outputs.into()))
        },
    }),
    class: Class::Structured,
    meta,
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => run::<T>(l))),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|c, g, _| sequence::slopes(c, g, &LSTM_BACKWARD, 2)),
    jvp: Jvp::Plain(LSTM_PLAIN),
    batch: Batch::Rule(|c, batched, size| sequence::batch(c, LSTM_PLAIN, batched, size, 3)),
    donates: &[],
    plain: Plain::Form(LSTM_PLAIN),
    tests: Tests {
        reference: "lstm_sequence(x, h0, c0, w)",
        samples: &[
            "f(1, 1, 4), f(1, 1), f(1, 1), f(4, 1)",
            "f(3, 2, 12), f(2, 3), f(2, 3), f(12, 3)",
            "f(2, 0, 8), f(0, 2), f(0, 2), f(8, 2)",
            "f(4, 9, 132), f(9, 33), f(9, 33), f(132, 33)",
        ],
        accuracy: Accuracy::Sum(8.0),
        domain: (-1.0, 1.0),
    },
};

const LSTM_BACKWARD_PLAIN: Form =
    Form(|c| sequence::slopes_plain(c, (&LSTM, LSTM_PLAIN), 2, sequence::inputs_from(c.attrs, 2)));

/// Cotangents of x, h0, w and c0.
/// inputs: cotangents of the results, y and what was kept as hints, and those of `LSTM`; attrs: as there
pub static LSTM_BACKWARD: Op = Op {
    name: "lstm_sequence_backward",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let from = sequence::inputs_from(r.attrs, 2);
        let meta = |&i: &usize| (r.shape(from + i).into(), r.dtype(from + i));
        Ok([0, 1, 3, 2].iter().map(meta).collect())
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => run_backward::<T>(l))),
    gpu: LSTM_BACKWARD_PLAIN.on_gpu(),
    vjp: Vjp::Plain(LSTM_BACKWARD_PLAIN),
    jvp: Jvp::Plain(LSTM_BACKWARD_PLAIN),
    batch: Batch::Plain(LSTM_BACKWARD_PLAIN),
    donates: &[],
    plain: Plain::Form(LSTM_BACKWARD_PLAIN),
    tests: NO_TESTS,
};

/// `h = o * tanh(c)` and `c = f * c + i * g`, step by step; returns all hidden states and the last cell.
pub fn lstm(x: &Tensor, h0: &Tensor, c0: &Tensor, w: &Tensor) -> Result<[Tensor; 2]> {
    let mut outputs = record(
        &LSTM,
        sequence::attrs(&[x, h0, c0, w]),
        smallvec![],
        smallvec![x.into(), h0.into(), c0.into(), w.into()],
    )?;
    let cell = outputs.swap_remove(1);
    Ok([outputs.swap_remove(0), cell])
}

fn meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let wanted = "x (T, B, 4 H), h0 and c0 (B, H) and w (4 H, H)";
    sequence::check(r, 4, 3, &[(2, r.shape(1))], wanted)?;
    Ok(sequence::results(r, 4, &[(r.shape(1).into(), r.dtype(0))]))
}

fn plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (x, w) = (c.tensor(0), view::transpose_last(c.tensor(3))?);
    let (mut h, mut cell) = (c.tensor(1).clone(), c.tensor(2).clone());
    let hidden = h.shape()[1];
    let (mut states, mut activations, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for time in 0..x.shape()[0] {
        let gates = add(view::select(x, 0, time as i64)?, matmul::matmul(&h, &w)?)?;
        let gate = |k: usize| view::narrow(&gates, 1, (k * hidden) as i64, hidden);
        let (input, forget) = (sigmoid(&gate(0)?)?, sigmoid(&gate(1)?)?);
        let (candidate, output) = (tanh(&gate(2)?)?, sigmoid(&gate(3)?)?);
        cell = add(mul(&forget, &cell)?, mul(&input, &candidate)?)?;
        h = mul(&output, tanh(&cell)?)?;
        states.push(h.clone());
        if sequence::keeps(c.attrs) {
            activations.push(concat::cat(&[input, forget, candidate, output], 1)?);
            cells.push(cell.clone());
        }
    }
    sequence::with_kept(smallvec![sequence::stacked(&states)?, cell], &activations, &cells)
}

fn view_of(dense: &[Array]) -> Operands<'_> {
    Operands {
        x: &dense[0],
        h0: &dense[1],
        w: &dense[3],
        carried: Some(&dense[2]),
        bias: None,
    }
}

fn run<T: Float>(l: &mut Launch) -> Result<()> {
    let dense = sequence::dense(l, 0..4)?;
    forward::<T>(l, Cell::Lstm, &view_of(&dense))
}

fn run_backward<T: Float>(l: &mut Launch) -> Result<()> {
    let from = sequence::inputs_from(l.attrs, 2);
    let (given, dense) = (sequence::dense(l, 0..from)?, sequence::dense(l, from..from + 4)?);
    let given = Given {
        g: &given[0],
        g_carried: Some(&given[1]),
        y: &given[2],
        kept: (from > 3).then(|| (&given[3], &given[4])),
    };
    backward::<T>(l, Cell::Lstm, &view_of(&dense), &given)
}

/// A pass per time step; the same pipeline, with the time in its params.
fn program(c: &Context) -> Result<GpuProgram> {
    need("lstm_sequence", c.dtype(0), DType::F32)?;
    if sequence::keeps(c.attrs) {
        return Err(Error::never(
            "lstm_sequence",
            "GPU program with gates kept",
            "a program that keeps them is not on the GPU yet",
        ));
    }
    let (steps, sequences, hidden) = (c.shape(0)[0], c.shape(1)[0], c.shape(1)[1]);
    let bindings = vec![
        Binding::read("x", Buffer::Input(0), "f32"),
        Binding::read("h0", Buffer::Input(1), "f32"),
        Binding::read("c0", Buffer::Input(2), "f32"),
        Binding::read("w", Buffer::Input(3), "f32"),
        Binding::write("y", Buffer::Output(0), "f32"),
        Binding::write("c", Buffer::Output(1), "f32"),
    ];
    let pass = |time: usize| {
        let params = vec![sequences as u32, hidden as u32, time as u32];
        c.over_elements("nn/rnn/lstm.wgsl", sequences * hidden, bindings.clone(), params)
    };
    Ok(GpuProgram {
        passes: (0..steps).map(pass).collect(),
        ..GpuProgram::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::DType;
    use crate::graph::Arg;
    use crate::ops::create::random;
    use crate::ops::graph::cast;
    use crate::stream::look;

    #[test]
    fn kernel_is_plain() {
        for (dtype, tolerance) in [(DType::F32, 1e-6), (DType::F64, 1e-14), (DType::F16, 2e-3)] {
            for (t, b, h, keep) in [
                (1, 1, 1, 0),
                (5, 3, 7, 0),
                (2, 0, 4, 1),
                (3, 2, 33, 0),
                (3, 2, 33, 1),
            ] {
                let shapes: [&[usize]; 4] = [&[t, b, 4 * h], &[b, h], &[b, h], &[4 * h, h]];
                let inputs: SmallVec<[Arg; 3]> = shapes
                    .iter()
                    .map(|s| Arg::Tensor(random::normal(s, dtype).unwrap()))
                    .collect();
                let (attrs, data) = (smallvec![keep], smallvec![]);
                let call = Call {
                    op: &LSTM,
                    attrs: &attrs,
                    data: &data,
                    inputs: &inputs,
                    outputs: &[],
                };
                let kernel = record(&LSTM, attrs.clone(), smallvec![], inputs.clone()).unwrap();
                assert_eq!(kernel.len(), if keep == 1 { 4 } else { 2 });
                for (a, b) in kernel.iter().zip(sequence::widened(&call, 2, plain).unwrap()) {
                    assert_eq!(a.shape(), b.shape());
                    let value = |t: &Tensor| look("test", &cast::cast(t, DType::F64).unwrap()).unwrap();
                    let (a, b) = (value(a), value(&b));
                    let error = a
                        .as_slice::<f64>()
                        .iter()
                        .zip(b.as_slice::<f64>())
                        .map(|(a, b)| (a - b).abs());
                    assert!(error.fold(0.0, f64::max) < tolerance, "{dtype} {:?}", (t, b, h));
                }
            }
        }
    }
}
