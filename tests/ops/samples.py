"""What a test of an op starts from where the registry has no samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Samples:
    """As the registry's `Tests`, with a call where there is no function."""

    reference: str
    samples: tuple[str, ...]
    domain: tuple[float, float] = (-10.0, 10.0)
    accuracy: tuple[str, float] = ("exact", 0.0)
    call: Callable[..., Any] | None = None
    plain: bool = False
    vjp: str = "rule"


SUM = ("sum", 1.0)
# A result that goes through several sums, each rounded.
SUMS = ("sum", 4.0)
