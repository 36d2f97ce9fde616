//! Element types, Python-style scalars and PyTorch's promotion rules.

use crate::error::{Error, Result};
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// A word as wide as the widest dtype: what tiles and registers are made of.
pub type Widest = u64;

/// The type of one element. The order within a category is the order of promotion.
///
/// No match on it has a rest, here or in `cpu` and `ops`. A complex dtype would add a variant of 16 bytes (elements of
/// that size move already) with `Widest` of 128 bits, a category above `Float`, a compute type with its Rust type, and
/// a `Scalar`; what then does not compile is what has to be decided.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum DType {
    Bool,
    U8,
    I8,
    I16,
    I32,
    I64,
    F16,
    BF16,
    F32,
    F64,
}

/// Promotion goes up the categories first: a float tensor of any rank wins over an integer one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Category {
    Bool,
    Integer,
    Float,
}

/// The type in which arithmetic is done; narrower types convert when loaded and round when stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Compute {
    U8,
    I32,
    I64,
    F32,
    F64,
}

/// A compute type of floats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Float {
    F32,
    F64,
}

impl Compute {
    /// So that `dispatch!` takes either.
    pub fn compute(self) -> Compute {
        self
    }

    pub fn float(self) -> Option<Float> {
        match self {
            Compute::F32 => Some(Float::F32),
            Compute::F64 => Some(Float::F64),
            Compute::U8 | Compute::I32 | Compute::I64 => None,
        }
    }
}

impl DType {
    pub const ALL: [DType; 10] = [
        DType::Bool,
        DType::U8,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::F16,
        DType::BF16,
        DType::F32,
        DType::F64,
    ];

    pub fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::U8 => "uint8",
            DType::I8 => "int8",
            DType::I16 => "int16",
            DType::I32 => "int32",
            DType::I64 => "int64",
            DType::F16 => "float16",
            DType::BF16 => "bfloat16",
            DType::F32 => "float32",
            DType::F64 => "float64",
        }
    }

    /// Also accepts PyTorch's other names for the same types.
    pub fn from_name(name: &str) -> Option<DType> {
        match name {
            "float" => Some(DType::F32),
            "double" => Some(DType::F64),
            "half" => Some(DType::F16),
            "short" => Some(DType::I16),
            "int" => Some(DType::I32),
            "long" => Some(DType::I64),
            _ => DType::ALL.into_iter().find(|d| d.name() == name),
        }
    }

    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            DType::Bool | DType::U8 | DType::I8 => 1,
            DType::I16 | DType::F16 | DType::BF16 => 2,
            DType::I32 | DType::F32 => 4,
            DType::I64 | DType::F64 => 8,
        }
    }

    pub fn category(self) -> Category {
        match self {
            DType::Bool => Category::Bool,
            DType::U8 | DType::I8 | DType::I16 | DType::I32 | DType::I64 => Category::Integer,
            DType::F16 | DType::BF16 | DType::F32 | DType::F64 => Category::Float,
        }
    }

    pub fn is_float(self) -> bool {
        self.category() == Category::Float
    }

    /// The least and the largest integer of an integer dtype; those of int64 where no dtype limits them.
    pub fn range(self) -> (i64, i64) {
        match self {
            DType::Bool => (0, 1),
            DType::U8 => (0, u8::MAX.into()),
            DType::I8 => (i8::MIN.into(), i8::MAX.into()),
            DType::I16 => (i16::MIN.into(), i16::MAX.into()),
            DType::I32 => (i32::MIN.into(), i32::MAX.into()),
            DType::I64 | DType::F16 | DType::BF16 | DType::F32 | DType::F64 => (i64::MIN, i64::MAX),
        }
    }

    pub fn compute(self) -> Compute {
        match self {
            DType::Bool | DType::U8 => Compute::U8,
            DType::I8 | DType::I16 | DType::I32 => Compute::I32,
            DType::I64 => Compute::I64,
            DType::F16 | DType::BF16 | DType::F32 => Compute::F32,
            DType::F64 => Compute::F64,
        }
    }

    /// float16 or bfloat16.
    pub fn is_half(self) -> bool {
        matches!(self, DType::F16 | DType::BF16)
    }

    /// The dtype that holds this one's values during computation.
    pub fn compute_dtype(self) -> DType {
        match self {
            DType::I8 | DType::I16 => DType::I32,
            DType::F16 | DType::BF16 => DType::F32,
            DType::Bool | DType::U8 | DType::I32 | DType::I64 | DType::F32 | DType::F64 => self,
        }
    }

    /// Two tensors of equal standing (both with dimensions, or both without).
    pub fn promote(self, other: DType) -> DType {
        use DType::*;
        match (self, other) {
            (F16, BF16) | (BF16, F16) => F32,
            // The least type that holds both.
            (U8, I8) | (I8, U8) => I16,
            (a, b) => a.max(b),
        }
    }
}

