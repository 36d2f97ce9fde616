//! Arenas: buffers in which the tensors of a list lie one behind the other, so that one pass updates all of them.
//!
//! The first update moves what lies alone into an arena for each list that it writes. Tensors that are neighbours in every
//! list are one tensor to the program, with the gaps between them: what it makes of a gap nobody reads. Gradients are new
//! at each step: each has a place beside its parameter, in a buffer that the arena of the parameters knows.

use crate::commands;
use crate::context::Context;
use crate::memory::{self, ALIGNMENT, Block, Memory, Place};
use ravine_core::array::{Array, Storage};
use ravine_core::dtype::DType;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::{Arc, Weak};

/// Tensors above this part of what a binding can show stay where they are: they fill passes by themselves, and to move
/// them takes their memory twice.
const LARGE: u64 = 8;

/// The buffer beside an arena, which lives as long as who has a place in it.
#[derive(Default)]
pub struct Beside {
    block: Weak<Block>,
    tenants: FxHashMap<u64, Weak<Place>>,
}

/// What a program is to see.
pub struct Joined {
    /// Tensors in each.
    pub length: usize,
    pub inputs: SmallVec<[Array; 4]>,
    pub outputs: SmallVec<[Array; 4]>,
}

/// So many lists of `count` tensors each, and operands behind them, with neighbours as one. The outputs are the lists that
/// are written, where they lie.
pub fn join(
    context: &'static Context,
    lists: usize,
    count: usize,
    inputs: &[Array],
    outputs: &[Array],
) -> Joined {
    let (lists, operands) = inputs.split_at(lists * count);
    let lists: SmallVec<[&[Array]; 5]> = lists.chunks_exact(count).collect();
    let same = |a: &[Array], b: &[Array]| Arc::ptr_eq(&a[0].storage, &b[0].storage);
    let written: SmallVec<[usize; 4]> = (outputs.chunks_exact(count))
        .filter_map(|output| lists.iter().position(|&list| same(list, output)))
        .collect();
    let filled = (0..count).filter(|&i| lists[0][i].numel() > 0);
    let (mut whole, others): (Vec<usize>, Vec<usize>) =
        filled.partition(|&i| lists.iter().all(|list| is_whole(&list[i])));
    for (l, list) in lists.iter().enumerate() {
        if written.contains(&l) {
            gather(context, whole.iter().map(|&i| memory::of(&list[i])));
        }
    }
    for (l, list) in lists.iter().enumerate() {
        if !written.contains(&l) {
            let pairs = whole
                .iter()
                .map(|&i| (memory::of(&lists[0][i]), memory::of(&list[i])));
            gather_beside(context, pairs);
        }
    }
    let place = |list: &[Array], i: usize| memory::of(&list[i]).place();
    whole.sort_by_key(|&i| {
        let place = place(lists[0], i);
        (place.block.id, place.offset)
    });
    let are_neighbours = |&a: &usize, &b: &usize| {
        lists.iter().all(|&list| {
            let (a, b) = (place(list, a), place(list, b));
            Arc::ptr_eq(&a.block, &b.block) && a.offset + a.size == b.offset
        })
    };
    let runs: SmallVec<[&[usize]; 4]> = (whole.chunk_by(are_neighbours)).chain(others.chunks(1)).collect();
    let mut joined: SmallVec<[Array; 4]> = (lists.iter())
        .flat_map(|&list| runs.iter().map(move |run| as_one(context, list, run)))
        .collect();
    let outputs = (written.iter())
        .flat_map(|&l| joined[l * runs.len()..][..runs.len()].to_vec())
        .collect();
    joined.extend(operands.iter().cloned());
    Joined {
        length: runs.len(),
        inputs: joined,
        outputs,
    }
}

/// Whether an array is all that its memory holds, in order.
fn is_whole(array: &Array) -> bool {
    let bytes = array.numel() as u64 * memory::element_bytes(array.dtype);
    array.dtype == DType::F32
        && array.offset == 0
        && array.is_contiguous()
        && memory::of(array).bytes == bytes
}

