"""Asking for a GPU. `ravine.cuda`, `ravine.mps` and `ravine.xpu` are this module under PyTorch's names.

The functions that ask only look; none of them starts a device. `kernel` makes an op of WGSL.

>>> import ravine
>>> device = ravine.device("cuda" if ravine.cuda.is_available() else "cpu")
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ravine import _core
from ravine._core import device, get_rng_state, initial_seed, set_rng_state
from ravine._kernel import Kernel, kernel
from ravine.errors import DeviceError as AcceleratorError
from ravine.errors import OutOfMemoryError
from ravine.gpu import _memory, _streams
from ravine.gpu._memory import *  # noqa: F403
from ravine.gpu._memory import recommended_max_memory
from ravine.gpu._streams import *  # noqa: F403

if TYPE_CHECKING:
    from typing import Any

    from ravine.gpu import amp, nvtx

__all__ = [
    "AcceleratorError",
    "Adapter",
    "DeviceProperties",
    "Kernel",
    "OutOfMemoryError",
    "amp",
    "can_device_access_peer",
    "current_device",
    "device",
    "device_count",
    "device_of",
    "devices",
    "empty_cache",
    "get_arch_list",
    "get_device_capability",
    "get_device_name",
    "get_device_properties",
    "get_rng_state",
    "get_rng_state_all",
    "init",
    "initial_seed",
    "ipc_collect",
    "is_available",
    "is_bf16_supported",
    "is_built",
    "is_current_stream_capturing",
    "is_initialized",
    "is_macos13_or_newer",
    "is_macos_or_newer",
    "is_tf32_supported",
    "kernel",
    "manual_seed",
    "manual_seed_all",
    "nvtx",
    "seed",
    "seed_all",
    "set_device",
    "set_rng_state",
    "set_rng_state_all",
    "synchronize",
]
__all__ += _memory.__all__
__all__ += _streams.__all__


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module 'ravine.gpu' has no attribute {name!r}")
    if name in ("amp", "nvtx"):
        from importlib import import_module

        return import_module(f"ravine.gpu.{name}")
    from ravine._types import KINDS_ON_GPUS

    if name in KINDS_ON_GPUS:
        return KINDS_ON_GPUS[name]
    raise AttributeError(f"module 'ravine.gpu' has no attribute {name!r}")


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
    found, wanted = devices(), _index(device)
    if wanted >= len(found):
        from ravine.errors import DeviceError

        raise DeviceError(f"get_device_name: there is no GPU {wanted} here. Ask device_count() first")
    return found[wanted].name


def _index(device: Any) -> int:
    return 0 if device is None else (_core.device(device).index or 0)


class DeviceProperties(NamedTuple):
    """What is known of a GPU, under PyTorch's names."""

    name: str
    #: `recommended_max_memory()`: drivers do not tell how much there is.
    total_memory: int
    #: 0.0: a version of CUDA means nothing here.
    major: int
    minor: int
    #: 0: drivers do not tell.
    multi_processor_count: int
    max_threads_per_block: int
    shared_memory_per_block: int


def get_device_properties(device: Any = None) -> DeviceProperties:
    """What is known of a GPU, of the first without an argument.

    Raises:
        DeviceError: it is not there.
    """
    name, limits = get_device_name(device), devices()[_index(device)].limits
    return DeviceProperties(
        name, recommended_max_memory(), 0, 0, 0, limits["workgroup_size"], limits["workgroup_bytes"]
    )


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """(0, 0): a version of CUDA means nothing here. Ask for `Adapter.features`.

    Raises:
        DeviceError: the GPU is not there.
    """
    get_device_name(device)
    return 0, 0


def get_arch_list() -> list[str]:
    """Empty: nothing is compiled for CUDA."""
    return []


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """False: what one GPU has comes to another by way of the host."""
    return False


def is_initialized() -> bool:
    """Whether there is a GPU; it is started when it is first used."""
    return is_available()


def init() -> None:
    """Nothing: a GPU is started when it is first used."""


def ipc_collect() -> None:
    """Nothing: processes share no memory of GPUs."""


def is_current_stream_capturing() -> bool:
    """False: there are no CUDA graphs. Recorded work runs in batches without them."""
    return False


def is_tf32_supported() -> bool:
    """False: products of float32 are computed in float32."""
    return False


def is_macos_or_newer(major: int, minor: int) -> bool:
    """Whether this is macOS of that version, or a newer one."""
    import platform

    version = platform.mac_ver()[0]
    return bool(version) and tuple(map(int, version.split(".")[:2])) >= (major, minor)


def is_macos13_or_newer(minor: int = 0) -> bool:
    """Whether this is macOS 13, or a newer one."""
    return is_macos_or_newer(13, minor)


def device_of(tensor: Any) -> Any:
    """A context in which tensors are made on a tensor's GPU; that of one elsewhere changes nothing."""
    from contextlib import nullcontext

    on_gpu = isinstance(tensor, _core.Tensor) and tensor.device.type == "gpu"
    return tensor.device if on_gpu else nullcontext()


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


def seed() -> None:
    """Starts the random numbers anew from a seed of the system's, on every device."""
    from ravine._functions import seed

    seed()


seed_all = seed


def get_rng_state_all() -> list[tuple[int, int]]:
    """The state of the random numbers, once for each GPU; all devices share it."""
    return [get_rng_state()] * device_count()


def set_rng_state_all(new_states: Any) -> None:
    """Continues from the first of the states, if there is any."""
    for state in list(new_states)[:1]:
        set_rng_state(state)


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a GPU is there: bfloat16 needs nothing special of it."""
    return is_available()


def _need(what: str) -> None:
    if not is_available():
        from ravine.errors import DeviceError

        raise DeviceError(f"{what}: there is no GPU here. Ask is_available() first")
