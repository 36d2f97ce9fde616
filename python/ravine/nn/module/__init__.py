"""Module: a function with parameters."""

from __future__ import annotations

from contextlib import suppress

import ravine as rv

from ..._core import Tensor
from ..._devices import target
from ..parameter import is_lazy
from ._hooks import ModuleHooks, RemovableHandle, add_hook, call_with_backward_hooks
from ._path import locate, publish, resolve, running
from ._state import IncompatibleKeys, load_module, load_tree
from ._tree import ModuleTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ParamSpec, Protocol, Self, TypeVar

    from ..._core import DeviceLike

    P = ParamSpec("P")
    R = TypeVar("R", covariant=True)

    class Computes(Protocol[P, R]):
        """A module as a call of it sees it: by its ``forward``."""

        def forward(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


__all__ = ["Module"]


class Module(ModuleHooks, ModuleTree):
    """The base of all layers and models: holds parameters, buffers and modules, and computes ``forward``.

    Subclasses call ``super().__init__()`` first, assign parameters and modules as attributes, and define
    ``forward``. Calling the module runs its hooks and ``forward``, and makes errors name the module.

    >>> import ravine
    >>> from ravine import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = nn.Parameter(ravine.tensor(3.0))
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> Scale()(ravine.tensor(2.0)).item()
    6.0
    """

    _forward_hooks: dict[int, tuple[Callable[..., Any], bool, bool]]
    _forward_pre_hooks: dict[int, tuple[Callable[..., Any], bool]]

    def __init__(self) -> None:
        own = self.__dict__  # not through __setattr__, which needs what is created here
        own["training"] = True
        own["_parameters"] = {}
        own["_buffers"] = {}
        own["_transient"] = set()
        own["_modules"] = {}
        own["_forward_hooks"] = {}
        own["_forward_pre_hooks"] = {}
        own["_backward_hooks"] = {}
        own["_state_hooks"] = {}
        own["_frames"] = {}

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass defines it."""
        from difflib import get_close_matches

        text = f'Module [{type(self).__name__}] is missing the required "forward" function'
        close = get_close_matches("forward", [n for n in vars(type(self)) if n != "forward"], 1)
        raise NotImplementedError(f"{text}. It has {close[0]!r}: rename it" if close else text)

    # ---- the call

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        outer = running.frame
        own = self.__dict__  # once: an attribute of a class that has __getattr__ costs 40 ns
        try:
            frame = own["_frames"][outer]
        except KeyError:
            frame = resolve(self, outer)
        running.frame = frame
        publish(frame.id)
        try:
            if own["_forward_hooks"] or own["_forward_pre_hooks"] or own["_backward_hooks"]:
                return self._call_hooked(args, kwargs)
            return self.forward(*args, **kwargs)
        except Exception as error:
            better = locate(error, self, frame, args, kwargs)
            if better is not None:
                raise better from None
            raise
        finally:
            running.frame = outer
            publish(outer.id)

    if TYPE_CHECKING:
        # A call takes and returns what the subclass's forward says.
        def __call__(self: Computes[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...

    else:
        __call__ = _call_impl

    def _call_hooked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        called: set[int] = set()
        try:
            return self._call_all(args, kwargs, called)
        except Exception:
            for id, (hook, with_kwargs, always) in list(self._forward_hooks.items()):
                if always and id not in called:
                    # The error that is on its way counts, not what such a hook returns or raises.
                    with suppress(Exception):
                        hook(self, args, kwargs, None) if with_kwargs else hook(self, args, None)
            raise

    def _call_all(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> Any:
        for hook, with_kwargs in list(self._forward_pre_hooks.values()):
            if with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            "forward pre-hook must return None or a pair (new_args, new_kwargs), "
                            f"but got {changed}."
                        )
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)

        def call(*args: Any, **kwargs: Any) -> Any:
            output = self.forward(*args, **kwargs)
            for id, (hook, with_kwargs, _) in list(self._forward_hooks.items()):
                called.add(id)
                changed = hook(self, args, kwargs, output) if with_kwargs else hook(self, args, output)
                if changed is not None:
                    output = changed
            return output

        if not self._backward_hooks:
            return call(*args, **kwargs)
        # What a forward hook keeps leads past the backward hooks, as PyTorch has it.
        hooks = list(self._backward_hooks.values())
        return call_with_backward_hooks(self, hooks, call, args, kwargs)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before every ``forward``; what it returns replaces the arguments.

        Args:
            hook: with ``with_kwargs`` it is called as ``hook(module, args, kwargs)`` and returns None or a
                pair.
            prepend: whether it runs before the hooks that are there already.
            with_kwargs: whether it is given the keyword arguments.

        Returns:
            A handle whose ``remove()`` takes the hook off.
        """
        return add_hook(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after every ``forward``; what it returns is the new output.

        Args:
            hook: with ``with_kwargs`` it is called as ``hook(module, args, kwargs, output)``.
            prepend: whether it runs before the hooks that are there already.
            with_kwargs: whether it is given the keyword arguments.
            always_call: whether it runs, with None for the output, where ``forward`` or another hook raises.

        Returns:
            A handle whose ``remove()`` takes the hook off.
        """
        return add_hook(self._forward_hooks, (hook, with_kwargs, always_call), prepend)

    def path_summary(self) -> str:
        """What an error says of this module behind its path: the class, and sizes where they matter."""
        return type(self).__name__

    # ---- modes

    def train(self, mode: bool = True) -> Self:
        """Set training mode here and below: dropout drops, batch statistics are of the batch.

        Raises:
            ValueError: ``mode`` is no bool.
        """
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Self:
        """Leave training mode here and below; gradients are still recorded, save in ``no_grad()``."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set ``requires_grad`` of every parameter here and below; False freezes them."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of every parameter here and below, or set them to zero."""
        for param in self.parameters():
            if param.grad is not None:
                if set_to_none:
                    param.grad = None
                else:
                    param.grad = (
                        param.grad.detach()
                    )  # shares the value: whoever holds the gradient sees the zeros
                    param.grad.zero_()

    def apply(self, fn: Callable[[Module], None]) -> Self:
        """Call ``fn`` on every module below and at last on this one, for instance to initialise weights."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # ---- dtype and device

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace every value by ``fn`` of it; parameters stay the same objects, which optimizers hold."""
        with rv.no_grad():
            for param in self.parameters(recurse):
                grad = param.grad
                param.grad = None  # a gradient of the old dtype would not fit the new value
                param.data = fn(param.data)
                if grad is not None:
                    param.grad = fn(grad.detach())
            for module in self.modules() if recurse else (self,):
                for name, buffer in module._buffers.items():
                    if buffer is not None and is_lazy(buffer):
                        buffer.data = fn(buffer.data)
                    elif buffer is not None:
                        module._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Change dtype, device or both of the parameters and buffers, in place.

        ``to(dtype)``, ``to(device)``, ``to(device, dtype)`` in either order, or ``to(tensor)`` for those of a
        tensor. The dtype concerns floating-point parameters and buffers only.

        Raises:
            TypeError: the dtype is not a floating-point one, or an argument is none of the above.
            DeviceError: the device is not there, or the module is on "meta" and has no values to move:
                :meth:`to_empty` gives it memory.
        """
        to = target("to", args, kwargs)
        if to.dtype is not None and not to.dtype.is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point dtypes, but got desired dtype={to.dtype}"
            )

        def convert(tensor: Tensor) -> Tensor:
            return tensor.to(device=to.device, dtype=to.dtype if tensor.is_floating_point() else None)

        return self._apply(convert)

    def to_empty(self, *, device: DeviceLike, recurse: bool = True) -> Self:
        """Move parameters and buffers to a device without their values, in place; they start with zeros.

        So a model that was built on "meta" gets memory; its weights follow, by ``load_state_dict`` or by
        ``reset_parameters``.

        >>> from ravine import nn
        >>> model = nn.Linear(2, 3, device="meta").to_empty(device="cpu")
        >>> model.weight.device
        device(type='cpu')
        """
        return self._apply(lambda tensor: rv.empty_like(tensor, device=device), recurse)

    def type(self, dst_type: Any) -> Self:
        """Cast every parameter and buffer, integer ones too, to ``dst_type``, in place."""
        return self._apply(lambda tensor: tensor.to(dtype=dst_type))

    def float(self) -> Self:
        """Cast the floating-point parameters and buffers to float32, in place."""
        return self.to(dtype=rv.float32)

    def double(self) -> Self:
        """Cast the floating-point parameters and buffers to float64, in place."""
        return self.to(dtype=rv.float64)

    def half(self) -> Self:
        """Cast the floating-point parameters and buffers to float16, in place."""
        return self.to(dtype=rv.float16)

    def bfloat16(self) -> Self:
        """Cast the floating-point parameters and buffers to bfloat16, in place."""
        return self.to(dtype=rv.bfloat16)

    def cuda(self, device: DeviceLike | None = None) -> Self:
        """Move everything to a GPU, of whatever make, in place."""
        return self.to(device="gpu" if device is None else device)

    xpu = cuda

    def cpu(self) -> Self:
        """Move everything to the CPU, in place."""
        return self.to(device="cpu")

    def share_memory(self) -> Self:
        """The module itself: tensors are given to other processes by value.

        >>> from ravine import nn
        >>> nn.Linear(2, 3).share_memory()
        Linear(in_features=2, out_features=3, bias=True)
        """
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: ops are fused without it. Takes whatever PyTorch's method takes."""

    # ---- state

    def get_extra_state(self) -> Any:
        """What a subclass wants saved besides parameters and buffers, under the key ``_extra_state``.

        A subclass that defines it defines :meth:`set_extra_state` too, which is given the same thing back.
        """
        raise RuntimeError(
            f"{type(self).__name__}.get_extra_state: it is not defined. Define it together with "
            "set_extra_state"
        )

    def set_extra_state(self, state: Any) -> None:
        """Take back what :meth:`get_extra_state` gave; ``load_state_dict`` calls it."""
        raise RuntimeError(
            f"{type(self).__name__}.set_extra_state: it is not defined, but the state dict has an extra "
            "state for this module. Define it together with get_extra_state"
        )

    def state_dict(
        self, *, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """All parameters and persistent buffers, here and below, by dotted name.

        Args:
            destination: a dict to add to; a new one without it.
            prefix: put before every name.
            keep_vars: give the parameters themselves instead of detached tensors, which share their values.

        >>> from ravine import nn
        >>> list(nn.Sequential(nn.Linear(2, 3)).state_dict())
        ['0.weight', '0.bias']
        """
        state = {} if destination is None else destination
        self._run_state_hooks("save", prefix, keep_vars)
        self._save_to_state_dict(state, prefix, keep_vars)
        for name, child in self._modules.items():
            if child is not None:
                child.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        self._run_state_hooks("saved", state, prefix, {})
        for hook in list(self._state_hooks.get("replaced", {}).values()):
            other = hook(self, state, prefix, {})
            state = state if other is None else other
        return state

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        for name, param in self._parameters.items():
            if param is not None:
                destination[prefix + name] = param if keep_vars or is_lazy(param) else param.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._transient:
                destination[prefix + name] = buffer if keep_vars or is_lazy(buffer) else buffer.detach()
        if type(self).get_extra_state is not Module.get_extra_state:
            destination[f"{prefix}_extra_state"] = self.get_extra_state()

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy ``state_dict``'s tensors into the parameters and buffers of the same names, here and below.

        Args:
            state_dict: tensors by dotted name, as :meth:`state_dict` gives them.
            strict: whether a name on one side only is an error.
            assign: put the tensors themselves in place of the module's own, taking over their dtype and
                device; an optimizer made before then holds the old parameters.

        Returns:
            The pair (missing_keys, unexpected_keys).

        Raises:
            TypeError: ``state_dict`` is no mapping.
            RuntimeError: names every missing key, unexpected key and shape that differs. What fits has been
                copied.
        """
        return load_tree(self, state_dict, strict, assign)

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        assign = local_metadata.get("assign_to_params_buffers", False)
        load_module(self, state_dict, prefix, assign, strict, missing_keys, unexpected_keys, error_msgs)

    # ---- copies and text

    def __getstate__(self) -> dict[str, Any]:
        # Frames name this object's place; a copy has its own.
        return {**self.__dict__, "_frames": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__dict__["_frames"] = {}

    def extra_repr(self) -> str:
        """What ``repr`` shows between the parentheses; subclasses give their settings."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): " + indent(repr(child)) for name, child in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines + children) + "\n)"


def indent(text: str) -> str:
    """``text`` with every line but the first moved in by two spaces."""
    return text.replace("\n", "\n  ")
