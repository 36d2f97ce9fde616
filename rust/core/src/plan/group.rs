//! Fusion: elementwise nodes of one shape that feed each other become the steps of one pass.
//!
//! A node may move only *into* a group that stands after all of its inputs, and a group behind draws that read nothing;
//! nothing else changes place. Nodes are pure, so moving a read forward crosses no write.

use super::segment::Segment;
use super::{Dies, Launch, Nodes, Plan, Slot, Work};
use crate::device::Device;
use crate::dtype::DType;
use crate::graph::Node;
use crate::op::Class;
use crate::work::{Code, Operand, Step, Steps};
use smallvec::SmallVec;

/// Instructions per group: longer chains gain nothing and need more registers than the first-level cache holds.
const MAX_NODES: usize = 48;
/// Arrays that one pass reads and writes.
const MAX_ARRAYS: usize = 24;
/// How many launches back a node looks for a group that reads the same input.
const LOOK_BACK: usize = 4;

pub struct Group {
    /// What the device made of the steps.
    pub code: Code,
    /// The steps, where plans are compared: each is large, and thousands of plans are remembered.
    steps: Option<Box<Steps>>,
    pub inputs: SmallVec<[Slot; 4]>,
    /// Node and operand of each constant.
    pub constants: Vec<(u32, u32)>,
    /// The values that are stored, and their dtypes.
    pub outputs: SmallVec<[(u32, DType); 2]>,
}

impl PartialEq for Group {
    /// The code follows from the steps.
    fn eq(&self, other: &Group) -> bool {
        self.inputs == other.inputs
            && self.outputs == other.outputs
            && self.constants == other.constants
            && self.steps == other.steps
    }
}

/// A launch in the making.
#[derive(Default)]
pub(super) struct Draft {
    pub nodes: Nodes,
    pub fused: bool,
    /// Distinct arrays from outside; only kept for groups.
    pub inputs: SmallVec<[Slot; 4]>,
    /// Groups in the slots of a kernel (see `splice`); their nodes are among `nodes`, before and behind the kernel's.
    pub load: Option<Box<Part>>,
    pub store: Option<Box<Part>>,
}

/// What was a fused draft.
pub(super) struct Part {
    pub nodes: Nodes,
    pub inputs: SmallVec<[Slot; 4]>,
}

pub fn plan(segment: &Segment) -> Plan {
    let mut drafts: Vec<Draft> = Vec::new();
    // The launch that computes each value.
    let mut home: Vec<u32> = vec![0; segment.values.len()];
    for (i, node) in segment.nodes.iter().enumerate() {
        let i = i as u32;
        let slots = || segment.operands[i as usize].iter().flatten().copied();
        let fused = node.op.is_fused();
        let joined = fused
            .then(|| {
                find_group(segment, &drafts, &home, node, slots)
                    .or_else(|| wait_for_draws(segment, &mut drafts, &mut home, node, slots))
            })
            .flatten();
        let at = joined.unwrap_or_else(|| {
            drafts.push(Draft {
                fused,
                ..Draft::default()
            });
            drafts.len() - 1
        });
        drafts[at].nodes.push(i);
        if fused {
            for slot in slots() {
                let inside = matches!(slot, Slot::Value(v) if home[v as usize] == at as u32);
                if !inside && !drafts[at].inputs.contains(&slot) {
                    drafts[at].inputs.push(slot);
                }
            }
        }
        segment.values_of(i).for_each(|v| home[v as usize] = at as u32);
    }
    let late = super::late::move_back(segment, &mut drafts, &mut home);
    let late = super::splice::splice(segment, &mut drafts, &mut home, late);
    finish(segment, drafts, &home, late)
}

/// The group that a node may move into: the one that computes its last input, or a later one that shares an input.
fn find_group<I: Iterator<Item = Slot>>(
    segment: &Segment,
    drafts: &[Draft],
    home: &[u32],
    node: &Node,
    slots: impl Fn() -> I,
) -> Option<usize> {
    let earliest = slots()
        .filter_map(|s| {
            if let Slot::Value(v) = s {
                Some(home[v as usize] as usize)
            } else {
                None
            }
        })
        .max();
    let fits = |at: usize| fits(segment, &drafts[at], node);
    if let Some(at) = earliest
        && fits(at)
    {
        return Some(at);
    }
    let from = earliest
        .map_or(0, |e| e + 1)
        .max(drafts.len().saturating_sub(LOOK_BACK));
    (from..drafts.len())
        .rev()
        .find(|&at| fits(at) && slots().any(|s| drafts[at].inputs.contains(&s)))
}

