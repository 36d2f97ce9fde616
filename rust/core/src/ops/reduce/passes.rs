//! Reductions and scans on the GPU: the passes that all operators share.
//!
//! Lines are cut into parts, so that a device has enough to do and no invocation loops for long. What the parts combine
//! to are shorter lines, which are reduced (or scanned) in their turn.

use super::fold::Fold;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Limits, Pass, grid, kind};
use crate::shape::numel;
use smallvec::{SmallVec, smallvec};

/// Extents and strides of dimensions, the outermost first.
type Dims = SmallVec<[(usize, usize); 4]>;

/// A dense tensor as lines.
struct Lines {
    /// The dimensions that tell lines apart, as few as they can be merged to.
    starts: Dims,
    /// Those along a line.
    elements: Dims,
}

fn extent(dims: &Dims) -> usize {
    dims.iter().map(|(n, _)| n).product()
}

impl Lines {
    /// Over several dimensions, which need not follow each other; a tensor without dimensions is one line.
    fn over(shape: &[usize], dims: &[usize]) -> Lines {
        let (mut starts, mut elements) = (Dims::new(), Dims::new());
        for d in (0..shape.len()).filter(|&d| shape[d] != 1) {
            let part = if dims.contains(&d) {
                &mut elements
            } else {
                &mut starts
            };
            let (n, stride) = (shape[d], numel(&shape[d + 1..]));
            match part.last_mut() {
                Some(last) if last.1 == n * stride => *last = (last.0 * n, stride),
                _ => part.push((n, stride)),
            }
        }
        Lines { starts, elements }
    }

    fn rows(count: usize, length: usize) -> Lines {
        Lines {
            starts: smallvec![(count, length)],
            elements: smallvec![(length, 1)],
        }
    }

    fn count(&self) -> usize {
        extent(&self.starts)
    }

    fn length(&self) -> usize {
        extent(&self.elements)
    }

    fn are_rows(&self) -> bool {
        self.elements.last().is_none_or(|&(_, stride)| stride == 1)
    }

    /// The slots that tell where lines start and where elements are from there.
    fn slots(&self, params: &mut Vec<u32>) -> Vec<(&'static str, String)> {
        [
            ("offset_of_line", &self.starts),
            ("offset_in_line", &self.elements),
        ]
        .map(|(name, dims)| (name, offset(name, dims, params)))
        .into()
    }
}

/// A function from an index into dimensions to an offset; extents and strides go to the params.
fn offset(name: &str, dims: &Dims, params: &mut Vec<u32>) -> String {
    let mut param = |x: usize| {
        params.push(x as u32);
        format!("param({}u)", params.len() - 1)
    };
    let mut text = format!("fn {name}(i: u32) -> u32 {{\n    var rest = i;\n    var at = 0u;\n");
    for (d, &(n, stride)) in dims.iter().enumerate().rev() {
        let stride = param(stride);
        if d == 0 {
            text += &format!("    at += rest * {stride};\n");
        } else {
            let n = param(n.max(1));
            text += &format!("    at += rest % {n} * {stride};\n    rest = rest / {n};\n");
        }
    }
    text + "    return at;\n}\n"
}

/// How lines are shared out.
struct Shares {
    /// Invocations that share a part, of one workgroup.
    lanes: usize,
    /// Of neighbouring lanes of a part, and of neighbouring parts: one of them is 1.
    distances: [usize; 2],
    /// Elements of a lane, at most.
    each: usize,
    parts: usize,
}

impl Shares {
    /// Each lane takes from `fewest` to `most` elements: fewer, while the device has too little to do.
    fn new(lines: &Lines, [fewest, most]: [usize; 2], limits: &Limits) -> Shares {
        /// Workgroups that keep a large device busy.
        const BUSY: usize = 1024;
        let (length, workgroup) = (lines.length(), limits.workgroup_size as usize);
        let lanes = (length / 4).max(1).next_power_of_two().min(workgroup);
        let (lanes, distances) = match (lines.elements.last(), lines.starts.last()) {
            // Neighbouring elements are those of neighbouring lines.
            (Some((_, 2..)), Some((width, _))) => {
                let lanes = lanes.min(workgroup / width.next_power_of_two().min(workgroup));
                (lanes, [workgroup / lanes, 1])
            }
            _ => (lanes, [1, lanes]),
        };
        let groups = (lines.count() * lanes).div_ceil(workgroup).max(1);
        let each = length.div_ceil(lanes * BUSY.div_ceil(groups)).clamp(fewest, most);
        Shares {
            lanes,
            distances,
            each,
            parts: length.div_ceil(lanes * each).max(1),
        }
    }
}

/// Elements in memory, and how they lie there.
type Elements = (Buffer, &'static str);

/// Passes that follow each other.
struct Passes<'a> {
    context: &'a Context<'a>,
    program: GpuProgram,
}

