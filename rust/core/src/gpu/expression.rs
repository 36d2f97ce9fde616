//! The function that a group of elementwise ops computes, as WGSL text.

use super::{Gpu, Group, kind, working_dtype};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Kind, Result};
use crate::work::{Operand, Routine, Steps};
use smallvec::{SmallVec, smallvec};
use std::fmt::Write;

/// The function of a group, and the params that its numbers take from `first` on.
pub struct Function {
    pub text: String,
    pub params: Vec<u32>,
}

/// How a function of a group takes an element, and gives it: float16 and bfloat16 as the lower 16 bits of a word.
fn passed(op: &'static str, dtype: DType) -> Result<&'static str> {
    if dtype.is_half() {
        Ok("u32")
    } else {
        kind(op, dtype)
    }
}

/// How a value is named in a shader: bools are stored as u32.
pub fn value_type(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::U8 => "u32",
        DType::I8 | DType::I16 | DType::I32 => "i32",
        DType::I64 => "vec2<u32>",
        _ => "f32",
    }
}

pub fn function(name: &str, group: &Group, first_param: usize) -> Result<Function> {
    let mut taken = first_param;
    let mut body = String::new();
    for (k, (_, dtype)) in group.inputs.iter().enumerate() {
        let load = match dtype {
            DType::Bool => format!("s{k} != 0u"),
            half if half.is_half() => widened(&format!("s{k}"), *half),
            _ => format!("s{k}"),
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
        let dtype_of = |o: &Operand| group.steps.dtype_of(o);
        // As on the CPU.
        let number_dtype = group.steps.number_dtype(step);
        let dtype = working_dtype(step.operands.last().and_then(dtype_of).unwrap_or(number_dtype));
        let on_bools = takes_bools(expression);
        let mut names: SmallVec<[String; 3]> = SmallVec::new();
        for operand in &step.operands {
            let name = match *operand {
                Operand::Input(k) => format!("x{k}"),
                Operand::Step(k) => format!("t{k}"),
                Operand::Number(_) => {
                    let first = taken;
                    taken += words_of(number_dtype);
                    load_param(first, number_dtype)
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
        let text = match expression {
            "convert(x)" => convert(&names[0], dtype, working_dtype(step.dtype)),
            _ => {
                let text = substitute(&over(expression, dtype, step.routine)?, &names);
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
        let text = if step.dtype.is_half() {
            // Every result is rounded to its dtype, whether it is stored or not.
            line(
                &mut body,
                &format!("let b{j}: u32 = {}_of_f32({text});", short(step.dtype)),
            );
            widened(&format!("b{j}"), step.dtype)
        } else {
            text
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
                passed(group.steps.steps[0].routine.name, *dtype)?
            ))
        })
        .collect::<Result<_>>()?;
    let mut fields = Vec::new();
    let mut results = Vec::new();
    for (j, &step) in group.steps.outputs.iter().enumerate() {
        let stored = &group.steps.steps[step];
        let dtype = stored.dtype;
        fields.push(format!("y{j}: {}", passed(stored.routine.name, dtype)?));
        results.push(match dtype {
            DType::Bool => format!("select(0u, 1u, t{step})"),
            half if half.is_half() => format!("b{step}"),
            _ => format!("t{step}"),
        });
    }
    let text = format!(
        "struct Results_{name} {{\n    {}\n}}\nfn compute_{name}({}) -> Results_{name} {{\n{body}    return Results_{name}({});\n}}\n",
        fields.join(",\n    "),
        arguments.join(", "),
        results.join(", ")
    );
    let params = numbers(group.steps, group.numbers).collect();
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
    ["isnan", "signbit", "ne_", "==", " < ", " <= ", " > ", " >= "]
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

/// The expression over operands of a dtype.
fn over(expression: &'static str, dtype: DType, routine: Routine) -> Result<String> {
    match dtype {
        DType::Bool => Ok(expression.replace("{T}", "u32")),
        DType::I64 => match over_int64(expression) {
            Some(text) => Ok(text.replace("{T}", "i64")),
            None => Err(Error::dtype(
                routine.name,
                dtype,
                "float32, int32, int16, int8, uint8 or bool on the GPU",
            )),
        },
        _ => Ok(expression.replace("{T}", value_type(dtype))),
    }
}

/// The words of the params that the numbers among the operands of steps take, in order.
pub fn numbers(steps: &Steps, numbers: &[Scalar]) -> impl Iterator<Item = u32> {
    steps.steps.iter().flat_map(move |step| {
        let dtype = steps.number_dtype(step);
        step.operands.iter().flat_map(move |operand| match *operand {
            Operand::Number(k) => words(numbers[k], dtype),
            _ => SmallVec::new(),
        })
    })
}

/// The same of two words: functions of shaders/prelude/int64.wgsl for operators, save those that vectors have.
fn over_int64(expression: &'static str) -> Option<&'static str> {
    Some(match expression {
        "x + y" => "add_i64(x, y)",
        "x - y" => "sub_i64(x, y)",
        "x * y" => "mul_i64(x, y)",
        "x * x" => "mul_i64(x, x)",
        "abs(x)" => "abs_i64(x)",
        "x == y" => "eq_i64(x, y)",
        "x < y" => "lt_i64(x, y)",
        "x <= y" => "le_i64(x, y)",
        "x > y" => "lt_i64(y, x)",
        "x >= y" => "le_i64(y, x)",
        "maximum_{T}(x, {T}(0))" => "maximum_i64(x, vec2<u32>())",
        "x" | "~x" | "x & y" | "x | y" | "x ^ y" | "select(z, y, x)" => expression,
        _ if expression.contains("{T}") => expression,
        _ => return None,
    })
}

/// How many words of the params a number takes.
fn words_of(dtype: DType) -> usize {
    if dtype == DType::I64 { 2 } else { 1 }
}

/// A number's bits in the params. Beside float16 and bfloat16 it is a float32.
pub fn words(value: Scalar, dtype: DType) -> SmallVec<[u32; 2]> {
    match dtype {
        DType::F32 | DType::F16 | DType::BF16 => smallvec![(value.as_f64() as f32).to_bits()],
        DType::Bool => smallvec![value.as_bool() as u32],
        DType::I64 => smallvec![value.as_i64() as u32, (value.as_i64() >> 32) as u32],
        _ => smallvec![value.as_i64() as u32],
    }
}

pub fn load_param(i: usize, dtype: DType) -> String {
    match dtype {
        DType::F32 | DType::F16 | DType::BF16 => format!("bitcast<f32>(param({i}u))"),
        DType::I8 | DType::I16 | DType::I32 => format!("bitcast<i32>(param({i}u))"),
        DType::Bool => format!("(param({i}u) != 0u)"),
        DType::I64 => format!("vec2<u32>(param({i}u), param({}u))", i + 1),
        _ => format!("param({i}u)"),
    }
}

/// How functions of shaders/prelude/halves.wgsl call a dtype.
fn short(half: DType) -> &'static str {
    if half == DType::F16 { "f16" } else { "bf16" }
}

/// The float32 of the bits of a float16 or bfloat16.
fn widened(bits: &str, half: DType) -> String {
    format!("f32_of_{}({bits})", short(half))
}

fn convert(x: &str, from: DType, to: DType) -> String {
    let zero = if value_type(from) == "i32" { "0" } else { "0u" };
    match (from, to) {
        (DType::I64, DType::I64) => return x.into(),
        (DType::I64, DType::F32) => return format!("f32_of_i64({x})"),
        (DType::I64, DType::Bool) => return format!("ne_i64({x}, vec2<u32>())"),
        // The low word has all that other integers keep.
        (DType::I64, _) => return convert(&format!("({x}).x"), DType::U8, to),
        (DType::F32, DType::I64) => return format!("i64_of_f32({x})"),
        (DType::Bool | DType::U8, DType::I64) => return format!("vec2<u32>({x}, 0u)"),
        (_, DType::I64) => return format!("i64_of_i32({x})"),
        _ => {}
    }
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
