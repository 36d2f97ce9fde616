//! What a launch may find wrong with values, as data: the host makes the sentence of it.

use crate::error::{Error, Kind};

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Finding {
    /// The op, for errors.
    pub op: &'static str,
    pub what: What,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum What {
    /// An index into a dimension of so many elements.
    Index { dim: usize, size: usize, from_end: bool },
    /// An index of a row of a weight that has so many.
    Row { rows: usize },
    /// A label, and the one that may be there beside the classes.
    Label { classes: usize, ignored: Option<i64> },
    /// Elements outside of a range.
    Range {
        argument: &'static str,
        range: (f64, f64),
        advice: &'static str,
    },
}

impl Finding {
    /// The error, with the word that the launch noted beside its number.
    pub fn error(&self, noted: u32) -> Error {
        let op = self.op;
        // A number whose order is that of its bits; what no i32 can say is beyond its ends.
        let index = i64::from((noted ^ (1 << 31)) as i32);
        let named = match index {
            _ if index == i64::from(i32::MAX) => format!("{index} or more"),
            _ if index == i64::from(i32::MIN) => format!("{index} or less"),
            _ => index.to_string(),
        };
        match self.what {
            What::Index {
                dim,
                size,
                from_end: true,
            } => Error::index(op, index, dim, size),
            What::Index { dim, size, .. } => Error::position(op, index, dim, size),
            What::Row { rows: 0 } => {
                let text = format!("index {named} is no row of the weight, which has 0 rows. None is valid");
                Error::new(Kind::Index, op, text)
            }
            What::Row { rows } => {
                let text = format!(
                    "index {named} is no row of the weight, which has {rows} rows. Valid: 0 to {}",
                    rows - 1
                );
                Error::new(Kind::Index, op, text)
            }
            What::Label { classes, ignored } => {
                let mut text = format!(
                    "label {named} in the target is no class: the input has {classes} classes, 0 to {}",
                    classes as i64 - 1
                );
                if let Some(ignored) = ignored {
                    text += &format!(". Labels to be left out must equal ignore_index, which is {ignored}");
                }
                Error::new(Kind::Index, op, text)
            }
            What::Range {
                argument,
                range: (low, high),
                advice,
            } => Error::value(
                op,
                format!("{argument} has elements outside of [{low}, {high}]. {advice}"),
            ),
        }
    }
}
