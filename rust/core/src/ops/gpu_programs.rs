//! GPU programs of structured ops, as data.

use crate::error::Result;
use crate::gpu::{Buffer, Context, GpuProgram, Mode, Pass, grid};

/// The region is written into the base's own buffer.
pub fn slice_put(c: &Context) -> Result<GpuProgram> {
    let r = c.request;
    let (base, values) = (r.shape(0), r.shape(1));
    let strides = crate::shape::contiguous_strides(base);
    let n: usize = values.iter().product();
    // params: count, rank, then per dimension: extent of the region, stride in the base, start, step
    let mut params = vec![n as u32, values.len() as u32];
    for d in 0..values.len() {
        params.extend([values[d] as u32, strides[d] as u32, r.data[d].as_i64() as u32, r.attrs[2 * d + 1] as u32]);
    }
    Ok(GpuProgram {
        passes: vec![Pass {
            template: "slice_put.wgsl",
            defines: vec![("RANK", values.len().to_string())],
            bindings: vec![(Buffer::Input(1), Mode::Read), (Buffer::Output(0), Mode::ReadWrite)],
            params,
            slots: vec![],
            grid: grid(n.div_ceil(c.limits.workgroup_size as usize), &c.limits),
        }],
        scratch: vec![],
        aliases: vec![(0, 0)],
    })
}

/// Register tiles of 8 x 8 per thread, an epilogue spliced into the store.
pub fn matmul(c: &Context) -> Result<GpuProgram> {
    let r = c.request;
    let (a, b) = (r.shape(0), r.shape(1));
    let (m, k, n) = (a[a.len() - 2], a[a.len() - 1], b[b.len() - 1]);
    let batch: usize = a[..a.len() - 2].iter().product();
    let tiles = m.div_ceil(64) * n.div_ceil(64);
    Ok(GpuProgram {
        passes: vec![Pass {
            template: "matmul.wgsl",
            defines: vec![],
            bindings: vec![(Buffer::Input(0), Mode::Read), (Buffer::Input(1), Mode::Read), (Buffer::Output(0), Mode::ReadWrite)],
            params: vec![m as u32, n as u32, k as u32, batch as u32],
            slots: vec![("load_a", "x".into()), ("load_b", "x".into()), ("store", "x".into())],
            grid: grid(tiles * batch, &c.limits),
        }],
        scratch: vec![],
        aliases: vec![],
    })
}
