//! What a rule reads, found by running it on placeholders: an input or output is read when a result of the rule
//! depends on its value. The answer is remembered for all that a rule can see but values: it may branch on any of it.

use crate::device::Device;
use crate::dtype::Scalar;
use crate::error::{Error, Result};
use crate::graph::{Arg, Edge, History, Operand, Reads, Tensor};
use crate::mode::{self, Recording};
use crate::op::{Attrs, Call, CustomRule, Data, Meta, Op, Vjp};
use crate::ops::graph::identity::LEAF;
use crate::stream::placeholder;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};
use std::sync::{Arc, LazyLock};

/// Op, device, attrs, data, and of each input its dtype, whether it needs a gradient, and its shape or number.
type Key = SmallVec<[i64; 24]>;
static KNOWN: LazyLock<Mutex<FxHashMap<Box<[i64]>, Arc<Reads>>>> = LazyLock::new(Default::default);
/// A full table is emptied: what a program repeats is soon found again.
const CAPACITY: usize = 1 << 13;

fn key(op: &'static Op, device: Device, attrs: &Attrs, data: &Data, args: &[Arg], needs: &[bool]) -> Key {
    fn push(key: &mut Key, number: Scalar) {
        key.extend(match number {
            Scalar::Bool(b) => [0, b as i64],
            Scalar::I64(i) => [1, i],
            Scalar::F64(x) => [2, x.to_bits() as i64],
            Scalar::Beyond(x) => [3, x.to_bits() as i64],
        });
    }
    let mut key: Key = smallvec![
        std::ptr::from_ref(op) as i64,
        device.code(),
        attrs.len() as i64,
        data.len() as i64
    ];
    key.extend_from_slice(attrs);
    data.iter().for_each(|&number| push(&mut key, number));
    for (arg, &need) in args.iter().zip(needs) {
        match arg {
            Arg::Scalar(number) => {
                key.push(-1);
                push(&mut key, *number);
            }
            Arg::Tensor(t) => {
                key.push((t.rank() as i64) << 16 | (t.dtype() as i64) << 8 | need as i64);
                key.extend(t.shape().iter().map(|&extent| extent as i64));
            }
        }
    }
    key
}

/// Whether no gradient flows through an op at all.
pub fn is_constant(op: &Op, custom: bool) -> bool {
    matches!(op.vjp, Vjp::Constant) && !custom
}

/// The history of a node that is being recorded.
#[allow(clippy::too_many_arguments)]
pub fn history(
    op: &'static Op,
    attrs: &Attrs,
    data: &Data,
    args: &[Arg],
    metas: &[Meta],
    needs_grad: bool,
    recording: Recording,
    custom: Option<&dyn CustomRule>,
) -> Result<History> {
    if recording == Recording::All {
        return Ok(History::Live(everything(args.len(), metas.len())));
    }
    if let Some(rule) = custom {
        return Ok(History::Live(Arc::new(Reads {
            outputs: (0..metas.len()).map(|i| rule.reads(i)).collect(),
            ..Reads::default()
        })));
    }
    match op.vjp {
        Vjp::Constant if recording == Recording::Off => return Ok(History::None),
        Vjp::Constant => return Ok(History::Live(Arc::new(Reads::default()))),
        Vjp::Never(why) if needs_grad => return Err(Error::never(op.name, "derivative", why)),
        Vjp::Never(_) => return Ok(History::Live(Arc::new(Reads::default()))),
        _ => {}
    }
    // Inside a reverse transform every float input may be asked for.
    let needs: SmallVec<[bool; 4]> = (args.iter())
        .map(|a| match a {
            Arg::Tensor(t) => t.dtype().is_float() && (recording == Recording::Reverse || t.requires_grad()),
            Arg::Scalar(_) => false,
        })
        .collect();
    // There an op may be recorded as its plain form.
    let device = args
        .iter()
        .find_map(Arg::tensor)
        .map_or(Device::CPU, Tensor::device);
    let key = key(op, device, attrs, data, args, &needs);
    if let Some(found) = KNOWN.lock().get(key.as_slice()) {
        return Ok(History::Live(found.clone()));
    }
    let reads = Arc::new(find(op, device, attrs, data, args, metas, &needs)?);
    let mut known = KNOWN.lock();
    if known.len() >= CAPACITY {
        known.clear();
    }
    known.insert(key.as_slice().into(), reads.clone());
    Ok(History::Live(reads))
}

fn everything(inputs: usize, outputs: usize) -> Arc<Reads> {
    Arc::new(Reads {
        inputs: vec![true; inputs].into(),
        outputs: vec![true; outputs].into(),
    })
}

fn find(
    op: &'static Op,
    device: Device,
    attrs: &Attrs,
    data: &Data,
    args: &[Arg],
    metas: &[Meta],
    needs: &[bool],
) -> Result<Reads> {
    let stand_in = |t: &Tensor| placeholder(&LEAF, t.shape().clone(), t.dtype(), device, false);
    let inputs: SmallVec<[Arg; 3]> = (args.iter())
        .map(|a| match a {
            Arg::Tensor(t) => Arg::Tensor(stand_in(t)),
            Arg::Scalar(s) => Arg::Scalar(*s),
        })
        .collect();
    let of_meta = |(shape, dtype): &Meta| placeholder(&LEAF, shape.clone(), *dtype, device, false);
    let outputs: SmallVec<[Tensor; 1]> = metas.iter().map(of_meta).collect();
    let cotangents: SmallVec<[Option<Tensor>; 1]> =
        metas.iter().map(|m| m.1.is_float().then(|| of_meta(m))).collect();
    let call = Call {
        op,
        attrs,
        data,
        inputs: &inputs,
        outputs: &outputs,
    };
    let recording = mode::set_recording(Recording::Off);
    let randomness = mode::set_randomness(None);
    let results = mode::with_grad(false, || super::vjp::rule(&call, &cotangents, needs, None));
    mode::set_recording(recording);
    mode::set_randomness(randomness);

    let mut reached: FxHashSet<(usize, u32)> = FxHashSet::default();
    let mut stack: Vec<Edge> = results?.iter().flatten().map(|t| t.edge().clone()).collect();
    while let Some(edge) = stack.pop() {
        if reached.insert((Arc::as_ptr(&edge.node) as usize, edge.index)) {
            stack.extend(edge.node.inputs().iter().filter_map(Operand::edge).cloned());
        }
    }
    let hit = |t: &Tensor| reached.contains(&(Arc::as_ptr(t.node()) as usize, t.edge().index));
    Ok(Reads {
        inputs: inputs.iter().map(|a| a.tensor().is_some_and(hit)).collect(),
        outputs: outputs.iter().map(hit).collect(),
    })
}
