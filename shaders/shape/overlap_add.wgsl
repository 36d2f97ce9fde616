// rust/core/src/ops/shape/unfold.rs: the sum of windows at their places along a dimension, a thread per element.
// params: [elements of y, elements behind the dimension, its extent, windows, their size, step, dilation, windows on
// each element that earlier passes added]

// Drivers end an invocation that runs for too many rounds.
const PART = {{PART}}u;

fn add(a: {{KIND}}, b: {{KIND}}) -> {{KIND}} {
    return {{ADD}};
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let inner = param(1u);
        let place = i / inner % param(2u);
        let size = param(4u);
        let step = param(5u);
        let dilation = param(6u);
        let first_row = i / inner / param(2u) * param(3u);
        // The first window that reaches here, then this pass's part of those that start no later.
        let reach = (size - 1u) * dilation;
        let behind = max(place, reach) - reach;
        let start = (behind + step - 1u) / step + param(7u);
        let end = min(min(place / step + 1u, param(3u)), start + PART);
        var total = {{KIND}}();
        if (param(7u) > 0u) {
            total = y[i];
        }
        for (var window = start; window < end; window += 1u) {
            let distance = place - window * step;
            if (distance % dilation == 0u) {
                let row = (first_row + window) * inner + i % inner;
                total = add(total, g[row * size + distance / dilation]);
            }
        }
        y[i] = total;
    }
}
