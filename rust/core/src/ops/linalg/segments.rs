//! Long sums on the GPU. The inner index of a product is cut into segments, each with a result of its own, which a second
//! pass adds up in order. How, depends on shapes alone, and so do the bits.

use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass};

/// Steps of a segment: at least, where a result needs no segments but to busy the device, and at most, because no
/// invocation runs long loops.
const STEPS: [usize; 2] = [1 << 9, 1 << 14];
/// Workgroups that busy a device.
const WORKGROUPS: usize = 512;

#[derive(Clone, Copy)]
pub struct Segments {
    /// Of each but the last.
    pub steps: usize,
    pub count: usize,
}

impl Segments {
    /// Of so many steps, `depth` of which are staged at a time, where there is work for `workgroups` without.
    pub fn new(steps: usize, depth: usize, workgroups: usize) -> Segments {
        let [least, most] = STEPS;
        let wanted = WORKGROUPS.div_ceil(workgroups.max(1)).min(steps / least);
        let count = wanted.max(steps.div_ceil(most)).max(1);
        let steps_of_each = steps.div_ceil(count).next_multiple_of(depth);
        Segments {
            steps: steps_of_each,
            count: steps.div_ceil(steps_of_each.max(1)).max(1),
        }
    }

    /// A program around a pass that writes results of `whole` elements to `c`, one behind the other, each by
    /// `c[i] = {{STORE}}`, which is `store(i, x)` if there is one result. The slot `store` is of the last pass.
    pub fn program(self, c: &Context, mut pass: Pass, whole: usize) -> GpuProgram {
        let store = Pass::pass_through("store");
        if self.count == 1 {
            pass.bindings.push(Binding::write("c", Buffer::Output(0), "f32"));
            pass.defines.push(("STORE", "store(i, x)".into()));
            pass.slots.push(store);
            return GpuProgram {
                passes: vec![pass],
                ..GpuProgram::default()
            };
        }
        pass.bindings.push(Binding::write("c", Buffer::Scratch(0), "f32"));
        pass.defines.push(("STORE", "x".into()));
        let bindings = vec![
            Binding::read("parts", Buffer::Scratch(0), "f32"),
            Binding::write("c", Buffer::Output(0), "f32"),
        ];
        let params = [whole, self.count].map(|n| n as u32).to_vec();
        let mut sum = c.over_elements("linalg/segments.wgsl", whole, bindings, params);
        sum.slots.push(store);
        GpuProgram {
            passes: vec![pass, sum],
            scratch: vec![4 * whole * self.count],
            ..GpuProgram::default()
        }
    }
}
