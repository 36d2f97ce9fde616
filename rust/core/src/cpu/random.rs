//! From the bits of a counter to numbers. Element `i` is a function of seed, counter and `i` alone.

use super::Shared;
use super::dispatch::float;
use super::philox::{BLOCK, fill_bits};
use super::threads::parallel_for;
use super::vmath::Real;
use crate::array::Element;
use crate::dtype::{DType, Float};
use crate::error::Result;
use crate::shape::{Shape, numel};
use crate::work::Launch;

/// Elements that are made from one buffer of words; even, so that pairs stay together.
pub const CHUNK: usize = 1024;
/// Chunks of one task.
const TASK: usize = 16;

multiversion! {
    /// A stretch of a stream: see `fill_bits`.
    pub fn bits(key: u64, stream: u64, counter: u64, out: &mut [u32]) {
        fill_bits(key, stream, counter, out);
    }
}

attributes! {
    pub struct Draw in Attrs {
        /// How many of the leading dimensions are batches.
        batches: usize,
        dtype: DType,
        shape: Shape,
    }
}
attributes! {
    /// Where the bits come from.
    #[derive(Clone, Copy)]
    pub struct Counter in Data { seed: u64, counter: u64 }
}
attributes! {
    pub struct Integers in Data { from: Counter, low: i64, high: i64 }
}
attributes! {
    pub struct Chance in Data { from: Counter, limit: u64 }
}

/// Bits of a uniform number of which no value rounds up to 1 where it is stored.
pub fn mantissa(stored: DType) -> u32 {
    match stored {
        DType::F16 => 11,
        DType::BF16 => 8,
        DType::F32 => 24,
        DType::F64 => 53,
        DType::Bool | DType::U8 | DType::I8 | DType::I16 | DType::I32 | DType::I64 => {
            unreachable!("uniform numbers are floats")
        }
    }
}

/// Uniform in [0, 1).
pub fn uniform(l: &mut Launch) -> Result<()> {
    let mantissa = mantissa(l.stored[0]);
    if l.stored[0] == DType::F64 {
        return draw(l, 2, &uniforms_f64);
    }
    draw(l, 1, &|words, out: &mut [f32]| uniforms_f32(words, mantissa, out))
}

/// Standard normal.
pub fn normal(l: &mut Launch) -> Result<()> {
    match float(l.outputs[0].dtype) {
        Float::F64 => draw(l, 2, &normals_f64),
        Float::F32 => draw(l, 1, &normals_f32),
    }
}

/// int64 from `low` up to but not including `high`.
pub fn integers(l: &mut Launch) -> Result<()> {
    let Integers { low, high, .. } = l.data.into();
    let range = high.wrapping_sub(low) as u64;
    draw(l, 2, &|words, out: &mut [i64]| {
        for (word, x) in words.as_chunks::<2>().0.iter().zip(out) {
            *x = low.wrapping_add(below(*word, range) as i64);
        }
    })
}

/// bool, true with a probability of `limit` 2^-32.
pub fn mask(l: &mut Launch) -> Result<()> {
    let Chance { limit, .. } = l.data.into();
    draw(l, 1, &|words, out: &mut [u8]| masks(words, limit, out))
}

/// Fills output 0 from `per_element` words for each element, rounded up to whole pairs of elements.
fn draw<T: Element>(
    l: &mut Launch,
    per_element: usize,
    convert: &(dyn Fn(&[u32], &mut [T]) + Sync),
) -> Result<()> {
    let Counter { seed, counter } = l.data.into();
    let shape = l.outputs[0].shape.clone();
    let Draw { batches, .. } = l.attrs.into();
    let (streams, n) = (numel(&shape[..batches]), numel(&shape[batches..]));
    let out = Shared::<T>::new(&mut l.outputs[0]);
    let tasks = n.div_ceil(CHUNK * TASK);
    parallel_for(streams * tasks, &|task| {
        let (stream, first) = (task / tasks, task % tasks * TASK * CHUNK);
        let mut words = [0u32; 2 * CHUNK];
        for start in (first..n.min(first + TASK * CHUNK)).step_by(CHUNK) {
            let len = CHUNK.min(n - start);
            let words = &mut words[..len.next_multiple_of(2) * per_element];
            let block = (start * per_element / BLOCK) as u64;
            bits(seed, stream as u64, counter.wrapping_add(block), words);
            // SAFETY: each chunk of each stream is written by one task.
            convert(words, unsafe { out.slice(stream * n + start, len) });
        }
    });
    Ok(())
}

multiversion! {
    /// The upper `mantissa` bits, so that no value rounds up to 1.
    fn uniforms_f32(words: &[u32], mantissa: u32, out: &mut [f32]) {
        let scale = 1.0 / (1u32 << mantissa) as f32;
        for (w, x) in words.iter().zip(out) {
            *x = (w >> (32 - mantissa)) as f32 * scale;
        }
    }
}

/// 53 bits in [0, 1).
#[inline(always)]
pub fn unit_f64(word: [u32; 2]) -> f64 {
    const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
    (joined(word) >> 11) as f64 * SCALE
}

#[inline(always)]
pub fn joined(word: [u32; 2]) -> u64 {
    u64::from(word[1]) << 32 | u64::from(word[0])
}

fn uniforms_f64(words: &[u32], out: &mut [f64]) {
    for (word, x) in words.as_chunks::<2>().0.iter().zip(out) {
        *x = unit_f64(*word);
    }
}

/// Two normal numbers from a squared radius, uniform in (0, 1], and an angle in turns.
#[inline(always)]
pub fn box_muller<T: Real>(u: T, turns: T) -> [T; 2] {
    let radius = (T::from_f64(-2.0) * T::log(u)).sqrt();
    let angle = T::from_f64(std::f64::consts::TAU) * turns;
    [radius * T::cos(angle), radius * T::sin(angle)]
}

multiversion! {
    fn normals_f32(words: &[u32], out: &mut [f32]) {
        const SCALE: f32 = 1.0 / (1u64 << 32) as f32;
        let mut pairs = [[0.0; 2]; CHUNK / 2];
        for (pair, word) in pairs.iter_mut().zip(words.as_chunks::<2>().0) {
            // All 32 bits: the smaller the least number, the further the tails reach. Never 0.
            let u = word[0] as f32 * SCALE + 0.5 * SCALE;
            *pair = box_muller::<f32>(u, word[1] as f32 * SCALE);
        }
        out.copy_from_slice(&pairs.as_flattened()[..out.len()]);
    }
}

fn normals_f64(words: &[u32], out: &mut [f64]) {
    let mut pairs = [[0.0; 2]; CHUNK / 2];
    for (pair, &[a, b, c, d]) in pairs.iter_mut().zip(words.as_chunks::<4>().0) {
        *pair = box_muller::<f64>(1.0 - unit_f64([a, b]), unit_f64([c, d]));
    }
    out.copy_from_slice(&pairs.as_flattened()[..out.len()]);
}

multiversion! {
    fn masks(words: &[u32], limit: u64, out: &mut [u8]) {
        // `limit` is at most 2^32: with limit - 1 as the greatest word that counts, all are of 32 bits.
        let (any, greatest) = (limit > 0, limit.wrapping_sub(1) as u32);
        for (w, x) in words.iter().zip(out) {
            *x = (any & (*w <= greatest)) as u8;
        }
    }
}

/// An integer in [0, range) from 64 bits: the upper half of their product (Lemire, 2019).
#[inline(always)]
fn below(word: [u32; 2], range: u64) -> u64 {
    ((u128::from(joined(word)) * u128::from(range)) >> 64) as u64
}
