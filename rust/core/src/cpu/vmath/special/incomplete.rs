//! The regularised incomplete gamma functions, with their derivative by the first argument.

use super::gamma::{digamma, lgamma, log_gamma_after_one};
use std::f64::consts::TAU;

/// `P(a, x)`, `Q(a, x) = 1 - P(a, x)`, and the derivative of P by a.
pub struct Parts {
    pub lower: f64,
    pub upper: f64,
    pub slope: f64,
}

const ALL_LOWER: Parts = Parts {
    lower: 1.0,
    upper: 0.0,
    slope: 0.0,
};
const ALL_UPPER: Parts = Parts {
    lower: 0.0,
    upper: 1.0,
    slope: 0.0,
};
const UNDEFINED: Parts = Parts {
    lower: f64::NAN,
    upper: f64::NAN,
    slope: f64::NAN,
};

/// From here on the sums take too many terms.
const LARGE: f64 = 200.0;

pub fn lower(a: f64, x: f64) -> f64 {
    parts(a, x).lower
}

pub fn upper(a: f64, x: f64) -> f64 {
    parts(a, x).upper
}

/// The derivative of `lower` by a.
pub fn slope(a: f64, x: f64) -> f64 {
    parts(a, x).slope
}

pub fn parts(a: f64, x: f64) -> Parts {
    let outside = a.is_nan() || x.is_nan() || a < 0.0 || x < 0.0;
    if outside || (a == 0.0 && x == 0.0) || (a.is_infinite() && x.is_infinite()) {
        return UNDEFINED;
    }
    if x == 0.0 || a.is_infinite() {
        return ALL_UPPER;
    }
    if x.is_infinite() {
        return ALL_LOWER;
    }
    if a == 0.0 {
        return Parts {
            // The limit from above is that of a small a: Q is a E1(x).
            slope: -exponential_integral(x),
            ..ALL_LOWER
        };
    }
    let density = density(a, x);
    if density == 0.0 && a > 1.0 {
        return if x < a { ALL_UPPER } else { ALL_LOWER };
    }
    if a > LARGE && (x - a).abs() < 0.5 * a {
        quadrature(a, x, density)
    } else if x < 1.5 && x < 1.0 + a && a < 1.0 && a * libm::log(x).abs() < 0.5 {
        near_zero(a, x)
    } else if x < 1.0 + a {
        power_series(a, x, density)
    } else {
        fraction(a, x, density)
    }
}

/// `x^a e^-x / gamma(a)`.
fn density(a: f64, x: f64) -> f64 {
    if a < 20.0 {
        return a * libm::exp(a * libm::log(x) - x - lgamma(a + 1.0));
    }
    // By Stirling's series, in which the large parts of the exponent cancel before they are rounded.
    let inverse = 1.0 / (a * a);
    let rest = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / a;
    (a / TAU).sqrt() * libm::exp(-a * excess((x - a) / a) - rest)
}

/// `u - log(1 + u)`, also for u near 0.
fn excess(u: f64) -> f64 {
    if !(-0.4..=0.6).contains(&u) {
        return u - libm::log1p(u);
    }
    // log(1 + u) is twice the area tangent of r.
    let r = u / (2.0 + u);
    let square = r * r;
    let mut tail = 0.0;
    for k in (1..14).rev() {
        tail = (tail + 1.0 / f64::from(2 * k + 1)) * square;
    }
    r * (u - 2.0 * tail)
}

/// `P = density / a (1 + x/(a+1) + x^2/((a+1)(a+2)) + ..)`.
fn power_series(a: f64, x: f64, density: f64) -> Parts {
    let (mut term, mut sum) = (1.0 / a, 1.0 / a);
    let mut relative = -1.0 / a;
    let mut slope = term * relative;
    for k in 1..2000 {
        let at = a + f64::from(k);
        term *= x / at;
        relative -= 1.0 / at;
        sum += term;
        slope += term * relative;
        if term * relative.abs().max(1.0) <= sum * 1e-17 {
            break;
        }
    }
    let lower = density * sum;
    Parts {
        lower,
        upper: 1.0 - lower,
        slope: density * ((libm::log(x) - digamma(a)) * sum + slope),
    }
}

/// Where P is nearly 1 because a is small: `Q = 1 - x^a / gamma(1 + a) (1 + a sum (-x)^k / (k! (a + k)))`.
fn near_zero(a: f64, x: f64) -> Parts {
    let log = libm::log(x);
    let (mut power, mut sum, mut slope) = (1.0, 0.0, 0.0);
    for k in 1..60 {
        let k = f64::from(k);
        power *= -x / k;
        sum += power / (a + k);
        slope -= power / ((a + k) * (a + k));
        if power.abs() <= 1e-18 {
            break;
        }
    }
    let exponent = a * log - log_gamma_after_one(a);
    let whole = libm::exp(exponent);
    let by_exponent = log - digamma(1.0 + a);
    Parts {
        lower: whole * (1.0 + a * sum),
        upper: -libm::expm1(exponent) - whole * a * sum,
        slope: whole * (by_exponent * (1.0 + a * sum) + sum + a * slope),
    }
}

