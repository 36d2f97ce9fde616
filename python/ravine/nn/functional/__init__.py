"""The layers as functions, without state: ``import ravine.nn.functional as F``.

Signatures are PyTorch's. Most functions call the op of their name. Others are made of several ops, as
:func:`linear` and :func:`interpolate` are, or call one of another name, as :func:`unfold` does.
"""

from __future__ import annotations

from ..._declare import FUNCTIONAL, names

# No module has the name of a function, which would hide it here: hence `regularization`, not `dropout`.
from . import activation as activation
from . import attention as attention
from . import bags as bags
from . import convolution as convolution
from . import ctc as ctc
from . import loss as loss
from . import margin as margin
from . import normalization as normalization
from . import pooling as pooling
from . import projection as projection
from . import regularization as regularization
from . import sampling as sampling
from . import unpooling as unpooling
from . import vision as vision
from . import volume as volume

globals().update(names(FUNCTIONAL))
__all__ = sorted(names(FUNCTIONAL))  # pyright: ignore[reportUnsupportedDunderAll]


def __dir__() -> list[str]:
    return sorted(__all__)
