//! Scaled dot-product attention (Vaswani et al., 2017), fused: no matrix of all scores is stored.

mod program;
mod slopes;

use crate::cpu::attention::{Factors, Masked, backward, forward};
use crate::dtype::DType;
use crate::error::{Error, Kind, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::gpu::{Gpu, Spliced};
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Call, Class, Cpu, Form, Jvp, Meta, Op, Plain, Request, Tests, Vjp};
use crate::ops::batch::all_batched;
use crate::ops::create::random;
use crate::ops::elementwise::arithmetic::{add, div, mul, sub};
use crate::ops::elementwise::compare::{eq, le};
use crate::ops::elementwise::exponential::exp;
use crate::ops::elementwise::select::r#where;
use crate::ops::floats::need_float;
use crate::ops::graph::{cast, identity};
use crate::ops::linalg::matmul::matmul;
use crate::ops::shape::view;
use crate::ops::{create, reduce};
use crate::shape::{Shape, broadcast, show};
use crate::stream::record;
use smallvec::{SmallVec, smallvec};

const NAME: &str = "scaled_dot_product_attention";

const ATTENTION_PLAIN: Form = Form(|c| {
    let parts = Parts::new(c, 0, 3)?;
    let out = matmul(&parts.weights()?, &parts.v)?;
    Ok(smallvec![cast::cast(&out, c.tensor(0).dtype())?])
});

attributes! {
    struct MaskedSlopes in Attrs {
        masked: Masked,
        /// Whether the cotangent of an added mask is asked for.
        of_mask: bool,
    }
}

/// inputs: query (.., L, E), key (.., S, E), value (.., S, V) under the same leading dimensions; then, where there is
/// one, the mask (.., L, S), bool or added, and what dropout keeps (.., L, S), bool.
/// attrs: `Masked`; data: `Factors`
/// output: (.., L, V)
pub static ATTENTION: Op = Op {
    name: NAME,
    function: Some(Function {
        name: NAME,
        signature: "(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0, \
                    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False) -> Tensor",
        doc: "`softmax(query key^T scale + mask) value` (Vaswani et al., 2017): `query` (..., L, E), `key` (..., S, E) and \
              `value` (..., S, V) give (..., L, V); leading dimensions broadcast. `scale` is `1 / sqrt(E)` by default. \
              `attn_mask` broadcasts to (..., L, S): a bool one is True where a query may see a key, a floating one, of \
              the query's dtype, is added to the scores. With `is_causal` query i sees keys 0 to i. A query that sees no \
              key gets zeros. `dropout_p` is the probability of dropping a weight, always applied. With `enable_gqa` the \
              heads (dimension -3) of key and value, whose number divides the query's, serve groups of query heads. \
              Time is that of all scores, memory that of the operands (and a byte for each weight with dropout). Raises \
              an error when shapes or dtypes do not fit, or a mask is given with `is_causal`.\n\n\
              >>> q = ravine.tensor([[0.0, 1.0], [1.0, 0.0]])\n\
              >>> ravine.scaled_dot_product_attention(q, q, q, is_causal=True)\n\
              tensor([[0.0000, 1.0000],\n        [0.6698, 0.3302]])\n",
        places: Places::TOP.and(Places::FUNCTIONAL),
        effect: Effect::Pure,
        call: |a| Ok(call(a)?.into()),
    }),
    class: Class::Structured,
    meta: |r| {
        let (q, v) = (r.shape(0), r.shape(2));
        let mut shape = Shape::from_slice(&q[..q.len() - 1]);
        shape.push(v[v.len() - 1]);
        Ok(smallvec![(shape, r.dtype(0))])
    },
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => forward::<T>(l))),
    gpu: Gpu::Spliced(Spliced {
        program: program::forward,
        any_layout: true,
        halves: false,
        load: None,
        store: None,
    }),
    vjp: Vjp::Rule(vjp),
    jvp: Jvp::Plain(ATTENTION_PLAIN),
    batch: Batch::Rule(again),
    donates: &[],
    plain: Plain::Form(ATTENTION_PLAIN),
    tests: Tests {
        reference: "attention(query, key, value, attn_mask, is_causal, scale, enable_gqa)",
        samples: &[
            "f(2, 3), f(4, 3), f(4, 5)",
            "f(1, 1), f(1, 1), f(1, 1)",
            "f(2, 3, 4), f(2, 3, 4), f(2, 3, 4), is_causal=True",
            "f(2, 3, 4), f(2, 5, 4), f(2, 5, 4), b(3, 5)",
            "f(2, 2, 3, 4), f(2, 2, 5, 4), f(2, 2, 5, 4), f(2, 1, 1, 5)",
            "f(2, 3, 4), f(5, 4), f(1, 5, 4), scale=0.3",
            "f(4, 3, 2), f(2, 5, 2), f(2, 5, 2), enable_gqa=True",
            "f(2, 3), f(0, 3), f(0, 5)",
            "f(0, 3), f(2, 3), f(2, 5)",
            "f(3, 70, 33), f(3, 70, 33), f(3, 70, 17), is_causal=True",
            "f(65, 8), f(130, 8), f(130, 8), f(65, 130)",
        ],
        accuracy: Accuracy::Sum(8.0),
        domain: (-1.5, 1.5),
    },
};