/// A number, and its derivative by a.
#[derive(Clone, Copy)]
struct Dual(f64, f64);

impl Dual {
    fn times(self, y: Dual) -> Dual {
        Dual(self.0 * y.0, self.0 * y.1 + self.1 * y.0)
    }
    fn plus(self, y: Dual) -> Dual {
        Dual(self.0 + y.0, self.1 + y.1)
    }
    fn inverse(self) -> Dual {
        let inverse = 1.0 / self.0;
        Dual(inverse, -self.1 * inverse * inverse)
    }
}

/// `Q = density / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ..))` by the method of Lentz (1976).
fn fraction(a: f64, x: f64, density: f64) -> Parts {
    let mut b = Dual(x + 1.0 - a, -1.0);
    let mut inverse = b.inverse();
    let mut ratio = Dual(1e300, 0.0);
    let mut value = inverse;
    for k in 1..2000 {
        let k = f64::from(k);
        let numerator = Dual(-k * (k - a), k);
        b.0 += 2.0;
        inverse = numerator.times(inverse).plus(b).inverse();
        ratio = b.plus(numerator.times(ratio.inverse()));
        let factor = ratio.times(inverse);
        value = value.times(factor);
        if (factor.0 - 1.0).abs() + factor.1.abs() <= 4e-16 {
            break;
        }
    }
    let upper = density * value.0;
    Parts {
        lower: 1.0 - upper,
        upper,
        slope: -density * ((libm::log(x) - digamma(a)) * value.0 + value.1),
    }
}

/// The smaller side of x as an integral, by Gauss and Legendre's rule over all that is not far below its largest part.
fn quadrature(a: f64, x: f64, density: f64) -> Parts {
    let root = a.sqrt();
    let away = (x - a) / root;
    let above = x > a;
    let reach = root * (away * away + 80.0).sqrt();
    let end = if above {
        a + 1.25 * reach
    } else {
        (a - reach).max(0.0)
    };
    let (middle, half) = (0.5 * (x + end), 0.5 * (end - x));
    // log t - digamma(a), in parts that are small both.
    let log_gap = libm::log(a) - digamma(a);
    let (mut sum, mut slope) = (0.0, 0.0);
    for &(node, weight) in &NODES {
        for side in [-node, node] {
            let t = middle + half * side;
            let v = (t - x) / x;
            let part = weight * libm::exp(-(a - 1.0) * excess(v) - (x - a + 1.0) * v);
            sum += part;
            slope += part * (libm::log1p((t - a) / a) + log_gap);
        }
    }
    let scale = density / x * half.abs();
    let (part, slope) = (scale * sum, scale * slope);
    if above {
        Parts {
            lower: 1.0 - part,
            upper: part,
            slope: -slope,
        }
    } else {
        Parts {
            lower: part,
            upper: 1.0 - part,
            slope,
        }
    }
}

/// `E1(x)`, for x above 0.
fn exponential_integral(x: f64) -> f64 {
    // As the slope of Q at an a that is nothing beside 1.
    let a = 1e-30;
    if x < 1.5 {
        near_zero(a, x).upper / a
    } else {
        fraction(a, x, a * libm::exp(-x)).upper / a
    }
}

/// The nodes above 0 of the rule of 40, and their weights.
const NODES: [(f64, f64); 20] = [
    (0.038_772_417_506_050_82, 0.077_505_947_978_424_8),
    (0.116_084_070_675_255_21, 0.077_039_818_164_247_97),
    (0.192_697_580_701_371_1, 0.076_110_361_900_626_24),
    (0.268_152_185_007_253_7, 0.074_723_169_057_968_26),
    (0.341_994_090_825_758_5, 0.072_886_582_395_804_06),
    (0.413_779_204_371_605, 0.070_611_647_391_286_78),
    (0.483_075_801_686_178_7, 0.067_912_045_815_233_9),
    (0.549_467_125_095_128_2, 0.064_804_013_456_601_04),
    (0.612_553_889_667_980_2, 0.061_306_242_492_928_94),
    (0.671_956_684_614_179_6, 0.057_439_769_099_391_55),
    (0.727_318_255_189_927_1, 0.053_227_846_983_936_82),
    (0.778_305_651_426_519_4, 0.048_695_807_635_072_23),
    (0.824_612_230_833_311_7, 0.043_870_908_185_673_27),
    (0.865_959_503_212_259_5, 0.038_782_167_974_472_016),
    (0.902_098_806_968_874_3, 0.033_460_195_282_547_844),
    (0.932_812_808_278_676_5, 0.027_937_006_980_023_4),
    (0.957_916_819_213_791_7, 0.022_245_849_194_166_96),
    (0.977_259_949_983_774_3, 0.016_421_058_381_907_89),
    (0.990_726_238_699_457, 0.010_498_284_531_152_813),
    (0.998_237_709_710_559_3, 0.004_521_277_098_533_191),
];
