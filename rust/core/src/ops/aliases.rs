//! The same functions under PyTorch's other names.

use crate::function::{Alias, Places};

const fn alias(name: &'static str, of: &'static str, places: Places) -> Alias {
    Alias { name, of, places }
}

pub static ALIASES: &[Alias] = &[
    alias("absolute", "abs", Places::BOTH),
    alias("arccos", "acos", Places::BOTH),
    alias("arccosh", "acosh", Places::BOTH),
    alias("arcsin", "asin", Places::BOTH),
    alias("arcsinh", "asinh", Places::BOTH),
    alias("arctan", "atan", Places::BOTH),
    alias("arctan2", "atan2", Places::BOTH),
    alias("arctanh", "atanh", Places::BOTH),
    alias("concat", "cat", Places::TOP),
    alias("concatenate", "cat", Places::TOP),
    alias("divide", "div", Places::BOTH),
    alias("expit", "sigmoid", Places::SPECIAL),
    alias("fix", "trunc", Places::BOTH),
    alias("gammainc", "igamma", Places::SPECIAL),
    alias("gammaincc", "igammac", Places::SPECIAL),
    alias("gammaln", "lgamma", Places::SPECIAL),
    alias("ger", "outer", Places::BOTH),
    alias("greater", "gt", Places::BOTH),
    alias("greater_equal", "ge", Places::BOTH),
    alias("less", "lt", Places::BOTH),
    alias("less_equal", "le", Places::BOTH),
    alias("modified_bessel_i0", "i0", Places::SPECIAL),
    alias("modified_bessel_i1", "i1", Places::SPECIAL),
    alias("multiply", "mul", Places::BOTH),
    alias("negative", "neg", Places::BOTH),
    alias("not_equal", "ne", Places::BOTH),
    alias("psi", "digamma", Places::SPECIAL),
    alias("row_stack", "vstack", Places::TOP),
    alias("subtract", "sub", Places::BOTH),
    alias("true_divide", "div", Places::BOTH),
];
