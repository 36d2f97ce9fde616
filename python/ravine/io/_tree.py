"""Nested Python data as JSON, with its tensors taken out and replaced by their names."""

from __future__ import annotations

from math import isfinite

import ravine as rv
from ravine import _core
from ravine._core import Tensor
from ravine.errors import DTypeError, FileError
from ravine.errors import ValueError as RavineValueError

from . import _modules
from .safetensors import code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["decode", "encode"]

_DEEPEST = 100
_MOST_BITS = 14_000  # of an int: Python reads no more than 4,300 digits


def encode(obj: Any) -> tuple[Any, dict[str, Any]]:
    """What JSON can hold of ``obj``, and its tensors and arrays by name.

    A name is the way to the tensor joined by dots: a module's state dict keeps its own names. One object in
    two places comes back as one, and two tensors with the same memory are written once.

    Raises:
        DTypeError: something is none of the kinds that can be saved.
        ValueError: the data contain themselves, or are nested too deep.
    """
    writer = _Writer()
    tree = writer.value(obj, [])
    return tree, writer.tensors


class _Writer:
    def __init__(self) -> None:
        self.tensors: dict[str, Any] = {}
        self.names: dict[int, str] = {}  # of objects, by id
        self.modules: dict[int, int] = {}  # their numbers, by id
        self.used = {"__metadata__"}
        self.places: dict[Any, str] = {}  # of memory
        self.kept: list[Any] = []  # an id is an object's while it lives

    def value(self, obj: Any, way: list[Any]) -> Any:
        if obj is None or isinstance(obj, (bool, str)):
            return obj if obj is None or isinstance(obj, bool) else str(obj)
        if isinstance(obj, Tensor):
            return self.tensor(obj, way)
        if code_of(obj) is not None:
            return self.array(obj, way)
        if isinstance(obj, int):
            return self.whole(int(obj), way)
        if isinstance(obj, float):
            number = float(obj)
            return number if isfinite(number) else {"float": repr(number)}
        if isinstance(obj, rv.dtype):
            return {"dtype": obj.name}
        if len(way) > _DEEPEST:
            raise RavineValueError(
                f"save: nested more than {_DEEPEST} deep, or containing itself: obj{_said(way)[:80]}... "
                "Take the part out that leads back"
            )
        if isinstance(obj, dict):
            return {"dict": [[self.key(k, way), self.value(v, [*way, k])] for k, v in obj.items()]}
        if isinstance(obj, (list, tuple)):
            items = [self.value(item, [*way, number]) for number, item in enumerate(obj)]
            return {"tuple": items} if isinstance(obj, tuple) else items
        if isinstance(obj, rv.nn.Module):
            return self.module(obj, way)
        name = _modules.name_of(obj)
        if name is not None:
            return {"function": name}
        kind = type(obj)
        array = f" of dtype {obj.dtype}" if hasattr(obj, "dtype") else ""
        raise DTypeError(
            f"save: obj{_said(way)} is {kind.__module__}.{kind.__qualname__}{array}. A file holds tensors, "
            "NumPy arrays, numbers, strings, bools, None, and dicts, lists and tuples of them"
            + ("; of a module or an optimizer save .state_dict()" if hasattr(obj, "state_dict") else "")
        )

    def module(self, module: Any, way: list[Any]) -> Any:
        """Its class and attributes, at the first of its places."""
        number = self.modules.get(id(module))
        if number is not None:
            return {"module": number}
        number = self.modules[id(module)] = len(self.modules)
        self.kept.append(module)
        attributes = []
        for name, value in _modules.kept(module, f"obj{_said(way)}").items():
            # Tensors and modules get the names of the state dict.
            inside = way if name in ("_parameters", "_buffers", "_modules") else [*way, name]
            try:
                attributes.append([name, self.value(value, inside)])
            except DTypeError as error:
                if "state_dict" in str(error):
                    raise
                raise DTypeError(f"{error}. Or save the module's .state_dict()") from None
        return {"module": number, "class": _modules.full_name(type(module)), "state": {"dict": attributes}}

    def key(self, key: Any, way: list[Any]) -> Any:
        if type(key) is int:
            return self.whole(key, way)
        if key is None or type(key) in (bool, str) or (type(key) is float and isfinite(key)):
            return key
        raise DTypeError(
            f"save: obj{_said(way)} has the key {key!r:.80}. Use strings, ints, finite floats, bools or None"
        )

    def whole(self, number: int, way: list[Any]) -> int:
        if number.bit_length() > _MOST_BITS:
            raise RavineValueError(
                f"save: obj{_said(way)} has an int of {number.bit_length():,} bits; a file holds "
                f"{_MOST_BITS:,}. Save it as bytes in a uint8 tensor"
            )
        return number

    def tensor(self, tensor: Tensor, way: list[Any]) -> Any:
        known = self.names.get(id(tensor))
        if known is not None:
            return {"tensor": known}
        node: dict[str, Any] = {}
        address, strides = _core.memory_place(tensor)
        place = (address, tuple(strides), tuple(tensor.shape), tensor.dtype.name)
        if tensor.numel() and place in self.places:
            node["copy"] = self.places[place]
        name = self.name(tensor, way, write="copy" not in node)
        node["tensor"] = name
        self.places.setdefault(place, name)
        if tensor.requires_grad:
            node["grad"] = True
        if isinstance(tensor, rv.nn.Parameter):
            node["parameter"] = True
        return node

    def array(self, array: Any, way: list[Any]) -> Any:
        known = self.names.get(id(array))
        kind = "array" if hasattr(array, "__setitem__") else "scalar"
        return {kind: known if known is not None else self.name(array, way, write=True)}

    def name(self, obj: Any, way: list[Any], write: bool) -> str:
        """A name that no other tensor has."""
        plain = name = ".".join(str(part) for part in way) or "tensor"
        number = 2
        while name in self.used:
            name, number = f"{plain}#{number}", number + 1
        self.used.add(name)
        self.names[id(obj)] = name
        self.kept.append(obj)
        if write:
            self.tensors[name] = obj
        return name


