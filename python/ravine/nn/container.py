"""Sequential, ModuleList and ModuleDict, which hold modules; ParameterList and ParameterDict."""

from __future__ import annotations

from _collections_abc import Mapping
from operator import index as as_index

from .._core import Tensor
from ..errors import AssertionError
from .module import Module, indent
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Self, overload

__all__ = ["Container", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class Container(Module):
    """A module with the children that it is given by name; an older form of :class:`Module`.

    >>> from ravine import nn
    >>> [name for name, _ in nn.Container(first=nn.ReLU()).named_children()]
    ['first']
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        for name, module in kwargs.items():
            self.add_module(name, module)


class _Numbered(Module):
    """What Sequential and ModuleList share: children named "0", "1", ... that behave like a list."""

    _modules: dict[str, Module]  # pyright: ignore[reportIncompatibleVariableOverride]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(list(self._modules.values()))

    def _key(self, index: int) -> str:
        """The name at ``index``, which may count from the end; names need not be numbers in a Sequential."""
        position = as_index(index)
        size = len(self._modules)
        if not -size <= position < size:
            raise IndexError(f"index {position} is out of range: there are {size} modules, 0 to {size - 1}")
        return list(self._modules)[position]

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Module: ...

        @overload
        def __getitem__(self, index: slice) -> Self: ...

        def __getitem__(self, index: int | slice) -> Any: ...

    else:

        def __getitem__(self, index):
            if isinstance(index, slice):
                return self._part(list(self._modules.items())[index])
            return self._modules[self._key(index)]

    def _part(self, items: list[tuple[str, Module]]) -> Self:
        return type(self)([module for _, module in items])  # pyright: ignore[reportCallIssue]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._key(index), module)

    def __delitem__(self, index: int | slice) -> None:
        keys = list(self._modules)[index] if isinstance(index, slice) else [self._key(index)]
        for key in keys:
            del self._modules[key]
        self._renumber(list(self._modules.values()))

    def _renumber(self, modules: list[Module]) -> None:
        self._modules.clear()
        for position, module in enumerate(modules):
            self._set_child(str(position), module)

    def append(self, module: Module) -> Self:
        """Add ``module`` at the end.

        Raises:
            TypeError: it is no Module.
        """
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Add ``module`` before ``index``; the following ones are renumbered.

        Raises:
            AssertionError: it is no Module.
            IndexError: the index is out of range.
        """
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        size = len(self)
        if not -size <= index <= size:
            raise IndexError(f"Index out of range: {index}")
        modules = list(self._modules.values())
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add all of ``modules`` at the end.

        Raises:
            TypeError: ``modules`` cannot be iterated over, or one of them is no Module.
        """
        for module in list(modules):
            self.append(module)
        return self

    def pop(self, index: int | slice = -1) -> Module:
        """Take the module at ``index`` out and return it."""
        module = self[index]
        del self[index]
        return module

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)


class Sequential(_Numbered):
    """Modules one after the other: each is given what the one before returned.

    Args:
        *args: the modules; or one mapping from names to modules, in its order.

    >>> import ravine
    >>> from ravine import nn
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> tuple(model(ravine.ones(3, 4)).shape), len(model[1:])
    ((3, 2), 2)
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], Mapping):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            if args and isinstance(args[0], (list, tuple)):
                kind = type(args[0]).__name__
                raise TypeError(f"Sequential: a {kind} of modules is given. Unpack it: Sequential(*modules)")
            for position, module in enumerate(args):
                self.add_module(str(position), module)

    def _part(self, items: list[tuple[str, Module]]) -> Self:
        return type(self)(dict(items))  # names are kept, as in PyTorch

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input

    def __add__(self, other: Sequential) -> Self:
        if not isinstance(other, Sequential):
            raise ValueError(
                f"add operator supports only objects of Sequential class, but {type(other)} is given."
            )
        return type(self)(*self, *other)

    def __mul__(self, times: int) -> Self:
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")
        return type(self)(*(module for _ in range(times) for module in self))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        for module in list(self * times)[len(self) :]:
            self.append(module)
        return self


class ModuleList(_Numbered):
    """A list of modules whose parameters are found; it computes nothing itself.

    Args:
        modules: what to start with.

    >>> from ravine import nn
    >>> blocks = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    >>> len(blocks), len(list(blocks.parameters()))
    (3, 6)
    """

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Raises: a list of modules has no order of its own in which it computes."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function. Loop over it in '
            "your own forward, or use nn.Sequential"
        )

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        # Equal neighbours are shown once: "(0-2): 3 x Linear(...)".
        runs: list[tuple[int, int, str]] = []
        for position, module in enumerate(self):
            text = repr(module)
            if runs and runs[-1][2] == text:
                runs[-1] = (runs[-1][0], position, text)
            else:
                runs.append((position, position, text))
        if not runs:
            return f"{self._get_name()}()"
        lines = [
            f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"
            for first, last, text in runs
        ]
        return f"{self._get_name()}(\n  " + "\n  ".join(indent(line) for line in lines) + "\n)"


