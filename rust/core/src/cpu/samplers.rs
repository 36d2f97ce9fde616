//! Numbers of distributions with a parameter for each element, most of them by rejection. An element's bits follow from
//! its key and the round alone: the same for any number of threads, and on the GPU.

use super::Shared;
use super::philox::philox4x32;
use super::random::{box_muller, joined, unit_f64};
use super::threads::parallel_for;
use super::vmath::{Real, functions as f};
use crate::array::{Array, Element};

/// Elements of one task.
const TASK: usize = 1 << 10;
/// Rounds after which the last candidate is taken. One in two is accepted at least, so nobody will see that.
const ROUNDS: u32 = 100;

/// The random blocks of one element.
pub struct Blocks {
    key: [u32; 2],
    round: u32,
}

impl Blocks {
    #[inline(always)]
    fn next(&mut self) -> [u32; 4] {
        self.round += 1;
        philox4x32([self.round, 0, 0, 0], self.key)
    }
    /// Two uniform numbers.
    #[inline(always)]
    fn units<T: Sampled>(&mut self) -> [T; 2] {
        let [a, b, c, d] = self.next();
        [T::unit([a, b]), T::unit([c, d])]
    }
}

/// What random words become.
pub trait Sampled: Real + Element {
    /// The least normal number.
    const LEAST: Self;
    /// The least probability that the walk of an inversion goes on for: less than the least uniform number.
    const NEGLIGIBLE: f64;
    /// Uniform in (0, 1].
    fn unit(words: [u32; 2]) -> Self;
    /// Standard normal.
    fn normal(words: [u32; 4]) -> Self;
}

impl Sampled for f32 {
    const LEAST: f32 = f32::MIN_POSITIVE;
    const NEGLIGIBLE: f64 = 1.0 / (1u64 << 26) as f64;
    #[inline(always)]
    fn unit(words: [u32; 2]) -> f32 {
        const SCALE: f32 = 1.0 / (1u64 << 32) as f32;
        words[0] as f32 * SCALE + 0.5 * SCALE
    }
    #[inline(always)]
    fn normal(words: [u32; 4]) -> f32 {
        const SCALE: f32 = 1.0 / (1u64 << 32) as f32;
        box_muller::<f32>(f32::unit([words[0], 0]), words[2] as f32 * SCALE)[0]
    }
}

impl Sampled for f64 {
    const LEAST: f64 = f64::MIN_POSITIVE;
    const NEGLIGIBLE: f64 = 1.0 / (1u64 << 55) as f64;
    #[inline(always)]
    fn unit(words: [u32; 2]) -> f64 {
        const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
        (joined(words) >> 11) as f64 * SCALE + 0.5 * SCALE
    }
    #[inline(always)]
    fn normal([a, b, c, d]: [u32; 4]) -> f64 {
        box_muller::<f64>(1.0 - unit_f64([a, b]), unit_f64([c, d]))[0]
    }
}

/// `sample` of the parameters and the key of each element.
pub fn each<T: Sampled, const N: usize>(
    parameters: [&Array; N],
    keys: &Array,
    out: &mut Array,
    sample: fn([T; N], Blocks) -> T,
) {
    let parameters = parameters.map(|x| x.as_slice::<T>());
    let (keys, n) = (keys.as_slice::<i64>(), out.numel());
    let out = Shared::<T>::new(out);
    parallel_for(n.div_ceil(TASK), &|task| {
        let first = task * TASK;
        // SAFETY: the stretch is this task's.
        let part = unsafe { out.slice(first, TASK.min(n - first)) };
        for (i, y) in (first..).zip(part) {
            let key = keys[i] as u64;
            let blocks = Blocks {
                key: [key as u32, (key >> 32) as u32],
                round: 0,
            };
            *y = sample(parameters.map(|x| x[i]), blocks);
        }
    });
}

/// Gamma of scale 1, by cubes of normal numbers (Marsaglia and Tsang, 2000); never 0, even where that is next.
pub fn gamma<T: Sampled>([alpha]: [T; 1], mut blocks: Blocks) -> T {
    let number = T::from_f64;
    if alpha.is_nan() || alpha <= T::ZERO {
        return if alpha == T::ZERO { T::LEAST } else { T::NAN };
    }
    let is_small = alpha < T::ONE;
    let d = if is_small { alpha + T::ONE } else { alpha } - number(1.0 / 3.0);
    let c = T::ONE / (number(9.0) * d).sqrt();
    let mut y = d;
    for _ in 0..ROUNDS {
        let x = T::normal(blocks.next());
        let [u, power] = blocks.units::<T>();
        let (t, x2) = (c * x, x * x);
        let root = T::ONE + t;
        if root > T::ZERO {
            y = d * root * root * root;
            if is_small {
                y = y * T::exp(T::log(power) / alpha);
            }
            // d (1 - v + log v) of v = (1 + t)^3, without 1 - v: for large d that would be mere rounding.
            let rest = number(3.0) * (T::log1p(t) - t) - t * t * (number(3.0) + t);
            if u < T::ONE - number(0.0331) * x2 * x2 || T::log(u) < T::HALF * x2 + d * rest {
                break;
            }
        }
    }
    if y < T::LEAST { T::LEAST } else { y }
}

/// `log k! - ((k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2)`.
#[inline(always)]
fn stirling<T: Real>(k: T) -> T {
    const FIRST: [f64; 10] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_29,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_09,
        0.016_644_691_189_821_19,
        0.013_876_128_823_070_75,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_10,
        0.009_255_462_182_712_73,
        0.008_330_563_433_362_87,
    ];
    let number = T::from_f64;
    if k < number(10.0) {
        return number(FIRST[k.to_f64().max(0.0) as usize]);
    }
    let n = k + T::ONE;
    let n2 = n * n;
    (number(1.0 / 12.0) - (number(1.0 / 360.0) - number(1.0 / 1260.0) / n2) / n2) / n
}

