//! Arithmetic over every compute type, with one meaning for integers, booleans and floats.

use crate::array::Element;
use crate::cpu::vmath::Real;

/// Integers wrap; comparisons with NaN are false; `maximum` and `minimum` hand NaN on.
pub trait Number: Element + PartialOrd + Default {
    const ZERO: Self;
    const ONE: Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn negate(self) -> Self;
    fn magnitude(self) -> Self;
    /// The sign of the divisor, as in Python. An integer divided by 0 leaves 0.
    fn remainder(self, divisor: Self) -> Self;
    /// Rounded towards minus infinity. An integer divided by 0 gives 0.
    fn floor_divide(self, divisor: Self) -> Self;
    /// Rounded towards minus infinity; integers stay.
    fn round_down(self) -> Self;
    /// Rounded towards plus infinity; integers stay.
    fn round_up(self) -> Self;
    /// Rounded towards 0; integers stay.
    fn round_to_zero(self) -> Self;
    /// To the nearest integer, ties to even; integers stay.
    fn round_to_nearest(self) -> Self;
    /// The sign of the dividend, as in C. An integer divided by 0 leaves 0.
    fn rest(self, divisor: Self) -> Self;
    fn power(self, exponent: Self) -> Self;
    fn is_nan(self) -> bool;
    /// Whether its sign is a minus, which -0 has as well.
    fn has_minus(self) -> bool;

    #[inline(always)]
    fn maximum(self, other: Self) -> Self {
        // NaN compares false with everything: a NaN on the left is kept by the second test.
        if other > self || Number::is_nan(other) {
            other
        } else {
            self
        }
    }
    #[inline(always)]
    fn minimum(self, other: Self) -> Self {
        if other < self || Number::is_nan(other) {
            other
        } else {
            self
        }
    }
}

macro_rules! integer {
    ($type:ty, $magnitude:expr) => {
        impl Number for $type {
            const ZERO: Self = 0;
            const ONE: Self = 1;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn negate(self) -> Self {
                self.wrapping_neg()
            }
            #[inline(always)]
            fn magnitude(self) -> Self {
                $magnitude(self)
            }
            #[inline(always)]
            #[allow(unused_comparisons)]
            fn remainder(self, divisor: Self) -> Self {
                if divisor == 0 {
                    return 0;
                }
                let r = self.wrapping_rem(divisor);
                if r != 0 && ((r < 0) != (divisor < 0)) {
                    r + divisor
                } else {
                    r
                }
            }
            #[inline(always)]
            #[allow(unused_comparisons)]
            fn floor_divide(self, divisor: Self) -> Self {
                if divisor == 0 {
                    return 0;
                }
                let (q, r) = (self.wrapping_div(divisor), self.wrapping_rem(divisor));
                if r != 0 && ((r < 0) != (divisor < 0)) {
                    q - 1
                } else {
                    q
                }
            }
            #[inline(always)]
            fn round_down(self) -> Self {
                self
            }
            #[inline(always)]
            fn round_up(self) -> Self {
                self
            }
            #[inline(always)]
            fn round_to_zero(self) -> Self {
                self
            }
            #[inline(always)]
            fn round_to_nearest(self) -> Self {
                self
            }
            #[inline(always)]
            fn rest(self, divisor: Self) -> Self {
                if divisor == 0 {
                    0
                } else {
                    self.wrapping_rem(divisor)
                }
            }
            #[inline(always)]
            #[allow(unused_comparisons)]
            fn power(self, exponent: Self) -> Self {
                if exponent < 0 {
                    // 1/b^e rounds towards zero: only 1 and -1 have integer reciprocals.
                    return match self {
                        1 => 1,
                        _ if self == (0 as $type).wrapping_sub(1) && (0 as $type).wrapping_sub(1) < 0 => {
                            if exponent & 1 == 0 {
                                1
                            } else {
                                self
                            }
                        }
                        _ => 0,
                    };
                }
                let (mut base, mut e, mut result) = (self, exponent, 1);
                while e > 0 {
                    if e & 1 == 1 {
                        result = Number::mul(result, base);
                    }
                    base = Number::mul(base, base);
                    e >>= 1;
                }
                result
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                false
            }
            #[inline(always)]
            #[allow(unused_comparisons)]
            fn has_minus(self) -> bool {
                self < 0
            }
        }
    };
}
integer!(u8, |x: u8| x);
integer!(i32, i32::wrapping_abs);
integer!(i64, i64::wrapping_abs);

