"""PyTorch's other paths to modules: `ravine.nn.modules.conv` is `ravine.nn.conv`.

>>> import ravine
>>> import ravine.nn.modules.conv
>>> ravine.nn.modules.conv is ravine.nn.conv
True
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# Below these, every path leads to one below the other.
_FOLDERS = {
    "ravine.cuda": "ravine.gpu",
    "ravine.mps": "ravine.gpu",
    "ravine.xpu": "ravine.gpu",
    "ravine.nn.modules": "ravine.nn",
}
_MODULES = {
    "ravine.autograd.function": "ravine.autograd",
    "ravine.autograd.grad_mode": "ravine.autograd",
    "ravine.autograd.gradcheck": "ravine._gradcheck",
    "ravine.autograd.profiler": "ravine.profiler",
    "ravine.autograd.variable": "ravine.autograd",
    "ravine.amp.autocast_mode": "ravine.amp",
    "ravine.amp.grad_scaler": "ravine.amp",
    "ravine.backends.mps": "ravine.gpu",
    "ravine.functional": "ravine",
    "ravine.gpu.amp.autocast_mode": "ravine.gpu.amp",
    "ravine.gpu.amp.grad_scaler": "ravine.gpu.amp",
    "ravine.gpu.random": "ravine.gpu",
    "ravine.nn.modules": "ravine.nn",
    "ravine.nn.modules.sparse": "ravine.nn.embedding",
    "ravine.nn.parallel.data_parallel": "ravine.nn.parallel",
    "ravine.nn.parallel.distributed": "ravine.nn.parallel",
    "ravine.optim.adadelta": "ravine.optim.adaptive",
    "ravine.optim.adagrad": "ravine.optim.adaptive",
    "ravine.optim.adamw": "ravine.optim.adam",
    "ravine.optim.rmsprop": "ravine.optim.adaptive",
    "ravine.serialization": "ravine.io",
    "ravine.utils.data.dataloader": "ravine.utils._loader",
    "ravine.utils.data.dataset": "ravine.utils._dataset",
    "ravine.utils.data.distributed": "ravine.utils._distributed",
    "ravine.utils.data.sampler": "ravine.utils._sampler",
    "ravine.utils.model_zoo": "ravine.hub",
}


def _target(name: str) -> str | None:
    """The module that another path leads to, or None."""
    if name in _MODULES:
        return _MODULES[name]
    folder, _, last = name.rpartition(".")
    while folder != "ravine" and folder:
        if folder in _FOLDERS:
            return f"{_FOLDERS[folder]}.{last}"
        folder, _, above = folder.rpartition(".")
        last = f"{above}.{last}"
    return None


class _Finder:
    """Stands before Python's own finders: those would read a module's file once more for its other path."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith("ravine.") or _target(name) is None:
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, _Loader(), is_package=True)  # pyright: ignore[reportArgumentType]


class _Loader:
    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        return None

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        from importlib import import_module

        name = module.__name__
        found = _target(name)
        assert found is not None
        # What is imported is what stands here afterwards.
        sys.modules[name] = import_module(found)


def install() -> None:
    """Has imports find the other paths."""
    sys.meta_path.insert(0, _Finder)
