"""Ctrl-C is heard within a long launch and in long loops, and nothing is lost by it."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

import ravine as rv
from ravine import _core

if TYPE_CHECKING:
    from collections.abc import Callable

F = rv.nn.functional

ENDLESS: dict[str, Callable[[], object]] = {
    "sum": lambda: rv.ones(1).expand(2**50).sum().item(),
    "sums of rows": lambda: rv.ones(2, 1).expand(2, 2**50).sum(1).tolist(),
    "sums of columns": lambda: rv.ones(1, 3).expand(2**50, 3).sum(0).tolist(),
    "max": lambda: rv.ones(1).expand(2**50).max().item(),
    "dot": lambda: (rv.ones(1).expand(2**50) @ rv.ones(1).expand(2**50)).item(),
    "matmul": lambda: (rv.rand(3, 1).expand(3, 2**45) @ rv.ones(1, 3).expand(2**45, 3)).tolist(),
    "split": lambda: rv.zeros(2**26, 0).split(1),
    "combinations": lambda: rv.combinations(rv.arange(26), 13),
    "tolist": lambda: rv.zeros(1, dtype=rv.uint8).expand(2**27).tolist(),
    "tensor": lambda: rv.tensor([[1.0] * 2**13] * 2**13),
}


class Stopped(Exception):
    pass


@pytest.fixture
def stopped_soon():
    def stop(*_: object) -> None:
        raise Stopped

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("program", ENDLESS)
def test_heard_in_time(program: str, stopped_soon: None) -> None:
    start = time.monotonic()
    with pytest.raises(Stopped):
        ENDLESS[program]()
    assert time.monotonic() - start < 5
    assert rv.ones(3).sum().item() == 3


LONG: dict[str, Callable[[], rv.Tensor]] = {
    "sort": lambda: rv.sort(rv.rand(2**19))[0],
    "unique": lambda: rv.unique((rv.rand(2**18) * 1000).long()),
    "cumsum": lambda: rv.cumsum(rv.rand(2**19), 0),
    "cumprod": lambda: rv.cumprod(rv.rand(2**18) + 0.5, 0),
    "randperm": lambda: rv.randperm(2**14),
    "randn": lambda: rv.randn(2**17),
    "elementwise": lambda: (rv.rand(2**19) * 2).exp().sin(),
    "sum": lambda: rv.rand(2**21).sum(),
    "softmax": lambda: rv.softmax(rv.rand(300, 1000), 1),
    "matmul": lambda: rv.rand(400, 500) @ rv.rand(500, 300),
    "conv": lambda: F.conv2d(rv.rand(4, 8, 32, 32), rv.rand(16, 8, 3, 3)),
    "pool": lambda: F.max_pool2d(rv.rand(8, 16, 32, 32), 2),
    "nonzero": lambda: rv.nonzero(rv.rand(3000, 30) > 0.5),
    "arange": lambda: rv.arange(2**18),
    "gather": lambda: rv.rand(2**17)[rv.randint(2**17, (2**17,))],
}


@pytest.mark.parametrize("program", LONG)
def test_interrupted_at_any_poll_and_computed_again(program: str) -> None:
    """A launch that was left half-way has not happened: the same look gives the bits of one that was not."""
    seed, threads = rv.get_rng_state(), rv.get_num_threads()
    want = LONG[program]().tolist()
    stopped = 0
    for place in (0, 1, 2, 3, 5, 8, 13):
        # Alone at first: on a busy machine a helper may take every task, and then nobody asks.
        rv.set_num_threads(threads if place else 1)
        rv.set_rng_state(seed)
        got = None
        _core.inject_fault("poll", place)
        try:
            got = LONG[program]()
            got.tolist()
        except KeyboardInterrupt:
            stopped += 1
        finally:
            _core.inject_fault("poll", -1)
        if got is None:  # the call itself looks at values
            rv.set_rng_state(seed)
            got = LONG[program]()
        assert got.tolist() == want
    assert stopped
