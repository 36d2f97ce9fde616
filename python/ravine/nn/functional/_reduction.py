"""PyTorch's retired options of losses, and what they meant."""

from __future__ import annotations

import warnings

from ...errors import DTypeError

__all__ = ["reduction_of"]


def reduction_of(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that ``size_average`` and ``reduce`` ask for, with PyTorch's warning; else ``reduction``.

    >>> reduction_of(None, None, "sum")
    'sum'
    """
    for name, value in (("size_average", size_average), ("reduce", reduce)):
        if value is not None and not isinstance(value, bool):
            raise DTypeError(
                f"{name} must be a bool, not {type(value).__name__}. Give options by name, as reduction='sum'"
            )
    if size_average is None and reduce is None:
        return reduction
    meant = "none" if reduce is False else "sum" if size_average is False else "mean"
    text = f"size_average and reduce args will be deprecated, please use reduction={meant!r} instead."
    warnings.warn(text, UserWarning, stacklevel=4)
    return meant
