// rust/core/src/ops/linalg/matmul/program.rs: C = A B where workgroup memory is no faster than buffers: nothing is staged,
// and no thread waits for another. A thread has 16 x 8 elements in registers, as blocks of 4 x 4, and takes four steps of
// the inner index at a time.
// params: as of matmul.wgsl
// Slots: load_a and load_b see elements of the operands, store those of the product, at their places in row-major
// order; `fetches` reads blocks of operands: of A four rows at four steps, of B four columns.

const ACROSS = {{ACROSS}}u;
const DOWN = 32u / ACROSS;

fn put(product: u32, row: u32, column: u32, x: f32) {
    if (column < param(1u)) {
        let i = (product * param(0u) + row) * param(1u) + column;
        c[i] = {{STORE}};
    }
}

fn put_four(product: u32, row: u32, column: u32, x: vec4<f32>) {
    put(product, row, column, x.x);
    put(product, row, column + 1u, x.y);
    put(product, row, column + 2u, x.z);
    put(product, row, column + 3u, x.w);
}

fn moved_up(block: mat4x4<f32>, next: mat4x4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(block[1], block[2], block[3], next[0]);
}

@compute @workgroup_size(32)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let product = place / param(4u);
    let tile = place % param(4u);
    let row = (tile / param(3u) * DOWN + lane / ACROSS) * 16u;
    let column = (tile % param(3u) * ACROSS + lane % ACROSS) * 8u;
    if (product >= param(5u) || row >= param(0u) || column >= param(1u)) {
        return;
    }
    let batch = product % param(8u);
    let first_of_a = start_of_a(batch);
    let first_of_b = start_of_b(batch);
    let first = product / param(8u) * param(9u);
    let end = min(first + param(9u), param(2u));
    var c00 = mat4x4<f32>(); var c01 = mat4x4<f32>();
    var c10 = mat4x4<f32>(); var c11 = mat4x4<f32>();
    var c20 = mat4x4<f32>(); var c21 = mat4x4<f32>();
    var c30 = mat4x4<f32>(); var c31 = mat4x4<f32>();
    for (var step = first; step < end; step += 4u) {
        let b0 = block_of_b(first_of_b, column, step);
        let b1 = block_of_b(first_of_b, column + 4u, step);
        let a0 = transpose(block_of_a(first_of_a, row, step));
        c00 += b0 * a0; c01 += b1 * a0;
        let a1 = transpose(block_of_a(first_of_a, row + 4u, step));
        c10 += b0 * a1; c11 += b1 * a1;
        let a2 = transpose(block_of_a(first_of_a, row + 8u, step));
        c20 += b0 * a2; c21 += b1 * a2;
        let a3 = transpose(block_of_a(first_of_a, row + 12u, step));
        c30 += b0 * a3; c31 += b1 * a3;
    }
    // A block's columns are rows of the product. They move up one by one, because the text of a slot may be long.
    let below = min(row + 16u, param(0u));
    for (var y = row; y < below; y += 1u) {
        put_four(product, y, column, c00[0]);
        put_four(product, y, column + 4u, c01[0]);
        c00 = moved_up(c00, c10); c01 = moved_up(c01, c11);
        c10 = moved_up(c10, c20); c11 = moved_up(c11, c21);
        c20 = moved_up(c20, c30); c21 = moved_up(c21, c31);
        c30 = moved_up(c30, c30); c31 = moved_up(c31, c31);
    }
}
