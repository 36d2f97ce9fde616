"""The names that fuzzed lines use. A reproducer is one such line: `python -m fuzz 'LINE'`."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

import ravine
import ravine as rv
from ravine import autograd, func, linalg, nn, optim, special, utils, viz
from ravine.nn import functional as F

__all__ = [
    "F",
    "Pairs",
    "autograd",
    "deep",
    "func",
    "io",
    "linalg",
    "loop",
    "nn",
    "np",
    "optim",
    "ps",
    "ravine",
]
__all__ += ["rv", "special", "utils", "viz"]


def ps(*shapes: tuple[int, ...], dtype: Any = None) -> list[Any]:
    """Parameters with gradients."""
    found = [nn.Parameter(rv.ones(shape, dtype=dtype or rv.float32)) for shape in shapes]
    for p in found:
        p.grad = rv.ones_like(p)
    return found


def loop() -> list[Any]:
    """A list that holds itself."""
    found: list[Any] = []
    found.append(found)
    return found


def deep(n: int) -> Any:
    """A number in so many lists."""
    found: Any = 1.0
    for _ in range(n):
        found = [found]
    return found


class Pairs(utils.data.Dataset):
    """A data set of `n` pairs."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> tuple[Any, int]:
        return np.full(3, i, np.float32), i
