//! A stable sort of rows, with the order it found.
//!
//! Elements become unsigned keys whose order is theirs (NaN above all, -0 equal to 0). Short rows are sorted by
//! comparison of (key, place) pairs, which is stable because no two are equal; long ones digit by digit.
//! Wide keys count from the smallest one, since most ranges are narrow.

use super::Shared;
use super::threads::parallel_for;
use crate::array::{Array, Element};
use crate::interrupt::{self, PER_POLL};
use crate::reserve;
use std::ops::Range;

/// Elements below which threads cost more than they give.
const SERIAL: usize = 1 << 13;
/// Rows shorter than this are sorted by comparison.
const SHORT: usize = 1 << 11;
const DIGIT: u32 = 11;
const BUCKETS: usize = 1 << DIGIT;

/// Elements with a total order.
pub trait SortKey: Element {
    const BITS: u32;
    /// In the low `BITS` bits.
    fn key(self) -> u64;
}

macro_rules! sort_key {
    ($($type:ty, $bits:literal, |$x:ident| $key:expr;)+) => { $(
        impl SortKey for $type {
            const BITS: u32 = $bits;
            #[inline(always)]
            fn key(self) -> u64 {
                let $x = self;
                $key
            }
        }
    )+ };
}
sort_key! {
    u8, 8, |x| x as u64;
    i32, 32, |x| (x as u32 ^ 1 << 31) as u64;
    i64, 64, |x| x as u64 ^ 1 << 63;
    // Negative numbers have all bits turned, others the sign bit alone. Adding 0 makes -0 a 0.
    f32, 32, |x| {
        let bits = (x + 0.0).to_bits();
        let turned = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
        if x.is_nan() { u32::MAX as u64 } else { turned as u64 }
    };
    f64, 64, |x| {
        let bits = (x + 0.0).to_bits();
        let turned = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
        if x.is_nan() { u64::MAX } else { turned }
    };
}

/// Sorts the lines of the row-major `input` along the middle of (outer, n, inner).
pub fn sort<T: SortKey>(
    input: &Array,
    (outer, n, inner): (usize, usize, usize),
    descending: bool,
    values: &mut Array,
    places: &mut Array,
) {
    let source = input.as_slice::<T>();
    if source.is_empty() {
        return;
    }
    let (values, places) = (Shared::<T>::new(values), Shared::<i64>::new(places));
    let lines = outer * inner;
    let per_task = (SERIAL / n).max(1);
    parallel_for(lines.div_ceil(per_task), &|task| {
        let mut scratch = Scratch::default();
        for line in task * per_task..lines.min((task + 1) * per_task) {
            let start = line / inner * n * inner + line % inner;
            let flip = if descending { u64::MAX >> (64 - T::BITS) } else { 0 };
            let key = |j: usize| source[start + j * inner].key() ^ flip;
            let store = |rank: usize, place: usize| {
                // SAFETY: elements of this line, which no other task writes.
                unsafe {
                    values.set(start + rank * inner, source[start + place * inner]);
                    places.set(start + rank * inner, place as i64);
                }
            };
            scratch.order(n, T::BITS, key, store);
        }
    });
}

/// Room for (key, place) pairs, kept from row to row.
#[derive(Default)]
struct Scratch {
    /// Key and place in one word, for keys of up to 32 bits above the smallest.
    narrow: (Vec<u64>, Vec<u64>),
    wide: (Vec<(u64, u64)>, Vec<(u64, u64)>),
}

impl Scratch {
    /// Calls `store(rank, place)` for every element in ascending order of its key.
    fn order(&mut self, n: usize, bits: u32, key: impl Fn(usize) -> u64, store: impl Fn(usize, usize)) {
        let (low, bits) = if bits > 32 {
            range((0..n).map(&key))
        } else {
            (0, bits)
        };
        if bits <= 32 && n <= u32::MAX as usize {
            let (pairs, spare) = &mut self.narrow;
            reserve::scratch_room(pairs, n);
            in_parts(n, |part| {
                pairs.extend(part.map(|j| (key(j) - low) << 32 | j as u64))
            });
            sort_pairs(pairs, spare, bits, |pair| pair >> 32);
            in_parts(n, |part| {
                part.for_each(|rank| store(rank, pairs[rank] as u32 as usize))
            });
        } else {
            let (pairs, spare) = &mut self.wide;
            reserve::scratch_room(pairs, n);
            in_parts(n, |part| pairs.extend(part.map(|j| (key(j) - low, j as u64))));
            sort_pairs(pairs, spare, bits, |pair| pair.0);
            in_parts(n, |part| {
                part.for_each(|rank| store(rank, pairs[rank].1 as usize))
            });
        }
    }
}

