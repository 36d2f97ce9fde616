//! The table of elementwise ops: a macro that makes a record, a Rust function and a Python function of each row.

/// One elementwise op per row: its record, its Rust function and its Python function.
///
/// `name(x, y): Rule { .. }` with the arithmetic as an expression over operands of type `T`. `kernel` is `float` (f32
/// and f64), `number` (integers too), `integer`, `compare` or `logic`.
#[macro_export]
macro_rules! elementwise {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident($($x:ident),+): $rule:ident, $kernel:ident {
            cpu: $body:expr,
            wgsl: $wgsl:tt,
            derivative: $derivative:tt,
            $(places: $places:expr,)?
            $(call: $call:path,)?
            signature: $signature:literal,
            effect: $effect:expr,
            reference: $reference:literal,
            samples: $samples:expr,
            accuracy: $accuracy:expr,
            domain: $domain:expr $(,)?
        }
    )+) => {
        $(
            pub mod $name {
                #[allow(unused_imports)]
                use super::*;
                #[allow(unused_imports)]
                use $crate::function::Places;

                pub static OP: $crate::op::Op = $crate::op::Op {
                    name: stringify!($name),
                    function: Some($crate::function::Function {
                        name: stringify!($name),
                        signature: $signature,
                        doc: concat!($($doc, "\n"),+),
                        places: $crate::elementwise!(@places $($places)?),
                        effect: $effect,
                        call: $crate::elementwise!(@call [$($x)+] $($call)?),
                    }),
                    class: $crate::op::Class::Elementwise,
                    meta: $crate::elementwise!(@meta $rule),
                    cpu: $crate::op::Cpu::Tile(kernel),
                    gpu: $crate::elementwise!(@gpu $wgsl),
                    vjp: $crate::elementwise!(@vjp $derivative),
                    jvp: $crate::elementwise!(@jvp $derivative),
                    batch: $crate::op::Batch::Rule($crate::ops::elementwise::batch),
                    donates: &[],
                    plain: $crate::op::Plain::Primitive("one expression per element: NumPy is the oracle"),
                    tests: $crate::op::Tests {
                        reference: $reference,
                        samples: $samples,
                        accuracy: $accuracy,
                        domain: $domain,
                    },
                };

                pub const RULE: $crate::ops::elementwise::Rule = $crate::ops::elementwise::Rule::$rule;

                $crate::elementwise!(@kernel $kernel ($($x),+) $body);
            }

            $(#[doc = $doc])+
            pub fn $name($($x: impl Into<$crate::graph::Arg>),+) -> $crate::error::Result<$crate::graph::Tensor> {
                $crate::ops::elementwise::apply(&$name::OP, $name::RULE, smallvec::smallvec![$($x.into()),+])
            }
        )+

        /// The records of this file.
        pub static OPS: &[&$crate::op::Op] = &[$(&$name::OP),+];
    };

    (@call [$($x:ident)+]) => {
        |a| {
            let args = (0..$crate::elementwise!(@count $($x)+)).map(|i| a.arg(i)).collect::<$crate::error::Result<_>>()?;
            Ok($crate::ops::elementwise::apply(&OP, RULE, args)?.into())
        }
    };
    (@call [$($x:ident)+] $call:path) => { |a| Ok($call(a)?.into()) };

    (@places) => { Places::BOTH };
    (@places $places:expr) => { $places };

    (@count $($x:ident)+) => { [$(stringify!($x)),+].len() };

    (@meta Compare) => { $crate::ops::elementwise::meta_bool };
    (@meta Logic) => { $crate::ops::elementwise::meta_bool };
    (@meta $other:ident) => { $crate::ops::elementwise::meta_same };

    (@gpu $text:literal) => { $crate::gpu::Gpu::Expression($text) };

    (@vjp constant) => { $crate::op::Vjp::Constant };
    (@vjp zero) => { $crate::op::Vjp::Step };
    (@vjp (|$c:ident, $i:ident, $t:ident| $d:expr)) => { $crate::op::Vjp::Elementwise(|$c, $i, $t| $d) };
    (@jvp constant) => { $crate::op::Jvp::Constant };
    (@jvp $d:tt) => { $crate::op::Jvp::Elementwise };

    // One kernel per compute type in which the op exists.
    (@kernel float ($($x:ident),+) $body:expr) => {
        #[inline(always)]
        fn body<T: $crate::cpu::vmath::Real>($($x: T),+) -> T {
            $body
        }
        fn kernel(compute: $crate::dtype::Compute, _: $crate::dtype::DType) -> Option<$crate::cpu::tile::Kernel> {
            match compute {
                $crate::dtype::Compute::F32 => Some($crate::tile_kernel!(|$($x: f32),+| -> f32 { body($($x),+) })),
                $crate::dtype::Compute::F64 => Some($crate::tile_kernel!(|$($x: f64),+| -> f64 { body($($x),+) })),
                $crate::dtype::Compute::U8 | $crate::dtype::Compute::I32 | $crate::dtype::Compute::I64 => None,
            }
        }
    };
    (@kernel number ($($x:ident),+) $body:expr) => {
        #[inline(always)]
        fn body<T: $crate::cpu::number::Number>($($x: T),+) -> T {
            $body
        }
        fn kernel(compute: $crate::dtype::Compute, dtype: $crate::dtype::DType) -> Option<$crate::cpu::tile::Kernel> {
            match compute {
                // A bool is 0 or 1 in a byte.
                $crate::dtype::Compute::U8 if dtype == $crate::dtype::DType::Bool => {
                    Some($crate::tile_kernel!(|$($x: u8),+| -> u8 { (body($($x),+) != 0) as u8 }))
                }
                compute => Some($crate::dispatch!(compute, T => $crate::tile_kernel!(|$($x: T),+| -> T { body($($x),+) }))),
            }
        }
    };
    (@kernel integer ($($x:ident),+) $body:expr) => {
        #[inline(always)]
        fn body<T: $crate::cpu::number::Bits>($($x: T),+) -> T {
            $body
        }
        fn kernel(compute: $crate::dtype::Compute, dtype: $crate::dtype::DType) -> Option<$crate::cpu::tile::Kernel> {
            match compute {
                // A bool is one bit in a byte.
                $crate::dtype::Compute::U8 if dtype == $crate::dtype::DType::Bool => {
                    Some($crate::tile_kernel!(|$($x: u8),+| -> u8 { body($($x),+) & 1 }))
                }
                $crate::dtype::Compute::U8 => Some($crate::tile_kernel!(|$($x: u8),+| -> u8 { body($($x),+) })),
                $crate::dtype::Compute::I32 => Some($crate::tile_kernel!(|$($x: i32),+| -> i32 { body($($x),+) })),
                $crate::dtype::Compute::I64 => Some($crate::tile_kernel!(|$($x: i64),+| -> i64 { body($($x),+) })),
                $crate::dtype::Compute::F32 | $crate::dtype::Compute::F64 => None,
            }
        }
    };
    (@kernel compare ($($x:ident),+) $body:expr) => {
        #[inline(always)]
        fn body<T: $crate::cpu::number::Number>($($x: T),+) -> bool {
            $body
        }
        fn kernel(compute: $crate::dtype::Compute, _: $crate::dtype::DType) -> Option<$crate::cpu::tile::Kernel> {
            Some($crate::dispatch!(compute, T => $crate::tile_kernel!(|$($x: T),+| -> u8 { body($($x),+) as u8 })))
        }
    };
    (@kernel logic ($($x:ident),+) $body:expr) => {
        fn kernel(_: $crate::dtype::Compute, _: $crate::dtype::DType) -> Option<$crate::cpu::tile::Kernel> {
            Some($crate::tile_kernel!(|$($x: u8),+| -> u8 { $body as u8 }))
        }
    };
}
