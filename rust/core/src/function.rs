//! What users call: a name, a Python signature, documentation, and the code that checks arguments and records ops.
//!
//! The binding layer turns Python arguments into `Value`s by the signature alone, and writes stubs and reference
//! pages from it; there is no second list of functions.

use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::graph::{Arg, Tensor};
use crate::ops::elementwise::common_dtype;
use crate::ops::graph::cast;

pub struct Function {
    pub name: &'static str,
    /// `(input: Tensor, dim: int | Sequence[int] | None = None, *, keepdim: bool = False) -> Tensor`. Two parameters
    /// are the binding layer's: `device` is where tensors are made, `requires_grad` makes the result a leaf.
    pub signature: &'static str,
    pub doc: &'static str,
    pub places: Places,
    pub effect: Effect,
    pub call: fn(&Args) -> Result<Outcome>,
}

/// Where users find a function. What Python declares for the same place refines it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Places(u8);

impl Places {
    pub const TOP: Places = Places(1);
    /// The first parameter is `self`.
    pub const METHOD: Places = Places(2);
    pub const BOTH: Places = Places::TOP.and(Places::METHOD);
    pub const FUNCTIONAL: Places = Places(4);
    pub const LINALG: Places = Places(8);
    pub const SPECIAL: Places = Places(16);

    /// Here and there.
    pub const fn and(self, other: Places) -> Places {
        Places(self.0 | other.0)
    }

    pub const fn has(self, place: Places) -> bool {
        self.0 & place.0 == place.0
    }

    /// The places by the names that Python knows them under.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [(Places, &str); 5] = [
            (Places::TOP, "ravine"),
            (Places::METHOD, "ravine.Tensor"),
            (Places::FUNCTIONAL, "ravine.nn.functional"),
            (Places::LINALG, "ravine.linalg"),
            (Places::SPECIAL, "ravine.special"),
        ];
        NAMES
            .into_iter()
            .filter(move |(place, _)| self.has(*place))
            .map(|(_, name)| name)
    }
}

/// Another name of a function, with places of its own.
pub struct Alias {
    pub name: &'static str,
    pub of: &'static str,
    pub places: Places,
}

/// What a call does to its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Pure,
    /// Pure, and a result that shows an argument's elements is a view of it: writes go through.
    View,
    /// Pure, and there is a twin `name_` that writes the result into the first argument.
    Twin,
    /// The results are written into these parameters (tensors or lists of tensors), in order; returns nothing.
    Writes(&'static [usize]),
}

pub enum Outcome {
    One(Tensor),
    Many(Vec<Tensor>),
    /// A tuple whose entries also have names; the first name is the tuple's own.
    Named(&'static str, &'static [&'static str], Vec<Tensor>),
}

impl From<Tensor> for Outcome {
    fn from(t: Tensor) -> Outcome {
        Outcome::One(t)
    }
}

/// A Python argument in the core's terms.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// See `Scalar::Beyond`.
    Beyond(f64),
    Float(f64),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Tensor(Tensor),
    Tensors(Vec<Tensor>),
    DType(DType),
    Str(String),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Beyond(_) => "an int of more than 64 bits",
            Value::Float(_) => "float",
            Value::Ints(_) => "a sequence of int",
            Value::Floats(_) => "a sequence of float",
            Value::Tensor(_) => "Tensor",
            Value::Tensors(_) => "a sequence of Tensor",
            Value::DType(_) => "dtype",
            Value::Str(_) => "str",
        }
    }
}

/// One parameter of a signature.
#[derive(Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub annotation: String,
    /// Python source of the default.
    pub default: Option<String>,
    pub keyword_only: bool,
    /// `*shape: int` takes the remaining positional arguments.
    pub variadic: bool,
}

