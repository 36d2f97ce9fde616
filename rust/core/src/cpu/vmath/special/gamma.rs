//! The logarithm of the gamma function and its derivative.

use super::series;
use std::f64::consts::PI;

/// `log gamma(x) / ((x - 1) (x - 2))` on [1, 3], in `t = x - 2`.
const LGAMMA_NEAR: [f64; 27] = [
    0.441_489_025_455_014_23,
    -0.111_195_803_217_525_22,
    0.019_510_448_260_688_84,
    -0.003_922_461_463_025_264,
    0.000_847_898_989_595_385_7,
    -0.000_191_538_553_413_655_9,
    4.454_470_184_975_607e-5,
    -1.057_287_437_359_43e-5,
    2.547_433_687_340_841_7e-6,
    -6.208_535_880_776_316e-7,
    1.526_867_739_907_154_6e-7,
    -3.782_637_660_291_326e-8,
    9.428_100_823_624_284e-9,
    -2.361_999_702_184_645e-9,
    5.943_541_905_817_546e-10,
    -1.501_312_977_072_867e-10,
    3.805_019_645_811_053_4e-11,
    -9.672_485_299_656_325e-12,
    2.465_348_198_355_661e-12,
    -6.298_868_140_791_711e-13,
    1.612_846_003_028_378_7e-13,
    -4.137_949_206_814_042e-14,
    1.063_570_122_775_789_8e-14,
    -2.738_242_078_665_282_6e-15,
    7.060_670_507_214_892e-16,
    -1.823_217_714_166_211_8e-16,
    4.714_169_006_756_272e-17,
];
/// `digamma(x) / (x - root)` on [1, 2], in `t = 2 x - 3`.
const DIGAMMA_NEAR: [f64; 22] = [
    0.983_570_260_441_567,
    -0.227_064_086_334_644_4,
    0.033_368_899_023_930_11,
    -0.005_320_077_271_596_548,
    0.000_878_865_693_782_050_5,
    -0.000_147_734_926_506_060_44,
    2.506_054_346_835_914_3e-5,
    -4.272_103_402_999_332_4e-6,
    7.302_769_272_465_923e-7,
    -1.250_288_681_355_959_7e-7,
    2.142_500_932_235_947_2e-8,
    -3.673_295_918_565_179e-9,
    6.299_717_236_108_931e-10,
    -1.080_593_028_883_266e-10,
    1.853_735_192_053_638e-11,
    -3.180_235_365_825_53e-12,
    5.456_147_570_322_795e-13,
    -9.360_993_131_036_438e-14,
    1.606_064_636_295_075e-14,
    -2.755_543_137_743_881e-15,
    4.727_736_178_601_912e-16,
    -8.111_484_203_465_09e-17,
];

/// The root of the digamma function, in two parts.
const ROOT: (f64, f64) = (1.461_632_144_968_362_2, 9.549_995_429_965_698e-17);

/// Bernoulli's numbers `B(2k) / 2k`, k from 1.
const ASYMPTOTIC: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32_760.0,
    1.0 / 12.0,
    -3617.0 / 8160.0,
];

/// `log |gamma(x)|`; infinite at its poles 0, -1, -2 and at both infinities.
pub fn lgamma(x: f64) -> f64 {
    if x == f64::NEG_INFINITY {
        f64::INFINITY
    } else if x == 1.0 || x == 2.0 {
        0.0
    } else if (0.75..=3.0).contains(&x) {
        // Near its zeros, to the last place.
        (x - 1.0) * (x - 2.0) * log_gamma_ratio(x)
    } else {
        libm::lgamma(x)
    }
}

fn log_gamma_ratio(x: f64) -> f64 {
    if x < 1.0 {
        // log gamma(x) = log gamma(x + 1) - log x.
        let above = x * log_gamma_ratio(x + 1.0) * (x - 1.0);
        return (above - libm::log(x)) / ((x - 1.0) * (x - 2.0));
    }
    series(x - 2.0, &LGAMMA_NEAR)
}

/// `log gamma(1 + a)` for a from 0 to 2, relatively exact also near 0.
pub fn log_gamma_after_one(a: f64) -> f64 {
    a * (a - 1.0) * series(a - 1.0, &LGAMMA_NEAR)
}

/// The derivative of `log gamma(x)`: infinite at 0, with the sign opposite to its own, and NaN at -1, -2, ...
pub fn digamma(x: f64) -> f64 {
    if x == 0.0 {
        return f64::INFINITY.copysign(-x);
    }
    if x < 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        // digamma(1 - x) - pi / tan(pi x). Half a turn more changes no tangent, a quarter makes it its inverse.
        let turn = x - x.round();
        let inverse = if turn.abs() < 0.25 {
            1.0 / libm::tan(PI * turn)
        } else {
            libm::tan(PI * (0.5 - turn.abs())).copysign(turn)
        };
        return digamma_above(1.0 - x) - PI * inverse;
    }
    digamma_above(x)
}

fn digamma_above(mut x: f64) -> f64 {
    let mut sum = 0.0;
    if x < 1.0 {
        sum = -1.0 / x;
        x += 1.0;
    }
    if x <= 10.0 {
        while x > 2.0 {
            x -= 1.0;
            sum += 1.0 / x;
        }
        return sum + ((x - ROOT.0) - ROOT.1) * series(2.0 * x - 3.0, &DIGAMMA_NEAR);
    }
    if x == f64::INFINITY {
        return x;
    }
    let inverse = 1.0 / (x * x);
    let tail = ASYMPTOTIC.iter().rev().fold(0.0, |tail, b| (tail + b) * inverse);
    libm::log(x) - 0.5 / x - tail
}
