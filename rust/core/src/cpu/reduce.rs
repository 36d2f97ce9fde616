//! Reductions with one tree for every layout and any number of threads.
//!
//! The reduced elements of one result, in logical row-major order, are cut into spans of `SPAN`, those into blocks of
//! `BLOCK`. Within a block lane `l` takes the elements at positions `l mod LANES` in order; the lanes are combined
//! pairwise, blocks in order, spans in pairs of pairs. A sum of n floats is off by at most 64 + 4 + 64 + log2(n / `SPAN`)
//! units of rounding of the sum of their magnitudes.

use super::Shared;
use super::fused::with_slot;
use super::layout::{Iteration, Walk};
use super::number::Number;
use super::threads::parallel_for;
use super::tile::Run;
use crate::array::{Array, Element};
use crate::dispatch;
use crate::interrupt;
use crate::work::Launch;

use crate::error::Result;
use crate::shape::{Shape, Strides, numel};
use smallvec::SmallVec;
use std::mem::MaybeUninit;

const LANES: usize = 16;
const BLOCK: usize = 64 * LANES;
pub const SPAN: usize = 64 * BLOCK;
/// Spans of one result whose values are kept until they are combined.
const SPANS: usize = 1 << 14;
/// Neighbouring results that the column walk reduces together.
const COLUMNS: usize = 64;
/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 15;

/// An associative combination with a neutral value.
pub trait Reducer<T>: 'static {
    type Acc: Element;
    const NEUTRAL: Self::Acc;
    /// Of no element at all.
    const EMPTY: Self::Acc = Self::NEUTRAL;
    fn lift(x: T) -> Self::Acc;
    fn combine(a: Self::Acc, b: Self::Acc) -> Self::Acc;
}

pub struct Sum;
/// The sum of squares.
pub struct Squares;
pub struct Product;
pub struct Max;
pub struct Min;
pub struct Any;
pub struct All;

macro_rules! reducer {
    ($name:ident: $($t:ty => $acc:ty, $neutral:expr $(, $empty:expr)?);+; |$a:ident, $b:ident| $combine:expr) => { $(
        impl Reducer<$t> for $name {
            type Acc = $acc;
            const NEUTRAL: $acc = $neutral;
            $(const EMPTY: $acc = $empty;)?
            #[inline(always)]
            #[allow(clippy::unnecessary_cast)]
            fn lift(x: $t) -> $acc {
                x as $acc
            }
            #[inline(always)]
            fn combine($a: $acc, $b: $acc) -> $acc {
                $combine
            }
        }
    )+ };
}
// -0 is the neutral value of float addition: 0 + -0 would turn a sum of -0 into 0. A sum of nothing is 0 all the same.
reducer!(Sum: f32 => f32, -0.0, 0.0; f64 => f64, -0.0, 0.0; i32 => i64, 0; i64 => i64, 0; u8 => i64, 0; |a, b| Number::add(a, b));
reducer!(Product: f32 => f32, 1.0; f64 => f64, 1.0; i32 => i64, 1; i64 => i64, 1; u8 => i64, 1; |a, b| Number::mul(a, b));
reducer!(Max: f32 => f32, f32::NEG_INFINITY; f64 => f64, f64::NEG_INFINITY; i32 => i32, i32::MIN; i64 => i64, i64::MIN; u8 => u8, 0; |a, b| Number::maximum(a, b));
reducer!(Min: f32 => f32, f32::INFINITY; f64 => f64, f64::INFINITY; i32 => i32, i32::MAX; i64 => i64, i64::MAX; u8 => u8, u8::MAX; |a, b| Number::minimum(a, b));
reducer!(Any: f32 => u8, 0; f64 => u8, 0; i32 => u8, 0; i64 => u8, 0; u8 => u8, 0; |a, b| a | b);
reducer!(All: f32 => u8, 1; f64 => u8, 1; i32 => u8, 1; i64 => u8, 1; u8 => u8, 1; |a, b| a & b);

impl<T: Number> Reducer<T> for Squares
where
    Sum: Reducer<T, Acc = T>,
{
    type Acc = T;
    const NEUTRAL: T = Sum::NEUTRAL;
    const EMPTY: T = Sum::EMPTY;
    #[inline(always)]
    fn lift(x: T) -> T {
        Number::mul(x, x)
    }
    #[inline(always)]
    fn combine(a: T, b: T) -> T {
        Number::add(a, b)
    }
}

