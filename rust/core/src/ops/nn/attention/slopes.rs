//! Attention's cotangents on the GPU: sums over keys or queries, by one template.

use super::MaskedSlopes;
use super::program::{
    COMMON, KEYS, QUERIES, Sizes, Sum, VALUE_WIDTH, WIDTH, Written, attend, bind_masks, bind_operand,
    values_of,
};
use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass, need};

/// What is summed for a cotangent.
struct Slope {
    sum: Sum,
    by_keys: bool,
    /// The operand whose rows are summed.
    addend: &'static str,
    weight: &'static str,
    factor: &'static str,
    output: usize,
}

const OF_SCORE: &str = "slope_of_score(at, query, key, product, slope)";
const OF_WEIGHT: &str = "kept_weight(at, query, key, product)";
const SCALE: &str = "bitcast<f32>(param(6u))";

impl Slope {
    fn of_queries(s: &Sizes) -> Slope {
        Slope {
            sum: Sum {
                rows: s.queries,
                columns: s.keys,
                width: s.width,
                second_width: s.value_width,
            },
            by_keys: false,
            addend: "key",
            weight: OF_SCORE,
            factor: SCALE,
            output: 0,
        }
    }

    fn of_keys(s: &Sizes) -> Slope {
        Slope {
            sum: Sum {
                rows: s.keys,
                columns: s.queries,
                width: s.width,
                second_width: s.value_width,
            },
            by_keys: true,
            addend: "query",
            weight: OF_SCORE,
            factor: SCALE,
            output: 1,
        }
    }

    fn of_values(s: &Sizes) -> Slope {
        Slope {
            sum: Sum {
                rows: s.keys,
                columns: s.queries,
                width: s.value_width,
                second_width: 0,
            },
            by_keys: true,
            addend: "cotangent",
            weight: OF_WEIGHT,
            factor: "1.0",
            output: 2,
        }
    }

    /// Of an added mask: the cotangents of scores themselves, and a sum of no width.
    fn of_mask(s: &Sizes) -> Slope {
        let mut slope = Slope::of_queries(s);
        slope.sum.width = 0;
        slope.output = 3;
        slope
    }

    fn is_of_mask(&self) -> bool {
        self.output == 3
    }

    /// Adds its passes; `ROWS_OF_SCORES` is known.
    fn put_into(&self, program: &mut GpuProgram, c: &Context, s: &Sizes) -> Result<()> {
        let segments = self.sum.segments(s).count;
        let in_parts = segments > 1 && !self.is_of_mask();
        let whole = s.heads * self.sum.rows * self.sum.width;
        if s.heads * self.sum.rows * self.sum.width.max(usize::from(self.is_of_mask())) == 0 {
            return Ok(());
        }
        let result = match in_parts {
            true => Buffer::Scratch(program.scratch.len()),
            false => Buffer::Output(self.output),
        };
        program.passes.push(self.pass(c, s, result)?);
        if in_parts {
            program.scratch.push(4 * whole * segments);
            let bindings = vec![
                Binding::read("parts", result, "f32"),
                Binding::write("c", Buffer::Output(self.output), "f32"),
            ];
            let params = [whole, segments].map(|n| n as u32).to_vec();
            let mut sum = c.over_elements("linalg/segments.wgsl", whole, bindings, params);
            sum.slots.push(Pass::pass_through("store"));
            program.passes.push(sum);
        }
        Ok(())
    }