class ModuleDict(Module):
    """A dict of modules whose parameters are found; it computes nothing itself.

    Args:
        modules: a mapping, or pairs, from names to modules.

    >>> from ravine import nn
    >>> heads = nn.ModuleDict({"age": nn.Linear(8, 1), "name": nn.Linear(8, 26)})
    >>> list(heads), "age" in heads
    (['age', 'name'], True)
    """

    _modules: dict[str, Module]  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Take the module under ``key`` out and return it."""
        return self._modules.pop(key)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def items(self) -> Iterable[tuple[str, Module]]:
        """The pairs (name, module)."""
        return self._modules.items()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules, replacing those of the same names.

        Raises:
            TypeError: ``modules`` is neither a mapping nor made of pairs.
            ValueError: an element is no pair.
        """
        pairs: list[Any] = list(modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules)
        for position, item in enumerate(pairs):
            if len(item) != 2:
                raise ValueError(
                    f"ModuleDict update sequence element #{position} has length {len(item)}; 2 is required"
                )
            self[item[0]] = item[1]


def _as_parameter(value: Any) -> Any:
    """Plain tensors become parameters, as in PyTorch; other things are kept as they are."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _described(value: Any) -> str:
    if isinstance(value, Tensor):
        shape = "x".join(str(size) for size in value.shape)
        return f"{type(value).__name__} containing: [{value.dtype} of size {shape}]"
    return f"Object of type: {type(value).__name__}"


class ParameterList(Module):
    """A list of parameters that the module around it finds; tensors that are put in become parameters.

    Args:
        values: what to start with.

    >>> import ravine
    >>> from ravine import nn
    >>> weights = nn.ParameterList(ravine.zeros(2, n) for n in (1, 2))
    >>> [name for name, _ in weights.named_parameters()], len(weights)
    (['0', '1'], 2)
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _key(self, index: int) -> str:
        position = as_index(index)
        if not -self._size <= position < self._size:
            raise IndexError(f"index {position} is out of range")
        return str(position % self._size)

    # Any, because an index gives an element and a slice a list.
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, self._key(index))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, self._key(index), _as_parameter(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[i] for i in range(self._size)])

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def append(self, value: Any) -> Self:
        """Add ``value`` at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add all of ``values`` at the end.

        Raises:
            TypeError: ``values`` is a tensor, or cannot be iterated over.
        """
        if isinstance(values, Tensor) or not hasattr(values, "__iter__"):
            raise TypeError(
                f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}"
            )
        for value in values:
            self.append(value)
        return self

    def __repr__(self) -> str:
        lines = [f"  ({number}): {_described(value)}" for number, value in enumerate(self)]
        return "ParameterList(\n" + "\n".join(lines) + "\n)" if lines else "ParameterList()"


class ParameterDict(Module):
    """A dict of parameters that the module around it finds; tensors that are put in become parameters.

    Args:
        parameters: a mapping, or pairs, from names to values.

    >>> import ravine
    >>> from ravine import nn
    >>> scales = nn.ParameterDict({"left": ravine.ones(2), "right": ravine.ones(2)})
    >>> [name for name, _ in scales.named_parameters()], "left" in scales
    (['left', 'right'], True)
    """

    def __init__(
        self, parameters: Mapping[str, Any] | ParameterDict | Iterable[tuple[str, Any]] | None = None
    ) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"a ParameterDict's keys are strings, got {type(key).__name__}")
        if key not in self._keys and hasattr(self, key):
            raise KeyError(f"attribute '{key}' already exists")
        setattr(self, key, _as_parameter(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __or__(self, other: Any) -> Self:
        if not isinstance(other, (Mapping, ParameterDict)):
            return NotImplemented
        found = self.copy()
        found.update(other)
        return found

    def __ror__(self, other: Any) -> Self:
        if not isinstance(other, (Mapping, ParameterDict)):
            return NotImplemented
        found = type(self)(other)
        found.update(self)
        return found

    def __ior__(self, other: Any) -> Self:
        self.update(other)
        return self

    def copy(self) -> Self:
        """Another dict of the same parameters."""
        return type(self)(self)

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> Self:
        """A dict with these keys, each with ``default``."""
        return type(self)((key, default) for key in keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The values."""
        return [self[key] for key in self._keys]

    def items(self) -> Iterable[tuple[str, Any]]:
        """The pairs (name, value)."""
        return [(key, self[key]) for key in self._keys]

    def get(self, key: str, default: Any = None) -> Any:
        """The value under ``key``, or ``default``."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value under ``key``, which is ``default`` from now on if there is none."""
        if key not in self._keys:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take the value under ``key`` out and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last pair out and return it."""
        if not self._keys:
            raise KeyError("ParameterDict.popitem: the dict is empty")
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take all values out."""
        for key in list(self._keys):
            del self[key]

    def update(self, parameters: Mapping[str, Any] | ParameterDict | Iterable[tuple[str, Any]]) -> None:
        """Add values, replacing those of the same names.

        Raises:
            ValueError: an element is no pair.
        """
        pairs: Any = parameters.items() if isinstance(parameters, (Mapping, ParameterDict)) else parameters
        for key, value in pairs:
            self[key] = value

    def __repr__(self) -> str:
        lines = [f"  ({key}): {_described(value)}" for key, value in self.items()]
        return "ParameterDict(\n" + "\n".join(lines) + "\n)" if lines else "ParameterDict()"
