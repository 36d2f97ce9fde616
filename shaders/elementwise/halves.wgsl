// rust/core/src/gpu/halves.rs: elements of 16 bits from a place of one buffer to a place of another, where they do not
// fill words. A thread per word of the second one.
// params: [words, elements, the first one's place in x, and in y]

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u)) {
        let word = (param(3u) >> 1u) + i;
        var bits = y[word];
        for (var k = 0u; k < 2u; k += 1u) {
            // What lies before the first element wraps, and is behind the last one.
            let element = 2u * word + k - param(3u);
            if (element < param(1u)) {
                let at = param(2u) + element;
                bits = insertBits(bits, half_of(x[at >> 1u], at), 16u * k, 16u);
            }
        }
        y[word] = bits;
    }
}
