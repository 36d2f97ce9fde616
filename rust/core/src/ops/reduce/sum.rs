//! Reductions over dimensions. The tree is fixed by the logical shape, so the bits do not depend on layout or threads
//! (see `cpu::reduce`).

use crate::cpu::reduce::{self, Sum};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places, Value};
use crate::graph::Tensor;
use crate::op::{Accuracy, Batch, Class, Cpu, Jvp, Op, Plain, Tests, Vjp};
use crate::ops::elementwise::arithmetic::{div, mul, sub};
use crate::ops::elementwise::exponential::{exp, log};
use crate::ops::elementwise::limits::root;
use crate::ops::floats::{need_float, rounded_once};
use crate::ops::graph::cast;
use crate::ops::reduce::amax;
use crate::ops::reduce::fold::Fold;
use crate::ops::reduce::rule::{
    batch, dims_of, in_dtype, program, range, record, reduction, restore, shape_of, spliced,
};
use crate::ops::shape::view;
use crate::shape::reduced_dims;
use smallvec::{SmallVec, smallvec};

reduction!(
    SUM,
    "sum",
    "Sum over `dim` (all dimensions when left out). Integers and booleans add up in int64; float16 and bfloat16 are \
     accumulated in float32. With `dtype` the elements and the sum are of that dtype.\n\n>>> ravine.sum(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]), 0)\ntensor([4., 6.])\n",
    "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None) -> Tensor",
    |a| {
        let (dims, keepdim) = range(a, a.tensor(0)?.rank())?;
        in_dtype(a, 3, |x| sum(x, &dims, keepdim))
    },
    |r| {
        let dtype = if r.dtype(0).is_float() {
            r.dtype(0)
        } else {
            DType::I64
        };
        Ok(smallvec![(shape_of(r), dtype)])
    },
    Sum,
    spliced(|c| program(c, Fold::sum(c)?)),
    Vjp::Rule(|c, g, _| {
        let x = c.tensor(0).shape();
        let back = |g: &Tensor| view::expand(&restore(g, x, &dims_of(c.attrs))?, x);
        Ok(smallvec![g[0].as_ref().map(back).transpose()?])
    }),
    Jvp::Linear,
    "np.sum(input, axis=dim, keepdims=keepdim)",
    Accuracy::Sum(1.0)
);

pub fn sum(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    record(&SUM, x, dims, keepdim)
}

fn count(shape: &[usize], dims: &[usize]) -> usize {
    dims.iter().map(|&d| shape[d]).product()
}

pub fn mean(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    need_float("mean", x)?;
    rounded_once(x, |x| div(sum(x, dims, keepdim)?, count(x.shape(), dims) as f64))
}

/// Two passes: the mean, then the squares of the distances to it.
pub fn var(x: &Tensor, dims: &[usize], correction: f64, keepdim: bool) -> Result<Tensor> {
    need_float("var", x)?;
    rounded_once(x, |x| var_wide(x, dims, correction, keepdim))
}

fn var_wide(x: &Tensor, dims: &[usize], correction: f64, keepdim: bool) -> Result<Tensor> {
    let centred = sub(x, mean(x, dims, true)?)?;
    let n = count(x.shape(), dims) as f64 - correction;
    div(sum(&mul(&centred, &centred)?, dims, keepdim)?, n.max(0.0))
}

/// `log sum exp` without overflow: the maximum is taken out first and put back.
pub fn logsumexp(x: &Tensor, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    let x = if x.dtype().is_float() {
        x.clone()
    } else {
        cast::cast(x, DType::F32)?
    };
    if count(x.shape(), dims) == 0 {
        // There is no maximum, and no overflow: log 0.
        return log(sum(&exp(&x)?, dims, keepdim)?);
    }
    let top = crate::mode::with_grad(false, || amax(&x, dims, true))?;
    let top = crate::ops::graph::identity::detach(&top)?;
    // Rows of -inf (or with +inf) would give inf - inf.
    let finite =
        crate::ops::elementwise::compare::lt(crate::ops::elementwise::arithmetic::abs(&top)?, f64::INFINITY)?;
    let top = crate::ops::elementwise::select::r#where(finite, &top, 0.0)?;
    let total = log(sum(&exp(sub(&x, &top)?)?, dims, keepdim)?)?;
    crate::ops::elementwise::arithmetic::add(&total, view::reshape(&top, total.shape())?)
}

