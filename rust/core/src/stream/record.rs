//! Recording: a call is checked, gets its place in the graph and in the stream, and its results come later.

use super::{STREAM, Stream, UNCUT, window};
use crate::anomaly;
use crate::array::Array;
use crate::attributes::Target;
use crate::device::{self, Device};
use crate::dtype::DType;
use crate::error::{Error, Kind, Result};
use crate::gpu::Gpu;
use crate::graph::{Arg, History, Node, Operand, Output, Phase, State, Tensor};
use crate::mode::{self, Recording};
use crate::op::{Attrs, Call, Class, CustomRule, Data, Form, Meta, Op, Plain, Request};
use crate::ops::graph::transfer;
use crate::place;
use crate::plan;
use crate::reserve;
use crate::shape::{self, Shape, numel, show};
use crate::stats::{self, Counter};
use crate::transform::reads;
use smallvec::SmallVec;
use std::sync::Arc;

/// Records one op and returns its outputs. Errors in shapes and types are raised here.
pub fn record(
    op: &'static Op,
    attrs: Attrs,
    data: Data,
    args: SmallVec<[Arg; 3]>,
) -> Result<SmallVec<[Tensor; 1]>> {
    if let Plain::Form(Form(form)) = op.plain
        && (mode::current().plain || !has_kernel(op, &args))
    {
        let call = Call {
            op,
            attrs: &attrs,
            data: &data,
            inputs: &args,
            outputs: &[],
        };
        return mode::on(call.device(), || form(&call));
    }
    if matches!(op.gpu, Gpu::Host) {
        return at_the_host(op, attrs, data, args);
    }
    record_with(op, attrs, data, args, None)
}

/// Records an op that no GPU computes: its operands are brought to the host, and its results back.
fn at_the_host(
    op: &'static Op,
    attrs: Attrs,
    data: Data,
    mut args: SmallVec<[Arg; 3]>,
) -> Result<SmallVec<[Tensor; 1]>> {
    let device = device_of(op, &attrs, &mut args, mode::device())?;
    if device.is_cpu() || !device.has_values() {
        return record_with(op, attrs, data, args, None);
    }
    for arg in &mut args {
        if let Arg::Tensor(t) = arg {
            *arg = Arg::Tensor(transfer::to(t, Device::CPU)?);
        }
    }
    let results = record_with(op, attrs, data, args, None)?;
    results.iter().map(|t| transfer::to(t, device)).collect()
}

/// Whether the device of a call has a kernel for it.
fn has_kernel(op: &'static Op, args: &[Arg]) -> bool {
    let device = args
        .iter()
        .find_map(Arg::tensor)
        .map_or_else(mode::device, Tensor::device);
    device.is_cpu() || device.backend().has(op.routine())
}

/// Records an op with one output.
#[inline]
pub fn record_one(op: &'static Op, attrs: Attrs, data: Data, args: SmallVec<[Arg; 3]>) -> Result<Tensor> {
    if let Plain::Form(_) = op.plain {
        return Ok(record(op, attrs, data, args)?.remove(0));
    }
    Ok(record_node(op, attrs, data, args, None)?.into_handle())
}

pub fn record_with(
    op: &'static Op,
    attrs: Attrs,
    data: Data,
    args: SmallVec<[Arg; 3]>,
    custom: Option<Arc<dyn CustomRule>>,
) -> Result<SmallVec<[Tensor; 1]>> {
    Ok(record_node(op, attrs, data, args, custom)?.into_handles())
}

