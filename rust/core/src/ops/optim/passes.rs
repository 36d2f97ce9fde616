//! Updates on the GPU: passes over as many tensors as there are buffers, the elements of all of them one behind the
//! other.

use crate::attributes::Listed;
use crate::cpu::optim::{Formula, Number};
use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass, need};
use crate::shape::numel;
use std::array::from_fn;
use std::cell::RefCell;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// An update as WGSL.
pub(super) struct Update {
    pub lists: usize,
    /// Whether one more input is a number, `operand[0]`.
    pub operand: bool,
    /// From `x0`, `x1`, .., an element of each list, to the `Element` of new ones.
    pub step: String,
    /// `number(k)` of the step.
    pub numbers: Vec<f32>,
}

impl Update {
    /// All lists but the gradients, list 1, are written where they lie.
    pub fn program(&self, c: &Context) -> Result<GpuProgram> {
        let filled = filled(c, Listed::from(c.attrs).length)?;
        let free = c.limits.storage_buffers as usize - self.operand as usize;
        Ok(GpuProgram {
            passes: (filled.chunks(free / self.lists))
                .map(|tensors| self.pass(c, tensors))
                .collect(),
            ..GpuProgram::default()
        })
    }

    fn pass(&self, c: &Context, tensors: &[usize]) -> Pass {
        let count = Listed::from(c.attrs).length;
        let mut bindings = Vec::new();
        for (k, i) in tensors.iter().enumerate() {
            for list in 0..self.lists {
                let name = format!("list{list}_{k}");
                bindings.push(match list {
                    0 => Binding::write(&name, Buffer::Output(*i), "f32"),
                    1 => Binding::read(&name, Buffer::Input(count + i), "f32"),
                    _ => Binding::write(&name, Buffer::Output((list - 1) * count + i), "f32"),
                });
            }
        }
        if self.operand {
            let last = Buffer::Input(c.inputs.len() - 1);
            bindings.push(Binding::read("operand", last, "f32"));
        }
        let each = |text: &dyn Fn(usize) -> String| (0..self.lists).map(text).collect::<String>();
        let step = format!(
            "struct Element {{\n{}}}\n\nfn step({}) -> Element {{\n{}}}\n",
            each(&|list| format!("    x{list}: f32,\n")),
            each(&|list| format!("x{list}: f32, ")),
            self.step
        );
        let moved = |k: usize| {
            let old = each(&|list| format!("list{list}_{k}[at], "));
            let new = each(&|list| match list {
                1 => String::new(),
                _ => format!("        list{list}_{k}[at] = y.x{list};\n"),
            });
            format!("        let y = step({old});\n{new}")
        };
        let update = format!("fn update(i: u32) {{\n{}}}\n", by_tensor(tensors.len(), 0, moved));
        let mut params = ends(c, tensors);
        let elements = params.last().map_or(0, |&end| end as usize);
        params.extend(self.numbers.iter().map(|x| x.to_bits()));
        let mut pass = c.over_elements("optim/update.wgsl", elements, bindings, params);
        pass.defines.push(("TENSORS", tensors.len().to_string()));
        pass.slots = vec![("step", step), ("update", update)];
        pass
    }
}

/// Which of the first `count` tensors have elements. All inputs must be float32.
pub(super) fn filled(c: &Context, count: usize) -> Result<Vec<usize>> {
    for i in 0..c.inputs.len() {
        need(c.op, c.dtype(i), DType::F32)?;
    }
    Ok((0..count).filter(|&i| numel(c.shape(i)) > 0).collect())
}

/// Where the elements of each tensor end.
pub(super) fn ends(c: &Context, tensors: &[usize]) -> Vec<u32> {
    let end = |end: &mut u32, &i: &usize| {
        *end += numel(c.shape(i)) as u32;
        Some(*end)
    };
    tensors.iter().scan(0, end).collect()
}

/// Statements for element `i` of `count` tensors, whose ends are params from `first` on: its tensor's own, for which it
/// lies `at` that place.
pub(super) fn by_tensor(count: usize, first: usize, statements: impl Fn(usize) -> String) -> String {
    let cases = (0..count).map(|k| {
        let end = first + k;
        let at = match k {
            0 => "i".into(),
            _ => format!("i - param({}u)", end - 1),
        };
        let inner = statements(k);
        format!("if (i < param({end}u)) {{\n        let at = {at};\n{inner}    }}")
    });
    match count {
        0 => String::new(),
        _ => format!("    {}\n", cases.collect::<Vec<_>>().join(" else ")),
    }
}

/// The program of a formula, which is written down by being run on names.
pub(super) fn program<F: Formula<L, C>, const L: usize, const C: usize>(c: &Context) -> Result<GpuProgram> {
    let (choices, numbers) = F::recorded(c.attrs, c.data);
    let lines = RefCell::default();
    let term = |name| Term { lines: &lines, name };
    let new = F::step(
        choices,
        &from_fn(|k| term(Name::Number(k))),
        from_fn(|list| term(Name::Element(list))),
    );
    let results = new.map(|y| y.name.to_string()).join(", ");
    let mut step = String::new();
    for (i, line) in lines.borrow().iter().enumerate() {
        step += &format!("    let {} = {line};\n", Name::Line(i));
    }
    let update = Update {
        lists: L,
        operand: false,
        step: step + &format!("    return Element({results});\n"),
        numbers: numbers.map(|x| x as f32).into(),
    };
    update.program(c)
}

/// A value by name. What is computed from it becomes a line of WGSL.
#[derive(Clone, Copy)]
struct Term<'a> {
    lines: &'a RefCell<Vec<String>>,
    name: Name,
}

#[derive(Clone, Copy)]
enum Name {
    /// Of a list.
    Element(usize),
    Number(usize),
    Line(usize),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Name::Element(list) => write!(f, "x{list}"),
            Name::Number(k) => write!(f, "number({k}u)"),
            Name::Line(i) => write!(f, "t{i}"),
        }
    }
}

impl Term<'_> {
    fn line(self, text: String) -> Self {
        let mut lines = self.lines.borrow_mut();
        lines.push(text);
        let name = Name::Line(lines.len() - 1);
        Term { name, ..self }
    }
    fn call(self, function: &str) -> Self {
        self.line(format!("{function}({})", self.name))
    }
}

macro_rules! written {
    ($($operator:ident $method:ident $sign:literal),*) => {$(
        impl $operator for Term<'_> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                self.line(format!("{} {} {}", self.name, $sign, other.name))
            }
        }
    )*};
}
written!(Add add "+", Sub sub "-", Mul mul "*", Div div "/");

impl Neg for Term<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.call("-")
    }
}

impl Number for Term<'_> {
    fn sqrt(self) -> Self {
        self.call("sqrt")
    }
    fn abs(self) -> Self {
        self.call("abs")
    }
    fn sign(self) -> Self {
        self.call("sign_f32")
    }
    fn larger(self, other: Self) -> Self {
        self.line(format!("maximum_f32({}, {})", self.name, other.name))
    }
}
