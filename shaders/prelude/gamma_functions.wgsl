// The gamma function's kin: its logarithm, the derivatives of that, and the incomplete ones.

// log gamma(x) / ((x - 1) (x - 2)) on [1, 3], in t = x - 2.
fn log_gamma_ratio(t: f32) -> f32 {
    var q = 1.930875e-5;
    q = q * t - 3.8734208e-5;
    q = q * t + 2.0249377e-5;
    q = q * t - 5.2419444e-5;
    q = q * t + 0.00019579947;
    q = q * t - 0.00042557137;
    q = q * t + 0.0009105063;
    q = q * t - 0.0021020616;
    q = q * t + 0.0049994807;
    q = q * t - 0.012384975;
    q = q * t + 0.03296495;
    q = q * t - 0.10031727;
    return q * t + 0.42278433;
}

// log gamma(x) for x from 1/2 on.
fn log_gamma_above(x: f32) -> f32 {
    if (x < 1.0) {
        return x * (x - 1.0) * log_gamma_ratio(x - 1.0) - log_f32(x);
    }
    if (x < 8.0) {
        var y = x;
        var product = 1.0;
        for (var k = 0u; k < 6u && y >= 3.0; k += 1u) {
            y -= 1.0;
            product *= y;
        }
        return (y - 1.0) * (y - 2.0) * log_gamma_ratio(y - 2.0) + log_f32(product);
    }
    return (x - 0.5) * log_f32(x) - x + (0.918938533 + stirling_rest(x));
}

// Stirling's series behind its first terms, for x from 8 on.
fn stirling_rest(x: f32) -> f32 {
    let inverse = 1.0 / min(x, 1e18);
    let square = inverse * inverse;
    return inverse * (0.0833333333 - square * (0.00277777778 - square * 0.000793650794));
}

fn lgamma_f32(x: f32) -> f32 {
    let a = abs(x);
    if (isnan_f32(x)) {
        return x;
    }
    if (a >= inf_f32() || (x <= 0.0 && floor(x) == x)) {
        return inf_f32();
    }
    if (x == 1.0 || x == 2.0) {
        return 0.0;
    }
    if (x >= 0.5) {
        return log_gamma_above(x);
    }
    if (a < 1e-4) {
        return -log_f32(a) - 0.577215665 * x;
    }
    if (x > 0.0) {
        return log_gamma_above(x + 1.0) - log_f32(x);
    }
    // gamma(x) gamma(1 - x) = pi / sin(pi x).
    let sine = abs(sin_f32(3.14159274 * (x - round(x))));
    return log_f32(3.14159274 / sine) - log_gamma_above(1.0 - x);
}

// digamma(x) / (x - root) on [1, 2], in t = 2x - 3.
fn digamma_ratio(t: f32) -> f32 {
    var q = 1.0969605e-5;
    q = q * t - 3.200739e-5;
    q = q * t + 6.6051434e-5;
    q = q * t - 0.00020139798;
    q = q * t + 0.0006389825;
    q = q * t - 0.0019392957;
    q = q * t + 0.005936294;
    q = q * t - 0.018549845;
    q = q * t + 0.060135666;
    q = q * t - 0.21181375;
    return q * t + 0.9510559;
}

// For x above 0.
fn digamma_above(x: f32) -> f32 {
    var y = x;
    var sum = 0.0;
    if (y < 1.0) {
        sum = -1.0 / y;
        y += 1.0;
    }
    if (y <= 10.0) {
        for (var k = 0u; k < 9u && y > 2.0; k += 1u) {
            y -= 1.0;
            sum += 1.0 / y;
        }
        // The root in two parts.
        return sum + ((y - 1.46163213) - 1.24381498e-8) * digamma_ratio(2.0 * y - 3.0);
    }
    let inverse = 1.0 / min(y, 1e18);
    let square = inverse * inverse;
    return log_f32(y) - inverse * (0.5 + inverse * (0.0833333333 - square * (0.00833333333 - square * 0.00396825397)));
}

fn digamma_f32(x: f32) -> f32 {
    if (isnan_f32(x)) {
        return x;
    }
    if (x == 0.0) {
        return copysign_f32(inf_f32(), -x);
    }
    if (x > 0.0) {
        return digamma_above(x);
    }
    if (floor(x) == x) {
        return nan_f32();
    }
    let turn = x - round(x);
    let outer = copysign_f32(tan_f32(3.14159274 * (0.5 - abs(turn))), turn);
    let inverse = select(outer, 1.0 / tan_f32(3.14159274 * turn), abs(turn) < 0.25);
    return digamma_above(1.0 - x) - 3.14159274 * inverse;
}

// ---- Hurwitz's zeta function ----

