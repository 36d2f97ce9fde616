"""Sizes that no memory holds: an error at the call, never a wrapped product, an abort or a "defect"."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

import pytest

import ravine as rv
from ravine.errors import OutOfMemoryError, ShapeError, ValueError

F = rv.nn.functional

AT_THE_CALL = [
    "rv.zeros(2**32, 2**32)",
    "rv.zeros(2**61, dtype=rv.float64)",
    "rv.zeros(2**60, dtype=rv.uint8)",
    "rv.zeros(2**40, 2**40, 0)",
    "rv.ones(1).expand(2**32, 2**32)",
    "rv.ones(1).expand(2**31, 2**31)",
    "rv.ones(1).expand(0, 2**62)",
    "rv.zeros(0).reshape(0, 2**32, 2**32)",
    "rv.zeros(2**40, 0) @ rv.zeros(0, 2**40)",
    "rv.ones(2**20, 1).expand(2**20, 2**30) + rv.ones(2**20, 1, 1)",
    "rv.ones(3).tile(2**32, 2**32)",
    "rv.ones(3).repeat(2**63 - 1, 2)",
    "rv.ones(3).repeat_interleave(2**62)",
    "rv.diag(rv.ones(3), 2**62)",
    "rv.diag(rv.ones(3), -(2**63))",
    "rv.diag_embed(rv.ones(3, 3), 2**31)",
    "rv.one_hot(rv.tensor([1]), 2**62)",
    "rv.arange(2**61)",
    "rv.linspace(0, 1, 2**61)",
    "rv.eye(2**31)",
    "rv.rand(2**62)",
    "rv.randint(3, (2**31, 2**31))",
    "rv.randperm(2**61)",
    "rv.combinations(rv.arange(64), 32)",
    "rv.tril_indices(2**62, 2**62)",
    "rv.outer(rv.ones(1).expand(2**31), rv.ones(1).expand(2**31))",
    "rv.kron(rv.ones(1).expand(2**31), rv.ones(1).expand(2**31))",
    "rv.cat([rv.ones(1).expand(2**59), rv.ones(1).expand(2**59)])",
    "rv.cartesian_prod(rv.zeros(1).expand(2**31), rv.zeros(1).expand(2**31))",
    "rv.bincount(rv.tensor([2**61]))",
    "rv.bincount(rv.tensor([1]), minlength=2**62)",
    "rv.one_hot(rv.tensor([2**63 - 1]))",
    "rv.repeat_interleave(rv.arange(2), rv.tensor([2**62, 2**62]))",
    "F.pad(rv.ones(3), (2**63 - 1, 0))",
    "F.pad(rv.ones(3), (2**63 - 1, 2**63 - 1))",
    "F.conv1d(rv.ones(1, 1, 3), rv.ones(1, 1, 1), padding=2**62)",
    "F.adaptive_avg_pool2d(rv.ones(1, 1, 3, 3), 2**62)",
    "rv.tensor_split(rv.ones(3), 2**40)",
    "rv.zeros(2**40, 0).split(1)",
    "rv.zeros(0).chunk(2**40)",
]


@pytest.mark.parametrize("call", AT_THE_CALL)
def test_refused_at_the_call(call: str) -> None:
    before = rv.stats()["bytes_live"]
    with pytest.raises(OutOfMemoryError):
        eval(call)
    assert rv.stats()["bytes_live"] - before < 1 << 20


@pytest.mark.parametrize("n", [2**46, 2**55, 2**59])
def test_no_memory_at_the_look(n: int) -> None:
    x = rv.zeros(n) + rv.rand(1)
    before = rv.stats()["bytes_live"]
    with pytest.raises(OutOfMemoryError, match="could not get"):
        x[3].item()
    assert rv.stats()["bytes_live"] == before


def test_products_of_sizes_that_wrap_fill_no_shape() -> None:
    for shape in [(2**32, 2**32), (2**63 - 1, 2), (2**32, 2**32, 1)]:
        with pytest.raises(ShapeError):
            rv.zeros(0).reshape(shape)
        with pytest.raises(ShapeError):
            rv.ones(4).unflatten(0, shape)
    with pytest.raises(ValueError):
        rv.ones(4).split([2**62, 2**62, 2**62, 2**62 + 4])


def test_the_broadcast_is_named() -> None:
    p, y = rv.zeros(10**7, 1), rv.zeros(10**7)
    named = r"sub: \(10000000, 1\) and \(10000000,\) broadcast to \(10000000, 10000000\)"
    with pytest.raises(OutOfMemoryError, match=named):
        ((p - y) ** 2).mean().item()
    with pytest.raises(OutOfMemoryError, match=named):
        (p - y).exp().mul(2).flatten()[5].item()


def test_far_steps_and_diagonals_mean_what_they_say() -> None:
    x = rv.arange(5)
    assert x[:: 2**63 - 1].tolist() == [0]
    assert x[1 :: 2**62].tolist() == [1]
    square = rv.ones(2, 3)
    for far in (2**62, 2**63 - 1):
        assert rv.triu(square, far).tolist() == [[0, 0, 0]] * 2
        assert rv.triu(square, -far).tolist() == square.tolist()
        assert rv.tril(square, far).tolist() == square.tolist()
        assert rv.diagonal(square, far).tolist() == rv.diagonal(square, -far).tolist() == []
    assert rv.diagonal(square, -(2**63)).tolist() == []


def test_triangles_against_numpy() -> None:
    import numpy as np

    for rows in range(5):
        for columns in range(5):
            for offset in range(-6, 7):
                lower = np.stack(np.tril_indices(rows, offset, columns))
                upper = np.stack(np.triu_indices(rows, offset, columns))
                assert np.array_equal(rv.tril_indices(rows, columns, offset).numpy(), lower)
                assert np.array_equal(rv.triu_indices(rows, columns, offset).numpy(), upper)


def test_sequences_without_end() -> None:
    endless: list[object] = []
    endless.append(endless)
    deep: list[object] = [1.0]
    for _ in range(50_000):
        deep = [deep]
    each: Any
    for each in (endless, deep):
        with pytest.raises(ValueError, match="nested more than 64 deep"):
            rv.tensor(each)
        with pytest.raises(TypeError, match="list in it"):
            rv.zeros(each)
        with pytest.raises(ValueError, match="holds itself"):
            rv.func.vmap(lambda x: x)(each)
        with pytest.raises(ValueError, match="holds itself"):
            rv.utils.data.default_collate([each])
        with pytest.raises((TypeError, IndexError, ValueError)):
            rv.zeros(3)[each]


def test_a_sequence_that_lies_about_its_length() -> None:
    class Short(list):
        def __iter__(self):
            return iter([1.0])

    class Long(list):
        def __iter__(self):
            while True:
                yield 1.0

    with pytest.raises(ValueError, match="changed"):
        rv.tensor(Short([1.0, 2.0, 3.0]))
    assert rv.tensor(Long([1.0, 2.0, 3.0])).tolist() == [1.0, 1.0, 1.0]


def run(program: str, megabytes: int) -> str:
    """What a program prints that may use so much address space."""
    limit = f"resource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20},) * 2)"
    head = f"import resource\n{limit}\nimport ravine as rv\n"
    done = subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(program)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_lists_that_outgrow_memory_raise() -> None:
    program = """
    for call in [
        lambda: rv.zeros(2**30, 0).split(1),
        lambda: rv.zeros(0).chunk(2**30),
        lambda: rv.combinations(rv.arange(30), 15),
        lambda: rv.triu_indices(2**14, 2**14),
        lambda: rv.zeros(2**28, dtype=rv.uint8).tolist(),
        lambda: rv.sort(rv.zeros(2**26, dtype=rv.uint8))[0].sum().item(),
        lambda: rv.tensor([[1] * 2**14] * 2**14),
    ]:
        try:
            call()
        except MemoryError:
            print("raised")
        print(rv.ones(3).sum().item())
    """
    assert run(program, 600).split() == ["raised", "3.0"] * 7


def test_training_at_the_edge_of_memory_never_aborts() -> None:
    """Limits in steps of 256 KiB above what is used: each step of training ends, or raises MemoryError."""
    program = """
    from ravine import nn, optim
    rv.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = optim.Adam(model.parameters())
    kept = []

    def step(n):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(rv.randn(n, 64)), rv.zeros(n, dtype=rv.int64))
        loss.backward()
        optimizer.step()
        kept.append(loss.item())

    step(4)
    whole = resource.getrlimit(resource.RLIMIT_AS)[1]
    raised = ended = 0
    for k in range(40):
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + k * (256 << 10), whole))
        for n in (64, 512, 64):
            try:
                step(n)
                ended += 1
            except MemoryError:
                raised += 1
        resource.setrlimit(resource.RLIMIT_AS, (whole, whole))
    step(4)
    print(raised > 0, ended > 0, kept[-1] == kept[-1])
    """
    assert run(program, 4000).split() == ["True", "True", "True"]
