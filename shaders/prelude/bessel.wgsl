// Bessel functions of orders 0 and 1, modified ones, and Airy's.

// ---- Modified Bessel functions ----

// e^-x I(x) up to 8, that of order 1 over x, in t = x/4 - 1; sqrt(x) e^-x I(x) beyond, in t = 16/x - 1.
fn i0_near(t: f32) -> f32 {
    var q = -0.00085198437;
    q = q * t + 0.0019814793;
    q = q * t - 0.000754895;
    q = q * t + 0.0012277215;
    q = q * t - 0.008018237;
    q = q * t + 0.014528302;
    q = q * t - 0.018857354;
    q = q * t + 0.028607963;
    q = q * t - 0.04331789;
    q = q * t + 0.057333983;
    q = q * t - 0.06946329;
    q = q * t + 0.079165004;
    q = q * t - 0.084973246;
    q = q * t + 0.087354295;
    q = q * t - 0.08904287;
    q = q * t + 0.09451522;
    q = q * t - 0.113004334;
    return q * t + 0.20700192;
}

fn i0_far(t: f32) -> f32 {
    var q = 3.6266704e-7;
    q = q * t + 1.6391349e-6;
    q = q * t + 1.1112148e-5;
    q = q * t + 0.00013615603;
    q = q * t + 0.0033605557;
    return q * t + 0.4021765;
}

fn i1_near(t: f32) -> f32 {
    var q = -0.0001236828;
    q = q * t + 0.00030741422;
    q = q * t - 0.00020262659;
    q = q * t + 0.0004114422;
    q = q * t - 0.0016985943;
    q = q * t + 0.0033614205;
    q = q * t - 0.0054274215;
    q = q * t + 0.009367401;
    q = q * t - 0.015614301;
    q = q * t + 0.023762641;
    q = q * t - 0.033661284;
    q = q * t + 0.044659436;
    q = q * t - 0.05528131;
    q = q * t + 0.06376889;
    q = q * t - 0.06848253;
    q = q * t + 0.068057545;
    q = q * t - 0.06112434;
    return q * t + 0.04468771;
}

fn i1_far(t: f32) -> f32 {
    var q = -4.2103503e-7;
    q = q * t - 2.009789e-6;
    q = q * t - 1.5003965e-5;
    q = q * t - 0.00021916808;
    q = q * t - 0.009749581;
    return q * t + 0.38939846;
}

fn i0e_f32(x: f32) -> f32 {
    let a = abs(x);
    let b = clamp(a, 8.0, 1e30);
    let y = select(i0_near(0.25 * min(a, 8.0) - 1.0), i0_far(16.0 / b - 1.0) * inverseSqrt(b), a > 8.0);
    return select(select(y, 0.0, a >= inf_f32()), x, isnan_f32(x));
}

fn i1e_f32(x: f32) -> f32 {
    let a = abs(x);
    let b = clamp(a, 8.0, 1e30);
    let y = select(a * i1_near(0.25 * min(a, 8.0) - 1.0), i1_far(16.0 / b - 1.0) * inverseSqrt(b), a > 8.0);
    return select(copysign_f32(select(y, 0.0, a >= inf_f32()), x), x, isnan_f32(x));
}

// y e^a, which may be finite where the exponential is not.
fn grown(y: f32, a: f32) -> f32 {
    let half = exp_f32(0.5 * min(a, 100.0));
    let z = y * exp_f32(min(a, 80.0));
    return select(z, y * half * half, a > 80.0);
}

fn i0_f32(x: f32) -> f32 {
    let a = abs(x);
    let y = select(grown(i0e_f32(a), a), inf_f32(), a > 95.0);
    return select(y, x, isnan_f32(x));
}

fn i1_f32(x: f32) -> f32 {
    let a = abs(x);
    let y = select(grown(i1e_f32(a), a), inf_f32(), a > 95.0);
    return select(copysign_f32(y, x), x, isnan_f32(x));
}

