// rust/core/src/ops/optim/adam.rs: one step of Adam on one or two tensors, in place.
// params: [elements of both, then maximize, penalty, shrink, 1 - beta1, beta1, beta2, 1 - beta2, correction, eps,
// minus step size]
// The slot `update` finds the tensor of an element.

struct Moved {
    p: f32,
    m: f32,
    v: f32,
}

fn number(i: u32) -> f32 {
    return bitcast<f32>(param(i));
}

fn step(p: f32, gradient: f32, m: f32, v: f32) -> Moved {
    let g = select(gradient, -gradient, param(2u) == 1u);
    let direction = select(g, g + p * number(3u), number(3u) != 0.0);
    let way = direction - m;
    let near = m + way * number(5u);
    let far = direction - way * number(6u);
    let first = select(far, near, number(5u) < 0.5);
    let second = v * number(7u) + direction * number(8u) * direction;
    let scale = sqrt(second) / number(9u) + number(10u);
    return Moved(p * number(4u) + first * number(11u) / scale, first, second);
}

@compute @workgroup_size({{WORKGROUP}})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group_of(group, groups) * {{WORKGROUP}}u + lane;
    if (i < param(0u) + param(1u)) {
        update(i);
    }
}
