"""`.grad` of values that are not leaves."""

import ravine


def test_a_write_moves_retain_grad_to_the_new_value_only():
    for through_data in (False, True):
        x = ravine.ones(3, requires_grad=True)
        y = x * 2
        if through_data:
            y.data.mul_(1)
        y.retain_grad()
        kept = y * 5
        y.mul_(3)
        (y + kept).sum().backward()
        assert y.grad is not None
        assert x.grad is not None
        # Of d/dy: 1 through the sum alone; what `kept` saw was the value before the write.
        assert y.grad.tolist() == [1.0] * 3
        assert x.grad.tolist() == [16.0] * 3


def test_a_write_that_autograd_does_not_see_leaves_retain_grad_alone():
    x = ravine.ones(4, requires_grad=True)
    y = x * 2
    y.retain_grad()
    kept = y * 5
    y[1:].detach().mul_(3)
    assert y.tolist() == [2.0, 6.0, 6.0, 6.0]
    (y + kept).sum().backward()
    assert y.grad is not None
    assert x.grad is not None
    assert y.grad.tolist() == [6.0] * 4
    assert x.grad.tolist() == [12.0] * 4
