//! Random bits as a function of a counter: Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel
//! random numbers: as easy as 1, 2, 3" (SC 2011), with the constants of Random123.
//!
//! Any word of any stream can be computed by itself, so the bits are the same for every number of
//! threads, every SIMD level, and on the GPU.

const MULTIPLIER: [u64; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// What each round adds to the key: the golden ratio, and sqrt(3) - 1.
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
const ROUNDS: u32 = 10;

/// The words of one block.
pub const BLOCK: usize = 4;

/// The four random words of a counter under a key.
///
/// Each word is in the low half of a u64, with anything in the high half: a SIMD lane as wide as the
/// products, so that none has to be widened or narrowed between rounds.
#[inline(always)]
pub fn philox4x32([a, b, c, d]: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    const LOW: u64 = 0xffff_ffff;
    let (mut c, mut k) = ([a as u64, b as u64, c as u64, d as u64], key);
    for _ in 0..ROUNDS {
        let product = [(c[0] & LOW) * MULTIPLIER[0], (c[2] & LOW) * MULTIPLIER[1]];
        c = [
            (product[1] >> 32) ^ c[1] ^ u64::from(k[0]),
            product[1],
            (product[0] >> 32) ^ c[3] ^ u64::from(k[1]),
            product[0],
        ];
        k = [k[0].wrapping_add(WEYL[0]), k[1].wrapping_add(WEYL[1])];
    }
    [c[0] as u32, c[1] as u32, c[2] as u32, c[3] as u32]
}

#[inline(always)]
fn halves(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

/// Writes a stretch of a stream of `key`: word i is word i % 4 of block `counter + i / 4`. The block
/// number is the low half of Philox's counter, the number of the stream the high half.
///
/// Call it from a function compiled for the SIMD level in use (`multiversion!`), where its loop
/// becomes SIMD code.
#[inline(always)]
pub fn fill_bits(key: u64, stream: u64, counter: u64, out: &mut [u32]) {
    let (blocks, rest) = out.as_chunks_mut::<BLOCK>();
    let whole = blocks.len() as u64;
    // One block to a lane: nothing passes from one iteration to the next.
    for (block, i) in blocks.iter_mut().zip(0..) {
        *block = block_of(key, stream, counter.wrapping_add(i));
    }
    rest.copy_from_slice(&block_of(key, stream, counter.wrapping_add(whole))[..rest.len()]);
}

/// A function and no closure: closures are not inlined across the engine's parts, and what is not inlined is no SIMD.
#[inline(always)]
fn block_of(key: u64, stream: u64, block: u64) -> [u32; BLOCK] {
    let ([lo, hi], [stream_lo, stream_hi]) = (halves(block), halves(stream));
    philox4x32([lo, hi, stream_lo, stream_hi], halves(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of Random123 (kat_vectors, philox4x32 with 10 rounds).
    #[test]
    fn known_answers() {
        let ones = u32::MAX;
        assert_eq!(
            philox4x32([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox4x32([ones; 4], [ones; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox4x32(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    /// Wherever a stretch starts and ends, and where the low word of the counter carries.
    #[test]
    fn every_stretch_is_part_of_the_stream() {
        let key = 0x0123_4567_89ab_cdef;
        let stream = 0x5_0000_0003;
        for counter in [0, 7, u64::from(u32::MAX) - 5, u64::MAX - 20] {
            for n in (0..140).chain([1000]) {
                let mut out = vec![0; n];
                fill_bits(key, stream, counter, &mut out);
                for (i, &word) in out.iter().enumerate() {
                    let [lo, hi] = halves(counter.wrapping_add((i / BLOCK) as u64));
                    let block = philox4x32([lo, hi, 3, 5], halves(key));
                    assert_eq!(word, block[i % BLOCK], "counter {counter}, word {i} of {n}");
                }
            }
        }
    }
}
