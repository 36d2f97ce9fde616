//! The GPU program of a matrix product.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass, by_fours, grid, operand};
use crate::ops::linalg::segments::Segments;
use crate::shape::{Strides, broadcast, contiguous_strides, numel};
use smallvec::SmallVec;

/// How an operand is read. Of A, `across` runs along the rows, of B along the columns; steps are of the inner index.
const STARTS: &str = "\
fn start_of_{x}(batch: u32) -> u32 {
    let outer = batch / (param(6u) * param(7u));
    let middle = batch / param(7u) % param(6u);
    return {offset} + outer * {outer} + middle * {middle} + batch % param(7u) * {inner};
}
fn place_in_{x}(first: u32, at: u32, step: u32) -> u32 {
    return first + at * {across} + step * {along};
}
";

/// Elements one by one. Behind the last step is 0; what is behind the last row or column is stored nowhere.
const SINGLE: &str = "\
fn element_of_{x}(first: u32, at: u32, step: u32) -> f32 {
    let i = place_in_{x}(first, min(at, {extent} - 1u), min(step, param(2u) - 1u));
    return select(0.0, load_{x}(i, {read}), step < param(2u));
}
fn four_of_{x}(first: u32, at: u32, step: u32) -> vec4<f32> {
    return vec4<f32>(
        element_of_{x}(first, at, step),
        element_of_{x}(first, at + 1u, step),
        element_of_{x}(first, at + 2u, step),
        element_of_{x}(first, at + 3u, step),
    );
}
";

/// Four at once, which lie side by side across. Where the extent ends, a thread has all four or none.
const ACROSS: &str = "\
fn four_of_{x}(first: u32, at: u32, step: u32) -> vec4<f32> {
    let i = place_in_{x}(first, min(at, {extent} - 4u), min(step, param(2u) - 1u));
    let x = {read};
    let seen = vec4<f32>(load_{x}(i, x.x), load_{x}(i + 1u, x.y), load_{x}(i + 2u, x.z), load_{x}(i + 3u, x.w));
    return select(vec4<f32>(), seen, step < param(2u));
}
";

/// Four across at each of four steps.
const BLOCK: &str = "\
fn block_of_{x}(first: u32, at: u32, step: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        four_of_{x}(first, at, step),
        four_of_{x}(first, at, step + 1u),
        four_of_{x}(first, at, step + 2u),
        four_of_{x}(first, at, step + 3u),
    );
}
";

/// The same of four steps at once, which lie side by side. The last step is the last of four.
const BLOCK_ALONG: &str = "\
fn steps_of_{x}(first: u32, at: u32, step: u32) -> vec4<f32> {
    let i = place_in_{x}(first, min(at, {extent} - 1u), step);
    let x = {read};
    return vec4<f32>(load_{x}(i, x.x), load_{x}(i + 1u, x.y), load_{x}(i + 2u, x.z), load_{x}(i + 3u, x.w));
}
fn block_of_{x}(first: u32, at: u32, step: u32) -> mat4x4<f32> {
    return transpose(mat4x4<f32>(
        steps_of_{x}(first, at, step),
        steps_of_{x}(first, at + 1u, step),
        steps_of_{x}(first, at + 2u, step),
        steps_of_{x}(first, at + 3u, step),
    ));
}
";

/// In which order threads fetch a tile: the step, and the first of four across. Those that follow each other fetch what
/// lies side by side.
const SPOT: &str = "\
fn spot_of_{x}(at: u32) -> vec2<u32> {
    return vec2<u32>(at / 16u, at % 16u * 4u);
}
";
const SPOT_ALONG: &str = "\
fn spot_of_{x}(at: u32) -> vec2<u32> {
    return vec2<u32>(at % 16u, at / 16u * 4u);
}
";

/// Who computes the product: a template of `shaders/linalg/`, and what it wants to know of operands.
#[derive(Clone, Copy, PartialEq)]
enum Kernel {
    /// A tile to a workgroup, whose steps are staged in workgroup memory.
    Tiles,
    /// At most four rows, which are staged.
    FewRows,
    /// Nothing is staged: where workgroup memory is no faster than buffers.
    Registers,
}