fn fits(segment: &Segment, draft: &Draft, node: &Node) -> bool {
    draft.fused
        && draft.nodes.len() < MAX_NODES
        && draft.inputs.len() + 3 < MAX_ARRAYS
        && segment.nodes[draft.nodes[0] as usize].outputs[0].is_like(&node.outputs[0])
}

/// The last group, moved behind the draws that came since, for a node that reads it and one of them: dropout after a sum.
fn wait_for_draws<I: Iterator<Item = Slot>>(
    segment: &Segment,
    drafts: &mut [Draft],
    home: &mut [u32],
    node: &Node,
    slots: impl Fn() -> I,
) -> Option<usize> {
    let is_draw = |draft: &&Draft| {
        !draft.fused
            && draft
                .nodes
                .iter()
                .all(|&i| segment.operands[i as usize].iter().flatten().next().is_none())
    };
    let draws = drafts.iter().rev().take_while(is_draw).count();
    let at = drafts.len().checked_sub(draws + 1)?;
    let reads_it = slots().any(|slot| matches!(slot, Slot::Value(v) if home[v as usize] as usize == at));
    if draws == 0 || !reads_it || !fits(segment, &drafts[at], node) {
        return None;
    }
    drafts[at..].rotate_left(1);
    for (place, draft) in drafts.iter().enumerate().skip(at) {
        for v in draft.nodes.iter().flat_map(|&i| segment.values_of(i)) {
            home[v as usize] = place as u32;
        }
    }
    Some(drafts.len() - 1)
}

fn finish(segment: &Segment, drafts: Vec<Draft>, home: &[u32], late: usize) -> Plan {
    // The last launch that reads each value from outside its own.
    let mut last_use = (vec![0u32; segment.values.len()], vec![0u32; segment.leaves.len()]);
    let mut read_outside = vec![false; segment.values.len()];
    let mut uses: Vec<Dies> = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.iter().enumerate() {
        let mut here = Dies::new();
        for &i in &draft.nodes {
            for slot in segment.operands[i as usize].iter().flatten() {
                if let Slot::Value(v) = slot {
                    if home[*v as usize] == at as u32 {
                        continue;
                    }
                    read_outside[*v as usize] = true;
                }
                match here.iter_mut().find(|(s, _)| s == slot) {
                    Some((_, n)) => *n += 1,
                    None => here.push((*slot, 1)),
                }
                match *slot {
                    Slot::Value(v) => last_use.0[v as usize] = at as u32,
                    Slot::Leaf(l) => last_use.1[l as usize] = at as u32,
                }
            }
        }
        uses.push(here);
    }
    let mut collector = Collector {
        segment,
        step_of: vec![NO_STEP; segment.values.len()],
        steps: Steps::default(),
    };
    let launches = (drafts.into_iter().zip(uses).enumerate())
        .map(|(at, (draft, here))| {
            let mut dies = here;
            dies.retain(|&mut (slot, _)| match slot {
                Slot::Value(v) => last_use.0[v as usize] == at as u32,
                Slot::Leaf(l) => last_use.1[l as usize] == at as u32,
            });
            // Values that nobody in the segment reads leave the table as soon as they are published.
            for v in draft.nodes.iter().flat_map(|&i| segment.values_of(i)) {
                if !read_outside[v as usize] {
                    dies.push((Slot::Value(v), 0));
                }
            }
            let last = &segment.nodes[draft.nodes[draft.nodes.len() - 1] as usize];
            let device = last.outputs.first().map_or(Device::CPU, |o| o.device);
            let stored = |v: u32| segment.kept[v as usize] || read_outside[v as usize];
            let work = if draft.fused {
                Work::Fused(Box::new(collector.collect(
                    &draft.nodes,
                    draft.inputs,
                    device,
                    stored,
                )))
            } else {
                let node = draft.nodes[draft.load.as_ref().map_or(0, |part| part.nodes.len())];
                let kernel = &segment.nodes[node as usize];
                match kernel.op.class {
                    Class::View(view) => Work::View(view),
                    Class::Transfer => Work::Transfer,
                    _ => Work::Kernel {
                        routine: kernel.op.routine(),
                        node,
                        load: draft.load.map(|part| {
                            let read = segment.operands[node as usize][0];
                            let read = |v: u32| read == Some(Slot::Value(v));
                            Box::new(collector.collect(&part.nodes, part.inputs, device, read))
                        }),
                        store: draft.store.map(|part| {
                            Box::new(collector.collect(&part.nodes, part.inputs, device, stored))
                        }),
                    },
                }
            };
            Launch {
                work,
                device,
                nodes: draft.nodes,
                dies,
            }
        })
        .collect();
    Plan {
        launches,
        late,
        beside: super::beside::find(segment),
    }
}

