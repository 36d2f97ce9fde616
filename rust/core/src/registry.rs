//! The one list of ops and functions. Python names, stubs, reference pages and generated tests follow from it.

use crate::function::{Alias, Function};
use crate::op::Op;
use crate::ops;
use std::sync::LazyLock;

/// Every record.
pub static OPS: LazyLock<Vec<&'static Op>> = LazyLock::new(|| {
    ops::OPS
        .iter()
        .copied()
        .flatten()
        .copied()
        .flatten()
        .copied()
        .collect()
});

/// Everything that users call: the functions of records, then those that are made of several.
pub static FUNCTIONS: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
    let own = OPS.iter().filter_map(|op| op.function.as_ref());
    own.chain(ops::FUNCTIONS.iter().copied().flatten().copied().flatten())
        .collect()
});

pub fn op(name: &str) -> Option<&'static Op> {
    OPS.iter().find(|op| op.name == name).copied()
}

/// The other names of functions, each with the function that it names.
pub fn aliases() -> impl Iterator<Item = (&'static Alias, &'static Function)> {
    ops::aliases::ALIASES.iter().map(|alias| {
        let function = FUNCTIONS.iter().find(|f| f.name == alias.of);
        (alias, *function.expect("aliases name functions"))
    })
}