/// Reduces input 0 over `dims` into output 0.
pub fn run<R>(l: &mut Launch, dims: &[usize]) -> Result<()>
where
    R: Reducer<f32> + Reducer<f64> + Reducer<i32> + Reducer<i64> + Reducer<u8>,
{
    let input = l.input(0).clone();
    let Launch { load, outputs, .. } = l;
    dispatch!(input.dtype, T => match load {
        None => over::<T, R>(&input, dims, &mut outputs[0]),
        Some(load) => with_slot(load, &input.shape, |steps| {
            spliced::<T, R>(steps, &input.shape, dims, &mut outputs[0]);
        }),
    });
    Ok(())
}

/// Whether the elements of each result follow each other: then steps can compute them where they are reduced.
pub fn is_inner(shape: &[usize], dims: &[usize]) -> bool {
    let counts = |d: &usize| extent(shape, *d) != 1;
    let kept = (0..shape.len()).filter(|d| !dims.contains(d)).rfind(counts);
    dims.iter()
        .filter(|d| counts(d))
        .all(|&d| kept.is_none_or(|k| d > k))
}

/// A tensor without dimensions has one of extent 1 to reduce over.
fn extent(shape: &[usize], dim: usize) -> usize {
    shape.get(dim).copied().unwrap_or(1)
}

/// As `over`, of elements that steps compute.
fn spliced<T: Number, R: Reducer<T>>(steps: &Run, shape: &[usize], dims: &[usize], out: &mut Array) {
    let n: usize = dims.iter().map(|&d| extent(shape, d)).product();
    let m = out.numel();
    let out = Shared::<R::Acc>::new(out);
    if n == 0 || m == 0 {
        // SAFETY: this task alone writes the output.
        unsafe { out.slice(0, m) }.fill(R::EMPTY);
        return;
    }
    let part = |start: usize, end: usize| {
        let mut total: Option<R::Acc> = None;
        let mut scratch = Scratch::<T>::new();
        let mut filled = 0;
        steps.read(start, end, |values, count| {
            assert!(filled + count <= BLOCK, "tiles fill blocks");
            // SAFETY: the steps compute elements of this type, and the block has room for them.
            unsafe { std::ptr::copy_nonoverlapping(values.cast::<T>(), scratch.room().add(filled), count) };
            filled += count;
            if filled == BLOCK {
                // SAFETY: so many have been written.
                let value = block::<T, R>(unsafe { scratch.filled(BLOCK) });
                total = Some(total.map_or(value, |t| R::combine(t, value)));
                filled = 0;
            }
        });
        if filled > 0 {
            // SAFETY: so many have been written.
            let value = block::<T, R>(unsafe { scratch.filled(filled) });
            total = Some(total.map_or(value, |t| R::combine(t, value)));
        }
        total.unwrap_or(R::NEUTRAL)
    };
    reduce_rows::<R::Acc>(
        m,
        n,
        &out,
        R::NEUTRAL,
        &|row, start, end| part(row * n + start, row * n + end),
        R::combine,
    );
}

/// The input with the reduced dimensions last, both parts merged where their strides allow.
struct Plan {
    outer: (Shape, Strides),
    inner: (Shape, Strides),
}

impl Plan {
    fn new(input: &Array, dims: &[usize]) -> Plan {
        let part = |reduced: bool| {
            let (mut shape, mut strides) = (Shape::new(), Strides::new());
            for d in (0..input.shape.len()).filter(|d| dims.contains(d) == reduced && input.shape[*d] != 1) {
                let (n, s) = (input.shape[d], input.strides[d]);
                match strides.last_mut() {
                    Some(last) if *last == s * n as isize => {
                        *last = s;
                        *shape.last_mut().expect("as long as strides") *= n;
                    }
                    _ => {
                        shape.push(n);
                        strides.push(s);
                    }
                }
            }
            (shape, strides)
        };
        Plan {
            outer: part(false),
            inner: part(true),
        }
    }
}

/// Reduces an array over `dims` into a row-major one.
pub fn over<T: Number, R: Reducer<T>>(input: &Array, dims: &[usize], out: &mut Array) {
    let plan = Plan::new(input, dims);
    let (m, n) = (numel(&plan.outer.0), numel(&plan.inner.0));
    let out = Shared::<R::Acc>::new(out);
    if m == 0 {
        return;
    }
    if n == 0 {
        // SAFETY: this task alone writes the output.
        unsafe { out.slice(0, m) }.fill(R::EMPTY);
        return;
    }
    let unit = |strides: &Strides| strides.last() == Some(&1);
    if unit(&plan.outer.1) && !unit(&plan.inner.1) && n > 1 {
        columns::<T, R>(input, &plan, &out);
    } else {
        rows::<T, R>(input, &plan, m, n, &out);
    }
}

