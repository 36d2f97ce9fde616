//! Sums of products in Einstein's notation, made of diagonals, sums, and batched matrix products.

use crate::error::{Error, Result};
use crate::function::{Effect, Function, Places};
use crate::graph::Tensor;
use crate::ops::elementwise::arithmetic::mul;
use crate::ops::graph::cast::cast;
use crate::ops::linalg::matmul::matmul;
use crate::ops::reduce;
use crate::ops::shape::diagonal::diagonal;
use crate::ops::shape::view::{move_dim, permute, reshape};
use crate::shape::{Shape, numel, show};
use smallvec::SmallVec;

pub static FUNCTIONS: &[Function] = &[Function {
    name: "einsum",
    signature: "(equation: str, *operands: Tensor | Sequence[Tensor]) -> Tensor",
    doc: "Sum of products over indices, in Einstein's notation: `\"bij,bjk->bik\"` is the batched matrix product. Each \
              operand has a letter for each of its dimensions; letters that the result lacks are summed over. A letter twice \
              in one operand takes the diagonal; `...` stands for dimensions that broadcast; without `->` the result has \
              the letters that occur once, in alphabetical order. Of several operands, those whose product is smallest are \
              multiplied first.\n\n\
              Raises ValueError for an equation that cannot be read, ShapeError for extents that differ.\n\n\
              >>> ravine.einsum(\"i,j->ij\", ravine.tensor([1, 2]), ravine.tensor([3, 4]))\n\
              tensor([[3, 4],\n        [6, 8]])\n",
    places: Places::TOP,
    effect: Effect::Pure,
    call: |a| a.widened(|a| Ok(einsum(a.text(0)?, a.several(1)?)?.into())),
}];

/// Letters, and places of `...` counted from its end: the last of them is 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Label {
    Dots(usize),
    Letter(char),
}
type Labels = SmallVec<[Label; 6]>;

/// A factor: every label once.
struct Term {
    value: Tensor,
    labels: Labels,
}

fn wrong(text: String) -> Error {
    Error::value("einsum", text)
}

/// Reads the labels of one operand, or of the result; `dots` dimensions are behind an ellipsis.
fn read(part: &str, dots: usize) -> Result<Labels> {
    let mut labels = Labels::new();
    let mut rest = part;
    let mut seen = false;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("...") {
            if seen {
                return Err(wrong(format!("'{part}' has two ellipses")));
            }
            seen = true;
            labels.extend((0..dots).rev().map(Label::Dots));
            rest = after;
            continue;
        }
        if !c.is_ascii_alphabetic() {
            return Err(wrong(format!(
                "'{c}' in '{part}' is neither a letter nor part of '...'"
            )));
        }
        labels.push(Label::Letter(c));
        rest = &rest[1..];
    }
    Ok(labels)
}