def _said(way: list[Any]) -> str:
    return "".join(f"[{part!r}]" for part in way)


def decode(
    tree: Any,
    get: Callable[[str], Any],
    get_array: Callable[[str], Any],
    where: str,
    classes: Sequence[type] = (),
) -> Any:
    """The data of a tree; ``get`` gives a tensor of the file by name, ``get_array`` an array.

    Raises:
        FileError: the tree is none that `encode` makes, or has a module of a class that is not there.
    """
    made: dict[str, Any] = {}
    modules: dict[int, Any] = {}

    def value(node: Any) -> Any:
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, list):
            return [value(item) for item in node]
        match node:
            case {"dict": list(pairs)}:
                return {key(k): value(v) for k, v in pairs}
            case {"tuple": list(items)}:
                return tuple(value(item) for item in items)
            case {"float": "nan" | "inf" | "-inf" as text}:
                return float(text)
            case {"dtype": str(name)} if isinstance(getattr(rv, name, None), rv.dtype):
                return getattr(rv, name)
            case {"module": int(number), "class": str(name), "state": state}:
                modules[number] = module = _modules.made(_modules.class_of(name, classes))
                _modules.fill(module, value(state))
                return module
            case {"module": int(number)}:
                return modules[number]
            case {"function": str(name)}:
                return _modules.function_of(name)
            case {"tensor": str(name)}:
                if name not in made:
                    made[name] = tensor(name, node)
                return made[name]
            case {"array": str(name)} | {"scalar": str(name)}:
                if name not in made:
                    array = get_array(name)
                    made[name] = array[()] if "scalar" in node else array
                return made[name]
        raise TypeError(f"{node!r:.80} means nothing")

    def key(node: Any) -> Any:
        if isinstance(node, (dict, list)):
            raise TypeError(f"{node!r:.80} is no key")
        return node

    def tensor(name: str, node: dict[str, Any]) -> Tensor:
        source = node.get("copy")
        if source is None:
            found = get(name)
        else:
            # Written once for both. Each has its values; the memory is shared until one is written to.
            found = rv.tensor(made[source].detach() if source in made else get(source))
        if node.get("parameter"):
            return rv.nn.Parameter(found, requires_grad=bool(node.get("grad")))
        return found.requires_grad_() if node.get("grad") else found

    try:
        return value(tree)
    except FileError as error:
        text = str(error)
        raise FileError(text if text.startswith(where) else f"{where}: {text}") from None
    except (TypeError, KeyError, RecursionError) as error:
        raise FileError(f"{where}: its tree is not valid: {error}") from None
    except ValueError as error:  # a pair that is none
        raise FileError(f"{where}: its tree is not valid: {error}") from None
