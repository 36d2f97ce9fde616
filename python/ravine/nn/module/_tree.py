"""The part of Module that holds things: parameters, buffers and child modules, by name."""

from __future__ import annotations

from ..._arguments import check_arguments
from ..._core import Tensor
from ...errors import check_keywords
from ..parameter import Buffer, Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Self

    from . import Module
    from ._path import Frame

__all__ = ["ModuleTree"]

# What `__init__` creates; one of these missing means that a subclass did not call it.
_OWN_ATTRIBUTES = frozenset(
    (
        "training",
        "_parameters",
        "_buffers",
        "_transient",
        "_modules",
        "_forward_hooks",
        "_forward_pre_hooks",
        "_backward_hooks",
        "_state_hooks",
        "_frames",
    )
)


_TOO_EARLY = "cannot assign {} before Module.__init__() call. Call super().__init__() before anything else"
_MADE_PARAMETER = ". Wrap it in nn.Parameter(...), or write into it with .copy_() under no_grad"


class ModuleTree:
    """Holds parameters, buffers and modules by name, and walks over them; Module adds the rest."""

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _transient: set[str]  # names of the buffers that are not part of the state dict
    _modules: dict[str, Module | None]
    _frames: dict[Frame, Frame]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        if kwargs:
            check_keywords(cls, kwargs)
        if args or kwargs:
            check_arguments(cls, args, kwargs)
        return super().__new__(cls)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under ``name``; ``None`` registers the name without one.

        Raises:
            AttributeError: ``Module.__init__`` has not run.
            TypeError: ``name`` is no string, or ``param`` no Parameter.
            KeyError: the name is empty, contains a dot, or is an attribute already.
            ValueError: ``param`` is the result of an op, not a leaf.
        """
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_name("parameter", name, self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_typename(param)}' object to parameter '{name}' "
                "(ravine.nn.Parameter or None required)"
            )
        if param is not None and not param.is_leaf:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                f"explicitly. To express '{name}' as a function of another Tensor, compute the value in the "
                "forward() method."
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but not trained, such as running statistics.

        Args:
            name: its attribute name.
            tensor: any shape and dtype; ``None`` registers the name without one.
            persistent: whether it is part of ``state_dict()``.

        Raises:
            AttributeError: ``Module.__init__`` has not run.
            TypeError: ``name`` is no string, or ``tensor`` no Tensor.
            KeyError: the name is empty, contains a dot, or is an attribute already.
        """
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_typename(tensor)}' object to buffer '{name}' "
                "(ravine Tensor or None required)"
            )
        self._buffers[name] = tensor
        if persistent:
            self._transient.discard(name)
        else:
            self._transient.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child module under ``name``; ``None`` registers the name without one.

        Raises:
            TypeError: ``name`` is no string, or ``module`` no Module.
            KeyError: the name is empty, contains a dot, or is an attribute already.
        """
        if "_modules" not in self.__dict__:
            raise AttributeError("cannot assign module before Module.__init__() call")
        if module is not None and not isinstance(module, ModuleTree):
            remedy = ". For a function use the module that does the same, or call it in forward()"
            raise TypeError(
                f"{_typename(module)} is not a Module subclass{remedy if callable(module) else ''}"
            )
        self._check_name("module", name, self._modules)
        self._set_child(name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as :meth:`add_module`."""
        self.add_module(name, module)

    def _check_name(self, kind: str, name: str, store: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_typename(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in store:
            raise KeyError(f"attribute '{name}' already exists")

    def _set_child(self, name: str, module: Module | None) -> None:
        self._modules[name] = module
        if module is not None:
            module._frames.clear()  # its name may have changed

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        parameters = own.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError(_TOO_EARLY.format("parameters"))
            self._forget(name, own, self._buffers, self._modules)
            self.register_parameter(name, value)
        elif parameters is not None and name in parameters:
            if value is not None:
                remedy = _MADE_PARAMETER if isinstance(value, Tensor) else ""
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as parameter '{name}' "
                    f"(ravine.nn.Parameter or None expected){remedy}"
                )
            parameters[name] = None
        elif isinstance(value, ModuleTree):
            if "_modules" not in own:
                raise AttributeError(_TOO_EARLY.format("module"))
            self._forget(name, own, self._parameters, self._buffers)
            self.add_module(name, value)  # pyright: ignore[reportArgumentType]
        elif name in own.get("_modules", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as child module '{name}' "
                    "(ravine.nn.Module or None expected)"
                )
            self._modules[name] = None
        elif isinstance(value, Buffer):
            if "_buffers" not in own:
                raise AttributeError("cannot assign buffer before Module.__init__() call")
            self._forget(name, own, self._parameters, self._modules)
            self.register_buffer(name, value, value.persistent)
        elif name in own.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as buffer '{name}' (ravine.Tensor or None expected)"
                )
            self._buffers[name] = value
        else:
            super().__setattr__(name, value)

    def _forget(self, name: str, *stores: dict[str, Any]) -> None:
        for store in stores:
            store.pop(name, None)
        if name not in self._buffers:
            self._transient.discard(name)

    # Found only when ordinary lookup fails. pyright: Any, because what is registered is not declared.
    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for store in ("_parameters", "_buffers", "_modules"):
            if store in own and name in own[store]:
                return own[store][name]
        if name in _OWN_ATTRIBUTES:
            raise AttributeError(
                f"'{type(self).__name__}' object has no attribute '{name}': "
                "its __init__ must call super().__init__() before anything else"
            )
        # With the name and the object, Python says which attribute was probably meant.
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self)

    def __delattr__(self, name: str) -> None:
        if name in self._parameters:
            del self._parameters[name]
        elif name in self._buffers:
            del self._buffers[name]
            self._transient.discard(name)
        elif name in self._modules:
            del self._modules[name]
        else:
            super().__delattr__(name)

    def __dir__(self) -> Iterable[str]:
        names = {*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers}
        # Numeric names, those of Sequential and ModuleList, are no attributes that can be typed.
        return sorted(name for name in names if not name[0].isdigit())

    # ---- walks

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it as (dotted name, module), parents first; by default each once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self  # pyright: ignore[reportReturnType]
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, parents first, by default each once."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct children as (name, module), each module once."""
        memo: set[Module] = set()
        for name, child in self._modules.items():
            if child is not None and child not in memo:
                memo.add(child)
                yield name, child

    def children(self) -> Iterator[Module]:
        """The direct children, each once."""
        for _, child in self.named_children():
            yield child

    def _named_members(
        self, store: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()  # by id: `==` of tensors compares values
        if recurse:
            owners = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        else:
            owners = iter([(prefix, self)])
        for owner, module in owners:
            for name, member in getattr(module, store).items():
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield (f"{owner}.{name}" if owner else name), member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters as (dotted name, parameter).

        Args:
            prefix: put before every name.
            recurse: whether to go into child modules.
            remove_duplicate: whether a parameter that is shared is given once, under its first name.
        """
        yield from self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once: what an optimizer takes."""
        for _, param in self.named_parameters(recurse=recurse):
            yield param

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers as (dotted name, tensor); arguments as in :meth:`named_parameters`."""
        yield from self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # ---- lookup by dotted name

    def get_submodule(self, target: str) -> Module:
        """The module with this dotted name; ``""`` is this one.

        Raises:
            AttributeError: the name leads nowhere, or to something that is no module.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, ModuleTree):
                raise AttributeError(f"`{name}` is not a ravine.nn.Module")
        return module  # pyright: ignore[reportReturnType]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put ``module`` in the place with this dotted name.

        Args:
            target: where; the modules on the way to it have to be there.
            module: what to put.
            strict: whether the place itself has to hold a module already.

        Raises:
            ValueError: the name is empty, or ``module`` is no Module.
            AttributeError: the name leads nowhere, or to something that is no module.

        >>> from ravine import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
        >>> model.set_submodule("1", nn.Tanh())
        >>> model[1]
        Tanh()
        """
        if not target:
            raise ValueError("set_submodule: the name is empty. Name a module below this one")
        if not isinstance(module, ModuleTree):
            raise ValueError(f"set_submodule: {_typename(module)} is no Module. Pass a layer for '{target}'")
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if strict and not hasattr(owner, name):
            raise AttributeError(f"{type(owner).__name__} has no attribute `{name}`")
        if hasattr(owner, name) and not isinstance(getattr(owner, name), ModuleTree):
            raise AttributeError(f"`{name}` is not a ravine.nn.Module")
        setattr(owner, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with this dotted name.

        Raises:
            AttributeError: the name leads nowhere, or to something that is no parameter.
        """
        owner, name = self._owner_of(target)
        param = getattr(owner, name)
        if not isinstance(param, Parameter):
            raise AttributeError(f"`{name}` is not a ravine.nn.Parameter")
        return param

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with this dotted name.

        Raises:
            AttributeError: the name leads nowhere, or to something that is no buffer.
        """
        owner, name = self._owner_of(target)
        buffer = getattr(owner, name)
        if name not in owner._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return buffer

    def _owner_of(self, target: str) -> tuple[Module, str]:
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if not hasattr(owner, name):
            raise AttributeError(f"{type(owner).__name__} has no attribute `{name}`")
        return owner, name


def _typename(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