// Nine terms, and the rest by Euler and Maclaurin; the second number is the derivative by s.
fn zeta_above(s: f32, q: f32) -> vec2<f32> {
    if (q >= inf_f32() || s >= inf_f32()) {
        return vec2<f32>(select(select(0.0, 1.0, q == 1.0), inf_f32(), q < 1.0), 0.0);
    }
    if (q > 1e8) {
        return pow_f32(q, 1.0 - s) / (s - 1.0) * vec2<f32>(1.0, -log_f32(q) - 1.0 / (s - 1.0));
    }
    var sum = vec2<f32>();
    for (var k = 0u; k < 9u; k += 1u) {
        let at = q + f32(k);
        sum += pow_f32(at, -s) * vec2<f32>(1.0, -log_f32(at));
    }
    let w = q + 9.0;
    let log_w = log_f32(w);
    let power = pow_f32(w, -s);
    let integral = w / (s - 1.0);
    let inverse = 1.0 / (w * w);
    let first = s / w;
    let second = (s + 1.0) * (s + 2.0) * inverse;
    let third = (s + 3.0) * (s + 4.0) * inverse;
    let inner = 0.00138888889 - third * 3.30687831e-5;
    let rest = 0.5 + first * (0.0833333333 - second * inner);
    // What of the rest grows with s.
    let inner_slope = -(2.0 * s + 7.0) * inverse * 3.30687831e-5;
    let bracket_slope = -(2.0 * s + 3.0) * inverse * inner - second * inner_slope;
    let rest_slope = (0.0833333333 - second * inner) / w + first * bracket_slope;
    let slope = rest_slope - rest * log_w - integral * (log_w + 1.0 / (s - 1.0));
    return sum + select(power * vec2<f32>(integral + rest, slope), vec2<f32>(), power == 0.0);
}

fn zeta_f32(s: f32, q: f32) -> f32 {
    if (isnan_f32(s) || isnan_f32(q) || s < 1.0) {
        return nan_f32();
    }
    if (s == 1.0) {
        return inf_f32();
    }
    if (q > 0.0) {
        return zeta_above(s, q).x;
    }
    let whole = floor(q);
    if (q == whole) {
        return inf_f32();
    }
    if (floor(s) != s || s >= inf_f32()) {
        return nan_f32();
    }
    // What lies below 0 is a sum of the same kind, taken from its other end.
    let part = q - whole;
    let below = zeta_above(s, 1.0 - part).x - zeta_above(s, 1.0 - q).x;
    return zeta_above(s, part).x + select(-below, below, floor(0.5 * s) * 2.0 == s);
}

fn zeta_slope_f32(s: f32, q: f32) -> f32 {
    if (s > 1.0 && q > 0.0) {
        return zeta_above(s, q).y;
    }
    return nan_f32();
}

// ---- Incomplete gamma functions: P(a, x), Q(a, x), and the derivative of P by a ----

struct Parts {
    lower: f32,
    upper: f32,
    slope: f32,
}

// u - log(1 + u), also for u near 0.
fn excess(u: f32) -> f32 {
    if (u < -0.4 || u > 0.6) {
        return u - log1p_f32(u);
    }
    // log(1 + u) is twice the area tangent of r.
    let r = u / (2.0 + u);
    let square = r * r;
    var tail = 0.0;
    for (var k = 7.0; k > 0.0; k -= 1.0) {
        tail = (tail + 1.0 / (2.0 * k + 1.0)) * square;
    }
    return r * (u - 2.0 * tail);
}

// x^a e^-x / gamma(a).
fn gamma_density(a: f32, x: f32) -> f32 {
    if (a < 8.0) {
        return a * exp_f32(a * log_f32(x) - x - lgamma_f32(a + 1.0));
    }
    return sqrt(a * 0.159154943) * exp_f32(-a * excess((x - a) / a) - stirling_rest(a));
}

fn gamma_series(a: f32, x: f32, density: f32) -> Parts {
    var term = 1.0 / a;
    var sum = term;
    var relative = -term;
    var slope = term * relative;
    for (var k = 1.0; k < 200.0 && term * max(abs(relative), 1.0) > sum * 1e-8; k += 1.0) {
        term *= x / (a + k);
        relative -= 1.0 / (a + k);
        sum += term;
        slope += term * relative;
    }
    let lower = density * sum;
    return Parts(lower, 1.0 - lower, density * ((log_f32(x) - digamma_f32(a)) * sum + slope));
}

// Where P is nearly 1 because a is small.
fn gamma_near_zero(a: f32, x: f32) -> Parts {
    let log_x = log_f32(x);
    var power = 1.0;
    var sum = 0.0;
    var slope = 0.0;
    for (var k = 1.0; k < 20.0; k += 1.0) {
        power *= -x / k;
        sum += power / (a + k);
        slope -= power / ((a + k) * (a + k));
    }
    let exponent = a * (log_x - (a - 1.0) * log_gamma_ratio(a - 1.0));
    let whole = exp_f32(exponent);
    let by_exponent = log_x - digamma_f32(1.0 + a);
    let lower = 1.0 + a * sum;
    return Parts(
        whole * lower,
        -expm1_f32(exponent) - whole * a * sum,
        whole * (by_exponent * lower + sum + a * slope),
    );
}

