//! Reverse mode: nodes in descending order of recording, cotangents added up where paths meet.

use crate::cell::Cell;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Arg, Edge, History, Key, Node, Operand, Reads, Tensor};
use crate::mode;
use crate::op::{Call, Form, Vjp};
use crate::ops::create;
use crate::ops::elementwise::arithmetic::add;
use crate::ops::elementwise::sum_to;
use crate::ops::graph::cast;
use crate::ops::shape::view;
use crate::transform::slices::Cotangent;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a walk is for.
pub struct Request<'a> {
    pub outputs: &'a [Tensor],
    /// `None` is a cotangent of ones, for results with one element.
    pub cotangents: &'a [Option<Tensor>],
    /// Gradients that the caller wants returned.
    pub wanted: &'a [Wanted],
    /// Whether leaves that the walk reaches get their gradients as well.
    pub leaves: bool,
    pub retain_graph: bool,
    pub create_graph: bool,
    /// Nodes before this one end the walk: their gradients may be wanted, and nobody asks what they come from.
    pub first: u64,
    /// A functional transform: follows nodes that were recorded for it although nothing requires a gradient.
    pub transform: bool,
}

/// By what a wanted gradient is recognised.
#[derive(Clone)]
pub enum Wanted {
    Node(Tensor),
    /// A leaf: any node that was its value.
    Leaf(Arc<Cell>),
}

#[derive(Default)]
pub struct Gradients {
    pub wanted: Vec<Option<Tensor>>,
    /// Leaves and retaining cells, in the order in which the walk finished them.
    pub cells: Vec<(Arc<Cell>, Tensor)>,
}

pub fn walk(request: &Request) -> Result<Gradients> {
    mode::with_grad(request.create_graph, || Walk::new(request).run())
}

struct Walk<'a> {
    request: &'a Request<'a>,
    /// Nodes with a cotangent, by position.
    queue: BTreeMap<u64, Arc<Node>>,
    cotangents: FxHashMap<Key, Cotangent>,
    wanted: FxHashMap<Key, usize>,
    wanted_leaves: FxHashMap<usize, usize>,
    /// Nothing older can depend on what is wanted, unless leaves are.
    oldest: u64,
    /// Nodes that depend on what a transform asks for.
    dependent: Option<FxHashSet<usize>>,
    gradients: Gradients,
}

