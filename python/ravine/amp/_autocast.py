"""The context in which functions choose the dtype that they compute in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core
from ravine._core import Tensor
from ravine.errors import DTypeError, ValueError, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    from ravine._core import dtype

__all__ = ["autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

_KINDS = {"cpu": "cpu", "gpu": "gpu", "cuda": "gpu", "mps": "gpu", "xpu": "gpu"}
#: What is lowered to where nothing else is said.
DEFAULTS = {"cpu": _core.bfloat16, "gpu": _core.float16}


def kind_of(function: str, device_type: Any) -> str:
    """The kind of device, "cpu" or "gpu", that PyTorch's name stands for."""
    if not isinstance(device_type, str):
        kind = type(device_type).__name__
        raise DTypeError(f"{function}: device_type is a str such as 'cuda', not {kind}. Pass device.type")
    kind = _KINDS.get(device_type)
    if kind is None:
        raise ValueError(f"{function}: there is no device_type {device_type!r}. Use 'cpu', 'gpu' or 'cuda'")
    return kind


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` knows a kind of device.

    >>> ravine.amp.is_autocast_available("cuda")
    True
    """
    return device_type in _KINDS


class autocast:
    """A context, and a decorator, in which products take and give halves, and losses float32.

    The policy is that of the call. Three lists of functions, PyTorch's, say what happens to their floating
    tensors, save those of float64: products, convolutions and attention get `dtype`; losses, and on GPUs
    logarithms, exponentials, sums, norms and softmax, get float32; `cat`, `stack`, and on GPUs a few others,
    get float32 if one of their tensors has it. All other functions compute in the dtypes that they find, as
    do in-place forms. The cast of a parameter is remembered until the parameter changes, the graph ends or
    the outermost context does.

    Args:
        device_type: for tensors of which devices, "cpu" or "cuda" ("gpu", "mps", "xpu").
        dtype: float16 or bfloat16; without it float16 on GPUs and bfloat16 on the CPU.
        enabled: False turns it off inside.
        cache_enabled: whether casts of parameters are remembered.

    Raises:
        ValueError: there is no such kind of device.

    >>> a = ravine.ones(2, 2)
    >>> with ravine.autocast("cpu"):
    ...     (a @ a).dtype, (a + a).dtype
    (ravine.bfloat16, ravine.float32)
    """

    def __init__(
        self,
        device_type: str,
        dtype: dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        self.device = device_type
        self._kind = kind_of("autocast", device_type)
        lower = DEFAULTS[self._kind] if dtype is None else dtype
        if enabled and lower not in (_core.float16, _core.bfloat16):
            from warnings import warn

            warn(
                f"autocast: {lower!r} is none of its dtypes, float16 and bfloat16; it is off",
                stacklevel=2,
            )
            enabled = False
        self.fast_dtype = lower
        self._enabled = enabled
        self._remember = True if cache_enabled is None else cache_enabled
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        lower = self.fast_dtype if self._enabled else None
        self._before.append((_core.set_autocast_cache(self._remember), _core.set_autocast(self._kind, lower)))
        return self

    def __exit__(self, *_: object) -> None:
        remember, lower = self._before.pop()
        _core.set_autocast_cache(remember)
        _core.set_autocast(self._kind, lower)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return wrapped(function, run)


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: dtype | None = None) -> Any:
    """A decorator of an `autograd.Function`'s forward, for use inside of `autocast`.

    With `cast_inputs`, its floating tensors on that device are cast to that dtype and autocast is off in it;
    without, it runs under the autocast of its caller, and `custom_bwd` has backward do the same.

    Raises:
        ValueError: there is no such kind of device.
    """
    kind = kind_of("custom_fwd", device_type)

    def decorate(forward: Callable[..., Any]) -> Callable[..., Any]:
        def run(ctx: Any, *args: Any, **kwargs: Any) -> Any:
            lower = _core.get_autocast(kind)
            ctx._autocast = lower
            if cast_inputs is None or lower is None:
                return forward(ctx, *args, **kwargs)
            ctx._autocast = None
            with autocast(device_type, enabled=False):
                given = _cast(args, kind, cast_inputs)
                return forward(ctx, *given, **_cast(kwargs, kind, cast_inputs))

        return wrapped(forward, run)

    return decorate if fwd is None else decorate(fwd)


def custom_bwd(bwd: Any = None, *, device_type: str) -> Any:
    """A decorator of an `autograd.Function`'s backward: it runs under the autocast that forward ran under.

    Raises:
        ValueError: there is no such kind of device.
    """
    kind_of("custom_bwd", device_type)

    def decorate(backward: Callable[..., Any]) -> Callable[..., Any]:
        def run(ctx: Any, *args: Any, **kwargs: Any) -> Any:
            lower = getattr(ctx, "_autocast", None)
            with autocast(device_type, lower, enabled=lower is not None):
                return backward(ctx, *args, **kwargs)

        return wrapped(backward, run)

    return decorate if bwd is None else decorate(bwd)


def _cast(value: Any, kind: str, to: dtype) -> Any:
    if isinstance(value, Tensor):
        here = (value.device.type == "gpu") is (kind == "gpu")
        fits = here and value.dtype.is_floating_point and value.dtype is not _core.float64
        return value.to(to) if fits else value
    if isinstance(value, dict):
        return {name: _cast(item, kind, to) for name, item in value.items()}
    if type(value) in (tuple, list):
        return type(value)(_cast(item, kind, to) for item in value)
    return value
