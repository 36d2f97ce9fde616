// Windows that slide along a dimension, as in cpu/pooling/mod.rs; pairs are first and end

struct Windows {
    // Elements, and windows over them.
    extent: u32,
    count: u32,
    kernel: u32,
    // 0: each window is its share of the dimension.
    stride: u32,
    padding: u32,
    dilation: u32,
}

// floor(a b / c) for a <= c < 2^30, whatever the product is.
fn share(a: u32, b: u32, c: u32) -> u32 {
    let whole = a * (b / c);
    let rest = b % c;
    if (c <= 65536u) {
        return whole + a * rest / c;
    }
    var quotient = 0u;
    var remainder = 0u;
    for (var bit = 31u; bit > 0u; bit -= 1u) {
        remainder = 2u * remainder + select(0u, rest, ((a >> (bit - 1u)) & 1u) == 1u);
        quotient = 2u * quotient + remainder / c;
        remainder = remainder % c;
    }
    return whole + quotient;
}

// Where tap 0 of window `i` is; possibly outside.
fn window_start(w: Windows, i: u32) -> i32 {
    if (w.stride == 0u) {
        return i32(share(i, w.extent, w.count));
    }
    return i32(i * w.stride) - i32(w.padding);
}

// The taps of window `i` that lie within the dimension.
fn window_taps(w: Windows, i: u32) -> vec2<u32> {
    let start = window_start(w, i);
    if (w.stride == 0u) {
        return vec2<u32>(0u, w.extent - share(w.count - 1u - i, w.extent, w.count) - u32(start));
    }
    let before = u32(max(-start, 0));
    let room = u32(max(i32(w.extent) - start, 0));
    let first = (before + w.dilation - 1u) / w.dilation;
    let end = min((room + w.dilation - 1u) / w.dilation, w.kernel);
    return vec2<u32>(first, max(first, end));
}

// The windows among which are all that have a tap at `place`: shares are mutual.
fn windows_around(w: Windows, place: u32) -> vec2<u32> {
    if (w.stride == 0u) {
        return vec2<u32>(
            share(place, w.count, w.extent),
            w.count - share(w.extent - 1u - place, w.count, w.extent),
        );
    }
    let at = place + w.padding;
    let reach = (w.kernel - 1u) * w.dilation;
    let first = (at - min(at, reach) + w.stride - 1u) / w.stride;
    return vec2<u32>(first, max(first, min(at / w.stride + 1u, w.count)));
}
