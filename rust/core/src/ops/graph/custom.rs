//! Outputs with derivatives that the user supplies (`autograd.Function`).

use crate::error::Result;
use crate::gpu::Gpu;
use crate::graph::{Arg, Tensor};
use crate::op::{Accuracy, Batch, Class, Cpu, CustomRule, Jvp, Op, Plain, Tests, Vjp};
use crate::stream::record_with;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

attributes! {
    struct Computed in Attrs { outputs: usize }
}

/// inputs: what the function computed, then what it computed it from. attrs: `Computed`
pub static CUSTOM: Op = Op {
    name: "Function",
    function: None,
    class: Class::Structured,
    meta: |r| {
        Ok((0..Computed::from(r.attrs).outputs)
            .map(|i| (r.shape(i).into(), r.dtype(i)))
            .collect())
    },
    cpu: Cpu::Move(|l| {
        for i in 0..l.outputs.len() {
            let value = l.input(i).clone();
            l.outputs[i] = value;
        }
        Ok(())
    }),
    gpu: Gpu::View,
    vjp: Vjp::Never("its rule comes with each call"),
    jvp: Jvp::Never("its rule comes with each call"),
    batch: Batch::Never("its rule comes with each call"),
    donates: &[],
    plain: Plain::Primitive("the user's own function"),
    tests: Tests {
        reference: "",
        samples: &[],
        accuracy: Accuracy::Exact,
        domain: (-1.0, 1.0),
    },
};

/// Leaves out the outputs among the inputs of the node: the user's rules speak of the function's own inputs.
struct Shifted {
    rule: Arc<dyn CustomRule>,
    outputs: usize,
}

impl CustomRule for Shifted {
    fn reads(&self, output: usize) -> bool {
        self.rule.reads(output)
    }
    fn vjp(
        &self,
        outputs: &[Tensor],
        cotangents: &[Option<Tensor>],
        needs: &[bool],
    ) -> Result<SmallVec<[Option<Tensor>; 3]>> {
        let mut all: SmallVec<[Option<Tensor>; 3]> = smallvec![None; self.outputs];
        all.extend(self.rule.vjp(outputs, cotangents, &needs[self.outputs..])?);
        Ok(all)
    }
    fn jvp(&self, tangents: &[Option<Tensor>]) -> Result<SmallVec<[Option<Tensor>; 1]>> {
        self.rule.jvp(&tangents[self.outputs..])
    }
    fn batch(&self, inputs: &[Arg], batched: &[bool], size: usize) -> Result<SmallVec<[Tensor; 1]>> {
        self.rule
            .batch(&inputs[self.outputs..], &batched[self.outputs..], size)
    }
}

pub fn record(
    inputs: &[Tensor],
    outputs: &[Tensor],
    rule: Arc<dyn CustomRule>,
) -> Result<SmallVec<[Tensor; 1]>> {
    let args = outputs.iter().chain(inputs).map(Arg::from).collect();
    let rule = Arc::new(Shifted {
        rule,
        outputs: outputs.len(),
    });
    record_with(
        &CUSTOM,
        Computed {
            outputs: outputs.len(),
        }
        .encode(),
        smallvec![],
        args,
        Some(rule),
    )
}
