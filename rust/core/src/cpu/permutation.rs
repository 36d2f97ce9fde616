//! Permutations: the stable order of keys of 64 random bits.
//!
//! A key is a function of its place, so it is made wherever it is looked at and never kept. What is sorted are words
//! that hold the place in their low bits and above it as much of the key as there is room for. Where two words share
//! that much, which is rare, whole keys decide. Words go to buckets by their first bits; a bucket, which stays in the
//! first cache, is ordered by two digits, and what these leave undone by insertion.

use super::Shared;
use super::random::{CHUNK, Counter, Draw, bits, joined};
use super::threads::parallel_for;
use crate::error::Result;
use crate::interrupt;
use crate::reserve;
use crate::shape::numel;
use crate::work::Launch;
use std::ops::Range;

/// Powers of 2: how many words a bucket has, or up to twice as many, and the most buckets, beyond which they grow.
const BUCKET: u32 = 11;
const MOST_BUCKETS: u32 = 12;
/// Parts of the keys that threads share, and the fewest keys of one.
const PARTS: usize = 64;
const PART: usize = 16 * CHUNK;
/// Buckets of one task.
const TASK: usize = 8;
const DIGIT: u32 = 8;
/// Words that insertion alone puts in order.
const FEW: usize = 32;

/// int64: the places of n keys of 64 bits in the order of the keys; of equal ones the first place comes first. Key i is
/// words 2 i (the low one) and 2 i + 1 of the stretch.
pub fn permutation(l: &mut Launch) -> Result<()> {
    let Counter { seed, counter } = l.data.into();
    let Draw { batches, .. } = l.attrs.into();
    let shape = l.outputs[0].shape.clone();
    let (streams, n) = (numel(&shape[..batches]), numel(&shape[batches..]));
    let out = Shared::<i64>::new(&mut l.outputs[0]);
    parallel_for(streams, &|stream| {
        // SAFETY: one task writes the row of one stream, and a u64 is as large as an i64.
        let row = unsafe { std::slice::from_raw_parts_mut(out.pointer(stream * n).cast(), n) };
        let keys = Keys {
            seed,
            stream: stream as u64,
            counter,
            place: u64::MAX.checked_shr((n as u64).leading_zeros()).unwrap_or(0),
        };
        keys.order(row);
    });
    Ok(())
}

struct Keys {
    seed: u64,
    stream: u64,
    counter: u64,
    /// The bits of a word that hold the place.
    place: u64,
}

impl Keys {
    /// Writes the keys from an even place on.
    fn fill(&self, start: usize, words: &mut [u32]) {
        let counter = self.counter.wrapping_add(start as u64 / 2);
        bits(self.seed, self.stream, counter, words);
    }

    /// Calls `body` with the places from a multiple of `CHUNK` on and their keys.
    fn each(&self, places: Range<usize>, mut body: impl FnMut(usize, u64)) {
        let mut words = [0; 2 * CHUNK];
        for start in places.clone().step_by(CHUNK) {
            interrupt::poll();
            let end = places.end.min(start + CHUNK);
            self.fill(start, &mut words[..2 * (end - start)]);
            for (place, &word) in (start..end).zip(words.as_chunks::<2>().0) {
                body(place, joined(word));
            }
        }
    }

    #[cold]
    fn at(&self, word: u64) -> u64 {
        let place = (word & self.place) as usize;
        let mut words = [0; 4];
        self.fill(place & !1, &mut words);
        joined(words.as_chunks::<2>().0[place % 2])
    }

    /// Whether a word comes after another one.
    #[inline(always)]
    fn is_after(&self, a: u64, b: u64) -> bool {
        if (a ^ b) & !self.place == 0 {
            (self.at(a), a) > (self.at(b), b)
        } else {
            a > b
        }
    }

