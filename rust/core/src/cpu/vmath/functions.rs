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
