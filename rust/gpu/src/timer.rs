//! When the passes of profiled launches ran. A device with timestamps notes it itself, two numbers a pass, which are
//! read at the end; on others each launch is handed over alone and waited for.

use crate::context::Context;
use ravine_core::error::Result;
use ravine_core::profile::{self, Launched, Pass};
use wgpu::{BufferUsages, CommandEncoder, ComputePassTimestampWrites, QuerySet, SubmissionIndex};

/// Passes of one set: two timestamps each, as many as a set may hold.
const PASSES: usize = wgpu::QUERY_SET_MAX_QUERIES as usize / 2;

#[derive(Default)]
pub struct Timer {
    open: Option<(QuerySet, Vec<Launched>)>,
    noted: Noted,
}

/// What was noted of passes.
#[derive(Default)]
pub struct Noted {
    /// Timestamps on their way to the host, in buffers of `staging`.
    sent: Vec<(wgpu::Buffer, Vec<Launched>)>,
    /// Passes that were waited for.
    waited: Vec<Pass>,
}

impl Timer {
    /// The timestamps of the pass that is about to begin.
    pub fn writes(
        &mut self,
        context: &Context,
        encoder: &mut CommandEncoder,
        launch: Launched,
    ) -> ComputePassTimestampWrites<'_> {
        if self
            .open
            .as_ref()
            .is_some_and(|(_, launches)| launches.len() == PASSES)
        {
            self.close(context, encoder);
        }
        let (set, launches) = self.open.get_or_insert_with(|| {
            let set = context.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: None,
                ty: wgpu::QueryType::Timestamp,
                count: 2 * PASSES as u32,
            });
            (set, Vec::new())
        });
        let first = 2 * launches.len() as u32;
        launches.push(launch);
        ComputePassTimestampWrites {
            query_set: set,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        }
    }

    /// A pass was handed over alone at `begin`, and has run.
    pub fn note_waited(&mut self, launch: Launched, begin: u64) {
        self.noted.waited.push(Pass {
            launch: launch.number,
            begin,
            end: profile::now(),
        });
    }

    /// Sends the timestamps of the open set to the host.
    pub fn close(&mut self, context: &Context, encoder: &mut CommandEncoder) {
        let Some((set, launches)) = self.open.take() else {
            return;
        };
        let queries = 2 * launches.len() as u32;
        let bytes = bytes_of(&launches);
        let resolved = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage: BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        let staging = context.staging.take(context, bytes);
        encoder.resolve_query_set(&set, 0..queries, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &staging, 0, bytes);
        self.noted.sent.push((staging, launches));
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// What was noted since somebody asked. The open set is closed, and is to be handed over.
    pub fn take(&mut self) -> Noted {
        std::mem::take(&mut self.noted)
    }
}

fn bytes_of(launches: &[Launched]) -> u64 {
    2 * launches.len() as u64 * u64::from(wgpu::QUERY_SIZE)
}

impl Noted {
    /// The passes on the host's clock; waits for the submission that sends the last timestamps.
    pub fn read(self, context: &Context, index: Option<SubmissionIndex>) -> Result<Vec<Pass>> {
        let period = f64::from(context.queue.get_timestamp_period());
        let mut noted: Vec<(Launched, [i64; 2])> = Vec::new();
        for (buffer, launches) in self.sent {
            let bytes = bytes_of(&launches);
            let index = index
                .as_ref()
                .expect("timestamps that were sent are in a submission");
            let times: Vec<i64> = context.staging.read(context, buffer, bytes, index, |bytes| {
                (bytes.chunks_exact(8))
                    .map(|b| u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
                    .map(|ticks| (ticks as f64 * period) as i64)
                    .collect()
            })?;
            for (launch, time) in launches.into_iter().zip(times.chunks_exact(2)) {
                noted.push((launch, [time[0], time[1].max(time[0])]));
            }
        }
        let mut passes = self.waited;
        passes.extend(on_the_hosts_clock(&noted));
        Ok(passes)
    }
}

/// The device has a clock of its own. It is set so that the passes are as early as they can be: none begins before its
/// launch.
fn on_the_hosts_clock(noted: &[(Launched, [i64; 2])]) -> Vec<Pass> {
    let ahead = noted
        .iter()
        .map(|(launch, [begin, _])| launch.begin as i64 - begin);
    let shift = ahead.max().unwrap_or(0);
    (noted.iter())
        .map(|(launch, [begin, end])| Pass {
            launch: launch.number,
            begin: (begin + shift) as u64,
            end: (end + shift) as u64,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pass_begins_before_its_launch() {
        let launch = |number, begin| Launched { number, begin };
        let noted = [
            (launch(0, 1000), [50_000, 50_300]),
            (launch(1, 1500), [50_400, 50_400]),
        ];
        let passes: Vec<(u64, u64, u64)> = (on_the_hosts_clock(&noted).iter())
            .map(|pass| (pass.launch, pass.begin, pass.end))
            .collect();
        assert_eq!(passes, [(0, 1100, 1400), (1, 1500, 1500)]);
        assert!(on_the_hosts_clock(&[]).is_empty());
    }
}