const ATTENTION_BACKWARD_PLAIN: Form = Form(backward_plain);

/// Cotangents of query, key and value and, if asked for, of the added mask.
/// inputs: cotangent, query, key, value, mask and dropout as there.
/// attrs: `MaskedSlopes`; data: as for `ATTENTION`
pub static ATTENTION_BACKWARD: Op = Op {
    name: "attention_backward",
    function: None,
    class: Class::Structured,
    meta: backward_meta,
    cpu: Cpu::Kernel(|l| dispatch_float!(l.outputs[0].dtype, T => backward::<T>(l))),
    gpu: Gpu::Spliced(Spliced {
        program: slopes::backward,
        any_layout: true,
        halves: false,
        load: None,
        store: None,
    }),
    vjp: Vjp::Plain(ATTENTION_BACKWARD_PLAIN),
    jvp: Jvp::Plain(ATTENTION_BACKWARD_PLAIN),
    batch: Batch::Rule(again),
    donates: &[],
    plain: Plain::Form(ATTENTION_BACKWARD_PLAIN),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Sum(8.0),
        domain: (-1.5, 1.5),
    },
};

fn backward_meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let dtype = r.dtype(1);
    let mut metas: SmallVec<[Meta; 1]> = (1..4).map(|i| (r.shape(i).into(), dtype)).collect();
    if MaskedSlopes::from(r.attrs).of_mask {
        let mut scores = Shape::from_slice(r.shape(1));
        scores.pop();
        scores.push(r.shape(2)[scores.len() - 1]);
        metas.push((scores, dtype));
    }
    Ok(metas)
}

fn call(a: &Args) -> Result<Tensor> {
    let (q, mut k, mut v) = (a.tensor(0)?.clone(), a.tensor(1)?.clone(), a.tensor(2)?.clone());
    let (mask, p, causal) = (a.opt_tensor(3)?, a.float(4)?, a.flag(5)?);
    need_float(NAME, &q)?;
    for (name, t) in [("key", &k), ("value", &v)] {
        if t.dtype() != q.dtype() {
            let text = format!(
                "query is {}, {name} is {}. Convert one with .to(dtype)",
                q.dtype(),
                t.dtype()
            );
            return Err(Error::new(Kind::DType, NAME, text));
        }
    }
    if let Some(t) = [&q, &k, &v].into_iter().find(|t| t.rank() < 2) {
        return Err(Error::rank(
            NAME,
            "query, key or value",
            "at least 2 (..., length, width)",
            t.shape(),
        ));
    }
    if !(0.0..=1.0).contains(&p) {
        return Err(Error::value(
            NAME,
            format!("dropout_p is {p}; a probability lies in [0, 1]"),
        ));
    }
    if causal && mask.is_some() {
        return Err(Error::value(
            NAME,
            "attn_mask and is_causal exclude each other. Put the triangle into the mask",
        ));
    }
    if a.flag(7)? {
        k = grouped(&q, &k)?;
        v = grouped(&q, &v)?;
    }
    let misfit = || {
        let text = format!(
            "query, key and value have shapes {}, {} and {}; they must be (..., L, E), (..., S, E) and (..., S, V), with \
             leading dimensions that broadcast",
            show(q.shape()),
            show(k.shape()),
            show(v.shape())
        );
        Error::shape(NAME, text)
    };
    let (queries, keys) = (q.shape()[q.rank() - 2], k.shape()[k.rank() - 2]);
    let width = q.shape()[q.rank() - 1];
    if k.shape()[k.rank() - 1] != width || v.shape()[v.rank() - 2] != keys {
        return Err(misfit());
    }
    let lead = |t: &Tensor| Shape::from_slice(&t.shape()[..t.rank() - 2]);
    let mut common = broadcast(&lead(&q), &lead(&k)).ok_or_else(misfit)?;
    common = broadcast(&common, &lead(&v)).ok_or_else(misfit)?;
    let expand = |t: &Tensor| {
        let mut shape = common.clone();
        shape.extend_from_slice(&t.shape()[t.rank() - 2..]);
        view::expand(t, &shape)
    };
    let mut args: SmallVec<[Arg; 3]> = smallvec![expand(&q)?.into(), expand(&k)?.into(), expand(&v)?.into()];
    let mut weights = common.clone();
    weights.extend([queries, keys]);
    if let Some(mask) = mask {
        check_mask(mask, &weights, q.dtype())?;
        args.push(view::expand(mask, &weights)?.into());
    }
    if p > 0.0 {
        args.push(random::mask(&weights, 1.0 - p)?.into());
    }
    let scale = if a.is_none(6) {
        1.0 / (width as f64).sqrt()
    } else {
        a.float(6)?
    };
    let factor = if p < 1.0 { 1.0 / (1.0 - p) } else { 0.0 };
    let masked = Masked {
        causal,
        mask: mask.is_some(),
        dropout: p > 0.0,
    };
    let factors = Factors { scale, kept: factor };
    Ok(record(&ATTENTION, masked.encode(), factors.encode(), args)?.swap_remove(0))
}

