//! What a rule reads, found by running it on placeholders: an input or output is read when a result of the rule
//! depends on its value. The answer is remembered per (op, attrs, which inputs need a gradient).

use crate::error::{Error, Result};
use crate::graph::{Arg, Edge, History, Operand, Reads, Tensor};
use crate::mode::{self, Recording};
use crate::op::{Attrs, Call, Data, Meta, Op, Vjp};
use crate::ops::detach::LEAF;
use crate::stream::placeholder;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::sync::{Arc, LazyLock};

type Key = (usize, SmallVec<[i64; 8]>);
static KNOWN: LazyLock<Mutex<FxHashMap<Key, Arc<Reads>>>> = LazyLock::new(Default::default);

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
    custom: bool,
) -> Result<History> {
    if recording == Recording::All {
        return Ok(History::Live(everything(args.len(), metas.len())));
    }
    if custom {
        return Ok(History::Live(Arc::new(Reads::default())));
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
    let mut key: Key = (std::ptr::from_ref(op) as usize, attrs.iter().copied().collect());
    // Ranks tell a broadcast operand from a plain one; extents do not change what is read.
    key.1.extend(
        args.iter().zip(&needs).map(|(a, &n)| {
            (a.shape().len() as i64) << 2 | (n as i64) << 1 | matches!(a, Arg::Scalar(_)) as i64
        }),
    );
    if let Some(found) = KNOWN.lock().get(&key) {
        return Ok(History::Live(found.clone()));
    }
    let reads = Arc::new(find(op, attrs, data, args, metas, &needs)?);
    KNOWN.lock().insert(key, reads.clone());
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
    attrs: &Attrs,
    data: &Data,
    args: &[Arg],
    metas: &[Meta],
    needs: &[bool],
) -> Result<Reads> {
    let stand_in = |t: &Tensor| placeholder(&LEAF, t.shape().clone(), t.dtype(), false);
    let inputs: SmallVec<[Arg; 3]> = (args.iter())
        .map(|a| match a {
            Arg::Tensor(t) => Arg::Tensor(stand_in(t)),
            Arg::Scalar(s) => Arg::Scalar(*s),
        })
        .collect();
    let of_meta = |(shape, dtype): &Meta| placeholder(&LEAF, shape.clone(), *dtype, false);
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
    let results = mode::with_grad(false, || super::vjp::rule(&call, &cotangents, needs));
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
