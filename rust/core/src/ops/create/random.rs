//! Random numbers: bits of a counter (see `crate::random`), made into numbers on the way out.
//!
//! Element `i` of a draw is a function of seed, counter and `i` alone: the same for any number of threads, and, in
//! float32 and integers, at every SIMD level. Inside `vmap` each element of the batch reads its own stream of the
//! same stretch of the counter, so no draw can meet another's bits.

use crate::cpu::permutation;
use crate::cpu::philox::BLOCK;
use crate::cpu::random::{self as kernels, Chance, Counter, Draw, Integers};
use crate::dtype::{DType, Scalar, default_float};
use crate::error::{Error, Result};
use crate::function::{Args, Effect, Function, Places};
use crate::gpu::{Binding, Buffer, Context, Gpu, GpuProgram, Pass, kind, need, working_dtype};
use crate::graph::Tensor;
use crate::mode;
use crate::op::{Batch, Call, Class, Cpu, Data, Jvp, Meta, NO_TESTS, Op, Plain, Request, Vjp};
use crate::ops::create;
use crate::ops::graph::cast;
use crate::ops::ordering::sort::{Lines, network};
use crate::random::{self, State};
use crate::shape::{MOST, numel};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

// ---- Records ----------------------------------------------------------------------------------------------------
//
// attrs: `Draw`; data: `Counter`, or what begins with one

