//! Elementwise ops as WGSL text: a group of its own, or a slot of another program.
//!
//! A group becomes one function, `compute_*`, from the elements of its inputs to those of its outputs; what loads and
//! stores around it knows shapes. Every op's result is a value of its own (`t0`, `t1`, ..), named and rounded.

use super::{Binding, Buffer, Gpu, GpuProgram, Limits, Pass, grid, kind};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Kind, Result};
use crate::op::{Meta, Op};
use crate::shape::{contiguous_strides, numel};
use smallvec::SmallVec;
use std::fmt::Write;

/// Elementwise ops that feed each other, in order.
pub struct Group<'a> {
    pub inputs: &'a [Meta],
    pub steps: &'a [Step],
    /// Steps whose results are stored.
    pub outputs: &'a [usize],
    /// Of every output; inputs broadcast to it.
    pub shape: &'a [usize],
}

pub struct Step {
    pub op: &'static Op,
    pub operands: SmallVec<[Operand; 3]>,
    /// Of the result.
    pub dtype: DType,
}

#[derive(Clone, Copy, Debug)]
pub enum Operand {
    Input(usize),
    Step(usize),
    /// Never part of the text: numbers are words of the params.
    Number(Scalar),
}

/// The function of a group, and the params that its numbers take from `first` on.
struct Function {
    text: String,
    params: Vec<u32>,
}

/// How a value is named in a shader: bools are stored as u32.
fn value_type(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::U8 => "u32",
        DType::I32 => "i32",
        _ => "f32",
    }
}

fn function(name: &str, group: &Group, first_param: usize) -> Result<Function> {
    let mut params = Vec::new();
    let mut body = String::new();
    for (k, (_, dtype)) in group.inputs.iter().enumerate() {
        arithmetic(group.steps[0].op, *dtype)?;
        let load = if *dtype == DType::Bool { format!("s{k} != 0u") } else { format!("s{k}") };
        line(&mut body, &format!("let x{k} = {load};"));
    }
    for (j, step) in group.steps.iter().enumerate() {
        let Gpu::Expression(expression) = step.op.gpu else {
            return Err(Error::new(Kind::State, step.op.name, "is not elementwise, so it cannot be fused on the GPU"));
        };
        arithmetic(step.op, step.dtype)?;
        let dtype_of = |o: &Operand| match *o {
            Operand::Input(k) => Some(group.inputs[k].1),
            Operand::Step(k) => Some(group.steps[k].dtype),
            Operand::Number(_) => None,
        };
        // As on the CPU: numbers have the dtype of the result, or of the tensor that they are compared with.
        let number_dtype = match step.dtype {
            DType::Bool => step.operands.iter().find_map(dtype_of).unwrap_or(DType::Bool),
            dtype => dtype,
        };
        let dtype = step.operands.last().and_then(dtype_of).unwrap_or(number_dtype);
        let on_bools = takes_bools(expression);
        let mut names: SmallVec<[String; 3]> = SmallVec::new();
        for operand in &step.operands {
            let name = match *operand {
                Operand::Input(k) => format!("x{k}"),
                Operand::Step(k) => format!("t{k}"),
                Operand::Number(value) => {
                    params.push(word(value, number_dtype));
                    load_param(first_param + params.len() - 1, number_dtype)
                }
            };
            // Arithmetic on booleans is arithmetic on 0 and 1.
            let of_bool = dtype_of(operand).unwrap_or(number_dtype) == DType::Bool && !on_bools;
            names.push(if of_bool { format!("select(0u, 1u, {name})") } else { name });
        }
        let working = if dtype == DType::Bool { "u32" } else { value_type(dtype) };
        let text = match expression {
            "convert(x)" => convert(&names[0], dtype, step.dtype),
            _ => {
                let text = substitute(&expression.replace("{T}", working), &names);
                match step.dtype {
                    DType::Bool if !on_bools && !gives_bool(expression) => format!("({text}) != 0u"),
                    DType::U8 => format!("({text}) & 255u"),
                    _ => text,
                }
            }
        };
        line(&mut body, &format!("let t{j}: {} = {text};", value_type(step.dtype)));
    }
    let arguments: Vec<String> = (group.inputs.iter().enumerate())
        .map(|(k, (_, dtype))| Ok(format!("s{k}: {}", kind(group.steps[0].op.name, *dtype)?)))
        .collect::<Result<_>>()?;
    let mut fields = Vec::new();
    let mut results = Vec::new();
    for (j, &step) in group.outputs.iter().enumerate() {
        let dtype = group.steps[step].dtype;
        fields.push(format!("y{j}: {}", kind(group.steps[step].op.name, dtype)?));
        results.push(if dtype == DType::Bool { format!("select(0u, 1u, t{step})") } else { format!("t{step}") });
    }
    let text = format!(
        "struct Results_{name} {{\n    {}\n}}\nfn compute_{name}({}) -> Results_{name} {{\n{body}    return Results_{name}({});\n}}\n",
        fields.join(",\n    "),
        arguments.join(", "),
        results.join(", ")
    );
    Ok(Function { text, params })
}

