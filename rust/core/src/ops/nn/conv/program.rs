//! The three records on the GPU: one product of matrices, C = A B, that takes its elements from where they are.
//!
//! A has a row for every row of the result; B is windows of a plane, with zeros around it. Columns and the steps of the
//! inner index are triples (outer, y, x):
//!
//! | computes | A                   | B                   | row         | column                | step                      |
//! |----------|---------------------|---------------------|-------------|-----------------------|---------------------------|
//! | output   | weight              | input               | out channel | image, position       | in channel, tap           |
//! | weight   | output's cotangent  | input               | out channel | in channel, tap       | image, position           |
//! | input    | weight              | output's cotangent  | in channel  | image, place of phase | out channel, tap of phase |
//!
//! Place r of the input is reached by the taps p with `p d = r + pad` modulo the stride s, where d is the dilation. With g
//! what divides s and d both, those are every (s / g)-th tap, the same ones for all places of equal `r + pad` modulo s.
//! So places are computed in s phases, and nothing is multiplied by the zeros between strides.

use super::{Role, shape_of};
use crate::cpu::conv::Geometry;
use crate::dtype::DType;
use crate::error::Result;
use crate::gpu::{Binding, Buffer, Context, GpuProgram, Pass, grid, need};
use crate::ops::linalg::segments::Segments;
use crate::shape::numel;

/// Steps that are staged at a time, and elements of a tile: as in the template.
const DEPTH: usize = 8;
const TILE: usize = 4096;
/// Rows or columns from which tiles are worth it.
const TILED: usize = 8;

type Pair = [i64; 2];
type Triple = [i64; 3];

/// What is a row, a column and a step, and how every buffer moves along them. The template explains the fields.
struct Product {
    rows: i64,
    columns: Triple,
    steps: Triple,
    groups: i64,
    plane: Pair,
    a_group: i64,
    a_row: i64,
    a_step: Triple,
    a_tap: Pair,
    b_group: i64,
    b_column: i64,
    b_step: i64,
    origin: Pair,
    column_move: Pair,
    step_move: Pair,
    c_group: i64,
    c_row: i64,
    c_column: Triple,
    c_residue: Pair,
    phases: [Phases; 2],
}

/// Along one dimension; the plain case is one phase.
struct Phases {
    stride: i64,
    dilation: i64,
    padding: i64,
    /// From one tap of a phase to its next.
    step: i64,
    taps: i64,
    places: i64,
}

fn pair<T>(of: impl Fn(usize) -> T) -> [T; 2] {
    [of(0), of(1)]
}

fn product(result: Role, c: &Context, shape: &[usize]) -> Product {
    let (x, w, y) = match result {
        Role::Output => (c.shape(0), c.shape(1), shape),
        Role::Input => (shape, c.shape(1), c.shape(0)),
        Role::Weight => (c.shape(0), shape, c.shape(1)),
    };
    let extents = |shape: &[usize]| pair(|d| shape[2 + d] as i64);
    let (input, kernel, output) = (extents(x), extents(w), extents(y));
    let [in_plane, taps, out_plane] = [input, kernel, output].map(|[rows, columns]| rows * columns);
    let geometry = Geometry::from(c.attrs);
    let groups = geometry.groups as i64;
    let (images, in_channels, out_channels) = (x[0] as i64, w[1] as i64, w[0] as i64 / groups.max(1));
    // How far the next window is says nothing where there is one.
    let stride = pair(|d| {
        if output[d] == 1 {
            1
        } else {
            geometry.stride[d] as i64
        }
    });
    let padding = geometry.padding.map(|[before, _]| before as i64);
    let dilation = geometry.dilation.map(|n| n as i64);

    let weight_group = out_channels * in_channels * taps;
    let (x_group, y_group) = (in_channels * in_plane, out_channels * out_plane);
    let (x_image, y_image) = (groups * x_group, groups * y_group);
    let one_phase = |taps: Pair, places: Pair| {
        pair(|d| Phases {
            stride: 1,
            dilation: 0,
            padding: 0,
            step: 1,
            taps: taps[d],
            places: places[d],
        })
    };
    match result {
        Role::Output => Product {
            rows: out_channels,
            columns: [images, output[0], output[1]],
            steps: [in_channels, kernel[0], kernel[1]],
            groups,
            plane: input,
            a_group: weight_group,
            a_row: in_channels * taps,
            a_step: [taps, kernel[1], 1],
            a_tap: [0, 0],
            b_group: x_group,
            b_column: x_image,
            b_step: in_plane,
            origin: padding.map(|n| -n),
            column_move: stride,
            step_move: dilation,
            c_group: y_group,
            c_row: out_plane,
            c_column: [y_image, output[1], 1],
            c_residue: [0, 0],
            phases: one_phase(kernel, output),
        },
        Role::Weight => Product {
            rows: out_channels,
            columns: [in_channels, kernel[0], kernel[1]],
            steps: [images, output[0], output[1]],
            groups,
            plane: input,
            a_group: y_group,
            a_row: out_plane,
            a_step: [y_image, output[1], 1],
            a_tap: [0, 0],
            b_group: x_group,
            b_column: in_plane,
            b_step: x_image,
            origin: padding.map(|n| -n),
            column_move: dilation,
            step_move: stride,
            c_group: weight_group,
            c_row: in_channels * taps,
            c_column: [taps, kernel[1], 1],
            c_residue: [0, 0],
            phases: one_phase(output, kernel),
        },
        Role::Input => {
            let common = pair(|d| common_divisor(stride[d], dilation[d]));
            let step = pair(|d| stride[d] / common[d]);
            let ceil = |n: i64, by: i64| (n + by - 1) / by;
            Product {
                rows: in_channels,
                columns: [images, ceil(input[0], stride[0]), ceil(input[1], stride[1])],
                steps: [out_channels, ceil(kernel[0], step[0]), ceil(kernel[1], step[1])],
                groups,
                plane: output,
                a_group: weight_group,
                a_row: taps,
                a_step: [in_channels * taps, step[0] * kernel[1], step[1]],
                a_tap: [kernel[1], 1],
                b_group: y_group,
                b_column: y_image,
                b_step: out_plane,
                origin: [0, 0],
                column_move: [1, 1],
                step_move: pair(|d| -dilation[d] / common[d]),
                c_group: x_group,
                c_row: in_plane,
                c_column: [x_image, stride[0] * input[1], stride[1]],
                c_residue: [input[1], 1],
                phases: pair(|d| Phases {
                    stride: stride[d],
                    dilation: dilation[d],
                    padding: padding[d],
                    step: step[d],
                    taps: kernel[d],
                    places: input[d],
                }),
            }
        }
    }
}

