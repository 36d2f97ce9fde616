// How a number from a gamma distribution moves with the distribution's shape: cpu/gamma.rs, with fewer terms.

// digamma(a) - log(x)
fn digamma_less_log(a: f32, x: f32) -> f32 {
    var z = a;
    var passed = 0.0;
    for (var i = 0u; i < 6u; i += 1u) {
        if (z < 6.0) {
            passed += 1.0 / z;
            z += 1.0;
        }
    }
    let w = 1.0 / (z * z);
    return log_f32(z / x) - 0.5 / z - w * (0.083333333 - w * (0.0083333333 - w * 0.003968254)) - passed;
}

fn quantile_series(a: f32, x: f32) -> f32 {
    var term = 1.0;
    var harmonic = 0.0;
    var sum = 1.0;
    var slope = 0.0;
    for (var n = 1u; n < 400u; n += 1u) {
        let next = a + f32(n);
        term *= x / next;
        harmonic += 1.0 / next;
        sum += term;
        slope += term * harmonic;
        if (term * harmonic <= 3e-8 * slope) {
            break;
        }
    }
    return x / a * (sum * digamma_less_log(a + 1.0, x) + slope);
}

fn quantile_fraction(a: f32, x: f32) -> f32 {
    var b = x + 1.0 - a;
    var c = 1e30;
    var c_slope = 0.0;
    var d = 1.0 / b;
    var d_slope = 1.0 / (b * b);
    var h = d;
    var h_slope = d_slope;
    for (var n = 1u; n < 400u; n += 1u) {
        let i = f32(n);
        let numerator = -i * (i - a);
        b += 2.0;
        c_slope = -1.0 + (i - numerator * c_slope / c) / c;
        c = b + numerator / c;
        let denominator = b + numerator * d;
        d_slope = -(-1.0 + i * d + numerator * d_slope) / (denominator * denominator);
        d = 1.0 / denominator;
        let step = c * d;
        let step_slope = c_slope * d + c * d_slope;
        h_slope = h_slope * step + h * step_slope;
        h = h * step;
        if (abs(step - 1.0) <= 1.2e-7 && abs(h * step_slope) <= 1.2e-7 * abs(h_slope)) {
            break;
        }
    }
    return x * (h_slope - h * digamma_less_log(a, x));
}

fn quantile_slope_f32(a: f32, x: f32) -> f32 {
    if (!(a > 0.0 && x >= 0.0)) {
        return nan_f32();
    }
    if (x == 0.0) {
        return 0.0;
    }
    if (a > 1000.0) {
        let root = exp_f32(log_f32(x / a) * 0.33333333);
        return root * root * (root - 1.5 * (root - 1.0) + 1.0 / (6.0 * a));
    }
    if (x <= a + 1.0) {
        return quantile_series(a, x);
    }
    return quantile_fraction(a, x);
}
