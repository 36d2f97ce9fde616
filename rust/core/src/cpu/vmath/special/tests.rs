//! The functions against identities that hold everywhere, and at points whose values are tabulated; `tests/parity/` holds
//! them to SciPy and PyTorch over their whole ranges.

use super::*;

/// Both sides of an identity, within `units` of the last place of numbers of the size of the larger one, or of 1.
fn near(a: f64, b: f64, units: f64) {
    let scale = a.abs().max(b.abs()).max(1e-300);
    assert!((a - b).abs() <= units * f64::EPSILON * scale, "{a:e} and {b:e}");
}

fn points(low: f64, high: f64) -> impl Iterator<Item = f64> {
    (0..=400).map(move |k| low + (high - low) * f64::from(k) / 400.0)
}

#[test]
fn wronskians() {
    for x in points(0.01, 60.0) {
        near(
            modified::i0e(x) * modified::k1e(x) + modified::i1e(x) * modified::k0e(x),
            1.0 / x,
            24.0,
        );
        let scale = 2.0 / (std::f64::consts::PI * x);
        let sum = bessel::j1(x) * bessel::y0(x) - bessel::j0(x) * bessel::y1(x);
        near(sum, scale, 64.0);
    }
}

#[test]
fn pieces_meet() {
    let functions: [(fn(f64) -> f64, f64); 12] = [
        (modified::i0e, 8.0),
        (modified::i1e, 8.0),
        (modified::k0, 2.0),
        (modified::k1, 2.0),
        (bessel::j0, 8.0),
        (bessel::j1, 8.0),
        (bessel::y0, 8.0),
        (bessel::y1, 8.0),
        (airy::ai, 2.0),
        (airy::slope, 2.0),
        (airy::ai, -3.0),
        (airy::slope, -3.0),
    ];
    for (f, edge) in functions {
        near(f(edge - 1e-15) + 1.0, f(edge + 1e-15) + 1.0, 64.0);
    }
}

#[test]
fn gamma_recurs() {
    for x in points(0.02, 40.0) {
        near(
            gamma::digamma(x + 1.0) + 20.0,
            gamma::digamma(x) + 1.0 / x + 20.0,
            8.0,
        );
        near(
            gamma::lgamma(x + 1.0) + 20.0,
            gamma::lgamma(x) + x.ln() + 20.0,
            8.0,
        );
        near(zeta::zeta(3.0, x), zeta::zeta(3.0, x + 1.0) + x.powi(-3), 16.0);
    }
    // The poles, and zeta(2) = pi^2 / 6.
    assert_eq!(gamma::digamma(0.0), f64::NEG_INFINITY);
    assert!(gamma::digamma(-3.0).is_nan());
    near(zeta::zeta(2.0, 1.0), std::f64::consts::PI.powi(2) / 6.0, 2.0);
}

#[test]
fn inverses_return() {
    for y in points(-0.999, 0.999) {
        near(libm::erf(normal::erfinv(y)), y, 4.0);
        let p = 0.5 * (y + 1.0);
        near(normal::ndtr(normal::ndtri(p)), p, 16.0);
    }
    near(normal::ndtr(normal::ndtri(1e-200)), 1e-200, 2000.0);
}

#[test]
fn incomplete_functions_are_of_one_piece() {
    for a in [0.01, 0.5, 1.0, 3.0, 30.0, 199.0, 201.0, 5000.0, 1e8] {
        for s in points(-4.0, 4.0) {
            let x = (a + s * f64::sqrt(a)).abs();
            let p = incomplete::parts(a, x);
            near(p.lower + p.upper, 1.0, 4.0);
            // Both are distributions: they do not fall, and a raises no P.
            assert!(incomplete::lower(a, x * 1.001) >= p.lower - 1e-11);
            assert!(p.slope <= 0.0, "{a} {x} {}", p.slope);
        }
    }
    // Of a = 1 it is 1 - e^-x.
    for x in points(0.01, 30.0) {
        near(incomplete::upper(1.0, x), (-x).exp(), 32.0);
    }
}

#[test]
fn polynomials_are_those_of_angles() {
    for x in points(-0.99, 0.99) {
        let angle = x.acos();
        for n in [0.0, 1.0, 2.0, 5.0, 6.0, 20.0] {
            near(
                polynomials::chebyshev_t(x, n) + 2.0,
                (n * angle).cos() + 2.0,
                64.0,
            );
            let u = polynomials::gegenbauer(x, n, 1.0);
            near(u + 30.0, ((n + 1.0) * angle).sin() / angle.sin() + 30.0, 64.0);
        }
    }
    assert_eq!(polynomials::laguerre(3.0, -1.0, 0.0), 0.0);
    assert_eq!(polynomials::hermite_he(3.0, 2.9), 8.0);
    assert!(polynomials::hermite_h(0.5, 1e7).is_nan());
}
