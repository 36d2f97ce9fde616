//! The function that a group of elementwise ops computes, as WGSL text.

use super::{Gpu, Group, kind};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Kind, Result};
use crate::work::{Operand, Routine};
use smallvec::SmallVec;
use std::fmt::Write;

/// The function of a group, and the params that its numbers take from `first` on.
pub struct Function {
    pub text: String,
    pub params: Vec<u32>,
}

/// How a value is named in a shader: bools are stored as u32.
fn value_type(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::U8 => "u32",
        DType::I8 | DType::I16 | DType::I32 => "i32",
        _ => "f32",
    }
}

pub fn function(name: &str, group: &Group, first_param: usize) -> Result<Function> {
    let mut params = Vec::new();
    let mut body = String::new();
    for (k, (_, dtype)) in group.inputs.iter().enumerate() {
        arithmetic(group.steps.steps[0].routine, *dtype)?;
        let load = if *dtype == DType::Bool {
            format!("s{k} != 0u")
        } else {
            format!("s{k}")
        };
        line(&mut body, &format!("let x{k} = {load};"));
    }
    for (j, step) in group.steps.steps.iter().enumerate() {
        let Gpu::Expression(expression) = *step.routine.gpu else {
            return Err(Error::new(
                Kind::State,
                step.routine.name,
                "is not elementwise, so it cannot be fused on the GPU",
            ));
        };
        arithmetic(step.routine, step.dtype)?;
        let dtype_of = |o: &Operand| group.steps.dtype_of(o);
        // As on the CPU.
        let number_dtype = group.steps.number_dtype(step);
        let dtype = step.operands.last().and_then(dtype_of).unwrap_or(number_dtype);
        let on_bools = takes_bools(expression);
        let mut names: SmallVec<[String; 3]> = SmallVec::new();
        for operand in &step.operands {
            let name = match *operand {
                Operand::Input(k) => format!("x{k}"),
                Operand::Step(k) => format!("t{k}"),
                Operand::Number(k) => {
                    params.push(word(group.numbers[k], number_dtype));
                    load_param(first_param + params.len() - 1, number_dtype)
                }
            };
            // Arithmetic on booleans is arithmetic on 0 and 1.
            let of_bool = dtype_of(operand).unwrap_or(number_dtype) == DType::Bool && !on_bools;
            names.push(if of_bool {
                format!("select(0u, 1u, {name})")
            } else {
                name
            });
        }
        let working = if dtype == DType::Bool {
            "u32"
        } else {
            value_type(dtype)
        };
        let text = match expression {
            "convert(x)" => convert(&names[0], dtype, step.dtype),
            _ => {
                let text = substitute(&expression.replace("{T}", working), &names);
                match step.dtype {
                    // A bool is one bit of the word.
                    DType::Bool if of_bits(expression) => format!("(({text}) & 1u) != 0u"),
                    DType::Bool if !on_bools && !gives_bool(expression) => format!("({text}) != 0u"),
                    DType::U8 => format!("({text}) & 255u"),
                    DType::I8 => wrapped(&text, 24),
                    DType::I16 => wrapped(&text, 16),
                    _ => text,
                }
            }
        };
        line(
            &mut body,
            &format!("let t{j}: {} = {text};", value_type(step.dtype)),
        );
    }
    let arguments: Vec<String> = (group.inputs.iter().enumerate())
        .map(|(k, (_, dtype))| {
            Ok(format!(
                "s{k}: {}",
                kind(group.steps.steps[0].routine.name, *dtype)?
            ))
        })
        .collect::<Result<_>>()?;
    let mut fields = Vec::new();
    let mut results = Vec::new();
    for (j, &step) in group.steps.outputs.iter().enumerate() {
        let stored = &group.steps.steps[step];
        let dtype = stored.dtype;
        fields.push(format!("y{j}: {}", kind(stored.routine.name, dtype)?));
        results.push(if dtype == DType::Bool {
            format!("select(0u, 1u, t{step})")
        } else {
            format!("t{step}")
        });
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
    expression.starts_with('!')
        || ["select(z, y, x)", "&&", "||"]
            .iter()
            .any(|s| expression.contains(s))
}

fn gives_bool(expression: &str) -> bool {
    ["isnan", "ne_", "==", " < ", " <= ", " > ", " >= "]
        .iter()
        .any(|s| expression.contains(s))
}

/// Whether it may set bits that a bool has not.
fn of_bits(expression: &str) -> bool {
    expression.starts_with('~') || expression.starts_with("shift_")
}

pub fn line(text: &mut String, content: &str) {
    writeln!(text, "    {content}").expect("writing to a string cannot fail");
}

/// int64 is moved, never computed with.
fn arithmetic(routine: Routine, dtype: DType) -> Result<()> {
    match dtype {
        DType::I64 => Err(Error::dtype(
            routine.name,
            dtype,
            "float32, int32, int16, int8, uint8 or bool on the GPU",
        )),
        _ => kind(routine.name, dtype).map(|_| ()),
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
        DType::I8 | DType::I16 | DType::I32 => format!("bitcast<i32>(param({i}u))"),
        DType::Bool => format!("(param({i}u) != 0u)"),
        _ => format!("param({i}u)"),
    }
}

fn convert(x: &str, from: DType, to: DType) -> String {
    let zero = if value_type(from) == "i32" { "0" } else { "0u" };
    match to {
        DType::Bool if from == DType::F32 => format!("ne_f32({x}, 0.0)"),
        DType::Bool => format!("{x} != {zero}"),
        DType::F32 => format!("f32({x})"),
        DType::I32 if from == DType::F32 => format!("i32_of({x})"),
        DType::I32 => format!("i32({x})"),
        // Saturate below and above, as on the CPU; wider integers wrap.
        DType::I8 if from == DType::F32 => format!("clamp(i32_of({x}), -128, 127)"),
        DType::I8 => wrapped(&format!("i32({x})"), 24),
        DType::I16 if from == DType::F32 => format!("clamp(i32_of({x}), -32768, 32767)"),
        DType::I16 => wrapped(&format!("i32({x})"), 16),
        _ if from == DType::F32 => format!("u32(clamp(i32_of({x}), 0, 255))"),
        _ => format!("u32({x}) & 255u"),
    }
}

/// The lower bits of an i32, the uppermost of them as its sign.
fn wrapped(x: &str, unused: u32) -> String {
    format!("(({x}) << {unused}u) >> {unused}u")
}

/// Puts operands in the place of the words x, y and z.
fn substitute(expression: &str, names: &[String]) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(if is_word(c) { end } else { c.len_utf8() });
        let operand = ["x", "y", "z"]
            .iter()
            .position(|w| *w == word)
            .and_then(|i| names.get(i));
        out.push_str(operand.map_or(word, |name| name.as_str()));
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_take_the_place_of_words() {
        let names = ["a".to_string(), "b".to_string()];
        assert_eq!(
            substitute("max(x, y) + exp_f32(x)", &names),
            "max(a, b) + exp_f32(a)"
        );
    }
}
