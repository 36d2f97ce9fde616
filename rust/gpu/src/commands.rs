//! What a thread is about to record: all of it, or nothing.
//!
//! A launch makes several passes, and memory for any of them may be refused. So its commands are put aside until the
//! last one is there. While a thread does that no other records: memory that is freed or moved meanwhile is for later
//! commands.

use crate::context::Context;
use crate::faults::{Trace, Watched};
use crate::memory::Block;
use crate::pipelines::Pipeline;
use crate::recorder::Bound;
use parking_lot::ReentrantMutexGuard;
use ravine_core::error::Result;
use ravine_core::profile::{self, Launched};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

pub enum Command {
    Dispatch {
        pipeline: Arc<Pipeline>,
        group: wgpu::BindGroup,
        /// Numbers of the blocks that are bound.
        used: SmallVec<[u64; 8]>,
        /// Words of the list of params.
        params: Range<usize>,
        grid: [u32; 3],
        /// It may note an error under its number, the last of the params.
        watched: Option<Box<Watched>>,
        /// The launch that it is part of, if a profiler wants to know.
        profiled: Option<Launched>,
    },
    Copy {
        from: (Arc<Block>, u64),
        to: (Arc<Block>, u64),
        bytes: u64,
        /// Memory has moved to there already: so the values go as well, whatever becomes of the launch.
        is_move: bool,
    },
    /// What the commands before it read and wrote.
    Trace(Trace),
}

impl Command {
    /// Whether it is recorded even if its launch is not: it changes no values.
    fn stands_alone(&self) -> bool {
        matches!(self, Command::Copy { is_move: true, .. })
    }
}

/// Its lists are used again.
#[derive(Default)]
struct Open {
    is_open: bool,
    commands: Vec<(&'static Context, Command)>,
    params: Vec<u32>,
    /// Of the GPUs that it is for: no other thread records there.
    turns: Vec<(&'static Context, ReentrantMutexGuard<'static, ()>)>,
}

thread_local! {
    static OPEN: RefCell<Open> = RefCell::default();
}

/// Ends the list, also where a panic passes through.
struct Close {
    is_done: bool,
}

impl Drop for Close {
    fn drop(&mut self) {
        let mut open = OPEN.take();
        open.is_open = false;
        for (context, command) in open.commands.drain(..) {
            if self.is_done || command.stands_alone() {
                (context.recorder.lock()).record(context, command, &open.params);
            }
        }
        open.params.clear();
        open.turns.clear();
        OPEN.set(open);
    }
}

/// Runs what makes commands for a GPU, which are recorded if all goes well. Within another call the outermost decides.
pub fn together<R>(context: &'static Context, f: impl FnOnce() -> Result<R>) -> Result<R> {
    let is_within = OPEN.with_borrow_mut(|open| {
        if !open.turns.iter().any(|(known, _)| std::ptr::eq(*known, context)) {
            open.turns.push((context, context.turn.lock()));
        }
        std::mem::replace(&mut open.is_open, true)
    });
    if is_within {
        return f();
    }
    let mut close = Close { is_done: false };
    let outcome = f();
    close.is_done = outcome.is_ok();
    outcome
}

/// Whether the commands of this thread are put aside.
pub fn is_open() -> bool {
    OPEN.with_borrow(|open| open.is_open)
}

/// Puts a command aside, or records it where nothing else is to happen with it.
fn push(context: &'static Context, command: Command) {
    let alone = OPEN.with_borrow_mut(|open| {
        if open.is_open {
            open.commands.push((context, command));
            return None;
        }
        Some(command)
    });
    if let Some(command) = alone {
        let _turn = context.turn.lock();
        context.recorder.lock().record(context, command, &[]);
    }
}

/// Adds a dispatch of the launch that is open.
pub fn dispatch(
    context: &'static Context,
    pipeline: &Arc<Pipeline>,
    bound: &[Bound],
    params: &[u32],
    grid: [u32; 3],
    watched: Option<Box<Watched>>,
) {
    let (group, used) = context.recorder.lock().group(context, pipeline, bound);
    let params = OPEN.with_borrow_mut(|open| {
        let first = open.params.len();
        open.params.extend_from_slice(params);
        first..open.params.len()
    });
    let command = Command::Dispatch {
        pipeline: pipeline.clone(),
        group,
        used,
        params,
        grid,
        watched,
        profiled: profile::current(),
    };
    push(context, command);
}

/// Adds a copy of bytes from one block to another.
pub fn copy(context: &'static Context, from: (&Arc<Block>, u64), to: (&Arc<Block>, u64), bytes: u64) {
    let (from, to) = ((from.0.clone(), from.1), (to.0.clone(), to.1));
    let is_move = false;
    push(
        context,
        Command::Copy {
            from,
            to,
            bytes,
            is_move,
        },
    );
}

/// The same for memory that moves.
pub fn move_bytes(context: &'static Context, from: (&Arc<Block>, u64), to: (&Arc<Block>, u64), bytes: u64) {
    let (from, to) = ((from.0.clone(), from.1), (to.0.clone(), to.1));
    let is_move = true;
    push(
        context,
        Command::Copy {
            from,
            to,
            bytes,
            is_move,
        },
    );
}

/// Adds what the commands so far read and wrote, if an error in values may have been noted by now.
pub fn trace(context: &'static Context, trace: impl FnOnce() -> Trace) {
    let is_watched =
        |(_, command): &(_, Command)| matches!(command, Command::Dispatch { watched: Some(_), .. });
    if context.recorder.lock().faults.is_in_doubt()
        || OPEN.with_borrow(|open| open.commands.iter().any(is_watched))
    {
        push(context, Command::Trace(trace()));
    }
}