// K0(x) + log(x/2) I0(x), and x (K1(x) - log(x/2) I1(x)), up to 2 in t = x^2/2 - 1; sqrt(x) e^x K(x) beyond, in t = 4/x - 1.
fn k0_near(t: f32) -> f32 {
    var q = 4.0556656e-6;
    q = q * t + 0.00018289697;
    q = q * t + 0.005053392;
    q = q * t + 0.07177698;
    q = q * t + 0.34049731;
    return q * t - 0.3036208;
}

fn k0_far(t: f32) -> f32 {
    var q = -2.9827136e-6;
    q = q * t + 8.853804e-6;
    q = q * t - 2.408834e-5;
    q = q * t + 9.83178e-5;
    q = q * t - 0.00047995674;
    q = q * t + 0.0030331495;
    q = q * t - 0.031071447;
    return q * t + 1.2185954;
}

fn k1_near(t: f32) -> f32 {
    var q = -7.0828406e-7;
    q = q * t - 3.8934497e-5;
    q = q * t - 0.0013831687;
    q = q * t - 0.027854227;
    q = q * t - 0.24383853;
    q = q * t - 0.33224097;
    return q * t + 0.88508826;
}

fn k1_far(t: f32) -> f32 {
    var q = 3.6742938e-6;
    q = q * t - 1.12062735e-5;
    q = q * t + 3.2073745e-5;
    q = q * t - 0.00013808643;
    q = q * t + 0.0007359474;
    q = q * t - 0.005567041;
    q = q * t + 0.10334972;
    return q * t + 1.3631519;
}

// NaN below 0, infinite at 0.
fn k_specials(x: f32, y: f32) -> f32 {
    let z = select(select(y, 0.0, x >= inf_f32()), inf_f32(), x == 0.0);
    return select(select(z, nan_f32(), x < 0.0), x, isnan_f32(x));
}

fn k0_low(x: f32) -> f32 {
    let b = clamp(x, 1e-38, 2.0);
    return k0_near(0.5 * b * b - 1.0) - log_f32(0.5 * b) * i0_f32(b);
}

fn k1_low(x: f32) -> f32 {
    let b = clamp(x, 1e-38, 2.0);
    return k1_near(0.5 * b * b - 1.0) / b + log_f32(0.5 * b) * i1_f32(b);
}

fn k0e_high(x: f32) -> f32 {
    let b = clamp(x, 2.0, 1e30);
    return k0_far(4.0 / b - 1.0) * inverseSqrt(b);
}

fn k1e_high(x: f32) -> f32 {
    let b = clamp(x, 2.0, 1e30);
    return k1_far(4.0 / b - 1.0) * inverseSqrt(b);
}

fn k0_f32(x: f32) -> f32 {
    return k_specials(x, select(k0_low(x), exp_f32(-x) * k0e_high(x), x > 2.0));
}

fn k0e_f32(x: f32) -> f32 {
    return k_specials(x, select(exp_f32(min(x, 2.0)) * k0_low(x), k0e_high(x), x > 2.0));
}

fn k1_f32(x: f32) -> f32 {
    return k_specials(x, select(k1_low(x), exp_f32(-x) * k1e_high(x), x > 2.0));
}

fn k1e_f32(x: f32) -> f32 {
    return k_specials(x, select(exp_f32(min(x, 2.0)) * k1_low(x), k1e_high(x), x > 2.0));
}

// ---- Bessel functions: near a zero their errors are those of numbers of the size of 1 ----

// Up to 8 in t = x^2/32 - 1: J0(x), J1(x) / x, Y0(x) - 2/pi log(x) J0(x), (Y1(x) - 2/pi (log(x) J1(x) - 1/x)) / x.
fn j0_near(t: f32) -> f32 {
    var q = 3.8953796e-5;
    q = q * t - 0.0004510584;
    q = q * t + 0.0040575378;
    q = q * t - 0.028465193;
    q = q * t + 0.14598913;
    q = q * t - 0.5074713;
    q = q * t + 1.0383794;
    q = q * t - 0.80808824;
    q = q * t - 0.64846927;
    q = q * t + 0.9303012;
    return q * t + 0.045829665;
}

