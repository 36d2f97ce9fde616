//! Dropout: a random mask and ordinary ops. Only the mask, a byte per element, is kept for the backward pass.

use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::create::random::mask;
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::elementwise::select::r#where;
use crate::ops::floats::need_float;

pub static FUNCTIONS: &[Function] = &[Function {
    name: "dropout",
    signature: "(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor",
    doc: "Sets each element to 0 with probability `p` and multiplies the others by `1 / (1 - p)` (Srivastava et al., \
              2014, scaled while training); gives back `input` when not `training`. Gradients pass where elements \
              stayed, times the same factor.\n\nRaises ValueError if `p` is not in [0, 1].\n\n\
              >>> ravine.dropout(ravine.ones(3), 1.0)\ntensor([0., 0., 0.])\n",
    places: Places::TOP,
    effect: Effect::Twin,
    call: |a| {
        let (x, p) = (a.tensor(0)?, a.float(1)?);
        if !(0.0..=1.0).contains(&p) {
            return Err(Error::value(
                "dropout",
                format!("p is {p}; a probability lies in [0, 1]"),
            ));
        }
        need_float("dropout", x)?;
        Ok(if a.flag(2)? { dropout(x, p)? } else { x.clone() }.into())
    },
}];

pub fn dropout(x: &Tensor, p: f64) -> Result<Tensor> {
    if p == 0.0 {
        return Ok(x.clone());
    }
    let keep = mask(x.shape(), 1.0 - p)?;
    let scale = if p < 1.0 { 1.0 / (1.0 - p) } else { 0.0 };
    r#where(&keep, mul(x, scale)?, 0.0)
}
