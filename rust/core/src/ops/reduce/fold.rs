//! What the operators of reductions and scans differ in on the GPU.

use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Context, kind, need};

/// An operator, as WGSL. It may be applied in any order and grouping.
#[derive(Clone)]
pub struct Fold {
    /// The type in which elements are combined.
    pub accumulator: &'static str,
    /// That of element `i` of a line, which is `x[at]`.
    pub element: String,
    /// Of `a` and `b`.
    pub combine: String,
    /// Of no element.
    pub empty: &'static str,
    /// What is stored of an accumulator `value`, and its type.
    pub result: (&'static str, &'static str),
}

impl Fold {
    /// An operator that stores its accumulators.
    fn plain(
        accumulator: &'static str,
        element: impl Into<String>,
        combine: impl Into<String>,
        empty: &'static str,
    ) -> Fold {
        Fold {
            accumulator,
            element: element.into(),
            combine: combine.into(),
            empty,
            result: ("value", accumulator),
        }
    }

    pub fn sum(c: &Context) -> Result<Fold> {
        Fold::arithmetic(c, ["a + b", "add_i64(a, b)"], ["0.0", "vec2<u32>()"])
    }

    pub fn product(c: &Context) -> Result<Fold> {
        Fold::arithmetic(c, ["a * b", "mul_i64(a, b)"], ["1.0", "vec2<u32>(1u, 0u)"])
    }

    /// Floats as they are, then integers in int64.
    fn arithmetic(c: &Context, combine: [&'static str; 2], empty: [&'static str; 2]) -> Result<Fold> {
        let of_integers = |element: String| Fold::plain("vec2<u32>", element, combine[1], empty[1]);
        Ok(match kind(c.op, c.dtype(0))? {
            "f32" => Fold::plain("f32", LOADED, combine[0], empty[0]),
            "vec2<u32>" => of_integers("x[at]".into()),
            narrow => of_integers(format!("i64_of_{narrow}(x[at])")),
        })
    }

    /// The largest or smallest element. A result from no element is an error before it comes here.
    pub fn extremum(c: &Context, largest: bool) -> Result<Fold> {
        let kind = kind(c.op, c.dtype(0))?;
        let (element, empty) = match kind {
            "f32" => (LOADED, "0.0"),
            "i32" => ("x[at]", "0"),
            "u32" => ("x[at]", "0u"),
            _ => ("x[at]", "vec2<u32>()"),
        };
        let of_two = if largest { "maximum" } else { "minimum" };
        Ok(Fold::plain(
            kind,
            element,
            format!("{of_two}_{}(a, b)", suffix(kind)),
            empty,
        ))
    }

    /// Where that is, among equal elements the first or the last. Elements are ranked, NaN above all, and what decides
    /// among equals is behind the rank.
    pub fn place_of_extremum(c: &Context, largest: bool, first: bool) -> Result<Fold> {
        let rank = suffix(kind(c.op, c.dtype(0))?);
        let (place, result) = match first {
            true => ("~i", "vec2<u32>(~value.z, 0u)"),
            false => ("i", "vec2<u32>(value.z, 0u)"),
        };
        Ok(Fold {
            result: (result, "vec2<u32>"),
            ..Fold::plain(
                "vec3<u32>",
                format!("vec3<u32>(rank_{rank}(x[at], {largest}), {place})"),
                "uppermost(a, b)",
                "vec3<u32>()",
            )
        })
    }

    /// Whether all or any elements are true.
    pub fn truth(c: &Context, all: bool) -> Result<Fold> {
        need(c.op, c.dtype(0), DType::Bool)?;
        let (combine, empty) = if all { ("a & b", "1u") } else { ("a | b", "0u") };
        Ok(Fold::plain("u32", "x[at]", combine, empty))
    }

    /// The same, but what is stored is combined further.
    pub fn unfinished(&self) -> Fold {
        Fold {
            result: ("value", self.accumulator),
            ..self.clone()
        }
    }

    /// The same of elements that are accumulators already.
    pub fn resumed(&self) -> Fold {
        Fold {
            element: "x[at]".into(),
            ..self.clone()
        }
    }

    /// Bytes of an accumulator.
    pub fn size(&self) -> usize {
        match self.accumulator {
            "vec3<u32>" => 16,
            "vec2<u32>" => 8,
            _ => 4,
        }
    }
}

/// An element of a float32 input, into which elementwise ops may be spliced.
const LOADED: &str = "load(at, x[at])";

/// How functions of the prelude for a kind of element end.
pub fn suffix(kind: &'static str) -> &'static str {
    match kind {
        "vec2<u32>" => "i64",
        _ => kind,
    }
}
