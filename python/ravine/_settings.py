"""PyTorch's switches: those that mean something here, and those that are remembered and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, autograd
from ravine.errors import DTypeError, ValueError

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from ravine._core import DeviceLike

__all__ = [
    "are_deterministic_algorithms_enabled",
    "compiled_with_cxx11_abi",
    "get_deterministic_debug_mode",
    "get_device_module",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_inference_mode_enabled",
    "is_vulkan_available",
    "is_warn_always_enabled",
    "set_anomaly_enabled",
    "set_default_tensor_type",
    "set_deterministic_debug_mode",
    "set_float32_matmul_precision",
    "set_flush_denormal",
    "set_num_interop_threads",
    "set_warn_always",
    "use_deterministic_algorithms",
]

is_anomaly_enabled = autograd.is_anomaly_enabled
is_inference_mode_enabled = autograd.is_inference_mode_enabled


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """As `autograd.set_detect_anomaly`, from now on."""
    autograd.set_detect_anomaly(enabled, check_nan)


def is_anomaly_check_nan_enabled() -> bool:
    """Whether NaN is searched for: what `is_anomaly_enabled` says, since nothing else is."""
    return autograd.is_anomaly_enabled()


def set_default_tensor_type(t: Any, /) -> None:
    """Sets the default dtype and device by a name of a kind of tensor, such as `"torch.DoubleTensor"`.

    Raises:
        ValueError: there is no such name.
        TypeError: its dtype holds no fractions.

    >>> ravine.set_default_tensor_type("torch.FloatTensor")
    """
    from ravine._types import kind_of

    dtype, device = kind_of(t)
    _core.set_default_dtype(dtype)
    if device is not None:
        _core.set_default_device(device)


_remembered: dict[str, Any] = {
    "precision": "highest",
    "deterministic": False,
    "warn_only": False,
    "warn": False,
}


def set_float32_matmul_precision(precision: str) -> None:
    """Remembers "highest", "high" or "medium": products of float32 are computed in float32 whichever it is.

    Raises:
        ValueError: it is none of these.

    >>> ravine.set_float32_matmul_precision("highest")
    """
    if precision not in ("highest", "high", "medium"):
        raise ValueError(
            f"set_float32_matmul_precision: {precision!r} is no precision. Use 'highest', 'high' or 'medium'"
        )
    _remembered["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was given.

    >>> ravine.get_float32_matmul_precision()
    'highest'
    """
    return _remembered["precision"]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Remembers the mode: all algorithms are deterministic, whichever it is."""
    if not isinstance(mode, bool):
        raise DTypeError(f"use_deterministic_algorithms: the mode is a bool, not {type(mode).__name__}")
    _remembered["deterministic"], _remembered["warn_only"] = mode, warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was given; algorithms are deterministic without it."""
    return _remembered["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was given as `warn_only`."""
    return _remembered["warn_only"]


_DEBUG_MODES = ("default", "warn", "error")


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """As `use_deterministic_algorithms`: "default" (0), "warn" (1) or "error" (2).

    Raises:
        ValueError: it is none of these.
    """
    if debug_mode not in (*_DEBUG_MODES, 0, 1, 2):
        raise ValueError(
            f"set_deterministic_debug_mode: {debug_mode!r} is no mode. Use 'default', 'warn' or 'error'"
        )
    number = _DEBUG_MODES.index(debug_mode) if isinstance(debug_mode, str) else debug_mode
    use_deterministic_algorithms(number > 0, warn_only=number == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2, as `set_deterministic_debug_mode` was given it."""
    if not _remembered["deterministic"]:
        return 0
    return 1 if _remembered["warn_only"] else 2


def set_flush_denormal(mode: bool) -> bool:
    """Whether denormal numbers are now flushed to zero as asked: True for `False` alone, they never are.

    >>> ravine.set_flush_denormal(True), ravine.set_flush_denormal(False)
    (False, True)
    """
    return not mode


def get_num_interop_threads() -> int:
    """1: work that is recorded in one thread runs there, and its ops share `get_num_threads()` threads."""
    return 1


def set_num_interop_threads(n: int) -> None:
    """Checks the number and does nothing; see `get_num_interop_threads`."""
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"set_num_interop_threads: {n!r} threads cannot be. Use 1 or more")


def set_warn_always(mode: bool) -> None:
    """Remembers the mode: warnings appear as Python's filters say."""
    _remembered["warn"] = bool(mode)


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was given."""
    return _remembered["warn"]


def is_vulkan_available() -> bool:
    """False: PyTorch's backend of that name is not here. Ravine's GPUs are in `ravine.gpu`."""
    return False


def compiled_with_cxx11_abi() -> bool:
    """True: nothing here is compiled with an older one."""
    return True


def get_device_module(device: DeviceLike | None = None) -> ModuleType:
    """The module of a device's functions: `ravine.gpu`, or `ravine.cpu`.

    >>> ravine.get_device_module("cpu").__name__
    'ravine.cpu'
    """
    from importlib import import_module

    kind = _core.get_default_device().type if device is None else _core.device(device).type
    return import_module("ravine.gpu" if kind == "gpu" else "ravine.cpu")
