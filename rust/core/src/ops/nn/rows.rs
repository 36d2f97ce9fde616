//! GPU programs that fold rows to numbers and go on with the rows' elements: softmax, losses of classes, normalisation
//! and the cotangents of all these. They share the template `nn/rows.wgsl`; what they compute are functions in its slots.

use crate::gpu::{Binding, Buffer, Gpu, GpuProgram, Limits, Pass, ProgramFn, Spliced, grid};
use crate::shape::numel;

/// Threads of a workgroup.
const THREADS: usize = 256;
/// Rounds of a lane above which rows are cut into parts, if that gives more workgroups; and above which they always are.
const MANY: usize = 128;
const MOST: usize = 8192;
/// Workgroups that are enough for any device.
const ENOUGH: usize = 512;

/// Where rows lie.
#[derive(Clone, Copy)]
pub struct Lines {
    rows: usize,
    length: usize,
    /// Row r begins at `r / inner * outer + r % inner`.
    inner: usize,
    outer: usize,
    /// Elements follow each other at this distance ..
    step: usize,
    /// .. or in segments of neighbours, the segments at that distance.
    segments: Option<(usize, usize)>,
}

impl Lines {
    /// The lines along a dimension, as `Context::lines` says them.
    pub fn along([rows, length, stride]: [usize; 3]) -> Lines {
        Lines {
            rows,
            length,
            inner: stride,
            outer: stride * length,
            step: stride,
            segments: None,
        }
    }

    /// Rows one behind the other.
    pub fn dense(rows: usize, length: usize) -> Lines {
        Lines::along([rows, length, 1])
    }

    /// The channels of (N, C, ...), over everything else.
    pub fn channels(shape: &[usize]) -> Lines {
        let (samples, channels, segment) = (shape[0], shape[1], numel(&shape[2..]));
        if segment <= 1 {
            return Lines::along([channels, samples * segment, channels.max(1)]);
        }
        Lines {
            rows: channels,
            length: samples * segment,
            inner: 1,
            outer: segment,
            step: 1,
            segments: Some((segment, channels * segment)),
        }
    }

    /// How many rows, of how many elements.
    pub fn extents(&self) -> [usize; 2] {
        [self.rows, self.length]
    }

    fn place(&self) -> &'static str {
        match self.segments {
            None => "i * param(9u)",
            Some(_) => "i / param(10u) * param(11u) + i % param(10u)",
        }
    }
}

/// How a program shares rows among threads.
struct Shares {
    /// Threads on a row.
    lanes: usize,
    parts: usize,
    /// Elements of a part.
    part: usize,
}

impl Shares {
    /// Of rows that are not folded (`folds`), every thread has a few elements.
    fn of(lines: &Lines, folds: bool) -> Shares {
        let wanted = lines.length.div_ceil(4).next_power_of_two().clamp(1, THREADS);
        // Neighbours in memory are read by neighbouring threads: in a row, or in rows side by side.
        let side_by_side = lines.inner.next_power_of_two().min(THREADS / 16);
        let lanes = wanted.min(THREADS / side_by_side);
        let rounds = lines.length.div_ceil(lanes);
        let groups = lines.rows.div_ceil(THREADS / lanes).max(1);
        let parts = match rounds {
            _ if !folds => rounds.div_ceil(4),
            0..=MANY => 1,
            _ => rounds
                .div_ceil(MANY / 2)
                .min((ENOUGH / groups).max(1))
                .max(rounds.div_ceil(MOST)),
        };
        let part = lines.length.div_ceil(parts.max(1)).next_multiple_of(lanes);
        Shares {
            lanes,
            parts: lines.length.div_ceil(part.max(1)).max(1),
            part,
        }
    }
}

