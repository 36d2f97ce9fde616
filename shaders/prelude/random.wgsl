// Philox4x32-10 (see cpu/philox.rs), and what its words become.

fn philox(counter: vec4<u32>, seed: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var key = seed;
    for (var round = 0u; round < 10u; round += 1u) {
        let first = multiply_wide(c.x, 0xd2511f53u);
        let second = multiply_wide(c.z, 0xcd9e8d57u);
        c = vec4<u32>(second.y ^ c.y ^ key.x, second.x, first.y ^ c.w ^ key.y, first.x);
        key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return c;
}

// Standard normal, by the polar form of Box and Muller: element k, from its pair's words.
fn normal_of(words: vec4<u32>, k: u32) -> f32 {
    let pair = select(words.xy, words.zw, k >= 2u);
    let u = f32(pair.x) * power_of_two(-32) + power_of_two(-33);
    let radius = sqrt(-2.0 * log_f32(u));
    // The angle in quarter turns: the whole ones are taken off without an error.
    let turns = f32(pair.y) * power_of_two(-30);
    let quarters = round(turns);
    let r = (turns - quarters) * 1.5707964;
    let r2 = r * r;
    // Coefficients of Cephes.
    var s = -1.9515296e-4;
    s = s * r2 + 8.332161e-3;
    s = s * r2 - 0.16666655;
    let sine = r + r * r2 * s;
    var c = 2.4433157e-5;
    c = c * r2 - 1.3887316e-3;
    c = c * r2 + 4.1666646e-2;
    let cosine = 1.0 - 0.5 * r2 + r2 * r2 * c;
    // The second of a pair is the sine, which is the cosine a quarter turn before.
    let quarter = (u32(quarters) + 3u * (k & 1u)) & 3u;
    let part = select(cosine, sine, (quarter & 1u) == 1u);
    return radius * select(part, -part, quarter == 1u || quarter == 2u);
}
