// rust/core/src/ops/index/places.rs: base[a, places[b], c] = values[a, b, c], in place. Of the values for one place
// the last one stays, the one with the greatest b.
// params: [threads, places, elements behind a place (c), places that base has]
// Passes: clear and choose, for each b, then put, for each value.

@compute @workgroup_size({{WORKGROUP}})
fn clear(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let b = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (b < param(0u)) {
        atomicStore(&last[places[b]], 0u);
    }
}

@compute @workgroup_size({{WORKGROUP}})
fn choose(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let b = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (b < param(0u)) {
        atomicMax(&last[places[b]], b);
    }
}

@compute @workgroup_size({{WORKGROUP}})
fn put(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let width = param(2u);
        let block = i / width / param(1u);
        let b = i / width % param(1u);
        let place = places[b];
        if (atomicLoad(&last[place]) == b) {
            base[(block * param(3u) + place) * width + i % width] = values[i];
        }
    }
}