fn j1_near(t: f32) -> f32 {
    var q = 1.8878125e-6;
    q = q * t - 2.437628e-5;
    q = q * t + 0.00024947277;
    q = q * t - 0.0020287086;
    q = q * t + 0.012456826;
    q = q * t - 0.054745965;
    q = q * t + 0.15858376;
    q = q * t - 0.25959483;
    q = q * t + 0.15151665;
    q = q * t + 0.08105866;
    return q * t - 0.058143828;
}

fn y0_near(t: f32) -> f32 {
    var q = 5.374766e-6;
    q = q * t - 7.376503e-5;
    q = q * t + 0.0008060917;
    q = q * t - 0.0070246486;
    q = q * t + 0.046367086;
    q = q * t - 0.21895804;
    q = q * t + 0.6721771;
    q = q * t - 1.0775476;
    q = q * t + 0.14412633;
    q = q * t + 1.6470965;
    q = q * t - 0.8284359;
    return q * t - 0.38225067;
}

fn y1_near(t: f32) -> f32 {
    var q = -3.6406016e-6;
    q = q * t + 4.533198e-5;
    q = q * t - 0.00044377273;
    q = q * t + 0.003421832;
    q = q * t - 0.01962878;
    q = q * t + 0.078548156;
    q = q * t - 0.19639839;
    q = q * t + 0.23507205;
    q = q * t + 0.02336757;
    q = q * t - 0.24337743;
    return q * t + 0.070759855;
}

// Beyond, Hankel's amplitudes in t = 128/x^2 - 1, the sines' times x.
fn hankel_p0(t: f32) -> f32 {
    var q = -2.0682378e-7;
    q = q * t + 6.1503697e-6;
    q = q * t - 0.00053636695;
    return q * t + 0.9994573;
}

fn hankel_q0(t: f32) -> f32 {
    var q = -4.654026e-8;
    q = q * t + 5.7511863e-7;
    q = q * t - 1.1816657e-5;
    q = q * t + 0.00054665026;
    return q * t - 0.12444091;
}

fn hankel_p1(t: f32) -> f32 {
    var q = 2.4710536e-7;
    q = q * t - 7.974569e-6;
    q = q * t + 0.0008988045;
    return q * t + 1.0009071;
}

fn hankel_q1(t: f32) -> f32 {
    var q = 5.2666838e-8;
    q = q * t - 6.70713e-7;
    q = q * t + 1.4569117e-5;
    q = q * t - 0.0007697148;
    return q * t + 0.374215;
}

// Sine and cosine of x, each over sqrt(pi x).
fn wave(x: f32) -> vec2<f32> {
    let angle = reduce_angle(x);
    let scale = 0.564189584 * inverseSqrt(x);
    return scale * vec2<f32>(sine_of(angle.rest, angle.quarters), sine_of(angle.rest, angle.quarters + 1u));
}

fn j0_f32(x: f32) -> f32 {
    let a = abs(x);
    let b = clamp(a, 8.0, 3e38);
    let t = 128.0 / b / b - 1.0;
    let w = wave(b);
    let far = hankel_p0(t) * (w.y + w.x) - hankel_q0(t) / b * (w.x - w.y);
    let y = select(far, j0_near(min(a, 8.0) * min(a, 8.0) / 32.0 - 1.0), a < 8.0);
    return select(select(y, 0.0, a >= inf_f32()), x, isnan_f32(x));
}

