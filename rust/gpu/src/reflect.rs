//! What a user's text is, and what is wrong with it: the compiler looks at it before any GPU does.

use crate::pipelines;
use ravine_core::dtype::{DType, Scalar};
use ravine_core::error::{Error, Result};
use ravine_core::gpu::Limits;
use ravine_core::gpu::own::{Form, Parameter, Source};
use std::ops::Range;
use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};
use wgpu::naga::{
    AddressSpace, Function, Module, ScalarKind, ShaderStage, Span, TypeInner, VectorSize, front::wgsl,
};

/// Where errors are said to be before the kernel has a name.
const OP: &str = "kernel";
/// What a call may be given: which of it are numbers is told by bits.
const ARGUMENTS: usize = 32;
/// Names of functions that the library puts around a user's text.
const TAKEN: [&str; 2] = ["main", "element"];

/// The kernel of a text: its last function, or its entry. Without names of inputs and outputs it is a function of
/// elements.
pub fn reflect(
    text: &str,
    inputs: Vec<Parameter>,
    outputs: Vec<Parameter>,
    numbers: Vec<Parameter>,
) -> Result<Source> {
    let mut source = Source {
        name: OP,
        text: text.into(),
        form: Form::Entry([1; 3]),
        inputs,
        outputs,
        numbers,
    };
    let limits = Limits::default();
    let buffers = source.inputs.len() + source.outputs.len();
    let zeros = vec![Scalar::I64(0); source.numbers.len()];
    let pass = source.pass(&vec![&[1][..]; buffers], &zeros, 0, [0; 3], &limits)?;
    let module_text = pipelines::module(&pass, false);
    let place = Place {
        first: module_text.rfind(text).unwrap_or_default(),
        text,
    };
    let module = wgsl::parse_str(&module_text).map_err(|e| {
        let (span, label) = e.labels().next().unwrap_or((Span::UNDEFINED, ""));
        place.error(span, e.message(), label)
    })?;
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .map_err(|e| {
            // The innermost cause, at the smallest part of the text that it is about.
            let mut cause: &dyn std::error::Error = e.as_inner();
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            let own = e
                .spans()
                .map(|(span, _)| *span)
                .filter(|span| place.range(*span).is_some());
            let span = own.min_by_key(|span| span.to_range().map(|range| range.len()));
            place.error(span.unwrap_or_default(), &cause.to_string(), "")
        })?;
    let is_own = |span: Span| place.range(span).is_some();
    for (handle, variable) in module.global_variables.iter() {
        if variable.binding.is_some() && is_own(module.global_variables.get_span(handle)) {
            let text = format!(
                "declares the binding '{}'. Bindings are the library's: name tensors in inputs= and outputs=, and \
                 numbers in numbers=",
                variable.name.as_deref().unwrap_or_default()
            );
            return Err(Error::value(OP, text));
        }
    }
    let own = || {
        let spans = module
            .functions
            .iter()
            .map(|(h, f)| (module.functions.get_span(h), f));
        spans.filter(|(span, _)| is_own(*span))
    };
    if let [entry, others @ ..] = &module.entry_points[..] {
        if !others.is_empty() {
            return Err(Error::value(OP, "has several entries. Make a kernel of each"));
        }
        if entry.stage != ShaderStage::Compute || entry.workgroup_size_overrides.is_some() {
            let text = "its entry must be @compute, with a workgroup whose size is given in numbers";
            return Err(Error::value(OP, text));
        }
        source.name = entry.name.clone().leak();
        source.form = Form::Entry(entry.workgroup_size);
        check_workgroup(source.name, entry.workgroup_size, &limits)?;
    } else {
        let last = own().max_by_key(|(span, _)| span.to_range().map(|range| range.start));
        let Some((_, function)) = last else {
            return Err(Error::value(
                OP,
                "has neither a function nor an entry (@compute) in it",
            ));
        };
        source.name = function.name.clone().unwrap_or_default().leak();
        source.form = form(source.name, &module, function)?;
        if source.form == Form::Elements {
            let declared = buffers + source.numbers.len();
            take_parameters(&mut source, &module, function, declared)?;
        }
    }
    if let Some((_, f)) = own().find(|(_, f)| f.name.as_deref().is_some_and(|n| TAKEN.contains(&n)))
        && !matches!(source.form, Form::Entry(_))
    {
        let name = f.name.as_deref().unwrap_or_default();
        return Err(Error::value(
            OP,
            format!("the name '{name}' is taken. Give the function another"),
        ));
    }
    let shared = (module.global_variables.iter()).filter(|(_, v)| v.space == AddressSpace::WorkGroup);
    let bytes = |ty| {
        module.types[ty]
            .inner
            .try_size(module.to_ctx())
            .unwrap_or_default()
    };
    let shared: u64 = shared.map(|(_, v)| u64::from(bytes(v.ty))).sum();
    if shared > u64::from(limits.workgroup_bytes) {
        let text = format!(
            "has {shared} bytes of workgroup memory, and every GPU has {}. Make its arrays smaller",
            limits.workgroup_bytes
        );
        return Err(Error::value(source.name, text));
    }
    check_arguments(&source, &limits)?;
    Ok(source)
}

