//! Norms, moments and counts, made of sums.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Outcome, Places, Value};
use crate::graph::{Arg, Tensor};
use crate::ops::create;
use crate::ops::elementwise::arithmetic::{abs, add, div, maximum, mul, pow, square, sub};
use crate::ops::elementwise::compare::{eq, isnan, ne};
use crate::ops::elementwise::limits::root;
use crate::ops::elementwise::rounding::floor;
use crate::ops::elementwise::select::r#where;
use crate::ops::floats::{need_float, rounded_once};
use crate::ops::graph::cast;
use crate::ops::index::bounds::Negative;
use crate::ops::index::take::{INDEX_PUT_ACCUMULATE, Place, put};
use crate::ops::reduce::{Spread, amax, amin, mean, sum, var};
use crate::ops::shape::concat::stack;
use crate::ops::shape::view::reshape;
use crate::shape::{normalize_dim, reduced_dims};
use crate::stream::look;
use smallvec::SmallVec;

/// PyTorch's ways to compute Euclidean distances.
const EUCLIDEAN: [&str; 3] = [
    "use_mm_for_euclid_dist_if_necessary",
    "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
];

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "norm",
        signature: "(input: Tensor, p: float | str | None = \"fro\", dim: int | Sequence[int] | None = None, \
                    keepdim: bool = False, dtype: dtype | None = None) -> Tensor",
        doc: "The vector norm `(sum |x|^p)^(1/p)` over `dim` (all dimensions when left out). \"fro\" is p = 2; infinity \
              gives the largest magnitude, minus infinity the smallest, 0 the number of elements that are not 0. The \
              derivative of the 2-norm at 0 is 0.\n\n\
              >>> ravine.norm(ravine.tensor([3.0, 4.0]))\ntensor(5.)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let p = match a.value(1) {
                Value::None => 2.0,
                Value::Str(s) if s == "fro" => 2.0,
                Value::Str(s) if s == "inf" => f64::INFINITY,
                Value::Str(s) if s == "-inf" => f64::NEG_INFINITY,
                Value::Str(s) => {
                    let text =
                        format!("p='{s}' must be a number or 'fro'. Norms of singular values are not here");
                    return Err(Error::value("norm", text));
                }
                _ => a.float(1)?,
            };
            let x = a.tensor(0)?;
            let x = a
                .opt_dtype(4)?
                .map_or_else(|| Ok(x.clone()), |d| cast::cast(x, d))?;
            need_float("norm", &x)?;
            let dims = reduced_dims("norm", a.opt_ints(2)?.as_deref(), x.rank())?;
            Ok(norm(&x, p, &dims, a.flag(3)?)?.into())
        },
    },
    Function {
        name: "var_mean",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool | None = None, keepdim: bool = False, \
                    *, correction: Number | None = None) -> tuple[Tensor, Tensor]",
        doc: "`var` and `mean` over `dim`.\n\n\
              >>> ravine.var_mean(ravine.tensor([1.0, 2.0, 3.0]))\n(tensor(1.), tensor(2.))\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| a.widened(|a| moments(a, Ok)),
    },
    Function {
        name: "std_mean",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool | None = None, keepdim: bool = False, \
                    *, correction: Number | None = None) -> tuple[Tensor, Tensor]",
        doc: "`std` and `mean` over `dim`.\n\n\
              >>> ravine.std_mean(ravine.tensor([1.0, 2.0, 3.0]))\n(tensor(1.), tensor(2.))\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| a.widened(|a| moments(a, |v| root(&v))),
    },
    Function {
        name: "nansum",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, \
                    dtype: dtype | None = None) -> Tensor",
        doc: "`sum` over the elements that are not NaN.\n\n\
              >>> ravine.nansum(ravine.tensor([1.0, float(\"nan\"), 2.0]))\ntensor(3.)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, dims) = present(a)?;
            let total = sum(&x.values, &dims, a.flag(2)?)?;
            Ok(cast::cast(&total, a.opt_dtype(3)?.unwrap_or(total.dtype()))?.into())
        },
    },
    Function {
        name: "nanmean",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, \
                    dtype: dtype | None = None) -> Tensor",
        doc: "`mean` over the elements that are not NaN.\n\n\
              >>> ravine.nanmean(ravine.tensor([1.0, float(\"nan\"), 2.0]))\ntensor(1.5000)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let (x, dims) = present(a)?;
            need_float("nanmean", &x.values)?;
            let wide = cast::cast(&x.values, x.values.dtype().compute_dtype())?;
            let count = cast::cast(&sum(&x.there, &dims, a.flag(2)?)?, wide.dtype())?;
            Ok(cast::cast(&div(sum(&wide, &dims, a.flag(2)?)?, count)?, x.values.dtype())?.into())
        },
    },
    Function {
        name: "count_nonzero",
        signature: "(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor",
        doc: "How many elements over `dim` are not 0, as int64.\n\n\
              >>> ravine.count_nonzero(ravine.tensor([0, 3, 4]))\ntensor(2)\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let dims = reduced_dims("count_nonzero", a.opt_ints(1)?.as_deref(), x.rank())?;
            Ok(sum(&cast::cast(x, DType::Bool)?, &dims, false)?.into())
        },
    },
    Function {
        name: "aminmax",
        signature: "(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> tuple[Tensor, Tensor]",
        doc: "`amin` and `amax` over `dim`, or over all elements.\n\n\
              >>> ravine.aminmax(ravine.tensor([2, 7, 5]))\naminmax(min=tensor(2), max=tensor(7))\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| {
            let x = a.tensor(0)?;
            let dims: SmallVec<[usize; 4]> = match a.opt_int(1)? {
                Some(dim) if x.rank() > 0 => {
                    std::iter::once(normalize_dim("aminmax", dim, x.rank())?).collect()
                }
                _ => (0..x.rank()).collect(),
            };
            let pair = vec![amin(x, &dims, a.flag(2)?)?, amax(x, &dims, a.flag(2)?)?];
            Ok(Outcome::Named("aminmax", &["min", "max"], pair))
        },
    },
    Function {
        name: "bincount",
        signature: "(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor",
        doc: "How often each integer from 0 to the largest occurs in a vector, as int64; with `weights` their sums. At \
              least `minlength` of them. The largest is looked at.\n\n\
              >>> ravine.bincount(ravine.tensor([0, 2, 2]))\ntensor([1, 0, 2])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| Ok(bincount(a)?.into()),
    },
    Function {
        name: "histc",
        signature: "(input: Tensor, bins: int = 100, min: float = 0.0, max: float = 0.0) -> Tensor",
        doc: "How many elements lie in each of `bins` equal intervals from `min` to `max` (the extremes of the elements when \
              both are 0). Elements outside are left out; `max` belongs to the last interval.\n\n\
              >>> ravine.histc(ravine.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)\ntensor([0., 2., 1., 0.])\n",
        places: Places::BOTH,
        effect: Effect::Pure,
        call: |a| a.widened(|a| Ok(histc(a)?.into())),
    },
    Function {
        name: "cdist",
        signature: "(x1: Tensor, x2: Tensor, p: float = 2.0, \
                    compute_mode: str = \"use_mm_for_euclid_dist_if_necessary\") -> Tensor",
        doc: "The p-norm of the difference of every row of `x1` (.., n, d) and every row of `x2` (.., m, d), as (.., n, m). \
              Whatever `compute_mode` says, differences are taken: a product of matrices would cancel digits.\n\n\
              >>> ravine.cdist(ravine.tensor([[0.0, 0.0]]), ravine.tensor([[3.0, 4.0]]))\ntensor([[5.]])\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            a.widened(|a| {
                let (x, y) = (a.tensor(0)?, a.tensor(1)?);
                if !EUCLIDEAN.contains(&a.text(3)?) {
                    let text = format!(
                        "compute_mode '{}' is not one of {}",
                        a.text(3)?,
                        EUCLIDEAN.join(", ")
                    );
                    return Err(Error::value("cdist", text));
                }
                for (i, t) in [x, y].into_iter().enumerate() {
                    need_float("cdist", t)?;
                    if t.rank() < 2 {
                        return Err(Error::rank("cdist", a.names[i], "at least 2", t.shape()));
                    }
                }
                let apart = |t: &Tensor, from_end: usize| {
                    let mut shape = t.shape().clone();
                    shape.insert(shape.len() - from_end, 1);
                    reshape(t, &shape)
                };
                let gap = sub(apart(x, 1)?, apart(y, 2)?)?;
                Ok(norm(&gap, a.float(2)?, &[gap.rank() - 1], false)?.into())
            })
        },
    },
];

