//! What all elementwise ops share: dtype rules, broadcasting, recording, and the batching rule.

use super::{cast, create, numbers, reduce, view};
use crate::dtype::{Category, DType, result_type};
use crate::error::{Error, Result};
use crate::graph::{Arg, Tensor};
use crate::op::{Call, Meta, Op, Request};
use crate::shape::{Shape, broadcast};
use crate::stream::record_one;
use smallvec::{SmallVec, smallvec};

/// How the result's dtype follows from the operands' common one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Integers and booleans become float32.
    Float,
    /// Any dtype, kept.
    Same,
    /// As `Same`; the result is one of the operands, so a number must be a value of the dtype.
    Pick,
    /// Any dtype but bool, kept.
    Number,
    /// As `Number`; integers have no powers of negative numbers.
    Power,
    /// The result is bool.
    Compare,
    /// Operands become bool, and so is the result.
    Logic,
    /// Integers and booleans, kept.
    Integer,
}

/// Records an elementwise op over operands that are promoted to a common dtype.
pub fn apply(op: &'static Op, rule: Rule, mut args: SmallVec<[Arg; 3]>) -> Result<Tensor> {
    let dtype = operand_dtype(op.name, rule, &args)?;
    if (!dtype.is_float() || rule == Rule::Compare)
        && let Some(result) = numbers::beyond(op, rule, dtype, &args)?
    {
        return Ok(result);
    }
    promote(op.name, &mut args, dtype)?;
    record_one(op, Default::default(), Default::default(), args)
}

/// The dtype that operands are brought to.
#[inline]
pub fn operand_dtype(name: &'static str, rule: Rule, args: &[Arg]) -> Result<DType> {
    if rule == Rule::Logic {
        return Ok(DType::Bool);
    }
    let dtype = common_dtype(args);
    match rule {
        Rule::Float if !dtype.is_float() => Ok(DType::F32),
        Rule::Number | Rule::Power if dtype.category() == Category::Bool => Err(Error::dtype(
            name,
            dtype,
            "a number type; for booleans use logical_and, logical_or, logical_not",
        )),
        Rule::Integer if dtype.is_float() => Err(Error::dtype(name, dtype, "an integer dtype or bool")),
        _ => Ok(dtype),
    }
}

/// PyTorch's promotion over all operands.
#[inline]
pub fn common_dtype(args: &[Arg]) -> DType {
    if let [Arg::Tensor(x), Arg::Tensor(y)] = args
        && x.dtype() == y.dtype()
    {
        // By far the most frequent call.
        return x.dtype();
    }
    let (mut ranked, mut zero_dim, mut scalar) = (None::<DType>, None::<DType>, None::<Category>);
    for arg in args {
        match arg {
            Arg::Tensor(t) => {
                let standing = if t.rank() > 0 { &mut ranked } else { &mut zero_dim };
                *standing = Some(standing.map_or(t.dtype(), |d| d.promote(t.dtype())));
            }
            Arg::Scalar(s) => scalar = scalar.max(Some(s.category())),
        }
    }
    result_type(ranked, zero_dim, scalar)
}

/// Casts operands to `dtype`. Numbers stay numbers, save when there is no tensor at all.
#[inline]
fn promote(op: &'static str, args: &mut [Arg], dtype: DType) -> Result<()> {
    let mut any_tensor = false;
    for arg in &mut *args {
        match arg {
            Arg::Tensor(t) => {
                any_tensor = true;
                if t.dtype() != dtype {
                    *arg = Arg::Tensor(cast::cast(t, dtype)?);
                }
            }
            Arg::Scalar(s) => *s = s.fit(op, dtype)?,
        }
    }
    if let (false, Some(Arg::Scalar(s))) = (any_tensor, args.first()) {
        args[0] = Arg::Tensor(create::full(&[], *s, dtype)?);
    }
    Ok(())
}

/// The shape that all operands broadcast to.
#[inline]
pub fn broadcast_shape(r: &Request) -> Result<Shape> {
    let mut shape = Shape::from_slice(r.shape(0));
    for i in 1..r.args.len() {
        if !shape.iter().eq(r.shape(i)) {
            shape = broadcast(&shape, r.shape(i))
                .ok_or_else(|| Error::broadcast(r.op.name, &shape, r.shape(i)))?;
        }
    }
    Ok(shape)
}

