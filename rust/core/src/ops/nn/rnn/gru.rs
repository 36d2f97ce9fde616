//! A gated recurrent unit over time (Cho et al., 2014), with the reset gate applied after the product.

use crate::array::Array;
use crate::cpu::recurrent::{Cell, Float, Given, Operands, backward, forward};
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::activation::sigmoid;
use crate::ops::elementwise::arithmetic::{add, mul, sub};
use crate::ops::elementwise::exponential::tanh;
use crate::ops::linalg::matmul;
use crate::ops::nn::rnn::passes::{Passes, Slopes, Way};
use crate::ops::nn::rnn::sequence;
use crate::ops::shape::{concat, view};
use crate::stream::record;
use crate::work::Launch;
use smallvec::{SmallVec, smallvec};

const GRU_PLAIN: Form = Form(|c| sequence::widened(c, 1, plain));

/// inputs: x (T, B, 3H), the inputs' and biases' part of the gates in the order reset, update, candidate; h0 (B, H);
/// w (3H, H); the bias (H) of the candidate's product. attrs: see `sequence::keeps`.
/// outputs: hidden states (T, B, H); if kept for the backward, the gates (T, B, 3H) and the candidate's product (T, B, H).
pub static GRU: Op = Op {
    name: "gru_sequence",
    function: Some(Function {
        name: "gru_sequence",
        signature: "(x: Tensor, h0: Tensor, w: Tensor, b: Tensor) -> Tensor",
        doc: "A gated recurrent unit over time (Cho et al., 2014; reset after the product, as in PyTorch and cuDNN), fused: \
              `r = sigmoid(x_r + h w_r^T)`, `z = sigmoid(x_z + h w_z^T)`, `n = tanh(x_n + r (h w_n^T + b))`, \
              `h = (1 - z) n + z h`. `x` (T, B, 3 H) is the inputs' and other biases' part of r, z and n, `h0` (B, H) the \
              state at first, `w` (3 H, H), `b` (H,); T > 0. Returns the hidden states of all steps (T, B, H). `nn.GRU` is \
              made of it. Raises an error when shapes or dtypes do not fit.\n\n\
              >>> ravine.gru_sequence(ravine.zeros(2, 1, 3), ravine.ones(1, 1), ravine.zeros(3, 1), ravine.zeros(1)).flatten()\n\
              tensor([0.5000, 0.2500])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let operands = [a.tensor(0)?, a.tensor(1)?, a.tensor(2)?, a.tensor(3)?];
            let args = operands.map(Arg::from).into_iter().collect();
            Ok(record(&GRU, sequence::attrs(&operands), smallvec![], args)?
                .swap_remove(0)
                .into())
        },
    }),
    class: Class::Structured,
    meta: |r| {
        let hidden = r.shape(1).last().copied().unwrap_or(0);
        let wanted = "x (T, B, 3 H), h0 (B, H), w (3 H, H) and b (H)";
        sequence::check(r, 3, 2, &[(3, &[hidden])], wanted)?;
        Ok(sequence::results(r, 3, &[]))
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => run::<T>(l))),
    gpu: Gpu::Program(program),
    vjp: Vjp::Rule(|c, g, _| sequence::slopes(c, g, &GRU_BACKWARD, 1)),
    jvp: Jvp::Plain(GRU_PLAIN),
    batch: Batch::Rule(|c, batched, size| sequence::batch(c, GRU_PLAIN, batched, size, 2)),
    donates: &[],
    plain: Plain::Form(GRU_PLAIN),
    tests: Tests {
        reference: "gru_sequence(x, h0, w, b)",
        samples: &[
            "f(1, 1, 3), f(1, 1), f(3, 1), f(1)",
            "f(3, 2, 9), f(2, 3), f(9, 3), f(3)",
            "f(2, 0, 6), f(0, 2), f(6, 2), f(2)",
            "f(4, 9, 99), f(9, 33), f(99, 33), f(33)",
        ],
        accuracy: Accuracy::Sum(8.0),
        domain: (-1.0, 1.0),
    },
};

const GRU_BACKWARD_PLAIN: Form =
    Form(|c| sequence::slopes_plain(c, (&GRU, GRU_PLAIN), 1, sequence::inputs_from(c.attrs, 1)));

