//! A long short-term memory over time (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000).

use super::binary::{add, mul};
use super::unary::{sigmoid, tanh};
use super::{concat, matmul, view};
use crate::array::{Array, Element};
use crate::cpu::Launch;
use crate::cpu::gemm::{GemmElement, MatRef, gemm};
use crate::cpu::vmath::Real;
use crate::error::{Error, Result};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Jvp, Meta, Op, Request, Tests, Vjp};
use crate::shape::show;
use crate::stream::record;
use smallvec::{SmallVec, smallvec};

/// inputs: x (T, B, 4H), the inputs' and biases' part of the gates in the order input, forget, candidate, output;
/// h0 and c0 (B, H); w (4H, H). outputs: y (T, B, H), whose last row is the last hidden state; the last cell (B, H).
pub static LSTM: Op = Op {
    name: "lstm_sequence",
    function: None,
    class: Class::Structured,
    meta,
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => run::<T>(l))),
    gpu: Gpu::Program(super::gpu_programs::lstm),
    vjp: Vjp::Plain,
    jvp: Jvp::Plain,
    batch: Batch::Plain,
    donates: &[],
    plain: Some(plain),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(8.0),
        domain: (-1.0, 1.0),
    },
};

/// `h = o * tanh(c)` and `c = f * c + i * g`, step by step; returns all hidden states and the last cell.
pub fn lstm(x: &Tensor, h0: &Tensor, c0: &Tensor, w: &Tensor) -> Result<[Tensor; 2]> {
    let mut outputs = record(
        &LSTM,
        smallvec![],
        smallvec![],
        smallvec![x.into(), h0.into(), c0.into(), w.into()],
    )?;
    let cell = outputs.swap_remove(1);
    Ok([outputs.swap_remove(0), cell])
}

fn meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let (x, h0, c0, w) = (r.shape(0), r.shape(1), r.shape(2), r.shape(3));
    let fits = h0.len() == 2 && h0 == c0 && x.len() == 3 && x[0] > 0 && x[1..] == [h0[0], 4 * h0[1]];
    if !fits || *w != [4 * h0[1], h0[1]] {
        let text = format!(
            "x, h0, c0 and w have shapes {}, {}, {} and {}; they must be (T, B, 4 H), (B, H), (B, H) and (4 H, H), T > 0",
            show(x),
            show(h0),
            show(c0),
            show(w)
        );
        return Err(Error::shape(r.op.name, text));
    }
    if let Some(i) = (0..4).find(|&i| !r.dtype(i).is_float() || r.dtype(i) != r.dtype(0)) {
        return Err(Error::dtype(
            r.op.name,
            r.dtype(i),
            "one floating dtype for all operands",
        ));
    }
    let dtype = r.dtype(0);
    Ok(smallvec![
        (smallvec![x[0], h0[0], h0[1]], dtype),
        (h0.into(), dtype)
    ])
}

fn plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (x, w) = (c.tensor(0), view::transpose_last(c.tensor(3))?);
    let (mut h, mut cell) = (c.tensor(1).clone(), c.tensor(2).clone());
    let hidden = h.shape()[1];
    let mut states = Vec::new();
    for time in 0..x.shape()[0] {
        let gates = add(view::select(x, 0, time as i64)?, matmul::matmul(&h, &w)?)?;
        let gate = |k: usize| view::narrow(&gates, 1, (k * hidden) as i64, hidden);
        let kept = mul(sigmoid(&gate(1)?)?, &cell)?;
        cell = add(kept, mul(sigmoid(&gate(0)?)?, tanh(&gate(2)?)?)?)?;
        h = mul(sigmoid(&gate(3)?)?, tanh(&cell)?)?;
        states.push(view::reshape(&h, &[1, h.shape()[0], hidden])?);
    }
    Ok(smallvec![concat::cat(&states, 0)?, cell])
}

multiversion! {
    /// One sequence's step: `x` and `product` hold four gates of each unit.
    fn step<T: Real>(x: &[T], product: &[T], cell: &mut [T], h: &mut [T]) {
        let n = h.len();
        for i in 0..n {
            let gate = |k: usize| x[k * n + i] + product[k * n + i];
            let kept = gate(1).sigmoid() * cell[i];
            cell[i] = kept + gate(0).sigmoid() * Real::tanh(gate(2));
            h[i] = gate(3).sigmoid() * Real::tanh(cell[i]);
        }
    }
}

fn run<T: Real + GemmElement + Element>(l: &mut Launch) -> Result<()> {
    let operands = (0..4).map(|i| l.dense(i)).collect::<Result<Vec<Array>>>()?;
    let [x, h0, c0, w] = [0, 1, 2, 3].map(|i| operands[i].as_slice::<T>());
    let (sequences, hidden) = (operands[1].shape[0], operands[1].shape[1]);
    let size = sequences * hidden;
    let mut product = vec![T::ZERO; 4 * size];
    let (states, cells) = l.outputs.split_at_mut(1);
    let (y, cell) = (states[0].as_mut_slice::<T>(), cells[0].as_mut_slice::<T>());
    cell.copy_from_slice(c0);
    if size == 0 {
        return Ok(());
    }
    for (time, gates) in x.chunks_exact(4 * size).enumerate() {
        let (before, now) = y.split_at_mut(time * size);
        let h = if time == 0 {
            h0
        } else {
            &before[(time - 1) * size..]
        };
        let left = MatRef {
            ptr: h.as_ptr(),
            row_stride: hidden as isize,
            col_stride: 1,
        };
        let right = MatRef {
            ptr: w.as_ptr(),
            row_stride: 1,
            col_stride: hidden as isize,
        };
        // SAFETY: h is (B, H), w transposed (H, 4H), and the product, which is nobody else's, (B, 4H).
        unsafe {
            gemm(
                sequences,
                4 * hidden,
                hidden,
                left,
                right,
                product.as_mut_ptr(),
                4 * hidden,
                false,
            )
        };
        for (b, h) in now[..size].chunks_exact_mut(hidden).enumerate() {
            let four = b * 4 * hidden..(b + 1) * 4 * hidden;
            step(
                &gates[four.clone()],
                &product[four],
                &mut cell[b * hidden..(b + 1) * hidden],
                h,
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::DType;
    use crate::graph::Arg;
    use crate::ops::{cast, random};
    use crate::stream::look;

    #[test]
    fn kernel_is_plain() {
        for (dtype, tolerance) in [(DType::F32, 1e-6), (DType::F64, 1e-14), (DType::F16, 2e-3)] {
            for (t, b, h) in [(1, 1, 1), (5, 3, 7), (2, 0, 4), (3, 2, 33)] {
                let shapes: [&[usize]; 4] = [&[t, b, 4 * h], &[b, h], &[b, h], &[4 * h, h]];
                let inputs: SmallVec<[Arg; 3]> = shapes
                    .iter()
                    .map(|s| Arg::Tensor(random::normal(s, dtype).unwrap()))
                    .collect();
                let (attrs, data) = (smallvec![], smallvec![]);
                let call = Call {
                    op: &LSTM,
                    attrs: &attrs,
                    data: &data,
                    inputs: &inputs,
                    outputs: &[],
                };
                let kernel = record(&LSTM, smallvec![], smallvec![], inputs.clone()).unwrap();
                for (a, b) in kernel.iter().zip(plain(&call).unwrap()) {
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