impl Kernel {
    fn template(self) -> &'static str {
        match self {
            Kernel::Tiles => "linalg/matmul.wgsl",
            Kernel::FewRows => "linalg/few_rows.wgsl",
            Kernel::Registers => "linalg/registers.wgsl",
        }
    }
}

/// How the matrices of an operand lie.
struct Matrices {
    name: &'static str,
    dtype: DType,
    offset: isize,
    /// From a row of A, or a column of B, to the next, and how many there are.
    across: isize,
    extent: usize,
    /// From a step of the inner index to the next, and how many there are.
    along: isize,
    steps: usize,
    /// Along the leading dimensions of the result, 0 where the operand is repeated.
    lead: Strides,
}

impl Matrices {
    /// Of operand 0, A, or 1, B.
    fn new(c: &Context, i: usize, lead: usize) -> Matrices {
        let shape = c.shape(i);
        let (offset, strides) = match c.layout(i) {
            Some(layout) => (layout.offset, layout.strides.clone()),
            None => (0, contiguous_strides(shape)),
        };
        let own = shape.len() - 2;
        let (across, along) = (own + i, own + 1 - i);
        Matrices {
            name: ["a", "b"][i],
            dtype: c.dtype(i),
            offset,
            across: strides[across],
            extent: shape[across],
            along: strides[along],
            steps: shape[along],
            lead: (0..lead)
                .map(|d| match (d + own).checked_sub(lead) {
                    Some(d) if shape[d] != 1 => strides[d],
                    _ => 0,
                })
                .collect(),
        }
    }

    fn params(&self) -> [u32; 6] {
        let [outer, middle, inner] = [0, 1, 2].map(|d| self.lead[d]);
        [self.offset, self.across, self.along, outer, middle, inner].map(|x| x as u32)
    }

    /// `gpu::by_fours` along one dimension of the matrices; `other` is the stride of the other.
    fn by_fours(&self, stride: isize, extent: usize, other: isize) -> bool {
        by_fours(
            stride,
            extent,
            self.lead.iter().copied().chain([other, self.offset]),
        )
    }

    /// The functions that read it, for params from `first` on, and the type of its buffer's elements.
    fn fetches(&self, kernel: Kernel, first: usize, extent: usize) -> Result<(String, &'static str)> {
        let across = kernel != Kernel::FewRows && self.by_fours(self.across, self.extent, self.along);
        let along = kernel == Kernel::Registers && self.by_fours(self.along, self.steps, self.across);
        let fetch = match (across, along) {
            (true, _) => [ACROSS, BLOCK],
            (false, true) => ["", BLOCK_ALONG],
            (false, false) => [SINGLE, BLOCK],
        };
        let parts = match kernel {
            Kernel::Registers => fetch,
            Kernel::Tiles if self.along == 1 && self.across != 1 => [fetch[0], SPOT_ALONG],
            Kernel::Tiles => [fetch[0], SPOT],
            Kernel::FewRows => [fetch[0], ""],
        };
        let mut text = [STARTS, parts[0], parts[1]].concat();
        let words = ["offset", "across", "along", "outer", "middle", "inner"];
        for (k, word) in words.iter().enumerate() {
            text = text.replace(&format!("{{{word}}}"), &format!("param({}u)", first + k));
        }
        let (kind, read) = operand("matmul", self.name, self.dtype, across || along)?;
        let text = text
            .replace("{extent}", &format!("param({extent}u)"))
            .replace("{read}", &read)
            .replace("{x}", self.name);
        Ok((text, kind))
    }
}