impl Passes<'_> {
    /// Room for accumulators.
    fn scratch(&mut self, fold: &Fold, count: usize) -> Elements {
        self.program.scratch.push(fold.size() * count);
        (Buffer::Scratch(self.program.scratch.len() - 1), fold.accumulator)
    }

    /// A pass over every part of every line; `numbers` are its first params.
    fn pass(
        &self,
        template: &'static str,
        (lines, shares): (&Lines, &Shares),
        fold: &Fold,
        numbers: [usize; 4],
        (x, y): (Elements, Elements),
    ) -> Pass {
        let limits = &self.context.limits;
        let workgroup = limits.workgroup_size as usize;
        let numbers = numbers.iter().chain([&shares.lanes]).chain(&shares.distances);
        let mut params = numbers.map(|&n| n as u32).collect();
        let mut slots = lines.slots(&mut params);
        if fold.element.contains("load(") {
            slots.push(Pass::pass_through("load"));
        }
        Pass {
            template,
            entry: "main",
            defines: vec![
                ("WORKGROUP", workgroup.to_string()),
                ("ACCUMULATOR", fold.accumulator.into()),
                ("ELEMENT", fold.element.clone()),
                ("COMBINE", fold.combine.clone()),
                ("EMPTY", fold.empty.into()),
                ("RESULT", fold.result.0.into()),
            ],
            bindings: vec![Binding::read("x", x.0, x.1), Binding::write("y", y.0, y.1)],
            params,
            slots,
            grid: grid(
                (lines.count() * shares.parts * shares.lanes).div_ceil(workgroup),
                limits,
            ),
        }
    }

    /// Every part of every line to one element.
    fn reduce(&mut self, lines: &Lines, shares: &Shares, fold: &Fold, x: Elements, y: Elements) {
        let part = shares.lanes * shares.each;
        let numbers = [lines.count(), lines.length(), part, shares.parts];
        let pass = self.pass("reduce/reduce.wgsl", (lines, shares), fold, numbers, (x, y));
        self.program.passes.push(pass);
    }

    /// Blocks are reduced to their totals, these are scanned, and then each block from what stands before it.
    fn scan(&mut self, lines: &Lines, fold: &Fold, x: Elements, y: Elements) {
        // Lanes next to each other read elements that are not far from each other.
        let most = if lines.are_rows() { 8 } else { 256 };
        let shares = &Shares::new(lines, [8, most], &self.context.limits);
        let numbers = [lines.count(), lines.length(), shares.each, shares.parts];
        let mut pass = self.pass("reduce/scan.wgsl", (lines, shares), fold, numbers, (x, y));
        let mut carried = format!("{}()", fold.accumulator);
        if shares.parts > 1 {
            let count = lines.count() * shares.parts;
            let (totals, carries) = (self.scratch(fold, count), self.scratch(fold, count));
            self.reduce(lines, shares, &fold.unfinished(), x, totals);
            let blocks = Lines::rows(lines.count(), shares.parts);
            self.scan(&blocks, &fold.unfinished().resumed(), totals, carries);
            pass.bindings.push(Binding::read("carries", carries.0, carries.1));
            carried = "carries[place]".into();
        }
        pass.defines.push(("CARRIED", carried));
        self.program.passes.push(pass);
    }
}

/// Lines of input 0 along dimensions to one element each.
pub fn reduce(c: &Context, dims: &[usize], fold: Fold) -> Result<GpuProgram> {
    let mut passes = Passes {
        context: c,
        program: GpuProgram::default(),
    };
    let (mut lines, mut fold) = (Lines::over(c.shape(0), dims), fold);
    let mut x = (Buffer::Input(0), kind(c.op, c.dtype(0))?);
    loop {
        let shares = Shares::new(&lines, [64, 256], &c.limits);
        if shares.parts == 1 {
            passes.reduce(&lines, &shares, &fold, x, (Buffer::Output(0), fold.result.1));
            return Ok(passes.program);
        }
        let totals = passes.scratch(&fold, lines.count() * shares.parts);
        passes.reduce(&lines, &shares, &fold.unfinished(), x, totals);
        (lines, fold, x) = (Lines::rows(lines.count(), shares.parts), fold.resumed(), totals);
    }
}

/// Lines of input 0 along a dimension to what their elements up to each place combine to.
pub fn scan(c: &Context, dim: usize, fold: &Fold) -> Result<GpuProgram> {
    let mut passes = Passes {
        context: c,
        program: GpuProgram::default(),
    };
    let x = (Buffer::Input(0), kind(c.op, c.dtype(0))?);
    if numel(c.shape(0)) > 0 {
        passes.scan(
            &Lines::over(c.shape(0), &[dim]),
            fold,
            x,
            (Buffer::Output(0), fold.result.1),
        );
    }
    Ok(passes.program)
}
