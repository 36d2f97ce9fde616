//! Attention's passes on the GPU. A head's scores are made tile by tile and never stored, forward and backward: in
//! workgroup memory, or in registers where that is no faster than other memory. Long loops over keys (or queries) are cut
//! into segments, whose results a last pass merges in order; how, depends on shapes alone, and so do the bits. Operands
//! are read where they lie: a mask that is repeated for all heads stays one.

use crate::cpu::attention::{Factors, Masked};
use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass, by_fours, grid, kind, need};
use crate::ops::linalg::segments::Segments;
use crate::shape::{Strides, contiguous_strides, numel};

/// Rows of a workgroup, columns of scores that it makes at a time, and columns of the result that it computes.
const ROWS: usize = 64;
const STEP: usize = 32;
const BLOCK: usize = 128;
/// Loop rounds of an invocation: fewer than the least that a driver allows.
const ROUNDS: usize = 50_000;
/// The widest rows in registers: each round is over four columns only, so that wider ones leave no way to cut columns into
/// segments that are short and few.
const WIDEST: usize = 512;

/// Words of the params before the extents of the leading dimensions.
const FIRST_EXTENT: usize = 17;

/// What every template knows of a launch.
pub const COMMON: &str = "\
fn queries() -> u32 {
    return param(0u);
}

fn keys() -> u32 {
    return param(1u);
}

fn value_width() -> u32 {
    return param(3u);
}

fn is_causal() -> bool {
    return param(5u) == 1u;
}

fn kept_factor() -> f32 {
    return bitcast<f32>(param(7u));
}

fn rows() -> u32 {
    return param(12u);
}

fn result_width() -> u32 {
    return param(14u);
}

// What a workgroup does: the first row and the first column of its part of the result, the steps that it sums over, and
// the place of the head's first row among all results.
struct Work {
    head: u32,
    row: u32,
    column: u32,
    start: u32,
    end: u32,
    result: u32,
}

fn work_of(place: u32) -> Work {
    let tiles = param(10u);
    let blocks = param(11u);
    let segment = place / (tiles * blocks) % param(9u);
    let head = place / (tiles * blocks * param(9u));
    if (head >= param(4u)) {
        // A group behind the last head stores nothing.
        return Work(0u, rows(), 0u, 0u, 0u, 0u);
    }
    let start = segment * param(8u);
    let end = min(param(13u), start + param(8u));
    let result = (segment * param(4u) + head) * rows();
    return Work(head, place % tiles * 64u, place / tiles % blocks * 128u, start, end, result);
}

// Where a head of an operand begins, whose words of the params begin at `at`.
fn start_of(head: u32, at: u32) -> u32 {
    var rest = head;
    var place = param(at);
    for (var d = param(16u); d > 0u; d -= 1u) {
        let extent = param(16u + d);
        place += rest % extent * param(at + 2u + d);
        rest = rest / extent;
    }
    return place;
}

// What is subtracted from a row's scores: the largest, and 0 where no key is allowed.
fn base_of(top: vec4<f32>) -> vec4<f32> {
    return select(top, vec4<f32>(), top < vec4<f32>(-3.4028234e38));
}

fn is_seen(query: u32, key: u32) -> bool {
    return query < queries() && key < keys() && (!is_causal() || key <= query);
}

fn score(of_mask: u32, query: u32, key: u32, product: f32) -> f32 {
    if (!is_seen(query, key)) {
        return -inf_f32();
    }
    return masked(of_mask, query, key, product * bitcast<f32>(param(6u)));
}
";

/// What all passes of a launch have in common.
pub struct Sizes {
    pub lead: Vec<usize>,
    pub heads: usize,
    pub queries: usize,
    pub keys: usize,
    pub width: usize,
    pub value_width: usize,
    pub masked: Masked,
    pub factors: Factors,
    /// Whether passes stage nothing: on devices where that is best, and where operands are read by fours and masked by
    /// their places alone. Else the texts would be so long that a driver takes seconds to compile them.
    pub in_registers: bool,
}