/// Poisson: below a mean of 10 by inversion, else by transformed rejection (Hörmann, 1993: PTRS).
pub fn poisson<T: Sampled>([rate]: [T; 1], mut blocks: Blocks) -> T {
    let number = T::from_f64;
    if rate.is_nan() || rate < T::ZERO {
        return T::NAN;
    }
    let mut k = T::ZERO;
    if rate < number(10.0) {
        let [mut u, _] = blocks.units::<T>();
        let mut p = T::exp(-rate);
        while u > p && (k < rate || p > number(T::NEGLIGIBLE)) {
            u = u - p;
            k = k + T::ONE;
            p = p * rate / k;
        }
        return k;
    }
    let b = number(0.931) + number(2.53) * rate.sqrt();
    let a = number(-0.059) + number(0.02483) * b;
    let height = T::log(number(1.1239) + number(1.1328) / (b - number(3.4)));
    let squeeze = number(0.9277) - number(3.6224) / (b - number(2.0));
    for _ in 0..ROUNDS {
        let [u, v] = blocks.units::<T>();
        let u = u - T::HALF;
        let us = T::HALF - u.abs();
        k = ((number(2.0) * a / us + b) * u + rate + number(0.43)).floor();
        if us >= number(0.07) && v <= squeeze {
            return k;
        }
        if k < T::ZERO || us <= T::ZERO || (us < number(0.013) && v > us) {
            continue;
        }
        // log of the density: k log(rate) - rate - log k!, of numbers that do not cancel.
        let n = k + T::ONE;
        let above = n - rate;
        let density = k * T::log1p(-above / n) + above
            - T::HALF * T::log(n)
            - number(0.918_938_533_204_672_8)
            - stirling(k);
        if T::log(v) + height - T::log(a / (us * us) + b) <= density {
            return k;
        }
    }
    rate.floor()
}

/// Binomial: below a mean of 10 by inversion, else by transformed rejection (Hörmann, 1993: BTRS).
pub fn binomial<T: Sampled>([n, p]: [T; 2], blocks: Blocks) -> T {
    if !(n >= T::ZERO && p >= T::ZERO && p <= T::ONE) {
        return T::NAN;
    }
    if p > T::HALF {
        return n - fewer(n, T::ONE - p, blocks);
    }
    fewer(n, p, blocks)
}

/// Of a probability that is one half at most.
fn fewer<T: Sampled>(n: T, p: T, mut blocks: Blocks) -> T {
    let number = T::from_f64;
    let (mean, q, mut k) = (n * p, T::ONE - p, T::ZERO);
    let odds = p / q;
    if mean < number(10.0) {
        let [mut u, _] = blocks.units::<T>();
        let mut chance = T::exp(n * T::log1p(-p));
        while u > chance && k < n && (k < mean || chance > number(T::NEGLIGIBLE)) {
            u = u - chance;
            chance = chance * odds * (n - k) / (k + T::ONE);
            k = k + T::ONE;
        }
        return k;
    }
    let deviation = (mean * q).sqrt();
    let b = number(1.15) + number(2.53) * deviation;
    let a = number(-0.0873) + number(0.0248) * b + number(0.01) * p;
    let height = T::log((number(2.83) + number(5.1) / b) * deviation);
    let squeeze = number(0.92) - number(4.2) / b;
    let mode = ((n + T::ONE) * p).floor();
    for _ in 0..ROUNDS {
        let [u, v] = blocks.units::<T>();
        let u = u - T::HALF;
        let us = T::HALF - u.abs();
        k = ((number(2.0) * a / us + b) * u + mean + T::HALF).floor();
        if !(k >= T::ZERO && k <= n) {
            continue;
        }
        if us >= number(0.07) && v <= squeeze {
            return k;
        }
        // log of the density over that at the mode, from the distance between the two.
        let (above, hits, misses) = (k - mode, k + T::ONE, n - k + T::ONE);
        let density = (mode + T::HALF) * T::log1p(-above / hits)
            + (n - mode + T::HALF) * T::log1p(above / misses)
            + above * T::log(odds * misses / hits)
            + stirling(mode)
            + stirling(n - mode)
            - stirling(k)
            - stirling(n - k);
        if T::log(v) + height - T::log(a / (us * us) + b) <= density {
            return k;
        }
    }
    mode
}

/// Von Mises of mean 0, by a wrapped Cauchy density (Best and Fisher, 1979), in (-pi, pi].
pub fn von_mises<T: Sampled>([kappa]: [T; 1], mut blocks: Blocks) -> T {
    let number = T::from_f64;
    if kappa.is_nan() || kappa < T::ZERO {
        return T::NAN;
    }
    let two = number(2.0) * kappa;
    // kappa (r - 1) in the paper's terms: nothing cancels, and kappa may be 0.
    let w = T::HALF * (T::ONE + T::ONE / (two + (T::ONE + two * two).sqrt()));
    let mut angle = T::ZERO;
    for _ in 0..ROUNDS {
        let [u, v] = blocks.units::<T>();
        let half = number(std::f64::consts::PI) * (u - T::HALF);
        let (sine, cosine) = (T::sin(half), T::cos(half));
        let share = (w / (w + two * cosine * cosine)).sqrt();
        let s = sine * share;
        angle = number(2.0) * f::asin(s);
        let c = w + two * s * s;
        if v < c * (number(2.0) - c) || T::log(c / v) + T::ONE >= c {
            break;
        }
    }
    angle
}
