"""Asking for a GPU. `ravine.cuda`, `ravine.mps` and `ravine.xpu` are this module under PyTorch's names.

The functions that ask only look; none of them starts a device. `kernel` makes an op of WGSL.

>>> import ravine
>>> device = ravine.device("cuda" if ravine.cuda.is_available() else "cpu")
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ravine import _core
from ravine._core import device
from ravine._kernel import Kernel, kernel

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Adapter",
    "Kernel",
    "current_device",
    "device",
    "device_count",
    "devices",
    "empty_cache",
    "get_device_name",
    "is_available",
    "is_bf16_supported",
    "is_built",
    "kernel",
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
    return True


class Adapter(NamedTuple):
    """A GPU as its driver describes it."""

    device: device
    name: str
    driver: str
    #: Vulkan, Metal or Dx12.
    api: str
    #: Computes on the CPU, for tests: slower than `device="cpu"`.
    is_software: bool
    #: What it has beyond every WebGPU device: f16, immediates, subgroups, timestamps.
    #: `RAVINE_GPU_CAPS=minimal` hides all of it.
    features: dict[str, bool]
    #: The largest sizes: buffer_bytes, binding_bytes, storage_buffers, workgroup_bytes, ..
    limits: dict[str, int]


def devices() -> list[Adapter]:
    """Every GPU, real ones first; `RAVINE_GPU_ADAPTER` leaves those whose names contain it. None is started.

    >>> import ravine
    >>> [str(adapter.device) for adapter in ravine.gpu.devices()][:1] in ([], ["gpu:0"])
    True
    """
    return [Adapter(device("gpu", index), *info) for index, info in enumerate(_core.gpu_infos())]


def device_count() -> int:
    """How many GPUs there are. Software ones count with `RAVINE_ALLOW_SOFTWARE_GPU=1` only."""
    allowed = os.environ.get("RAVINE_ALLOW_SOFTWARE_GPU", "").strip() == "1"
    return sum(allowed or not adapter.is_software for adapter in devices())


def get_device_name(device: Any = None) -> str:
    """The name of a GPU, of the first without an argument.

    Raises:
        DeviceError: it is not there.
    """
    found = devices()
    wanted = 0 if device is None else (_core.device(device).index or 0)
    if wanted >= len(found):
        _need("get_device_name")
    return found[wanted].name


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
    """Gives memory of GPUs that no tensor uses back to their drivers."""
    _core.gpu_trim()


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
