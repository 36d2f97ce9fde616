"""Norms, products and decompositions under the names of `torch.linalg`.

>>> from ravine import linalg
>>> linalg.norm(ravine.tensor([[3.0, 0.0], [0.0, 4.0]]))
tensor(5.)
"""

from __future__ import annotations

from ravine import _decompositions as _decompositions
from ravine import _linalg as _linalg
from ravine._declare import LINALG, names
from ravine.errors import LinAlgError as LinAlgError

globals().update(names(LINALG))
__all__ = sorted([*names(LINALG), "LinAlgError"])  # pyright: ignore[reportUnsupportedDunderAll]


def __dir__() -> list[str]:
    return sorted(__all__)