/// Neighbours as one tensor.
fn as_one(context: &Context, list: &[Array], run: &[usize]) -> Array {
    let &[first, .., last] = run else {
        return list[run[0]].clone();
    };
    let (first, last) = (memory::of(&list[first]).place(), memory::of(&list[last]));
    let bytes = last.place().offset + last.bytes - first.offset;
    let place = Place {
        block: first.block.clone(),
        offset: first.offset,
        size: bytes.next_multiple_of(ALIGNMENT),
    };
    let memory = Memory::new(Arc::new(place), bytes);
    let elements = (bytes / memory::element_bytes(DType::F32)) as usize;
    let storage = Arc::new(Storage::Remote(Box::new(memory)));
    Array::dense(storage, &[elements], DType::F32).on(context.own)
}

/// Whether memory has a buffer for itself.
fn is_alone(place: &Place) -> bool {
    place.size == place.block.size
}

/// The part of an arena that so many bytes take.
fn slot(bytes: u64) -> u64 {
    bytes.next_multiple_of(ALIGNMENT)
}

/// Moves what lies alone into arenas. What there is no memory for stays.
fn gather<'a>(context: &'static Context, list: impl Iterator<Item = &'a Memory>) {
    let most = context.binding_bytes;
    let is_small = |memory: &&Memory| slot(memory.bytes) <= most / LARGE && is_alone(&memory.place());
    let mut open: Vec<&Memory> = Vec::new();
    let mut size = 0;
    for memory in list.filter(is_small) {
        if memory::size_class(size + slot(memory.bytes)) > most {
            move_together(context, &open, size);
            open.clear();
            size = 0;
        }
        size += slot(memory.bytes);
        open.push(memory);
    }
    move_together(context, &open, size);
}

fn move_together(context: &'static Context, list: &[&Memory], size: u64) {
    if list.len() < 2 || !context.pool.has_room(size) {
        return;
    }
    let Ok(block) = context.pool.block(context, size) else {
        return;
    };
    let mut offset = 0;
    for memory in list {
        let place = Place {
            block: block.clone(),
            offset,
            size: slot(memory.bytes),
        };
        offset += place.size;
        move_to(context, memory, Arc::new(place));
    }
}

/// Puts what memory holds into another place, in order with the launches.
fn move_to(context: &'static Context, memory: &Memory, to: Arc<Place>) {
    let from = memory.place();
    commands::move_bytes(
        context,
        (&from.block, from.offset),
        (&to.block, to.offset),
        memory.bytes,
    );
    memory.move_to(to);
}

/// Moves what lies alone to the place beside its partner, where that is free.
fn gather_beside<'a>(context: &'static Context, pairs: impl Iterator<Item = (&'a Memory, &'a Memory)>) {
    for (owner, memory) in pairs {
        if is_alone(&memory.place())
            && let Some(place) = place_beside(context, owner, memory.bytes)
        {
            move_to(context, memory, place);
        }
    }
}

/// The place beside memory that lies in an arena, if it is free and has so many bytes.
pub fn place_beside(context: &'static Context, owner: &Memory, bytes: u64) -> Option<Arc<Place>> {
    let owner = owner.place();
    if is_alone(&owner) || slot(bytes) != owner.size {
        return None;
    }
    let mut beside = owner.block.beside.lock();
    let Beside { block, tenants } = &mut *beside;
    let block = match block.upgrade() {
        Some(block) => block,
        None => {
            let size = owner.block.size;
            let made = (context.pool.has_room(size))
                .then(|| context.pool.block(context, size))?
                .ok()?;
            tenants.clear();
            *block = Arc::downgrade(&made);
            made
        }
    };
    let tenant = tenants.entry(owner.offset).or_default();
    if tenant.strong_count() > 0 {
        return None;
    }
    let place = Arc::new(Place {
        block,
        offset: owner.offset,
        size: owner.size,
    });
    *tenant = Arc::downgrade(&place);
    Some(place)
}
