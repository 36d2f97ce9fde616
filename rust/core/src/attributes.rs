//! Attributes by name: what an op has to know besides its operands is a struct, which its record, its rules and its
//! kernel read and write. Their encoding is here, and nowhere else: fields one behind the other, each in as many words
//! (or numbers) as its type takes.

use crate::device::Device;
use crate::dtype::{DType, Scalar};
use smallvec::{Array, SmallVec};
use std::slice::Iter;

/// What may be a field: of attributes, as words `i64` that plans depend on, or of data, as numbers `Scalar` that they do
/// not.
pub trait Field<W>: Sized {
    fn read(words: &mut Iter<W>) -> Self;
    fn write(&self, words: &mut impl Extend<W>);
}

/// `attributes! { struct Along in Attrs { dim: usize } }` declares a struct of public fields with `Along::from(&attrs)` and
/// `along.encode()`; `in Data` one of numbers. It can be a field of others in its turn.
macro_rules! attributes {
    ($(#[$of_struct:meta])* $visibility:vis struct $Name:ident in $Words:ident {
        $($(#[$of_field:meta])* $field:ident: $type:ty),+ $(,)?
    }) => {
        $(#[$of_struct])*
        $visibility struct $Name {
            $($(#[$of_field])* pub $field: $type,)+
        }

        impl $crate::attributes::Field<<$crate::work::$Words as IntoIterator>::Item> for $Name {
            #[inline]
            fn read(words: &mut std::slice::Iter<<$crate::work::$Words as IntoIterator>::Item>) -> $Name {
                $Name { $($field: $crate::attributes::Field::read(words),)+ }
            }
            #[inline]
            fn write(&self, words: &mut impl Extend<<$crate::work::$Words as IntoIterator>::Item>) {
                $($crate::attributes::Field::write(&self.$field, words);)+
            }
        }

        impl From<&$crate::work::$Words> for $Name {
            #[inline]
            fn from(words: &$crate::work::$Words) -> $Name {
                $crate::attributes::Field::read(&mut words.iter())
            }
        }

        impl $Name {
            #[inline]
            pub fn encode(&self) -> $crate::work::$Words {
                let mut words = $crate::work::$Words::new();
                $crate::attributes::Field::write(self, &mut words);
                words
            }
        }
    };
}

/// A field of one word or number.
macro_rules! field {
    ($($type:ty as $word:ty: |$read:ident| $from:expr, |$write:ident| $to:expr;)+) => { $(
        impl Field<$word> for $type {
            #[inline]
            fn read(words: &mut Iter<$word>) -> $type {
                let $read = *words.next().expect("attributes are read as they were written");
                $from
            }
            #[inline]
            fn write(&self, words: &mut impl Extend<$word>) {
                let $write = *self;
                words.extend([$to]);
            }
        }
    )+ };
}
field! {
    i64 as i64: |word| word, |x| x;
    usize as i64: |word| word as usize, |x| x as i64;
    bool as i64: |word| word != 0, |x| i64::from(x);
    DType as i64: |word| DType::ALL[word as usize], |x| x as i64;
    Device as i64: |word| Device::from_code(word), |x| x.code();
    i64 as Scalar: |number| number.as_i64(), |x| Scalar::I64(x);
    u64 as Scalar: |number| number.as_i64() as u64, |x| Scalar::I64(x as i64);
    f64 as Scalar: |number| number.as_f64(), |x| Scalar::F64(x);
    Scalar as Scalar: |number| number, |x| x;
}

/// All that are left.
impl<W, T: Field<W>, A: Array<Item = T>> Field<W> for SmallVec<A> {
    #[inline]
    fn read(words: &mut Iter<W>) -> Self {
        let mut all = SmallVec::new();
        while !words.as_slice().is_empty() {
            all.push(T::read(words));
        }
        all
    }
    #[inline]
    fn write(&self, words: &mut impl Extend<W>) {
        self.iter().for_each(|x| x.write(words));
    }
}

impl<W, T: Field<W>, const N: usize> Field<W> for [T; N] {
    #[inline]
    fn read(words: &mut Iter<W>) -> Self {
        std::array::from_fn(|_| T::read(words))
    }
    #[inline]
    fn write(&self, words: &mut impl Extend<W>) {
        self.iter().for_each(|x| x.write(words));
    }
}

attributes! {
    /// Of an op along one dimension.
    #[derive(Clone, Copy)]
    pub struct Along in Attrs { dim: usize }
}

attributes! {
    /// Of a transfer: where to.
    #[derive(Clone, Copy)]
    pub struct Target in Attrs { device: Device }
}

impl Listed {
    /// Of an op that has no choices.
    pub fn of(length: usize) -> Listed {
        Listed {
            length,
            flags: SmallVec::new(),
        }
    }
}

attributes! {
    /// Of an op over lists of tensors.
    #[derive(Clone)]
    pub struct Listed in Attrs {
        /// Tensors in each.
        length: usize,
        /// Choices of the op.
        flags: SmallVec<[bool; 4]>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    attributes! {
        #[derive(Debug, PartialEq)]
        struct Words in Attrs { pair: [usize; 2], deep: bool, dtype: DType, rest: SmallVec<[i64; 2]> }
    }
    attributes! {
        #[derive(Debug, PartialEq)]
        struct Numbers in Data { seed: u64, rate: f64 }
    }

    #[test]
    fn what_is_written_is_read() {
        for dtype in DType::ALL {
            let words = Words {
                pair: [3, 0],
                deep: true,
                dtype,
                rest: smallvec![-1, 7, 9],
            };
            assert_eq!(words.encode().len(), 7);
            assert_eq!(Words::from(&words.encode()), words);
        }
        let numbers = Numbers {
            seed: u64::MAX,
            rate: -0.5,
        };
        assert_eq!(Numbers::from(&numbers.encode()), numbers);
    }
}
