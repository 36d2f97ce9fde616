// rust/core/src/ops/reduce/passes.rs: what the elements of each line up to each place combine to, block by block. What
// the blocks before one combine to was found by earlier passes.
// params: [lines, elements of a line, of a lane, blocks of a line, lanes of a block, distance of neighbouring lanes of a
// block, distance of neighbouring blocks in lanes; strides and extents of offset_of_line and offset_in_line]
// Slots: offset_of_line and offset_in_line; where the input is float32, load sees an element of it. A lane takes
// elements that follow each other; lanes learn what is before them in rounds, each of twice the distance.

var<workgroup> partial: array<{{ACCUMULATOR}}, {{WORKGROUP}}>;

// Element i of its line, which lies at `at`.
fn element(at: u32, i: u32) -> {{ACCUMULATOR}} {
    return {{ELEMENT}};
}

fn combine(a: {{ACCUMULATOR}}, b: {{ACCUMULATOR}}) -> {{ACCUMULATOR}} {
    return {{COMBINE}};
}

// What blocks up to the one at `place` combine to.
fn carried(place: u32) -> {{ACCUMULATOR}} {
    return {{CARRIED}};
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let lanes = param(4u);
    let together = {{WORKGROUP}}u / lanes;
    // Neighbouring lines first: their elements may be neighbours too.
    let place = group_of(group, groups) * together + lane / param(6u) % together;
    let line = place % param(0u);
    let block = place / param(0u);
    let share = lane / param(5u) % lanes;
    let first = (block * lanes + share) * param(2u);
    // Lanes behind the end have nothing to do but to meet the others' barriers.
    let end = select(0u, min(first + param(2u), param(1u)), block < param(3u));
    let start = offset_of_line(line);

    var total = {{EMPTY}};
    for (var i = first; i < end; i += 1u) {
        let next = element(start + offset_in_line(i), i);
        // No value is neutral to all operators: each lane starts with its first element.
        if (i == first) {
            total = next;
        } else {
            total = combine(total, next);
        }
    }
    partial[lane] = total;
    workgroupBarrier();
    for (var step = 1u; step < param(4u); step = step << 1u) {
        if (share >= step) {
            total = combine(partial[lane - step * param(5u)], total);
        }
        workgroupBarrier();
        partial[lane] = total;
        workgroupBarrier();
    }

    var value = {{EMPTY}};
    if (share > 0u) {
        value = partial[lane - param(5u)];
    }
    if (block > 0u && first < end) {
        let before = carried(line * param(3u) + block - 1u);
        if (share > 0u) {
            value = combine(before, value);
        } else {
            value = before;
        }
    }
    for (var i = first; i < end; i += 1u) {
        let at = start + offset_in_line(i);
        let next = element(at, i);
        if (i == 0u) {
            value = next;
        } else {
            value = combine(value, next);
        }
        y[at] = {{RESULT}};
    }
}
