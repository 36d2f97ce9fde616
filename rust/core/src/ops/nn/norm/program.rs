//! GPU programs of normalisation: one formula for rows that lie in several ways.

use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, GpuProgram, need};
use crate::ops::nn::rows::{First, Lines, Rows};
use crate::shape::numel;

/// What is normalised together.
pub struct Normal {
    pub lines: Lines,
    /// Whether the mean is taken away.
    pub centre: bool,
    pub eps: f64,
    /// The place of an element's weight and bias, of `row`, `i` and `own(1u)` and further ones.
    pub parameter: &'static str,
    pub own: Vec<u32>,
}

/// The parameters' cotangents: sums over lines across the rows.
pub struct Across {
    pub lines: Lines,
    /// The row of element `i` of such a line, the line being `row`, of `own(0u)` and further ones.
    pub row: &'static str,
    pub own: Vec<u32>,
}

impl Normal {
    /// Over the last `dims` dimensions of input `i`.
    pub fn last(c: &Context, i: usize, dims: usize, centre: bool, eps: f64) -> Normal {
        let [rows, length] = extents(c.shape(i), dims);
        Normal {
            lines: Lines::dense(rows, length),
            centre,
            eps,
            parameter: "i",
            own: vec![],
        }
    }

    /// The sum of each row first, if the mean is taken away; without it the mean is 0.
    fn first(&self) -> Option<First> {
        self.centre.then_some(First::Sum("return x[at];"))
    }

    fn params(&self) -> Vec<u32> {
        let mut params = vec![(self.eps as f32).to_bits()];
        params.extend(&self.own);
        params
    }

    /// y from x, weight and bias. `statistics`: whether outputs 1 and 2 are mean and variance of each row.
    pub fn forward(self, c: &Context, weight: bool, bias: bool, statistics: bool) -> Result<GpuProgram> {
        need(c.op, c.dtype(0), DType::F32)?;
        let mut bindings = vec![Binding::read("x", Buffer::Input(0), "f32")];
        let mut value = "(x[at] - r.x) * r.y".to_string();
        if weight {
            bindings.push(Binding::read("weight", Buffer::Input(1), "f32"));
            value += &format!(" * weight[{}]", self.parameter);
        }
        if bias {
            let input = Buffer::Input(1 + weight as usize);
            bindings.push(Binding::read("bias", input, "f32"));
            value += &format!(" + bias[{}]", self.parameter);
        }
        bindings.push(Binding::write("y", Buffer::Output(0), "f32"));
        let mut row_result = String::new();
        if statistics {
            bindings.push(Binding::write("mean", Buffer::Output(1), "f32"));
            bindings.push(Binding::write("variance", Buffer::Output(2), "f32"));
            row_result += "mean[row] = r.x;\n    variance[row] = r.z;";
        }
        let rows = Rows {
            first: self.first(),
            second: "let distance = x[at] - a / count();
    return alone(distance * distance);"
                .into(),
            numbers: "let variance = b.x / count();
    return vec4<f32>(a / count(), inverseSqrt(variance + own_f32(0u)), variance, 0.0);",
            row_result,
            element: format!("y[at] = store(at, {value});"),
            bindings,
            params: self.params(),
            ..Rows::default()
        };
        Ok(rows.program(&self.lines, &c.limits))
    }

    /// The cotangents of x and, if asked for, of weight and bias; inputs: cotangent, x, weight if there is one.
    pub fn backward(self, c: &Context, weight: bool, parameters: Option<Across>) -> Result<GpuProgram> {
        need(c.op, c.dtype(1), DType::F32)?;
        let mut bindings = cotangent_and_x();
        let mut inner = "g[at]".to_string();
        if weight {
            bindings.push(Binding::read("weight", Buffer::Input(2), "f32"));
            inner += &format!(" * weight[{}]", self.parameter);
        }
        bindings.push(Binding::write("slope", Buffer::Output(0), "f32"));
        let mut program = GpuProgram::default();
        let mut row_result = String::new();
        if parameters.is_some() {
            let [rows, _] = self.lines.extents();
            program.scratch.push(rows * 8);
            bindings.push(Binding::write("statistics", Buffer::Scratch(0), "vec2<f32>"));
            row_result += "statistics[row] = r.xy;";
        }
        let level = if self.centre { "inner" } else { "0.0" };
        let rows = Rows {
            first: self.first(),
            second: format!(
                "let distance = x[at] - a / count();
    let inner = {inner};
    return vec4<f32>(distance * distance, inner * distance, {level}, 0.0);"
            ),
            numbers: "let rstd = inverseSqrt(b.x / count() + own_f32(0u));
    return vec4<f32>(a / count(), rstd, b.y * rstd / count(), b.z / count());",
            row_result,
            element: format!(
                "let normal = (x[at] - r.x) * r.y;
    slope[at] = store(at, ({inner} - r.w - normal * r.z) * r.y);"
            ),
            bindings,
            params: self.params(),
            ..Rows::default()
        };
        rows.put_into(&mut program, &self.lines, &c.limits);
        if let Some(across) = parameters {
            across.put_into(&mut program, c, self.centre);
        }
        Ok(program)
    }
}

impl Across {
    /// Of rows over the last `dims` dimensions: an element of each.
    pub fn last(c: &Context, dims: usize) -> Across {
        let [rows, length] = extents(c.shape(1), dims);
        Across {
            lines: Lines::along([length, rows, length.max(1)]),
            row: "i",
            own: vec![],
        }
    }

    fn put_into(self, program: &mut GpuProgram, c: &Context, bias: bool) {
        let mut bindings = cotangent_and_x();
        bindings.push(Binding::read("statistics", Buffer::Scratch(0), "vec2<f32>"));
        bindings.push(Binding::write("of_weight", Buffer::Output(1), "f32"));
        let mut row_result = "of_weight[row] = r.x;".to_string();
        if bias {
            bindings.push(Binding::write("of_bias", Buffer::Output(2), "f32"));
            row_result += "\n    of_bias[row] = r.y;";
        }
        let rows = Rows {
            second: format!(
                "let mean_rstd = statistics[{}];
    return vec4<f32>(g[at] * ((x[at] - mean_rstd.x) * mean_rstd.y), g[at], 0.0, 0.0);",
                self.row
            ),
            row_result,
            bindings,
            params: self.own,
            ..Rows::default()
        };
        rows.put_into(program, &self.lines, &c.limits);
    }
}

pub fn cotangent_and_x() -> Vec<Binding> {
    vec![
        Binding::read("g", Buffer::Input(0), "f32"),
        Binding::read("x", Buffer::Input(1), "f32"),
    ]
}

/// Rows, and elements of a row.
fn extents(shape: &[usize], dims: usize) -> [usize; 2] {
    let (lead, last) = shape.split_at(shape.len() - dims);
    [numel(lead), numel(last)]
}