/// Each result from its own row of reduced elements.
fn rows<T: Number, R: Reducer<T>>(input: &Array, plan: &Plan, m: usize, n: usize, out: &Shared<R::Acc>) {
    let (outer, inner) = (&plan.outer, &plan.inner);
    let first = |i: usize| Walk::new(&outer.0, i).offset(&outer.1);
    if inner.0.is_empty() || inner.1[..] == [1] {
        let src = input.ptr() as usize;
        let span = |i: usize, start: usize, end: usize| {
            // SAFETY: the n elements of row i follow each other.
            let row = unsafe { std::slice::from_raw_parts((src as *const T).offset(first(i)), n) };
            fold_span([row], start, end, R::NEUTRAL, |[x]| R::lift(x), R::combine)
        };
        reduce_rows(m, n, out, R::NEUTRAL, &span, R::combine);
        return;
    }
    let span = |i: usize, start: usize, end: usize| {
        let row = input.with_layout(inner.0.clone(), inner.1.clone(), input.offset + first(i));
        gathered_span::<T, R>(&row, start, end)
    };
    reduce_rows(m, n, out, R::NEUTRAL, &span, R::combine);
}

/// m results from n elements each; `span` reduces the elements from one position to another of one of them.
fn reduce_rows<A: Element>(
    m: usize,
    n: usize,
    out: &Shared<A>,
    neutral: A,
    span: &(dyn Fn(usize, usize, usize) -> A + Sync),
    combine: fn(A, A) -> A,
) {
    if m == 1 && n > SPAN {
        let spans = n.div_ceil(SPAN);
        let mut total = Pairs::new();
        let mut partial = vec![neutral; spans.min(SPANS)];
        for first in (0..spans).step_by(SPANS) {
            let count = SPANS.min(spans - first);
            let shared = Shared::of_slice(&mut partial);
            parallel_for(count, &|s| {
                let start = (first + s) * SPAN;
                let value = span(0, start, n.min(start + SPAN));
                // SAFETY: task s alone writes element s.
                unsafe { shared.set(s, value) };
            });
            for &value in &partial[..count] {
                total.push(value, combine);
            }
        }
        // SAFETY: this task alone writes the output.
        unsafe { out.set(0, total.finish(combine).unwrap_or(neutral)) };
        return;
    }
    let one = |i: usize| {
        let value = if n <= SPAN {
            span(i, 0, n)
        } else {
            let mut total = Pairs::new();
            for start in (0..n).step_by(SPAN) {
                interrupt::poll();
                total.push(span(i, start, n.min(start + SPAN)), combine);
            }
            total.finish(combine).unwrap_or(neutral)
        };
        // SAFETY: result i is written once.
        unsafe { out.set(i, value) };
    };
    let per_task = (SERIAL / n).max(1);
    parallel_for(m.div_ceil(per_task), &|task| {
        (task * per_task..m.min((task + 1) * per_task)).for_each(one)
    });
}

/// One span of a row whose elements lie apart: they are gathered block by block.
fn gathered_span<T: Number, R: Reducer<T>>(row: &Array, start: usize, end: usize) -> R::Acc {
    let (iteration, access) = Iteration::new(&row.shape, std::slice::from_ref(row));
    let mut scratch = Scratch::<T>::new();
    let mut total: Option<R::Acc> = None;
    let mut at = start;
    while at < end {
        let len = BLOCK.min(end - at);
        // SAFETY: at + len is within the row; the scratch has room for a block.
        unsafe { iteration.load(row, &access[0], at, len, scratch.room().cast()) };
        // SAFETY: these were just loaded.
        let value = block::<T, R>(unsafe { scratch.filled(len) });
        total = Some(total.map_or(value, |t| R::combine(t, value)));
        at += len;
    }
    total.unwrap_or(R::NEUTRAL)
}

/// Room for a block of elements, not zeroed: most rows are shorter.
struct Scratch<T>([MaybeUninit<T>; BLOCK]);

impl<T: Copy> Scratch<T> {
    fn new() -> Scratch<T> {
        Scratch([const { MaybeUninit::uninit() }; BLOCK])
    }

