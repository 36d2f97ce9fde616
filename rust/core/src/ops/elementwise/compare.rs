//! Comparisons and logic: the results are booleans.

use crate::function::Effect::{Pure, Twin};
use crate::op::Accuracy::Exact;

elementwise! {
    /// Logical negation; numbers count as true when they are not 0.
    ///
    /// >>> ravine.logical_not(ravine.tensor([True, False]))
    /// tensor([False,  True])
    logical_not(x): Logic, logic {
        cpu: x == 0,
        wgsl: "!x",
        derivative: constant,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.logical_not(input)",
        samples: &["b(2, 3)", "f(4)", "i(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Whether an element is NaN.
    ///
    /// >>> ravine.isnan(ravine.tensor([1.0, float("nan")]))
    /// tensor([False,  True])
    isnan(x): Compare, compare {
        cpu: x.is_nan(),
        wgsl: "isnan_{T}(x)",
        derivative: constant,
        signature: "(input: Tensor) -> Tensor",
        effect: Pure,
        reference: "np.isnan(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Whether `x == y`.
    ///
    /// >>> ravine.eq(ravine.tensor([1, 2]), 2)
    /// tensor([False,  True])
    eq(x, y): Compare, compare {
        cpu: x == y,
        wgsl: "x == y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.equal(input, other)",
        samples: &["f(2, 3), f(2, 3)", "i(4), i(4)", "b(3), b(3)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Whether `x != y`.
    ///
    /// >>> ravine.ne(ravine.tensor([1, 2]), 2)
    /// tensor([ True, False])
    ne(x, y): Compare, compare {
        cpu: x != y,
        wgsl: "ne_{T}(x, y)",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.not_equal(input, other)",
        samples: &["f(2, 3), f(2, 3)", "i(4), i(4)", "b(3), b(3)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Whether `x < y`.
    ///
    /// >>> ravine.lt(ravine.tensor([1, 2]), 2)
    /// tensor([ True, False])
    lt(x, y): Compare, compare {
        cpu: x < y,
        wgsl: "x < y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.less(input, other)",
        samples: &["f(2, 3), f(2, 3)", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Whether `x <= y`.
    ///
    /// >>> ravine.le(ravine.tensor([1, 3]), 2)
    /// tensor([ True, False])
    le(x, y): Compare, compare {
        cpu: x <= y,
        wgsl: "x <= y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.less_equal(input, other)",
        samples: &["f(2, 3), f(2, 3)", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Whether `x > y`.
    ///
    /// >>> ravine.gt(ravine.tensor([1, 3]), 2)
    /// tensor([False,  True])
    gt(x, y): Compare, compare {
        cpu: x > y,
        wgsl: "x > y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.greater(input, other)",
        samples: &["f(2, 3), f(2, 3)", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Whether `x >= y`.
    ///
    /// >>> ravine.ge(ravine.tensor([1, 2]), 2)
    /// tensor([False,  True])
    ge(x, y): Compare, compare {
        cpu: x >= y,
        wgsl: "x >= y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.greater_equal(input, other)",
        samples: &["f(2, 3), f(2, 3)", "i(4), i(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Logical and; numbers count as true when they are not 0.
    ///
    /// >>> ravine.logical_and(ravine.tensor([True, True]), ravine.tensor([True, False]))
    /// tensor([ True, False])
    logical_and(x, y): Logic, logic {
        cpu: (x != 0) & (y != 0),
        wgsl: "x && y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.logical_and(input, other)",
        samples: &["b(2, 3), b(2, 3)", "f(4), b(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Logical or; numbers count as true when they are not 0.
    ///
    /// >>> ravine.logical_or(ravine.tensor([True, False]), ravine.tensor([False, False]))
    /// tensor([ True, False])
    logical_or(x, y): Logic, logic {
        cpu: (x != 0) | (y != 0),
        wgsl: "x || y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.logical_or(input, other)",
        samples: &["b(2, 3), b(2, 3)", "f(4), b(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Exclusive or of truth; numbers count as true when they are not 0.
    ///
    /// >>> ravine.logical_xor(ravine.tensor([True, True]), ravine.tensor([True, False]))
    /// tensor([False,  True])
    logical_xor(x, y): Logic, logic {
        cpu: (x != 0) ^ (y != 0),
        wgsl: "x ^ y",
        derivative: constant,
        signature: "(input: Tensor, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.logical_xor(input, other)",
        samples: &["b(2, 3), b(2, 3)", "f(4), b(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }
}
