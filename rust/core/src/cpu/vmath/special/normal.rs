//! Integrals of the normal density and their inverses.

use super::series;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI, SQRT_2};

/// `e^(scale x^2)`, for a scale that multiplies exactly: what the square loses when it is rounded is put back.
fn exp_of_square(x: f64, scale: f64) -> f64 {
    let square = x * x;
    let power = libm::exp(scale * square);
    if square.is_finite() {
        power * (1.0 + scale * x.mul_add(x, -square))
    } else {
        power
    }
}

/// `(1 + 2x) e^(x^2) erfc x` in `t = (x - 4) / (x + 4)` (Shepherd and Laframboise, 1981).
const ERFCX: [f64; 24] = [
    1.177_483_200_537_448_7,
    -0.007_260_796_620_301_901,
    -0.081_265_123_236_185,
    0.060_092_128_041_222_25,
    -0.028_753_935_580_276_66,
    0.010_595_663_363_472_86,
    -0.003_136_927_294_554_264,
    0.000_745_649_437_253_618_4,
    -0.000_136_969_650_301_005_4,
    1.718_386_160_030_093_7e-5,
    -7.158_364_623_450_346e-7,
    -2.426_139_944_244_953_4e-7,
    5.576_570_939_570_356_6e-8,
    -2.105_786_951_380_949_4e-9,
    -1.171_788_935_188_495_7e-9,
    1.909_835_517_245_668_8e-10,
    1.408_871_764_208_813e-11,
    -6.901_108_320_480_815e-12,
    9.167_958_364_111_294e-14,
    2.145_450_828_655_455_3e-13,
    -1.471_657_502_701_062_3e-14,
    -6.668_675_118_770_408e-15,
    7.504_598_509_880_083e-16,
    2.220_093_006_666_32e-16,
];

/// `e^(x^2) erfc x`.
pub fn erfcx(x: f64) -> f64 {
    if x < 0.0 {
        2.0 * exp_of_square(x, 1.0) - erfcx(-x)
    } else if x > 1e8 {
        0.5 * FRAC_2_SQRT_PI / x
    } else {
        series((x - 4.0) / (x + 4.0), &ERFCX) / (1.0 + 2.0 * x)
    }
}

/// The normal distribution function.
pub fn ndtr(x: f64) -> f64 {
    if x.abs() < 1.0 {
        return 0.5 + 0.5 * libm::erf(x * FRAC_1_SQRT_2);
    }
    let tail = 0.5 * exp_of_square(x, -0.5) * erfcx(x.abs() * FRAC_1_SQRT_2);
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Its logarithm.
pub fn log_ndtr(x: f64) -> f64 {
    if x < -1.0 {
        libm::log(0.5 * erfcx(-x * FRAC_1_SQRT_2)) - 0.5 * x * x
    } else {
        libm::log1p(-ndtr(-x))
    }
}

/// The inverse of erf.
pub fn erfinv(y: f64) -> f64 {
    let size = y.abs();
    if size > 0.5 {
        return erfcinv(1.0 - size).copysign(y);
    }
    // Halley's steps multiply right digits by three; the first two terms have two of them.
    let mut x = y / FRAC_2_SQRT_PI * (1.0 + PI / 12.0 * y * y);
    for _ in 0..2 {
        let step = (libm::erf(x) - y) / (FRAC_2_SQRT_PI * libm::exp(-x * x));
        x -= step / (1.0 + x * step);
    }
    if y == 0.0 { y } else { x }
}

/// The inverse of erfc, for q up to 1.
fn erfcinv(q: f64) -> f64 {
    if q == 0.0 {
        return f64::INFINITY;
    }
    if q.is_nan() || q < 0.0 {
        return f64::NAN;
    }
    // Abramowitz and Stegun (1964), 26.2.23.
    let log = libm::log(q);
    let t = (2.0 * (std::f64::consts::LN_2 - log)).sqrt();
    let above = 2.515517 + t * (0.802853 + t * 0.010328);
    let below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    let mut x = (t - above / below) * FRAC_1_SQRT_2;
    for _ in 0..3 {
        if q > 1e-5 {
            let step = (q - libm::erfc(x)) / (FRAC_2_SQRT_PI * libm::exp(-x * x));
            x -= step / (1.0 + x * step);
        } else {
            // Of logarithms, which do not vanish.
            let scaled = erfcx(x);
            x += (libm::log(scaled) - x * x - log) * scaled / FRAC_2_SQRT_PI;
        }
    }
    x
}

/// The inverse of the normal distribution function.
pub fn ndtri(p: f64) -> f64 {
    if p < 0.25 {
        -SQRT_2 * erfcinv(2.0 * p)
    } else if p > 0.75 {
        SQRT_2 * erfcinv(2.0 * (1.0 - p))
    } else {
        SQRT_2 * erfinv(2.0 * p - 1.0)
    }
}
