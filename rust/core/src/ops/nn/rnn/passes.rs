//! GPU passes that the records of recurrent networks share. There is no barrier for all workgroups, so one of them
//! takes four sequences through time, if it has a thread for every unit; else each step is a dispatch.
//!
//! The weights' cotangent waits until the slopes of all steps are known, as on the CPU.

use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass, grid, need};

/// Loop rounds of one invocation: a driver ends it there, in silence.
const ROUNDS: usize = 60_000;
/// Sequences of a workgroup, one for each component of a vector.
const TOGETHER: usize = 4;

/// Sizes of a network over time.
#[derive(Clone, Copy)]
pub struct Size {
    pub steps: usize,
    pub sequences: usize,
    pub hidden: usize,
    pub gates: usize,
}

impl Size {
    /// Rows of one step of one sequence.
    pub fn rows(self) -> usize {
        self.steps * self.sequences
    }
    /// Numbers of the states of all steps.
    pub fn states(self) -> usize {
        self.rows() * self.hidden
    }
    pub fn wide(self) -> usize {
        self.gates * self.hidden
    }
}

/// The way through time.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Forward,
    Backward,
}

/// A program in the making.
pub struct Passes<'a> {
    context: &'a Context<'a>,
    pub size: Size,
    pub program: GpuProgram,
}

