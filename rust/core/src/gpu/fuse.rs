//! Elementwise ops as WGSL text: a group of its own, or a slot of another program.
//!
//! A group becomes one function, `compute_*`, from the elements of its inputs to those of its outputs; what loads and
//! stores around it knows shapes, and that elements of 16 bits lie two to a word. Every op's result is a value of its own
//! (`t0`, `t1`, ..), named and rounded.

use super::expression::{function, line};
use super::{Binding, Buffer, GpuProgram, Limits, Pass, grid, kind};
use crate::dtype::{DType, Scalar};
use crate::error::{Error, Result};
use crate::shape::{Strides, contiguous_strides, numel};
use crate::work::{Meta, Steps};

/// Elementwise ops that feed each other, on inputs of these shapes.
pub struct Group<'a> {
    pub steps: &'a Steps,
    pub inputs: &'a [Meta],
    /// Of every output; inputs broadcast to it.
    pub shape: &'a [usize],
    /// Never part of the text: numbers are words of the params.
    pub numbers: &'a [Scalar],
    /// Where the elements of each input lie; `None`, and what is not listed, is row-major from the start of its buffer.
    pub layouts: &'a [Option<Layout>],
    /// Pairs (output, input): the output is written over the input, which has its shape, dtype and layout.
    pub aliases: &'a [(usize, usize)],
}

/// Element (c0, c1, ..) lies at offset + sum c_d strides_d.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub strides: Strides,
    pub offset: isize,
}

impl Group<'_> {
    fn op(&self) -> &'static str {
        self.steps.steps[0].routine.name
    }
    /// Step and dtype of each output.
    fn outputs(&self) -> impl Iterator<Item = (usize, DType)> {
        self.steps.outputs.iter().map(|&s| (s, self.steps.steps[s].dtype))
    }
    fn layout(&self, k: usize) -> Option<&Layout> {
        self.layouts.get(k).and_then(Option::as_ref)
    }
    /// Whether element `i` of the result reads element `i` of this input.
    fn is_whole(&self, k: usize) -> bool {
        *self.inputs[k].0 == *self.shape && self.layout(k).is_none()
    }
    /// The name of an input's buffer.
    fn name(&self, k: usize) -> String {
        let alias = self.aliases.iter().find(|(_, input)| *input == k);
        alias.map_or(format!("in{k}"), |(output, _)| format!("out{output}"))
    }
}

/// Where element `i` of `shape` lies in an input, as WGSL over coordinates `c0`, `c1`, ..; strides go to the params.
/// Sums wrap, so that negative strides need nothing special.
fn offset(shape: &[usize], input: &[usize], layout: Option<&Layout>, params: &mut Vec<u32>) -> String {
    if input == shape && layout.is_none() {
        return "i".into();
    }
    let lead = shape.len() - input.len();
    let strides = layout.map_or_else(|| contiguous_strides(input), |l| l.strides.clone());
    let mut terms: Vec<String> = (0..input.len())
        .filter(|&d| input[d] != 1 && strides[d] != 0)
        .map(|d| {
            params.push(strides[d] as u32);
            format!("c{} * param({}u)", d + lead, params.len() - 1)
        })
        .collect();
    if layout.is_some() {
        terms.push(start(layout, params));
    }
    if terms.is_empty() {
        "0u".into()
    } else {
        terms.join(" + ")
    }
}

