"""Tasks on one trunk: its gradient is the weighted sum of theirs."""

import numpy as np
import pytest

import ravine
from ravine import models
from ravine.models import MultiTask, weighted_sum
from ravine.nn import functional as F

WEIGHTS = {"digit": 0.7, "ink": 2.5}


def test_row_103_the_trunk_gets_the_weighted_sum_of_the_tasks_gradients():
    ravine.manual_seed(0)
    net = MultiTask(sizes=(6, 8, 5), heads={"digit": 4, "ink": 1}).double()
    x, y = ravine.randn(9, 6, dtype=ravine.float64), ravine.randint(0, 4, (9,))

    def losses():
        outputs = net(x)
        assert {task: tuple(out.shape) for task, out in outputs.items()} == {"digit": (9, 4), "ink": (9, 1)}
        return {
            "digit": F.cross_entropy(outputs["digit"], y),
            "ink": F.mse_loss(outputs["ink"], x.sum(1, keepdim=True)),
        }

    def gradients(loss):
        return ravine.autograd.grad(loss, list(net.trunk.parameters()))

    together = gradients(weighted_sum(losses(), WEIGHTS))
    alone = {task: gradients(losses()[task]) for task in WEIGHTS}
    for number, total in enumerate(together):
        expected = sum(WEIGHTS[task] * alone[task][number].numpy() for task in WEIGHTS)
        np.testing.assert_allclose(total.numpy(), expected, rtol=1e-12, atol=1e-14)
    # And two figures are reported: one for each task.
    measured = {task: loss.item() for task, loss in losses().items()}
    assert len(set(measured.values())) == 2


def test_it_is_a_trunk_and_heads():
    net = MultiTask(sizes=(6, 8, 5), heads={"a": 2, "b": 3})
    hidden = F.relu(net.trunk(x := ravine.randn(4, 6)))
    for task, head in net.heads.items():
        assert (net(x)[task] == head(hidden)).all()
    assert sum(p.numel() for p in net.parameters()) == 7 * 8 + 9 * 5 + 6 * 2 + 6 * 3


def test_what_cannot_be():
    with pytest.raises(ValueError, match="heads are positive sizes by a task's name"):
        models.MultiTask(sizes=(2, 2), heads={})
    with pytest.raises(ValueError, match="heads are positive"):
        models.MultiTask(sizes=(2, 2), heads={"a": 0})
    with pytest.raises(ValueError, match=r"losses of \['a'\], but weights of \['b'\]"):
        weighted_sum({"a": ravine.tensor(1.0)}, {"b": 1.0})