pub fn meta_same(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    Ok(SmallVec::from_buf([(broadcast_shape(r)?, r.common_dtype())]))
}

pub fn meta_bool(r: &Request) -> Result<SmallVec<[Meta; 1]>> {
    Ok(SmallVec::from_buf([(broadcast_shape(r)?, DType::Bool)]))
}

/// The batching rule: the batch dimension stands first, so shorter operands get extents of 1 after it.
pub fn batch(c: &Call, batched: &[bool], _size: usize) -> Result<SmallVec<[Tensor; 1]>> {
    let rank = c
        .inputs
        .iter()
        .zip(batched)
        .map(|(a, &b)| a.shape().len() - b as usize)
        .max()
        .unwrap_or(0);
    let args = (c.inputs.iter().zip(batched))
        .map(|(arg, &is_batched)| match arg {
            Arg::Tensor(t) if is_batched && t.rank() - 1 < rank => {
                let mut shape = Shape::from_slice(&t.shape()[..1]);
                shape.extend(std::iter::repeat_n(1, rank + 1 - t.rank()));
                shape.extend_from_slice(&t.shape()[1..]);
                Ok(Arg::Tensor(view::reshape(t, &shape)?))
            }
            _ => Ok(arg.clone()),
        })
        .collect::<Result<_>>()?;
    Ok(smallvec![record_one(
        c.op,
        c.attrs.clone(),
        c.data.clone(),
        args
    )?])
}

/// Sums a cotangent over the dimensions along which an operand of `shape` was broadcast.
pub fn sum_to(t: &Tensor, shape: &[usize]) -> Result<Tensor> {
    if **t.shape() == *shape {
        return Ok(t.clone());
    }
    let lead = t.rank() - shape.len();
    let dims: SmallVec<[usize; 4]> = (0..t.rank())
        .filter(|&d| d < lead || (shape[d - lead] == 1 && t.shape()[d] != 1))
        .collect();
    view::reshape(&reduce::sum(t, &dims, true)?, shape)
}

/// One elementwise op per row: its record, its Rust function and its Python function.
///
/// `name(x, y): Rule { .. }` with the arithmetic as an expression over operands of type `T`. `kernel` is `float` (f32
/// and f64), `number` (integers too), `integer`, `compare` or `logic`. `wgsl` may be `none`.
#[macro_export]
macro_rules! elementwise {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident($($x:ident),+): $rule:ident, $kernel:ident {
            cpu: $body:expr,
            wgsl: $wgsl:tt,
            derivative: $derivative:tt,
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

                pub static OP: $crate::op::Op = $crate::op::Op {
                    name: stringify!($name),
                    function: Some($crate::function::Function {
                        name: stringify!($name),
                        signature: $signature,
                        doc: concat!($($doc, "\n"),+),
                        method: true,
                        effect: $effect,
                        call: |a| {
                            let args = (0..$crate::elementwise!(@count $($x)+)).map(|i| a.arg(i)).collect::<$crate::error::Result<_>>()?;
                            Ok($crate::ops::elementwise::apply(&OP, RULE, args)?.into())
                        },
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

                const RULE: $crate::ops::elementwise::Rule = $crate::ops::elementwise::Rule::$rule;

                $crate::elementwise!(@kernel $kernel ($($x),+) $body);
            }

            $(#[doc = $doc])+
            pub fn $name($($x: impl Into<$crate::graph::Arg>),+) -> $crate::error::Result<$crate::graph::Tensor> {
                $crate::ops::elementwise::apply(&$name::OP, $crate::ops::elementwise::Rule::$rule, smallvec::smallvec![$($x.into()),+])
            }
        )+

        /// The records of this file.
        pub static OPS: &[&$crate::op::Op] = &[$(&$name::OP),+];
    };

    (@count $($x:ident)+) => { [$(stringify!($x)),+].len() };

    (@meta Compare) => { $crate::ops::elementwise::meta_bool };
    (@meta Logic) => { $crate::ops::elementwise::meta_bool };
    (@meta $other:ident) => { $crate::ops::elementwise::meta_same };

    (@gpu none) => { $crate::gpu::Gpu::Never("its shader waits for the GPU engine") };
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
                _ => None,
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
                _ => Some($crate::dispatch!(compute, T => $crate::tile_kernel!(|$($x: T),+| -> T { body($($x),+) }))),
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
                _ => None,
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
