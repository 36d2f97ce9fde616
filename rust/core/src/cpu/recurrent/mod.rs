//! Recurrent networks over time. Sequences of a batch do not meet before the weights' gradient, so each thread takes
//! some of them from the first step to the last; the weights lie where every step's products read them in place.
//!
//! The backward makes the gates anew, by one product for all steps, rather than keep five numbers a unit and step.

mod cells;
mod panels;

use super::gemm::{GemmElement, MatRef, gemm};
use super::number::Number;
use super::rows::add_to;
use super::threads::{num_threads, parallel_for};
use super::vmath::Real;
use super::{Launch, Shared, scratch};
use crate::array::{Array, Element};
use crate::error::Result;
use panels::Panels;
use std::ops::Range;

/// What one step computes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cell {
    Tanh,
    Relu,
    Lstm,
    /// With the reset gate applied after the product.
    Gru,
}

impl Cell {
    /// Gates of a unit.
    pub fn gates(self) -> usize {
        match self {
            Cell::Tanh | Cell::Relu => 1,
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }
}

pub trait Float: Real + Number + GemmElement + Element {}
impl Float for f32 {}
impl Float for f64 {}

/// A sequence's place: `sequences` of them, `steps` long, with `hidden` units.
#[derive(Clone, Copy)]
struct Size {
    cell: Cell,
    steps: usize,
    sequences: usize,
    hidden: usize,
}

impl Size {
    fn new(cell: Cell, x: &Array, h0: &Array) -> Size {
        Size {
            cell,
            steps: x.shape[0],
            sequences: h0.shape[0],
            hidden: h0.shape[1],
        }
    }
    /// Numbers of one sequence's step: its gates.
    fn wide(self) -> usize {
        self.cell.gates() * self.hidden
    }
    /// The first sequence among all steps' sequences, times `width`.
    fn at(self, step: usize, sequence: usize, width: usize) -> usize {
        (step * self.sequences + sequence) * width
    }

    /// Each thread gets neighbouring sequences.
    fn share(self, body: &(dyn Fn(Range<usize>) + Sync)) {
        /// Multiply-adds below which one thread is enough.
        const ALONE: usize = 1 << 17;
        /// Sequences of a thread at least: fewer would read the weights for too little.
        const LEAST: usize = 4;
        let work = self.steps * self.sequences * self.hidden * self.wide();
        let tasks = match work {
            0..ALONE => 1,
            _ => num_threads().min(self.sequences.div_ceil(LEAST)),
        };
        let each = self.sequences.div_ceil(tasks);
        parallel_for(tasks, &|task| {
            body((task * each).min(self.sequences)..((task + 1) * each).min(self.sequences));
        });
    }
}

fn rows<T>(ptr: *const T, row_stride: usize) -> MatRef<T> {
    MatRef {
        ptr,
        row_stride: row_stride as isize,
        col_stride: 1,
    }
}

fn columns<T>(ptr: *const T, col_stride: usize) -> MatRef<T> {
    MatRef {
        ptr,
        row_stride: 1,
        col_stride: col_stride as isize,
    }
}

/// The operands of a forward launch; `carried` is the cells at first, `bias` that of the candidate's product.
pub struct Operands<'a> {
    pub x: &'a Array,
    pub h0: &'a Array,
    pub w: &'a Array,
    pub carried: Option<&'a Array>,
    pub bias: Option<&'a Array>,
}

