"""Asking for a GPU. `ravine.cuda`, `ravine.mps` and `ravine.xpu` are this module under PyTorch's names.

The functions only look; none of them starts a device.

>>> import ravine
>>> device = ravine.device("cuda" if ravine.cuda.is_available() else "cpu")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core
from ravine._core import device

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "current_device",
    "device",
    "device_count",
    "empty_cache",
    "is_available",
    "is_bf16_supported",
    "is_built",
    "manual_seed",
    "manual_seed_all",
    "set_device",
    "synchronize",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def is_available() -> bool:
    """Whether tensors can be computed on a GPU here.

    >>> import ravine
    >>> ravine.gpu.is_available() == (ravine.gpu.device_count() > 0)
    True
    """
    return device_count() > 0


def is_built() -> bool:
    """Whether this build can drive a GPU."""
    return False


def device_count() -> int:
    """How many GPUs there are."""
    return _core.device_count()


def current_device() -> int:
    """The number of the GPU that `"gpu"` means.

    Raises:
        DeviceError: there is none.
    """
    _need("current_device")
    return 0


def set_device(device: Any) -> None:
    """Makes tensors on this GPU where nothing else says it.

    Raises:
        DeviceError: it is not there.
    """
    _core.set_default_device(device)


def synchronize(device: Any = None) -> None:
    """Computes everything that was recorded and waits for it, on every device."""
    _core.synchronize()


def empty_cache() -> None:
    """Nothing to do: memory that is not used is given back by itself."""


def manual_seed(seed: int) -> None:
    """As `ravine.manual_seed`: one seed serves all devices, which draw the same numbers."""
    _core.manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """As `manual_seed`."""
    _core.manual_seed(seed)


def is_bf16_supported() -> bool:
    """Whether a GPU is there: bfloat16 needs nothing special of it."""
    return is_available()


def _need(what: str) -> None:
    if not is_available():
        from ravine.errors import DeviceError

        raise DeviceError(f"{what}: there is no GPU here. Ask is_available() first")
