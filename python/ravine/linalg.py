"""Norms and products under the names of `torch.linalg`.

>>> from ravine import linalg
>>> linalg.norm(ravine.tensor([[3.0, 0.0], [0.0, 4.0]]))
tensor(5.)
"""

from __future__ import annotations

from ravine import _linalg as _linalg
from ravine._declare import LINALG, names

globals().update(names(LINALG))
__all__ = sorted(names(LINALG))  # pyright: ignore[reportUnsupportedDunderAll]


def __dir__() -> list[str]:
    return sorted(__all__)