    fn room(&mut self) -> *mut T {
        self.0.as_mut_ptr().cast()
    }

    /// # Safety
    /// The first `n` elements have been written.
    unsafe fn filled(&self, n: usize) -> &[T] {
        // SAFETY: as the caller says.
        unsafe { std::slice::from_raw_parts(self.0[..n].as_ptr().cast(), n) }
    }
}

#[inline(always)]
fn block<T: Number, R: Reducer<T>>(values: &[T]) -> R::Acc {
    fold_block([values], R::NEUTRAL, |[x]| R::lift(x), R::combine)
}

/// Combines what `lift` makes of the elements at each position of `rows`, which have one length, in the order in
/// which `run` reduces one result: fused kernels that fold rows on the way give the bits of the plain ops.
#[inline(always)]
pub fn fold_row<T: Copy, A: Copy, const N: usize>(
    rows: [&[T]; N],
    neutral: A,
    lift: impl Fn([T; N]) -> A,
    combine: impl Fn(A, A) -> A,
) -> A {
    let n = rows[0].len();
    if n <= SPAN {
        return fold_span(rows, 0, n, neutral, &lift, &combine);
    }
    let mut total = Pairs::new();
    let mut at = 0;
    while at < n {
        let end = n.min(at + SPAN);
        total.push(fold_span(rows, at, end, neutral, &lift, &combine), &combine);
        at = end;
    }
    total.finish(combine).unwrap_or(neutral)
}

#[inline(always)]
fn fold_span<T: Copy, A: Copy, const N: usize>(
    rows: [&[T]; N],
    start: usize,
    end: usize,
    neutral: A,
    lift: impl Fn([T; N]) -> A,
    combine: impl Fn(A, A) -> A,
) -> A {
    let mut span = neutral;
    let mut at = start;
    while at < end {
        let stop = end.min(at + BLOCK);
        let mut parts = rows;
        for part in &mut parts {
            *part = &part[at..stop];
        }
        let value = fold_block(parts, neutral, &lift, &combine);
        span = if at == start { value } else { combine(span, value) };
        at = stop;
    }
    span
}

/// Values combined in their order, in pairs, pairs of pairs, and so on: a sum of many rounds once per doubling.
struct Pairs<A> {
    count: usize,
    /// A combination of 2^k values for every bit k of the count, the largest first.
    waiting: SmallVec<[A; 4]>,
}

impl<A: Copy> Pairs<A> {
    fn new() -> Pairs<A> {
        Pairs {
            count: 0,
            waiting: SmallVec::new(),
        }
    }

    fn push(&mut self, mut value: A, combine: impl Fn(A, A) -> A) {
        for _ in 0..self.count.trailing_ones() {
            let earlier = self.waiting.pop().expect("one for every bit");
            value = combine(earlier, value);
        }
        self.waiting.push(value);
        self.count += 1;
    }

    fn finish(self, combine: impl Fn(A, A) -> A) -> Option<A> {
        self.waiting
            .into_iter()
            .rev()
            .reduce(|later, earlier| combine(earlier, later))
    }
}

/// As `fold_row` for several rows, with the same bits. Their lanes are combined side by side: short rows do not wait
/// for one combination after the other.
#[inline(always)]
pub fn fold_rows<T: Copy, A: Copy, const N: usize, const R: usize>(
    rows: [[&[T]; N]; R],
    neutral: A,
    lift: impl Fn([T; N]) -> A,
    combine: impl Fn(A, A) -> A,
) -> [A; R] {
    let mut totals = [neutral; R];
    if rows[0][0].len() > BLOCK {
        for r in 0..R {
            totals[r] = fold_row(rows[r], neutral, &lift, &combine);
        }
        return totals;
    }
    let mut lanes = [[neutral; LANES]; R];
    for r in 0..R {
        lanes[r] = block_lanes(rows[r], neutral, &lift, &combine);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lanes in &mut lanes {
            for l in 0..width {
                lanes[l] = combine(lanes[l], lanes[l + width]);
            }
        }
        width /= 2;
    }
    for r in 0..R {
        totals[r] = lanes[r][0];
    }
    totals
}

#[inline(always)]
fn fold_block<T: Copy, A: Copy, const N: usize>(
    rows: [&[T]; N],
    neutral: A,
    lift: impl Fn([T; N]) -> A,
    combine: impl Fn(A, A) -> A,
) -> A {
    fold_lanes(block_lanes(rows, neutral, lift, &combine), combine)
}