pub fn einsum(equation: &str, operands: &[Tensor]) -> Result<Tensor> {
    let text: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, output) = match text.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None => (&text[..], None),
    };
    let parts: Vec<&str> = inputs.split(',').collect();
    if parts.len() != operands.len() {
        let text = format!(
            "'{equation}' speaks of {} operands, {} are given",
            parts.len(),
            operands.len()
        );
        return Err(wrong(text));
    }
    let mut sizes: Vec<(Label, usize)> = Vec::new();
    let mut all: Vec<Labels> = Vec::new();
    let mut most_dots = 0;
    for (part, x) in parts.iter().zip(operands) {
        let letters = part.replace("...", "").chars().count();
        let dots = match x.rank().checked_sub(letters) {
            Some(0) => 0,
            Some(dots) if part.contains("...") => dots,
            _ => {
                let text = format!(
                    "'{part}' names {letters} dimensions, the operand of shape {} has {}. Name each with a letter, or write \
                     '...' for those that stay",
                    show(x.shape()),
                    x.rank()
                );
                return Err(Error::shape("einsum", text));
            }
        };
        most_dots = most_dots.max(if part.contains("...") { dots } else { 0 });
        let labels = read(part, dots)?;
        for (&label, &n) in labels.iter().zip(x.shape()) {
            match sizes.iter_mut().find(|(l, _)| *l == label) {
                None => sizes.push((label, n)),
                Some((_, size)) if *size == n || n == 1 => {}
                Some((_, size)) if *size == 1 => *size = n,
                Some((_, size)) => {
                    let index = match label {
                        Label::Letter(c) => format!("index '{c}'"),
                        Label::Dots(_) => "a dimension under '...'".to_string(),
                    };
                    let shapes: Vec<String> = operands.iter().map(|x| show(x.shape())).collect();
                    let text = format!(
                        "'{equation}': {index} has extent {size} and extent {n}, in operands of shape {}. It must be the same \
                         in all of them, or 1",
                        shapes.join(" and ")
                    );
                    return Err(Error::shape("einsum", text));
                }
            }
        }
        all.push(labels);
    }
    let wanted = match output {
        Some(part) => read(part, most_dots)?,
        None => {
            let mut once: Labels = (0..most_dots).rev().map(Label::Dots).collect();
            let count = |label: Label| all.iter().flatten().filter(|l| **l == label).count();
            let mut letters: Labels = (sizes.iter().map(|s| s.0))
                .filter(|&l| matches!(l, Label::Letter(_)) && count(l) == 1)
                .collect();
            letters.sort_unstable();
            once.extend(letters);
            once
        }
    };
    for (i, label) in wanted.iter().enumerate() {
        if let Label::Letter(c) = label {
            if !sizes.iter().any(|(l, _)| l == label) {
                return Err(wrong(format!(
                    "the result's index '{c}' is none of the operands'"
                )));
            }
            if wanted[..i].contains(label) {
                return Err(wrong(format!("the result has the index '{c}' twice")));
            }
        }
    }
    let size = |label: Label| sizes.iter().find(|(l, _)| *l == label).map_or(1, |s| s.1);
    let mut terms = (operands.iter().zip(all))
        .map(|(x, labels)| Term::new(x, labels, &size))
        .collect::<Result<Vec<Term>>>()?;
    // What only one factor has and the result lacks is summed at once.
    for i in 0..terms.len() {
        let elsewhere = labels_but(&terms, &wanted, i, i);
        let summed = terms[i].summed(&elsewhere)?;
        // Integers add up in int64, but factors have one dtype.
        let value = if operands.len() > 1 {
            cast(&summed.value, operands[i].dtype())?
        } else {
            summed.value
        };
        terms[i] = Term { value, ..summed };
    }
    while terms.len() > 1 {
        let (i, j) = cheapest(&terms, &wanted, &size);
        let elsewhere = labels_but(&terms, &wanted, i, j);
        let right = terms.remove(j);
        terms[i] = product(&terms[i], &right, &elsewhere)?;
    }
    let last = terms.pop().expect("there is an operand").summed(&wanted)?;
    arranged(&last, &wanted, &size)
}

impl Term {
    /// Diagonals for labels that come twice; extents of 1 that broadcast are dropped.
    fn new(x: &Tensor, labels: Labels, size: &impl Fn(Label) -> usize) -> Result<Term> {
        let (mut value, mut labels) = (x.clone(), labels);
        let mut d = 0;
        while d < labels.len() {
            if value.shape()[d] == 1 && (size(labels[d]) != 1 || labels[..d].contains(&labels[d])) {
                let mut shape = value.shape().clone();
                shape.remove(d);
                value = reshape(&value, &shape)?;
                labels.remove(d);
            } else if let Some(first) = labels[..d].iter().position(|l| *l == labels[d]) {
                // The diagonal comes last.
                value = diagonal(&value, 0, first, d)?;
                let label = labels.remove(d);
                labels.remove(first);
                labels.push(label);
                d -= 1;
            } else {
                d += 1;
            }
        }
        Ok(Term { value, labels })
    }

    /// Summed over what nobody else wants.
    fn summed(&self, keep: &Labels) -> Result<Term> {
        let dims: SmallVec<[usize; 4]> = (0..self.labels.len())
            .filter(|&d| !keep.contains(&self.labels[d]))
            .collect();
        let value = if dims.is_empty() {
            self.value.clone()
        } else {
            reduce::sum(&self.value, &dims, false)?
        };
        let labels = self.labels.iter().copied().filter(|l| keep.contains(l)).collect();
        Ok(Term { value, labels })
    }

    fn extent(&self, label: Label) -> Option<usize> {
        self.labels
            .iter()
            .position(|l| *l == label)
            .map(|d| self.value.shape()[d])
    }
}

/// Labels of the result and of all factors but two.
fn labels_but(terms: &[Term], wanted: &Labels, i: usize, j: usize) -> Labels {
    let mut labels = wanted.clone();
    for (k, term) in terms.iter().enumerate() {
        if k != i && k != j {
            labels.extend(term.labels.iter().copied());
        }
    }
    labels
}

