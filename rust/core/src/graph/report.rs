//! What an error says of the node that it was met in.

use super::{Edge, Node, Operand};
use crate::error::{Error, Kind};
use crate::shape::{broadcast, show};
use smallvec::SmallVec;

impl Error {
    /// The same error, met when a recorded op ran: what the host's traceback cannot tell any more is added. One that an
    /// op before met tells its own.
    pub fn of_node(self, node: &Node) -> Error {
        if self.is_late() {
            return self;
        }
        let text = match self.kind() {
            Kind::Memory => match &node.outputs[..] {
                [] => self.text().to_string(),
                [first, rest @ ..] => {
                    let more = if rest.is_empty() {
                        String::new()
                    } else {
                        format!(" and {} more", rest.len())
                    };
                    let (shape, dtype) = (show(&first.shape), first.dtype);
                    let made = broadcast_behind(node).map_or(String::new(), |made| format!(" ({made})"));
                    format!(
                        "result of shape {shape} and dtype {dtype}{more}{made}: {}",
                        self.text()
                    )
                }
            },
            Kind::Index => {
                let shapes: Vec<String> = node
                    .inputs()
                    .iter()
                    .filter_map(Operand::edge)
                    .map(|e| show(&e.output().shape))
                    .collect();
                format!("{} (operands of shape {})", self.text(), shapes.join(" and "))
            }
            _ => self.text().to_string(),
        };
        let op = if self.op().is_empty() {
            node.op.name
        } else {
            self.op()
        };
        self.with(op, text, node.path, node.place).late()
    }
}

/// The broadcast that a result's size comes from, that of the node itself or of one it reads.
fn broadcast_behind(node: &Node) -> Option<String> {
    /// A chain longer than this has had its say.
    const FURTHEST: usize = 64;
    let shape = &node.outputs[0].shape;
    let edges_of = |node: &Node| -> SmallVec<[Edge; 3]> {
        (node.inputs().iter().filter_map(Operand::edge))
            .cloned()
            .collect()
    };
    let (mut name, mut edges) = (node.op.name, edges_of(node));
    for _ in 0..FURTHEST {
        if let Some(same) = edges.iter().find(|e| e.output().shape == *shape) {
            let maker = same.node.clone();
            (name, edges) = (maker.op.name, edges_of(&maker));
            continue;
        }
        let shapes: Vec<String> = edges.iter().map(|e| show(&e.output().shape)).collect();
        let grows = edges
            .iter()
            .all(|e| broadcast(&e.output().shape, shape).is_some_and(|s| s == *shape));
        return (grows && !shapes.is_empty())
            .then(|| format!("{name}: {} broadcast to {}", shapes.join(" and "), show(shape)));
    }
    None
}