macro_rules! float {
    ($type:ty) => {
        impl Number for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn negate(self) -> Self {
                -self
            }
            #[inline(always)]
            fn magnitude(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn remainder(self, divisor: Self) -> Self {
                let r = self % divisor;
                if r != 0.0 && ((r < 0.0) != (divisor < 0.0)) {
                    r + divisor
                } else {
                    r
                }
            }
            #[inline(always)]
            fn floor_divide(self, divisor: Self) -> Self {
                // As Python and PyTorch: consistent with `remainder`, hence not floor(a / b).
                if divisor == 0.0 {
                    return self / divisor;
                }
                let r = self % divisor;
                let below = r != 0.0 && ((r < 0.0) != (divisor < 0.0));
                let q = (self - r) / divisor - if below { 1.0 } else { 0.0 };
                if q == 0.0 {
                    return (0.0 as $type).copysign(self / divisor);
                }
                let f = q.floor();
                if q - f > 0.5 { f + 1.0 } else { f }
            }
            #[inline(always)]
            fn round_down(self) -> Self {
                self.floor()
            }
            #[inline(always)]
            fn round_up(self) -> Self {
                self.ceil()
            }
            #[inline(always)]
            fn round_to_zero(self) -> Self {
                self.trunc()
            }
            #[inline(always)]
            fn round_to_nearest(self) -> Self {
                Real::round_ties_even(self)
            }
            #[inline(always)]
            fn rest(self, divisor: Self) -> Self {
                self % divisor
            }
            #[inline(always)]
            fn power(self, exponent: Self) -> Self {
                Real::pow(self, exponent)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self != self
            }
            #[inline(always)]
            fn has_minus(self) -> bool {
                self.is_sign_negative()
            }
        }
    };
}
float!(f32);
float!(f64);

/// Integers as rows of bits. A number of places that leaves no bit gives 0, or, downwards, the sign everywhere.
pub trait Bits: Number {
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn not(self) -> Self;
    fn up(self, places: Self) -> Self;
    fn down(self, places: Self) -> Self;
}
macro_rules! bits {
    ($($type:ty),+) => { $(
        impl Bits for $type {
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                self | other
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline(always)]
            fn not(self) -> Self {
                !self
            }
            #[inline(always)]
            #[allow(unused_comparisons)]
            fn up(self, places: Self) -> Self {
                if places < 0 || places >= <$type>::BITS as $type { 0 } else { self << places }
            }
            #[inline(always)]
            #[allow(unused_comparisons)]
            fn down(self, places: Self) -> Self {
                let most = <$type>::BITS as $type - 1;
                if places < 0 || places > most {
                    // All bits but one are gone: those of the sign come after them.
                    return if (0 as $type).wrapping_sub(1) < 0 { self >> most } else { 0 };
                }
                self >> places
            }
        }
    )+ };
}
bits!(u8, i32, i64);

/// The greatest common divisor, by Euclid's algorithm; 0 of two zeros.
#[inline(always)]
pub fn gcd<T: Bits>(x: T, y: T) -> T {
    let (mut x, mut y) = (x.magnitude(), y.magnitude());
    while y != T::ZERO {
        (x, y) = (y, x.rest(y));
    }
    x.magnitude()
}

/// The least common multiple, wrapped; 0 where either number is.
#[inline(always)]
pub fn lcm<T: Bits>(x: T, y: T) -> T {
    Number::mul(x.floor_divide(gcd(x, y)), y).magnitude()
}

/// A value from `S` as a `Self`: floats to integers saturate (NaN is 0), integers wrap, floats round.
pub trait CastFrom<S>: Sized {
    fn cast_from(x: S) -> Self;
}
macro_rules! casts {
    ($($to:ty: $($from:ty),+;)+) => { $($(
        impl CastFrom<$from> for $to {
            #[inline(always)]
            #[allow(clippy::unnecessary_cast)]
            fn cast_from(x: $from) -> Self {
                x as $to
            }
        }
    )+)+ };
}
casts! {
    u8: u8, i32, i64, f32, f64;
    i8: u8, i32, i64, f32, f64;
    i16: u8, i32, i64, f32, f64;
    i32: u8, i32, i64, f32, f64;
    i64: u8, i32, i64, f32, f64;
    f32: u8, i32, i64, f32, f64;
    f64: u8, i32, i64, f32, f64;
}