/// A number that a row is folded to, from what a WGSL function of `row`, `i` (the element's place in the row) and `at`
/// (that in memory) gives for each element.
pub enum First {
    Sum(&'static str),
    Top(&'static str),
}

/// One program, or a step of one. All texts are bodies of WGSL functions; empty ones have nothing to do.
#[derive(Default)]
pub struct Rows {
    pub first: Option<First>,
    /// Four sums at once, of `row`, `i`, `at` and `a`, the first fold.
    pub second: String,
    /// From `row`, `a` and `b`, the folds, four numbers `r`; without it these are `b`.
    pub numbers: &'static str,
    /// From `row` and `r`: what is stored for a row.
    pub row_result: String,
    /// From `row`, `i`, `at` and `r`: stores what becomes of an element, `store(at, value)`.
    pub element: String,
    /// Functions that these texts call: `store` is there where there are elements, `load` may be.
    pub slots: Vec<(&'static str, String)>,
    pub bindings: Vec<Binding>,
    /// `own(k)` of the texts.
    pub params: Vec<u32>,
}

impl Rows {
    /// Appends the passes over `lines`: one, or one for each fold and one more where rows are long.
    pub fn put_into(self, program: &mut GpuProgram, lines: &Lines, limits: &Limits) {
        let folds = self.first.is_some() || !self.second.is_empty();
        let shares = Shares::of(lines, folds);
        let together = THREADS / shares.lanes;
        // Lanes are neighbours, or rows are.
        let (lane_step, row_step) = if lines.inner == 1 {
            (1, shares.lanes)
        } else {
            (together, 1)
        };
        let (segment, jump) = lines.segments.unwrap_or((1, 0));
        let mut params = [
            lines.rows,
            lines.length,
            shares.lanes,
            lane_step,
            row_step,
            shares.parts,
            shares.part,
            lines.inner.max(1),
            lines.outer,
            lines.step,
            segment,
            jump,
        ]
        .map(|x| x as u32)
        .to_vec();
        params.extend(&self.params);
        let mut bindings = self.bindings.clone();
        bindings.push(Binding::write(
            "parts",
            Buffer::Scratch(program.scratch.len()),
            "vec4<f32>",
        ));
        let in_parts = folds && shares.parts > 1;
        let kept = if in_parts {
            2 * lines.rows * shares.parts
        } else {
            1
        };
        program.scratch.push(kept * 16);

        let (of_first, join, neutral) = match self.first {
            Some(First::Sum(text)) => (text, "p + q", "0.0"),
            Some(First::Top(text)) => (text, "maximum_f32(p, q)", "-inf_f32()"),
            None => ("", "p + q", "0.0"),
        };
        let slots = slots(&self, of_first);

        let pass = |a: &str, b: &str, then: &str| Pass {
            template: "nn/rows.wgsl",
            entry: "main",
            defines: vec![
                ("PLACE", lines.place().to_string()),
                ("JOIN", join.to_string()),
                ("NEUTRAL", neutral.to_string()),
                ("FIRST", a.to_string()),
                ("SECOND", b.to_string()),
                ("THEN", then.to_string()),
            ],
            bindings: bindings.clone(),
            params: params.clone(),
            slots: slots.clone(),
            grid: grid(lines.rows.div_ceil(together) * shares.parts, limits),
        };
        let (has_first, has_second) = (self.first.is_some(), !self.second.is_empty());
        let first = |text: &'static str| if has_first { text } else { "0.0" };
        let second = |text: &'static str| if has_second { text } else { "vec4<f32>()" };
        if !in_parts {
            let (a, b) = (first("fold_first(place)"), second("fold_second(place, a)"));
            program.passes.push(pass(a, b, "finish(place, a, b)"));
            return;
        }
        if has_first {
            program
                .passes
                .push(pass("fold_first(place)", "alone(a)", "keep(place, 0u, b)"));
        }
        let a = first("joined_first(place)");
        if has_second {
            program
                .passes
                .push(pass(a, "fold_second(place, a)", "keep(place, 1u, b)"));
        }
        let b = second("joined_second(place)");
        program.passes.push(pass(a, b, "finish(place, a, b)"));
    }

    /// A program of nothing else.
    pub fn program(self, lines: &Lines, limits: &Limits) -> GpuProgram {
        let mut program = GpuProgram::default();
        self.put_into(&mut program, lines, limits);
        program
    }
}

/// The rule of an op whose results fused steps follow, and whose input they make if it has a `load`.
pub const fn spliced(program: ProgramFn, load: Option<&'static str>) -> Gpu {
    Gpu::Spliced(Spliced {
        program,
        any_layout: false,
        halves: false,
        load,
        store: Some("store"),
    })
}

/// What the template calls.
fn slots(rows: &Rows, first: &str) -> Vec<(&'static str, String)> {
    let or = |text: &str, default: &str| if text.is_empty() { default } else { text }.to_string();
    let [first, second, numbers] = [
        or(first, "return 0.0;"),
        or(&rows.second, "return vec4<f32>();"),
        or(rows.numbers, "return b;"),
    ];
    let mut slots = rows.slots.clone();
    if !rows.element.is_empty() {
        slots.push(Pass::pass_through("store"));
    }
    slots.extend([
        function("first", "i: u32, at: u32", "f32", &first),
        function("second", "i: u32, at: u32, a: f32", "vec4<f32>", &second),
        function("numbers", "a: f32, b: vec4<f32>", "vec4<f32>", &numbers),
        function("row_result", "r: vec4<f32>", "", &rows.row_result),
        function("element", "i: u32, at: u32, r: vec4<f32>", "", &rows.element),
    ]);
    slots
}

fn function(name: &'static str, parameters: &str, result: &str, body: &str) -> (&'static str, String) {
    let arrow = if result.is_empty() { "" } else { " -> " };
    let text = format!("fn {name}(row: u32, {parameters}){arrow}{result} {{\n    {body}\n}}\n");
    (name, text)
}
