//! Fusion: elementwise nodes of one shape that feed each other become one program of the tile interpreter.
//!
//! A node may move only *into* a group that stands after all of its inputs; nothing else changes place. Nodes are
//! pure, so moving a read forward crosses no write.

use super::segment::Segment;
use super::{Launch, Plan, Slot, Work};
use crate::cpu::tile::{Instruction, Program};
use crate::dtype::{Compute, DType};
use crate::graph::Node;
use crate::op::Cpu;
use crate::ops::cast;
use rustc_hash::FxHashMap;

/// Instructions per group: longer chains gain nothing and need more registers than the first-level cache holds.
const MAX_NODES: usize = 48;
/// Arrays that one pass reads and writes.
const MAX_ARRAYS: usize = 24;
/// How many launches back a node looks for a group that reads the same input.
const LOOK_BACK: usize = 4;

pub struct Group {
    pub program: Program,
    pub inputs: Vec<Slot>,
    /// Node and operand of each constant.
    pub constants: Vec<(u32, u32)>,
    pub outputs: Vec<u32>,
}

pub(super) struct Draft {
    pub nodes: Vec<u32>,
    pub fused: bool,
    /// Distinct arrays from outside; only kept for groups.
    pub inputs: Vec<Slot>,
}

pub fn plan(segment: &Segment) -> Plan {
    let mut drafts: Vec<Draft> = Vec::new();
    // The launch that computes each value.
    let mut home: Vec<u32> = vec![0; segment.values.len()];
    for (i, node) in segment.nodes.iter().enumerate() {
        let i = i as u32;
        let slots = || segment.operands[i as usize].iter().flatten().copied();
        let fused = matches!(node.op.cpu, Cpu::Tile(_));
        let joined = fused
            .then(|| find_group(segment, &drafts, &home, node, slots))
            .flatten();
        let at = joined.unwrap_or_else(|| {
            drafts.push(Draft {
                nodes: Vec::new(),
                fused,
                inputs: Vec::new(),
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
    let fits = |at: usize| {
        let draft = &drafts[at];
        draft.fused
            && draft.nodes.len() < MAX_NODES
            && draft.inputs.len() + 3 < MAX_ARRAYS
            && segment.nodes[draft.nodes[0] as usize].outputs[0].shape == node.outputs[0].shape
    };
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

fn finish(segment: &Segment, drafts: Vec<Draft>, home: &[u32], late: usize) -> Plan {
    // The last launch that reads each value from outside its own.
    let mut last_use: FxHashMap<Slot, u32> = FxHashMap::default();
    let mut read_outside = vec![false; segment.values.len()];
    let mut uses: Vec<Vec<(Slot, u32)>> = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.iter().enumerate() {
        let mut here: Vec<(Slot, u32)> = Vec::new();
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
                last_use.insert(*slot, at as u32);
            }
        }
        uses.push(here);
    }
    let launches = (drafts.into_iter().zip(uses).enumerate())
        .map(|(at, (draft, here))| {
            let mut dies: Vec<(Slot, u32)> = here
                .into_iter()
                .filter(|(s, _)| last_use[s] == at as u32)
                .collect();
            // Values that nobody in the segment reads leave the table as soon as they are published.
            for v in draft.nodes.iter().flat_map(|&i| segment.values_of(i)) {
                if !read_outside[v as usize] {
                    dies.push((Slot::Value(v), 0));
                }
            }
            let work = if draft.fused {
                Work::Group(compile(segment, &draft, |v| {
                    segment.kept[v as usize] || read_outside[v as usize]
                }))
            } else {
                Work::Single
            };
            Launch {
                work,
                nodes: draft.nodes,
                dies,
            }
        })
        .collect();
    Plan { launches, late }
}

/// The dtype to which a number among the operands of an elementwise op is rounded, whose tensors have these dtypes.
pub fn scalar_dtype(output: DType, mut tensors: impl Iterator<Item = DType>) -> DType {
    match output {
        DType::Bool => tensors.next().unwrap_or(DType::Bool),
        dtype => dtype,
    }
}

struct Compiler<'a> {
    segment: &'a Segment,
    group: Group,
    register_of: FxHashMap<Slot, u16>,
    /// Remaining reads of values that live in recycled registers.
    reads_left: FxHashMap<u32, u32>,
    free: Vec<u16>,
}

fn compile(segment: &Segment, draft: &Draft, stored: impl Fn(u32) -> bool) -> Group {
    let mut reads_left: FxHashMap<u32, u32> = FxHashMap::default();
    for &i in &draft.nodes {
        for slot in segment.operands[i as usize].iter().flatten() {
            if let Slot::Value(v) = slot {
                *reads_left.entry(*v).or_default() += 1;
            }
        }
    }
    let group = Group {
        program: Program::default(),
        inputs: Vec::new(),
        constants: Vec::new(),
        outputs: Vec::new(),
    };
    let mut c = Compiler {
        segment,
        group,
        register_of: FxHashMap::default(),
        reads_left,
        free: Vec::new(),
    };
    for &slot in &draft.inputs {
        let r = c.new_register();
        c.register_of.insert(slot, r);
        c.group.inputs.push(slot);
        c.group.program.loads.push(r);
    }
    for &i in &draft.nodes {
        c.node(i, &stored);
    }
    c.group
}

impl Compiler<'_> {
    fn new_register(&mut self) -> u16 {
        let r = self.group.program.registers;
        self.group.program.registers += 1;
        r
    }

    fn temporary(&mut self) -> u16 {
        self.free.pop().unwrap_or_else(|| self.new_register())
    }

    fn node(&mut self, i: u32, stored: &impl Fn(u32) -> bool) {
        let node = &self.segment.nodes[i as usize];
        let state = node.state();
        let dtypes = state
            .inputs
            .iter()
            .filter_map(|o| o.edge().map(|e| e.output().dtype));
        let scalar = scalar_dtype(node.outputs[0].dtype, dtypes);
        let mut src = [0u16; 3];
        let mut compute: Option<Compute> = None;
        for (k, (operand, slot)) in state
            .inputs
            .iter()
            .zip(&self.segment.operands[i as usize])
            .enumerate()
        {
            src[k] = match slot {
                Some(slot) => {
                    let dtype = operand.edge().map_or(scalar, |e| e.output().dtype);
                    // `where` starts with a condition: the last operand tells what is computed.
                    compute = Some(dtype.compute());
                    self.register_of[slot]
                }
                None => {
                    let r = self.new_register();
                    self.group.program.constants.push((r, scalar.compute()));
                    self.group.constants.push((i, k as u32));
                    compute = Some(scalar.compute());
                    r
                }
            };
        }
        let n = state.inputs.len();
        for k in n..3 {
            src[k] = src[n.saturating_sub(1)];
        }
        drop(state);
        let output = node.outputs[0].dtype;
        let compute = compute.unwrap_or(output.compute());
        let Cpu::Tile(kernel) = node.op.cpu else {
            unreachable!("only tile ops are fused")
        };
        let kernel = kernel(compute, output).expect("meta admits only dtypes that the op has a kernel for");
        let value = self.segment.first_value[i as usize];
        let keep = stored(value);
        let dst = if keep {
            self.new_register()
        } else {
            self.temporary()
        };
        if output.compute_dtype() == output {
            self.group.program.instructions.push(Instruction {
                run: kernel.for_this_cpu(),
                dst,
                src,
            });
        } else {
            let wide = self.temporary();
            self.group.program.instructions.push(Instruction {
                run: kernel.for_this_cpu(),
                dst: wide,
                src,
            });
            let round = cast::round_kernel(output).for_this_cpu();
            self.group.program.instructions.push(Instruction {
                run: round,
                dst,
                src: [wide; 3],
            });
            self.free.push(wide);
        }
        self.register_of.insert(Slot::Value(value), dst);
        if keep {
            self.group.program.stores.push(dst);
            self.group.outputs.push(value);
        }
        // Registers of values read for the last time are free from the next instruction on.
        let mut done: Vec<u16> = Vec::new();
        for slot in self.segment.operands[i as usize].iter().flatten() {
            if let Slot::Value(v) = slot
                && let Some(left) = self.reads_left.get_mut(v)
            {
                *left -= 1;
                if *left == 0 && !stored(*v) && !self.group.inputs.contains(slot) {
                    done.push(self.register_of[slot]);
                }
            }
        }
        self.free.extend(done);
    }
}

impl Plan {
    /// Whether two plans do the same (for `RAVINE_CHECK_PLANS`).
    pub fn same_as(&self, other: &Plan) -> bool {
        self.launches.len() == other.launches.len()
            && self.late == other.late
            && self.launches.iter().zip(&other.launches).all(|(a, b)| {
                a.nodes == b.nodes
                    && a.dies == b.dies
                    && match (&a.work, &b.work) {
                        (Work::Single, Work::Single) => true,
                        (Work::Group(x), Work::Group(y)) => {
                            x.inputs == y.inputs
                                && x.outputs == y.outputs
                                && x.constants == y.constants
                                && x.program.loads == y.program.loads
                                && x.program.stores == y.program.stores
                                && x.program.instructions.len() == y.program.instructions.len()
                                && x.program
                                    .instructions
                                    .iter()
                                    .zip(&y.program.instructions)
                                    .all(|(p, q)| {
                                        std::ptr::fn_addr_eq(p.run, q.run) && p.dst == q.dst && p.src == q.src
                                    })
                        }
                        _ => false,
                    }
            })
    }
}