/// What `var` and its like are asked for.
pub struct Spread<'a> {
    pub x: &'a Tensor,
    pub dims: SmallVec<[usize; 4]>,
    pub correction: f64,
    pub keepdim: bool,
}

impl Spread<'_> {
    /// Of `(input, dim, unbiased, keepdim, *, correction)`, or of `(input, unbiased)`.
    pub fn new<'a>(a: &'a Args) -> Result<Spread<'a>> {
        let x = a.tensor(0)?;
        let (dims, unbiased) = match a.value(1) {
            Value::Bool(unbiased) if a.is_none(2) => (None, Some(*unbiased)),
            _ if a.is_none(2) => (a.opt_ints(1)?, None),
            _ => (a.opt_ints(1)?, Some(a.flag(2)?)),
        };
        let correction = match (unbiased, a.is_none(4)) {
            (Some(_), false) => {
                let text = "unbiased and correction are two names of one thing. Give one of them";
                return Err(Error::value(a.function, text));
            }
            (unbiased, true) => unbiased.unwrap_or(true) as u8 as f64,
            (None, false) => a.float(4)?,
        };
        let dims = reduced_dims(a.function, dims.as_deref(), x.rank())?;
        Ok(Spread {
            x,
            dims,
            correction,
            keepdim: a.flag(3)?,
        })
    }
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "mean",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None) -> Tensor",
        doc: "Arithmetic mean over `dim`; NaN over no element.\n\n>>> ravine.mean(ravine.tensor([1.0, 2.0, 6.0]))\ntensor(3.)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (dims, keepdim) = range(a, a.tensor(0)?.rank())?;
            in_dtype(a, 3, |x| mean(x, &dims, keepdim))
        },
    },
    Function {
        name: "var",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool | None = None, keepdim: bool = False, \
                    *, correction: Number | None = None) -> Tensor",
        doc: "Variance over `dim`: the squared distances to the mean, summed and divided by `n - correction` (1, the default, \
              gives the unbiased estimate; `unbiased=False` is an older name for 0).\n\n>>> ravine.var(ravine.tensor([1.0, 2.0, 3.0]))\ntensor(1.)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let s = Spread::new(a)?;
                Ok(var(s.x, &s.dims, s.correction, s.keepdim)?.into())
            })
        },
    },
    Function {
        name: "std",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool | None = None, keepdim: bool = False, \
                    *, correction: Number | None = None) -> Tensor",
        doc: "Standard deviation over `dim`: the square root of `var`.\n\n>>> ravine.std(ravine.tensor([1.0, 2.0, 3.0]))\ntensor(1.)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let s = Spread::new(a)?;
                Ok(root(&var(s.x, &s.dims, s.correction, s.keepdim)?)?.into())
            })
        },
    },
    Function {
        name: "logsumexp",
        signature: "(input: Tensor, dim: int | Sequence[int], keepdim: bool = False) -> Tensor",
        doc: "`log(sum(exp(x)))` over `dim`, computed without overflow as `m + log(sum(exp(x - m)))` with m the maximum; minus \
              infinity over no element.\n\n\
              >>> ravine.logsumexp(ravine.tensor([1000.0, 1000.0]), 0)\ntensor(1000.6932)\n",
        places: Places::BOTH.and(Places::SPECIAL),
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let x = a.tensor(0)?;
                let (dims, keepdim) = range(a, x.rank())?;
                Ok(logsumexp(x, &dims, keepdim)?.into())
            })
        },
    },
];
