//! GPU programs of structured ops, as data (see `gpu`). What each template's params mean stands at its top.

use super::adam::Adam;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass, grid, kind, need};
use crate::shape::{broadcast, contiguous_strides, numel};

/// A pass whose threads each do one element.
fn over_elements(
    c: &Context,
    template: &'static str,
    n: usize,
    bindings: Vec<Binding>,
    params: Vec<u32>,
) -> Pass {
    let size = c.limits.workgroup_size;
    Pass {
        template,
        entry: "main",
        defines: vec![("WORKGROUP", size.to_string())],
        bindings,
        params,
        slots: vec![],
        grid: grid(n.div_ceil(size as usize), &c.limits),
    }
}

/// The region is written into the base's own buffer.
pub fn slice_put(c: &Context) -> Result<GpuProgram> {
    let r = c.request;
    let (base, values) = (r.shape(0), r.shape(1));
    let kind = kind(r.op.name, r.dtype(0))?;
    let strides = contiguous_strides(base);
    let n = numel(values);
    let mut params = vec![n as u32];
    for d in 0..values.len() {
        params.extend([
            values[d] as u32,
            strides[d] as u32,
            r.data[d].as_i64() as u32,
            r.attrs[2 * d + 1] as u32,
        ]);
    }
    let bindings = vec![
        Binding::read("values", Buffer::Input(1), kind),
        Binding::write("base", Buffer::Output(0), kind),
    ];
    let mut pass = over_elements(c, "slice_put.wgsl", n, bindings, params);
    pass.defines.push(("RANK", values.len().to_string()));
    Ok(GpuProgram {
        passes: vec![pass],
        aliases: vec![(0, 0)],
        ..GpuProgram::default()
    })
}

/// Products of row-major matrices; an operand without leading dimensions is shared by all products.
pub fn matmul(c: &Context) -> Result<GpuProgram> {
    let r = c.request;
    need("matmul", r.dtype(0), DType::F32)?;
    let (a, b) = (r.shape(0), r.shape(1));
    let (m, k, n) = (a[a.len() - 2], a[a.len() - 1], b[b.len() - 1]);
    let (lead_a, lead_b) = (&a[..a.len() - 2], &b[..b.len() - 2]);
    let lead = broadcast(lead_a, lead_b).ok_or_else(|| Error::broadcast("matmul", a, b))?;
    let batch = numel(&lead);
    let stride = |own: &[usize], size: usize| match numel(own) {
        1 => Ok(0),
        // Nothing of its own is repeated, so the matrices are in the order of the products.
        n if n == batch => Ok(size),
        _ => Err(Error::shape(
            "matmul",
            "leading dimensions that broadcast in part must be expanded for the GPU",
        )),
    };
    let strides = [stride(lead_a, m * k)?, stride(lead_b, k * n)?];
    let (across, tiles) = (n.div_ceil(64), m.div_ceil(64) * n.div_ceil(64));
    Ok(GpuProgram {
        passes: vec![Pass {
            template: "matmul.wgsl",
            entry: "main",
            defines: vec![],
            bindings: vec![
                Binding::read("a", Buffer::Input(0), "f32"),
                Binding::read("b", Buffer::Input(1), "f32"),
                Binding::write("c", Buffer::Output(0), "f32"),
            ],
            params: [m, n, k, across, tiles, batch, strides[0], strides[1]]
                .map(|x| x as u32)
                .to_vec(),
            slots: vec![
                Pass::pass_through("load_a"),
                Pass::pass_through("load_b"),
                Pass::pass_through("store"),
            ],
            grid: grid(tiles * batch, &c.limits),
        }],
        ..GpuProgram::default()
    })
}

/// The row that a reduced dimension belongs to, as (rows, length, stride).
fn rows(shape: &[usize], dim: usize) -> [usize; 3] {
    let length = shape.get(dim).copied().unwrap_or(1);
    let stride = shape.iter().skip(dim + 1).product::<usize>();
    [numel(shape) / length.max(1), length, stride.max(1)]
}

pub fn softmax(c: &Context) -> Result<GpuProgram> {
    let r = c.request;
    need("softmax", r.dtype(0), DType::F32)?;
    let sizes = rows(r.shape(0), r.attrs[0] as usize);
    Ok(GpuProgram {
        passes: vec![Pass {
            template: "softmax.wgsl",
            entry: "main",
            defines: vec![],
            bindings: vec![
                Binding::read("x", Buffer::Input(0), "f32"),
                Binding::write("y", Buffer::Output(0), "f32"),
            ],
            params: sizes.map(|x| x as u32).to_vec(),
            slots: vec![Pass::pass_through("load"), Pass::pass_through("store")],
            grid: grid(sizes[0], &c.limits),
        }],
        ..GpuProgram::default()
    })
}

