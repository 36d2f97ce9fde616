// rust/core/src/ops/elementwise/within.rs: whether elements lie in a range. Beside a NaN nothing is said.
// params: [count, least, largest, workgroups that look, the launch]
// A note has bit 0 for an element outside of the range, bit 1 for a NaN.

var<workgroup> noted: array<u32, {{WORKGROUP}}>;

// The notes of all threads in one.
fn together(lane: u32, note: u32) -> u32 {
    noted[lane] = note;
    workgroupBarrier();
    for (var width = {{WORKGROUP}}u / 2u; width > 0u; width = width / 2u) {
        if (lane < width) {
            noted[lane] |= noted[lane + width];
        }
        workgroupBarrier();
    }
    return noted[0];
}

@compute @workgroup_size({{WORKGROUP}})
fn look(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let least = bitcast<f32>(param(1u));
    let largest = bitcast<f32>(param(2u));
    var note = 0u;
    for (var i = group.x * {{WORKGROUP}}u + lane; i < param(0u); i += param(3u) * {{WORKGROUP}}u) {
        let value = {{FLOAT}}(x[i]);
        note |= select(0u, 1u, value < least || value > largest) | select(0u, 2u, isnan_f32(value));
    }
    let all_noted = together(lane, note);
    if (lane == 0u) {
        notes[group.x] = all_noted;
    }
}

@compute @workgroup_size({{WORKGROUP}})
fn judge(@builtin(local_invocation_index) lane: u32) {
    var note = 0u;
    if (lane < param(3u)) {
        note = notes[lane];
    }
    let all_noted = together(lane, note);
    if (lane == 0u && all_noted == 1u) {
        note_word(param(4u), 0u);
    }
}