/// Records an op; the caller takes its handles.
fn record_node(
    op: &'static Op,
    attrs: Attrs,
    data: Data,
    mut args: SmallVec<[Arg; 3]>,
    custom: Option<Arc<dyn CustomRule>>,
) -> Result<Arc<Node>> {
    device::check_forked(op.name)?;
    let mut metas = (op.meta)(&Request {
        op,
        attrs: &attrs,
        data: &data,
        args: &args,
    })?;
    for (shape, dtype) in &metas {
        shape::check(op.name, shape, *dtype)?;
    }
    if reserve::is_used() && !UNCUT.get() {
        reserve::check()?;
    }
    let mode = mode::current();
    let device = device_of(op, &attrs, &mut args, mode.device)?;
    if !device.is_cpu() {
        admit(op, device, &metas, &args)?;
    }
    let mut at_once = None;
    if window() == 1 && !UNCUT.get() {
        let run = plan::alone::run(op, &metas[0], device, &args);
        at_once = run.map_err(|e| e.at_path(mode.path))?;
        if let Some(array) = at_once {
            let follows = mode.grad && any_requires_grad(&args);
            if mode.recording == Recording::Off && !follows {
                // No history reads the inputs, and nothing waits.
                let (shape, dtype) = metas.pop().expect("elementwise ops have one result");
                let outputs = SmallVec::from_buf([Output::new(shape, dtype, device, false)]);
                let state = State::evaluated(SmallVec::new(), array, History::None);
                return Ok(Node::new(op, attrs, data, outputs, state, None, mode, 0));
            }
            at_once = Some(array);
        }
    }
    let place = if at_once.is_some() {
        0
    } else {
        place::of(op, &metas, &args)
    };
    STREAM.with(|stream| {
        let (bytes, abstract_input) = match at_once {
            Some(_) => (0, false),
            None => check_inputs(&args, &stream.0)?,
        };
        if matches!(op.class, Class::Random) && mode.randomness == Some(mode::Randomness::Error) {
            let text = "random op inside vmap: say vmap(..., randomness=\"different\") for a draw per element, or \"same\" for one draw";
            return Err(Error::state(op.name, text));
        }
        let mut work = op_work(op, &args);
        let mut differentiable = false;
        for (shape, dtype) in &metas {
            work = work.saturating_add(numel(shape));
            differentiable |= dtype.is_float();
        }
        let needs = mode.grad && differentiable && any_requires_grad(&args);
        let history = if needs || mode.recording != Recording::Off {
            reads::history(op, &attrs, &data, &args, &metas, needs, mode.recording, custom.as_deref())?
        } else {
            History::None
        };
        let reads = if let History::Live(r) = &history { Some(r.clone()) } else { None };
        let requires_grad = needs && reads.is_some() && !reads::is_constant(op, custom.is_some());
        let mut outputs: SmallVec<[Output; 1]> = SmallVec::new();
        for (shape, dtype) in metas {
            outputs.push(Output::new(shape, dtype, device, requires_grad && dtype.is_float()));
        }
        let first_input = args.first().and_then(Arg::tensor).map(|t| t.node().seq);
        let mut operands: SmallVec<[Operand; 3]> = SmallVec::new();
        let waits = at_once.is_none() && !abstract_input;
        let state = match at_once {
            Some(array) => {
                // Only a history reads the inputs from now on.
                if reads.is_some() {
                    operands.extend(args.iter().map(Arg::operand));
                }
                State::evaluated(operands, array, history)
            }
            None => {
                operands.extend(args.drain(..).map(Arg::into_operand));
                let phase = if waits { Phase::Pending(stream.0.clone()) } else { Phase::Abstract };
                State::new(operands, phase, history)
            }
        };
        let node = Node::new(op, attrs, data, outputs, state, custom, mode, place);
        if let Some(reads) = reads {
            node.own_saved(&reads);
        }
        if mode.recording != Recording::Off && !requires_grad {
            crate::transform::tape::note(&node);
        }
        if matches!(op.class, Class::View(_))
            && let Some(input) = first_input
        {
            crate::cell::note_view(&node, input).inspect_err(|_| drop(node.clone().into_handles()))?;
        }
        if waits && let Err(e) = stream.0.push(node.clone(), work, bytes) {
            drop(node.into_handles());
            return Err(e);
        }
        if anomaly::is_on() {
            anomaly::raise_at_the_call(&node)?;
        }
        Ok(node)
    })
}

#[inline]
fn any_requires_grad(args: &[Arg]) -> bool {
    args.iter().any(|arg| arg.requires_grad())
}

/// The device of a call's results: that of its tensors, else where tensors are made.
#[inline]
fn device_of(op: &'static Op, attrs: &Attrs, args: &mut [Arg], made: Device) -> Result<Device> {
    let mut found = None;
    for t in args.iter().filter_map(Arg::tensor) {
        match found {
            None => found = Some(t.device()),
            Some(device) if device == t.device() => {}
            Some(_) => return bring_together(op, args),
        }
    }
    if matches!(op.class, Class::Transfer) {
        return Ok(Target::from(attrs).device);
    }
    Ok(found.unwrap_or(made))
}

