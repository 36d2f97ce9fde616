// Indices, in int64.

struct IndexPlace {
    at: u32,
    is_inside: bool,
}

// What an index names among `extent` elements; negative ones count from the end where they may. Of an index that is
// outside the nearest element, so that a launch can go on.
fn place_of(index: vec2<u32>, extent: u32, from_end: bool) -> IndexPlace {
    let is_negative = (index.y >> 31u) == 1u;
    let counted = select(index.x, index.x + extent, is_negative);
    let is_near = select(index.y == 0u, from_end && index.y == 0xffffffffu, is_negative);
    let nearest = select(max(extent, 1u) - 1u, 0u, is_negative);
    let is_inside = is_near && counted < extent;
    return IndexPlace(select(nearest, counted, is_inside), is_inside);
}