fn j1_f32(x: f32) -> f32 {
    let a = abs(x);
    let b = clamp(a, 8.0, 3e38);
    let t = 128.0 / b / b - 1.0;
    let w = wave(b);
    let far = hankel_p1(t) * (w.x - w.y) + hankel_q1(t) / b * (w.x + w.y);
    let y = select(far, a * j1_near(min(a, 8.0) * min(a, 8.0) / 32.0 - 1.0), a < 8.0);
    return select(turned(select(y, 0.0, a >= inf_f32()), x), x, isnan_f32(x));
}

// NaN below 0, -inf at 0.
fn y_specials(x: f32, y: f32) -> f32 {
    let z = select(select(y, 0.0, x >= inf_f32()), -inf_f32(), x == 0.0);
    return select(select(z, nan_f32(), x < 0.0), x, isnan_f32(x));
}

fn y0_f32(x: f32) -> f32 {
    let c = clamp(x, 1e-38, 8.0);
    let near = y0_near(c * c / 32.0 - 1.0) + 0.636619772 * log_f32(c) * j0_near(c * c / 32.0 - 1.0);
    let b = clamp(x, 8.0, 3e38);
    let t = 128.0 / b / b - 1.0;
    let w = wave(b);
    let far = hankel_p0(t) * (w.x - w.y) + hankel_q0(t) / b * (w.y + w.x);
    return y_specials(x, select(far, near, x < 8.0));
}

fn y1_f32(x: f32) -> f32 {
    let c = clamp(x, 1e-38, 8.0);
    let t_near = c * c / 32.0 - 1.0;
    let near = c * y1_near(t_near) + 0.636619772 * (log_f32(c) * c * j1_near(t_near) - 1.0 / c);
    let b = clamp(x, 8.0, 3e38);
    let t = 128.0 / b / b - 1.0;
    let w = wave(b);
    let far = hankel_q1(t) / b * (w.x - w.y) - hankel_p1(t) * (w.x + w.y);
    return y_specials(x, select(far, near, x < 8.0));
}

// ---- Airy's function and its derivative ----

// On [-3, 2] in t = (2x + 1) / 5; above, with z = 2/3 x^(3/2), the factor of an exponential in t = 2 z(2)/z - 1; below, the
// amplitudes of sine and cosine of z + pi/4 in t = 24/z^2 - 1, the smaller ones times z.
fn airy_near(t: f32) -> f32 {
    var q = 0.00029674312;
    q = q * t + 0.0006542673;
    q = q * t - 0.0045740525;
    q = q * t + 0.0015306578;
    q = q * t + 0.022587366;
    q = q * t - 0.045733955;
    q = q * t - 0.010551054;
    q = q * t + 0.18646562;
    q = q * t - 0.27402765;
    q = q * t - 0.11466687;
    q = q * t + 0.83267355;
    q = q * t - 0.81578034;
    q = q * t - 0.4707529;
    q = q * t + 1.504604;
    q = q * t - 0.7433252;
    q = q * t - 0.51020414;
    return q * t + 0.4757281;
}

fn airy_slope_near(t: f32) -> f32 {
    var q = -0.0013790407;
    q = q * t + 0.0019538996;
    q = q * t + 0.009097006;
    q = q * t - 0.025806298;
    q = q * t + 0.000116126175;
    q = q * t + 0.10868623;
    q = q * t - 0.19506681;
    q = q * t - 0.042392395;
    q = q * t + 0.66860974;
    q = q * t - 0.8768179;
    q = q * t - 0.32044506;
    q = q * t + 1.9984031;
    q = q * t - 1.6316314;
    q = q * t - 0.7532035;
    q = q * t + 1.8055278;
    q = q * t - 0.59466016;
    return q * t - 0.20408167;
}

fn airy_above(t: f32) -> f32 {
    var q = -1.5931645e-6;
    q = q * t + 4.595921e-6;
    q = q * t - 1.1991529e-5;
    q = q * t + 4.7784255e-5;
    q = q * t - 0.00022795773;
    q = q * t + 0.0014133425;
    q = q * t - 0.0146134505;
    return q * t + 0.9836793;
}

