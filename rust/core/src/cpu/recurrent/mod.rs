//! Recurrent networks over time. Sequences of a batch do not meet before the weights' gradient, so each thread takes
//! some of them from the first step to the last; the weights lie where every step's products read them in place.
//!
//! Where no gradient is expected the forward keeps nothing; a backward that comes all the same makes the gates anew, by
//! one product for all steps.

mod cells;
mod panels;

use super::gemm::{GemmElement, MatRef, gemm};
use super::number::Number;
use super::rows::add_to;
use super::threads::{num_threads, parallel_for};
use super::vmath::Real;
use super::{Shared, scratch};
use crate::array::{Array, Element};
use crate::error::Result;
use crate::work::Launch;
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

/// `sequences` of `steps` steps, with `hidden` units.
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
    /// Where a sequence's step begins in memory with `width` numbers for each.
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

impl Operands<'_> {
    fn bias<T: Float>(&self) -> &[T] {
        self.bias.map_or(&[], |b| b.as_slice())
    }
    fn cells<T: Float>(&self) -> &[T] {
        self.carried.map_or(&[], |c| c.as_slice())
    }
}

/// What a backward launch reads besides the operands: hidden states, cotangents of them and of the last cells, and,
/// if the forward kept them, the gates and what comes with them.
pub struct Given<'a> {
    pub y: &'a Array,
    pub g: &'a Array,
    pub g_carried: Option<&'a Array>,
    pub kept: Option<(&'a Array, &'a Array)>,
}

/// A thread's sequences at one step, in memory of its own.
///
/// # Safety
/// The sequences are nobody else's, and the memory holds `width` numbers for each of all steps' sequences.
#[allow(clippy::mut_from_ref)]
unsafe fn own<T: Float>(memory: &Shared<T>, s: Size, step: usize, b: usize, width: usize) -> &mut [T] {
    // SAFETY: the caller's promise.
    unsafe { memory.slice(s.at(step, b, width), width) }
}

/// Gates from products, which lie where gates go: an LSTM's with its cells, a GRU's with the candidate's product.
///
/// # Safety
/// As for [`own`].
unsafe fn gates<T: Float>(
    o: &Operands,
    s: Size,
    step: usize,
    b: usize,
    gates: &Shared<T>,
    extra: &Shared<T>,
) {
    let (hidden, wide) = (s.hidden, s.wide());
    let x = &o.x.as_slice::<T>()[s.at(step, b, wide)..][..wide];
    // SAFETY: the caller's promise; the step before is only read.
    unsafe {
        let (gates, now) = (own(gates, s, step, b, wide), own(extra, s, step, b, hidden));
        match (s.cell, step) {
            (Cell::Lstm, 0) => cells::lstm_gates(x, gates, &o.cells()[b * hidden..][..hidden], now),
            (Cell::Lstm, _) => cells::lstm_gates(x, gates, own(extra, s, step - 1, b, hidden), now),
            _ => cells::gru_gates(x, o.bias(), gates, now),
        }
    }
}

