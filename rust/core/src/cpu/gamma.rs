//! How a number from a gamma distribution moves with the distribution's shape.

/// From this shape on an expansion for large ones is used, whose error is below 1e-6 there.
const LARGE: f64 = 1e4;
/// More than either sum needs below `LARGE`.
const TERMS: u32 = 10_000;

/// The derivative by `a` of the quantile `x` of a fixed probability: `-(dP/da) / (dP/dx)`, where P(a, x) is the
/// regularised incomplete gamma function (Figurnov, Mohamed and Mnih, 2018). Each sum serves where its terms do not
/// cancel.
pub fn quantile_slope(a: f64, x: f64) -> f64 {
    if !(a > 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 {
        return 0.0;
    }
    if a > LARGE {
        large(a, x)
    } else if x <= a + 1.0 {
        series(a, x)
    } else {
        fraction(a, x)
    }
}

/// `digamma(a) - log(x)`.
fn digamma_less_log(a: f64, x: f64) -> f64 {
    let (mut z, mut passed) = (a, 0.0);
    while z < 10.0 {
        passed += 1.0 / z;
        z += 1.0;
    }
    let w = 1.0 / (z * z);
    let bernoulli = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32760.0,
        1.0 / 12.0,
    ];
    let tail = bernoulli.iter().rev().fold(0.0, |sum, b| (sum + b) * w);
    (z / x).ln() - 0.5 / z - tail - passed
}

/// By `P = x^a e^-x / Gamma(a + 1) (1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ..)`.
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut harmonic, mut sum, mut slope) = (1.0, 0.0, 1.0, 0.0);
    for n in 1..TERMS {
        let next = a + f64::from(n);
        term *= x / next;
        harmonic += 1.0 / next;
        sum += term;
        slope += term * harmonic;
        if term * harmonic <= f64::EPSILON / 4.0 * slope {
            break;
        }
    }
    x / a * (sum * digamma_less_log(a + 1.0, x) + slope)
}

/// By Legendre's continued fraction of `1 - P`, and its derivative, step by step after Lentz.
fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    // Each with its derivative by a; that of b is -1 throughout.
    let (mut c, mut dc) = (1e300, 0.0);
    let (mut d, mut dd) = (1.0 / b, 1.0 / (b * b));
    let (mut h, mut dh) = (d, dd);
    for i in 1..TERMS {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        (c, dc) = (b + numerator / c, -1.0 + (i - numerator * dc / c) / c);
        let denominator = b + numerator * d;
        let slope = -1.0 + i * d + numerator * dd;
        (d, dd) = (1.0 / denominator, -slope / (denominator * denominator));
        let (step, dstep) = (c * d, dc * d + c * dd);
        (h, dh) = (h * step, dh * step + h * dstep);
        if (step - 1.0).abs() <= f64::EPSILON && (h * dstep).abs() <= f64::EPSILON * dh.abs() {
            break;
        }
    }
    x * (dh - h * digamma_less_log(a, x))
}

/// By the normal number to which the cube root is close (Wilson and Hilferty, 1931).
fn large(a: f64, x: f64) -> f64 {
    let root = (x / a).cbrt();
    root * root * (root - 1.5 * (root - 1.0) + 1.0 / (6.0 * a))
}