/// Blocks are sorted in workgroup memory; longer rows take a pass for each distance beyond a block.
pub fn sort(c: &Context) -> Result<GpuProgram> {
    const BLOCK: usize = 512;
    let r = c.request;
    let kind = kind("sort", r.dtype(0))?;
    if kind == "vec2<u32>" {
        return Err(Error::dtype(
            "sort",
            r.dtype(0),
            "float32, int32, uint8 or bool on the GPU",
        ));
    }
    let [rows, length, stride] = rows(r.shape(0), r.attrs[0] as usize);
    let padded = length.max(BLOCK).next_power_of_two();
    let pass = |entry: &'static str, groups: usize, k: usize, j: usize| Pass {
        template: "sort.wgsl",
        entry,
        defines: vec![("KIND", kind.to_string())],
        bindings: vec![
            Binding::read("x", Buffer::Input(0), kind),
            Binding::write("values", Buffer::Output(0), kind),
            Binding::write("indices", Buffer::Output(1), "vec2<u32>"),
            Binding::write("keys", Buffer::Scratch(0), "u32"),
            Binding::write("places", Buffer::Scratch(1), "u32"),
        ],
        params: [rows, length, stride, padded, r.attrs[1] as usize, k, j]
            .map(|x| x as u32)
            .to_vec(),
        slots: vec![],
        grid: grid(groups, &c.limits),
    };
    let blocks = rows * padded / BLOCK;
    let mut passes = vec![pass("sort_blocks", blocks, 0, 0)];
    let mut k = 2 * BLOCK;
    while k <= padded {
        let mut j = k / 2;
        while j >= BLOCK {
            passes.push(pass("merge_far", (rows * padded / 2).div_ceil(256), k, j));
            j /= 2;
        }
        passes.push(pass("merge_near", blocks, k, 0));
        k *= 2;
    }
    passes.push(pass("finish", (rows * length).div_ceil(256), 0, 0));
    if rows * length == 0 {
        passes.clear();
    }
    Ok(GpuProgram {
        passes,
        scratch: vec![4 * rows * padded; 2],
        ..GpuProgram::default()
    })
}

/// A pass per time step; the same pipeline, with the time in its params.
pub fn lstm(c: &Context) -> Result<GpuProgram> {
    let r = c.request;
    need("lstm_sequence", r.dtype(0), DType::F32)?;
    if super::recurrent::keeps(r.attrs) {
        return Err(Error::never(
            "lstm_sequence",
            "GPU program with gates kept",
            super::recurrent::NO_GPU,
        ));
    }
    let (steps, sequences, hidden) = (r.shape(0)[0], r.shape(1)[0], r.shape(1)[1]);
    let bindings = vec![
        Binding::read("x", Buffer::Input(0), "f32"),
        Binding::read("h0", Buffer::Input(1), "f32"),
        Binding::read("c0", Buffer::Input(2), "f32"),
        Binding::read("w", Buffer::Input(3), "f32"),
        Binding::write("y", Buffer::Output(0), "f32"),
        Binding::write("c", Buffer::Output(1), "f32"),
    ];
    let pass = |time: usize| {
        let params = vec![sequences as u32, hidden as u32, time as u32];
        over_elements(c, "lstm.wgsl", sequences * hidden, bindings.clone(), params)
    };
    Ok(GpuProgram {
        passes: (0..steps).map(pass).collect(),
        ..GpuProgram::default()
    })
}

/// Two tensors to a pass: four buffers for each are as many as are sure to be there.
pub fn adam(c: &Context) -> Result<GpuProgram> {
    let r = c.request;
    let count = r.attrs[0] as usize;
    for i in 0..count {
        need("adam_", r.dtype(i), DType::F32)?;
    }
    let n = Adam::<f32>::new(r.attrs, r.data);
    let numbers = [
        n.penalty,
        n.shrink,
        n.one_minus_beta1,
        n.beta1,
        n.beta2,
        n.one_minus_beta2,
        n.correction,
        n.eps,
        n.minus_step_size,
    ];
    let pass = |first: usize| {
        let tensors: Vec<usize> = (first..count.min(first + 2)).collect();
        let sizes: Vec<usize> = tensors.iter().map(|&i| numel(r.shape(i))).collect();
        let mut params = vec![
            sizes[0] as u32,
            sizes.get(1).map_or(0, |&n| n as u32),
            n.maximize as u32,
        ];
        params.extend(numbers.map(f32::to_bits));
        let mut bindings = Vec::new();
        let mut text = String::from("fn update(i: u32) {\n");
        for (k, &i) in tensors.iter().enumerate() {
            bindings.push(Binding::read(&format!("g{k}"), Buffer::Input(count + i), "f32"));
            for (list, name) in ["p", "m", "v"].iter().enumerate() {
                bindings.push(Binding::write(
                    &format!("{name}{k}"),
                    Buffer::Output(list * count + i),
                    "f32",
                ));
            }
            let (inside, at) = if k == 0 {
                ("i < param(0u)", "i")
            } else {
                ("i >= param(0u)", "i - param(0u)")
            };
            text += &format!(
                "    if ({inside}) {{\n        let at = {at};\n        \
                 let moved = step(p{k}[at], g{k}[at], m{k}[at], v{k}[at]);\n        \
                 p{k}[at] = moved.p;\n        m{k}[at] = moved.m;\n        v{k}[at] = moved.v;\n    }}\n"
            );
        }
        let mut pass = over_elements(c, "adam.wgsl", sizes.iter().sum(), bindings, params);
        pass.slots.push(("update", text + "}\n"));
        pass
    };
    let outputs = r.op.donates.len() * count;
    Ok(GpuProgram {
        passes: (0..count).step_by(2).map(pass).collect(),
        aliases: (0..outputs)
            .filter_map(|j| Some((j, r.op.donor(r.attrs, j)?)))
            .collect(),
        ..GpuProgram::default()
    })
}