pub fn norm(x: &Tensor, p: f64, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    rounded_once(x, |x| norm_of(x, p, dims, keepdim))
}

fn norm_of(x: &Tensor, p: f64, dims: &[usize], keepdim: bool) -> Result<Tensor> {
    if p == 2.0 {
        return root(&sum(&square(x)?, dims, keepdim)?);
    }
    if p == 0.0 {
        return cast::cast(&sum(&ne(x, 0.0)?, dims, keepdim)?, x.dtype());
    }
    let size = abs(x)?;
    if p == 1.0 {
        return sum(&size, dims, keepdim);
    }
    if p == f64::INFINITY {
        return amax(&size, dims, keepdim);
    }
    if p == f64::NEG_INFINITY {
        return amin(&size, dims, keepdim);
    }
    if p < 0.0 {
        return pow(sum(&pow(&size, p)?, dims, keepdim)?, 1.0 / p);
    }
    let zero = eq(&size, 0.0)?;
    let powers = r#where(&zero, 0.0, pow(r#where(&zero, 1.0, &size)?, p)?)?;
    // As for the square root, the slope at 0 is taken to be 0.
    let total = sum(&powers, dims, keepdim)?;
    let zero = eq(&total, 0.0)?;
    r#where(&zero, 0.0, pow(r#where(&zero, 1.0, &total)?, 1.0 / p)?)
}

