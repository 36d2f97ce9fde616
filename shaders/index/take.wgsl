// rust/core/src/ops/index/places.rs: y[a, b, c] = x[a, places[b], c], and zeros where b has no place.
// params: [elements of y, places, elements behind a place (c), places that x has]

const NOWHERE = 0x7fffffffu;

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let width = param(2u);
        let block = i / width / param(1u);
        let place = places[i / width % param(1u)];
        var value = {{KIND}}();
        if (place != NOWHERE) {
            value = x[(block * param(3u) + place) * width + i % width];
        }
        y[i] = value;
    }
}
