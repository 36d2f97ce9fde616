//! Orthogonal polynomials by their recurrences. A degree is a number without its fraction; of a negative one they are 0.

/// Beyond it a recurrence takes too long: NaN, but where there is a closed form.
const HIGHEST: f64 = 1e6;

/// `p[0] = 1`, `p[1] = first`, then `p[k] = next(k, p[k-1], p[k-2])`, up to the degree. What is infinite stays so.
fn recur(degree: f64, first: f64, next: impl Fn(f64, f64, f64) -> f64) -> f64 {
    let n = degree.trunc();
    if n < 0.0 || n.is_nan() {
        return if n < 0.0 { 0.0 } else { f64::NAN };
    }
    if n > HIGHEST {
        return f64::NAN;
    }
    let (mut before, mut last) = (1.0, first);
    if n == 0.0 {
        return before;
    }
    let mut k = 2.0;
    while k <= n && last.is_finite() {
        (before, last) = (last, next(k, last, before));
        k += 1.0;
    }
    last
}

/// Chebyshev's polynomial of the first kind.
pub fn chebyshev_t(x: f64, degree: f64) -> f64 {
    let n = degree.trunc();
    if n > 6.0 && x.abs() < 1.0 {
        return libm::cos(n * libm::acos(x));
    }
    if n > HIGHEST && x.abs() == 1.0 {
        return if n % 2.0 == 0.0 { 1.0 } else { x };
    }
    recur(degree, x, |_, last, before| 2.0 * x * last - before)
}

/// Gegenbauer's polynomial, whose weight is `(1 - x^2)^(order - 1/2)`: Legendre's of order 1/2, Chebyshev's of the second
/// kind of order 1.
pub fn gegenbauer(x: f64, degree: f64, order: f64) -> f64 {
    let n = degree.trunc();
    if order == 1.0 && n > 8.0 && x.abs() < 1.0 {
        let angle = libm::acos(x);
        let sine = libm::sin(angle);
        if sine > 1e-4 {
            return libm::sin((n + 1.0) * angle) / sine;
        }
    }
    recur(degree, 2.0 * order * x, |k, last, before| {
        (2.0 * x * (k + order - 1.0) * last - (k + 2.0 * order - 2.0) * before) / k
    })
}

/// Hermite's polynomial of physics, with weight `e^(-x^2)`.
pub fn hermite_h(x: f64, degree: f64) -> f64 {
    recur(degree, 2.0 * x, |k, last, before| {
        2.0 * x * last - 2.0 * (k - 1.0) * before
    })
}

/// Hermite's polynomial of probability, with weight `e^(-x^2/2)`.
pub fn hermite_he(x: f64, degree: f64) -> f64 {
    recur(degree, x, |k, last, before| x * last - (k - 1.0) * before)
}

/// Laguerre's polynomial, with weight `x^order e^-x`.
pub fn laguerre(x: f64, degree: f64, order: f64) -> f64 {
    recur(degree, 1.0 + order - x, |k, last, before| {
        ((2.0 * k - 1.0 + order - x) * last - (k - 1.0 + order) * before) / k
    })
}