macro_rules! draw {
    ($(#[doc = $doc:literal])+ $static:ident, $name:literal, $function:expr, $kernel:expr, $gpu:expr) => {
        $(#[doc = $doc])+
        pub static $static: Op = Op {
            name: $name,
            function: $function,
            class: Class::Random,
            meta,
            cpu: Cpu::Kernel($kernel),
            gpu: $gpu,
            vjp: Vjp::Constant,
            jvp: Jvp::Constant,
            batch: Batch::Rule(batch),
            donates: &[],
            plain: Plain::Primitive("random bits: philox is the oracle"),
            tests: NO_TESTS,
        };
    };
}

draw!(
    /// Uniform in [0, 1): multiples of 2^-24 in float32, 2^-53 in float64, 2^-11 in float16, 2^-8 in bfloat16.
    UNIFORM,
    "random_uniform",
    Some(Function {
        name: "rand",
        signature: "(*size: int | Sequence[int], dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor",
        doc: "Uniform random numbers in [0, 1), of shape `size`; float32 unless another floating `dtype` is given. Equal \
              seeds (`manual_seed`) give equal numbers: they are the upper bits of Philox4x32-10 (Salmon et al., 2011).\n\n\
              >>> ravine.rand(2, 3).shape\n(2, 3)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(uniform(&create::size("rand", &a.ints(0)?)?, float_dtype(a, 1)?)?.into()),
    }),
    kernels::uniform,
    Gpu::Program(|c| {
        let mantissa = kernels::mantissa(Draw::from(c.attrs).dtype);
        program(c, DType::F32, &format!("uniform_of(words[k], {mantissa}u)"), [0; 2])
    })
);

draw!(
    /// Standard normal, by the polar form of Box and Muller (1958): each two elements from two uniform numbers.
    NORMAL,
    "random_normal",
    Some(Function {
        name: "randn",
        signature: "(*size: int | Sequence[int], dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor",
        doc: "Random numbers from the normal distribution with mean 0 and variance 1, of shape `size`; float32 unless \
              another floating `dtype` is given. Made from uniform ones by the method of Box and Muller (1958).\n\n\
              >>> ravine.randn(2, 3).shape\n(2, 3)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(normal(&create::size("randn", &a.ints(0)?)?, float_dtype(a, 1)?)?.into()),
    }),
    kernels::normal,
    Gpu::Program(|c| program(c, DType::F32, "normal_of(words, k)", [0; 2]))
);

draw!(
    /// int64 in [low, high). data: `Integers`
    INTEGERS,
    "random_integers",
    Some(Function {
        name: "randint",
        signature: "(low: int, high: int | Sequence[int] | None = None, size: int | Sequence[int] | None = None, *, \
                    dtype: dtype | None = None, device: DeviceLike | None = None, generator: Generator | None = None) -> Tensor",
        doc: "Random integers from `low` (0 when only one bound is given) up to but not including `high`, of shape `size`, \
              all equally likely (but for 2^-64 of the range's size); int64 unless `dtype` is given.\n\n\
              Raises ValueError if the range is empty, or holds integers that an integer `dtype` does not.\n\n>>> ravine.randint(0, 10, (2, 3)).shape\n(2, 3)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| Ok(randint_call(a)?.into()),
    }),
    kernels::integers,
    Gpu::Program(|c| {
        let Integers { low, high, .. } = c.data.into();
        let range = high.wrapping_sub(low);
        program(c, DType::I64, "integer_of(words, k)", [low as u64, range as u64])
    })
);

draw!(
    /// bool, true with a probability given in multiples of 2^-32. data: `Chance`
    MASK,
    "random_mask",
    None,
    kernels::mask,
    Gpu::Program(|c| program(c, DType::Bool, "mask_of(words[k])", [Chance::from(c.data).limit, 0]))
);

draw!(
    /// int64: the stable order of n keys of 64 bits.
    PERMUTATION,
    "random_permutation",
    Some(Function {
        name: "randperm",
        signature: "(n: int, *, seed: int | None = None, dtype: dtype | None = None, device: DeviceLike | None = None, generator: Generator | None = None) -> Tensor",
        doc: "The integers from 0 to `n - 1` in random order; int64 unless `dtype` is given. It is the order of `n` keys \
              of 64 random bits, equal ones as they come, and moves the generator's counter by `ceil(n / 2)` blocks of \
              four words, as `n` draws of `randint` do. With `seed` the order is a function of `n` and `seed`, and the \
              global generator is left alone.\n\n\
              Raises ValueError if `n` is negative.\n\n>>> ravine.randperm(4).sum()\ntensor(6)\n",
        places: Places::TOP,
        effect: Effect::Pure,
        call: |a| {
            let n = a.int(0)?;
            if n < 0 {
                return Err(Error::value("randperm", format!("n is {n}; it must be 0 or more")));
            }
            let dtype = a.opt_dtype(2)?.unwrap_or(DType::I64);
            Scalar::I64((n - 1).max(0)).fit("randperm", dtype)?;
            let order = permutation(n as usize, a.opt_int(1)?.map(|seed| seed as u64))?;
            Ok(cast::cast(&order, dtype)?.into())
        },
    }),
    permutation::permutation,
    Gpu::Program(order)
);

fn meta(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    let Draw { dtype, shape, .. } = r.attrs.into();
    Ok(smallvec![(shape, dtype)])
}

/// Keys into scratch, then their order.
fn order(c: &Context) -> Result<GpuProgram> {
    let Draw { batches, shape, .. } = c.attrs.into();
    let (streams, n) = (numel(&shape[..batches]), numel(&shape[batches..]));
    let mut sorted = network(Lines {
        x: Buffer::Scratch(2),
        kind: kind(c.op, DType::I64)?,
        extents: [streams, n, 1],
        descending: false,
        values: None,
        indices: Buffer::Output(0),
        limits: c.limits,
    });
    sorted.scratch.push(size_of::<i64>() * streams * n);
    let keys = draw(c, DType::I64, "key_of(words, k)", [0; 2], Buffer::Scratch(2))?;
    sorted.passes.insert(0, keys);
    Ok(sorted)
}

fn program(c: &Context, wanted: DType, element: &str, own: [u64; 2]) -> Result<GpuProgram> {
    Ok(GpuProgram {
        passes: vec![draw(c, wanted, element, own, Buffer::Output(0))?],
        ..GpuProgram::default()
    })
}

/// A thread per block of words; `element` makes number k of them, and may read the draw's own numbers.
fn draw(c: &Context, wanted: DType, element: &str, own: [u64; 2], out: Buffer) -> Result<Pass> {
    let Draw {
        batches,
        dtype,
        shape,
    } = c.attrs.into();
    need(c.op, working_dtype(dtype), wanted)?;
    let per_block = if wanted == DType::I64 { BLOCK / 2 } else { BLOCK };
    let (streams, n) = (numel(&shape[..batches]), numel(&shape[batches..]));
    let blocks = n.div_ceil(per_block);
    let threads = streams * blocks;
    let Counter { seed, counter } = c.data.into();
    let mut params = [threads, n, blocks, per_block].map(|x| x as u32).to_vec();
    for number in [seed, counter, own[0], own[1]] {
        params.extend([number as u32, (number >> 32) as u32]);
    }
    let kind = kind(c.op, wanted)?;
    let bindings = vec![Binding::write("y", out, kind)];
    let mut pass = c.over_elements("create/random.wgsl", threads, bindings, params);
    pass.defines
        .extend([("KIND", kind.to_string()), ("ELEMENT", element.to_string())]);
    Ok(pass)
}

/// A draw for each element of the batch.
fn batch(c: &Call, _: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let mut draw = Draw::from(c.attrs);
    draw.batches += 1;
    draw.shape.insert(0, size);
    Ok(smallvec![record_one(
        c.op,
        draw.encode(),
        c.data.clone(),
        smallvec![]
    )?])
}

fn record(op: &'static Op, shape: &[usize], dtype: DType, data: Data) -> Result<Tensor> {
    let draw = Draw {
        batches: 0,
        dtype,
        shape: shape.into(),
    };
    record_one(op, draw.encode(), data, smallvec![])
}

fn counter(state: State) -> Counter {
    Counter {
        seed: state.seed,
        counter: state.counter,
    }
}

/// Takes the counter's range for `words` words.
fn take(words: usize) -> Counter {
    // Where there are no numbers, none are drawn: those of other devices stay the same.
    let words = if mode::device().has_values() { words } else { 0 };
    counter(random::take(words.div_ceil(BLOCK) as u64))
}

// ---- Functions --------------------------------------------------------------------------------------------------

pub(super) fn float_dtype(a: &Args, i: usize) -> Result<DType> {
    let dtype = a.opt_dtype(i)?.unwrap_or_else(default_float);
    if dtype.is_float() {
        Ok(dtype)
    } else {
        Err(Error::dtype(a.function, dtype, "a floating dtype"))
    }
}

/// Words that a draw of floats takes.
fn float_words(shape: &[usize], dtype: DType) -> usize {
    numel(shape).min(MOST).next_multiple_of(2) * if dtype == DType::F64 { 2 } else { 1 }
}

pub fn uniform(shape: &[usize], dtype: DType) -> Result<Tensor> {
    record(&UNIFORM, shape, dtype, take(float_words(shape, dtype)).encode())
}

pub fn normal(shape: &[usize], dtype: DType) -> Result<Tensor> {
    record(&NORMAL, shape, dtype, take(float_words(shape, dtype)).encode())
}

/// Integers from `low` up to but not including `high`, all values of `dtype`.
pub fn integers(op: &'static str, low: i64, high: i64, shape: &[usize], dtype: DType) -> Result<Tensor> {
    if low >= high {
        let text = format!("there is no integer from {low} up to but not including {high}. Pass low < high");
        return Err(Error::value(op, text));
    }
    Scalar::I64(low).fit(op, dtype)?;
    Scalar::I64(high - 1).fit(op, dtype)?;
    let from = take(2 * numel(shape).min(MOST));
    let data = Integers { from, low, high }.encode();
    let drawn = record(&INTEGERS, shape, DType::I64, data)?;
    cast::cast(&drawn, dtype)
}

/// `randint(high, size)` and `randint(low, high, size)`.
fn randint_call(a: &Args) -> Result<Tensor> {
    let (low, high, size) = match (a.opt_ints(1)?, a.opt_ints(2)?) {
        (Some(high), Some(size)) if high.len() == 1 => (a.int(0)?, high[0], size),
        (Some(size), None) | (None, Some(size)) => (0, a.int(0)?, size),
        (Some(_), Some(_)) => return Err(Error::argument("randint", "high", "an int", "a sequence of int")),
        (None, None) => return Err(Error::missing_argument("randint", "size")),
    };
    let dtype = a.opt_dtype(3)?.unwrap_or(DType::I64);
    integers("randint", low, high, &create::size("randint", &size)?, dtype)
}

/// With a seed of its own the draw takes nothing from the generator.
pub fn permutation(n: usize, seed: Option<u64>) -> Result<Tensor> {
    let from = seed.map_or_else(|| take(2 * n.min(MOST)), |seed| counter(State::new(seed)));
    record(&PERMUTATION, &[n], DType::I64, from.encode())
}

/// True with probability `keep`.
pub fn mask(shape: &[usize], keep: f64) -> Result<Tensor> {
    let limit = (keep * (1u64 << 32) as f64).round() as u64;
    let from = take(numel(shape));
    record(&MASK, shape, DType::Bool, Chance { from, limit }.encode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Element;
    use crate::stream::look;

    fn at(counter: u64) -> Counter {
        Counter { seed: 42, counter }
    }
    fn chance(limit: u64) -> Data {
        Chance { from: at(0), limit }.encode()
    }
    fn values<T: Element>(t: &Tensor) -> Vec<T> {
        look("test", t).unwrap().as_slice::<T>().to_vec()
    }

    #[test]
    fn elements_do_not_depend_on_the_size_of_the_draw() {
        for op in [&UNIFORM, &NORMAL] {
            for dtype in [DType::F32, DType::F64] {
                let long = values_f64(&record(op, &[5000], dtype, at(9).encode()).unwrap());
                for n in [0, 1, 2, 7, 1024, 1025, 3333] {
                    assert_eq!(
                        values_f64(&record(op, &[n], dtype, at(9).encode()).unwrap()),
                        long[..n],
                        "{} of {dtype}",
                        op.name
                    );
                }
            }
        }
    }

    fn values_f64(t: &Tensor) -> Vec<f64> {
        values::<f64>(&cast::cast(t, DType::F64).unwrap())
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let n = 1 << 18;
        for dtype in [DType::F32, DType::F64] {
            let z = values_f64(&record(&NORMAL, &[n], dtype, at(0).encode()).unwrap());
            for (power, moment) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0)] {
                let mean = z.iter().map(|x| x.powi(power)).sum::<f64>() / n as f64;
                assert!((mean - moment).abs() < 0.05, "moment {power} is {mean}");
            }
            // Both of a pair, and neighbours over pairs, are independent.
            let next = z.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n as f64;
            assert!(next.abs() < 0.01);
        }
        for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
            let u = values_f64(&record(&UNIFORM, &[n], dtype, at(0).encode()).unwrap());
            assert!(u.iter().all(|x| (0.0..1.0).contains(x)));
            assert!((u.iter().sum::<f64>() / n as f64 - 0.5).abs() < 0.01);
        }
        let kept = values::<bool>(&record(&MASK, &[n], DType::Bool, chance(1 << 30)).unwrap());
        assert!((kept.iter().map(|&k| f64::from(u8::from(k))).sum::<f64>() / n as f64 - 0.25).abs() < 0.01);
    }

    #[test]
    fn masks_of_certainty() {
        let certain = |limit| values::<bool>(&record(&MASK, &[4099], DType::Bool, chance(limit)).unwrap());
        assert!(certain(0).iter().all(|&k| !k));
        assert!(certain(1 << 32).iter().all(|&k| k));
    }

    #[test]
    fn permutations_hold_every_number() {
        for n in [0, 1, 2, 1024, 2500] {
            let order = values::<i64>(&permutation(n, Some(3)).unwrap());
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.iter().enumerate().all(|(i, &x)| x == i as i64));
            assert_eq!(order, values::<i64>(&permutation(n, Some(3)).unwrap()));
        }
    }

    #[test]
    fn every_element_of_a_batch_has_its_own_stream() {
        let one = record(&UNIFORM, &[3], DType::F32, at(5).encode()).unwrap();
        let call = |t: &Tensor| {
            let node = t.node();
            let call = Call {
                op: node.op,
                attrs: &node.attrs,
                data: &node.data,
                inputs: &[],
                outputs: &[],
            };
            batch(&call, &[], 2).unwrap().swap_remove(0)
        };
        let two = call(&one);
        let four = values::<f32>(&call(&two));
        assert_eq!(values::<f32>(&one), four[..3]);
        assert_eq!(values::<f32>(&two), four[..6]);
        assert!((0..4).all(|i| (0..i).all(|j| four[3 * i..3 * i + 3] != four[3 * j..3 * j + 3])));
    }
}
