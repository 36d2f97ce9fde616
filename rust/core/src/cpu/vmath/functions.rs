//! Elementary functions that no hot loop waits for: the `libm` crate in f64, one element at a time, rounded once. An
//! f32 result is off by hardly more than half a unit, and its bits do not depend on the platform.

use super::Real;

macro_rules! of_one {
    ($($name:ident),+ $(,)?) => { $(
        #[inline(always)]
        pub fn $name<T: Real>(x: T) -> T {
            T::from_f64(libm::$name(x.to_f64()))
        }
    )+ };
}
of_one!(
    asin, acos, atan, sinh, cosh, asinh, acosh, atanh, erfc, exp2, log10
);

macro_rules! of_two {
    ($($name:ident),+ $(,)?) => { $(
        #[inline(always)]
        pub fn $name<T: Real>(x: T, y: T) -> T {
            T::from_f64(libm::$name(x.to_f64(), y.to_f64()))
        }
    )+ };
}
of_two!(atan2, hypot);

/// The next number after x on the way to y.
#[inline(always)]
pub fn next_after<T: Real>(x: T, y: T) -> T {
    if size_of::<T>() == size_of::<f32>() {
        let next = libm::nextafterf(x.to_f64() as f32, y.to_f64() as f32);
        return T::from_f64(f64::from(next));
    }
    T::from_f64(libm::nextafter(x.to_f64(), y.to_f64()))
}

/// The e of `x = m 2^e` with `1/2 <= |m| < 1`; 0 of what has none.
#[inline(always)]
pub fn binary_exponent<T: Real>(x: T) -> T {
    let wide = x.to_f64();
    if wide.is_finite() {
        T::from_f64(f64::from(libm::frexp(wide).1))
    } else {
        T::ZERO
    }
}