/// The user's text in a module.
struct Place<'a> {
    text: &'a str,
    /// Where it begins.
    first: usize,
}

impl Place<'_> {
    /// What the compiler marks, if that begins in the user's text.
    fn range(&self, span: Span) -> Option<Range<usize>> {
        let marked = span.to_range()?;
        let start = marked.start.checked_sub(self.first)?;
        let end = (marked.end - self.first).min(self.text.len());
        (start < self.text.len()).then_some(start..end)
    }

    /// The compiler's sentence, with the line of the user's text that it is about.
    fn error(&self, span: Span, message: &str, label: &str) -> Error {
        let mut text = message.trim().to_string();
        let label = label.trim();
        if !label.is_empty() && label != text {
            text = format!("{text} ({label})");
        }
        let Some(Range { start, end }) = self.range(span) else {
            return Error::value(OP, format!("does not compile: {text}"));
        };
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let number = before.matches('\n').count() + 1;
        let column = self
            .text
            .get(line_start..start)
            .unwrap_or_default()
            .chars()
            .count();
        let marked = self
            .text
            .get(start..end)
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default();
        let marks = "^".repeat(marked.chars().count().max(1));
        let text = format!(
            "line {number}: {text}\n    {line}\n    {}{marks}",
            " ".repeat(column)
        );
        Error::value(OP, text)
    }
}

fn form(name: &'static str, module: &Module, function: &Function) -> Result<Form> {
    if function.result.is_some() {
        return Ok(Form::Elements);
    }
    match &function.arguments[..] {
        [index] if element(module, index.ty) == Some(DType::U8) => Ok(Form::Each),
        _ => {
            let text = "the last function is the kernel: one of elements has a result, as in fn f(x: f32) -> f32; one \
                        that is called for each element of the output takes its number, fn f(i: u32)";
            Err(Error::value(name, text))
        }
    }
}

/// The dtype whose elements have a type in functions: uint8 stands for u32.
fn element(module: &Module, ty: wgpu::naga::Handle<wgpu::naga::Type>) -> Option<DType> {
    match module.types[ty].inner {
        TypeInner::Scalar(scalar) => match (scalar.kind, scalar.width) {
            (ScalarKind::Float, 4) => Some(DType::F32),
            (ScalarKind::Sint, 4) => Some(DType::I32),
            (ScalarKind::Uint, 4) => Some(DType::U8),
            (ScalarKind::Bool, _) => Some(DType::Bool),
            _ => None,
        },
        TypeInner::Vector { size, scalar } => {
            let is_pair = size == VectorSize::Bi && scalar.kind == ScalarKind::Uint && scalar.width == 4;
            is_pair.then_some(DType::I64)
        }
        _ => None,
    }
}

/// The inputs and the output of a function of elements are its own.
fn take_parameters(source: &mut Source, module: &Module, function: &Function, declared: usize) -> Result<()> {
    let name = source.name;
    if declared > 0 {
        let text = "has a result, so it is a function of elements, which names its inputs and its output itself. Leave \
                    inputs=, outputs= and numbers= out";
        return Err(Error::value(name, text));
    }
    let parameter = |what: &str, of: Option<String>, ty| {
        let dtype = element(module, ty).ok_or_else(|| {
            let text = format!("{what} must be f32, i32, u32, bool, or vec2<u32> for int64");
            Error::value(name, text)
        })?;
        Ok(Parameter {
            name: of.unwrap_or_default(),
            dtype,
        })
    };
    source.inputs = (function.arguments.iter())
        .map(|a| parameter("the parameters of a function of elements", a.name.clone(), a.ty))
        .collect::<Result<_>>()?;
    if let Some(result) = &function.result {
        source.outputs = vec![parameter(
            "the result of a function of elements",
            None,
            result.ty,
        )?];
    }
    Ok(())
}

fn check_workgroup(name: &'static str, size: [u32; 3], limits: &Limits) -> Result<()> {
    let invocations: u64 = size.iter().map(|&n| u64::from(n)).product();
    if invocations > u64::from(limits.workgroup_size) || size[2] > 64 {
        let text = format!(
            "a workgroup of {} x {} x {} is more than every GPU has: {} invocations in all, 64 of them along z",
            size[0], size[1], size[2], limits.workgroup_size
        );
        return Err(Error::value(name, text));
    }
    Ok(())
}

fn check_arguments(source: &Source, limits: &Limits) -> Result<()> {
    let (buffers, most) = (
        source.inputs.len() + source.outputs.len(),
        limits.storage_buffers as usize,
    );
    if source.inputs.is_empty() {
        return Err(Error::value(
            source.name,
            "has no input. Make tensors by ravine.zeros and its like",
        ));
    }
    if source.outputs.is_empty() {
        return Err(Error::value(source.name, "has no output. Name it in outputs="));
    }
    if source.arguments().count() > ARGUMENTS {
        let text = format!("takes more than {ARGUMENTS} arguments. Put numbers together in a tensor");
        return Err(Error::value(source.name, text));
    }
    if buffers > most {
        let text = format!(
            "has {buffers} inputs and outputs; every GPU has {most} buffers for them. Split the kernel"
        );
        return Err(Error::value(source.name, text));
    }
    Ok(())
}