/// Splits a signature at its top-level commas.
pub fn parameters(signature: &str) -> Vec<Parameter> {
    let end = signature
        .rfind(") ->")
        .or_else(|| signature.rfind(')'))
        .expect("a signature has parentheses");
    let mut out = Vec::new();
    let mut keyword_only = false;
    let (mut depth, mut start) = (0, 0);
    let body = &signature[1..end];
    let mut pieces = Vec::new();
    for (i, c) in body.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                pieces.push(&body[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    pieces.push(&body[start..]);
    for piece in pieces.into_iter().map(str::trim).filter(|p| !p.is_empty()) {
        if piece == "*" {
            keyword_only = true;
            continue;
        }
        let variadic = piece.starts_with('*');
        let piece = piece.trim_start_matches('*');
        let (name, rest) = piece.split_once(':').unwrap_or((piece, ""));
        let (annotation, default) = match rest.split_once('=') {
            Some((a, d)) => (a.trim(), Some(d.trim().to_string())),
            None => (rest.trim(), None),
        };
        out.push(Parameter {
            name: name.trim().to_string(),
            annotation: annotation.to_string(),
            default,
            keyword_only,
            variadic,
        });
        keyword_only |= variadic;
    }
    out
}

/// A default as a value: the literals that signatures use.
pub fn default_value(text: &str) -> Value {
    match text {
        "None" => Value::None,
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        _ if text.starts_with(['"', '\'']) => Value::Str(text.trim_matches(['"', '\'']).to_string()),
        _ if text.starts_with('(') => Value::Ints(
            (text.trim_matches(['(', ')']).split(','))
                .filter(|part| !part.trim().is_empty())
                .map(|part| part.trim().parse().expect("defaults are literals"))
                .collect(),
        ),
        _ => match text.parse::<i64>() {
            Ok(i) => Value::Int(i),
            Err(_) => Value::Float(text.parse().expect("defaults are literals")),
        },
    }
}

/// The arguments of a call, one value per parameter.
pub struct Args<'a> {
    pub function: &'static str,
    pub names: &'a [&'a str],
    pub values: &'a [Value],
}

