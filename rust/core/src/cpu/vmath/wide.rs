//! The f32 functions that compute in f64 and round once, at half the lanes: `sin`, `cos` and `tan`,
//! because the reduction of the angle needs the bits, and `pow`, because the exponent multiplies the
//! error of the logarithm. Branch-free, with polynomials fitted as in `single.rs`.

/// The polynomial with coefficients `c`, lowest degree first, by Horner's rule.
#[inline(always)]
fn poly<const N: usize>(x: f64, c: [f64; N]) -> f64 {
    let mut sum = c[N - 1];
    for i in (0..N - 1).rev() {
        sum = sum.mul_add(x, c[i]);
    }
    sum
}

/// Adding this rounds to an integer, which is then in the low bits. Good for |x| < 2^51.
const ROUND: f64 = 6_755_399_441_055_744.0;

// ---- sin, cos, tan ------------------------------------------------------------------------------

/// A piece of 1 / (2 pi): `bits` at 28 * `place` bits after the point.
const fn turn_piece(bits: u32, place: u64) -> f64 {
    bits as f64 * f64::from_bits((1023 - 28 * place) << 52)
}

/// 1 / (2 pi) to 196 bits. A product of an f32 and a piece is exact in f64.
const TURN: [f64; 7] = [
    turn_piece(0x28b_e60d, 1),
    turn_piece(0xb93_9105, 2),
    turn_piece(0x4a7_f09d, 3),
    turn_piece(0x5f4_7d4d, 4),
    turn_piece(0x377_036d, 5),
    turn_piece(0x8a5_664f, 6),
    turn_piece(0x10e_4107, 7),
];

/// `(r, q)` such that x = r + q pi/2 modulo 2 pi, |r| <= pi/4; q is in the low two bits. NaN for
/// infinite x.
///
/// x / (2 pi) is summed piece by piece and whole turns are dropped after each. Each sum is exact
/// until the pieces are below one, so this holds for the largest f32 as for the smallest.
#[inline(always)]
fn reduce_angle(x: f32) -> (f64, u64) {
    let x = f64::from(x);
    let mut turns = x * TURN[0];
    turns -= turns.round_ties_even();
    for piece in &TURN[1..5] {
        turns = x.mul_add(*piece, turns);
        turns -= turns.round_ties_even();
    }
    // Less than 2^-11 turns are left.
    let quarters = 4.0 * x.mul_add(TURN[6], x.mul_add(TURN[5], turns));
    let shifted = quarters + ROUND;
    let r = (quarters - (shifted - ROUND)) * core::f64::consts::FRAC_PI_2;
    (r, shifted.to_bits())
}

/// sin r for |r| <= pi/4. Fits (sin r / r - 1) / r^2 in r^2; relative error 2^-37.4.
#[inline(always)]
fn sin_small(r: f64, r2: f64) -> f64 {
    let q = poly(
        r2,
        [
            -0.166_666_666_386_265_18,
            0.008_333_329_055_543_792,
            -0.000_198_392_325_378_05,
            2.717_365_850_654_444e-6,
        ],
    );
    r * r2.mul_add(q, 1.0)
}

/// cos r for |r| <= pi/4. Fits (cos r - 1) / r^2 in r^2; relative error 2^-33.7.
#[inline(always)]
fn cos_small(r2: f64) -> f64 {
    let q = poly(
        r2,
        [
            -0.499_999_996_682_879_8,
            0.041_666_617_433_437_19,
            -0.001_388_659_033_977_171_3,
            2.437_506_812_602_688e-5,
        ],
    );
    r2.mul_add(q, 1.0)
}

/// sin(r + quarters pi/2).
#[inline(always)]
fn sin_of(r: f64, quarters: u64) -> f32 {
    let r2 = r * r;
    let (s, c) = (sin_small(r, r2), cos_small(r2));
    let magnitude = if quarters & 1 == 0 { s } else { c };
    let sign = (quarters & 2) << 62;
    f64::from_bits(magnitude.to_bits() ^ sign) as f32
}

#[inline(always)]
pub(super) fn sin(x: f32) -> f32 {
    let (r, quarters) = reduce_angle(x);
    let result = sin_of(r, quarters);
    // The reduction loses the sign of -0.
    if x == 0.0 { x } else { result }
}

