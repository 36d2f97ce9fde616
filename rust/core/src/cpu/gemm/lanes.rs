//! Vectors of numbers, as wide as a register: what the kernels are written in.
//!
//! The methods are `inline(always)` and carry no target feature of their own: they become single instructions
//! inside the `#[target_feature]` functions of `kernel.rs`, and may be called nowhere else.

/// A register of [`Lanes::WIDTH`] numbers.
///
/// Every method is unsafe for the same two reasons: the processor must have the instruction set the type
/// belongs to, and pointers must be valid for the lanes that are read or written (in the masked forms, only
/// the lanes in the mask).
pub trait Lanes: Copy {
    type Element: Copy;
    /// The first so many lanes.
    type Mask: Copy;
    const WIDTH: usize;

    /// The mask of the first `count` lanes, `count` in `0..=WIDTH`.
    unsafe fn mask(count: usize) -> Self::Mask;
    unsafe fn zero() -> Self;
    unsafe fn splat(value: Self::Element) -> Self;
    unsafe fn load(from: *const Self::Element) -> Self;
    /// Lanes outside the mask are not read, and become zero.
    unsafe fn load_masked(from: *const Self::Element, mask: Self::Mask) -> Self;
    unsafe fn store(self, to: *mut Self::Element);
    unsafe fn store_masked(self, to: *mut Self::Element, mask: Self::Mask);
    /// `self * factor + term`: rounded once on every level but `Portable`, where it is rounded twice.
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    /// Fetches the cache line of `address`, which need not be valid.
    unsafe fn prefetch(address: *const Self::Element);
}

/// Lanes of which [`Lanes::WIDTH`] registers can be transposed as a square.
pub trait Square: Lanes {
    type Rows: AsRef<[Self]> + AsMut<[Self]>;

    /// `WIDTH` registers of zeros.
    unsafe fn rows() -> Self::Rows;
    unsafe fn transpose(rows: &mut Self::Rows);
}

/// Four numbers in plain Rust, for processors without a kernel of their own.
#[derive(Clone, Copy)]
pub struct Portable<T>([T; 4]);