/// The two factors whose product has the fewest elements; the first two of equals.
fn cheapest(terms: &[Term], wanted: &Labels, size: &impl Fn(Label) -> usize) -> (usize, usize) {
    let mut best = (0, 1);
    let mut least = None;
    for i in 0..terms.len() {
        for j in i + 1..terms.len() {
            let elsewhere = labels_but(terms, wanted, i, j);
            let mut joint = terms[i].labels.clone();
            joint.extend(
                terms[j]
                    .labels
                    .iter()
                    .copied()
                    .filter(|l| !terms[i].labels.contains(l)),
            );
            let kept: Shape = joint
                .iter()
                .filter(|l| elsewhere.contains(l))
                .map(|&l| size(l))
                .collect();
            let elements = numel(&kept);
            if least.is_none_or(|least| elements < least) {
                (best, least) = ((i, j), Some(elements));
            }
        }
    }
    best
}

/// The product of two factors, summed over what they share and nobody else wants.
fn product(left: &Term, right: &Term, elsewhere: &Labels) -> Result<Term> {
    let shared = |l: &Label| right.labels.contains(l);
    let pick = |from: &Term, keep: &dyn Fn(&Label) -> bool| -> Labels {
        from.labels.iter().copied().filter(|l| keep(l)).collect()
    };
    let both = pick(left, &|l| shared(l) && elsewhere.contains(l));
    let gone = pick(left, &|l| shared(l) && !elsewhere.contains(l));
    let rows = pick(left, &|l| !shared(l));
    let columns = pick(right, &|l| !left.labels.contains(l));
    let extents = |from: &Term, labels: &Labels| -> Shape {
        labels
            .iter()
            .map(|&l| from.extent(l).expect("a label of this factor"))
            .collect()
    };
    let ordered = |from: &Term, parts: [&Labels; 3], shape: &[usize]| -> Result<Tensor> {
        let order: SmallVec<[usize; 4]> = (parts.iter().copied().flatten())
            .map(|l| {
                from.labels
                    .iter()
                    .position(|own| own == l)
                    .expect("a label of this factor")
            })
            .collect();
        reshape(&permute(&from.value, &order)?, shape)
    };
    let (lead, m, n) = (
        extents(left, &both),
        extents(left, &rows),
        extents(right, &columns),
    );
    let labels: Labels = both.iter().chain(&rows).chain(&columns).copied().collect();
    let shape_of =
        |a: &[usize], b: &[usize], c: &[usize]| -> Shape { a.iter().chain(b).chain(c).copied().collect() };
    let value = if gone.is_empty() {
        // Nothing is summed: elements are multiplied, and round as they would alone.
        let ones = Shape::from_elem(1, n.len());
        let a = ordered(left, [&both, &rows, &gone], &shape_of(&lead, &m, &ones))?;
        let ones = Shape::from_elem(1, m.len());
        let b = ordered(right, [&both, &columns, &gone], &shape_of(&lead, &ones, &n))?;
        mul(a, b)?
    } else {
        let (k, flat) = (extents(left, &gone), |s: &Shape| numel(s));
        let a = ordered(
            left,
            [&both, &rows, &gone],
            &shape_of(&lead, &[flat(&m)], &[flat(&k)]),
        )?;
        let b = ordered(
            right,
            [&both, &gone, &columns],
            &shape_of(&lead, &[flat(&k)], &[flat(&n)]),
        )?;
        reshape(&matmul(&a, &b)?, &shape_of(&lead, &m, &n))?
    };
    Ok(Term { value, labels })
}

/// The dimensions in the order of the result; what `...` brought to no operand has extent 1.
fn arranged(term: &Term, wanted: &Labels, size: &impl Fn(Label) -> usize) -> Result<Tensor> {
    let (mut value, mut labels) = (term.value.clone(), term.labels.clone());
    for (d, label) in wanted.iter().enumerate() {
        match labels.iter().position(|l| l == label) {
            Some(at) => {
                value = move_dim(&value, at, d)?;
                labels.remove(at);
            }
            None => {
                debug_assert_eq!(size(*label), 1);
                let mut shape = value.shape().clone();
                shape.insert(d, 1);
                value = reshape(&value, &shape)?;
            }
        }
        labels.insert(d, *label);
    }
    Ok(value)
}
