//! Hurwitz's zeta function.

/// `B(2k) / (2k)!`, k from 1.
const BERNOULLI: [f64; 12] = [
    1.0 / 12.0,
    -1.0 / 720.0,
    1.0 / 30_240.0,
    -1.0 / 1_209_600.0,
    1.0 / 47_900_160.0,
    -691.0 / 1_307_674_368_000.0,
    1.0 / 74_724_249_600.0,
    -3617.0 / 10_670_622_842_880_000.0,
    43_867.0 / 5_109_094_217_170_944_000.0,
    -174_611.0 / 802_857_662_698_291_200_000.0,
    77_683.0 / 14_101_100_039_391_805_440_000.0,
    -236_364_091.0 / 1_693_824_136_731_743_669_452_800_000.0,
];

/// A value, and its derivative by s.
type Pair = (f64, f64);

/// The sum of `(q + k)^-s` over k from 0: infinite for s of 1 and at the poles 0, -1, ... of q, NaN for s below 1, and at
/// other q below 0 unless s is an integer.
pub fn zeta(s: f64, q: f64) -> f64 {
    if s.is_nan() || q.is_nan() || s < 1.0 {
        return f64::NAN;
    }
    if s == 1.0 {
        return f64::INFINITY;
    }
    if q > 0.0 {
        return zeta_above(s, q).0;
    }
    let whole = q.floor();
    if q == whole {
        return f64::INFINITY;
    }
    if s != s.floor() || s.is_infinite() {
        return f64::NAN;
    }
    // What lies below 0 is a sum of the same kind, taken from its other end.
    let part = q - whole;
    let below = zeta_above(s, 1.0 - part).0 - zeta_above(s, 1.0 - q).0;
    let sign = if s % 2.0 == 0.0 { 1.0 } else { -1.0 };
    zeta_above(s, part).0 + sign * below
}

/// The derivative of `zeta` by s; NaN at other q than those above 0.
pub fn slope(s: f64, q: f64) -> f64 {
    if s > 1.0 && q > 0.0 {
        zeta_above(s, q).1
    } else {
        f64::NAN
    }
}

/// Nine terms, and the rest by Euler and Maclaurin.
fn zeta_above(s: f64, q: f64) -> Pair {
    if q == f64::INFINITY || s == f64::INFINITY {
        let sum = match q {
            1.0 => 1.0,
            q if q < 1.0 => f64::INFINITY,
            _ => 0.0,
        };
        return (sum, 0.0);
    }
    if q > 1e17 {
        let sum = libm::pow(q, 1.0 - s) / (s - 1.0);
        return (sum, -sum * (libm::log(q) + 1.0 / (s - 1.0)));
    }
    let (mut sum, mut slope) = (0.0, 0.0);
    for k in 0..9 {
        let at = q + f64::from(k);
        let term = libm::pow(at, -s);
        sum += term;
        slope -= term * libm::log(at);
        if term <= sum * 1e-19 {
            return (sum, slope);
        }
    }
    let w = q + 9.0;
    let log = libm::log(w);
    let power = libm::pow(w, -s);
    let integral = power * w / (s - 1.0);
    sum += integral + 0.5 * power;
    slope -= integral * (log + 1.0 / (s - 1.0)) + 0.5 * power * log;
    let mut factor = s * power / w;
    let mut by_s = power / w - factor * log;
    for (k, b) in BERNOULLI.iter().enumerate() {
        let term = factor * b;
        sum += term;
        slope += by_s * b;
        if term.abs() <= sum * 1e-19 {
            break;
        }
        let at = s + 2.0 * k as f64;
        let next = (at + 1.0) * (at + 2.0) / (w * w);
        by_s = by_s * next + factor * (2.0 * at + 3.0) / (w * w);
        factor *= next;
    }
    (sum, slope)
}