const _: () = {
    let mut i = 0;
    while i < DType::ALL.len() {
        assert!(DType::ALL[i].size() <= size_of::<Widest>());
        i += 1;
    }
};

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A Python number. It takes part in promotion by category only: `float32_tensor + 2.0` stays float32.
#[derive(Clone, Copy, Debug)]
pub enum Scalar {
    Bool(bool),
    I64(i64),
    /// An integer that int64 does not hold, as the nearest float64.
    Beyond(f64),
    F64(f64),
}

impl Scalar {
    pub fn category(self) -> Category {
        match self {
            Scalar::Bool(_) => Category::Bool,
            Scalar::I64(_) | Scalar::Beyond(_) => Category::Integer,
            Scalar::F64(_) => Category::Float,
        }
    }

    /// The type that a tensor made from this number alone has.
    pub fn default_dtype(self) -> DType {
        default_dtype(self.category())
    }

    pub fn as_f64(self) -> f64 {
        match self {
            Scalar::Bool(b) => b as u8 as f64,
            Scalar::I64(i) => i as f64,
            Scalar::Beyond(x) | Scalar::F64(x) => x,
        }
    }

    pub fn as_i64(self) -> i64 {
        match self {
            Scalar::Bool(b) => b as i64,
            Scalar::I64(i) => i,
            Scalar::Beyond(x) | Scalar::F64(x) => x as i64,
        }
    }

    pub fn as_bool(self) -> bool {
        match self {
            Scalar::Bool(b) => b,
            Scalar::I64(i) => i != 0,
            Scalar::Beyond(x) | Scalar::F64(x) => x != 0.0,
        }
    }

    /// The number as an element of `dtype`: a bool is `!= 0`, an integer drops a fraction and must be in range, a
    /// float is rounded where it is stored.
    #[inline]
    pub fn fit(self, op: &'static str, dtype: DType) -> Result<Scalar> {
        match dtype.category() {
            Category::Float => Ok(self),
            Category::Bool => Ok(Scalar::Bool(self.as_bool())),
            Category::Integer => match self.fitting(dtype) {
                Some(i) => Ok(Scalar::I64(i)),
                None => Err(Error::does_not_fit(op, self, dtype)),
            },
        }
    }

    /// The integer part, if it is a value of this integer dtype.
    pub fn fitting(self, dtype: DType) -> Option<i64> {
        let (low, high) = dtype.range();
        let whole = match self {
            Scalar::Bool(b) => b as i64,
            Scalar::I64(i) => i,
            // -2^63 and 2^63 are float64s: all between them are integers of 64 bits.
            Scalar::F64(x) if x.trunc() >= i64::MIN as f64 && x.trunc() < -(i64::MIN as f64) => x as i64,
            Scalar::F64(_) | Scalar::Beyond(_) => return None,
        };
        (low..=high).contains(&whole).then_some(whole)
    }

    /// A plan depends on a scalar's kind, never on its value.
    pub fn kind(self) -> u64 {
        self.category() as u64
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(b) => f.write_str(if *b { "True" } else { "False" }),
            Scalar::I64(i) => write!(f, "{i}"),
            Scalar::Beyond(x) => write!(f, "{}", *x as i128),
            Scalar::F64(x) => write!(f, "{x:?}"),
        }
    }
}

impl From<f64> for Scalar {
    fn from(x: f64) -> Scalar {
        Scalar::F64(x)
    }
}
impl From<i64> for Scalar {
    fn from(x: i64) -> Scalar {
        Scalar::I64(x)
    }
}
impl From<bool> for Scalar {
    fn from(x: bool) -> Scalar {
        Scalar::Bool(x)
    }
}

static DEFAULT_FLOAT: AtomicU8 = AtomicU8::new(DType::F32 as u8);

/// The dtype of floating tensors that are made of numbers and sizes.
pub fn default_float() -> DType {
    let number = DEFAULT_FLOAT.load(Ordering::Relaxed);
    *(DType::ALL.iter().find(|d| **d as u8 == number)).expect("a dtype was stored")
}
/// Sets it, for every thread.
pub fn set_default_float(dtype: DType) {
    debug_assert!(dtype.is_float());
    DEFAULT_FLOAT.store(dtype as u8, Ordering::Relaxed);
}

pub fn default_dtype(category: Category) -> DType {
    match category {
        Category::Bool => DType::Bool,
        Category::Integer => DType::I64,
        Category::Float => default_float(),
    }
}

/// PyTorch's rule over tensors with dimensions, tensors without, and Python numbers: a lower standing changes the
/// result only when its category is higher.
pub fn result_type(ranked: Option<DType>, zero_dim: Option<DType>, scalar: Option<Category>) -> DType {
    let mut result = ranked;
    if let Some(z) = zero_dim {
        result = match result {
            Some(r) if r.category() >= z.category() => Some(r),
            _ => Some(z),
        };
    }
    match (result, scalar) {
        (Some(r), Some(c)) if c > r.category() => default_dtype(c),
        (Some(r), _) => r,
        (None, Some(c)) => default_dtype(c),
        (None, None) => default_float(),
    }
}