/// Hidden states of all steps go to output 0 and, of an LSTM, the last cells to output 1.
pub fn forward<T: Float>(l: &mut Launch, cell: Cell, o: &Operands) -> Result<()> {
    let s = Size::new(cell, o.x, o.h0);
    let (hidden, wide) = (s.hidden, s.wide());
    if s.sequences * hidden == 0 {
        return Ok(());
    }
    let (x, h0, w) = (o.x.as_slice::<T>(), o.h0.as_slice::<T>(), o.w.as_slice::<T>());
    let bias = o.bias.map_or(&[][..], |b| b.as_slice::<T>());
    if let Some(first) = o.carried {
        l.outputs[1].as_mut_slice::<T>().copy_from_slice(first.as_slice());
    }
    let mut outputs: Vec<Shared<T>> = l.outputs.iter_mut().map(Shared::new).collect();
    let carried = outputs.pop().filter(|_| o.carried.is_some());
    let y = Shared::<T>::new(&mut l.outputs[0]);
    let room = Panels::<T>::room(hidden, wide);
    scratch::with(room + s.sequences * wide, |memory: &mut [T]| {
        let (room, products) = memory.split_at_mut(room);
        let weights = Panels::new(columns(w.as_ptr(), hidden), hidden, wide, room);
        let products = Shared::of_slice(products);
        s.share(&|part| {
            for step in 0..s.steps {
                // SAFETY: these sequences are this call's own, in every output and in the products; earlier steps are
                // only read.
                unsafe {
                    let before = match step {
                        0 => h0.as_ptr().add(part.start * hidden),
                        _ => y.pointer(s.at(step - 1, part.start, hidden)).cast_const(),
                    };
                    let product = products.slice(part.start * wide, part.len() * wide);
                    weights.multiply(part.len(), rows(before, hidden), product.as_mut_ptr(), false);
                    for (i, b) in part.clone().enumerate() {
                        let x = &x[s.at(step, b, wide)..][..wide];
                        let product = &product[i * wide..][..wide];
                        let h = y.slice(s.at(step, b, hidden), hidden);
                        let before = std::slice::from_raw_parts(before.add(i * hidden), hidden);
                        match (cell, &carried) {
                            (Cell::Tanh, _) => cells::tanh_step(x, product, h),
                            (Cell::Relu, _) => cells::relu_step(x, product, h),
                            (Cell::Gru, _) => cells::gru_step(x, product, bias, before, h),
                            (Cell::Lstm, Some(carried)) => {
                                cells::lstm_step(x, product, carried.slice(b * hidden, hidden), h);
                            }
                            (Cell::Lstm, None) => unreachable!("an LSTM has cells"),
                        }
                    }
                }
            }
        });
    });
    Ok(())
}

/// What a backward launch reads besides the operands: hidden states, and cotangents of them and of the last cells.
pub struct Given<'a> {
    pub y: &'a Array,
    pub g: &'a Array,
    pub g_carried: Option<&'a Array>,
}

