// rust/core/src/ops/nn/pool/max.rs: elements moved between a plane and the taps of its windows.
// params: [results, then for rows and for columns: the words of Windows]

var<workgroup> partial: array<{{KIND}}, {{WORKGROUP}}>;

fn windows(at: u32) -> Windows {
    return Windows(param(at), param(at + 1u), param(at + 2u), param(at + 3u), param(at + 4u), param(at + 5u));
}

// Where in its plane a tap of window (i, j) is; what lies before the plane is a large number.
fn tap_place(rows: Windows, columns: Windows, i: u32, j: u32, tap: u32) -> vec2<u32> {
    return vec2<u32>(
        u32(window_start(rows, i)) + tap / columns.kernel * rows.dilation,
        u32(window_start(columns, j)) + tap % columns.kernel * columns.dilation,
    );
}

// The element at the tap of each window; 0 for a tap outside of the plane.
@compute @workgroup_size({{WORKGROUP}})
fn gather(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + thread;
    if (i < param(0u)) {
        let rows = windows(1u);
        let columns = windows(7u);
        let row = i / columns.count % rows.count;
        let plane = i / columns.count / rows.count * rows.extent * columns.extent;
        let place = tap_place(rows, columns, row, i % columns.count, u32(taps[i]));
        let inside = place.x < rows.extent && place.y < columns.extent;
        let at = select(0u, plane + place.x * columns.extent + place.y, inside);
        y[i] = select({{KIND}}(), x[at], inside);
    }
}

// For each element of the plane the sum over the windows whose tap is here; LANES threads to an element.
@compute @workgroup_size({{WORKGROUP}})
fn scatter(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let i = group_of(group, groups) * ({{WORKGROUP}}u / {{LANES}}u) + thread / {{LANES}}u;
    let lane = thread % {{LANES}}u;
    let rows = windows(1u);
    let columns = windows(7u);
    let here = vec2<u32>(i / columns.extent % rows.extent, i % columns.extent);
    let plane = i / columns.extent / rows.extent * rows.count * columns.count;
    let row_windows = windows_around(rows, here.x);
    let column_windows = windows_around(columns, here.y);

    // Lane l takes windows l, l + LANES, .. of those around.
    let width = max(column_windows.y - column_windows.x, 1u);
    let end = select(0u, row_windows.y, i < param(0u) && column_windows.x < column_windows.y);
    var r = row_windows.x + lane / width;
    var c = column_windows.x + lane % width;
    var sum = {{KIND}}();
    while (r < end) {
        let at = plane + r * columns.count + c;
        if (all(tap_place(rows, columns, r, c, u32(taps[at])) == here)) {
            sum += x[at];
        }
        r += {{LANES}}u / width;
        c += {{LANES}}u % width;
        if (c >= column_windows.y) {
            c -= width;
            r += 1u;
        }
    }
    partial[thread] = sum;
    workgroupBarrier();
    for (var width = {{LANES}}u / 2u; width > 0u; width = width >> 1u) {
        if (lane < width) {
            partial[thread] += partial[thread + width];
        }
        workgroupBarrier();
    }
    if (lane == 0u && i < param(0u)) {
        y[i] = partial[thread];
    }
}
