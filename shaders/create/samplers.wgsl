// rust/core/src/ops/create/samplers.rs: numbers with a parameter for each element, as in cpu/samplers.rs. A thread per
// element, whose key and round make the bits.
// params: [count]

const ROUNDS = 100u;
const NEGLIGIBLE = 1.4901161e-8;

fn block(round: u32, key: vec2<u32>) -> vec4<u32> {
    return philox(vec4<u32>(round, 0u, 0u, 0u), key);
}

// Two uniform numbers in (0, 1].
fn units_of(words: vec4<u32>) -> vec2<f32> {
    return vec2<f32>(words.xz) * power_of_two(-32) + vec2<f32>(power_of_two(-33));
}

fn standard_gamma_of(alpha: f32, key: vec2<u32>) -> f32 {
    if (!(alpha > 0.0)) {
        return select(nan_f32(), 1.1754944e-38, alpha == 0.0);
    }
    let is_small = alpha < 1.0;
    let d = select(alpha, alpha + 1.0, is_small) - 0.33333334;
    let c = 1.0 / sqrt(9.0 * d);
    var y = d;
    for (var round = 1u; round < 2u * ROUNDS; round += 2u) {
        let words = block(round, key);
        let x = normal_of(vec4<u32>(words.xz, 0u, 0u), 0u);
        let u = units_of(block(round + 1u, key));
        let t = c * x;
        let x2 = x * x;
        let root = 1.0 + t;
        if (root > 0.0) {
            y = d * root * root * root;
            if (is_small) {
                y = y * exp_f32(log_f32(u.y) / alpha);
            }
            let rest = 3.0 * (log1p_f32(t) - t) - t * t * (3.0 + t);
            if (u.x < 1.0 - 0.0331 * x2 * x2 || log_f32(u.x) < 0.5 * x2 + d * rest) {
                break;
            }
        }
    }
    return max(y, 1.1754944e-38);
}

// log k! - ((k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2)
fn stirling(k: f32) -> f32 {
    if (k < 10.0) {
        switch u32(max(k, 0.0)) {
            case 0u: { return 0.08106147; }
            case 1u: { return 0.041340696; }
            case 2u: { return 0.027677926; }
            case 3u: { return 0.020790672; }
            case 4u: { return 0.016644692; }
            case 5u: { return 0.0138761288; }
            case 6u: { return 0.01189671; }
            case 7u: { return 0.010411265; }
            case 8u: { return 0.009255462; }
            default: { return 0.0083305634; }
        }
    }
    let n = k + 1.0;
    let n2 = n * n;
    return (0.083333333 - (0.0027777778 - 0.00079365079 / n2) / n2) / n;
}

fn poisson_of(rate: f32, key: vec2<u32>) -> f32 {
    if (!(rate >= 0.0)) {
        return nan_f32();
    }
    var k = 0.0;
    if (rate < 10.0) {
        var u = units_of(block(1u, key)).x;
        var p = exp_f32(-rate);
        while (u > p && (k < rate || p > NEGLIGIBLE)) {
            u -= p;
            k += 1.0;
            p = p * rate / k;
        }
        return k;
    }
    let b = 0.931 + 2.53 * sqrt(rate);
    let a = -0.059 + 0.02483 * b;
    let height = log_f32(1.1239 + 1.1328 / (b - 3.4));
    let squeeze = 0.9277 - 3.6224 / (b - 2.0);
    for (var round = 1u; round <= ROUNDS; round += 1u) {
        let units = units_of(block(round, key));
        let u = units.x - 0.5;
        let us = 0.5 - abs(u);
        if (us <= 0.0) {
            continue;
        }
        k = floor((2.0 * a / us + b) * u + rate + 0.43);
        if (us >= 0.07 && units.y <= squeeze) {
            return k;
        }
        if (k < 0.0 || (us < 0.013 && units.y > us)) {
            continue;
        }
        let n = k + 1.0;
        let above = n - rate;
        let density = k * log1p_f32(-above / n) + above - 0.5 * log_f32(n) - 0.91893853 - stirling(k);
        if (log_f32(units.y) + height - log_f32(a / (us * us) + b) <= density) {
            return k;
        }
    }
    return floor(rate);
}

// Of a probability that is one half at most.
fn fewer(n: f32, p: f32, key: vec2<u32>) -> f32 {
    let mean = n * p;
    let q = 1.0 - p;
    let odds = p / q;
    var k = 0.0;
    if (mean < 10.0) {
        var u = units_of(block(1u, key)).x;
        var chance = exp_f32(n * log1p_f32(-p));
        while (u > chance && k < n && (k < mean || chance > NEGLIGIBLE)) {
            u -= chance;
            chance = chance * odds * (n - k) / (k + 1.0);
            k += 1.0;
        }
        return k;
    }
    let deviation = sqrt(mean * q);
    let b = 1.15 + 2.53 * deviation;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let height = log_f32((2.83 + 5.1 / b) * deviation);
    let squeeze = 0.92 - 4.2 / b;
    let mode = floor((n + 1.0) * p);
    for (var round = 1u; round <= ROUNDS; round += 1u) {
        let units = units_of(block(round, key));
        let u = units.x - 0.5;
        let us = 0.5 - abs(u);
        if (us <= 0.0) {
            continue;
        }
        k = floor((2.0 * a / us + b) * u + mean + 0.5);
        if (k < 0.0 || k > n) {
            continue;
        }
        if (us >= 0.07 && units.y <= squeeze) {
            return k;
        }
        let above = k - mode;
        let hits = k + 1.0;
        let misses = n - k + 1.0;
        let density = (mode + 0.5) * log1p_f32(-above / hits)
            + (n - mode + 0.5) * log1p_f32(above / misses)
            + above * log_f32(odds * misses / hits)
            + stirling(mode) + stirling(n - mode) - stirling(k) - stirling(n - k);
        if (log_f32(units.y) + height - log_f32(a / (us * us) + b) <= density) {
            return k;
        }
    }
    return mode;
}

fn binomial_of(n: f32, p: f32, key: vec2<u32>) -> f32 {
    if (!(n >= 0.0 && p >= 0.0 && p <= 1.0)) {
        return nan_f32();
    }
    let is_likely = p > 0.5;
    let k = fewer(n, select(p, 1.0 - p, is_likely), key);
    return select(k, n - k, is_likely);
}

fn standard_von_mises_of(kappa: f32, key: vec2<u32>) -> f32 {
    if (!(kappa >= 0.0)) {
        return nan_f32();
    }
    let two = 2.0 * kappa;
    let w = 0.5 * (1.0 + 1.0 / (two + sqrt(1.0 + two * two)));
    var angle = 0.0;
    for (var round = 1u; round <= ROUNDS; round += 1u) {
        let units = units_of(block(round, key));
        let half = 3.14159265 * (units.x - 0.5);
        let cosine = cos_f32(half);
        let s = sin_f32(half) * sqrt(w / (w + two * cosine * cosine));
        angle = 2.0 * asin_f32(s);
        let c = w + two * s * s;
        if (units.y < c * (2.0 - c) || log_f32(c / units.y) + 1.0 >= c) {
            break;
        }
    }
    return angle;
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        y[i] = {{SAMPLE}};
    }
}
