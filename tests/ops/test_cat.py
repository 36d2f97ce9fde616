"""`cat` of tensors without elements, among them those of shape (0,) that stand for "nothing yet"."""

import pytest

import ravine

CASES = [
    ([(0,)], 0),
    ([(0,), (0,)], -1),
    ([(0,), (2, 3)], 1),
    ([(2, 3), (0,)], 0),
    ([(0,), (0, 3), (0,)], 0),
    ([(0, 3), (2, 3)], 0),
    ([(2, 0), (0,), (2, 3)], -1),
]


@pytest.mark.parametrize(("shapes", "dim"), CASES)
def test_every_input_counts(torch, shapes, dim):
    """The result requires a gradient if any input does, and all of them get theirs."""

    def found(m, marked):
        parts = [m.ones(shape, requires_grad=i == marked) for i, shape in enumerate(shapes)]
        y = m.cat(parts, dim)
        if y.requires_grad:
            (y * 2).sum().backward()
        gradients = [None if p.grad is None else (tuple(p.grad.shape), p.grad.tolist()) for p in parts]
        return y.tolist(), tuple(y.shape), y.requires_grad, gradients

    for marked in (None, *range(len(shapes))):
        assert found(ravine, marked) == found(torch, marked)


@pytest.mark.parametrize(("shapes", "dim"), CASES)
def test_transforms(shapes, dim):
    def cat(*parts):
        return ravine.cat(parts, dim)

    batches = [ravine.randn(4, *shape) for shape in shapes]
    rows = [tuple(b[i] for b in batches) for i in range(4)]
    together = ravine.func.vmap(cat)(*batches)
    assert together.tolist() == [cat(*row).tolist() for row in rows]
    value, tangent = ravine.func.jvp(cat, rows[0], rows[1])
    assert value.tolist() == cat(*rows[0]).tolist()
    assert tangent.tolist() == cat(*rows[1]).tolist()