impl<'a> Walk<'a> {
    fn new(request: &'a Request<'a>) -> Walk<'a> {
        let mut nodes: Vec<Tensor> = Vec::new();
        let mut wanted = FxHashMap::default();
        let mut wanted_leaves = FxHashMap::default();
        for (i, w) in request.wanted.iter().enumerate() {
            match w {
                Wanted::Node(t) => {
                    wanted.insert(t.edge().key(), i);
                    nodes.push(t.clone());
                }
                Wanted::Leaf(cell) => {
                    wanted_leaves.insert(Arc::as_ptr(cell) as usize, i);
                }
            }
        }
        let unbounded = request.leaves || !wanted_leaves.is_empty();
        let oldest = if unbounded {
            0
        } else {
            nodes.iter().map(|t| t.node().seq).min().unwrap_or(0)
        };
        let dependent = request.transform.then(|| dependent(&nodes, request.outputs));
        let gradients = Gradients {
            wanted: vec![None; request.wanted.len()],
            cells: Vec::new(),
        };
        Walk {
            request,
            queue: BTreeMap::new(),
            cotangents: FxHashMap::default(),
            wanted,
            wanted_leaves,
            oldest,
            dependent,
            gradients,
        }
    }

    fn run(mut self) -> Result<Gradients> {
        for (y, g) in self.request.outputs.iter().zip(self.request.cotangents) {
            let g = match g {
                Some(g) => {
                    if g.shape() != y.shape() {
                        let text = format!(
                            "grad_outputs has shape {}, the output has {}. They must be equal",
                            crate::shape::show(g.shape()),
                            crate::shape::show(y.shape())
                        );
                        return Err(Error::shape("backward", text));
                    }
                    cast::cast(g, y.dtype())?
                }
                None if y.numel() == 1 => create::ones_like(y)?,
                None => {
                    let text = format!(
                        "the output has shape {} and no gradient was given. Reduce it to one number (sum, mean) or pass gradient=",
                        crate::shape::show(y.shape())
                    );
                    return Err(Error::gradient("backward", text));
                }
            };
            self.add(y.edge(), Cotangent::Whole(g))?;
        }
        while let Some((_, node)) = self.queue.pop_last() {
            self.visit(&node)?;
        }
        Ok(self.gradients)
    }

    fn add(&mut self, edge: &Edge, g: Cotangent) -> Result<()> {
        if edge.node.seq < self.oldest {
            return Ok(());
        }
        let sum = match self.cotangents.remove(&edge.key()) {
            Some(old) => old.plus(g)?,
            None => g,
        };
        self.cotangents.insert(edge.key(), sum);
        self.queue.insert(edge.node.seq, edge.node.clone());
        Ok(())
    }

    fn visit(&mut self, node: &Arc<Node>) -> Result<()> {
        let mut cotangents: SmallVec<[Option<Tensor>; 1]> = (0..node.outputs.len())
            .map(|i| {
                let found = self.cotangents.remove(&(Arc::as_ptr(node) as usize, i as u32));
                found.map(Cotangent::into_tensor).transpose()
            })
            .collect::<Result<_>>()?;
        for hook in node.hooks() {
            if let Some(g) = cotangents[0].as_ref()
                && let Some(replaced) = hook(g)?
            {
                cotangents[0] = Some(replaced);
            }
        }
        for (i, g) in cotangents.iter().enumerate() {
            if let (Some(&at), Some(g)) = (self.wanted.get(&(Arc::as_ptr(node) as usize, i as u32)), g) {
                self.gradients.wanted[at] = Some(g.clone());
            }
        }
        if let (Some(cell), Some(g)) = (node.retain(), &cotangents[0])
            && self.request.leaves
        {
            self.gradients.cells.push((cell, g.clone()));
        }
        if node.seq < self.request.first {
            return Ok(());
        }
        if node.is_leaf() {
            if let (Some(cell), Some(g)) = (node.leaf(), &cotangents[0]) {
                let g = cell.run_hooks(g.clone())?;
                if let Some(&at) = self.wanted_leaves.get(&(Arc::as_ptr(&cell) as usize)) {
                    let sum = self.gradients.wanted[at]
                        .take()
                        .map_or_else(|| Ok(g.clone()), |old| add(&old, &g))?;
                    self.gradients.wanted[at] = Some(sum);
                }
                if self.request.leaves {
                    self.gradients.cells.push((cell, g));
                }
            }
            if !self.request.transform {
                return Ok(());
            }
        }
        let (history, operands) = {
            let state = node.state();
            (state.history.clone(), state.inputs.clone())
        };
        let reads = match history {
            History::None => return Ok(()),
            History::Ended { .. } => return Err(Error::history_ended(node.op.name).at_path(node.path)),
            History::Live(reads) => reads,
        };
        if self.request.transform && !node.grad_mode {
            return Ok(());
        }
        let inputs: SmallVec<[Arg; 3]> = operands.iter().map(Arg::from).collect();
        let needs: SmallVec<[bool; 4]> = (inputs.iter())
            .map(|a| {
                a.tensor().is_some_and(|t| {
                    t.dtype().is_float()
                        && match &self.dependent {
                            Some(nodes) => nodes.contains(&(Arc::as_ptr(t.node()) as usize)),
                            None => t.node().seq >= self.oldest && t.requires_grad(),
                        }
                })
            })
            .collect();
        if needs.contains(&true) {
            let outputs: SmallVec<[Tensor; 1]> = (0..node.outputs.len())
                .map(|i| Tensor::new(node.clone(), i as u32))
                .collect();
            let call = Call {
                op: node.op,
                attrs: &node.attrs,
                data: &node.data,
                inputs: &inputs,
                outputs: &outputs,
            };
            let results = mode::in_backward_of(node.path, || -> Result<_> {
                Ok(match node.custom() {
                    Some(custom) => whole(custom.vjp(&outputs, &cotangents, &needs)?),
                    None if std::ptr::eq(node.op, &view::SLICE) => {
                        let g = cotangents[0].take();
                        smallvec![g.map(|g| Cotangent::of_slice(&call, g))]
                    }
                    None => whole(
                        rule(&call, &cotangents, &needs, Some(&reads))
                            .map_err(|e| e.at_path(node.path).in_derivative_of(node.op.name))?,
                    ),
                })
            })?;
            for ((operand, g), needed) in operands.iter().zip(results).zip(&needs) {
                if let (Operand::Edge(edge), Some(g), true) = (operand, g, *needed) {
                    debug_assert!(g.has_shape(&edge.output().shape));
                    self.add(edge, g)?;
                }
            }
        }
        if !self.request.retain_graph {
            node.end_history();
        }
        Ok(())
    }
}

fn whole(results: SmallVec<[Option<Tensor>; 3]>) -> SmallVec<[Option<Cotangent>; 3]> {
    results.into_iter().map(|g| g.map(Cotangent::Whole)).collect()
}

/// Nodes from which `wanted` can be reached, `wanted` included.
fn dependent(wanted: &[Tensor], outputs: &[Tensor]) -> FxHashSet<usize> {
    let id = |n: &Arc<Node>| Arc::as_ptr(n) as usize;
    let mut found: FxHashSet<usize> = wanted.iter().map(|t| id(t.node())).collect();
    for node in super::jvp::between(wanted, outputs) {
        if node
            .inputs()
            .iter()
            .filter_map(Operand::edge)
            .any(|e| found.contains(&id(&e.node)))
        {
            found.insert(id(&node));
        }
    }
    found
}

/// Cotangents of the inputs of one call, which keeps the values in `reads` (all, if there is nothing to tell).
pub fn rule(
    c: &Call,
    cotangents: &[Option<Tensor>],
    needs: &[bool],
    reads: Option<&Reads>,
) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    mode::on(c.device(), || rule_there(c, cotangents, needs, reads))
}