fn check_mask(mask: &Tensor, weights: &[usize], dtype: DType) -> Result<()> {
    if mask.dtype() != DType::Bool && mask.dtype() != dtype {
        let text = format!(
            "attn_mask is {}, the query is {dtype}. A mask is bool (True: may be seen) or has the query's dtype (added)",
            mask.dtype()
        );
        return Err(Error::new(Kind::DType, NAME, text));
    }
    if broadcast(mask.shape(), weights).is_none_or(|shape| *shape != *weights) {
        let text = format!(
            "attn_mask has shape {}, which does not broadcast to {} (..., L, S)",
            show(mask.shape()),
            show(weights)
        );
        return Err(Error::shape(NAME, text));
    }
    Ok(())
}

/// Key or value with each head repeated for its group of query heads.
fn grouped(q: &Tensor, t: &Tensor) -> Result<Tensor> {
    let heads = |t: &Tensor| (t.rank() >= 3).then(|| t.shape()[t.rank() - 3]);
    let (Some(wanted), Some(given @ 1..)) = (heads(q), heads(t)) else {
        return Err(Error::rank(
            NAME,
            "query, key or value",
            "at least 3 with enable_gqa",
            t.shape(),
        ));
    };
    if wanted % given != 0 {
        let text = format!(
            "the query has {wanted} heads, key or value {given}. With enable_gqa the second must divide the first"
        );
        return Err(Error::shape(NAME, text));
    }
    let at = t.rank() - 2;
    let mut shape = t.shape().clone();
    shape.insert(at, 1);
    let single = view::reshape(t, &shape)?;
    shape[at] = wanted / given;
    let repeated = view::expand(&single, &shape)?;
    shape.remove(at);
    shape[at - 1] = wanted;
    view::reshape(&repeated, &shape)
}

fn vjp(c: &Call, g: &[Option<Tensor>], needs: &[bool]) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let mut slopes: SmallVec<[Option<Tensor>; 3]> = smallvec![None; c.inputs.len()];
    let Some(g) = &g[0] else {
        return Ok(slopes);
    };
    let masked = Masked::from(c.attrs);
    let of_mask = masked.mask && needs[3] && c.tensor(3).dtype().is_float();
    let attrs = MaskedSlopes { masked, of_mask }.encode();
    let mut args: SmallVec<[Arg; 3]> = smallvec![g.into()];
    args.extend(c.inputs[..3].iter().cloned());
    args.extend(c.inputs[3..].iter().cloned());
    for (slope, found) in slopes
        .iter_mut()
        .zip(record(&ATTENTION_BACKWARD, attrs, c.data.clone(), args)?)
    {
        *slope = Some(found);
    }
    Ok(slopes)
}

