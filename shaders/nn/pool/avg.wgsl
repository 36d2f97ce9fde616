// rust/core/src/ops/nn/pool/avg.rs: the mean of each window, and its transpose; LANES threads to a result.
// params: [results, then for rows and for columns: the words of Windows, whether padding counts, a divisor for all or 0]

var<workgroup> partial: array<f32, {{WORKGROUP}}>;

fn windows(at: u32) -> Windows {
    return Windows(param(at), param(at + 1u), param(at + 2u), param(at + 3u), param(at + 4u), param(at + 5u));
}

// Elements of window `i` along a dimension, by which its sum is divided.
fn count(w: Windows, i: u32) -> f32 {
    let taps = window_taps(w, i);
    let padded = min(w.kernel, w.extent + 2u * w.padding - i * w.stride);
    return f32(select(taps.y - taps.x, padded, param(13u) != 0u && w.stride > 0u));
}

fn divisor(rows: Windows, columns: Windows, i: u32, j: u32) -> f32 {
    let fixed = bitcast<f32>(param(14u));
    return select(count(rows, i) * count(columns, j), fixed, fixed != 0.0);
}

// The sum of what the lanes of a result found, for the first of them. Call it where all threads come by.
fn total(thread: u32, sum: f32) -> f32 {
    let lane = thread % {{LANES}}u;
    partial[thread] = sum;
    workgroupBarrier();
    for (var width = {{LANES}}u / 2u; width > 0u; width = width >> 1u) {
        if (lane < width) {
            partial[thread] += partial[thread + width];
        }
        workgroupBarrier();
    }
    return partial[thread];
}

@compute @workgroup_size({{WORKGROUP}})
fn mean(
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
    var sum = 0.0;
    while (r < end) {
        sum += x[plane + u32(top + i32(r)) * columns.extent + u32(left + i32(c))];
        r += {{LANES}}u / width;
        c += {{LANES}}u % width;
        if (c >= column_taps.y) {
            c -= width;
            r += 1u;
        }
    }
    let whole = total(thread, sum);
    if (lane == 0u && i < param(0u)) {
        y[i] = whole / divisor(rows, columns, row, column);
    }
}

// Each element's shares of the windows that it is in.
@compute @workgroup_size({{WORKGROUP}})
fn spread(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let i = group_of(group, groups) * ({{WORKGROUP}}u / {{LANES}}u) + thread / {{LANES}}u;
    let lane = thread % {{LANES}}u;
    let rows = windows(1u);
    let columns = windows(7u);
    let plane = i / columns.extent / rows.extent * rows.count * columns.count;
    // Lanes share the windows as they share taps above.
    let row_windows = windows_around(rows, i / columns.extent % rows.extent);
    let column_windows = windows_around(columns, i % columns.extent);

    let width = max(column_windows.y - column_windows.x, 1u);
    let end = select(0u, row_windows.y, i < param(0u) && column_windows.x < column_windows.y);
    var r = row_windows.x + lane / width;
    var c = column_windows.x + lane % width;
    var sum = 0.0;
    while (r < end) {
        sum += x[plane + r * columns.count + c] / divisor(rows, columns, r, c);
        r += {{LANES}}u / width;
        c += {{LANES}}u % width;
        if (c >= column_windows.y) {
            c -= width;
            r += 1u;
        }
    }
    let whole = total(thread, sum);
    if (lane == 0u && i < param(0u)) {
        y[i] = whole;
    }
}