impl<'a> Passes<'a> {
    /// `x` is the input of that name; h0 is the next one.
    pub fn new(context: &'a Context, x: usize, gates: usize) -> Result<Passes<'a>> {
        need(context.op, context.dtype(x), DType::F32)?;
        let (steps, h0) = (context.shape(x)[0], context.shape(x + 1));
        let size = Size {
            steps,
            sequences: h0[0],
            hidden: h0[1],
            gates,
        };
        Ok(Passes {
            context,
            size,
            program: GpuProgram::default(),
        })
    }

    /// Memory for numbers of the program's own.
    pub fn scratch(&mut self, numbers: usize) -> Buffer {
        self.program.scratch.push(4 * numbers);
        Buffer::Scratch(self.program.scratch.len() - 1)
    }

    fn push(&mut self, template: &'static str, n: usize, bindings: Vec<Binding>, params: &[usize]) {
        let params = params.iter().map(|&x| x as u32).collect();
        let pass = self.context.over_elements(template, n, bindings, params);
        self.program.passes.push(pass);
    }

    /// A thread per unit, step and sequence.
    pub fn over_states(&mut self, template: &'static str, bindings: Vec<Binding>) {
        let s = self.size;
        if s.states() > 0 {
            let params = [s.steps, s.sequences, s.hidden];
            self.push(template, s.states(), bindings, &params);
        }
    }

    /// Steps that follow each other, over the weights `w` and what else they read and write. `slots` compute them.
    pub fn over_time(
        &mut self,
        way: Way,
        w: Buffer,
        bindings: Vec<Binding>,
        slots: Vec<(&'static str, String)>,
    ) {
        let s = self.size;
        if s.sequences * s.hidden == 0 {
            return;
        }
        let weights = self.scratch(4 * s.hidden * s.hidden);
        let both = vec![
            Binding::read("w", w, "f32"),
            Binding::write("weights", weights, "vec4<f32>"),
        ];
        let params = [s.hidden, s.gates, usize::from(way == Way::Forward)];
        self.push("nn/rnn/weights.wgsl", s.hidden * s.hidden, both, &params);

        let most = self.context.limits.workgroup_size as usize;
        let workgroup = s.hidden.next_power_of_two().clamp(32, most);
        let blocks = s.hidden.div_ceil(workgroup);
        let at_once = if blocks == 1 { ROUNDS / (s.hidden + 2) } else { 1 };
        let mut defines = vec![("WORKGROUP", workgroup.to_string())];
        let (template, steps) = match way {
            Way::Forward => ("nn/rnn/forward.wgsl", s.steps),
            Way::Backward => {
                defines.push(("SLOPES", (TOGETHER * workgroup).to_string()));
                ("nn/rnn/backward.wgsl", s.steps + 1)
            }
        };
        let mut all = vec![Binding::read("weights", weights, "vec4<f32>")];
        all.extend(bindings);
        for first in (0..steps).step_by(at_once) {
            let end = (first + at_once).min(steps);
            self.program.passes.push(Pass {
                template,
                entry: "main",
                defines: defines.clone(),
                bindings: all.clone(),
                params: [s.sequences, s.hidden, first, end, s.steps]
                    .map(|x| x as u32)
                    .to_vec(),
                slots: slots.clone(),
                grid: grid(s.sequences.div_ceil(TOGETHER) * blocks, &self.context.limits),
            });
        }
    }

    /// The weights' cotangent, from slopes of all steps: each entry has some gates' (all gates' are one, mostly), which
    /// are as many to a row.
    pub fn of_weights(&mut self, slopes: &[Slopes], [h0, y, of_w]: [Buffer; 3]) {
        /// Rows and columns of a workgroup's tile, and the rows that it takes at once.
        const TILE: usize = 32;
        const DEPTH: usize = 16;
        /// Workgroups that keep a GPU busy.
        const ENOUGH: usize = 256;
        /// Rows of a part at most: 19 rounds for `DEPTH` of them.
        const LONGEST: usize = 32_768;
        let s = self.size;
        let numbers = s.wide() * s.hidden;
        if numbers == 0 {
            return;
        }
        let tiles = s.wide().div_ceil(TILE) * s.hidden.div_ceil(TILE);
        let parts = ENOUGH.div_ceil(tiles).min(s.rows().div_ceil(4 * DEPTH));
        let parts = parts.max(s.rows().div_ceil(LONGEST)).max(1);
        let length = s.rows().div_ceil(parts).next_multiple_of(DEPTH).max(DEPTH);
        let parts = s.rows().div_ceil(length).max(1);
        let to = if parts == 1 {
            of_w
        } else {
            self.scratch(parts * numbers)
        };
        for part in slopes {
            let tiles = part.columns.div_ceil(TILE) * s.hidden.div_ceil(TILE);
            let params = [
                s.rows(),
                s.sequences,
                s.hidden,
                length,
                part.width,
                part.columns,
                part.first,
                s.wide(),
            ];
            self.program.passes.push(Pass {
                template: "nn/rnn/of_weights.wgsl",
                entry: "main",
                defines: vec![],
                bindings: vec![
                    Binding::read("slopes", part.buffer, "f32"),
                    Binding::read("h0", h0, "f32"),
                    Binding::read("y", y, "f32"),
                    Binding::write("of_w", to, "f32"),
                ],
                params: params.map(|x| x as u32).to_vec(),
                slots: vec![],
                grid: grid(tiles * parts, &self.context.limits),
            });
        }
        if parts > 1 {
            self.sum_rows(to, parts, numbers, of_w);
        }
    }

    /// The sum of rows.
    pub fn sum_rows(&mut self, x: Buffer, rows: usize, columns: usize, to: Buffer) {
        /// Rows of a sum.
        const SUMMED: usize = 64;
        if columns == 0 {
            return;
        }
        let sums = rows.div_ceil(SUMMED).max(1);
        let between = if sums == 1 {
            to
        } else {
            self.scratch(sums * columns)
        };
        let bindings = vec![
            Binding::read("x", x, "f32"),
            Binding::write("sums", between, "f32"),
        ];
        let params = [rows, columns, SUMMED, sums];
        self.push("nn/rnn/sum_rows.wgsl", sums * columns, bindings, &params);
        if sums > 1 {
            self.sum_rows(between, sums, columns, to);
        }
    }
}

/// Slopes of gates of all steps.
#[derive(Clone, Copy)]
pub struct Slopes {
    pub buffer: Buffer,
    /// How many stand in a row.
    pub width: usize,
    /// How many of them, from the first, are meant.
    pub columns: usize,
    /// Where they begin among the gates of all units.
    pub first: usize,
}

impl Slopes {
    /// Those of all gates, in the order of the weights.
    pub fn all(buffer: Buffer, size: Size) -> Slopes {
        Slopes {
            buffer,
            width: size.wide(),
            columns: size.wide(),
            first: 0,
        }
    }
}