/// Cotangents of x, h0, w and b.
/// inputs: the cotangent of the hidden states, these and what was kept as hints, and the inputs of `GRU`; attrs: as there
pub static GRU_BACKWARD: Op = Op {
    name: "gru_sequence_backward",
    function: None,
    class: Class::Structured,
    meta: |r| {
        let from = sequence::inputs_from(r.attrs, 1);
        Ok((from..from + 4)
            .map(|i| (r.shape(i).into(), r.dtype(i)))
            .collect())
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => run_backward::<T>(l))),
    gpu: Gpu::Program(program_backward),
    vjp: Vjp::Plain(GRU_BACKWARD_PLAIN),
    jvp: Jvp::Plain(GRU_BACKWARD_PLAIN),
    batch: Batch::Plain(GRU_BACKWARD_PLAIN),
    donates: &[],
    plain: Plain::Form(GRU_BACKWARD_PLAIN),
    tests: NO_TESTS,
};

fn plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (x, bias, w) = (c.tensor(0), c.tensor(3), view::transpose_last(c.tensor(2))?);
    let mut h = c.tensor(1).clone();
    let hidden = h.shape()[1];
    let (mut states, mut gates, mut inners) = (Vec::new(), Vec::new(), Vec::new());
    for time in 0..x.shape()[0] {
        let (x, product) = (view::select(x, 0, time as i64)?, matmul::matmul(&h, &w)?);
        let gate = |of: &Tensor, k: usize| view::narrow(of, 1, (k * hidden) as i64, hidden);
        let reset = sigmoid(add(gate(&x, 0)?, gate(&product, 0)?)?)?;
        let update = sigmoid(add(gate(&x, 1)?, gate(&product, 1)?)?)?;
        let inner = add(gate(&product, 2)?, bias)?;
        let candidate = tanh(add(gate(&x, 2)?, mul(&reset, &inner)?)?)?;
        h = add(mul(sub(1.0, &update)?, &candidate)?, mul(&update, &h)?)?;
        states.push(h.clone());
        if sequence::keeps(c.attrs) {
            gates.push(concat::cat(&[reset, update, candidate], 1)?);
            inners.push(inner);
        }
    }
    sequence::with_kept(smallvec![sequence::stacked(&states)?], &gates, &inners)
}

fn view_of(dense: &[Array]) -> Operands<'_> {
    Operands {
        x: &dense[0],
        h0: &dense[1],
        w: &dense[2],
        carried: None,
        bias: Some(&dense[3]),
    }
}

fn run<T: Float>(l: &mut Launch) -> Result<()> {
    let dense = sequence::dense(l, 0..4)?;
    forward::<T>(l, Cell::Gru, &view_of(&dense))
}

fn run_backward<T: Float>(l: &mut Launch) -> Result<()> {
    let from = sequence::inputs_from(l.attrs, 1);
    let (given, dense) = (sequence::dense(l, 0..from)?, sequence::dense(l, from..from + 4)?);
    let given = Given {
        g: &given[0],
        y: &given[1],
        g_carried: None,
        kept: (from > 2).then(|| (&given[2], &given[3])),
    };
    backward::<T>(l, Cell::Gru, &view_of(&dense), &given)
}

/// What the GPU makes of a unit's products.
const TURN: &str = "\
fn turn(step: u32, row: u32, unit: u32, product: vec4<f32>) {
    let at = (step * sequences() + row) * hidden() + unit;
    let gate = (step * sequences() + row) * 3u * hidden() + unit;
    let reset = sigmoid_f32(x[gate] + product.x);
    let update = sigmoid_f32(x[gate + hidden()] + product.y);
    let own = product.z + b[unit];
    let candidate = tanh_f32(x[gate + 2u * hidden()] + reset * own);
    y[at] = (1.0 - update) * candidate + update * previous(step, row, unit);
    keep(gate, at, vec3<f32>(reset, update, candidate), own);
}
";

const KEEP: &str = "\
fn keep(gate: u32, at: u32, values: vec3<f32>, own: f32) {
    gates[gate] = values.x;
    gates[gate + hidden()] = values.y;
    gates[gate + 2u * hidden()] = values.z;
    inner[at] = own;
}
";

const KEEP_NOTHING: &str = "fn keep(gate: u32, at: u32, values: vec3<f32>, own: f32) {\n}\n";

