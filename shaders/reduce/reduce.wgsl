// rust/core/src/ops/reduce/passes.rs: one result from each part of each line of elements.
// params: [lines, elements of a line, of a part, parts of a line, lanes of a part, distance of neighbouring lanes of a
// part, distance of neighbouring parts in lanes; strides and extents of offset_of_line and offset_in_line]
// Slots: offset_of_line and offset_in_line; where the input is float32, load sees an element of it. Lane l of n takes
// elements l, l + n, .. of its part; lanes are combined pairwise.

var<workgroup> partial: array<{{ACCUMULATOR}}, {{WORKGROUP}}>;

// Element i of its line, which lies at `at`.
fn element(at: u32, i: u32) -> {{ACCUMULATOR}} {
    return {{ELEMENT}};
}

fn combine(a: {{ACCUMULATOR}}, b: {{ACCUMULATOR}}) -> {{ACCUMULATOR}} {
    return {{COMBINE}};
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let lines = param(0u);
    let lanes = param(4u);
    let together = {{WORKGROUP}}u / lanes;
    // Neighbouring lines first: their elements may be neighbours too.
    let place = group_of(group, groups) * together + lane / param(6u) % together;
    let line = place % max(lines, 1u);
    let part = place / max(lines, 1u);
    let is_real = lines > 0u && part < param(3u);
    let first = select(0u, part * param(2u), is_real);
    // Lanes behind the last part have nothing to do but to meet the others' barriers.
    let length = select(0u, min(param(2u), param(1u) - first), is_real);
    let share = lane / param(5u) % lanes;
    let start = offset_of_line(line);

    var value = {{EMPTY}};
    for (var i = share; i < length; i += lanes) {
        let next = element(start + offset_in_line(first + i), first + i);
        // No value is neutral to all operators: each lane starts with its first element.
        if (i == share) {
            value = next;
        } else {
            value = combine(value, next);
        }
    }
    partial[lane] = value;
    workgroupBarrier();
    for (var width = param(4u) >> 1u; width > 0u; width = width >> 1u) {
        if (share < width && share + width < length) {
            partial[lane] = combine(partial[lane], partial[lane + width * param(5u)]);
        }
        workgroupBarrier();
    }
    if (share == 0u && is_real) {
        let value = partial[lane];
        y[line * param(3u) + part] = {{RESULT}};
    }
}