    fn order(&self, row: &mut [u64]) {
        let n = row.len();
        let bits = n.max(1).ilog2().saturating_sub(BUCKET).min(MOST_BUCKETS);
        let buckets = 1 << bits;
        let bucket = |key: u64| (key >> 1 >> (63 - bits)) as usize;
        let length = n.div_ceil(PARTS).next_multiple_of(CHUNK).max(PART);
        let parts = n.div_ceil(length);
        let part = |p: usize| p * length..n.min((p + 1) * length);
        // How many words of each part go to each bucket, then where the next one goes.
        let mut next = reserve::scratch(parts * buckets, 0usize);
        let counts = Shared::of_slice(&mut next);
        parallel_for(parts, &|p| {
            // SAFETY: the counts of this part.
            let own = unsafe { counts.slice(p * buckets, buckets) };
            self.each(part(p), |_, key| own[bucket(key)] += 1);
        });
        let mut ends = reserve::scratch(buckets, 0usize);
        let mut start = 0;
        for (b, end) in ends.iter_mut().enumerate() {
            for p in 0..parts {
                start += std::mem::replace(&mut next[p * buckets + b], start);
            }
            *end = start;
        }
        let words = Shared::of_slice(row);
        let counts = Shared::of_slice(&mut next);
        parallel_for(parts, &|p| {
            // SAFETY: as above.
            let own = unsafe { counts.slice(p * buckets, buckets) };
            self.each(part(p), |place, key| {
                let at = &mut own[bucket(key)];
                // SAFETY: every place of the row is that of one word.
                unsafe { words.set(*at, key & !self.place | place as u64) };
                *at += 1;
            });
        });
        parallel_for(buckets.div_ceil(TASK), &|task| {
            let mut spare = Vec::new();
            for b in task * TASK..buckets.min((task + 1) * TASK) {
                let start = if b == 0 { 0 } else { ends[b - 1] };
                // SAFETY: this bucket's words.
                let words = unsafe { words.slice(start, ends[b] - start) };
                self.sort(words, bits, &mut spare);
                words.iter_mut().for_each(|word| *word &= self.place);
            }
        });
    }

    /// Sorts words whose first bits are equal.
    fn sort(&self, words: &mut [u64], equal: u32, spare: &mut Vec<u64>) {
        if words.len() > FEW {
            if spare.len() < words.len() {
                *spare = reserve::scratch(words.len(), 0);
            }
            interrupt::poll();
            let spare = &mut spare[..words.len()];
            by_digit(words, spare, 64 - equal - 2 * DIGIT);
            by_digit(spare, words, 64 - equal - DIGIT);
        }
        for i in 1..words.len() {
            let word = words[i];
            let mut at = i;
            while at > 0 && self.is_after(words[at - 1], word) {
                words[at] = words[at - 1];
                at -= 1;
            }
            words[at] = word;
        }
    }
}

/// Writes the words in the order of one digit.
fn by_digit(from: &[u64], to: &mut [u64], shift: u32) {
    let digit = |word: u64| (word >> shift) as usize & ((1 << DIGIT) - 1);
    let mut next = [0usize; 1 << DIGIT];
    for &word in from {
        next[digit(word)] += 1;
    }
    let mut start = 0;
    for at in &mut next {
        start += std::mem::replace(at, start);
    }
    for &word in from {
        let at = &mut next[digit(word)];
        to[*at] = word;
        *at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(n: usize) -> Keys {
        Keys {
            seed: 5,
            stream: 0,
            counter: 0,
            place: u64::MAX >> (n as u64).leading_zeros(),
        }
    }

    /// So many that some share all of the key that a word has room for.
    #[test]
    fn whole_keys_decide_between_words_that_share_what_they_hold() {
        let n = 5_000_000;
        let keys = keys(n);
        let mut order = vec![0; n];
        keys.order(&mut order);
        let mut want: Vec<(u64, u64)> = Vec::with_capacity(n);
        keys.each(0..n, |place, key| want.push((key, place as u64)));
        want.sort_unstable();
        let shared = (want.windows(2))
            .filter(|w| (w[0].0 ^ w[1].0) & !keys.place == 0)
            .count();
        assert!(shared > 0);
        assert!(
            order
                .iter()
                .zip(&want)
                .all(|(place, (_, wanted))| place == wanted)
        );
    }

    #[test]
    fn words_that_differ_in_their_last_bits_alone_are_sorted_too() {
        let keys = keys(1000);
        for n in [0, 1, 2, 31, 32, 33, 700] {
            let mut words: Vec<u64> = (0..n).map(|i| (i * 7919 % 701) << 12).collect();
            let mut want = words.clone();
            want.sort_unstable();
            keys.sort(&mut words, 0, &mut Vec::new());
            assert_eq!(words, want);
        }
    }
}