    fn pass(&self, c: &Context, s: &Sizes, result: Buffer) -> Result<Pass> {
        let template = match s.in_registers {
            true => "nn/attention/backward_in_registers.wgsl",
            false => "nn/attention/backward.wgsl",
        };
        let mut pass = s.pass(c, template, &self.sum);
        pass.defines = vec![
            ("BY_KEYS", self.by_keys.to_string()),
            ("FACTOR", self.factor.into()),
        ];
        bind_operand(c, &mut pass, "cotangent", 0, [QUERIES, VALUE_WIDTH]);
        bind_operand(c, &mut pass, "query", 1, [QUERIES, WIDTH]);
        bind_operand(c, &mut pass, "key", 2, [KEYS, WIDTH]);
        let mut others = ["cotangent", "cotangent"];
        if self.sum.second_width > 0 {
            bind_operand(c, &mut pass, "value", 3, [KEYS, VALUE_WIDTH]);
            others[1] = "value";
        }
        bind_masks(c, &mut pass, s.masked, 4)?;
        pass.bindings.extend([
            Binding::read("rows_of_scores", ROWS_OF_SCORES, "vec4<f32>"),
            Binding::write("result", result, "f32"),
        ]);
        let [mut row, mut column] = ["query", "key"];
        let [mut other_row, mut other_column] = others;
        if self.by_keys {
            std::mem::swap(&mut row, &mut column);
            std::mem::swap(&mut other_row, &mut other_column);
        }
        let roles = [
            ("row", row),
            ("column", column),
            ("other_row", other_row),
            ("other_column", other_column),
            ("addend", self.addend),
        ];
        let roles = roles.map(|(role, name)| {
            format!(
                "fn start_of_{role}(head: u32) -> u32 {{\n    return start_of_{name}(head);\n}}\n\n\
                 fn four_of_{role}(first: u32, row: u32, column: u32) -> vec4<f32> {{\n    \
                 return four_of_{name}(first, row, column);\n}}\n"
            )
        });
        let weight = format!(
            "fn weight(at: Starts, query: u32, key: u32, product: f32, slope: f32) -> f32 {{\n    return {};\n}}\n",
            self.weight
        );
        let note = match self.is_of_mask() {
            true => "fn note(i: u32, x: f32) {\n    result[i] = x;\n}\n",
            false => "fn note(i: u32, x: f32) {\n}\n",
        };
        pass.slots.extend([
            ("roles", roles.concat()),
            ("weight", weight),
            ("note", note.into()),
        ]);
        Ok(pass)
    }
}

/// Scratch of the backward: what each segment gives to each query, its numbers, and those of the query.
const PARTS: Buffer = Buffer::Scratch(0);
const NUMBERS: Buffer = Buffer::Scratch(1);
const ROWS_OF_SCORES: Buffer = Buffer::Scratch(2);

/// The program of `ATTENTION_BACKWARD`. A pass for each cotangent: all at once would be more buffers than a pass has.
pub fn backward(c: &Context) -> Result<GpuProgram> {
    need(c.op, c.dtype(1), DType::F32)?;
    let s = Sizes::new(c, 1);
    let (rows, values) = (s.heads * s.queries, values_of(&s));
    let segments = values.segments(&s).count;
    let mut program = GpuProgram {
        scratch: vec![
            (4 * rows * s.value_width * segments).max(16),
            (8 * rows * segments).max(16),
            (16 * rows).max(16),
        ],
        ..GpuProgram::default()
    };
    if rows > 0 {
        let written = Written {
            result: PARTS,
            numbers: Some(NUMBERS),
        };
        program.passes.push(attend(c, &s, 1, 4, written)?);
        let mut of_rows = c.over_elements("nn/attention/rows.wgsl", rows, vec![], s.params(&values));
        of_rows.slots.push(("common", COMMON.into()));
        of_rows.bindings.extend([
            Binding::read("parts", PARTS, "f32"),
            Binding::read("numbers", NUMBERS, "vec2<f32>"),
        ]);
        bind_operand(c, &mut of_rows, "cotangent", 0, [QUERIES, VALUE_WIDTH]);
        of_rows
            .bindings
            .push(Binding::write("rows_of_scores", ROWS_OF_SCORES, "vec4<f32>"));
        // Scores are made nowhere here.
        let masked = "fn masked(first: u32, query: u32, key: u32, x: f32) -> f32 {\n    return x;\n}\n";
        of_rows.slots.push(("mask", masked.into()));
        program.passes.push(of_rows);
    }
    let mut slopes = vec![Slope::of_queries(&s), Slope::of_keys(&s), Slope::of_values(&s)];
    if MaskedSlopes::from(c.attrs).of_mask {
        slopes.push(Slope::of_mask(&s));
    }
    for slope in slopes {
        slope.put_into(&mut program, c, &s)?;
    }
    Ok(program)
}