/// Cotangents: of x to output 0, h0 to 1, w to 2, and of the cells at first, or of the bias, to 3.
pub fn backward<T: Float>(l: &mut Launch, cell: Cell, o: &Operands, given: &Given) -> Result<()> {
    let s = Size::new(cell, o.x, o.h0);
    let (hidden, wide) = (s.hidden, s.wide());
    for slope in &mut l.outputs {
        slope.as_mut_slice::<T>().fill(<T as Real>::ZERO);
    }
    if s.sequences * hidden == 0 {
        return Ok(());
    }
    let (x, h0, w) = (o.x.as_slice::<T>(), o.h0.as_slice::<T>(), o.w.as_slice::<T>());
    let (y, g) = (given.y.as_slice::<T>(), given.g.as_slice::<T>());
    let bias = o.bias.map_or(&[][..], |b| b.as_slice::<T>());
    let first = o.carried.map_or(&[][..], |c| c.as_slice::<T>());
    if let Some(last) = given.g_carried {
        l.outputs[3].as_mut_slice::<T>().copy_from_slice(last.as_slice());
    }
    let gru = cell == Cell::Gru;
    let all = s.steps * s.sequences;
    if gru || cell == Cell::Lstm {
        let gates = l.outputs[0].as_mut_slice::<T>().as_mut_ptr();
        let later = all - s.sequences;
        // SAFETY: hidden states before each step times the transposed weights; the output is nobody else's.
        unsafe {
            let w = columns(w.as_ptr(), hidden);
            gemm(
                s.sequences,
                wide,
                hidden,
                rows(h0.as_ptr(), hidden),
                w,
                gates,
                wide,
                false,
            );
            let gates = gates.add(s.sequences * wide);
            gemm(
                later,
                wide,
                hidden,
                rows(y.as_ptr(), hidden),
                w,
                gates,
                wide,
                false,
            );
        }
    }
    let outputs: Vec<Shared<T>> = l.outputs.iter_mut().map(Shared::new).collect();
    let (of_x, of_h) = (&outputs[0], &outputs[1]);
    // What a step keeps: the cells of an LSTM, the candidate's product of a GRU, whose products have slopes of their own.
    let kept_room = if cell.gates() > 1 { all * hidden } else { 0 };
    let slope_room = if gru { all * wide } else { 0 };
    let room = Panels::<T>::room(wide, hidden);
    scratch::with(room + kept_room + slope_room, |memory: &mut [T]| {
        let (room, memory) = memory.split_at_mut(room);
        let (kept, slopes) = memory.split_at_mut(kept_room);
        let weights = Panels::new(rows(w.as_ptr(), hidden), wide, hidden, room);
        let (kept, slopes) = (Shared::of_slice(kept), Shared::of_slice(slopes));
        let of_products = if gru { &slopes } else { of_x };
        // SAFETY, of all below: these sequences are this call's own in what is written.
        s.share(&|part| unsafe {
            for step in 0..s.steps {
                for b in part.clone() {
                    let x = &x[s.at(step, b, wide)..][..wide];
                    let gates = of_x.slice(s.at(step, b, wide), wide);
                    match cell {
                        Cell::Tanh | Cell::Relu => {}
                        Cell::Gru => {
                            cells::gru_again(x, bias, gates, kept.slice(s.at(step, b, hidden), hidden))
                        }
                        Cell::Lstm => {
                            let now = kept.slice(s.at(step, b, hidden), hidden);
                            let before: &[T] = match step {
                                0 => &first[b * hidden..][..hidden],
                                _ => kept.slice(s.at(step - 1, b, hidden), hidden),
                            };
                            cells::lstm_again(x, gates, before, now);
                        }
                    }
                }
            }
            for step in (0..s.steps).rev() {
                for b in part.clone() {
                    let here = s.at(step, b, hidden)..s.at(step, b, hidden) + hidden;
                    let of_h = of_h.slice(b * hidden, hidden);
                    add_to(of_h, &g[here.clone()]);
                    let gates = of_x.slice(s.at(step, b, wide), wide);
                    match cell {
                        Cell::Tanh => cells::tanh_back(&y[here], of_h, gates),
                        Cell::Relu => cells::relu_back(&y[here], of_h, gates),
                        Cell::Gru => {
                            let before = match step {
                                0 => &h0[b * hidden..][..hidden],
                                _ => &y[s.at(step - 1, b, hidden)..][..hidden],
                            };
                            let of_product = slopes.slice(s.at(step, b, wide), wide);
                            cells::gru_back(gates, kept.slice(here.start, hidden), before, of_product, of_h);
                        }
                        Cell::Lstm => {
                            let before: &[T] = match step {
                                0 => &first[b * hidden..][..hidden],
                                _ => kept.slice(s.at(step - 1, b, hidden), hidden),
                            };
                            let of_cell = outputs[3].slice(b * hidden, hidden);
                            cells::lstm_back(gates, kept.slice(here.start, hidden), before, of_h, of_cell);
                        }
                    }
                }
                let slopes = rows(
                    of_products.pointer(s.at(step, part.start, wide)).cast_const(),
                    wide,
                );
                let of_h = of_h.pointer(part.start * hidden);
                // What reaches the state before without a product is there already.
                weights.multiply(part.len(), slopes, of_h, gru);
            }
        });
        // SAFETY: slopes of the products of all steps, and the hidden states that were multiplied.
        unsafe {
            let (of_w, slopes) = (outputs[2].pointer(0), of_products.pointer(0).cast_const());
            let first = columns(slopes, wide);
            let later = columns(slopes.add(s.sequences * wide), wide);
            gemm(
                wide,
                hidden,
                s.sequences,
                first,
                rows(h0.as_ptr(), hidden),
                of_w,
                hidden,
                false,
            );
            gemm(
                wide,
                hidden,
                all - s.sequences,
                later,
                rows(y.as_ptr(), hidden),
                of_w,
                hidden,
                true,
            );
            if gru {
                let total = outputs[3].slice(0, hidden);
                for i in 0..all {
                    add_to(total, slopes_of_candidate(of_products, i, wide, hidden));
                }
            }
        }
    });
    Ok(())
}

/// # Safety
/// `slopes` holds more than `i` rows of width `wide`, which nobody writes.
unsafe fn slopes_of_candidate<T: Float>(slopes: &Shared<T>, i: usize, wide: usize, hidden: usize) -> &[T] {
    // SAFETY: the caller's promise.
    unsafe { slopes.slice(i * wide + 2 * hidden, hidden) }
}