#[inline(always)]
pub(super) fn cos(x: f32) -> f32 {
    let (r, quarters) = reduce_angle(x);
    sin_of(r, quarters.wrapping_add(1))
}

#[inline(always)]
pub(super) fn tan(x: f32) -> f32 {
    let (r, quarters) = reduce_angle(x);
    let r2 = r * r;
    let (s, c) = (sin_small(r, r2), cos_small(r2));
    let even = quarters & 1 == 0;
    let (top, bottom) = (if even { s } else { -c }, if even { c } else { s });
    let result = (top / bottom) as f32;
    if x == 0.0 { x } else { result }
}

// ---- x^y ----------------------------------------------------------------------------------------

/// log2 of a positive finite f64 that came from an f32. Fits log2(1 + f) / f for 1 + f between
/// sqrt(1/2) and sqrt(2); relative error 2^-38.
#[inline(always)]
fn log2_wide(x: f64) -> f64 {
    const SQRT_HALF: u64 = core::f64::consts::FRAC_1_SQRT_2.to_bits();
    let bits = x.to_bits().wrapping_add(1f64.to_bits() - SQRT_HALF);
    // The biased exponent as a float by way of the low bits of 2^52: AVX2 cannot convert an i64.
    const TWO_52: u64 = 4_503_599_627_370_496f64.to_bits();
    let e = f64::from_bits((bits >> 52) | TWO_52) - (4_503_599_627_370_496.0 + 1023.0);
    let f = f64::from_bits((bits & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF)) - 1.0;
    let q = poly(
        f,
        [
            1.442_695_040_886_568_4,
            -0.721_347_520_327_681_2,
            0.480_898_348_805_508_7,
            -0.360_673_793_095_414_03,
            0.288_538_795_430_706_1,
            -0.240_446_436_635_320_5,
            0.206_107_138_460_580_3,
            -0.180_436_670_135_310_95,
            0.160_216_273_601_589_88,
            -0.142_499_401_500_950_92,
            0.130_280_320_459_715_02,
            -0.134_629_107_749_737_16,
            0.132_491_196_412_071_98,
            -0.069_717_199_912_176_26,
        ],
    );
    f.mul_add(q, e)
}

/// 2^t for |t| < 1000. Fits 2^f for |f| <= 1/2; relative error 2^-34.3.
#[inline(always)]
fn exp2_wide(t: f64) -> f64 {
    let shifted = t + ROUND;
    let f = t - (shifted - ROUND);
    let p = poly(
        f,
        [
            1.0,
            0.693_147_180_704_664,
            0.240_226_510_666_357_6,
            0.055_504_103_659_710_69,
            0.009_618_038_122_384_973,
            0.001_333_393_467_509_599,
            0.000_154_667_581_516_701_9,
            1.519_629_748_191_530_8e-5,
        ],
    );
    p * f64::from_bits((shifted.to_bits() << 52).wrapping_add(1f64.to_bits()))
}

#[inline(always)]
pub(super) fn pow(x: f32, y: f32) -> f32 {
    let a = f64::from(x.abs());
    let l = log2_wide(a);
    let l = if a < f64::INFINITY { l } else { a };
    let l = if a == 0.0 { f64::NEG_INFINITY } else { l };
    let t = f64::from(y) * l;
    // Beyond these bounds the f32 is 0 or infinite; a NaN passes.
    let t = if t > 200.0 { 200.0 } else { t };
    let t = if t < -200.0 { -200.0 } else { t };
    let magnitude = exp2_wide(t) as f32;

    let integer = y.trunc() == y;
    let half = 0.5 * y;
    let odd = integer & (half.trunc() != half);
    let signed = if odd { magnitude.copysign(x) } else { magnitude };
    let undefined = (x < 0.0) & (x > f32::NEG_INFINITY) & !integer;
    let result = if undefined { f32::NAN } else { signed };
    let one = (x == 1.0) | (y == 0.0) | ((x == -1.0) & (y.abs() == f32::INFINITY));
    if one { 1.0 } else { result }
}