/// Hidden states of all steps go to output 0 and, of an LSTM, the last cells to output 1. Two more outputs, if there
/// are, keep the gates (T, B, gates H) and what comes with them (T, B, H) for the backward.
pub fn forward<T: Float>(l: &mut Launch, cell: Cell, o: &Operands) -> Result<()> {
    let s = Size::new(cell, o.x, o.h0);
    let (hidden, wide) = (s.hidden, s.wide());
    if s.sequences * hidden == 0 {
        return Ok(());
    }
    let (x, h0, w) = (o.x.as_slice::<T>(), o.h0.as_slice::<T>(), o.w.as_slice::<T>());
    if cell == Cell::Lstm {
        l.outputs[1].as_mut_slice::<T>().copy_from_slice(o.cells());
    }
    let results = 1 + usize::from(cell == Cell::Lstm);
    let outputs: Vec<Shared<T>> = l.outputs.iter_mut().map(Shared::new).collect();
    let (y, last) = (&outputs[0], &outputs[results - 1]);
    let kept = (outputs.len() > results).then(|| (&outputs[results], &outputs[results + 1]));
    let room = Panels::<T>::room(hidden, wide);
    let product_room = if kept.is_some() { 0 } else { s.sequences * wide };
    scratch::with(room + product_room, |memory: &mut [T]| {
        let (room, products) = memory.split_at_mut(room);
        let weights = Panels::new(columns(w.as_ptr(), hidden), hidden, wide, room);
        let products = Shared::of_slice(products);
        // SAFETY: these sequences are this call's own in what is written; earlier steps are only read.
        s.share(&|part| unsafe {
            for step in 0..s.steps {
                let before = match step {
                    0 => h0.as_ptr().add(part.start * hidden),
                    _ => y.pointer(s.at(step - 1, part.start, hidden)).cast_const(),
                };
                let product = match kept {
                    Some((gates, _)) => gates.pointer(s.at(step, part.start, wide)),
                    None => products.pointer(part.start * wide),
                };
                weights.multiply(part.len(), rows(before, hidden), product, false);
                for (i, b) in part.clone().enumerate() {
                    let h = own(y, s, step, b, hidden);
                    let before = std::slice::from_raw_parts(before.add(i * hidden), hidden);
                    if let Some((gates_of, extra)) = kept {
                        gates(o, s, step, b, gates_of, extra);
                        let gates = own(gates_of, s, step, b, wide);
                        match cell {
                            Cell::Lstm => cells::lstm_hidden(gates, own(extra, s, step, b, hidden), h),
                            _ => cells::gru_hidden(gates, before, h),
                        }
                        continue;
                    }
                    let x = &x[s.at(step, b, wide)..][..wide];
                    let product = std::slice::from_raw_parts(product.add(i * wide), wide);
                    match cell {
                        Cell::Tanh => cells::tanh_step(x, product, h),
                        Cell::Relu => cells::relu_step(x, product, h),
                        Cell::Gru => cells::gru_step(x, product, o.bias(), before, h),
                        Cell::Lstm => cells::lstm_step(x, product, last.slice(b * hidden, hidden), h),
                    }
                }
            }
            if let (Cell::Lstm, Some((_, cells))) = (cell, kept) {
                for b in part {
                    last.slice(b * hidden, hidden)
                        .copy_from_slice(own(cells, s, s.steps - 1, b, hidden));
                }
            }
        });
    });
    Ok(())
}

/// Cotangents: of x to output 0, h0 to 1, w to 2, and of the cells at first, or of the bias, to 3.
pub fn backward<T: Float>(l: &mut Launch, cell: Cell, o: &Operands, given: &Given) -> Result<()> {
    let s = Size::new(cell, o.x, o.h0);
    let (hidden, wide, all) = (s.hidden, s.wide(), s.steps * s.sequences);
    for slope in &mut l.outputs[1..] {
        slope.as_mut_slice::<T>().fill(<T as Real>::ZERO);
    }
    if s.sequences * hidden == 0 {
        return Ok(());
    }
    if let Some(last) = given.g_carried {
        l.outputs[3].as_mut_slice::<T>().copy_from_slice(last.as_slice());
    }
    let again = cell.gates() > 1 && given.kept.is_none();
    let sizes = [
        Panels::<T>::room(wide, hidden),
        if again { all * wide } else { 0 },
        if again { all * hidden } else { 0 },
        if cell == Cell::Gru { all * wide } else { 0 },
    ];
    scratch::with(sizes.iter().sum(), |memory: &mut [T]| {
        let (room, memory) = memory.split_at_mut(sizes[0]);
        let (gates, memory) = memory.split_at_mut(sizes[1]);
        let (extra, slopes) = memory.split_at_mut(sizes[2]);
        let weights = Panels::new(rows(o.w.as_slice::<T>().as_ptr(), hidden), wide, hidden, room);
        if again {
            gates_again(o, s, given.y.as_slice(), gates, extra);
        }
        let kept = match given.kept {
            Some((gates, extra)) => (gates.as_slice(), extra.as_slice()),
            None => (&*gates, &*extra),
        };
        let outputs: Vec<Shared<T>> = l.outputs.iter_mut().map(Shared::new).collect();
        steps_back(o, given, s, &weights, kept, &outputs, &Shared::of_slice(slopes));
    });
    Ok(())
}