/// What a pass computes for each of `rows`, as a sum over `columns`: `width` numbers.
pub struct Sum {
    pub rows: usize,
    pub columns: usize,
    pub width: usize,
    /// Of the cotangents of weights, where they are needed.
    pub second_width: usize,
}

impl Sum {
    /// The segments of its columns: loops must stay short.
    pub fn segments(&self, s: &Sizes) -> Segments {
        // Rounds for a step of columns.
        let rounds = match s.in_registers {
            true => (s.width.div_ceil(4) + self.second_width.div_ceil(4) + 1) * (STEP / 4),
            false => (s.width.div_ceil(16) + self.second_width.div_ceil(16)) * 5 + 48,
        };
        let most = (ROUNDS / rounds).max(1) * STEP;
        let workgroups = self.rows.div_ceil(ROWS) * self.width.div_ceil(BLOCK).max(1) * s.heads;
        let segments = Segments::new(self.columns, STEP, workgroups);
        // What merges them goes through all segments for each column of a row.
        let fewest = self.columns.div_ceil((ROUNDS / (s.value_width + 2)).max(1));
        let steps = segments
            .steps
            .clamp(STEP, most)
            .max(fewest)
            .next_multiple_of(STEP);
        Segments {
            steps,
            count: self.columns.div_ceil(steps).max(1),
        }
    }
}

impl Sizes {
    /// Of a launch whose query is input `from`.
    pub fn new(c: &Context, from: usize) -> Sizes {
        let (q, v) = (c.shape(from), c.shape(from + 2));
        let own = q.len() - 2;
        let masked = Masked::from(c.attrs);
        let by_place = !masked.mask && !masked.dropout;
        Sizes {
            lead: padded(&q[..own], 1),
            heads: numel(&q[..own]),
            queries: q[own],
            keys: v[own],
            width: q[own + 1],
            value_width: v[own + 1],
            masked,
            factors: Factors::from(c.data),
            in_registers: !c.limits.staging
                && by_place
                && q[own + 1].max(v[own + 1]) <= WIDEST
                && (0..from + 3).all(|i| lies_by_fours(c, i)),
        }
    }

    /// Those that stand before the operands'.
    pub fn params(&self, sum: &Sum) -> Vec<u32> {
        let segments = sum.segments(self);
        let number = |x: f64| (x as f32).to_bits();
        let word = |n: usize| n as u32;
        let mut params = vec![
            word(self.queries),
            word(self.keys),
            word(self.width),
            word(self.value_width),
            word(self.heads),
            u32::from(self.masked.causal),
            number(self.factors.scale),
            number(self.factors.kept),
            word(segments.steps),
            word(segments.count),
            word(sum.rows.div_ceil(ROWS)),
            word(sum.width.div_ceil(BLOCK).max(1)),
            word(sum.rows),
            word(sum.columns),
            word(sum.width),
            word(sum.second_width),
            word(self.lead.len()),
        ];
        debug_assert_eq!(params.len(), FIRST_EXTENT);
        params.extend(self.lead.iter().map(|&n| word(n)));
        params
    }

    /// A pass that sums, without its result.
    pub fn pass(&self, c: &Context, template: &'static str, sum: &Sum) -> Pass {
        let [tiles, blocks] = [sum.rows.div_ceil(ROWS), sum.width.div_ceil(BLOCK).max(1)];
        Pass {
            template,
            entry: "main",
            defines: vec![],
            bindings: vec![],
            params: self.params(sum),
            slots: vec![("common", COMMON.into())],
            grid: grid(tiles * blocks * sum.segments(self).count * self.heads, &c.limits),
        }
    }
}

/// At least three of the leading dimensions, so that most calls share a module.
fn padded<T: Copy>(lead: &[T], filler: T) -> Vec<T> {
    let missing = 3usize.saturating_sub(lead.len());
    [&vec![filler; missing], lead].concat()
}

/// Offset and strides of an input.
fn layout(c: &Context, input: usize) -> (isize, Strides) {
    match c.layout(input) {
        Some(layout) => (layout.offset, layout.strides.clone()),
        None => (0, contiguous_strides(c.shape(input))),
    }
}

