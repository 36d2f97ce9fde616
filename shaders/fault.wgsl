// rust/core/src/gpu/finding.rs: errors that a launch finds in values. Part of the modules that bind `fault`.

// Numbers of launches count down, so that the first one with an error stays; the second word is its own.
fn note_word(launch: u32, word: u32) {
    if (atomicMax(&fault[0], launch) <= launch) {
        atomicMax(&fault[1], word);
    }
}

fn note_index(launch: u32, index: vec2<u32>) {
    let sign = select(0u, 0xffffffffu, (index.x >> 31u) == 1u);
    let nearest = select(0x7fffffffu, 0x80000000u, (index.y >> 31u) == 1u);
    // Greater bits for greater numbers: which of several indices stays is no matter of luck.
    note_word(launch, select(nearest, index.x, index.y == sign) ^ 0x80000000u);
}
