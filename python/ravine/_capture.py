"""Activations of a model's modules, taken while it runs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ravine.nn.module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Activations", "capture"]


class Activations(Mapping[str, Any]):
    """Outputs by module path, of the last call; see :func:`capture`.

    Attributes:
        outputs: path to the outputs of every call, in order.
        inputs: path to the arguments of every call, as tuples, if they were asked for.
    """

    def __init__(self) -> None:
        self.outputs: dict[str, list[Any]] = {}
        self.inputs: dict[str, list[tuple[Any, ...]]] = {}

    def __getitem__(self, path: str) -> Any:
        name = _dotted(path)
        if name not in self.outputs:
            raise KeyError(
                f"no activation of {path!r}: it was not asked for, or has not run. There are: {list(self)}"
            )
        return self.outputs[name][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)

    def __repr__(self) -> str:
        shown = ", ".join(f"{path!r}: {_shape(self[path])}" for path in self)
        return f"Activations({{{shown}}})"


class capture:
    """Inside, the outputs of a model's modules are kept by module path.

    Tensors are kept as they are, with their history: gradients can be taken by them. They stay after
    the block.

    Args:
        model: the module to watch.
        paths: names of modules as ``named_modules()`` gives them (``"blocks.2.fc1"``) or as errors write them
            (``"blocks[2].fc1"``); ``""`` is the model itself. Without it, all modules.
        inputs: also keep the arguments.

    Raises:
        KeyError: the model has no module of that name.
        TypeError: ``model`` is no module.

    >>> from ravine import nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with ravine.capture(model, ["0"]) as activations:
    ...     y = model(ravine.ones(4, 2))
    >>> activations
    Activations({'0': (4, 3)})
    """

    def __init__(
        self, model: Module, paths: Iterable[str] | str | None = None, *, inputs: bool = False
    ) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"capture: expected a Module, got {type(model).__name__}")
        modules = dict(model.named_modules(remove_duplicate=False))
        if paths is None:
            chosen = dict(model.named_modules())
        else:
            chosen = {}
            for path in [paths] if isinstance(paths, str) else paths:
                name = _dotted(path)
                if name not in modules:
                    close = difflib.get_close_matches(name, modules, 3)
                    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
                    raise KeyError(f"capture: the model has no module {path!r}.{hint}")
                chosen[name] = modules[name]
        self._chosen = chosen
        self._inputs = inputs
        self._handles: list[Any] = []

    def __enter__(self) -> Activations:
        found = Activations()
        for name, module in self._chosen.items():
            self._handles.append(module.register_forward_hook(self._hook(found, name)))
        return found

    def _hook(self, found: Activations, name: str) -> Any:
        def keep(_: Module, args: tuple[Any, ...], output: Any) -> None:
            found.outputs.setdefault(name, []).append(output)
            if self._inputs:
                found.inputs.setdefault(name, []).append(args)

        return keep

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()


def _dotted(path: str) -> str:
    return re.sub(r"\[(\d+)\]", r".\1", path).lstrip(".")


def _shape(value: Any) -> str:
    if hasattr(value, "shape"):
        return str(tuple(value.shape))
    return type(value).__name__