/// Whether operands that are booleans go in as such.
fn takes_bools(expression: &str) -> bool {
    expression.starts_with('!') || ["select(z, y, x)", "&&", "||"].iter().any(|s| expression.contains(s))
}

fn gives_bool(expression: &str) -> bool {
    ["isnan", "ne_", "==", " < ", " <= ", " > ", " >= "].iter().any(|s| expression.contains(s))
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "    {content}").expect("writing to a string cannot fail");
}

/// int64 is moved, never computed with.
fn arithmetic(op: &'static Op, dtype: DType) -> Result<()> {
    match dtype {
        DType::I64 => Err(Error::dtype(op.name, dtype, "float32, int32, uint8 or bool on the GPU")),
        _ => kind(op.name, dtype).map(|_| ()),
    }
}

/// A number's bits in the params.
fn word(value: Scalar, dtype: DType) -> u32 {
    match dtype {
        DType::F32 => (value.as_f64() as f32).to_bits(),
        DType::Bool => value.as_bool() as u32,
        _ => value.as_i64() as u32,
    }
}

fn load_param(i: usize, dtype: DType) -> String {
    match dtype {
        DType::F32 => format!("bitcast<f32>(param({i}u))"),
        DType::I32 => format!("bitcast<i32>(param({i}u))"),
        DType::Bool => format!("(param({i}u) != 0u)"),
        _ => format!("param({i}u)"),
    }
}

fn convert(x: &str, from: DType, to: DType) -> String {
    let zero = if from == DType::I32 { "0" } else { "0u" };
    match to {
        DType::Bool if from == DType::F32 => format!("ne_f32({x}, 0.0)"),
        DType::Bool => format!("{x} != {zero}"),
        DType::F32 => format!("f32({x})"),
        DType::I32 if from == DType::F32 => format!("i32_of({x})"),
        DType::I32 => format!("i32({x})"),
        // Saturates below and above, as on the CPU; an int32 wraps.
        _ if from == DType::F32 => format!("u32(clamp(i32_of({x}), 0, 255))"),
        _ => format!("u32({x}) & 255u"),
    }
}

/// Puts operands in the place of the words x, y and z.
fn substitute(expression: &str, names: &[String]) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(if is_word(c) { end } else { c.len_utf8() });
        let operand = ["x", "y", "z"].iter().position(|w| *w == word).and_then(|i| names.get(i));
        out.push_str(operand.map_or(word, |name| name.as_str()));
        rest = after;
    }
    out
}