/// The gates of all steps, by one product with the hidden states before them.
fn gates_again<T: Float>(o: &Operands, s: Size, y: &[T], to: &mut [T], extra: &mut [T]) {
    let (hidden, wide) = (s.hidden, s.wide());
    let (first, later) = (s.sequences, (s.steps - 1) * s.sequences);
    let (h0, w) = (
        o.h0.as_slice::<T>().as_ptr(),
        columns(o.w.as_slice::<T>().as_ptr(), hidden),
    );
    // SAFETY: hidden states before each step times the transposed weights, into memory of this call.
    unsafe {
        gemm(
            first,
            wide,
            hidden,
            rows(h0, hidden),
            w,
            to.as_mut_ptr(),
            wide,
            false,
        );
        let to = to.as_mut_ptr().add(first * wide);
        gemm(later, wide, hidden, rows(y.as_ptr(), hidden), w, to, wide, false);
    }
    let (to, extra) = (Shared::of_slice(to), Shared::of_slice(extra));
    s.share(&|part| {
        for step in 0..s.steps {
            for b in part.clone() {
                // SAFETY: these sequences are this call's own.
                unsafe { gates(o, s, step, b, &to, &extra) };
            }
        }
    });
}

/// `slopes` has room for those of a GRU's products; every other cell's are those of x.
fn steps_back<T: Float>(
    o: &Operands,
    given: &Given,
    s: Size,
    weights: &Panels<T>,
    (gates, extra): (&[T], &[T]),
    outputs: &[Shared<T>],
    slopes: &Shared<T>,
) {
    let (hidden, wide, later) = (s.hidden, s.wide(), (s.steps - 1) * s.sequences);
    let (y, g, h0) = (
        given.y.as_slice::<T>(),
        given.g.as_slice::<T>(),
        o.h0.as_slice::<T>(),
    );
    let gru = s.cell == Cell::Gru;
    let (of_x, of_h) = (&outputs[0], &outputs[1]);
    let of_products = if gru { slopes } else { of_x };
    // What a state was before a step, of all steps' states and the first one.
    let before = |first: &'_ [T], all: &'_ [T], step: usize, b: usize| -> *const [T] {
        match step {
            0 => &raw const first[b * hidden..][..hidden],
            _ => &raw const all[s.at(step - 1, b, hidden)..][..hidden],
        }
    };
    // SAFETY: these sequences are this call's own in what is written; operands are only read.
    s.share(&|part| unsafe {
        for step in (0..s.steps).rev() {
            for b in part.clone() {
                let here = s.at(step, b, hidden)..s.at(step, b, hidden) + hidden;
                let of_h = of_h.slice(b * hidden, hidden);
                add_to(of_h, &g[here.clone()]);
                let to = own(of_x, s, step, b, wide);
                let gates = gates
                    .get(s.at(step, b, wide)..)
                    .map_or(&[][..], |g| &g[..g.len().min(wide)]);
                match s.cell {
                    Cell::Tanh => cells::tanh_back(&y[here], of_h, to),
                    Cell::Relu => cells::relu_back(&y[here], of_h, to),
                    Cell::Gru => {
                        let of_product = own(slopes, s, step, b, wide);
                        cells::gru_back(
                            gates,
                            &extra[here],
                            &*before(h0, y, step, b),
                            to,
                            of_product,
                            of_h,
                        );
                    }
                    Cell::Lstm => {
                        let of_cell = outputs[3].slice(b * hidden, hidden);
                        let cells_before = &*before(o.cells(), extra, step, b);
                        cells::lstm_back(gates, &extra[here], cells_before, of_h, to, of_cell);
                    }
                }
            }
            let slopes = of_products.pointer(s.at(step, part.start, wide)).cast_const();
            // What reaches the state before without a product is there already.
            weights.multiply(
                part.len(),
                rows(slopes, wide),
                of_h.pointer(part.start * hidden),
                gru,
            );
        }
    });
    // SAFETY: slopes of the products of all steps, and the hidden states that were multiplied.
    unsafe {
        let (of_w, slopes) = (outputs[2].pointer(0), of_products.pointer(0).cast_const());
        let (h0, y) = (rows(h0.as_ptr(), hidden), rows(y.as_ptr(), hidden));
        gemm(
            wide,
            hidden,
            s.sequences,
            columns(slopes, wide),
            h0,
            of_w,
            hidden,
            false,
        );
        let slopes = columns(slopes.add(s.sequences * wide), wide);
        gemm(wide, hidden, later, slopes, y, of_w, hidden, true);
        if gru {
            let total = outputs[3].slice(0, hidden);
            for i in 0..s.steps * s.sequences {
                add_to(total, of_products.slice(i * wide + 2 * hidden, hidden));
            }
        }
    }
}
