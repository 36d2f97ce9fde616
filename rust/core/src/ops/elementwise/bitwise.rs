//! Bits of integers and booleans.

use crate::function::Effect::Twin;
use crate::op::Accuracy::Exact;

elementwise! {
    /// The bits that both have; of booleans the logical and.
    ///
    /// >>> ravine.bitwise_and(ravine.tensor([6, 3]), 2)
    /// tensor([2, 2])
    bitwise_and(x, y): Integer, integer {
        cpu: x.and(y),
        wgsl: "x & y",
        derivative: constant,
        signature: "(input: Tensor | Number, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.bitwise_and(input, other)",
        samples: &["i(2, 3), i(2, 3)", "i(2, 3), i(3)", "i(4), 6", "b(4), b(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// The bits that either has; of booleans the logical or.
    ///
    /// >>> ravine.bitwise_or(ravine.tensor([4, 3]), 2)
    /// tensor([6, 3])
    bitwise_or(x, y): Integer, integer {
        cpu: x.or(y),
        wgsl: "x | y",
        derivative: constant,
        signature: "(input: Tensor | Number, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.bitwise_or(input, other)",
        samples: &["i(2, 3), i(2, 3)", "i(2, 3), i(3)", "i(4), 6", "b(4), b(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// The bits that one of them has; of booleans the exclusive or.
    ///
    /// >>> ravine.bitwise_xor(ravine.tensor([6, 3]), 2)
    /// tensor([4, 1])
    bitwise_xor(x, y): Integer, integer {
        cpu: x.xor(y),
        wgsl: "x ^ y",
        derivative: constant,
        signature: "(input: Tensor | Number, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.bitwise_xor(input, other)",
        samples: &["i(2, 3), i(2, 3)", "i(2, 3), i(3)", "i(4), 6", "b(4), b(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Every bit the other way: `-x - 1` of a signed integer; of booleans the logical not.
    ///
    /// >>> ravine.bitwise_not(ravine.tensor([0, 5]))
    /// tensor([-1, -6])
    bitwise_not(x): Integer, integer {
        cpu: x.not(),
        wgsl: "~x",
        derivative: constant,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "~input",
        samples: &["i(2, 3)", "i(0)", "i()", "b(4)"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Bits moved up by `other` places: `x * 2**other`, wrapped. 0 where no bit stays (`other` negative or at least
    /// the number of bits).
    ///
    /// >>> ravine.bitwise_left_shift(ravine.tensor([1, 3]), 2)
    /// tensor([ 4, 12])
    bitwise_left_shift(x, y): Integer, integer {
        cpu: x.up(y),
        wgsl: "shift_left_{T}(x, y)",
        derivative: constant,
        signature: "(input: Tensor | Number, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.left_shift(input, other)",
        samples: &["i(2, 3), i(2, 3, low=0, high=7)", "i(4), 3"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }

    /// Bits moved down by `other` places: `x / 2**other`, rounded down. All bits that come in are the sign's, and
    /// only they stay where `other` is negative or at least the number of bits.
    ///
    /// >>> ravine.bitwise_right_shift(ravine.tensor([12, -5]), 1)
    /// tensor([ 6, -3])
    bitwise_right_shift(x, y): Integer, integer {
        cpu: x.down(y),
        wgsl: "shift_right_{T}(x, y)",
        derivative: constant,
        signature: "(input: Tensor | Number, other: Tensor | Number) -> Tensor",
        effect: Twin,
        reference: "np.right_shift(input, other)",
        samples: &["i(2, 3), i(2, 3, low=0, high=7)", "i(4), 3"],
        accuracy: Exact,
        domain: (-1.0, 1.0),
    }
}
