"""Which algorithm of attention computes: there is one for each device."""

from __future__ import annotations

from contextlib import nullcontext
from enum import IntEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(IntEnum):
    """PyTorch's algorithms of attention; to name one changes nothing."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


def sdpa_kernel(
    backends: SDPBackend | list[SDPBackend], set_priority: bool = False
) -> AbstractContextManager[Any]:
    """A context that checks the names and changes nothing.

    Raises:
        TypeError: there is something else among them.

    >>> import ravine
    >>> from ravine.nn.attention import SDPBackend, sdpa_kernel
    >>> with sdpa_kernel(SDPBackend.MATH):
    ...     ravine.scaled_dot_product_attention(*[ravine.ones(1, 2, 2)] * 3).shape
    (1, 2, 2)
    """
    listed = [backends] if isinstance(backends, SDPBackend) else list(backends)
    for backend in listed:
        if not isinstance(backend, SDPBackend):
            from ..errors import DTypeError

            kind = type(backend).__name__
            raise DTypeError(f"sdpa_kernel: expected names of SDPBackend, got {kind}. Use SDPBackend.MATH")
    return nullcontext()
