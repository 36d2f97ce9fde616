//! The errors stated in `mod.rs`, on a sweep over the f32 bit patterns, and the special cases.

use super::Real;

/// |got - want| in units of the last place of want as an f32.
fn ulps(got: f32, want: f64) -> f64 {
    let rounded = want as f32;
    if got.is_nan() || rounded.is_nan() {
        return if got.is_nan() == rounded.is_nan() {
            0.0
        } else {
            f64::INFINITY
        };
    }
    if got == rounded && (got == 0.0 || got.is_infinite()) {
        let same_sign = got.is_sign_negative() == rounded.is_sign_negative();
        return if same_sign { 0.0 } else { f64::INFINITY };
    }
    // Infinity counts as the first value that has no f32.
    let finite = |x: f64| {
        if x.is_infinite() {
            2f64.powi(128).copysign(x)
        } else {
            x
        }
    };
    let exponent = ((want.abs().to_bits() >> 52) as i32 - 1023).clamp(-126, 127);
    (finite(f64::from(got)) - finite(want)).abs() / 2f64.powi(exponent - 23)
}

/// The worst error of a function over every 9,973rd f32, against the same function in f64.
fn worst(f: impl Fn(f32) -> f32, wide: impl Fn(f64) -> f64) -> (f64, f32) {
    let mut worst = (0.0, 0.0);
    let specials = [
        -0.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        f32::MAX,
        f32::MIN,
    ];
    let sweep = (0..=u32::MAX).step_by(9_973).map(f32::from_bits);
    for x in sweep.chain(specials) {
        let error = ulps(f(x), wide(f64::from(x)));
        if error > worst.0 {
            worst = (error, x);
        }
    }
    worst
}

#[test]
fn errors_are_within_the_stated_bounds() {
    macro_rules! check {
        ($($function:ident $bound:expr;)*) => {$(
            let (error, x) = worst(<f32 as Real>::$function, <f64 as Real>::$function);
            let name = stringify!($function);
            assert!(error <= $bound, "{name}({x:e}): {error} ulp, stated {}", $bound);
        )*};
    }
    check! {
        exp 0.9;
        expm1 1.6;
        log 0.9;
        log1p 1.6;
        log2 1.1;
        sin 0.51;
        cos 0.51;
        tan 0.51;
        tanh 1.4;
        erf 1.2;
        gelu 4.0;
        gelu_tanh 3.0;
        sigmoid 2.0;
        softplus 1.8;
        rsqrt 1.5;
        sqrt 0.5;
    }
}

multiversion! {
    fn apply(x: &[f32], y: &[f32], out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
        for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
            *out = f(x, y);
        }
    }
}

/// SIMD code for the level in use against the scalar code of this file.
#[test]
fn bits_do_not_depend_on_the_level() {
    let x: Vec<f32> = (0..=u32::MAX).step_by(100_003).map(f32::from_bits).collect();
    let y: Vec<f32> = x
        .iter()
        .map(|x| f32::from_bits(x.to_bits().wrapping_mul(0x9e37_79b9)))
        .collect();
    let mut out = vec![0.0; x.len()];
    macro_rules! check {
        ($($name:ident: $f:expr;)*) => {$(
            apply(&x, &y, &mut out, $f);
            for ((&x, &y), &got) in x.iter().zip(&y).zip(&out) {
                let want: f32 = $f(x, y);
                // A NaN may have any sign and payload.
                let same = got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan();
                assert!(same, "{}({x:e}, {y:e}): {got:e}, not {want:e}", stringify!($name));
            }
        )*};
    }
    check! {
        exp: |x, _| Real::exp(x);
        expm1: |x, _| Real::expm1(x);
        log: |x, _| Real::log(x);
        log1p: |x, _| Real::log1p(x);
        log2: |x, _| Real::log2(x);
        sin: |x, _| Real::sin(x);
        cos: |x, _| Real::cos(x);
        tan: |x, _| Real::tan(x);
        tanh: |x, _| Real::tanh(x);
        erf: |x, _| Real::erf(x);
        gelu: |x, _| Real::gelu(x);
        gelu_tanh: |x, _| Real::gelu_tanh(x);
        sigmoid: |x, _| Real::sigmoid(x);
        softplus: |x, _| Real::softplus(x);
        pow: Real::pow;
    }
}

