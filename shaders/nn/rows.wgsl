// rust/core/src/ops/nn/rows.rs: rows of elements, each folded to numbers, and what its elements become by them.
// params: [rows, length, lanes on a row, threads from lane to lane, threads from row to row, parts of a row, elements of
// a part, inner, outer, step, segment, jump, then the op's own]
// The first element of a row lies at row / inner * outer + row % inner, the others where PLACE says.
// Slots: first and second are an element's share of two sums (or first of a maximum), of which the second may depend on
// the first; numbers makes of them what the row's results (row_result) and its elements (element) need. store sees an
// element before it is stored, and load, where there is one, as it is read.
// A workgroup is `lanes` threads on each of some rows. Lane l folds elements l, l + lanes, ..; lanes are combined
// pairwise. Long rows are cut into parts: their folds lie in `parts`, and the next pass combines them.

var<workgroup> partial: array<vec4<f32>, 256>;

struct Place {
    thread: u32,
    lane: u32,
    row: u32,
    part: u32,
    base: u32,
    // The elements of this lane: none in a row that is not there.
    start: u32,
    end: u32,
}

// Elements of a row.
fn count() -> f32 {
    return f32(param(1u));
}

// The op's own params.
fn own(k: u32) -> u32 {
    return param(12u + k);
}

fn own_f32(k: u32) -> f32 {
    return bitcast<f32>(own(k));
}

// For where one sum is enough.
fn alone(x: f32) -> vec4<f32> {
    return vec4<f32>(x, 0.0, 0.0, 0.0);
}

// Where a row begins in memory, and how far from there element i lies.
fn base_of(row: u32) -> u32 {
    return row / param(7u) * param(8u) + row % param(7u);
}

fn offset(i: u32) -> u32 {
    return {{PLACE}};
}

fn join(p: f32, q: f32) -> f32 {
    return {{JOIN}};
}

fn join_lanes(place: Place, value: f32) -> f32 {
    partial[place.thread].x = value;
    workgroupBarrier();
    for (var width = param(2u) >> 1u; width > 0u; width = width >> 1u) {
        if (place.lane < width) {
            partial[place.thread].x = join(partial[place.thread].x, partial[place.thread + width * param(3u)].x);
        }
        workgroupBarrier();
    }
    let all = partial[place.thread - place.lane * param(3u)].x;
    workgroupBarrier();
    return all;
}

fn sum_lanes(place: Place, value: vec4<f32>) -> vec4<f32> {
    partial[place.thread] = value;
    workgroupBarrier();
    for (var width = param(2u) >> 1u; width > 0u; width = width >> 1u) {
        if (place.lane < width) {
            partial[place.thread] += partial[place.thread + width * param(3u)];
        }
        workgroupBarrier();
    }
    let all = partial[place.thread - place.lane * param(3u)];
    workgroupBarrier();
    return all;
}

fn fold_first(place: Place) -> f32 {
    var value = {{NEUTRAL}};
    for (var i = place.start; i < place.end; i += param(2u)) {
        value = join(value, first(place.row, i, place.base + offset(i)));
    }
    return join_lanes(place, value);
}

fn fold_second(place: Place, a: f32) -> vec4<f32> {
    var value = vec4<f32>();
    for (var i = place.start; i < place.end; i += param(2u)) {
        value += second(place.row, i, place.base + offset(i), a);
    }
    return sum_lanes(place, value);
}

// How many parts of this row there are in memory, of each fold.
fn parts_of(place: Place) -> u32 {
    return select(0u, param(5u), place.row < param(0u));
}

fn joined_first(place: Place) -> f32 {
    var value = {{NEUTRAL}};
    for (var k = place.lane; k < parts_of(place); k += param(2u)) {
        value = join(value, parts[place.row * param(5u) + k].x);
    }
    return join_lanes(place, value);
}

fn joined_second(place: Place) -> vec4<f32> {
    var value = vec4<f32>();
    for (var k = place.lane; k < parts_of(place); k += param(2u)) {
        value += parts[(param(0u) + place.row) * param(5u) + k];
    }
    return sum_lanes(place, value);
}

fn keep(place: Place, fold: u32, value: vec4<f32>) {
    if (place.lane == 0u && place.row < param(0u)) {
        parts[(fold * param(0u) + place.row) * param(5u) + place.part] = value;
    }
}

fn finish(place: Place, a: f32, b: vec4<f32>) {
    let r = numbers(place.row, a, b);
    if (place.lane == 0u && place.part == 0u && place.row < param(0u)) {
        row_result(place.row, r);
    }
    for (var i = place.start; i < place.end; i += param(2u)) {
        element(place.row, i, place.base + offset(i), r);
    }
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let number = group_of(group, groups);
    let lanes = param(2u);
    let together = 256u / lanes;
    let row = number / param(5u) * together + thread / param(4u) % together;
    let lane = thread / param(3u) % lanes;
    let part = number % param(5u);
    let start = part * param(6u);
    let end = select(0u, min(start + param(6u), param(1u)), row < param(0u));
    let place = Place(thread, lane, row, part, base_of(row), start + lane, end);
    let a = {{FIRST}};
    let b = {{SECOND}};
    {{THEN}};
}