/// Calls `body` for the parts of `0..n`; in between the launch may be interrupted.
fn in_parts(n: usize, mut body: impl FnMut(Range<usize>)) {
    for start in (0..n).step_by(PER_POLL) {
        interrupt::poll();
        body(start..n.min(start + PER_POLL));
    }
}

/// The smallest key, and how many bits the others need above it.
fn range(keys: impl Iterator<Item = u64>) -> (u64, u32) {
    let (low, high) = keys.fold((u64::MAX, 0), |(low, high), k| (low.min(k), high.max(k)));
    (low, u64::BITS - (high - low).leading_zeros())
}

fn sort_pairs<P: Copy + Ord + Default>(
    pairs: &mut Vec<P>,
    spare: &mut Vec<P>,
    bits: u32,
    key: impl Fn(P) -> u64,
) {
    let n = pairs.len();
    if n < SHORT {
        pairs.sort_unstable();
        return;
    }
    let digit = |pair: P, pass: u32| (key(pair) >> (pass * DIGIT)) as usize & (BUCKETS - 1);
    let passes = bits.div_ceil(DIGIT);
    let mut counts = vec![0usize; passes as usize * BUCKETS];
    in_parts(n, |part| {
        for &pair in &pairs[part] {
            for pass in 0..passes {
                counts[pass as usize * BUCKETS + digit(pair, pass)] += 1;
            }
        }
    });
    reserve::scratch_room(spare, n);
    in_parts(n, |part| spare.resize(part.end, P::default()));
    for pass in 0..passes {
        let next = &mut counts[pass as usize * BUCKETS..][..BUCKETS];
        // A digit that all keys share moves nothing.
        if next[digit(pairs[0], pass)] == n {
            continue;
        }
        let mut start = 0;
        for slot in next.iter_mut() {
            start += std::mem::replace(slot, start);
        }
        in_parts(n, |part| {
            for &pair in &pairs[part] {
                let slot = &mut next[digit(pair, pass)];
                spare[*slot] = pair;
                *slot += 1;
            }
        });
        std::mem::swap(pairs, spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<T: SortKey>(data: &[T], descending: bool) -> Vec<i64> {
        let input = Array::from_slice(data, &[data.len()]).unwrap();
        let mut values = Array::empty(&[data.len()], T::DTYPE).unwrap();
        let mut places = Array::empty(&[data.len()], i64::DTYPE).unwrap();
        sort::<T>(&input, (1, data.len(), 1), descending, &mut values, &mut places);
        places.as_slice::<i64>().to_vec()
    }

    #[test]
    fn equal_elements_keep_their_order_and_nan_is_largest() {
        assert_eq!(
            sorted(&[f32::NAN, 0.0, -0.0, -1.0, f32::INFINITY], false),
            [3, 1, 2, 4, 0]
        );
        assert_eq!(sorted(&[1.0, -f64::NAN, 0.0, -0.0, 1.0], true), [1, 0, 4, 2, 3]);
        assert_eq!(sorted(&[2u8, 1, 2, 0], true), [0, 2, 1, 3]);
        assert_eq!(sorted(&[i64::MIN, i64::MAX, -1, 0], false), [0, 2, 3, 1]);
    }

    #[test]
    fn long_rows_agree_with_the_standard_library() {
        let data: Vec<i32> = (0..5000u32)
            .map(|i| i.wrapping_mul(2_654_435_761) as i32 >> 12)
            .collect();
        for descending in [false, true] {
            let mut want: Vec<i64> = (0..5000).collect();
            want.sort_by_key(|&i| {
                if descending {
                    !data[i as usize]
                } else {
                    data[i as usize]
                }
            });
            assert_eq!(sorted(&data, descending), want);
            let wide: Vec<f64> = data.iter().map(|&x| x as f64).collect();
            assert_eq!(sorted(&wide, descending), want);
        }
    }
}
