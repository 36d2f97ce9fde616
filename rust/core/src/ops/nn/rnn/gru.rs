//! A gated recurrent unit over time (Cho et al., 2014), with the reset gate applied after the product.

use crate::array::Array;
use crate::cpu::recurrent::{Cell, Float, Given, Operands, backward, forward};
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Form, Jvp, NO_TESTS, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::activation::sigmoid;
use crate::ops::elementwise::arithmetic::{add, mul, sub};
use crate::ops::elementwise::exponential::tanh;
use crate::ops::linalg::matmul;
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
    gpu: GRU_PLAIN.on_gpu(),
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
    gpu: GRU_BACKWARD_PLAIN.on_gpu(),
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