/// Of a value that is no step of the group at hand.
const NO_STEP: u32 = u32::MAX;

/// Makes steps of nodes.
struct Collector<'a> {
    segment: &'a Segment,
    /// By value.
    step_of: Vec<u32>,
    /// Of the group at hand.
    steps: Steps,
}

impl Collector<'_> {
    /// The steps, and where their operands and results are.
    fn collect(
        &mut self,
        nodes: &[u32],
        inputs: SmallVec<[Slot; 4]>,
        device: Device,
        stored: impl Fn(u32) -> bool,
    ) -> Group {
        let segment = self.segment;
        let steps = &mut self.steps;
        steps.clear();
        steps
            .inputs
            .extend(inputs.iter().map(|&s| segment.output(s).dtype));
        let (mut constants, mut outputs) = (Vec::new(), SmallVec::new());
        for (at, &i) in nodes.iter().enumerate() {
            let node = &segment.nodes[i as usize];
            let operands = (segment.operands[i as usize].iter().enumerate())
                .map(|(k, slot)| match slot {
                    None => {
                        constants.push((i, k as u32));
                        Operand::Number(constants.len() - 1)
                    }
                    Some(Slot::Value(v)) if self.step_of[*v as usize] != NO_STEP => {
                        Operand::Step(self.step_of[*v as usize] as usize)
                    }
                    // Groups have few inputs.
                    Some(slot) => Operand::Input(
                        (inputs.iter().position(|s| s == slot)).expect("what comes from outside is an input"),
                    ),
                })
                .collect();
            let dtype = node.outputs[0].dtype;
            steps.steps.push(Step {
                routine: node.op.routine(),
                operands,
                dtype,
            });
            let value = segment.first_value[i as usize];
            self.step_of[value as usize] = at as u32;
            if stored(value) {
                steps.outputs.push(at);
                outputs.push((value, dtype));
            }
        }
        for &i in nodes {
            self.step_of[segment.first_value[i as usize] as usize] = NO_STEP;
        }
        steps.numbers = constants.len();
        Group {
            code: device.backend().compile(steps),
            steps: super::memo::check_plans().then(|| Box::new(steps.clone())),
            inputs,
            constants,
            outputs,
        }
    }
}

impl Plan {
    /// Whether two plans do the same (for `RAVINE_CHECK_PLANS`).
    pub fn same_as(&self, other: &Plan) -> bool {
        self.launches.len() == other.launches.len()
            && self.late == other.late
            && self.beside == other.beside
            && self.launches.iter().zip(&other.launches).all(|(a, b)| {
                a.nodes == b.nodes
                    && a.dies == b.dies
                    && a.device == b.device
                    && match (&a.work, &b.work) {
                        (Work::View(x), Work::View(y)) => std::ptr::fn_addr_eq(*x, *y),
                        (Work::Transfer, Work::Transfer) => true,
                        (
                            Work::Kernel {
                                routine,
                                node,
                                load,
                                store,
                            },
                            Work::Kernel {
                                routine: other_routine,
                                node: other_node,
                                load: other_load,
                                store: other_store,
                            },
                        ) => {
                            routine == other_routine
                                && node == other_node
                                && load == other_load
                                && store == other_store
                        }
                        (Work::Fused(x), Work::Fused(y)) => x == y,
                        _ => false,
                    }
            })
    }
}
