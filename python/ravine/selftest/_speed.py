"""How fast the device is: memory, products, launches and looks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import ravine
from ravine.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._bench import Bench

__all__ = ["Speed", "speeds"]


class Speed(NamedTuple):
    """One line of the table."""

    name: str
    value: float
    unit: str


def _seconds(work: Callable[[], object], times: int = 3) -> float:
    """The best of a few, from nothing waiting to everything done."""
    found = []
    for _ in range(times):
        ravine.synchronize()
        start = time.perf_counter()
        work()
        ravine.synchronize()
        found.append(time.perf_counter() - start)
    return min(found)


def _rate(
    name: str, unit: str, enough: float, sizes: list[int], prepare: Callable[[int], tuple[Callable, float]]
) -> Speed:
    """Billions a second, at the first size that takes long enough to be timed."""
    found = Speed(name, 0.0, unit)
    for size in sizes:
        work, amount = prepare(size)
        work()
        took = _seconds(work)
        found = Speed(f"{name}, {size:,}", amount / took / 1e9, unit)
        if took > enough:
            break
    return found


def speeds(bench: Bench) -> Iterator[Speed]:
    """Each with its size. Times include launching and waiting: sizes grow until those do not show."""
    device, enough = bench.device, 0.005 if bench.quick else 0.02
    lengths = [1 << power for power in range(16, 27 if not bench.quick else 23, 2)]
    widths = [1 << power for power in range(7, 13 if not bench.quick else 10)]
    batches = [4, 16] if bench.quick else [4, 16, 64, 256]

    def ones(*shape: int) -> ravine.Tensor:
        made = ravine.ones(*shape, device=device)
        ravine.eval(made)
        return made

    def copy(n: int) -> tuple[Callable, float]:
        x = ones(n)
        return (lambda: ravine.eval(x.clone())), 8.0 * n

    def add(n: int) -> tuple[Callable, float]:
        x, y = ones(n), ones(n)
        return (lambda: ravine.eval(x + y)), 12.0 * n

    def reduce(n: int) -> tuple[Callable, float]:
        x = ones(n)
        return (lambda: ravine.eval(x.sum())), 4.0 * n

    def product(n: int) -> tuple[Callable, float]:
        x, y = ones(n, n), ones(n, n)
        return (lambda: ravine.eval(x @ y)), 2.0 * n**3

    def convolution(n: int) -> tuple[Callable, float]:
        x, w = ones(n, 32, 32, 32), ones(32, 32, 3, 3)
        return (lambda: ravine.eval(F.conv2d(x, w, padding=1))), 2.0 * n * 32 * 32 * 32 * 32 * 9

    yield _rate("copy, elements", "GB/s", enough, lengths, copy)
    yield _rate("add, elements", "GB/s", enough, lengths, add)
    yield _rate("sum, elements", "GB/s", enough, lengths, reduce)
    yield _rate("matmul, n x n", "GFLOP/s", enough, widths, product)
    yield _rate("conv2d, images of 32 x 32 x 32", "GFLOP/s", enough, batches, convolution)
    x, times = ones(16), 20 if bench.quick else 100

    def launches() -> None:
        for _ in range(times):
            ravine.eval(x + 1)

    launches()
    yield Speed("a launch", _seconds(launches) / times * 1e6, "us")
    yield Speed("a look: launch, and the value read", _seconds(lambda: (x[0] + 1).item(), times) * 1e6, "us")
