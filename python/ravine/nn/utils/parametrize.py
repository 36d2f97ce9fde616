"""Parametrizations: a parameter that is computed from others, or from itself, whenever it is read.

>>> import ravine
>>> from ravine import nn
>>> from ravine.nn.utils import parametrize
>>> class Symmetric(nn.Module):
...     def forward(self, x):
...         return x.triu() + x.triu(1).T
>>> layer = parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
>>> bool((layer.weight == layer.weight.T).all())
True
>>> [name for name, _ in layer.named_parameters()]
['bias', 'parametrizations.weight.original']
"""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from functools import cache

import ravine as rv

from ..._core import Tensor
from ..container import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]


def __dir__() -> list[str]:
    return sorted(__all__)


# Values that were computed within `cached()`, by module and name.
_cache: dict[tuple[int, str], Any] = {}
_caching = 0


@contextmanager
def cached() -> Iterator[None]:
    """Within the block every parametrized tensor is computed once, however often it is read.

    >>> import ravine
    >>> from ravine import nn
    >>> from ravine.nn.utils import parametrizations
    >>> layer = parametrizations.weight_norm(nn.Linear(2, 2))
    >>> with cached():
    ...     layer.weight is layer.weight
    True
    """
    global _caching
    _caching += 1
    try:
        yield
    finally:
        _caching -= 1
        if not _caching:
            _cache.clear()


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, applied in order, and what they are applied to.

    That is the parameter ``original``, or several, ``original0``, ``original1`` and so on, if the
    ``right_inverse`` of the first one returns a sequence: its ``forward`` then takes as many.

    Args:
        modules: the parametrizations.
        original: the parameter or buffer before them.
        unsafe: whether they may change shape and dtype.

    Raises:
        ValueError: a parametrization returns no tensor, or, unless ``unsafe``, one of another shape or dtype.
    """

    unsafe: bool
    is_tensor: bool

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList: there is no parametrization. Pass at least one module")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = tuple(original.shape), original.dtype
        value: Any = original
        with rv.no_grad():
            for module in reversed(modules):
                value = _inverse(module, value)
        self.is_tensor = isinstance(value, Tensor)
        if self.is_tensor:
            if not unsafe and value.dtype != dtype:
                raise ValueError(_CHANGES.format("right_inverse", "dtype", dtype, value.dtype))
            if value is not original:
                original.data = value.detach()
            _put(self, "original", original)
        else:
            self.ntensors = len(_tensors(value))
            for number, part in enumerate(value):
                part = part.detach()
                if isinstance(original, Parameter):
                    part = Parameter(part, original.requires_grad)
                _put(self, f"original{number}", part)
        if not unsafe:
            _check("forward", self(), shape, dtype)

    def _originals(self) -> list[Tensor]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{number}") for number in range(self.ntensors)]

    def forward(self) -> Tensor:
        """The parametrized tensor."""
        first, *rest = self
        value = first(*self._originals())
        for module in rest:
            value = module(value)
        return value

    def right_inverse(self, value: Tensor) -> None:
        """Write into the originals what gives ``value``; what assigning to the parametrized tensor does.

        Raises:
            RuntimeError: a parametrization has no ``right_inverse``.
            ValueError: what it returns does not fit the originals.
        """
        with rv.no_grad():
            found: Any = value
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse, so its "
                        "tensor cannot be assigned. Define right_inverse(self, value)"
                    )
                found = module.right_inverse(found)
            parts = [found] if self.is_tensor else _tensors(found)
            originals = self._originals()
            if self.is_tensor and not isinstance(found, Tensor):
                raise ValueError(f"`right_inverse` should return a tensor. Got {type(found).__name__}")
            if len(parts) != len(originals):
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors of length {len(originals)}. "
                    f"Got a sequence of length {len(parts)}."
                )
            for original, part in zip(originals, parts, strict=True):
                if part.dtype != original.dtype:
                    raise ValueError(_CHANGES.format("right_inverse", "dtype", original.dtype, part.dtype))
                original.data = part.detach()


_CHANGES = (
    "a parametrization may not change a tensor, but {}'s result has another {}: {} before, {} after. "
    "Pass unsafe=True to register_parametrization to allow this"
)


def _inverse(module: Module, value: Any) -> Any:
    """What ``module`` makes ``value`` of; the value itself where it does not say."""
    if hasattr(module, "right_inverse"):
        try:
            return module.right_inverse(value)
        except NotImplementedError:
            pass
    return value


def _tensors(value: Any) -> Sequence[Tensor]:
    """``value``, which has to be a sequence of tensors."""
    if not isinstance(value, (tuple, list)) or not all(isinstance(part, Tensor) for part in value):
        raise ValueError(
            "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
            f"Got {type(value).__name__}"
        )
    return value


def _check(name: str, value: Any, shape: tuple[int, ...], dtype: Any) -> None:
    if not isinstance(value, Tensor):
        raise ValueError(f"A parametrization's {name} must return a tensor. Got {type(value).__name__}.")
    if value.dtype != dtype:
        raise ValueError(_CHANGES.format(name, "dtype", dtype, value.dtype))
    if tuple(value.shape) != shape:
        raise ValueError(_CHANGES.format(name, "shape", shape, tuple(value.shape)))


def _put(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


class _Parametrized(Module):
    """What a module becomes: its class's subclass, in which the parametrized names are properties."""

    parametrizations: ModuleDict

    def __getstate__(self) -> dict[str, Any]:
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(). Save that, or "
            "call remove_parametrizations first"
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Module:
        made = object.__new__(type(self))
        memo[id(self)] = made
        made.__setstate__(deepcopy(Module.__getstate__(self), memo))
        return made