/// The leading dimensions of both operands as three, neighbours merged where neither minds: their extents. Those in which
/// B is repeated become rows of A where its rows go on like that.
fn merge(lead: &[usize], a: &mut Matrices, b: &mut Matrices) -> Result<[usize; 3]> {
    let mut merged: SmallVec<[(usize, isize, isize); 4]> = SmallVec::new();
    for (d, &extent) in lead.iter().enumerate().filter(|(_, extent)| **extent != 1) {
        let (of_a, of_b) = (a.lead[d], b.lead[d]);
        match merged.last_mut() {
            Some((n, x, y)) if *x == of_a * extent as isize && *y == of_b * extent as isize => {
                (*n, *x, *y) = (*n * extent, of_a, of_b);
            }
            _ => merged.push((extent, of_a, of_b)),
        }
    }
    if let Some(&(extent, of_a, 0)) = merged.last()
        && (a.extent == 1 || of_a == a.across * a.extent as isize)
    {
        if a.extent == 1 {
            a.across = of_a;
        }
        a.extent *= extent;
        merged.pop();
    }
    if merged.len() > 3 {
        return Err(Error::shape(
            "matmul",
            "operands whose leading dimensions are repeated in turn, more than three times, must be expanded for the GPU",
        ));
    }
    while merged.len() < 3 {
        merged.insert(0, (1, 0, 0));
    }
    a.lead = merged.iter().map(|m| m.1).collect();
    b.lead = merged.iter().map(|m| m.2).collect();
    Ok([merged[0].0, merged[1].0, merged[2].0])
}

/// Products of matrices that lie anyhow.
pub fn program(c: &Context) -> Result<GpuProgram> {
    let (a, b) = (c.shape(0), c.shape(1));
    let (k, n) = (a[a.len() - 1], b[b.len() - 1]);
    let lead =
        broadcast(&a[..a.len() - 2], &b[..b.len() - 2]).ok_or_else(|| Error::broadcast("matmul", a, b))?;
    let (mut left, mut right) = (Matrices::new(c, 0, lead.len()), Matrices::new(c, 1, lead.len()));
    let extents = merge(&lead, &mut left, &mut right)?;
    let (m, batch) = (left.extent, numel(&extents));
    let mut defines = vec![];
    let (kernel, [down, across], depth) = match m {
        _ if !c.limits.staging => {
            let [down, across] = threads(m, n);
            defines.push(("ACROSS", across.to_string()));
            (
                Kernel::Registers,
                [m.div_ceil(16 * down), n.div_ceil(8 * across)],
                4,
            )
        }
        0..=4 => (Kernel::FewRows, [1, n.div_ceil(32)], 256),
        _ => (Kernel::Tiles, [m.div_ceil(64), n.div_ceil(64)], 16),
    };
    let tiles = down * across;
    let segments = Segments::new(k, depth, tiles * batch);
    let products = batch * segments.count;
    let sizes = [
        m,
        n,
        k,
        across,
        tiles,
        products,
        extents[1],
        extents[2],
        batch,
        segments.steps,
    ];
    let mut params: Vec<u32> = sizes.iter().map(|&x| x as u32).collect();
    let (fetch_a, kind_of_a) = left.fetches(kernel, params.len(), 0)?;
    params.extend(left.params());
    let (fetch_b, kind_of_b) = right.fetches(kernel, params.len(), 1)?;
    params.extend(right.params());
    let pass = Pass {
        template: kernel.template(),
        entry: "main",
        defines,
        bindings: vec![
            Binding::read("a", Buffer::Input(0), kind_of_a),
            Binding::read("b", Buffer::Input(1), kind_of_b),
        ],
        params,
        slots: vec![
            Pass::pass_through("load_a"),
            Pass::pass_through("load_b"),
            ("fetches", fetch_a + &fetch_b),
        ],
        grid: grid(tiles * products, &c.limits),
    };
    Ok(segments.program(c, pass, batch * m * n))
}

/// How the 32 threads of a workgroup, of 16 x 8 elements each, lie over a product: down and across.
fn threads(m: usize, n: usize) -> [usize; 2] {
    let [down, across] = [m.div_ceil(16), n.div_ceil(8)].map(|x| x.next_power_of_two());
    let across = across.min(32 / down.min(4));
    [32 / across, across]
}