/// Refuses what a device cannot compute.
#[cold]
fn admit(op: &'static Op, device: Device, metas: &[Meta], args: &[Arg]) -> Result<()> {
    let backend = device.backend();
    if !backend.has(op.routine()) {
        let text = format!("is not on '{device}' yet. Move its tensors by .to('cpu'), and the result back");
        return Err(Error::new(Kind::Device, op.name, text));
    }
    let read = args.iter().filter_map(|arg| Some(arg.tensor()?.dtype()));
    backend.admits(op.name, &mut read.chain(metas.iter().map(|(_, dtype)| *dtype)))
}

/// Tensors of several devices: numbers in tensors of the CPU follow the others of an elementwise op, as in PyTorch.
#[cold]
fn bring_together(op: &'static Op, args: &mut [Arg]) -> Result<Device> {
    let follows = |t: &Tensor| t.device().is_cpu() && t.rank() == 0 && matches!(op.class, Class::Elementwise);
    let tensors = || args.iter().filter_map(Arg::tensor);
    let wanted = tensors().find(|t| !follows(t) && !t.device().is_cpu());
    let wanted = wanted
        .or_else(|| tensors().find(|t| !follows(t)))
        .map_or(Device::CPU, Tensor::device);
    if !tensors().all(|t| t.device() == wanted || follows(t)) {
        let met: Vec<(Device, String)> = tensors().map(|t| (t.device(), show(t.shape()))).collect();
        return Err(Error::mixed_devices(op.name, &met, wanted));
    }
    for arg in args {
        if let Arg::Tensor(t) = arg
            && t.device() != wanted
        {
            *arg = Arg::Tensor(transfer::to(t, wanted)?);
        }
    }
    Ok(wanted)
}

/// Sees to it that every input can be read by this stream: bytes of those that are evaluated, and whether any belongs
/// to a transform's placeholders.
#[inline]
fn check_inputs(args: &[Arg], stream: &Arc<Stream>) -> Result<(usize, bool)> {
    let mut bytes = 0;
    let mut abstract_input = false;
    for arg in args {
        let Arg::Tensor(t) = arg else { continue };
        let other = {
            let state = t.node().state();
            match &state.phase {
                Phase::Done if state.arrays[t.edge().index as usize].is_some() => {
                    if !t.device().has_values() {
                        continue;
                    }
                    bytes = t.numel().saturating_mul(t.dtype().size()).saturating_add(bytes);
                    continue;
                }
                Phase::Done => None,
                Phase::Pending(s) if Arc::ptr_eq(s, stream) => continue,
                Phase::Pending(s) => Some(s.clone()),
                Phase::Parked => None,
                Phase::Abstract => {
                    abstract_input = true;
                    continue;
                }
                Phase::Failed(e) => return Err(e.clone()),
            }
        };
        match other {
            Some(stream) => stream.flush()?,
            // What a rule records and does not use may read a value that nobody kept.
            None if t.edge().is_gone() => {}
            None => plan::recompute::requeue(t.edge(), stream)?,
        }
    }
    Ok((bytes, abstract_input))
}

/// Contractions do more than one operation per result.
#[inline]
fn op_work(op: &'static Op, args: &[Arg]) -> usize {
    match op.class {
        Class::Structured | Class::Write => {
            let sizes = args.iter().map(|a| numel(a.shape()));
            let depth = if args.len() > 1 {
                args[0].shape().last().copied().unwrap_or(1)
            } else {
                1
            };
            sizes.max().unwrap_or(0).saturating_mul(depth.max(1))
        }
        _ => 0,
    }
}

/// A node that has its value from the start.
pub fn constant(op: &'static Op, array: Array) -> Tensor {
    let output = Output::new(array.shape.clone(), array.dtype, array.device, false);
    source(
        op,
        output,
        State::evaluated(SmallVec::new(), array, History::None),
    )
}

/// A node without a value: what a transform runs a function on.
pub fn placeholder(
    op: &'static Op,
    shape: Shape,
    dtype: DType,
    device: Device,
    requires_grad: bool,
) -> Tensor {
    let output = Output::new(shape, dtype, device, requires_grad);
    source(
        op,
        output,
        State::new(SmallVec::new(), Phase::Abstract, History::None),
    )
}

/// A node without inputs that waits for nothing.
fn source(op: &'static Op, output: Output, state: State) -> Tensor {
    stats::add(Counter::Sources, 1);
    let outputs = smallvec::smallvec![output];
    let node = Node::new(
        op,
        Attrs::new(),
        Data::new(),
        outputs,
        state,
        None,
        mode::current(),
        0,
    );
    node.into_handle()
}
