//! Which vector instructions this process uses, and functions compiled once for each kind.
//!
//! The level is the best one this CPU has, or the one named by `RAVINE_SIMD`. It never changes while
//! the process runs.

use std::sync::atomic::{AtomicU8, Ordering};

/// Vector instructions, worst first. Each level has those below it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// What every CPU of the architecture has.
    Portable,
    /// AVX2, FMA, F16C and BMI2.
    Avx2,
    /// AVX-512 F, BW, VL and DQ.
    Avx512,
    /// AMX tiles with bf16 products.
    Amx,
}

const LEVELS: [Level; 4] = [Level::Portable, Level::Avx2, Level::Avx512, Level::Amx];

/// The word that selects `level` in `RAVINE_SIMD`.
pub fn name(level: Level) -> &'static str {
    match level {
        Level::Portable => "portable",
        Level::Avx2 => "avx2",
        Level::Avx512 => "avx512",
        Level::Amx => "amx",
    }
}

/// The best level of this CPU under this operating system.
#[cfg(target_arch = "x86_64")]
pub fn detected() -> Level {
    let avx2 = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
        && is_x86_feature_detected!("bmi2");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq");
    match (avx2, avx512) {
        (true, true) if amx_permitted() => Level::Amx,
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2,
        (false, _) => Level::Portable,
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub fn detected() -> Level {
    Level::Portable
}

/// Whether the CPU has AMX and Linux lets this process use it. Linux keeps the tile registers' state
/// (8 KiB a thread) only for a process that has asked; threads started later inherit the permission.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn amx_permitted() -> bool {
    use core::arch::x86_64::{__cpuid_count, __get_cpuid_max};
    const AMX_BF16: u32 = 1 << 22;
    const AMX_TILE: u32 = 1 << 24;
    const SYS_ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
    const XFEATURE_XTILEDATA: u64 = 18;

    // `unsafe` in Rust 1.89, safe in later versions.
    #[allow(unused_unsafe)]
    // SAFETY: every x86-64 CPU has CPUID, and leaf 7 is read only where it exists.
    let has_amx = unsafe {
        __get_cpuid_max(0).0 >= 7 && {
            let features = __cpuid_count(7, 0).edx;
            features & AMX_TILE != 0 && features & AMX_BF16 != 0
        }
    };
    if !has_amx {
        return false;
    }
    let status: i64;
    // SAFETY: this system call takes two integers and touches no memory of ours; the kernel
    // overwrites rcx and r11. A kernel that does not know the request answers with an error.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") SYS_ARCH_PRCTL => status,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    status == 0
}

#[cfg(all(target_arch = "x86_64", not(target_os = "linux")))]
fn amx_permitted() -> bool {
    false
}

/// The level that `RAVINE_SIMD` asks for, or the detected one where it is unset or empty. The error is
/// a sentence for the user.
pub fn request() -> Result<Level, String> {
    match std::env::var_os("RAVINE_SIMD") {
        None => Ok(detected()),
        Some(word) => parse(&word.to_string_lossy(), detected()),
    }
}

fn parse(word: &str, best: Level) -> Result<Level, String> {
    let word = word.trim().to_ascii_lowercase();
    if word.is_empty() {
        return Ok(best);
    }
    match LEVELS.into_iter().find(|&level| name(level) == word) {
        Some(level) if level <= best => Ok(level),
        Some(_) => Err(format!(
            "RAVINE_SIMD={word} asks for instructions that this CPU or operating system lacks; the best \
             level here is {}.",
            name(best)
        )),
        None => Err(format!(
            "RAVINE_SIMD={word:?} is no SIMD level; use amx, avx512, avx2 or portable."
        )),
    }
}

/// The level in use. Where the request cannot be met (see [`request`]), the detected one.
#[inline]
pub fn level() -> Level {
    match CACHED.load(Ordering::Relaxed) {
        UNKNOWN => find_level(),
        index => LEVELS[usize::from(index)],
    }
}

const UNKNOWN: u8 = u8::MAX;
/// An index into `LEVELS`. Threads that race to fill it find the same level.
static CACHED: AtomicU8 = AtomicU8::new(UNKNOWN);

#[cold]
fn find_level() -> Level {
    let level = request().unwrap_or_else(|_| detected());
    CACHED.store(level as u8, Ordering::Relaxed);
    level
}

/// Defines a function that is compiled for AVX-512, for AVX2 and portably, and runs the copy for
/// [`level`]. The body is inlined into each copy, with every `#[inline(always)]` function it calls, and
/// so vectorised for it.
///
/// ```text
/// multiversion! {
///     /// Documentation and attributes go here.
///     pub fn add_all<T: Real>(x: &[T], out: &mut [T]) { ... }
/// }
/// ```
///
/// Arguments are plain names; there may be one type parameter, a return type, a `where` clause and
/// `unsafe`. A bound with arguments of its own (`Add<Output = T>`) goes into the `where` clause.
#[allow(unused_macros)]
macro_rules! multiversion {
    // First the qualifiers are set apart, so that one rule serves safe and unsafe functions.
    ($(#[$attribute:meta])* $vis:vis unsafe fn $($rest:tt)*) => {
        $crate::cpu::simd::multiversion! { @copies [$(#[$attribute])* $vis] [unsafe] $($rest)* }
    };
    ($(#[$attribute:meta])* $vis:vis fn $($rest:tt)*) => {
        $crate::cpu::simd::multiversion! { @copies [$(#[$attribute])* $vis] [] $($rest)* }
    };

    (
        @copies [$($public:tt)*] [$($unsafe:tt)?]
        $name:ident $(<$T:ident $(: $($bound:ident)::+ $(+ $($more:ident)::+)*)?>)?
        ($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)?
        $(where $($left:ty: $right:path),+ $(,)?)?
        $body:block
    ) => {
        // The same heads four times: a nested function has its own type parameter.
        $($public)* $($unsafe)? fn $name $(<$T $(: $($bound)::+ $(+ $($more)::+)*)?>)?
            ($($arg: $ty),*) $(-> $ret)? $(where $($left: $right),+)?
        {
            #[inline(always)]
            $($unsafe)? fn portable $(<$T $(: $($bound)::+ $(+ $($more)::+)*)?>)?
                ($($arg: $ty),*) $(-> $ret)? $(where $($left: $right),+)?
            $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,bmi2,f16c")]
            #[allow(unused_unsafe)]
            $($unsafe)? fn avx2 $(<$T $(: $($bound)::+ $(+ $($more)::+)*)?>)?
                ($($arg: $ty),*) $(-> $ret)? $(where $($left: $right),+)?
            {
                // SAFETY: the caller's promise, where the function is unsafe.
                unsafe { portable($($arg),*) }
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,bmi2,f16c")]
            #[allow(unused_unsafe)]
            $($unsafe)? fn avx512 $(<$T $(: $($bound)::+ $(+ $($more)::+)*)?>)?
                ($($arg: $ty),*) $(-> $ret)? $(where $($left: $right),+)?
            {
                // SAFETY: the caller's promise, where the function is unsafe.
                unsafe { portable($($arg),*) }
            }

            #[allow(unused_unsafe)]
            // SAFETY: `level` names instructions that this CPU has; the rest is the caller's promise,
            // where the function is unsafe.
            unsafe {
                match $crate::cpu::simd::level() {
                    #[cfg(target_arch = "x86_64")]
                    $crate::cpu::simd::Level::Avx512 | $crate::cpu::simd::Level::Amx => avx512($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    $crate::cpu::simd::Level::Avx2 => avx2($($arg),*),
                    _ => portable($($arg),*),
                }
            }
        }
    };
}
#[allow(unused_imports)]
pub(crate) use multiversion;

/// Runs `f` in the default floating-point state (round to nearest, subnormals kept, no traps) and then
/// puts the caller's back, also when `f` panics. Another library may have set flush-to-zero on this
/// thread, and results would depend on it.
#[cfg(target_arch = "x86_64")]
pub fn with_float_state<R>(f: impl FnOnce() -> R) -> R {
    /// The control and status register of SSE, as every process starts with it.
    const DEFAULT: u32 = 0x1f80;

    struct Restore(u32);
    impl Drop for Restore {
        fn drop(&mut self) {
            write_mxcsr(self.0);
        }
    }

    /// Kept out of line, so that no arithmetic of `f` can be moved across a write of the register.
    #[inline(never)]
    fn call<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    /// Exceptions that happened, which change nothing.
    const FLAGS: u32 = 0x3f;

    let before = read_mxcsr();
    if before & !FLAGS == DEFAULT {
        // As almost always; writing the register costs as much as a small op.
        return call(f);
    }
    let _restore = Restore(before);
    write_mxcsr(DEFAULT);
    call(f)
}

#[cfg(not(target_arch = "x86_64"))]
pub fn with_float_state<R>(f: impl FnOnce() -> R) -> R {
    f()
}

#[cfg(target_arch = "x86_64")]
fn read_mxcsr() -> u32 {
    let mut value = 0u32;
    // SAFETY: stores four bytes to a variable of ours.
    unsafe {
        core::arch::asm!("stmxcsr [{}]", in(reg) &raw mut value, options(nostack, preserves_flags));
    }
    value
}

/// `value` is the default or one that was read: reserved bits, which would fault, are 0.
#[cfg(target_arch = "x86_64")]
fn write_mxcsr(value: u32) {
    // SAFETY: loads four bytes from a variable of ours; the state is put back by `with_float_state`
    // before code that expects another one runs.
    unsafe {
        core::arch::asm!("ldmxcsr [{}]", in(reg) &raw const value, options(nostack, preserves_flags));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_select_their_levels() {
        for level in LEVELS {
            assert_eq!(parse(name(level), Level::Amx), Ok(level));
            assert_eq!(LEVELS[level as usize], level);
        }
        assert_eq!(parse(" AVX2 ", Level::Avx512), Ok(Level::Avx2));
        assert_eq!(parse("", Level::Avx2), Ok(Level::Avx2));
        assert!(parse("avx512", Level::Avx2).unwrap_err().contains("lacks"));
        assert!(parse("sse9", Level::Amx).unwrap_err().contains("\"sse9\""));
    }

    #[test]
    fn the_level_is_one_that_this_cpu_has() {
        assert!(level() <= detected());
        assert_eq!(level(), level());
        if let Ok(wanted) = request() {
            assert_eq!(level(), wanted);
        }
    }

    multiversion! {
        /// With a return type and a `where` clause.
        fn total<T>(x: &[T], zero: T) -> T where T: Copy, T: core::ops::Add<Output = T> {
            x.iter().fold(zero, |sum, &v| sum + v)
        }
    }

    multiversion! {
        fn count<T: Copy + core::cmp::PartialEq>(x: &[T], wanted: T) -> usize {
            x.iter().filter(|&&v| v == wanted).count()
        }
    }

    multiversion! {
        fn fill(out: &mut [f32], f: impl Fn(usize) -> f32) {
            for i in 0..out.len() {
                out[i] = f(i);
            }
        }
    }

    multiversion! {
        /// # Safety
        /// `x` is not empty.
        unsafe fn first(x: &[u8]) -> u8 {
            // SAFETY: the caller's promise.
            unsafe { *x.get_unchecked(0) }
        }
    }

    #[test]
    fn multiversioned_functions_run() {
        let mut x = [0.0; 37];
        fill(&mut x, |i| i as f32);
        assert_eq!(total(&x, 0.0), 666.0);
        assert_eq!(count(&x, 7.0), 1);
        // SAFETY: one element.
        assert_eq!(unsafe { first(&[7]) }, 7);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn float_state_is_set_and_restored() {
        const FLUSH: u32 = 0x8040;
        let before = read_mxcsr();
        write_mxcsr(before | FLUSH);
        let half_of = |x: f32| std::hint::black_box(x) * 0.5;
        let inside = with_float_state(|| half_of(f32::MIN_POSITIVE));
        let state_after = read_mxcsr();
        let panic = std::panic::catch_unwind(|| with_float_state(|| panic!("inside")));
        let state_after_panic = read_mxcsr();
        write_mxcsr(before);

        assert_eq!(inside.to_bits(), 0x0040_0000);
        assert_eq!(state_after & FLUSH, FLUSH);
        assert!(panic.is_err());
        assert_eq!(state_after_panic & FLUSH, FLUSH);
    }
}
