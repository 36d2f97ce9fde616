// Integrals of the normal density and their inverses. The polynomials, here and in the files of gamma and Bessel functions,
// are sums of Chebyshev polynomials as in cpu/vmath/special/, cut at float32 and written in powers of t.

// (1 + 2x) e^(x^2) erfc x in t = (x - 4) / (x + 4).
fn erfcx_smooth(t: f32) -> f32 {
    var q = 0.000114208175;
    q = q * t - 0.00024843673;
    q = q * t - 0.0007091328;
    q = q * t + 0.0050822697;
    q = q * t - 0.016230391;
    q = q * t + 0.03714046;
    q = q * t - 0.06631904;
    q = q * t + 0.0937402;
    q = q * t - 0.101040944;
    q = q * t + 0.068096176;
    q = q * t + 0.015379769;
    q = q * t - 0.1396211;
    return q * t + 1.2329952;
}

fn erfcx_f32(x: f32) -> f32 {
    let a = abs(x);
    let b = min(a, 1e4);
    let near = erfcx_smooth((b - 4.0) / (b + 4.0)) / (1.0 + 2.0 * b);
    let above = select(near, 0.564189584 / max(a, 1.0), a > 1e4);
    // The square in twice the precision: its error becomes a relative one.
    let c = min(a, 9.6);
    let hi = leading(c);
    let lo = c - hi;
    let y = select(above, 2.0 * exp_sum(hi * hi, 2.0 * hi * lo + lo * lo) - above, x < 0.0);
    return select(y, x, isnan_f32(x));
}

fn ndtr_f32(x: f32) -> f32 {
    let a = min(abs(x), 14.9);
    let hi = leading(a);
    let lo = a - hi;
    let tail = exp_sum(-0.5 * hi * hi, -(hi * lo + 0.5 * lo * lo)) * normal_tail(a);
    let outer = select(tail, 1.0 - tail, x > 0.0);
    let y = select(outer, 0.5 + 0.5 * erf_small(x * 0.707106781), abs(x) < 1.0);
    return select(select(y, 0.0, x < -14.5), x, isnan_f32(x));
}

fn log_ndtr_f32(x: f32) -> f32 {
    let a = abs(x);
    let below = log_f32(0.5 * erfcx_f32(0.707106781 * a)) - 0.5 * a * a;
    let y = select(log1p_f32(-ndtr_f32(-x)), below, x < -1.0);
    return select(y, x, isnan_f32(x));
}

// erfinv(y) / y for |y| up to 1/2, in t = 8 y^2 - 1.
fn erfinv_ratio(t: f32) -> f32 {
    var q = 3.7315175e-7;
    q = q * t + 3.142291e-6;
    q = q * t + 2.696997e-5;
    q = q * t + 0.00025223522;
    q = q * t + 0.0026140288;
    q = q * t + 0.033567436;
    return q * t + 0.91740835;
}

// The inverse of erfc in s = sqrt(-2 log(q / 2)): from 1.6 to 3.4 in t = (s - 2.5) / 0.9, to 6.6 in (s - 5) / 1.6, and to
// 14.5 in (s - 10.5) / 4.
fn erfcinv_near(t: f32) -> f32 {
    var q = 7.035833e-6;
    q = q * t - 2.1609862e-5;
    q = q * t + 5.1687257e-5;
    q = q * t - 0.0001721748;
    q = q * t + 0.00059841183;
    q = q * t - 0.0020805849;
    q = q * t + 0.007494616;
    q = q * t - 0.02832529;
    q = q * t + 0.75182176;
    return q * t + 1.2068342;
}

fn erfcinv_mid(t: f32) -> f32 {
    var q = -8.5597285e-6;
    q = q * t + 2.9817167e-5;
    q = q * t - 8.799787e-5;
    q = q * t + 0.00032356102;
    q = q * t - 0.0012189667;
    q = q * t + 0.00463459;
    q = q * t - 0.018213341;
    q = q * t + 1.2073361;
    return q * t + 3.168061;
}

fn erfcinv_far(t: f32) -> f32 {
    var q = -3.632833e-5;
    q = q * t + 0.00010145135;
    q = q * t - 0.00021273052;
    q = q * t + 0.0006327574;
    q = q * t - 0.0019467451;
    q = q * t + 0.0058917007;
    q = q * t - 0.01831965;
    q = q * t + 2.8883374;
    return q * t + 7.202475;
}

// For q up to 1/2 and a little more.
fn erfcinv_f32(q: f32) -> f32 {
    let s = sqrt(-2.0 * log_f32(0.5 * clamp(q, 1e-45, 0.6)));
    var y = erfcinv_near((s - 2.5) / 0.9);
    y = select(y, erfcinv_mid((s - 5.0) * 0.625), s > 3.4);
    y = select(y, erfcinv_far((s - 10.5) * 0.25), s > 6.5);
    return select(select(y, inf_f32(), q == 0.0), nan_f32(), q < 0.0);
}

fn erfinv_f32(x: f32) -> f32 {
    let a = abs(x);
    let near = x * erfinv_ratio(8.0 * a * a - 1.0);
    let y = select(copysign_f32(erfcinv_f32(1.0 - a), x), near, a < 0.5);
    return select(y, x, isnan_f32(x));
}

fn ndtri_f32(x: f32) -> f32 {
    let tail = select(x, 1.0 - x, x > 0.5);
    let outer = copysign_f32(erfcinv_f32(2.0 * tail), x - 0.5);
    let y = select(outer, erfinv_f32(2.0 * x - 1.0), x > 0.25 && x < 0.75);
    return select(y * 1.41421356, x, isnan_f32(x));
}
