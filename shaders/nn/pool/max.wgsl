// rust/core/src/ops/nn/pool/max.rs: the greatest element of each window and its tap, LANES threads to a window.
// params: [windows in all, then for rows and for columns: the words of Windows]

const NONE = 0xffffffffu;

var<workgroup> values: array<{{KIND}}, {{WORKGROUP}}>;
var<workgroup> found: array<u32, {{WORKGROUP}}>;

fn windows(at: u32) -> Windows {
    return Windows(param(at), param(at + 1u), param(at + 2u), param(at + 3u), param(at + 4u), param(at + 5u));
}

fn is_nan(a: {{KIND}}) -> bool {
    return {{IS_NAN}};
}

// NaN is above all numbers.
fn above(a: {{KIND}}, b: {{KIND}}) -> bool {
    return {{ABOVE}};
}

// Of equal numbers the first is chosen, of NaNs the last.
fn wins(a: {{KIND}}, tap: u32, b: {{KIND}}, other: u32) -> bool {
    if (tap == NONE || other == NONE) {
        return tap != NONE;
    }
    return above(a, b) || (!above(b, a) && (tap > other) == is_nan(a));
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let i = group_of(group, groups) * ({{WORKGROUP}}u / {{LANES}}u) + thread / {{LANES}}u;
    let lane = thread % {{LANES}}u;
    let rows = windows(1u);
    let columns = windows(7u);
    let row = i / columns.count % rows.count;
    let column = i % columns.count;
    let plane = i / columns.count / rows.count * rows.extent * columns.extent;
    let row_taps = window_taps(rows, row);
    let column_taps = window_taps(columns, column);

    // Lane l takes taps l, l + LANES, .. of those within the plane.
    let width = max(column_taps.y - column_taps.x, 1u);
    let end = select(0u, row_taps.y, i < param(0u) && column_taps.x < column_taps.y);
    var r = row_taps.x + lane / width;
    var c = column_taps.x + lane % width;
    let top = window_start(rows, row);
    let left = window_start(columns, column);
    var best = {{LOWEST}};
    var best_tap = NONE;
    while (r < end) {
        let first = plane + u32(top + i32(r * rows.dilation)) * columns.extent;
        let value = x[first + u32(left + i32(c * columns.dilation))];
        let tap = r * columns.kernel + c;
        if (wins(value, tap, best, best_tap)) {
            best = value;
            best_tap = tap;
        }
        r += {{LANES}}u / width;
        c += {{LANES}}u % width;
        if (c >= column_taps.y) {
            c -= width;
            r += 1u;
        }
    }
    values[thread] = best;
    found[thread] = best_tap;
    workgroupBarrier();
    for (var width = {{LANES}}u / 2u; width > 0u; width = width >> 1u) {
        if (lane < width && wins(values[thread + width], found[thread + width], values[thread], found[thread])) {
            values[thread] = values[thread + width];
            found[thread] = found[thread + width];
        }
        workgroupBarrier();
    }
    if (lane == 0u && i < param(0u)) {
        // A window that is all outside has its first tap within each line.
        let first = row_taps.x * columns.kernel + column_taps.x;
        y[i] = values[thread];
        taps[i] = {{TAP}}(select(found[thread], first, found[thread] == NONE));
    }
}