macro_rules! portable {
    ($element:ty) => {
        impl Lanes for Portable<$element> {
            type Element = $element;
            type Mask = usize;
            const WIDTH: usize = 4;

            #[inline(always)]
            unsafe fn mask(count: usize) -> usize {
                count
            }
            #[inline(always)]
            unsafe fn zero() -> Self {
                Portable([0.0; 4])
            }
            #[inline(always)]
            unsafe fn splat(value: $element) -> Self {
                Portable([value; 4])
            }
            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                // SAFETY: the caller's promise.
                Portable(unsafe { from.cast::<[$element; 4]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn load_masked(from: *const $element, mask: usize) -> Self {
                let mut lanes = [0.0; 4];
                for (i, lane) in lanes.iter_mut().enumerate().take(mask) {
                    // SAFETY: the caller's promise; lane i is in the mask.
                    *lane = unsafe { *from.add(i) };
                }
                Portable(lanes)
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                // SAFETY: the caller's promise.
                unsafe { to.cast::<[$element; 4]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn store_masked(self, to: *mut $element, mask: usize) {
                for (i, lane) in self.0.into_iter().enumerate().take(mask) {
                    // SAFETY: the caller's promise; lane i is in the mask.
                    unsafe { *to.add(i) = lane };
                }
            }
            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
                let (a, b, c) = (self.0, factor.0, term.0);
                Portable([
                    a[0] * b[0] + c[0],
                    a[1] * b[1] + c[1],
                    a[2] * b[2] + c[2],
                    a[3] * b[3] + c[3],
                ])
            }
            #[inline(always)]
            unsafe fn prefetch(_: *const $element) {}
        }

        impl Square for Portable<$element> {
            type Rows = [Self; 4];

            #[inline(always)]
            unsafe fn rows() -> [Self; 4] {
                [Portable([0.0; 4]); 4]
            }
            #[inline(always)]
            unsafe fn transpose(rows: &mut [Self; 4]) {
                let r = *rows;
                for i in 0..4 {
                    rows[i] = Portable([r[0].0[i], r[1].0[i], r[2].0[i], r[3].0[i]]);
                }
            }
        }
    };
}

portable!(f32);
portable!(f64);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Lanes, Square};
    use std::arch::x86_64::*;

    /// The first n lanes of a 256-bit register are those that begin n elements before the middle.
    static MASKS_32: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
    static MASKS_64: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

    macro_rules! x86 {
        ($vector:ty, $element:ty, $width:literal, $mask:ty,
         mask: |$count:ident| $make_mask:expr,
         load_masked: |$from:ident, $lm:ident| $load_masked:expr,
         store_masked: |$to:ident, $sm:ident, $value:ident| $store_masked:expr,
         $zero:ident, $splat:ident, $load:ident, $store:ident, $fma:ident) => {
            impl Lanes for $vector {
                type Element = $element;
                type Mask = $mask;
                const WIDTH: usize = $width;

                #[inline(always)]
                #[allow(unused_unsafe)] // for 512 bits it is arithmetic
                unsafe fn mask($count: usize) -> $mask {
                    // SAFETY: the caller's promise: the processor has the instructions.
                    unsafe { $make_mask }
                }
                #[inline(always)]
                unsafe fn zero() -> Self {
                    // SAFETY: as above.
                    unsafe { $zero() }
                }
                #[inline(always)]
                unsafe fn splat(value: $element) -> Self {
                    // SAFETY: as above.
                    unsafe { $splat(value) }
                }
                #[inline(always)]
                unsafe fn load(from: *const $element) -> Self {
                    // SAFETY: the caller's promise: the processor has the instructions, the pointer is valid.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn load_masked($from: *const $element, $lm: $mask) -> Self {
                    // SAFETY: as above.
                    unsafe { $load_masked }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $element) {
                    // SAFETY: as above.
                    unsafe { $store(to, self) }
                }
                #[inline(always)]
                unsafe fn store_masked(self, $to: *mut $element, $sm: $mask) {
                    let $value = self;
                    // SAFETY: as above.
                    unsafe { $store_masked }
                }
                #[inline(always)]
                unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $fma(self, factor, term) }
                }
                #[inline(always)]
                unsafe fn prefetch(address: *const $element) {
                    // SAFETY: a prefetch never faults.
                    unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
                }
            }
        };
    }

    x86!(__m512, f32, 16, __mmask16,
        mask: |count| ((1u32 << count) - 1) as __mmask16,
        load_masked: |from, mask| _mm512_maskz_loadu_ps(mask, from),
        store_masked: |to, mask, value| _mm512_mask_storeu_ps(to, mask, value),
        _mm512_setzero_ps, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps);
    x86!(__m512d, f64, 8, __mmask8,
        mask: |count| ((1u32 << count) - 1) as __mmask8,
        load_masked: |from, mask| _mm512_maskz_loadu_pd(mask, from),
        store_masked: |to, mask, value| _mm512_mask_storeu_pd(to, mask, value),
        _mm512_setzero_pd, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd);
    x86!(__m256, f32, 8, __m256i,
        mask: |count| _mm256_loadu_si256(MASKS_32.as_ptr().add(8 - count).cast()),
        load_masked: |from, mask| _mm256_maskload_ps(from, mask),
        store_masked: |to, mask, value| _mm256_maskstore_ps(to, mask, value),
        _mm256_setzero_ps, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps);
    x86!(__m256d, f64, 4, __m256i,
        mask: |count| _mm256_loadu_si256(MASKS_64.as_ptr().add(4 - count).cast()),
        load_masked: |from, mask| _mm256_maskload_pd(from, mask),
        store_masked: |to, mask, value| _mm256_maskstore_pd(to, mask, value),
        _mm256_setzero_pd, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd);

    impl Square for __m256 {
        type Rows = [__m256; 8];

        #[inline(always)]
        unsafe fn rows() -> [__m256; 8] {
            // SAFETY: the caller's promise: the processor has AVX2.
            unsafe { [_mm256_setzero_ps(); 8] }
        }

        #[inline(always)]
        unsafe fn transpose(r: &mut [__m256; 8]) {
            // SAFETY: as above.
            unsafe {
                // Pairs of rows, then squares of four by four, then the two halves of the registers.
                for i in [0, 2, 4, 6] {
                    (r[i], r[i + 1]) = (
                        _mm256_unpacklo_ps(r[i], r[i + 1]),
                        _mm256_unpackhi_ps(r[i], r[i + 1]),
                    );
                }
                for i in [0, 4] {
                    let [a, b, c, d] = [r[i], r[i + 1], r[i + 2], r[i + 3]];
                    r[i] = _mm256_shuffle_ps::<0x44>(a, c);
                    r[i + 1] = _mm256_shuffle_ps::<0xee>(a, c);
                    r[i + 2] = _mm256_shuffle_ps::<0x44>(b, d);
                    r[i + 3] = _mm256_shuffle_ps::<0xee>(b, d);
                }
                for i in 0..4 {
                    let (a, b) = (r[i], r[i + 4]);
                    r[i] = _mm256_permute2f128_ps::<0x20>(a, b);
                    r[i + 4] = _mm256_permute2f128_ps::<0x31>(a, b);
                }
            }
        }
    }

    impl Square for __m256d {
        type Rows = [__m256d; 4];

        #[inline(always)]
        unsafe fn rows() -> [__m256d; 4] {
            // SAFETY: the caller's promise: the processor has AVX2.
            unsafe { [_mm256_setzero_pd(); 4] }
        }

        #[inline(always)]
        unsafe fn transpose(r: &mut [__m256d; 4]) {
            // SAFETY: as above.
            unsafe {
                let (a, b) = (_mm256_unpacklo_pd(r[0], r[1]), _mm256_unpackhi_pd(r[0], r[1]));
                let (c, d) = (_mm256_unpacklo_pd(r[2], r[3]), _mm256_unpackhi_pd(r[2], r[3]));
                r[0] = _mm256_permute2f128_pd::<0x20>(a, c);
                r[1] = _mm256_permute2f128_pd::<0x20>(b, d);
                r[2] = _mm256_permute2f128_pd::<0x31>(a, c);
                r[3] = _mm256_permute2f128_pd::<0x31>(b, d);
            }
        }
    }
}
