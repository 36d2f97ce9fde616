// rust/core/src/ops/reduce/recurrence.rs: y[i] = a[i] y[i-1] + b[i] along one dimension, a thread per line. A pass takes
// one part of every line and goes on from what the pass before it has written.
// params: [lines, length, stride along a line, first element of the part, the one behind its last]

fn is_finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

// Where a line stands, from an element: floats as a pair of numbers, the first of which has 12 digits, so that its
// products with another such are exact. Products of many factors would lose half a digit with each.
fn state_of_f32(y: f32) -> vec2<f32> {
    let high = leading(y);
    return select(vec2<f32>(y, 0.0), vec2<f32>(high, y - high), is_finite(y));
}

fn state_of_i32(y: i32) -> i32 {
    return y;
}

fn state_of_u32(y: u32) -> u32 {
    return y;
}

fn state_of_i64(y: vec2<u32>) -> vec2<u32> {
    return y;
}

// A zero keeps its sign.
fn value_f32(state: vec2<f32>) -> f32 {
    return select(state.x + state.y, state.x, state.y == 0.0);
}

fn value_i32(state: i32) -> i32 {
    return state;
}

fn value_u32(state: u32) -> u32 {
    return state;
}

fn value_i64(state: vec2<u32>) -> vec2<u32> {
    return state;
}

fn follow_f32(state: vec2<f32>, a: f32, b: f32) -> vec2<f32> {
    let plain = a * value_f32(state) + b;
    let a_high = leading(a);
    let product = a_high * state.x;
    let rest = (a - a_high) * state.x + a * state.y;
    let sum = (product + rest) + b;
    let high = leading(sum);
    let low = ((product - high) + b) + rest;
    // Zero too has no parts.
    return select(vec2<f32>(plain, 0.0), vec2<f32>(high, low), is_finite(plain) && sum != 0.0);
}

fn follow_i32(state: i32, a: i32, b: i32) -> i32 {
    return a * state + b;
}

fn follow_u32(state: u32, a: u32, b: u32) -> u32 {
    return a * state + b;
}

fn follow_i64(state: vec2<u32>, a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    return add_i64(mul_i64(a, state), b);
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let line = group_of(group, groups) * {{WORKGROUP}}u + lane;
    let stride = param(2u);
    if (line < param(0u)) {
        let start = line / stride * stride * param(1u) + line % stride;
        var at = start + param(3u) * stride;
        var state = state_of_{{KIND}}(b[at]);
        if (param(3u) > 0u) {
            state = follow_{{KIND}}(state_of_{{KIND}}(y[at - stride]), a[at], b[at]);
        }
        var value = value_{{KIND}}(state);
        y[at] = {{RESULT}};
        for (var i = param(3u) + 1u; i < param(4u); i += 1u) {
            at += stride;
            state = follow_{{KIND}}(state, a[at], b[at]);
            value = value_{{KIND}}(state);
            y[at] = {{RESULT}};
        }
    }
}
