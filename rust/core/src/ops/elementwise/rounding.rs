//! Rounding to integers.

use crate::function::Effect::Twin;
use crate::op::Accuracy::Exact;
use crate::ops::elementwise::options;

elementwise! {
    /// The largest integer not above x; its derivative is 0. Integers stay as they are.
    ///
    /// >>> ravine.floor(ravine.tensor([1.5, -1.5]))
    /// tensor([ 1., -2.])
    floor(x): Number, number {
        cpu: x.round_down(),
        wgsl: "floor_{T}(x)",
        derivative: zero,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.floor(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// The nearest integer, ties to even, or, of floats, the nearest multiple of `10^-decimals`; its derivative is 0.
    /// Integers stay as they are.
    ///
    /// >>> ravine.round(ravine.tensor([0.5, 1.5, -1.2]))
    /// tensor([ 0.,  2., -1.])
    round(x): Number, number {
        cpu: x.round_to_nearest(),
        wgsl: "round_{T}(x)",
        derivative: zero,
        places: Places::BOTH.and(Places::SPECIAL),
        call: options::round,
        signature: "(input: Tensor, *, decimals: int = 0) -> Tensor",
        effect: Twin,
        reference: "np.round(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// The smallest integer not below x; its derivative is 0. Integers stay as they are.
    ///
    /// >>> ravine.ceil(ravine.tensor([1.5, -1.5]))
    /// tensor([ 2., -1.])
    ceil(x): Number, number {
        cpu: x.round_up(),
        wgsl: "ceil_{T}(x)",
        derivative: zero,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.ceil(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }

    /// The integer part: rounded towards 0; its derivative is 0. Integers stay as they are.
    ///
    /// >>> ravine.trunc(ravine.tensor([1.5, -1.5]))
    /// tensor([ 1., -1.])
    trunc(x): Number, number {
        cpu: x.round_to_zero(),
        wgsl: "trunc_{T}(x)",
        derivative: zero,
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "np.trunc(input)",
        samples: &["f(2, 3)", "i(4)"],
        accuracy: Exact,
        domain: (-5.0, 5.0),
    }
}
