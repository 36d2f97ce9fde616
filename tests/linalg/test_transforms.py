"""Batches, `vmap`, gradients for each sample, threads and GPUs: the same as one matrix after the other."""

# Tuples of the extension have names that its stubs do not tell.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false

from __future__ import annotations

import numpy as np
import pytest

import ravine
from linalg.problems import BATCHED, PROBLEMS
from ravine import func, linalg
from ravine.errors import DeviceError


def listed(found):
    return found if isinstance(found, tuple) else (found,)


def scalar(problem, *inputs):
    """A smooth number of all results."""
    return sum((t * t).sum() for t in problem.results(ravine, *inputs))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_vmap(problem):
    data = [ravine.tensor(x) for x in problem.draw((3,))]
    found = listed(func.vmap(lambda *x: tuple(problem.results(ravine, *x)))(*data))
    one_by_one = [problem.results(ravine, *[x[i] for x in data]) for i in range(3)]
    for j, result in enumerate(found):
        expected = ravine.stack([each[j] for each in one_by_one])
        np.testing.assert_allclose(result.numpy(), expected.numpy(), rtol=1e-11, atol=1e-12)
    if len(data) > 1:
        # One operand for all.
        shared = func.vmap(
            lambda *x: tuple(problem.results(ravine, *x)), in_dims=(0, *[None] * (len(data) - 1))
        )
        for j, result in enumerate(listed(shared(data[0], *[x[1] for x in data[1:]]))):
            expected = problem.results(ravine, data[0][2], *[x[1] for x in data[1:]])[j]
            np.testing.assert_allclose(result[2].numpy(), expected.numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("problem", BATCHED, ids=lambda p: p.name)
def test_batches(problem):
    data = [ravine.tensor(x) for x in problem.draw((2, 3))]
    found = problem.results(ravine, *data)
    for i in range(2):
        for k in range(3):
            for result, expected in zip(found, problem.results(ravine, *[x[i, k] for x in data])):
                np.testing.assert_allclose(result[i, k].numpy(), expected.numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_gradients_for_each_sample(problem):
    data = [ravine.tensor(x) for x in problem.draw((3,))]
    places = tuple(range(len(data)))
    gradient = func.grad(lambda *x: scalar(problem, *x), argnums=places)
    found = func.vmap(gradient)(*data)
    for i in range(3):
        for one, whole in zip(gradient(*[x[i] for x in data]), found):
            np.testing.assert_allclose(whole[i].numpy(), one.numpy(), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("problem", BATCHED, ids=lambda p: p.name)
def test_bits_do_not_depend_on_threads(problem):
    data = [ravine.tensor(x) for x in problem.draw((40,))]
    before = ravine.get_num_threads()
    bits = []
    try:
        for threads in (1, 2, 3):
            ravine.set_num_threads(threads)
            bits.append([t.numpy().tobytes() for t in problem.results(ravine, *data)])
    finally:
        ravine.set_num_threads(before)
    assert bits[0] == bits[1] == bits[2]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_shapes_are_known_without_values(problem):
    data = problem.draw()
    found = problem.results(ravine, *[ravine.tensor(x).to("meta") for x in data])
    expected = problem.results(ravine, *[ravine.tensor(x) for x in data])
    assert [(t.shape, t.dtype) for t in found] == [(t.shape, t.dtype) for t in expected]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_gpu(problem):
    """Values and gradients arrive on the GPU, as those of the same float32 numbers on the CPU."""
    data = problem.draw(dtype="float32")
    found = []
    for device in ("cpu", "gpu"):
        leaves = [ravine.tensor(x, device=device, requires_grad=True) for x in data]
        results = problem.results(ravine, *leaves)
        assert all(t.device.type == leaves[0].device.type for t in results)
        grads = ravine.autograd.grad(sum((t * t).sum() for t in results), leaves, allow_unused=True)
        found.append([t.detach().to("cpu").numpy() for t in (*results, *grads) if t is not None])
    for near, far in zip(*found):
        np.testing.assert_allclose(
            far, near, rtol=2e-4, atol=2e-4 * max(1.0, float(np.abs(near).max(initial=0)))
        )


def test_operands_are_on_one_device():
    with pytest.raises(DeviceError, match="different devices"):
        linalg.solve(ravine.eye(2, device="gpu"), ravine.ones(2, 1))