/// Where element `i` of `shape` lies in an input, as WGSL over coordinates `c0`, `c1`, ..; strides go to the params.
fn offset(shape: &[usize], input: &[usize], params: &mut Vec<u32>) -> String {
    if input == shape {
        return "i".into();
    }
    let lead = shape.len() - input.len();
    let strides = contiguous_strides(input);
    let terms: Vec<String> = (0..input.len())
        .filter(|&d| input[d] != 1)
        .map(|d| {
            params.push(strides[d] as u32);
            format!("c{} * param({}u)", d + lead, params.len() - 1)
        })
        .collect();
    if terms.is_empty() { "0u".into() } else { terms.join(" + ") }
}

/// Coordinates of element `i`, last dimension first; extents go to the params.
fn coordinates(shape: &[usize], params: &mut Vec<u32>) -> String {
    let mut text = String::new();
    line(&mut text, "var rest = i;");
    for d in (0..shape.len()).rev() {
        params.push(shape[d].max(1) as u32);
        let extent = format!("param({}u)", params.len() - 1);
        line(&mut text, &format!("let c{d} = rest % {extent};"));
        line(&mut text, &format!("rest = rest / {extent};"));
    }
    text
}

/// Loads of inputs `k` from bindings named `name(k)`, and the coordinates that they need.
fn loads(inputs: &[Meta], shape: &[usize], params: &mut Vec<u32>, name: impl Fn(usize) -> String) -> (String, Vec<String>) {
    let broadcasts = inputs.iter().any(|(s, _)| **s != *shape && numel(s) != 1);
    let prelude = if broadcasts { coordinates(shape, params) } else { String::new() };
    let values = (inputs.iter().enumerate())
        .map(|(k, (s, _))| format!("{}[{}]", name(k), offset(shape, s, params)))
        .collect();
    (prelude, values)
}

/// The group as a program of its own: a thread computes four neighbouring elements where every input is either as
/// large as the output or one number, else one.
pub fn fuse(group: &Group) -> Result<GpuProgram> {
    let limits = Limits::default();
    let op = group.steps[0].op.name;
    let by_four = (group.inputs.iter()).all(|(s, _)| **s == *group.shape || numel(s) == 1);
    let n = numel(group.shape);
    let count = if by_four { n.div_ceil(4) } else { n };
    let mut params = vec![count as u32];
    let mut bindings = Vec::new();
    for (k, (shape, dtype)) in group.inputs.iter().enumerate() {
        let kind = kind(op, *dtype)?;
        let whole = by_four && **shape == *group.shape && numel(shape) != 1;
        bindings.push(Binding::read(&format!("in{k}"), Buffer::Input(k), if whole { by_fours(kind) } else { kind }));
    }
    for (j, &step) in group.outputs.iter().enumerate() {
        let kind = kind(op, group.steps[step].dtype)?;
        let kind = if by_four { by_fours(kind) } else { kind };
        bindings.push(Binding::write(&format!("out{j}"), Buffer::Output(j), kind));
    }
    within_limit(op, &bindings, &limits)?;
    let mut element = String::new();
    if by_four {
        for lane in ["x", "y", "z", "w"] {
            let values: Vec<String> = (group.inputs.iter().enumerate())
                .map(|(k, (s, _))| if numel(s) == 1 { format!("in{k}[0]") } else { format!("in{k}[i].{lane}") })
                .collect();
            line(&mut element, &format!("let {lane} = compute_element({});", values.join(", ")));
        }
        for (j, &step) in group.outputs.iter().enumerate() {
            let of = by_fours(kind(op, group.steps[step].dtype)?);
            line(&mut element, &format!("out{j}[i] = {of}(x.y{j}, y.y{j}, z.y{j}, w.y{j});"));
        }
    } else {
        let (prelude, values) = loads(group.inputs, group.shape, &mut params, |k| format!("in{k}"));
        element.push_str(&prelude);
        line(&mut element, &format!("let results = compute_element({});", values.join(", ")));
        for j in 0..group.outputs.len() {
            line(&mut element, &format!("out{j}[i] = results.y{j};"));
        }
    }
    let compute = function("element", group, params.len())?;
    params.extend(compute.params);
    let text = format!("{}fn element(i: u32) {{\n{element}}}\n", compute.text);
    let outputs = group.outputs.iter().map(|&s| (group.shape.into(), group.steps[s].dtype)).collect();
    Ok(GpuProgram {
        passes: vec![Pass {
            template: "elementwise.wgsl",
            entry: "main",
            defines: vec![("WORKGROUP", limits.workgroup_size.to_string())],
            bindings,
            params,
            slots: vec![("element", text)],
            grid: grid(count.div_ceil(limits.workgroup_size as usize), &limits),
        }],
        inputs: group.inputs.len(),
        outputs,
        ..GpuProgram::default()
    })
}

