// rust/core/src/ops/index/search.rs: the places of values in ascending rows, by bisection.
// params: [values, values for a row, length of a row, whether after equal elements]

fn less(a: {{KIND}}, b: {{KIND}}) -> bool {
    return {{LESS}};
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let first = i / param(1u) * param(2u);
        let value = values[i];
        var low = 0u;
        var high = param(2u);
        while (low < high) {
            let middle = low + (high - low) / 2u;
            let element = rows[first + middle];
            if (less(element, value) || (param(3u) == 1u && !less(value, element))) {
                low = middle + 1u;
            } else {
                high = middle;
            }
        }
        y[i] = vec2<u32>(low, 0u);
    }
}
