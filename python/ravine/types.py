"""Names for annotations, as PyTorch has them."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from os import PathLike
from typing import TypeAlias

from ravine._core import Tensor, device, dtype

__all__ = ["Device", "FileLike", "Number", "Tensor"]

Number: TypeAlias = builtins.int | builtins.float | builtins.bool
Device: TypeAlias = device | str | builtins.int | None
FileLike: TypeAlias = str | PathLike[str]

_int, _float, _bool = builtins.int, builtins.float, builtins.bool
_dtype, _device = dtype, device
_size: TypeAlias = Sequence[builtins.int]