// The continued fraction by Lentz's method; of a pair the second is the derivative by a.
fn gamma_fraction(a: f32, x: f32, density: f32) -> Parts {
    var b = x + 1.0 - a;
    var inverse = vec2<f32>(1.0 / b, 1.0 / (b * b));
    var ratio = vec2<f32>(1e30, 0.0);
    var value = inverse;
    var off = 1.0;
    for (var k = 1.0; k < 200.0 && off > 2e-7; k += 1.0) {
        let n = vec2<f32>(-k * (k - a), k);
        b += 2.0;
        let below = vec2<f32>(n.x * inverse.x + b, n.x * inverse.y + n.y * inverse.x - 1.0);
        inverse = vec2<f32>(1.0, -below.y / below.x) / below.x;
        let back = vec2<f32>(1.0, -ratio.y / ratio.x) / ratio.x;
        ratio = vec2<f32>(n.x * back.x + b, n.x * back.y + n.y * back.x - 1.0);
        let factor = vec2<f32>(ratio.x * inverse.x, ratio.x * inverse.y + ratio.y * inverse.x);
        value = vec2<f32>(value.x * factor.x, value.x * factor.y + value.y * factor.x);
        off = abs(factor.x - 1.0) + abs(factor.y);
    }
    let upper = density * value.x;
    return Parts(1.0 - upper, upper, -density * ((log_f32(x) - digamma_f32(a)) * value.x + value.y));
}

// The smaller side of x as an integral: twelve pieces by Gauss and Legendre's rule of four.
fn gamma_integral(a: f32, x: f32, density: f32) -> Parts {
    let root = sqrt(a);
    let away = (x - a) / root;
    let reach = root * sqrt(away * away + 40.0);
    let end = select(max(a - reach, 0.0), a + 1.25 * reach, x > a);
    let half = (end - x) / 24.0;
    let log_gap = log_f32(a) - digamma_f32(a);
    let node = vec4<f32>(-0.861136312, -0.339981044, 0.339981044, 0.861136312);
    let weight = vec4<f32>(0.347854845, 0.652145155, 0.652145155, 0.347854845);
    var sum = 0.0;
    var slope = 0.0;
    for (var k = 0u; k < 48u; k += 1u) {
        let step = half * (2.0 * f32(k >> 2u) + 1.0 + node[k & 3u]);
        let v = step / x;
        let part = weight[k & 3u] * exp_f32(-(a - 1.0) * excess(v) - (x - a + 1.0) * v);
        sum += part;
        slope += part * (log1p_f32((x - a + step) / a) + log_gap);
    }
    let scale = density / x * abs(half);
    let part = scale * sum;
    if (x > a) {
        return Parts(1.0 - part, part, -scale * slope);
    }
    return Parts(part, 1.0 - part, scale * slope);
}

fn gamma_parts(a: f32, x: f32) -> Parts {
    let both = a >= inf_f32() && x >= inf_f32();
    if (isnan_f32(a) || isnan_f32(x) || a < 0.0 || x < 0.0 || (a == 0.0 && x == 0.0) || both) {
        return Parts(nan_f32(), nan_f32(), nan_f32());
    }
    if (x == 0.0 || a >= inf_f32()) {
        return Parts(0.0, 1.0, 0.0);
    }
    if (x >= inf_f32()) {
        return Parts(1.0, 0.0, 0.0);
    }
    if (a == 0.0) {
        return Parts(1.0, 0.0, -gamma_slope_at_zero(x));
    }
    let density = gamma_density(a, x);
    if (density == 0.0 && a > 1.0) {
        return Parts(select(1.0, 0.0, x < a), select(0.0, 1.0, x < a), 0.0);
    }
    if (a > 20.0 && abs(x - a) < 0.5 * a) {
        return gamma_integral(a, x, density);
    }
    if (x < 1.5 && x < 1.0 + a && a < 1.0 && a * abs(log_f32(x)) < 0.5) {
        return gamma_near_zero(a, x);
    }
    if (x < 1.0 + a) {
        return gamma_series(a, x, density);
    }
    return gamma_fraction(a, x, density);
}

// The exponential integral E1(x): what Q is at an a that is nothing beside 1, over a.
fn gamma_slope_at_zero(x: f32) -> f32 {
    let a = 1e-20;
    if (x < 1.5) {
        return gamma_near_zero(a, x).upper / a;
    }
    return gamma_fraction(a, x, a * exp_f32(-x)).upper / a;
}

fn igamma_f32(a: f32, x: f32) -> f32 {
    return gamma_parts(a, x).lower;
}

fn igammac_f32(a: f32, x: f32) -> f32 {
    return gamma_parts(a, x).upper;
}

fn igamma_slope_f32(a: f32, x: f32) -> f32 {
    return gamma_parts(a, x).slope;
}
