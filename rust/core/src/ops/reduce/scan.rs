//! Running sums, each line added up in order from its first element.
//!
//! A sum of n elements x is carried in more digits than its results have: a result is off by half a unit of its own last
//! place, and by at most n 2^-53 sum |x| (float32 and narrower) or n^2 2^-106 sum |x| (float64) more.

use crate::array::{Array, Element};
use crate::cpu::Shared;
use crate::cpu::threads::parallel_for;
use crate::dtype::DType;
use crate::error::Result;
use crate::function::{Effect, Function, Places};
use crate::gpu::Gpu;
use crate::graph::Tensor;
use crate::interrupt::{self, PER_POLL};
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::reduce;
use crate::ops::shape::view;
use crate::ops::shape::view::flip;
use crate::shape::{normalize_dim, numel};
use crate::stream::record_one;
use crate::work::Launch;
use smallvec::smallvec;

/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 15;
/// Neighbouring lines that are added up together.
const COLUMNS: usize = 256;

pub static CUMSUM: Op = Op {
    name: "cumsum",
    function: Some(Function {
        name: "cumsum",
        signature: "(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor",
        doc: "Sums of the elements up to and including each place along `dim`, added in order. Integers and booleans add \
              up in int64. Sums of floats are carried in about twice their digits, so that long lines lose nothing.\n\n\
              >>> ravine.cumsum(ravine.tensor([1.0, 2.0, 3.0]), 0)\ntensor([1., 3., 6.])\n",
        places: Places::BOTH,
        effect: Effect::Twin,
        call: |a| {
            let dim = normalize_dim("cumsum", a.int(1)?, a.tensor(0)?.rank())?;
            reduce::in_dtype(a, 2, |x| match x.rank() {
                0 => view::reshape(&cumsum(&view::reshape(x, &[1])?, 0)?, &[]),
                _ => cumsum(x, dim),
            })
        },
    }),
    class: Class::Structured,
    // attrs: [dim]
    meta: |r| {
        Ok(smallvec![(
            r.shape(0).into(),
            if r.dtype(0).is_float() {
                r.dtype(0)
            } else {
                DType::I64
            }
        )])
    },
    cpu: Cpu::Kernel(|l: &mut Launch| {
        let (input, dim) = (l.dense(0)?, l.attr(0) as usize);
        dispatch!(input.dtype, T => scan::<T>(&input, dim, &mut l.outputs[0]));
        Ok(())
    }),
    gpu: Gpu::Never("scans wait for the GPU engine"),
    vjp: Vjp::Rule(|c, g, _| {
        // Every element is part of all later sums.
        let dim = c.attrs[0] as usize;
        let back = |g: &Tensor| flip(&cumsum(&flip(g, &[dim])?, dim)?, &[dim]);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    jvp: Jvp::Linear,
    batch: Batch::Rule(|c, _, _| Ok(smallvec![cumsum(c.tensor(0), c.attrs[0] as usize + 1)?])),
    donates: &[],
    plain: Plain::Primitive("NumPy's cumsum is the oracle"),
    tests: Tests {
        reference: "np.cumsum(input, axis=dim) if np.ndim(input) else input",
        samples: &[
            "f(7), 0",
            "f(), 0",
            "f(0), 0",
            "f(3, 5), 0",
            "f(2, 3, 5), -2",
            "f(3, 1100), 1",
            "f(30, 700), 0",
            "b(9), 0",
        ],
        accuracy: Accuracy::Sum(1.0),
        domain: (-3.0, 3.0),
    },
};

pub fn cumsum(x: &Tensor, dim: usize) -> Result<Tensor> {
    record_one(&CUMSUM, smallvec![dim as i64], smallvec![], smallvec![x.into()])
}

/// An element that a running sum takes in.
trait Summand: Copy + Sync {
    type Total: Copy;
    type Result: Element;
    /// The sum before the first element.
    const START: Self::Total;
    fn add(total: Self::Total, x: Self) -> Self::Total;
    fn result(total: Self::Total) -> Self::Result;
}

impl Summand for f32 {
    type Total = f64;
    type Result = f32;
    // A sum of -0 is -0.
    const START: f64 = -0.0;
    #[inline(always)]
    fn add(total: f64, x: f32) -> f64 {
        total + f64::from(x)
    }
    #[inline(always)]
    fn result(total: f64) -> f32 {
        total as f32
    }
}

/// The sum, and what its roundings have lost (Knuth's TwoSum).
impl Summand for f64 {
    type Total = (f64, f64);
    type Result = f64;
    const START: (f64, f64) = (-0.0, 0.0);
    #[inline(always)]
    fn add((total, lost): (f64, f64), x: f64) -> (f64, f64) {
        let sum = total + x;
        let part = sum - total;
        let error = (total - (sum - part)) + (x - part);
        // Infinities lose nothing.
        (sum, if error.is_nan() { lost } else { lost + error })
    }
    #[inline(always)]
    fn result((total, lost): (f64, f64)) -> f64 {
        if lost == 0.0 { total } else { total + lost }
    }
}

macro_rules! integers {
    ($($type:ty),+) => { $(
        impl Summand for $type {
            type Total = i64;
            type Result = i64;
            const START: i64 = 0;
            #[inline(always)]
            fn add(total: i64, x: $type) -> i64 {
                total.wrapping_add(i64::from(x))
            }
            #[inline(always)]
            fn result(total: i64) -> i64 {
                total
            }
        }
    )+ };
}
integers!(u8, i32, i64);

fn scan<T: Summand>(input: &Array, dim: usize, out: &mut Array) {
    let (outer, n, inner) = (
        numel(&input.shape[..dim]),
        input.shape[dim],
        numel(&input.shape[dim + 1..]),
    );
    if out.numel() == 0 {
        return;
    }
    let out = Shared::<T::Result>::new(out);
    // SAFETY: `len` elements of the dense input from `start` on.
    let read = |start: usize, len: usize| unsafe {
        std::slice::from_raw_parts(input.ptr().cast::<T>().add(start), len)
    };
    if inner == 1 {
        let per_task = (SERIAL / n).max(1);
        parallel_for(outer.div_ceil(per_task), &|task| {
            for row in task * per_task..outer.min((task + 1) * per_task) {
                let source = read(row * n, n);
                // SAFETY: the row is this task's.
                let target = unsafe { out.slice(row * n, n) };
                let mut total = T::START;
                for (slots, part) in target.chunks_mut(PER_POLL).zip(source.chunks(PER_POLL)) {
                    for (slot, &x) in slots.iter_mut().zip(part) {
                        total = T::add(total, x);
                        *slot = T::result(total);
                    }
                    if slots.len() == PER_POLL {
                        interrupt::poll();
                    }
                }
            }
        });
        return;
    }
    let parts = inner.div_ceil(COLUMNS);
    parallel_for(outer * parts, &|task| {
        let (block, first) = (task / parts, task % parts * COLUMNS);
        let len = COLUMNS.min(inner - first);
        let mut total = [T::START; COLUMNS];
        for k in 0..n {
            let start = (block * n + k) * inner + first;
            // SAFETY: these columns are this task's.
            let target = unsafe { out.slice(start, len) };
            for ((slot, &x), total) in target.iter_mut().zip(read(start, len)).zip(&mut total) {
                *total = T::add(*total, x);
                *slot = T::result(*total);
            }
        }
    });
}