fn common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// How a product is cut into parts and tiles: by its extents alone, and so are the orders of its sums.
struct Plan {
    entry: &'static str,
    tile: [usize; 2],
    segments: Segments,
    parts: usize,
    /// Tiles of a part: side by side, and all.
    across: usize,
    tiles: usize,
    /// From a step that a lane loads to its next, of A and of B.
    advance: [usize; 2],
    workgroups: usize,
}

impl Plan {
    fn new(p: &Product, staging: bool) -> Plan {
        let [columns, steps] = [p.columns, p.steps].map(|triple| triple.iter().product::<i64>() as usize);
        let rows = p.rows as usize;
        let height = rows.next_power_of_two().clamp(16, 64);
        let tile = [height, TILE / height];
        let (across, down) = (columns.div_ceil(tile[1]), rows.div_ceil(tile[0]));
        let tiled = rows.min(columns) >= TILED;
        let workgroups = |parts: usize| {
            if tiled {
                parts * across * down
            } else {
                (parts * rows * columns).div_ceil(256)
            }
        };
        let parts = (p.groups * p.phases[0].stride * p.phases[1].stride) as usize;
        let segments = Segments::new(steps, DEPTH, workgroups(parts));
        let parts = parts * segments.count;
        Plan {
            entry: match (tiled, staging) {
                (true, true) => "tiles",
                (true, false) => "registers",
                (false, _) => "elements",
            },
            tile,
            segments,
            parts,
            across,
            tiles: across * down,
            // Four elements by each of 64 lanes, or one by one.
            advance: if tiled && staging {
                tile.map(|n| (256 / n).min(DEPTH))
            } else {
                [1, 1]
            },
            workgroups: workgroups(parts),
        }
    }
}

/// The params, in the order of the template's constants. `whole` is the number of the result's elements.
fn words(p: &Product, plan: &Plan, whole: usize) -> Vec<u32> {
    let numbers = |n: &[usize]| n.iter().map(|&n| n as i64).collect::<Vec<_>>();
    let all = |triple: Triple| triple.iter().product::<i64>();
    let inner = |[_, y, x]: Triple| [y.max(1), x.max(1)];
    let digits = |n: usize| {
        let (n, [y, x]) = (n as i64, inner(p.steps));
        [n / x / y, n / x % y, n % x]
    };
    let phases = |f: &Phases| [f.stride, f.dilation, f.padding, f.step, f.taps, f.places];
    let words = [
        &[p.rows, all(p.columns), all(p.steps)][..],
        &numbers(&[
            plan.segments.steps,
            plan.segments.count,
            plan.parts,
            plan.across,
            plan.tiles,
        ]),
        &inner(p.columns),
        &inner(p.steps),
        &p.plane,
        &[p.a_group, p.a_row],
        &p.a_step,
        &p.a_tap,
        &[p.b_group, p.b_column, p.b_step],
        &p.origin,
        &p.column_move,
        &p.step_move,
        &[whole as i64, p.c_group, p.c_row],
        &p.c_column,
        &p.c_residue,
        &digits(plan.advance[0]),
        &digits(plan.advance[1]),
        &phases(&p.phases[0]),
        &phases(&p.phases[1]),
    ];
    words.concat().into_iter().map(|word| word as u32).collect()
}

pub fn program(result: Role, c: &Context) -> Result<GpuProgram> {
    need(c.op, c.dtype(0), DType::F32)?;
    let shape = shape_of(result, c.op, c.attrs, c.shape(0), c.shape(1))?;
    let whole = numel(&shape);
    if whole == 0 {
        return Ok(GpuProgram::default());
    }
    let product = product(result, c, &shape);
    let plan = Plan::new(&product, c.limits.staging);
    let pass = Pass {
        template: "nn/conv/product.wgsl",
        entry: plan.entry,
        defines: vec![
            ("TILE_ROWS", plan.tile[0].to_string()),
            ("TILE_COLUMNS", plan.tile[1].to_string()),
            ("A_TILE", (plan.tile[0] * DEPTH / 4).to_string()),
            ("B_TILE", (plan.tile[1] * DEPTH / 4).to_string()),
        ],
        bindings: vec![
            Binding::read("a", Buffer::Input(1), "f32"),
            Binding::read("b", Buffer::Input(0), "f32"),
        ],
        params: words(&product, &plan, whole),
        slots: vec![],
        grid: grid(plan.workgroups, &c.limits),
    };
    Ok(plan.segments.program(c, pass, whole))
}
