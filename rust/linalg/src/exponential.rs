//! The exponential of a matrix, by scaling, Pade's approximation and squaring (Higham, 2005).

use crate::lu::{lu, lu_solve};
use crate::rows::add_product;

/// Coefficients of the numerator of order 13, from the constant on.
const PADE: [f64; 14] = [
    64_764_752_532_480_000.0,
    32_382_376_266_240_000.0,
    7_771_770_303_897_600.0,
    1_187_353_796_428_800.0,
    129_060_195_264_000.0,
    10_559_470_521_600.0,
    670_442_572_800.0,
    33_522_128_640.0,
    1_323_241_920.0,
    40_840_800.0,
    960_960.0,
    16_380.0,
    182.0,
    1.0,
];
/// The largest norm at which the approximation is good to float64.
const NEAR: f64 = 5.371_920_351_148_152;

/// `exp(A)` of an n x n matrix; NaN everywhere where A is not finite.
pub fn exponential(a: &[f64], n: usize, poll: &dyn Fn()) -> Vec<f64> {
    let norm = (0..n)
        .map(|j| (0..n).map(|i| a[i * n + j].abs()).sum::<f64>())
        .fold(0.0, |a: f64, b| if b > a || b.is_nan() { b } else { a });
    if !norm.is_finite() {
        return vec![f64::NAN; n * n];
    }
    let halvings = (norm / NEAR).log2().ceil().max(0.0) as i32;
    let scaled: Vec<f64> = a.iter().map(|x| x * 0.5f64.powi(halvings)).collect();
    let product = |x: &[f64], y: &[f64]| {
        poll();
        let mut result = vec![0.0; n * n];
        add_product(&mut result, x, y, n, n);
        result
    };
    let second = product(&scaled, &scaled);
    let fourth = product(&second, &second);
    let sixth = product(&second, &fourth);
    // The sum of c[0] I + c[1] A^2 + c[2] A^4 + c[3] A^6.
    let polynomial = |c: [f64; 4]| {
        let mut sum: Vec<f64> = (second.iter().zip(&fourth).zip(&sixth))
            .map(|((x, y), z)| c[1] * x + c[2] * y + c[3] * z)
            .collect();
        sum.iter_mut().step_by(n + 1).for_each(|x| *x += c[0]);
        sum
    };
    let [odd, even] = [1, 0].map(|i| {
        let high = polynomial([0.0, PADE[i + 8], PADE[i + 10], PADE[i + 12]]);
        let mut sum = polynomial([PADE[i], PADE[i + 2], PADE[i + 4], PADE[i + 6]]);
        sum.iter_mut()
            .zip(product(&sixth, &high))
            .for_each(|(s, x)| *s += x);
        sum
    });
    let odd = product(&scaled, &odd);
    let mut below: Vec<f64> = even.iter().zip(&odd).map(|(v, u)| v - u).collect();
    let mut result: Vec<f64> = even.iter().zip(&odd).map(|(v, u)| v + u).collect();
    let found = lu(&mut below, n, true, poll);
    lu_solve(&below, &found.pivots, None, &mut result, n, poll);
    for _ in 0..halvings {
        result = product(&result, &result);
    }
    result
}
