//! Ops that hand a value on: to another place in the graph, in another dtype, with a derivative of the user's own. And
//! ops that are the user's own altogether.

pub mod cast;
pub mod custom;
pub mod identity;
pub mod kernel;
pub mod transfer;

use super::Records;

pub static OPS: Records = &[
    &[&cast::OP],
    &[
        &identity::ALIAS,
        &identity::DETACH,
        &identity::REBIND,
        &identity::LEAF,
    ],
    &[&custom::CUSTOM, &transfer::TRANSFER],
];
