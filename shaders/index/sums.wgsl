// rust/core/src/ops/index/sums.rs: out[a, slots[j], c] += source[a, order[j].x, c], for sorted slots. The sources of
// one slot follow each other there, and the thread of the first of them adds them all up, in their order.
// params: [threads, sources, elements behind a slot (c), slots of out, sources of each slot that earlier passes added]

const NOWHERE = 0x7fffffffi;
// Drivers end an invocation that runs for too many rounds.
const PART = {{PART}}u;

fn add(a: {{KIND}}, b: {{KIND}}) -> {{KIND}} {
    return {{ADD}};
}

@compute @workgroup_size({{WORKGROUP}})
fn clear(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        out[i] = {{KIND}}();
    }
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let width = param(2u);
        let count = param(1u);
        let block = i / width / count;
        let start = i / width % count;
        let column = i % width;
        let slot = slots[start];
        // What follows `added` sources of the slot is this pass's part of them.
        let added = param(4u);
        let first = start - added;
        var is_mine = slot != NOWHERE && start >= added;
        if (is_mine) {
            is_mine = slots[first] == slot;
        }
        if (is_mine && first > 0u) {
            is_mine = slots[first - 1u] != slot;
        }
        if (is_mine) {
            let at = (block * param(3u) + u32(slot)) * width + column;
            var total = out[at];
            for (var j = start; j < min(count, start + PART); j += 1u) {
                if (slots[j] != slot) {
                    break;
                }
                total = add(total, source[(block * count + order[j].x) * width + column]);
            }
            out[at] = total;
        }
    }
}
