"""PyTorch's wrappers for several devices. Here they hold a module and call it, on the device that it is on.

>>> import ravine
>>> model = ravine.nn.DataParallel(ravine.nn.Linear(2, 1))
>>> model(ravine.ones(3, 2)).shape, list(model.state_dict())
((3, 1), ['module.weight', 'module.bias'])
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from ..module import Module

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]


class DataParallel(Module):
    """A module that calls ``module``, whatever the devices; names in its state begin with ``module.``.

    Args:
        module: what is called.
        device_ids: accepted, without effect: one device computes.
        output_device: as ``device_ids``.
        dim: as ``device_ids``.
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[Any] = list(device_ids or [])
        self.output_device, self.dim = output_device, dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """A module that calls ``module``: one process trains alone, so there is nothing to add up.

    Args:
        module: what is called.
        device_ids: accepted, as all other options, without effect.
        options: see PyTorch's documentation.
    """

    def __init__(self, module: Module, device_ids: Any = None, **options: Any) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[Any] = list(device_ids or [])
        self.options = options

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)

    def no_sync(self) -> AbstractContextManager[None]:
        """A context that changes nothing."""
        return nullcontext()


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """Calls a module with ``inputs``, a tensor or a tuple of them, on the device that it is on."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*given, **(module_kwargs or {}))
