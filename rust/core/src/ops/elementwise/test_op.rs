//! The op of docs/adding-an-op.md. It is compiled with the cargo feature `test-op` alone.

use crate::function::Effect::Twin;
use crate::op::Accuracy::Ulp;
use crate::ops::elementwise::arithmetic::{abs, add, div, mul};

elementwise! {
    /// Softsign `x / (1 + |x|)`, from -1 to 1 (Turian, Bergstra and Bengio, 2009).
    ///
    /// >>> ravine.softsign(ravine.tensor([-1.0, 0.0, 3.0]))
    /// tensor([-0.5000,  0.0000,  0.7500])
    softsign(x): Float, float {
        cpu: x / (T::ONE + x.abs()),
        wgsl: "x / (1.0 + abs(x))",
        derivative: (|c, _i, t| {
            let scale = add(abs(&c.inputs[0])?, 1.0)?;
            div(t, mul(&scale, &scale)?)
        }),
        signature: "(input: Tensor) -> Tensor",
        effect: Twin,
        reference: "input / (1 + np.abs(input))",
        samples: &["f(2, 3)", "i(4)", "f(0, 3)", "f()"],
        accuracy: Ulp(1.5),
        domain: (-5.0, 5.0),
    }
}