/// Whether rows of a matrix of an input can be read four elements at a time.
fn lies_by_fours(c: &Context, input: usize) -> bool {
    let (offset, mut strides) = layout(c, input);
    let last = strides.pop().expect("a matrix has two dimensions");
    let width = c.shape(input).last().copied().unwrap_or(0);
    by_fours(last, width, strides.into_iter().chain([offset]))
}

/// Where a matrix of an input lies: adds its words to the params, and returns their index.
fn lies(c: &Context, input: usize, params: &mut Vec<u32>) -> usize {
    let at = params.len();
    let (offset, strides) = layout(c, input);
    let own = strides.len() - 2;
    let words = [offset, strides[own], strides[own + 1]];
    let lead = padded(&strides[..own], 0);
    params.extend(words.iter().chain(&lead).map(|&x| x as u32));
    at
}

/// Binds an operand, and the functions that read it under its name.
pub fn bind_operand(
    c: &Context,
    pass: &mut Pass,
    name: &'static str,
    input: usize,
    [rows, columns]: [usize; 2],
) {
    let at = lies(c, input, &mut pass.params);
    let [row, column] = [at + 1, at + 2];
    let fours = lies_by_fours(c, input);
    let kind = if fours { "vec4<f32>" } else { "f32" };
    pass.bindings
        .push(Binding::read(name, Buffer::Input(input), kind));
    let start = format!("fn start_of_{name}(head: u32) -> u32 {{\n    return start_of(head, {at}u);\n}}\n\n");
    let inside = format!("row < param({rows}u) && column < param({columns}u)");
    let elements = match fours {
        true => format!(
            "fn four_of_{name}(first: u32, row: u32, column: u32) -> vec4<f32> {{\n    \
             let inside = {inside};\n    let i = select(0u, first + row * param({row}u) + column, inside);\n    \
             return select(vec4<f32>(), {name}[i / 4u], inside);\n}}\n\n\
             fn element_of_{name}(first: u32, row: u32, column: u32) -> f32 {{\n    \
             return four_of_{name}(first, row, column / 4u * 4u)[column % 4u];\n}}\n"
        ),
        false => format!(
            "fn element_of_{name}(first: u32, row: u32, column: u32) -> f32 {{\n    \
             if ({inside}) {{\n        \
             return {name}[first + row * param({row}u) + column * param({column}u)];\n    }}\n    return 0.0;\n}}\n\n\
             fn four_of_{name}(first: u32, row: u32, column: u32) -> vec4<f32> {{\n    return vec4<f32>(\n        \
             element_of_{name}(first, row, column),\n        element_of_{name}(first, row, column + 1u),\n        \
             element_of_{name}(first, row, column + 2u),\n        element_of_{name}(first, row, column + 3u),\n    );\n}}\n"
        ),
    };
    pass.slots.push((name, start + &elements));
}

/// Binds what masks scores and what dropout keeps, inputs `from` and on.
pub fn bind_masks(c: &Context, pass: &mut Pass, masked: Masked, from: usize) -> Result<()> {
    let mut bind = |name: &'static str, input: usize| -> Result<[String; 2]> {
        let at = lies(c, input, &mut pass.params);
        let kind = kind(c.op, c.dtype(input))?;
        pass.bindings
            .push(Binding::read(name, Buffer::Input(input), kind));
        let [row, column] = [at + 1, at + 2];
        let element = format!("{name}[first + query * param({row}u) + key * param({column}u)]");
        Ok([format!("start_of(head, {at}u)"), element])
    };
    let mut mask = ["0u".into(), "x".into()];
    if masked.mask {
        let [start, element] = bind("mask", from)?;
        let score = match c.dtype(from) {
            DType::Bool => format!("select(-inf_f32(), x, {element} != 0u)"),
            _ => format!("x + {element}"),
        };
        mask = [start, score];
    }
    let mut kept = ["0u".into(), "true".into()];
    if masked.dropout {
        let [start, element] = bind("kept", from + usize::from(masked.mask))?;
        kept = [start, format!("is_seen(query, key) && {element} != 0u")];
    }
    let function = |name: &str, [start, value]: [String; 2], signature: &str| {
        format!(
            "fn start_of_{name}(head: u32) -> u32 {{\n    return {start};\n}}\n\nfn {signature} {{\n    return {value};\n}}\n"
        )
    };
    let masked = "masked(first: u32, query: u32, key: u32, x: f32) -> f32";
    let is_kept = "is_kept(first: u32, query: u32, key: u32) -> bool";
    pass.slots.push(("mask", function("mask", mask, masked)));
    pass.slots.push(("kept", function("kept", kept, is_kept)));
    Ok(())
}