fn airy_slope_above(t: f32) -> f32 {
    var q = 1.7091422e-6;
    q = q * t - 4.9753075e-6;
    q = q * t + 1.3208351e-5;
    q = q * t - 5.3569194e-5;
    q = q * t + 0.00026300093;
    q = q * t - 0.0017276306;
    q = q * t + 0.021213103;
    return q * t + 1.0232772;
}

fn airy_sine(t: f32) -> f32 {
    var q = -4.0130237e-7;
    q = q * t + 1.5095465e-6;
    q = q * t - 7.2600087e-6;
    q = q * t + 6.3847285e-5;
    q = q * t - 0.0013895037;
    return q * t + 0.9985375;
}

fn airy_cosine(t: f32) -> f32 {
    var q = -1.0489974e-7;
    q = q * t + 2.1828727e-7;
    q = q * t - 2.97836e-7;
    q = q * t + 9.764985e-7;
    q = q * t - 3.7420143e-6;
    q = q * t + 1.6671938e-5;
    q = q * t - 0.000106922234;
    q = q * t + 0.0012951518;
    return q * t - 0.06802036;
}

fn airy_slope_cosine(t: f32) -> f32 {
    var q = 4.206563e-7;
    q = q * t - 1.5948802e-6;
    q = q * t + 7.782202e-6;
    q = q * t - 7.02221e-5;
    q = q * t + 0.0016560552;
    return q * t + 1.001736;
}

fn airy_slope_sine(t: f32) -> f32 {
    var q = -2.261617e-7;
    q = q * t + 5.276952e-7;
    q = q * t - 1.0226665e-6;
    q = q * t + 3.8025316e-6;
    q = q * t - 1.7713593e-5;
    q = q * t + 0.0001156156;
    q = q * t - 0.0014597576;
    return q * t + 0.09562355;
}

// Sine and cosine of z + pi/4, times sqrt(2).
fn airy_wave(z: f32) -> vec2<f32> {
    let angle = reduce_angle(z);
    let sine = sine_of(angle.rest, angle.quarters);
    let cosine = sine_of(angle.rest, angle.quarters + 1u);
    return vec2<f32>(sine + cosine, cosine - sine);
}

fn airy_f32(x: f32) -> f32 {
    let a = min(abs(x), 1e20);
    let z = 0.666666667 * a * sqrt(a);
    let root = sqrt(sqrt(a));
    if (isnan_f32(x)) {
        return x;
    }
    // Further out a wave's phase has no digit left.
    if (abs(x) > 6e4) {
        return 0.0;
    }
    if (x >= 2.0) {
        return 0.282094792 * exp_f32(-z) / root * airy_above(3.77123617 / z - 1.0);
    }
    if (x > -3.0) {
        return airy_near((2.0 * x + 1.0) / 5.0);
    }
    let w = airy_wave(z);
    let t = 24.0 / z / z - 1.0;
    return 0.39894228 * (w.x * airy_sine(t) + w.y * airy_cosine(t) / z) / root;
}

fn airy_slope_f32(x: f32) -> f32 {
    let a = min(abs(x), 1e20);
    let z = 0.666666667 * a * sqrt(a);
    let root = sqrt(sqrt(a));
    if (isnan_f32(x)) {
        return x;
    }
    if (abs(x) > 6e4) {
        return 0.0;
    }
    if (x >= 2.0) {
        return -0.282094792 * exp_f32(-z) * root * airy_slope_above(3.77123617 / z - 1.0);
    }
    if (x > -3.0) {
        return airy_slope_near((2.0 * x + 1.0) / 5.0);
    }
    let w = airy_wave(z);
    let t = 24.0 / z / z - 1.0;
    return 0.39894228 * (w.x * airy_slope_sine(t) / z - w.y * airy_slope_cosine(t)) * root;
}