#[test]
fn pow_is_within_the_stated_bound() {
    // Bases of every size and sign, exponents that keep the result finite, and arbitrary ones.
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    for i in 0..60_000 {
        let x = match i % 8 {
            0 => f32::from_bits(1f32.to_bits() - 1000 + next() % 2000),
            _ => f32::from_bits(next()),
        };
        let y = match i % 3 {
            0 => f32::from_bits(next()),
            1 => (next() % 200) as f32 - 100.0,
            _ => ((f64::from(next()) / 2f64.powi(32) * 300.0 - 150.0) / f64::from(x.abs()).log2()) as f32,
        };
        let error = ulps(Real::pow(x, y), Real::pow(f64::from(x), f64::from(y)));
        assert!(error <= 0.51, "pow({x:e}, {y:e}): {error} ulp");
    }
}

#[test]
fn special_cases_of_pow() {
    let values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        2.0,
        -2.0,
        3.0,
        -3.0,
        2.5,
        -2.5,
        16_777_215.0,
        -16_777_216.0,
        1e-45,
        f32::MAX,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ];
    for x in values {
        for y in values {
            let error = ulps(Real::pow(x, y), libm::pow(f64::from(x), f64::from(y)));
            assert!(error <= 1.0, "pow({x}, {y}) = {}", Real::pow(x, y));
        }
    }
}

#[test]
fn special_values() {
    // The largest finite result, the smallest subnormal one, and the first on the other side.
    assert!(Real::exp(88.722_83f32).is_finite());
    assert_eq!(Real::exp(88.722_84f32), f32::INFINITY);
    assert_eq!(Real::exp(-103.972_07f32), 1e-45);
    assert_eq!(Real::exp(-103.972_1f32), 0.0);
    assert_eq!(Real::exp(0f32), 1.0);

    assert_eq!(Real::log(1f32).to_bits(), 0);
    assert_eq!(Real::log2(1e-45f32), -149.0);
    assert!((-126..128).all(|k| Real::log2(2f32.powi(k)) == k as f32));
    assert!(
        ulps(
            Real::erf(1e-30f32),
            core::f64::consts::FRAC_2_SQRT_PI * f64::from(1e-30f32)
        ) < 1.0
    );
    assert_eq!(Real::gelu(f32::NEG_INFINITY).to_bits(), (-0f32).to_bits());
    assert_eq!(Real::gelu_tanh(f64::NEG_INFINITY).to_bits(), (-0f64).to_bits());

    // The f32 nearest to a multiple of pi/2, and the largest: from 200-bit arithmetic.
    assert!(ulps(Real::cos(7.729_179e28f32), -1.614_769_798_247_621e-9) < 1.0);
    assert!(ulps(Real::sin(f32::MAX), -0.521_876_523_333_658_3) < 1.0);
}

/// Odd functions keep the sign of zero, and an argument too small to change stays.
#[test]
fn small_arguments_pass() {
    macro_rules! check {
        ($($function:ident)*) => {$(
            for x in [0.0, -0.0, 1e-45, -1e-45, 3e-39, 1e-30f32] {
                let result = <f32 as Real>::$function(x);
                assert_eq!(result.to_bits(), x.to_bits(), "{}({x:e})", stringify!($function));
            }
        )*};
    }
    check! { expm1 log1p sin tan tanh }
}

/// Functions composed here, against 200-bit arithmetic. Their f32 kin are tested against them.
#[test]
fn compositions_in_f64() {
    macro_rules! check {
        ($($function:ident($x:expr) = $want:expr;)*) => {$(
            let (got, want): (f64, f64) = (<f64 as Real>::$function($x), $want);
            let name = stringify!($function);
            assert!((got - want).abs() <= 4.0 * f64::EPSILON * want.abs(), "{name}({}) = {got:e}", $x);
        )*};
    }
    check! {
        gelu(-30.1) = -7.292228326137134e-198;
        gelu(-12.3) = -5.570309556075305e-34;
        gelu(-2.7) = -0.009360829268209801;
        gelu(-0.3) = -0.1146265733433142;
        gelu(1.9) = 1.8454385363495964;
        gelu_tanh(-20.3) = -1.0061653127657417e-272;
        gelu_tanh(-9.9) = -1.1641333755393282e-36;
        gelu_tanh(-3.3) = -0.0013112281183358045;
        gelu_tanh(-0.7) = -0.16942986529488324;
        gelu_tanh(2.5) = 2.484915733910001;
        sigmoid(-700.5) = 5.980196118639791e-305;
        sigmoid(-1.3) = 0.2141650169574414;
        softplus(-700.5) = 5.980196118639791e-305;
        softplus(-1.3) = 0.2410084538329922;
        softplus(30.0) = 30.000000000000092;
    }
}
