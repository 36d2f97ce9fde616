"""Special functions under the names of `torch.special`.

>>> from ravine import special
>>> special.expit(ravine.tensor([0.0, 2.0]))
tensor([0.5000, 0.8808])
"""

from __future__ import annotations

from ravine import _special as _special
from ravine._declare import SPECIAL, names

globals().update(names(SPECIAL))
__all__ = sorted(names(SPECIAL))  # pyright: ignore[reportUnsupportedDunderAll]


def __dir__() -> list[str]:
    return sorted(__all__)