/// The batch dimension is one more leading dimension.
fn again(c: &Call, batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    record(
        c.op,
        c.attrs.clone(),
        c.data.clone(),
        all_batched(c, batched, size)?,
    )
}

/// Attention's parts in plain ops; half precision widened.
struct Parts {
    q: Tensor,
    k: Tensor,
    v: Tensor,
    /// What dropout keeps, and its factor.
    kept: Option<(Tensor, f64)>,
    scale: f64,
    /// The softmax, 0 where no key is allowed.
    softmax: Tensor,
}

impl Parts {
    /// Of a call whose query is input `from` and whose masks begin at input `masks`.
    fn new(c: &Call, from: usize, masks: usize) -> Result<Parts> {
        let wide = |i: usize| cast::cast(c.tensor(i), c.tensor(i).dtype().compute_dtype());
        let (q, k, v) = (wide(from)?, wide(from + 1)?, wide(from + 2)?);
        // Those of a backward begin alike.
        let (masked, Factors { scale, kept }) = (Masked::from(c.attrs), c.data.into());
        let mut scores = mul(matmul(&q, &view::transpose_last(&k)?)?, scale)?;
        let (queries, keys) = (
            scores.shape()[scores.rank() - 2],
            scores.shape()[scores.rank() - 1],
        );
        if masked.mask {
            let mask = c.tensor(masks);
            scores = if mask.dtype() == DType::Bool {
                r#where(mask, &scores, f64::NEG_INFINITY)?
            } else {
                add(&scores, wide(masks)?)?
            };
        }
        if masked.causal {
            let rows = view::reshape(&create::positions(queries)?, &[queries, 1])?;
            let seen = le(&create::positions(keys)?, &rows)?;
            scores = r#where(seen, &scores, f64::NEG_INFINITY)?;
        }
        let last = [scores.rank() - 1];
        // The largest score of each row (0 where no key is allowed), constant to autograd because it cancels.
        let top = if keys == 0 {
            create::zeros_like(&reduce::sum(&scores, &last, true)?)?
        } else {
            let top = identity::detach(&reduce::amax(&scores, &last, true)?)?;
            r#where(eq(&top, f64::NEG_INFINITY)?, 0.0, &top)?
        };
        let e = exp(sub(&scores, &top)?)?;
        let total = reduce::sum(&e, &last, true)?;
        let softmax = div(&e, r#where(eq(&total, 0.0)?, 1.0, &total)?)?;
        let kept = masked
            .dropout
            .then(|| (c.tensor(masks + masked.mask as usize).clone(), kept));
        Ok(Parts {
            q,
            k,
            v,
            kept,
            scale,
            softmax,
        })
    }

    /// `x` where dropout keeps it, scaled.
    fn dropped(&self, x: &Tensor) -> Result<Tensor> {
        match &self.kept {
            None => Ok(x.clone()),
            Some((kept, factor)) => r#where(kept, mul(x, *factor)?, 0.0),
        }
    }

    fn weights(&self) -> Result<Tensor> {
        self.dropped(&self.softmax)
    }
}

fn backward_plain(c: &Call) -> Result<SmallVec<[Tensor; 1]>> {
    let (dtype, parts) = (c.tensor(1).dtype(), Parts::new(c, 1, 4)?);
    let g = cast::cast(c.tensor(0), dtype.compute_dtype())?;
    let of_values = matmul(&view::transpose_last(&parts.weights()?)?, &g)?;
    let of_weights = parts.dropped(&matmul(&g, &view::transpose_last(&parts.v)?)?)?;
    let last = [of_weights.rank() - 1];
    let along = reduce::sum(&mul(&parts.softmax, &of_weights)?, &last, true)?;
    let of_scores = mul(&parts.softmax, sub(&of_weights, along)?)?;
    let scaled = mul(&of_scores, parts.scale)?;
    let of_queries = matmul(&scaled, &parts.k)?;
    let of_keys = matmul(&view::transpose_last(&scaled)?, &parts.q)?;
    let mut slopes: SmallVec<[Tensor; 4]> = smallvec![of_queries, of_keys, of_values];
    if MaskedSlopes::from(c.attrs).of_mask {
        slopes.push(of_scores);
    }
    slopes.iter().map(|slope| cast::cast(slope, dtype)).collect()
}