/// The words of the params that hold an extent.
pub const QUERIES: usize = 0;
pub const KEYS: usize = 1;
pub const WIDTH: usize = 2;
pub const VALUE_WIDTH: usize = 3;

/// Where the pass of `attend` writes: what each segment has for each row, and the softmax's numbers.
pub struct Written {
    pub result: Buffer,
    pub numbers: Option<Buffer>,
}

/// What the forward sums.
pub fn values_of(s: &Sizes) -> Sum {
    Sum {
        rows: s.queries,
        columns: s.keys,
        width: s.value_width,
        second_width: 0,
    }
}

/// Attention to the keys of each segment, of a launch whose query is input `from` and whose masks begin at `masks`.
pub fn attend(c: &Context, s: &Sizes, from: usize, masks: usize, written: Written) -> Result<Pass> {
    let template = match s.in_registers {
        true => "nn/attention/forward_in_registers.wgsl",
        false => "nn/attention/forward.wgsl",
    };
    let mut pass = s.pass(c, template, &values_of(s));
    bind_operand(c, &mut pass, "query", from, [QUERIES, WIDTH]);
    bind_operand(c, &mut pass, "key", from + 1, [KEYS, WIDTH]);
    bind_operand(c, &mut pass, "value", from + 2, [KEYS, VALUE_WIDTH]);
    bind_masks(c, &mut pass, s.masked, masks)?;
    pass.bindings
        .push(Binding::write("result", written.result, "f32"));
    let body = match written.numbers {
        None => "",
        Some(buffer) => {
            pass.bindings.push(Binding::write("numbers", buffer, "vec2<f32>"));
            "    numbers[i] = vec2<f32>(top, total);\n"
        }
    };
    let keep = format!("fn keep(i: u32, top: f32, total: f32) {{\n{body}}}\n");
    pass.slots.push(("keep", keep));
    Ok(pass)
}

/// The program of `ATTENTION`.
pub fn forward(c: &Context) -> Result<GpuProgram> {
    need(c.op, c.dtype(0), DType::F32)?;
    let s = Sizes::new(c, 0);
    let rows = s.heads * s.queries;
    let whole = rows * s.value_width;
    if whole == 0 {
        return Ok(GpuProgram::default());
    }
    let segments = values_of(&s).segments(&s).count;
    if segments == 1 {
        let written = Written {
            result: Buffer::Output(0),
            numbers: None,
        };
        return Ok(GpuProgram {
            passes: vec![attend(c, &s, 0, 3, written)?],
            ..GpuProgram::default()
        });
    }
    let written = Written {
        result: Buffer::Scratch(0),
        numbers: Some(Buffer::Scratch(1)),
    };
    let bindings = vec![
        Binding::read("parts", Buffer::Scratch(0), "f32"),
        Binding::read("numbers", Buffer::Scratch(1), "vec2<f32>"),
        Binding::write("result", Buffer::Output(0), "f32"),
    ];
    let params = [rows, s.value_width, segments].map(|n| n as u32).to_vec();
    Ok(GpuProgram {
        passes: vec![
            attend(c, &s, 0, 3, written)?,
            c.over_elements("nn/attention/merge.wgsl", whole, bindings, params),
        ],
        scratch: vec![4 * whole * segments, 8 * rows * segments],
        ..GpuProgram::default()
    })
}