fn moments(a: &Args, of_variance: fn(Tensor) -> Result<Tensor>) -> Result<Outcome> {
    let s = Spread::new(a)?;
    need_float(a.function, s.x)?;
    Ok(Outcome::Many(vec![
        of_variance(var(s.x, &s.dims, s.correction, s.keepdim)?)?,
        mean(s.x, &s.dims, s.keepdim)?,
    ]))
}

/// The elements with 0 in place of NaN, and which of them are there.
struct Present {
    values: Tensor,
    there: Tensor,
}

fn present(a: &Args) -> Result<(Present, SmallVec<[usize; 4]>)> {
    let x = a.tensor(0)?;
    let x = a
        .opt_dtype(3)?
        .map_or_else(|| Ok(x.clone()), |d| cast::cast(x, d))?;
    let dims = reduced_dims(a.function, a.opt_ints(1)?.as_deref(), x.rank())?;
    let missing = isnan(&x)?;
    let values = if x.dtype().is_float() {
        r#where(&missing, 0.0, &x)?
    } else {
        x
    };
    Ok((
        Present {
            values,
            there: crate::ops::elementwise::compare::logical_not(&missing)?,
        },
        dims,
    ))
}

/// Ones or weights added up at the places of an int64 vector.
fn counted(places: &Tensor, weights: &Tensor, bins: usize) -> Result<Tensor> {
    let zeros = create::full(&[bins], 0.0, weights.dtype())?;
    put(
        &INDEX_PUT_ACCUMULATE,
        &zeros,
        weights,
        &[Arg::from(places)],
        &Place::one(0, Negative::Error),
    )
}

fn bincount(a: &Args) -> Result<Tensor> {
    let (x, least) = (a.tensor(0)?, a.int(2)?);
    if x.dtype().is_float() || x.dtype() == DType::Bool {
        return Err(Error::dtype("bincount", x.dtype(), "an integer dtype"));
    }
    if x.rank() != 1 {
        return Err(Error::rank("bincount", "input", "1", x.shape()));
    }
    let mut bins = create::size("bincount", &[least])?[0];
    let places = cast::cast(x, DType::I64)?;
    if x.numel() > 0 {
        let ends = stack(&[amin(&places, &[0], false)?, amax(&places, &[0], false)?], 0)?;
        let ends = look("bincount", &ends)?;
        let [low, high] = ends.as_slice::<i64>() else {
            unreachable!("two numbers")
        };
        if *low < 0 {
            return Err(Error::value(
                "bincount",
                format!("{low} is negative; only integers from 0 on are counted"),
            ));
        }
        bins = bins.max(*high as usize + 1);
    }
    let weights = match a.opt_tensor(1)? {
        Some(w) if w.shape() != x.shape() => {
            let text = format!(
                "weights have shape {}, input has {}",
                crate::shape::show(w.shape()),
                crate::shape::show(x.shape())
            );
            return Err(Error::shape("bincount", text));
        }
        Some(w) if w.dtype() == DType::F32 => w.clone(),
        Some(w) => cast::cast(w, DType::F64)?,
        None => create::full(x.shape(), 1i64, DType::I64)?,
    };
    counted(&places, &weights, bins)
}

fn histc(a: &Args) -> Result<Tensor> {
    let (x, bins, low, high) = (a.tensor(0)?, a.int(1)?, a.float(2)?, a.float(3)?);
    need_float("histc", x)?;
    if bins <= 0 || low > high || !(low.is_finite() && high.is_finite()) {
        let text = format!("bins={bins} must be positive, and min={low} and max={high} finite and in order");
        return Err(Error::value("histc", text));
    }
    let bins = bins as usize;
    if x.numel() == 0 {
        return create::full(&[bins], 0.0, x.dtype());
    }
    let flat = crate::ops::graph::identity::detach(&reshape(x, &[x.numel()])?)?;
    let (low, high) = if low == high {
        // The extremes, or a range of 1 around the one value.
        let (least, most) = (amin(&flat, &[0], false)?, amax(&flat, &[0], false)?);
        let one = eq(&least, &most)?;
        (
            r#where(&one, sub(&least, 1.0)?, &least)?,
            r#where(&one, add(&most, 1.0)?, &most)?,
        )
    } else {
        (
            create::full(&[], low, x.dtype())?,
            create::full(&[], high, x.dtype())?,
        )
    };
    let inside = crate::ops::elementwise::compare::logical_and(
        crate::ops::elementwise::compare::ge(&flat, &low)?,
        crate::ops::elementwise::compare::le(&flat, &high)?,
    )?;
    let safe = r#where(&inside, &flat, &low)?;
    let place = floor(mul(div(sub(&safe, &low)?, sub(&high, &low)?)?, bins as f64)?)?;
    let place =
        crate::ops::elementwise::arithmetic::minimum(cast::cast(&place, DType::I64)?, bins as i64 - 1)?;
    let place = maximum(&place, 0i64)?;
    counted(&place, &cast::cast(&inside, x.dtype())?, bins)
}
