// rust/core/src/ops/linalg/matmul/program.rs: C = A B where A has at most four rows, so that B is read once and in order.
// params: as of matmul.wgsl, with a group of 32 columns for a tile
// Slots: load_a and load_b see elements of the operands, store those of the product, at their places in row-major
// order. A workgroup computes 32 columns, 8 threads to a column, which share the steps of each chunk of A.

const CHUNK = 256u;
const ACROSS = 32u;
const SHARES = 8u;

var<workgroup> a_tile: array<vec4<f32>, 256>;
var<workgroup> partial: array<vec4<f32>, 256>;

fn put(product: u32, row: u32, column: u32, x: f32) {
    if (row < param(0u)) {
        let i = (product * param(0u) + row) * param(1u) + column;
        c[i] = {{STORE}};
    }
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = group_of(group, groups);
    let product = place / param(4u);
    let column = place % param(4u) * ACROSS + lane % ACROSS;
    // A group behind the last product computes that again and stores nothing, as do columns behind the last.
    let source = min(product, param(5u) - 1u);
    let batch = source % param(8u);
    let first_step = source / param(8u) * param(9u);
    let first_of_a = start_of_a(batch);
    let first_of_b = start_of_b(batch);
    let share = lane / ACROSS * (CHUNK / SHARES);
    var sum = vec4<f32>();
    for (var depth = 0u; depth < param(9u); depth += CHUNK) {
        let chunk = first_step + depth;
        a_tile[lane] = four_of_a(first_of_a, 0u, chunk + lane);
        workgroupBarrier();
        let end = min(share + CHUNK / SHARES, param(2u) - min(chunk, param(2u)));
        for (var step = share; step < end; step += 1u) {
            sum += a_tile[step] * element_of_b(first_of_b, column, chunk + step);
        }
        workgroupBarrier();
    }
    partial[lane] = sum;
    workgroupBarrier();
    for (var width = SHARES / 2u; width > 0u; width = width >> 1u) {
        if (lane < width * ACROSS) {
            partial[lane] += partial[lane + width * ACROSS];
        }
        workgroupBarrier();
    }
    if (lane < ACROSS && column < param(1u) && product < param(5u)) {
        let whole = partial[lane];
        put(product, 0u, column, whole.x);
        put(product, 1u, column, whole.y);
        put(product, 2u, column, whole.z);
        put(product, 3u, column, whole.w);
    }
}