/// Backwards all slopes are multiples of that of the state; of_x and of_inner have the factors before they have the
/// slopes. of_h0 carries what reaches the state before without a product.
const TURN_BACK: &str = "\
fn slopes_of(time: u32, row: u32, unit: u32) -> vec4<f32> {
    let at = (time * sequences() + row) * hidden() + unit;
    let gate = (time * sequences() + row) * 3u * hidden() + unit;
    return vec4<f32>(of_x[gate], of_x[gate + hidden()], of_inner[at], 0.0);
}

fn turn_back(time: u32, row: u32, unit: u32, product: f32) {
    let own = row * hidden() + unit;
    let at = time * sequences() * hidden() + own;
    let gate = (time * sequences() + row) * 3u * hidden() + unit;
    var of_later = 0.0;
    if (time + 1u < times()) {
        of_later = of_h0[own] + product;
    }
    let of_h = g[at] + of_later;
    of_x[gate] *= of_h;
    of_x[gate + hidden()] *= of_h;
    of_x[gate + 2u * hidden()] *= of_h;
    of_inner[at] *= of_h;
    of_h0[own] = of_h * gates[gate + hidden()];
}

fn arrive(row: u32, unit: u32, product: f32) {
    of_h0[row * hidden() + unit] += product;
}
";

fn program(c: &Context) -> Result<GpuProgram> {
    let mut passes = Passes::new(c, 0, 3)?;
    let kept = sequence::keeps(c.attrs).then_some([Buffer::Output(1), Buffer::Output(2)]);
    through_time(&mut passes, 0, Buffer::Output(0), kept);
    Ok(passes.program)
}

/// The forward; its inputs begin at `from`.
fn through_time(passes: &mut Passes, from: usize, y: Buffer, kept: Option<[Buffer; 2]>) {
    let mut bindings = vec![
        Binding::read("x", Buffer::Input(from), "f32"),
        Binding::read("h0", Buffer::Input(from + 1), "f32"),
        Binding::read("b", Buffer::Input(from + 3), "f32"),
        Binding::write("y", y, "f32"),
    ];
    let mut keep = KEEP_NOTHING;
    if let Some([gates, inner]) = kept {
        bindings.push(Binding::write("gates", gates, "f32"));
        bindings.push(Binding::write("inner", inner, "f32"));
        keep = KEEP;
    }
    let slots = vec![("turn", TURN.to_string()), ("keep", keep.to_string())];
    passes.over_time(Way::Forward, Buffer::Input(from + 2), bindings, slots);
}

fn program_backward(c: &Context) -> Result<GpuProgram> {
    let from = sequence::inputs_from(c.attrs, 1);
    let mut passes = Passes::new(c, from, 3)?;
    let s = passes.size;
    let [gates, inner] = if sequence::keeps(c.attrs) {
        [Buffer::Input(2), Buffer::Input(3)]
    } else {
        let kept = [s.rows() * s.wide(), s.states()].map(|n| passes.scratch(n));
        let y = passes.scratch(s.states());
        through_time(&mut passes, from, y, Some(kept));
        kept
    };
    let (h0, y) = (Buffer::Input(from + 1), Buffer::Input(1));
    let (of_x, of_inner) = (Buffer::Output(0), passes.scratch(s.states()));
    let factors = vec![
        Binding::read("gates", gates, "f32"),
        Binding::read("inner", inner, "f32"),
        Binding::read("h0", h0, "f32"),
        Binding::read("y", y, "f32"),
        Binding::write("of_x", of_x, "f32"),
        Binding::write("of_inner", of_inner, "f32"),
    ];
    passes.over_states("nn/rnn/gru_factors.wgsl", factors);
    let bindings = vec![
        Binding::read("g", Buffer::Input(0), "f32"),
        Binding::read("gates", gates, "f32"),
        Binding::write("of_x", of_x, "f32"),
        Binding::write("of_inner", of_inner, "f32"),
        Binding::write("of_h0", Buffer::Output(1), "f32"),
    ];
    let slots = vec![("turn_back", TURN_BACK.to_string())];
    passes.over_time(Way::Backward, Buffer::Input(from + 2), bindings, slots);
    // The candidate's product is not what x is added to.
    let outer = Slopes {
        columns: 2 * s.hidden,
        ..Slopes::all(of_x, s)
    };
    let inner = Slopes {
        buffer: of_inner,
        width: s.hidden,
        columns: s.hidden,
        first: 2 * s.hidden,
    };
    passes.of_weights(&[outer, inner], [h0, y, Buffer::Output(2)]);
    passes.sum_rows(of_inner, s.rows(), s.hidden, Buffer::Output(3));
    Ok(passes.program)
}
