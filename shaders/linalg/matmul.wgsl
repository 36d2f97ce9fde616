// rust/core/src/ops/linalg/matmul/program.rs: C = A B. 64 threads compute a tile of 64 x 64, each 8 x 8 in registers.
// params: [m, n, k, tiles per row, tiles per matrix, products, extents of the last two dimensions of the batch, batch,
// steps of a product; then of A: offset, strides of row and step and of the three dimensions of the batch; and of B:
// the same, with a column for a row]
// There are as many products to a matrix as the inner index has segments.
// Slots: load_a and load_b see elements of the operands, store those of the product, at their places in row-major
// order; `fetches` reads four rows or columns of an operand at a step, and tells in which order threads do. A tile's
// steps of the inner index are staged in workgroup memory, A by columns.

const TILE = 64u;
const DEPTH = 16u;

var<workgroup> a_tile: array<vec4<f32>, 256>;
var<workgroup> b_tile: array<vec4<f32>, 256>;

fn put(product: u32, row: u32, col: u32, x: f32) {
    if (row < param(0u) && col < param(1u) && product < param(5u)) {
        let i = (product * param(0u) + row) * param(1u) + col;
        c[i] = {{STORE}};
    }
}

fn put_row(product: u32, row: u32, col: u32, left: vec4<f32>, right: vec4<f32>) {
    put(product, row, col, left.x);
    put(product, row, col + 1u, left.y);
    put(product, row, col + 2u, left.z);
    put(product, row, col + 3u, left.w);
    put(product, row, col + 4u, right.x);
    put(product, row, col + 5u, right.y);
    put(product, row, col + 6u, right.z);
    put(product, row, col + 7u, right.w);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let product = place / param(4u);
    let tile = place % param(4u);
    let first_row = tile / param(3u) * TILE;
    let first_col = tile % param(3u) * TILE;
    // A group behind the last product computes that again and stores nothing.
    let source = min(product, param(5u) - 1u);
    let batch = source % param(8u);
    let first_of_a = start_of_a(batch);
    let first_of_b = start_of_b(batch);
    let first_step = source / param(8u) * param(9u);
    let y = lane / 8u;
    let x = lane % 8u;
    var c00 = vec4<f32>(); var c01 = vec4<f32>();
    var c10 = vec4<f32>(); var c11 = vec4<f32>();
    var c20 = vec4<f32>(); var c21 = vec4<f32>();
    var c30 = vec4<f32>(); var c31 = vec4<f32>();
    var c40 = vec4<f32>(); var c41 = vec4<f32>();
    var c50 = vec4<f32>(); var c51 = vec4<f32>();
    var c60 = vec4<f32>(); var c61 = vec4<f32>();
    var c70 = vec4<f32>(); var c71 = vec4<f32>();
    for (var depth = 0u; depth < param(9u); depth += DEPTH) {
        for (var part = 0u; part < 4u; part += 1u) {
            let at = part * 64u + lane;
            // Of the tile: the step of the inner index, and the first of four rows or columns.
            let of_a = spot_of_a(at);
            let of_b = spot_of_b(at);
            let first_of_tile = first_step + depth;
            a_tile[of_a.x * 16u + of_a.y / 4u] = four_of_a(first_of_a, first_row + of_a.y, first_of_tile + of_a.x);
            b_tile[of_b.x * 16u + of_b.y / 4u] = four_of_b(first_of_b, first_col + of_b.y, first_of_tile + of_b.x);
        }
        workgroupBarrier();
        for (var step = 0u; step < DEPTH; step += 1u) {
            let a0 = a_tile[step * 16u + y * 2u];
            let a1 = a_tile[step * 16u + y * 2u + 1u];
            let b0 = b_tile[step * 16u + x * 2u];
            let b1 = b_tile[step * 16u + x * 2u + 1u];
            c00 += a0.x * b0; c01 += a0.x * b1;
            c10 += a0.y * b0; c11 += a0.y * b1;
            c20 += a0.z * b0; c21 += a0.z * b1;
            c30 += a0.w * b0; c31 += a0.w * b1;
            c40 += a1.x * b0; c41 += a1.x * b1;
            c50 += a1.y * b0; c51 += a1.y * b1;
            c60 += a1.z * b0; c61 += a1.z * b1;
            c70 += a1.w * b0; c71 += a1.w * b1;
        }
        workgroupBarrier();
    }
    let row = first_row + y * 8u;
    let col = first_col + x * 8u;
    put_row(product, row, col, c00, c01);
    put_row(product, row + 1u, col, c10, c11);
    put_row(product, row + 2u, col, c20, c21);
    put_row(product, row + 3u, col, c30, c31);
    put_row(product, row + 4u, col, c40, c41);
    put_row(product, row + 5u, col, c50, c51);
    put_row(product, row + 6u, col, c60, c61);
    put_row(product, row + 7u, col, c70, c71);
}
