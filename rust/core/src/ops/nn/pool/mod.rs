//! Pooling over windows of the last two dimensions; whatever dimensions come before are independent of each other.
//!
//! `MAX_POOL` also yields the *tap* of each window that it chose, as a small integer. Its derivatives move numbers
//! between a plane and those taps (`MAX_POOL_SCATTER`, `MAX_POOL_GATHER`, each other's transpose), and so need no
//! value of the input.

mod avg;
mod call;
mod max;

pub use avg::{AVG_POOL, AVG_POOL_BACKWARD};
pub use call::FUNCTIONS;
pub use max::{MAX_POOL, MAX_POOL_GATHER, MAX_POOL_SCATTER};

use crate::cpu::pooling::{Axis, Grid};
use crate::error::{Error, Result};
use crate::gpu::{Binding, Context, GpuProgram};
use crate::op::Attrs;
use crate::shape::{Shape, numel};

attributes! {
    /// With which the attributes of every record here begin.
    #[derive(Clone, Copy)]
    pub struct Windows in Attrs { axes: [Axis; 2] }
}

/// The shape with other extents in the last two dimensions.
fn with_plane(shape: &[usize], plane: [usize; 2]) -> Shape {
    let mut shape = Shape::from_slice(&shape[..shape.len() - 2]);
    shape.extend(plane);
    shape
}

fn pooled(shape: &[usize], axes: &[Axis; 2]) -> Shape {
    with_plane(shape, axes.map(|axis| axis.out))
}

/// The last two extents.
fn plane(shape: &[usize]) -> [usize; 2] {
    [shape[shape.len() - 2], shape[shape.len() - 1]]
}

fn grid(attrs: &Attrs, input: &[usize]) -> Grid {
    Grid::new(Windows::from(attrs).axes, plane(input))
}

/// What the threads of a GPU pass walk over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// The taps of a window.
    Window,
    /// One tap of a window.
    Tap,
    /// The windows around a place.
    Place,
}

impl Walk {
    /// Steps along one dimension, at most.
    fn steps(self, axis: &Axis, extent: usize) -> usize {
        match (self, axis.stride) {
            (Walk::Window, _) => axis.kernel,
            (Walk::Tap, _) => 1,
            (Walk::Place, 0) => axis.out.div_ceil(extent.max(1)) + 1,
            (Walk::Place, stride) => axis.kernel.saturating_sub(1) * axis.dilation / stride + 1,
        }
    }
}

/// A pass over the elements of a result, each by one thread or, where walks are long, by several lanes. Words 1 to 12 of
/// the params are, for rows and for columns, those of `Windows` in the shaders' prelude.
struct Pooling<'a> {
    template: &'static str,
    entry: &'static str,
    walk: Walk,
    shape: &'a [usize],
    bindings: Vec<Binding>,
    defines: Vec<(&'static str, String)>,
    /// Behind those of the windows.
    params: &'a [u32],
}

impl Pooling<'_> {
    fn program(self, c: &Context) -> Result<GpuProgram> {
        /// Steps of a lane at most: a driver ends an invocation that loops for longer, in silence.
        const ROUNDS: usize = 60_000;
        let (results, axes) = (numel(self.shape), Windows::from(c.attrs).axes);
        if results == 0 {
            return Ok(GpuProgram::default());
        }
        let plane = match self.walk {
            Walk::Window | Walk::Tap => plane(c.shape(0)),
            Walk::Place => plane(self.shape),
        };
        let steps = self.walk.steps(&axes[0], plane[0]) * self.walk.steps(&axes[1], plane[1]);
        let lanes = match steps {
            0..=64 => 1,
            _ => (steps.div_ceil(16).next_power_of_two()).min(c.limits.workgroup_size as usize),
        };
        if steps > ROUNDS * lanes {
            let text = format!(
                "{steps} elements are too many for one window on the GPU, which goes through {} at most; `mean` and \
                 `amax` take whole planes",
                ROUNDS * lanes
            );
            return Err(Error::value(c.op, text));
        }
        let mut params = vec![results as u32];
        for (extent, axis) in plane.into_iter().zip(&axes) {
            let words = [
                extent,
                axis.out,
                axis.kernel,
                axis.stride,
                axis.padding,
                axis.dilation,
            ];
            params.extend(words.map(|n| n as u32));
        }
        params.extend(self.params);
        let mut pass = c.over_elements(self.template, results * lanes, self.bindings, params);
        pass.entry = self.entry;
        pass.defines.push(("LANES", lanes.to_string()));
        pass.defines.extend(self.defines);
        Ok(GpuProgram {
            passes: vec![pass],
            ..GpuProgram::default()
        })
    }
}