impl Args<'_> {
    fn wrong<T>(&self, i: usize, want: &str) -> Result<T> {
        Err(Error::argument(
            self.function,
            self.names[i],
            want,
            self.values[i].kind(),
        ))
    }

    /// A call that records several ops. Arguments of half precision are computed with in float32, and results rounded
    /// once: squares and sums leave the range of float16 long before the result does.
    pub fn widened(&self, call: impl FnOnce(&Args) -> Result<Outcome>) -> Result<Outcome> {
        let tensors: Vec<Arg> = (self.values.iter())
            .flat_map(|v| match v {
                Value::Tensor(t) => std::slice::from_ref(t),
                Value::Tensors(list) => list,
                _ => &[],
            })
            .map(Arg::from)
            .collect();
        if !tensors
            .iter()
            .filter_map(Arg::tensor)
            .any(|t| t.dtype().is_half())
        {
            return call(self);
        }
        let wide = |t: &Tensor| {
            cast::cast(
                t,
                if t.dtype().is_half() {
                    DType::F32
                } else {
                    t.dtype()
                },
            )
        };
        let values = (self.values.iter())
            .map(|v| match v {
                Value::Tensor(t) => wide(t).map(Value::Tensor),
                Value::Tensors(list) => list.iter().map(wide).collect::<Result<_>>().map(Value::Tensors),
                other => Ok(other.clone()),
            })
            .collect::<Result<Vec<_>>>()?;
        let outcome = call(&Args {
            values: &values,
            ..*self
        })?;
        let dtype = common_dtype(&tensors);
        let narrow = |t: Tensor| {
            if t.dtype() == DType::F32 {
                cast::cast(&t, dtype)
            } else {
                Ok(t)
            }
        };
        let all = |list: Vec<Tensor>| list.into_iter().map(narrow).collect::<Result<Vec<_>>>();
        Ok(match outcome {
            Outcome::One(t) => Outcome::One(narrow(t)?),
            Outcome::Many(list) => Outcome::Many(all(list)?),
            Outcome::Named(name, names, list) => Outcome::Named(name, names, all(list)?),
        })
    }

    pub fn value(&self, i: usize) -> &Value {
        &self.values[i]
    }
    pub fn is_none(&self, i: usize) -> bool {
        matches!(self.values[i], Value::None)
    }

    pub fn tensor(&self, i: usize) -> Result<&Tensor> {
        match &self.values[i] {
            Value::Tensor(t) => Ok(t),
            _ => self.wrong(i, "a Tensor"),
        }
    }
    pub fn opt_tensor(&self, i: usize) -> Result<Option<&Tensor>> {
        if self.is_none(i) {
            Ok(None)
        } else {
            self.tensor(i).map(Some)
        }
    }
    pub fn tensors(&self, i: usize) -> Result<&[Tensor]> {
        match &self.values[i] {
            Value::Tensors(t) => Ok(t),
            Value::Ints(v) if v.is_empty() => Ok(&[]),
            _ => self.wrong(i, "a sequence of Tensor"),
        }
    }
    /// Tensors given one by one, or as one sequence.
    pub fn several(&self, i: usize) -> Result<&[Tensor]> {
        match &self.values[i] {
            Value::Tensor(t) => Ok(std::slice::from_ref(t)),
            _ => self.tensors(i),
        }
    }
    /// A tensor or a number.
    pub fn arg(&self, i: usize) -> Result<Arg> {
        match &self.values[i] {
            Value::Tensor(t) => Ok(Arg::from(t)),
            _ => self
                .scalar(i)
                .map(Arg::Scalar)
                .or_else(|_| self.wrong(i, "a Tensor or a number")),
        }
    }
    pub fn opt_arg(&self, i: usize) -> Result<Option<Arg>> {
        if self.is_none(i) {
            Ok(None)
        } else {
            self.arg(i).map(Some)
        }
    }
    pub fn scalar(&self, i: usize) -> Result<Scalar> {
        match self.values[i] {
            Value::Bool(b) => Ok(Scalar::Bool(b)),
            Value::Int(n) => Ok(Scalar::I64(n)),
            Value::Beyond(x) => Ok(Scalar::Beyond(x)),
            Value::Float(x) => Ok(Scalar::F64(x)),
            _ => self.wrong(i, "a number"),
        }
    }
    pub fn float(&self, i: usize) -> Result<f64> {
        self.scalar(i).map(Scalar::as_f64)
    }
    pub fn int(&self, i: usize) -> Result<i64> {
        match self.values[i] {
            Value::Int(n) => Ok(n),
            _ => self.wrong(i, "an int"),
        }
    }
    pub fn opt_int(&self, i: usize) -> Result<Option<i64>> {
        if self.is_none(i) {
            Ok(None)
        } else {
            self.int(i).map(Some)
        }
    }
    /// A sequence of int; one int counts as a sequence of itself.
    pub fn ints(&self, i: usize) -> Result<Vec<i64>> {
        match &self.values[i] {
            Value::Ints(v) => Ok(v.clone()),
            Value::Int(n) => Ok(vec![*n]),
            _ => self.wrong(i, "an int or a sequence of int"),
        }
    }
    pub fn opt_ints(&self, i: usize) -> Result<Option<Vec<i64>>> {
        if self.is_none(i) {
            Ok(None)
        } else {
            self.ints(i).map(Some)
        }
    }
    pub fn flag(&self, i: usize) -> Result<bool> {
        match self.values[i] {
            Value::Bool(b) => Ok(b),
            _ => self.wrong(i, "a bool"),
        }
    }
    pub fn text(&self, i: usize) -> Result<&str> {
        match &self.values[i] {
            Value::Str(s) => Ok(s),
            _ => self.wrong(i, "a str"),
        }
    }
    pub fn opt_dtype(&self, i: usize) -> Result<Option<DType>> {
        match self.values[i] {
            Value::None => Ok(None),
            Value::DType(d) => Ok(Some(d)),
            _ => self.wrong(i, "a dtype such as ravine.float32"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_split() {
        let p = parameters(
            "(input: Tensor, *shape: int, dim: int | tuple[int, int] = -1, flag: bool = False) -> Tensor",
        );
        assert_eq!(p.len(), 4);
        assert!(p[1].variadic && p[2].keyword_only);
        assert_eq!(p[2].annotation, "int | tuple[int, int]");
        assert_eq!(p[3].default.as_deref(), Some("False"));
        let p = parameters("(x: Tensor, *, eps: float = 1e-5) -> Tensor");
        assert!(p[1].keyword_only && p[1].name == "eps");
    }
}