/// New tensors are made on the device of the call.
fn rule_there(
    c: &Call,
    cotangents: &[Option<Tensor>],
    needs: &[bool],
    reads: Option<&Reads>,
) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    match c.op.vjp {
        Vjp::Constant => Ok(smallvec![None; c.inputs.len()]),
        Vjp::Never(why) => Err(Error::never(c.op.name, "derivative", why)),
        Vjp::Rule(rule) => rule(c, cotangents, needs),
        Vjp::Elementwise(derivative) => {
            let Some(g) = &cotangents[0] else {
                return Ok(smallvec![None; c.inputs.len()]);
            };
            (c.inputs.iter().zip(needs).enumerate())
                .map(|(i, (input, &needed))| match input {
                    Arg::Tensor(x) if needed => {
                        let slope = sum_to(&elementwise(c, derivative, i, g, reads)?, x.shape())?;
                        cast::cast(&slope, x.dtype()).map(Some)
                    }
                    _ => Ok(None),
                })
                .collect()
        }
        Vjp::Step => (c.inputs.iter().zip(needs))
            .map(|(input, &needed)| match input {
                Arg::Tensor(x) if needed => create::zeros_like(x).map(Some),
                _ => Ok(None),
            })
            .collect(),
        Vjp::Plain(form) => plain(c, form, cotangents, needs),
    }
}

/// `t` times the derivative of an elementwise op by input `i`, in float32 where that of the op is half precision: a
/// derivative takes several ops, and squares leave the range of float16 long before it does.
pub fn elementwise(
    c: &Call,
    derivative: fn(&Call, usize, &Tensor) -> Result<Tensor>,
    i: usize,
    t: &Tensor,
    reads: Option<&Reads>,
) -> Result<Tensor> {
    if !t.dtype().is_half() || std::ptr::eq(c.op, &cast::OP) {
        return derivative(c, i, t);
    }
    // What is not kept cannot be cast.
    let wide = |t: &Tensor, kept: bool| match kept && t.dtype().is_half() {
        true => cast::cast(t, DType::F32),
        false => Ok(t.clone()),
    };
    let inputs = (c.inputs.iter().enumerate())
        .map(|(k, a)| match a {
            Arg::Tensor(x) => wide(x, reads.is_none_or(|r| r.inputs[k])).map(Arg::Tensor),
            number => Ok(number.clone()),
        })
        .collect::<Result<SmallVec<[Arg; 3]>>>()?;
    let outputs = (c.outputs.iter().enumerate())
        .map(|(k, y)| wide(y, reads.is_none_or(|r| r.outputs[k])))
        .collect::<Result<SmallVec<[Tensor; 1]>>>()?;
    let call = Call {
        inputs: &inputs,
        outputs: &outputs,
        ..*c
    };
    derivative(&call, i, &wide(t, true)?)
}

/// Differentiates the plain form: it is recorded on aliases of the inputs and walked back at once.
pub fn plain(
    c: &Call,
    Form(form): Form,
    cotangents: &[Option<Tensor>],
    needs: &[bool],
) -> Result<SmallVec<[Option<Tensor>; 3]>> {
    let (inputs, outputs) = mode::with_recording(mode::Recording::Reverse, || {
        mode::with_grad(true, || {
            let inputs = aliases(c.inputs)?;
            let call = Call {
                op: c.op,
                attrs: c.attrs,
                data: c.data,
                inputs: &inputs,
                outputs: &[],
            };
            Ok::<_, Error>((inputs.clone(), form(&call)?))
        })
    })?;
    let asked: Vec<usize> = (0..needs.len()).filter(|&i| needs[i]).collect();
    let wanted: Vec<Wanted> = asked
        .iter()
        .map(|&i| Wanted::Node(inputs[i].tensor().expect("only tensors need gradients").clone()))
        .collect();
    let with: Vec<(Tensor, Option<Tensor>)> = outputs
        .into_iter()
        .zip(cotangents)
        .filter(|(_, g)| g.is_some())
        .map(|(y, g)| (y, g.clone()))
        .collect();
    let (ys, gs): (Vec<_>, Vec<_>) = with.into_iter().unzip();
    let request = Request {
        outputs: &ys,
        cotangents: &gs,
        wanted: &wanted,
        leaves: false,
        retain_graph: true,
        create_graph: mode::grad_enabled(),
        first: 0,
        transform: true,
    };
    let found = walk(&request)?.wanted;
    let mut results: SmallVec<[Option<Tensor>; 3]> = smallvec![None; needs.len()];
    for (i, g) in asked.into_iter().zip(found) {
        results[i] = g;
    }
    Ok(results)
}

/// Fresh nodes for the inputs of a plain form, so that a walk can stop at them.
pub fn aliases(inputs: &[Arg]) -> Result<SmallVec<[Arg; 3]>> {
    inputs
        .iter()
        .map(|a| match a {
            Arg::Tensor(t) => crate::ops::graph::identity::alias(t).map(Arg::Tensor),
            scalar => Ok(scalar.clone()),
        })
        .collect()
}
