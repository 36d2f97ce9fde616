// rust/core/src/ops/index/places.rs: where the elements lie that an index tensor names, as numbers of places: index
// times stride, on top of what the element's own coordinates and earlier index tensors add.
// params: [count, extent of the indexed dimension, its stride, whether negative indices count from the end, the index
// that names no place, whether there were earlier index tensors, then per dimension: extent, how far the indices reach,
// stride of the index tensor, stride of places; at last the launch's number]

const NOWHERE = 0x7fffffffu;

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        var rest = i;
        var at = 0u;
        var base = 0u;
        var is_reached = true;
        for (var d = {{RANK}}u; d > 0u; d -= 1u) {
            let word = 4u * d + 2u;
            let coordinate = rest % param(word);
            rest = rest / param(word);
            is_reached = is_reached && coordinate < param(word + 1u);
            at += coordinate * param(word + 2u);
            base += coordinate * param(word + 3u);
        }
        if (param(5u) == 1u) {
            base += places[i];
        }
        var found = NOWHERE;
        if (is_reached) {
            let place = place_of(index[at], param(1u), param(3u) == 1u);
            if (!place.is_inside) {
                note_index(param(4u * {{RANK}}u + 6u), index[at]);
            }
            if (place.at != param(4u)) {
                found = base + place.at * param(2u);
            }
        }
        places[i] = found;
    }
}