/// Where the elements of an input begin.
fn start(layout: Option<&Layout>, params: &mut Vec<u32>) -> String {
    match layout {
        None => "0u".into(),
        Some(layout) => {
            params.push(layout.offset as u32);
            format!("param({}u)", params.len() - 1)
        }
    }
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

/// A function of WGSL that reads element `i` of an array of a shape, which lies anyhow in a binding; what depends on extents
/// goes to the params.
pub fn reader(
    function: &str,
    (binding, kind): (&str, &str),
    shape: &[usize],
    layout: Option<&Layout>,
    params: &mut Vec<u32>,
) -> String {
    let mut body = match layout {
        None => String::new(),
        Some(_) => coordinates(shape, params),
    };
    let place = offset(shape, shape, layout, params);
    line(&mut body, &format!("return {binding}[{place}];"));
    format!("fn {function}(i: u32) -> {kind} {{\n{body}}}\n")
}

/// Loads of inputs `k` from bindings named `name(k)`, and the coordinates that they need.
pub(super) fn loads(
    inputs: &[Meta],
    layouts: &[Option<Layout>],
    shape: &[usize],
    params: &mut Vec<u32>,
    name: impl Fn(usize) -> String,
) -> (String, Vec<String>) {
    let layout = |k: usize| layouts.get(k).and_then(Option::as_ref);
    let broadcasts = (inputs.iter().enumerate())
        .any(|(k, (s, _))| numel(s) != 1 && (**s != *shape || layout(k).is_some()));
    let mut prelude = if broadcasts {
        coordinates(shape, params)
    } else {
        String::new()
    };
    let values = (inputs.iter().enumerate())
        .map(|(k, (s, dtype))| {
            let place = offset(shape, s, layout(k), params);
            if dtype.is_half() {
                line(&mut prelude, &format!("let p{k} = {place};"));
            }
            element_at(&name(k), &place, k, *dtype)
        })
        .collect();
    (prelude, values)
}

/// Reads the element that lies at a place, which of two to a word is named `p{k}`.
fn element_at(buffer: &str, place: &str, k: usize, dtype: DType) -> String {
    if dtype.is_half() {
        format!("half_of({buffer}[p{k} >> 1u], p{k})")
    } else {
        format!("{buffer}[{place}]")
    }
}

/// How elements lie in the buffers of a group: words of one, or of two.
fn stored(op: &'static str, dtype: DType) -> Result<&'static str> {
    if dtype.is_half() {
        Ok("u32")
    } else {
        kind(op, dtype)
    }
}

/// The same by four.
fn by_fours(op: &'static str, dtype: DType) -> Result<&'static str> {
    Ok(match stored(op, dtype)? {
        _ if dtype.is_half() => "vec2<u32>",
        "i32" => "vec4<i32>",
        "u32" => "vec4<u32>",
        _ => "vec4<f32>",
    })
}

/// One of four elements that were read together.
fn lane_of(four: &str, lane: usize, dtype: DType) -> String {
    let part = ["x", "y", "z", "w"][if dtype.is_half() { lane / 2 } else { lane }];
    if dtype.is_half() {
        format!("half_of({four}.{part}, {}u)", lane % 2)
    } else {
        format!("{four}.{part}")
    }
}

/// Output `j` of these results, as one value of the kind.
fn together(results: &[&str], j: usize, kind: &str, dtype: DType) -> String {
    let words: Vec<String> = if dtype.is_half() {
        (results.chunks(2))
            .map(|pair| format!("{}.y{j} | ({}.y{j} << 16u)", pair[0], pair[1]))
            .collect()
    } else {
        results.iter().map(|r| format!("{r}.y{j}")).collect()
    };
    format!("{kind}({})", words.join(", "))
}

/// The group as a program of its own. A thread computes four neighbouring elements where every input is either as large
/// as the output or one number, and all fit a word; else two where an output has two to a word; else one.
pub fn fuse(group: &Group) -> Result<GpuProgram> {
    let limits = Limits::default();
    let op = group.op();
    let by_four = (group.inputs.iter().enumerate())
        .all(|(k, (s, dtype))| (group.is_whole(k) || numel(s) == 1) && *dtype != DType::I64)
        && group.outputs().all(|(_, dtype)| dtype != DType::I64);
    let by_two = !by_four && group.outputs().any(|(_, dtype)| dtype.is_half());
    let n = numel(group.shape);
    let count = match (by_four, by_two) {
        (true, _) => n.div_ceil(4),
        (_, true) => n.div_ceil(2),
        _ => n,
    };
    let mut params = vec![count as u32];
    let mut bindings = Vec::new();
    for (k, (shape, dtype)) in group.inputs.iter().enumerate() {
        if group.aliases.iter().any(|(_, input)| *input == k) {
            continue;
        }
        let whole = by_four && group.is_whole(k) && numel(shape) != 1;
        let kind = if whole {
            by_fours(op, *dtype)?
        } else {
            stored(op, *dtype)?
        };
        bindings.push(Binding::read(&format!("in{k}"), Buffer::Input(k), kind));
    }
    for (j, (_, dtype)) in group.outputs().enumerate() {
        let kind = if by_four {
            by_fours(op, dtype)?
        } else {
            stored(op, dtype)?
        };
        bindings.push(Binding::write(&format!("out{j}"), Buffer::Output(j), kind));
    }
    within_limit(op, &bindings, &limits)?;
    let mut element = String::new();
    // What goes before it.
    let mut before = String::new();
    if by_four {
        // One number for all elements lies anywhere in its buffer.
        let places: Vec<Option<String>> = (group.inputs.iter().enumerate())
            .map(|(k, (s, _))| {
                let one = numel(s) == 1 && !group.aliases.iter().any(|(_, input)| *input == k);
                one.then(|| start(group.layout(k), &mut params))
            })
            .collect();
        for (k, place) in places.iter().enumerate() {
            if let (Some(place), true) = (place, group.inputs[k].1.is_half()) {
                line(&mut element, &format!("let p{k} = {place};"));
            }
        }
        let lanes = ["x", "y", "z", "w"];
        for (at, lane) in lanes.iter().enumerate() {
            let values: Vec<String> = (places.iter().zip(group.inputs).enumerate())
                .map(|(k, (place, (_, dtype)))| match place {
                    Some(place) => element_at(&group.name(k), place, k, *dtype),
                    None => lane_of(&format!("{}[i]", group.name(k)), at, *dtype),
                })
                .collect();
            line(
                &mut element,
                &format!("let {lane} = compute_element({});", values.join(", ")),
            );
        }
        for (j, (_, dtype)) in group.outputs().enumerate() {
            let value = together(&lanes, j, by_fours(op, dtype)?, dtype);
            line(&mut element, &format!("out{j}[i] = {value};"));
        }
    } else {
        let (prelude, values) = loads(group.inputs, group.layouts, group.shape, &mut params, |k| {
            group.name(k)
        });
        let computed = format!("compute_element({})", values.join(", "));
        if by_two {
            before =
                format!("fn results_at(i: u32) -> Results_element {{\n{prelude}    return {computed};\n}}\n");
            params.push(n.saturating_sub(1) as u32);
            let last = params.len() - 1;
            line(&mut element, "let first = 2u * i;");
            line(
                &mut element,
                &format!("let second = min(first + 1u, param({last}u));"),
            );
            line(&mut element, "let x = results_at(first);");
            line(&mut element, "let y = results_at(second);");
        } else {
            element.push_str(&prelude);
            line(&mut element, &format!("let results = {computed};"));
        }
        for (j, (_, dtype)) in group.outputs().enumerate() {
            if dtype.is_half() {
                let word = together(&["x", "y"], j, "u32", dtype);
                line(&mut element, &format!("out{j}[i] = {word};"));
            } else if by_two {
                line(&mut element, &format!("out{j}[first] = x.y{j};"));
                line(&mut element, &format!("out{j}[second] = y.y{j};"));
            } else {
                line(&mut element, &format!("out{j}[i] = results.y{j};"));
            }
        }
    }
    let compute = function("element", group, params.len())?;
    params.extend(compute.params);
    let text = format!("{}{before}fn element(i: u32) {{\n{element}}}\n", compute.text);
    let outputs = group
        .outputs()
        .map(|(_, dtype)| (group.shape.into(), dtype))
        .collect();
    Ok(GpuProgram {
        passes: vec![Pass {
            template: "elementwise/elementwise.wgsl",
            entry: "main",
            defines: vec![("WORKGROUP", limits.workgroup_size.to_string())],
            bindings,
            params,
            slots: vec![("element", text)],
            grid: grid(count.div_ceil(limits.workgroup_size as usize), &limits),
        }],
        aliases: group.aliases.to_vec(),
        inputs: group.inputs.len(),
        outputs,
        ..GpuProgram::default()
    })
}

/// Splices a group into a slot of `program`. The group's input 0 is the value on its way; the others are read beside
/// it and become the program's last inputs. Output `onward`, float32 as the value, goes on in its place to output 0 of the
/// program, or the value itself does; the other outputs, of which each element has words of its own, become the program's
/// last ones.
pub fn fuse_into(program: &mut GpuProgram, slot: &str, group: &Group, onward: Option<usize>) -> Result<()> {
    let op = group.op();
    let limits = Limits::default();
    let mut found = false;
    for pass in &mut program.passes {
        let Some(text) = pass.slots.iter_mut().find(|(name, _)| *name == slot) else {
            continue;
        };
        found = true;
        let extra = &group.inputs[1..];
        let own = pass.bindings.iter().find(|b| b.buffer == Buffer::Output(0));
        let own = own.map(|b| b.name.clone()).unwrap_or_default();
        let alias = |k: usize| group.aliases.iter().find(|(_, input)| *input == k + 1);
        let name = |k: usize| match alias(k) {
            None => format!("{slot}_{k}"),
            Some((j, _)) if Some(*j) == onward => own.clone(),
            Some((j, _)) => format!("{slot}_out{j}"),
        };
        let layouts = group.layouts.get(1..).unwrap_or_default();
        let (prelude, values) = loads(extra, layouts, group.shape, &mut pass.params, name);
        let compute = function(slot, group, pass.params.len())?;
        pass.params.extend(compute.params);
        let arguments: String = values.iter().map(|v| format!(", {v}")).collect();
        let mut body = prelude;
        line(&mut body, &format!("let results = compute_{slot}(x{arguments});"));
        for (j, _) in group.outputs().enumerate().filter(|(j, _)| Some(*j) != onward) {
            line(&mut body, &format!("{slot}_out{j}[i] = results.y{j};"));
        }
        let result = onward.map_or("x".to_string(), |j| format!("results.y{j}"));
        line(&mut body, &format!("return {result};"));
        text.1 = format!("{}fn {slot}(i: u32, x: f32) -> f32 {{\n{body}}}\n", compute.text);
        for (k, (_, dtype)) in extra.iter().enumerate().filter(|(k, _)| alias(*k).is_none()) {
            pass.bindings.push(Binding::read(
                &name(k),
                Buffer::Input(program.inputs + k),
                stored(op, *dtype)?,
            ));
        }
        let beside = group.outputs().enumerate().filter(|(j, _)| Some(*j) != onward);
        for (k, (j, (_, dtype))) in beside.enumerate() {
            pass.bindings.push(Binding::write(
                &format!("{slot}_out{j}"),
                Buffer::Output(program.outputs.len() + k),
                kind(op, dtype)?,
            ));
        }
        within_limit(op, &pass.bindings, &limits)?;
    }
    if !found {
        return Err(Error::value(op, format!("the program has no slot named {slot}")));
    }
    let beside: Vec<usize> = (0..group.steps.outputs.len())
        .filter(|j| Some(*j) != onward)
        .collect();
    for &(j, k) in group.aliases {
        let place = beside.iter().position(|o| *o == j);
        let output = place.map_or(0, |at| program.outputs.len() + at);
        program.aliases.push((output, program.inputs + k - 1));
    }
    program.inputs += group.inputs.len() - 1;
    let metas: Vec<Meta> = group.outputs().map(|(_, d)| (group.shape.into(), d)).collect();
    program.outputs.extend(beside.iter().map(|&j| metas[j].clone()));
    Ok(())
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

    use crate::ops::elementwise::{arithmetic, exponential};
    use crate::work::{Operand, Step};
    use smallvec::smallvec;

    #[test]
    fn numbers_and_extents_are_no_part_of_the_text() {
        let text = |shape: &[usize], number: f64| {
            let steps = Steps {
                inputs: smallvec![DType::F32],
                steps: vec![
                    Step {
                        routine: arithmetic::mul::OP.routine(),
                        operands: smallvec![Operand::Input(0), Operand::Number(0)],
                        dtype: DType::F32,
                    },
                    Step {
                        routine: exponential::exp::OP.routine(),
                        operands: smallvec![Operand::Step(0)],
                        dtype: DType::F32,
                    },
                ],
                outputs: smallvec![1],
                numbers: 1,
            };
            let program = fuse(&Group {
                steps: &steps,
                inputs: &[(shape[..1].into(), DType::F32)],
                shape,
                numbers: &[Scalar::F64(number)],
                layouts: &[],
                aliases: &[],
            })
            .unwrap();
            program.passes[0].slots[0].1.clone()
        };
        assert_eq!(text(&[3, 3], 2.0), text(&[5, 5], 7.0));
        assert_ne!(text(&[3, 3], 2.0), text(&[3], 2.0));
    }
}
