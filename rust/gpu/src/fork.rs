//! What a child process inherits of drivers: handlers that wait at its end for threads that only the parent has.

use crate::adapters;

/// Called in a child that was just forked. Where drivers were loaded it ends without their handlers; those that are
/// registered from here on run before.
pub fn in_child() {
    if adapters::were_asked_for() {
        end_without_drivers();
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn end_without_drivers() {
    use std::ffi::{c_int, c_void};

    unsafe extern "C" {
        fn on_exit(handler: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
        fn fflush(stream: *mut c_void) -> c_int;
        fn _exit(status: c_int) -> !;
    }

    extern "C" fn leave(status: c_int, _: *mut c_void) {
        // SAFETY: what is left of exit() is to flush the streams, which a null pointer means all of, and to end.
        unsafe {
            fflush(std::ptr::null_mut());
            _exit(status);
        }
    }
    // SAFETY: the handler may be called at any exit, and looks at no argument.
    unsafe { on_exit(leave, std::ptr::null_mut()) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn end_without_drivers() {}
