"""Orthogonal parametrizations against torch from equal states; what they start from is drawn."""

# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false

import numpy as np
import pytest
import torch

import ravine as rv

MAPS = ["matrix_exp", "cayley", "householder"]
#: Shapes of weights: square, tall, wide, of one column, and batches.
SHAPES = [(4, 4), (5, 3), (3, 5), (4, 1), (1, 1), (2, 4, 3)]


def holder(lib, shape, **options):
    """A module with one orthogonal weight."""
    module = lib.nn.Module()
    start = np.random.default_rng(1).standard_normal(shape)
    module.weight = lib.nn.Parameter(lib.tensor(start, dtype=lib.float64))
    return lib.nn.utils.parametrizations.orthogonal(module, "weight", **options)


def orthogonality(Q):
    Q = Q.detach().numpy()
    Q = np.swapaxes(Q, -1, -2) if Q.shape[-2] < Q.shape[-1] else Q
    return np.abs(np.swapaxes(Q, -1, -2) @ Q - np.eye(Q.shape[-1])).max()


def pair(shape, map, trivial, rng):
    """Both modules with torch's base, and a lower triangle that is not where it starts."""
    mine, theirs = (holder(lib, shape, orthogonal_map=map, use_trivialization=trivial) for lib in (rv, torch))
    assert list(mine.state_dict()) == list(theirs.state_dict())
    with torch.no_grad():
        original = theirs.parametrizations.weight.original
        original += torch.tensor(0.5 * rng.standard_normal(shape)).tril(-1)
    mine.load_state_dict({key: rv.tensor(value.numpy()) for key, value in theirs.state_dict().items()})
    return mine, theirs


@pytest.mark.parametrize("trivial", [True, False])
@pytest.mark.parametrize("map", MAPS)
def test_values_and_gradients(map, trivial, rng):
    for shape in SHAPES:
        mine, theirs = pair(shape, map, trivial, rng)
        factor = rng.standard_normal(shape)
        found = []
        for lib, module in ((rv, mine), (torch, theirs)):
            Q = module.weight
            original = module.parametrizations.weight.original
            (first,) = lib.autograd.grad((Q * lib.tensor(factor)).sin().sum(), [original], create_graph=True)
            (second,) = lib.autograd.grad((first * first).sum(), [original])
            found.append((Q, first, second))
        assert orthogonality(found[0][0]) < 1e-12
        for a, b in zip(*found, strict=True):
            np.testing.assert_allclose(
                a.detach().numpy(), b.detach().numpy(), rtol=1e-8, atol=1e-10, err_msg=str(shape)
            )


@pytest.mark.parametrize("map", MAPS)
def test_assigning(map, rng):
    for shape in SHAPES:
        mine, theirs = pair(shape, map, True, rng)
        tall = rng.standard_normal((*shape[:-2], max(shape[-2:]), min(shape[-2:])))
        Q = np.linalg.qr(tall)[0]
        Q = np.swapaxes(Q, -1, -2) if shape[-2] < shape[-1] else Q
        mine.weight, theirs.weight = rv.tensor(Q.copy()), torch.tensor(Q)
        np.testing.assert_allclose(mine.weight.detach().numpy(), Q, atol=1e-12)
        np.testing.assert_allclose(theirs.weight.detach().numpy(), Q, atol=1e-12)
        mine.weight = rv.tensor(rng.standard_normal(shape))  # made orthogonal
        assert orthogonality(mine.weight) < 1e-12
    with pytest.raises(rv.errors.ShapeError, match="expected a matrix"):
        holder(rv, (3, 3), orthogonal_map=map).weight = rv.ones(7, 7, dtype=rv.float64)


def test_assigning_without_a_base(rng):
    for shape in SHAPES:
        mine, theirs = pair(shape, "householder", False, rng)
        value = rng.standard_normal(shape)
        mine.weight, theirs.weight = rv.tensor(value), torch.tensor(value)
        assert orthogonality(mine.weight) < 1e-12
        np.testing.assert_allclose(mine.weight.detach().numpy(), theirs.weight.detach().numpy(), atol=1e-12)
    with pytest.raises(NotImplementedError, match="use_trivialization=False"):
        holder(rv, (3, 3), orthogonal_map="cayley", use_trivialization=False).weight = rv.eye(3)


def test_layers_stay_orthogonal_in_training(rng):
    for layer in (rv.nn.Linear(4, 4), rv.nn.Linear(3, 5), rv.nn.Linear(5, 3)):
        rv.nn.utils.parametrizations.orthogonal(layer)
        optimizer = rv.optim.Adam(layer.parameters(), lr=0.1)
        before = layer.weight.detach().clone()
        for _ in range(3):
            optimizer.zero_grad()
            layer(rv.tensor(rng.standard_normal((2, layer.in_features)), dtype=rv.float32)).sum().backward()
            optimizer.step()
        assert orthogonality(layer.weight) < 1e-5
        assert (layer.weight - before).abs().max().item() > 1e-3
        assert repr(layer.parametrizations.weight) == "ParametrizationList(\n  (0): _Orthogonal()\n)"