@cache
def _class_of(plain: type[Module], names: frozenset[str]) -> type[Module]:
    """The class of modules of the class ``plain`` whose tensors of these names are parametrized."""
    members: dict[str, Any] = {name: _property(name) for name in names}
    members["__module__"] = plain.__module__
    return type(f"Parametrized{plain.__name__}", (_Parametrized, plain), members)


def _property(name: str) -> property:
    def read(self: Any) -> Tensor:
        if not _caching:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def write(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(read, write)


def _reclass(module: Module) -> None:
    """Give ``module`` the class that its parametrizations ask for."""
    names = frozenset(module.parametrizations) if is_parametrized(module) else frozenset()
    plain = type_before_parametrizations(module)
    module.__class__ = _class_of(plain, names) if names else plain


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether ``module`` has a parametrization, or one of the tensor of this name.

    >>> from ravine import nn
    >>> is_parametrized(nn.Linear(2, 2))
    False
    """
    found = module.__dict__.get("_modules", {}).get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def type_before_parametrizations(module: Module) -> type[Module]:
    """The class of ``module`` as if it had no parametrizations.

    >>> from ravine import nn
    >>> type_before_parametrizations(nn.Linear(2, 2)).__name__
    'Linear'
    """
    kind = type(module)
    return kind.__bases__[1] if issubclass(kind, _Parametrized) else kind


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """From now on ``module.<tensor_name>`` is ``parametrization`` of what it was; that is what is trained.

    Reading the name computes it. Assigning to it writes what ``parametrization.right_inverse`` returns, where
    it is defined. A second parametrization of the same tensor is applied to the first one's result.

    Args:
        module: which has the parameter or buffer; its class becomes a subclass with the name as a property.
        tensor_name: the parameter's or buffer's name.
        parametrization: computes a tensor from one, or from as many as its ``right_inverse`` returns.
        unsafe: whether shape and dtype may change, and nothing is checked.

    Returns:
        The module.

    Raises:
        ValueError: there is no such tensor, or the parametrization changes its shape or dtype.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        listed: Any = module.parametrizations[tensor_name]
        if not unsafe:
            before = getattr(module, tensor_name)
            shape, dtype = tuple(before.shape), before.dtype
            after = parametrization(before)
            _check("forward", after, shape, dtype)
            _check("right_inverse", _inverse(parametrization, after), shape, dtype)
        listed.append(parametrization)
        listed.unsafe |= unsafe
        return module
    store = module._parameters if tensor_name in module._parameters else module._buffers
    original = store.get(tensor_name)
    if original is None:
        raise ValueError(
            f"Module '{type(module).__name__}' does not have a parameter, a buffer, or a parametrized "
            f"element with name '{tensor_name}'"
        )
    made = ParametrizationList([parametrization], original, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        module.parametrizations = ModuleDict()
    # Straight into the dict: the tensor's name may be that of one of its methods.
    module.parametrizations._set_child(tensor_name, made)
    _reclass(module)
    return module


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """The tensor is an ordinary parameter or buffer again.

    Args:
        module: which has the parametrization.
        tensor_name: of the parametrized tensor.
        leave_parametrized: whether it keeps its present value; otherwise it is the original again, of which
            there must be one only.

    Returns:
        The module.

    Raises:
        ValueError: nothing of this name is parametrized, or there are several originals to go back to.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {type(module).__name__} does not have a parametrization on {tensor_name}")
    listed: Any = module.parametrizations[tensor_name]
    if not leave_parametrized and not listed.is_tensor:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in "
            "terms of a sequence of tensors. Leave it parametrized"
        )
    originals = listed._originals()
    tensor = originals[0]
    if leave_parametrized:
        value = getattr(module, tensor_name).detach()
        if listed.is_tensor:
            tensor.data = value  # the same parameter, which an optimizer may hold
        elif any(isinstance(original, Parameter) for original in originals):
            tensor = Parameter(value, any(original.requires_grad for original in originals))
        else:
            tensor = value
    del module.parametrizations._modules[tensor_name]
    _reclass(module)
    if not is_parametrized(module):
        del module.parametrizations
    _put(module, tensor_name, tensor)
    return module


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Parametrize ``to_module`` as ``from_module`` is, by the same parametrizations and parameters.

    Args:
        from_module: whose parametrizations are taken.
        to_module: gets them; parameters that it lacks are added.
        tensor_name: transfer those of this tensor only.

    Returns:
        ``to_module``.
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        listed: Any = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach()))
        for parametrization in listed:
            register_parametrization(to_module, name, parametrization)
        taken: Any = to_module.parametrizations[name]
        for original in [*listed._parameters, *listed._buffers]:
            setattr(taken, original, getattr(listed, original))
    return to_module
