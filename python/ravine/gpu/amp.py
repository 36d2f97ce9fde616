"""`ravine.amp` for GPUs, under the path that it had in PyTorch first.

>>> import ravine
>>> with ravine.cuda.amp.autocast():
...     ravine.get_autocast_dtype("cuda")
ravine.float16
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, amp
from ravine.amp import custom_bwd as _custom_bwd
from ravine.amp import custom_fwd as _custom_fwd

if TYPE_CHECKING:
    from typing import Any

    from ravine._core import dtype

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


class autocast(amp.autocast):
    """As `ravine.amp.autocast("cuda", ...)`."""

    def __init__(
        self, enabled: bool = True, dtype: dtype = _core.float16, cache_enabled: bool = True
    ) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """As `ravine.amp.GradScaler("cuda", ...)`."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def custom_fwd(fwd: Any = None, *, cast_inputs: dtype | None = None) -> Any:
    """As `ravine.amp.custom_fwd(..., device_type="cuda")`."""
    return _custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Any = None) -> Any:
    """As `ravine.amp.custom_bwd(..., device_type="cuda")`."""
    return _custom_bwd(bwd, device_type="cuda")