/// Lane l combines the elements at positions l mod `LANES`.
#[inline(always)]
fn block_lanes<T: Copy, A: Copy, const N: usize>(
    rows: [&[T]; N],
    neutral: A,
    lift: impl Fn([T; N]) -> A,
    combine: impl Fn(A, A) -> A,
) -> [A; LANES] {
    let mut lanes = [neutral; LANES];
    let n = rows[0].len();
    let whole = n - n % LANES;
    let mut at = 0;
    // Loops over indices: closures of iterators would not be compiled for the caller's SIMD level.
    while at < whole {
        let mut chunks = rows;
        for chunk in &mut chunks {
            *chunk = &chunk[at..at + LANES];
        }
        for l in 0..LANES {
            lanes[l] = combine(lanes[l], lift(column(&chunks, l)));
        }
        at += LANES;
    }
    // A copy, so that the loop above keeps its lanes in registers.
    let mut ends = lanes;
    for l in 0..n - whole {
        ends[l] = combine(ends[l], lift(column(&rows, whole + l)));
    }
    ends
}

#[inline(always)]
fn column<T: Copy, const N: usize>(rows: &[&[T]; N], i: usize) -> [T; N] {
    let mut values = [rows[0][i]; N];
    for k in 1..N {
        values[k] = rows[k][i];
    }
    values
}

/// Pairwise: lane l with lane l + 8, then + 4, + 2, + 1.
#[inline(always)]
fn fold_lanes<A: Copy>(mut lanes: [A; LANES], combine: impl Fn(A, A) -> A) -> A {
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            lanes[l] = combine(lanes[l], lanes[l + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// The same tree for many neighbouring results at once: memory is read along the rows.
fn columns<T: Number, R: Reducer<T>>(input: &Array, plan: &Plan, out: &Shared<R::Acc>) {
    let (outer, inner) = (&plan.outer, &plan.inner);
    let width = outer.0[outer.0.len() - 1];
    let groups = numel(&outer.0) / width;
    let n = numel(&inner.0);
    let per_row = width.div_ceil(COLUMNS);
    let src = input.ptr() as usize;
    parallel_for(groups * per_row, &|task| {
        let (group, part) = (task / per_row, task % per_row);
        let first = part * COLUMNS;
        let len = COLUMNS.min(width - first);
        let base = Walk::new(&outer.0, group * width).offset(&outer.1) + first as isize;
        let mut walk = Walk::new(&inner.0, 0);
        let mut total: Pairs<[R::Acc; COLUMNS]> = Pairs::new();
        let mut span_total: Option<[R::Acc; COLUMNS]> = None;
        let mut lanes = [[R::NEUTRAL; COLUMNS]; LANES];
        for position in 0..n {
            // SAFETY: `len` neighbouring elements of the input.
            let row = unsafe {
                let at = (src as *const T).offset(base + walk.offset(&inner.1));
                std::slice::from_raw_parts(at, len)
            };
            let lane = &mut lanes[position % LANES];
            for (a, &x) in lane.iter_mut().zip(row) {
                *a = R::combine(*a, R::lift(x));
            }
            walk.advance(&inner.0, 1);
            let done = position + 1;
            if done % BLOCK == 0 {
                interrupt::poll();
            }
            if done % BLOCK == 0 || done == n {
                let mut value = [R::NEUTRAL; COLUMNS];
                for (c, v) in value.iter_mut().enumerate() {
                    let column: [R::Acc; LANES] = std::array::from_fn(|l| lanes[l][c]);
                    *v = fold_lanes(column, R::combine);
                }
                lanes = [[R::NEUTRAL; COLUMNS]; LANES];
                span_total = Some(span_total.map_or(value, |t| merged::<T, R>(t, value)));
            }
            if (done % SPAN == 0 || done == n)
                && let Some(value) = span_total.take()
            {
                total.push(value, merged::<T, R>);
            }
        }
        // SAFETY: this task alone writes these results.
        let target = unsafe { out.slice(group * width + first, len) };
        if let Some(total) = total.finish(merged::<T, R>) {
            target.copy_from_slice(&total[..len]);
        }
    });
}

fn merged<T, R: Reducer<T>>(mut a: [R::Acc; COLUMNS], b: [R::Acc; COLUMNS]) -> [R::Acc; COLUMNS] {
    a.iter_mut().zip(b).for_each(|(a, b)| *a = R::combine(*a, b));
    a
}