/// Splices a group into a slot of `program`. The group's input 0 is the value on its way; the others are read beside
/// it and become the program's last inputs. Its one output, float32 as the value, goes on in its place.
pub fn fuse_into(program: &mut GpuProgram, slot: &str, group: &Group) -> Result<()> {
    let op = group.steps[0].op.name;
    let limits = Limits::default();
    let mut found = false;
    for pass in &mut program.passes {
        let Some(text) = pass.slots.iter_mut().find(|(name, _)| *name == slot) else { continue };
        found = true;
        let extra = &group.inputs[1..];
        let name = |k: usize| format!("{slot}_{k}");
        let (prelude, values) = loads(extra, group.shape, &mut pass.params, name);
        let compute = function(slot, group, pass.params.len())?;
        pass.params.extend(compute.params);
        let arguments: String = values.iter().map(|v| format!(", {v}")).collect();
        text.1 = format!(
            "{}fn {slot}(i: u32, x: f32) -> f32 {{\n{prelude}    return compute_{slot}(x{arguments}).y0;\n}}\n",
            compute.text
        );
        for (k, (_, dtype)) in extra.iter().enumerate() {
            pass.bindings.push(Binding::read(&name(k), Buffer::Input(program.inputs + k), kind(op, *dtype)?));
        }
        within_limit(op, &pass.bindings, &limits)?;
    }
    if !found {
        return Err(Error::value(op, format!("the program has no slot named {slot}")));
    }
    program.inputs += group.inputs.len() - 1;
    Ok(())
}

fn by_fours(kind: &'static str) -> &'static str {
    match kind {
        "i32" => "vec4<i32>",
        "u32" => "vec4<u32>",
        _ => "vec4<f32>",
    }
}

fn within_limit(op: &'static str, bindings: &[Binding], limits: &Limits) -> Result<()> {
    if bindings.len() <= limits.storage_buffers as usize {
        return Ok(());
    }
    let text = format!(
        "a pass over {} buffers was asked for, {} are sure to be there. Split the group",
        bindings.len(),
        limits.storage_buffers
    );
    Err(Error::value(op, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{binary, unary};
    use smallvec::smallvec;

    #[test]
    fn operands_take_the_place_of_words() {
        let names = ["a".to_string(), "b".to_string()];
        assert_eq!(substitute("max(x, y) + exp_f32(x)", &names), "max(a, b) + exp_f32(a)");
    }

    #[test]
    fn numbers_and_extents_are_no_part_of_the_text() {
        let text = |shape: &[usize], number: f64| {
            let steps = [
                Step {
                    op: &binary::mul::OP,
                    operands: smallvec![Operand::Input(0), Operand::Number(Scalar::F64(number))],
                    dtype: DType::F32,
                },
                Step { op: &unary::exp::OP, operands: smallvec![Operand::Step(0)], dtype: DType::F32 },
            ];
            let inputs = [(shape[..1].into(), DType::F32)];
            let program = fuse(&Group { inputs: &inputs, steps: &steps, outputs: &[1], shape }).unwrap();
            program.passes[0].slots[0].1.clone()
        };
        assert_eq!(text(&[3, 3], 2.0), text(&[5, 5], 7.0));
        assert_ne!(text(&[3, 3], 2.0), text(&[3], 2.0));
    }
}
