//! A long short-term memory over time (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000).

use crate::array::Array;
use crate::cpu::recurrent::{Cell, Float, Given, Operands, backward, forward};
use crate::error::Result;
use crate::function::{Effect, Function, Outcome, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram};
use crate::graph::Tensor;
use crate::op::{
    Accuracy, Batch, Call, Class, Cpu, Form, Jvp, Meta, NO_TESTS, Op, Plain, Request, Tests, Vjp,
};
use crate::ops::elementwise::activation::sigmoid;
use crate::ops::elementwise::arithmetic::{add, mul};
use crate::ops::elementwise::exponential::tanh;
use crate::ops::linalg::matmul;
use crate::ops::nn::rnn::passes::{Passes, Slopes, Way};
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
    gpu: Gpu::Program(program_backward),
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

/// What the GPU makes of a unit's products.
const TURN: &str = "\
fn turn(step: u32, row: u32, unit: u32, product: vec4<f32>) {
    let own = row * hidden() + unit;
    let at = step * sequences() * hidden() + own;
    let gate = (step * sequences() + row) * 4u * hidden() + unit;
    let input_gate = sigmoid_f32(x[gate] + product.x);
    let forget_gate = sigmoid_f32(x[gate + hidden()] + product.y);
    let candidate = tanh_f32(x[gate + 2u * hidden()] + product.z);
    let output_gate = sigmoid_f32(x[gate + 3u * hidden()] + product.w);
    var cell = c0[own];
    if (step > 0u) {
        cell = c[own];
    }
    cell = forget_gate * cell + input_gate * candidate;
    c[own] = cell;
    y[at] = output_gate * tanh_f32(cell);
    keep(gate, at, vec4<f32>(input_gate, forget_gate, candidate, output_gate), cell);
}
";

const KEEP: &str = "\
fn keep(gate: u32, at: u32, values: vec4<f32>, cell: f32) {
    gates[gate] = values.x;
    gates[gate + hidden()] = values.y;
    gates[gate + 2u * hidden()] = values.z;
    gates[gate + 3u * hidden()] = values.w;
    cells[at] = cell;
}
";

const KEEP_NOTHING: &str = "fn keep(gate: u32, at: u32, values: vec4<f32>, cell: f32) {\n}\n";

/// Backwards the slopes are multiples of those of the cell and, for the output gate, of the state; of_x has the factors
/// before it has the slopes.
const TURN_BACK: &str = "\
fn slopes_of(time: u32, row: u32, unit: u32) -> vec4<f32> {
    let gate = (time * sequences() + row) * 4u * hidden() + unit;
    return vec4<f32>(
        of_x[gate],
        of_x[gate + hidden()],
        of_x[gate + 2u * hidden()],
        of_x[gate + 3u * hidden()],
    );
}

fn turn_back(time: u32, row: u32, unit: u32, product: f32) {
    let own = row * hidden() + unit;
    let at = time * sequences() * hidden() + own;
    let gate = (time * sequences() + row) * 4u * hidden() + unit;
    var of_later = g_c[own];
    if (time + 1u < times()) {
        of_later = of_c0[own];
    }
    let of_h = g[at] + product;
    let of_cell = of_later + of_h * through[at];
    of_x[gate] *= of_cell;
    of_x[gate + hidden()] *= of_cell;
    of_x[gate + 2u * hidden()] *= of_cell;
    of_x[gate + 3u * hidden()] *= of_h;
    of_c0[own] = of_cell * gates[gate + hidden()];
}

fn arrive(row: u32, unit: u32, product: f32) {
    of_h0[row * hidden() + unit] = product;
}
";

fn program(c: &Context) -> Result<GpuProgram> {
    let mut passes = Passes::new(c, 0, 4)?;
    let kept = sequence::keeps(c.attrs).then_some([Buffer::Output(2), Buffer::Output(3)]);
    through_time(&mut passes, 0, [Buffer::Output(0), Buffer::Output(1)], kept);
    Ok(passes.program)
}

/// The forward; its inputs begin at `from`.
fn through_time(passes: &mut Passes, from: usize, [y, cell]: [Buffer; 2], kept: Option<[Buffer; 2]>) {
    let mut bindings = vec![
        Binding::read("x", Buffer::Input(from), "f32"),
        Binding::read("h0", Buffer::Input(from + 1), "f32"),
        Binding::read("c0", Buffer::Input(from + 2), "f32"),
        Binding::write("y", y, "f32"),
        Binding::write("c", cell, "f32"),
    ];
    let mut keep = KEEP_NOTHING;
    if let Some([gates, cells]) = kept {
        bindings.push(Binding::write("gates", gates, "f32"));
        bindings.push(Binding::write("cells", cells, "f32"));
        keep = KEEP;
    }
    let slots = vec![("turn", TURN.to_string()), ("keep", keep.to_string())];
    passes.over_time(Way::Forward, Buffer::Input(from + 3), bindings, slots);
}

fn program_backward(c: &Context) -> Result<GpuProgram> {
    let from = sequence::inputs_from(c.attrs, 2);
    let mut passes = Passes::new(c, from, 4)?;
    let s = passes.size;
    let [gates, cells] = if sequence::keeps(c.attrs) {
        [Buffer::Input(3), Buffer::Input(4)]
    } else {
        let kept = [s.rows() * s.wide(), s.states()].map(|n| passes.scratch(n));
        let results = [s.states(), s.sequences * s.hidden].map(|n| passes.scratch(n));
        through_time(&mut passes, from, results, Some(kept));
        kept
    };
    let (of_x, through) = (Buffer::Output(0), passes.scratch(s.states()));
    let factors = vec![
        Binding::read("gates", gates, "f32"),
        Binding::read("cells", cells, "f32"),
        Binding::read("c0", Buffer::Input(from + 2), "f32"),
        Binding::write("of_x", of_x, "f32"),
        Binding::write("through", through, "f32"),
    ];
    passes.over_states("nn/rnn/lstm_factors.wgsl", factors);
    let bindings = vec![
        Binding::read("g", Buffer::Input(0), "f32"),
        Binding::read("g_c", Buffer::Input(1), "f32"),
        Binding::read("gates", gates, "f32"),
        Binding::read("through", through, "f32"),
        Binding::write("of_x", of_x, "f32"),
        Binding::write("of_h0", Buffer::Output(1), "f32"),
        Binding::write("of_c0", Buffer::Output(3), "f32"),
    ];
    let slots = vec![("turn_back", TURN_BACK.to_string())];
    passes.over_time(Way::Backward, Buffer::Input(from + 3), bindings, slots);
    let states = [Buffer::Input(from + 1), Buffer::Input(2), Buffer::Output(2)];
    passes.of_weights(&[Slopes::all(of_x, s)], states);
    Ok(passes.program)
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
