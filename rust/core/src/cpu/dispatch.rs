//! From dtypes to Rust types. No match here has a rest: who adds a dtype is asked what it means at each.

use crate::dtype::{DType, Float};

/// `dispatch!(dtype, T => expression)` with `T` bound to the Rust type of a compute dtype.
#[macro_export]
macro_rules! dispatch {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype.compute() {
            $crate::dtype::Compute::U8 => {
                type $t = u8;
                $body
            }
            $crate::dtype::Compute::I32 => {
                type $t = i32;
                $body
            }
            $crate::dtype::Compute::I64 => {
                type $t = i64;
                $body
            }
            $crate::dtype::Compute::F32 => {
                type $t = f32;
                $body
            }
            $crate::dtype::Compute::F64 => {
                type $t = f64;
                $body
            }
        }
    };
}

/// As `dispatch!`, for the two float compute types.
#[macro_export]
macro_rules! dispatch_float {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $crate::cpu::dispatch::float($dtype) {
            $crate::dtype::Float::F32 => {
                type $t = f32;
                $body
            }
            $crate::dtype::Float::F64 => {
                type $t = f64;
                $body
            }
        }
    };
}

/// `by_size!(dtype, T => expression)` with `T` a type of the dtype's size: to move elements, nothing else matters.
#[macro_export]
macro_rules! by_size {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype.size() {
            1 => {
                type $t = u8;
                $body
            }
            2 => {
                type $t = half::f16;
                $body
            }
            4 => {
                type $t = i32;
                $body
            }
            8 => {
                type $t = i64;
                $body
            }
            16 => {
                type $t = [i64; 2];
                $body
            }
            size => unreachable!("elements of {size} bytes"),
        }
    };
}

/// In what a kernel for floats alone computes: other dtypes are refused where its op is recorded.
pub fn float(dtype: DType) -> Float {
    match dtype.compute().float() {
        Some(float) => float,
        None => unreachable!("{dtype} in a kernel for floating dtypes"),
    }
}
